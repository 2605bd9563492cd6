'use strict';

/*
 * node tests/run/hostile.js
 *
 * What may come from a peer that is no honest web server, written to the
 * socket byte by byte: each of the cases below over a unix socket, over TCP
 * and over systemd's descriptor 3.  While the peer still holds its connection
 * the next good delivery is answered, and nothing was filed for the peer.
 * Where libfcgi gives up the whole process, the next one is up soon after
 * the pause, and what was in hand is filed once.  Last, peers that
 * take their time hold every thread, and are cut off.
 */

const crypto = require('node:crypto');
const net = require('node:net');
const { variables } = require('./fronts');
const fcgi = require('./fcgi');
const { sleep, until } = require('./process');
const report = require('./report');
const { supervise } = require('./supervisor');
const { parseCgi } = require('./wire');
const { test } = require('../fault/mails');
const { Place, signed } = require('../fault/lab');

const WAYS = ['unix', 'tcp', 'systemd'];
const SOON_MS = 2000;		/* for a good delivery; a busy machine */
const RESTART_MS = 2000;	/* for the next process, after the pause */
const PAUSE_MS = 900;
const READ_MS = 10000;		/* a peer may take for a request */
const LATE_MS = 3000;		/* beyond that, for all that follows */
const THREADS = 5;		/* one worker, and those who say "busy" */
const GIB = 2 ** 30;
const SERVED = 66;		/* the test of deliveries that are genuine */
let unwanted = 1000;		/* tests that must get no ticket */

const { ABORT_REQUEST, BEGIN_REQUEST, GET_VALUES, PARAMS, STDIN, begin,
    params, record, stream } = fcgi;

/* Lengths of a name and a value as they are claimed, of four bytes each. */
function
claim(name, value)
{
	const b = Buffer.alloc(8);

	b.writeUInt32BE((name | 0x80000000) >>> 0, 0);
	b.writeUInt32BE((value | 0x80000000) >>> 0, 4);
	return b;
}

/* A delivery in its parts; it files a ticket, each `serial` its own. */
function
parts(place, options = {})
{
	const { role, flags, more = [], first = [], serial } = options;
	const request = signed(place.world, test('linear', serial ??
	    ++unwanted).mail(`msg_hostile_${crypto.randomUUID()}`));
	const list = [...first, ...variables(request), ...more];

	return { body: request.body, list, head: [begin(role, flags),
	    ...stream(PARAMS, params(list))],
	    stdin: stream(STDIN, request.body) };
}

function
noise(n)
{
	return crypto.createHash('shake256', { outputLength: n }).
	    update('noise').digest();
}

/* An empty record with eight bytes of padding. */
function
padded(empty)
{
	const b = Buffer.concat([empty, Buffer.alloc(8)]);

	b[6] = 8;
	return b;
}

/* The record that begins a stream's content, cut off. */
function
half(place)
{
	const { head } = parts(place);

	return Buffer.concat(head).subarray(0, 50);
}

/*
 * What is written; `end`: and then no more can come.  What becomes of it:
 * "refused" (the connection is closed, without an answer), "waits" (as long
 * as it is let), "dies", or the status that is answered.  `extra` ones are
 * not among the two dozen that are counted.
 */
