'use strict';

/*
 * A FastCGI client, written from the specification
 * (https://fastcgi-archives.github.io/FastCGI_Specification.html) and from
 * nothing the handler uses.  Parameters are a list of [name, value], so that
 * a name may come twice, as nginx sends repeated headers.
 *
 *	await request(where, list, body)	a request and its answer
 *	begin(role, flags, id), record(type, content, id),
 *	stream(type, content), params(list), length(n)
 *						bytes, to be put together
 *	read(bytes)				{stdout, stderr, ended}
 */

const { exchange, parseCgi } = require('./wire');

const VERSION = 1;
const BEGIN_REQUEST = 1;
const ABORT_REQUEST = 2;
const END_REQUEST = 3;
const PARAMS = 4;
const STDIN = 5;
const STDOUT = 6;
const STDERR = 7;
const GET_VALUES = 9;
const RESPONDER = 1;
const MOST = 65535;			/* bytes in one record */

function
record(type, content, id = 1)
{
	const head = Buffer.alloc(8);
	const padding = -content.length & 7;

	head[0] = VERSION;
	head[1] = type;
	head.writeUInt16BE(id, 2);
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
	return answer;
}

function
begin(role = RESPONDER, flags = 0, id = 1)
{
	return record(BEGIN_REQUEST, Buffer.from([0, role, flags, 0, 0, 0, 0,
	    0]), id);
}

/* One request on one connection; the answer as wire.js gives it. */
async function
request(where, list, body)
{
	const { stdout, ended } = read(await exchange(where, [begin(),
	    ...stream(PARAMS, params(list)), ...stream(STDIN, body)]));

	if (!ended)
		throw new Error('the handler closed without END_REQUEST');
	return parseCgi(Buffer.concat(stdout));
}

module.exports = { ABORT_REQUEST, BEGIN_REQUEST, GET_VALUES, PARAMS, STDIN,
    begin, length, params, read, record, request, stream };
