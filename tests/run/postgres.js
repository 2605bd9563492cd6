'use strict';

/*
 * node tests/run/postgres.js [--all] [PART...]
 *
 * The ledger in PostgreSQL: PART is units (every unit program that uses a
 * ledger), cases (conversations; with --all every one of them) or standby
 * (what may be answered when the standby cannot be reached).
 */

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs, promisify } = require('node:util');
const { Place, run } = require('../fault/lab');
const { single, stopAll } = require('../fault/handlers');
const { test } = require('../fault/mails');
const { Cluster } = require('./pgserver');
const { ROOT, sleep, until } = require('./process');
const { attempt, check, finish } = require('./report');

const BUILD = path.resolve(ROOT, process.env.BUILD ?? 'build');
const UNITS = path.join(ROOT, 'tests', 'unit');
const CASES = path.join(ROOT, 'tests', 'cases');
const LIMIT_MS = 300e3;
const CASE = new RegExp('^(adopt|both|event|export|life|link|list|news|' +
    'release|rerun|storm|tests)-.*\\.case$');
const EVERY = 4;		/* of those, unless all */

/* A program to its end: {ok, text}. */
async function
finished(program, args, ledger)
{
	try {
		const { stdout, stderr } = await promisify(execFile)(program,
		    args, { cwd: ROOT, timeout: LIMIT_MS, maxBuffer: 1 << 28,
		    env: { ...process.env, TICKETHOOK_TEST_LEDGER: ledger } });
		return { ok: true, text: stdout + stderr };
	} catch (e) {
		return { ok: false, text: `${e.stdout}${e.stderr}` };
	}
}

/* Those that say where their ledger is by ledger_setup.h, SQLite's own not. */
async function
units(pg)
{
	const names = fs.readdirSync(UNITS).filter((f) => f.endsWith('.c') &&
	    /"tests\/unit\/\w*ledger\w*\.h"/.test(fs.readFileSync(path.join(
	    UNITS, f), 'utf8'))).map((f) => f.slice(0, -2)).filter((f) =>
	    !/^test_(sqlite.*|ledger_(copy|manual|memory))$/.test(f));

	if (names.length < 10)
		throw new Error(`only ${names.length} programs use a ledger`);
	pg.database('units');
	for (const name of names) {
		const { ok, text } = await finished(path.join(BUILD, 'unit',
		    name), [], pg.url('units'));
		const n = text.split('[       OK ]').length - 1;
		check(`${name}: ${n} tests`, ok && n > 0 ? [] :
		    [text.split('\n').filter((l) => !/ RUN | OK /.test(l)).
		    join('\n')]);
	}
}

async function
cases(pg, all)
{
	const files = fs.readdirSync(CASES).sort().filter((f) => all ?
	    f.endsWith('.case') : CASE.test(f)).filter((f, i) => all ||
	    i % EVERY === 0).map((f) => path.join(CASES, f));

	pg.database('cases');
	const { text } = await finished(process.execPath, [path.join(ROOT,
	    'tests', 'run', 'run.js'), '--front', 'fcgi', ...files],
	    pg.url('cases'));
	const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(text) ??
	    [null, 0, 1];
	check(`${passed} conversations`, Number(failed) === 0 &&
	    Number(passed) > 0 ? [] : [text.split('\n').filter((l) =>
	    !l.startsWith('ok ')).join('\n')]);
}

/*
 * No commit is told while the standby has not got it, whoever ends the wait.
 * Then all goes on.
 */
async function
unheard(place, pg, end)
{
	const t = test('linear', end.name);
	const mail = t.mail(`msg_${end.name}`);
	const handler = await single(place);
	const tickets = () => place.sandbox.state().linear.issues.length;
	const before = tickets();

	pg.standby.halt();
	const [early] = await Promise.all([place.fcgi(handler.where, mail),
	    end(pg)]);
	pg.standby.resume();
	if (early.status !== 503)
		throw new Error(`answered ${early.status} ${early.body}`);
	if (!await until(() => pg.sql('SELECT count(*) FROM ' +
	    'pg_stat_replication')[0] === '1'))
		throw new Error('the standby did not come back');
	const late = await place.untilDone(mail, (m) => place.fcgi(
	    handler.where, m));
	await handler.stop();
	if (late.status !== 200)
		throw new Error(`at last ${late.status} ${late.body}`);
	if (tickets() !== before + 1)
		throw new Error(`${tickets() - before} tickets`);
}

/* Nobody does anything: our own deadline ends it. */
async function
deadline()
{
}

async function
cancelled(pg)
{
	const waiting = 'FROM pg_stat_activity WHERE wait_event = \'SyncRep\'';

	for (let i = 0; i < 60; i++) {
		pg.sql(`SELECT pg_cancel_backend(pid) ${waiting}`);
		await sleep(50);
	}
}

/* A process has one, however many deliveries it has in hand. */
async function
sessions(place, pg)
{
	const handler = await single(place);
	const of = 'FROM pg_stat_activity WHERE application_name = ' +
	    '\'tickethook\'';
	let over = false, most = 0;
	const load = Promise.all(Array.from({ length: 20 }, (x, i) =>
	    place.untilDone(test('linear', `s${i}`).mail(`msg_s${i}`), (m) =>
	    place.fcgi(handler.where, m)))).finally(() => { over = true; });

	while (!over) {
		most = Math.max(most, Number(pg.sql(`SELECT count(*) ${of}`)));
		await sleep(10);
	}
	await load;
	await handler.stop();
	if (most !== 1)
		throw new Error(`${most} sessions`);
}

/* As after a failover, when the URL names one server and its attributes not. */
async function
onlyReads(place, pg)
{
	const { code, log } = await run(place.binary, ['migrate', '--from',
	    pg.url('standby', { port: pg.standby.port,
	    target_session_attrs: 'any' }), '--to',
	    `sqlite:${place.dir}/none.db`]);

	if (code !== 1 || !/this server only reads; name the one/.test(log))
		throw new Error(`exit ${code}: ${log}`);
}

async function
standby(pg)
{
	pg.database('standby');
	const place = await Place.open({ settings: ['[handler] deadline = 3s',
	    `[ledger] url = ${pg.url('standby')}`] });

	try {
		await place.fresh();
		await attempt('one session of a process',
		    () => sessions(place, pg));
		for (const end of [deadline, cancelled])
			await attempt(`no answer before the standby has it: ` +
			    end.name, () => unheard(place, pg, end));
		await attempt('a server that only reads is told as that',
		    () => onlyReads(place, pg));
	} finally {
		await stopAll();
		await place.close();
	}
}

async function
main()
{
	const { values, positionals } = parseArgs({ allowPositionals: true,
	    options: { all: { type: 'boolean' } } });
	const parts = { units, cases, standby };
	const names = positionals.length > 0 ? positionals :
	    Object.keys(parts);

	for (const name of names) {
		if (!(name in parts))
			throw new Error(`no part ${name}; there are: ` +
			    Object.keys(parts).join(', '));
		const pg = await Cluster.open({ standby: name === 'standby' });
		try {
			await parts[name](pg, values.all === true);
		} finally {
			await pg.close();
		}
	}
	finish();
}

main().catch((e) => {
	console.error(e);
	process.exitCode = 1;
});