const CASES = {
	'wrong version': { want: 'refused', send: (p) => {
		const { head, stdin } = parts(p);
		head[0][0] = 9;
		return [...head, ...stdin];
	} },
	'BEGIN of 7 bytes': { want: 'refused', send: (p) => {
		const { head, stdin } = parts(p);
		return [record(BEGIN_REQUEST, Buffer.alloc(7)),
		    ...head.slice(1), ...stdin];
	} },
	'request id 0': { want: 'refused', send: (p) => {
		const { list, body } = parts(p);
		return [begin(1, 0, 0), record(PARAMS, params(list), 0),
		    record(PARAMS, Buffer.alloc(0), 0), record(STDIN, body, 0),
		    record(STDIN, Buffer.alloc(0), 0)];
	} },
	'PARAMS without BEGIN': { want: 'waits', send: (p) => {
		const { head, stdin } = parts(p);
		return [...head.slice(1), ...stdin];
	} },
	'lengths of 0x7fffffff, twice': { want: 'refused', send: () => [
	    begin(), ...stream(PARAMS, claim(0x7fffffff, 0x7fffffff))] },
	'a pair cut off by the end': { want: 'refused', send: () => [begin(),
	    ...stream(PARAMS, params([['REQUEST_METHOD', 'POST']]).
	    subarray(0, -2)), ...stream(STDIN, Buffer.alloc(0))] },
	'a second BEGIN': { want: 200, send: (p) => {
		const { head, stdin } = parts(p, { serial: SERVED });
		return [head[0], begin(1, 0, 2), ...head.slice(1), ...stdin];
	} },
	'a record of unknown type': { want: 'refused', send: (p) => {
		const { head, stdin } = parts(p);
		return [record(77, Buffer.from('what?'), 0), ...head,
		    ...stdin];
	} },
	'GET_VALUES': { want: 'waits', send: () => [record(GET_VALUES,
	    params([['FCGI_MAX_CONNS', ''], ['FCGI_MAX_REQS', ''],
	    ['FCGI_MPXS_CONNS', '']]), 0)] },
	'STDIN of another request': { want: 200, send: (p) => {
		const { head, stdin } = parts(p, { serial: SERVED });
		return [...head, record(STDIN, Buffer.from('{}'), 7),
		    ...stdin];
	} },
	'role 77': { want: 'refused', send: (p) => {
		const { head, stdin } = parts(p, { role: 77 });
		return [...head, ...stdin];
	} },
	'64 KiB of noise': { want: 'refused', send: () => [noise(65536)] },
	'a connection and its end': { want: 'refused', end: true,
	    send: () => [] },
	'HTTP': { want: 'refused', send: () => [Buffer.from('POST /trunk ' +
	    'HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}')] },
	'a body shorter than its length': { want: 400, send: (p) => {
		const { head, body } = parts(p);
		return [...head, ...stream(STDIN, body.subarray(0, -5))];
	} },
	'a body longer than its length': { want: 400, send: (p) => {
		const { head, body } = parts(p);
		return [...head, ...stream(STDIN, Buffer.concat([body,
		    Buffer.from('     ')]))];
	} },
	'STDIN without its end': { want: 400, end: true, send: (p) => {
		const { head, stdin } = parts(p);
		return [...head, ...stdin.slice(0, -1)];
	} },
	'ABORT after PARAMS': { want: 400, send: (p) => [...parts(p).head,
	    record(ABORT_REQUEST, Buffer.alloc(0))] },
	'role AUTHORIZER': { want: 400, send: (p) => {
		const { head, stdin } = parts(p, { role: 2 });
		return [...head, ...stdin];
	} },
	'two lengths': { want: 400, send: (p) => {
		const { head, stdin } = parts(p, { more: [['CONTENT_LENGTH',
		    '3']] });
		return [...head, ...stdin];
	} },
	'100,000 parameters': { want: 401, send: (p) => {
		const { head, stdin } = parts(p, { first: Array.from(
		    { length: 100000 }, (x, i) => [`HTTP_X_${i}`, 'x']),
		    more: [['HTTP_SVIX_SIGNATURE', 'v1,another']] });
		return [...head, ...stdin];
	} },
	'padding behind an empty record': { want: 400, send: (p) => {
		const { head, stdin } = parts(p);
		return [...head.slice(0, -1), padded(head.at(-1)),
		    ...stdin];
	} },
	'a name of 2 GiB less 2': { want: 'dies', send: () => [begin(),
	    ...stream(PARAMS, claim(0x7ffffffe, 0))] },
	'half a record': { want: 'waits', send: (p) => [half(p)] },
	'GET_VALUES that names one value ten times': { want: 'dies',
	    extra: true, send: () => [record(GET_VALUES, params(Array.from(
	    { length: 10 }, () => ['FCGI_MAX_REQS', ''])), 0), begin()] },
	'a name of a GiB that never comes': { want: 'waits', extra: true,
	    send: () => [begin(), record(PARAMS, claim(GIB, 0))] }
};

/*
 * Peers that take their time, THREADS of them at once: what is written first,
 * what then each second.  `soon`: they keep nobody waiting.
 */
const SLOW = {
	'nothing at all': { first: () => [] },
	'half a record': { first: (p) => [half(p)] },
	'a byte each second': { first: () => [], each: (p, n) =>
	    Buffer.concat(parts(p).head).subarray(n, n + 1) },
	'half a body': { first: (p) => {
		const { head, body } = parts(p);
		return [...head, record(STDIN, body.subarray(0, 100))];
	} },
	'a byte of a body each second': { first: (p) => parts(p).head,
	    each: () => record(STDIN, Buffer.from(' ')) },
	'more, once it is answered': { soon: true, first: (p) => {
		const { head, stdin } = parts(p, { more:
		    [['HTTP_SVIX_ID', 'another']] });
		return [...head, ...stdin];
	}, each: () => Buffer.from('?') },
	'nothing more on a kept connection': { soon: true, first: (p) => {
		const { head, stdin } = parts(p, { flags: 1, more:
		    [['HTTP_SVIX_ID', 'another']] });
		return [...head, ...stdin];
	} }
};

/* A peer of our own: what it got, and whether it was hung up on. */
function
peer(where, chunks, end)
{
	const got = [];
	const socket = net.connect({ ...where, allowHalfOpen: true });
	const p = { socket, closed: false };
	const closed = () => { p.closed = true; };

	socket.on('data', (d) => got.push(d));
	for (const event of ['error', 'end', 'close'])
		socket.on(event, closed);
	for (const c of chunks)
		socket.write(c);
	if (end)
		socket.end();
	p.answer = () => {
		const { stdout } = fcgi.read(Buffer.concat(got));
		return stdout.length === 0 ? undefined :
		    parseCgi(Buffer.concat(stdout)).status;
	};
	return p;
}

