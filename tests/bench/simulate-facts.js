'use strict';

/*
 * node tests/bench/simulate-facts.js [--check]
 *
 * Measures what simulate.js takes for granted of one handler, against the
 * sandbox: the calls that a delivery makes, the commits of the ledger, and
 * the time of its processor.  With --check, whether the calls and commits
 * are still those that are written down below, which simulate.js uses; times
 * are not compared, since they are this machine's.
 */

const fs = require('node:fs');
const { check: report, finish } = require('../run/report');
const fcgi = require('../run/fcgi');
const { variables } = require('../run/fronts');
const { Place, run, tool } = require('../fault/lab');
const { single, stopAll } = require('../fault/handlers');
const { test } = require('../fault/mails');

const TOKEN = 'a-token-that-counts';
const EACH = 60;		/* deliveries of a kind */
const TICK_MS = 10;		/* of /proc/PID/stat, USER_HZ is 100 */

/*
 * For each new ticket, once names are known: the calls in the order in which
 * they are made, and transactions of the ledger.  `again` is one more event of
 * a test with a ticket, `none` one of a test that has none and is healthy;
 * `late` the calls of `sync` for each ticket an hour after it was made, those
 * for all at once left out.  Times are ms of a processor, as this command
 * printed them on a virtual machine with two.
 */
const FACTS = {
	linear: {
		first: ['trunk.details', 'linear.issueCreate', 'trunk.link'],
		again: ['linear.commentCreate'],
		none: [], late: [],
		commits: 6, commitsAgain: 4, commitsNone: 1,
		cpu: 3.5, cpuAgain: 2
	},
	jira: {
		first: ['trunk.details', 'jira.search', 'jira.search',
		    'jira.create', 'trunk.link'],
		again: ['jira.comments', 'jira.comment'],
		none: [], late: ['jira.search'],
		commits: 7, commitsAgain: 4, commitsNone: 1,
		cpu: 6.2, cpuAgain: 4
	}
};

async function
commits(place, where)
{
	const { body } = await fcgi.request(where, variables({ method: 'GET',
	    path: '/metrics', headers: [['Authorization',
	    `Bearer ${TOKEN}`]] }), Buffer.alloc(0));

	/* There is no such line before the first. */
	return Number(/^tickethook_ledger_commits_total\{[^}]*"ok"\} (\d+)$/m.
	    exec(body.toString())?.[1] ?? 0);
}

function
cpu(pid)
{
	const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
	const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).
	    split(' ').slice(11, 13).map(Number);

	return (user + system) * TICK_MS;
}

/* The calls that all of `lists` have in common, if they have. */
function
same(lists)
{
	const texts = new Set(lists.map((l) => l.join(' ')));

	if (texts.size !== 1)
		throw new Error(`they differ: ${[...texts].join(' / ')}`);
	return lists[0];
}

/* Deliver them one by one; calls, commits and processor time of each. */
async function
deliver(place, handler, mails)
{
	const before = [await commits(place, handler.where),
	    cpu(handler.run.pid)];
	const calls = [];

	for (const m of mails) {
		const at = place.sandbox.log.length;
		const { status, body } = await place.fcgi(handler.where, m);
		if (status !== 200)
			throw new Error(`${status}: ${body}`);
		calls.push(place.sandbox.log.slice(at).map((l) => l.op));
	}
	const used = cpu(handler.run.pid) - before[1];
	return { calls: same(calls), cpu: used / mails.length,
	    commits: ((await commits(place, handler.where)) - before[0]) /
	    mails.length };
}

/* What `sync` asks the trackers for each of the tickets, two hours old. */
async function
later(place)
{
	const at = place.sandbox.log.length;
	const { found } = await place.inspect('UPDATE ticket ' +
	    'SET created = created - 7200000');

	if (found.length > 0)
		throw new Error(found.join(' '));
	const { log } = await run(place.binary, ['sync', '-c', place.config]);
	const calls = place.sandbox.log.slice(at).map((l) => l.op);
	if (calls.length === 0)
		throw new Error(`sync called nobody: ${log}`);
	return [...new Set(calls)].flatMap((op) => Array.from({ length:
	    Math.floor(calls.filter((c) => c === op).length /
	    (EACH + 1)) }, () => op));
}

async function
measure(place, tracker)
{
	const tests = Array.from({ length: EACH + 1 }, (x, i) =>
	    test(tracker, i));
	const mails = tests.map((t, i) => t.mail(`msg_first_${i}`));
	const more = tests.map((t, i) => t.mail(`msg_again_${i}`,
	    { at: 9, status: 'BROKEN' }));
	const well = tests.map((t, i) => test(tracker, EACH + 1 + i).
	    mail(`msg_none_${i}`, { status: 'HEALTHY' }));

	await place.fresh();
	const handler = await single(place);
	await deliver(place, handler, mails.slice(0, 1));	/* warm */
	const first = await deliver(place, handler, mails.slice(1));
	const again = await deliver(place, handler, more.slice(1));
	const none = await deliver(place, handler, well);
	await handler.stop();
	return { first: first.calls, again: again.calls,
	    none: none.calls, late: await later(place),
	    commits: first.commits, commitsAgain: again.commits,
	    commitsNone: none.commits, cpu: first.cpu,
	    cpuAgain: again.cpu };
}

function
show(tracker, f)
{
	console.log(`${tracker}: a new ticket: ${f.first.join(', ')}; ` +
	    `${f.commits} commits, ${f.cpu.toFixed(1)} ms`);
	console.log(`${tracker}: another event of it: ` +
	    `${f.again.join(', ') || 'no calls'}; ${f.commitsAgain} ` +
	    `commits, ${f.cpuAgain.toFixed(1)} ms`);
	console.log(`${tracker}: one that nobody wants a ticket of: ` +
	    `${f.none.join(', ') || 'no calls'}; ${f.commitsNone} commits`);
	console.log(`${tracker}: an hour later: ` +
	    `${f.late.join(', ') || 'no calls'}`);
}

/* Without the times, as text. */
function
counts({ cpu: c, cpuAgain, ...rest })
{
	return JSON.stringify(rest);
}

async function
main(check)
{
	const place = await Place.open({ settings: [`[panel] token = ${TOKEN}`,
	    '[handler] deadline = 10s'] });

	try {
		for (const tracker of Object.keys(FACTS)) {
			const f = await measure(place, tracker);
			show(tracker, f);
			if (check)
				report(tracker, counts(f) ===
				    counts(FACTS[tracker]) ? [] :
				    [`not ${counts(FACTS[tracker])}`]);
		}
		if (check)
			finish();
	} finally {
		await stopAll();
		await place.close();
	}
}

if (require.main === module)
	main(process.argv.includes('--check')).catch((e) => {
		console.error(e);
		process.exitCode = 1;
	});

module.exports = { FACTS };
