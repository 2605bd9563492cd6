'use strict';

/*
 * What the fronts share: one exchange over a socket, and the two ways an
 * answer is written: as HTTP/1.1, or as a CGI response (RFC 3875, 6).
 * An answer is {status, headers: {lower-case name: value}, body: Buffer}.
 */

const net = require('node:net');

const PATIENCE_MS = 60000;

/* Send `chunks`, read to the end of the stream. */
function
exchange(where, chunks)
{
	return new Promise((resolve, reject) => {
		const got = [];
		const socket = net.connect(where);

		socket.setTimeout(PATIENCE_MS, () => socket.destroy(
		    new Error(`no answer within ${PATIENCE_MS} ms`)));
		socket.on('error', reject);
		socket.on('data', (d) => got.push(d));
		socket.on('close', () => resolve(Buffer.concat(got)));
		for (const c of chunks)
			socket.write(c);
	});
}

function
splitHead(bytes, from)
{
	for (const mark of ['\r\n\r\n', '\n\n']) {
		const at = bytes.indexOf(mark, from);
		if (at >= 0)
			return [bytes.subarray(from, at).toString('latin1'),
			    bytes.subarray(at + mark.length)];
	}
	throw new Error('the answer has no end of its header: ' +
	    JSON.stringify(bytes.subarray(from, from + 200).toString()));
}

function
fields(lines)
{
	const headers = {};

	for (const line of lines) {
		const m = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)$/.exec(
		    line);
		if (m === null)
			throw new Error('not a header line: ' +
			    JSON.stringify(line));
		const name = m[1].toLowerCase();
		headers[name] = name in headers ?
		    `${headers[name]}, ${m[2]}` : m[2];
	}
	return headers;
}

function
unchunk(bytes)
{
	const parts = [];
	let at = 0;

	for (;;) {
		const eol = bytes.indexOf('\r\n', at);
		if (eol < 0)
			throw new Error('chunked answer ends too early');
		const size = parseInt(bytes.toString('latin1', at, eol), 16);
		if (size === 0)
			return Buffer.concat(parts);
		parts.push(bytes.subarray(eol + 2, eol + 2 + size));
		at = eol + 2 + size + 2;
	}
}

function
parseHttp(bytes)
{
	const [head, rest] = splitHead(bytes, 0);
	const lines = head.split('\r\n');
	const m = /^HTTP\/1\.[01] (\d{3})/.exec(lines[0]);

	if (m === null)
		throw new Error(`not a status line: ${lines[0]}`);
	const headers = fields(lines.slice(1));
	const chunked = headers['transfer-encoding'] === 'chunked';
	return { status: Number(m[1]), headers,
	    body: chunked ? unchunk(rest) : rest };
}

function
parseCgi(bytes)
{
	const [head, body] = splitHead(bytes, 0);
	const headers = fields(head.split(/\r?\n/));
	const status = headers.status === undefined ? 200 :
	    parseInt(headers.status, 10);

	delete headers.status;
	return { status, headers, body };
}

/* One HTTP request, written byte by byte as given; twins are kept. */
async function
http(port, { method, target, headers, body, chunked })
{
	const lines = [`${method} ${target} HTTP/1.1`,
	    `Host: 127.0.0.1:${port}`, 'Connection: close'];
	const chunks = [];

	for (const [name, value] of headers)
		lines.push(`${name}: ${value}`);
	if (chunked) {
		lines.push('Transfer-Encoding: chunked');
		for (let at = 0; at < body.length; at += 7000) {
			const part = body.subarray(at, at + 7000);
			chunks.push(`${part.length.toString(16)}\r\n`, part,
			    '\r\n');
		}
		chunks.push('0\r\n\r\n');
	} else if (body !== null) {
		lines.push(`Content-Length: ${body.length}`);
		chunks.push(body);
	}
	return parseHttp(await exchange({ host: '127.0.0.1', port },
	    [Buffer.from(lines.join('\r\n') + '\r\n\r\n', 'latin1'),
	    ...chunks]));
}

module.exports = { PATIENCE_MS, exchange, http, parseCgi };
