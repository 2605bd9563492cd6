'use strict';

/* A CGI program in Node.js with Svix's own library. */

const fs = require('node:fs');
const { Webhook } = require('svix');

const body = fs.readFileSync(0, 'utf8');
const headers = Object.fromEntries(['id', 'timestamp', 'signature'].map((h) =>
    [`svix-${h}`, process.env[`HTTP_SVIX_${h.toUpperCase()}`]]));

try {
	new Webhook(process.env.SVIX_SECRET).verify(body, headers);
	process.stdout.write('Status: 204\r\n\r\n');
} catch {
	process.stdout.write('Status: 401\r\n\r\n');
}
