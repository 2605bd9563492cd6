'use strict';
/*
 * What Jira tells of itself: version, permissions, screens, people.  Each
 * takes the call as jira-calls.js makes it.
 */
const {setting} = require('./jira-check');
const {ok, list, noProject} = require('./jira-reply');

const PERMISSIONS = ['BROWSE_PROJECTS', 'CREATE_ISSUES', 'EDIT_ISSUES',
    'LINK_ISSUES', 'ADD_COMMENTS', 'ASSIGN_ISSUES', 'TRANSITION_ISSUES',
    'ADMINISTER_PROJECTS', 'ADMINISTER', 'DELETE_ISSUES', 'RESOLVE_ISSUES',
    'CLOSE_ISSUES', 'SCHEDULE_ISSUES', 'MODIFY_REPORTER'];

function
serverInfo(c)
{
	return ok({baseUrl: c.ctx.base, serverTitle: 'Brightwater Jira',
	    ...(c.cloud ? {version: '1001.0.0-SNAPSHOT',
	    versionNumbers: [1001, 0, 0], deploymentType: 'Cloud'} :
	    {version: '10.3.24', versionNumbers: [10, 3, 24],
	    deploymentType: 'Server'}), serverTime:
	    new Date(c.shared.now()).toISOString()});
}

function
permissions(c)
{
	const q = c.ctx.query;
	const key = q.get('projectKey');
	const asked = list(q.get('permissions'));

	if (c.cloud && !asked)
		return c.refused(400, 'The permissions query parameter is ' +
		    'required.');
	const odd = c.cloud && asked.find(p => !PERMISSIONS.includes(p));

	if (odd)
		return c.refused(400, `Unrecognized permission: ${odd}`);
	if (key !== null && !c.store.project(key))
		return noProject(c, key);
	return ok({permissions: Object.fromEntries((c.cloud ? asked :
	    PERMISSIONS).map((p, i) => [p, {id: String(i + 1), key: p,
	    name: p, type: 'PROJECT',
	    havePermission: !c.site.deny.includes(p)}]))});
}

function
page(c, name, all)
{
	const q = c.ctx.query;
	const startAt = Number(q.get('startAt') ?? 0);
	const maxResults = Math.min(Number(q.get('maxResults') ?? 50), 200);

	return ok({startAt, maxResults, total: all.length,
	    [c.cloud ? name : 'values']: all.slice(startAt,
	    startAt + maxResults)});
}

function
metaTypes(c, p)
{
	return page(c, 'issueTypes', c.site.issueTypes.filter(t =>
	    !t.projects || t.projects.includes(p.key)).map(c.show.type));
}

function
allowed(c, f, p)
{
	switch (f.type) {
	case 'priority': return c.site.priorities;
	case 'components': return c.site.components.filter(x =>
	    x.project === p.key).map(c.show.component);
	case 'option': return f.options.map((value, i) => ({
	    id: String(10900 + i), value}));
	default: return undefined;
	}
}

function
metaFields(c, p, typeId)
{
	const type = c.site.issueTypes.find(t => t.id === typeId);

	if (!type)
		return c.refused(400, 'The issue type is not valid.');
	const screen = setting(c.site.screen, p, type);
	const needed = ['project', 'issuetype', 'summary',
	    ...setting(c.site.required, p, type)];

	return page(c, 'fields', c.site.fields.filter(f =>
	    screen.includes(f.id)).map(f => ({fieldId: f.id, key: f.id,
	    name: f.name, required: needed.includes(f.id),
	    hasDefaultValue: f.id === 'priority', operations: ['set'],
	    schema: {type: f.type === 'labels' || f.type === 'components' ?
	    'array' : f.type === 'text' ? 'string' : f.type},
	    allowedValues: allowed(c, f, p)})));
}

/* Prefixes of the display name or the address; hidden addresses too. */
function
users(c, all)
{
	const q = c.ctx.query;
	const id = q.get(c.cloud ? 'accountId' : 'name');
	const text = (q.get('query') ?? q.get('username') ?? '').toLowerCase();
	const starts = s => String(s ?? '').toLowerCase().split(/[\s]+/)
	    .some(w => w.startsWith(text)) ||
	    String(s ?? '').toLowerCase().startsWith(text);

	return ok(all.filter(u => u.active).filter(u => id !== null ?
	    (u.accountId ?? u.name) === id : starts(u.displayName) ||
	    !u.hideEmail && starts(u.emailAddress) || starts(u.name))
	    .map(c.show.user));
}

function
assignable(c)
{
	const key = c.ctx.query.get('project');

	if (key !== null && !c.store.project(key))
		return noProject(c, key);
	return users(c, c.site.users.filter(u => u.assignable));
}

function
user(c)
{
	const q = c.ctx.query;
	const id = c.cloud ? q.get('accountId') : q.get('username') ??
	    q.get('key');
	const hit = c.site.users.find(u => u.accountId === id ||
	    u.name === id || !c.cloud && u.key === id);

	return hit ? ok(c.show.user(hit)) : c.refused(404,
	    'The user does not exist.');
}

function
projects(c)
{
	const query = (c.ctx.query.get('query') ?? '').toLowerCase();
	const keys = c.ctx.query.getAll('keys');
	const hit = c.site.projects.filter(p => (!keys.length ||
	    keys.includes(p.key)) && (p.key.toLowerCase().includes(query) ||
	    p.name.toLowerCase().includes(query)));

	return ok({startAt: 0, maxResults: 50, total: hit.length,
	    isLast: true, values: hit.map(c.show.project)});
}

module.exports = {serverInfo, permissions, metaTypes, metaFields, users,
    assignable, user, projects};
