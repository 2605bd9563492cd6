#!/usr/bin/env node
'use strict';

/*
 * Answers with what a web server says of a request, as JSON: {variables:
 * [[name, value]…], bytes}.  As CGI, or, where descriptor 0 listens, as a
 * FastCGI responder written from the specification.
 */

const net = require('node:net');

const HEAD = 8;
const END_REQUEST = 3, PARAMS = 4, STDIN = 5, STDOUT = 6;
const MOST = 65528;

function
answer(variables, bytes)
{
	const body = JSON.stringify({ variables, bytes });

	return Buffer.from('Status: 200 OK\r\nContent-Type: ' +
	    `application/json\r\n\r\n${body}`);
}

function
pairs(bytes)
{
	const list = [];
	let at = 0;
	const length = () => {
		const long = bytes[at] & 0x80;
		const n = long ? bytes.readUInt32BE(at) & 0x7fffffff :
		    bytes[at];
		at += long ? 4 : 1;
		return n;
	};
	const text = (n) => {
		at += n;
		return bytes.toString('latin1', at - n, at);
	};

	while (at < bytes.length) {
		const [n, v] = [length(), length()];
		list.push([text(n), text(v)]);
	}
	return list;
}

function
record(type, id, content)
{
	const head = Buffer.alloc(HEAD);

	head[0] = 1;
	head[1] = type;
	head.writeUInt16BE(id, 2);
	head.writeUInt16BE(content.length, 4);
	return Buffer.concat([head, content]);
}

function
reply(socket, id, { params, bytes })
{
	const text = answer(pairs(Buffer.concat(params)), bytes);

	for (let at = 0; at < text.length; at += MOST)
		socket.write(record(STDOUT, id, text.subarray(at, at + MOST)));
	socket.write(record(STDOUT, id, Buffer.alloc(0)));
	socket.end(record(END_REQUEST, id, Buffer.alloc(8)));
}

function
serve(socket)
{
	const seen = { params: [], bytes: 0 };
	let rest = Buffer.alloc(0);

	socket.on('error', () => {});
	socket.on('data', (data) => {
		rest = Buffer.concat([rest, data]);
		while (rest.length >= HEAD) {
			const size = rest.readUInt16BE(4);
			const whole = HEAD + size + rest[6];
			if (rest.length < whole)
				return;
			const content = rest.subarray(HEAD, HEAD + size);
			if (rest[1] === PARAMS)
				seen.params.push(Buffer.from(content));
			if (rest[1] === STDIN)
				seen.bytes += size;
			if (rest[1] === STDIN && size === 0)
				reply(socket, rest.readUInt16BE(2), seen);
			rest = rest.subarray(whole);
		}
	});
}

/* {stop}: a responder on that path. */
function
listen(path)
{
	return new Promise((resolve) => {
		const server = net.createServer(serve).listen(path, () =>
		    resolve({ stop: () => server.close() }));
	});
}

function
cgi()
{
	let bytes = 0;

	process.stdin.on('data', (d) => { bytes += d.length; });
	process.stdin.on('end', () => process.stdout.write(
	    answer(Object.entries(process.env), bytes)));
}

if (require.main === module) {
	if (process.env.GATEWAY_INTERFACE !== undefined)
		cgi();
	else
		net.createServer(serve).listen({ fd: 0 });
}

module.exports = { listen };
