'use strict';

/*
 * With strace: what the handler asks of the system, and errors in it.
 *
 *	disk	every call on the ledger's files fails: once, or from then on,
 *		with a full disk, a broken disk, a read-only one
 *	order	the ledger is synced before the first byte of a 2xx is sent;
 *		an answer that is given again was synced when it was first
 *		given
 */

const fs = require('node:fs');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { kept, single } = require('./handlers');
const { sleep, start, until } = require('../run/process');
const { BUILD, ROOT, shuffle, share, withPlaces } = require('./lab');
const { test } = require('./mails');

const CALLS = ['write', 'pwrite64', 'fdatasync', 'fsync', 'ftruncate',
    'openat'];
const ERRORS = ['ENOSPC', 'EIO', 'EROFS'];
const SHORT_POINTS = 24;
const REQUESTS = [20, 1000];
/* In a trace: a connection, a write to the ledger, a sync of it, a reply. */
const TAKEN = /^(\d+) .*accept4(?:\(.*| resumed>)\) += (\d+)</;
const WRITTEN = /pwrite64\(\d+<[^>]*ledger\.db/;
const SYNCED = new RegExp('(fdatasync|fsync)' +
    '(\\(\\d+<[^>]*ledger\\.db[^>]*>\\)| resumed>\\)) += 0');
const REPLY = /^\d+ +(?:write|writev|sendto)\((\d+)<.*?Status: (\d+)/;
const FINAL = 'SELECT final FROM delivery';

function
strace()
{
	const found = (process.env.PATH ?? '').split(':').map((d) =>
	    path.join(d, 'strace')).find((f) => fs.existsSync(f));

	if (found !== undefined)
		return found;
	const { status } = spawnSync(path.join(ROOT, 'tests', 'deps'),
	    [path.join(BUILD, '.deps-strace'), 'strace'],
	    { stdio: 'inherit' });
	if (status !== 0)
		throw new Error('strace is not installed');
	return '/usr/bin/strace';
}

/* Lines of a trace as {pid, call, rest}, where each call begins. */
function
entries(text)
{
	return [...text.matchAll(/^(\d+) +(\w+)\((.*)$/gm)].map((m) =>
	    ({ pid: m[1], call: m[2], rest: m[3] }));
}

/* Which calls of the first thread, by name and number, touch the ledger. */
async function
points(place, mail)
{
	await place.fresh();
	const file = `${place.dir}/trace`;
	const { status, log } = await place.cgi(mail, { wrap: [strace(), '-f',
	    '-y', '-o', file, '-e', `trace=${CALLS.join(',')}`, '--'] });
	if (status !== 200)
		throw new Error(`traced it answered ${status}: ${log}`);
	const all = entries(fs.readFileSync(file, 'utf8'));
	const seen = {}, found = [];
	for (const { call, rest } of all.filter((e) => e.pid ===
	    all[0].pid)) {
		seen[call] = (seen[call] ?? 0) + 1;
		if (rest.includes(`${place.dir}/ledger.db`))
			found.push({ call, n: seen[call] });
	}
	return found;
}

async function
fail(place, mail, { call, n, error, on })
{
	await place.fresh();
	const { status, body } = await place.cgi(mail, { wrap: [strace(),
	    '-f', '-o', '/dev/null', '-e', `trace=${call}`, '-e',
	    `inject=${call}:error=${error}:when=${n}${on ? '+' : ''}`,
	    '--'] });
	const found = [];

	if (status === 200) {
		found.push(...await place.exactlyOnce());
		if ((await place.inspect(FINAL)).rows.join() !== '1')
			found.push('200, and it is not in the ledger');
	} else if (status !== 503 && status !== 0) {
		found.push(`${status} ${body}`);
	}
	const last = await place.untilDone(mail);
	if (last.status !== 200)
		found.push(`never 2xx: ${last.status} ${last.body}`);
	return { status, found: [...found, ...await place.exactlyOnce()] };
}

async function
disk({ short, rng })
{
	const problems = [], count = {};
	let bad = 0, done = 0;

	await withPlaces(2, {}, async (places) => {
		for (const tracker of ['linear', 'jira']) {
			const mail = test(tracker, 1).mail('msg_disk');
			const all = (await points(places[0], mail)).flatMap(
			    (p) => ERRORS.flatMap((error) => [false,
			    true].map((on) => ({ ...p, error, on }))));
			const some = short ? shuffle(all, rng).slice(0,
			    SHORT_POINTS / 2) : all;
			await share(places, some, async (place, p) => {
				const { status, found } = await fail(place,
				    mail, p);
				done++;
				bad += found.length > 0;
				count[status] = (count[status] ?? 0) + 1;
				problems.push(...found.map((f) => [tracker,
				    p.call, p.n, p.on ? 'on' : '', p.error,
				    f].join(' ')));
			});
		}
	});
	if (!(count[503] > 0))
		problems.push('no error came through');
	return { figure: `${done} errors, answered ${Object.entries(count).map(
	    ([s, n]) => `${n} ${s === '0' ? 'not at all' : s}`).join(', ')}, ` +
	    `${bad} deviations`, problems };
}

/*
 * Requests in a trace: from each accepted connection to the first write to
 * it.  Requests come one by one, so that what lies between is theirs, but for
 * what the thread that counts repeated deliveries may write after it.
 */
function
requests(text)
{
	const out = [];
	let now;

	for (const line of text.split('\n')) {
		const taken = TAKEN.exec(line);
		const reply = REPLY.exec(line);
		if (taken !== null)
			now = { thread: taken[1], fd: taken[2],
			    written: false, synced: false };
		else if (now === undefined)
			continue;
		else if (WRITTEN.test(line))
			Object.assign(now, { written: true, synced:
			    now.synced && !line.startsWith(
			    `${now.thread} `) });
		else if (SYNCED.test(line))
			now.synced = true;
		else if (reply !== null && reply[1] === now.fd) {
			out.push({ ...now, status: Number(reply[2]) });
			now = undefined;
		}
	}
	return out;
}

/* New tests, known ones, and the same deliveries again. */
function
mixture(count, rng)
{
	const tests = Array.from({ length: Math.ceil(count / 3) }, (x, i) =>
	    test(['linear', 'jira'][i % 2], `order ${i}`));

	return Array.from({ length: count }, (x, i) => i < tests.length ?
	    tests[i].mail(`msg_${i}`) : tests[rng(tests.length)].mail(
	    `msg_${rng(count)}`, { at: rng(9) }));
}

/* Attach to a handler; its `stop` detaches and waits. */
async function
attach(run, file)
{
	const tracer = kept(start(strace(), ['-f', '-y', '-s', '80', '-o',
	    file, '-e', 'trace=accept4,write,writev,sendto,pwrite64,' +
	    'fdatasync,fsync', '-p', String(run.pid)]));

	if (!await until(() => tracer.over || / attached/.test(tracer.log)) ||
	    tracer.over)
		throw new Error(`strace: ${tracer.log}`);
	await sleep(200);		/* all of its threads */
	return tracer;
}

async function
order({ short, rng })
{
	const count = REQUESTS[short ? 0 : 1];
	const problems = [];

	return await withPlaces(1, {}, async ([place]) => {
		await place.fresh();
		const file = `${place.dir}/trace`;
		const handler = await single(place);
		const tracer = await attach(handler.run, file);
		const mails = mixture(count, rng), given = new Set();
		const again = [];
		for (const mail of mails) {
			const { status, body } = await place.fcgi(
			    handler.where, mail);
			if (status !== 200)
				problems.push(`${status} ${body}`);
			again.push(JSON.parse(body).replayed === true);
		}
		await tracer.stop('SIGINT');
		problems.push(...await handler.stop());
		const all = requests(fs.readFileSync(file, 'utf8'));
		const late = all.filter((r, i) => {
			const before = again[i] && given.has(mails[i].id);

			given.add(mails[i]?.id);
			return r.written ? !r.synced : !before;
		});
		if (all.length !== count)
			problems.push(`${all.length} replies in the trace`);
		problems.push(...late.map((r) => `${r.status}, the ledger ` +
		    `${r.written ? 'not synced' : 'not written'}`));
		return { figure: `${all.length - late.length} of ${count} ` +
		    'replies after the sync, of them ' +
		    `${again.filter(Boolean).length} given before`, problems };
	});
}

module.exports = { parts: { disk, order } };
