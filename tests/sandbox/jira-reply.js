'use strict';
/*
 * Answers that many of Jira's operations share, and two wrappers that find
 * the issue or project a path names.
 */
const NO_ISSUE = 'Issue does not exist or you do not have permission to ' +
    'see it.';

const ok = (body, effect) => ({status: 200, body, effect});
const effect = (did, issue, more) => ({[did]: 'issue', id: issue.id,
    key: issue.key, ...more});

/* Anonymous readers: 404 in the cloud, 401 in a data center. */
const hidden = c => c.cloud ? c.refused(404, NO_ISSUE) :
    c.refused(401, 'You do not have the permission to see the specified ' +
    'issue.', 'Login Required');
const noProject = (c, key = c.ctx.params[0]) => c.refused(404,
    `No project could be found with key '${key}'.`);

/* Run with the issue of the first parameter, or say there is none. */
function
onIssue(run, permission)
{
	return (c, idOrKey, ...rest) => {
		const issue = c.store.find(idOrKey);

		if (!issue)
			return c.refused(404, NO_ISSUE);
		if (permission && c.site.deny.includes(permission))
			return c.refused(403, 'You do not have permission to ' +
			    'perform this operation.');
		return run(c, issue, ...rest);
	};
}

function
onProject(run)
{
	return (c, key, ...rest) => {
		const p = c.store.project(key);

		return p ? run(c, p, ...rest) : noProject(c, key);
	};
}

function
list(text)
{
	return text ? text.split(',').map(s => s.trim()) : undefined;
}

module.exports = {ok, effect, list, hidden, noProject, onIssue, onProject};
