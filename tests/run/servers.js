'use strict';

/*
 * node tests/run/servers.js
 *
 * What each web server, with the file that is shipped for it, tells the
 * program of a request: a responder that only repeats it stands in the
 * program's place.  No user without a password; the people's place; paths;
 * lengths of counted and chunked bodies.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const apache = require('./apache');
const echo = require('./echo');
const manual = require('./manual');
const nginx = require('./nginx');
const report = require('./report');
const { MOUNT, PEOPLE, PERSON, account, basic, folder } =
    require('./shipped');
const wire = require('./wire');

const PROGRAM = require.resolve('./echo');
const MEBIBYTE = 1048576;

/* Each gives a running server; the responder listens on `socket`. */
const SERVERS = {
	nginx: (dir, socket) => nginx.open(dir, socket),
	'apache-proxy': (dir, socket) => apache.open(dir, 'proxy',
	    { socket }),
	'apache-fcgid': (dir) => apache.open(dir, 'fcgid',
	    { program: PROGRAM, config: `${dir}/none.ini` }),
	'apache-cgid': (dir) => apache.open(dir, 'cgid',
	    { program: PROGRAM, config: `${dir}/none.ini` }),
	lighttpd: (dir, socket) => manual.lighttpd(dir, socket),
	caddy: (dir, socket) => manual.caddy(dir, socket)
};

/* Those whose example in the manual includes the shipped file. */
const TITLES = { nginx: 'nginx', 'apache-proxy': 'Apache' };

/* {status, seen: {NAME: value}, bytes} of a request. */
async function
ask(server, target, { headers = [], method = 'GET', body = null,
    chunked = false } = {})
{
	const answer = await wire.http(server.port, { method, target, headers,
	    body, chunked });

	if (answer.status !== 200 || answer.body.length === 0)
		return { status: answer.status };
	const { variables, bytes } = JSON.parse(answer.body.toString());
	return { status: 200, seen: Object.fromEntries(variables), bytes };
}

