'use strict';

/*
 * A sample of mutated events, signed and sent to one FastCGI process with
 * the sandbox behind it: each member of the payloads deleted, emptied or
 * retyped.  No answer is a 5xx; a ticket is there exactly when the test's
 * id and name and a failing status survive; what is refused is refused for
 * good, and is stored; no ticket's text shows what was lost.  Then the
 * members of what is told of a test that has a ticket: none costs it, and
 * neither a comment nor the section of monitors shows what was lost.
 *
 *	node tests/run/events-mutations.js [SEED]
 *
 * Linking is optional here, since a test whose repository was taken out
 * cannot be linked, which is another matter.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const fcgi = require('./fcgi');
const { variables } = require('./fronts');
const { serve } = require('./process');
const { check, finish } = require('./report');
const { change } = require('./settings');
const { delivery } = require('./sign');
const { World } = require('./world');

const PAYLOADS = path.join(__dirname, '..', 'payloads');
const SAMPLE = { status: 220, other: 120, effect: 240 };
const AT_ONCE = 4;
const V1 = 'status_change.current_status.value';
const V2 = 'new_status';
/* Changes of status that are worth a ticket, and where the status stands. */
const STATUS = { 'v1-captured': V1, 'v1-flaky': V1, 'v1-ticketed': V1,
    'v2-flaky': V2, 'v2-collection': V2, 'v2-sparse': V2 };
const OTHER = /^(monitor|investigation|quarantine|(old-)?pull-request|un)/;
const EFFECT = /^(monitor|investigation|quarantine)/;
/* Tests that have a ticket: comments for all, or a section of monitors. */
const TESTS = { commented: 'c0ffee00-0000-5000-9000-000000000001',
    sectioned: 'c0ffee00-0000-5000-9000-000000000002' };
const GONE = Symbol('deleted');
const MUTATIONS = [GONE, null, '', ' ', 'x', 0, -1, 1e300, true, false, [],
    {}, [null], [[]], { a: null }, { value: [], html_url: {} }];
/*
 * The last one is an empty label; below "6 times:" there is code, and so is
 * something below the labels of an investigation.
 */
const TRACES = new RegExp('\\b(null|undefined|nan|NaN|object Object)\\b|' +
    '(?<!`)``(?!`)|\\(\\)|^(?!\\d|Last at )[^\n]*:(\\*\\*)? *$' +
    '(?!\\n\\n(```|\\*\\*))', 'm');

/* Numbers from 0 to 1, the same for the same seed (mulberry32). */
function
random(seed)
{
	let a = seed;

	return () => {
		a = a + 0x6d2b79f5 | 0;
		let t = Math.imul(a ^ a >>> 15, 1 | a);
		t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
		return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
	};
}

function
pick(list, n, next)
{
	const left = [...list];

	return Array.from({ length: Math.min(n, left.length) }, () =>
	    left.splice(Math.floor(next() * left.length), 1)[0]);
}

function
read(name)
{
	return JSON.parse(fs.readFileSync(`${PAYLOADS}/${name}.json`,
	    'utf8'));
}

/* The keys that lead to each member, those of arrays included. */
function
members(value, above = [])
{
	if (value === null || typeof value !== 'object')
		return [];
	return Object.keys(value).flatMap((k) => [[...above, k],
	    ...members(value[k], [...above, k])]);
}

function
variants(names)
{
	return names.flatMap((name) => members(read(name)).flatMap((keys) =>
	    MUTATIONS.map((to) => ({ name, keys, to }))));
}

/* A test of its own for each, so that each ticket is a new one. */
function
body({ name, keys, to }, n)
{
	const root = read(name);

	if (root.test_case !== undefined) {
		root.test_case.name += ` #${n}`;
		root.test_case.id = 'c0ffee00-0000-5000-8000-' +
		    String(n).padStart(12, '0');
	}
	const last = keys.at(-1);
	const at = keys.slice(0, -1).reduce((o, k) => o[k], root);
	if (to === GONE && Array.isArray(at))
		at.splice(last, 1);
	else if (to === GONE)
		delete at[last];
	else
		at[last] = to === 'x' ? `x${n}` : to;
	return Buffer.from(JSON.stringify(root));
}

