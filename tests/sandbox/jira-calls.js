'use strict';
/*
 * Jira's operations: a table of method, path, name and what they do.
 *
 *	run(call, ...params)	returns {status, body, effect}
 *	open			answers without credentials
 *	stranger(call)		what an unrecognised caller gets instead of 401
 *
 * The traps are the real ones: a search without valid credentials finds
 * nothing and says 200, a project is 404.
 */
const {STATUS, CATEGORY} = require('./jira-store');
const {create, edit, get, bulkfetch, comments, addComment, addLink, links,
    dropLink, transitions, transition, property, setProperty, ofProject} =
    require('./jira-issue');
const {serverInfo, permissions, metaTypes, metaFields, editMeta, users,
    assignable, user, projects} = require('./jira-lookup');
const {ok, effect, hidden, noProject, onIssue, onProject} =
    require('./jira-reply');
const search = require('./jira-search');

const ISSUE = '/issue/([^/]+)';
const PROJECT = '/project/([^/]+)';
const route = (method, path, op, run, more) => ({method,
    path: new RegExp(`^${path}$`), op, run, ...more});
const none = body => ({stranger: () => ok(body)});
const unseen = {stranger: hidden};

const ROUTES = [
	route('POST', '/issue', 'create', create),
	route('POST', '/issue/bulkfetch', 'bulkfetch', bulkfetch,
	    none({issues: [], issueErrors: []})),
	route('GET', '/issue/createmeta/([^/]+)/issuetypes',
	    'createmeta.types', onProject(metaTypes), {stranger: noProject}),
	route('GET', '/issue/createmeta/([^/]+)/issuetypes/([^/]+)',
	    'createmeta.fields', onProject(metaFields),
	    {stranger: noProject}),
	route('GET', ISSUE, 'get', onIssue(get), unseen),
	route('PUT', ISSUE, 'edit', onIssue(edit, 'EDIT_ISSUES')),
	route('DELETE', ISSUE, 'delete', onIssue((c, i) => {
		c.store.remove(i);
		return {status: 204, effect: effect('deleted', i)};
	}, 'DELETE_ISSUES')),
	route('GET', `${ISSUE}/editmeta`, 'editmeta',
	    onIssue(editMeta), unseen),
	route('GET', `${ISSUE}/comment`, 'comments', onIssue(comments),
	    unseen),
	route('POST', `${ISSUE}/comment`, 'comment',
	    onIssue(addComment, 'ADD_COMMENTS')),
	route('GET', `${ISSUE}/remotelink`, 'remotelinks', onIssue(links),
	    unseen),
	route('POST', `${ISSUE}/remotelink`, 'remotelink',
	    onIssue(addLink, 'LINK_ISSUES')),
	route('DELETE', `${ISSUE}/remotelink`, 'remotelink.delete',
	    onIssue(dropLink, 'LINK_ISSUES')),
	route('GET', `${ISSUE}/transitions`, 'transitions',
	    onIssue(transitions), unseen),
	route('POST', `${ISSUE}/transitions`, 'transition',
	    onIssue(transition, 'TRANSITION_ISSUES')),
	route('GET', `${ISSUE}/properties`, 'properties', onIssue((c, i) =>
	    ok({keys: [...i.properties.keys()].map(key => ({key}))})), unseen),
	route('GET', `${ISSUE}/properties/([^/]+)`, 'property',
	    onIssue((c, i, key) => property(i.properties, c, key)), unseen),
	route('PUT', `${ISSUE}/properties/([^/]+)`, 'property.set',
	    onIssue((c, i, key) => setProperty(i.properties, c, key),
	    'EDIT_ISSUES')),
	...['GET', 'POST'].flatMap(m => [
		route(m, '/search/jql', 'search', search.cloud,
		    {stranger: search.nothing}),
		route(m, '/search', 'search', search.old,
		    {stranger: search.nothing})]),
	route('POST', '/search/approximate-count', 'count', search.count,
	    none({count: 0})),
	route('GET', '/myself', 'myself', c => ok(c.show.me())),
	route('GET', '/serverInfo', 'serverInfo', serverInfo, {open: true}),
	route('GET', '/mypermissions', 'mypermissions', permissions),
	route('GET', '/project/search', 'projects', projects,
	    none({values: [], total: 0, isLast: true})),
	route('GET', '/project', 'projects', c =>
	    ok(c.site.projects.map(c.show.project)), none([])),
	route('GET', PROJECT, 'project', onProject((c, p) => ok({
	    ...c.show.project(p), issueTypes: c.site.issueTypes.map(
	    c.show.type)})), {stranger: noProject}),
	route('GET', `${PROJECT}/components`, 'components',
	    onProject((c, p) => ok(c.site.components.filter(x =>
	    x.project === p.key).map(c.show.component))),
	    {stranger: noProject}),
	route('GET', `${PROJECT}/statuses`, 'statuses', onProject(c =>
	    ok(c.site.issueTypes.map(t => ({...c.show.type(t),
	    statuses: STATUS.map(c.show.status)})))),
	    {stranger: noProject}),
	route('GET', `${PROJECT}/properties/([^/]+)`, 'projectproperty',
	    onProject((c, p, key) => property(ofProject(c, p), c, key)),
	    {stranger: noProject}),
	route('PUT', `${PROJECT}/properties/([^/]+)`, 'projectproperty.set',
	    onProject((c, p, key) => setProperty(ofProject(c, p), c, key))),
	route('GET', '/user', 'user', user),
	route('GET', '/user/search', 'users', c => users(c, c.site.users),
	    none([])),
	route('GET', '/user/assignable/search', 'assignable', assignable,
	    none([])),
	route('GET', '/priority', 'priorities', c => ok(c.site.priorities
	    .map(p => c.show.named('priority', p)))),
	route('GET', '/resolution', 'resolutions', c =>
	    ok(c.site.resolutions.map(r => c.show.named('resolution', r)))),
	route('GET', '/status', 'statuslist', c =>
	    ok(STATUS.map(c.show.status))),
	route('GET', '/statuscategory', 'statuscategories', c =>
	    ok(Object.values(CATEGORY).map(c.show.category))),
	route('GET', '/field', 'fields', c => ok(c.site.fields.map(f => ({
	    id: f.id, key: f.id, name: f.name,
	    custom: f.id.startsWith('customfield_')}))), none([])),
];

module.exports = {ROUTES};
