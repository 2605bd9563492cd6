'use strict';

/*
 * node tests/cover/fail.js [--on] [NAME...]
 *
 * Runs on a program that was built with fail.c.  Every way to memory, to the
 * ledger and to another host that a delivery, a page or a command takes fails
 * once, in a process of its own.  A delivery is answered with 5xx or with
 * what is true, and done when it is repeated: one ticket, one link.  A page
 * is answered, and a command that fails says why.  --on goes on where an
 * earlier run ended.
 */

const fs = require('node:fs');
const path = require('node:path');
const { check, finish } = require('../run/report');
const { variables } = require('../run/fronts');
const { parseCgi } = require('../run/wire');
const { Place, run } = require('../fault/lab');
const { test } = require('../fault/mails');
const scenarios = require('../fault/scenarios');

const KINDS = ['memory', 'disk', 'net'];
const MOST = 1500;		/* ways of one kind in one scenario */
const LANES = Number(process.env.LANES ?? 2);
const PANEL = ['[panel] users = kim'];
const PAGES = ['/', '/tickets', '/tickets?text=fare', '/ticket?row=1',
    '/deliveries', '/delivery?id=msg_first', '/queue', '/parked',
    '/unhandled', '/metrics', '/ready', '/health'];
const PAYLOAD = path.join(__dirname, '..', 'payloads', 'v2-flaky.json');
const COMMANDS = [['explain', PAYLOAD], ['explain', '--json', PAYLOAD],
    ['check'], ['check', '--json'], ['tickets'], ['tickets', '--json'],
    ['deliveries'], ['deliveries', 'msg_first'], ['tests'], ['export'],
    ['queue'], ['simulate'], ['sync'], ['reconcile'],
    ['reconcile', '--apply'], ['replay', '--since', '2d'],
    ['replay', 'msg_first'], ['release', 'owners']];
/* It ends otherwise where it finds something, as it does here. */
const FINE = { check: true, reconcile: true };
/* A number of tickets that belong to no rule. */
const NOBODYS = /^tickethook_tickets /m;
const WRITING = ['sync', 'reconcile', 'replay', 'release'];

/* Repeat until nothing fails any more; how often something did. */
async function
sweep(place, kind, once)
{
	const env = { FAIL: kind, FAIL_SEEN: place.seen };
	const found = [];
	let n = 0;

	for (; n < MOST; n++) {
		const { failed, wrong } = await once(env);
		found.push(...wrong.map((w) => `${kind} ${n}: ${w}`));
		if (!failed || found.length > 5)
			break;
	}
	if (n === MOST)
		found.push(`${kind}: there is always one more way`);
	return { n, found };
}

/* {status, body}; 0 when there is none. */
function
answer(out)
{
	if (out.length === 0)
		return { status: 0, body: '' };
	const { status, body } = parseCgi(out);

	return { status, body: body.toString() };
}

function
told(end)
{
	const log = end.log.replace(/^failed \w+\n/gm, '');

	if (end.signal !== null || /Sanitizer|runtime error/.test(end.log))
		return [`it crashed: ${end.signal} ${end.log}`];
	if (log.includes('(null)'))
		return [`nobody can read this: ${log}`];
	return end.code !== 0 && log.trim() === '' && end.out.length === 0 ?
	    [`it ended with ${end.code} and said nothing`] : [];
}

/* What a ticket could not be told is told by the next one. */
async function
sync(place)
{
	const { code, log } = await run(place.binary, ['sync'],
	    { env: { TICKETHOOK_CONFIG: place.config } });

	if (code !== 0)
		throw new Error(`sync ends with ${code}: ${log}`);
}

/* A delivery that fails, and its repeats. */
function
deliver(place, scenario)
{
	return async (env) => {
		await place.fresh(scenario.settings);
		await scenario.prepare(place);
		place.env = env;
		const answer = await place.cgi(scenario.mail);
		place.env = {};
		const wrong = told(answer);
		if (answer.status !== 200 && answer.status < 500)
			wrong.push(`${answer.status} ${answer.body}`);
		const last = await place.untilDone(scenario.mail);
		if (last.status !== 200)
			wrong.push(`never 2xx: ${last.status} ${last.body}`);
		wrong.push(...await place.exactlyOnce(scenario.tickets,
		    scenario.links, scenario.writes));
		await sync(place);
		return { failed: /^failed /m.test(answer.log),
		    wrong: [...wrong, ...await scenario.check(place)] };
	};
}

