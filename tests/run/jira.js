'use strict';

/*
 * What is done to a Jira issue that exists, and what a create would send:
 * jira_cli calls the client's functions against the sandbox.
 *
 *	node tests/run/jira.js		BUILD: where unit/jira_cli is
 */
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {execFile} = require('node:child_process');
const {start} = require('../sandbox/sandbox');
const good = require('../sandbox/credentials');

const CLI = path.resolve(process.env.BUILD ?? 'build', 'unit', 'jira_cli');
const GATEWAY = '/ex/jira/3c1b7a52-6a0e-4d0f-9f0b-5e2f1a7c8d94';
const DAY = 86400000;
const [OPEN, STARTED, DONE] = [1, 2, 3];
const tests = [];
let sb;

const test = (name, run) => tests.push([name, run]);
const para = text => ({type: 'paragraph', content: [{type: 'text', text}]});
const doc = (...content) => ({version: 1, type: 'doc', content});
const issue = (where = 'jira', n = 0) => sb.state()[where].issues[n];
const calls = op => sb.log.filter(e => e.op === `jira.${op}`);

/* Run jira_cli as one of the two kinds; how: {dc, url, token, id}. */
function
ask(args, how = {})
{
	const dc = how.dc ?? false;
	const at = issue(dc ? 'jiradc' : 'jira');
	const argv = [sb.ca, how.url ?? (dc ? sb.urls.jiradc : sb.urls.jira),
	    dc ? '-' : good.jira.email,
	    how.token ?? (dc ? good.jiradc : good.jira).token,
	    how.id ?? at?.id ?? '1', at?.key ?? 'PAY-1', ...args.map(String)];

	return new Promise((resolve, reject) => execFile(CLI, argv,
	    (e, out, err) => e ? reject(new Error(`${e.message} ${err}`)) :
	    resolve(JSON.parse(out))));
}

const plant = (more, where = 'jira') => sb.seed({[where]: {issues: [{
    project: where === 'jira' ? 'PAY' : 'OPS', summary: 'x', ...more}]}});

test('a comment is made once per key', async () => {
	plant();
	for (const key of ['one', 'one', 'two'])
		assert.equal((await ask(['comment', key, `*${key}*`])).result,
		    'ok');
	const {comments} = issue();

	assert.deepEqual(comments.map(c => c.properties), ['one', 'two'].map(
	    key => [{key: 'tickethook', value: {key}}]));
	assert.equal(comments[0].body.content[0].content[0].text, 'one');
});

test('a comment whose answer was lost is found on the second page',
    async () => {
	plant();
	const store = sb.services.jira.store;
	const it = store.find(issue().id);

	for (let i = 0; i < 120; i++)
		store.comment(it, doc(para(`c${i}`)));
	sb.fault({service: 'jira', op: 'jira.comment', kind: 'reset',
	    when: 'after'});
	assert.equal((await ask(['comment', 'k', 'x'])).result, 'unknown');
	assert.equal((await ask(['comment', 'k', 'x'])).result, 'ok');
	assert.equal(it.comments.length, 121);
});

test('Data Center comments in wiki text', async () => {
	plant({}, 'jiradc');
	assert.equal((await ask(['comment', 'k', 'a **b**'], {dc: true}))
	    .result, 'ok');
	assert.equal((await ask(['comment', 'k', 'a **b**'], {dc: true}))
	    .result, 'ok');
	assert.deepEqual(issue('jiradc').comments.map(c => c.body.trim()),
	    ['a *b*']);
});

test('gone is told from hidden', async () => {
	plant();
	for (const call of [['comment', 'k', 'x'], ['section', 't', 'x'],
	    ['raise', 'high', 0], ['move', 'done']]) {
		assert.equal((await ask(call, {id: '4711'})).result, 'absent');
		assert.equal((await ask(call, {token: 'wrong'})).result,
		    'tracker_refused');
	}
	assert.equal((await ask(['state'], {id: '4711'})).gone, true);
	assert.equal((await ask(['state'], {token: 'wrong'})).result,
	    'tracker_refused');
	assert.equal((await ask(['state'], {id: 'https://x/PAY-1'})).result,
	    'tracker_refused');
});

test('a section is written over and over, and all else stays', async () => {
	const mine = {type: 'panel', attrs: {panelType: 'note'},
	    content: [para('by hand')]};

	plant({description: doc(para('first'), mine)});
	assert.equal((await ask(['section', 'Runs', 'one'])).result, 'ok');
	assert.equal((await ask(['section', 'Runs', '- two'])).result, 'ok');
	const {content} = issue().fields.description;

	assert.equal(content.length, 3);
	assert.deepEqual(content.slice(0, 2), [para('first'), mine]);
	assert.equal(content[2].type, 'expand');
	assert.equal(content[2].attrs.title, 'Runs');
	assert.equal(content[2].content[0].type, 'bulletList');
	/* A person took it out: it comes back at the end. */
	sb.services.jira.store.find(issue().id).fields.description =
	    doc(para('only'));
	assert.equal((await ask(['section', 'Runs', 'three'])).result, 'ok');
	assert.deepEqual(issue().fields.description.content.map(n => n.type),
	    ['paragraph', 'expand']);
});

