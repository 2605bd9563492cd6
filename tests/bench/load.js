'use strict';

/*
 * Load through nginx: interleaved rounds over several subjects, so that what
 * else the machine does meets all of them, and the medians of the rounds.
 *
 *	subject = {name, path, run, pool, extra}
 *
 * `pool` is pool()'s; `run` the program behind nginx, whose processor time is
 * the subject's.
 */

const crypto = require('node:crypto');
const { execFile } = require('node:child_process');
const path = require('node:path');
const { promisify } = require('node:util');
const { cpu, median, quiet } = require('./lib');

const SIZE = 1729;		/* bytes of a body */
const CONNECTIONS = [32, 128];
const UUID = /^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 2);
const PEERS = /^(node|php|webhook)/;
const STRAY = 0.001;		/* of a peer's requests, at most */

/* An event of a test that turned `status`, as long as Trunk's are. */
function
body(status, test = 'crane')
{
	const event = {
		type: 'v2.test_case.status_changed',
		timestamp: new Date().toISOString(),
		previous_status: status === 'FLAKY' ? 'HEALTHY' : 'FLAKY',
		new_status: status,
		triggered_by: { monitor_id: crypto.randomUUID(),
		    monitor_type: 'failure_rate', monitor_status: 'active' },
		repository: { id: crypto.randomUUID(),
		    html_url: 'https://github.com/harbour/quay' },
		test_case: { id: crypto.createHash('sha1').update(test).
		    digest('hex').replace(UUID, '$1-$2-5$3-8$4-$5'),
		    name: `${test} lifts`,
		    classname: 'Harbour.Cranes', parent: 'harbour.cranes',
		    file_path: 'cranes/lift_test.go',
		    html_url: 'https://app.trunk.io/harbour/quay/test/1',
		    codeowners: ['@harbour/cranes'], quarantined: false,
		    variant: '', failure_rate_last_7d: 0.18,
		    pull_requests_impacted_last_7d: 4 }
	};
	const text = JSON.stringify(event);

	event.test_case.classname += '.x'.repeat(
	    Math.max(0, (SIZE - text.length) >> 1));
	return JSON.stringify(event);
}

let made = 0;

/*
 * {size, bodies, pool}: names of files with `n` signed requests, whose bodies
 * are those of `texts` in turn.
 */
function
pool(place, texts, n, good = true)
{
	const key = Buffer.from(place.secret.replace(/^whsec_/, ''), 'base64');
	const stamp = Math.floor(Date.now() / 1000);
	const lines = [];

	for (let i = 0; i < n; i++) {
		const id = `msg_${++made}_of_this_run_0123456789`;
		const at = i % texts.length;
		const sig = good ? crypto.createHmac('sha256', key).update(
		    `${id}.${stamp}.${texts[at]}`).digest('base64') :
		    crypto.randomBytes(32).toString('base64');
		lines.push(`${id} ${stamp} v1,${sig} ${at + 1}`);
	}
	return { size: n, bodies: place.keep('bodies', texts.join('\n') +
	    '\n'), pool: place.keep('pool', lines.join('\n') + '\n') };
}

/* Bodies of so many tests. */
function
bodies(status, n)
{
	return Array.from({ length: n }, (_, i) => body(status, `crane ${i}`));
}

/* One run of wrk, once the one before has left nothing to do. */
async function
drive(place, subject, connections, seconds)
{
	const set = subject.pool();

	await quiet();
	const before = [cpu(subject.run.pid), cpu(place.front.pid)];
	const { stdout } = await promisify(execFile)('wrk', ['-t1',
	    `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s',
	    path.join(__dirname, 'load.lua'),
	    `http://127.0.0.1:${place.port}`], { env: { ...process.env,
	    POOL: set.pool, BODIES: set.bodies, PLACE: subject.path,
	    EXTRA: subject.extra ?? '' } });
	const said = JSON.parse(/^JSON (.*)$/m.exec(stdout)[1]);

	if (said.requests === 0 || said.broken > 0)
		throw new Error(`${subject.name}: ${said.broken} of ` +
		    `${said.requests} requests failed`);
	/* One that waited for too long in a peer's queue is refused by it. */
	const stray = Math.abs(said.refused -
	    (subject.refused ? said.requests : 0));
	if (!subject.lenient && stray > said.requests *
	    (PEERS.test(subject.name) ? STRAY : 0))
		throw new Error(`${subject.name}: ${said.refused} of ` +
		    `${said.requests} were refused`);
	if (subject.once && said.requests > set.size)
		throw new Error(`${subject.name}: its pool of ${set.size} ` +
		    `was too small for ${said.requests}`);
	return { requests: said.requests, failed: subject.refused ?
	    said.requests - said.refused : said.refused,
	    rate: said.requests * 1e6 / said.us, p50: said.p50,
	    p99: said.p99,
	    back: (cpu(subject.run.pid) - before[0]) / said.requests,
	    front: (cpu(place.front.pid) - before[1]) / said.requests };
}

/* {NAME: {CONNECTIONS: {rate, p50, p99, back, front}}}, medians. */
async function
rounds(place, subjects, counts = CONNECTIONS)
{
	const all = {};

	for (const s of subjects)
		await drive(place, s, counts[0], 1);
	for (let i = 0; i < ROUNDS * counts.length; i++)
		for (const s of subjects) {
			const n = counts[i % counts.length];
			((all[s.name] ??= {})[n] ??= []).push(
			    await drive(place, s, n, SECONDS));
		}
	for (const byCount of Object.values(all))
		for (const [n, list] of Object.entries(byCount))
			byCount[n] = Object.fromEntries(Object.keys(list[0]).
			    map((k) => [k, median(list.map((r) => r[k]))]));
	return all;
}

module.exports = { CONNECTIONS, SECONDS, bodies, drive, pool, rounds };
