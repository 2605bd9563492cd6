'use strict';
/*
 * What people do to a ticket behind tickethook's back, and the body of the
 * webhook that Jira or Linear would send about it.
 *
 *	const {act} = require('./people');
 *	act(sb, 'jira', 'PAY-1', 'resolve', {resolution: "Won't Do"})
 *
 * resolve, start, reopen: into a state of that kind; status names another,
 *	resolution one of Jira's
 * edit: title and text	create: project, title, text; the key does not matter
 * copy: Jira alone, with its labels
 * move: project		delete
 * attach: url, Linear alone	comment: Jira alone
 * echo: nothing is done; the body says that our own account did the last
 *	change of state
 *
 * The body has no time of its own yet: see stamp().
 *
 * https://developer.atlassian.com/cloud/jira/platform/webhooks/
 * https://linear.app/developers/webhooks
 */
const crypto = require('node:crypto');
const {STATUS} = require('./jira-store');
const {shower} = require('./jira-show');

const WHERE = {resolve: ['done', 'completed'], reopen: ['new', 'unstarted'],
    start: ['indeterminate', 'started']};

/* Anybody but the account that tickethook uses. */
function
person(world)
{
	const us = world.me ?? world.viewer;

	return world.users.find(u => u.active &&
	    ![u.accountId, u.name, u.email].includes(us));
}

/* One item of a changelog; a Data Center's has no fieldId. */
function
item(cloud, field, from, to)
{
	return {field, fieldtype: 'jira', ...(cloud ? {fieldId: field} : {}),
	    from: from?.id ?? null, fromString: from?.name ?? null,
	    to: to?.id ?? null, toString: to?.name ?? null};
}

function
moveJira(service, issue, what, {status, resolution})
{
	const {store, cloud} = service;
	const was = {...issue.fields};
	const to = STATUS.find(s => status ? s.name === status :
	    s.category === WHERE[what][0]);

	store.move(issue, {to}, resolution && store.data.resolutions.find(r =>
	    r.name === resolution));
	const now = issue.fields;

	return [...(was.resolution === now.resolution ? [] :
	    [item(cloud, 'resolution', was.resolution, now.resolution)]),
	    item(cloud, 'status', was.status, now.status)];
}

/* What is done; the items of the changelog, or the other event's name. */
function
doJira(service, issue, what, more)
{
	const {store, cloud} = service;

	if (what in WHERE)
		return moveJira(service, issue, what, more);
	if (what === 'edit') {
		Object.assign(issue.fields, {
		    ...(more.title ? {summary: more.title} : {}),
		    ...(more.text ? {description: more.text} : {})});
		issue.updated = store.shared.now();
		return [item(cloud, 'summary', null, {name: more.title})];
	}
	if (what === 'move') {
		const old = {id: issue.key, name: issue.key};

		store.rehome(issue, more.project);
		return [item(cloud, 'Key', old, {id: issue.key,
		    name: issue.key})];
	}
	if (what === 'delete')
		store.remove(issue);
	return {delete: 'jira:issue_deleted', create: 'jira:issue_created',
	    copy: 'jira:issue_created',
	    comment: 'comment_created'}[what] ??
	    [item(cloud, 'status', STATUS[0], issue.fields.status)];
}

function
jira(sb, service, key, what, more)
{
	const {store, cloud} = service;
	const issue = what === 'create' ? service.plant({
	    project: more.project, summary: more.title,
	    description: more.text ?? null}) : what === 'copy' ?
	    service.plant({project: key.split('-')[0], summary: 'CLONE',
	    labels: [...store.find(key).fields.labels]}) : store.find(key);
	const show = shower(store, service.base, 2);
	const done = doJira(service, issue, what, more);
	const {emailAddress, ...user} = what === 'echo' ? show.me() :
	    show.user(person(store.data));
	const shown = show.issue(issue, what === 'comment' ?
	    ['summary', 'issuetype', 'project', 'status', 'priority'] :
	    ['*all']);

	return {webhookEvent: typeof done === 'string' ? done :
	    'jira:issue_updated', ...(what === 'comment' ? {comment:
	    {id: '10990', author: user, body: 'Seen again.'}} :
	    {issue_event_type_name: 'issue_generic'}), user, issue: shown,
	    ...(typeof done === 'string' ? {} :
	    {changelog: {id: String(20000 + sb.log.length), items: done}})};
}

