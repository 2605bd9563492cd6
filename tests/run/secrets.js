'use strict';

/*
 * node tests/run/secrets.js
 *
 * Random secrets in every place that takes one, then everything that may go
 * wrong, each command and each page.  What the program wrote anywhere, and
 * what the kernel shows of its process, is searched for them in all forms
 * (leaks.js): none is there.  Mistakes that put a secret where none belongs
 * are refused without showing it.  No core is dumped, and a file that others
 * could read is not read.
 */

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const fcgi = require('./fcgi');
const { variables } = require('./fronts');
const { files, forms, needles } = require('./leaks');
const { FOLDER, bytes } = require('./payload');
const { BINARY, listening, sleep, start, until } = require('./process');
const report = require('./report');
const { fill } = require('./settings');
const { delivery, hook } = require('./sign');
const good = require('../sandbox/credentials');
const { World } = require('./world');

const PEOPLE = [['REMOTE_USER', 'kim'], ['HTTP_SEC_FETCH_SITE',
    'same-origin']];
const TAIL = '+/="&\\';		/* what encodings change */

const BASE = `[handler]
ca_file = @CA@
log_level = debug
deadline = 3s
[ledger]
url = sqlite:@DIR@/ledger.db
[svix]
secret = @SVIX_LITERAL@
secret = file:@SECRETS@/svix.old
[trunk]
api = @TRUNK_URL@
token = env:TRUNK_TOKEN
api_key = credential:trunk.key
[tracker lin]
type = linear
url = @LINEAR_URL@/graphql
api_key = @LINEAR_LITERAL@
team = ENG
webhook_secret = env:LINEAR_HOOK
[tracker cloud]
type = jira
url = @JIRA_URL@
email = @JIRA_EMAIL@
token = file:@SECRETS@/jira.token
webhook_secret = file:@SECRETS@/tracker.hook
project = PAY
issue_type = Bug
[tracker dc]
type = jira
url = @JIRADC_URL@
token = credential:jiradc.token
project = OPS
issue_type = Bug
[panel]
users = kim
token = @PANEL_LITERAL@
[notify chat]
on = created, refused, parked
url = @HOOK_URL@/open/@URL_SECRET@
bearer = env:HOOK_BEARER
header.X-Hook-Secret = file:@SECRETS@/hook.secret
header.X-More = @HEADER_LITERAL@
[notify other]
on = created
url = env:HOOK_URL
[owner @brightwater/payments]
tracker = cloud
[rule owners]
to = owner
[rule dc]
repository = github.com/brightwater/dc
tracker = dc
[rule rest]
tracker = lin
`;

function
random()
{
	return crypto.randomBytes(24).toString('base64url') + TAIL;
}

/* The world, with secrets of its own beside those that the sandbox takes. */
class Place {
	static async open()
	{
		const p = new Place();

		p.world = await World.open();
		p.dir = `${p.world.dir}/secrets-in`;
		p.credentials = `${p.world.dir}/secrets`;
		p.own = { panel: random(), header: random(),
		    url: crypto.randomBytes(24).toString('hex'),
		    url2: crypto.randomBytes(24).toString('hex'),
		    linearHook: random() };
		p.env = { CREDENTIALS_DIRECTORY: p.credentials,
		    TRUNK_TOKEN: good.trunk.token,
		    LINEAR_HOOK: p.own.linearHook,
		    HOOK_BEARER: good.hook.bearer,
		    HOOK_URL: `${p.world.sandbox.urls.hook}/open/` +
			p.own.url2 };
		p.needles = needles([...p.world.hidden(),
		    ...Object.values(p.own)]);
		p.config = p.configure(BASE, p.dir);
		p.socket = `${p.world.dir}/s`;
		p.heard = [];
		return p;
	}

	configure(text, dir)
	{
		return this.world.configure(fill(text, {
		    ...this.world.places(dir),
		    SVIX_LITERAL: this.world.secrets.current,
		    LINEAR_LITERAL: good.linear.key,
		    PANEL_LITERAL: this.own.panel, URL_SECRET: this.own.url,
		    HEADER_LITERAL: this.own.header }), dir);
	}

	/* What came out somewhere. */
	hear(where, text)
	{
		this.heard.push(where);
		return this.needles.find(text).map((form) =>
		    `${where} shows a secret (${form})`);
	}

	async ask(method, path, { query = '', headers = [], body = null,
	    more = [] } = {})
	{
		const { status, headers: got, body: text } =
		    await fcgi.request({ path: this.socket }, [...variables(
		    { method, path, query, headers, body }), ...more],
		    body ?? Buffer.alloc(0));

		return { status, text: JSON.stringify(got) + '\n' + text };
	}