/* Something was filed, and something else was not. */
async function
inhabit(place)
{
	const { mail } = scenarios['jira-new'];

	await place.fresh(PANEL);
	await place.cgi(mail);
	await place.sandbox.fault({ service: 'linear', op: 'issueCreate',
	    kind: 'status:500', times: 2 });
	await place.cgi(test('linear', 3).mail('msg_held'));
}

function
page(place, target)
{
	const [where, query] = target.split('?');

	return async (env) => {
		const end = await run(place.binary, [], { input: '', env: {
		    ...Object.fromEntries(variables({ method: 'GET',
		    path: where, query: query === undefined ? '' : `?${query}`,
		    headers: [], body: null })), REMOTE_USER: 'kim',
		    TICKETHOOK_CONFIG: place.config, ...env } });
		const { status, body } = answer(end.out);
		const failed = /^failed /m.test(end.log);

		const fits = status === 200 ? !NOBODYS.test(body) &&
		    !(failed && target === '/ready' && env.FAIL === 'disk') :
		    failed && status >= 500;

		return { failed, wrong: [...told(end), ...(fits ? [] :
		    [`${target} is answered ${status}: ${end.log}`])] };
	};
}

function
command(place, words)
{
	return async (env) => {
		if (WRITING.includes(words[0]))
			await inhabit(place);
		const end = await run(place.binary, [...words, '-c',
		    place.config], { env, input: '' });

		const failed = /^failed /m.test(end.log);

		if (failed && words[0] === 'check' && env.FAIL === 'disk' &&
		    end.code === 0)
			return { failed, wrong: ['it finds nothing wrong ' +
			    `with the ledger: ${end.out}`] };
		return { failed, wrong: failed || FINE[words[0]] ||
		    end.code === 0 ? told(end) : [`it ended with ${end.code}` +
		    `: ${end.log}`] };
	};
}

/* {name: how to do it once, in a place} */
function
all()
{
	const list = {};

	for (const [name, s] of Object.entries(scenarios))
		list[name] = async (place) => deliver(place, s);
	for (const target of PAGES)
		list[`page ${target}`] = async (place) => {
			await inhabit(place);
			return page(place, target);
		};
	for (const words of COMMANDS)
		list[words.join(' ').replace(PAYLOAD, 'FILE')] =
		    async (place) => {
			await inhabit(place);
			return command(place, words);
		};
	return list;
}

/* As Place.ask, with an environment of the moment. */
class Frail extends Place {
	static async open(seen)
	{
		const place = Object.setPrototypeOf(await Place.open(),
		    Frail.prototype);

		place.seen = seen;
		place.env = {};
		return place;
	}

	async ask(request, { wrap = [] } = {})
	{
		const env = { ...Object.fromEntries(variables(request)),
		    TICKETHOOK_CONFIG: this.config, ...this.env };
		const [program, ...args] = [...wrap, this.binary];
		const end = await run(program, args, { input: request.body,
		    env });

		return { ...answer(end.out), ...end };
	}
}

async function
lane(queue, seen)
{
	const place = await Frail.open(seen);

	try {
		for (let [name, set] = queue.shift() ?? []; name !== undefined;
		    [name, set] = queue.shift() ?? []) {
			const found = [];
			let sum = 0;
			for (const kind of KINDS) {
				const r = await sweep(place, kind,
				    await set(place));
				sum += r.n;
				found.push(...r.found);
			}
			check(`${name}: ${sum} ways failed`, found);
		}
	} finally {
		await place.close();
	}
}

async function
main()
{
	const chosen = process.argv.slice(2).filter((a) => a !== '--on');
	const queue = Object.entries(all()).filter(([name]) =>
	    chosen.length === 0 || chosen.some((c) => name.startsWith(c)));
	const seen = path.join(process.env.BUILD, 'seen');

	if (!process.argv.includes('--on'))
		fs.rmSync(seen, { force: true });
	await Promise.all(Array.from({ length: LANES }, () =>
	    lane(queue, seen)));
	finish();
}

main().catch((e) => {
	console.error(e);
	process.exitCode = 1;
});
