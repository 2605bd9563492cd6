'use strict';

/*
 * node tests/run/headers.js [SERVER...]
 *
 * What a client may do to the header of a request before a web server hands
 * it on: the same trick through each server and its shipped file, byte by
 * byte.  A security header that came twice is refused, by the server or by
 * us with a sentence of its own; nothing is filed but what is signed as it
 * arrived, and once.
 */

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const net = require('node:net');
const { fronts } = require('./fronts');
const { bytes } = require('./payload');
const report = require('./report');
const { MOUNT } = require('./shipped');
const { delivery, hook } = require('./sign');
const { until } = require('./process');
const { World } = require('./world');
const { test } = require('../fault/mails');

const SERVERS = ['nginx', 'apache-proxy', 'apache-fcgid', 'apache-cgid',
    'lighttpd', 'caddy'];
const SILENT_MS = [8000, 1000];	/* without an answer by then, and from
				   one that is half-closed: 0 */
const KIB = 1024;
const JUNK = 'v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';

/* A header that is there, or not, in another case or spelling. */
function
value(g, name)
{
	return g.headers.find(([n]) => n === name)[1];
}

/*
 * `lines` go before the delivery's own, `after` behind them; those in `drop`
 * are left out.
 */
function
request(g, options = {})
{
	const { drop = [], lines = [], after = [], length = true,
	    body = g.body, eol = '\r\n', path = '/trunk' } = options;
	const own = g.headers.filter(([n]) => !drop.includes(n)).
	    map(([n, v]) => `${n}: ${v}`);
	const head = [`POST ${MOUNT}${path} HTTP/1.1`, `Host: ${g.host}`,
	    'Connection: close', ...lines, ...own, ...after,
	    ...(length ? [`Content-Length: ${g.body.length}`] : [])];

	return Buffer.concat([Buffer.from(head.join(eol) + eol + eol,
	    'latin1'), body]);
}

