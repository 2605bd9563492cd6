'use strict';

/*
 * A large ledger: what a delivery costs in one, and how much memory the verbs
 * take that walk through it.
 */

const { execFileSync } = require('node:child_process');
const { bodies, pool, rounds } = require('../load');
const { atMost, figure, memory } = require('../lib');
const { BUILD, within } = require('../place');
const upstream = require('../upstream');
const { BINARY, sleep, start } = require('../../run/process');

const TICKETS = Number(process.env.BENCH_TICKETS ?? 100000);
const FEW = 1000;
const KIB = 1024;
const POOL = 20000;
const LOOK = 20;		/* ms between two looks at the memory */
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

/* KiB at most while a verb runs. */
async function
peak(config, ...args)
{
	const run = start(BINARY, [...args, '-c', config]);
	let kib = 0;

	while (!run.over) {
		try {
			kib = Math.max(kib, memory(run.pid, 'VmHWM'));
		} catch {
			/* It has just ended. */
		}
		await sleep(LOOK);
	}
	const { code } = await run.exited;
	if (code !== 0 && code !== 1)
		throw new Error(`${args[0]} ended with ${code}: ${run.log}`);
	return kib;
}

async function
run()
{
	return within(async (place) => {
		const out = [];

		fill(place, 'full', TICKETS);
		fill(place, 'few', FEW);
		out.push(...await cost(place));
		const more = await upstream.open(place, 0, true);
		for (const verb of ['sync', 'reconcile']) {
			const small = await peak(place.configure(1, more,
			    'few'), verb);
			const large = await peak(place.configure(1, more,
			    'full'), verb);
			out.push(figure(`${verb} of ${FEW} tickets: memory ` +
			    'at most', small / KIB, 'MiB'),
			    figure(`${verb} of ${TICKETS} tickets: memory ` +
			    'at most', large / KIB, 'MiB'),
			    atMost(`${verb}: against ${FEW} tickets`,
			    large / small, 'x', 1.5));
		}
		return out;
	});
}

module.exports = { run, title: 'A large ledger' };
