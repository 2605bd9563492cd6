'use strict';

/*
 * node tests/bench/simulate.js [--seed N] [--deliveries N] [--workers N]
 *     [--sync MINUTES] [--json]
 *
 * A day of 1, 10 and 100 hosts, played without a clock: each brings 1,000
 * deliveries, and at noon a storm of tests turns flaky within ten seconds.
 * What bounds them is the tracker's limit; what a delivery costs is in
 * simulate-facts.js, the limits and how Svix repeats in simulate-model.js.
 * The same seed gives the same table.  A line for each day:
 *
 *	deliveries	of the day, without the storm
 *	storm		tests that turn flaky at noon
 *	tickets		to be made in all
 *	queue		that had no ticket yet, at most
 *	p50 p99 last	until a ticket was there and linked
 *	503		answers that told Svix to come again
 *	calls/h		to the tracker in the busiest hour, of one kind where
 *			each has a limit of its own, and that limit
 *	workers		in use at once on the busiest host
 *	writer		share of the time that the ledger was being written
 *	left		without a ticket at the end
 */

const { parseArgs } = require('node:util');
const { simulate } = require('./simulate-model');

const DAYS = [[1, 500], [10, 500], [100, 500], [100, 5000]];
const SEED = 20261121;
const MANUAL = ['tracker', 'hosts', 'storm', 'tickets', 'p50', 'p99', 'last',
    '503', 'calls/h'];

const COLUMNS = [
	['tracker', (r) => r.tracker, true],
	['hosts', (r) => r.hosts],
	['deliveries', (r) => r.perDay],
	['storm', (r) => r.storm],
	['tickets', (r) => r.tickets],
	['queue', (r) => r.longest],
	['p50', (r) => span(r.p50)],
	['p99', (r) => span(r.p99)],
	['last', (r) => span(r.last)],
	['503', (r) => r.told[503]],
	['calls/h', (r) => `${r.busiest} of ${r.limit}`],
	['workers', (r) => r.most],
	['writer', (r) => `${(100 * r.writer).toFixed(1)} %`],
	['left', (r) => r.waiting]
];

/* "1.4 s", "12 min", "2.5 h" */
function
span(seconds)
{
	if (seconds < 100)
		return `${seconds.toFixed(1)} s`;
	return seconds < 6000 ? `${(seconds / 60).toFixed(0)} min` :
	    `${(seconds / 3600).toFixed(1)} h`;
}

function
table(results, names)
{
	const columns = COLUMNS.filter(([n]) => names?.includes(n) ?? true);
	const rows = [columns.map(([name]) => name), ...results.map((r) =>
	    columns.map(([, of]) => String(of(r))))];
	const widths = columns.map((x, i) => Math.max(...rows.map((r) =>
	    r[i].length)));

	return rows.map((r) => r.map((text, i) => columns[i][2] ?
	    text.padEnd(widths[i]) : text.padStart(widths[i])).join('  ').
	    trimEnd()).join('\n');
}

function
days(options)
{
	return ['linear', 'jira'].flatMap((tracker) => DAYS.map(
	    ([hosts, storm]) => simulate({ seed: SEED, ...options, tracker,
	    hosts, storm })));
}

/* As tickethook-capacity(7) shows it. */
function
manual()
{
	return table(days({}), MANUAL);
}

function
number(text, name)
{
	if (!/^[0-9]{1,9}$/.test(text))
		throw new Error(`--${name} takes a number`);
	return Number(text);
}

function
main()
{
	const { values } = parseArgs({ options: { seed: { type: 'string' },
	    deliveries: { type: 'string' }, workers: { type: 'string' },
	    sync: { type: 'string' }, json: { type: 'boolean' } } });
	const o = {};

	for (const name of ['seed', 'deliveries', 'workers', 'sync'])
		if (values[name] !== undefined)
			o[name] = number(values[name], name) *
			    (name === 'sync' ? 60e3 : 1);
	const results = days(o);

	console.log(values.json ? JSON.stringify(results.map(({ times,
	    ...r }) => r)) : table(results));
}

if (require.main === module)
	main();

module.exports = { SEED, manual, table };
