'use strict';

/*
 * What a Node.js program does with Svix's own library, a process for each
 * core.
 *
 *	node svix.js SOCKET SECRET PROCESSES
 */

const cluster = require('node:cluster');
const fs = require('node:fs');
const http = require('node:http');
const { Webhook } = require('svix');

const [socket, secret, processes] = process.argv.slice(2);
const webhook = new Webhook(secret);

function
answer(req, res, body)
{
	try {
		webhook.verify(body, req.headers);
		res.writeHead(204);
	} catch {
		res.writeHead(401);
	}
	res.end();
}

if (cluster.isPrimary) {
	fs.rmSync(socket, { force: true });
	for (let i = 0; i < Number(processes); i++)
		cluster.fork();
	process.on('SIGTERM', () => {
		for (const w of Object.values(cluster.workers))
			w.kill();
		process.exit(0);
	});
} else {
	http.createServer((req, res) => {
		const parts = [];

		req.on('data', (d) => parts.push(d));
		req.on('end', () => answer(req, res,
		    Buffer.concat(parts).toString()));
	}).listen(socket);
}
