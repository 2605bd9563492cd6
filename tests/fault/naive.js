'use strict';

/*
 * naive	A test of the tests: a handler that creates first and records
 *		afterwards (naive.c) must fail where ours must not.
 */

const { identical } = require('./crowd');
const { sweep } = require('./kill');
const { tool } = require('./lab');

const POINTS = 120;
const ROUNDS = 1;

async function
run({ rng })
{
	const options = { rng, short: true, binary: tool('naive') };
	const kills = await sweep('linear-new', { ...options,
	    points: POINTS });
	const crowds = await identical({ ...options, rounds: ROUNDS });
	const problems = [];

	if (kills.deviations === 0)
		problems.push(`killat found nothing: ${kills.figure}`);
	if (crowds.deviations === 0)
		problems.push(`identical found nothing: ${crowds.figure}`);
	return { figure: `found out by killat (${kills.figure}) and by ` +
	    `identical (${crowds.figure})`, problems };
}

module.exports = { parts: { naive: run } };
