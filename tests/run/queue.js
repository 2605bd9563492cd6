'use strict';

/*
 * tests/queue/NN-name is a story of a merge queue, its histories written
 * from the vendor's description of the events:
 *
 *	about		what it is
 *	events.jsonl	bodies, in the order of their arrival
 *	expect.txt	what `queue` prints; TIME stands for that of a receipt
 *	expect.json	the lines of `queue --json`, as a list
 *
 * Each event is delivered, signed.  Then: other orders of arrival tell the
 * same where the events have times; --pr gives that pull request and its
 * batches; who never had a batch event is told so.
 * Source: https://docs.trunk.io/merge-queue/webhooks
 */

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { fronts } = require('./fronts');
const { BINARY } = require('./process');
const report = require('./report');
const { delivery } = require('./sign');
const { World } = require('./world');

const SETS = path.join(__dirname, '..', 'queue');

function
run(...args)
{
	return new Promise((resolve) => execFile(BINARY, args, { cwd: '/',
	    env: { PATH: '/usr/bin:/bin' }, timeout: 20000 },
	    (error, out, err) => resolve({ out, err,
	        status: error === null ? 0 : error.code ?? error.signal })));
}

/* Times of receipt are those of this test. */
function
steady(text)
{
	return text.replace(/~\d{4}-[^ ]+Z/g, '~TIME');
}

function
lines(text)
{
	const all = text.trimEnd().split('\n').filter((l) => l !== '').
	    map((l) => JSON.parse(l));

	for (const { history } of all)
		for (const step of history)
			if (step.received)
				step.time = 'TIME';
	return all;
}

async function
tell(world, front, events, name)
{
	for (const [i, event] of events.entries()) {
		const answer = await front.ask({ method: 'POST', query: '',
		    path: '/trunk', ...delivery({ options: {} },
		    Buffer.from(event), `msg_queue_${name}_${i}`,
		    world.secrets) });
		assert.equal(answer.status, 200, `event ${i + 1}: ${
		    answer.status} ${answer.body}`);
	}
}

/* A fresh ledger that was told these events, for as long as work() takes. */
async function
withLedger(world, front, events, name, work)
{
	const dir = fs.mkdtempSync(`${world.dir}/queue-`);
	const config = world.configure(world.template('default.ini'), dir);

	await front.begin(config);
	try {
		await tell(world, front, events, name);
		await work((...args) => run('queue', '-c', config, ...args));
	} finally {
		await front.end();
		fs.rmSync(dir, { recursive: true, force: true });
	}
}

function
load(name)
{
	const read = (f) => fs.readFileSync(path.join(SETS, name, f), 'utf8');

	return { name, about: read('about').trim(),
	    events: read('events.jsonl').trimEnd().split('\n'),
	    text: read('expect.txt'), json: JSON.parse(read('expect.json')) };
}

async function
golden(world, front, story)
{
	await withLedger(world, front, story.events, story.name, async (q) => {
		const text = await q();
		const json = await q('--json');

		assert.equal(text.status, 0, text.err);
		assert.equal(steady(text.out), story.text);
		assert.deepEqual(lines(json.out), story.json);
		assert.equal(/pull_request_batch/.test(text.err),
		    !story.json.some((s) => s.kind === 'batch'), text.err);
	});
}

/* The deliveries of one time may come in any order. */
async function
backwards(world, front, story)
{
	const events = [...story.events].reverse();

	await withLedger(world, front, events, story.name, async (q) => {
		const by = (a, b) => (a.pull_request ?? 1e9) -
		    (b.pull_request ?? 1e9) ||
		    a.branch.localeCompare(b.branch);

		assert.deepEqual(lines((await q('--json')).out).sort(by),
		    story.json.sort(by));
	});
}

async function
onePr(world, front, story)
{
	const pr = story.json.find((s) => s.kind === 'pull_request').
	    pull_request;
	const want = story.json.filter((s) => s.pull_request === pr ||
	    s.pull_requests?.includes(pr));

	await withLedger(world, front, story.events, story.name, async (q) => {
		for (const n of [String(pr), `#${pr}`])
			assert.deepEqual(lines((await q('--pr', n,
			    '--json')).out), want);
		assert.deepEqual(lines((await q('--pr', '9', '--json')).out),
		    []);
		assert.deepEqual(lines((await q('--repository',
		    'BrightWater/check', '--json')).out), story.json);
		assert.equal((await q('--repository', 'other')).out, '');
		assert.deepEqual(lines((await q('--since', '36500d',
		    '--json')).out), story.json);
		assert.equal((await q('--since', '1s')).out, '');
		assert.equal((await q('--pr', 'x')).status, 2);
		assert.equal((await q('--since')).status, 2);
		assert.equal((await q('--since', 'x')).status, 2);
		assert.equal((await q('rest', 'x')).status, 2);
	});
}

async function
main()
{
	const stories = fs.readdirSync(SETS).sort().map(load);
	const world = await World.open();
	const front = new fronts.fcgi();

	try {
		await front.open(world.dir);
		for (const s of stories)
			await report.attempt(`${s.name}: ${s.about}`,
			    () => golden(world, front, s));
		for (const s of stories.slice(1, 4))
			await report.attempt(`${s.name}: backwards`,
			    () => backwards(world, front, s));
		await report.attempt('one pull request, one repository',
		    () => onePr(world, front, stories[0]));
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
