'use strict';

/*
 * What of the performance table can be asserted on any machine, without a
 * clock: no request fails, however many come at once; memory does not grow
 * with requests, nor with the tickets that a verb walks through.
 */

const { execFileSync } = require('node:child_process');
const fcgi = require('../run/fcgi');
const { memory } = require('./lib');
const { BUILD, within } = require('./place');
const upstream = require('./upstream');
const { BINARY, start } = require('../run/process');

const MANY = 4000;		/* requests */
const SETTLE = 3;		/* rounds of them until memory stays */
const AT_ONCE = 32;
const CROWD = 256;
const FEW = 2;			/* workers for those */
const GROWTH = 256;		/* KiB that threads may differ by */
const TAIL = 4096;		/* characters of what is printed */
const TICKETS = [200, 4000];
const LOST = [500, 2500];	/* of which nothing is true any more */
const WALK = 2048;		/* KiB that those may differ by */

let passed = 0, failed = 0;

function
check(what, wrong)
{
	if (wrong === undefined)
		passed++;
	else
		failed++;
	console.log(wrong === undefined ? `ok ${what}` :
	    `FAIL ${what}: ${wrong}`);
}

/* A refusal: unsigned. */
async function
ask(path)
{
	const { status } = await fcgi.request({ path }, Object.entries({
	    REQUEST_METHOD: 'POST', PATH_INFO: '/trunk', CONTENT_LENGTH: '2',
	    HTTP_SVIX_ID: 'msg_short', HTTP_SVIX_TIMESTAMP: '1700000000',
	    HTTP_SVIX_SIGNATURE: 'v1,bm8=' }), Buffer.from('{}'));

	return status;
}

/* How many of n requests, so many at once, were not refused. */
async function
refuse(path, n, atOnce)
{
	let left = n, wrong = 0;
	const one = async () => {
		while (left-- > 0)
			wrong += await ask(path).catch(() => 0) === 401 ? 0 : 1;
	};

	await Promise.all(Array.from({ length: atOnce }, one));
	return wrong;
}

async function
requests(place)
{
	const run = await place.tickethook(place.configure(4));
	const socket = `${place.dir}/tickethook.sock`;
	let wrong = await refuse(socket, MANY, AT_ONCE), before, grown;

	for (let i = 0; i < SETTLE; i++) {
		before = memory(run.pid);
		wrong += await refuse(socket, MANY, AT_ONCE);
		grown = memory(run.pid) - before;
		if (grown <= 0)
			break;
	}
	check(`${MANY} requests after ${MANY}: none fails`, wrong === 0 ?
	    undefined : `${wrong} did`);
	check(`${MANY} requests: memory stays`, grown <= GROWTH ? undefined :
	    `it grew by ${grown} KiB`);
	await run.stop();
}

async function
crowd(place)
{
	const run = await place.tickethook(place.configure(FEW, {}, 'few'),
	    'few');
	const wrong = await refuse(`${place.dir}/few.sock`, 4 * CROWD, CROWD);

	check(`${CROWD} at once for ${FEW} workers: none fails`,
	    wrong === 0 ? undefined : `${wrong} did`);
	const { code } = await run.stop();
	check('it ends well', code === 0 ? undefined : `with ${code}`);
}

/*
 * KiB at most of a verb that walks through a whole ledger.  What it prints is
 * thrown away.
 */
function
walk(place, tickets, verb, more = {})
{
	const name = `of${tickets}`;
	const config = place.configure(1, more, name);

	execFileSync(`${BUILD}/bench/panel`, ['--fill',
	    `${place.dir}/${name}.db`], { env: { ...process.env,
	    BENCH_TICKETS: String(tickets) } });
	return peak(start(BINARY, [verb, '-c', config]));
}

async function
peak(run)
{
	let kib = 0;
	const timer = setInterval(() => {
		run.out = run.out.slice(-TAIL);
		try {
			kib = Math.max(kib, memory(run.pid, 'VmHWM'));
		} catch {
			/* It has ended. */
		}
	}, 2);
	const { code } = await run.exited;

	clearInterval(timer);
	if ((code !== 0 && code !== 1) || kib === 0)
		throw new Error(`it ended with ${code}: ${run.log}`);
	return { kib, code, end: run.out.trim().split('\n').pop() };
}

function
compare(what, tickets, few, many)
{
	check(`${what} of ${tickets[1]} tickets: memory as of ${tickets[0]}`,
	    many.kib - few.kib <= WALK ? undefined :
	    `${many.kib} against ${few.kib} KiB`);
}

async function
exported(place)
{
	const [few, many] = [await walk(place, TICKETS[0], 'export'),
	    await walk(place, TICKETS[1], 'export')];

	check('export ends well', few.code === 0 && many.code === 0 ?
	    undefined : `with ${few.code} and ${many.code}`);
	compare('export', TICKETS, few, many);
}

/* Each ticket is gone, no link is shown, as many tests have no ticket. */
async function
lost(tickets)
{
	const walked = await within(async (place) => walk(place, tickets,
	    'reconcile', await upstream.open(place, 0, true, tickets)));

	check(`reconcile of ${tickets} lost tickets: all are differences`,
	    walked.code === 1 && walked.end.startsWith(
	    `${3 * tickets} asked, ${3 * tickets} differences, `) ?
	    undefined : walked.end);
	return walked;
}

async function
main()
{
	await within(async (place) => {
		await requests(place);
		await crowd(place);
		await exported(place);
	});
	compare('reconcile, all lost', LOST, await lost(LOST[0]),
	    await lost(LOST[1]));
	console.log(`${passed} passed, ${failed} failed`);
	process.exit(failed > 0 ? 1 : 0);
}

main();
