'use strict';

/*
 * node tests/run/run.js [--front NAME]… [--short] [--matrix] [FILE…]
 *
 * Runs each case on each front, see fronts.js, with a fresh ledger each time,
 * and prints a line for each.  Several fronts run in processes of their own,
 * two at a time.  Then a line for each front, and the count.
 *
 * With --short, see matrix.js, most cases are left out on most web servers.
 * With --matrix there is a table instead of the lines: a row for each case, a
 * column for each front.
 */

const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { load } = require('./casefile');
const { fronts } = require('./fronts');
const matrix = require('./matrix');
const report = require('./report');
const { change } = require('./settings');
const { STEPS, always, mark } = require('./steps');
const { World } = require('./world');

const CASES = path.join(__dirname, '..', 'cases');

function
options()
{
	const { values, positionals } = parseArgs({ allowPositionals: true,
	    options: { front: { type: 'string', multiple: true, default: [] },
	    short: { type: 'boolean' }, matrix: { type: 'boolean' } } });

	for (const n of values.front)
		if (!(n in fronts))
			throw new Error(`--front ${n}: it is one of ` +
			    Object.keys(fronts).join(', '));
	const files = positionals.length > 0 ? positionals :
	    fs.readdirSync(CASES).sort().filter((f) => f.endsWith('.case')).
	    map((f) => path.join(CASES, f));
	return { names: values.front.length === 0 ? Object.keys(fronts) :
	    values.front, short: values.short === true,
	    matrix: values.matrix === true, files };
}

/* The steps before the first request make the configuration. */
function
prepare(talk, steps)
{
	const first = steps.findIndex((s) => !['config', 'set', 'unset',
	    'fronts'].includes(s.verb));
	const head = steps.slice(0, first);
	const named = head.find((s) => s.verb === 'config');

	talk.text = talk.world.template(named?.rest ?? 'default.ini');
	for (const s of head)
		if (s.verb === 'set' || s.verb === 'unset')
			talk.text = change(talk.text, s.verb, s.rest);
	talk.config = talk.world.configure(talk.text, talk.dir);
	return steps.slice(first);
}

/* A talk ends at its first wrong step: what follows would only echo it. */
async function
converse(talk, steps, found)
{
	for (const step of steps) {
		let wrong;
		try {
			wrong = [...await STEPS[step.verb](talk, step),
			    ...always(talk)];
		} catch (e) {
			wrong = [e.message];
		}
		if (wrong.length > 0) {
			found.push(`line ${step.at}, ${step.verb} ${step.rest}`,
			    ...wrong.map((w) => `  ${w}`),
			    ...talk.front.log().slice(talk.logAt).trimEnd().
			    split('\n').map((l) => `  | ${l}`));
			return;
		}
	}
}

async function
play(world, front, item)
{
	const talk = { world, front, name: item.name, names: new Map(),
	    dir: fs.mkdtempSync(`${world.dir}/case-`) };
	const found = [];

	await world.sandbox.reset();
	try {
		const steps = prepare(talk, item.steps);
		await front.begin(talk.config);
		mark(talk);
		await converse(talk, steps, found);
	} catch (e) {
		found.push(e.message);
	}
	const ending = await front.end();
	if (ending !== undefined)
		found.push(ending);
	found.push(...world.leftBehind(talk.dir), ...world.leaks(
	    front.log()).map((form) => `the log holds a secret (${form})`));
	fs.rmSync(talk.dir, { recursive: true, force: true });
	return found;
}

function
wanted(item, name)
{
	const line = item.steps.find((s) => s.verb === 'fronts');

	return line === undefined || line.rest.split(/\s+/).includes(name);
}

/* All cases on one front, against a sandbox of its own. */
async function
runFront(name, items)
{
	const front = new fronts[name]();
	const world = await World.open();
	const row = { name, passed: 0, failed: 0, began: Date.now() };

	try {
		if (fronts[name].lent)
			world.lend();
		await front.open(world.dir);
		for (const item of items) {
			if (!wanted(item, name))
				continue;
			const found = await play(world, front, item);
			report.check(`${name} ${item.name}: ${item.title}`,
			    found);
			row[found.length === 0 ? 'passed' : 'failed']++;
		}
	} finally {
		await front.close();
		await world.close();
	}
	row.seconds = ((Date.now() - row.began) / 1000).toFixed(1);
	return row;
}

function
show({ name, passed, failed, seconds })
{
	return `${name.padEnd(12)} ${String(passed).padStart(5)} passed ` +
	    `${String(failed).padStart(3)} failed  ${seconds} s`;
}

async function
main()
{
	const { names, files, short, matrix: table } = options();

	if (names.length > 1 || table) {
		await matrix.run(names, { files, short, table });
		return;
	}
	const items = files.map((f) => load(path.resolve(f)));
	console.log(show(await runFront(names[0], short ?
	    matrix.sample(names[0], items) : items)));
	report.finish();
}

main().catch((e) => {
	console.error(e.message);
	process.exitCode = 1;
});
