'use strict';

/*
 * node tests/run/binary.js
 *
 * How the program was built, as readelf and nm see it: position-independent,
 * stack protector, fortified calls, read-only relocations that are resolved
 * at start, no executable stack, and none of the calls that the style
 * forbids; which options each file was compiled with; hardening-check's
 * verdict.
 */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { BINARY } = require('./process');
const report = require('./report');

/* Calls that no bounds or no threads can be trusted with. */
const BANNED = ['gets', 'strcpy', 'strcat', 'sprintf', 'vsprintf', 'scanf',
    'sscanf', '__isoc99_sscanf', '__isoc99_scanf', '__isoc23_sscanf',
    '__isoc23_scanf', 'strtok', 'tmpnam',
    'mktemp', 'tempnam', 'system', 'popen', 'execl', 'execv', 'execve',
    'execvp', 'posix_spawn', 'fork', 'vfork', 'alloca', 'rand', 'srand',
    'random', 'gmtime', 'localtime', 'ctime', 'asctime', 'strerror_l',
    'getlogin', 'inet_ntoa', 'gethostbyname'];

function
tool(name, ...args)
{
	return execFileSync(name, [...args, BINARY], { encoding: 'utf8',
	    maxBuffer: 1 << 28,
	    env: { ...process.env, LC_ALL: 'C' } });
}

/* Names that the program takes from libraries, without versions. */
function
imported()
{
	return new Set(tool('nm', '-D', '--undefined-only').split('\n').map(
	    (l) => l.trim().split(/\s+/).at(-1).replace(/@.*/, '')));
}

const CHECKS = {
	'position-independent'()
	{
		assert.match(tool('readelf', '-hW'), /Type: +DYN /);
		assert.match(tool('readelf', '-dW'), /FLAGS_1\).*\bPIE\b/);
	},

	'stack protector'()
	{
		assert.ok(imported().has('__stack_chk_fail'));
	},

	'fortified calls'()
	{
		const names = [...imported()].filter((n) => /_chk$/.test(n) &&
		    n !== '__stack_chk_fail');

		assert.ok(names.length >= 3, names.join(' '));
	},

	'relocations are read-only, and resolved at start'()
	{
		assert.match(tool('readelf', '-lW'), /GNU_RELRO/);
		assert.match(tool('readelf', '-dW'), /BIND_NOW|FLAGS.*\bNOW\b/);
	},

	/* As its own debugging information says. */
	'how each of our files was compiled'()
	{
		const units = tool('readelf', '--debug-dump=info',
		    '--dwarf-depth=1').split('\n').filter((l) =>
		    /DW_AT_producer/.test(l));

		assert.ok(units.length > 150, `${units.length} units`);
		for (const flag of ['-O2', '-fstack-protector-strong',
		    '-fstack-clash-protection', '-ftrivial-auto-var-init=zero',
		    '-fPIE', ...process.arch === 'x64' ?
		    ['-fcf-protection'] : []])
			assert.equal(units.filter((l) => l.includes(flag)).
			    length, units.length, flag);
	},

	'every function of ours may be called indirectly'()
	{
		if (process.arch !== 'x64')
			return;
		const code = tool('objdump', '-d', '--no-show-raw-insn');
		const globals = tool('nm', '--defined-only').split('\n').map(
		    (l) => / T (\w+)$/.exec(l)?.[1]).filter((n) =>
		    n !== undefined && !/^_(start|init|fini)$/.test(n));
		const landed = new Set([...code.matchAll(
		    /^[0-9a-f]+ <(\w+)>:\n +[0-9a-f]+:\tendbr64/gm)].map(
		    (m) => m[1]));

		assert.ok(globals.length > 300, `${globals.length}`);
		assert.deepEqual(globals.filter((n) => !landed.has(n)), []);
	},

	'no executable stack, no page that is writable and executable'()
	{
		const segments = tool('readelf', '-lW').split('\n');

		assert.match(segments.find((l) => /GNU_STACK/.test(l)), / RW +0x/);
		for (const l of segments.filter((s) => /^ +LOAD/.test(s)))
			assert.doesNotMatch(l, / RWE /);
	},

	'no banned call'()
	{
		const names = imported();

		assert.deepEqual(BANNED.filter((n) => names.has(n)), []);
		assert.ok(names.has('snprintf') || names.has('__snprintf_chk'));
	},

	'two libraries are loaded later, for a call and for a ledger'()
	{
		const names = execFileSync('strings', [BINARY],
		    { encoding: 'utf8', maxBuffer: 1 << 26 }).split('\n');

		const needed = tool('readelf', '-dW');

		assert.deepEqual(names.filter((n) =>
		    /^[\w./-]*\.so(\.\d+)*$/.test(n) &&
		    !needed.includes(`[${n}]`) && !n.startsWith('/lib')),
		    ['libcurl.so.4', 'libpq.so.5']);
	},

	/*
	 * But for CET, which it asks of the whole: Debian's start files have
	 * none.
	 */
	'hardening-check has nothing to say'()
	{
		const said = tool('hardening-check', '--nocfprotection');

		assert.equal(said.match(/: yes/g).length, 5, said);
	},

	'no path of a library of its own'()
	{
		assert.doesNotMatch(tool('readelf', '-dW'), /R(UN)?PATH/);
	}
};

async function
main()
{
	for (const [name, work] of Object.entries(CHECKS))
		await report.attempt(name, async () => work());
	report.finish();
}

main();