	/* A delivery of a test of its own, that many times. */
	deliver(id, { file = 'v2-flaky.json', lines = [], options = {} } = {})
	{
		const step = { words: [file], options, lines: [
		    `with test_case.id = "${crypto.randomUUID()}"`,
		    `with test_case.name = "${id}"`, ...lines] };

		return this.ask('POST', '/trunk', delivery(step, bytes(step),
		    id, this.world.secrets));
	}

	run(...args)
	{
		return new Promise((resolve) => execFile(BINARY, args, {
		    cwd: '/', timeout: 30000, env: { PATH: '/usr/bin:/bin',
		    ...this.env } }, (error, stdout, stderr) => resolve({
		    status: error?.code ?? 0, text: stdout + stderr })));
	}
}

/* Where each kind of ticket goes. */
const WAYS = { linear: ['with test_case.codeowners = []'],
    jira: [], jiradc: ['with repository.html_url = ' +
    '"https://github.com/brightwater/dc"', 'with test_case.codeowners = []'] };

const FAULTS = ['status:401', 'status:403', 'status:500', 'echo:400',
    'echo:401', 'echo:403', 'echo:422', 'echo:500', 'html', 'empty', 'braces',
    'bad-json:bad-utf8', 'cut-body', 'redirect', 'tls:expired', 'reset',
    'ratelimit'];

/* Every fault at every place, and a delivery that meets it. */
async function
failures(p)
{
	const found = [];
	let n = 0;

	for (const [service, lines] of [...Object.entries(WAYS),
	    ['trunk', WAYS.linear], ['hook', WAYS.linear]])
		for (const kind of FAULTS) {
			await p.world.sandbox.fault({ service, kind,
			    times: -1 });
			const { text } = await p.deliver(`msg_${++n}`,
			    { lines });
			found.push(...p.hear(`${service} ${kind}`, text));
			await p.world.sandbox.heal();
		}
	return found;
}

/* Deliveries and news that are not genuine, and what is no request. */
async function
strangers(p)
{
	const found = [];
	const body = Buffer.from('{"issue":{}}');
	const ask = async (...args) => found.push(...p.hear(args.join(' '),
	    (await p.ask(...args)).text));

	for (const options of [{ secret: ['stranger'] }, { flip: ['body'] },
	    { drop: ['svix-signature'] }, { at: ['-9000'] },
	    { signature: [p.world.secrets.stranger] }])
		found.push(...p.hear('a forged delivery',
		    (await p.deliver('msg_forged', { options })).text));
	for (const [name, isLinear] of [['cloud', false], ['lin', true]])
		for (const secret of ['tracker', 'stranger'])
			await ask('POST', `/tracker/${name}`, hook({ options:
			    { secret: [secret] } }, body, 'msg_n',
			    p.world.secrets, isLinear));
	await ask('POST', '/trunk', { body: Buffer.from('{') });
	await ask('GET', '/nowhere');
	return found;
}

async function
pages(p)
{
	const found = [];
	const bearer = (t) => ['Authorization', `Bearer ${t}`];

	for (const path of ['/', '/tickets', '/deliveries', '/delivery',
	    '/queue', '/parked', '/unhandled', '/metrics', '/ready',
	    '/health']) {
		const query = path === '/delivery' ? '?id=msg_1' : '';
		const { status, text } = await p.ask('GET', path, { query,
		    more: PEOPLE });
		assert.ok([200, 503].includes(status), `${path}: ${status}`);
		found.push(...p.hear(path, text));
	}
	for (const token of [p.own.panel, p.own.panel + 'x',
	    p.own.header]) {
		const { status, text } = await p.ask('GET', '/metrics',
		    { headers: [bearer(token)] });
		assert.equal(status, token === p.own.panel ? 200 : 403);
		found.push(...p.hear('/metrics by token', text));
	}
	for (const act of ['test', 'replay']) {
		await p.world.sandbox.fault({ kind: 'echo:401', times: 1 });
		const { text } = await p.ask('POST', `/act/${act}`,
		    { headers: [['Content-Type',
		    'application/x-www-form-urlencoded']], more: PEOPLE,
		    body: Buffer.from(act === 'test' ? 'tracker=lin' :
		    'id=msg_1') });
		found.push(...p.hear(`/act/${act}`, text));
	}
	await p.world.sandbox.heal();
	found.push(...p.hear('/ after that', (await p.ask('GET', '/',
	    { more: PEOPLE })).text));
	return found;
}

