'use strict';

/*
 * What the parts of the torture share.
 *
 *	const place = await Place.open(settings);	a sandbox of its own
 *	await place.fresh();		nothing filed, an empty ledger
 *	await place.cgi(mail, {wrap});	one delivery to a process of its own,
 *					which `wrap` may start in its place
 *	await place.untilDone(mail);	as Svix: again until 2xx
 *	await place.exactlyOnce();	sentences, of what is not as promised
 *	await place.close();
 *
 * A mail is {id, file, lines}: the message's id and its payload as
 * tests/run/payload.js makes it; it is signed anew each time it is sent.
 * An answer is {status, body, log}; status 0 is none at all.
 */

const fs = require('node:fs');
const path = require('node:path');
const { variables } = require('../run/fronts');
const fcgi = require('../run/fcgi');
const { BINARY, ROOT, sleep, start } = require('../run/process');
const { bytes } = require('../run/payload');
const { change } = require('../run/settings');
const { delivery } = require('../run/sign');
const { parseCgi } = require('../run/wire');
const { World } = require('../run/world');

const BUILD = path.resolve(ROOT, process.env.BUILD ?? 'build');
const TRIES = 60;
const PAUSE_MS = 40;
const HUNG_MS = 30000;

/* Short waits, so that a sweep does not consist of them. */
const QUICK = ['[tracker cloud] settle = 1s', '[handler] deadline = 8s'];

function
tool(name)
{
	return path.join(BUILD, 'fault', name);
}

function
signed(world, mail)
{
	const step = { words: [mail.file], options: {},
	    lines: mail.lines ?? [] };

	return { method: 'POST', path: '/trunk',
	    ...delivery(step, bytes(step), mail.id, world.secrets) };
}

function
answerOf(stdout)
{
	try {
		const { status, body } = parseCgi(stdout);
		return { status, body: body.toString() };
	} catch {
		return { status: 0, body: stdout.toString() };
	}
}

/* Run a program to its end, with `input`; {code, signal, out, log}. */
async function
run(program, args, { env = {}, input = '', patience = HUNG_MS } = {})
{
	const out = [];
	const child = start(program, args, { env,
	    stdio: ['pipe', 'pipe', 'pipe'] });

	child.child.stdout.on('data', (d) => out.push(d));
	child.child.stdin.on('error', () => {});
	child.child.stdin.end(input);
	const timer = setTimeout(() => child.child.kill('SIGKILL'), patience);
	const end = await child.exited;
	clearTimeout(timer);
	return { ...end, out: Buffer.concat(out), log: child.log };
}

class Place {
	/* `settings`: lines of `set`; `binary`: another program to try. */
	static async open({ settings = [], base = 'default.ini',
	    binary = BINARY } = {})
	{
		const place = new Place();

		place.world = await World.open();
		place.sandbox = place.world.sandbox;
		place.binary = binary;
		place.text = place.world.template(base);
		for (const s of base === 'default.ini' ?
		    [...QUICK, ...settings] : settings)
			place.text = change(place.text, 'set', s);
		place.serial = 0;
		return place;
	}

	/* Nothing was ever filed, and a new ledger; `settings` as above. */
	async fresh(settings = [])
	{
		const text = settings.reduce((t, s) => change(t, 'set', s),
		    this.text);

		await this.sandbox.reset();
		this.planted = [];
		if (this.dir !== undefined)
			fs.rmSync(this.dir, { recursive: true, force: true });
		this.dir = `${this.world.dir}/${++this.serial}`;
		this.config = this.world.configure(text, this.dir);
		this.ledger = `${this.dir}/ledger.db`;
	}

	/* Tickets that are none of ours, one at each tracker. */
	plant()
	{
		const summary = 'Repaint the ticket machine';
		const age = 3600e3;		/* long in the index */

		this.planted = this.sandbox.seed({
		    linear: { issues: [{ team: 'WEB', title: summary }] },
		    jira: { issues: [{ project: 'PAY', summary, age }] },
		    jiradc: { issues: [{ project: 'OPS', summary, age }] }
		}).map((t) => t.key);
	}

	cgi(mail, options)
	{
		return this.ask(signed(this.world, mail), options);
	}

