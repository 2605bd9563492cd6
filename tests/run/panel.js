'use strict';

/*
 * node tests/run/panel.js [FOLDER]
 *
 * The panel as a person meets it: Chromium against nginx with the shipped
 * fragment and its passwords, over a ledger that holds every string of
 * tests/corpus/naughty.txt.  Every page in the light and in the dark, wide
 * and on a phone: axe-core finds nothing, the policy for content is not hurt,
 * what was told stands there as text.  Buttons do what they say, and nothing
 * when another site presses them.  /metrics passes promtool.  Pictures of the
 * pages are left in FOLDER, or in $BUILD/panel.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { execFileSync, spawnSync } = require('node:child_process');
const chromium = require('./chromium');
const fcgi = require('./fcgi');
const { variables } = require('./fronts');
const nginx = require('./nginx');
const { BINARY, ROOT, serve, start } = require('./process');
const report = require('./report');
const { MOUNT, PEOPLE, basic, folder } = require('./shipped');
const { delivery, hook } = require('./sign');
const people = require('../sandbox/people');
const wire = require('./wire');
const { World } = require('./world');

const FOLDER = path.join(__dirname, '..', 'payloads');
const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const CORPUS = path.join(__dirname, '..', 'corpus', 'naughty.txt');
const PICTURES = process.argv[2] ?? path.join(process.env.BUILD ??
    path.join(ROOT, 'build'), 'panel');
const TOKEN = 'a-bearer-of-metrics-8b1f';
const AT_ONCE = 16;
const PLAIN = { words: [], options: {}, lines: [] };

const PANEL = `
[panel]
users = kim
token = ${TOKEN}
[rule attic]
repository = github.com/brightwater/attic
tracker    = lin
`;

function
payload(name, n, more = {})
{
	const id = `0b8e4a10-7c2d-4e55-9a31-${String(n).padStart(12, '0')}`;

	return { type: 'v2.test_case.status_changed',
	    timestamp: new Date(Date.now() - 3600e3 + n * 1000).toISOString(),
	    previous_status: 'HEALTHY', new_status: 'FLAKY',
	    repository: { html_url: 'https://github.com/brightwater/attic' },
	    triggered_by: { monitor_type: 'failure_rate' },
	    test_case: { id, name, file_path: 'attic/roof_test.go',
	    parent: '', classname: '', codeowners: [], quarantined: false,
	    variant: '', failure_rate_last_7d: 0.2,
	    pull_requests_impacted_last_7d: 2, html_url:
	    `https://app.trunk.io/brightwater/flaky-tests/test/${id}` },
	    ...more };
}

/* The world, the handler, nginx: what all checks share. */
class Place {
	static async open()
	{
		const p = new Place();

		p.dir = folder('panel');
		p.world = await World.open(`${p.dir}/world`);
		p.socket = `${p.dir}/handler.sock`;
		p.ledger = `${p.dir}/handler`;
		/* The rule comes first, so that no owner decides. */
		const [head, ...rules] = p.world.template('default.ini').
		    split(/^(?=\[rule )/m);
		p.config = p.world.configure(head + PANEL + rules.join(''),
		    p.ledger);
		p.handler = await serve(p.config, p.socket);
		fs.chmodSync(p.socket, 0o666);
		p.server = await nginx.open(`${p.dir}/nginx`, p.socket);
		p.at = `http://127.0.0.1:${p.server.port}${PEOPLE}`;
		return p;
	}

	async post(event, id)
	{
		const made = delivery(PLAIN, Buffer.from(
		    JSON.stringify(event)), id, this.world.secrets);

		return fcgi.request({ path: this.socket }, variables({
		    method: 'POST', path: '/trunk', ...made }), made.body);
	}

	/* A person resolves a ticket of Jira's, and Jira tells it. */
	async resolve(key)
	{
		const body = Buffer.from(JSON.stringify(people.stamp(people.act(
		    this.world.sandbox, 'jira', key, 'resolve', {}),
		    Date.now())));
		const made = hook(PLAIN, body, `resolved-${key}`,
		    this.world.secrets, false);

		return fcgi.request({ path: this.socket }, variables({
		    method: 'POST', path: '/tracker/cloud', ...made }), body);
	}

	/* {status, headers, body} by plain HTTP. */
	ask(target, { headers = [basic()], method = 'GET', body = null } = {})
	{
		return wire.http(this.server.port, { method, target, headers,
		    body: body === null ? null : Buffer.from(body) });
	}

	form(act, body, headers)
	{
		return this.ask(`${PEOPLE}/act/${act}`, { method: 'POST', body,
		    headers: [basic(), ['Content-Type',
		    'application/x-www-form-urlencoded'], ...headers] });
	}

	sql(query)
	{
		return execFileSync('sqlite3', [`${this.ledger}/ledger.db`,
		    query], { encoding: 'utf8', maxBuffer: 1 << 28 }).trim();
	}

	async close()
	{
		await this.server?.stop();
		await this.handler?.stop();
		await this.world?.close();
		fs.rmSync(this.dir, { recursive: true, force: true });
	}
}

/* Strings that are no text at all make no event. */
function
strings()
{
	return fs.readFileSync(CORPUS, 'utf8').trim().split('\n').
	    map((l) => JSON.parse(l)).filter((s) => !/\0/.test(s) &&
	    s.isWellFormed() && s.trim() !== '');
}

async function
fill(place, all)
{
	const next = all.entries();

	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		for (let n = next.next(); !n.done; n = next.next())
			await place.post(payload(n.value[1], n.value[0]),
			    `msg_naughty_${n.value[0]}`);
	}));
	/* One that a person fixed, one that nobody knows, one that failed. */
	const told = (name) => JSON.parse(fs.readFileSync(path.join(FOLDER,
	    name), 'utf8'));
	const made = JSON.parse((await place.post(told('v2-flaky.json'),
	    'msg_fixed')).body);
	assert.equal(made.outcome, 'created');
	assert.equal((await place.resolve(made.ticket)).status, 200);
	await place.post(payload('never heard of', 900001,
	    { type: 'v2.test_case.levitated' }), 'msg_unknown');
	await place.post(told('old-pull-request-failed.json'), 'msg_queue');
	await place.post(told('pull-request-batch-failed.json'), 'msg_batch');
	await place.world.sandbox.fault({ service: 'linear', times: -1,
	    kind: 'status:503' });
	await place.post(payload('waits for Linear', 900002), 'msg_waits');
	await place.world.sandbox.heal();
	await place.post('nonsense', 'msg_nonsense');
	/* Each list has something to show. */
	for (const [what, query] of Object.entries({ queue: 'SELECT count(*) ' +
	    "FROM queue WHERE kind = 'batch'", waiting: 'SELECT count(*) ' +
	    "FROM delivery WHERE due = 1", unknown: 'SELECT count(*) ' +
	    'FROM known' }))
		assert.notEqual(place.sql(query), '0', what);
	return made.ticket;
}

