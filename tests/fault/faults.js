'use strict';

/*
 * Every fault the sandbox knows, and what may be answered while it lasts.
 *
 *	cases()		[{target, fault, statuses}, ...]
 *
 * A target is one call of a delivery: {service, op, tracker, lost: a fault
 * that a delivery meets before, so that the call is made at all, lag: of
 * the search}.  A delivery that meets a fault is answered 503; 502 where a
 * person must act; 200 only where the answer was right in spite of it, and
 * then the ticket and its link must be there at once.
 */

const { BAD_JSON, CONNECTION, REDIRECTS } = require('../sandbox/faults');
const { VARIANTS } = require('../sandbox/tls');

const LOST_ISSUE = { service: 'linear', op: 'linear.issueCreate',
    kind: 'status:500', when: 'after', times: -1 };
const LOST_TICKET = { service: 'jira', op: 'jira.create',
    kind: 'status:500', when: 'after', times: -1 };

const TARGETS = [
	{ op: 'trunk.details', tracker: 'linear', advisory: true },
	{ op: 'linear.teams*', tracker: 'linear', names: true },
	{ op: 'linear.issueCreate', tracker: 'linear' },
	{ op: 'linear.issue', tracker: 'linear', lost: LOST_ISSUE },
	{ op: 'trunk.link', tracker: 'linear', link: true },
	{ op: 'trunk.v2ticket', tracker: 'collection', advisory: true },
	{ op: 'trunk.v2link', tracker: 'collection', told: true },
	{ op: 'jira.search', tracker: 'jira' },
	{ op: 'jira.create', tracker: 'jira' },
	{ op: 'jira.search', tracker: 'jira', lost: LOST_TICKET },
	{ op: 'jira.bulkfetch', tracker: 'jira', lost: LOST_TICKET,
	    lag: 60 },
	{ service: 'jiradc', op: 'jira.create', tracker: 'dc' },
	{ service: 'jiradc', op: 'jira.search', tracker: 'dc',
	    lost: { ...LOST_TICKET, service: 'jiradc' } }
];

/* Nobody can have answered well. */
const BROKEN = ['reset', 'close', 'hang', 'drip', 'cut-headers', 'cut-body',
    'short-body', 'chunk-cut', 'status:500', 'status:502', 'status:503',
    'big-body', 'big-headers', 'continue-storm', { kind: 'drip',
    part: 'headers', every: 100 }, { kind: 'status:503', retryAfter: 30 },
    ...REDIRECTS.map((c) => `redirect:${c}`),
    ...['self', 'http://127.0.0.1:1/', 'file:///etc/hostname'].map((to) =>
    ({ kind: 'redirect:302', to }))];
/* An answer came, and not the one that was asked for. */
const NONSENSE = ['html', 'empty', 'braces', 'gzip',
    ...BAD_JSON.filter((v) => v !== 'huge-number').map((v) =>
    `bad-json:${v}`)];
const OF_LINEAR = ['graphql-errors', 'null-data'];
const OTHERS = ['other-id', 'nul-id', 'long-id', 'quote-id', 'slash-id'];
/* Odd, and yet the answer. */
const HARMLESS = ['wrong-type', 'double-answer', 'keepalive-close',
    'bad-json:huge-number', { kind: 'continue-storm', count: 5 }];
/* Nothing was done. */
const LIMITS = ['ratelimit', 'status:429', { kind: 'ratelimit',
    retryAfter: 1e9 }, { kind: 'ratelimit',
    retryAfter: 'Fri, 31 Dec 2027 23:59:59 GMT' }];
const REFUSALS = [400, 401, 403, 404, 422].map((s) => `status:${s}`);

const HANGING = /^(hang|drip|continue-storm|tls-hang)$/;

function
plain(fault)
{
	return typeof fault === 'string' ? { kind: fault } : fault;
}

function
creates(target)
{
	return /reate$/.test(target.op);
}

/* Which answers fit; undefined: that is no fault of this call. */
function
fitting(target, group, when)
{
	const { advisory, link, names, told } = target;

	switch (group) {
	case 'broken':
	case 'limit':
		return [503];
	case 'nonsense':
		/* v1's link answers 200 with nothing: nobody reads it. */
		if (link)
			return when === 'after' ? [200, 503] : undefined;
		return advisory || (told && when === 'after') ?
		    [200, 503] : [503];
	case 'other':
		if (link || told || advisory)
			return when === 'after' ? [200, 503] : undefined;
		if (creates(target))
			return [503];
		return names ? [502, 503] : [200, 503];
	case 'harmless':
		return when === 'after' ? [200, 503] :
		    creates(target) ? [503] : undefined;
	default:
		return advisory ? [200, 502] : [502];
	}
}

function
groups(target)
{
	const linear = target.op.startsWith('linear.');

	return { broken: BROKEN, limit: LIMITS, refusal: REFUSALS,
	    nonsense: [...NONSENSE, ...linear ? OF_LINEAR : []],
	    other: OTHERS, harmless: HARMLESS };
}

function
ofTarget(target)
{
	const out = [];

	for (const [group, kinds] of Object.entries(groups(target)))
		for (const when of /limit|refusal/.test(group) ? ['before'] :
		    ['before', 'after'])
			for (const kind of kinds.map(plain)) {
				const statuses = fitting(target, group, when);
				if (statuses !== undefined)
					out.push({ target, statuses, fault: {
					    op: target.op, when, times: -1,
					    ...kind } });
			}
	return out;
}

/* Before any request: of a service, whatever the call. */
function
ofService(target)
{
	return [...CONNECTION.filter((k) => k !== 'tls'),
	    ...VARIANTS.map((v) => `tls:${v}`)].map((kind) => ({ target,
	    statuses: [503], fault: { kind, times: -1 } }));
}

function
named(target)
{
	return { service: target.op.split('.')[0], ...target };
}

function
cases()
{
	const all = TARGETS.map(named);
	const first = new Map([...all].reverse().filter((t) => !t.lost).map(
	    (t) => [t.service, t]));
	const found = [...[...first.values()].flatMap(ofService),
	    ...all.flatMap(ofTarget)];

	return found.map((c) => ({ ...c, fault: { service: c.target.service,
	    ...c.fault }, hangs: HANGING.test(c.fault.kind) &&
	    c.fault.count === undefined }));
}

module.exports = { cases };
