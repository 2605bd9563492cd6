'use strict';

/*
 * node tests/run/workers.js
 *
 * Threads are started when they are needed.  How many there are when nobody
 * comes; that they grow with peers that hold them; that the others go on
 * where the kernel gives no more, and grow again once it does.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const { spawnSync } = require('node:child_process');
const fcgi = require('./fcgi');
const { BINARY, listening, sleep, start, until } = require('./process');
const report = require('./report');
const { newSecret } = require('./sign');

const WORKERS = 512;
const OTHERS = 3;		/* threads: the first, for notices, repeats */
const FIRST = OTHERS + 5;
const LEFT = 4;			/* that always have no connection */
const MORE = 4;			/* threads that are to be had beyond FIRST */
const NOBODY = 65000 + process.pid % 500;	/* nothing else of its runs */
const HEALTH = [['REQUEST_METHOD', 'GET'], ['PATH_INFO', '/health']];

function
configure(dir, workers)
{
	const file = `${dir}/tickethook.ini`;

	fs.writeFileSync(file, `[handler]
workers = ${workers}
[ledger]
url = sqlite:${dir}/ledger.db
[svix]
secret = ${newSecret()}
[trunk]
token = a-token
[tracker harbour]
type = linear
api_key = lin_api_aaaaaaaaaaaaaaaaaaaa
team = ENG
[rule rest]
tracker = harbour
`, { mode: 0o600 });
	return file;
}

/* Tasks of a process, and all of a user. */
function
tasks(pid)
{
	return fs.readdirSync(`/proc/${pid}/task`).length;
}

function
tasksOf(uid)
{
	let n = 0;

	for (const pid of fs.readdirSync('/proc').filter((f) => /^\d+$/.
	    test(f)))
		try {
			if (fs.statSync(`/proc/${pid}`).uid === uid)
				n += tasks(pid);
		} catch {
			/* It has ended. */
		}
	return n;
}

/* As somebody to whom a limit applies, which it does not to root. */
const ROOT = process.getuid() === 0;
const USER = ROOT ? NOBODY : process.getuid();
const AS_USER = ROOT ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`,
    '--clear-groups'] : [];

async function
serve(dir, limit)
{
	const where = { path: `${dir}/sock` };
	const args = ['serve', '--listen', `unix:${where.path}`, '-c',
	    `${dir}/tickethook.ini`];
	const [program, ...rest] = limit === undefined ? [BINARY, ...args] :
	    [...AS_USER, 'prlimit', `--nproc=${limit}:`, `${dir}/tickethook`,
	    ...args];

	if (limit !== undefined && ROOT)
		for (const f of [dir, `${dir}/tickethook.ini`])
			fs.chownSync(f, NOBODY, NOBODY);
	const run = start(program, rest);
	await listening(run, where, 'the handler');
	return { run, where };
}

/* Peers that say nothing hold a thread each. */
async function
hold(where, n)
{
	const sockets = Array.from({ length: n }, () => net.connect(where).
	    on('error', () => {}));

	await Promise.all(sockets.map((s) => new Promise((r) =>
	    s.once('connect', r))));
	return sockets;
}

async function
healthy(where)
{
	const { status } = await fcgi.request(where, HEALTH, Buffer.alloc(0));

	assert.equal(status, 200);
}

async function
has(run, n)
{
	assert.ok(await until(() => tasks(run.pid) >= n, 2000),
	    `${tasks(run.pid)} threads, not ${n}: ${run.log}`);
}

async function
ends(run)
{
	const began = process.hrtime.bigint();
	const { code } = await run.stop();

	assert.equal(code, 0, run.log);
	return Number(process.hrtime.bigint() - began) / 1e6;
}

async function
demand(dir)
{
	configure(dir, WORKERS);
	const { run, where } = await serve(dir);

	try {
		await healthy(where);
		await sleep(100);
		const idle = tasks(run.pid);
		assert.ok(idle <= FIRST + 1, `${idle} threads at first`);
		const peers = await hold(where, 40);
		await has(run, 40 + LEFT);
		assert.ok(tasks(run.pid) <= 40 + LEFT + FIRST);
		await healthy(where);
		peers.forEach((s) => s.destroy());
		await sleep(100);
		const held = tasks(run.pid);
		for (let i = 0; i < 40; i++)
			await healthy(where);
		assert.equal(tasks(run.pid), held, 'it grew without need');
		assert.ok(!run.log.includes('could be started'), run.log);
	} finally {
		console.log(`the end took ${Math.round(await ends(run))} ms`);
	}
}

/* So many threads are all that there will ever be. */
async function
limited(dir)
{
	configure(dir, 2);
	const { run, where } = await serve(dir);
	const peers = await hold(where, 5);

	try {
		await has(run, OTHERS + 2 + LEFT);
		await healthy(where);
		assert.equal(tasks(run.pid), OTHERS + 2 + LEFT);
		assert.ok(!run.log.includes('could be started'), run.log);
	} finally {
		peers.forEach((s) => s.destroy());
		await ends(run);
	}
}

async function
refused(dir)
{
	configure(dir, WORKERS);
	fs.copyFileSync(BINARY, `${dir}/tickethook`);
	const { run, where } = await serve(dir, tasksOf(USER) + FIRST + MORE);
	const said = () => run.log.match(/\d+ of \d+ threads could be/g) ?? [];
	const peers = [];

	try {
		/* One less has no connection than there should be. */
		peers.push(...await hold(where, 2 + MORE));
		assert.ok(await until(() => said().length > 0, 2000),
		    `${tasks(run.pid)} threads, and no word`);
		await healthy(where);
		await healthy(where);
		assert.deepEqual(said(), [`${FIRST - OTHERS + MORE} of ` +
		    `${WORKERS + LEFT} threads could be`]);
		const [program, ...args] = [...AS_USER, 'prlimit', '--pid',
		    String(run.pid), `--nproc=${tasksOf(USER) + WORKERS}:`];
		const more = spawnSync(program, args);
		assert.equal(more.status, 0, String(more.stderr));
		peers.push(...await hold(where, 40));
		await has(run, 40 + LEFT);
		await healthy(where);
		assert.equal(said().length, 1);
	} finally {
		peers.forEach((s) => s.destroy());
		await ends(run);
	}
}

async function
main()
{
	const cases = { 'more threads when they are needed': demand,
	    'no more than there may be': limited,
	    'a thread cannot be had: the others go on': refused };

	for (const [name, work] of Object.entries(cases)) {
		const dir = fs.mkdtempSync(`${os.tmpdir()}/workers-`);

		await report.attempt(name, () => work(dir));
		fs.rmSync(dir, { recursive: true });
	}
	report.finish();
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
