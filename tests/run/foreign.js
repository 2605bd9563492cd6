'use strict';

/*
 * node tests/run/foreign.js
 *
 * Nothing is called but what the configuration names.  Trackers and Trunk
 * redirect, show certificates that are no good, and name other hosts in all
 * that they answer; environment, headers and files in the home directory
 * name proxies, authorities and passwords; tests have names that would be
 * hosts; names resolve to private addresses.  Traps count who comes, and so
 * does a trace of every connect(2) of the program.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const { execFileSync } = require('node:child_process');
const { BINARY, listening, start, until } = require('./process');
const report = require('./report');
const { change } = require('./settings');
const { test } = require('../fault/mails');
const { Place, signed } = require('../fault/lab');
const { VARIANTS } = require('../sandbox/tls');

const CODES = [301, 302, 303, 307, 308];
/* What is redirected, and to which tracker the delivery goes. */
const CALLS = [['linear', 'linear.issueCreate', 'linear'],
    ['jira', 'jira.create', 'jira'], ['trunk', 'trunk.link', 'jira']];
const SOON_MS = 3000;

/* Addresses of names that are not public. */
const PRIVATE = ['127.0.0.1', '127.9.9.9', '10.0.0.1', '172.31.255.254',
    '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '::1',
    'fd00::1', 'fe80::1', '::ffff:10.0.0.1', '64:ff9b::a00:1'];

const NAUGHTY = ['@127.0.0.2', ':1@127.0.0.2/', '/../../x', '..\\..\\x',
    '?x=y', '#end', 'a b', 'a\tb', 'a\r\nHost: 127.0.0.2', 'a\nb',
    '{{outcome}}', '{{test.name}}', '{{', '}}', '{"a":1}', '","b":"lost',
    '\\', '\\"', '"', "'", '%', '%2e%2e%2f', '%00', '%s%n', '\u202e', '\u00e9',
    '\u{1f4a5}', '\ufeff', 'http://127.0.0.2/', '//127.0.0.2', '$(id)',
    '`id`', '<b>', '&amp;', ';', '|', '~', '*', '[::1]', 'x'.repeat(400)];

/* A listener that only counts. */
function
trap(host)
{
	const t = { count: 0 };

	t.server = net.createServer((s) => {
		t.count++;
		s.destroy();
	});
	return new Promise((resolve) => t.server.listen(0, host, () => {
		t.at = `${host}:${t.server.address().port}`;
		resolve(t);
	}));
}

class Lab {
	static async open()
	{
		const lab = new Lab();

		lab.place = await Place.open({ settings: [
		    '[notify all] on = created',
		    '[notify all] url = @HOOK_URL@/open/{{test.name}}/end',
		    '[notify all] body = {"a": "{{test.name}}", "b": "kept"}'
		] });
		await lab.place.fresh();
		lab.sandbox = lab.place.sandbox;
		lab.host = await trap('127.0.0.2');
		lab.port = await trap('127.0.0.1');
		lab.proxy = await trap('127.0.0.1');
		lab.traces = [];
		lab.serial = 0;
		lab.named = 0;
		return lab;
	}

	/* What a process finds that is none of our configuration. */
	env()
	{
		const home = `${this.place.world.dir}/home`;
		const proxy = `http://kim:pw@${this.proxy.at}`;
		const other = this.sandbox.ca.replace('ca.pem',
		    'other-ca.pem');

		fs.mkdirSync(home, { recursive: true });
		for (const name of ['.netrc', '_netrc'])
			fs.writeFileSync(`${home}/${name}`, 'machine ' +
			    '127.0.0.1 login kim password pw\ndefault login ' +
			    'kim password pw\n', { mode: 0o600 });
		fs.writeFileSync(`${home}/.curlrc`, `proxy = "${proxy}"\n`);
		this.keys = `${home}/keys`;
		return { HOME: home, CURL_HOME: home, NETRC: `${home}/.netrc`,
		    SSLKEYLOGFILE: this.keys, NO_PROXY: '', no_proxy: '',
		    CURL_CA_BUNDLE: other, SSL_CERT_FILE: other,
		    SSL_CERT_DIR: home, ...Object.fromEntries(['HTTP_PROXY',
		    'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY',
		    'all_proxy'].map((n) => [n, proxy])) };
	}

