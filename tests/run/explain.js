'use strict';

/*
 * tests/explain/NN-name holds a set of rules, an event, and what `explain`
 * must say of it, written from the manual:
 *
 *	rules.ini	the rules; rest.ini is put below it, without the
 *			sections that stand in rules.ini already
 *	event.json	the payload
 *	expect.txt	the lines of "Rules" and "Destination" in their
 *			order, with single blanks; a line of a rule that did
 *			not match may end before the values it compares
 *	expect.json	members of what --json gives, see match.js; `exit`
 *
 * Then the same event is delivered, signed, with the same rules.  The
 * request that reaches the tracker must be the one that was explained, with
 * the ids that the sandbox has for the names; where nothing would be filed,
 * nothing may arrive.
 */

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { fronts } = require('./fronts');
const { match, show } = require('./match');
const { BINARY } = require('./process');
const report = require('./report');
const { delivery } = require('./sign');
const { World } = require('./world');
const { fresh, states } = require('../sandbox/world');

const SETS = path.join(__dirname, '..', 'explain');
const CREATES = /\.(create|issueCreate)$/;

/* Sections of `rest` that `rules` does not have. */
function
below(rules, rest)
{
	const has = new Set(rules.split('\n').filter((l) => /^\[/.test(l)));

	return rest.split(/^(?=\[)/m).filter((s) => s.startsWith('[') &&
	    !has.has(s.split('\n')[0])).join('');
}

/* Run a verb to its end, while the sandbox goes on. */
function
run(...args)
{
	return new Promise((resolve) => execFile(BINARY, args, { cwd: '/',
	    env: { PATH: '/usr/bin:/bin' }, timeout: 20000 },
	    (error, out, err) => resolve({ out, err,
	        status: error === null ? 0 : error.code ?? error.signal })));
}

/* The lines of the named parts, blanks as one. */
function
stable(text)
{
	const parts = text.split('\n\n').filter((p) =>
	    /^(Rules|Destination|Nothing)/.test(p));

	return parts.flatMap((p) => p.split('\n')).map((l) =>
	    l.trim().replace(/\s+/g, ' ')).filter((l) => l !== '' &&
	    !l.startsWith('The message lacks'));
}

/* Does the line begin with what is wanted, up to the end of a word? */
function
fits(line, wanted)
{
	const open = / no: /.test(wanted) || wanted.startsWith('Nothing');

	if (!open)
		return line === wanted;
	return line === wanted || (line.startsWith(wanted) &&
	    !/^\w/.test(line.slice(wanted.length)));
}

function
compareText(got, wanted)
{
	const lines = stable(got);
	const want = wanted.trimEnd().split('\n');
	const found = want.flatMap((w, i) => lines[i] !== undefined &&
	    fits(lines[i], w) ? [] : [`${show(lines[i])} instead of ${
	    show(w)}`]);

	return lines.length <= want.length ? found : [...found,
	    `more than expected: ${show(lines.slice(want.length))}`];
}

/* Members that must be there, and no others in what has to be whole. */
function
compareJson(got, want)
{
	const { exit, ...members } = want;
	const found = match(members, got);

	for (const whole of ['destination', 'fields'])
		for (const k of Object.keys(got[whole] ?? {}))
			if (!(k in (want[whole] ?? {})))
				found.push(`${whole}: ${k} was not expected`);
	if (got.rules.length !== want.rules.length)
		found.push(`${got.rules.length} rules`);
	return found;
}

/* What a placeholder of a kind stands for, from the sandbox's world. */
const WORLD = fresh();
const IDS = {
	'team': (n) => WORLD.linear.teams.find((t) => t.key === n)?.id,
	'user': (n) => WORLD.linear.users.find((u) => u.email === n)?.id,
	'project': (n) => WORLD.linear.projects.find((p) =>
	    p.name === n)?.id,
	'template': (n) => WORLD.linear.templates.find((t) =>
	    t.name === n)?.id,
	'label': (n) => WORLD.linear.labels.find((l) => l.name === n)?.id,
	'state': (n, team) => states(WORLD.linear.teams.find((t) =>
	    t.key === team)).find((s) => s.name === n)?.id,
	'account of': (n) => WORLD.jira.users.find((u) =>
	    u.emailAddress === n)?.accountId,
	'issue type': (n) => WORLD.jira.issueTypes.find((t) =>
	    t.name === n)?.id,
	'field': (n) => WORLD.jira.fields.find((f) =>
	    f.name.toLowerCase() === n.toLowerCase())?.id
};

/* The explained text with ids in the place of names. */
function
resolved(text, team)
{
	const m = new RegExp(`^<(${Object.keys(IDS).join('|')}) (.+)>$`, 's').
	    exec(text);

	return m === null ? text : IDS[m[1]](m[2], team);
}

/* What differs between the request explained and the one that came. */
function
differs(shown, came, team, at)
{
	if (typeof shown === 'string' && came !== null &&
	    typeof came === 'object')
		/* Its type was not known without asking; the value was. */
		return at.startsWith('fields.customfield_') &&
		    JSON.stringify(came).includes(JSON.stringify(shown)) ?
		    [] : [`${at}: ${show(came)}, explained ${show(shown)}`];
	if (shown === null || typeof shown !== 'object')
		return (typeof shown === 'string' ? resolved(shown, team) :
		    shown) === came ? [] :
		    [`${at}: ${show(came)}, explained ${show(shown)}`];
	if (came === null || typeof came !== 'object')
		return [`${at}: ${show(came)}, explained ${show(shown)}`];
	const named = Array.isArray(shown) ? shown.map((v, i) => [i, v]) :
	    Object.entries(shown).map(([k, v]) => [resolved(k, team), v]);
	const keys = new Set(named.map(([k]) => String(k)));
	return [...named.flatMap(([k, v]) => differs(v, came[k], team,
	    at === '' ? String(k) : `${at}.${k}`)),
	    ...Object.keys(came).filter((k) => !keys.has(k)).map((k) =>
	    `${at}.${k}: ${show(came[k])} was not explained`)];
}

/* Deliver it for real; the requests that file something. */
async function
deliver(world, front, file, config)
{
	const body = fs.readFileSync(file);
	const from = world.sandbox.log.length;

	await front.begin(config);
	const answer = await front.ask({ method: 'POST', path: '/trunk',
	    query: '', ...delivery({ options: {} }, body,
	    `msg_explain_${path.basename(path.dirname(file))}`,
	    world.secrets) });
	return { answer, creates: world.sandbox.log.slice(from).filter((e) =>
	    CREATES.test(e.op)) };
}

function
compareRequest(shown, { answer, creates })
{
	if (answer.status !== 200)
		return [`the delivery was answered ${answer.status} ${
		    answer.body}`];
	if (shown.request === undefined)
		return creates.length === 0 ? [] :
		    [`${creates.map((e) => e.op)} was sent`];
	if (creates.length !== 1)
		return [`${creates.length} creates were sent: ${answer.body}`,
		    ...creates.map((e) => `${e.status} ${show(e.body.fields)}`)];
	const [{ method, path: where, body }] = creates;
	const team = shown.destination.team?.value;
	const url = new URL(shown.request.url);
	return [...differs(shown.request.body, body, team, ''),
	    ...(method === shown.request.method &&
	    where === url.pathname + url.search ? [] :
	    [`${method} ${where}, explained ${shown.request.method} ${
	    url}`])];
}

async function
check(world, front, name, rest)
{
	const dir = path.join(SETS, name);
	const read = (f) => fs.readFileSync(path.join(dir, f), 'utf8');
	const rules = read('rules.ini');
	const talk = fs.mkdtempSync(`${world.dir}/explain-`);
	const config = world.configure(rules + below(rules, rest), talk);
	const event = path.join(dir, 'event.json');
	const want = JSON.parse(read('expect.json'));
	const before = world.sandbox.log.length;
	const text = await run('explain', event, '-c', config);
	const json = await run('explain', event, '-c', config, '--json');
	const silent = world.sandbox.log.length === before &&
	    fs.readdirSync(talk).length === 1;
	const status = [text, json].flatMap((r) => r.status === want.exit ?
	    [] : [`exit ${r.status} instead of ${want.exit}: ${r.err}`]);

	if (status.length > 0)
		return status;
	const got = JSON.parse(json.out);
	await world.sandbox.reset();
	/* What is explained is what is done when Trunk does not tell. */
	if (got.asks_trunk)
		await world.sandbox.fault({ service: 'trunk',
		    op: 'trunk.details', kind: 'status:503', times: 1 });
	const real = await deliver(world, front, event, config);
	await front.end();
	fs.rmSync(talk, { recursive: true, force: true });
	return [...compareText(text.out, read('expect.txt')),
	    ...compareJson(got, want), ...compareRequest(got, real),
	    ...(silent ? [] : ['it asked somebody, or left a file behind'])];
}

async function
main()
{
	const wanted = process.argv.slice(2);
	const rest = fs.readFileSync(path.join(SETS, 'rest.ini'), 'utf8');
	const names = fs.readdirSync(SETS).filter((n) => /^\d/.test(n) &&
	    (wanted.length === 0 || wanted.includes(n))).sort();
	const world = await World.open();
	const front = new fronts.cgi();

	try {
		await front.open(world.dir);
		for (const name of names) {
			const about = fs.readFileSync(path.join(SETS, name,
			    'rules.ini'), 'utf8').split('\n')[0].slice(2);
			let found;
			try {
				found = await check(world, front, name, rest);
			} catch (e) {
				found = [e.stack];
			}
			report.check(`${name}: ${about}`, found);
		}
		await front.close();
	} finally {
		await world.close();
	}
	report.finish();
}

main().catch((e) => {
	console.error(e.message);
	process.exitCode = 1;
});