const VERBS = [['check'], ['check', '--json'], ['check', '--offline'],
    ['explain', `${FOLDER}/v2-flaky.json`],
    ['explain', '--json', `${FOLDER}/v2-flaky.json`], ['export'],
    ['deliveries', '--json'], ['tickets', '--json'], ['tests', '--json'],
    ['queue'], ['simulate', '--since', '1d'], ['sync'], ['sync', '--json'],
    ['reconcile'], ['replay', '--dry-run', 'msg_1'],
    ['replay', 'msg_1', 'msg_20', 'msg_40'], ['link', 'nothing', 'PAY-1'],
    ['release', 'rest'], ['send', '--url', 'https://127.0.0.1:9/trunk',
    `${FOLDER}/v2-flaky.json`], ['--help'], ['nonsense']];

async function
verbs(p)
{
	const found = [];

	for (const kind of [null, 'echo:401', 'status:500', 'tls:expired']) {
		if (kind !== null)
			await p.world.sandbox.fault({ kind, times: -1 });
		for (const [verb, ...args] of VERBS) {
			const { text } = await p.run(verb, ...(verb ===
			    '--help' ? [] : ['-c', p.config]), ...args);
			found.push(...p.hear(`${verb} with ${kind}`, text));
		}
		await p.world.sandbox.heal();
	}
	return found;
}

/* A secret where none belongs: [what is replaced, by what]. */
function
mistakes(p)
{
	const key = good.linear.key;

	return [
	    [/^api_key = lin.*$/m, `apikey = ${key}`],
	    [/^api_key = lin.*$/m, `api_key = env:${key}`],
	    [/^api_key = lin.*$/m, `api_key = credential:${key}`],
	    [/^api_key = lin.*$/m, `api_key = file:${key}`],
	    [/^api_key = lin.*$/m, `api_key = Bearer ${key}`],
	    [/^api_key = lin.*$/m, `api_key ${key}`],
	    [/^api_key = lin.*$/m, `api_key = ${key}\nteam = ${key}`],
	    [/^api_key = lin.*$/m, key],
	    [/^secret = whsec.*$/m, `secret = ${p.own.header}`],
	    [/^secret = whsec.*$/m, `secret = whsec_${p.own.header}`],
	    [/^secret = whsec.*$/m, `secret = whsec_${p.own.url}!`],
	    [/^ca_file.*$/m,
	        `proxy = http://kim:${p.own.url}@127.0.0.1:3128`],
	    [/^url = (.*graphql)$/m,
	        `url = https://kim:${p.own.url}@127.0.0.1/graphql`],
	    [/^url = (.*graphql)$/m,
	        `url = https://127.0.0.1/graphql?key=${p.own.url}`],
	    [/^token = env.*$/m, `token = env:${good.trunk.token}`],
	    [/^token = env.*$/m, `token = ${good.trunk.token}\n` +
	        `token = ${good.trunk.token}`],
	    [/^url = (.*open\/.*)$/m, `url = http://127.0.0.1/${p.own.url}`],
	    [/^header.X-More = .*$/m, `header.Host = ${p.own.header}`],
	    [/^users = kim$/m, `users = kim\nusers = ${p.own.panel}`],
	];
}

async function
refusals(p, handler)
{
	const right = fs.readFileSync(p.config, 'utf8');
	const found = [];

	for (const [from, to] of mistakes(p)) {
		assert.match(right, from);
		fs.writeFileSync(p.config, right.replace(from, () => to));
		const { status, text } = await p.run('check', '--offline',
		    '-c', p.config);
		assert.equal(status, 2, `taken: ${to.replace(/=.*/s, '')}`);
		found.push(...p.hear('check of ' + to.slice(0, 12), text));
		const before = handler.log.length;
		handler.child.kill('SIGHUP');
		assert.ok(await until(() => /reload/.test(
		    handler.log.slice(before)), 5000));
	}
	fs.writeFileSync(p.config, right);
	handler.child.kill('SIGHUP');
	await sleep(100);
	return found;
}

/* What the kernel shows of the process, to root. */
function
ofProcess(p, pid)
{
	const found = [];

	for (const f of ['environ', 'cmdline', 'comm', 'status', 'maps'])
		found.push(...p.hear(`/proc/PID/${f}`,
		    fs.readFileSync(`/proc/${pid}/${f}`)));
	return found;
}