const HEADERS = { Authorization: basic()[1] };

const LOOKS = [
	{ name: 'light', dark: false, width: 1280, height: 900 },
	{ name: 'dark', dark: true, width: 1280, height: 900 },
	{ name: 'phone', dark: false, width: 390, height: 844 }
];

function
pages(place)
{
	const row = place.sql("SELECT id FROM ticket WHERE life = 'verifying'");
	const [pr, repository] = place.sql("SELECT pr || '|' || repository " +
	    'FROM queue_pr LIMIT 1').split('|').map(encodeURIComponent);

	return { verification: '/', tickets: '/tickets',
	    ticket: `/ticket?row=${row}`, deliveries: '/deliveries',
	    delivery: '/delivery?id=msg_fixed', nonsense:
	    '/delivery?id=msg_nonsense', queue: '/queue', history:
	    `/queue?pr=${pr}&repository=${repository}`, parked: '/parked',
	    unhandled: '/unhandled', absent: '/ticket?row=987654' };
}

/* What axe-core finds, as sentences. */
async function
axe(page)
{
	await page.run(`${AXE}; 0`);
	return page.run(`axe.run(document, { preload: false, runOnly: {
	    type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa',
	    'wcag22aa', 'best-practice'] } }).then((r) => r.violations.map(
	    (v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.html + ' ' +
	    n.failureSummary).join(' | ')))`);
}

