'use strict';

/*
 * node tests/run/verbs.js
 *
 * What is wrong with a command line is said, with the usage of that command,
 * and ends with 2; `send` signs as Svix does, which Svix's own library
 * judges, and ends with what it was answered.
 */

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { Webhook } = require('svix');
const { BINARY } = require('./process');
const report = require('./report');
const { change } = require('./settings');
const { World } = require('./world');

const PAYLOAD = path.join(__dirname, '..', 'payloads', 'v2-flaky.json');

/* Each of these ends with 2 and the usage of its command. */
const WRONG = [
	['check', '--socket'], ['check', '--offline', 'more'],
	['check', '--offline', '--socket', '/x'],
	['deliveries', '--since', 'soon'], ['deliveries', '--limit', 'many'],
	['deliveries', '--outcome'], ['deliveries', '--outcome', ''],
	['deliveries', '--since', '0d'],
	['deliveries', '--limit', '99999999999999999999'],
	['deliveries', '--limit', '5x'],
	['deliveries', 'a', 'b'], ['explain'], ['explain', 'a', 'b'],
	['export', 'more'], ['link'], ['link', 'test'], ['link', '--apply'],
	['link', 'a', 'PAY-1', 'more'], ['migrate'], ['migrate', '--from', 'a'],
	['migrate', '--from', 'a', '--too', 'b'],
	['migrate', '--from', 'a', '--from', 'b'],
	['migrate', '--to', 'a', '--to', 'b'],
	['migrate', '--from', 'sqlite:/a', '--to', 'sqlite:/a'],
	['queue', '--pr', '0'],
	['queue', '--pr', '7x'], ['queue', '--pr', '1234567890123456'],
	['queue', '--pr', ''], ['queue', '--since', '7 days'],
	['queue', '--since'], ['queue', 'more'], ['queue', '--by', 'x'],
	['reconcile', '--aply'], ['reconcile', 'more'], ['release'],
	['release', 'a', 'b'], ['release', '--test'], ['replay'],
	['replay', '--since'], ['replay', '--since', '99999999999d'],
	['replay', 'msg_1', '--rule', 'web'], ['send'], ['send', PAYLOAD],
	['send', '--url', 'http://x/'], ['send', PAYLOAD, '--url'],
	['send', PAYLOAD, PAYLOAD, '--url', 'http://x/'],
	['send', PAYLOAD, '--url', 'http://x/', '--id'],
	['send', '--what', PAYLOAD, '--url', 'http://x/'],
	['serve'], ['serve', '--listen'], ['serve', 'more'],
	['serve', '--port', '9000'],
	['simulate', '--since'], ['simulate', '--since', '-1d'],
	['simulate', '--for', '1d'],
	['simulate', '7d'], ['sync', 'more'], ['tests', '--limit', '-1'],
	['tickets', 'more']
];

const verb = (config, words, input = '') => new Promise((resolve) => {
	const child = execFile(BINARY, [...words, '-c', config], { cwd: '/',
	    env: { PATH: '/usr/bin:/bin' }, timeout: 30000 },
	    (error, out, err) => resolve({ out, err,
	        code: error === null ? 0 : error.code ?? error.signal }));

	child.stdin.on('error', () => {});
	child.stdin.end(input);
});

/* A web server that keeps what it got and answers what it is told to. */
async function
listen(answer)
{
	const server = http.createServer((request, response) => {
		const parts = [];
		request.on('data', (d) => parts.push(d));
		request.on('end', () => {
			server.got = { headers: request.headers,
			    path: request.url, body: Buffer.concat(parts) };
			response.writeHead(answer.status);
			response.end(answer.body);
		});
	});

	await new Promise((resolve) => server.listen(0, '127.0.0.1',
	    resolve));
	server.url = `http://127.0.0.1:${server.address().port}/hook`;
	return server;
}

async function
usages(config)
{
	for (const words of WRONG)
		await report.attempt(`refused: ${words.join(' ').replace(
		    PAYLOAD, 'FILE')}`, async () => {
			const { code, err, out } = await verb(config, words);
			assert.deepEqual([code, out], [2, ''], err);
			assert.match(err, new RegExp(`usage: tickethook ${
			    words[0]} `));
		});
}

const ANSWERS = [
	{ status: 200, body: '{"outcome":"created"}\n', code: 0 },
	{ status: 202, body: '{"outcome":"queued"}', code: 0 },
	{ status: 401, body: '{"error":"unverified"}\n', code: 1 },
	{ status: 503, body: '', code: 1 },
	{ status: 302, body: 'elsewhere', code: 1 }
];