	/* The arguments by which a program's connects are written down. */
	trace()
	{
		const file = `${this.place.world.dir}/${
		    this.traces.length}.trace`;

		this.traces.push(file);
		return ['strace', '-f', '-qq', '-yy', '--seccomp-bpf', '-e',
		    'trace=connect', '-e', 'signal=none', '-o', file];
	}

	async serve()
	{
		const path = `${this.place.dir}/handler.sock`;
		const [program, ...args] = [...this.trace(), BINARY, 'serve',
		    '--listen', `unix:${path}`, '-c', this.place.config];

		fs.rmSync(path, { force: true });
		this.where = { path };
		this.run = await listening(start(program, args,
		    { env: this.env() }), { path }, 'the handler');
	}

	async stop()
	{
		if (this.run === undefined)
			return;
		const { pid } = this.run;
		process.kill(parseInt(fs.readFileSync(
		    `/proc/${pid}/task/${pid}/children`, 'utf8'), 10),
		    'SIGTERM');
		const { code } = await this.run.exited;
		this.run = undefined;
		assert.equal(code, 0);
	}

	mail(tracker)
	{
		const n = ++this.serial;

		return test(tracker, n).mail(`msg_foreign_${n}`);
	}

	send(mail)
	{
		return this.place.fcgi(this.where, mail);
	}

	/* Every address that a TCP socket was connected to. */
	connects()
	{
		return this.traces.flatMap((file) => [...fs.readFileSync(file,
		    'utf8').matchAll(/connect\(\d+<TCP[^,]*, (\{[^}]*\})/g)].
		    map(([, at]) => {
			const port = /htons\((\d+)\)/.exec(at)?.[1];
			const host = /"([^"]+)"/.exec(at)?.[1];
			return `${host}:${port}`;
		    }));
	}

	/* Of the servers that the configuration names. */
	ours()
	{
		return Object.values(this.sandbox.urls).map((u) =>
		    new URL(u).host);
	}

	async close()
	{
		await this.stop();
		for (const t of [this.host, this.port, this.proxy])
			t.server.close();
		await this.place.close();
	}
}

/* Each trap sees who comes, once. */
async function
canFail(lab)
{
	for (const t of [lab.host, lab.port, lab.proxy]) {
		const [host, port] = t.at.split(':');
		const s = net.connect(Number(port), host);
		s.on('error', () => {});
		assert.ok(await until(() => t.count === 1, SOON_MS), t.at);
		s.destroy();
		t.count = 0;
	}
}

function
targets(lab)
{
	return { 'another host': `https://${lab.host.at}/x`,
	    'http': `http://${lab.host.at}/x`,
	    'a file': 'file:///etc/passwd', 'itself': 'self',
	    'another port': `https://${lab.port.at}/x` };
}

async function
redirects(lab)
{
	for (const [what, to] of Object.entries(targets(lab)))
		for (const [service, op, tracker] of CALLS)
			for (const code of CODES)
				await redirect(lab, { service, op, to,
				    kind: `redirect:${code}` }, tracker, what);
}

/* Refused for now, after one call and no more. */
async function
redirect(lab, fault, tracker, what)
{
	const before = lab.sandbox.log.length;
	const set = await lab.sandbox.fault({ ...fault, times: -1 });
	const { status, body } = await lab.send(lab.mail(tracker));
	const calls = lab.sandbox.log.slice(before).filter((e) =>
	    e.op === fault.op).length;

	await lab.sandbox.heal();
	report.check(`${fault.op} ${fault.kind} to ${what}`, status === 503 &&
	    set.hits === 1 && calls === 1 ? [] :
	    [`${status} after ${calls} calls: ${body}`]);
}

/* A certificate that proves nothing: no request, so no secret. */
async function
certificates(lab)
{
	for (const variant of VARIANTS)
		for (const [service, , tracker] of CALLS)
			await certificate(lab, variant, service, tracker);
}

