'use strict';
/*
 * How each request fault looks on the wire.
 *
 *	strike(fault, ctx, answer, wire)
 *
 * answer is what the service says ("after") or a bland stand-in ("before",
 * when nothing was done).  wire is {res, socket, send, hold, reset}.
 */
const http = require('node:http');
const zlib = require('node:zlib');

const MEGA = 1 << 20;
const HTML = '<!DOCTYPE html>\n<html><head><title>Just a moment...</title>' +
    '</head><body><h1>Please log in</h1></body></html>\n';

function
bytes(answer)
{
	const b = answer.body;

	if (b === undefined || b === null)
		return Buffer.alloc(0);
	if (Buffer.isBuffer(b))
		return b;
	return Buffer.from(typeof b === 'string' ? b : JSON.stringify(b));
}

function
type(answer)
{
	return typeof answer.body === 'string' ? 'text/plain;charset=UTF-8' :
	    'application/json;charset=UTF-8';
}

function
head(answer, more)
{
	const h = {'Content-Type': type(answer), ...answer.headers, ...more};
	const lines = Object.entries(h).map(([k, v]) => `${k}: ${v}\r\n`);

	return `HTTP/1.1 ${answer.status} ` +
	    `${http.STATUS_CODES[answer.status] || 'Unknown'}\r\n` +
	    lines.join('') + '\r\n';
}

function
whole(answer)
{
	const body = bytes(answer);

	return Buffer.concat([Buffer.from(head(answer,
	    {'Content-Length': body.length})), body]);
}

/* Write, then hang up without the TLS farewell. */
function
cut(wire, data)
{
	wire.socket.write(data, () => wire.socket.destroy());
}

/* Every id, key and identifier in the answer becomes another. */
function
renamed(answer, change)
{
	const names = {id: 1, key: 1, identifier: 1};
	const walk = (v, inside) => {
		if (Array.isArray(v))
			return v.map(x => walk(x, inside));
		if (!v || typeof v !== 'object')
			return v;
		return Object.fromEntries(Object.entries(v).map(([k, x]) =>
		    [k, names[k] && typeof x === 'string' ? change(k, x) :
		    walk(x, k)]));
	};

	return {...answer, body: walk(answer.body)};
}

