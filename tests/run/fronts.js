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
const fcgi = require('./fcgi');
const nginx = require('./nginx');
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
	    ['SCRIPT_NAME', nginx.MOUNT], ['PATH_INFO', path],
	    ['QUERY_STRING', query.replace(/^\?/, '')],
	    ['REQUEST_URI', nginx.MOUNT + path + query]];
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
		await until(() => this.run.log.endsWith('\n'), 200);
	}

	ask(request)
	{
		return fcgi.request({ path: this.socket },
		    variables(request), request.body ?? Buffer.alloc(0));
	}

	async reload()
	{
		const before = this.run.log.length;

		this.run.child.kill('SIGHUP');
		await until(() => this.run.log.length > before, 1000);
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

class Nginx extends FastCgi {
	async open(dir)
	{
		await super.open(dir);
		this.server = await nginx.open(`${dir}/nginx`, this.socket);
	}

	ask({ method, path, query = '', headers, body, chunked })
	{
		return wire.http(this.server.port, { method, headers, body,
		    chunked, target: nginx.MOUNT + path + query });
	}

	async close() { await this.server?.stop(); }
}

module.exports = { fronts: { cgi: Cgi, fcgi: FastCgi, nginx: Nginx },
    variables };
