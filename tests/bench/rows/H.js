'use strict';

/* A process that stays: memory, a full house, and its end. */

const net = require('node:net');
const { bodies, drive, pool } = require('../load');
const { atMost, figure, memory } = require('../lib');
const { within } = require('../place');
const { sleep } = require('../../run/process');

const MANY = Number(process.env.BENCH_REQUESTS ?? 100000);
const WARM = 1000;
const KIB = 1024;
const WORKERS = 512;
const CROWD = 256;
const FEW = 2;
const SETTLE = 500;		/* ms for threads to have started */

/* ms from SIGTERM to the end. */
async function
stopping(run)
{
	const began = process.hrtime.bigint();

	await run.stop();
	return Number(process.hrtime.bigint() - began) / 1e6;
}

/* Peers that say nothing: all threads are there from now on. */
async function
fill(place)
{
	const peers = Array.from({ length: CROWD }, () => net.connect(
	    `${place.dir}/tickethook.sock`).on('error', () => {}));

	await sleep(SETTLE);
	peers.forEach((p) => p.destroy());
}

async function
growth(place)
{
	const run = await place.tickethook(place.configure(16));
	const bad = pool(place, bodies('FLAKY', 1), WARM, false);
	const subject = { name: 'tickethook', refused: true, run,
	    path: '/hooks/tickethook/trunk', pool: () => bad };
	let done = 0;

	await place.nginx();
	await fill(place);
	for (; done < WARM; done += (await drive(place, subject, 32, 1)).
	    requests)
		continue;
	const before = memory(run.pid);
	for (done = 0; done < MANY; done += (await drive(place, subject, 32,
	    2)).requests)
		continue;
	const after = memory(run.pid);
	return [figure('memory after the first 1,000 requests', before / KIB,
	    'MiB'), figure(`requests since`, done, ''),
	    atMost('memory they added', after - before, 'KiB', 0),
	    atMost('end of 16 idle workers', await stopping(run), 'ms', 50)];
}

async function
idle(place)
{
	const run = await place.tickethook(place.configure(WORKERS));

	await sleep(SETTLE);
	const kib = memory(run.pid);
	return [atMost(`memory of ${WORKERS} idle workers`, kib / KIB, 'MiB',
	    16), atMost(`end of ${WORKERS} idle workers`,
	    await stopping(run), 'ms', 50)];
}

/* Refusals, so that a wait at the door is all that they meet. */
async function
crowd(place)
{
	const run = await place.tickethook(place.configure(FEW));
	const bad = pool(place, bodies('FLAKY', 1), WARM, false);

	const { requests, failed } = await drive(place, { name: 'tickethook',
	    refused: true, run, path: '/hooks/tickethook/trunk',
	    pool: () => bad, lenient: true }, CROWD, 3);
	return [figure(`requests of ${CROWD} clients to ${FEW} workers`,
	    requests, ''), atMost('of them failed', failed, '', 0)];
}

async function
run()
{
	return within(async (place) => [...await growth(place),
	    ...await idle(place), ...await crowd(place)]);
}

module.exports = { run, title: 'A process that stays' };