/* Another team, another number, the same id. */
function
rehome(store, row, key)
{
	const team = store.teamByKey(key);
	const number = (store.numbers.get(key) ?? 0) + 1;
	const old = row.identifier;

	store.numbers.set(key, number);
	Object.assign(row, {teamId: team.id, number,
	    identifier: `${key}-${number}`,
	    url: row.url.replace(old, `${key}-${number}`),
	    stateId: store.defaultState(team, false).id,
	    labelIds: row.labelIds.filter(l => !store.label(l).teamKey),
	    updatedAt: new Date(store.now()).toISOString()});
	store.byKey.set(row.identifier, row);
}

function
doLinear(store, row, what, more)
{
	const was = {...row};
	const type = WHERE[what]?.[1];

	if (type !== undefined) {
		const to = store.states(store.team(row.teamId)).find(s =>
		    more.status ? s.name === more.status : s.type === type);

		store.updateIssue(row.id, {stateId: to.id});
	} else if (what === 'edit')
		store.updateIssue(row.id, {title: more.title ?? row.title,
		    ...(more.text ? {description: more.text} : {})});
	else if (what === 'move')
		rehome(store, row, more.project);
	else if (what === 'delete')
		Object.assign(row, {trashed: true,
		    archivedAt: new Date(store.now()).toISOString()});
	return Object.fromEntries(['stateId', 'completedAt', 'canceledAt',
	    'updatedAt', 'title', 'teamId'].filter(k => was[k] !== row[k])
	    .map(k => [k, was[k]]));
}

/* What is not set is left out of Linear's bodies. */
function
shown(store, row)
{
	const team = store.team(row.teamId);
	const {id, color, name, type} = store.state(row.stateId);
	const all = {...row, creatorId: store.viewer().id,
	    state: {id, color, name, type},
	    team: {id: team.id, key: team.key, name: team.name},
	    labels: row.labelIds.map(l => store.label(l)).map(l =>
	    ({id: l.id, color: l.color, name: l.name}))};

	return Object.fromEntries(Object.entries(all).filter(([, v]) =>
	    v !== null && v !== undefined));
}

const ACTIONS = {create: 'create', delete: 'remove', attach: 'create'};

function
linear(sb, service, key, what, more)
{
	const {store} = service;
	const row = what === 'create' ? service.plant({team: more.project,
	    title: more.title, description: more.text ?? null}) :
	    store.issue(key);
	const updatedFrom = what === 'echo' ?
	    {stateId: crypto.randomUUID(), updatedAt: row.createdAt} :
	    doLinear(store, row, what, more);
	const by = what === 'echo' ? store.viewer() : person(store.data());
	const now = new Date(store.now()).toISOString();
	const data = what === 'attach' ? store.createAttachment({
	    issueId: row.id, title: more.title ?? 'A test', url: more.url})
	    .row : shown(store, row);

	return {action: ACTIONS[what] ?? 'update',
	    actor: {id: by.id, name: by.name, email: by.email, type: 'user'},
	    createdAt: now, data,
	    ...(what in ACTIONS ? {} : {updatedFrom}), url: row.url,
	    type: what === 'attach' ? 'Attachment' : 'Issue',
	    organizationId: store.data().organization.id,
	    webhookId: '7d1f4b02-5e6c-4a38-b1c9-02f8e4d7a653'};
}

function
act(sb, name, key, what, more = {})
{
	const service = sb.services[name];

	return name === 'linear' ? linear(sb, service, key, what, more) :
	    jira(sb, service, key, what, more);
}

/* The time of sending, wall ms, in the body of that kind. */
function
stamp(body, ms)
{
	return 'webhookEvent' in body ? {timestamp: ms, ...body} :
	    {...body, webhookTimestamp: ms};
}

module.exports = {act, stamp};
