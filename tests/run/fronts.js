'use strict';

/*
 * The ways a request reaches the handler.  Each front has
 *
 *	open(dir)	once
 *	begin(config)	before a case: the handler is up afterwards
 *	ask(request)	{method, path, query, headers, body, chunked, length}
 *			gives {status, headers, body}
 *	reload()	the configuration file has changed
 *	log()		what the handler has written since begin
 *	end()		after a case; a sentence if it did not end well
 *	close()		once
 *
 * `body` null is a request without one; `length` is what CONTENT_LENGTH says
 * when that is not the truth ("none": nothing).
 */

const fs = require('node:fs');
const { BINARY, serve, sleep, start, until } = require('./process');
const apache = require('./apache');
const fcgi = require('./fcgi');
const manual = require('./manual');
const nginx = require('./nginx');
const { MOUNT, account, folder } = require('./shipped');
const wire = require('./wire');

/* What a web server tells a program about a request, RFC 3875, 4.1. */
function
variables(request)
{
	const { method, path, query = '', headers, body, length } = request;
	const list = [['GATEWAY_INTERFACE', 'CGI/1.1'],
	    ['SERVER_PROTOCOL', 'HTTP/1.1'], ['SERVER_NAME', 'localhost'],
	    ['SERVER_PORT', '443'], ['SERVER_SOFTWARE', 'tests'],
	    ['REMOTE_ADDR', '192.0.2.7'], ['REQUEST_METHOD', method],
	    ['SCRIPT_NAME', MOUNT], ['PATH_INFO', path],
	    ['QUERY_STRING', query.replace(/^\?/, '')],
	    ['REQUEST_URI', MOUNT + path + query]];
	const size = request.chunked ? 'none' : length ?? body?.length;

	for (const [name, value] of headers)
		list.push([/^content-type$/i.test(name) ? 'CONTENT_TYPE' :
		    'HTTP_' + name.toUpperCase().replaceAll('-', '_'), value]);
	if (size !== undefined && size !== 'none')
		list.push(['CONTENT_LENGTH', String(size)]);
	return list;
}

/* Joined with a comma, as Apache, lighttpd and Caddy give twins. */
function
environment(list)
{
	const env = {};

	for (const [name, value] of list)
		env[name] = name in env ? `${env[name]}, ${value}` : value;
	return env;
}

/* RFC 3875, 4.4: a query without "=" becomes arguments. */
function
queryArguments(query = '')
{
	return query === '' || query.includes('=') ? [] : query.slice(1).split(
	    '+').map(decodeURIComponent);
}

class Cgi {
	async open() {}

	async begin(config)
	{
		this.config = config;
		this.text = '';
	}

	async ask(request)
	{
		const env = environment(variables(request));
		const out = [];
		const run = start(BINARY, queryArguments(request.query), {
		    env: { ...env, TICKETHOOK_CONFIG: this.config },
		    stdio: ['pipe', 'pipe', 'pipe'] });

		run.child.stdout.on('data', (d) => out.push(d));
		run.child.stdin.on('error', () => {});
		run.child.stdin.end(request.body ?? '');
		const timer = setTimeout(() => run.child.kill('SIGKILL'),
		    wire.PATIENCE_MS);
		const { code, signal } = await run.exited;
		clearTimeout(timer);
		this.text += run.log;
		if (code !== 0)
			throw new Error('the CGI ended with ' +
			    `${signal ?? code}: ${run.log}`);
		return wire.parseCgi(Buffer.concat(out));
	}

	async reload() {}
	async end() {}
	async close() {}
	log() { return this.text; }
}

class FastCgi {
	async open(dir)
	{
		this.socket = `${dir}/handler.sock`;
	}

	async begin(config)
	{
		fs.rmSync(this.socket, { force: true });
		this.run = await serve(config, this.socket);
		/* It says that it is up; later lines are of requests. */
		await until(() => this.run.log.endsWith('\n'), 2000);
	}

	ask(request)
	{
		return fcgi.request({ path: this.socket },
		    variables(request), request.body ?? Buffer.alloc(0));
	}

	async reload()
	{
		const before = this.run.log.length;

		/* The line of a request that is answered may come now, too. */
		this.run.child.kill('SIGHUP');
		await until(() => /\breload\b/.test(this.run.log.slice(before)),
		    5000);
		await sleep(50);
	}

	async end()
	{
		const { code, signal } = await this.run.stop();

		return code === 0 ? undefined : `the handler ended with ` +
		    `${signal ?? code} after SIGTERM:\n${this.run.log}`;
	}

	async close() {}
	log() { return this.run.log; }
}

/* A web server in front of the handler's socket; `server` has a port. */
class Behind extends FastCgi {
	async open(dir)
	{
		this.dir = folder('front');
		await super.open(this.dir);
		this.server = await this.put(`${this.dir}/server`);
	}