async function
look(place, browser, how)
{
	const page = await browser.page({ ...how, headers: HEADERS });

	fs.mkdirSync(PICTURES, { recursive: true });
	for (const [name, target] of Object.entries(pages(place))) {
		await page.go(place.at + target);
		const wide = await page.run('document.documentElement.' +
		    'scrollWidth') - how.width;
		const found = [...(page.status === (name === 'absent' ? 404 :
		    200) ? [] : [`status ${page.status}`]),
		    ...page.problems.splice(0), ...await axe(page),
		    ...(wide > 0 ? [`${wide} pixels too wide`] : [])];
		fs.writeFileSync(`${PICTURES}/${name}-${how.name}.png`,
		    await page.picture());
		report.check(`${name}, ${how.name}`, found);
	}
	return page;
}

/* As a browser reads text: control characters as pictures of them. */
function
shown(text)
{
	return text.replace(/[\0-\x08\x0b-\x1f]/g,
	    (c) => String.fromCharCode(0x2400 + c.charCodeAt(0))).
	    replaceAll('\x7f', '\u2421').replace(/[\x80-\x9f]/g, '\ufffd');
}

/* Every page of the list of tickets, by its own links, and its tests. */
async function
naughty(place, browser, all)
{
	const page = await browser.page({ headers: HEADERS });
	const seen = new Set();

	await page.go(`${place.at}/tickets`);
	for (let more = true, n = 0; more && n < 30; n++) {
		for (const t of await page.run('[...document.querySelectorAll' +
		    "('td[data-label=Test] > bdi')].map((e) => e.textContent)"))
			seen.add(t);
		more = await page.run(
		    "document.querySelector('a[rel=next]') !== null");
		if (more)
			await page.press('a[rel=next]');
	}
	const known = new Set(place.sql("SELECT hex(name) FROM test").
	    split('\n').map((h) => Buffer.from(h, 'hex').toString()));
	const want = all.filter((s) => known.has(s));
	const lost = want.filter((s) => !seen.has(shown(s)));
	report.check(`${want.length} naughty strings stand there as text`,
	    [...(want.length >= all.length * 0.98 ? [] : ['too few are kept']),
	    ...lost.slice(0, 5).map((s) => JSON.stringify(s)),
	    ...page.problems]);
}

async function
search(place, browser)
{
	const page = await browser.page({ headers: HEADERS, script: true });

	await page.go(`${place.at}/tickets`);
	await page.run("document.querySelector('input[name=q]').value = " +
	    "'<script>alert('");
	await page.press('form[role=search] button');
	report.check('a search for markup finds tests named so', [
	    ...(await page.run("document.querySelectorAll('tbody tr').length")
	    > 0 ? [] : ['nothing was found']), ...page.problems]);
	await page.go(`${place.at}/tickets?q=%25%25%25%25`);
	report.check('a % in a search is itself', await page.run(
	    "document.querySelectorAll('tbody tr').length") === 0 ? [] :
	    ['it found something']);
}

const SITES = [
	['no header at all', []],
	['cross-site', [['Sec-Fetch-Site', 'cross-site']]],
	['same-site', [['Sec-Fetch-Site', 'same-site']]],
	['none', [['Sec-Fetch-Site', 'none']]],
	['a word nobody knows', [['Sec-Fetch-Site', 'same-origin, x']]],
	['a foreign Origin', [['Origin', 'https://evil.example']]],
	['Origin null', [['Origin', 'null']]],
	['a foreign Origin, same-site', [['Origin', 'https://evil.example'],
	    ['Sec-Fetch-Site', 'cross-site']]]
];

