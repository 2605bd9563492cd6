'use strict';

/*
 * node tests/run/run.js [--front cgi|fcgi|nginx] [FILE…]
 *
 * Runs each case on each front against one sandbox, with a fresh ledger each
 * time, and prints a line for each.  The last line is the count.
 */

const fs = require('node:fs');
const path = require('node:path');
const { load } = require('./casefile');
const { fronts } = require('./fronts');
const report = require('./report');
const { change } = require('./settings');
const { STEPS, always, mark } = require('./steps');
const { World } = require('./world');

const CASES = path.join(__dirname, '..', 'cases');

function
options(args)
{
	const names = [];
	const files = [];

	for (let i = 0; i < args.length; i++)
		if (args[i] === '--front')
			names.push(args[++i]);
		else
			files.push(path.resolve(args[i]));
	for (const n of names)
		if (!(n in fronts))
			throw new Error(`--front ${n}: it is one of ` +
			    Object.keys(fronts).join(', '));
	if (files.length === 0)
		for (const f of fs.readdirSync(CASES).sort())
			if (f.endsWith('.case'))
				files.push(path.join(CASES, f));
	return { names: names.length === 0 ? Object.keys(fronts) : names,
	    files };
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
	fs.rmSync(talk.dir, { recursive: true, force: true });
	return found;
}

function
wanted(item, name)
{
	const line = item.steps.find((s) => s.verb === 'fronts');

	return line === undefined || line.rest.split(/\s+/).includes(name);
}

async function
main()
{
	const { names, files } = options(process.argv.slice(2));
	const items = files.map(load);
	const world = await World.open();

	try {
		for (const name of names) {
			const front = new fronts[name]();
			await front.open(world.dir);
			for (const item of items)
				if (wanted(item, name))
					report.check(`${name} ${item.name}: ` +
					    item.title, await play(world,
					    front, item));
			await front.close();
		}
	} finally {
		await world.close();
	}
	report.finish();
}

main().catch((e) => {
	console.error(e.message);
	process.exitCode = 1;
});
