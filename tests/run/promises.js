'use strict';

/*
 * node tests/run/promises.js [--show]
 *
 * The page of promises, handler/tickethook-promises.7, against what there
 * is: every command that it names exists, and so does every part of `make
 * test`.  With --show it prints each promise with the figures that runs have
 * left in $BUILD/promises: a file for each part, of lines "ok|FAIL TAB
 * figure".
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { ROOT } = require('./process');
const report = require('./report');

const PAGE = path.join(ROOT, 'handler/tickethook-promises.7');
const KEPT = path.join(path.resolve(ROOT, process.env.BUILD ?? 'build'),
    'promises');

/* [{promise, commands, parts}] of the page. */
function
promises(text)
{
	return text.split(/^\.It Sy /m).slice(1).map((item) => ({
	    promise: item.split('\n')[0].replace('\\&', ''),
	    commands: [...item.matchAll(/^\.Dl (.*)$/gm)].map((m) => m[1]),
	    parts: [...item.matchAll(/^\.Li (.*?) [,.]$/gm)].map(
	    (m) => m[1]) }));
}

function
torture()
{
	const { stderr } = spawnSync(process.execPath, [path.join(ROOT,
	    'tests/fault/torture.js'), 'no such part'], { encoding: 'utf8' });

	assert.match(stderr, /there are: /);
	return stderr.split('there are: ')[1].trim().split(', ');
}

/* Would make know how? */
function
target(name)
{
	const { status } = spawnSync('make', ['-n', '-o', 'deps-build', name],
	    { cwd: ROOT, stdio: 'ignore', env: { ...process.env,
	    MAKEFLAGS: '' } });

	return status === 0;
}

/* What is wrong with a command. */
function
judge(command, parts)
{
	const words = command.split(' ');

	if (words[0] === 'make') {
		const chosen = /PARTS="?([^"]*)"?/.exec(command);
		return [...target(words[1]) ? [] : [`no target ${words[1]}`],
		    ...(chosen === null ? [] : chosen[1].split(' ')).filter(
		    (p) => !parts.some((x) => x.startsWith(p))).map(
		    (p) => `torture has no part ${p}`)];
	}
	const file = words[0] === 'node' ? words[1] : words[0];
	return fs.existsSync(path.join(ROOT, file)) ? [] : [`no ${file}`];
}

/* What is wrong with a part of `make test`. */
function
judgePart(part, parts, all)
{
	const [first, ...rest] = part.split(' ');

	if (first === 'torture')
		return parts.some((p) => p.startsWith(rest.join(' '))) ? [] :
		    [`torture has no part ${rest}`];
	if (first.startsWith('test_'))
		return fs.existsSync(path.join(ROOT, `tests/unit/${first}.c`)) ?
		    [] : [`no ${first}`];
	return first === 'fuzz' || new RegExp(`^\\w+ ${first} `, 'm').test(all) ?
	    [] : [`tests/run/all has no ${first}`];
}

/* [good, figure] of a part, of all whose name begins so. */
function
figures(part)
{
	const name = part.replaceAll(' ', '-');

	return (fs.existsSync(KEPT) ? fs.readdirSync(KEPT) : []).sort().filter(
	    (f) => f === name || f.startsWith(`${name}-`)).map((f) => {
		const [verdict, figure] = fs.readFileSync(path.join(KEPT, f),
		    'utf8').trim().split('\t');
		return [verdict, `${f}: ${figure}`];
	});
}

function
show(list)
{
	let failed = 0, none = 0;

	for (const { promise, commands, parts } of list) {
		const got = parts.flatMap(figures);
		console.log(promise);
		for (const [verdict, text] of got)
			console.log(`    ${verdict.padEnd(4)} ${text}`);
		if (got.length === 0)
			console.log(`    not run: ${commands[0]}`);
		failed += got.some(([v]) => v !== 'ok');
		none += got.length === 0;
	}
	console.log(`${list.length} promises: ${list.length - failed - none} ` +
	    `kept, ${failed} broken, ${none} not tried`);
	process.exitCode = failed > 0 ? 1 : 0;
}

/* A page that names what is not there is found out. */
function
canFail(parts, all)
{
	const [p] = promises('.It Sy A\nb\n.Dl make nonsense\n.Dl make torture ' +
	    'PARTS=nonsense\n.Dl node tests/run/nonsense.js\nIn:\n' +
	    '.Li nonsense ,\n.Li torture nonsense ,\n.Li test_nonsense .\n');

	assert.deepEqual(p.commands.map((c) => judge(c, parts).length),
	    [1, 1, 1]);
	assert.deepEqual(p.parts.map((x) => judgePart(x, parts, all).length),
	    [1, 1, 1]);
}

async function
main()
{
	const list = promises(fs.readFileSync(PAGE, 'utf8'));

	if (process.argv.includes('--show')) {
		show(list);
		return;
	}
	const parts = torture();
	const all = fs.readFileSync(path.join(ROOT, 'tests/run/all'), 'utf8');
	await report.attempt('a page that is wrong is found out',
	    () => canFail(parts, all));
	for (const p of list)
		report.check(p.promise, [...(p.commands.length > 0 ? [] :
		    ['no command']), ...(p.parts.length > 0 ? [] :
		    ['nothing in make test']), ...p.commands.flatMap(
		    (c) => judge(c, parts)), ...p.parts.flatMap(
		    (x) => judgePart(x, parts, all))]);
	/* Each part of the torture keeps a promise. */
	const named = list.flatMap((p) => p.parts).filter((x) =>
	    x.startsWith('torture ')).map((x) => x.slice(8));
	const defended = fs.readFileSync(path.join(ROOT, 'SECURITY.md'),
	    'utf8').split('\n').filter((l) => l.split('|').length === 6).
	    slice(2).flatMap((l) => l.split('|')[4].replace(
	    /torture( `(\w+)`)?/g, (m, all, p) => p === undefined ? '' :
	    `\`torture ${p}\``).match(/`[^`]+`/g)).map((x) =>
	    x.slice(1, -1));
	report.check('what SECURITY.md names', [...(defended.length > 20 ?
	    [] : ['too little is named']), ...defended.flatMap((x) =>
	    judgePart(x, parts, all))]);
	report.check('every part of the torture is of a promise', parts.filter(
	    (p) => !named.some((n) => p.startsWith(n))));
	report.finish();
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
