'use strict';

/*
 * What a run has once: a folder, the sandbox, secrets in files that only
 * their owner can read.  Configurations are written from it.
 */

const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const credentials = require('../sandbox/credentials');
const { start } = require('../sandbox/sandbox');
const ledger = require('./ledger');
const { files, needles } = require('./leaks');
const { readers } = require('./process');
const { account } = require('./shipped');
const { newSecret } = require('./sign');
const { fill } = require('./settings');

const CASES = path.join(__dirname, '..', 'cases');

function
keep(file, text)
{
	fs.writeFileSync(file, text, { mode: 0o600 });
	fs.chmodSync(file, 0o600);
}

function
writeSecrets(dir, secrets)
{
	fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
	keep(`${dir}/svix.current`, secrets.current + '\n');
	keep(`${dir}/svix.old`, secrets.old + '\n');
	keep(`${dir}/tracker.hook`, secrets.tracker + '\n');
	keep(`${dir}/trunk.token`, credentials.trunk.token + '\n');
	keep(`${dir}/trunk.key`, credentials.trunk.key + '\n');
	keep(`${dir}/linear.key`, credentials.linear.key + '\n');
	keep(`${dir}/jira.token`, credentials.jira.token + '\n');
	keep(`${dir}/jiradc.token`, credentials.jiradc.token + '\n');
	keep(`${dir}/hook.bearer`, credentials.hook.bearer + '\n');
	keep(`${dir}/hook.secret`, credentials.hook.secret + '\n');
}

class World {
	/* `dir` is made, and removed at the end, unless given. */
	static async open(dir)
	{
		const world = new World();

		world.dir = dir ?? fs.mkdtempSync(
		    path.join(os.tmpdir(), 'tickethook-'));
		world.temporary = dir === undefined;
		world.secrets = { current: newSecret(), old: newSecret(),
		    stranger: newSecret(),
		    tracker: crypto.randomBytes(20).toString('hex') };
		writeSecrets(`${world.dir}/secrets`, world.secrets);
		world.sandbox = await start({ dir: `${world.dir}/sandbox` });
		world.told = [];
		world.reader = (program, text) => world.told.push(
		    ...world.leaks(text).map((form) =>
		    `${program} wrote a secret (${form})`));
		readers.add(world.reader);
		return world;
	}

	/*
	 * Everything belongs to the account of Debian's web servers from now
	 * on, which therefore can start the handler.  Nothing if we are it.
	 */
	lend()
	{
		this.owner = account();
		fs.chmodSync(this.dir, 0o711);
		this.give(`${this.dir}/secrets`,
		    ...fs.readdirSync(`${this.dir}/secrets`).map((f) =>
		    `${this.dir}/secrets/${f}`));
		for (let dir = path.dirname(this.sandbox.ca);
		    dir.startsWith(`${this.dir}/`); dir = path.dirname(dir))
			fs.chmodSync(dir, 0o755);
		fs.chmodSync(this.sandbox.ca, 0o644);
	}

	give(...files)
	{
		for (const f of this.owner === undefined ? [] : files)
			fs.chownSync(f, this.owner.uid, this.owner.gid);
	}

	/* The text of tests/cases/NAME. */
	template(name)
	{
		return fs.readFileSync(path.join(CASES, name), 'utf8');
	}

	/* What no answer, no log and no ledger may hold. */
	hidden()
	{
		const { trunk, linear, jira, jiradc, hook } = credentials;

		return [...Object.values(this.secrets).map((s) =>
		    s.replace(/^whsec_/, '')), trunk.token, trunk.key,
		    linear.key, linear.oauth, jira.token, jiradc.token,
		    hook.bearer, hook.secret];
	}

	/* In which forms they are there all the same, see leaks.js. */
	leaks(text)
	{
		this.needles ??= needles(this.hidden());
		return this.needles.find(text);
	}

	/*
	 * Sentences about the files that the program wrote in `dir`.  What
	 * strace saw it read is no such.
	 */
	leftBehind(dir)
	{
		return files(dir, /\.ini$|\/trace$|\/(secrets|sandbox)\//).flatMap((f) => this.leaks(
		    fs.readFileSync(f)).map((form) => `${path.basename(f)} ` +
		    `holds a secret (${form})`));
	}

	/* What @NAME@ stands for, in configurations and in cases. */
	places(dir)
	{
		const { urls, ca } = this.sandbox;

		return { CA: ca, DIR: dir, SECRETS: `${this.dir}/secrets`,
		    TRUNK_URL: urls.trunk, LINEAR_URL: urls.linear,
		    JIRA_URL: urls.jira, JIRADC_URL: urls.jiradc, HOOK_URL: urls.hook,
		    JIRA_EMAIL: credentials.jira.email };
	}

	/* Write a template as `dir`/tickethook.ini; the path of that. */
	configure(text, dir)
	{
		const file = `${dir}/tickethook.ini`;

		fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
		keep(file, fill(ledger.place(text, dir), this.places(dir)));
		this.give(dir, file);
		return file;
	}

	/* Throws when a program wrote a secret anywhere. */
	async close()
	{
		await this.sandbox.stop();
		readers.delete(this.reader);
		const found = [...this.told, ...this.leftBehind(this.dir)];
		if (this.temporary)
			fs.rmSync(this.dir, { recursive: true, force: true });
		if (found.length > 0)
			throw new Error(found.join('\n'));
	}
}

module.exports = { World };