	/* As the shipped socket unit does: the web server's group may. */
	async begin(config)
	{
		const who = account();

		await super.begin(config);
		if (who !== undefined)
			fs.chownSync(this.socket, 0, who.gid);
	}

	ask({ method, path, query = '', headers, body, chunked })
	{
		return wire.http(this.server.port, { method, headers, body,
		    chunked, target: MOUNT + path + query });
	}

	async close()
	{
		await this.server?.stop();
		fs.rmSync(this.dir, { recursive: true, force: true });
	}
}

class Nginx extends Behind {
	put(dir) { return nginx.open(dir, this.socket); }
}

class NginxKeep extends Behind {
	put(dir) { return nginx.open(dir, this.socket, 0, true); }
}

class ApacheProxy extends Behind {
	put(dir)
	{
		return apache.open(own(dir), 'proxy', { socket: this.socket });
	}
}

class ApacheKeep extends Behind {
	put(dir)
	{
		return apache.open(own(dir), 'proxy', { socket: this.socket,
		    keep: true });
	}
}

class Lighttpd extends Behind {
	put(dir) { return manual.lighttpd(own(dir), this.socket); }
}

class Caddy extends Behind {
	put(dir) { return manual.caddy(own(dir), this.socket); }
}

/* Make a folder that the web server's account owns. */
function
own(dir)
{
	const who = account();

	fs.mkdirSync(dir, { recursive: true, mode: 0o755 });
	if (who !== undefined)
		fs.chownSync(dir, who.uid, who.gid);
	return dir;
}

/* The processes that run this very file, which nobody else starts. */
function
running(program)
{
	return fs.readdirSync('/proc').filter((n) => /^\d+$/.test(n)).
	    filter((n) => {
		try {
			return fs.readlinkSync(`/proc/${n}/exe`) === program;
		} catch {
			return false;
		}
	    }).map(Number);
}

/* Apache starts the handler, as its own user, to whom the world is lent. */
class ApacheStarts {
	static lent = true;

	async open()
	{
		this.dir ??= folder('front');
		this.config = `${this.dir}/current.ini`;
		this.program = `${this.dir}/lib/tickethook.fcgi`;
		this.server = await apache.open(this.dir, this.constructor.kind,
		    { program: BINARY, config: this.config });
		this.before = 0;
	}

	put(config)
	{
		const who = account();

		fs.rmSync(this.config, { force: true });
		fs.copyFileSync(config, this.config);
		fs.chmodSync(this.config, 0o600);
		if (who !== undefined)
			fs.chownSync(this.config, who.uid, who.gid);
		this.from = config;
	}

	ask(request)
	{
		return Behind.prototype.ask.call(this, request);
	}

	/* Each of them says so, unless it ended meanwhile. */
	async reload()
	{
		const said = () => [...this.server.log().matchAll(
		    / reload msg=/g)].length;
		const before = said();

		this.put(this.from);
		const pids = running(this.program);
		for (const pid of pids)
			process.kill(pid, 'SIGHUP');
		await until(() => said() >= before + pids.length, 2000);
	}

	/* What the handler wrote, without what Apache puts around it. */
	log()
	{
		return this.server.log().slice(this.before).replace(
		    /^\[.*?(AH01215: stderr from [^:]*: |$)/gm, '').replace(
		    /^\n/gm, '');
	}

	async end() {}

	async close()
	{
		await this.server?.stop();
		fs.rmSync(this.dir, { recursive: true, force: true });
	}
}

/*
 * An Apache for each case: mod_fcgid notices only after seconds that a process
 * has gone by itself.
 */
class ApacheFcgid extends ApacheStarts {
	static kind = 'fcgid';

	async begin(config)
	{
		await this.server?.stop();
		fs.rmSync(`${this.dir}/error.log`, { force: true });
		this.put(config);
		await super.open();
		/* So that the handler is up, and has said so. */
		await this.ask({ method: 'GET', path: '/health', headers: [],
		    body: null });
		this.before = this.server.log().length;
	}

	/* How many handlers it has just now. */
	processes()
	{
		return running(this.program).length;
	}

	/* It may start another one at any time. */
	log()
	{
		return super.log().replace(/^\S+ info start .*\n/gm, '');
	}
}

class ApacheCgid extends ApacheStarts {
	static kind = 'cgid';

	async begin(config)
	{
		this.put(config);
		this.before = this.server.log().length;
	}
}

module.exports = { fronts: { cgi: Cgi, fcgi: FastCgi, nginx: Nginx,
    'nginx-keep': NginxKeep, 'apache-proxy': ApacheProxy,
    'apache-keep': ApacheKeep, 'apache-fcgid': ApacheFcgid,
    'apache-cgid': ApacheCgid, lighttpd: Lighttpd, caddy: Caddy },
    variables };
