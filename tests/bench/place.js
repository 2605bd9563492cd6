'use strict';

/*
 * A folder for one row, the program's configuration in it, and one nginx in
 * front of whoever is measured.  Everything that is started is stopped.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { BINARY, ROOT, freePort, listening, start } =
    require('../run/process');
const { SOCKET, shipped } = require('../run/shipped');
const { newSecret } = require('../run/sign');

const PHP = ['8.4', '8.3', '8.2', '8.1'].map((v) => `php-fpm${v}`);
const BUILD = path.resolve(ROOT, process.env.BUILD ?? 'build');

class Place {
	constructor()
	{
		this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-'));
		this.runs = [];
		this.fronts = [];	/* more sockets, by their names */
		this.secret = newSecret();
		this.keep('svix.secret', this.secret + '\n');
		this.keep('token', 'a-token-of-nobody\n');
	}

	keep(name, text)
	{
		fs.writeFileSync(`${this.dir}/${name}`, text, { mode: 0o600 });
		return `${this.dir}/${name}`;
	}

	/* Its standard error goes to a file, as into a web server's log. */
	async start(name, program, args, where, options = {})
	{
		const log = fs.openSync(`${this.dir}/${name}.log`, 'a', 0o600);
		const run = start(program, args, { ...options,
		    stdio: [options.stdin ?? 'ignore', 'ignore', log] });

		fs.closeSync(log);
		this.runs.push(run);
		try {
			await listening(run, where, name);
		} catch (e) {
			throw new Error(e.message + fs.readFileSync(
			    `${this.dir}/${name}.log`, 'utf8'));
		}
		return run;
	}

	/* `more`: sections by their names, lines of text. */
	configure(workers, more = {}, name = 'tickethook')
	{
		const sections = {
			handler: `workers = ${workers}\n`,
			ledger: `url = sqlite:${this.dir}/${name}.db\n`,
			svix: `secret = file:${this.dir}/svix.secret\n`,
			trunk: `api_key = file:${this.dir}/token\n` +
			    `token = file:${this.dir}/token\nadopt = no\n`,
			'tracker harbour': 'type = linear\nteam = ENG\n' +
			    `api_key = file:${this.dir}/token\n`,
			'rule flaky': 'status = flaky, broken\n' +
			    'tracker = harbour\n'
		};

		for (const [key, text] of Object.entries(more))
			sections[key] = (sections[key] ?? '') + text;
		return this.keep(`${name}.ini`, Object.entries(sections).map(
		    ([key, text]) => `[${key}]\n${text}`).join('\n'));
	}

	tickethook(config, name = 'tickethook', options = {})
	{
		const socket = `${this.dir}/${name}.sock`;

		return this.start(name, BINARY, ['serve', '--listen',
		    `unix:${socket}`, '-c', config], { path: socket },
		    options);
	}

	responder(threads)
	{
		const socket = `${this.dir}/bare.sock`;

		return this.start('bare', `${BUILD}/bench/responder`,
		    [socket, String(threads)], { path: socket });
	}

	node(processes)
	{
		const socket = `${this.dir}/node.sock`;

		return this.start('node', process.execPath, [path.join(
		    __dirname, 'svix.js'), socket, this.secret,
		    String(processes)], { path: socket });
	}

	php(children)
	{
		const socket = `${this.dir}/php.sock`;
		const program = PHP.find((p) => fs.existsSync(
		    `/usr/sbin/${p}`));
		const file = this.keep('php.conf', `[global]
error_log = ${this.dir}/php.log
daemonize = no
[www]
user = root
group = root
listen = ${socket}
listen.backlog = 4096
pm = static
pm.max_children = ${children}
clear_env = no
`);
		return this.start('php', program, ['-R', '-F', '-y', file,
		    '-d', 'opcache.enable=1'], { path: socket });
	}

	async webhook()
	{
		const port = await freePort();
		const hooks = this.keep('hooks.json', JSON.stringify([{
			id: 'svix', 'execute-command': '/bin/true',
			'trigger-rule': { match: {
				type: 'payload-hmac-sha256',
				secret: this.secret,
				parameter: { source: 'header',
				    name: 'X-Plain' } } } }]));
		const run = await this.start('webhook', 'webhook', ['-ip',
		    '127.0.0.1', '-port', String(port), '-hooks', hooks],
		    { host: '127.0.0.1', port });

		this.webhookPort = port;
		return run;
	}

	/* The shipped location, at /hooks/NAME on NAME.sock. */
	location(name)
	{
		const text = shipped('nginx/tickethook.conf',
		    { [SOCKET]: `unix:${this.dir}/${name}.sock` });

		return text.slice(0, text.indexOf('# The same for people')).
		    replaceAll('/hooks/tickethook', `/hooks/${name}`);
	}

	async nginx(more = '')
	{
		const { dir } = this;
		const secret = this.secret.replace(/^whsec_/, '');
		const port = await freePort();
		const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi',
		    'scgi'].map((n) => `${n}_temp_path ${dir}/${n};`).
		    join('\n');
		const text = `user root;
daemon off;
worker_processes 2;
pid ${dir}/nginx.pid;
error_log ${dir}/nginx-error.log crit;
events { worker_connections 4096; }
http {
access_log off;
keepalive_requests 100000000;
${temp}
upstream node { server unix:${dir}/node.sock; keepalive 128; }
upstream webhook { server 127.0.0.1:${this.webhookPort ?? 9}; keepalive 128; }
server {
listen 127.0.0.1:${port} backlog=4096;
location = /null { return 204; }
${['tickethook', 'bare', ...this.fronts].map((n) => this.location(n)).
    join('\n')}
location = /node {
	proxy_pass http://node;
	proxy_http_version 1.1;
	proxy_set_header Connection "";
}
location = /webhook {
	proxy_pass http://webhook/hooks/svix;
	proxy_http_version 1.1;
	proxy_set_header Connection "";
}
location = /php {
	fastcgi_pass unix:${dir}/php.sock;
	include /etc/nginx/fastcgi_params;
	fastcgi_param SCRIPT_FILENAME ${__dirname}/verify.php;
	fastcgi_param SVIX_SECRET ${secret};
}
${more}
}
}
`;
		this.front = await this.start('nginx', 'nginx', ['-p', dir,
		    '-e', 'stderr', '-c', this.keep('nginx.conf', text)],
		    { host: '127.0.0.1', port });
		this.port = port;
		return this.front;
	}

	async close()
	{
		for (const run of this.runs.reverse())
			await run.stop();
		fs.rmSync(this.dir, { recursive: true, force: true });
	}
}

/* Run `work` with a place, which is gone afterwards. */
async function
within(work)
{
	const place = new Place();

	try {
		return await work(place);
	} finally {
		await place.close();
	}
}

module.exports = { BUILD, within };
