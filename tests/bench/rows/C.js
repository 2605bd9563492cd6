'use strict';

/* A delivery that no rule wants a ticket of, through nginx. */

const { SECONDS, body, pool } = require('../load');
const { within } = require('../place');
const { measure } = require('../believed');

const PER_SECOND = 30000;	/* more than can be served */

async function
run()
{
	return within(async (place) => {
		const text = body('HEALTHY');

		return measure(place, { once: true,
		    pool: () => pool(place, text, PER_SECOND * SECONDS) });
	});
}

module.exports = { run, title: 'An ignored event' };
