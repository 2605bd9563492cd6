'use strict';

/*
 * A FastCGI client, written from the specification
 * (https://fastcgi-archives.github.io/FastCGI_Specification.html) and from
 * nothing the handler uses.  Parameters are a list of [name, value], so that
 * a name may come twice, as nginx sends repeated headers.
 */

const { exchange, parseCgi } = require('./wire');

const VERSION = 1;
const BEGIN_REQUEST = 1;
const END_REQUEST = 3;
const PARAMS = 4;
const STDIN = 5;
const STDOUT = 6;
const STDERR = 7;
const RESPONDER = 1;
const MOST = 65535;			/* bytes in one record */

function
record(type, content)
{
	const head = Buffer.alloc(8);
	const padding = -content.length & 7;

	head[0] = VERSION;
	head[1] = type;
	head.writeUInt16BE(1, 2);
	head.writeUInt16BE(content.length, 4);
	head[6] = padding;
	return Buffer.concat([head, content, Buffer.alloc(padding)]);
}

/* A stream: records of the content, then the empty one that ends it. */
function
stream(type, content)
{
	const out = [];

	for (let at = 0; at < content.length; at += MOST)
		out.push(record(type, content.subarray(at, at + MOST)));
	out.push(record(type, Buffer.alloc(0)));
	return out;
}

function
length(n)
{
	if (n < 128)
		return Buffer.from([n]);
	const b = Buffer.alloc(4);
	b.writeUInt32BE((n | 0x80000000) >>> 0);
	return b;
}

function
params(list)
{
	const out = [];

	for (const [name, value] of list) {
		const n = Buffer.from(name, 'latin1');
		const v = Buffer.from(value, 'latin1');
		out.push(length(n.length), length(v.length), n, v);
	}
	return Buffer.concat(out);
}

function
read(bytes)
{
	const answer = { stdout: [], stderr: [], ended: false };

	for (let at = 0; at + 8 <= bytes.length;) {
		const size = bytes.readUInt16BE(at + 4);
		const content = bytes.subarray(at + 8, at + 8 + size);
		if (bytes[at + 1] === STDOUT)
			answer.stdout.push(content);
		else if (bytes[at + 1] === STDERR)
			answer.stderr.push(content);
		else if (bytes[at + 1] === END_REQUEST)
			answer.ended = true;
		at += 8 + size + bytes[at + 6];
	}
	if (!answer.ended)
		throw new Error('the handler closed without END_REQUEST');
	return answer;
}

/* One request on one connection; the answer as wire.js gives it. */
async function
request(where, list, body)
{
	const begin = Buffer.from([0, RESPONDER, 0, 0, 0, 0, 0, 0]);
	const bytes = await exchange(where, [record(BEGIN_REQUEST, begin),
	    ...stream(PARAMS, params(list)), ...stream(STDIN, body)]);

	return parseCgi(Buffer.concat(read(bytes).stdout));
}

module.exports = { request };
