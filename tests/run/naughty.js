'use strict';

/*
 * node tests/run/naughty.js
 *
 * Each string of tests/corpus/naughty.txt (a JSON string a line) as name,
 * file, suite and owner of a test, and with version 1 as reason and failure
 * too, in signed deliveries through one FastCGI handler to Linear, Jira Cloud
 * and Jira Data Center.  What reaches a tracker is read as its people read
 * it (shown.js) and must show the string; the ledger holds the delivery
 * byte by byte, the log one line of it.
 */

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const MarkdownIt = require('markdown-it');
const fcgi = require('./fcgi');
const { variables } = require('./fronts');
const { serve, until } = require('./process');
const report = require('./report');
const { adfText, shownText, squeeze, wikiRead } = require('./shown');
const { delivery } = require('./sign');
const { World } = require('./world');

const CORPUS = path.join(__dirname, '..', 'corpus', 'naughty.txt');
const STRINGS = 500;
const AT_ONCE = 16;
const TITLE_MAX = 255;
const CUTS = { name: 500, file: 300, suite: 300, reason: 300, owner: 100,
    failure: 4000 };

const CONFIG = `[handler]
ca_file = @CA@
[ledger]
url = sqlite:@DIR@/ledger.db
[svix]
secret = file:@SECRETS@/svix.current
[trunk]
api = @TRUNK_URL@
token = file:@SECRETS@/trunk.token
adopt = no
[tracker lin]
type = linear
url = @LINEAR_URL@/graphql
api_key = file:@SECRETS@/linear.key
team = ENG
[tracker cloud]
type = jira
url = @JIRA_URL@
email = @JIRA_EMAIL@
token = file:@SECRETS@/jira.token
project = PAY
issue_type = Bug
[tracker dc]
type = jira
url = @JIRADC_URL@
token = file:@SECRETS@/jiradc.token
project = OPS
issue_type = Bug
[rule lin]
repository = github.com/brightwater/lin
tracker = lin
[rule cloud]
repository = github.com/brightwater/cloud
tracker = cloud
[rule dc]
repository = github.com/brightwater/dc
tracker = dc
`;

const reader = new MarkdownIt({ html: false, linkify: false });

/* What each tracker is sent, and how its people read that. */
const TRACKERS = {
	lin: {
		op: 'linear.issueCreate',
		title: (b) => b.variables.input.title,
		read: (b) => ({ problems: [], text: shownText(reader.parse(
		    b.variables.input.description, {})) })
	},
	cloud: {
		service: 'jira', op: 'jira.create',
		title: (b) => b.fields.summary,
		read: (b) => ({ problems: [],
		    text: adfText(b.fields.description) })
	},
	dc: {
		service: 'jiradc', op: 'jira.create',
		title: (b) => b.fields.summary,
		read: (b) => wikiRead(b.fields.description)
	}
};

function
uuid(text)
{
	const h = crypto.createHash('sha256').update(text).digest('hex');

	return `${h.slice(0, 8)}-${h.slice(8, 12)}-5${h.slice(13, 16)}-` +
	    `8${h.slice(17, 20)}-${h.slice(20, 32)}`;
}

function
testCase(m)
{
	return { id: m.test, name: m.text, file_path: m.text, parent: m.text,
	    classname: '', codeowners: [m.text], quarantined: false,
	    variant: '', failure_rate_last_7d: 0.2,
	    pull_requests_impacted_last_7d: 2, html_url:
	    `https://app.trunk.io/brightwater/flaky-tests/test/${m.test}` };
}

/* Version 1 and 2 take turns. */
function
payload(m)
{
	const repository = { html_url:
	    `https://github.com/brightwater/${m.tracker}` };
	const timestamp = '2026-11-04T16:02:57.000Z';
	const change = { value: 'flaky', reason: m.text, timestamp };

	if (m.version === 2)
		return { type: 'v2.test_case.status_changed', timestamp,
		    previous_status: 'HEALTHY', new_status: 'FLAKY', repository,
		    triggered_by: { monitor_type: 'failure_rate' },
		    test_case: testCase(m) };
	return { type: 'test_case.status_changed', test_case: {
	    ...testCase(m), repository, status: change, most_common_failures:
	    [{ summary: m.text, occurrence_count: 3 }] },
	    status_change: { previous_status: 'healthy',
	    current_status: change } };
}

function
mails(strings)
{
	return strings.flatMap((text, i) => Object.keys(TRACKERS).map(
	    (tracker, k) => ({ text, tracker, line: i + 1,
	    id: `msg_${i + 1}_${tracker}`, version: (i + k) % 2 + 1,
	    test: uuid(`${i} ${tracker}`) })));
}

async function
post(world, where, m)
{
	const body = Buffer.from(JSON.stringify(payload(m)));
	const signed = delivery({ words: [], options: {}, lines: [] }, body,
	    m.id, world.secrets);
	const answer = await fcgi.request(where, variables({ method: 'POST',
	    path: '/trunk', ...signed }), signed.body);

	m.body = body;
	m.status = answer.status;
	m.answer = answer.body.toString();
}

async function
postAll(world, where, list)
{
	const next = list[Symbol.iterator]();

	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		for (let n = next.next(); !n.done; n = next.next())
			await post(world, where, n.value);
	}));
}

