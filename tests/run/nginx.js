'use strict';

/*
 * A real nginx in a folder of its own.  It includes the shipped fragment;
 * only the path of the handler's socket is replaced.
 */

const fs = require('node:fs');
const path = require('node:path');
const { ROOT, freePort, listening, start } = require('./process');

const FRAGMENT = path.join(ROOT, 'nginx', 'tickethook.conf');
const SHIPPED_SOCKET = 'unix:/run/tickethook.sock';
const MOUNT = '/hooks/tickethook';

function
fragment(socket)
{
	const text = fs.readFileSync(FRAGMENT, 'utf8');

	if (text.split(SHIPPED_SOCKET).length !== 2)
		throw new Error(`${FRAGMENT} should name ${SHIPPED_SOCKET} ` +
		    'once.');
	return text.replace(SHIPPED_SOCKET, `unix:${socket}`);
}

function
main(dir, port)
{
	const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
	    (n) => `\t${n}_temp_path ${dir}/${n};`).join('\n');

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
	server {
		listen 127.0.0.1:${port} backlog=4096;
		include ${dir}/tickethook.conf;
	}
}
`;
}

/* {port, url, stop, log}; `port` 0 is any free one. */
async function
open(dir, socket, port = 0)
{
	const at = port === 0 ? await freePort() : port;

	fs.mkdirSync(dir, { recursive: true });
	fs.writeFileSync(`${dir}/tickethook.conf`, fragment(socket));
	fs.writeFileSync(`${dir}/nginx.conf`, main(dir, at));
	const run = start('nginx', ['-p', dir, '-c', `${dir}/nginx.conf`,
	    '-e', 'stderr']);
	await listening(run, { host: '127.0.0.1', port: at }, 'nginx');
	return Object.assign(run, { port: at,
	    url: `http://127.0.0.1:${at}${MOUNT}` });
}

module.exports = { MOUNT, open };