/* Nothing changes when anybody but a page of ours sends the form. */
async function
forged(place, browser)
{
	const before = place.sql('SELECT sum(tries), count(*) FROM delivery');
	const asked = () => place.sql('SELECT count(*) FROM rerun');

	for (const [name, headers] of SITES) {
		const { status } = await place.form('replay',
		    'id=msg_nonsense', headers);
		report.check(`a form with ${name} is refused`, status === 403 ?
		    [] : [`status ${status}`]);
	}
	const evil = http.createServer((q, r) => r.setHeader('Content-Type',
	    'text/html').end(`<form method=post action="${place.at}` +
	    '/act/replay"><input name=id value=msg_nonsense></form>' +
	    '<iframe src="' + place.at + '/"></iframe>')).listen(0);
	const page = await browser.page({ headers: HEADERS });
	await page.go(`http://localhost:${evil.address().port}/`);
	const framed = page.problems.splice(0).some((p) =>
	    /Content-?Security-?Policy|frame-ancestors/i.test(p));
	await page.moving(() => page.run(
	    "document.querySelector('form').submit()"));
	evil.close();
	report.check('a form of another site in the browser of a user',
	    page.status === 403 ? [] : [`status ${page.status}`]);
	report.check('no other site frames a page', framed ? [] :
	    ['the browser did not say that it refused to']);
	report.check('nothing of that changed anything', before ===
	    place.sql('SELECT sum(tries), count(*) FROM delivery') &&
	    asked() === '0' ? [] : ['the ledger is another']);
	report.check('an old browser with our Origin may', (await place.form(
	    'replay', 'id=msg_unknown', [['Origin',
	    `http://127.0.0.1:${place.server.port}`]])).status === 303 ? [] :
	    ['it may not']);
}

/* By the buttons, without any script. */
async function
acts(place, browser, ticket)
{
	const page = await browser.page({ headers: HEADERS });
	const tries = () => Number(place.sql(
	    "SELECT tries FROM delivery WHERE id = 'msg_nonsense'"));
	const was = tries();

	await page.go(`${place.at}/delivery?id=msg_nonsense`);
	await page.press('form[action$="act/replay"] button');
	report.check('a delivery is run again', [...(tries() === was + 1 ? [] :
	    ['it was not tried']), ...(await page.run(
	    "document.querySelector('[role=status]') !== null") ? [] :
	    ['the page says nothing'])]);
	await page.go(`${place.at}/`);
	report.check('the fixed ticket is flagged', await page.run(
	    `document.querySelector('tbody').textContent.includes('${ticket}')`)
	    ? [] : ['it is not']);
	await page.press('form[action$="act/rerun"] button');
	report.check('a re-run leads to the ticket', await page.run(
	    "document.querySelector('h1').textContent") === ticket &&
	    /looked at again/.test(await page.run(
	    "document.querySelector('[role=status]').textContent")) ? [] :
	    [await page.run('document.body.textContent')]);
	report.check('it stays flagged until proven', place.sql(
	    `SELECT life FROM ticket WHERE remote_key = '${ticket}'`) ===
	    'verifying' ? [] : ['it is not']);
	/* Somebody else's look has not begun yet. */
	place.sql(`INSERT INTO rerun (ticket, asked, due, by) SELECT id, ` +
	    `${Date.now()}, life_next, 'lee' FROM ticket WHERE remote_key = '${ticket}'`);
	await page.go(`${place.at}/`);
	report.check('a badge tells a re-run that never began', await page.run(
	    "[...document.querySelectorAll('.badge')].some((b) => " +
	    "b.textContent === 're-run not started')") ? [] : ['none']);
	await page.press('form[action$="act/rerun"] button');
	report.check('no second re-run is made', [...(place.sql(
	    'SELECT count(*), by FROM rerun') === '1|lee' ? [] :
	    ['another one']), ...(/no second/.test(await page.run(
	    "document.querySelector('[role=status]').textContent")) ? [] :
	    ['the page does not say so']), ...page.problems]);
	place.sql('DELETE FROM rerun; UPDATE ticket SET life_next = 1 WHERE ' +
	    `remote_key = '${ticket}'; INSERT INTO rerun (ticket, asked, ` +
	    "due, by) SELECT id, 1, 1, 'lee' FROM ticket WHERE life_next = 1");
	const { code } = await start(BINARY, ['sync', '-c', place.config]).
	    exited;
	report.check('sync does what was not begun', place.sql(
	    'SELECT count(*) FROM rerun') === '0' && place.sql(
	    `SELECT life FROM ticket WHERE remote_key = '${ticket}'`) ===
	    'verifying' ? [] : [`it is still there; sync ended with ${code}`]);
}