	async ask(request, { wrap = [] } = {})
	{
		const [program, ...args] = [...wrap, this.binary];
		const end = await run(program, args, { input: request.body,
		    env: { ...Object.fromEntries(variables(request)),
		    TICKETHOOK_CONFIG: this.config } });

		return { ...answerOf(end.out), log: end.log, code: end.code,
		    signal: end.signal };
	}

	/* The same over FastCGI; a broken connection is no answer. */
	async fcgi(where, mail)
	{
		const request = signed(this.world, mail);

		try {
			const { status, body } = await fcgi.request(where,
			    variables(request), request.body);
			return { status, body: body.toString(), log: '' };
		} catch (e) {
			return { status: 0, body: '', log: e.message };
		}
	}

	/* Again until 2xx; the last answer. */
	async untilDone(mail, send = (m) => this.cgi(m))
	{
		let answer;

		for (let i = 0; i < TRIES; i++) {
			answer = await send(mail);
			if (answer.status >= 200 && answer.status < 300)
				return answer;
			await sleep(PAUSE_MS);
		}
		return answer;
	}

	/* Sentences of SQLite's own checks; rows of `sql` in `rows`. */
	async inspect(sql)
	{
		const { code, out } = await run(tool('ledger'),
		    [this.ledger, ...(sql === undefined ? [] : [sql])]);
		const rows = out.toString().split('\n').slice(0, -1);

		return code === 0 ? { rows, found: [] } :
		    { rows: [], found: [`ledger: ${rows.join('; ')}`] };
	}

	/* One ticket, and one link to it, however often it was written. */
	async exactlyOnce(tickets = 1, links = 1, writes = 1)
	{
		const state = this.sandbox.state();
		const all = ticketsOf(state).filter((t) =>
		    !this.planted.includes(t.key));
		const found = [];

		if (all.length !== tickets)
			found.push(`${all.length} tickets: ` +
			    all.map((t) => t.key).join(' '));
		if (state.trunk.links.length !== links)
			found.push(`${state.trunk.links.length} links`);
		for (const l of state.trunk.links) {
			if (l.writes !== writes)
				found.push(`a link was changed ${l.writes} ` +
				    'times');
			if (!all.some((t) => t.key === l.ticket))
				found.push(`a link to ${l.ticket}`);
		}
		return [...found, ...(await this.inspect()).found];
	}

	async close()
	{
		await this.world.close();
	}
}

/* {key, title} of every ticket there is. */
function
ticketsOf(state)
{
	return [...[...state.jira.issues, ...state.jiradc.issues].map((i) =>
	    ({ key: i.key, title: i.fields.summary })),
	    ...state.linear.issues.map((i) =>
	    ({ key: i.identifier, title: i.title }))];
}

/* Each place takes the next item when it is free. */
async function
share(places, items, work)
{
	const next = items[Symbol.iterator]();

	await Promise.all(places.map(async (place) => {
		for (let n = next.next(); !n.done; n = next.next())
			await work(place, n.value);
	}));
}

async function
withPlaces(count, options, work)
{
	const places = [];

	try {
		for (let i = 0; i < count; i++)
			places.push(await Place.open(options));
		return await work(places);
	} finally {
		for (const p of places)
			await p.close();
	}
}

/* Deterministic: mulberry32 of a seed. */
function
random(seed)
{
	let a = seed >>> 0;

	return (below) => {
		a = (a + 0x6d2b79f5) | 0;
		let t = Math.imul(a ^ (a >>> 15), 1 | a);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) % below;
	};
}

function
shuffle(list, rng)
{
	const out = [...list];

	for (let i = out.length - 1; i > 0; i--) {
		const j = rng(i + 1);
		[out[i], out[j]] = [out[j], out[i]];
	}
	return out;
}

/* n of 1..most, evenly spread, moved a little by the seed. */
function
sample(most, n, rng)
{
	const step = most / n;

	return n >= most ? Array.from({ length: most }, (x, i) => i + 1) :
	    Array.from({ length: n }, (x, i) => Math.min(most,
	    1 + Math.floor(i * step) + rng(Math.ceil(step))));
}

module.exports = { BINARY, BUILD, Place, ROOT, random, run, sample, share,
    shuffle, signed, ticketsOf, tool, withPlaces };