/* Answered 200 at the first try, within so many ms; how many it took. */
async function
good(place, where, ms)
{
	const began = Date.now();
	const { status, body, log } = await place.fcgi(where, test('jira', 1).
	    mail(`msg_good_${crypto.randomUUID()}`));
	const took = Date.now() - began;

	if (status !== 200)
		throw new Error(`the next delivery: ${status} ${body}${log}`);
	if (took > ms)
		throw new Error(`the next delivery took ${took} ms`);
	return took;
}

async function
came(p, want)
{
	const closed = await until(() => p.closed, want === 'waits' ? 100 :
	    SOON_MS);

	if (want === 'waits' ? closed : !closed)
		throw new Error(closed ? 'it was hung up on' :
		    'it was not hung up on');
	const expected = typeof want === 'number' ? want : undefined;
	if (p.answer() !== expected)
		throw new Error(`answered ${p.answer()}, not ${expected}`);
}

/* The next good delivery, while the peer has its connection. */
async function
meet(place, s, { want, send, end })
{
	const before = s.deaths().length;
	const p = peer(s.where, send(place), end);

	try {
		await came(p, want);
		await good(place, s.where, SOON_MS);
	} finally {
		p.socket.destroy();
	}
	if (s.deaths().length !== before)
		throw new Error('the handler died');
}

/* It dies with a delivery in hand, whose ticket is just made. */
async function
die(place, s, { send }, serial)
{
	const mail = test('linear', serial).mail(`msg_in_hand_${serial}`);
	const before = s.deaths().length;
	const { sandbox } = place;

	await sandbox.fault({ service: 'linear', op: 'linear.issueCreate',
	    kind: 'hang', when: 'after' });
	const hung = () => sandbox.log.some((e) => e.fault === 'hang' &&
	    JSON.stringify(e.body).includes(`fare zone ${serial}`));
	const lost = place.fcgi(s.where, mail);
	if (!await until(hung, SOON_MS))
		throw new Error('the delivery in hand did not come so far');
	const p = peer(s.where, send(place));
	if (!await until(() => s.deaths().length > before, SOON_MS))
		throw new Error('it lives');
	const took = await good(place, s.where, PAUSE_MS + RESTART_MS);
	p.socket.destroy();
	if ((await lost).status !== 0)
		throw new Error('the delivery in hand was answered');
	await sandbox.heal();
	const again = await place.untilDone(mail, (m) =>
	    place.fcgi(s.where, m));
	if (again.status !== 200)
		throw new Error(`in hand: ${again.status} ${again.body}`);
	return took;
}

/* How many of the counted ones passed, and how long the next process took. */
async function
allCases(place, way, count)
{
	const s = await supervise(way, place, way);
	const took = [];
	let fine = 0;

	await good(place, s.where, SOON_MS);
	for (const [name, c] of Object.entries(CASES))
		await report.attempt(`${way}: ${name}: ${c.want}`, async () => {
			if (c.want === 'dies')
				took.push(await die(place, s, c,
				    ++count.inHand));
			else
				await meet(place, s, c);
			fine += !c.extra;
		});
	report.check(`${way}: the end`, await s.stop());
	console.log(`${way}: next request served after ${fine} of ` +
	    `${Object.values(CASES).filter((c) => !c.extra).length} cases; ` +
	    `by the next process in ${took.join(', ')} ms, of which ` +
	    `${PAUSE_MS} are the pause`);
}

/* Every thread has such a peer: how long the good delivery waits. */
async function
slow(place, way, name, form)
{
	const { first, each, soon } = form;
	const s = await supervise(way, place, `${way}-${count.slow++}`);
	const peers = Array.from({ length: THREADS }, () => peer(s.where,
	    first(place)));
	let n = 0;
	const timer = each === undefined ? undefined : setInterval(() => {
		n++;
		for (const p of peers)
			if (!p.closed || soon)
				p.socket.write(each(place, n));
	}, 1000);

	try {
		await sleep(1500);
		const took = await good(place, s.where, soon ? SOON_MS :
		    READ_MS + LATE_MS);
		console.log(`${way}: ${name}: served after ${took} ms`);
		if (!await until(() => peers.every((p) => p.closed),
		    2 * READ_MS))
			throw new Error('a peer was never hung up on');
	} finally {
		clearInterval(timer);
		for (const p of peers)
			p.socket.destroy();
		report.check(`${way}: ${name}: the end`, await s.stop());
	}
}

const count = { inHand: 2000, slow: 0 };

async function
main()
{
	const place = await Place.open({ settings: [
	    '[handler] workers = 1'] });

	try {
		await place.fresh();
		const all = Object.entries(SLOW).flatMap(([name, form]) =>
		    WAYS.map((way) => report.attempt(
		    `${way}: ${name}`, () => slow(place, way, name, form))));
		for (const way of WAYS)
			await allCases(place, way, count);
		await Promise.all(all);
		const once = 2 + count.inHand - 2000;
		report.check(`${once} tickets, a link to each`,
		    await place.exactlyOnce(once, once));
	} finally {
		await place.close();
	}
	report.finish();
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
