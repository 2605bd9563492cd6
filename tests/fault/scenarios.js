'use strict';

/*
 * Where a delivery may be when it is killed: everything is to be done, the
 * ticket is there and so is its link, or the link alone is missing.  For
 * each, prepare(place) makes what was before, and `mail` is what is killed.
 */

const { test } = require('./mails');

async function
must(place, mail, status)
{
	const answer = await place.cgi(mail);

	if (answer.status !== status)
		throw new Error(`preparing: ${answer.status} instead of ` +
		    `${status}: ${answer.body}${answer.log}`);
}

function
scenarios(tracker)
{
	const t = test(tracker, 1);
	const first = t.mail('msg_first');

	return {
		new: { mail: first, prepare: async () => {} },
		existing: { mail: t.mail('msg_second', { status: 'BROKEN',
		    at: 5 }), prepare: (place) => must(place, first, 200) },
		link: { mail: first, prepare: async (place) => {
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
