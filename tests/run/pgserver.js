'use strict';

/*
 * A PostgreSQL of the tests' own, in a folder of its own, over TLS with a
 * certificate authority that is thrown away, and if wanted a standby that
 * each commit waits for.
 *
 *	const pg = await Cluster.open({ standby: true });
 *	await pg.database('ledger');	an empty one, of the role ROLE
 *	pg.url('ledger')		its conninfo: every server, over TLS
 *	await pg.sql('SELECT 1')	rows, as the server's owner
 *	await pg.primary.kill();	SIGKILL, to all of its processes
 *	await pg.primary.start();	again, from what is on the disk
 *	await pg.promote();		the standby; what was the primary goes
 *					on until somebody kills it
 *	await pg.rejoin();		the other one anew, as standby
 *	await pg.close();
 *
 * Programs come from Debian's package.  Its server refuses to be root, so it
 * is the account `postgres` then, and else whoever runs the tests.  Kills
 * leave the page cache alone, so nothing is flushed: fsync is off.
 */

const crypto = require('node:crypto');
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const tls = require('../sandbox/tls');
const { freePort, start, until } = require('./process');

const ACCOUNT = 'postgres';
const ROLE = 'tickethook';
const STANDBY = 'other';
const PATIENCE_MS = 30000;
const HERE = '127.0.0.1';

/* The newest version that is installed. */
function
programs()
{
	const all = '/usr/lib/postgresql';
	const versions = fs.existsSync(all) ? fs.readdirSync(all).filter((v) =>
	    fs.existsSync(`${all}/${v}/bin/initdb`)).map(Number) : [];

	if (versions.length === 0)
		throw new Error('PostgreSQL is not installed: run ' +
		    'make deps-test');
	return `${all}/${Math.max(...versions)}/bin`;
}

/* What gives up being root in front of a command; nothing if we are not. */
function
lowered()
{
	return process.getuid() !== 0 ? [] : ['setpriv', '--reuid', ACCOUNT,
	    '--regid', ACCOUNT, '--clear-groups'];
}

/* A command of PostgreSQL's to its end; its output. */
function
command(name, args, { env = {}, input } = {})
{
	const [program, ...rest] = [...lowered(), `${programs()}/${name}`,
	    ...args];

	try {
		return execFileSync(program, rest, { cwd: '/', input,
		    encoding: 'utf8', timeout: PATIENCE_MS,
		    stdio: ['pipe', 'pipe', 'pipe'],
		    env: { PATH: process.env.PATH, LC_ALL: 'C', ...env } });
	} catch (e) {
		throw new Error(`${name}: ${(e.stderr ?? '').trim() ||
		    e.message}`);
	}
}

function
give(...files)
{
	if (process.getuid() === 0)
		execFileSync('chown', [`${ACCOUNT}:`, ...files]);
}

/* The processes whose parent that is. */
function
children(pid)
{
	return fs.readdirSync('/proc').filter((n) => /^\d+$/.test(n)).
	    filter((n) => {
		try {
			const stat = fs.readFileSync(`/proc/${n}/stat`, 'utf8');
			return Number(stat.slice(stat.lastIndexOf(')') + 2).
			    split(' ')[1]) === pid;
		} catch {
			return false;
		}
	    }).map(Number);
}

const ALL = [];

/* Whatever becomes of the test, no server outlives it. */
process.on('exit', () => ALL.forEach((s) => s.slay()));

class Server {
	constructor(dir, port, settings)
	{
		this.dir = dir;
		this.data = `${dir}/data`;
		this.port = port;
		this.settings = settings;
		ALL.push(this);
	}

	/* The options of psql and its kin. */
	get where()
	{
		return ['-h', this.dir, '-p', String(this.port), '-U',
		    ACCOUNT];
	}

	get up()
	{
		return this.run !== undefined && !this.run.over;
	}

	#once()
	{
		const [program, ...rest] = [...lowered(),
		    `${programs()}/postgres`, '-D', this.data,
		    '-c', `port=${this.port}`,
		    '-c', `unix_socket_directories=${this.dir}`];

		this.run = start(program, rest, { env: { LC_ALL: 'C' } });
		return until(() => this.run.over || this.answers(),
		    PATIENCE_MS);
	}