/* What must become of it: filed, kept or malformed. */
function
fate({ name, keys, to })
{
	const where = keys.join('.');
	const text = to === 'x' || to === ' ';

	if (STATUS[name] === undefined || where === 'type')
		return 'kept';
	if (where === 'test_case')
		return 'malformed';
	if (where === 'test_case.id' || where === 'test_case.name')
		return text ? 'filed' : 'malformed';
	if (where !== STATUS[name])
		return 'filed';
	/* Version 1 tells its status twice. */
	return text ? 'kept' : STATUS[name] === V1 ? 'filed' : 'malformed';
}

function
answered(want, { status, headers, body: text })
{
	const told = JSON.parse(text);
	const abort = headers['webhook-delivery'] === 'abort-message';

	if (want === 'malformed')
		return status === 400 && told.error === 'malformed' && abort;
	if (want === 'kept')
		return status === 200 && told.ticket === undefined &&
		    /^(recorded|ignored)$/.test(told.outcome);
	return status === 200 && typeof told.ticket === 'string' &&
	    /^(created|adopted|exists)$/.test(told.outcome);
}

function
leaves(node)
{
	return node.text ?? (node.content ?? []).map(leaves).join('');
}

/* Markdown as it is; of ADF the text of each paragraph or heading. */
function
texts(value)
{
	if (typeof value === 'string')
		return [value];
	if (/^(paragraph|heading|codeBlock)$/.test(value.type))
		return [leaves(value)];
	return (value.content ?? []).flatMap(texts);
}

/* [key, texts] of every ticket that is there. */
function
tickets({ jira, jiradc, linear })
{
	return [...[...jira.issues, ...jiradc.issues].map((i) => [i.key,
	    [i.fields.summary, ...texts(i.fields.description)]]),
	    ...linear.issues.map((i) => [i.identifier,
	    [i.title, i.description]])];
}

class Talk {
	static async open(world)
	{
		const talk = new Talk();
		let text = world.template('default.ini');

		for (const t of ['cloud', 'lin'])
			text = change(text, 'set', `[tracker ${t}] ` +
			    'link = optional');
		text += '\n[rule commented]\nname = commented\n' +
		    'tracker = lin\non_monitor = comment\n' +
		    '\n[rule rest]\ntracker = lin\n';
		text = text.replace('[rule owners]', '[rule sectioned]\n' +
		    'name = sectioned\ntracker = lin\n' +
		    'on_quarantine = priority\n\n[rule owners]');
		text = change(text, 'set', '[defaults] on_quarantine = ' +
		    'comment');
		talk.world = world;
		talk.dir = `${world.dir}/mutations`;
		fs.mkdirSync(talk.dir);
		talk.socket = `${talk.dir}/handler.sock`;
		talk.run = await serve(world.configure(text, talk.dir),
		    talk.socket);
		return talk;
	}

	async send(n, bytes)
	{
		const step = { words: [], options: {}, lines: [] };
		const mail = delivery(step, bytes, `msg_mutation${n}`,
		    this.world.secrets);

		return fcgi.request({ path: this.socket }, variables({
		    method: 'POST', path: '/trunk', ...mail }), mail.body);
	}

	/* One number out of the ledger. */
	count(sql)
	{
		const r = spawnSync('sqlite3', [`${this.dir}/ledger.db`, sql],
		    { encoding: 'utf8' });

		if (r.status !== 0)
			throw new Error(`sqlite3: ${r.stderr}`);
		return Number(r.stdout);
	}
}

function
describe({ name, keys, to })
{
	return `${name}: ${keys.join('.')} ` + (to === GONE ? 'deleted' :
	    `= ${JSON.stringify(to)}`);
}

/* Send all of them, a few at once; {problems, keys, refused}. */
async function
sendAll(talk, sample)
{
	const found = { problems: [], keys: new Set(), refused: 0 };
	const queue = sample.map((variant, n) => [variant, n + 1]);

	const work = async () => {
		for (let one; (one = queue.shift()) !== undefined;) {
			const [variant, n] = one;
			const want = fate(variant);
			const answer = await talk.send(n, body(variant, n));
			if (!answered(want, answer))
				found.problems.push(`${describe(variant)}: ` +
				    `not ${want}: ${answer.status} ` +
				    `${answer.body}`);
			const { ticket } = JSON.parse(answer.body);
			if (ticket !== undefined)
				found.keys.add(ticket);
			found.refused += want === 'malformed';
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, work));
	return found;
}

