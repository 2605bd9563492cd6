'use strict';

/*
 * Programs that the tests keep running: started with an environment of our
 * own, their standard error kept as text, stopped by their process id.
 */

const { spawn } = require('node:child_process');
const net = require('node:net');
const path = require('node:path');

const ROOT = path.join(__dirname, '..', '..');
const BINARY = process.env.TICKETHOOK ??
    path.resolve(ROOT, process.env.BUILD ?? 'build', 'tickethook');
const PATIENCE_MS = 15000;

function
sleep(ms)
{
	return new Promise((resolve) => setTimeout(resolve, ms));
}

/* Ask `ready` every few milliseconds; false when it never came true. */
async function
until(ready, ms = PATIENCE_MS)
{
	for (const end = Date.now() + ms; Date.now() < end; await sleep(5))
		if (await ready())
			return true;
	return false;
}

function
accepts(where)
{
	return new Promise((resolve) => {
		const s = net.connect(where);
		s.on('connect', () => { s.destroy(); resolve(true); });
		s.on('error', () => resolve(false));
	});
}

/*
 * A port that nobody listens at, never the same twice.  Not one that the
 * kernel gives to whoever wants any: it would give it away again, to another
 * listener or to the near end of a connection, before the program that it is
 * for has taken it.
 */
const FIRST = 10000, PORTS = 11000;
let last = Math.floor(Math.random() * PORTS);

async function
freePort()
{
	const free = (port) => new Promise((resolve) => {
		const s = net.createServer();

		s.once('error', () => resolve(false));
		s.listen(port, '127.0.0.1',
		    () => s.close(() => resolve(true)));
	});

	for (let n = 0; n < PORTS; n++) {
		const port = FIRST + (last = (last + 1) % PORTS);

		if (await free(port))
			return port;
	}
	throw new Error(`no free port of ${FIRST} to ${FIRST + PORTS - 1}`);
}

/* Whoever looks at all that programs wrote, once they have ended. */
const readers = new Set();

/*
 * {log, pid, exited, stop}: `log` grows, `exited` is a promise of
 * {code, signal}, `stop` ends the program and waits for it.
 */
function
start(program, args, { env = {}, stdio = ['ignore', 'pipe', 'pipe'] } = {})
{
	const child = spawn(program, args, { cwd: '/', stdio,
	    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env } });
	const run = { log: '', out: '', pid: child.pid, child, over: false };

	child.stdout?.on('data', (d) => { run.out += d; });
	child.stderr?.on('data', (d) => { run.log += d; });
	run.exited = new Promise((resolve) => {
		const done = (code, signal, why) => {
			run.over = true;
			for (const read of readers)
				read(program, run.log + run.out);
			resolve({ code, signal, why });
		};
		child.on('error', (e) => done(-1, null, e.message));
		child.on('close', (code, signal) => done(code, signal));
	});
	run.stop = async (signal = 'SIGTERM') => {
		if (!run.over)
			child.kill(signal);
		const timer = setTimeout(() => child.kill('SIGKILL'),
		    PATIENCE_MS);
		const end = await run.exited;
		clearTimeout(timer);
		return end;
	};
	return run;
}

/* Wait until it listens; throws with its log when it ends instead. */
async function
listening(run, where, what)
{
	const up = await until(() => run.over || accepts(where));

	if (up && !run.over)
		return run;
	await run.stop();
	throw new Error(`${what} did not start: ${run.log.trim()}`);
}

/* The handler as a FastCGI program on `socket`. */
function
serve(config, socket)
{
	return listening(start(BINARY, ['serve', '--listen',
	    `unix:${socket}`, '-c', config]), { path: socket }, 'tickethook');
}

module.exports = { BINARY, ROOT, accepts, freePort, listening, readers,
    serve, sleep, start, until };
