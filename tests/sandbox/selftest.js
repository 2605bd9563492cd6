'use strict';
/*
 * The sandbox as a client sees it: it must refuse what Trunk, Linear and
 * Jira refuse, in their words, and break as it is told.
 */
const {test, before, after, beforeEach, describe} = require('node:test');
const assert = require('node:assert/strict');
const {execFileSync, spawn} = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const tlsm = require('node:tls');
const zlib = require('node:zlib');
const {start} = require('./sandbox');
const {client, basic} = require('./client');
const good = require('./credentials');

const TEST = '6b1f9c2e-58d3-4a07-b2e4-90c7d1a3f586';
const REPO = {host: 'github.com', owner: 'brightwater', name: 'tidepool'};
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'sandbox-test-'));
const CREATE = 'mutation C($input: IssueCreateInput!) { issueCreate(' +
    'input: $input) { success issue { id identifier url labels { nodes { ' +
    'name } } } } }';
const LINK1 = '/v1/flaky-tests/link-ticket-to-test-case';
let sb, c;

before(async () => {
	sb = await start({dir});
	c = client(sb);
});
after(async () => {
	c.close();
	await sb.stop();
	fs.rmSync(dir, {recursive: true});
});
beforeEach(() => sb.reset());

const doc = (...content) => ({version: 1, type: 'doc', content});
const para = text => ({type: 'paragraph', content: [{type: 'text', text}]});
const fields = more => ({fields: {project: {key: 'PAY'},
    issuetype: {name: 'Bug'}, summary: 'Tide table flakes', ...more}});

async function
linearIds()
{
	const r = await c.linear('{ teams(includeArchived: true) { nodes { id ' +
	    'key retiredAt } } issueLabels { nodes { id name isGroup } } ' +
	    'projects { nodes { id name } } users { nodes { id email } } }');
	const by = (list, k) => Object.fromEntries(list.nodes.map(n =>
	    [n[k], n.id]));
	const d = r.json.data;

	return {team: by(d.teams, 'key'), label: by(d.issueLabels, 'name'),
	    project: by(d.projects, 'name'), user: by(d.users, 'email')};
}

async function
issue(more, expected = 200)
{
	const ids = await linearIds();
	const r = await c.linear(CREATE, {input: {title: 'Tide table flakes',
	    teamId: ids.team.ENG, ...more}});

	assert.equal(r.status, expected, r.text);
	return r.json;
}

/* A refused create: what Linear says, and that nothing was made. */
async function
refusedIssue(more)
{
	const had = sb.state().counts.linear;
	const {errors, data} = await issue(more, 400);

	assert.equal(data, null);
	assert.equal(errors[0].extensions.code, 'INPUT_ERROR');
	assert.equal(sb.state().counts.linear, had);
	return errors[0];
}

async function
jiraIssue(more, expected = 201)
{
	const r = await c.jira('POST', '/3/issue', fields(more));

	assert.equal(r.status, expected, r.text);
	return r.json;
}

async function
refusedJira(more, field, text)
{
	const {errors} = await jiraIssue(more, 400);

	assert.match(errors[field] ?? '', text);
	assert.equal(sb.state().counts.jira, 0);
}

const found = async (jql, o, auth) => (await c.jira('POST', '/3/search/jql',
    {jql, ...o}, auth)).json;