const CHECKS = {
	async 'a Basic header that nobody asked for makes no user'(server)
	{
		for (const who of [PERSON, { user: 'root', password: '' }]) {
			const { seen } = await ask(server, `${MOUNT}/ready`,
			    { headers: [basic(who)] });
			assert.equal(seen.REMOTE_USER ?? '', '');
		}
	},

	async 'nor does a header that is called so'(server)
	{
		const { seen } = await ask(server, `${MOUNT}/ready`,
		    { headers: [['Remote-User', 'kim'], ['REMOTE_USER', 'kim'],
		    ['X-Remote-User', 'kim']] });
		assert.equal(seen.REMOTE_USER ?? '', '');
	},

	async 'people: no password, a wrong one'(server)
	{
		assert.equal((await ask(server, `${PEOPLE}/`)).status, 401);
		assert.equal((await ask(server, `${PEOPLE}/`, { headers: [basic(
		    { ...PERSON, password: 'wrong' })] })).status, 401);
		assert.equal((await ask(server, `${PEOPLE}/metrics`, {
		    headers: [basic({ user: 'eve', password: 'x' })] })).
		    status, 401);
	},

	async 'people: the user comes from the password'(server)
	{
		const { status, seen } = await ask(server,
		    `${PEOPLE}/metrics`, { headers: [basic()] });

		assert.equal(status, 200);
		assert.equal(seen.REMOTE_USER, PERSON.user);
		assert.equal(pathOf(seen), '/metrics');
	},

	async 'the path is the one below the place'(server)
	{
		for (const [target, path] of [['/trunk', '/trunk'],
		    ['/tracker/jira?a=b', '/tracker/jira'], ['/', '/'],
		    ['/trunk?-c+/etc/passwd', '/trunk']]) {
			const { seen } = await ask(server, MOUNT + target);
			assert.equal(pathOf(seen), path, target);
		}
	},

	async 'beside the place there is nothing'(server)
	{
		const { status } = await ask(server, `${MOUNT}er/trunk`);

		assert.ok([403, 404].includes(status) ||
		    server.empty?.includes(status), String(status));
	},

	async 'a Proxy header becomes no proxy of the program'(server)
	{
		const { seen } = await ask(server, `${MOUNT}/ready`,
		    { headers: [['Proxy', 'http://192.0.2.1/']] });

		assert.equal(seen.HTTP_PROXY, undefined);
	},

	async 'signatures arrive'(server)
	{
		const { seen } = await ask(server, `${MOUNT}/trunk`, { headers:
		    [['svix-id', 'msg_1'], ['svix-timestamp', '2'],
		    ['svix-signature', 'v1,a v1,b'], ['webhook-id', 'w']] });

		assert.equal(seen.HTTP_SVIX_ID, 'msg_1');
		assert.equal(seen.HTTP_SVIX_TIMESTAMP, '2');
		assert.equal(seen.HTTP_SVIX_SIGNATURE, 'v1,a v1,b');
		assert.equal(seen.HTTP_WEBHOOK_ID, 'w');
	},

	async 'signatures of trackers arrive'(server)
	{
		const sent = { 'X-Hub-Signature': 'sha256=0a',
		    'X-Atlassian-Webhook-Identifier': 'a-1',
		    'Linear-Signature': '0b', 'Linear-Delivery': 'd-1',
		    'Linear-Event': 'Issue' };
		const { seen } = await ask(server, `${MOUNT}/tracker/jira`,
		    { method: 'POST', body: Buffer.from('{}'),
		    headers: Object.entries(sent) });

		for (const [name, value] of Object.entries(sent))
			assert.equal(seen[variable(name)], value, name);
	},

	async 'a bearer token arrives, and whose form it was'(server)
	{
		const { seen } = await ask(server, `${MOUNT}/metrics`,
		    { headers: [['Authorization', 'Bearer abc']] });
		const form = await ask(server, `${PEOPLE}/act/release`,
		    { method: 'POST', body: Buffer.from('key=1'),
		    headers: [basic(), ['Content-Type',
		    'application/x-www-form-urlencoded'],
		    ['Origin', 'http://a.example'],
		    ['Sec-Fetch-Site', 'same-origin']] });

		assert.equal(seen.HTTP_AUTHORIZATION, 'Bearer abc');
		assert.equal(seen.REMOTE_USER ?? '', '');
		assert.equal(form.seen.REMOTE_USER, PERSON.user);
		assert.equal(form.seen.HTTP_ORIGIN, 'http://a.example');
		assert.equal(form.seen.HTTP_SEC_FETCH_SITE, 'same-origin');
		assert.match(form.seen.HTTP_HOST, /^(localhost|127\.0\.0\.1)/);
		assert.equal(form.seen.CONTENT_TYPE,
		    'application/x-www-form-urlencoded');
		assert.equal(form.bytes, 5);
	},

	async 'bodies up to a mebibyte arrive whole, counted or chunked'(server)
	{
		for (const size of [0, 1, 8192, 131073, MEBIBYTE])
			for (const chunked of size > 0 ? [false, true] :
			    [false]) {
				const { status, bytes } = await ask(server,
				    `${MOUNT}/trunk`, { method: 'POST',
				    body: Buffer.alloc(size, 'a'), chunked });
				assert.deepEqual([status, bytes], [200, size],
				    `${size} ${chunked}`);
			}
	}
};

/* RFC 3875, 4.1.18. */
function
variable(header)
{
	return 'HTTP_' + header.toUpperCase().replaceAll('-', '_');
}

/* By the rule of RFC 3875, or from the whole address. */
function
pathOf(seen)
{
	const uri = (seen.REQUEST_URI ?? '').replace(/\?.*/, '');

	return seen.PATH_INFO || uri.slice(seen.SCRIPT_NAME.length);
}

async function
checkServer(name)
{
	const dir = folder('server');
	const inside = `${dir}/server`;
	const who = account();
	const socket = `${dir}/echo.sock`;
	const responder = await echo.listen(socket);
	let server;

	fs.chmodSync(socket, 0o666);
	fs.mkdirSync(inside);
	if (who !== undefined)
		fs.chownSync(inside, who.uid, who.gid);
	try {
		server = await SERVERS[name](inside, socket);
		/* An empty Caddy answers 200 with nothing. */
		server.empty = name === 'caddy' ? [200] : [];
		for (const [what, work] of Object.entries(CHECKS))
			await report.attempt(`${name}: ${what}`, () =>
			    work(server));
		if (name in TITLES)
			await report.attempt(`${name}: the example of the ` +
			    'manual is taken', async () => assert.equal(
			    manual.taken(TITLES[name], inside), ''));
	} catch (e) {
		report.check(name, [e.message]);
	} finally {
		await server?.stop();
		responder.stop();
		fs.rmSync(dir, { recursive: true, force: true });
	}
}

async function
main()
{
	for (const name of Object.keys(SERVERS))
		await checkServer(name);
	report.finish();
}

main().catch((e) => {
	console.error(e.message);
	process.exitCode = 1;
});
