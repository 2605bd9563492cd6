'use strict';

/*
 * node tests/run/storm.js
 *
 * A storm: 500 tests of two code owners turn flaky at once, through one
 * handler.  Tickets stay within the budget, every test is accounted for and
 * linked, owners are never mixed, and it is told once.  Then the same with
 * over_budget = park, which `sync` files hour by hour.
 */

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');
const fcgi = require('./fcgi');
const { variables } = require('./fronts');
const { BINARY, serve, sleep, until } = require('./process');
const report = require('./report');
const { change } = require('./settings');
const { delivery } = require('./sign');
const { World } = require('./world');

const SEED = JSON.parse(fs.readFileSync(path.join(__dirname, '..',
    'payloads', 'v2-flaky.json'), 'utf8'));
const OWNERS = ['@brightwater/payments', '@brightwater/web'];
const TOKEN = 'whoever-shows-this-may-know';
const AT_ONCE = 48;
const TRIES = 20;
const run = promisify(execFile);

/* The n-th test's id, name and owner. */
const idOf = (n) => `00000000-0000-5000-8000-${String(n).padStart(12, '0')}`;
const nameOf = (n) => `case ${n} of the ferry`;
const ownerOf = (n) => OWNERS[n % OWNERS.length];

function
mail(world, n)
{
	const body = structuredClone(SEED);

	Object.assign(body.test_case, { id: idOf(n), name: nameOf(n),
	    codeowners: [ownerOf(n)], html_url: 'https://app.trunk.io/' +
	    `brightwater/flaky-tests/test/${idOf(n)}` });
	return delivery({ options: {} }, Buffer.from(JSON.stringify(body)),
	    `msg_storm_${n}`, world.secrets);
}

/* As Svix does: again until it is a 2xx. */
async function
deliver(world, socket, n)
{
	for (let i = 0; i < TRIES; i++) {
		const made = mail(world, n);
		const { status, body } = await fcgi.request({ path: socket },
		    variables({ method: 'POST', path: '/trunk', ...made }),
		    made.body);
		if (status === 200)
			return JSON.parse(body.toString());
		await sleep(100 * (i + 1));
	}
	throw new Error(`test ${n} was never taken`);
}

/* Tests 1 to `count`, many at once; {outcome: [numbers]}. */
async function
storm(world, socket, count)
{
	const left = Array.from({ length: count }, (_, i) => i + 1);
	const seen = {};

	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		while (left.length > 0) {
			const n = left.shift();
			const { outcome } = await deliver(world, socket, n);
			(seen[outcome] ??= []).push(n);
		}
	}));
	return seen;
}

function
configure(world, lines, dir)
{
	return world.configure([['set', '[notify all] on = storm'],
	    ['set', '[notify all] url = @HOOK_URL@/open/all'], ...lines].reduce(
	    (text, [verb, rest]) => change(text, verb, rest),
	    world.template('default.ini')), dir);
}

async function
sql(dir, statement)
{
	const { stdout } = await run('sqlite3', [`${dir}/ledger.db`,
	    statement]);

	return stdout.trim();
}

/* Ticket to the tests that Trunk links to it. */
function
byTicket(state)
{
	const tickets = new Map();

	for (const l of state.trunk.links) {
		const n = Number(l.testId.slice(-12));
		tickets.set(l.ticket, [...tickets.get(l.ticket) ?? [], n]);
	}
	return tickets;
}

/* Each test once, and no ticket with tests of two owners. */
function
accounted(state, count)
{
	const tickets = byTicket(state);
	const all = [...tickets.values()].flat().sort((a, b) => a - b);

	assert.deepEqual(all, Array.from({ length: count }, (_, i) => i + 1));
	for (const [ticket, tests] of tickets)
		assert.equal(new Set(tests.map(ownerOf)).size, 1,
		    `${ticket} has tests of several owners`);
	return tickets;
}

function
textOf(state, ticket)
{
	const jira = state.jira.issues.find((i) => i.key === ticket);
	const linear = state.linear.issues.find((i) => i.identifier ===
	    ticket);

	return jira ? JSON.stringify(jira.fields.description) :
	    linear.description;
}

/* What /ready tells whoever may know. */
async function
ready(socket)
{
	const { body } = await fcgi.request({ path: socket }, variables({
	    method: 'GET', path: '/ready', body: null,
	    headers: [['Authorization', `Bearer ${TOKEN}`]] }),
	    Buffer.alloc(0));

	return JSON.parse(body.toString());
}