describe('Linear', () => {
	test('the key is sent bare', async () => {
		const r = await c.linear('{ viewer { email } }');

		assert.equal(r.status, 200);
		assert.equal(r.json.data.viewer.email,
		    'tickethook@brightwater.example');
		assert.ok(Number(
		    r.headers['x-ratelimit-requests-reset']) > 1e12);
	});

	test('an estimate must be of the team\'s scale', async () => {
		const seed = more => sb.seed({linear: {teams: [{key: 'ENG',
		    ...more}]}});
		const estimate = n => issue({estimate: n});

		await refusedIssue({estimate: 3});
		seed({issueEstimationType: 'fibonacci'});
		await estimate(3);
		assert.equal((await refusedIssue({estimate: 4})).extensions
		    .validationErrors[0].property, 'estimate');
		await refusedIssue({estimate: 13});
		await refusedIssue({estimate: 0});
		seed({issueEstimationExtended: true,
		    issueEstimationAllowZero: true});
		await estimate(13);
		await estimate(0);
	});

	test('who cannot be assigned', async () => {
		const ids = await linearIds();
		const ines = {assigneeId:
		    ids.user['ines.moreau@brightwater.example']};
		const seed = more => sb.seed({linear: {users: [{email:
		    'ines.moreau@brightwater.example', ...more}]}});

		seed({isAssignable: false});
		await refusedIssue(ines);
		seed({isAssignable: true, guest: true});
		await refusedIssue(ines);
		seed({guest: false});
		sb.seed({linear: {teams: [{key: 'ENG', visibility: 'private',
		    members: ['tickethook@brightwater.example']}]}});
		await refusedIssue(ines);
		sb.seed({linear: {teams: [{key: 'ENG', members:
		    ['ines.moreau@brightwater.example']}]}});
		await issue(ines);
		seed({active: false});
		assert.match((await refusedIssue(ines)).message,
		    /Entity not found: User/);
	});

	test('a template fills in what is not said', async () => {
		const t = name => c.linear('{ templates { id name type team { ' +
		    'key } } }').then(r => r.json.data.templates.find(x =>
		    x.name === name).id);
		const made = () => sb.state().linear.issues.at(-1);

		await issue({templateId: await t('Flaky test')});
		assert.deepEqual([made().priority, made().title],
		    [3, 'Tide table flakes']);
		await issue({templateId: await t('Flaky test'), priority: 1});
		assert.equal(made().priority, 1);
		await refusedIssue({templateId: await t('Web bug')});
		await refusedIssue({templateId: await t('Quarter')});
	});

	test('what the key may not see is not there', async () => {
		sb.seed({linear: {teams: [{key: 'WEB', visible: false}],
		    projects: [{name: 'Test health', visible: false}],
		    users: [{email: 'ines.moreau@brightwater.example',
		    visible: false}]}});
		const ids = await linearIds();

		assert.equal(ids.team.WEB, undefined);
		assert.deepEqual(ids.project, {});
		assert.equal(ids.user['ines.moreau@brightwater.example'],
		    undefined);
	});

	test('Markdown reads back as Linear writes it', async () => {
		const text = 'a [b](https://x.example/1)\n- c\n+ d\n\n\n\n' +
		    '_e_ `[f](https://x)` \n```\n- [g](https://x)\n```\n';

		await issue({description: text});
		assert.equal(sb.state().linear.issues[0].description,
		    'a [b](<https://x.example/1>)\n* c\n* d\n\n*e* ' +
		    '`[f](https://x)`\n```\n- [g](https://x)\n```');
	});

	test('a look-up is named by what it asks for', async () => {
		const q = 'query($a: Boolean!) { teams { nodes { id } } users ' +
		    '@include(if: $a) { nodes { id } } u: users @skip(if: $a) ' +
		    '{ nodes { id } } }';

		await c.linear(q, {a: true});
		await c.linear('query($a: Boolean!) { teams { nodes { id } } ' +
		    'users @include(if: $a) { nodes { id } } }', {a: false});
		assert.deepEqual(sb.log.map(e => e.op),
		    ['linear.teams+users', 'linear.teams']);
	});

	test('a key sent with Bearer is 400 and says why', async () => {
		const r = await c.linear('{ viewer { id } }', {},
		    {auth: `Bearer ${good.linear.key}`});

		assert.equal(r.status, 400);
		assert.match(r.text, /Remove the Bearer prefix/);
	});

	test('an OAuth token is sent with Bearer', async () => {
		const r = await c.linear('{ viewer { id } }', {},
		    {auth: `Bearer ${good.linear.oauth}`});

		assert.equal(r.status, 200);
	});

	test('a wrong key is 401 with errors and no data', async () => {
		const r = await c.linear('{ viewer { id } }', {},
		    {auth: 'lin_api_wrong'});

		assert.equal(r.status, 401);
		assert.ok(!('data' in r.json));
		assert.equal(r.json.errors[0].extensions.code,
		    'AUTHENTICATION_ERROR');
	});

	test('an unknown field fails validation', async () => {
		const r = await c.linear('{ viewer { nosuchfield } }');

		assert.equal(r.status, 400);
		assert.equal(r.json.errors[0].extensions.code,
		    'GRAPHQL_VALIDATION_FAILED');
		assert.match(r.json.errors[0].message,
		    /Cannot query field "nosuchfield" on type "User"/);
	});

	test('externalId is no field of a new issue', async () => {
		const {errors} = await issue({externalId: 'x'}, 400);

		assert.match(errors[0].message, /"externalId" is not defined/);
		assert.equal(sb.state().counts.linear, 0);
	});

	test('an issue is created under the client\'s id', async () => {
		const id = crypto.randomUUID();
		const ids = await linearIds();
		const {data} = await issue({id,
		    labelIds: [ids.label['flaky-test']]});

		assert.equal(data.issueCreate.issue.id, id);
		assert.equal(data.issueCreate.issue.identifier, 'ENG-1');
		assert.equal(data.issueCreate.issue.labels.nodes[0].name,
		    'flaky-test');
		assert.equal(sb.state().linear.issues[0].state, 'Backlog');
		assert.deepEqual(sb.log.at(-1).effect, {created: 'issue', id,
		    key: 'ENG-1'});
	});

	test('triage teams start in Triage', async () => {
		const ids = await linearIds();

		await issue({teamId: ids.team.WEB});
		assert.equal(sb.state().linear.issues[0].state, 'Triage');
	});

	test('a duplicate id conflicts, status 400', async () => {
		const id = crypto.randomUUID();

		await issue({id});
		const e = await refusedIssue({id});

		assert.equal(e.message, 'conflict on insert of Issue');
		assert.equal(e.extensions.userPresentableMessage,
		    `Entity Issue with id ${id} already exists.`);
	});

	test('a duplicate id conflicts, status 200, joined', async () => {
		const id = crypto.randomUUID();

		sb.seed({linear: {duplicate: {status: 200, joined: true}}});
		await issue({id});
		const {errors, data} = await issue({id}, 200);

		assert.equal(data, null);
		assert.equal(errors[0].message, 'conflict on insert of Issue ' +
		    `| Details: Entity Issue with id ${id} already exists.`);
		assert.equal(sb.state().counts.linear, 1);
	});

	test('a duplicate is told before the plan\'s limit', async () => {
		const id = crypto.randomUUID();

		sb.seed({linear: {issueLimit: 1}});
		await issue({id});
		assert.match((await refusedIssue({id})).message, /conflict/);
		assert.match((await refusedIssue({})).extensions
		    .userPresentableMessage, /exceeded the free issue limit/);
	});

	test('an id that is not v4-shaped is refused', async () => {
		const e = await refusedIssue({
		    id: '6b1f9c2e-58d3-5a07-b2e4-90c7d1a3f586'});

		assert.equal(e.message, 'Argument Validation Error');
	});

	test('a team key is no team id', async () => {
		const e = await refusedIssue({teamId: 'ENG'});

		assert.equal(e.message, 'Argument Validation Error');
		assert.match(JSON.stringify(e.extensions),
		    /teamId must be a UUID/);
	});

	test('an unknown team, and a retired one', async () => {
		const ids = await linearIds();

		assert.equal((await refusedIssue({
		    teamId: crypto.randomUUID()})).message,
		    'Entity not found: Team');
		assert.match((await refusedIssue({teamId: ids.team.OLD}))
		    .extensions.userPresentableMessage, /retired/);
	});

	test('a title is needed', async () => {
		assert.equal((await refusedIssue({title: ''})).message,
		    'Argument Validation Error');
	});

	test('labels: unknown, names, groups, two of one', async () => {
		const {label} = await linearIds();

		assert.equal((await refusedIssue({
		    labelIds: [crypto.randomUUID()]})).message,
		    'Entity not found: IssueLabel');
		assert.equal((await refusedIssue({
		    labelIds: ['flaky-test']})).message,
		    'Argument Validation Error');
		assert.match((await refusedIssue({
		    labelIds: [label.Severity]})).message, /group/);
		assert.equal((await refusedIssue({
		    labelIds: [label.Severe, label.Mild]})).message,
		    'labelIds not exclusive child labels');
		assert.match((await refusedIssue({
		    labelIds: [label.frontend]})).message, /incorrect team/);
	});

	test('a missing issue: an error, or an empty list', async () => {
		const id = crypto.randomUUID();
		const one = await c.linear('query($id: String!) { issue(id: $id)' +
		    ' { id } }', {id});
		const many = await c.linear('query($id: ID!) { issues(filter: ' +
		    '{id: {in: [$id]}}, includeArchived: true) { nodes { id } ' +
		    '} }', {id});

		assert.equal(one.status, 400);
		assert.equal(one.json.data, null);
		assert.equal(one.json.errors[0].message,
		    'Entity not found: Issue');
		assert.deepEqual(many.json.data.issues.nodes, []);
	});

	test('an attachment is an upsert on issue and URL', async () => {
		const {data} = await issue({});
		const {id} = data.issueCreate.issue;
		const url = `https://app.trunk.io/brightwater/flaky-tests/${TEST}`;
		const send = title => c.linear('mutation($i: ' +
		    'AttachmentCreateInput!) { attachmentCreate(input: $i) { ' +
		    'attachment { id title } } }', {i: {issueId: id, url, title,
		    metadata: {test: {id: TEST}}}});
		const a = await send('one'), b = await send('two');
		const q = await c.linear('query($u: String!) { ' +
		    'attachmentsForURL(url: $u) { nodes { title issue { ' +
		    'identifier } } } }', {u: url});

		assert.equal(a.json.data.attachmentCreate.attachment.id,
		    b.json.data.attachmentCreate.attachment.id);
		assert.deepEqual(q.json.data.attachmentsForURL.nodes,
		    [{title: 'two', issue: {identifier: 'ENG-1'}}]);
	});

	test('a duplicate comment conflicts on status 200', async () => {
		const {data} = await issue({});
		const i = {id: crypto.randomUUID(), body: 'still flaky',
		    issueId: data.issueCreate.issue.id};
		const m = 'mutation($i: CommentCreateInput!) { commentCreate(' +
		    'input: $i) { success } }';

		assert.equal((await c.linear(m, {i})).json.data.commentCreate
		    .success, true);
		const again = await c.linear(m, {i});

		assert.equal(again.status, 200);
		assert.equal(again.json.errors[0].message,
		    'conflict on insert of Comment');
		assert.equal(sb.state().linear.comments.length, 1);
	});

	test('issueUpdate adds labels and moves to done', async () => {
		const {data} = await issue({});
		const ids = await linearIds();
		const states = await c.linear('query($t: ID!) { workflowStates(' +
		    'filter: {team: {id: {eq: $t}}, type: {eq: "completed"}}) ' +
		    '{ nodes { id } } }', {t: ids.team.ENG});
		const r = await c.linear('mutation($id: String!, $i: ' +
		    'IssueUpdateInput!) { issueUpdate(id: $id, input: $i) { ' +
		    'issue { completedAt state { type } } } }', {id: 'ENG-1',
		    i: {addedLabelIds: [ids.label['needs-owner']], stateId:
		    states.json.data.workflowStates.nodes[0].id}});

		assert.equal(r.json.data.issueUpdate.issue.state.type,
		    'completed');
		assert.ok(r.json.data.issueUpdate.issue.completedAt);
		assert.deepEqual(sb.state().linear.issues[0].labels,
		    ['needs-owner']);
		assert.ok(data.issueCreate.success);
	});

	test('look-ups by name; the suspended are hidden', async () => {
		const q = 'query($k: String!, $e: String!, $d: Boolean) { ' +
		    'teams(filter: {key: {eqIgnoreCase: $k}}) { nodes { key ' +
		    'triageEnabled } } users(filter: {email: {eq: $e}}, ' +
		    'includeDisabled: $d) { nodes { active } } }';
		const e = 'left.long.ago@brightwater.example';
		const hid = await c.linear(q, {k: 'web', e});
		const all = await c.linear(q, {k: 'web', e, d: true});

		assert.deepEqual(hid.json.data.teams.nodes,
		    [{key: 'WEB', triageEnabled: true}]);
		assert.deepEqual(hid.json.data.users.nodes, []);
		assert.deepEqual(all.json.data.users.nodes, [{active: false}]);
	});

	test('team labels and workspace labels are told apart', async () => {
		const {team} = await linearIds();
		const names = async t => (await c.linear('query($t: ID!) { ' +
		    'issueLabels(filter: {isGroup: {eq: false}, or: [{team: ' +
		    '{null: true}}, {team: {id: {eq: $t}}}]}) { nodes { name ' +
		    '} } }', {t})).json.data.issueLabels.nodes.map(l => l.name);

		assert.ok((await names(team.WEB)).includes('frontend'));
		assert.ok(!(await names(team.ENG)).includes('frontend'));
	});

	test('pages are at most 250 and go on after a cursor', async () => {
		const big = await c.linear('{ teams(first: 251) { nodes { id } ' +
		    '} }');
		const one = await c.linear('{ teams(first: 1) { nodes { key } ' +
		    'pageInfo { hasNextPage endCursor } } }');
		const info = one.json.data.teams.pageInfo;
		const two = await c.linear('query($a: String) { teams(first: 1, ' +
		    'after: $a) { nodes { key } } }', {a: info.endCursor});

		assert.match(big.json.errors[0].message,
		    /first must not be greater than 250/);
		assert.ok(info.hasNextPage);
		assert.notDeepEqual(two.json.data.teams.nodes,
		    one.json.data.teams.nodes);
	});

	test('a rate limit is 400 with a reset in milliseconds', async () => {
		sb.fault({service: 'linear', kind: 'ratelimit',
		    retryAfter: 20});
		const {errors} = await issueBare(400);
		const e = sb.log.at(-1);

		assert.equal(errors[0].extensions.code, 'RATELIMITED');
		assert.equal(e.fault, 'ratelimit');
		assert.equal(e.effect, null);
	});

	test('a budget that is used up', async () => {
		sb.seed({linear: {rate: {remaining: 1}}});
		const a = await c.linear('{ viewer { id } }');
		const b = await c.linear('{ viewer { id } }');

		assert.equal(a.status, 200);
		assert.equal(a.headers['x-ratelimit-requests-remaining'], '0');
		assert.equal(b.status, 400);
		assert.equal(b.json.errors[0].extensions.code, 'RATELIMITED');
	});

	test('an issue that was there before', async () => {
		sb.seed({linear: {issues: [{team: 'QA', title: 'old',
		    labels: ['flaky-test'], trashed: true}]}});
		const r = await c.linear('{ issue(id: "QA-1") { trashed } }');

		assert.equal(r.json.data.issue.trashed, true);
	});
});

