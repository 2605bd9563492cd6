'use strict';

/*
 * Deliveries that arrive at once, straight over FastCGI: a process of its
 * own, so that the machine's cores are shared as with a web server.
 *
 *	node burst.js SOCKET FILE COUNT FIRST
 *
 * FILE holds {body, secret}; each delivery is of a test of its own, FIRST of
 * them on.  Prints JSON, {ms: [...], wrong: [...]}.
 */

const crypto = require('node:crypto');
const fs = require('node:fs');
const fcgi = require('../run/fcgi');

const [path, file, count, first] = process.argv.slice(2);
const { body, secret } = JSON.parse(fs.readFileSync(file, 'utf8'));
const KEY = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');

/* {list, text} of one delivery. */
function
prepare(n)
{
	const id = `msg_burst_${n}_${process.pid}`;
	const stamp = String(Math.floor(Date.now() / 1000));
	const event = JSON.parse(body);

	event.test_case.id = crypto.randomUUID();
	event.test_case.name = `crane ${n} lifts`;
	const text = Buffer.from(JSON.stringify(event));
	const sig = 'v1,' + crypto.createHmac('sha256', KEY).update(
	    Buffer.concat([Buffer.from(`${id}.${stamp}.`), text])).
	    digest('base64');
	return { text, list: Object.entries({ REQUEST_METHOD: 'POST',
	    PATH_INFO: '/trunk', CONTENT_TYPE: 'application/json',
	    CONTENT_LENGTH: String(text.length), HTTP_SVIX_ID: id,
	    HTTP_SVIX_TIMESTAMP: stamp, HTTP_SVIX_SIGNATURE: sig }) };
}

async function
main()
{
	const all = Array.from({ length: Number(count) }, (_, i) =>
	    prepare(Number(first) + i));
	const wrong = [];
	const ms = await Promise.all(all.map(async ({ list, text }) => {
		const began = process.hrtime.bigint();
		const answer = await fcgi.request({ path }, list, text);
		const outcome = JSON.parse(answer.body.toString()).outcome;

		if (answer.status !== 200 || outcome !== 'created')
			wrong.push(`${answer.status} ${answer.body}`);
		return Number(process.hrtime.bigint() - began) / 1e6;
	}));
	console.log(JSON.stringify({ ms, wrong }));
}

main();
