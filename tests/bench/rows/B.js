'use strict';

/*
 * A delivery whose ticket was made before, through nginx: found in the ledger,
 * counted there, and given the same answer.
 */

const { bodies, drive, pool } = require('../load');
const { within } = require('../place');
const upstream = require('../upstream');
const { measure } = require('../believed');

const POOL = 200;

async function
run()
{
	return within(async (place) => {
		const repeated = pool(place, bodies('FLAKY', POOL), POOL);

		return measure(place, { pool: () => repeated },
		    await upstream.open(place, 0, false),
		    (ours) => drive(place, ours, 4, 2));
	});
}

module.exports = { run, title: 'A repeated delivery' };
