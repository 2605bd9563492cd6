'use strict';

/* A delivery that was answered before, through nginx. */

const { body, pool } = require('../load');
const { within } = require('../place');
const { measure } = require('../believed');

const POOL = 200;

async function
run()
{
	return within(async (place) => {
		const repeated = pool(place, body('HEALTHY'), POOL);

		return measure(place, { pool: () => repeated });
	});
}

module.exports = { run, title: 'A repeated delivery' };