async function
fold(world, dir)
{
	const COUNT = 500, BUDGET = 20;
	const config = configure(world, [
	    ['set', `[panel] token = ${TOKEN}`],
	    ['set', `[rule owners] budget = ${BUDGET}/h`]], dir);
	const socket = `${dir}/s`;
	const handler = await serve(config, socket);
	const sandbox = world.sandbox;

	try {
		assert.equal((await ready(socket)).storm, undefined);
		const seen = await storm(world, socket, COUNT);
		assert.equal((await ready(socket)).storm, 'owners');
		const { counts } = await sandbox.state();
		const made = counts.jira + counts.linear;
		/* A try that a busy machine cut short is told of so. */
		const { exists = [], ...first } = seen;
		assert.deepEqual(Object.keys(first).sort(),
		    ['created', 'folded']);
		assert.ok(made <= BUDGET && made >= first.created.length + 2,
		    `${made} tickets`);
		const tickets = accounted(await sandbox.state(), COUNT);
		assert.equal(tickets.size, made);
		const crowd = [...tickets].filter(([, t]) => t.length > 1);
		const shared = crowd.flatMap(([, t]) => t);
		assert.deepEqual(shared.filter((n) => !exists.includes(n))
		    .sort(), first.folded.sort());
		/* Lists are written behind the answers. */
		const missing = async () => {
			const state = await sandbox.state();
			return crowd.flatMap(([ticket, tests]) =>
			    tests.filter((n) => !textOf(state, ticket).includes(
			    nameOf(n)))).length;
		};
		if (!await until(async () => await missing() === 0, 2000)) {
			await sql(dir, 'UPDATE ticket SET list_tried = 0');
			await run(BINARY, ['sync', '-c', config]);
		}
		assert.equal(await missing(), 0, 'tests are not listed');
		const told = () => sandbox.log.filter((e) => e.op ===
		    'hook.post' && e.effect);
		assert.ok(await until(() => told().length > 0, 3000));
		assert.equal(told().length, 1);
		assert.equal(told()[0].body.outcome, 'storm');
	} finally {
		assert.equal((await handler.stop()).code, 0, handler.log);
	}
}

/* One of the folded gets a ticket of its own, and its link moves. */
async function
split(world, dir)
{
	const before = byTicket(await world.sandbox.state());
	const [from, tests] = [...before].find(([, t]) => t.length > 1);
	const n = tests[0];

	await run(BINARY, ['release', '-c', `${dir}/tickethook.ini`,
	    '--test', idOf(n)]);
	const after = accounted(await world.sandbox.state(), 500);
	assert.equal(after.size, before.size + 1);
	assert.ok(!after.get(from).includes(n));
	assert.ok([...after].some(([, t]) => t.length === 1 && t[0] === n));
}

async function
park(world, dir)
{
	const COUNT = 60, BUDGET = 25;
	const config = configure(world, [
	    ['set', '[handler] deadline = 1s'],
	    ['set', `[rule owners] budget = ${BUDGET}/h`],
	    ['set', '[rule owners] over_budget = park']], dir);
	const room = BUDGET - Math.ceil(BUDGET / 5);
	const socket = `${dir}/s`;
	const handler = await serve(config, socket);
	let left = COUNT - room;

	try {
		const seen = await storm(world, socket, COUNT);
		/* A try that a busy machine cut short is told of so. */
		const { created, exists = [], parked } = seen;
		assert.equal(created.length + exists.length, room);
		assert.equal(parked.length, left);
		while (left > 0) {
			/* An hour later, with nobody's release. */
			await sql(dir, 'UPDATE token SET time = time - ' +
			    '3600000; UPDATE delivery SET last = last - ' +
			    '3600000');
			const { stdout } = await run(BINARY, ['sync', '-c',
			    config, '--json']).catch((e) => e);
			const got = JSON.parse(stdout);
			assert.equal(got.done, Math.min(left, room), stdout);
			left -= got.done;
			assert.equal(got.left, left);
		}
		const state = await world.sandbox.state();
		assert.equal(accounted(state, COUNT).size, COUNT);
		assert.equal(state.counts.jira + state.counts.linear, COUNT);
	} finally {
		assert.equal((await handler.stop()).code, 0, handler.log);
	}
}

async function
main()
{
	const world = await World.open();

	try {
		for (const [name, test] of [['fold', fold], ['split', split],
		    ['park', park]]) {
			const dir = `${world.dir}/${name === 'split' ?
			    'fold' : name}`;
			if (name === 'park')
				await world.sandbox.reset();
			await report.attempt(`a storm: ${name}`, () =>
			    test(world, dir));
		}
	} finally {
		await world.close();
	}
	report.finish();
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
