'use strict';

/*
 * node tests/run/check.js [PART OF A NAME...]
 *
 * `check` with one fault planted at a time: in the configuration, in what
 * the sandbox holds, in how it answers, or on this machine.  Each must be
 * told once, at its place, with its cause and with what to do, in words that
 * stand here; nothing may be written anywhere, and no secret shown.
 */

const assert = require('node:assert/strict');
const { execFile, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const credentials = require('../sandbox/credentials');
const { BINARY, freePort } = require('./process');
const report = require('./report');
const { reads } = require('./sandbox-view');
const { change } = require('./settings');
const { World } = require('./world');
const { FAULTS } = require('./check-faults');

const BASE = `
[handler]
ca_file  = @CA@
deadline = 3s

[ledger]
url = sqlite:@DIR@/ledger/ledger.db

[svix]
secret = file:@SECRETS@/svix.current

[trunk]
api     = @TRUNK_URL@
token   = file:@SECRETS@/trunk.token
api_key = file:@SECRETS@/trunk.key

[tracker cloud]
type       = jira
url        = @JIRA_URL@
email      = @JIRA_EMAIL@
token      = file:@SECRETS@/jira.token
project    = PAY
issue_type = Bug

[tracker lin]
type    = linear
url     = @LINEAR_URL@/graphql
api_key = file:@SECRETS@/linear.key
team    = ENG

[tracker dc]
type       = jira
url        = @JIRADC_URL@
token      = file:@SECRETS@/jiradc.token
project    = OPS
issue_type = Bug

[owner @brightwater/payments]
tracker   = cloud
component = checkout
labels    = flaky-test
assignee  = pay-oncall@brightwater.example
priority  = high
due       = 7d

[owner @brightwater/web]
tracker  = lin
team     = WEB
labels   = flaky-test, frontend
assignee = ines.moreau@brightwater.example
state    = Todo
template = Web bug

[rule sandbox]
repository = github.com/brightwater/attic-*
action     = ignore

[rule owners]
to = owner

[rule builds]
file_path = build/**
tracker   = dc

[rule rest]
tracker = lin
project = Test health
`;

/* Run a verb to its end, while the sandbox goes on. */
function
run(env, ...args)
{
	return new Promise((resolve) => execFile(BINARY, args, { cwd: '/',
	    env: { PATH: '/usr/bin:/bin', ...env }, timeout: 30000 },
	    (error, out, err) => resolve({ out, err,
	        status: error === null ? 0 : error.code ?? error.signal })));
}

/* A proxy that leads everywhere to one port, or refuses. */
class Proxy {
	async open()
	{
		this.server = net.createServer((sock) => {
			sock.on('error', () => {});
			sock.once('data', () => this.#connect(sock));
		}).listen(0, '127.0.0.1');
		await new Promise((r) => this.server.on('listening', r));
		this.port = this.server.address().port;
	}

	#connect(sock)
	{
		if (this.to === undefined) {
			sock.end('HTTP/1.1 403 Forbidden\r\n' +
			    'Content-Length: 0\r\n\r\n');
			return;
		}
		const up = net.connect(this.to, '127.0.0.1', () => {
			sock.write('HTTP/1.1 200 OK\r\n\r\n');
			sock.pipe(up).pipe(sock);
		});
		up.on('error', () => sock.destroy());
		sock.on('close', () => up.destroy());
	}

	close()
	{
		this.server.close();
	}
}

/* What the faults are made with. */
async function
tools(world)
{
	const proxy = new Proxy();

	await proxy.open();
	return { world, proxy, deaf: await freePort(), fs, net, change,
	    credentials,
	    ledger: (dir, sql) => {
		execFileSync(BINARY, ['check', '--offline', '-c',
		    `${dir}/tickethook.ini`], { stdio: 'ignore' });
		execFileSync('sqlite3', [`${dir}/ledger/ledger.db`, sql]);
	    },
	    port: (url) => Number(new URL(url).port),
	    secret: (name, text) => {
		const file = `${world.dir}/secrets/${name}`;
		fs.writeFileSync(file, `${text}\n`, { mode: 0o600 });
		return `file:${file}`;
	    },
	    sqlite: (file, sql) => {
		execFileSync('sqlite3', [file, sql]);
	    } };
}

function
parse(text)
{
	return text.trim().split('\n').filter((l) => l !== '').map((l) =>
	    JSON.parse(l));
}

/* What must be true of each run: nobody is changed, no secret is shown. */
function
harmless(world, r, from)
{
	const log = world.sandbox.log.slice(from);
	/* Linking nothing to no test, to learn whether it would be allowed. */
	const probe = (e) => e.op === 'trunk.v2link' &&
	    JSON.stringify(e.body) === '{}' && e.effect === null;

	return [...log.filter((e) => e.effect !== null || !reads(e) &&
	    !probe(e)).map((e) => `${e.op} changes something`),
	    ...world.leaks(r.out + r.err).map(
	    (form) => `a secret is shown (${form})`),
	    ...r.err.includes('Sanitizer') ? [r.err] : []];
}

/* One cause, at its place, in at most two sentences, with the words. */
function
compare(f, r)
{
	const rows = r.status === 2 ? [] : parse(r.out);
	const told = r.status === 2 ?
	    r.err.trim().split('\n').map((text) => ({ part: '', text })) :
	    rows.filter((x) => x.state === (f.state ?? 'failed'));
	const failed = new Set(rows.filter((x) => x.state === 'failed')
	    .map((x) => x.text));
	const hits = told.filter((x) => (f.at === undefined ||
	    `${x.part ?? `rule ${x.rule} ${x.owner ?? ''}`.trim()}`.includes(
	    f.at)) && f.says.every((w) => w instanceof RegExp ?
	    w.test(x.text) : x.text.includes(w)));
	const exit = f.exit ?? 1;

	return [...r.status === exit ? [] : [`exit ${r.status}, not ${exit}`],
	    ...hits.length > 0 ? [] : ['not told'],
	    ...exit === 1 && failed.size > (f.causes ?? 1) ?
	    [`${failed.size} causes for one fault`] : [],
	    ...exit === 0 && failed.size > 0 ? ['it failed'] : [],
	    ...hits.every((h) => h.text.split(/[.] [A-Z]/).length <= 2) ? [] :
	    ['more than two sentences'],
	    ...exit !== 1 || hits.every((h) => /;|[.] [A-Z]/.test(
	    h.text)) ? [] :
	    ['it does not say what to do']];
}

async function
plant(t, f, dir)
{
	const { world } = t;
	const given = typeof f.with === 'function' ? f.with(t) : f.with ?? [];
	let text = BASE;

	for (const line of given)
		text = change(text, line.includes('=') ? 'set' : 'unset',
		    line);
	const config = world.configure(text, dir);

	fs.mkdirSync(`${dir}/ledger`, { mode: 0o700 });
	if (f.seed !== undefined)
		await world.sandbox.seed(f.seed);
	if (f.fault !== undefined)
		await world.sandbox.fault({ times: -1, ...f.fault });
	const undo = await f.make?.(t, dir);
	const from = world.sandbox.log.length;
	const r = await run({}, 'check', '--json', '-c', config,
	    ...f.args?.(t, dir) ?? []);
	await undo?.();
	return { r, from };
}

async function
attempt(t, f)
{
	const dir = fs.mkdtempSync(`${t.world.dir}/check-`);
	let problems;

	try {
		await t.world.sandbox.reset();
		const { r, from } = await plant(t, f, dir);
		problems = [...compare(f, r), ...harmless(t.world, r, from)];
		if (problems.length > 0)
			problems.push(r.out + r.err);
	} catch (e) {
		problems = [e.stack];
	}
	report.check(f.name, problems);
	fs.rmSync(dir, { recursive: true, force: true });
}

/* Without a fault, for people: it ends with the table, and all is well. */
async function
wellDone(t)
{
	const dir = fs.mkdtempSync(`${t.world.dir}/check-`);

	await t.world.sandbox.reset();
	const config = t.world.configure(BASE, dir);
	fs.mkdirSync(`${dir}/ledger`, { mode: 0o700 });
	const from = t.world.sandbox.log.length;
	const r = await run({}, 'check', '-c', config);
	const lines = r.out.trimEnd().split('\n');
	const table = lines.slice(lines.findIndex((l) => /^RULE /.test(l)))
	    .map((l) => l.trim().replace(/ +/g, ' '));

	await report.attempt('all is well: a table of rules at the end',
	    async () => {
		assert.equal(r.status, 0, r.out + r.err);
		assert.equal(r.err, '');
		assert.deepEqual(table.map((l) =>
		    l.replace(/ \d+ /, ' N ').replace(/ -$/, '')), [
		    'RULE LINE OWNER TO TRACKER PLACE STATE',
		    'sandbox N - ignore - - ok',
		    'owners N @brightwater/payments ticket cloud PAY Bug ok',
		    'owners N @brightwater/web ticket lin WEB ok',
		    'builds N - ticket dc OPS Bug ok',
		    'rest N - ticket lin ENG ok']);
		assert.deepEqual(harmless(t.world, r, from), []);
	});
	await report.attempt('all is well: who we are at each place', () => {
		for (const part of [/\[ledger\] url/, /\[trunk\] token/,
		    /\[trunk\] api_key/,
		    /\[tracker cloud\] +Jira Cloud, as Ticket Hook/,
		    /\[tracker lin\] +Linear workspace Brightwater, as /,
		    /\[tracker dc\] +Jira Data Center 10\.3\.24, as /])
			assert.match(r.out, new RegExp(`^ok +${part.source}`,
			    'm'));
	});
	fs.rmSync(dir, { recursive: true, force: true });
}

async function
main()
{
	const wanted = process.argv.slice(2);
	const world = await World.open();
	const t = await tools(world);

	try {
		if (wanted.length === 0)
			await wellDone(t);
		for (const f of FAULTS)
			if (wanted.length === 0 || wanted.some((w) =>
			    f.name.includes(w)))
				await attempt(t, f);
	} finally {
		t.proxy.close();
		await world.close();
	}
	report.finish();
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
