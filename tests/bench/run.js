'use strict';

/*
 * The performance table.
 *
 *	node tests/bench/run.js [ROW]...
 *
 * Each row is a file in tests/bench/rows.  What was measured goes to
 * $BUILD/bench/results.json, rows of an earlier run included, and is printed;
 * a figure with a target says "reached" or "short".
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { ROOT } = require('../run/process');

const BUILD = path.resolve(ROOT, process.env.BUILD ?? 'build');
const RESULTS = `${BUILD}/bench/results.json`;
const ROWS = path.join(__dirname, 'rows');

function
number(value)
{
	const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;

	return value.toFixed(digits);
}

function
show(name, row)
{
	console.log(`\n${name}. ${row.title}`);
	for (const f of row.figures) {
		const target = f.sense === undefined ? '' :
		    `   ${f.sense} ${number(f.target)}: ` +
		    (f.reached ? 'reached' : 'SHORT');
		console.log(`  ${f.what.padEnd(62)} ` +
		    `${number(f.value).padStart(9)} ${f.unit}${target}`);
	}
}

function
load()
{
	return fs.existsSync(RESULTS) ?
	    JSON.parse(fs.readFileSync(RESULTS, 'utf8')) : { rows: {} };
}

async function
main(names)
{
	const all = fs.readdirSync(ROWS).map((f) => path.parse(f).name).sort();
	const wanted = names.length > 0 ? names : all;
	const results = load();
	const missing = wanted.filter((n) => !all.includes(n));

	if (missing.length > 0)
		throw new Error(`no row ${missing.join(', ')}; there are ` +
		    all.join(', '));
	console.log(`${os.cpus().length} cores, ${os.cpus()[0].model}, ` +
	    `load ${os.loadavg()[0].toFixed(1)}`);
	for (const name of wanted) {
		const { run, title } = require(`./rows/${name}`);
		const began = Date.now();
		const figures = await run();
		results.rows[name] = { title, figures,
		    at: new Date(began).toISOString(),
		    load: os.loadavg()[0], cores: os.cpus().length };
		show(name, results.rows[name]);
		console.log(`  (${Math.round((Date.now() - began) / 1000)} s)`);
		fs.writeFileSync(RESULTS, JSON.stringify(results, null, 1) +
		    '\n');
	}
	const targets = Object.values(results.rows).flatMap((r) =>
	    r.figures).filter((f) => f.sense !== undefined);
	console.log(`\n${targets.filter((f) => f.reached).length} of ` +
	    `${targets.length} targets reached`);
}

main(process.argv.slice(2)).catch((e) => {
	console.error(`bench: ${e.stack}`);
	process.exit(1);
});
