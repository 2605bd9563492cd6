'use strict';

/* Commits of the ledger on a disk where a flush takes 8 ms, see commit.c. */

const { execFileSync } = require('node:child_process');
const { atLeast, atMost, figure } = require('../lib');
const { BUILD } = require('../place');

const SLACK = 0.95;		/* "never slower", but for noise */
const STARVED = 12;		/* flushes that nobody waits */

async function
run()
{
	const lines = execFileSync(`${BUILD}/bench/commit`, ['--json'],
	    { encoding: 'utf8' }).trim().split('\n').map((l) =>
	    JSON.parse(l));
	const [each, one, eight, many, two] = lines;

	return [...lines.flatMap((l) => [
	    figure(`${l.what}`, l.rate, 'commits/s'),
	    figure(`${l.what}, p99`, l.p99 / l.flush, 'flushes')]),
	    atLeast('64 in hand against a commit each', many.rate / each.rate,
	        'x', 30),
	    atMost('64 in hand, p99', many.p99 / many.flush, 'flushes', 4),
	    atLeast('8 threads against 1', eight.rate / one.rate, 'x', SLACK),
	    atLeast('64 threads against 8', many.rate / eight.rate, 'x',
	        SLACK),
	    atMost('2 processes, the longest wait', two.longest / two.flush,
	        'flushes', STARVED)];
}

module.exports = { run, title: 'The ledger, 8 ms added to each flush' };