async function
issueBare(status)
{
	const r = await c.linear(CREATE, {input: {title: 'x',
	    teamId: crypto.randomUUID()}});
	const reset = Number(r.headers['x-ratelimit-requests-reset']);

	assert.equal(r.status, status);
	assert.ok(Math.abs(reset - Date.now() - 20000) < 5000);
	return r.json;
}

describe('Jira', () => {
	test('a ticket with everything', async () => {
		const made = await jiraIssue({description: doc(para('why')),
		    labels: ['flaky-test'], priority: {name: 'High'},
		    components: [{name: 'e2e'}], duedate: '2026-12-24',
		    assignee: {id: '712020:8e41f6c3-oncall'},
		    customfield_10041: 'race'});
		const r = await c.jira('GET', `/3/issue/${made.id}`);

		assert.deepEqual(Object.keys(made), ['id', 'key', 'self']);
		assert.equal(made.key, 'PAY-1');
		assert.equal(r.json.fields.priority.name, 'High');
		assert.equal(r.json.fields.assignee.displayName,
		    'Payments On-call');
		assert.equal(r.json.fields.status.statusCategory.key, 'new');
		assert.equal(r.headers['x-aaccountid'],
		    encodeURIComponent('712020:5d0c2b1a-hook'));
	});

	test('wrong credentials look like nothing found', async () => {
		await jiraIssue({labels: ['mine']});
		const auth = {auth: basic(good.jira.email, 'wrong')};
		const s = await c.jira('POST', '/3/search/jql', {jql:
		    'project = "PAY" AND labels = "mine"'}, auth);
		const p = await c.jira('GET', '/3/project/PAY', undefined, auth);
		const me = await c.jira('GET', '/3/myself', undefined, auth);
		const i = await c.jira('GET', '/3/issue/PAY-1', undefined, auth);

		assert.equal(s.status, 200);
		assert.deepEqual(s.json.issues, []);
		assert.ok(!('x-aaccountid' in s.headers));
		assert.equal(p.status, 404);
		assert.equal(i.status, 404);
		assert.equal(me.status, 401);
		assert.match(me.text, /Client must be authenticated/);
		assert.equal(sb.log.at(-1).headers.authorization, false);
	});

	test('serverInfo needs no credentials', async () => {
		const a = await c.jira('GET', '/3/serverInfo', undefined,
		    {auth: null});
		const b = await c.dc('GET', '/2/serverInfo', undefined,
		    {auth: null});

		assert.equal(a.json.deploymentType, 'Cloud');
		assert.equal(b.json.deploymentType, 'Server');
	});

	test('labels hold no spaces', () => refusedJira(
	    {labels: ['a b']}, 'labels', /contains spaces which is invalid/));

	test('the summary: missing, long, two lines', async () => {
		await refusedJira({summary: undefined}, 'summary', /specify/);
		await refusedJira({summary: 'x'.repeat(256)}, 'summary',
		    /Summary must be less than 255 characters/);
		await refusedJira({summary: 'a\nb'}, 'summary',
		    /contains newline characters/);
		await jiraIssue({summary: 'x'.repeat(255)});
	});

	test('v3 takes no text for a description', () => refusedJira(
	    {description: 'plain'}, 'description', /Atlassian Document/));

	test('ADF that the schema refuses is unsupported content',
	    async () => {
		const quote = {type: 'blockquote', content: [{type: 'heading',
		    attrs: {level: 2}, content: [{type: 'text', text: 'no'}]}]};

		for (const bad of [doc(para('')), doc(quote)]) {
			const {errorMessages} = await jiraIssue(
			    {description: bad}, 400);

			assert.match(errorMessages[0], /unsupported content/);
		}
	});

	test('a description of more than 32,767 is too long', () =>
	    refusedJira({description: doc(para('y'.repeat(32768)))},
	    'description', /exceeds the allowed limit of 32,767/));

	test('v2 takes wiki text and no ADF', async () => {
		const wiki = await c.jira('POST', '/2/issue',
		    fields({description: 'h2. why\n{code}x{code}'}));
		const rich = await c.jira('POST', '/2/issue',
		    fields({description: doc(para('no'))}));

		assert.equal(wiki.status, 201);
		assert.equal(rich.status, 400);
	});

	test('fields off the screen, and unknown ones', async () => {
		sb.seed({jira: {screen: {PAY: ['summary', 'description']}}});
		await refusedJira({labels: ['x']}, 'labels',
		    /'labels' cannot be set. It is not on the appropriate/);
		await refusedJira({customfield_99999: 'x'},
		    'customfield_99999', /cannot be set/);
	});

	test('a required field is asked for', async () => {
		sb.seed({jira: {required: {'PAY/Bug': ['customfield_10041']}}});
		await refusedJira({}, 'customfield_10041',
		    /Root cause is required/);
		await jiraIssue({customfield_10041: 'clock'});
	});

	test('projects by exact case; types; priorities', async () => {
		await refusedJira({project: {key: 'pay'}}, 'project',
		    /valid project is required/);
		await refusedJira({issuetype: {name: 'Epic'}}, 'issuetype',
		    /The issue type selected is invalid/);
		await refusedJira({priority: {name: 'Soon'}}, 'priority',
		    /priority selected is invalid/);
		await refusedJira({components: [{name: 'nope'}]},
		    'components', /'nope' is not valid/);
		assert.equal((await c.jira('GET', '/3/project/pay')).status,
		    404);
	});

	test('people who cannot be assigned', () => refusedJira(
	    {assignee: {id: '712020:f00d4a11-guest'}}, 'assignee',
	    /cannot be assigned issues/));

	test('the old search is gone', async () => {
		const r = await c.jira('GET', '/3/search?jql=project%3DPAY');

		assert.equal(r.status, 410);
	});

	test('JQL must be bounded and readable', async () => {
		const r = await found('ORDER BY created DESC');
		const odd = await found('project = PAY AND');
		const no = await found('project = "NOPE"');

		assert.match(r.errorMessages[0], /Unbounded JQL/);
		assert.match(odd.errorMessages[0], /Error in the JQL Query/);
		assert.match(no.errorMessages[0], /'NOPE' does not exist/);
	});

	test('search: oldest first, ids only, then by page', async () => {
		for (let i = 0; i < 3; i++)
			await jiraIssue({labels: ['same']});
		const jql = 'project = "PAY" AND labels = "same" ' +
		    'ORDER BY created ASC';
		const a = await found(jql, {maxResults: 2});
		const b = await found(jql, {maxResults: 2,
		    nextPageToken: a.nextPageToken, fields: ['summary']});
		const newest = await found('project = "PAY" ORDER BY ' +
		    'created DESC', {maxResults: 1, fields: ['created']});

		assert.deepEqual(Object.keys(a.issues[0]), ['id']);
		assert.equal(a.isLast, false);
		assert.ok(!('total' in a));
		assert.equal(b.isLast, true);
		assert.equal(b.issues[0].key, 'PAY-3');
		assert.deepEqual(b.issues[0].fields,
		    {summary: 'Tide table flakes'});
		assert.equal(newest.issues[0].key, 'PAY-3');
	});

	test('search lags; reading does not', async () => {
		sb.seed({jira: {searchLag: 60}});
		const {id, key} = await jiraIssue({labels: ['late']});
		const jql = 'project = "PAY" AND labels = "late"';
		const bulk = await c.jira('POST', '/3/issue/bulkfetch',
		    {issueIdsOrKeys: [key, 'PAY-2'], fields: ['labels']});

		assert.deepEqual((await found(jql)).issues, []);
		assert.equal((await c.jira('GET', `/3/issue/${id}`)).status,
		    200);
		assert.deepEqual(bulk.json.issues.map(i => i.fields.labels),
		    [['late']]);
		assert.deepEqual(bulk.json.issueErrors, []);
		sb.clock(61);
		assert.deepEqual((await found(jql)).issues, [{id}]);
	});

	test('bulkfetch: at most 100; some fail', async () => {
		sb.seed({jira: {unfetchable: ['PAY-1']}});
		await jiraIssue();
		const ids = n => ({issueIdsOrKeys: Array.from({length: n},
		    (x, i) => `PAY-${i + 1}`)});
		const fit = await c.jira('POST', '/3/issue/bulkfetch', ids(100));
		const big = await c.jira('POST', '/3/issue/bulkfetch', ids(101));

		assert.equal(fit.json.issueErrors[0].id, 'PAY-1');
		assert.equal(big.status, 400);
	});

	test('properties: with the create, and as a register', async () => {
		const r = await c.jira('POST', '/3/issue', {...fields(),
		    properties: [{key: 'tickethook', value: {test: TEST}}]});
		const at = `/3/issue/${r.json.key}/properties/tickethook`;
		const claim = '/3/project/PAY/properties/claim';

		assert.deepEqual((await c.jira('GET', at)).json.value,
		    {test: TEST});
		assert.equal((await c.jira('PUT', claim, {by: 1})).status, 201);
		assert.equal((await c.jira('PUT', claim, {by: 2})).status, 200);
	});

	test('a remote link is an upsert on globalId', async () => {
		await jiraIssue();
		const send = title => c.jira('POST', '/3/issue/PAY-1/remotelink',
		    {globalId: `trunk-test-case=${TEST}`, relationship: 'test',
		    object: {url: 'https://app.trunk.io/x', title}});

		assert.equal((await send('one')).status, 201);
		assert.equal((await send('two')).status, 200);
		assert.equal(sb.state().jira.issues[0].remoteLinks.length, 1);
		const s = await found('project = PAY AND issue in ' +
		    `issuesWithRemoteLinksByGlobalId("trunk-test-case=${TEST}")`);

		assert.equal(s.issues.length, 1);
	});

	test('comments, and moves by id', async () => {
		await jiraIssue();
		const say = body => c.jira('POST', '/3/issue/PAY-1/comment',
		    {body});
		const moves = (await c.jira('GET', '/3/issue/PAY-1/transitions'))
		    .json.transitions;
		const done = moves.find(m => m.to.statusCategory.key === 'done');
		const move = id => c.jira('POST', '/3/issue/PAY-1/transitions',
		    {transition: {id}});

		assert.equal((await say(doc(para('again')))).status, 201);
		assert.equal((await say('again')).status, 400);
		assert.equal((await move('999')).status, 400);
		assert.equal((await move(done.id)).status, 204);
		assert.equal(sb.state().jira.issues[0].fields.resolution, 'Done');
	});

	test('what check asks: types, fields, permissions, users',
	    async () => {
		const types = await c.jira('GET',
		    '/3/issue/createmeta/PAY/issuetypes');
		const {id} = types.json.issueTypes.find(t => t.name === 'Bug');
		const meta = await c.jira('GET',
		    `/3/issue/createmeta/PAY/issuetypes/${id}`);
		const bare = await c.jira('GET',
		    '/3/mypermissions?projectKey=PAY');

		sb.seed({jira: {deny: ['LINK_ISSUES']}});
		const perms = await c.jira('GET', '/3/mypermissions?projectKey=' +
		    'PAY&permissions=CREATE_ISSUES,LINK_ISSUES');
		const who = await c.jira('GET', '/3/user/assignable/search?' +
		    'project=PAY&query=pay-oncall%40brightwater.example');

		assert.ok(meta.json.fields.some(f => f.fieldId === 'labels'));
		assert.equal(bare.status, 400);
		assert.equal(perms.json.permissions.LINK_ISSUES.havePermission,
		    false);
		assert.equal(who.json[0].accountId, '712020:8e41f6c3-oncall');
	});

	test('Data Center: v2, PAT, counting search', async () => {
		const r = await c.dc('POST', '/2/issue', {fields: {
		    project: {key: 'OPS'}, issuetype: {name: 'Task'},
		    summary: 'x', description: '*bold*', labels: ['dc'],
		    assignee: {name: 'inesm'}}});
		const jql = encodeURIComponent('project = OPS AND labels = dc');
		const s = await c.dc('GET', `/2/search?jql=${jql}`);
		const anon = await c.dc('GET', `/2/search?jql=${jql}`, undefined,
		    {auth: 'Bearer wrong'});
		const me = await c.dc('GET', '/2/myself', undefined,
		    {auth: 'Bearer wrong'});

		assert.equal(r.status, 201, r.text);
		assert.equal(s.json.total, 1);
		assert.ok(!('x-aaccountid' in s.headers));
		assert.equal(anon.status, 200);
		assert.equal(anon.json.total, 0);
		assert.equal(me.status, 401);
		assert.equal((await c.dc('GET', '/3/myself')).status, 404);
	});
});

