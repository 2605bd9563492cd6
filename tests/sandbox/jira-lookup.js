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
	    {version: c.site.release ?? '10.3.24', versionNumbers: [10, 3, 24],
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
	const maxResults = Math.min(Number(q.get('maxResults') ?? 50),
	    c.site.pageMax ?? 200);

	return ok({startAt, maxResults, total: all.length,
	    [c.cloud ? name : 'values']: all.slice(startAt,
	    startAt + maxResults)});
}

/* An archived project takes nothing, and shows itself by GET alone. */
function
metaTypes(c, p)
{
	if (p.archived)
		return noProject(c, p.key);
	if (c.site.deny.includes('CREATE_ISSUES'))
		return page(c, 'issueTypes', []);
	return page(c, 'issueTypes', c.site.issueTypes.filter(t =>
	    !t.projects || t.projects.includes(p.key)).map(c.show.type));
}

const option = (o, i) => ({id: String(10900 + i), value: o.value ?? o,
    ...(o.disabled ? {disabled: true} : {}),
    ...(o.children ? {children: o.children.map(option)} : {})});

function
allowed(c, f, p)
{
	const here = list => list.filter(x => x.project === p.key);

	switch (f.type) {
	case 'priority': return c.site.priorities.map(x =>
	    c.show.named('priority', x));
	case 'components': return here(c.site.components)
	    .map(c.show.component);
	case 'versions': return here(c.site.versions).map(v => ({
	    ...c.show.named('version', v), archived: !!v.archived,
	    released: false}));
	case 'option': case 'options': case 'cascade':
		return f.options.map(option);
	default: return undefined;
	}
}

const CUSTOM = 'com.atlassian.jira.plugin.system.customfieldtypes:';

/*
 * The type as createmeta tells it.
 * https://developer.atlassian.com/server/jira/platform/
 *     jira-rest-api-examples/
 */
function
schema(f)
{
	const type = {text: 'string', labels: 'array', components: 'array',
	    versions: 'array', options: 'array', sprint: 'array',
	    cascade: 'option-with-child'}[f.type] ?? f.type;
	const items = {labels: 'string', components: 'component',
	    versions: 'version', options: 'option', sprint: 'json'}[f.type];
	const custom = {text: 'textarea', string: 'textfield',
	    labels: 'labels', option: 'select', options: 'multiselect',
	    number: 'float', user: 'userpicker', date: 'datepicker',
	    datetime: 'datetime', cascade: 'cascadingselect'}[f.type];
	const own = f.type === 'sprint' ?
	    'com.pyxis.greenhopper.jira:gh-sprint' : f.type === 'team' ?
	    'com.atlassian.teams:rm-teams-custom-field-team' :
	    CUSTOM + custom;

	return {type, ...(items ? {items} : {}),
	    ...(f.id.startsWith('customfield_') ? {custom: own,
	    customId: Number(f.id.slice(12))} : {system: f.id})};
}

/* One field; known by its id in a map, so that fieldId is for lists only. */
function
meta(c, f, p, needed)
{
	return {key: f.id, name: f.name, required: needed.includes(f.id),
	    hasDefaultValue: f.id === 'priority', operations: ['set'],
	    schema: schema(f), allowedValues: allowed(c, f, p)};
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
	    screen.includes(f.id)).map(f => ({fieldId: f.id,
	    ...meta(c, f, p, needed)})));
}

/* What can be edited, by id. */
function
editMeta(c, issue)
{
	const {project, issuetype} = issue.fields;
	const screen = setting(c.site.screen, project, issuetype);

	return ok({fields: Object.fromEntries(c.site.fields.filter(f =>
	    screen.includes(f.id)).map(f => [f.id, meta(c, f, project,
	    setting(c.site.required, project, issuetype))]))});
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

	/* Without "Browse users and groups" nobody is found, and no error. */
	const seen = c.site.deny.includes('USER_PICKER') ? [] :
	    !c.cloud && q.get('includeInactive') === 'true' ? all :
	    all.filter(u => u.active);

	return ok(seen.filter(u => id !== null ?
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

module.exports = {serverInfo, permissions, metaTypes, metaFields, editMeta,
    meta, users, assignable, user, projects};
