'use strict';

/*
 * orders	Five events of one test in every order of arrival: what there
 *		is in the end does not depend on it.
 *
 * What the status must be is told by the events alone: the newest by event
 * time, and of equal times broken over flaky over healthy.  So are the
 * comments: one for each time that the test, once it failed, was healthy, and
 * one for each time that it broke after it was flaky.
 */

const { single } = require('./handlers');
const { withPlaces } = require('./lab');
const { test } = require('./mails');

const RANK = ['HEALTHY', 'FLAKY', 'BROKEN'];
const LIVES = [
	['FLAKY 1', 'BROKEN 2', 'HEALTHY 3', 'FLAKY 4', 'HEALTHY 4'],
	['HEALTHY 1', 'FLAKY 1', 'BROKEN 2', 'FLAKY 2', 'HEALTHY 3'],
	['FLAKY 1', 'HEALTHY 2', 'FLAKY 3', 'BROKEN 3', 'HEALTHY 3']
];

function
orders(list)
{
	return list.length < 2 ? [list] : list.flatMap((x, i) => orders(
	    [...list.slice(0, i), ...list.slice(i + 1)]).map((rest) =>
	    [x, ...rest]));
}

function
parse(life)
{
	return life.map((text, n) => {
		const [status, at] = text.split(' ');
		return { status, at: Number(at), n };
	});
}

/* The one that decides. */
function
newest(events)
{
	return [...events].sort((a, b) => a.at - b.at ||
	    RANK.indexOf(a.status) - RANK.indexOf(b.status)).at(-1);
}

/* The comments, by the minutes of their events. */
function
comments(events)
{
	const sorted = [...events].sort((a, b) => a.at - b.at ||
	    RANK.indexOf(a.status) - RANK.indexOf(b.status));
	const before = (e, wanted) => sorted.slice(0, sorted.indexOf(e)).
	    some((x) => wanted.includes(x.status));

	return sorted.flatMap((e) => e.status === 'HEALTHY' &&
	    before(e, ['FLAKY', 'BROKEN']) ? [`healthy ${e.at}`] :
	    e.status === 'BROKEN' && before(e, ['FLAKY']) ?
	    [`worse ${e.at}`] : []).sort();
}

/* What was written at the tracker, and what the ledger says of it. */
async function
checkComments(place, t, events)
{
	const wanted = comments(events);
	const written = place.sandbox.log.filter((e) =>
	    /comment/i.test(e.op) && e.effect).length;
	const { rows } = await place.inspect('SELECT DISTINCT act.key ' +
	    "FROM act JOIN link USING (ticket) JOIN test ON test.id = " +
	    `link.test WHERE test.name = '${t.name}' AND act.state = 'done'`);
	const said = rows.map((key) => key.split('|')).map(([word, ms]) =>
	    `${word} ${(Number(ms) - t.began) / 60000}`).sort();

	return [...(written === wanted.length ? [] :
	    [`${written} comments instead of ${wanted.length}`]),
	    ...(said.join() === wanted.join() ? [] :
	    [`comments ${said.join()} instead of ${wanted.join()}`])];
}

/* One life in one order: sentences. */
async function
live(place, where, t, events)
{
	const found = [];

	await place.sandbox.reset();
	for (const e of events) {
		const { status, body } = await place.untilDone(t.mail(
		    `msg_${t.name}_${e.n}`, e), (m) => place.fcgi(where, m));
		if (status !== 200)
			found.push(`${e.status}: ${status} ${body}`);
	}
	const state = place.sandbox.state();
	if (state.trunk.links.some((l) => l.testId !== t.id))
		found.push('a link of another test');
	found.push(...await place.exactlyOnce());
	const { rows } = await place.inspect('SELECT status FROM test WHERE ' +
	    `name = '${t.name}'`);
	const wanted = newest(events).status.toLowerCase();
	if (rows.join() !== wanted)
		found.push(`the ledger says ${rows.join()} for ${wanted}`);
	found.push(...await checkComments(place, t, events));
	return found;
}

/* [tracker, events] of all that is to be lived; short: of one life. */
function
lives(short)
{
	const all = LIVES.map((life) => orders(parse(life)));

	return short ? all[0].map((o, i) => [['linear', 'jira'][i % 2], o]) :
	    ['linear', 'jira'].flatMap((tracker) => all.flat().map((o) =>
	    [tracker, o]));
}

async function
run({ short })
{
	const problems = [];
	const all = lives(short);
	let bad = 0;

	await withPlaces(1, {}, async ([place]) => {
		await place.fresh();
		const handler = await single(place);
		for (const [i, [tracker, order]] of all.entries()) {
			const found = await live(place, handler.where,
			    test(tracker, i), order);
			bad += found.length > 0;
			problems.push(...found.map((f) => `${order.map((e) =>
			    e.status + e.at).join(' ')}: ${f}`));
		}
		problems.push(...await handler.stop());
	});
	return { figure: `${all.length} orders, ${bad} deviations`, problems };
}

module.exports = { parts: { orders: run } };
