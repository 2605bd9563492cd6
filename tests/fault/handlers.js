'use strict';

/*
 * Handlers that stay, over FastCGI.
 *
 *	const h = await crowd(place, 4);	processes on one socket
 *	h.where					to connect to
 *	await h.stop();
 *
 *	const one = await single(place);	one, by its own `serve`
 *	one.run					see tests/run/process.js
 *
 *	const s = await supervisor(place);	holds a socket, as systemd does
 *	const a = await s.handler();	one more on it, once it serves
 *	await s.relieve(a);		tell it to stop; its exit status
 *	await s.stop();
 *
 *	await stopAll();			whatever became of the part
 */

const fs = require('node:fs');
const net = require('node:net');
const { listening, start, until } = require('../run/process');

const alive = new Set();

function
kept(run)
{
	alive.add(run);
	run.exited.then(() => alive.delete(run));
	return run;
}

/* None outlives a part that failed. */
async function
stopAll()
{
	await Promise.all([...alive].map((r) => r.stop('SIGKILL')));
}

/*
 * A listening socket that the children alone accept from.  Closing ours
 * takes its name away, so it has a second one.
 */
async function
listener(dir)
{
	const [ours, theirs] = [`${dir}/ours.sock`, `${dir}/crowd.sock`];
	const server = net.createServer().listen({ path: ours,
	    backlog: 4096 });

	await new Promise((resolve, reject) => {
		server.on('listening', resolve);
		server.on('error', reject);
	});
	fs.rmSync(theirs, { force: true });
	fs.linkSync(ours, theirs);
	return { server, path: theirs };
}

async function
crowd(place, count)
{
	const { server, path } = await listener(place.dir);
	const runs = Array.from({ length: count }, () => kept(start(
	    place.binary, [], { env: { TICKETHOOK_CONFIG: place.config },
	    stdio: [server._handle.fd, 'pipe', 'pipe'] })));
	const where = { path };

	server.close();
	await Promise.all(runs.map((r) => listening(r, where,
	    'a handler')));
	return { where, path, runs, log: () => runs.map((r) => r.log).join(''),
	    async stop() {
		const ends = await Promise.all(runs.map((r) => r.stop()));
		return ends.filter((e) => e.code !== 0).map((e) =>
		    `a handler ended with ${e.signal ?? e.code}`);
	} };
}

async function
single(place)
{
	const path = `${place.dir}/handler.sock`;
	const run = await listening(kept(start(place.binary, ['serve',
	    '--listen', `unix:${path}`, '-c', place.config])), { path },
	    'the handler');

	return { where: { path }, path, run, async stop() {
		const { code, signal } = await run.stop();
		return code === 0 ? [] :
		    [`the handler ended with ${signal ?? code}`];
	} };
}

/*
 * A shell that keeps the socket and starts a handler on it for each line
 * that it reads; it tells their process ids and how they ended.
 */
const HOLDER = 'while read n; do ( "$0" <&3 3<&- & p=$!; ' +
    'echo "pid $n $p"; wait $p; echo "exit $n $?" ) & done; wait';

async function
supervisor(place)
{
	const { server, path } = await listener(place.dir);
	const holder = kept(start('/bin/sh', ['-c', HOLDER, place.binary], {
	    env: { TICKETHOOK_CONFIG: place.config },
	    stdio: ['pipe', 'pipe', 'pipe', server._handle.fd] }));
	const said = (re) => until(() => re.test(holder.out));
	const up = () => holder.log.split(' serves with ').length - 1;
	let started = 0;

	server.close();
	return { where: { path }, path, log: () => holder.log,
	    async handler() {
		const n = ++started;
		holder.child.stdin.write(`${n}\n`);
		if (!await until(() => up() >= n))
			throw new Error(`none started: ${holder.log}`);
		return n;
	}, async relieve(n) {
		const [, pid] = new RegExp(`^pid ${n} (\\d+)$`, 'm').
		    exec(holder.out);
		process.kill(Number(pid), 'SIGTERM');
		await said(new RegExp(`^exit ${n} \\d+$`, 'm'));
		return Number(new RegExp(`^exit ${n} (\\d+)$`, 'm').
		    exec(holder.out)?.[1] ?? NaN);
	}, async stop() {
		holder.child.stdin.end();
		await holder.exited;
	} };
}

module.exports = { crowd, kept, single, stopAll, supervisor };
