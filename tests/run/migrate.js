'use strict';

/*
 * node tests/run/migrate.js
 *
 * A ledger with everything in it goes from SQLite to PostgreSQL and back, and
 * is the same at both ends; a copy that is killed leaves nothing.
 */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { Place, random, run } = require('../fault/lab');
const { single, stopAll } = require('../fault/handlers');
const { test } = require('../fault/mails');
const { Cluster } = require('./pgserver');
const { sleep, start } = require('./process');
const { attempt, finish } = require('./report');
const { change } = require('./settings');

const TESTS = 6;
const MANY = 2500;		/* deliveries more, so that a copy takes time */
const BODY = 8000;		/* bytes of each */
const KILLS = 6;
const PATIENCE_MS = 120e3;
const SEED = 20261121;

function
same(what, got, wanted)
{
	if (got !== wanted)
		throw new Error(`${what}: ${String(got).slice(0, 400)}\n` +
		    `wanted: ${String(wanted).slice(0, 400)}`);
}

function
went({ code, log })
{
	if (code !== 0)
		throw new Error(`exit ${code}: ${log}`);
}

class Ledgers {
	constructor(place)
	{
		this.place = place;
		this.files = 0;
	}

	file(name)
	{
		return `sqlite:${this.place.dir}/${name}.db`;
	}

	/* A configuration with that ledger; its path. */
	config(url)
	{
		const dir = `${this.place.dir}/c${++this.files}`;

		return this.place.world.configure(change(this.place.text,
		    'set', `[ledger] url = ${url}`), dir);
	}

	/* All of it, whatever the order of its rows. */
	async export(url)
	{
		const { code, out, log } = await run(this.place.binary,
		    ['export', '-c', this.config(url)]);

		if (code !== 0)
			throw new Error(`export: ${log}`);
		return out.toString().split('\n').sort().join('\n');
	}

	async migrate(from, to, wrap = [])
	{
		const [program, ...args] = [...wrap, this.place.binary,
		    'migrate', '--from', from, '--to', to, '--json'];
		const { code, out, log } = await run(program, args,
		    { patience: PATIENCE_MS });

		return { code, log, rows: out.toString().split('\n').slice(0,
		    -1).reduce((n, l) => n + JSON.parse(l).rows, 0) };
	}
}

/* Tickets at both trackers, some whose tracker failed, and news of some. */
async function
fill(place)
{
	const handler = await single(place);

	for (let i = 0; i < TESTS; i++) {
		const t = test(i % 2 === 0 ? 'linear' : 'jira', i);
		if (i === TESTS - 1)
			await place.sandbox.fault({ service: 'jira',
			    op: 'jira.create', kind: 'empty' });
		await place.fcgi(handler.where, t.mail(`msg_${i}`));
		await place.fcgi(handler.where, t.mail(`msg_more_${i}`,
		    { at: 5, status: i % 3 === 0 ? 'HEALTHY' : 'BROKEN' }));
	}
	await handler.stop();
}

/* Many deliveries as they are kept, made by SQLite itself. */
function
multiply(place)
{
	execFileSync('sqlite3', [place.ledger, 'WITH RECURSIVE n(i) AS ' +
	    `(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY}) ` +
	    'INSERT INTO delivery (id, received, last, tries, outcome, ' +
	    'status, final, due, body) SELECT printf(\'many_%d\', i), i, i, ' +
	    `1, 'ignored', 200, 0, 0, randomblob(${BODY}) FROM n`],
	    { encoding: 'utf8' });
}

async function
throughFile(l)
{
	const [from, to] = [l.file('ledger'), l.file('second')];
	const before = await l.export(from);
	const r = await l.migrate(from, to);

	same('exit', r.code, 0);
	same('sentence', /and only then start tickethook/.test(r.log), true);
	same('rows', r.rows, before.split('\n').length - 1);
	same('target', await l.export(to), before);
	same('source', await l.export(from), before);
}

async function
notTwice(l)
{
	const before = await l.export(l.file('second'));
	const r = await l.migrate(l.file('ledger'), l.file('second'));

	same('exit', r.code, 1);
	same('sentence', /second\.db holds \d+ rows/.test(r.log), true);
	same('target', await l.export(l.file('second')), before);
}

async function
typing(l)
{
	const r = await l.migrate(l.file('leger'), l.file('third'));

	same('exit', r.code, 1);
	same('sentence', /--from: \S+leger\.db: No such file/.test(r.log), true);
	same('files', fs.existsSync(`${l.place.dir}/leger.db`) ||
	    fs.existsSync(`${l.place.dir}/third.db`), false);
}

/* What is wrong with which of the two; no configuration was read. */
async function
said(l)
{
	const good = l.file('ledger');

	fs.writeFileSync(`${l.place.dir}/text`, 'no database'.repeat(99));
	for (const [from, to, code, says] of [
		[good, 'mysql://db/x', 2, '--to begins with "mysql", which'],
		[good, 'sqlite:ledger.db', 2, '--to: the path "ledger.db"'],
		[`sqlite:${l.place.dir}/text`, good, 1, '--from: ledger /'],
		[good, 'postgresql://127.0.0.1:1/x', 1, '--to: ledger post'],
		[good, 'postgresql://db.example.net/x', 2,
			'--to does not say how db.example.net proves']
	]) {
		const r = await l.migrate(from, to);
		same(`${to}: exit`, r.code, code);
		same(`${to}: ${r.log}`, r.log.includes(`: ${says}`), true);
	}
}