function
badJson(variant, answer)
{
	const text = bytes(answer).toString() || '{"id":"1"}';
	const member = text.match(/^\{("[^"]*"):/);

	switch (variant) {
	case 'duplicate-keys':
		return `{${member ? member[1] : '"id"'}:"77777",` +
		    text.slice(1);
	case 'deep':
		return '{"id":' + '['.repeat(100000) + ']'.repeat(100000) +
		    ',' + text.slice(1);
	case 'huge-number':
		return `{"lastSyncId":${'9'.repeat(400)}e${'9'.repeat(400)},` +
		    text.slice(1);
	default:
		return Buffer.concat([Buffer.from('{"note":"'),
		    Buffer.from([0xc3, 0x28, 0xff, 0xed, 0xa0, 0x80]),
		    Buffer.from('",' + text.slice(1))]);
	}
}

function
drip(f, answer, wire)
{
	const text = f.part === 'headers' ?
	    `HTTP/1.1 ${answer.status} OK\r\nX-Slow: ` :
	    head(answer, {'Content-Length': 1e9});
	let timer;

	wire.socket.write(text);
	timer = setInterval(() => wire.socket.write(' '), f.every ?? 1000);
	timer.unref();
	wire.socket.on('close', () => clearInterval(timer));
	wire.hold();
}

function
storm(f, answer, wire)
{
	const line = 'HTTP/1.1 100 Continue\r\n\r\n';
	let timer;

	if (f.count > 0) {
		wire.socket.end(Buffer.concat([
		    Buffer.from(line.repeat(f.count)),
		    whole({...answer, headers: {...answer.headers,
		    Connection: 'close'}})]));
		return;
	}
	wire.socket.write(line.repeat(100));
	timer = setInterval(() => wire.socket.write(line.repeat(10)),
	    f.every ?? 50);
	timer.unref();
	wire.socket.on('close', () => clearInterval(timer));
	wire.hold();
}

function
bigHeaders(f, answer, wire)
{
	const line = `X-Pad: ${'h'.repeat(8000)}\r\n`;
	const many = Math.ceil((f.bytes ?? 10 * MEGA) / line.length);
	const text = head(answer, {Connection: 'close',
	    'Content-Length': bytes(answer).length});

	wire.socket.end(Buffer.concat([
	    Buffer.from(text.slice(0, -2) + line.repeat(many) + '\r\n'),
	    bytes(answer)]));
}

function
status(f, ctx, wire)
{
	const answer = ctx.service.failure(f.status, ctx);

	if (f.body !== undefined)
		answer.body = f.body;
	if (f.retryAfter !== undefined)
		answer.headers = {...answer.headers,
		    'Retry-After': String(f.retryAfter)};
	return wire.send(answer);
}

function
redirect(f, ctx, wire)
{
	const to = f.to === 'self' ? ctx.base + ctx.url :
	    f.to ?? 'https://127.0.0.1:1/elsewhere';

	return wire.send({status: f.code, headers: {Location: to,
	    'Content-Type': 'text/html'}, body: ''});
}

const LIKE = other => ({
	'other-id': k => k === 'id' ? other.id : other.key,
	'nul-id': (k, v) => `${v}\0x`,
	'long-id': () => 'A'.repeat(MEGA),
	'quote-id': (k, v) => `${v}"'\\`,
	'slash-id': (k, v) => `../${v}/..`,
});

const SHAPES = {
	reset: (f, c, a, w) => w.reset(),
	close: (f, c, a, w) => w.socket.end(),
	hang: (f, c, a, w) => w.hold(),
	drip: (f, c, a, w) => drip(f, a, w),
	'cut-headers': (f, c, a, w) => cut(w,
	    head(a, {'Content-Length': bytes(a).length}).slice(0, 40)),
	'cut-body': (f, c, a, w) => cut(w,
	    whole(a).subarray(0, -Math.ceil(bytes(a).length / 2) || 20)),
	'short-body': (f, c, a, w) => cut(w, head(a, {'Content-Length':
	    bytes(a).length + 1}) + bytes(a)),
	'chunk-cut': (f, c, a, w) => cut(w,
	    head(a, {'Transfer-Encoding': 'chunked'}) +
	    `${(bytes(a).length + 16).toString(16)}\r\n${bytes(a)}`),
	status: (f, c, a, w) => status(f, c, w),
	html: (f, c, a, w) => w.send({status: f.status ?? 200, body: HTML,
	    headers: {'Content-Type': 'text/html;charset=UTF-8'}}),
	empty: (f, c, a, w) => w.send({status: a.status}),
	braces: (f, c, a, w) => w.send({status: a.status, body: {}}),
	'graphql-errors': (f, c, a, w) => w.send({status: 200, body:
	    {errors: [{message: 'Internal server error', extensions: {
	    type: 'internal error', code: 'INTERNAL_SERVER_ERROR',
	    statusCode: 500}}]}}),
	'null-data': (f, c, a, w) => w.send({status: 200,
	    body: {data: null}}),
	'wrong-type': (f, c, a, w) => w.send({...a, headers: {...a.headers,
	    'Content-Type': 'application/octet-stream'}}),
	'big-body': (f, c, a, w) => w.send({status: a.status,
	    body: {pad: 'b'.repeat(f.bytes ?? 10 * MEGA), answer: a.body}}),
	'big-headers': (f, c, a, w) => bigHeaders(f, a, w),
	gzip: (f, c, a, w) => w.send({...a, headers: {...a.headers,
	    'Content-Type': type(a), 'Content-Encoding': 'gzip'},
	    body: zlib.gzipSync(Buffer.concat([bytes(a),
	    Buffer.alloc(f.bytes ?? 10 * MEGA, ' ')]))}),
	'bad-json': (f, c, a, w) => w.send({...a, headers: {...a.headers,
	    'Content-Type': 'application/json;charset=UTF-8'},
	    body: badJson(f.variant, a)}),
	redirect: (f, c, a, w) => redirect(f, c, w),
	'double-answer': (f, c, a, w) => w.socket.end(Buffer.concat([whole(a),
	    whole(renamed(a, LIKE(c.service.stranger(c))['other-id']))])),
	'continue-storm': (f, c, a, w) => storm(f, a, w),
	'keepalive-close': (f, c, a, w) => {
		w.socket.poisoned = true;
		w.send(a);
	},
	echo: (f, c, a, w) => echo(f, c, w),
	ratelimit: (f, c, a, w) => w.send(c.service.ratelimit(
	    f.retryAfter ?? 30, c)),
};

/*
 * What a careless service does: its error repeats the request, credentials
 * and all, in the places where each of them has its sentences.
 */
function
echo(f, c, w)
{
	const said = Object.entries(c.headers).map(([k, v]) =>
	    `${k}: ${v}`).join('; ');
	const shape = {
		linear: {errors: [{message: said, extensions: {
		    type: 'invalid input', userError: true,
		    userPresentableMessage: said}}]},
		trunk: {message: said, error: said},
	}[c.service.name] ?? {errorMessages: [said], errors: {summary: said}};

	w.send({status: f.status, body: shape});
}

function
strike(fault, ctx, answer, wire)
{
	const shape = SHAPES[fault.kind];

	if (shape)
		return shape(fault, ctx, answer, wire);
	return wire.send(renamed(answer,
	    LIKE(ctx.service.stranger(ctx))[fault.kind]));
}

module.exports = {strike, bytes, type};
