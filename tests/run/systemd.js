'use strict';

/*
 * node tests/run/systemd.js
 *
 * The shipped units, as far as can be seen where systemd does not run: its
 * own verdicts on them, sockets as it passes them, what it hears of a
 * service, and whether the service calls the kernel only as it may.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const fcgi = require('./fcgi');
const { variables } = require('./fronts');
const { bytes } = require('./payload');
const { BINARY, ROOT, listening, start, until } = require('./process');
const report = require('./report');
const { delivery } = require('./sign');
const { World } = require('./world');

const UNITS = ['tickethook.service', 'tickethook.socket',
    'tickethook-sync.service', 'tickethook-sync.timer'];
const SHIPPED = '/usr/local/bin/tickethook';
const EXPOSURE = 1.2;		/* systemd-analyze security; 0 is best */
const HEALTH = [['REQUEST_METHOD', 'GET'], ['PATH_INFO', '/health'],
    ['GATEWAY_INTERFACE', 'CGI/1.1']];
/* Each datagram as a line of JSON. */
const LISTENER = 'use Socket; $| = 1; ' +
    'socket(S, AF_UNIX, SOCK_DGRAM, 0) or die; ' +
    'bind(S, sockaddr_un($ARGV[0])) or die; ' +
    'while (defined(recv(S, $m, 4096, 0))) { $m =~ s/\\n/ /g; ' +
    'print "$m\\n"; }';

function
unit(name)
{
	return fs.readFileSync(path.join(ROOT, 'handler', name), 'utf8');
}

/* All values of a key, the last one for most keys. */
function
values(name, key)
{
	return unit(name).split('\n').filter((l) => l.startsWith(`${key}=`)).
	    map((l) => l.slice(key.length + 1));
}

function
run(program, args, options = {})
{
	const { status, stdout, stderr, error } = spawnSync(program, args,
	    { encoding: 'utf8', timeout: 60000, ...options });

	if (error !== undefined)
		throw error;
	return { status, text: stdout + stderr };
}

/* The units with the program where it is here. */
function
copied(dir)
{
	fs.mkdirSync(dir, { recursive: true });
	for (const name of UNITS) {
		const text = unit(name);
		if (name.endsWith('.service'))
			assert.ok(text.includes(SHIPPED), name);
		fs.writeFileSync(`${dir}/${name}`,
		    text.replaceAll(SHIPPED, BINARY));
	}
	return UNITS.map((n) => `${dir}/${n}`);
}

async function
healthy(where)
{
	const { status } = await fcgi.request(where, HEALTH, Buffer.alloc(0));

	assert.equal(status, 200);
}

/* {lines(), stop}: what a service says at NOTIFY_SOCKET. */
async function
notified(dir)
{
	const socket = `${dir}/notify`;
	fs.rmSync(socket, { force: true });
	const listener = start('perl', ['-e', LISTENER, socket]);

	assert.ok(await until(() => fs.existsSync(socket)), listener.log);
	return { socket, lines: () => listener.out.split('\n'),
	    stop: () => listener.stop() };
}

/* One delivery that files a ticket. */
async function
deliver(world, where, id)
{
	const step = { words: ['v2-flaky.json'], options: {}, lines: [] };
	const sent = delivery(step, bytes(step), id, world.secrets);
	const answer = await fcgi.request(where, variables({ method: 'POST',
	    path: '/trunk', ...sent }), sent.body);

	assert.equal(answer.status, 200, answer.body.toString());
}

/* Names of system calls in the groups of a SystemCallFilter= line. */
function
group(name)
{
	const found = [];

	if (!name.startsWith('@'))
		return [name];
	const { status, text } = run('systemd-analyze', ['syscall-filter',
	    '--no-pager', name]);

	assert.equal(status, 0, text);
	for (const line of text.split('\n')) {
		const m = /^ +(@?[a-z0-9_-]+)$/.exec(line);
		if (m !== null)
			found.push(...group(m[1]));
	}
	return found;
}

function
allowed(name)
{
	const names = new Set();

	for (const line of values(name, 'SystemCallFilter'))
		for (const call of line.replace('~', '').split(' ').
		    flatMap(group))
			if (line.startsWith('~'))
				names.delete(call);
			else
				names.add(call);
	return names;
}

/*
 * What is refused is done without: no core files, the stack's size.  SQLite
 * gives files away as root alone, as which the service does not run.
 */
const SPARED = new Set(['prlimit64', 'setrlimit', 'fchown']);