/* In its own folder, with no limit on what a core may be. */
async function
aborted(p, dir, program, args)
{
	fs.mkdirSync(dir, { recursive: true });
	const run = start('/bin/sh', ['-c', 'ulimit -c unlimited && ' +
	    'cd "$0" && exec "$@"', dir, program, ...args],
	    { env: program === BINARY ? p.env : {} });

	if (program === BINARY)
		await listening(run, { path: `${dir}/s` }, 'tickethook');
	else
		await sleep(200);
	run.child.kill('SIGABRT');
	const { signal } = await run.exited;
	return { signal, cores: fs.readdirSync(dir).filter((f) =>
	    f.startsWith('core')) };
}

async function
cores(p)
{
	const dir = `${p.world.dir}/cores`;
	const pattern = fs.readFileSync('/proc/sys/kernel/core_pattern',
	    'utf8').trim();
	const other = await aborted(p, `${dir}/other`, 'sleep', ['60']);

	assert.equal(other.signal, 'SIGABRT');
	/* Elsewhere cores go to a program or a folder of all. */
	if (/^core/.test(pattern))
		assert.equal(other.cores.length, 1, 'sleep left no core');
	else
		console.log(`cores go to ${pattern}, where sleep's is not ` +
		    'looked for');
	const ours = await aborted(p, `${dir}/ours`, BINARY, ['serve',
	    '--listen', `unix:${dir}/ours/s`, '-c', p.config]);
	assert.deepEqual(ours, { signal: 'SIGABRT', cores: [] });
}

/* Files that others could read: what is to be done is said. */
async function
modes(p)
{
	const file = `${p.credentials}/jira.token`;

	for (const [f, mode] of [[file, 0o644], [file, 0o604], [file, 0o660],
	    [p.config, 0o644]]) {
		fs.chmodSync(f, mode);
		const { status, text } = await p.run('check', '--offline',
		    '-c', p.config);
		fs.chmodSync(f, 0o600);
		assert.equal(status, 2, `${f} ${mode.toString(8)}`);
		assert.match(text, new RegExp(`chmod 06[04]0 ${f}`));
		assert.deepEqual(p.hear(`mode of ${f}`, text), []);
	}
}

/* The search sees what is there. */
function
canFail(p)
{
	const wanted = [...p.world.hidden(), ...Object.values(p.own)];

	for (const secret of wanted)
		for (const { form, text } of forms(secret))
			assert.ok(p.needles.find(`a ${text} b`).includes(form),
			    form);
	assert.ok(p.needles.find(Buffer.from(`${good.jira.email}:` +
	    good.jira.token).toString('base64')).some((f) =>
	    f.startsWith('base64 at')));
	assert.ok(p.needles.find(Object.values(p.env).join('\0')).length > 3);
	assert.deepEqual(p.needles.find(crypto.randomBytes(65536)), []);
}

async function
story(p)
{
	const handler = start(BINARY, ['serve', '--listen',
	    `unix:${p.socket}`, '-c', p.config], { env: p.env });
	const clean = (name, work) => report.attempt(name, async () =>
	    assert.deepEqual(await work(), []));

	await listening(handler, { path: p.socket }, 'tickethook');
	await report.attempt('each secret is used', async () => {
		for (const [service, lines] of Object.entries(WAYS)) {
			const { status, text } = await p.deliver(
			    `msg_good_${service}`, { lines });
			assert.equal(status, 200, text);
			assert.match(text, /"linked":true/);
		}
		await until(() => p.world.sandbox.log.filter((e) =>
		    e.op === 'hook.post' && e.effect).length >= 6);
		assert.equal(new Set(p.world.sandbox.log.filter((e) =>
		    e.op === 'hook.post').map((e) => e.path)).size, 2);
	});
	await clean('what the kernel shows', () => ofProcess(p, handler.pid));
	await clean('each fault at each place', () => failures(p));
	await clean('strangers', () => strangers(p));
	await clean('pages', () => pages(p));
	await clean('commands', () => verbs(p));
	await clean('a secret where none belongs', () => refusals(p, handler));
	await clean('what the kernel shows after all that',
	    () => ofProcess(p, handler.pid));
	await handler.stop();
	await clean('the log', () => p.hear('the log', handler.log));
	assert.ok(handler.log.split('\n').length > 100);
	await clean('the ledger and all other files', () => files(
	    p.world.dir, /\.ini$|\/secrets\/|\/sandbox\//).flatMap((f) =>
	    p.hear(f, fs.readFileSync(f))));
}

async function
main()
{
	const p = await Place.open();

	try {
		await report.attempt('the search sees what is there',
		    () => canFail(p));
		await story(p);
		await report.attempt('no core is dumped', () => cores(p));
		await report.attempt('files that others could read',
		    () => modes(p));
		console.log(`${p.heard.length} texts and files were searched`);
	} finally {
		await p.world.close();
	}
	report.finish();
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
