'use strict';

/*
 * The examples of tickethook(8) for web servers that the project has no file
 * for.  They are taken out of the manual page and run, with paths of this
 * machine in place of those of the example.
 *
 *	const server = await lighttpd(dir, socket);
 *	const server = await caddy(dir, socket);
 *	server.port, server.stop()
 *	taken('nginx', dir)	does the server take its example?
 *					What it says otherwise
 */

const fs = require('node:fs');
const path = require('node:path');
const { execFileSync, spawnSync } = require('node:child_process');
const { ROOT, freePort, listening, start } = require('./process');
const { account, passwords } = require('./shipped');

/*
 * The literal display of the subsection `title`, as it is printed; of
 * several the one that has braces or angle brackets.
 */
function
example(title)
{
	const text = fs.readFileSync(path.join(ROOT, 'handler',
	    'tickethook.8'), 'utf8');
	const from = text.indexOf(`\n.Ss ${title}\n`);
	const part = from < 0 ? undefined : [...text.slice(from,
	    text.indexOf('\n.S', from + 1)).matchAll(
	    /\.Bd -literal.*\n([\s\S]*?)\n\.Ed/g)].find(([, shown]) =>
	    /[{<]\n|>\n/.test(shown));

	if (part === undefined)
		throw new Error(`tickethook(8) has no example in ${title}.`);
	return part[1].replaceAll('\\(dq', '"').replaceAll('\\e', '\\');
}

/* Replace each, which must be there. */
function
exchanged(text, paths)
{
	for (const [from, to] of Object.entries(paths)) {
		if (!text.includes(from))
			throw new Error(`the example does not have ${from}.`);
		text = text.replaceAll(from, to);
	}
	return text;
}

/* As root a program is started by setpriv, so that it gives that up. */
async function
run(program, args, port, env)
{
	const who = account();
	const server = who === undefined ? start(program, args, { env }) :
	    start('setpriv', [`--reuid=${who.uid}`, `--regid=${who.gid}`,
	    '--clear-groups', program, ...args], { env });

	await listening(server, { host: '127.0.0.1', port }, program);
	return Object.assign(server, { port });
}

async function
lighttpd(dir, socket)
{
	const port = await freePort();
	const text = exchanged(example('lighttpd'), {
		'/run/tickethook.sock': socket,
		'/etc/lighttpd/tickethook.htpasswd':
		    passwords(`${dir}/passwords`) });

	fs.writeFileSync(`${dir}/lighttpd.conf`, `
server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "${dir}"
server.upload-dirs = ( "${dir}" )
${text}`);
	return run('lighttpd', ['-D', '-f', `${dir}/lighttpd.conf`], port);
}

async function
caddy(dir, socket)
{
	const port = await freePort();
	const hash = fs.readFileSync(`${__dirname}/caddy.hash`, 'utf8').trim();
	const text = exchanged(example('Caddy'), {
		'/run/tickethook.sock': socket,
		'hooks.example.com': `http://127.0.0.1:${port}`,
		'HASH': hash });

	fs.writeFileSync(`${dir}/Caddyfile`,
	    `{\n\tadmin off\n\tauto_https off\n}\n${text}`);
	return run('caddy', ['run', '--adapter', 'caddyfile', '--config',
	    `${dir}/Caddyfile`], port, { HOME: dir, XDG_DATA_HOME: dir,
	    XDG_CONFIG_HOME: dir });
}

/* Servers whose example includes a shipped file, which `dir` has a copy of. */
const CHECKED = {
	nginx: { file: '/etc/nginx/tickethook.conf', around: (dir, text) => `
pid ${dir}/none.pid;
events {
}
http {
	access_log off;
${text}
}
`, command: (file) => ['nginx', '-t', '-e', 'stderr', '-c', file] },
	Apache: { file: '/etc/apache2/conf-available/tickethook-proxy.conf',
	    around: (dir, text) => `${['mpm_event', 'authn_core', 'authn_file',
	    'authz_core', 'authz_user', 'auth_basic', 'env', 'proxy',
	    'proxy_fcgi', 'setenvif', 'ssl', 'socache_shmcb'].map((m) =>
	    `LoadModule ${m}_module /usr/lib/apache2/modules/mod_${m}.so\n`).
	    join('')}
DefaultRuntimeDir ${dir}
ErrorLog ${dir}/none.log
ServerName localhost
Listen 127.0.0.1:1
${text}
`, command: (file) => ['apache2', '-t', '-f', file] }
};

function
taken(title, dir)
{
	const { file, around, command } = CHECKED[title];
	const conf = `${dir}/example.conf`;

	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
	    'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost',
	    '-keyout', `${dir}/hooks.key`, '-out', `${dir}/hooks.pem`],
	    { stdio: 'ignore' });
	fs.writeFileSync(conf, around(dir, exchanged(example(title), {
		'/etc/ssl/hooks.pem': `${dir}/hooks.pem`,
		'/etc/ssl/private/hooks.key': `${dir}/hooks.key`,
		[file]: `${dir}/tickethook.conf` })));
	const [program, ...args] = command(conf);
	const { status, stderr } = spawnSync(program, args,
	    { encoding: 'utf8' });
	return status === 0 ? '' : stderr;
}

module.exports = { caddy, example, lighttpd, taken };
