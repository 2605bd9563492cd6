'use strict';

/*
 * A real nginx in a folder of its own.  It includes the shipped fragment;
 * only the paths of the handler's socket and of the passwords are replaced,
 * and with `keep` connections to the handler are kept open.
 */

const fs = require('node:fs');
const { freePort, listening, start } = require('./process');
const { MOUNT, SOCKET, passwords, shipped } = require('./shipped');

const KEPT = 16;		/* connections to the handler */

function
fragment(dir, socket, keep)
{
	return shipped('nginx/tickethook.conf', {
		[SOCKET]: keep ? 'handler' : `unix:${socket}`,
		'/etc/nginx/tickethook.htpasswd':
		    passwords(`${dir}/passwords`),
		...(keep ? { 'fastcgi_keep_conn off': 'fastcgi_keep_conn on' } :
		    {})
	});
}

function
main(dir, port, socket, keep, above)
{
	const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
	    (n) => `\t${n}_temp_path ${dir}/${n};`).join('\n');
	const upstream = keep ? `\tupstream handler {
		server unix:${socket};
		keepalive ${KEPT};
	}\n` : '';

	return `${process.getuid() === 0 ? 'user root;\n' : ''}daemon off;
worker_processes 1;
pid ${dir}/nginx.pid;
error_log stderr warn;
events {
	worker_connections 1024;
}
http {
	access_log off;
${temp}
${upstream}	server {
		listen 127.0.0.1:${port} backlog=4096;
		${above}
		include ${dir}/tickethook.conf;
	}
}
`;
}

/*
 * {port, url, stop, log}; `port` 0 is any free one, `above` stands in the
 * server block before the fragment.
 */
async function
open(dir, socket, port = 0, keep = false, above = '')
{
	const at = port === 0 ? await freePort() : port;

	fs.mkdirSync(dir, { recursive: true });
	fs.writeFileSync(`${dir}/tickethook.conf`,
	    fragment(dir, socket, keep));
	fs.writeFileSync(`${dir}/nginx.conf`, main(dir, at, socket, keep,
	    above));
	const run = start('nginx', ['-p', dir, '-c', `${dir}/nginx.conf`,
	    '-e', 'stderr']);
	await listening(run, { host: '127.0.0.1', port: at }, 'nginx');
	return Object.assign(run, { port: at,
	    url: `http://127.0.0.1:${at}${MOUNT}` });
}

module.exports = { MOUNT, open };
