'use strict';

/*
 * While an organization moves to test collections, Trunk tells each detection
 * twice: under the test's id in its repository and under the one in its
 * collection.  Both at the same instant, to one handler, a hundred times,
 * each a test of its own: one ticket a test, linked under both ids, and
 * found again by both.
 *
 *	node tests/run/twins.js [ROUNDS]
 */

const assert = require('node:assert/strict');
const { randomUUID } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { fronts } = require('./fronts');
const report = require('./report');
const { counts } = require('./sandbox-view');
const { delivery } = require('./sign');
const { World } = require('./world');

const ROUNDS = Number(process.argv[2] ?? 100);
const FLAKY = fs.readFileSync(path.join(__dirname, '..', 'payloads',
    'v2-flaky.json'), 'utf8');

function
twins(round)
{
	const [one, two] = [JSON.parse(FLAKY), JSON.parse(FLAKY)];

	for (const t of [one, two]) {
		t.test_case.name = `keeps round ${round}`;
		t.test_case.id = randomUUID();
	}
	two.test_collection = { id: 'mR7tQ2wZ' };
	return [one, two];
}

async function
tell(world, front, event, id)
{
	const answer = await front.ask({ method: 'POST', path: '/trunk',
	    query: '', ...delivery({ options: {} },
	    Buffer.from(JSON.stringify(event)), id, world.secrets) });

	assert.equal(answer.status, 200, `${answer.status} ${answer.body}`);
	return JSON.parse(answer.body.toString());
}

/* Each pair at once; which one comes first is for the scheduler to say. */
async function
round(world, front, n)
{
	const pair = n % 2 === 0 ? twins(n) : twins(n).reverse();
	const told = await Promise.all(pair.map((e, i) =>
	    tell(world, front, e, `msg_twin_${n}_${i}`)));
	const made = told.filter((a) => a.outcome === 'created');

	assert.equal(new Set(told.map((a) => a.ticket)).size, 1,
	    `round ${n}: ${JSON.stringify(told)}`);
	assert.equal(made.length, 1, `round ${n}: ${JSON.stringify(told)}`);
	assert.ok(told.every((a) => a.linked), JSON.stringify(told));
	for (const [i, e] of pair.entries()) {
		const again = await tell(world, front, { ...e,
		    timestamp: '2026-11-03T07:41:10Z' },
		    `msg_later_${n}_${i}`);
		assert.equal(again.outcome, 'exists');
		assert.equal(again.ticket, told[0].ticket);
	}
}

async function
main()
{
	const world = await World.open();
	const front = new fronts.fcgi();
	const dir = fs.mkdtempSync(`${world.dir}/twins-`);

	try {
		await front.open(world.dir);
		await front.begin(world.configure(
		    world.template('default.ini'), dir));
		await report.attempt(`${ROUNDS} pairs at the same instant`,
		    async () => {
			for (let n = 0; n < ROUNDS; n++)
				await round(world, front, n);
			const got = counts(await world.sandbox.state());
			assert.equal(got.jira, ROUNDS);
			assert.equal(got.links, 2 * ROUNDS);
		});
		await front.end();
	} finally {
		await front.close();
		await world.close();
	}
	report.finish();
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