function
shown(all)
{
	return all.flatMap(([key, list]) => list.filter((t) =>
	    TRACES.test(t)).map((t) => `${key}: ${TRACES.exec(t)[0]} in ` +
	    `"${t}"`));
}

/* Of one of the two tests, each with an evidence and an id of its own. */
function
effect({ name, keys, to }, n)
{
	const root = read(name);
	const test = Object.keys(TESTS)[n % 2];

	root.test_case.id = TESTS[test];
	root.test_case.name = test;
	if (root.monitor !== undefined && keys[0] !== 'evidence')
		root.evidence = { runs: [`r${n}`], nested: { rate: 0.2 } };
	if (root.investigation_id !== undefined)
		root.investigation_id = `found-${n}`;
	const last = keys.at(-1);
	const at = keys.slice(0, -1).reduce((o, k) => o[k], root);
	if (to === GONE)
		delete at[last];
	else
		at[last] = to;
	return Buffer.from(JSON.stringify(root));
}

/* They get their tickets, and then all that is told of them. */
async function
effects(talk, sample)
{
	const problems = [];

	for (const [name, id] of Object.entries(TESTS)) {
		const flaky = read('v2-flaky');
		Object.assign(flaky.test_case, { id, name, codeowners: [] });
		const { status, body: text } = await talk.send(`-${name}`,
		    Buffer.from(JSON.stringify(flaky)));
		if (status !== 200 || JSON.parse(text).rule !== name)
			problems.push(`${name}: ${status} ${text}`);
	}
	for (const [n, variant] of sample.entries()) {
		const { status, body: text } = await talk.send(`-effect-${n}`,
		    effect(variant, n));
		if (status !== 200 || !/^(recorded|ignored|updated)$/.test(
		    JSON.parse(text).outcome))
			problems.push(`${describe(variant)}: ${status} ${
			    text}`);
	}
	return problems;
}

async function
converseEffects(world, talk, sample)
{
	check(`${sample.length} variants of what is told of a ticket's test`,
	    await effects(talk, sample));
	const { linear } = world.sandbox.state();
	const own = linear.issues.filter((i) =>
	    Object.keys(TESTS).some((n) => i.title.includes(n)));
	const said = linear.comments.map((c) => ['comment', [c.body]]);

	check(`${said.length} comments and a section show nothing lost`, [
	    ...shown([...said, ...own.map((i) => [i.identifier,
	    [i.description]])]),
	    ...(own.length === 2 && said.length > sample.length / 4 ? [] :
	    [`${own.length} tickets, ${said.length} comments`]),
	    ...(own.some((i) => /### Active monitors/.test(i.description)) ?
	    [] : ['no section of monitors'])]);
}

async function
converse(world, sample, effected)
{
	const talk = await Talk.open(world);

	try {
		const found = await sendAll(talk, sample);
		const all = tickets(world.sandbox.state());
		check(`${sample.length} variants are answered as promised`,
		    found.problems);
		check(`the ${all.length} tickets are those answered`,
		    all.length > 100 && all.length === found.keys.size &&
		    all.every(([key]) => found.keys.has(key)) ? [] :
		    [`${found.keys.size} were answered`]);
		check('no text shows what was lost', shown(all));
		const kept = talk.count('SELECT count(*) FROM delivery ' +
		    'WHERE status = 400 AND length(body) > 0');
		check(`the ${found.refused} refused are stored`,
		    found.refused > 0 && kept === found.refused ? [] :
		    [`${kept} are`]);
		await converseEffects(world, talk, effected);
	} finally {
		const { code } = await talk.run.stop();
		check('the handler ends well', code === 0 ? [] :
		    [talk.run.log]);
	}
}

async function
main()
{
	const seed = Number(process.argv[2] ?? 20261121);
	const next = random(seed);
	const others = fs.readdirSync(PAYLOADS).map((f) =>
	    path.basename(f, '.json')).filter((f) => OTHER.test(f));
	const sample = [
	    ...pick(variants(Object.keys(STATUS)), SAMPLE.status, next),
	    ...pick(variants(others), SAMPLE.other, next)];
	const effected = pick(variants(others.filter((f) =>
	    EFFECT.test(f))), SAMPLE.effect, next);
	const world = await World.open();

	console.log(`seed ${seed}`);
	try {
		await converse(world, sample, effected);
	} finally {
		await world.close();
	}
	finish();
}

main();