const CHECKS = {
	'systemd has nothing to say against the units'(world, config, dir)
	{
		const { status, text } = run('systemd-analyze', ['verify',
		    '--man=no', ...copied(`${dir}/units`)]);

		assert.deepEqual([status, text], [0, '']);
	},

	'exposure of the services'(world, config, dir)
	{
		for (const file of copied(`${dir}/units`)) {
			if (!file.endsWith('.service'))
				continue;
			const { text } = run('systemd-analyze', ['security',
			    '--offline=true', '--no-pager', file]);
			const m = /Overall exposure level for (\S+): ([\d.]+)/.
			    exec(text);
			assert.ok(m !== null, text);
			console.log(`exposure of ${m[1]}: ${m[2]}`);
			assert.ok(Number(m[2]) <= EXPOSURE, m[0]);
		}
	},

	'tasks for the most workers, a thread each that looks up names'(world)
	{
		const [tasks] = values('tickethook.service', 'TasksMax');
		const most = (Number(tasks) - 32) / 2;
		const check = (n, dir) => run(BINARY, ['check', '--offline',
		    '-c', world.configure(world.template('default.ini').
		    replace('[handler]', `[handler]\nworkers = ${n}`),
		    `${world.dir}/${dir}`)]).status;

		assert.equal(check(4096, 'most'), 0);
		assert.equal(check(4097, 'more'), 2);
		assert.ok(most >= 4096, tasks);
	},

	'memory for the workers that there are by default'()
	{
		const text = fs.readFileSync(`${ROOT}/handler/program.c`,
		    'utf8');
		const [, base] = /MEMORY_BASE = (\d+) \* 1024 \* 1024/.exec(
		    text);
		const [, bodies] = /MEMORY_BODIES = (\d+)/.exec(text);
		const of = (key) => new RegExp(`^\\.It Ic ${key}\n.*` +
		    'default (\\d+)', 'm').exec(fs.readFileSync(
		    `${ROOT}/handler/tickethook.ini.5`, 'utf8'))[1];
		const most = of('workers') * (Number(base) + bodies *
		    of('max_body'));

		assert.equal(most, 64 * 24);
		assert.deepEqual(values('tickethook.service', 'MemoryMax'),
		    ['2G']);
		assert.ok(most < 2048 - 128, 'and what all share');
	},

	/* As systemd does it: decrypted into a folder that the unit gets. */
	'a credential that is encrypted for this machine'(world, config, dir)
	{
		const env = { PATH: process.env.PATH, SYSTEMD_CREDENTIAL_SECRET:
		    `${dir}/key/credential.secret` };
		const creds = (...args) => run('systemd-creds', args, { env });
		const plain = `${world.dir}/secrets/svix.current`;
		const text = world.template('default.ini').replace(
		    'file:@SECRETS@/svix.current', 'credential:svix.secret');
		const ini = world.configure(text, `${dir}/creds`);
		const check = () => run(BINARY, ['check', '--offline', '-c',
		    ini], { env: { CREDENTIALS_DIRECTORY: `${dir}/given` } });

		fs.mkdirSync(`${dir}/key`, { mode: 0o700 });
		fs.mkdirSync(`${dir}/given`, { mode: 0o700 });
		assert.equal(creds('encrypt', '--with-key=host',
		    '--name=svix.secret', plain, `${dir}/svix.cred`).status, 0);
		assert.ok(!fs.readFileSync(`${dir}/svix.cred`, 'utf8').
		    includes(fs.readFileSync(plain, 'utf8').slice(6, 30)));
		assert.equal(check().status, 2);
		assert.notEqual(creds('decrypt', '--name=other',
		    `${dir}/svix.cred`, `${dir}/given/svix.secret`).status, 0);
		assert.equal(creds('decrypt', '--name=svix.secret',
		    `${dir}/svix.cred`, `${dir}/given/svix.secret`).status, 0);
		fs.chmodSync(`${dir}/given/svix.secret`, 0o400);
		assert.equal(check().status, 0, check().text);
		fs.rmSync(`${dir}/given`, { recursive: true });
	},

	'and the unit with the line that the comment shows'(world, config, dir)
	{
		const [file] = copied(`${dir}/encrypted`);
		const text = fs.readFileSync(file, 'utf8');

		fs.writeFileSync(file, text.replace(/^#(?=LoadCred)/m, ''));
		assert.match(fs.readFileSync(file, 'utf8'), /^LoadCred/m);
		const { status, text: said } = run('systemd-analyze', ['verify',
		    '--man=no', file]);
		assert.deepEqual([status, said], [0, '']);
	},

	async 'systemd passes the socket as descriptor 3'(world, config, dir)
	{
		const socket = `${dir}/three.sock`;
		const handler = start('systemd-socket-activate', ['-l', socket,
		    '-E', `TICKETHOOK_CONFIG=${config}`, BINARY]);

		await listening(handler, { path: socket }, 'socket-activate');
		await healthy({ path: socket });
		assert.deepEqual((await handler.stop()).code, 0, handler.log);
	},

	async 'and as standard input'(world, config, dir)
	{
		const socket = `${dir}/input.sock`;
		const handler = start('systemd-socket-activate', ['-l', socket,
		    '--inetd', '-E', `TICKETHOOK_CONFIG=${config}`, BINARY]);

		await listening(handler, { path: socket }, 'socket-activate');
		await healthy({ path: socket });
		assert.deepEqual((await handler.stop()).code, 0, handler.log);
	},

	async 'it says that it is ready, alive, reloading, stopping'(world,
	    config, dir)
	{
		const systemd = await notified(dir);
		const socket = `${dir}/notified.sock`;
		const heard = (re, n = 1) => until(() => systemd.lines().filter(
		    (l) => re.test(l)).length >= n, 5000);
		const handler = start(BINARY, ['serve', '--listen',
		    `unix:${socket}`, '-c', config], { env: { NOTIFY_SOCKET:
		    systemd.socket, WATCHDOG_USEC: '400000' } });

		try {
			assert.ok(await heard(/^READY=1 /), handler.log);
			await healthy({ path: socket });
			assert.ok(await heard(/^WATCHDOG=1 $/, 3));
			handler.child.kill('SIGHUP');
			assert.ok(await heard(
			    /^RELOADING=1 MONOTONIC_USEC=\d+ $/));
			assert.ok(await heard(/^READY=1 /, 2));
			fs.appendFileSync(config, '[rool x]\n');
			handler.child.kill('SIGHUP');
			assert.ok(await heard(/^READY=1 .*old/));
			assert.equal((await handler.stop()).code, 0);
			assert.ok(await heard(/^STOPPING=1 /));
		} finally {
			world.configure(world.template('default.ini'),
			    path.dirname(config));
			await handler.stop();
			await systemd.stop();
		}
	},

	async 'not ready when it cannot serve'(world, config, dir)
	{
		const systemd = await notified(dir);
		const handler = start(BINARY, ['serve', '--listen',
		    `unix:${dir}/never.sock`, '-c', '/nowhere.ini'],
		    { env: { NOTIFY_SOCKET: systemd.socket } });

		assert.notEqual((await handler.exited).code, 0);
		assert.deepEqual(systemd.lines(), ['']);
		await systemd.stop();
	},

	async 'it calls the kernel only as the service may'(world, config,
	    dir)
	{
		const socket = `${dir}/traced.sock`;
		const trace = `${dir}/trace`;
		const tracer = start('strace', ['-f', '-qq', '-o', trace, '-e',
		    'signal=none', BINARY, 'serve', '--listen',
		    `unix:${socket}`, '-c', config]);
		const may = allowed('tickethook.service');

		await listening(tracer, { path: socket }, 'strace');
		await deliver(world, { path: socket }, 'msg_traced');
		const pid = /^(\d+)/.exec(fs.readFileSync(trace, 'utf8'))[1];
		process.kill(Number(pid), 'SIGHUP');
		await until(() => /read again/.test(tracer.log));
		process.kill(Number(pid), 'SIGTERM');
		assert.equal((await tracer.exited).code, 0, tracer.log);
		const made = new Set([...fs.readFileSync(trace, 'utf8').
		    matchAll(/^\d+ +(?:<\.\.\. )?([a-z0-9_]+)(?:\(| resumed)/gm)].
		    map((m) => m[1]));
		assert.ok(made.has('accept4') && made.size > 30);
		assert.deepEqual([...made].filter((c) => !may.has(c) &&
		    !SPARED.has(c)), []);
		if (made.has('landlock_create_ruleset'))
			assert.ok(may.has('landlock_restrict_self'));
	}
};

async function
main()
{
	const world = await World.open();

	try {
		const dir = `${world.dir}/systemd`;
		const config = world.configure(world.template('default.ini'),
		    dir);
		for (const [name, work] of Object.entries(CHECKS))
			await report.attempt(name, () =>
			    work(world, config, dir));
	} finally {
		await world.close();
	}
	report.finish();
}

main().catch((e) => {
	console.error(e.message);
	process.exitCode = 1;
});
