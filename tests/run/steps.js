'use strict';

/*
 * What each step of a case does.  A talk is one case on one front:
 * {world, front, dir, text (its configuration), answer (the last one),
 * names (bound by <NAME>), logAt, from (where in the sandbox's log the last
 * request began), problems}.
 */

const crypto = require('node:crypto');
const { execFile } = require('node:child_process');
const { BINARY, sleep, until } = require('./process');
const { FOLDER, bytes, one } = require('./payload');
const people = require('../sandbox/people');
const { delivery, hook } = require('./sign');
const { counts, reads } = require('./sandbox-view');
const ledger = require('./ledger');
const settings = require('./settings');
const { match, show } = require('./match');

function
mark(talk)
{
	talk.from = talk.world.sandbox.log.length;
	talk.logAt = talk.front.log().length;
	talk.answer = undefined;
}

async function
ask(talk, request)
{
	mark(talk);
	talk.answer = await talk.front.ask({ query: '', headers: [],
	    body: null, ...request });
}

async function
send(talk, step)
{
	const opt = (name) => one(step.options, name);
	const id = opt('id') ?? `msg_${talk.name}_${step.at}`;
	const filled = { ...step, lines: step.lines.map((l) =>
	    settings.fill(l, talk.world.places(talk.dir))) };
	const made = delivery(step, bytes(filled), id, talk.world.secrets);
	const said = opt('length');

	await ask(talk, { method: opt('method') ?? 'POST',
	    path: opt('path') ?? '/trunk', query: opt('query') ?? '', ...made,
	    chunked: step.words.includes('chunked'),
	    length: /^[+-]\d+$/.test(said ?? '') ?
	    made.body.length + Number(said) : said });
}

/*
 * person SERVICE KEY ACT name=value…: a person does that in the sandbox, see
 * sandbox/people.js, and the webhook about it is kept for `tell`.
 */
async function
person(talk, step)
{
	const [service, key, what] = step.words;
	const more = Object.fromEntries(Object.entries(step.options).map(
	    ([name, [value]]) => [name, value]));

	talk.told = people.act(talk.world.sandbox, service, key, what, more);
	return [];
}

/*
 * tell NAME [FILE] [again] [at=SECONDS] …: the webhook goes to
 * /tracker/NAME, or a body of a file or of text as `send` takes it.  With
 * `again` it is the last one, byte for byte.  More options: see sign.js.
 */
async function
tell(talk, step)
{
	const [name, ...words] = step.words;
	const opt = (o) => one(step.options, o);
	const now = Date.now() + Number(opt('at') ?? 0) * 1000;
	const again = words[0] === 'again';
	const body = words.length > 0 && !again ? bytes({ ...step, words }) :
	    again ? talk.said.body : Buffer.from(JSON.stringify(
	    people.stamp(talk.told, now)));
	const id = opt('id') ?? (again ? talk.said.id : crypto.randomUUID());
	const isLinear = new RegExp(`^\\[tracker ${name}\\][^[]*^type\\s*=` +
	    '\\s*linear', 'm').test(talk.text);

	talk.said = { body, id };
	await ask(talk, { method: 'POST', path: `/tracker/${name}`,
	    ...hook(step, body, id, talk.world.secrets, isLinear) });
	return [];
}

async function
request(talk, step)
{
	const [method, path] = step.verb === 'get' ? ['GET', ...step.words] :
	    step.words;
	const body = one(step.options, 'body');

	await ask(talk, { method, path, query: one(step.options, 'query') ?? '',
	    headers: (step.options.header ?? []).map((h) => [
	    h.slice(0, h.indexOf(':')), h.slice(h.indexOf(':') + 1).trim()]),
	    body: body === undefined ? null : Buffer.from(body) });
}

/* One tabbed line below `expect`. */
function
checkAnswer(answer, line, names)
{
	const header = /^(no )?header ([\w-]+)(?::\s*(.*))?$/.exec(line);
	const body = /^body (lacks )?(.*)$/.exec(line);
	const text = answer.body.toString();

	if (header !== null) {
		const got = answer.headers[header[2].toLowerCase()];
		return header[1] ? match('<absent>', got, names, header[2]) :
		    match(header[3], got, names, header[2]);
	}
	if (body !== null && body[1])
		return text.includes(body[2]) ?
		    [`the answer holds ${show(body[2])}: ${show(text)}`] : [];
	if (body !== null)
		return match(body[2], text, names, 'body');
	return [`not understood: ${line}`];
}