/* The most memory that it had at once, in bytes. */
async function
memory(l, to)
{
	const one = start(l.place.binary, ['migrate', '--from',
	    l.file('ledger'), '--to', to]);
	let most = 0;

	while (!one.over) {
		try {
			most = Number(/^VmHWM:\s+(\d+) kB$/m.exec(
			    fs.readFileSync(`/proc/${one.pid}/status`,
			    'utf8'))?.[1] ?? most / 1024) * 1024;
		} catch {
			break;
		}
		await sleep(2);
	}
	went({ ...await one.exited, log: one.log });
	return most;
}

async function
bounded(l, targets)
{
	const before = fs.statSync(l.place.ledger).size;
	const small = [];

	for (const t of targets)
		small.push(await memory(l, t(1)));
	multiply(l.place);
	const more = fs.statSync(l.place.ledger).size - before;
	for (const [i, t] of targets.entries()) {
		const grown = await memory(l, t(2)) - small[i];
		if (small[i] === 0 || grown > more / 4)
			throw new Error(`${grown} bytes more for ${more}`);
	}
}

/* At random times; afterwards all is there or nothing. */
async function
killed(l, target, wipe)
{
	const from = l.file('ledger');
	const rng = random(SEED);
	const began = Date.now();
	const all = await l.migrate(from, target);
	const took = Date.now() - began;
	let empty = 0;

	went(all);
	for (let i = 0; i < KILLS; i++) {
		await wipe();
		const one = start(l.place.binary, ['migrate', '--from', from,
		    '--to', target]);
		await sleep(10 + rng(took));
		await one.stop('SIGKILL');
		const left = target.startsWith('sqlite') &&
		    !fs.existsSync(target.slice('sqlite:'.length)) ? '' :
		    await l.export(target);
		if (left === '')
			empty++;
		else
			same('rows', left.split('\n').length - 1, all.rows);
	}
	same('none was killed in time', empty > 0, true);
	await wipe();
	same('again', (await l.migrate(from, target)).code, 0);
}

async function
acrossPostgres(l, pg)
{
	const before = await l.export(l.file('ledger'));
	const to = await l.migrate(l.file('ledger'), pg.url('moved'));

	went(to);
	same('export', await l.export(pg.url('moved')), before);
	const back = await l.migrate(pg.url('moved'), l.file('returned'));
	went(back);
	same('export', await l.export(l.file('returned')), before);
	same('rows', back.rows, to.rows);
}

/* The next ticket has the next number, and a repeated event no second one. */
/* A handler that waits for work is enough. */
async function
notServed(l, url)
{
	const to = l.file(`served${++l.files}`);

	l.place.config = l.config(url);
	const handler = await single(l.place);
	const r = await l.migrate(url, to);

	await handler.stop();
	same('exit', r.code, 1);
	same('sentence', /is open .*; stop tickethook/.test(r.log), true);
	went(await l.migrate(url, to));
}

async function
goesOn(l, pg)
{
	const place = l.place;
	const tickets = () => place.sandbox.state().linear.issues.length;
	const before = tickets();

	place.config = l.config(pg.url('moved'));
	const handler = await single(place);
	for (const i of [0, 100]) {
		const { status, body } = await place.fcgi(handler.where,
		    test('linear', i).mail(`msg_on_${i}`, { at: 9 }));
		if (status !== 200)
			throw new Error(`test ${i}: ${status} ${body}`);
	}
	await handler.stop();
	same('tickets', tickets(), before + 1);
}

async function
main()
{
	const place = await Place.open();
	let pg;

	try {
		await place.fresh();
		const l = new Ledgers(place);
		await fill(place);
		await attempt('from a file to a file', () => throughFile(l));
		await attempt('never into one that is used',
		    () => notTwice(l));
		await attempt('a typing error makes nothing',
		    () => typing(l));
		await attempt('what is wrong has the name of its option',
		    () => said(l));
		pg = await Cluster.open();
		pg.database('moved');
		await attempt('to PostgreSQL and back',
		    () => acrossPostgres(l, pg));
		await attempt('and goes on there', () => goesOn(l, pg));
		await attempt('not while a file is served',
		    () => notServed(l, l.file('returned')));
		await attempt('not while PostgreSQL is served',
		    () => notServed(l, pg.url('moved')));
		for (const name of ['size1', 'size2', 'killed'])
			pg.database(name);
		await attempt('memory does not grow with it',
		    () => bounded(l, [(n) => l.file(`size${n}`),
		    (n) => pg.url(`size${n}`)]));
		await attempt('a killed copy to a file leaves nothing',
		    () => killed(l, l.file('killed'), async () =>
		    ['', '-wal', '-shm', '.lock'].forEach((s) => fs.rmSync(
		    `${place.dir}/killed.db${s}`, { force: true }))));
		await attempt('a killed copy to PostgreSQL leaves nothing',
		    () => killed(l, pg.url('killed'),
		    async () => pg.database('killed')));
	} finally {
		await stopAll();
		await pg?.close();
		await place.close();
	}
	finish();
}

main().catch((e) => {
	console.error(e);
	process.exitCode = 1;
});
