'use strict';

/*
 * node tests/run/completion.js
 *
 * What the shells complete: bash by running it as bash-completion does, zsh
 * by running it where it is installed.  Each verb that the program has, each
 * option of its usage and no other, words of the configuration, files.
 */

const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { BINARY, ROOT } = require('./process');
const report = require('./report');

const FOLDER = path.join(ROOT, 'handler', 'completion');
const INI = `[rule night shift]
[rule flaky]
[rule  odd ] ; a comment ]
;[rule gone]
[owner @acme/web]
[owner @acme/pay]
`;

/* [verb, its options] of the program's own usage. */
function
verbs()
{
	const { stderr } = spawnSync(BINARY, ['--help'], { encoding: 'utf8' });

	return stderr.split('\n').map((l) => /^ {2}([a-z]+) (.*)/.exec(l)).
	    filter(Boolean).map(([, verb, rest]) => [verb,
	        [...new Set(rest.match(/(?<=[\s[|]|^)--[a-z][a-z-]*/g) ?? [])]]);
}

/* A folder with the program as people have it, and a configuration. */
function
place()
{
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'completion-'));

	fs.symlinkSync(BINARY, path.join(dir, 'tickethook'));
	fs.writeFileSync(path.join(dir, 'my.ini'), INI);
	fs.writeFileSync(path.join(dir, 'event.json'), '{}');
	return dir;
}

/* What bash would offer for the last of these words. */
function
bash(dir, ...words)
{
	const script = `
. "${FOLDER}/tickethook"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_tickethook
[ \${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"`;

	return execFileSync('bash', ['--norc', '-uc', script, 'bash',
	    'tickethook', ...words], { cwd: dir, encoding: 'utf8', env: {
	    PATH: `${dir}:/usr/bin:/bin`, HOME: dir } }).split('\n').
	    filter((l) => l !== '').sort();
}

/* The same of zsh, whose compadd and _files are made to print. */
function
zsh(dir, ...words)
{
	const script = `
compadd() { shift; print -l -- "\${(@P)1}" }
_files() { print -l -- *(N) }
words=("$@"); CURRENT=$#
. "${FOLDER}/_tickethook"`;

	return execFileSync('zsh', ['-f', '-c', script, 'zsh', 'tickethook',
	    ...words], { cwd: dir, encoding: 'utf8', env: {
	    PATH: `${dir}:/usr/bin:/bin`, HOME: dir } }).split('\n').
	    filter((l) => l !== '' && l.startsWith(words.at(-1))).sort();
}

function
same(got, want)
{
	const all = [...want].sort();

	return JSON.stringify(got) === JSON.stringify(all) ? [] :
	    [`${got.join(' ')} instead of ${all.join(' ')}`];
}

/* The outcomes that people may look for, as the manual lists them. */
function
outcomes()
{
	const page = fs.readFileSync(path.join(ROOT, 'handler',
	    'tickethook.8'), 'utf8');
	const never = ['unverified', 'forbidden', 'not_found',
	    'method_not_allowed', 'length_required', 'too_large'];

	return [...page.matchAll(/^\.It \d{3} (\w+)$/gm)].map((m) => m[1]).
	    filter((w) => !never.includes(w));
}

function
checkShell(name, offer, dir)
{
	const all = verbs();
	const check = (what, found) => report.check(`${name}: ${what}`, found);

	check('the verbs of the program', all.length < 10 ?
	    [`only ${all.length} verbs`] : same(offer(dir, ''),
	    ['--help', '--version', ...all.map(([verb]) => verb)]));
	check('a part of a verb', same(offer(dir, 'tic'), ['tickets']));
	for (const [verb, options] of all)
		check(`the options of ${verb}`, same(offer(dir, verb, '--'),
		    ['--json', ...options.filter((o) => o !== '--json')]));
	check('-c takes a file', same(offer(dir, 'tickets', '-c', 'my'),
	    ['my.ini']));
	check('rules of the configuration', same(offer(dir, 'tickets', '-c',
	    'my.ini', '--rule', ''), ['night shift', 'flaky', 'odd']));
	check('release takes a rule', same(offer(dir, 'release', '-c',
	    'my.ini', 'f'), ['flaky']));
	check('owners of the configuration', same(offer(dir, 'tests', '-c',
	    'my.ini', '--owner', '@acme/p'), ['@acme/pay']));
	check('explain takes a file', same(offer(dir, 'explain', 'ev'),
	    ['event.json']));
	for (const option of ['--test', '--ticket', '--id', '--repository',
	    '--pr'])
		check(`${option} takes what nobody can guess`, same(offer(dir,
		    'tests', option, ''), []));
	const words = offer(dir, 'deliveries', '--outcome', '');
	check('outcomes', outcomes().filter((w) => !words.includes(w)).map(
	    (w) => `${w} is not among them`));
}

const dir = place();
try {
	checkShell('bash', bash, dir);
	if (spawnSync('zsh', ['--version']).status === 0)
		checkShell('zsh', zsh, dir);
} finally {
	fs.rmSync(dir, { recursive: true });
}
report.finish();
