'use strict';

/*
 * The Linear client against the sandbox, call by call: what is shown is what
 * is sent; comments, sections, states may be repeated and leave alone what
 * people wrote.
 */

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const path = require('node:path');
const { attempt, finish } = require('./report');
const { World } = require('./world');
const { stored } = require('../sandbox/linear-markdown');

const CLI = path.join(path.resolve(process.env.BUILD ?? 'build'), 'unit',
    'linear_cli');
const UUID4 =
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const STRANGER = '5b0c1f6e-2a7d-4e93-8c15-90d4e7b3a218';
const END = '*kept up to date by tickethook*';
let world, config;

/* One process, one call; what it printed. */
function
call(...args)
{
	return new Promise((resolve, reject) => execFile(CLI, [config,
	    ...args], { cwd: '/', timeout: 30000, maxBuffer: 32 << 20,
	    env: { PATH: '/usr/bin:/bin' } }, (error, stdout, stderr) => error ?
	    reject(new Error(`${args[0]}: ${error.message} ${stderr}`)) :
	    resolve(JSON.parse(stdout))));
}

const issues = async () => (await world.sandbox.state()).linear.issues;
const issueOf = async (id) => (await issues()).find((i) => i.id === id);
const sent = (op) => world.sandbox.log.filter((e) =>
    e.op === `linear.${op}`);

/* An issue that people have; more as the sandbox's plant() takes it. */
async function
planted(more)
{
	const [{ id }] = await world.sandbox.seed({ linear: { issues: [{
	    team: 'ENG', title: 'Tide table flakes', ...more }] } });

	return id;
}

function
test(name, work)
{
	return attempt(name, async () => {
		await world.sandbox.reset();
		await work();
	});
}

async function
ok(...args)
{
	const got = await call(...args);

	assert.equal(got.result, 'ok', `${got.result}: ${got.why}`);
	return got;
}

const ALL = ['team=WEB', 'labels=flaky-test, frontend, Severity/Mild',
    'assignee=ines.moreau@brightwater.example', 'project=Test health',
    'state=started', 'template=Web bug', 'estimate=3', 'priority=high',
    'due=1793750400000'];

/* Byte for byte: the same members in the same order, and as many bytes. */
function
same(shown, entry)
{
	assert.equal(shown, JSON.stringify(entry.body));
	assert.equal(Number(entry.headers['content-length']),
	    Buffer.byteLength(shown));
}

