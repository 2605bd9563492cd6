'use strict';

/*
 * Linear and Trunk over TLS on loopback ports, in front of slow.c: {ports, ca,
 * sections}, where `sections` is what a configuration says of them.
 */

const tls = require('../sandbox/tls');
const { freePort } = require('../run/process');
const { BUILD } = require('./place');

function
server(dir, name, port, two)
{
	return `server {
listen 127.0.0.1:${port} ssl ${two ? 'http2' : ''} backlog=4096;
access_log ${dir}/${name}.access ids;
ssl_certificate ${dir}/up.cert;
ssl_certificate_key ${dir}/up.key;
location / {
	proxy_pass http://slow;
	proxy_http_version 1.1;
	proxy_set_header Connection "";
}
}`;
}

function
main(dir, ports, two)
{
	const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
	    (n) => `${n}_temp_path ${dir}/up-${n};`).join('\n');

	return `${process.getuid() === 0 ? 'user root;\n' : ''}daemon off;
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
${Object.entries(ports).map(([name, port]) => server(dir, name, port, two)).
    join('\n')}
}
`;
}

/* `others`: nothing is as the ledger says, see slow.c. */
async function
open(place, delay, two, others = 0)
{
	const { dir } = place;
	const pki = await tls.make(`${dir}/pki`);
	const { cert, key } = pki.options();
	const ports = { linear: await freePort(), trunk: await freePort() };

	place.keep('up.cert', cert);
	place.keep('up.key', key);
	await place.start('slow', `${BUILD}/bench/slow`,
	    [`${dir}/slow.sock`, String(delay), String(others)],
	    { path: `${dir}/slow.sock` });
	await place.start('upstream', 'nginx', ['-p', dir, '-e', 'stderr',
	    '-c', place.keep('upstream.conf', main(dir, ports, two))],
	    { host: '127.0.0.1', port: ports.linear });
	return { handler: `ca_file = ${pki.ca}\n`,
	    trunk: `api = https://127.0.0.1:${ports.trunk}\n`,
	    'tracker harbour': 'url = https://127.0.0.1:' +
	        `${ports.linear}/graphql\n` };
}

module.exports = { open };
