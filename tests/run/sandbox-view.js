'use strict';

/*
 * The sandbox as the cases speak of it: which of its requests change nothing
 * there, and how many tickets and links there are.
 */

/* Operations are SERVICE.NAME; one GraphQL document may name several. */
const WRITES = new RegExp('[.+](issueCreate|issueUpdate|attachmentCreate|' +
    'commentCreate|create|edit|comment|remotelink|transition|link|v2link|' +
    'unlink|v2unlink|v2create)(\\+|$)');

function
reads(entry)
{
	return !WRITES.test(entry.op);
}

/* Tickets of each kind of tracker, links, and repeats that changed none. */
function
counts({ counts: n })
{
	return { jira: n.jira + n.jiradc, linear: n.linear, links: n.links,
	    noops: n.linkRepeats };
}

/* [key, title] of all tickets. */
function
tickets(state)
{
	return [...[...state.jira.issues, ...state.jiradc.issues].map((i) =>
	    [i.key, i.fields.summary]), ...state.linear.issues.map((i) =>
	    [i.identifier, i.title])];
}

/* [test, ticket] of all links. */
function
links(state)
{
	return state.trunk.links.map((l) => [l.testId, l.ticket]);
}

module.exports = { counts, links, reads, tickets };