describe('Trunk', () => {
	const link = (key, more, o) => c.v1(LINK1, {test_case_id: TEST,
	    external_ticket_id: key, repo: REPO, ...more}, o);

	test('v1 links a ticket; again is a no-op', async () => {
		await jiraIssue();
		const a = await link('PAY-1'), b = await link('PAY-1');
		const {counts, trunk} = sb.state();

		assert.equal(a.status, 200);
		assert.equal(a.text, '');
		assert.equal(b.status, 200);
		assert.deepEqual([counts.links, counts.linkWrites,
		    counts.linkRepeats], [1, 1, 1]);
		assert.equal(trunk.links[0].scope, 'v1');
		assert.equal(sb.log.at(-1).op, 'trunk.link');
	});

	test('v1 refuses in plain text', async () => {
		await jiraIssue();
		sb.seed({trunk: {unknown: [TEST]}});
		const unknown = await link('PAY-1');

		sb.seed({trunk: {unknown: []}});
		const lower = await link('pay-1');
		const noRepo = await link('PAY-1', {repo: undefined});
		const noAuth = await link('PAY-1', {}, {auth: 'wrong'});

		assert.equal(lower.status, 404);
		assert.equal(lower.text, 'Unable to find ticket');
		assert.equal(unknown.status, 404);
		assert.equal(noRepo.status, 400);
		assert.equal(noAuth.status, 401);
		for (const r of [lower, unknown, noRepo, noAuth])
			assert.equal(r.json, undefined);
		assert.equal(sb.state().counts.links, 0);
	});

	test('v1 cannot read every project', async () => {
		await jiraIssue();
		sb.seed({trunk: {unreadable: ['PAY']}});
		assert.equal((await link('PAY-1')).status, 404);
	});

	test('v1 details show the linked ticket', async () => {
		await jiraIssue();
		const ask = () => c.v1('/v1/flaky-tests/get-test-details',
		    {test_id: TEST, org_url_slug: 'brightwater', repo: REPO});
		const before = await ask();

		await link('PAY-1');
		assert.ok(!('ticket' in before.json.test));
		assert.match((await ask()).json.test.ticket.html_url,
		    /\/browse\/PAY-1$/);
	});

	test('v2 links by key or URL, shows, unlinks', async () => {
		const {data} = await issue({});
		const at = `/v2/tests/${TEST}/ticket`;
		const none = await c.v2('GET', at);
		const r = await c.v2('POST', at,
		    {externalTicketId: data.issueCreate.issue.url});

		assert.equal(none.json.error.code, 'TICKET_NOT_LINKED');
		assert.equal(r.status, 201);
		assert.equal(r.json.key, 'ENG-1');
		assert.equal(r.json.provider, 'linear');
		assert.ok(r.headers['x-request-id']);
		assert.equal((await c.v2('GET', `/v2/tests/${TEST}`)).json
		    .ticket.key, 'ENG-1');
		assert.equal((await c.v2('DELETE', at)).status, 204);
		assert.equal((await c.v2('DELETE', at)).status, 404);
	});

	test('v2 refuses in an envelope, 401 in plain text', async () => {
		const at = `/v2/tests/${TEST}/ticket`;
		const lost = await c.v2('POST', at, {externalTicketId: 'PAY-7'});
		const bad = await c.v2('POST', at, {});
		const odd = await c.v2('GET', '/v2/tests/nonsense');
		const who = await c.v2('POST', at, {externalTicketId: 'PAY-7'},
		    {auth: `Bearer ${good.trunk.token}`});

		assert.equal(lost.status, 422);
		assert.equal(lost.json.error.code, 'TICKET_NOT_FOUND');
		assert.equal(bad.json.error.code, 'VALIDATION_FAILED');
		assert.equal(odd.json.error.code, 'TEST_NOT_FOUND');
		assert.equal(who.status, 401);
		assert.equal(who.json, undefined);
	});

	test('v2 lists the tests it was given, in pages', async () => {
		sb.seed({trunk: {tests: ['a', 'b', 'c'].map(name => ({name,
		    id: crypto.randomUUID()}))}});
		const one = await c.v2('GET',
		    '/v2/tests?limit=2&includeTotal=true');
		const two = await c.v2('GET', '/v2/tests?limit=2&cursor=' +
		    encodeURIComponent(one.json.nextCursor));

		assert.equal(one.json.total, 3);
		assert.deepEqual(two.json.data.map(t => t.name), ['c']);
		assert.equal(two.json.hasMore, false);
	});

	test('v1 lists what is unhealthy in a repository, in pages', async () => {
		const repo = {host: 'github.com', owner: 'brightwater',
		    name: 'yard'};
		const ask = (page, more) => c.v1(
		    '/v1/flaky-tests/list-unhealthy-tests', {repo,
		    org_url_slug: good.trunk.org, status: 'FLAKY',
		    page_query: page, ...more});

		sb.seed({trunk: {tests: [['a', 'flaky'], ['b', 'broken'],
		    ['c', 'flaky']].map(([name, value]) => ({name,
		    id: crypto.randomUUID(), status: {value}, repository:
		    {html_url: 'https://github.com/brightwater/yard'}}))}});
		const one = await ask({page_size: 1});
		const two = await ask({page_size: 1,
		    page_token: one.json.page.next_page_token});
		const names = r => r.json.tests.map(t => t.name);

		assert.deepEqual([names(one), names(two)], [['a'], ['c']]);
		assert.equal(two.json.page.next_page_token, undefined);
		assert.deepEqual(names(await ask({page_size: 9},
		    {status: 'BROKEN'})), ['b']);
		assert.deepEqual(names(await ask({page_size: 9},
		    {repo: {...repo, name: 'quay'}})), []);
		assert.equal((await ask({page_size: 9},
		    {status: 'flaky'})).status, 400);
		assert.equal((await ask({page_size: 101})).status, 400);
		assert.equal((await ask({page_size: 9,
		    page_token: 'made up'})).status, 500);
	});
});

