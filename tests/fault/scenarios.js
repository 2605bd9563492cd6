'use strict';

/*
 * Where a delivery may be when it is killed.
 *
 *	new		everything is to be done
 *	existing	the ticket is there and so is its link: one comment
 *	close		and the ticket is to be closed
 *	renew		its fix was proven: a second ticket follows the first
 *	fold		over the budget: a ticket that tests share
 *	link		the link alone is missing
 *
 * For each, prepare(place) makes what was before with `settings`, `mail` is
 * what is killed, and then there must be so many `tickets` and `links`, each
 * of those written `writes` times (1 where nothing is said); check(place)
 * says what else is wrong.
 */

const crypto = require('node:crypto');
const { run } = require('./lab');
const { test } = require('./mails');
const { hook } = require('../run/sign');
const people = require('../sandbox/people');

const LATER = 38e6;	/* minutes; after whatever a clock says today */

async function
must(place, mail, status)
{
	const answer = await place.cgi(mail);

	if (answer.status !== status)
		throw new Error(`preparing: ${answer.status} instead of ` +
		    `${status}: ${answer.body}${answer.log}`);
}

/* What is said on the ticket is said once. */
function
comments(place, wanted)
{
	const n = place.sandbox.log.filter((e) => /comment/i.test(e.op) &&
	    e.effect).length;

	return n === wanted ? [] : [`${n} comments instead of ${wanted}`];
}

function
closed(place)
{
	const { jira, linear } = place.sandbox.state();
	const found = comments(place, 1);

	for (const state of [...jira.issues.map((i) => i.fields.status),
	    ...linear.issues.map((i) => i.state)])
		if (state !== 'Done')
			found.push(`it is ${state}`);
	return found;
}

/* The first ticket is told of the second, by `sync` if not at once. */
async function
followed(place)
{
	const { code, log } = await run(place.binary, ['sync'],
	    { env: { TICKETHOOK_CONFIG: place.config } });

	return [...(code === 0 ? [] : [`sync ends with ${code}: ${log}`]),
	    ...comments(place, 1)];
}

/* A person resolves the first ticket, and the tracker tells of it. */
async function
resolve(place, tracker)
{
	const linear = tracker === 'linear';
	const told = people.act(place.sandbox, tracker, linear ? 'WEB-1' :
	    'PAY-1', 'resolve');
	const body = Buffer.from(JSON.stringify(people.stamp(told,
	    Date.now())));
	const { status } = await place.ask({ method: 'POST',
	    path: `/tracker/${linear ? 'lin' : 'cloud'}`,
	    ...hook({ options: {} }, body, crypto.randomUUID(),
	    place.world.secrets, linear) });

	if (status !== 200)
		throw new Error(`preparing: the news is answered ${status}`);
}

function
scenarios(tracker)
{
	const t = test(tracker, 1);
	const first = t.mail('msg_first');
	const filed = (place) => must(place, first, 200);

	return {
		new: { mail: first, prepare: async () => {},
		    check: (place) => comments(place, 0) },
		existing: { mail: t.mail('msg_second', { status: 'BROKEN',
		    at: 5 }), prepare: filed,
		    check: (place) => comments(place, 1) },
		close: { mail: t.mail('msg_well', { status: 'HEALTHY',
		    at: 5 }), prepare: filed, check: closed,
		    settings: ['[rule owners] on_healthy = close'] },
		renew: { mail: t.mail('msg_again', { at: LATER }),
		    settings: ['[rule owners] on_regression = new',
		        '[rule owners] on_resolved = trust'],
		    prepare: async (place) => {
			await filed(place);
			await resolve(place, tracker);
		    }, tickets: 2, writes: 2, check: followed },
		fold: { mail: test(tracker, 2).mail('msg_other'),
		    settings: ['[rule owners] budget = 2/h'], prepare: filed,
		    tickets: 2, links: 2,
		    check: (place) => comments(place, 0) },
		link: { mail: first, check: (place) => comments(place, 0),
		    prepare: async (place) => {
			await place.sandbox.fault({ service: 'trunk',
			    op: 'trunk.link', kind: 'status:500',
			    times: -1 });
			await must(place, first, 503);
			await place.sandbox.heal();
		} }
	};
}

const ALL = {};
for (const tracker of ['linear', 'jira'])
	for (const [name, s] of Object.entries(scenarios(tracker)))
		ALL[`${tracker}-${name}`] = s;

module.exports = ALL;