function
expect(talk, step)
{
	const m = /^(\d{3})\s*(.*)$/s.exec(step.rest);
	const checks = step.lines.filter((l) => /^(no |header|body)/.test(l));
	const json = [m[2], ...step.lines.filter((l) => !checks.includes(l))].
	    join(' ').trim();
	const answer = talk.answer;
	const found = [];

	if (answer === undefined)
		return ['no request before this'];
	if (answer.status !== Number(m[1]))
		found.push(`status ${answer.status} instead of ${m[1]}`);
	if (json !== '') {
		let got;
		try {
			got = JSON.parse(answer.body.toString());
		} catch {
			got = undefined;
		}
		found.push(...match(JSON.parse(json), got, talk.names));
	}
	found.push(...checks.flatMap((l) => checkAnswer(answer, l,
	    talk.names)));
	return found.length === 0 ? [] : [...found,
	    `the answer was ${answer.status} ${show(answer.body.toString())}`];
}

/*
 * The requests that reached the sandbox, in order: all of them, or those
 * that change something there.  A line is OP, or OP {json of the request's
 * body}, or OP effect {json of what it did}.
 */
function
upstream(talk, step)
{
	const seen = talk.world.sandbox.log.slice(talk.from).filter((e) =>
	    step.verb === 'upstream' || !reads(e));
	const want = step.lines.map((l) => /^(\S+)(?:\s+(effect\s+)?(.*))?$/s.
	    exec(l));
	const ops = want.map((w) => w[1]).join(', ');
	const got = seen.map((e) => e.op).join(', ');

	if (ops !== got)
		return [`${step.verb}: ${got || 'nothing'} instead of ` +
		    `${ops || 'nothing'}`];
	return want.flatMap(([, op, effect, json], i) => !json ? [] :
	    match(JSON.parse(json), effect ? seen[i].effect : seen[i].body,
	    talk.names).map((p) => `${op}: ${p}`));
}

/*
 * What was told since the last request began, in order: PATH {json of the
 * body}, or PATH not taken.  It is sent behind the answer, so it is waited
 * for; then nothing more may come for a moment.
 */
async function
notices(talk, step)
{
	const seen = () => talk.world.sandbox.log.slice(talk.from).filter(
	    (e) => e.op === 'hook.post' && e.status !== null);
	const want = step.lines.map((l) => /^(\S+)(?:\s+(.*))?$/s.exec(l));

	await until(() => seen().length >= want.length, 3000);
	await sleep(want.length === 0 ? 300 : 100);
	const got = seen();
	if (got.length !== want.length)
		return [`${got.length} notices instead of ${want.length}: ` +
		    show(got.map((e) => [e.path, e.body]))];
	return want.flatMap(([, path, json], i) => [
	    ...match(path, got[i].path, talk.names, 'path'),
	    ...(json === 'not taken' || got[i].effect ? [] :
	    [`${path}: it was answered ${got[i].status}`]),
	    ...(json === undefined || json === 'not taken' ? [] :
	    match(JSON.parse(json), got[i].body, talk.names, path))]);
}

/* state jira=1 linear=0 links=1 noops=0 */
async function
state(talk, step)
{
	const got = counts(await talk.world.sandbox.state());

	return step.rest.split(/\s+/).flatMap((pair) => {
		const [name, n] = pair.split('=');
		return got[name] === Number(n) ? [] :
		    [`${name}: ${got[name]} instead of ${n}`];
	});
}

/* log /expression/ or log lines=N, of what the last request made it say. */
async function
log(talk, step)
{
	const said = () => talk.front.log().slice(talk.logAt);
	const lines = /^lines=(\d+)$/.exec(step.rest);
	const re = lines === null &&
	    new RegExp(step.rest.replace(/^\/|\/$/g, ''), 'mu');
	const right = () => re ? re.test(said()) :
	    said().split('\n').length - 1 === Number(lines[1]);

	return await until(right, 1500) ? [] :
	    [`the log should have ${step.rest}; it says:\n${said()}`];
}

async function
change(talk, step)
{
	talk.text = settings.change(talk.text, step.verb, step.rest);
	return [];
}

async function
reload(talk)
{
	talk.world.configure(talk.text, talk.dir);
	await talk.front.reload();
	return [];
}

/* A program to its end, while the sandbox goes on answering. */
function
finish(program, args)
{
	return new Promise((resolve) => execFile(program, args, { cwd: '/',
	    env: { PATH: '/usr/bin:/bin' }, timeout: 30000 },
	    (error, stdout, stderr) => resolve({ stdout, stderr,
	        status: error === null ? 0 : error.code ?? error.signal })));
}

/*
 * run VERB…: a command with this case's configuration, where @PAYLOADS@ is
 * tests/payloads; then
 * exit N {json}: its status, and what it printed (with --json).  Below it,
 * "line {json}" is each line that it printed, "out /expression/" and
 * "err /expression/" must match what it printed or said.
 */
