'use strict';

/*
 * node tests/demo.js			(make demo)
 *
 * The handler behind a real nginx with the shipped fragment, and a sandbox
 * that plays Trunk, Linear and Jira.  Delivers signed sample events, prints
 * what came back and what was filed and linked; exit 0 only if all of it is
 * as it should be.
 */

const fs = require('node:fs');
const path = require('node:path');
const { open } = require('./run/nginx');
const { serve, start, BINARY } = require('./run/process');
const { bytes } = require('./run/payload');
const { counts, links, tickets } = require('./run/sandbox-view');
const { delivery } = require('./run/sign');
const { http } = require('./run/wire');
const { match } = require('./run/match');
const { World } = require('./run/world');

const HEALTHY = ['with previous_status = "FLAKY"',
    'with new_status = "HEALTHY"'];
const PAY = '/^PAY-\\d+$/';
const WEB = '/^WEB-\\d+$/';

/* What is sent: a payload, how, and what should come back. */
const SHOW = [
	{ what: 'v2, flaky, owner @brightwater/payments',
	    file: 'v2-flaky.json', id: 'msg_demo_owner', status: 200,
	    answer: { outcome: 'created', ticket: PAY, linked: true } },
	{ what: 'v1, flaky, under web/', file: 'v1-flaky.json',
	    id: 'msg_demo_path', status: 200,
	    answer: { outcome: 'created', ticket: WEB, linked: true } },
	{ what: 'the first one again', file: 'v2-flaky.json',
	    id: 'msg_demo_owner', status: 200,
	    answer: { outcome: 'created', ticket: PAY, replayed: true } },
	{ what: 'a forged signature', file: 'v2-flaky.json', forged: true,
	    id: 'msg_demo_forged', status: 401,
	    answer: { error: 'unverified' } },
	{ what: 'v2, healthy again', file: 'v2-flaky.json', lines: HEALTHY,
	    id: 'msg_demo_healthy', status: 200,
	    answer: { outcome: 'ignored' } }
];

function
payload(item)
{
	return { words: [item.file], options: {}, lines: item.lines ?? [] };
}

/* With a secret that nobody has configured, straight to nginx. */
async function
forge(item, { server, world })
{
	const step = { ...payload(item), options: { secret: ['stranger'] } };
	const sent = delivery(step, bytes(step), item.id, world.secrets);
	const got = await http(server.port, { method: 'POST', ...sent,
	    target: new URL(`${server.url}/trunk`).pathname });

	return { status: got.status, answer: JSON.parse(got.body) };
}

/* By the program's own verb, which signs as Svix does. */
async function
send(item, { server, config, dir })
{
	const file = path.join(dir, 'payload.json');

	fs.writeFileSync(file, bytes(payload(item)));
	const run = start(BINARY, ['send', file, '-c', config,
	    '--id', item.id, '--url', `${server.url}/trunk`]);
	await run.exited;
	const said = /^(\d{3}) (\{.*\})$/m.exec(run.out);
	if (said === null)
		throw new Error(`tickethook send said: ${run.out}${run.log}`);
	return { status: Number(said[1]), answer: JSON.parse(said[2]) };
}

function
table(rows)
{
	const widths = rows[0].map((_, i) => Math.max(...rows.map((r) =>
	    String(r[i]).length)));

	for (const r of rows)
		console.log('  ' + r.map((cell, i) => String(cell).padEnd(
		    widths[i])).join('  ').trimEnd());
}

async function
deliverAll(stage)
{
	const rows = [['sent', 'status', 'outcome', 'ticket', 'linked', '']];
	const wrong = [];

	for (const item of SHOW) {
		const got = await (item.forged ? forge : send)(item, stage);
		const a = got.answer;
		const found = match({ status: item.status,
		    answer: item.answer }, got);
		rows.push([item.what, got.status, a.outcome ?? a.error,
		    a.ticket ?? '', a.linked ?? '',
		    a.replayed ? 'replayed' : '']);
		wrong.push(...found.map((f) => `${item.what}: ${f}`));
	}
	console.log('Deliveries\n');
	table(rows);
	return wrong;
}

async function
showWorld({ world })
{
	const state = await world.sandbox.state();
	const { jira, linear, links: linked, noops } = counts(state);

	console.log('\nTickets\n');
	table([['key', 'title'], ...tickets(state)]);
	console.log('\nLinks in Trunk\n');
	table([['test', 'ticket'], ...links(state)]);
	return match({ jira: 1, linear: 1, links: 2, noops: 0 },
	    { jira, linear, links: linked, noops });
}

async function
main()
{
	const world = await World.open();
	const dir = world.dir;
	const up = [() => world.close()];
	let wrong;

	try {
		const config = world.configure(world.template('default.ini'),
		    dir);
		const handler = await serve(config, `${dir}/handler.sock`);
		up.push(() => handler.stop());
		const server = await open(`${dir}/nginx`,
		    `${dir}/handler.sock`);
		up.push(() => server.stop());
		const stage = { world, server, config, dir };
		wrong = [...await deliverAll(stage), ...await showWorld(stage)];
	} catch (e) {
		wrong = [e.message];
	}
	for (const stop of up.reverse())
		await stop();
	console.log(wrong.length === 0 ?
	    '\nAll as it should be.' : `\nNot right:\n${wrong.join('\n')}`);
	process.exitCode = wrong.length === 0 ? 0 : 1;
}

main();