/* A NUL, or the second half of a character alone: no text at all. */
function
isRefused(text)
{
	return /\0/.test(text) ||
	    /(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

/* One line; what is no ink is a blank. */
function
line(text)
{
	return text.replace(
	    /[\0-\x20\x7f-\xa0\u2028-\u202e\u2066-\u2069\ufeff]+/g,
	    ' ').trim();
}

function
titleProblems(got, text)
{
	const want = line(`[Flaky Test] ${text}`);

	if (want.length <= TITLE_MAX)
		return got === want ? [] : [`title ${JSON.stringify(got)} ` +
		    `instead of ${JSON.stringify(want)}`];
	if (got.length <= TITLE_MAX && got.length >= TITLE_MAX - 2 &&
	    got.endsWith('\u2026') && want.startsWith(got.slice(0, -1)) &&
	    got.isWellFormed())
		return [];
	return [`a long title became ${JSON.stringify(got)}`];
}

function
bodyProblems({ text: shown, problems }, m)
{
	const cut = (n) => {
		const points = [...m.text];
		return squeeze(points.length > n ?
		    points.slice(0, n).join('') + '\u2026' : m.text);
	};
	const got = squeeze(shown);
	/* What shows nothing is not told. */
	const ink = line(m.text) !== '';
	const parts = [`${cut(CUTS.name)}becameflaky.`,
	    `File:${cut(CUTS.file)}`, `Suite:${cut(CUTS.suite)}`,
	    `Codeowners:${cut(CUTS.owner)}`, ...(m.version === 1 ?
	    [`Reason:${cut(CUTS.reason)}`,
	    `3times:${cut(CUTS.failure)}`] : [])];

	return [...problems, ...(ink ? parts : []).filter((p) =>
	    !got.includes(p)).map((p) => `${p.slice(0, 80)} is not shown`),
	    ...(got.includes('Filedbytickethook:rule') ? [] :
	    ['the end is not shown'])];
}

/* What the sandbox's trackers were asked to make, by the test's id. */
function
creates(log)
{
	const found = new Map();

	for (const e of log)
		for (const [name, t] of Object.entries(TRACKERS)) {
			if (!e.op.includes(t.op) || (t.service !== undefined &&
			    e.service !== t.service))
				continue;
			const id = /\/test\/([0-9a-f-]{36})/.exec(
			    JSON.stringify(e.body));
			const key = `${name} ${id?.[1]}`;
			found.set(key, [...(found.get(key) ?? []), e.body]);
		}
	return found;
}

function
problemsOf(m, made, kept)
{
	const sent = made.get(`${m.tracker} ${m.test}`) ?? [];
	const t = TRACKERS[m.tracker];

	if (isRefused(m.text))
		return [...(m.status === 400 ? [] : [`status ${m.status}`]),
		    ...(sent.length === 0 ? [] : ['a ticket was made'])];
	if (m.status !== 200 || sent.length !== 1)
		return [`status ${m.status}, ${sent.length} tickets: ` +
		    m.answer];
	return [...titleProblems(t.title(sent[0]), m.text),
	    ...bodyProblems(t.read(sent[0]), m),
	    ...(kept.get(m.id) === m.body.toString('hex').toUpperCase() ? [] :
	    ['the ledger holds another body'])];
}

function
ledger(dir)
{
	const out = execFileSync('sqlite3', ['-readonly', `${dir}/ledger.db`,
	    'SELECT id, hex(body) FROM delivery'], { maxBuffer: 1 << 28 });

	return new Map(out.toString().trim().split('\n').map((l) =>
	    l.split('|')));
}

/* A line for each delivery, and no byte that moves a cursor. */
async function
logProblems(run, list)
{
	const said = () => run.log.split('\n').filter((l) =>
	    l.includes('msg_'));

	await until(() => said().length >= list.length, 3000);
	const all = said();
	return [...(all.length === list.length ? [] :
	    [`${all.length} lines of ${list.length} deliveries`]),
	    ...(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.test(
	    run.log) ? ['a control character in the log'] : [])];
}

/* The comparisons see what is not as it should be. */
function
canFail()
{
	const m = { text: 'a*b', version: 2 };
	const shown = (name) => ({ problems: [], text: `${name} became ` +
	    `flaky. File: ${name} Suite: ${name} Code owners: ${name} ` +
	    'Filed by tickethook: rule' });

	report.check('other titles and texts are found',
	    titleProblems('[Flaky Test] a*b', 'a*b').length === 0 &&
	    titleProblems('[Flaky Test] ab', 'a*b').length === 1 &&
	    titleProblems('x'.repeat(256), 'x'.repeat(400)).length === 1 &&
	    bodyProblems(shown('a*b'), m).length === 0 &&
	    bodyProblems(shown('ab'), m).length === 4 &&
	    bodyProblems({ ...shown('a*b'), problems: ['x'] }, m).length ===
	    1 ? [] : ['not found']);
}

async function
main()
{
	const strings = fs.readFileSync(CORPUS, 'utf8').trim().split('\n').
	    map((l) => JSON.parse(l));
	const list = mails(strings);
	const world = await World.open();
	const dir = `${world.dir}/naughty`;
	const socket = `${world.dir}/naughty.sock`;
	const run = await serve(world.configure(CONFIG, dir), socket);

	canFail();
	report.check(`${strings.length} strings`, strings.length >= STRINGS &&
	    new Set(strings).size === strings.length ? [] :
	    [`fewer than ${STRINGS}, or one twice`]);
	try {
		await postAll(world, { path: socket }, list);
		const made = creates(world.sandbox.log);
		const kept = ledger(dir);
		for (const m of list)
			report.check(`line ${m.line} to ${m.tracker}, version ` +
			    m.version, problemsOf(m, made, kept));
		report.check('the log', await logProblems(run, list));
	} finally {
		await run.stop();
		await world.close();
	}
	report.finish();
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
