'use strict';
/*
 * Linear's entities as GraphQL sees them: relations, connections, filters.
 *
 *	const v = views(store);
 *	v.issue(record) ...		an object for graphql's default resolver
 *	v.list(kind, records, args)	a connection of them
 *
 * Records hold ids and keys; a view holds functions that look them up.
 * Filters: https://linear.app/developers/filtering
 */
const {LONG_AGO} = require('./world');

const MAX_PAGE = 250;
const PRIORITIES = ['No priority', 'Urgent', 'High', 'Medium', 'Low'];

const low = s => String(s).toLowerCase();
const COMPARE = {
	eq: (a, b) => a === b,
	neq: (a, b) => a !== b,
	in: (a, b) => b.includes(a),
	nin: (a, b) => !b.includes(a),
	eqIgnoreCase: (a, b) => low(a) === low(b),
	neqIgnoreCase: (a, b) => low(a) !== low(b),
	contains: (a, b) => String(a).includes(b),
	containsIgnoreCase: (a, b) => low(a).includes(low(b)),
	notContains: (a, b) => !String(a).includes(b),
	startsWith: (a, b) => String(a).startsWith(b),
	endsWith: (a, b) => String(a).endsWith(b),
	gt: (a, b) => a > b,
	gte: (a, b) => a >= b,
	lt: (a, b) => a < b,
	lte: (a, b) => a <= b,
};

function
compares(value, filter)
{
	return Object.entries(filter).every(([k, want]) => {
		if (k === 'null')
			return (value === null || value === undefined) === want;
		if (value === null || value === undefined)
			return k === 'neq' || k === 'nin';
		return COMPARE[k](value, want);
	});
}

function
matches(view, filter)
{
	if (view === null || view === undefined)
		return filter.null === true;
	return Object.entries(filter).every(([k, want]) => {
		if (k === 'and')
			return want.every(f => matches(view, f));
		if (k === 'or')
			return want.some(f => matches(view, f));
		if (k === 'null')
			return want === false;
		const value = typeof view[k] === 'function' ? view[k]({}) :
		    view[k];
		if (want.some)
			return value.nodes.some(n => matches(n, want.some));
		const entity = value !== null && typeof value === 'object';

		/* A relation that is not set has only `null` to compare. */
		return entity || k === 'team' || k === 'parent' ||
		    k === 'state' && typeof value !== 'string' ?
		    matches(value, want) : compares(value, want);
	});
}

class TooMany extends Error {}

function
connection(nodes, args)
{
	const size = args.first ?? args.last ?? 50;

	if (size > MAX_PAGE)
		throw new TooMany(`first must not be greater than ${MAX_PAGE}`);
	const at = id => nodes.findIndex(n => n.id === id);
	let from = args.after ? at(args.after) + 1 : 0;
	let to = args.before && at(args.before) >= 0 ? at(args.before) :
	    nodes.length;
	const left = from, right = to;

	if (args.last && !args.first)
		from = Math.max(from, to - size);
	else
		to = Math.min(to, from + size);
	const page = nodes.slice(from, to);

	return {nodes: page, edges: page.map(node => ({node,
	    cursor: node.id})), pageInfo: {hasNextPage: to < right,
	    hasPreviousPage: from > left, startCursor: page[0]?.id ?? null,
	    endCursor: page.at(-1)?.id ?? null}};
}

function
views(store)
{
	const dated = r => ({archivedAt: null, createdAt: LONG_AGO,
	    updatedAt: r.createdAt ?? LONG_AGO, ...r});
	const v = {};

	v.list = (kind, records, args) => {
		let nodes = records;

		if (!args.includeArchived)
			nodes = nodes.filter(r => !r.archivedAt && !r.trashed);
		nodes = nodes.map(v[kind]);
		if (args.filter)
			nodes = nodes.filter(n => matches(n, args.filter));
		return connection(nodes, args);
	};
	v.organization = () => dated(store.data().organization);
	v.user = u => u && {...dated(u), organization: v.organization,
	    isMe: u.email === store.data().viewer,
	    teams: a => v.list('team', store.data().teams.filter(t =>
		store.isMember(u, t)), a), url:
	    `https://linear.app/${store.data().organization.urlKey}` +
	    `/profiles/${u.displayName}`};
	v.state = s => s && {...dated(s), description: null,
	    team: () => v.team(store.team(s.teamId))};
	v.team = t => t && {...dated(t), description: null,
	    displayName: t.name, private: t.visibility === 'private',
	    organization: v.organization,
	    defaultIssueState: () => v.state(store.defaultState(t, false)),
	    triageIssueState: () => t.triageEnabled ?
		v.state(store.defaultState(t, true)) : null,
	    states: a => v.list('state', store.states(t), a),
	    labels: a => v.list('label', store.data().labels.filter(l =>
		l.teamKey === t.key), a),
	    members: a => v.list('user', store.users(a).filter(u =>
		store.isMember(u, t)), a)};
	v.template = t => t && {...dated(t), description: null,
	    templateData: t.data,
	    team: () => v.team(store.teamByKey(t.teamKey)) ?? null};
	v.label = l => l && {...dated(l), description: null,
	    team: () => v.team(store.teamByKey(l.teamKey)) ?? null,
	    parent: () => v.label(store.labelByName(l.parent)) ?? null,
	    children: a => v.list('label', store.data().labels.filter(c =>
		c.parent === l.name), a)};
	v.project = p => p && {...dated(p), url:
	    `https://linear.app/${store.data().organization.urlKey}` +
	    `/project/${p.slugId}`,
	    teams: a => v.list('team', p.teamKeys.map(store.teamByKey), a)};
	v.issue = i => i && {...dated(i), previousIdentifiers: [],
	    priorityLabel: PRIORITIES[i.priority],
	    team: () => v.team(store.team(i.teamId)),
	    state: () => v.state(store.state(i.stateId)),
	    assignee: () => v.user(store.user(i.assigneeId)) ?? null,
	    creator: () => v.user(store.viewer()),
	    project: () => v.project(store.project(i.projectId)) ?? null,
	    labels: a => v.list('label', i.labelIds.map(store.label), a),
	    attachments: a => v.list('attachment', store.attachments(i.id), a),
	    comments: a => v.list('comment', store.comments(i.id), a)};
	v.attachment = x => x && {...dated(x),
	    creator: () => v.user(store.viewer()),
	    issue: () => v.issue(store.issue(x.issueId))};
	v.comment = c => c && {...dated(c), editedAt: null,
	    user: () => v.user(store.viewer()),
	    issue: () => v.issue(store.issue(c.issueId)) ?? null};
	return v;
}

module.exports = {views, TooMany};