/* A site without TLS: the browser tells no more than the Origin. */
async function
plain(place, browser)
{
	const page = await browser.page({ headers: HEADERS });

	await page.go(`http://${chromium.HOST}:${place.server.port}` +
	    `${PEOPLE}/delivery?id=msg_nonsense`);
	await page.press('form[action$="act/replay"] button');
	report.check('a button without https', page.status === 200 &&
	    await page.run("document.querySelector('[role=status]') !== null")
	    ? page.problems : [`status ${page.status}`]);
}

/* "Test": its own part of `check`, and what came of it. */
async function
trackers(place, browser)
{
	const page = await browser.page({ headers: HEADERS });
	const of = "[...document.querySelectorAll('tr')].find((r) => r." +
	    "querySelector('input[value=lin]')).textContent";

	await page.go(`${place.at}/`);
	await page.press('form:has(input[value=lin]) button');
	report.check('a tracker that works', /good/.test(await page.run(of)) ?
	    page.problems : [await page.run(of)]);
	await place.world.sandbox.fault({ service: 'linear', kind: 'html',
	    times: -1 });
	await page.press('form:has(input[value=lin]) button');
	report.check('a tracker that refuses us', /failed:/.test(
	    await page.run(of)) ? page.problems : [await page.run(of)]);
	await place.world.sandbox.heal();
}

/* Who may, and who may not. */
async function
gates(place)
{
	const bearer = (t) => ['Authorization', `Bearer ${t}`];
	const cases = [
		['no password', `${PEOPLE}/`, [], 401],
		['metrics by token', `${MOUNT}/metrics`, [bearer(TOKEN)], 200],
		['metrics by a part of it', `${MOUNT}/metrics`,
		    [bearer(TOKEN.slice(0, -1))], 403],
		['metrics by a longer one', `${MOUNT}/metrics`,
		    [bearer(TOKEN + 'x')], 403],
		['metrics by nobody', `${MOUNT}/metrics`, [], 403],
		['a page by token', `${MOUNT}/`, [bearer(TOKEN)], 403],
		['a page where nobody is asked', `${MOUNT}/tickets`,
		    [basic()], 403],
		['metrics by a user', `${PEOPLE}/metrics`, [basic()], 200]
	];

	for (const [name, target, headers, want] of cases) {
		const { status } = await place.ask(target, { headers });
		report.check(name, status === want ? [] :
		    [`status ${status}, not ${want}`]);
	}
	const few = (await place.ask(`${MOUNT}/ready`, { headers: [] })).body;
	const all = JSON.parse((await place.ask(`${PEOPLE}/ready`)).body);
	report.check('/ready tells everybody as little as can be',
	    few.toString().trim() === '{"ready":true}' ? [] : [String(few)]);
	report.check('/ready tells users all', all.ready === true &&
	    Array.isArray(all.warnings) && all.config_seconds >= 0 &&
	    Math.abs(all.clock_skew_seconds) <= 2 &&
	    all.trackers.lin.last_success_seconds < 300 &&
	    all.trunk.last_success_seconds < 300 &&
	    all.backlog.deliveries >= 0 ? [] : [JSON.stringify(all)]);
}

/* Who is let in for an address is no user for that. */
async function
addresses(place)
{
	const server = await nginx.open(`${place.dir}/addresses`,
	    place.socket, 0, false,
	    'satisfy any; allow 127.0.0.1; deny all;');
	const wrong = basic({ user: 'kim', password: 'guessed' });

	for (const [name, header, want] of [['a right', basic(), 200],
	    ['a wrong', wrong, 401], ['no', null, 401]]) {
		const { status } = await wire.http(server.port, {
		    method: 'GET', target: `${PEOPLE}/tickets`, body: null,
		    headers: header === null ? [] : [header] });
		report.check(`${name} password from an address that may`,
		    status === want ? [] : [`status ${status}, not ${want}`]);
	}
	await server.stop();
}

