'use strict';

/*
 * node tests/run/start.js
 *
 * How the handler is started, and how it ends: by a listening descriptor 0,
 * by LISTEN_FDS, as CGI, by its own socket; arguments that a web server
 * made of a query string; configurations that must not be taken.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const { spawnSync } = require('node:child_process');
const fcgi = require('./fcgi');
const { BINARY, freePort, listening, serve, start, until } =
    require('./process');
const { variables } = require('./fronts');
const { bytes } = require('./payload');
const report = require('./report');
const { change } = require('./settings');
const { delivery } = require('./sign');
const { World } = require('./world');

const HEALTH = [['REQUEST_METHOD', 'GET'], ['PATH_INFO', '/health'],
    ['GATEWAY_INTERFACE', 'CGI/1.1']];
const ENV = { PATH: '/usr/bin:/bin' };

async function
healthy(where)
{
	const { status } = await fcgi.request(where, HEALTH, Buffer.alloc(0));

	assert.equal(status, 200);
}

/* A listening TCP socket of which the child is the only owner afterwards. */
async function
withListener(work)
{
	const server = net.createServer().listen(0, '127.0.0.1');

	await new Promise((resolve) => server.on('listening', resolve));
	const where = { host: '127.0.0.1', port: server.address().port };
	const run = work(server._handle.fd);
	server.close();
	await listening(run, where, 'the handler');
	return { run, where };
}

async function
endsWell(run)
{
	const { code, signal } = await run.stop();

	assert.deepEqual([code, signal], [0, null], run.log);
}

function
verb(args, env = {}, input = '')
{
	return spawnSync(BINARY, args, { cwd: '/', env: { ...ENV, ...env },
	    input, encoding: 'utf8', timeout: 20000 });
}

/* Refused with exit 2 and a sentence; never with a byte of `hidden`. */
function
refused(args, expected, hidden)
{
	const { status, stdout, stderr } = verb(args);

	assert.equal(status, 2, stdout + stderr);
	assert.match(stderr, expected);
	if (hidden !== undefined)
		assert.ok(!(stdout + stderr).includes(hidden),
		    'a secret is shown');
}

/* The real one, where it is installed. */
async function
spawnFcgi(config, dir)
{
	const socket = `${dir}/spawned.sock`;
	const run = start('spawn-fcgi', ['-n', '-s', socket, '--',
	    BINARY], { env: { TICKETHOOK_CONFIG: config } });

	await listening(run, { path: socket }, 'spawn-fcgi');
	await healthy({ path: socket });
	await endsWell(run);
}

const LISTENERS = {
	async 'descriptor 0 listens: FastCGI'(config)
	{
		const { run, where } = await withListener((fd) => start(BINARY,
		    [], { env: { TICKETHOOK_CONFIG: config },
		    stdio: [fd, 'pipe', 'pipe'] }));
		await healthy(where);
		await endsWell(run);
	},

	async 'descriptor 0 listens: arguments are not read'(config)
	{
		const { run, where } = await withListener((fd) => start(BINARY,
		    ['send', '/etc/passwd', '-c', '/dev/null'],
		    { env: { TICKETHOOK_CONFIG: config },
		    stdio: [fd, 'pipe', 'pipe'] }));
		await healthy(where);
		await endsWell(run);
	},

	async 'LISTEN_FDS: FastCGI on descriptor 3'(config)
	{
		const { run, where } = await withListener((fd) =>
		    start('/bin/sh', ['-c', 'LISTEN_PID=$$ exec "$0"', BINARY],
		    { env: { TICKETHOOK_CONFIG: config, LISTEN_FDS: '1' },
		    stdio: ['ignore', 'pipe', 'pipe', fd] }));
		await healthy(where);
		await endsWell(run);
	},

	async 'LISTEN_FDS of another process is not ours'()
	{
		const { status, stderr } = verb([], { LISTEN_FDS: '1',
		    LISTEN_PID: '1' });

		assert.equal(status, 2, stderr);
	},

	async 'serve --listen 127.0.0.1:PORT'(config)
	{
		const where = { host: '127.0.0.1', port: await freePort() };
		const run = start(BINARY, ['serve', '--listen',
		    `127.0.0.1:${where.port}`, '-c', config]);

		await listening(run, where, 'the handler');
		await healthy(where);
		await endsWell(run);
	},

	async 'serve takes over a socket that a killed one left'(config, dir)
	{
		const socket = `${dir}/left.sock`;
		const first = await serve(config, socket);

		await first.stop('SIGKILL');
		assert.ok(fs.existsSync(socket));
		const second = await serve(config, socket);
		await healthy({ path: socket });
		await endsWell(second);
	},

	async 'SIGTERM: the delivery in hand is answered first'(config, dir,
	    world)
	{
		const socket = `${dir}/busy.sock`;
		const run = await serve(world.configure(change(world.template(
		    'default.ini'), 'set', '[handler] deadline = 3s'),
		    `${dir}/busy`), socket);
		const before = world.sandbox.log.length;

		await world.sandbox.fault({ service: 'linear',
		    op: 'linear.issueCreate', kind: 'hang' });
		const step = { words: ['v1-flaky.json'], options: {},
		    lines: [] };
		const sent = delivery(step, bytes(step), 'msg_in_hand',
		    world.secrets);
		const answer = fcgi.request({ path: socket }, variables({
		    method: 'POST', path: '/trunk', ...sent }), sent.body);
		await until(() => world.sandbox.log.slice(before).some((e) =>
		    e.op === 'linear.issueCreate'), 1000);
		run.child.kill('SIGTERM');
		assert.equal((await answer).status, 503);
		await endsWell(run);
	},

	async 'SIGHUP keeps the old configuration when the new one is wrong'(
	    config, dir)
	{
		const socket = `${dir}/hup.sock`;
		const run = await serve(config, socket);
		const text = fs.readFileSync(config, 'utf8');

		fs.writeFileSync(config, text.replace('[rule', '[rool'));
		run.child.kill('SIGHUP');
		assert.ok(await until(() => /rool/.test(run.log), 3000),
		    `it does not say so: ${run.log}`);
		fs.writeFileSync(config, text);
		await healthy({ path: socket });
		await endsWell(run);
	}
};

