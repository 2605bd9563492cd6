'use strict';

/* A delivery that no rule wants a ticket of, through nginx. */

const { SECONDS, bodies, pool } = require('../load');
const { within } = require('../place');
const { measure } = require('../believed');

const PER_SECOND = 30000;	/* more than can be served */
const TESTS = 2000;

async function
run()
{
	return within(async (place) => {
		const texts = bodies('HEALTHY', TESTS);

		return measure(place, { once: true,
		    pool: () => pool(place, texts, PER_SECOND * SECONDS) },
		    {});
	});
}

module.exports = { run, title: 'An ignored event' };
