'use strict';

/*
 * node tests/fault/torture.js [--short] [--seed N] [--all] [PART...]
 *
 * Breaks the handler in every way we know and looks whether there is, once
 * it is whole again, exactly one ticket and exactly one link.  Each part
 * prints one line with its figure; PART is a name or its beginning.  With
 * --short each takes samples, the same ones for the same seed.  Ends with
 * the count; exit status 1 if any part failed.
 */

const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { stopAll } = require('./handlers');
const { random } = require('./lab');

const SEED = 20261103;
const LIMIT_MS = [120e3, 2400e3];	/* of one part, short or not */
const SHOWN = 10;	/* of what is wrong in one part, unless --all */

const PARTS = {
	...require('./kill').parts,
	...require('./crowd').parts,
	...require('./handover').parts,
	...require('./orders').parts,
	...require('./chaos').parts,
	...require('./upstream').parts,
	...require('./trace').parts,
	...require('./power').parts,
	...require('./oom').parts,
	...require('./lack').parts,
	...require('./postgres').parts,
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
	return names.length === 0 ? all : all.filter((p) => names.some((n) =>
	    p === n || (p.startsWith(n) && !all.includes(n))));
}

/* What does not end is wrong as well. */
function
limit(short)
{
	return new Promise((resolve) => setTimeout(() => resolve({
	    figure: 'out of time', problems: ['It and what follows is ' +
	    'given up.'], endless: true }), LIMIT_MS[short ? 0 : 1]).unref());
}

/* For `make promises`. */
function
keep(name, good, figure, short)
{
	const dir = path.join(path.resolve(__dirname, '../..',
	    process.env.BUILD ?? 'build'), 'promises');

	fs.mkdirSync(dir, { recursive: true });
	fs.writeFileSync(path.join(dir, `torture-${name.replaceAll(' ',
	    '-')}`), `${good ? 'ok' : 'FAIL'}\t${figure}${short ?
	    ', a sample' : ''}\n`);
}

async function
attempt(name, options)
{
	const began = Date.now();
	let result;

	try {
		result = await Promise.race([limit(options.short),
		    PARTS[name]({ ...options, rng: random(options.seed) })]);
	} catch (e) {
		result = { figure: 'it did not end', problems: [e.stack] };
	}
	await stopAll();
	const good = result.problems.length === 0;
	const seconds = ((Date.now() - began) / 1000).toFixed(1);
	console.log(`${good ? 'ok' : 'not ok'} ${name}: ${result.figure} ` +
	    `(${seconds} s)`);
	keep(name, good, result.figure, options.short);
	const shown = options.all ? result.problems.length : SHOWN;
	for (const p of result.problems.slice(0, shown))
		console.log(p.trimEnd().replace(/^/gm, '\t'));
	if (result.problems.length > shown)
		console.log(`\t... and ${result.problems.length - shown} more`);
	return { good, endless: result.endless === true };
}

async function
main()
{
	const { values, positionals } = parseArgs({ allowPositionals: true,
	    options: { short: { type: 'boolean' }, seed: { type: 'string' },
	    all: { type: 'boolean' } } });
	const seed = Number(values.seed ?? SEED);
	let passed = 0, failed = 0;

	process.exitCode = 1;		/* also if it ends before its end */
	console.log(`seed ${seed}`);
	for (const name of chosen(positionals)) {
		const { good, endless } = await attempt(name, { seed,
		    short: values.short === true, all: values.all === true });
		passed += good;
		failed += !good;
		if (endless)
			break;
	}
	console.log(`${passed} passed, ${failed} failed`);
	process.exit(failed === 0 && passed > 0 ? 0 : 1);
}

main().catch((e) => {
	console.error(`torture: ${e.message}`);
	process.exitCode = 2;
});
