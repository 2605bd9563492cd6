'use strict';
/*
 * What is done to one issue in Jira, or to several.  Each takes the call as
 * jira-calls.js makes it, and the issue that the path names.
 */
const {checkFields, richText} = require('./jira-check');
const {meta} = require('./jira-lookup');
const {ok, list, effect} = require('./jira-reply');

const MAX_KEY = 255, MAX_VALUE = 32768;

function
badProperty(key, value)
{
	return typeof key !== 'string' || !key || key.length > MAX_KEY ?
	    'The property key must be 1 to 255 characters long.' :
	    value === undefined ? 'The property value is missing.' :
	    JSON.stringify(value).length > MAX_VALUE ?
	    'The property value must not exceed 32768 characters.' : null;
}

function
create(c)
{
	const body = c.ctx.body ?? {};
	const fields = checkFields(c.site, body, c.errors, null);
	const properties = body.properties ?? [];
	const bad = Array.isArray(properties) ? properties.map(p =>
	    badProperty(p?.key, p?.value)).find(Boolean) :
	    'properties: data was not an array';

	if (bad)
		c.errors.messages.push(bad);
	if (c.errors.any())
		return c.errors.answer();
	const issue = c.store.insert(fields,
	    properties.map(p => [p.key, p.value]));

	return {status: 201, body: c.show.created(issue),
	    effect: effect('created', issue)};
}

function
edit(c, issue)
{
	const fields = checkFields(c.site, c.ctx.body ?? {}, c.errors, issue);

	if (c.errors.any())
		return c.errors.answer();
	Object.assign(issue.fields, fields);
	issue.updated = c.store.shared.now();
	for (const p of c.ctx.body.properties ?? [])
		issue.properties.set(p.key, p.value);
	return {status: 204, effect: effect('updated', issue)};
}

function
get(c, issue)
{
	const q = c.ctx.query;

	return ok(c.show.issue(issue, list(q.get('fields')) ?? ['*all'],
	    list(q.get('properties'))));
}

/* Issues that do not exist are left out; issueErrors is for the rest. */
function
bulkfetch(c)
{
	const {issueIdsOrKeys: ids, fields, properties} = c.ctx.body ?? {};

	if (!Array.isArray(ids) || !ids.length)
		return c.refused(400, 'issueIdsOrKeys is required.');
	if (ids.length > 100)
		return c.refused(400, 'The number of issues requested exceeds ' +
		    'the limit of 100.');
	if (properties?.length > 5)
		return c.refused(400, 'At most 5 properties can be requested.');
	const lost = ids.map(String).filter(i =>
	    c.site.unfetchable.includes(i));
	const found = new Set(ids.map(String).filter(i => !lost.includes(i))
	    .map(i => c.store.find(i)).filter(Boolean));

	return ok({expand: 'schema,names', issues: [...found].map(i =>
	    c.show.issue(i, fields ?? ['*navigable'], properties)),
	    issueErrors: lost.map(id => ({id, errorMessage:
	    'Issue could not be loaded. Please try again.'}))});
}

function
addComment(c, issue)
{
	const {body, properties} = c.ctx.body ?? {};

	if (body === undefined || body === null || body === '')
		c.errors.fields.comment = 'Comment body can not be empty!';
	else
		richText(c.site, 'comment', body, c.errors);
	if (c.errors.any())
		return c.errors.answer();
	const row = c.store.comment(issue, body, properties);

	return {status: 201, body: c.show.comment(row),
	    effect: {created: 'comment', id: row.id, issue: issue.key}};
}

function
addLink(c, issue)
{
	const {globalId, object} = c.ctx.body ?? {};

	if (globalId !== undefined && String(globalId).length > 255)
		c.errors.fields.globalId = 'globalId must not exceed 255 ' +
		    'characters.';
	if (!object?.url)
		c.errors.fields.url = "'url' is required.";
	if (!object?.title)
		c.errors.fields.title = "'title' is required.";
	if (c.errors.any())
		return c.errors.answer();
	const {row, made} = c.store.link(issue, c.ctx.body);

	return {status: made ? 201 : 200, body: c.show.identity(issue, row),
	    effect: {[made ? 'created' : 'updated']: 'remotelink',
	    id: row.id, issue: issue.key}};
}

