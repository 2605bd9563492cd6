'use strict';
/*
 * The sandbox by plain HTTP and JSON, for tests that are not written in
 * JavaScript.
 *
 *	GET  /log[?since=N]	events after number N
 *	GET  /state		what exists
 *	GET  /faults		those set, with their hits
 *	POST /fault		{kind, ...} or a list of them
 *	POST /heal		no faults any more
 *	POST /seed		a patch of the world
 *	POST /clock		{"advance": seconds}
 *	POST /reset		everything as at the start
 */
const http = require('node:http');

function
body(req)
{
	return new Promise((resolve, reject) => {
		const chunks = [];

		req.on('data', c => chunks.push(c));
		req.on('end', () => {
			try {
				const text = Buffer.concat(chunks).toString();

				resolve(text ? JSON.parse(text) : {});
			} catch (e) {
				reject(e);
			}
		});
		req.on('error', reject);
	});
}

async function
answer(sb, req)
{
	const u = new URL(req.url, 'http://sandbox.invalid');
	const given = req.method === 'POST' ? await body(req) : null;
	const since = Number(u.searchParams.get('since') ?? 0);

	switch (`${req.method} ${u.pathname}`) {
	case 'GET /log': return sb.log.filter(e => e.n > since);
	case 'GET /state': return sb.state();
	case 'GET /faults': return sb.faults();
	case 'POST /fault': return await sb.fault(given);
	case 'POST /heal': return await sb.heal() ?? {};
	case 'POST /seed': return await sb.seed(given) ?? {};
	case 'POST /clock': return {now: sb.clock(given.advance)};
	case 'POST /reset': return await sb.reset() ?? {};
	default: return undefined;
	}
}

/* Resolves to {url, stop}. */
function
listen(sb, port)
{
	const server = http.createServer(async (req, res) => {
		let status = 200, out;

		try {
			out = await answer(sb, req);
			if (out === undefined) {
				status = 404;
				out = {error: `no ${req.method} ${req.url}`};
			}
		} catch (e) {
			status = 400;
			out = {error: e.message};
		}
		res.writeHead(status, {'Content-Type': 'application/json'});
		res.end(JSON.stringify(out) + '\n');
	});

	return new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen({port, host: '127.0.0.1'}, () => resolve({
		    url: `http://127.0.0.1:${server.address().port}`,
		    stop: () => new Promise(done => {
			server.close(done);
			server.closeAllConnections();
		    })}));
	});
}

module.exports = {listen};
