'use strict';

/*
 * upstream	every fault of faults.js: answered in time with what fits,
 *		and once it is over the repeat ends in one ticket and link
 * lag		a create whose answer was lost, and a search that shows the
 *		ticket at once, after 5 s, after 60 s: issues are read by
 *		their number meanwhile, but in a busy project not so many
 */

const { cases } = require('./faults');
const { share, shuffle, withPlaces } = require('./lab');
const { test } = require('./mails');

const DEADLINE_MS = 2000;
const SLACK_MS = 700;
const SLACK = 10;		/* and so many plain requests */
const LANES = 6;
const SHORT_CASES = 60;
const SHORT_HANGING = 6;
const SETTINGS = ['[handler] deadline = 2s'];
const CROWD = { jira: 520, dc: 30 };	/* more than are read by number */

/* Seconds of lag, what becomes of the answer, and whether others file too. */
const LOST = [0, 5, 60].flatMap((s) => ['status:500', 'cut-body', 'hang'].
    flatMap((k) => [[s, k, ''], [s, k, 'busy']]));

/* What each tracker's places are set up with, and what is sent there. */
const KINDS = {
	linear: { options: { settings: SETTINGS },
	    mail: test('linear', 1).mail('msg_1') },
	jira: { options: { settings: SETTINGS },
	    mail: test('jira', 1).mail('msg_1') },
	collection: { options: { settings: SETTINGS },
	    mail: { id: 'msg_1', file: 'v2-collection.json' } },
	dc: { options: { base: 'dc.ini', settings: [...SETTINGS,
	    '[tracker dc] settle = 1s'] },
	    mail: test('jira', 1).mail('msg_1') }
};

/* The delivery is sent until 2xx, and all is as it should be. */
async function
recover(place, mail)
{
	await place.sandbox.heal();
	place.sandbox.clock(120);
	const { status, body, log } = await place.untilDone(mail);
	const found = await place.exactlyOnce();

	if (status !== 200)
		found.push(`never 2xx: ${status} ${body}${log}`);
	return found;
}

async function
reach(place, mail, target)
{
	if (target.lag !== undefined)
		place.sandbox.seed({ [target.service]:
		    { searchLag: target.lag } });
	if (target.lost === undefined)
		return [];
	await place.sandbox.fault(target.lost);
	const { status, body } = await place.cgi(mail);
	await place.sandbox.heal();
	return status === 503 ? [] : [`before it: ${status} ${body}`];
}

/* Milliseconds of a request that asks nobody: what the machine is like now. */
async function
plain(place)
{
	const began = Date.now();
	const { status, body } = await place.ask({ method: 'GET',
	    path: '/health', headers: [], body: '' });

	if (status !== 200)
		throw new Error(`/health: ${status} ${body}`);
	return Date.now() - began;
}

async function
meet(place, { target, fault, statuses }, count)
{
	const { mail } = KINDS[target.tracker];

	await place.fresh();
	place.plant();
	const found = await reach(place, mail, target);
	const set = await place.sandbox.fault(fault);
	const most = DEADLINE_MS + SLACK_MS + SLACK * await plain(place);
	const began = Date.now();
	const { status, body, log } = await place.cgi(mail);
	const took = Date.now() - began;

	count[status] = (count[status] ?? 0) + 1;
	/* Refused for ever, nothing arrives that could be counted. */
	if (set.hits === 0 && set.kind !== 'refuse')
		found.push('the fault was never met');
	if (!statuses.includes(status))
		found.push(`${status} ${body}${log}`);
	if (status === 200)
		found.push(...(await place.exactlyOnce()).map((f) =>
		    `at its 200: ${f}`));
	if (took > most)
		found.push(`after ${took} ms, of ${most}`);
	return [...found, ...await recover(place, mail)];
}

function
title({ target, fault })
{
	const { service, op, kind, when, times, ...more } = fault;

	return `${service} ${op ?? ''} ${kind} ${when ?? ''}` +
	    `${target.lost ? ' once it was lost' : ''} ` +
	    Object.entries(more).map((e) => e.join('=')).join(' ');
}

function
selected(short, rng)
{
	const all = cases();

	if (!short)
		return all;
	const mixed = shuffle(all, rng);
	return [...mixed.filter((c) => c.hangs).slice(0, SHORT_HANGING),
	    ...mixed.filter((c) => !c.hangs).slice(0, SHORT_CASES)];
}

/* Those that hang first: they leave the machine to the others. */
async function
run({ short, rng })
{
	const all = selected(short, rng);
	const problems = [], count = {};
	let bad = 0;

	for (const tracker of Object.keys(KINDS))
		await withPlaces(LANES, KINDS[tracker].options, (places) =>
		    share(places, all.filter((c) => c.target.tracker ===
		    tracker), async (place, item) => {
			const found = await meet(place, item, count);
			bad += found.length > 0;
			problems.push(...found.map((f) =>
			    `${title(item)}: ${f}`));
		}));
	return { figure: `${all.length} faults, answered ` +
	    `${Object.entries(count).map(([s, n]) => `${n} ${s}`).join(', ')
	    }, ${bad} deviations`, problems };
}

/* Issues that others made just now, and which no search shows yet. */
function
crowd(place, tracker)
{
	const service = tracker === 'dc' ? 'jiradc' : 'jira';
	const project = tracker === 'dc' ? 'OPS' : 'PAY';

	place.planted.push(...place.sandbox.seed({ [service]: { issues:
	    Array.from({ length: CROWD[tracker] }, () => ({ project,
	    summary: 'Repaint one more' })) } }).map((t) => t.key));
}

/* The lost create, then repeats while the search does not show it. */
async function
lag(place, tracker, [seconds, kind, busy])
{
	const service = tracker === 'dc' ? 'jiradc' : 'jira';
	const { mail } = KINDS[tracker];

	await place.fresh();
	place.plant();
	place.sandbox.seed({ [service]: { searchLag: seconds } });
	if (busy)
		crowd(place, tracker);
	await place.sandbox.fault({ service, op: 'jira.create', kind,
	    when: 'after', times: -1 });
	const first = await place.cgi(mail);
	const found = first.status === 503 ? [] : [`${first.status}`];
	await place.sandbox.heal();
	const { status, body, log } = await place.cgi(mail);
	const hidden = busy && seconds > 0;
	if (status !== (hidden ? 503 : 200))
		found.push(`${status} within the lag: ${body}${log}`);
	if (hidden) {
		place.sandbox.clock(seconds + 1);
		const last = await place.untilDone(mail);
		if (last.status !== 200)
			found.push(`never 2xx: ${last.status} ${last.body}`);
	}
	return [...found, ...await place.exactlyOnce()];
}

async function
lags()
{
	const problems = [];
	let done = 0;

	for (const tracker of ['jira', 'dc']) {
		/* Longer than the test takes: nothing is created again. */
		const settle = tracker === 'dc' ? '[tracker dc] settle = 60s' :
		    '[tracker cloud] settle = 60s';
		const { options } = KINDS[tracker];
		await withPlaces(3, { ...options, settings: [
		    ...options.settings, settle] }, (places) => share(places,
		    LOST, async (place, lost) => {
			const found = await lag(place, tracker, lost);
			done++;
			problems.push(...found.map((f) =>
			    `${tracker} ${lost.join(' ')}: ${f}`));
		}));
	}
	return { figure: `${done} lost answers, ${problems.length} ` +
	    'deviations', problems };
}

module.exports = { parts: { upstream: run, lag: lags } };
