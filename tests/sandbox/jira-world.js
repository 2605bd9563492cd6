'use strict';
/*
 * What exists in Jira before the first request, in the cloud and in the
 * data center.
 */
const TYPES = [{id: '10004', name: 'Bug'}, {id: '10002', name: 'Task'}];

/*
 * A field: id, name, what the sandbox calls its type (jira-check.js says
 * what Jira takes for it), and the values it allows: text, or {value,
 * disabled, children}.
 */
const FIELDS = [
	['summary', 'Summary', 'string'], ['project', 'Project', 'project'],
	['issuetype', 'Issue Type', 'issuetype'],
	['description', 'Description', 'text'],
	['labels', 'Labels', 'labels'], ['priority', 'Priority', 'priority'],
	['components', 'Components', 'components'],
	['fixVersions', 'Fix versions', 'versions'],
	['assignee', 'Assignee', 'user'], ['reporter', 'Reporter', 'user'],
	['duedate', 'Due date', 'date'],
	['customfield_10041', 'Root cause', 'string'],
	['customfield_10052', 'Steps to reproduce', 'text'],
	['customfield_10063', 'Environment', 'option',
	    ['Staging', 'Production', {value: 'Bench', disabled: true}]],
	['customfield_10070', 'Story Points', 'number'],
	['customfield_10071', 'Browsers', 'options',
	    ['Firefox', 'Chrome', 'Safari']],
	['customfield_10072', 'QA contact', 'user'],
	['customfield_10073', 'First seen', 'date'],
	['customfield_10074', 'Noticed at', 'datetime'],
	['customfield_10075', 'Area', 'cascade',
	    [{value: 'Checkout', children: ['Cart', 'Refunds']},
	    {value: 'Search', children: ['Index']}]],
	['customfield_10076', 'Tags', 'labels'],
	['customfield_10077', 'Sprint', 'sprint'],
	['customfield_10078', 'Squad', 'team'],
	['customfield_10079', 'Found by', 'string'],
	['customfield_10080', 'Found by', 'string'],
].map(([id, name, type, options]) => ({id, name, type, options}));
const SCREEN = FIELDS.map(f => f.id);

function
jira(more)
{
	return {
	    issueTypes: TYPES.map(t => ({...t})),
	    fields: FIELDS.map(f => ({...f})),
	    screen: {'*': [...SCREEN]},	/* or by "PAY" or "PAY/Bug" */
	    required: {'*': []},		/* likewise; beyond the summary */
	    priorities: ['Highest', 'High', 'Medium', 'Low', 'Lowest']
		.map((name, i) => ({id: String(i + 1), name})),
	    resolutions: ['Done', "Won't Do", 'Duplicate', 'Cannot Reproduce']
		.map((name, i) => ({id: String(10000 + i), name})),
	    deny: [],			/* permissions the caller lacks */
	    searchLag: 0,			/* seconds */
	    unfetchable: [],		/* ids or keys bulkfetch fails on */
	    versions: [],		/* {id, name, project, archived} */
	    workflow: null,		/* moves instead of jira-store.js's */
	    gateway: false,		/* answers below /ex/jira/CLOUDID alone */
	    scoped: false,		/* the token is taken there alone */
	    context: '',		/* all paths begin so: "/jira" */
	    captcha: false,		/* it is asked for before a log-in */
	    release: null,		/* of a data center: another one */
	    resolveOnDone: true,
	    ...more,
	};
}

function
cloud()
{
	const user = (accountId, name, more) => ({accountId,
	    displayName: name, active: true, assignable: true, ...more});

	return jira({
	    me: '712020:5d0c2b1a-hook',
	    projects: [{id: '10000', key: 'PAY', name: 'Payments'},
		{id: '10001', key: 'QA', name: 'Quality'},
		{id: '10002', key: 'OLD', name: 'Old', archived: true}],
	    components: [{id: '10110', name: 'e2e', project: 'PAY'},
		{id: '10111', name: 'checkout', project: 'PAY'},
		{id: '10112', name: 'harness', project: 'QA'}],
	    versions: [{id: '10301', name: '4.2', project: 'PAY'},
		{id: '10302', name: '3.9', project: 'PAY', archived: true}],
	    users: [user('712020:5d0c2b1a-hook', 'Ticket Hook',
		    {emailAddress: 'tickethook@brightwater.example'}),
		user('712020:8e41f6c3-oncall', 'Payments On-call',
		    {emailAddress: 'pay-oncall@brightwater.example'}),
		user('712020:19ab77d0-nowak', 'Tomasz Nowak',
		    {emailAddress: 'tomasz.nowak@brightwater.example'}),
		user('712020:77ab19d0-hidden', 'Petra Lind',
		    {emailAddress: 'petra.lind@brightwater.example',
		    hideEmail: true}),
		user('712020:0b0b0b0b-left', 'Left Long Ago',
		    {emailAddress: 'left.long.ago@brightwater.example',
		    active: false}),
		user('712020:f00d4a11-guest', 'Visiting Guest',
		    {emailAddress: 'guest@brightwater.example',
		    assignable: false})],
	});
}

function
dataCenter()
{
	const user = (name, displayName, more) => ({name,
	    key: `JIRAUSER${10100 + name.length}`, displayName,
	    emailAddress: `${name}@brightwater.example`, active: true,
	    assignable: true, ...more});

	return jira({
	    me: 'tickethook',
	    projects: [{id: '10100', key: 'OPS', name: 'Operations'}],
	    components: [{id: '10210', name: 'build', project: 'OPS'}],
	    users: [user('tickethook', 'Ticket Hook'),
		user('inesm', 'Ines Moreau'),
		user('leftlongago', 'Left Long Ago', {active: false}),
		user('visitor', 'Visiting Guest', {assignable: false})],
	});
}

module.exports = {cloud, dataCenter};