async function
run(talk, step)
{
	const places = { ...talk.world.places(talk.dir), PAYLOADS: FOLDER };
	const [verb, ...more] = settings.fill(step.rest, places).split(/\s+/);

	mark(talk);
	talk.done = await finish(BINARY, [verb, '-c', talk.config, ...more]);
	return [];
}

/* The tabbed lines below `exit` that are about one stream or one line. */
function
checkPrinted({ stdout, stderr }, lines, names)
{
	const printed = stdout.trimEnd().split('\n');
	const json = lines.filter((l) => l.startsWith('line '));
	const found = json.flatMap((l, i) => printed[i] === undefined ?
	    [`no line ${i + 1}`] : match(JSON.parse(l.slice(5)),
	    JSON.parse(printed[i]), names, `line ${i + 1}`));

	if (json.length > 0 && json.length !== printed.length)
		found.push(`${printed.length} lines were printed`);
	for (const l of lines.filter((x) => !x.startsWith('line '))) {
		const [, where, re] = /^(out|err) \/(.*)\/$/.exec(l);
		const text = where === 'out' ? stdout : stderr;
		if (!new RegExp(re, 'mu').test(text))
			found.push(`${where}: ${show(text)} does not match ` +
			    `/${re}/`);
	}
	return found.length === 0 ? [] : [...found, `it printed ${stdout}`];
}

function
exit(talk, step)
{
	const special = step.lines.filter((l) => /^(line|out|err) /.test(l));
	const m = /^(\d+)\s*(.*)$/s.exec([step.rest, ...step.lines.filter(
	    (l) => !special.includes(l))].join(' '));
	const { status, stdout, stderr } = talk.done;
	const found = status === Number(m[1]) ? [] :
	    [`exit ${status} instead of ${m[1]}: ${stdout}${stderr}`];

	if (found.length > 0)
		return found;
	found.push(...checkPrinted(talk.done, special, talk.names));
	return m[2] === '' ? found : [...found,
	    ...match(JSON.parse(m[2]), JSON.parse(stdout), talk.names)];
}

/* sql STATEMENT: what time alone would do to the ledger. */
async function
sql(talk, step)
{
	const { status, stderr } = ledger.ask(talk.dir,
	    [step.rest, ...step.lines].join(' '));

	return status === 0 ? [] : [`sql: ${stderr}`];
}

/*
 * rows SELECT …: what the ledger holds, a tabbed line for each row, with |
 * between its columns.
 */
async function
rows(talk, step)
{
	const { status, stdout, stderr } = ledger.ask(talk.dir, step.rest);
	const want = step.lines.map((l) => `${l}\n`).join('');

	return status !== 0 ? [`sql: ${stderr}`] : stdout === want ? [] :
	    [`rows ${show(stdout)} instead of ${show(want)}`];
}

/*
 * What must be true of every answer, of all that is logged and of all that a
 * command prints: no secret in any of it, and nothing that makes Svix give
 * the endpoint up.
 */
function
always({ answer, done, front, world })
{
	const found = [];
	const texts = { log: front.log(), ...(answer === undefined ? {} :
	    { answer: JSON.stringify(answer.headers) + '\n' + answer.body }),
	    ...(done === undefined ? {} : { command: done.stdout +
	    done.stderr }) };

	for (const [where, text] of Object.entries(texts))
		found.push(...world.leaks(text).map((form) =>
		    `the ${where} holds a secret (${form})`));
	if (answer === undefined)
		return found;
	if ((answer.status >= 300 && answer.status < 400) ||
	    answer.status === 410)
		found.push(`status ${answer.status} must never be sent`);
	if (answer.headers['webhook-delivery'] === 'disable')
		found.push('webhook-delivery: disable must never be sent');
	return found;
}

const STEPS = {
	send: async (talk, step) => { await send(talk, step); return []; },
	get: async (talk, step) => { await request(talk, step); return []; },
	request: async (talk, step) => {
		await request(talk, step);
		return [];
	},
	expect, upstream, writes: upstream, state, log, notices, reload,
	set: change, unset: change, run, exit, sql, rows,
	person, tell,
	fault: async (talk, step) => {
		await talk.world.sandbox.fault(JSON.parse(settings.fill(
		    step.rest, talk.world.places(talk.dir))));
		return [];
	},
	seed: async (talk, step) => {
		await talk.world.sandbox.seed(JSON.parse(step.rest));
		return [];
	},
	wait: async (talk, step) => {
		await sleep(Number(step.rest) * 1000);
		return [];
	}
};

module.exports = { STEPS, always, mark };