async function
certificate(lab, variant, service, tracker)
{
	const of = () => lab.sandbox.log.filter((e) =>
	    e.service === service).length;
	const before = of();

	await lab.sandbox.fault({ service, kind: `tls:${variant}`,
	    times: -1 });
	const { broken } = lab.sandbox.state().connections[service];
	const { status, body } = await lab.send(lab.mail(tracker));
	const tried = lab.sandbox.state().connections[service].broken - broken;
	await lab.sandbox.heal();
	report.check(`${service}: ${variant}`, status === 503 && tried > 0 &&
	    of() === before ? [] : [`${status}, ${tried} connections, ` +
	    `${of() - before} requests: ${body}`]);
}

function
renamed(body, to)
{
	const text = JSON.stringify(body);
	const changed = text.replace(/https?:\/\/[^/"\\ ]+/g, to);

	return changed === text ? body : JSON.parse(changed);
}

/* Every URL in every answer names another host from now on. */
function
rename(lab, to)
{
	for (const service of Object.values(lab.sandbox.services)) {
		const route = service.route.bind(service);
		service.route = (ctx) => {
			const call = route(ctx);
			return { ...call, run: () => {
				const answer = call.run();
				if (typeof answer.body !== 'object' ||
				    Buffer.isBuffer(answer.body))
					return answer;
				const body = renamed(answer.body ?? null, to);
				lab.named += body !== answer.body;
				return { ...answer, body };
			} };
		};
	}
}

/* A test's whole life, and what `sync` and `reconcile` make of it. */
async function
otherHosts(lab)
{
	const ended = [];

	rename(lab, `https://${lab.host.at}`);
	for (const tracker of ['linear', 'jira']) {
		const t = test(tracker, 9000 + ++lab.serial);
		for (const [i, s] of ['FLAKY', 'FLAKY', 'BROKEN', 'HEALTHY',
		    'FLAKY'].entries())
			ended.push((await lab.send(t.mail(
			    `msg_named_${tracker}_${i}`, { status: s,
			    at: i * 60 }))).status);
	}
	for (const verb of ['sync', 'reconcile', 'check']) {
		const [program, ...args] = [...lab.trace(), BINARY, verb,
		    '-c', lab.place.config];
		const run = start(program, args, { env: lab.env() });
		ended.push(`${verb} ${(await run.exited).code}`);
	}
	console.log(`answers that name another host: ${lab.named}; ` +
	    `${ended.join(', ')}`);
	assert.ok(lab.named > 10, String(lab.named));
	assert.ok(ended.includes(200), ended.join(', '));
	for (const service of Object.values(lab.sandbox.services))
		delete service.route;
}

/* A test's name stays one segment of the path, and one text of the JSON. */
async function
names(lab)
{
	const host = new URL(lab.sandbox.urls.hook).host;

	for (const name of NAUGHTY) {
		const mail = lab.mail('jira');
		const before = lab.sandbox.log.length;
		const told = () => lab.sandbox.log.slice(before).find((e) =>
		    e.op === 'hook.post');
		mail.lines = mail.lines.map((l) => l.startsWith(
		    'with test_case.name') ?
		    `with test_case.name = ${JSON.stringify(name)}` : l);
		const { status, body } = await lab.send(mail);
		assert.equal(status, 200, `${name}: ${body}`);
		assert.ok(await until(told, SOON_MS), `${name}: never told`);
		const { path, headers, body: said } = told();
		assert.deepEqual(Object.keys(said), ['a', 'b'], name);
		assert.equal(said.b, 'kept', name);
		assert.equal(headers.host, host, name);
		const segments = path.split('/');
		assert.deepEqual([segments.length, segments[1], segments[3]],
		    [4, 'open', 'end'], name);
		assert.equal(decodeURIComponent(segments[2]), said.a, name);
	}
}

/* As CGI, where a Proxy header is an environment variable. */
async function
asCgi(lab)
{
	const env = Object.entries(lab.env()).map(([n, v]) => `${n}=${v}`);

	for (const tracker of ['linear', 'jira']) {
		const request = signed(lab.place.world, lab.mail(tracker));
		request.headers.push(['Proxy', `http://${lab.proxy.at}`]);
		const { status, body, log } = await lab.place.ask(request,
		    { wrap: ['env', ...env, ...lab.trace()] });
		assert.equal(status, 200, body + log);
	}
}

/* The name leads to the sandbox, which it may only if that is said. */
async function
localNames(lab)
{
	const { place } = lab;
	const url = lab.sandbox.urls.linear.replace('127.0.0.1', 'localhost');
	const accepted = () => lab.sandbox.state().connections.linear.accepted;

	for (const [leave, want] of [['no', 503], ['yes', 200]]) {
		place.config = place.world.configure(change(change(place.text,
		    'set', `[tracker lin] url = ${url}/graphql`), 'set',
		    `[tracker lin] private = ${leave}`), place.dir);
		const before = accepted();
		const { status, body } = await place.cgi(lab.mail('linear'),
		    { wrap: lab.trace() });
		assert.equal(status, want, body);
		assert.equal(accepted() > before, want === 200);
	}
}

/* The same for each kind of private address, in a /etc/hosts of its own. */
async function
privateNames(lab)
{
	const { place } = lab;
	const hosts = `${place.world.dir}/hosts`;
	const bound = ['unshare', '--mount', '/bin/sh', '-c',
	    `mount --bind ${hosts} /etc/hosts && exec "$@"`, 'sh'];

	fs.writeFileSync(hosts, PRIVATE.map((a, i) =>
	    `${a} inside${i}.example\n`).join(''));
	try {
		execFileSync(bound[0], [...bound.slice(1), 'true'],
		    { stdio: 'ignore' });
	} catch {
		console.log('cannot: no /etc/hosts of its own without root');
		return;
	}
	for (const [i, address] of PRIVATE.entries()) {
		place.config = place.world.configure(change(place.text, 'set',
		    `[tracker lin] url = https://inside${i}.example/graphql`),
		    place.dir);
		const { status, log } = await place.cgi(lab.mail('linear'),
		    { wrap: [...bound, ...lab.trace()] });
		assert.equal(status, 503, address);
		assert.match(log, /resolves to a private or local address/,
		    address);
	}
}

function
verdict(lab)
{
	const all = lab.connects();
	const ours = lab.ours();
	const foreign = all.filter((at) => !ours.includes(at) &&
	    !ours.includes(at.replace('::1', '127.0.0.1')));
	const traps = lab.host.count + lab.port.count + lab.proxy.count;

	console.log(`${foreign.length} foreign connections of ${all.length
	    }, ${traps} into traps; ${lab.calls} calls`);
	report.check('no foreign connection', foreign.length === 0 &&
	    traps === 0 ? [] : [...new Set(foreign), `${traps} into traps`]);
	report.check('the trace has our own', all.length > 0 &&
	    lab.calls > 100 ? [] : [`${all.length} of ${lab.calls} calls`]);
	report.check('no keys of TLS are written', fs.existsSync(lab.keys) &&
	    fs.readFileSync(lab.keys).length > 0 ? ['they are'] : []);
	report.check('no other password was shown', lab.wrong === 0 ? [] :
	    [`${lab.wrong} times`]);
}

async function
main()
{
	const lab = await Lab.open();
	const log = lab.sandbox.log;

	try {
		await report.attempt('the traps count', () => canFail(lab));
		await lab.serve();
		await redirects(lab);
		await certificates(lab);
		await report.attempt('names of tests', () => names(lab));
		await report.attempt('answers that name other hosts', () =>
		    otherHosts(lab));
		await lab.stop();
		await report.attempt('as CGI', () => asCgi(lab));
		await report.attempt('a name of this machine', () =>
		    localNames(lab));
		await report.attempt('names of private addresses', () =>
		    privateNames(lab));
		lab.calls = log.length;
		lab.wrong = log.filter((e) => e.headers.authorization ===
		    false || e.headers['x-api-token'] === false).length;
		verdict(lab);
	} finally {
		await lab.close();
	}
	report.finish();
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