function
chunked(body)
{
	return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`),
	    body, Buffer.from('\r\n0\r\n\r\n')]);
}

const SIGNED = ['svix-id', 'svix-timestamp', 'svix-signature'];
const NO_UNDERSCORES = ['nginx', 'apache-proxy', 'apache-fcgid',
    'apache-cgid'];		/* they leave such headers out */
const OTHER = { 'svix-id': 'msg_another', 'svix-timestamp': '1700000000',
    'svix-signature': JUNK };

/* Makers of what is sent. */
const lines = (...list) => (g) => request(g, { lines: list });
const length = (text) => (g) => request(g, { length: false,
    lines: [`Content-Length: ${text(g.body.length)}`] });
const coded = (codings, encode = chunked) => (g) => request(g, {
    length: false, lines: codings.map((c) => `Transfer-Encoding: ${c}`),
    body: encode(g.body) });
const instead = (name, text) => (g) => request(g, { drop: [name],
    lines: text(value(g, name)).map((t) => `${name}: ${t}`) });
const both = (g) => request(g, { lines: ['Transfer-Encoding: chunked'],
    body: chunked(g.body) });

/* `twice`, `sound` and `bad`: see CASES. */
const bad = (send, half) => ({ bad: true, send, half });
const sound = (send) => ({ sound: true, send });
const varied = (send) => ({ send });

/* A security header, once more. */
function
again(name)
{
	const other = `${name.replace('-', '_')}: ${OTHER[name]}`;
	const after = (text) => (g) => request(g, { after: [text(g)] });

	return {
		[`${name} again, the same`]: { twice: 'first',
		    send: after((g) => `${name}: ${value(g, name)}`) },
		[`${name} again, another`]: { twice: 'first',
		    send: after(() => `${name}: ${OTHER[name]}`) },
		[`another ${name} before`]: { twice: 'second',
		    send: lines(`${name}: ${OTHER[name]}`) },
		[`${name} in two spellings`]: { twice: 'first',
		    send: after(() => `${name.toUpperCase()}: ${
		    OTHER[name]}`) },
		[`${name} and one with underscores`]: { twice: 'underscore',
		    send: after(() => other) },
		[`${name} with underscores before`]: { twice: 'underscore',
		    send: lines(other) },
		[`${name} of 8 KiB`]: bad(instead(name, () =>
		    ['9'.repeat(8 * KIB)])),
		[`${name} of 64 KiB`]: bad(instead(name, () =>
		    ['9'.repeat(64 * KIB)]))
	};
}

/*
 * Name: what is sent.  `twice`: a security header comes more than once, the
 * right one first or not; `sound`: what is signed arrives as it is, and so is
 * taken; `bad`: it never is.  Where none of them stands servers differ, and
 * take it for sound or refuse it.
 */
const CASES = {
	'as it should be': sound((g) => request(g)),
	...again('svix-id'),
	...again('svix-timestamp'),
	...again('svix-signature'),
	'underscores alone': varied((g) => request(g, { drop: SIGNED,
	    lines: SIGNED.map((n) => `${n.replace('-', '_')}: ${
	    value(g, n)}`) })),
	'a folded line': varied(instead('svix-signature', (v) =>
	    [`${JUNK}\r\n ${v}`])),
	'a length and chunks': varied(both),
	'a length and chunks, and a request behind': varied((g) =>
	    Buffer.concat([both(g), request(g)])),
	'chunks, spelled otherwise': bad(coded(['xchunked'])),
	'chunks twice': bad(coded(['chunked', 'identity'])),
	'chunks without a length': varied(coded(['chunked'])),
	'a chunk of a negative length': bad(coded(['chunked'], (b) =>
	    Buffer.from(`-1\r\n${b}\r\n0\r\n\r\n`))),
	'two lengths, the same': varied((g) => request(g, { lines:
	    [`Content-Length: ${g.body.length}`] })),
	'two lengths': bad(lines('Content-Length: 2')),
	'a list of lengths': bad(length((n) => `${n}, 2`)),
	'a length in hex': bad(length((n) => `0x${n.toString(16)}`)),
	'a length with a sign': bad(length((n) => `+${n}`)),
	'a negative length': bad(length(() => '-1')),
	'a length of 20 digits': bad(length(() => '18446744073709551616')),
	'no length at all': bad((g) => request(g, { length: false })),
	'8 KiB of signatures, the right one last': bad(instead(
	    'svix-signature', (v) => [`${`${JUNK} `.repeat(165)}${v}`])),
	'a thousand headers': varied(lines(...Array.from({ length: 1000 },
	    (x, i) => `X-A-${i}: b`))),
	'NUL in a header': bad(instead('svix-id', (v) => [`${v}\0x`])),
	'NUL in a name': bad(lines('svix-id\0x: msg_another')),
	'a bare CR in a header': bad(instead('svix-id', (v) =>
	    [`msg_x\rsvix-id: ${v}`])),
	'bare LF': varied((g) => request(g, { eol: '\n' })),
	'a blank before the colon': bad(lines(`svix-signature : ${JUNK}`)),
	'a blank before the name': varied(lines(` svix-signature: ${JUNK}`)),
	'a line without a colon': varied(lines('svix-signature')),
	'an empty second one': varied((g) => request(g, { after:
	    ['svix-signature:'] })),
	'Proxy': sound(lines('Proxy: http://127.0.0.1:9/')),
	'Connection names a header': varied(lines(
	    'Connection: svix-signature')),
	'Expect': sound(lines('Expect: 100-continue')),
	'a body too short, half-closed': bad((g) => request(g, { body:
	    g.body.subarray(0, -5) }), true),
	'chunks without an end, half-closed': bad(coded(['chunked'], (b) =>
	    chunked(b).subarray(0, -5)), true),
	'half a header, half-closed': bad((g) => request(g).subarray(0, 150),
	    true),
	'a body and more': sound((g) => Buffer.concat([request(g),
	    Buffer.from('more')]))
};

/* The status of the first answer; 0: none came. */
function
ask(port, data, half)
{
	return new Promise((resolve) => {
		const socket = net.connect({ port, host: '127.0.0.1',
		    allowHalfOpen: true });
		let got = '';
		const done = () => {
			clearTimeout(timer);
			socket.destroy();
			const all = [...got.matchAll(
			    /HTTP\/1\.[01] (\d{3})/g)].map((m) =>
			    Number(m[1])).filter((s) => s !== 100);
			resolve({ status: all[0] ?? 0, answers: all.length,
			    text: got });
		};
		const timer = setTimeout(done, SILENT_MS[half ? 1 : 0]);

		socket.on('data', (d) => { got += d.toString('latin1'); });
		socket.on('error', done);
		socket.on('end', done);
		socket.write(data);
		if (half)
			socket.end();
	});
}

function
signedOne(world, serial)
{
	const mail = test('jira', serial).mail(`msg_${crypto.randomUUID()}`);
	const step = { words: [mail.file], options: {}, lines: mail.lines };

	return { id: mail.id, name: `fare zone ${serial}`,
	    ...delivery(step, bytes(step), mail.id, world.secrets) };
}

/* A tracker's webhook, whose signature comes twice. */
function
hookTwice(world, front, isLinear)
{
	const made = hook({ options: {} }, Buffer.from('{}'), 'tell-1',
	    world.secrets, isLinear);
	const name = isLinear ? 'Linear-Signature' : 'X-Hub-Signature';

	return request({ ...made, host: front.host }, { lines: [`${name}: ${
	    isLinear ? '00' : 'sha256=00'}`],
	    path: isLinear ? '/tracker/lin' : '/tracker/cloud' });
}

/* What a server may make of it, in words; null: all is well. */
function
judge(name, c, met)
{
	const { twice, sound, bad } = c;
	const { status, made, said } = met;
	const ours = /came more than once/.test(said);
	const dropped = twice === 'underscore' &&
	    NO_UNDERSCORES.includes(name);

	if (made !== (status === 200 ? 1 : 0))
		return `${made} tickets`;
	if (status >= 500 && status !== 501 && !bad)
		return 'a failure';
	if ((sound || dropped) && status !== 200)
		return 'refused';
	if (bad && status === 200)
		return 'taken';
	if (twice === undefined || dropped)
		return null;
	/* Caddy passes one of the two, whichever. */
	if (name === 'caddy' && twice === 'underscore' && !ours)
		return [200, 401].includes(status) ? null : 'neither';
	/* nginx passes the first of two, and the fragment hides the other. */
	if (name === 'nginx' && !ours)
		return status === (twice === 'second' ? 401 : 200) ? null :
		    'not by the first';
	return status === 401 && ours ? null : 'not with its own sentence';
}

class Front {
	static async open(name)
	{
		const f = new Front();

		f.name = name;
		f.world = await World.open();
		f.front = new fronts[name]();
		if (fronts[name].lent)
			f.world.lend();
		await f.front.open(f.world.dir);
		await f.front.begin(f.world.configure(f.world.template(
		    'default.ini'), `${f.world.dir}/headers`));
		f.host = `127.0.0.1:${f.front.server.port}`;
		f.serial = 0;
		return f;
	}

	/* What came of those bytes: {status, made, said}. */
	async meet(data, half)
	{
		const counts = () => this.world.sandbox.state().counts.jira;
		const before = counts(), at = this.front.log().length;
		const { status, answers } = await ask(this.front.server.port,
		    data, half);
		const said = () => this.front.log().slice(at);

		/* A refusal of ours is in the log a moment later. */
		if (status === 401)
			await until(() => / why=/.test(said()), SILENT_MS[0]);
		return { status, answers, made: counts() - before,
		    said: said() };
	}

	delivery()
	{
		return { ...signedOne(this.world, ++this.serial),
		    host: this.host };
	}

	async close()
	{
		await this.front.end();
		await this.front.close();
		await this.world.close();
	}
}

async function
meetOne(f, c)
{
	const met = await f.meet(c.send(f.delivery()), c.half);
	const wrong = judge(f.name, c, met);

	assert.equal(wrong, null, `${met.status}: ${wrong}\n${met.said}`);
	assert.ok(met.answers <= 1, `${met.answers} answers`);
	assert.ok([...met.said.matchAll(
	    /^\S+ \w+ (delivery|request) /gm)].length <= 1,
	    met.said);
	/* Whatever became of that one, the next is served. */
	if (met.status === 0 || met.status >= 500) {
		const next = await f.meet(request(f.delivery()));
		assert.deepEqual([next.status, next.made], [200, 1],
		    next.said);
	}
	return met.status;
}

async function
tryServer(name)
{
	const f = await Front.open(name);
	const count = {};

	try {
		for (const [what, c] of Object.entries(CASES))
			await report.attempt(`${name}: ${what}`, async () => {
				const status = await meetOne(f, c);
				count[status] = (count[status] ?? 0) + 1;
			});
		for (const isLinear of [false, true])
			await report.attempt(`${name}: a tracker's signature ` +
			    'twice', async () => {
				const { status } = await f.meet(hookTwice(
				    f.world, f, isLinear));
				assert.equal(status, 401);
			});
	} finally {
		await f.close();
	}
	console.log(`${name}: ${Object.entries(count).map(([s, n]) =>
	    `${n} ${s === '0' ? 'unanswered' : s}`).join(', ')}`);
}

/* What is wrong is seen. */
function
canFail()
{
	const ours = 'why="the header svix-id came more than once"';

	for (const [name, c, met] of [
	    ['caddy', { twice: 'first' }, { status: 200, made: 1, said: '' }],
	    ['caddy', { twice: 'first' }, { status: 401, made: 0, said: '' }],
	    ['nginx', { twice: 'second' }, { status: 200, made: 1, said: '' }],
	    ['nginx', { sound: true }, { status: 401, made: 0, said: '' }],
	    ['nginx', { bad: true }, { status: 200, made: 1, said: '' }],
	    ['nginx', {}, { status: 400, made: 1, said: '' }],
	    ['nginx', {}, { status: 502, made: 0, said: '' }]])
		assert.notEqual(judge(name, c, met), null, `${name} ${met}`);
	assert.equal(judge('caddy', { twice: 'first' }, { status: 401,
	    made: 0, said: ours }), null);
}

async function
main()
{
	const names = process.argv.slice(2);

	await report.attempt('what is wrong is seen', canFail);
	await Promise.all((names.length > 0 ? names : SERVERS).map(tryServer));
	report.finish();
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
