'use strict';

/*
 * Killed at a system call, and delivered again.
 *
 *	killat NAME	at entry and return of every call (short: some)
 *	doubles		killed, and the retry killed too
 */

const fs = require('node:fs');
const scenarios = require('./scenarios');
const { sample, share, tool, withPlaces } = require('./lab');

const SHORT_POINTS = 40;
const PAIRS = 2000;
const SHORT_PAIRS = 20;
const PAST = 6;		/* stops tried beyond the last one counted */

/* Run the delivery, and kill it at stop n (0: never). */
async function
killed(place, mail, n)
{
	const report = `${place.dir}/killat`;
	const answer = await place.cgi(mail, { wrap: [tool('killat'), '-n',
	    String(n), '-r', report, '--'] });
	const m = /^stops (\d+) killed ([01]) status (\d+)$/m.exec(
	    fs.readFileSync(report, 'utf8'));

	if (m === null || answer.code !== 0)
		throw new Error(`killat: ${answer.log}`);
	return { ...answer, stops: Number(m[1]), killed: m[2] === '1',
	    ended: Number(m[3]) };
}

async function
count(place, scenario)
{
	await place.fresh(scenario.settings);
	await scenario.prepare(place);
	const { stops, status, ended } = await killed(place, scenario.mail,
	    0);
	if (status !== 200 || ended !== 0)
		throw new Error(`unharmed it answered ${status}`);
	return stops;
}

async function
wrong(place, { tickets, links, writes, check })
{
	return [...await place.exactlyOnce(tickets, links, writes),
	    ...await check(place)];
}

/* Killed at each of the stops in turn; what is wrong, and how often. */
async function
strike(place, scenario, stops)
{
	const found = [];
	let hits = 0;

	await place.fresh(scenario.settings);
	await scenario.prepare(place);
	for (const n of stops) {
		const answer = await killed(place, scenario.mail, n);
		hits += answer.killed;
		if (answer.status === 200)
			found.push(...(await wrong(place, scenario)).map(
			    (f) => `at its 200: ${f}`));
	}
	const last = await place.untilDone(scenario.mail);
	if (last.status !== 200)
		found.push(`never 2xx: ${last.status} ${last.body}`);
	return { hits, found: [...found, ...await wrong(place, scenario)] };
}

async function
sweep(name, { short, rng, binary, points = SHORT_POINTS })
{
	const scenario = scenarios[name];
	const problems = [];

	return await withPlaces(2, { binary }, async (places) => {
		const most = await count(places[0], scenario) + PAST;
		const all = short ? sample(most, points, rng) :
		    Array.from({ length: most }, (x, i) => i + 1);
		let kills = 0, deviations = 0;

		await share(places, all, async (place, n) => {
			const { hits, found } = await strike(place, scenario,
			    [n]);
			kills += hits;
			deviations += found.length > 0;
			problems.push(...found.map((f) => `stop ${n}: ${f}`));
		});
		if (kills === 0)
			problems.push('nothing was killed');
		return { figure: `${kills} points, ${deviations} deviations`,
		    deviations, problems };
	});
}

async function
doubles({ short, rng })
{
	const names = Object.keys(scenarios);
	const problems = [];

	return await withPlaces(2, {}, async (places) => {
		const stops = {};
		let twice = 0, deviations = 0;

		for (const name of names)
			stops[name] = await count(places[0], scenarios[name]);
		const pairs = Array.from({ length: short ? SHORT_PAIRS :
		    PAIRS }, (x, i) => {
			const name = names[i % names.length];
			return { name, i: 1 + rng(stops[name]),
			    j: 1 + rng(stops[name]) };
		});
		await share(places, pairs, async (place, { name, i, j }) => {
			const { hits, found } = await strike(place,
			    scenarios[name], [i, j]);
			twice += hits === 2;
			deviations += found.length > 0;
			problems.push(...found.map((f) =>
			    `${name} stops ${i} and ${j}: ${f}`));
		});
		if (twice === 0)
			problems.push('nothing was killed twice');
		return { figure: `${pairs.length} pairs, ${twice} killed ` +
		    `twice, ${deviations} deviations`, problems };
	});
}

const parts = {};
for (const name of Object.keys(scenarios))
	parts[`killat ${name}`] = (options) => sweep(name, options);
parts.doubles = doubles;

module.exports = { parts, sweep };