/* The samples of a text as {NAME{LABELS}: value}. */
function
samples(text)
{
	return Object.fromEntries(text.split('\n').filter((l) =>
	    l !== '' && !l.startsWith('#')).map((l) => [
	    l.slice(0, l.lastIndexOf(' ')),
	    Number(l.slice(l.lastIndexOf(' ') + 1))]));
}

async function
metrics(place, n)
{
	const read = async () => {
		const a = await place.ask(`${MOUNT}/metrics`, { headers: [[
		    'Authorization', `Bearer ${TOKEN}`]] });
		return a.body.toString();
	};
	const forged = 'tickethook_deliveries_total' +
	    '{event="none",outcome="unverified"}';
	const before = samples(await read());
	const rows = place.sql('SELECT count(*) FROM delivery');
	for (let i = 0; i < 3; i++)
		await place.ask(`${MOUNT}/trunk`, { method: 'POST', body: '{}',
		    headers: [] });
	const text = await read();
	const now = samples(text);
	report.check('what proves nothing is counted, and not kept',
	    (now[forged] ?? 0) - (before[forged] ?? 0) === 3 &&
	    place.sql('SELECT count(*) FROM delivery') === rows ? [] :
	    [`${before[forged]} and ${now[forged]}`]);
	const created = now['tickethook_deliveries_total' +
	    '{event="status",outcome="created"}'];
	report.check('every delivery is counted', created >= n * 0.98 &&
	    created === Number(place.sql('SELECT count(*) FROM delivery ' +
	    "WHERE outcome = 'created'")) ? [] : [`${created} created`]);
	report.check('tickets are counted by state', Object.entries(now).
	    filter(([k]) => k.startsWith('tickethook_tickets{')).
	    reduce((sum, [, v]) => sum + v, 0) === Number(place.sql(
	    'SELECT count(*) FROM ticket')) ? [] : [text]);
	const promtool = spawnSync('promtool', ['check', 'metrics'],
	    { input: text, encoding: 'utf8' });
	report.check('promtool finds nothing', promtool.status === 0 &&
	    promtool.stderr + promtool.stdout === '' ? [] :
	    [promtool.stderr + promtool.stdout + String(promtool.error ?? '')]);
	const rules = spawnSync('promtool', ['check', 'rules', path.join(ROOT,
	    'handler/metrics/tickethook.rules.yml')], { encoding: 'utf8' });
	report.check('promtool takes the alerts', rules.status === 0 ? [] :
	    [rules.stderr + rules.stdout]);
	return text;
}

/* What the dashboard and the alerts ask for is what there is. */
function
shipped(text)
{
	const known = new Set([...text.matchAll(/^# TYPE (\w+) (\w+)/gm)].
	    flatMap(([, n, t]) => t === 'histogram' ? [`${n}_bucket`,
	    `${n}_sum`, `${n}_count`] : [n]));

	for (const f of ['tickethook.rules.yml', 'grafana.json']) {
		const asks = new Set(fs.readFileSync(path.join(ROOT,
		    'handler/metrics', f), 'utf8').match(/\btickethook_\w+/g));
		report.check(`${f} asks for what there is`, asks.size > 5 ?
		    [...asks].filter((n) => !known.has(n)) : ['too little']);
	}
	JSON.parse(fs.readFileSync(path.join(ROOT,
	    'handler/metrics/grafana.json'), 'utf8'));
}

async function
main()
{
	const place = await Place.open();
	const all = strings();
	let browser;

	try {
		const ticket = await fill(place, all);
		browser = await chromium.open(`${place.dir}/chromium`);
		await gates(place);
		await addresses(place);
		shipped(await metrics(place, all.length));
		for (const how of LOOKS)
			await look(place, browser, how);
		await naughty(place, browser, all);
		await search(place, browser);
		await forged(place, browser);
		await acts(place, browser, ticket);
		await plain(place, browser);
		await trackers(place, browser);
	} finally {
		await browser?.close();
		await place.close();
	}
	report.finish();
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
