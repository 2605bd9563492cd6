'use strict';
/*
 * Plays Trunk, Linear, Jira (Cloud and Data Center) and a receiver of
 * notices (hook.js) over TLS on 127.0.0.1, refuses what they refuse, breaks on request, and keeps a log
 * of everything that arrived.
 *
 *	const {start} = require('./sandbox');
 *	const sb = await start({dir});	certificates go to dir/tls
 *	sb.urls		{trunk, linear, jira, jiradc, hook}
 *	sb.ca		path of the CA to trust
 *	sb.control	URL of the control port (control.js)
 *	sb.log		[{n, t, service, op, method, path, headers, body,
 *			status, effect, fault}], oldest first; headers that
 *			hold credentials say only whether they were right
 *	sb.fault({kind, ...})	see faults.js
 *	sb.heal()	no faults any more
 *	sb.seed(patch)	see world.js; also tickets and links that exist:
 *			linear.issues [{team, title, labels, ...}],
 *			jira.issues [{project, summary, labels, ...}],
 *			trunk.links [{scope, testId, ticket}]
 *	sb.clock(s)	lets the search index age by s seconds
 *	sb.state()	what exists, and counts
 *	sb.reset()	everything as at the start; the log is emptied
 *	await sb.stop()
 *
 * fault, heal and reset act at once.  Await them where connections are
 * concerned (refuse, tls, tls-hang): kept connections are closed then, and
 * the client needs a moment to notice.
 *
 * As a program: node sandbox.js --dir DIR [--port N]  uses the six ports
 * from N on, writes DIR/sandbox.json when ready and runs until SIGTERM.
 */
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {setTimeout: delay} = require('node:timers/promises');
const {parseArgs} = require('node:util');
const tls = require('./tls');
const world = require('./world');
const {Faults, CONNECTION} = require('./faults');
const {Server} = require('./server');
const {Linear} = require('./linear');
const {Jira} = require('./jira');
const {Trunk} = require('./trunk');
const {Hook} = require('./hook');
const control = require('./control');

const NOTICE = 10;	/* ms for clients to see that we hung up */
const PLANTED = {linear: 'issues', jira: 'issues', jiradc: 'issues',
    trunk: 'links'};

class Sandbox {
	constructor(dir)
	{
		this.dir = dir;
		this.log = [];
		this.shared = {log: this.log, serial: 0, world: world.fresh(),
		    faults: new Faults(), offset: 0,
		    now: () => Date.now() + this.shared.offset};
		const linear = new Linear(this.shared);
		const jira = new Jira(this.shared, true);
		const jiradc = new Jira(this.shared, false);

		this.services = {linear, jira, jiradc,
		    trunk: new Trunk(this.shared, [linear, jira, jiradc]),
		    hook: new Hook(this.shared)};
	}

	async open(port)
	{
		const pki = await tls.make(this.dir);
		const names = ['trunk', 'linear', 'jira', 'jiradc', 'hook'];

		this.ca = pki.ca;
		this.urls = {};
		this.servers = names.map(n => new Server({
		    service: this.services[n], shared: this.shared, pki}));
		for (const [i, srv] of this.servers.entries()) {
			await srv.listen(port ? port + i : 0);
			srv.service.base = srv.base;
			this.urls[names[i]] = srv.base;
		}
		this.port = await control.listen(this, port ? port + 5 : 0);
		this.control = this.port.url;
		return this;
	}

	async #refresh()
	{
		await Promise.all(this.servers.map(s => s.refresh()));
	}

	async fault(given)
	{
		const all = Array.isArray(given) ? given : [given];
		const set = all.map(f => this.shared.faults.add(f));

		const fresh = set.filter(f => CONNECTION.includes(f.kind));

		for (const f of fresh)
			this.servers.filter(s => !f.service ||
			    s.service.name === f.service)
			    .forEach(s => s.dropIdle());
		await this.#refresh();
		if (fresh.length)
			await delay(NOTICE);
		return Array.isArray(given) ? set : set[0];
	}

	faults()
	{
		return this.shared.faults.list;
	}

	async heal()
	{
		this.shared.faults.clear();
		this.servers.forEach(s => s.dropHeld());
		await this.#refresh();
	}

	seed(patch)
	{
		const rest = structuredClone(patch);
		const plants = [];

		for (const [name, list] of Object.entries(PLANTED)) {
			(rest[name]?.[list] ?? []).forEach(x =>
			    plants.push([name, x]));
			if (rest[name])
				delete rest[name][list];
		}
		world.seed(this.shared.world, rest);
		return plants.map(([name, x]) =>
		    this.services[name].plant(x)).map(x => ({id: x.id,
		    key: x.key ?? x.identifier}));
	}

	clock(seconds)
	{
		if (!Number.isFinite(seconds))
			throw new TypeError('clock: a number of seconds');
		this.shared.offset += seconds * 1000;
		return this.shared.now();
	}

	state()
	{
		const s = {};

		for (const [name, service] of Object.entries(this.services))
			s[name] = service.state();
		const {links} = s.trunk;
		const sum = k => links.reduce((n, l) => n + l[k], 0);

		s.counts = {linear: s.linear.issues.length,
		    jira: s.jira.issues.length, jiradc: s.jiradc.issues.length,
		    attachments: s.linear.attachments.length,
		    links: links.length, linkWrites: sum('writes'),
		    linkRepeats: sum('repeats')};
		s.connections = Object.fromEntries(this.servers.map(x =>
		    [x.service.name, {...x.counts}]));
		return s;
	}

	async reset()
	{
		this.shared.world = world.fresh();
		this.shared.offset = 0;
		this.shared.serial = 0;
		this.log.length = 0;
		for (const s of Object.values(this.services))
			s.reset();
		for (const s of this.servers)
			s.counts = {accepted: 0, broken: 0};
		await this.heal();
	}

	async stop()
	{
		await Promise.all(this.servers.map(s => s.stop()));
		await this.port.stop();
	}
}

async function
start({dir, port} = {})
{
	const at = dir ?? fs.mkdtempSync(path.join(os.tmpdir(), 'sandbox-'));

	fs.mkdirSync(at, {recursive: true});
	return await new Sandbox(path.resolve(at)).open(port);
}

async function
main()
{
	const {values} = parseArgs({options: {dir: {type: 'string'},
	    port: {type: 'string'}}});
	const port = values.port === undefined ? undefined :
	    Number(values.port);

	if (!values.dir || port !== undefined && !(port > 0 && port < 65530)) {
		process.stderr.write('usage: sandbox.js --dir DIR [--port N]\n');
		process.exit(2);
	}
	const sb = await start({dir: values.dir, port});
	const file = path.join(sb.dir, 'sandbox.json');

	fs.writeFileSync(`${file}.tmp`, JSON.stringify({urls: sb.urls,
	    ca: sb.ca, control: sb.control, pid: process.pid}) + '\n');
	fs.renameSync(`${file}.tmp`, file);
	process.stdout.write(`sandbox ready: ${file}\n`);
	for (const sig of ['SIGTERM', 'SIGINT'])
		process.on(sig, () => sb.stop().then(() => process.exit(0)));
}

if (require.main === module)
	main().catch(e => {
		process.stderr.write(`sandbox: ${e.message}\n`);
		process.exit(1);
	});

module.exports = {start};
