'use strict';

/*
 * node tests/serve.js [CONFIG]		(make serve CONFIG=my.ini)
 *
 * Keeps the handler and an nginx with the shipped fragment up until Ctrl-C
 * and prints the URL.  Without CONFIG, or when it has placeholders such as
 * @LINEAR_URL@, a sandbox plays Trunk, Linear and Jira; otherwise CONFIG is
 * used as it is.  Without CONFIG there are the pages for people, too.
 * PORT=8080 in the environment chooses the port.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { open } = require('./run/nginx');
const { serve } = require('./run/process');
const { PEOPLE, PERSON } = require('./run/shipped');
const { World } = require('./run/world');

const PANEL = `
[panel]
users = ${PERSON.user}
`;

/* {config, world}: the file to use; the sandbox if one is needed. */
async function
prepare(dir, given)
{
	const text = given === undefined ? null :
	    fs.readFileSync(given, 'utf8');

	if (text !== null && !/@[A-Z_]+@/.test(text))
		return { config: path.resolve(given) };
	const world = await World.open(dir);
	return { world, config: world.configure(
	    text ?? world.template('default.ini') + PANEL, dir) };
}

function
tell(server, config, world)
{
	const lines = [`tickethook listens at ${server.url}/trunk`];

	if (world === undefined)
		lines.push('Trunk needs to reach it over https: put your web ' +
		    'server or a tunnel in front,',
		    'and paste the https URL into Trunk (Settings, ' +
		    'Organization, Webhooks).');
	else
		lines.push('Trunk, Linear and Jira are played by a sandbox; ' +
		    `what it sees: ${world.sandbox.control}/log`);
	if (/^\[panel\]/m.test(fs.readFileSync(config, 'utf8')))
		lines.push(`Pages for people: ${new URL(PEOPLE + '/',
		    server.url)} (user ${PERSON.user}, password ` +
		    `"${PERSON.password}")`);
	lines.push('Try it:', `  build/tickethook send ` +
	    `tests/payloads/v2-flaky.json -c ${config} \\`,
	    `    --url ${server.url}/trunk`, 'Ctrl-C ends it.');
	console.log(lines.join('\n'));
}

async function
main()
{
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'tickethook-'));
	const up = [];
	let code = 0;

	try {
		const { config, world } = await prepare(dir, process.argv[2]);
		if (world !== undefined)
			up.push(() => world.close());
		const handler = await serve(config, `${dir}/handler.sock`);
		up.push(() => handler.stop());
		process.stderr.write(handler.log);
		handler.child.stderr.on('data', (d) =>
		    process.stderr.write(d));
		const server = await open(`${dir}/nginx`,
		    `${dir}/handler.sock`, Number(process.env.PORT ?? 0));
		up.push(() => server.stop());
		tell(server, config, world);
		const asked = new Promise((resolve) => {
			process.on('SIGINT', resolve);
			process.on('SIGTERM', resolve);
		});
		await Promise.race([asked, handler.exited, server.exited]);
		code = handler.over || server.over ? 1 : 0;
	} catch (e) {
		console.error(e.message);
		code = 1;
	}
	for (const stop of up.reverse())
		await stop();
	fs.rmSync(dir, { recursive: true, force: true });
	process.exitCode = code;
}

main();
