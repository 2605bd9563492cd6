'use strict';

/*
 * node tests/fault/torture.js [--short] [--seed N] [PART...]
 *
 * Breaks the handler in every way we know and looks whether there is, once
 * it is whole again, exactly one ticket and exactly one link.  Each part
 * prints one line with its figure; PART is a name or its beginning.  With
 * --short each takes samples, the same ones for the same seed.  Ends with
 * the count; exit status 1 if any part failed.
 */

const { parseArgs } = require('node:util');
const { random } = require('./lab');

const SEED = 20261103;
const SHOWN = Number(process.env.SHOWN ?? 10);	/* of what is wrong in one part */

const PARTS = {
	...require('./kill').parts,
	...require('./crowd').parts,
	...require('./orders').parts,
	...require('./chaos').parts,
	...require('./upstream').parts,
	...require('./trace').parts,
	...require('./naive').parts
};

function
chosen(names)
{
	const all = Object.keys(PARTS);

	for (const n of names)
		if (!all.some((p) => p.startsWith(n)))
			throw new Error(`no part "${n}"; there are: ` +
			    all.join(', '));
	return names.length === 0 ? all :
	    all.filter((p) => names.some((n) => p.startsWith(n)));
}

async function
attempt(name, options)
{
	const began = Date.now();
	let result;

	try {
		result = await PARTS[name]({ ...options,
		    rng: random(options.seed) });
	} catch (e) {
		result = { figure: 'it did not run', problems: [e.stack] };
	}
	const good = result.problems.length === 0;
	const seconds = ((Date.now() - began) / 1000).toFixed(1);
	console.log(`${good ? 'ok' : 'not ok'} ${name}: ${result.figure} ` +
	    `(${seconds} s)`);
	for (const p of result.problems.slice(0, SHOWN))
		console.log(p.trimEnd().replace(/^/gm, '\t'));
	if (result.problems.length > SHOWN)
		console.log(`\t... and ${result.problems.length - SHOWN} more`);
	return good;
}

async function
main()
{
	const { values, positionals } = parseArgs({ allowPositionals: true,
	    options: { short: { type: 'boolean' }, seed: { type: 'string' } }
	    });
	const seed = Number(values.seed ?? SEED);
	let passed = 0, failed = 0;

	console.log(`seed ${seed}`);
	for (const name of chosen(positionals))
		if (await attempt(name, { short: values.short === true,
		    seed }))
			passed++;
		else
			failed++;
	console.log(`${passed} passed, ${failed} failed`);
	process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

main().catch((e) => {
	console.error(`torture: ${e.message}`);
	process.exitCode = 2;
});
