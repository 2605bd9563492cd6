'use strict';
/*
 * One Jira site's issues: create, read, search, links, comments, moves.
 * Data Center differs in version (2, wiki text) and in how users are named.
 */
const {parse} = require('./jql');

const CATEGORY = {
	new: {id: 2, key: 'new', name: 'To Do'},
	indeterminate: {id: 4, key: 'indeterminate', name: 'In Progress'},
	done: {id: 3, key: 'done', name: 'Done'},
};
const STATUS = [{id: '10000', name: 'To Do', category: 'new'},
    {id: '10001', name: 'In Progress', category: 'indeterminate'},
    {id: '10002', name: 'Done', category: 'done'},
    {id: '10003', name: "Won't Do", category: 'done'}];
const MOVES = [{id: '11', name: 'Reopen', to: '10000'},
    {id: '21', name: 'Start', to: '10001'},
    {id: '31', name: 'Resolve', to: '10002'}];

class Store {
	constructor({name, cloud, shared})
	{
		this.name = name;
		this.cloud = cloud;
		this.shared = shared;
		this.clear();
	}

	clear()
	{
		this.byId = new Map();
		this.byKey = new Map();		/* also former keys */
		this.numbers = new Map();
		this.serial = this.cloud ? 10000 : 40000;
		this.projectProperties = new Map();
	}

	get data()
	{
		return this.shared.world[this.name];
	}

	/* As found by GET: keys without regard to case, moved ones too. */
	find(idOrKey)
	{
		return this.byId.get(idOrKey) ??
		    this.byKey.get(idOrKey.toUpperCase());
	}

	project(idOrKey)
	{
		return this.data.projects.find(p => p.key === idOrKey ||
		    p.id === idOrKey);
	}

	insert(fields, properties, createdAt)
	{
		const {key: p} = fields.project;
		const number = (this.numbers.get(p) ?? 0) + 1;
		const id = String(++this.serial);
		const issue = {id, key: `${p}-${number}`, number,
		    created: createdAt ?? this.shared.now(),
		    updated: createdAt ?? this.shared.now(),
		    categorised: createdAt ?? this.shared.now(),
		    resolved: null, fields: {
		    labels: [], components: [], assignee: null,
		    description: null, duedate: null, resolution: null,
		    priority: this.data.priorities[2], ...fields,
		    status: STATUS[0]},
		    properties: new Map(properties), links: [], comments: []};

		this.numbers.set(p, number);
		this.byId.set(id, issue);
		this.byKey.set(issue.key, issue);
		return issue;
	}

	remove(issue)
	{
		this.byId.delete(issue.id);
		this.byKey.delete(issue.key);
	}

	/* Search sees a new issue only when the index has caught up. */
	#indexed()
	{
		const due = this.shared.now() - this.data.searchLag * 1000;

		return [...this.byId.values()].filter(i => i.created <= due);
	}

	search(jql)
	{
		const q = parse(jql, this.shared.now());

		return {bounded: q.bounded, clauses: q.clauses,
		    run: () => q.select(this.#indexed(), look)};
	}

	link(issue, given)
	{
		const {globalId = null, application = null,
		    relationship = null} = given;
		const old = globalId !== null && issue.links.find(l =>
		    l.globalId === globalId);
		const set = {globalId, application: application ?? {},
		    relationship, object: {summary: null, icon: {},
		    status: {}, ...given.object}};

		if (old)
			return {row: Object.assign(old, set), made: false};
		const row = {id: ++this.serial, ...set};

		issue.links.push(row);
		return {row, made: true};
	}

	comment(issue, body, properties)
	{
		const row = {id: String(++this.serial), body,
		    properties: properties ?? [], created:
		    new Date(this.shared.now()).toISOString()};

		issue.comments.push(row);
		return row;
	}

	/* A new key in the other project; the old one goes on resolving. */
	rehome(issue, key)
	{
		const project = this.project(key);
		const number = (this.numbers.get(key) ?? 0) + 1;

		this.numbers.set(key, number);
		Object.assign(issue, {key: `${key}-${number}`, number,
		    updated: this.shared.now()});
		issue.fields.project = project;
		this.byKey.set(issue.key, issue);
	}

	/*
	 * Where an issue may go: {id, name, to, from, needs}.  from: ids of
	 * states, left out: any; needs: fields that the screen requires.
	 */
	moves(issue)
	{
		return (this.data.workflow ?? MOVES).filter(m => !m.from ||
		    m.from.includes(issue.fields.status.id)).map(m => ({...m,
		    to: STATUS.find(s => s.id === m.to)}));
	}

	move(issue, move, resolution)
	{
		const now = this.shared.now();

		if (issue.fields.status.category !== move.to.category)
			issue.categorised = now;
		issue.fields.status = move.to;
		issue.updated = now;
		if (move.to.category !== 'done')
			issue.fields.resolution = null;
		else if (resolution || this.data.resolveOnDone)
			issue.fields.resolution = resolution ??
			    this.data.resolutions[0];
		issue.resolved = issue.fields.resolution && now;
	}
}

/* The values of one JQL field; without a clause, those it sorts by. */
function
look(issue, field, clause)
{
	const f = issue.fields;

	switch (field) {
	case 'project': return [f.project.key, f.project.id, f.project.name];
	case 'labels': return f.labels;
	case 'key': case 'id': case 'issue': case 'issuekey':
		if (!clause || clause.numeric)
			return [issue.number];
		return [issue.key, issue.id, ...linked(issue, clause)];
	case 'created': return [issue.created];
	case 'updated': return [issue.updated];
	case 'text': return [f.summary, JSON.stringify(f.description ?? '')];
	case 'issuetype': return [f.issuetype.name, f.issuetype.id];
	case 'status': return [f.status.name, f.status.id];
	case 'statuscategory': {
		const c = CATEGORY[f.status.category];

		return [c.name, c.key];
	}
	case 'resolution': return f.resolution ? [f.resolution.name] : [];
	case 'component': return f.components.map(c => c.name);
	case 'summary': return [f.summary];
	case 'assignee': return f.assignee ? [f.assignee.accountId ??
	    f.assignee.name] : [];
	default: return [];
	}
}

/* issue in issuesWithRemoteLinksByGlobalId("...") */
function
linked(issue, clause)
{
	return clause.values.filter(v => v.call?.toLowerCase() ===
	    'issueswithremotelinksbyglobalid' && issue.links.some(l =>
	    v.args.includes(l.globalId)));
}

module.exports = {Store, STATUS, CATEGORY, MOVES};