describe('faults', () => {
	const create = o => c.jira('POST', '/3/issue', fields(), o);
	const broken = async (fault, after = false) => {
		sb.fault({service: 'jira', op: 'jira.create',
		    when: after ? 'after' : 'before', ...fault});
		await assert.rejects(create({timeout: 250}));
		assert.equal(sb.state().counts.jira, after ? 1 : 0);
		assert.equal((await create()).status, 201);
	};

	for (const kind of ['reset', 'close', 'hang', 'cut-headers', 'cut-body',
	    'short-body', 'chunk-cut', 'drip', 'big-headers',
	    'continue-storm']) {
		test(`${kind}, before and after`, async () => {
			await broken({kind});
			await sb.reset();
			await broken({kind}, true);
		});
	}

	test('status with Retry-After and a body', async () => {
		sb.fault({service: 'jira', kind: 'status:503',
		    retryAfter: 1e9, body: 'later'});
		const r = await create();

		assert.equal(r.status, 503);
		assert.equal(r.headers['retry-after'], '1000000000');
		assert.equal(r.text, 'later');
		assert.equal(sb.state().counts.jira, 0);
	});

	test('500 after the ticket was made', async () => {
		sb.fault({op: 'jira.create', kind: 'status:500',
		    when: 'after'});
		assert.equal((await create()).status, 500);
		assert.equal(sb.state().counts.jira, 1);
		assert.equal(sb.log.at(-1).effect.key, 'PAY-1');
		assert.equal(sb.log.at(-1).status, 500);
	});

	test('skip and times count calls', async () => {
		sb.fault({service: 'jira', op: 'jira.cre*', kind: 'status:502',
		    skip: 1, times: 2});
		const seen = [];

		for (let i = 0; i < 4; i++)
			seen.push((await create()).status);
		assert.deepEqual(seen, [201, 502, 502, 201]);
	});

	test('a fault strikes its operation only', async () => {
		sb.fault({op: 'trunk.link', kind: 'reset', times: -1});
		assert.equal((await create()).status, 201);
		await assert.rejects(c.v1(LINK1, {}));
	});

	test('html, empty, braces, wrong type, null data', async () => {
		const say = async kind => {
			sb.fault({kind, when: 'after'});
			return await create();
		};

		assert.match((await say('html')).text, /<!DOCTYPE html>/);
		assert.equal((await say('empty')).text, '');
		assert.deepEqual((await say('braces')).json, {});
		assert.equal((await say('wrong-type')).headers['content-type'],
		    'application/octet-stream');
		assert.deepEqual((await say('null-data')).json, {data: null});
		assert.ok((await say('graphql-errors')).json.errors.length);
		assert.equal(sb.state().counts.jira, 6);
	});

	test('big body and gzip', async () => {
		sb.fault({kind: 'big-body'});
		assert.ok((await create()).raw.length > 10 << 20);
		sb.fault({kind: 'gzip'});
		const r = await create();

		assert.equal(r.headers['content-encoding'], 'gzip');
		assert.ok(zlib.gunzipSync(r.raw).length > 10 << 20);
	});

	test('bad JSON of four kinds', async () => {
		const say = async variant => {
			sb.fault({kind: `bad-json:${variant}`, when: 'after'});
			return (await create()).raw;
		};

		assert.match(String(await say('duplicate-keys')),
		    /^\{"id":"77777","id":"\d+"/);
		assert.match(String(await say('deep')).slice(0, 200), /\[{100}/);
		assert.match(String(await say('huge-number')), /9{400}e9{400}/);
		const bad = await say('bad-utf8');

		assert.throws(() => new TextDecoder('utf-8', {fatal: true})
		    .decode(bad), TypeError);
	});

	test('redirects of five kinds', async () => {
		for (const code of [301, 302, 303, 307, 308]) {
			sb.fault({kind: `redirect:${code}`, to: 'file:///x'});
			const r = await create();

			assert.equal(r.status, code);
			assert.equal(r.headers.location, 'file:///x');
		}
	});

	test('ids of another, with NUL, quote, slash, 1 MB', async () => {
		const say = async kind => {
			sb.fault({kind, when: 'after'});
			return (await create()).json;
		};
		const mine = await jiraIssue();

		assert.equal((await say('other-id')).id, mine.id);
		assert.ok((await say('nul-id')).key.includes('\0'));
		assert.ok((await say('quote-id')).key.includes('"'));
		assert.ok((await say('slash-id')).key.includes('/'));
		assert.equal((await say('long-id')).id.length, 1 << 20);
	});

	test('another\'s id though nothing was made', async () => {
		sb.fault({op: 'jira.create', kind: 'other-id'});
		const r = await create();

		assert.equal(r.status, 201);
		assert.ok(r.json.id && r.json.key);
		assert.equal(sb.state().counts.jira, 0);
	});

	test('two answers to one request', async () => {
		sb.fault({op: 'jira.myself', kind: 'double-answer',
		    when: 'after'});
		const text = await speak(`GET /rest/api/3/myself HTTP/1.1\r\n` +
		    `Host: x\r\nAuthorization: ${basic(good.jira.email,
		    good.jira.token)}\r\n\r\n`);

		assert.equal(text.match(/HTTP\/1\.1 200 /g).length, 2);
	});

	test('a kept connection dies with the next request', async () => {
		const one = client(sb, {maxSockets: 1, keepAlive: true});

		sb.fault({op: 'jira.myself', kind: 'keepalive-close',
		    when: 'after'});
		assert.equal((await one.jira('GET', '/3/myself')).status, 200);
		await assert.rejects(one.jira('POST', '/3/issue', fields()));
		assert.equal(sb.log.at(-1).op, 'jira.dropped');
		assert.equal(sb.state().counts.jira, 0);
		one.close();
	});

	test('refused once, then answered', async () => {
		await sb.fault({service: 'jira', kind: 'refuse'});
		await assert.rejects(create(), {code: 'ECONNRESET'});
		assert.equal((await create()).status, 201);
	});

	test('refused until healed', async () => {
		await sb.fault({service: 'jira', kind: 'refuse', times: -1});
		await assert.rejects(create(), {code: 'ECONNREFUSED'});
		await sb.heal();
		assert.equal((await create()).status, 201);
	});

	test('a TLS handshake that hangs', async () => {
		await sb.fault({service: 'jira', kind: 'tls-hang'});
		await assert.rejects(create({timeout: 300}), /timeout/);
		assert.equal((await create()).status, 201);
	});

	for (const [variant, code] of [['expired', 'CERT_HAS_EXPIRED'],
	    ['wrong-name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
	    ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
	    ['unknown-ca', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']]) {
		test(`certificate: ${variant}`, async () => {
			await sb.fault({service: 'jira', kind: `tls:${variant}`});
			await assert.rejects(create(), {code});
			assert.equal((await create()).status, 201);
		});
	}

	test('TLS 1.1 only', async () => {
		await sb.fault({service: 'jira', kind: 'tls:old-version'});
		await assert.rejects(create(), /version/i);
		assert.equal((await create()).status, 201);
	});

	test('rate limits of Jira and Trunk', async () => {
		sb.fault({kind: 'ratelimit', retryAfter: 7, times: 2});
		const j = await create();
		const t = await c.v2('GET', `/v2/tests/${TEST}`);

		assert.equal(j.status, 429);
		assert.equal(j.headers['retry-after'], '7');
		assert.equal(j.headers['ratelimit-reason'],
		    'jira-burst-based');
		assert.equal(t.status, 429);
	});

	test('an unknown kind is refused at once', async () => {
		await assert.rejects(sb.fault({kind: 'nonsense'}), TypeError);
		await assert.rejects(sb.fault({kind: 'tls:none'}), TypeError);
	});
});

/* The first of five ports in a row that are free now, or nearly so. */
async function
freePorts()
{
	const free = port => new Promise(done => {
		const s = net.createServer();

		s.once('error', () => done(false));
		s.listen(port, '127.0.0.1', () => s.close(() => done(true)));
	});

	for (let p = 21000; p < 31000; p += 6) {
		let n = 0;

		while (n < 6 && await free(p + n))
			n++;
		if (n === 6)
			return p;
	}
	throw new Error('no free ports');
}

/* Raw bytes to Jira, and all that comes back. */
function
speak(text)
{
	const {port} = new URL(sb.urls.jira);

	return new Promise((resolve, reject) => {
		const s = tlsm.connect({port, host: '127.0.0.1',
		    ca: fs.readFileSync(sb.ca)}, () => s.write(text));
		let got = '';

		s.on('data', d => { got += d; });
		s.on('end', () => resolve(got));
		s.on('error', reject);
	});
}

describe('the sandbox itself', () => {
	test('the log hides secrets and keeps the order', async () => {
		await c.jira('GET', '/3/myself');
		await c.v1(LINK1, {});
		const text = JSON.stringify(sb.log);

		assert.deepEqual(sb.log.map(e => [e.n, e.op, e.status]),
		    [[1, 'jira.myself', 200], [2, 'trunk.link', 400]]);
		assert.equal(sb.log[0].headers.authorization, true);
		assert.equal(sb.log[1].headers['x-api-token'], true);
		assert.ok(!text.includes(good.trunk.token));
		assert.ok(!text.includes(good.jira.token));
	});

	test('the control port does the same', async () => {
		const post = (at, body) => fetch(sb.control + at,
		    {method: 'POST', body: JSON.stringify(body)});

		assert.equal((await post('/fault', {op: 'jira.myself',
		    kind: 'status:500'})).status, 200);
		assert.equal((await c.jira('GET', '/3/myself')).status, 500);
		const log = await (await fetch(`${sb.control}/log?since=0`))
		    .json();

		assert.equal(log[0].fault, 'status');
		assert.equal((await post('/fault', {kind: 'nonsense'})).status,
		    400);
		await post('/seed', {jira: {issues: [{project: 'PAY',
		    summary: 'old'}]}});
		const state = await (await fetch(`${sb.control}/state`)).json();

		assert.equal(state.counts.jira, 1);
		const {now} = await (await post('/clock', {advance: 3600}))
		    .json();

		assert.ok(now - Date.now() > 3590e3);
		await post('/reset');
		assert.equal(sb.log.length, 0);
		assert.equal((await fetch(`${sb.control}/nothing`)).status, 404);
	});

	test('a thousand requests on 512 connections', async () => {
		const many = client(sb, {maxSockets: 512, keepAlive: true});
		const all = await Promise.all(Array.from({length: 1024}, () =>
		    many.jira('POST', '/3/issue', fields())));

		assert.ok(all.every(r => r.status === 201));
		assert.equal(new Set(all.map(r => r.json.key)).size, 1024);
		assert.ok(sb.state().connections.jira.accepted <= 513);
		many.close();
	});

	test('as a program, from start to SIGTERM', async () => {
		const at = path.join(dir, 'program');
		const port = await freePorts();
		const child = spawn(process.execPath, [path.join(__dirname,
		    'sandbox.js'), '--dir', at, '--port', String(port)],
		    {stdio: ['ignore', 'pipe', 'inherit']});

		await new Promise(done => child.stdout.once('data', done));
		const info = JSON.parse(fs.readFileSync(
		    path.join(at, 'sandbox.json')));
		const ended = new Promise(done => child.on('exit', done));

		assert.doesNotThrow(() => execFileSync('openssl', ['s_client',
		    '-connect', new URL(info.urls.linear).host, '-CAfile',
		    info.ca, '-verify_return_error', '-brief'],
		    {input: '', stdio: 'pipe'}));
		assert.equal(info.pid, child.pid);
		assert.deepEqual([...Object.values(info.urls), info.control]
		    .map(u => Number(new URL(u).port) - port), [0, 1, 2, 3, 4, 5]);

		child.kill('SIGTERM');
		assert.equal(await ended, 0);
	});
});

describe('what check looks for', () => {
	const GATE = '/ex/jira/3c1b7a52-6a0e-4d0f-9f0b-5e2f1a7c8d94';
	const auth = basic(good.jira.email, good.jira.token);
	const myself = base => c.raw(sb.urls.jira, 'GET',
	    `${base}/rest/api/3/myself`, undefined, 'Authorization', auth);

	test('a token with scopes works at the gateway alone', async () => {
		assert.equal((await myself('')).status, 200);
		await sb.seed({jira: {scoped: true}});
		const r = await myself('');
		assert.equal(r.status, 401);
		assert.equal(r.headers['x-seraph-loginreason'],
		    'AUTHENTICATED_FAILED');
		assert.equal((await myself(GATE)).status, 200);
	});

	test('a data center below a path', async () => {
		await sb.seed({jiradc: {context: '/jira'}});
		assert.equal((await c.dc('GET', '/2/serverInfo')).status, 404);
		assert.equal((await c.raw(sb.urls.jiradc, 'GET',
		    '/jira/rest/api/2/serverInfo')).json.deploymentType,
		    'Server');
	});

	test('a CAPTCHA: 403, also for the right token', async () => {
		await sb.seed({jiradc: {captcha: true}});
		const r = await c.dc('GET', '/2/myself');
		assert.equal(r.status, 403);
		assert.match(r.headers['x-authentication-denied-reason'],
		    /^CAPTCHA_CHALLENGE; login-url=/);
		assert.equal((await c.dc('GET', '/2/serverInfo')).status, 200);
	});

	test('a v2 key that may not link may read', async () => {
		const path = `/v2/tests/${TEST}`;

		assert.equal((await c.v2('POST', `${path}/ticket`, {})).json
		    .error.code, 'VALIDATION_FAILED');
		await sb.seed({trunk: {deny: ['link']}});
		const r = await c.v2('POST', `${path}/ticket`, {});
		assert.equal(r.status, 403);
		assert.equal(r.json.error.code, 'INSUFFICIENT_PERMISSIONS');
		assert.equal((await c.v2('GET', path)).status, 200);
		assert.equal((await c.v2('GET', `${path}/ticket`)).status, 404);
	});

	test('clocks that are ahead', async () => {
		await sb.seed({skew: 3600});
		const {date} = (await c.v2('GET', `/v2/tests/${TEST}`)).headers;
		assert.ok(Math.abs(Date.parse(date) - Date.now() - 3600e3) <
		    60e3);
	});
});
