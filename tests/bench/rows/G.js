'use strict';

/*
 * A large ledger: what a delivery costs in one, and how much memory and
 * processor time the verbs take that walk through it, when all is as the
 * ledger says and when nothing is.
 */

const fs = require('node:fs');
const { execFileSync } = require('node:child_process');
const { bodies, pool, rounds } = require('../load');
const { atMost, cpu, figure, memory } = require('../lib');
const { BUILD, within } = require('../place');
const upstream = require('../upstream');
const { BINARY, sleep, start } = require('../../run/process');

const TICKETS = Number(process.env.BENCH_TICKETS ?? 100000);
const FEW = 1000;
const KIB = 1024;
const POOL = 20000;
const LOOK = 20;		/* ms between two looks at a verb */
const TAIL = 4096;		/* characters of what it prints */
const CONNECTIONS = 4;
const WORKERS = 16;

function
fill(place, name, tickets)
{
	execFileSync(`${BUILD}/bench/panel`, ['--fill',
	    `${place.dir}/${name}.db`], { env: { ...process.env,
	    BENCH_TICKETS: String(tickets) } });
}

/* Deliveries that are new to both, of tests that are new to both. */
async function
cost(place)
{
	const texts = bodies('HEALTHY', POOL / 10);
	const subject = async (name) => ({ name, once: true,
	    path: `/hooks/${name}/trunk`,
	    pool: () => pool(place, texts, POOL),
	    run: await place.tickethook(place.configure(WORKERS, {}, name),
	        name) });

	place.fronts = ['empty', 'full'];
	await place.nginx();
	const all = await rounds(place, [await subject('empty'),
	    await subject('full')], [CONNECTIONS]);
	const [empty, full] = [all.empty, all.full].map((r) =>
	    r[CONNECTIONS]);
	return [figure('a delivery, empty ledger: processor time', empty.back,
	    'us'), figure(`a delivery, ${TICKETS} tickets: processor time`,
	    full.back, 'us'),
	    atMost('processor time against an empty ledger',
	    full.back / empty.back, 'x', 1.2),
	    atMost('p50 against an empty ledger', full.p50 / empty.p50, 'x',
	    1.2)];
}

/*
 * {kib, us, end}: memory at most and processor time of a verb, and the end of
 * what it printed.
 */
async function
peak(config, verb)
{
	const run = start(BINARY, [...verb.split(' '), '-c', config]);
	let kib = 0, us = 0;

	while (!run.over) {
		try {
			kib = Math.max(kib, memory(run.pid, 'VmHWM'));
			us = Math.max(us, cpu(run.pid));
		} catch {
			/* It has just ended. */
		}
		run.out = run.out.slice(-TAIL);
		await sleep(LOOK);
	}
	const { code } = await run.exited;
	if (code !== 0 && code !== 1)
		throw new Error(`${verb} ended with ${code}: ${run.log}`);
	return { kib, us, end: run.out };
}

/* Of each lost ticket that, its link, and a test without one. */
function
expect(verb, end, differences)
{
	const said = /(?:differences":|asked, )(\d+)/.exec(
	    end.trim().split('\n').pop());
	const n = said === null ? undefined : Number(said[1]);

	if (verb.startsWith('reconcile') && n !== differences)
		throw new Error(`${verb} found ${n} differences, not ` +
		    `${differences}`);
}

/*
 * {VERB: {kib, us}}, each on a ledger of its own, since some change it.
 * `lost`: nothing is as the ledger says, and as many other tests are flaky.
 */
function
walk(tickets, lost, verbs)
{
	return within(async (place) => {
		const all = {};

		fill(place, 'whole', tickets);
		const more = await upstream.open(place, 0, true, lost ?
		    tickets : 0);
		for (const verb of verbs) {
			fs.copyFileSync(`${place.dir}/whole.db`,
			    `${place.dir}/walk.db`);
			all[verb] = await peak(place.configure(1, more,
			    'walk'), verb);
			expect(verb, all[verb].end, lost ? 3 * tickets : 0);
			for (const end of ['-wal', '-shm'])
				fs.rmSync(`${place.dir}/walk.db${end}`,
				    { force: true });
		}
		return all;
	});
}

async function
against(lost, verbs)
{
	const small = await walk(FEW, lost, verbs);
	const large = await walk(TICKETS, lost, verbs);

	return verbs.flatMap((verb) => {
		const what = lost ? `${verb}, nothing as it says` : verb;
		const [few, many] = [small[verb], large[verb]];
		return [figure(`${what}, ${FEW} tickets: memory at most`,
		    few.kib / KIB, 'MiB'),
		    figure(`${what}, ${TICKETS} tickets: memory at most`,
		    many.kib / KIB, 'MiB'),
		    atMost(`${what}: memory against ${FEW} tickets`,
		    many.kib / few.kib, 'x', 1.5),
		    figure(`${what}: processor time of one ticket`,
		    many.us / TICKETS, 'us'),
		    atMost(`${what}: that against ${FEW} tickets`,
		    many.us / TICKETS / (few.us / FEW), 'x', 1.5)];
	});
}

async function
run()
{
	const out = await within((place) => {
		fill(place, 'full', TICKETS);
		return cost(place);
	});

	out.push(...await against(false, ['sync', 'reconcile']));
	out.push(...await against(true, ['sync', 'reconcile',
	    'reconcile --json', 'reconcile --apply']));
	return out;
}

module.exports = { run, title: 'A large ledger' };