	/* Those of the one before may take a moment to go. */
	async start()
	{
		for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
			await this.#once();
			if (this.up)
				return;
			if (!/pre-existing|is another post|in use/.test(
			    this.run.log))
				break;
		}
		throw new Error(`postgres did not start: ${this.run.log}`);
	}

	answers()
	{
		try {
			command('pg_isready', [...this.where, '-q']);
			return true;
		} catch {
			return false;
		}
	}

	slay()
	{
		if (!this.up)
			return;
		const { pid } = this.run;
		this.halt();			/* so that none is born */
		const all = [pid, ...children(pid)];
		for (const p of all)
			try {
				process.kill(p, 'SIGKILL');
			} catch (e) {
				if (e.code !== 'ESRCH')
					throw e;
			}
	}

	async kill()
	{
		this.slay();
		await this.run?.exited;
	}

	/* The whole server stands still, as a machine that swaps does. */
	halt(signal = 'SIGSTOP')
	{
		const { pid } = this.run;

		for (const p of [pid, ...children(pid)])
			try {
				process.kill(p, signal);
			} catch (e) {
				if (e.code !== 'ESRCH')
					throw e;
			}
	}

	resume()
	{
		this.halt('SIGCONT');
	}

	/* At once, with every connection; SIGTERM would wait for them. */
	async stop()
	{
		if (this.up)
			await this.run.stop('SIGINT');
	}

	/* For good; a killed server has left a shared segment behind. */
	async end()
	{
		const file = `${this.data}/postmaster.pid`;

		await this.kill();
		if (!fs.existsSync(file))
			return;
		const [, id] = /^\s*\d+\s+(\d+)$/.exec(fs.readFileSync(file,
		    'utf8').split('\n')[6]) ?? [];
		if (id !== undefined)
			spawnSync('ipcrm', ['-m', id]);
	}

	sql(text, database = 'postgres')
	{
		return command('psql', [...this.where, '-d', database, '-X',
		    '-q', '-A', '-t', '-F', '\t', '-v', 'ON_ERROR_STOP=1',
		    '-f', '-'], { input: text }).split('\n').slice(0, -1);
	}

	write(settings)
	{
		fs.appendFileSync(`${this.data}/postgresql.conf`, settings.map(
		    (s) => `${s}\n`).join(''));
	}
}

const SETTINGS = [`listen_addresses = '${HERE}'`, 'ssl = on',
    'max_connections = 60', 'shared_buffers = 16MB', 'fsync = off',
    'wal_sender_timeout = 5s', 'wal_receiver_timeout = 5s',
    'wal_retrieve_retry_interval = 200ms', 'max_wal_senders = 4',
    'log_min_messages = warning', 'hot_standby = on',
    'dynamic_shared_memory_type = mmap',
    "synchronous_standby_names = ''"];

const ACCESS = `local all ${ACCOUNT} peer map=owner
local replication ${ACCOUNT} peer map=owner
local all all scram-sha-256
hostssl all all ${HERE}/32 scram-sha-256
`;

class Cluster {
	static async open({ standby = false, settings = [] } = {})
	{
		const c = new Cluster();

		c.dir = fs.mkdtempSync(path.join(os.tmpdir(),
		    'tickethook-pg-'));
		fs.chmodSync(c.dir, 0o755);
		c.password = crypto.randomBytes(18).toString('base64url');
		c.pki = await tls.make(c.dir);
		fs.chmodSync(`${c.dir}/tls`, 0o755);
		fs.chmodSync(c.pki.ca, 0o644);
		c.ca = c.pki.ca;
		c.settings = [...SETTINGS, ...settings];
		c.passfile = `${c.dir}/pgpass`;
		fs.writeFileSync(c.passfile, `*:*:*:${ROLE}:${c.password}\n`,
		    { mode: 0o600 });
		try {
			c.primary = await c.#server('one');
			await c.#first();
			if (standby) {
				c.standby = await c.#server('two');
				await c.#clone(c.primary, c.standby);
			}
		} catch (e) {
			await c.close();
			throw e;
		}
		return c;
	}