async function
shows()
{
	await test('what is shown is what is sent', async () => {
		await world.sandbox.seed({ linear: { teams: [{ key: 'WEB',
		    issueEstimationType: 'fibonacci' }], projects: [{
		    name: 'Test health', teamKeys: ['WEB'] }] } });
		const got = await ok('create', 'k1', 'A "title"', 'text',
		    ...ALL);
		const [create] = sent('issueCreate');

		assert.equal(got.note, null);
		same(got.body, create);
		assert.equal(got.method, create.method);
		assert.equal(got.to, `${world.sandbox.urls.linear}/graphql`);
		const [issue] = await issues();
		assert.deepEqual({ ...issue, url: '' }, { ...issue, url: '',
		    team: 'WEB', assignee: 'ines.moreau@brightwater.example',
		    project: 'Test health', state: 'In Progress', priority: 2,
		    estimate: 3, dueDate: '2026-11-04',
		    labels: ['flaky-test', 'frontend', 'Mild'] });
		assert.equal(issue.id, got.marker);
		/* One look-up for all, and none for the second. */
		assert.equal(world.sandbox.log.length, 2);
	});
	await test('a sketch asks nobody', async () => {
		const got = await ok('sketch', 'k1', 'T', 'B', ...ALL);
		const { input } = JSON.parse(got.body).variables;

		assert.equal(world.sandbox.log.length, 0);
		assert.deepEqual(input, { id: got.marker, teamId: '<team WEB>',
		    title: 'T', description: 'B', labelIds: [
		    '<label flaky-test>', '<label frontend>',
		    '<label Severity/Mild>'],
		    assigneeId: '<user ines.moreau@brightwater.example>',
		    projectId: '<project Test health>',
		    stateId: '<state started>',
		    templateId: '<template Web bug>',
		    estimate: 3, priority: 2, dueDate: '2026-11-04' });
		assert.match(got.marker, UUID4);
	});
	const nasty = ['"; } mutation { x }', '\\"\\u0041\\', '${x} {{y}} %s',
	    'a\tb\u0001\u007f\u0085', '\u{1f41e} \u2028 \ufeff e\u0301',
	    '</script><!--', '+++ fold\nhttps://linear.app/a/issue/ENG-1'];

	for (const text of nasty)
		await test(`unchanged: ${JSON.stringify(text)}`, async () => {
			const label = text.replace(/[,\n]/g, ' ').trim();

			await world.sandbox.seed({ linear: { labels: [{
			    name: label }] } });
			const got = await ok('create', 'k1', text, text,
			    `labels=${label}`);
			const [create] = sent('issueCreate');

			assert.equal(got.note, null);
			same(got.body, create);
			assert.equal(create.body.variables.input.title, text);
			assert.equal(create.body.variables.input.description,
			    text);
			assert.deepEqual((await issues())[0].labels, [label]);
			/* Nothing of it is in the document. */
			for (const e of world.sandbox.log)
				assert.match(e.body.query,
				    /^[\x20-\x7e]+$/);
		});
}

async function
comments()
{
	await test('a comment is made once', async () => {
		const id = await planted();

		await ok('comment', id, 'seen-2', 'Still *flaky*.');
		await ok('comment', id, 'seen-2', 'Still *flaky*.');
		await ok('comment', id, 'seen-3', 'And again.');
		const made = (await world.sandbox.state()).linear.comments;
		assert.deepEqual(made.map((c) => c.body), ['Still *flaky*.',
		    'And again.']);
		for (const c of made)
			assert.match(c.id, UUID4);
		assert.equal(sent('commentCreate').length, 3);
	});
	await test('a conflict on 400 is success, too', async () => {
		const id = await planted();
		const fails = { service: 'linear', op: 'linear.commentCreate',
		    kind: 'status:500', when: 'after', times: 1 };

		await world.sandbox.fault(fails);
		assert.equal((await call('comment', id, 'k', 'x')).result,
		    'unknown');
		await ok('comment', id, 'k', 'x');
		assert.equal((await world.sandbox.state()).linear.comments.
		    length, 1);
	});
	await test('the same key on another issue is another comment',
	    async () => {
		const a = await planted(), b = await planted();

		await ok('comment', a, 'k', 'x');
		await ok('comment', b, 'k', 'x');
		assert.equal((await world.sandbox.state()).linear.comments.
		    length, 2);
	});
	await test('no comment on what is gone', async () => {
		const id = await planted({ trashed: true });

		assert.equal((await call('comment', id, 'k', 'x')).result,
		    'absent');
		assert.equal((await call('comment', STRANGER, 'k', 'x')).
		    result, 'absent');
		const other = await call('comment',
		    'https://dock.example/ENG-1', 'k', 'x');
		assert.equal(other.result, 'tracker_refused');
		assert.match(other.why, /not made or read by us/);
	});
}

