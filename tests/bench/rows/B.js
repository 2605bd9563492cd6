'use strict';

/* A delivery that was answered before, through nginx. */

const { bodies, drive, pool } = require('../load');
const { within } = require('../place');
const { measure } = require('../believed');

const POOL = 200;

async function
run()
{
	return within(async (place) => {
		const repeated = pool(place, bodies('HEALTHY', POOL), POOL);
		const kind = { pool: () => repeated };

		return measure(place, kind, (ours) => drive(place,
		    { ...kind, ...ours }, 4, 1));
	});
}

module.exports = { run, title: 'A repeated delivery' };