	async #server(name)
	{
		const dir = `${this.dir}/${name}`;

		fs.mkdirSync(dir, { mode: 0o755 });
		give(dir);
		return new Server(dir, await freePort());
	}

	/* Our account may be `postgres` of the server, whoever it is. */
	async #first()
	{
		const { data } = this.primary;
		const me = process.getuid() === 0 ? ACCOUNT :
		    os.userInfo().username;
		const { key, cert } = this.pki.options();

		command('initdb', ['-D', data, '-U', ACCOUNT, '-A', 'peer',
		    '--no-sync', '-E', 'UTF8', '--locale', 'C.UTF-8']);
		fs.writeFileSync(`${data}/server.key`, key, { mode: 0o600 });
		fs.writeFileSync(`${data}/server.crt`, cert, { mode: 0o600 });
		fs.writeFileSync(`${data}/pg_hba.conf`, ACCESS);
		fs.writeFileSync(`${data}/pg_ident.conf`,
		    `owner ${me} ${ACCOUNT}\n`);
		give(`${data}/server.key`, `${data}/server.crt`);
		this.primary.write(this.settings);
		await this.primary.start();
		this.primary.sql(`CREATE ROLE ${ROLE} LOGIN PASSWORD ` +
		    `'${this.password}'`);
	}

	/* `to` becomes what each commit of `from` waits for. */
	async #clone(from, to)
	{
		await to.end();
		fs.rmSync(to.data, { recursive: true, force: true });
		command('pg_basebackup', [...from.where, '-D', to.data, '-R',
		    '-X', 'stream', '-c', 'fast', '--no-sync']);
		fs.appendFileSync(`${to.data}/postgresql.auto.conf`,
		    `primary_conninfo = 'host=${from.dir} port=${from.port} ` +
		    `user=${ACCOUNT} application_name=${STANDBY}'\n`);
		await to.start();
		this.waitFor(STANDBY, from);
		const joined = () => from.sql('SELECT count(*) FROM ' +
		    "pg_stat_replication WHERE sync_state = 'sync'")[0] === '1';
		if (!await until(joined, PATIENCE_MS))
			throw new Error('the standby did not join: ' +
			    to.run.log);
	}

	/* Whom each commit of the primary waits for; '' is nobody. */
	waitFor(names, server = this.primary)
	{
		server.write([`synchronous_standby_names = '${names}'`]);
		server.sql('SELECT pg_reload_conf()');
	}

	/* What was copied from the primary names us as its standby. */
	async promote()
	{
		const next = this.standby;

		next.write(["synchronous_standby_names = ''"]);
		command('pg_ctl', ['promote', '-D', next.data, '-w', '-s']);
		next.sql('SELECT pg_reload_conf()');
		[this.primary, this.standby] = [next, this.primary];
	}

	async rejoin()
	{
		await this.#clone(this.primary, this.standby);
	}

	/* An empty database of that name, in place of one that is there. */
	database(name)
	{
		this.primary.sql(`DROP DATABASE IF EXISTS ${name} ` +
		    `WITH (FORCE);\nCREATE DATABASE ${name} OWNER ${ROLE};`);
	}

	sql(text, database)
	{
		return this.primary.sql(text, database);
	}

	/*
	 * The password stands in a file.  The first server in it is always
	 * the first one made.
	 */
	url(name, options = {})
	{
		const servers = [this.primary, this.standby].filter((s) =>
		    s !== undefined).sort((a, b) => a.dir < b.dir ? -1 : 1);
		const query = new URLSearchParams({ sslmode: 'verify-full',
		    sslrootcert: this.ca, passfile: this.passfile,
		    ...(servers.length > 1 ?
		    { target_session_attrs: 'read-write' } : {}),
		    ...options });

		return `postgresql://${ROLE}@${servers.map((s) =>
		    `${HERE}:${s.port}`).join(',')}/${name}?${query}`;
	}

	async close()
	{
		for (const s of [this.standby, this.primary])
			await s?.end();
		fs.rmSync(this.dir, { recursive: true, force: true });
	}
}

module.exports = { Cluster };
