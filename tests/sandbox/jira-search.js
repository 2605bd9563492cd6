'use strict';
/*
 * Searching Jira: Cloud pages by token and gives ids only unless asked for
 * more; Data Center counts.  Cloud's old address is gone (410).
 *
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/
 *     api-group-issue-search/
 */
const {JqlError} = require('./jql');

const UNBOUNDED = 'Unbounded JQL queries are not allowed here. Please add ' +
    'a search restriction to your query.';
const GONE = 'The requested API has been removed. Please migrate to the ' +
    '/rest/api/3/search/jql API. A full migration guideline is available ' +
    'at https://developer.atlassian.com/changelog/#CHANGE-2046';

const ok = body => ({status: 200, body});

/* The query's parameters, from the URL or the body. */
function
asked(c)
{
	const b = c.ctx.method === 'POST' ? c.ctx.body ?? {} :
	    Object.fromEntries(c.ctx.query);
	const list = v => typeof v === 'string' && v ?
	    v.split(',').map(s => s.trim()) : v || undefined;

	return {...b, fields: list(b.fields), properties: list(b.properties),
	    jql: typeof b.jql === 'string' ? b.jql : ''};
}

/* Everything that is found, or the refusal. */
function
find(c, jql, bounded)
{
	let q;

	try {
		q = c.store.search(jql);
	} catch (e) {
		if (e instanceof JqlError)
			return {answer: c.refused(400, e.message)};
		throw e;
	}
	if (bounded && !q.bounded)
		return {answer: c.refused(400, UNBOUNDED)};
	for (const {field, values} of q.clauses) {
		const odd = field === 'project' && values.find(v =>
		    !c.site.projects.some(p => [p.key, p.id, p.name].some(x =>
		    x.toLowerCase() === v.toLowerCase())));

		if (odd)
			return {answer: c.refused(400, `The value '${odd}' ` +
			    "does not exist for the field 'project'.")};
	}
	return {all: q.run()};
}

function
cloud(c)
{
	if (!c.cloud)
		return c.refused(404, 'null for uri: ' + c.ctx.path);
	const {jql, fields, properties, nextPageToken, maxResults = 50} =
	    asked(c);
	const {answer, all} = find(c, jql, true);
	const size = Math.max(1, Math.min(Number(maxResults) || 50, 100));
	let from = 0;

	if (answer)
		return answer;
	if (nextPageToken) {
		const m = Buffer.from(nextPageToken, 'base64').toString()
		    .match(/^page:(\d+)$/);

		if (!m)
			return c.refused(400, 'The nextPageToken is invalid.');
		from = Number(m[1]);
	}
	const to = from + size;

	return ok({issues: all.slice(from, to).map(i => fields &&
	    fields.join() !== 'id' ? c.show.issue(i, fields, properties) :
	    {id: i.id}), isLast: to >= all.length, ...(to < all.length ?
	    {nextPageToken: Buffer.from(`page:${to}`).toString('base64')} :
	    {})});
}

function
old(c)
{
	if (c.cloud)
		return c.refused(410, GONE);
	const {jql, fields, startAt = 0, maxResults = 50} = asked(c);
	const {answer, all} = find(c, jql, false);
	const from = Number(startAt), size = Math.min(Number(maxResults), 1000);

	return answer ?? ok({expand: 'schema,names', startAt: from,
	    maxResults: size, total: all.length, issues:
	    all.slice(from, from + size).map(i =>
	    c.show.issue(i, fields ?? ['*navigable']))});
}

function
count(c)
{
	const {answer, all} = find(c, asked(c).jql, true);

	return answer ?? ok({count: all.length});
}

/* The trap: nobody in particular finds nothing, with status 200. */
function
nothing(c)
{
	if (!c.cloud)
		return ok({startAt: 0, maxResults: 50, total: 0, issues: []});
	return c.ctx.path.endsWith('/jql') ? ok({issues: [], isLast: true}) :
	    c.refused(410, GONE);
}

module.exports = {cloud, old, count, nothing};
