'use strict';
/*
 * Jira's records as its API shows them.
 *
 *	const show = shower(store, base, version);
 *	show.issue(issue, fields, properties)
 *
 * fields: a list of names, with *all, *navigable and -name.
 */
const {CATEGORY} = require('./jira-store');

function
shower(store, base, version)
{
	const api = `${base}/rest/api/${version}`;
	const s = {};

	s.user = u => u && (store.cloud ? {self:
	    `${api}/user?accountId=${encodeURIComponent(u.accountId)}`,
	    accountId: u.accountId, accountType: 'atlassian',
	    displayName: u.displayName, active: u.active,
	    ...(u.hideEmail ? {} : {emailAddress: u.emailAddress})} :
	    {self: `${api}/user?username=${u.name}`, name: u.name,
	    key: u.key, displayName: u.displayName, active: u.active,
	    emailAddress: u.emailAddress});
	s.project = p => ({self: `${api}/project/${p.id}`, id: p.id,
	    key: p.key, name: p.name, projectTypeKey: 'software',
	    ...(p.archived ? {archived: true} : {})});
	s.type = t => ({self: `${api}/issuetype/${t.id}`, id: t.id,
	    name: t.name, description: '', subtask: false});
	s.category = c => ({self: `${api}/statuscategory/${c.id}`, ...c,
	    colorName: c.key === 'done' ? 'green' : 'blue-gray'});
	s.status = x => ({self: `${api}/status/${x.id}`, id: x.id,
	    name: x.name, description: '',
	    statusCategory: s.category(CATEGORY[x.category])});
	s.named = (path, x) => x && {self: `${api}/${path}/${x.id}`,
	    id: x.id, name: x.name};
	s.component = c => s.named('component', c);
	s.comment = (c, more) => ({...(more ? {properties: c.properties} : {}),
	    self: `${api}/comment/${c.id}`, id: c.id,
	    body: c.body, created: c.created, updated: c.created,
	    author: s.user(me())});
	s.link = (issue, l) => ({self:
	    `${api}/issue/${issue.key}/remotelink/${l.id}`, ...l});
	s.identity = (issue, l) => ({id: l.id,
	    self: `${api}/issue/${issue.key}/remotelink/${l.id}`});
	s.created = i => ({id: i.id, key: i.key, self: `${api}/issue/${i.id}`});

	function
	me()
	{
		const d = store.data;

		return d.users.find(u => (u.accountId ?? u.name) === d.me);
	}

	function
	fields(i)
	{
		const f = i.fields;
		const when = t => new Date(t).toISOString()
		    .replace('Z', '+0000');

		return {...f, project: s.project(f.project),
		    issuetype: s.type(f.issuetype), status: s.status(f.status),
		    priority: s.named('priority', f.priority),
		    resolution: s.named('resolution', f.resolution),
		    components: f.components.map(s.component),
		    assignee: s.user(f.assignee),
		    reporter: s.user(f.reporter ?? me()),
		    creator: s.user(me()), created: when(i.created),
		    updated: when(i.updated),
		    resolutiondate: i.resolved && when(i.resolved),
		    ...(store.cloud ? {statuscategorychangedate:
		    when(i.categorised)} : {}),
		    comment: {comments: i.comments.map(x => s.comment(x)),
		    maxResults: i.comments.length, startAt: 0,
		    total: i.comments.length}};
	}

	s.me = () => s.user(me());
	s.issue = (i, wanted, properties) => {
		const all = fields(i);
		const some = wanted.some(w => w === '*all' ||
		    w === '*navigable') || wanted.every(w =>
		    w.startsWith('-'));
		const names = Object.keys(all).filter(n =>
		    (some || wanted.includes(n)) && !wanted.includes(`-${n}`) &&
		    (n !== 'comment' || !wanted.includes('*navigable')));
		const out = {expand: 'renderedFields,names,schema',
		    ...s.created(i), fields:
		    Object.fromEntries(names.map(n => [n, all[n]]))};

		if (properties)
			out.properties = Object.fromEntries(
			    [...i.properties].filter(([k]) =>
			    properties.includes('*all') ||
			    properties.includes(k)));
		return out;
	};
	return s;
}

module.exports = {shower};