async function
sections()
{
	const PEOPLE = 'Hello [a](https://x.example/1) and _more_.\n\n' +
	    '- one\n- two\n\n```py\n# no heading\n### Failures\n```\n';
	const tail = '### Mine\n\n+ keep\n\n| a | b |\n| --- | --- |\n';

	await test('a section is written, rewritten, and kept apart',
	    async () => {
		const id = await planted({ description: PEOPLE });
		const before = (await issueOf(id)).description;

		assert.notEqual(before, PEOPLE);	/* Linear rewrites */
		await ok('section', id, 'Failures', 'See [run](https://' +
		    'y.example/2):\n\n- 3 of 7');
		const first = (await issueOf(id)).description;
		assert.equal(first, `${before}\n\n### Failures\n\nSee [run]` +
		    '(<https://y.example/2>):\n\n* 3 of 7\n\n' + END);
		/* A person writes below it. */
		(await world.sandbox.services.linear.store.issue(id)).
		    description = stored(`${first}\n\n${tail}`);
		const people = (await issueOf(id)).description;
		await ok('section', id, 'Failures', '4 of 7');
		assert.equal((await issueOf(id)).description, people.replace(
		    /### Failures\n\nSee[^]*\* 3 of 7/,
		    '### Failures\n\n4 of 7'));
		/* What was sent is what was read, but for the section. */
		const [, update] = sent('issueUpdate');
		assert.equal(update.body.variables.input.description,
		    people.replace(/### Failures\n\nSee[^]*\* 3 of 7/,
		    '### Failures\n\n4 of 7'));
		assert.deepEqual(Object.keys(update.body.variables.input),
		    ['description']);
	});
	await test('nothing new is not written', async () => {
		const id = await planted({ description: 'x' });

		await ok('section', id, 'S', 'same');
		await ok('section', id, 'S', 'same');
		assert.equal(sent('issueUpdate').length, 1);
		assert.equal((await issueOf(id)).description,
		    `x\n\n### S\n\nsame\n\n${END}`);
	});
	await test('a section that was deleted comes again at the end',
	    async () => {
		const id = await planted({ description: 'a' });

		await ok('section', id, 'S', 'one');
		(await world.sandbox.services.linear.store.issue(id)).
		    description = 'b';
		await ok('section', id, 'S', 'two');
		assert.equal((await issueOf(id)).description,
		    `b\n\n### S\n\ntwo\n\n${END}`);
	});
	await test('an issue without text', async () => {
		const id = await planted({ description: undefined });

		await ok('section', id, 'S', 'one');
		assert.equal((await issueOf(id)).description,
		    `### S\n\none\n\n${END}`);
	});
	await test('no section in what is gone or archived', async () => {
		const trashed = await planted({ trashed: true });
		const archived = await planted({ archivedAt:
		    '2026-03-04T05:06:07.000Z' });

		assert.equal((await call('section', trashed, 'S', 'x')).result,
		    'absent');
		const got = await call('section', archived, 'S', 'x');
		assert.equal(got.result, 'tracker_refused');
		assert.match(got.why, /archived/);
		assert.equal(sent('issueUpdate').length, 0);
	});
}

async function
raises()
{
	await test('priority and due date, what is not said stays',
	    async () => {
		const id = await planted({ priority: 4, dueDate: '2027-01-02',
		    description: 'x' });

		await ok('raise', id, 'priority=urgent');
		let i = await issueOf(id);
		assert.deepEqual([i.priority, i.dueDate], [1, '2027-01-02']);
		await ok('raise', id, 'due=1793750400000');
		i = await issueOf(id);
		assert.deepEqual([i.priority, i.dueDate, i.description],
		    [1, '2026-11-04', 'x']);
		await ok('raise', id);
		assert.equal(sent('issueUpdate').length, 2);
	});
	await test('what is gone or archived is told apart', async () => {
		const trashed = await planted({ trashed: true, archivedAt:
		    '2026-03-04T05:06:07.000Z' });
		const archived = await planted({ archivedAt:
		    '2026-03-04T05:06:07.000Z' });

		assert.equal((await call('raise', trashed, 'priority=low')).
		    result, 'absent');
		assert.equal((await call('raise', STRANGER, 'priority=low')).
		    result, 'absent');
		const got = await call('raise', archived, 'priority=low');
		assert.equal(got.result, 'tracker_refused');
		assert.match(got.why, /archived/);
	});
	await test('a scope that is missing is said', async () => {
		const id = await planted();

		await world.sandbox.fault({ service: 'linear',
		    op: 'linear.issueUpdate', kind: 'status:403' });
		const got = await call('raise', id, 'priority=low');
		assert.equal(got.result, 'tracker_refused');
		assert.match(got.why, /scope/);
	});
}

