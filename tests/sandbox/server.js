'use strict';
/*
 * One service on one TLS port of 127.0.0.1: reads a request, logs it, lets
 * the service answer it and breaks the answer when a fault says so.
 *
 *	const srv = new Server({service, shared, pki});
 *	await srv.listen(port);		srv.base is then its URL
 *	srv.refresh()			after faults changed
 *	await srv.stop();
 *
 * The service is an object with
 *	name
 *	route(ctx)	names the call: {op, run}; run() does it and returns
 *			{status, headers, body, effect}
 *	right(ctx)	are the credentials right?
 *	failure(status, ctx), ratelimit(seconds, ctx)	what it says then
 *	standIn(ctx)	a plausible success of a call that was not made
 *	stranger(ctx)	{id, key} of a ticket other than the one meant
 *
 * A plain TCP listener stands in front, so that a connection can be
 * refused, ignored, or given to a TLS server with another certificate.
 */
const net = require('node:net');
const https = require('node:https');
const {strike, bytes, type} = require('./breakage');

const MAX_BODY = 20 << 20;
const SECRET = ['authorization', 'x-api-token', 'x-hook-secret'];

class Server {
	constructor({service, shared, pki})
	{
		this.service = service;
		this.shared = shared;		/* log, faults, world, now */
		this.pki = pki;
		this.tls = new Map();		/* variant to https.Server */
		this.raw = new Map();		/* client's port to socket */
		this.counts = {accepted: 0, broken: 0};
	}

	async listen(port)
	{
		this.port = port;
		await this.#open();
		this.port = this.front.address().port;
		this.base = `https://127.0.0.1:${this.port}`;
		this.#variant();
	}

	#open()
	{
		this.front = net.createServer({noDelay: true},
		    sock => this.#accept(sock));
		return new Promise((resolve, reject) => {
			this.front.once('error', reject);
			this.front.listen({port: this.port, host: '127.0.0.1',
			    backlog: 4096}, resolve);
		});
	}

	#variant(name)
	{
		let server = this.tls.get(name);

		if (server)
			return server;
		server = https.createServer({...this.pki.options(name),
		    keepAlive: true, noDelay: true, maxHeaderSize: 65536},
		    (req, res) => this.#request(req, res));
		server.keepAliveTimeout = 120e3;
		server.headersTimeout = 0;
		server.requestTimeout = 0;
		server.on('secureConnection', sock => sock.on('error', () => {}));
		server.on('tlsClientError', (e, sock) => sock.destroy());
		server.on('clientError', (e, sock) => sock.destroy());
		this.tls.set(name, server);
		return server;
	}

	#accept(sock)
	{
		const port = sock.remotePort;
		const f = this.shared.faults.takeConnection(this.service.name);

		this.counts.accepted++;
		this.raw.set(port, sock);
		sock.on('close', () => {
			if (this.raw.get(port) === sock)
				this.raw.delete(port);
		});
		sock.on('error', () => {});
		if (f)
			this.counts.broken++;
		if (f && f.kind === 'refuse')
			sock.resetAndDestroy();
		else if (f && f.kind === 'tls-hang')
			sock.held = true;
		else
			this.#variant(f?.variant).emit('connection', sock);
	}

	#request(req, res)
	{
		const chunks = [];
		const t = Date.now();
		const raw = this.raw.get(req.socket.remotePort);
		let size = 0, dead = false;

		if (raw)
			raw.busy = true;
		res.on('finish', () => { if (raw) raw.busy = false; });
		if (req.socket.poisoned) {
			this.#record(req, t, {op: `${this.service.name}.dropped`,
			    fault: 'keepalive-close'});
			req.socket.destroy();
			return;
		}
		req.on('data', c => {
			size += c.length;
			if (size <= MAX_BODY)
				chunks.push(c);
		});
		req.on('aborted', () => { dead = true; });
		req.on('end', () => {
			if (!dead)
				this.#serve(req, res, t, size > MAX_BODY ? null :
				    Buffer.concat(chunks));
		});
	}

	#record(req, t, more)
	{
		const headers = {...req.headers};
		const entry = {n: ++this.shared.serial, t,
		    service: this.service.name, op: '', method: req.method,
		    path: req.url, headers, body: null, status: null,
		    effect: null, fault: null, ...more};

		for (const h of SECRET)
			if (h in headers)
				headers[h] = !!more.right;
		delete entry.right;
		this.shared.log.push(entry);
		return entry;
	}

	#context(req, raw)
	{
		const u = new URL(req.url, 'https://sandbox.invalid');
		const ctx = {req, method: req.method, url: req.url,
		    path: u.pathname, query: u.searchParams, raw,
		    headers: req.headers, base: this.base, shared: this.shared,
		    world: this.shared.world, service: this.service};

		try {
			ctx.body = raw.length ? JSON.parse(raw) : undefined;
		} catch {
			ctx.unparsable = true;
			ctx.body = raw.toString();
		}
		return ctx;
	}

	#serve(req, res, t, raw)
	{
		if (raw === null) {
			res.writeHead(413).end('Request Entity Too Large');
			return;
		}
		const ctx = this.#context(req, raw);
		ctx.right = this.service.right(ctx);
		const call = this.service.route(ctx);
		ctx.op = call.op;
		const entry = this.#record(req, t, {op: call.op,
		    right: ctx.right, body: ctx.body ?? null});
		const fault = this.shared.faults.take(this.service.name,
		    call.op);
		const wire = this.#wire(req, res, entry);

		if (!fault) {
			wire.send(this.#run(call, entry));
			return;
		}
		entry.fault = fault.kind;
		strike(fault, ctx, fault.when === 'after' ?
		    this.#run(call, entry) : this.service.standIn(ctx), wire);
	}

	#run(call, entry)
	{
		let answer;

		try {
			answer = call.run();
		} catch (e) {
			process.stderr.write(`sandbox: ${call.op}: ${e.stack}\n`);
			answer = {status: 500, body: 'Internal Server Error'};
		}
		entry.effect = answer.effect ?? null;
		return answer;
	}

	#wire(req, res, entry)
	{
		const {socket} = req;
		const raw = this.raw.get(socket.remotePort);

		return {
			socket,
			send: answer => {
				const data = bytes(answer);
				const {skew} = this.shared.world;

				if (skew)
					res.setHeader('Date', new Date(Date.now() +
					    skew * 1000).toUTCString());
				entry.status = answer.status;
				if (answer.status === 204) {
					res.writeHead(204, answer.headers).end();
					return;
				}
				res.writeHead(answer.status, {
				    'Content-Type': type(answer),
				    ...answer.headers,
				    'Content-Length': data.length});
				res.end(data);
			},
			hold: () => { if (raw) raw.held = true; },
			reset: () => raw?.resetAndDestroy(),
		};
	}

	/* Follow the faults: listen, or be deaf. */
	async refresh()
	{
		const deaf = this.shared.faults.deaf(this.service.name);

		if (deaf && this.front.listening) {
			this.drop();
			await new Promise(done => this.front.close(done));
		} else if (!deaf && !this.front.listening) {
			await this.#open();
		}
	}

	/* Hang up: on all, or on those a fault keeps waiting. */
	drop(which = () => true)
	{
		for (const sock of this.raw.values())
			if (which(sock))
				sock.destroy();
	}

	dropHeld()
	{
		this.drop(sock => sock.held);
	}

	dropIdle()
	{
		this.drop(sock => !sock.busy);
	}

	async stop()
	{
		this.drop();
		for (const server of this.tls.values())
			server.closeAllConnections();
		if (this.front.listening)
			await new Promise(done => this.front.close(done));
	}
}

module.exports = {Server};
