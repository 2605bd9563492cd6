'use strict';

/*
 * power	The ledger on a disk that may lose its power (power.c); and a
 *		test of the test: on a disk that lies about its syncs it must
 *		be seen that something is lost.
 */

const { run, tool } = require('./lab');

const PATIENCE = { patience: 1200e3 };
const SIZE = [['-d', '9', '-s', '6'], ['-d', '48', '-s', '200']];

function
lastLine(out)
{
	return out.toString().trimEnd().split('\n').at(-1);
}

async function
part({ short, seed })
{
	const { code, out, log } = await run(tool('power'), ['-r',
	    String(seed), ...SIZE[short ? 0 : 1]], PATIENCE);
	const liar = await run(tool('power'), ['-x', '-d', '1', '-s', '0'],
	    PATIENCE);
	const problems = code === 0 ? [] : [`power ended with ${code}`,
	    ...out.toString().split('\n').slice(0, -2), log];

	if (liar.code !== 1)
		problems.push('a disk that lies is not found out: ' +
		    lastLine(liar.out));
	return { figure: lastLine(out), problems };
}

module.exports = { parts: { power: part } };