async function
states()
{
	const all = [['Triage', 'triage', 'open'], ['Backlog', 'backlog',
	    'open'], ['Todo', 'unstarted', 'open'], ['In Progress', 'started',
	    'started'], ['Done', 'completed', 'done'], ['Canceled',
	    'canceled', 'dropped'], ['Duplicate', 'duplicate', 'dropped'],
	    ['Odd', 'someday', 'unknown']];
	const names = all.map(([name, type]) => [name, type]);
	const stateId = async (name) => world.sandbox.services.linear.store.
	    allStates().find((s) => s.name === name).id;

	for (const [name, , category] of all)
		await test(`${name} is ${category}`, async () => {
			await world.sandbox.seed({ linear: { teams: [{
			    key: 'ENG', states: names }] } });
			const id = await planted({ stateId:
			    await stateId(name) });
			const got = await ok('state', id);
			const issue = await issueOf(id);

			assert.deepEqual([got.category, got.name, got.gone,
			    got.now_key, got.updated], [category, name, false,
			    issue.identifier, Date.parse(issue.updatedAt)]);
		});
	await test('gone is a state', async () => {
		const trashed = await planted({ trashed: true });
		const archived = await planted({ archivedAt:
		    '2026-03-04T05:06:07.000Z' });

		for (const id of [trashed, archived, STRANGER])
			assert.equal((await ok('state', id)).gone, true);
	});
	for (const [to, name] of [['open', 'Todo'], ['started',
	    'In Progress'], ['done', 'Done'], ['dropped', 'Canceled']])
		await test(`moved to ${to}, it is ${name}`, async () => {
			const from = to === 'done' ? 'Todo' : 'Done';
			const id = await planted({ stateId:
			    await stateId(from) });
			const got = await ok('move', id, to);

			assert.equal(got.said, name);
			assert.equal((await issueOf(id)).state, name);
			/* There already: nothing is written. */
			await ok('move', id, to);
			assert.equal(sent('issueUpdate').length, 1);
		});
	await test('who works on it or canceled it is let be', async () => {
		for (const [from, to] of [['In Progress', 'open'],
		    ['Canceled', 'done'], ['Duplicate', 'done']]) {
			const id = await planted({ stateId:
			    await stateId(from) });

			assert.equal((await ok('move', id, to)).said, from);
			assert.equal((await issueOf(id)).state, from);
		}
	});
	await test('the lowest of a type; backlog without an unstarted one',
	    async () => {
		await world.sandbox.seed({ linear: { teams: [{ key: 'ENG',
		    states: [['Icebox', 'backlog'], ['Backlog', 'backlog'],
		    ['Shipped', 'completed'], ['Done', 'completed']] }] } });
		const id = await planted({ stateId: await stateId('Icebox') });

		assert.equal((await ok('move', id, 'done')).said, 'Shipped');
		assert.equal((await ok('move', id, 'open')).said, 'Icebox');
		const got = await call('move', id, 'started');
		assert.equal(got.result, 'tracker_refused');
		assert.match(got.why, /no state/);
	});
	await test('what is gone is not moved', async () => {
		assert.equal((await call('move', STRANGER, 'done')).result,
		    'absent');
		assert.equal((await call('move', await planted({ trashed:
		    true }), 'done')).result, 'absent');
	});
}

async function
main()
{
	world = await World.open();
	try {
		config = world.configure(world.template('default.ini'),
		    `${world.dir}/calls`);
		await shows();
		await comments();
		await sections();
		await raises();
		await states();
	} finally {
		await world.close();
	}
	finish();
}

main().catch((e) => {
	console.error(e.message);
	process.exitCode = 1;
});
