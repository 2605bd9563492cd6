'use strict';

/*
 * A real Apache in a folder of its own.  It includes one of the shipped
 * files; only paths are replaced.
 *
 *	const server = await open(dir, 'proxy', { socket, keep });
 *	const server = await open(dir, 'fcgid', { program, config });
 *	const server = await open(dir, 'cgid', { program, config });
 *	server.port, server.stop()
 *	server.log()		its error log, where programs write as well
 *
 * As root it runs as www-data, who must be able to enter `dir`.
 */

const fs = require('node:fs');
const { freePort, listening, start, until } = require('./process');
const { SOCKET, account, passwords, shipped } = require('./shipped');

const MODULES = '/usr/lib/apache2/modules';
const PATIENCE_MS = 15000;		/* for its end */
const LIB = '/usr/local/lib/tickethook';
const INI = '/etc/tickethook/tickethook.ini';
const ALWAYS = ['mpm_event', 'alias', 'authn_core', 'authn_file',
    'authz_core', 'authz_user', 'auth_basic', 'env', 'mime', 'rewrite'];
const KINDS = {
	proxy: { file: 'apache/tickethook-proxy.conf',
	    modules: ['proxy', 'proxy_fcgi', 'setenvif'] },
	fcgid: { file: 'apache/tickethook-fcgid.conf', modules: ['fcgid'] },
	cgid: { file: 'apache/tickethook-cgi.conf', modules: ['cgid'] }
};

function
loaded(names)
{
	return names.map((n) => `LoadModule ${n}_module ` +
	    `${MODULES}/mod_${n}.so\n`).join('');
}

/* What a main configuration says that every Debian has in apache2.conf. */
function
main(dir, port, modules, rest)
{
	const who = account();

	return `${loaded([...ALWAYS, ...modules])}
ServerName localhost
Listen 127.0.0.1:${port}
${who === undefined ? '' : `User ${who.name}\nGroup ${who.name}\n`}
ServerRoot ${dir}
DefaultRuntimeDir ${dir}
PidFile ${dir}/apache.pid
Mutex file:${dir} default
ErrorLog ${dir}/error.log
LogLevel error
DocumentRoot ${dir}/htdocs
TypesConfig /dev/null
<Directory />
	Require all denied
	AllowOverride None
</Directory>
<IfModule mod_cgid.c>
	ScriptSock ${dir}/cgid.sock
</IfModule>
<IfModule mod_fcgid.c>
	FcgidIPCDir ${dir}/fcgid
	FcgidProcessTableFile ${dir}/fcgid_shm
</IfModule>
${rest}
`;
}

/* Where a program is that www-data may start; a copy of it. */
function
installed(dir, program)
{
	fs.mkdirSync(`${dir}/lib`, { recursive: true });
	fs.copyFileSync(program, `${dir}/lib/tickethook.fcgi`);
	fs.chmodSync(`${dir}/lib/tickethook.fcgi`, 0o755);
	return `${dir}/lib`;
}

function
fragment(dir, kind, { socket, keep, program, config })
{
	const paths = { '/etc/apache2/tickethook.htpasswd':
	    passwords(`${dir}/passwords`) };

	if (kind === 'proxy') {
		paths[SOCKET] = `unix:${socket}`;
		if (keep)
			paths['timeout=30'] = 'timeout=30 enablereuse=on';
	} else {
		paths[LIB] = installed(dir, program);
		paths[INI] = config;
	}
	return shipped(KINDS[kind].file, paths);
}

/* Processes of the Apache that has this configuration, its children too. */
function
family(conf)
{
	return fs.readdirSync('/proc').filter((n) => /^\d+$/.test(n)).
	    filter((n) => {
		try {
			return fs.readFileSync(`/proc/${n}/cmdline`, 'utf8').
			    split('\0').includes(conf);
		} catch {
			return false;
		}
	    }).map(Number);
}

/*
 * mod_fcgid's process manager may miss that Apache ends, and then it turns
 * for ever and keeps what it has open.
 */
async function
stop(server, conf)
{
	server.child.kill('SIGTERM');
	await until(() => server.child.exitCode !== null ||
	    server.child.signalCode !== null, PATIENCE_MS);
	await until(() => server.over, 500);
	for (const pid of family(conf))
		process.kill(pid, 'SIGKILL');
	return server.exited;
}

/* Run Apache with this configuration; see above. */
async function
run(dir, port, text)
{
	fs.mkdirSync(`${dir}/htdocs`, { recursive: true });
	fs.writeFileSync(`${dir}/httpd.conf`, text);
	const server = start('apache2', ['-f', `${dir}/httpd.conf`,
	    '-DFOREGROUND']);
	await listening(server, { host: '127.0.0.1', port }, 'Apache');
	const stderr = server.log;
	return { port, pid: server.pid, stop: () => stop(server,
	    `${dir}/httpd.conf`), log: () => stderr +
	    fs.readFileSync(`${dir}/error.log`, 'utf8') };
}

async function
open(dir, kind, options)
{
	const port = await freePort();

	fs.writeFileSync(`${dir}/tickethook.conf`, fragment(dir, kind,
	    options));
	return run(dir, port, main(dir, port, KINDS[kind].modules,
	    `Include ${dir}/tickethook.conf`));
}

module.exports = { main, open, run };
