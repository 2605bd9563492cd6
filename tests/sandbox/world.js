'use strict';
/*
 * What exists before the first request, and how a test changes it.
 *
 *	fresh()			a new world
 *	seed(world, patch)	merges patch into it: objects by member, lists
 *				of objects by id, key, name or testId (new ones
 *				are appended), other lists and values whole
 *
 * Tickets are not planted here: see plant() of the services.
 */
const crypto = require('node:crypto');
const {cloud, dataCenter} = require('./jira-world');

const LONG_AGO = '2026-02-03T08:00:00.000Z';

/* Ids that stay the same from run to run, shaped as UUID version 4. */
function
uuid(name)
{
	const h = crypto.createHash('sha256').update(`sandbox ${name}`)
	    .digest('hex');

	return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-` +
	    `8${h.slice(17, 20)}-${h.slice(20, 32)}`;
}

const STATES = [['Triage', 'triage'], ['Backlog', 'backlog'],
    ['Todo', 'unstarted'], ['In Progress', 'started'], ['Done', 'completed'],
    ['Canceled', 'canceled'], ['Duplicate', 'duplicate']];

function
team(key, name, more)
{
	return {id: uuid(`team ${key}`), key, name, visibility: 'public',
	    visible: true,		/* to the key */
	    members: null,		/* e-mails; null: everybody */
	    states: STATES,		/* [name, type], as people order them */
	    issueEstimationType: 'notUsed', issueEstimationAllowZero: false,
	    issueEstimationExtended: false, triageEnabled: false,
	    retiredAt: null, archivedAt: null, ...more};
}

function
states(t)
{
	return t.states.map(([name, type], position) => ({
	    id: uuid(`state ${t.key} ${name}`), name, type, position,
	    color: '#8a8f98', teamId: t.id}));
}

function
person(email, name, more)
{
	return {id: uuid(`user ${email}`), email, name,
	    displayName: email.split('@')[0], active: true, admin: false,
	    guest: false, app: false, isAssignable: true, visible: true,
	    ...more};
}

function
label(name, more)
{
	return {id: uuid(`label ${name}`), name, isGroup: false,
	    teamKey: null, parent: null, color: '#5e6ad2', retiredAt: null,
	    archivedAt: null, ...more};
}

/* `data` is what an issue made from it has unless the caller says else. */
function
template(name, more)
{
	return {id: uuid(`template ${more?.teamKey ?? ''} ${name}`), name,
	    type: 'issue', teamKey: null, archivedAt: null, data: {},
	    ...more};
}

function
linear()
{
	return {
	    organization: {id: uuid('organization'), name: 'Brightwater',
		urlKey: 'brightwater'},
	    viewer: 'tickethook@brightwater.example',
	    teams: [team('ENG', 'Engineering'),
		team('WEB', 'Web', {triageEnabled: true}),
		team('QA', 'Quality'),
		team('OLD', 'Old Team', {retiredAt: LONG_AGO})],
	    users: [person('tickethook@brightwater.example', 'Ticket Hook'),
		person('ines.moreau@brightwater.example', 'Ines Moreau'),
		person('tomasz.nowak@brightwater.example', 'Tomasz Nowak'),
		person('left.long.ago@brightwater.example', 'Left Long Ago',
		    {active: false, isAssignable: false})],
	    labels: [label('flaky-test'), label('needs-owner'),
		label('frontend', {teamKey: 'WEB'}),
		label('Severity', {isGroup: true}),
		label('Severe', {parent: 'Severity'}),
		label('Mild', {parent: 'Severity'})],
	    templates: [template('Flaky test', {data: {priority: 3}}),
		template('Web bug', {teamKey: 'WEB', data: {priority: 2}}),
		template('Quarter', {type: 'project'})],
	    projects: [{id: uuid('project Test health'),
		name: 'Test health', slugId: '4be0c1d2f9a3',
		description: '', state: 'started', visible: true,
		archivedAt: null, trashed: null, teamKeys: ['ENG', 'QA']}],
	    duplicate: {status: 400, joined: false},
	    issueLimit: null,		/* a free workspace's limit */
	    rate: {limit: 2500, remaining: null},	/* null: endless */
	};
}

function
fresh()
{
	return {
	    skew: 0,			/* seconds all clocks are ahead */
	    trunk: {unknown: [],	/* test ids Trunk has never seen */
		tests: [],		/* {id, ...details} */
		runs: [],		/* {testId, status, startedAt, n} */
		page: 100,		/* of them in a list, at most */
		unreadable: [],		/* keys of teams and projects */
		deny: [],		/* of read, link: the v2 key may not */
		ticketing: true},	/* an integration is configured */
	    linear: linear(), jira: cloud(), jiradc: dataCenter()};
}

function
same(a, b)
{
	/* One label name may live in several teams. */
	if (b.teamKey !== undefined && a.teamKey !== b.teamKey)
		return false;
	for (const k of ['id', 'key', 'email', 'accountId', 'name'])
		if (a[k] !== undefined && b[k] !== undefined)
			return a[k] === b[k];
	return false;
}

function
plain(v)
{
	return v !== null && typeof v === 'object' && !Array.isArray(v);
}

function
seed(world, patch)
{
	for (const [k, v] of Object.entries(patch)) {
		if (k === '__proto__')
			continue;
		if (Array.isArray(v) && Array.isArray(world[k]) &&
		    v.some(plain))
			v.forEach(x => {
				const old = world[k].find(o => same(o, x));

				if (old)
					seed(old, x);
				else
					world[k].push({...x});
			});
		else if (plain(v) && plain(world[k]))
			seed(world[k], v);
		else
			world[k] = structuredClone(v);
	}
	return complete(world);
}

/* Give what a test named only by its key or name the rest it needs. */
function
complete(world)
{
	if (!world.linear)
		return world;
	const l = world.linear;

	l.teams = l.teams.map(t => team(t.key, t.name ?? t.key, t));
	l.users = l.users.map(u => person(u.email, u.name ?? u.email, u));
	l.labels = l.labels.map(x => label(x.name, {...x,
	    id: x.id ?? uuid(`label ${x.teamKey ?? ''} ${x.name}`)}));
	l.projects = l.projects.map(p => ({id: uuid(`project ${p.name}`),
	    slugId: uuid(p.name).slice(-12), description: '',
	    state: 'started', visible: true, archivedAt: null, trashed: null,
	    teamKeys: [], ...p}));
	l.templates = l.templates.map(t => template(t.name, t));
	[world.jira, world.jiradc].forEach((j, n) => {
		j.projects.forEach((p, i) => {
			p.id ??= String(10500 + 100 * n + i);
			p.name ??= p.key;
		});
		j.components.forEach((c, i) => { c.id ??= String(10700 + i); });
		j.users.forEach(u => {
			u.active ??= true;
			u.assignable ??= true;
		});
		j.issueTypes.forEach((t, i) => { t.id ??= String(10800 + i); });
	});
	return world;
}

module.exports = {fresh, seed, states, uuid, LONG_AGO};