test('a section of everything that Markdown has is valid', async () => {
	plant({description: null});
	const all = '# h\n\n> q\n> > deep\n\n1. a\n   - b\n\n|a|b|\n|-|-|\n' +
	    '|c|d|\n\n```c\nint x;\n```\n\n---\n\n~~s~~ **b** <https://a.b>';

	assert.equal((await ask(['section', 'All', all])).result, 'ok');
	assert.equal((await ask(['section', 'Long', 'x '.repeat(40000)]))
	    .result, 'ok');
	assert.ok(JSON.stringify(issue().fields.description).length <= 30000);
});

test('a section of wiki text', async () => {
	plant({description: 'first\r\n{panel:title=Runs}\nold\n{panel}\r\nz'},
	    'jiradc');
	assert.equal((await ask(['section', 'Runs', 'a {panel} **b**'],
	    {dc: true})).result, 'ok');
	const text = issue('jiradc').fields.description;

	assert.match(text, /^first\r\n\{panel:title=Runs\}\na /);
	assert.match(text, /\*b\*\s*\n\{panel\}\r\nz$/);
	assert.equal(text.match(/(?<!\\)\{panel\}/g).length, 1);
});

test('priority and due date are raised, and nothing else', async () => {
	plant({labels: ['keep'], summary: 'keep'});
	assert.equal((await ask(['raise', 'urgent', 3 * DAY])).result, 'ok');
	assert.equal(issue().fields.priority, 'Highest');
	assert.equal(issue().fields.duedate, '1970-01-04');
	assert.deepEqual(calls('edit').at(-1).body, {fields: {priority:
	    {name: 'Highest'}, duedate: '1970-01-04'}});
	assert.equal((await ask(['raise', '-', 0])).result, 'ok');
	assert.equal(calls('edit').length, 1);
	assert.equal((await ask(['raise', 'vast', 0])).result,
	    'tracker_refused');
	sb.seed({jira: {screen: {PAY: ['summary', 'duedate']}}});
	assert.equal((await ask(['raise', 'high', 4 * DAY])).result, 'ok');
	assert.equal(issue().fields.duedate, '1970-01-05');
	assert.equal(issue().fields.priority, 'Highest');
	assert.deepEqual(issue().fields.labels, ['keep']);
});

test('state, resolution, and a key that changed', async () => {
	plant();
	const store = sb.services.jira.store;
	const it = store.find(issue().id);
	const s = await ask(['state']);

	assert.equal(s.category, OPEN);
	assert.equal(s.name, 'To Do');
	assert.equal(s.resolution, null);
	assert.equal(s.updated, it.updated);
	assert.equal(s.remote_key, 'PAY-1');
	store.move(it, {to: {id: '10002', name: 'Done', category: 'done'}});
	store.rehome(it, 'QA');
	const moved = await ask(['state']);

	assert.equal(moved.category, DONE);
	assert.equal(moved.resolution, 'Done');
	assert.equal(moved.resolution_id, '10000');
	assert.equal(moved.remote_key, 'QA-1');
	assert.equal(moved.url, `${sb.urls.jira}/browse/QA-1`);
	assert.equal(moved.gone, false);
	it.fields.status = {id: '9', name: 'Odd', category: 'new'};
	assert.equal((await ask(['state'])).category, OPEN);
});

test('moved to done and back, once each', async () => {
	plant();
	const done = await ask(['move', 'done']);

	assert.equal(done.said, 'Done');
	assert.equal((await ask(['move', 'done'])).said, 'Done');
	assert.equal(calls('transition').length, 1);
	assert.equal((await ask(['move', 'open'])).said, 'To Do');
	assert.equal(issue().fields.resolution, null);
	assert.equal((await ask(['move', 'started'])).said, 'In Progress');
	/* Who works on it is not sent back. */
	assert.equal((await ask(['move', 'open'])).said, 'In Progress');
	assert.equal((await ask(['state'])).category, STARTED);
});

