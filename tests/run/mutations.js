'use strict';

/*
 * Do the tests notice?  Three parts of the program are taken out, one at a
 * time: the ledger's memory, the routing by owner, the check of signatures.
 * Each mutant is built from a copy of the sources; the demo and the
 * conversations must fail on it, and pass on an unchanged copy.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { check, finish } = require('./report');

const ROOT = path.join(__dirname, '..', '..');
const BUILD = process.env.BUILD ?? 'build';

/* What is replaced; each text must stand in its file exactly once. */
const MUTANTS = [
	{ name: 'unchanged', fails: false },
	{ name: 'without a ledger', fails: true, file: 'handler/ledger.c',
	    from: 'return (backend_of(job)->recall(job, id, recall));',
	    to: '(void)job;\n\t(void)id;\n\treturn (ERR_ABSENT);',
	    and: [{ from: 'return (backend_of(job)->claim(job, test, filing));',
	        to: '(void)job;\n\t(void)test;\n\treturn (OK);' }] },
	{ name: 'without owners', fails: true, file: 'handler/route.c',
	    from: 'rule->to_owner ? f.owner : NULL,', to: 'NULL,' },
	{ name: 'without signatures', fails: true, file: 'handler/verify.c',
	    from: 'if (!found)', to: 'if (!found && entries > 1000)' },
];

function
replaceOnce(text, from, to, file)
{
	const parts = text.split(from);

	if (parts.length !== 2)
		throw new Error(`${file}: "${from}" stands there ` +
		    `${parts.length - 1} times; mend tests/run/mutations.js`);
	return parts.join(to);
}

function
run(program, args, options)
{
	return spawnSync(program, args, { encoding: 'utf8', ...options });
}

/* A copy that is already built, so that one file is compiled again. */
function
copy(dir)
{
	const made = run('cp', ['-a', 'Makefile', 'common', 'handler', dir],
	    { cwd: ROOT });

	for (const part of ['fault', 'bench', 'fuzz', 'cover']) {
		fs.mkdirSync(`${dir}/tests/${part}`, { recursive: true });
		run('cp', ['-a', `tests/${part}/${part}.mk`,
		    `${dir}/tests/${part}`], { cwd: ROOT });
	}
	fs.mkdirSync(`${dir}/build`);
	run('cp', ['-a', 'tests/deps', `${dir}/tests/deps`], { cwd: ROOT });
	run('cp', ['-a', 'obj', 'gen', '.deps-build', `${dir}/build`],
	    { cwd: path.join(ROOT, BUILD) });
	if (made.status !== 0)
		throw new Error(made.stderr);
}

function
mutate(dir, mutant)
{
	const file = path.join(dir, mutant.file);
	let text = fs.readFileSync(file, 'utf8');

	for (const m of [mutant, ...mutant.and ?? []])
		text = replaceOnce(text, m.from, m.to, mutant.file);
	fs.writeFileSync(file, text);
}

/* The program of a mutant; throws when it does not compile. */
function
build(dir, mutant)
{
	copy(dir);
	if (mutant.file !== undefined)
		mutate(dir, mutant);
	const made = run('make', ['-s', 'BUILD=build', 'build/tickethook'],
	    { cwd: dir });
	if (made.status !== 0)
		throw new Error(`${mutant.name} does not build: ${made.stderr}`);
	return path.join(dir, 'build', 'tickethook');
}

function
judge(mutant, program, what, args)
{
	const r = run(process.execPath, args, { cwd: ROOT,
	    env: { ...process.env, TICKETHOOK: program } });
	const failed = r.status !== 0;
	const wrong = failed === mutant.fails ? [] :
	    [failed ? `it failed:\n${r.stdout}${r.stderr}` : 'nothing failed'];

	check(`mutant ${mutant.name}: ${what} ` +
	    (mutant.fails ? 'fail' : 'pass'), wrong);
}

for (const mutant of MUTANTS) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'mutant-'));
	try {
		const program = build(dir, mutant);
		judge(mutant, program, 'the demo', ['tests/demo.js']);
		judge(mutant, program, 'the conversations',
		    ['tests/run/run.js', '--front', 'cgi']);
	} catch (e) {
		check(`mutant ${mutant.name}`, [e.message]);
	} finally {
		fs.rmSync(dir, { recursive: true });
	}
}
finish();
