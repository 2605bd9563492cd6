'use strict';

/*
 * node tests/bench/simulate-check.js
 *
 * Is what simulate.js tells bookkeeping that adds up, and does its engine
 * agree with what queueing theory knows without any simulation?
 */

const fs = require('node:fs');
const path = require('node:path');
const { random } = require('../fault/lab');
const { check, finish } = require('../run/report');
const { Bucket, Servers, Simulation } = require('./simulate-engine');
const { LATENCY, LIMITS, simulate } = require('./simulate-model');
const { SEED, manual, table } = require('./simulate');
const { ROOT } = require('../run/process');

const NEAR = 0.05;

function
near(what, got, wanted, share = NEAR)
{
	return Math.abs(got - wanted) <= share * wanted ? [] :
	    [`${what}: ${got}, but theory says ${wanted}`];
}

/* What came in has gone somewhere, and took the time that it was there. */
function
books(r)
{
	const found = [];
	const sum = r.times.reduce((a, b) => a + b, 0);

	if (r.tickets !== r.filed + r.waiting)
		found.push(`${r.tickets} came, ${r.filed} are filed, ` +
		    `${r.waiting} wait`);
	if (r.times.length !== r.filed)
		found.push(`${r.times.length} times of ${r.filed}`);
	if (r.waiting === 0 && Math.abs(sum - r.area) > 1e-6 * sum)
		found.push(`the queue over time is ${r.area} s, those who ` +
		    `were in it say ${sum} s`);
	if (r.busiest > r.limit + r.size)
		found.push(`${r.busiest} calls in an hour`);
	return found;
}

/* A queue before one server with fixed work, Pollaczek and Khinchine. */
function
queue()
{
	const rng = random(7), sim = new Simulation();
	const server = new Servers(sim, 1);
	const EACH = 10, RHO = 0.7, N = 200000;
	let at = 0, waited = 0;

	for (let i = 0; i < N; i++) {
		at -= Math.log((rng(2 ** 32) + 0.5) / 2 ** 32) * EACH / RHO;
		sim.schedule(at, () => sim.begin(function *() {
			const came = sim.now;
			yield* server.use(EACH);
			waited += sim.now - came - EACH;
		}()));
	}
	sim.run(at + 1e6);
	return [...near('the mean wait', waited / N,
	    RHO * EACH / (2 * (1 - RHO))),
	    ...near('its use', server.used, N * EACH, 1e-9)];
}

/* Asked all the time it gives what it holds, and then its rate. */
function
bucket()
{
	const sim = new Simulation();
	const b = new Bucket(sim, 0.5, 40);

	sim.begin(function *() {
		for (let i = 0; i < 10000; i++) {
			b.take();
			yield 10;
		}
	}());
	sim.run(100e3);
	return b.taken === 40 + 49 && b.taken + b.refused === 10000 ? [] :
	    [`${b.taken} taken, ${b.refused} refused`];
}

function
order()
{
	const sim = new Simulation();
	const rng = random(3), seen = [];

	for (let i = 0; i < 5000; i++) {
		const at = rng(500);
		sim.schedule(at, () => seen.push([at, i]));
	}
	sim.run(499);
	return seen.length === 5000 && seen.every(([at, i], k) => k === 0 ||
	    at > seen[k - 1][0] || (at === seen[k - 1][0] &&
	    i > seen[k - 1][1])) ? [] : ['out of order'];
}

/* Three calls and nobody in the way; by the sum of as many of their kind. */
function
calm()
{
	const rng = random(11), sums = [];
	const one = () => LATENCY * Math.exp(0.5 * Array.from({ length: 12 },
	    () => rng(2 ** 32) / 2 ** 32).reduce((a, b) => a + b, -6));
	const r = simulate({ tracker: 'linear', hosts: 1, storm: 0, seed: 5,
	    deliveries: 20000 });

	for (let i = 0; i < 20000; i++)
		sums.push((one() + one() + one()) / 1000);
	sums.sort((a, b) => a - b);
	return [...books(r), ...near('p50', r.p50, sums[10000], 0.15),
	    ...(r.told[503] === 0 ? [] : [`${r.told[503]} answers of 503`])];
}

/* More than Linear holds and refills cannot be faster than the refill. */
function
storm()
{
	const { size, rate } = LIMITS.linear;
	const r = simulate({ tracker: 'linear', hosts: 4, storm: 4000,
	    seed: 9, deliveries: 10 });
	const least = (4000 - size) / rate;

	return [...books(r), ...(r.last >= least ? [] :
	    [`${r.last} s, but the refill takes ${least} s`]),
	    ...(r.waiting === 0 ? [] : [`${r.waiting} are left`]),
	    ...(r.told[503] >= 4000 - size ? [] :
	    [`only ${r.told[503]} answers of 503`])];
}

/* Who takes one away, or lets one stay, is found out. */
function
cheats()
{
	const r = simulate({ tracker: 'jira', hosts: 2, storm: 50, seed: 2,
	    deliveries: 100 });
	const tricks = [{ filed: r.filed - 1 }, { waiting: 1 },
	    { times: r.times.slice(1) }, { area: r.area * 1.01 },
	    { busiest: r.limit + r.size + 1 }];

	return [...books(r), ...tricks.filter((t) => books({ ...r,
	    ...t }).length === 0).map((t) => `not found: ` +
	    Object.keys(t)[0])];
}

function
again()
{
	const day = (seed) => table([simulate({ tracker: 'jira', hosts: 3,
	    storm: 100, seed })]);

	return day(SEED) !== day(SEED) ? ['the same seed gives two tables'] :
	    day(SEED) === day(SEED + 1) ? ['two seeds give one table'] : [];
}

/* The manual shows what is printed, and names metrics that there are. */
function
page()
{
	const read = (file) => fs.readFileSync(path.join(ROOT, file), 'utf8');
	const text = read('handler/tickethook-capacity.7');
	const metrics = read('handler/metrics_write.c');
	const named = [...text.matchAll(/tickethook_([a-z_]+)/g)].map((m) =>
	    m[1]);
	const now = manual();

	return [...(text.includes(`.Bd -literal\n${now}\n.Ed\n`) ? [] :
	    [`the table is now\n${now}`]), ...(named.length >= 8 ? [] :
	    [`it names only ${named.length} metrics`]),
	    ...named.filter((n) => !metrics.includes(`"${n}"`)).map((n) =>
	    `there is no metric ${n}`)];
}

check('a queue waits as Pollaczek and Khinchine say', queue());
check('a bucket gives what it holds and then its rate', bucket());
check('events come in the order of their time', order());
check('a calm day takes what its calls take', calm());
check('a storm takes what the refill takes', storm());
check('what does not add up is found', cheats());
check('the manual shows it', page());
check('the same seed gives the same table', again());
finish();