function
links(c, issue)
{
	const id = c.ctx.query.get('globalId');

	if (id === null)
		return ok(issue.links.map(l => c.show.link(issue, l)));
	const hit = issue.links.find(l => l.globalId === id);

	return hit ? ok(c.show.link(issue, hit)) : c.refused(404,
	    `A remote link with the global ID '${id}' does not exist.`);
}

function
dropLink(c, issue)
{
	const id = c.ctx.query.get('globalId');
	const at = issue.links.findIndex(l => l.globalId === id);

	if (at < 0)
		return c.refused(404, 'The remote link does not exist.');
	issue.links.splice(at, 1);
	return {status: 204, effect: {deleted: 'remotelink',
	    issue: issue.key}};
}

/* Oldest first, in pages; their properties when they are asked for. */
function
comments(c, issue)
{
	const q = c.ctx.query;
	const startAt = Number(q.get('startAt') ?? 0);
	const maxResults = Math.min(Number(q.get('maxResults') ?? 50), 100);
	const more = list(q.get('expand'))?.includes('properties');

	return ok({startAt, maxResults, total: issue.comments.length,
	    comments: issue.comments.slice(startAt, startAt + maxResults)
	    .map(x => c.show.comment(x, more))});
}

/* A screen has the resolution when it leads to done, and what it needs. */
function
screen(c, issue, move)
{
	const needs = move.needs ?? [];
	const fields = c.site.fields.filter(f => needs.includes(f.id))
	    .map(f => [f.id, meta(c, f, issue.fields.project, needs)]);

	if (move.to.category === 'done')
		fields.push(['resolution', {key: 'resolution',
		    name: 'Resolution', required: needs.includes('resolution'),
		    hasDefaultValue: false, operations: ['set'],
		    schema: {type: 'resolution', system: 'resolution'},
		    allowedValues: c.site.resolutions.map(r =>
		    c.show.named('resolution', r))}]);
	return Object.fromEntries(fields);
}

function
transitions(c, issue)
{
	const full = c.ctx.query.get('expand') === 'transitions.fields';

	return ok({expand: 'transitions', transitions: c.store.moves(issue)
	    .map(m => ({id: m.id, name: m.name, to: c.show.status(m.to),
	    isAvailable: true, ...(full ? {fields: screen(c, issue, m)} :
	    {})}))});
}

function
transition(c, issue)
{
	const {transition: wanted, fields} = c.ctx.body ?? {};
	const move = c.store.moves(issue).find(m =>
	    m.id === String(wanted?.id));
	const given = fields?.resolution;
	const resolution = given && c.site.resolutions.find(r =>
	    r.name === given.name || r.id === given.id);

	if (!move)
		return c.refused(400, `Transition id '${wanted?.id}' is not ` +
		    'valid for this issue.');
	if (given && (!resolution || move.to.category !== 'done'))
		c.errors.fields.resolution = 'Resolution is invalid.';
	for (const id of Object.keys(fields ?? {}))
		if (!(id in screen(c, issue, move)))
			c.errors.fields[id] = `Field '${id}' cannot be set. ` +
			    'It is not on the appropriate screen, or unknown.';
	for (const id of move.needs ?? [])
		if (fields?.[id] === undefined)
			c.errors.fields[id] = `${id} is required.`;
	if (c.errors.any())
		return c.errors.answer();
	c.store.move(issue, move, resolution);
	return {status: 204, effect: effect('moved', issue,
	    {to: move.to.name})};
}

function
property(map, c, key)
{
	return map.has(key) ? ok({key, value: map.get(key)}) :
	    c.refused(404, `The property ${key} does not exist.`);
}

/* 201 when it is new, 200 when it replaces: a claim register. */
function
setProperty(map, c, key)
{
	const bad = badProperty(key, c.ctx.body);
	const made = !map.has(key);

	if (bad)
		return c.refused(400, bad);
	map.set(key, c.ctx.body);
	return {status: made ? 201 : 200, body: undefined,
	    effect: {[made ? 'created' : 'updated']: 'property', key}};
}

function
ofProject(c, p)
{
	const all = c.store.projectProperties;

	if (!all.has(p.id))
		all.set(p.id, new Map());
	return all.get(p.id);
}

module.exports = {create, edit, get, bulkfetch, comments, addComment, addLink,
    links, dropLink, transitions, transition, property, setProperty, ofProject};
