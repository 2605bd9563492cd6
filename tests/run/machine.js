'use strict';

/*
 * node tests/run/machine.js
 *
 * What the machine decides: how strict OpenSSL's configuration is, and whether
 * libcurl is there, which is loaded for the first call alone.  Each is tried
 * with a program of CGI and with one that serves, in mounts of their own.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const tls = require('node:tls');
const { execFileSync, spawnSync } = require('node:child_process');
const { BINARY, listening, start } = require('./process');
const report = require('./report');
const { test } = require('../fault/mails');
const { Place, signed } = require('../fault/lab');

/* Services that have nothing newer. */
tls.DEFAULT_MAX_VERSION = 'TLSv1.2';

/* What they cannot give: no key of an elliptic curve is long enough. */
const STRICT = ['CipherString = DEFAULT@SECLEVEL=5', 'MinProtocol = TLSv1.3'];
const CONFIG = `openssl_conf = begin
[begin]
ssl_conf = ssl
[ssl]
system_default = strict
[strict]
`;
const MOUNTS = ['unshare', '--mount', '--propagation', 'private'];
const MISSING = /libcurl\.so\.4 is not there; install it with: apt-get /;

let serial = 0;

/* A program behind these words finds the file `instead` at `at`. */
function
finding(instead, at)
{
	return [...MOUNTS, '/bin/sh', '-c',
	    'mount --bind "$0" "$1" && shift && exec "$@"', instead, at];
}

function
mayMount(dir)
{
	const [program, ...args] = [...finding(dir, dir), 'true'];

	return spawnSync(program, args).status === 0;
}

/* Where a program says that it is. */
function
place(program, args, pattern, below = '')
{
	const said = execFileSync(program, args, { encoding: 'utf8' });

	return fs.realpathSync(pattern.exec(said)[1] + below);
}

function
mail()
{
	const n = ++serial;

	return test('jira', n).mail(`msg_machine_${n}`);
}

function
serve(lab, wrap)
{
	const [program, ...args] = [...wrap, BINARY, 'serve', '--listen',
	    `unix:${lab.dir}/handler.sock`, '-c', lab.config];

	return start(program, args);
}

const FRONTS = {
	async CGI(lab, wrap = [])
	{
		return lab.cgi(mail(), { wrap });
	},

	async FastCGI(lab, wrap = [])
	{
		const where = { path: `${lab.dir}/handler.sock` };
		const run = serve(lab, wrap);

		try {
			await listening(run, where, 'tickethook');
			const answer = await lab.fcgi(where, mail());
			return { ...answer, log: run.log };
		} finally {
			await run.stop();
		}
	}
};

async function
asItIs(lab)
{
	for (const [name, ask] of Object.entries(FRONTS))
		await report.attempt(`${name}: a ticket`, async () => {
			const { status, log } = await ask(lab);

			assert.equal(status, 200, log);
		});
}

/* Nothing is sent unless the connection is as good as is asked for. */
async function
strict(lab, line)
{
	const file = `${lab.dir}/openssl.cnf`;
	const wrap = finding(file, place('openssl', ['version', '-d'],
	    /OPENSSLDIR: "(.*)"/, '/openssl.cnf'));

	fs.writeFileSync(file, CONFIG + line);
	for (const [name, ask] of Object.entries(FRONTS))
		await report.attempt(`${name}: openssl.cnf has ${line}`,
		    async () => {
			const before = lab.sandbox.log.length;
			const { status, log } = await ask(lab, wrap);

			assert.equal(status, 503, log);
			assert.match(log, /no connection \(.*SSL routines/);
			assert.equal(lab.sandbox.log.length, before);
		});
}

/* What serves is told at its start, and CGI when a delivery needs it. */
async function
without(lab)
{
	const wrap = finding('/dev/null', place('/sbin/ldconfig', ['-p'],
	    /libcurl\.so\.4 .* => (.*)/));

	await report.attempt('no libcurl: CGI refuses as ever', async () => {
		const request = signed(lab.world, mail());

		request.body = Buffer.concat([request.body, Buffer.from(' ')]);
		const { status, log } = await lab.ask(request, { wrap });
		assert.equal(status, 401, log);
		assert.doesNotMatch(log, /libcurl/);
	});
	await report.attempt('no libcurl: CGI cannot deliver', async () => {
		const { status, log } = await lab.cgi(mail(), { wrap });

		assert.equal(status, 502, log);
		assert.match(log, MISSING);
	});
	await report.attempt('no libcurl: what serves does not start',
	    async () => {
		const run = serve(lab, wrap);
		const { code } = await run.exited;

		assert.equal(code, 2, run.log);
		assert.match(run.log, MISSING);
	});
}

async function
main()
{
	const lab = await Place.open();

	try {
		await lab.fresh();
		await asItIs(lab);
		if (mayMount(lab.dir)) {
			for (const line of STRICT)
				await strict(lab, line);
			await without(lab);
		} else
			console.log('no right to have mounts of its own');
	} finally {
		await lab.close();
	}
	report.finish();
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
