'use strict';

/*
 * node tests/run/notify.js
 *
 * What only several processes and a clock show of notices: an answer never
 * waits for whoever is told, nothing is lost with a process that dies, and
 * nothing is sent twice by two that are alive.
 */

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { promisify } = require('node:util');
const fcgi = require('./fcgi');
const { variables } = require('./fronts');
const { bytes } = require('./payload');
const { BINARY, serve, sleep, start, until } = require('./process');
const report = require('./report');
const { change } = require('./settings');
const { delivery } = require('./sign');
const { World } = require('./world');

const run = promisify(execFile);
const SOON = 2500;		/* ms; a hung receiver holds on for 5000 */

function
configure(world, dir)
{
	return world.configure(['[notify all] on = created, adopted',
	    '[notify all] url = @HOOK_URL@/open/all'].reduce((text, line) =>
	    change(text, 'set', line), world.template('default.ini')), dir);
}

function
request(world, n)
{
	const body = JSON.parse(bytes({ words: ['v2-flaky.json'], options: {},
	    lines: [] }).toString());

	body.test_case.id = `00000000-0000-5000-8000-${
	    String(n).padStart(12, '0')}`;
	body.test_case.name = `test ${n}`;
	return { method: 'POST', path: '/trunk', ...delivery({ options: {} },
	    Buffer.from(JSON.stringify(body)), `msg_${n}`, world.secrets) };
}

async function
send(world, socket, n)
{
	const made = request(world, n);
	const { status, body } = await fcgi.request({ path: socket },
	    variables(made), made.body);

	assert.equal(status, 200, body.toString());
}

function
told(world)
{
	return world.sandbox.log.filter((e) => e.op === 'hook.post' &&
	    e.effect);
}

async function
sql(dir, statement)
{
	return (await run('sqlite3', [`${dir}/ledger.db`, '.timeout 5000',
	    statement])).stdout.trim();
}

/* Many receivers hang; each answer comes as if there were none. */
async function
fastAnswers(world, dir)
{
	const socket = `${dir}/s`;
	const handler = await serve(configure(world, dir), socket);

	try {
		await world.sandbox.fault({ service: 'hook', kind: 'hang',
		    times: -1 });
		for (let n = 1; n <= 5; n++) {
			const began = Date.now();
			await send(world, socket, n);
			assert.ok(Date.now() - began < SOON);
		}
		await world.sandbox.heal();
	} finally {
		await handler.stop();
	}
}

/* As CGI: output and error end at once, the process when it is done. */
async function
fastCgi(world, dir)
{
	const config = configure(world, dir);
	const made = request(world, 1);
	const env = { TICKETHOOK_CONFIG: config };

	for (const [name, value] of variables(made))
		env[name] = value;
	await world.sandbox.fault({ service: 'hook', kind: 'hang', times: 1 });
	const began = Date.now();
	const program = start(BINARY, [], { env,
	    stdio: ['pipe', 'pipe', 'pipe'] });
	let ended = 0;
	const count = () => { ended++; };
	program.child.stdout.on('end', count);
	program.child.stderr.on('end', count);
	program.child.stdin.end(made.body);
	assert.ok(await until(() => ended === 2, SOON));
	assert.match(program.out, /"outcome":"created"/);
	assert.equal(program.child.exitCode, null, 'it did not go on');
	assert.equal((await program.exited).code, 0);
	assert.ok(Date.now() - began >= 4000, 'it did not wait');
	/* What was not taken is kept. */
	assert.equal(await sql(dir, 'SELECT count(*), sum(tries) FROM notice' +
	    " WHERE state = 'due'"), '1|1');
}

/* Killed while it is being sent: sent again, and known as the same. */
async function
killed(world, dir)
{
	const socket = `${dir}/s`;
	const handler = await serve(configure(world, dir), socket);
	const sandbox = world.sandbox;

	await sandbox.fault({ service: 'hook', kind: 'hang', when: 'after',
	    times: 1 });
	await send(world, socket, 1);
	assert.ok(await until(() => told(world).length === 1, SOON));
	await handler.stop('SIGKILL');
	await sandbox.heal();
	const again = await serve(`${dir}/tickethook.ini`, socket);
	try {
		await sleep(300);
		assert.equal(told(world).length, 1, 'it was leased');
		await sql(dir, 'UPDATE notice SET next = 1');
		await send(world, socket, 2);
		assert.ok(await until(() => told(world).length === 3, SOON));
		const keys = told(world).map((e) =>
		    e.headers['idempotency-key']);
		assert.equal(new Set(keys).size, 2);
		assert.equal(keys.filter((k) => k === keys[0]).length, 2);
	} finally {
		assert.equal((await again.stop()).code, 0, again.log);
	}
}

/* Two handlers and `sync`, all with the same outbox: each notice once. */
async function
shared(world, dir)
{
	const COUNT = 40;
	const config = configure(world, dir);
	const sockets = [`${dir}/one`, `${dir}/two`];
	const handlers = [];

	await world.sandbox.fault({ service: 'hook', kind: 'status:503',
	    times: 1 });
	for (const s of sockets)
		handlers.push(await serve(config, s));
	try {
		await Promise.all(sockets.map(async (s, i) => {
			for (let n = i; n < COUNT; n += sockets.length)
				await send(world, s, n);
		}));
		/* One failed and made the others wait: a minute later. */
		await sql(dir, "UPDATE notice SET next = 1 WHERE state = 'due'");
		await Promise.all([run(BINARY, ['sync', '-c', config]).catch(
		    () => {}), ...sockets.map((s) => send(world, s, 0))]);
		assert.ok(await until(() => told(world).length >= COUNT,
		    10000), `${told(world).length} were told`);
		await sleep(200);
		const keys = told(world).map((e) => e.body['test.name']);
		assert.equal(new Set(keys).size, COUNT);
		assert.equal(keys.length, COUNT);
	} finally {
		for (const h of handlers)
			assert.equal((await h.stop()).code, 0, h.log);
	}
}

/* The URL may be the secret: whatever goes wrong, no line shows its path. */
async function
quiet(world, dir)
{
	const socket = `${dir}/s`;
	const config = world.configure(change(change(world.template(
	    'default.ini'), 'set', '[notify all] on = created'), 'set',
	    '[notify all] url = @HOOK_URL@/closed/s3cr3t-in-a-path'), dir);
	const handler = await serve(config, socket);
	const faults = [null, 'refuse', 'reset', 'redirect:307', 'html',
	    'tls:expired', 'ratelimit'];

	try {
		for (const [n, kind] of faults.entries()) {
			const seen = handler.log.length;
			if (kind !== null)
				await world.sandbox.fault({ service: 'hook',
				    kind, times: 9 });
			await sql(dir, 'UPDATE notice SET next = made');
			await send(world, socket, n);
			await until(() => /was not taken|was told/.test(
			    handler.log.slice(seen)), SOON);
			assert.match(handler.log.slice(seen),
			    /was not taken|was told/, kind);
			await world.sandbox.heal();
		}
		assert.match(handler.log, /was not taken/);
		assert.ok(!handler.log.includes('s3cr3t'), handler.log);
	} finally {
		await handler.stop();
	}
}

async function
main()
{
	const world = await World.open();
	const tests = { fastAnswers, fastCgi, killed, shared, quiet };

	try {
		for (const [name, test] of Object.entries(tests)) {
			await world.sandbox.reset();
			await report.attempt(`notices: ${name}`, () =>
			    test(world, `${world.dir}/${name}`));
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
