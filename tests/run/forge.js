'use strict';

/*
 * node tests/run/forge.js [--alone]
 *
 * A line of the log is one request, whoever wrote what into it: every byte
 * from 0 to 255, and words that look like a line of the log, in every field
 * that a stranger, a sender, a user or a tracker fills, over FastCGI and
 * CGI, as text and as JSON.  As many lines come out as requests went in, and
 * each is one of its kind.  Every answer forbids guessing at its type.  Bytes
 * go 16 at once, with --alone each by itself too.
 */

const fs = require('node:fs');
const fcgi = require('./fcgi');
const { fronts, variables } = require('./fronts');
const { serve, until } = require('./process');
const report = require('./report');
const { delivery } = require('./sign');
const { parseCgi } = require('./wire');
const { World } = require('./world');

const ALONE = process.argv.includes('--alone');
const PLAIN = { words: [], options: {}, lines: [] };
const FORGED = '2026-11-04T16:02:57.000Z info delivery id=msg_forged ' +
    'status=200 outcome=created';
const TEXT = /^\d{4}-\d\d-\d\dT[\d:.]+Z (info|warning|error) (request|delivery|news)( \w+=("([^"\\]|\\.)*"|[^\s"\\]+))+$/;
const OURS = /^\S+ \w+ (request|delivery|news) /;
/* What moves a cursor, ends a line or turns the reading around. */
const UNSAFE = /[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

const CONFIG = `
[panel]
users = *
[rule nothing]
repository = github.com/brightwater/forge
action = ignore
`;

/* All bytes, 16 at once or each by itself, then all of a line. */
function
values(alone)
{
	const bytes = Array.from({ length: 256 }, (_, n) =>
	    String.fromCharCode(n));
	const few = [];

	for (let i = 0; i < 256; i += 16)
		few.push(`a${bytes.slice(i, i + 16).join('')}b`);
	return [...few, ...(alone ? bytes.map((b) => `a${b}b`) : []),
	    `a\n${FORGED}\n`, `a\r\n${FORGED}\r\n`, `a\r${FORGED}`,
	    `a\u0085${FORGED}`, `" why="x`, '\\', 'a\\n', '%0a%0d', '\x1b[2J',
	    'status=200', '', ' ', 'x'.repeat(6000)];
}

/* The fields of a request: how a value gets into one. */
const FIELDS = {
	method: (v) => ({ method: v }),
	path: (v) => ({ path: `/${v}` }),
	tracker: (v) => ({ method: 'POST', path: `/tracker/${v}` }),
	query: (v) => ({ path: '/tickets', query: `?q=${v}` }),
	type: (v) => ({ method: 'POST', path: '/act/replay',
	    headers: [['Content-Type', v]] }),
	length: (v) => ({ method: 'POST', path: '/trunk', length: v }),
	'svix-id': (v) => ({ method: 'POST', path: '/trunk',
	    headers: [['svix-id', v]] }),
	'svix-timestamp': (v) => ({ method: 'POST', path: '/trunk',
	    headers: [['svix-id', 'm'], ['svix-timestamp', v],
	    ['svix-signature', 'v1,x']] }),
	'svix-signature': (v) => ({ method: 'POST', path: '/trunk',
	    headers: [['svix-id', 'm'], ['svix-timestamp', '1'],
	    ['svix-signature', v]] }),
	'x-hub-signature': (v) => ({ method: 'POST', path: '/tracker/cloud',
	    headers: [['X-Hub-Signature', v]] }),
	'linear-delivery': (v) => ({ method: 'POST', path: '/tracker/lin',
	    headers: [['Linear-Delivery', v], ['Linear-Signature', v]] }),
	authorization: (v) => ({ path: '/metrics', user: '',
	    headers: [['Authorization', `Bearer ${v}`]] }),
	origin: (v) => ({ method: 'POST', path: '/act/release', user: 'kim',
	    headers: [['Origin', v], ['Host', v]] }),
	site: (v) => ({ method: 'POST', path: '/act/release', user: 'kim',
	    headers: [['Sec-Fetch-Site', v]] }),
	user: (v) => ({ path: '/nowhere', user: v }),
	agent: (v) => ({ path: '/health', headers: [['User-Agent', v],
	    ['X-Forwarded-For', v], ['Proxy', v]] }),
	body: (v) => ({ method: 'POST', path: '/trunk', body: v })
};

/* Fields of an event that was signed. */
const EVENT = {
	type: (e, v) => { e.type = v; },
	name: (e, v) => { e.test_case.name = v; },
	file: (e, v) => { e.test_case.file_path = v; },
	classname: (e, v) => { e.test_case.classname = v; },
	owner: (e, v) => { e.test_case.codeowners = [v]; },
	variant: (e, v) => { e.test_case.variant = v; },
	test: (e, v) => { e.test_case.id = v; },
	status: (e, v) => { e.new_status = v; },
	repository: (e, v) => { e.repository.html_url += v; },
	url: (e, v) => { e.test_case.html_url += v; },
	time: (e, v) => { e.timestamp = v; }
};

function
event()
{
	const id = '6a1f0c55-2b7d-5e0a-9c31-4d8e7f605b12';

	return { type: 'v2.test_case.status_changed',
	    timestamp: '2026-11-04T16:02:57.000Z', previous_status: 'HEALTHY',
	    new_status: 'FLAKY', repository: { html_url:
	    'https://github.com/brightwater/forge' },
	    triggered_by: { monitor_type: 'failure_rate' }, test_case: { id,
	    name: 'forge', file_path: 'forge_test.go', parent: '',
	    classname: '', codeowners: [], quarantined: false, variant: '',
	    failure_rate_last_7d: 0.2, pull_requests_impacted_last_7d: 2,
	    html_url: `https://app.trunk.io/brightwater/flaky-tests/test/${
	    id}` } };
}

function
signed(world, id, change)
{
	const e = event();

	change(e);
	return { method: 'POST', path: '/trunk', ...delivery(PLAIN,
	    Buffer.from(JSON.stringify(e)), id, world.secrets) };
}

/* All requests, as [name, request]. */
function
all(world, alone)
{
	const list = [];
	let n = 0;

	for (const [name, make] of Object.entries(FIELDS))
		for (const v of values(alone))
			list.push([name, { method: 'GET', path: '/health',
			    headers: [], body: '', ...make(v) }]);
	for (const [name, change] of Object.entries(EVENT))
		for (const v of values(alone))
			list.push([`event ${name}`, signed(world,
			    `msg_${++n}`, (e) => change(e, v))]);
	/* A genuine id, as odd as Svix could make it. */
	for (const v of values(alone).filter((s) => !/\0|^ *$/.test(s)))
		list.push(['genuine id', signed(world, `m${v}`, () => {})]);
	return list;
}

function
listOf(request)
{
	const body = Buffer.from(request.body, 'latin1');

	return { body, list: [...variables({ ...request, body }),
	    ['REMOTE_USER', request.user ?? '']] };
}

/* Header and body of an answer; a request may also be cut off. */
function
typed(answers, name, { status, headers })
{
	if (headers['x-content-type-options'] !== 'nosniff')
		answers.push(`${name}: ${status} without nosniff`);
}

async function
overFastCgi(world, config, requests, answers)
{
	const socket = `${world.dir}/forge.sock`;
	const run = await serve(config, socket);

	await until(() => run.log.endsWith('\n'), 500);
	const start = run.log.length;
	const next = requests[Symbol.iterator]();
	await Promise.all(Array.from({ length: 16 }, async () => {
		for (let n = next.next(); !n.done; n = next.next()) {
			const [name, request] = n.value;
			const { body, list } = listOf(request);
			typed(answers, name, await fcgi.request(
			    { path: socket }, list, body));
		}
	}));
	await until(() => false, 200);
	const log = run.log.slice(start);
	await run.stop();
	return log;
}

async function
overCgi(world, config, requests, answers)
{
	const front = new fronts.cgi();
	const next = requests[Symbol.iterator]();

	await front.begin(config);
	await Promise.all(Array.from({ length: 4 }, async () => {
		for (let n = next.next(); !n.done; n = next.next()) {
			const [name, request] = n.value;
			typed(answers, name, await front.ask({ ...request,
			    body: Buffer.from(request.body, 'latin1') }));
		}
	}));
	return front.log();
}

function
wrong(log, json, n)
{
	const lines = log.split('\n').slice(0, -1).filter((l) => json ? ['request',
	    'delivery', 'news'].includes(JSON.parse(l).event) : OURS.test(l));
	const rest = log.split('\n').slice(0, -1).length - lines.length;
	const odd = json ? [] : lines.filter((l) => !TEXT.test(l));

	return [...(lines.length === n ? [] :
	    [`${lines.length} lines of ${n} requests`]),
	    ...(rest === 0 ? [] : [`${rest} lines of nothing`]),
	    ...odd.slice(0, 3).map((l) => `no line: ${JSON.stringify(l)}`),
	    ...(UNSAFE.test(log) ? [`control characters: ${JSON.stringify(
	    UNSAFE.exec(log)[0])}`] : []),
	    ...(lines.some((l) => l.startsWith(FORGED)) ? ['forged'] : [])];
}

/* The judge sees what a careless log would be. */
function
canFail()
{
	const good = `${FORGED}\n`;

	report.check('a forged line is found', wrong(good + 'x\n', false,
	    1).length > 0 && wrong(good + good, false, 1).length > 0 &&
	    wrong(`${FORGED} why="a\x1bb"\n`, false, 1).length > 0 &&
	    wrong(`${FORGED} why="a"b"\n`, false, 1).length > 0 ? [] :
	    ['it is not']);
}

async function
round(world, config, json, how, requests)
{
	const answers = [];
	const log = await how(world, config, requests, answers);

	report.check(`${requests.length} requests ${how === overCgi ?
	    'by CGI' : 'over FastCGI'}, ${json ? 'JSON' : 'text'}`, [...wrong(
	    log, json, requests.length), ...answers.slice(0, 5)]);
}

async function
main()
{
	const world = await World.open();
	const [head, ...rules] = world.template('default.ini').split(
	    /^(?=\[rule )/m);

	canFail();
	try {
		for (const json of [false, true]) {
			const config = world.configure((head + CONFIG +
			    rules.join('')).replace('[handler]',
			    `[handler]\nlog = ${json ? 'json' : 'text'}`),
			    `${world.dir}/forge-${json}`);
			await round(world, config, json, overFastCgi,
			    all(world, ALONE && !json));
			/* What a process is given ends at a NUL. */
			await round(world, config, json, overCgi, all(world,
			    false).filter(([, r], i) => (ALONE ||
			    i % 8 === 0) && !JSON.stringify([r.method, r.path,
			    r.query, r.headers, r.length]).includes(
			    '\\u0000')));
		}
	} finally {
		await world.close();
	}
	report.finish();
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