const PROGRAM = {
	async 'GATEWAY_INTERFACE: CGI, arguments are not read'(config)
	{
		const { status, stdout } = verb(['export', '-c', '/dev/null'],
		    { TICKETHOOK_CONFIG: config,
		    ...Object.fromEntries(HEALTH) });

		assert.equal(status, 0);
		assert.match(stdout, /^Status: 200\b/);
	},

	/* A stranger's request costs no more than that. */
	async 'CGI: for a refusal no TLS, libcurl or ledger is opened'(config,
	    dir)
	{
		const trace = `${dir}/refusal.trace`;
		const { stdout } = spawnSync('strace', ['-qq', '-o', trace,
		    '-e', 'trace=open,openat', '-e', 'signal=none', BINARY], {
			cwd: '/', input: '{}', encoding: 'utf8',
			env: { ...ENV, TICKETHOOK_CONFIG: config,
			    GATEWAY_INTERFACE: 'CGI/1.1',
			    REQUEST_METHOD: 'POST', PATH_INFO: '/trunk',
			    CONTENT_LENGTH: '2', HTTP_SVIX_ID: 'msg_1',
			    HTTP_SVIX_TIMESTAMP: String(Math.floor(
			    Date.now() / 1000)),
			    HTTP_SVIX_SIGNATURE: `v1,${'A'.repeat(43)}=` }
		});
		const opened = [...fs.readFileSync(trace, 'utf8').matchAll(
		    /"([^"]+)"/g)].map((m) => m[1]);

		assert.match(stdout, /^Status: 401\b/);
		assert.ok(opened.includes(config), opened.join(' '));
		assert.deepEqual(opened.filter((f) =>
		    /ossl-modules|libcurl|\/certs\/|\.db(-\w+)?$/.
		    test(f)), []);
	},

	async 'nothing given: usage, and what descriptor 0 is'()
	{
		const { status, stderr } = verb([]);

		assert.equal(status, 2);
		assert.match(stderr, /usage/i);
		assert.match(stderr, /serve/);
	},

	async 'an unknown verb'()
	{
		refused(['serv'], /serv/);
	},

	async 'no configuration file'(config, dir)
	{
		refused(['check', '--offline', '-c',
		    `${dir}/missing.ini`], /missing\.ini/);
	}
};

/* What must not be taken for a configuration: name, change, message. */
const WRONG = [
	['an unknown key, with the nearest known one',
	    (t) => t.replace('[svix]', '[svix]\ntolerence = 5m'),
	    /tolerence.*tolerance/s],
	['an unknown section', (t) => `${t}\n[trakker x]\n`, /trakker/],
	['no secret', (t) => t.replace(/^secret = .*\n/gm, ''),
	    /svix.*secret/s],
	['a secret of another kind', (t) => t.replace(/^secret = .*$/m,
	    'secret = whsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'), /secret/],
	['a rule to a tracker that is not there',
	    (t) => t.replace(/^tracker +=.*$/m, 'tracker = nowhere'),
	    /nowhere/],
	['a duration that is none', (t) => t.replace('[handler]',
	    '[handler]\ndeadline = soon'), /deadline/]
];

async function
wrongConfigurations(config, dir)
{
	const text = fs.readFileSync(config, 'utf8');

	for (const [what, change, message] of WRONG)
		await report.attempt(`refused: ${what}`, async () => {
			const file = `${dir}/wrong.ini`;
			fs.writeFileSync(file, change(text), { mode: 0o600 });
			refused(['check', '--offline', '-c', file], message,
			    'whsk_AAAA');
		});
}

/* A file of secrets that others can read is not used. */
async function
openSecrets(world, dir)
{
	const file = `${world.dir}/secrets/jira.token`;

	await report.attempt('refused: a secret that others can read',
	    async () => {
		fs.chmodSync(file, 0o644);
		try {
			refused(['check', '--offline', '-c',
			    world.configure(world.template('default.ini'),
			    `${dir}/open`)], /jira\.token/,
			    fs.readFileSync(file, 'utf8').trim());
		} finally {
			fs.chmodSync(file, 0o600);
		}
	});
}

async function
main()
{
	const world = await World.open();

	if (fs.existsSync('/usr/bin/spawn-fcgi'))
		LISTENERS['spawn-fcgi starts it'] = spawnFcgi;
	try {
		const dir = `${world.dir}/start`;
		const config = world.configure(world.template('default.ini'),
		    dir);
		for (const [name, work] of Object.entries(
		    { ...LISTENERS, ...PROGRAM }))
			await report.attempt(name, () =>
			    work(config, dir, world));
		await wrongConfigurations(config, dir);
		await openSecrets(world, dir);
	} finally {
		await world.close();
	}
	report.finish();
}

main().catch((e) => {
	console.error(e.message);
	process.exitCode = 1;
});