async function
sends(config, secret)
{
	const whole = fs.readFileSync(PAYLOAD);
	const judge = new Webhook(secret);

	for (const a of ANSWERS)
		await report.attempt(`send: ${a.status}`, async () => {
			const server = await listen(a);
			try {
				const { code, out } = await verb(config,
				    ['send', PAYLOAD, '--url', server.url]);
				judge.verify(whole.toString(),
				    server.got.headers);
				assert.ok(server.got.body.equals(whole));
				assert.equal(server.got.path, '/hook');
				assert.equal(code, a.code);
				assert.equal(out, `${a.status} ` +
				    `${a.body.trimEnd()}\n`);
			} finally {
				server.close();
			}
		});
	await report.attempt('send: an id, standard input, JSON', async () => {
		const server = await listen(ANSWERS[0]);
		try {
			const { code, out } = await verb(config, ['send', '-',
			    '--json', '--id', 'msg_mine', '--url', server.url],
			    whole);
			judge.verify(whole.toString(), server.got.headers);
			assert.equal(server.got.headers['svix-id'],
			    'msg_mine');
			assert.deepEqual([code, out], [0, ANSWERS[0].body]);
		} finally {
			server.close();
		}
	});
}

/* What cannot be sent ends with a sentence, and the right status. */
async function
failures(config)
{
	for (const [what, words, code, says] of [
		['no such file', ['/nowhere/x', '--url', 'http://127.0.0.1:1/'],
		    1, /\/nowhere\/x: No such file/],
		['a directory', ['/', '--url', 'http://127.0.0.1:1/'], 1,
		    /cannot be read/],
		['nobody there', [PAYLOAD, '--url', 'http://127.0.0.1:1/'], 1,
		    /127\.0\.0\.1:1/],
		['another scheme', [PAYLOAD, '--url', 'ftp://127.0.0.1/'], 2,
		    /does not begin with http/]])
		await report.attempt(`send: ${what}`, async () => {
			const end = await verb(config, ['send', ...words]);
			assert.equal(end.code, code, end.err);
			assert.match(end.err, says);
			assert.equal(end.out, '');
		});
	await report.attempt('send: no configuration', async () => {
		const { code, err } = await verb('/nowhere/x.ini', ['send',
		    PAYLOAD, '--url', 'http://127.0.0.1:1/']);
		assert.equal(code, 2);
		assert.match(err, /\/nowhere\/x\.ini/);
	});
}

/* A server that is down is no wrong configuration, and a wrong URL is one. */
async function
ledgers(world)
{
	for (const [url, code, says] of [
		['postgresql://127.0.0.1:1/x', 1, /cannot be reached/],
		['postgresql://127.0.0.1/x?nonsense=1', 2, /has no such name/],
		['sqlite:/nowhere/ledger.db', 1, /\/nowhere/]]) {
		const config = world.configure(change(world.template(
		    'default.ini'), 'set', `[ledger] url = ${url}`),
		    `${world.dir}/ledgers`);
		for (const words of [['sync'], ['release', 'owners'],
		    ['tests'], ['simulate'], ['serve', '--listen',
		    '127.0.0.1:1']])
			await report.attempt(`${words[0]}: ${url}`,
			    async () => {
				const r = await verb(config, words);
				assert.equal(r.code, code, r.err);
				assert.match(r.err, says);
			});
	}
}

/* The help of each command is asked for in vain by nobody. */
async function
helps(config)
{
	for (const words of [['--help'], ['-h'], ['send', '--help'],
	    ['queue', '-h']])
		await report.attempt(`help: ${words.join(' ')}`, async () => {
			const r = await new Promise((resolve) => execFile(
			    BINARY, words, { cwd: '/', env: {} },
			    (error, out, err) => resolve({ error, err })));
			assert.equal(r.error, null);
			assert.match(r.err, /usage: tickethook/);
		});
	await report.attempt('-c without a file', async () => {
		const { code, err } = await verb(config, ['tests', '-c']);
		assert.equal(code, 2, err);
	});
	for (const words of [['tests', '-c'], ['tests', '--help', 'more'],
	    ['nosuch'], ['lnik']])
		await report.attempt(`alone: ${words.join(' ')}`, () =>
		    new Promise((resolve) => execFile(BINARY, words,
		    { cwd: '/', env: {} }, (error, out, err) => {
			resolve(() => assert.deepEqual([error?.code, out],
			    [2, ''], err));
		    })).then((judge) => judge()));
	for (const word of ['--version', '-V'])
		await report.attempt(word, () => new Promise((resolve) =>
		    execFile(BINARY, [word], { cwd: '/', env: {} },
		    (error, out) => resolve([error, out]))).then((got) => {
			assert.equal(got[0], null);
			assert.match(got[1], /^tickethook \d+\.\d+\.\d+\n$/);
		}));
}

(async () => {
	const world = await World.open();

	try {
		const config = world.configure(world.template('default.ini'),
		    `${world.dir}/verbs`);
		await usages(config);
		await sends(config, world.secrets.current);
		await failures(config);
		await helps(config);
		await ledgers(world);
	} finally {
		await world.close();
	}
	report.finish();
})();
