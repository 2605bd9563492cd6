'use strict';

/*
 * node tests/run/binary.js
 *
 * How the program was built, as readelf and nm see it: position-independent,
 * stack protector, fortified calls, read-only relocations that are resolved
 * at start, no executable stack, and none of the calls that the style
 * forbids.  hardening-check's verdict too, where it is installed.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { execFileSync } = require('node:child_process');
const { BINARY } = require('./process');
const report = require('./report');

const CHECKER = '/usr/bin/hardening-check';
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

	'one library is loaded later, when a ledger needs it'()
	{
		const names = execFileSync('strings', [BINARY],
		    { encoding: 'utf8', maxBuffer: 1 << 26 }).split('\n');

		const needed = tool('readelf', '-dW');

		assert.deepEqual(names.filter((n) =>
		    /^[\w./-]*\.so(\.\d+)*$/.test(n) &&
		    !needed.includes(`[${n}]`) && !n.startsWith('/lib')),
		    ['libpq.so.5']);
	},

	'no path of a library of its own'()
	{
		assert.doesNotMatch(tool('readelf', '-dW'), /R(UN)?PATH/);
	}
};

async function
main()
{
	if (fs.existsSync(CHECKER))
		CHECKS['hardening-check has nothing to say'] = () =>
		    /* Debian's own start files have no CET. */
		    tool(CHECKER, '--nocfprotection');
	for (const [name, work] of Object.entries(CHECKS))
		await report.attempt(name, async () => work());
	report.finish();
}

main();