test('the transition that leads to done proper, with what it asks for',
    async () => {
	plant();
	sb.seed({jira: {workflow: [
	    {id: '5', name: 'Reject', to: '10003'},
	    {id: '6', name: 'Finish', to: '10002',
	    needs: ['resolution', 'customfield_10063']}]}});
	const no = await ask(['move', 'done']);

	assert.equal(no.result, 'tracker_refused');
	assert.match(no.why, /asks for Environment \(one of Staging, Prod/);
	assert.match(no.why, /add transition\.field\.Environment = /);
	const yes = await ask(['move', 'done', 'transition.environment',
	    'staging']);

	assert.equal(yes.result, 'ok');
	assert.equal(yes.said, 'Done');
	assert.deepEqual(calls('transition').at(-1).body, {transition:
	    {id: '6'}, fields: {resolution: {name: 'Done'},
	    customfield_10063: {value: 'Staging'}}});
});

test('no way there is said; a conflict is tried again', async () => {
	plant();
	sb.seed({jira: {workflow: [{id: '5', name: 'Go', to: '10001',
	    from: ['10000']}]}});
	const r = await ask(['move', 'done']);

	assert.equal(r.result, 'tracker_refused');
	assert.match(r.why, /no transition leads PAY-1 from To Do to a done/);
	sb.fault({service: 'jira', op: 'jira.transition',
	    kind: 'status:409'});
	assert.equal((await ask(['move', 'started'])).result, 'upstream');
	assert.equal((await ask(['move', 'started'])).result, 'ok');
});

const FULL = ['assignee', 'tomasz.nowak@brightwater.example', 'component',
    'e2e', 'priority', 'urgent', 'due', 5 * DAY, 'labels', 'a, b',
    'customfield_10041', 'say "so"', 'Story Points', '3'];

test('what is shown is what is sent, byte for byte', async () => {
	for (const dc of [false, true]) {
		await sb.reset();
		const args = dc ? ['create', 'OPS', 'Bug', 'assignee', 'inesm',
		    'priority', 'low'] : ['create', 'PAY', 'Bug', ...FULL];
		const r = await ask(args, {dc, id: '1'});
		const [sent] = calls('create');

		assert.equal(r.result, 'ok', r.why);
		assert.equal(r.note, null);
		assert.equal(r.method, sent.method);
		assert.equal(r.body, JSON.stringify(sent.body));
		assert.ok(r.shown_url.endsWith(sent.path));
	}
});

test('a sketch asks nobody', async () => {
	const r = await ask(['sketch', 'PAY', 'Bug', ...FULL], {id: '1'});
	const {fields, properties} = JSON.parse(r.body);

	assert.equal(sb.log.length, 0);
	assert.deepEqual(fields.project, {key: 'PAY'});
	assert.deepEqual(fields.issuetype, {id: '<issue type Bug>'});
	assert.deepEqual(fields.assignee,
	    {id: '<account of tomasz.nowak@brightwater.example>'});
	assert.deepEqual(fields.components, [{name: 'e2e'}]);
	assert.deepEqual(fields.priority, {name: 'Highest'});
	assert.equal(fields.duedate, '1970-01-06');
	assert.equal(fields.customfield_10041, 'say "so"');
	assert.equal(fields['<field Story Points>'], '3');
	assert.match(properties[0].value.marker, /^tickethook-[0-9a-f]{24}$/);
});

test('what is left out is told on the ticket record', async () => {
	const r = await ask(['create', 'PAY', 'Bug', 'component', 'nowhere',
	    'assignee', '712020:0b0b0b0b-left'], {id: '1'});

	assert.equal(r.result, 'ok');
	assert.match(r.note, /^component left out: .*; assignee left out: /);
});

test('at the gateway, people get the address of the site', async () => {
	sb.seed({jira: {gateway: true}});
	const how = {url: sb.urls.jira + GATEWAY, id: '1'};
	const r = await ask(['create', 'PAY', 'Bug'], how);

	assert.equal(r.url, `${sb.urls.jira}/browse/PAY-1`);
	assert.equal((await ask(['key_of', r.url], how)).key, 'PAY-1');
	assert.equal((await ask(['key_of', 'https://a.example/browse/PAY-1'],
	    how)).key, null);
});

test('a site that does not tell its address is not another one', async () => {
	sb.seed({jira: {gateway: true}});
	const how = {url: sb.urls.jira + GATEWAY, id: '1'};
	const url = `${sb.urls.jira}/browse/PAY-1`;

	sb.fault({service: 'jira', op: 'jira.serverInfo', kind: 'status:503',
	    times: 1});
	assert.equal((await ask(['key_of', url], how)).result, 'unknown');
	sb.fault({service: 'jira', op: 'jira.serverInfo', kind: 'status:404',
	    times: 1});
	assert.equal((await ask(['key_of', url], how)).result, 'absent');
	assert.equal((await ask(['key_of', url], how)).key, 'PAY-1');
});

async function
main()
{
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'jira-'));
	let failed = 0;

	sb = await start({dir});
	for (const [name, run] of tests) {
		await sb.reset();
		try {
			await run();
			console.log(`ok ${name}`);
		} catch (e) {
			failed++;
			console.log(`not ok ${name}\n${e.stack}`);
		}
	}
	await sb.stop();
	fs.rmSync(dir, {recursive: true});
	console.log(`${tests.length - failed} passed, ${failed} failed`);
	process.exitCode = failed ? 1 : 0;
}

main();
