'use strict';

/*
 * oom NAME	A handler that stays, warm; memory fails it (oom.c) at the
 *		n-th allocation of a delivery, for every n (short: some), and
 *		then the delivery is repeated as its sender would.  NAME is a
 *		tracker and how it fails: "once", or "on" from there.
 *
 * Every n is a test of its own: in the end it has one ticket and one link,
 * and whatever was answered, a 2xx was true.  A crash in one of our own
 * functions is a deviation; libfcgi ends the process when it gets no memory,
 * so then there must be nothing lost when the next one serves.
 */

const fs = require('node:fs');
const { execFileSync } = require('node:child_process');
const { kept } = require('./handlers');
const { sample, ticketsOf, tool, withPlaces } = require('./lab');
const { test } = require('./mails');
const { listening, start, until } = require('../run/process');

const MODE = { off: 0n, once: 1n, on: 2n };
const FIELDS = ['mode', 'at', 'calls', 'ours', 'failed', 'live'];
const PLACES = 8;
const BYTES = 8 * (FIELDS.length + PLACES);
const WARM = 6;			/* deliveries before anything is counted */
const MEASURED = 8;		/* deliveries whose allocations are counted */
const SHORT_POINTS = 30;
const PAST = 1.15;		/* how far beyond the count it goes */
const LEAK = 4;			/* blocks for each failure that may stay, */
const TIMES = 3;		/* and what as many deliveries keep */
const CONNECTION = 500;		/* blocks at once: not less than one takes */
const ENDED_MS = 2000;

/* What oom.c shares: numbers in a file. */
class Control {
	constructor(file)
	{
		fs.writeFileSync(file, Buffer.alloc(BYTES));
		this.fd = fs.openSync(file, 'r+');
		this.file = file;
	}

	get(field)
	{
		const b = Buffer.alloc(8);

		fs.readSync(this.fd, b, 0, 8, 8 * FIELDS.indexOf(field));
		return Number(b.readBigInt64LE());
	}

	set(field, value)
	{
		const b = Buffer.alloc(8);

		b.writeBigInt64LE(BigInt(value));
		fs.writeSync(this.fd, b, 0, 8, 8 * FIELDS.indexOf(field));
	}

	/* Where we allocate, as FILE:LINE. */
	places(binary)
	{
		const b = Buffer.alloc(8 * PLACES);

		fs.readSync(this.fd, b, 0, b.length, 8 * FIELDS.length);
		fs.writeSync(this.fd, Buffer.alloc(b.length), 0, b.length,
		    8 * FIELDS.length);
		return Array.from({ length: PLACES }, (x, i) =>
		    b.readBigInt64LE(8 * i)).filter((a) => a !== 0n).map(
		    (a) => execFileSync('addr2line', ['-e', binary,
		    `0x${a.toString(16)}`]).toString().trim());
	}

	arm(mode, at)
	{
		this.set('mode', MODE.off);
		this.set('at', at);
		for (const f of ['calls', 'ours', 'failed'])
			this.set(f, 0);
		this.set('mode', MODE[mode]);
	}

	close()
	{
		fs.closeSync(this.fd);
	}
}

/* The handler, started again whenever it has ended. */
class Patient {
	constructor(place, tracker)
	{
		this.place = place;
		this.tracker = tracker;
		this.serial = 0;
		this.crashes = {};		/* by object */
		this.struck = 0;	/* how often this process was */
		this.path = `${place.dir}/handler.sock`;
		this.where = { path: this.path };
		this.control = new Control(`${place.dir}/oom`);
	}

	async #start()
	{
		this.control.arm('off', 0);
		this.control.set('live', 0);
		this.run = await listening(kept(start(this.place.binary,
		    ['serve', '--listen', `unix:${this.path}`, '-c',
		    this.place.config], { env: { LD_PRELOAD: tool('oom.so'),
		    OOM: this.control.file } })), this.where, 'the handler');
		for (let i = 0; i < WARM; i++)
			await this.deliver(this.mail());
		this.live = this.control.get('live');
		this.grown = this.struck = 0;
		this.opened = false;
	}

	/* One more test; its tickets are its own. */
	mail()
	{
		const t = test(this.tracker, `oom ${++this.serial}`);

		return t.mail(`msg_${this.serial}`);
	}

	/* As the sender does it, but with all memory there is. */
	async deliver(mail)
	{
		return await this.place.untilDone(mail, async (m) => {
			await this.alive();
			return await this.place.fcgi(this.where, m);
		});
	}

	/* A process that serves, be it another one. */
	async alive()
	{
		if (this.run !== undefined && !this.run.over)
			return;
		if (this.run !== undefined)
			this.#bury();
		this.run = undefined;
		fs.rmSync(this.path, { force: true });
		await this.#start();
	}

	#bury()
	{
		const [, object] = /^oom: crash in (.*)$/m.exec(
		    this.run.log) ?? [];
		const name = object === undefined ? 'nothing we know' :
		    object === '' ? 'the C library' : object;

		this.crashes[name] = (this.crashes[name] ?? 0) + 1;
		if (/^(tickethook|nothing)/.test(name))
			this.blame = this.run.log.slice(-3000);
	}

	/*
	 * After each failure: what stayed since the one before.  Once that
	 * may be the connection that reads beside the first: it is opened
	 * when it is needed, and kept with its statements.
	 */
	note()
	{
		const live = this.control.get('live');
		const more = live - this.live;

		if (more >= CONNECTION && !this.opened)
			this.opened = true;
		else
			this.grown += more;
		this.live = live;
	}

	/* Blocks that stayed in this process for each failure. */
	leaked()
	{
		return this.grown / Math.max(1, this.struck);
	}

	async stop()
	{
		const end = await this.run.stop();

		this.control.close();
		return end.code === 0 ? [] : [`the handler ended with ` +
		    `${end.signal ?? end.code}: ${this.run.log.slice(-500)}`];
	}
}

/* Does that line allocate, or call a library that does as its last act? */
function
allocates(place)
{
	const [, file, line] = /^(.*):(\d+)/.exec(place) ?? [];

	return file === undefined || !fs.existsSync(file) ||
	    /alloc|strdup|asprintf/.test(fs.readFileSync(file, 'utf8').
	    split('\n')[line - 1]);
}

/*
 * What a warm delivery allocates: in all, where we do in most of them (a
 * thread that had nothing to do yet is not warm), and blocks that stay.
 */
async function
measure(patient)
{
	const { control } = patient;
	const live = control.get('live');
	const times = {};
	let calls = 0;

	control.places(patient.place.binary);
	for (let i = 0; i < MEASURED; i++) {
		control.arm('off', 0);
		await patient.deliver(patient.mail());
		calls = Math.max(calls, control.get('calls'));
		for (const p of control.places(patient.place.binary))
			times[p] = (times[p] ?? 0) + 1;
	}
	return { calls, ours: Object.keys(times).filter((p) => allocates(p) &&
	    times[p] > MEASURED / 2),
	    growth: (control.get('live') - live) / MEASURED };
}

/* Sentences about that test. */
function
wrong(place, mail)
{
	const state = place.sandbox.state();
	const tickets = ticketsOf(state).filter((t) => t.title ===
	    `[Flaky Test] ${mail.test.name}`).length;
	const links = state.trunk.links.filter((l) => l.testId ===
	    mail.test.id);
	const found = [];

	if (tickets !== 1)
		found.push(`${tickets} tickets`);
	if (links.length !== 1 || links[0].writes !== 1)
		found.push(`links written: ${links.map((l) => l.writes)}`);
	return found;
}

/* The n-th fails; {status, failed, found}. */
async function
strike(patient, mode, n)
{
	const { place, control } = patient;
	const mail = patient.mail();
	const found = [];

	await patient.alive();
	patient.struck++;
	control.arm(mode, n);
	const { status } = await place.fcgi(patient.where, mail);
	control.set('mode', MODE.off);
	const failed = control.get('failed');
	/* It may be about to end. */
	if (status === 0)
		await until(() => patient.run.over, ENDED_MS);
	if (status === 200)
		found.push(...wrong(place, mail).map((f) =>
		    `at its 200: ${f}`));
	else if (status !== 503 && status !== 0)
		found.push(`answered ${status}`);
	const last = await patient.deliver(mail);
	patient.note();
	if (last.status !== 200)
		found.push(`never 2xx: ${last.status} ${last.body}`);
	return { status, failed, found: [...found, ...wrong(place, mail)] };
}

function
tell(count)
{
	return Object.entries(count).map(([what, n]) =>
	    `${n} ${what === '0' ? 'not at all' : what}`).join(', ');
}

async function
sweep(tracker, mode, { short, rng })
{
	return await withPlaces(1, { settings: ['[handler] workers = 1'] },
	    async ([place]) => {
		await place.fresh();
		const patient = new Patient(place, tracker);
		await patient.alive();
		const warm = await measure(patient);
		const most = Math.ceil(warm.calls * PAST);
		const points = short ? sample(most, SHORT_POINTS, rng) :
		    Array.from({ length: most }, (x, i) => i + 1);
		const problems = [], answers = {};
		let failed = 0;

		for (const n of points) {
			const one = await strike(patient, mode, n);
			failed += one.failed > 0;
			answers[one.status] = (answers[one.status] ?? 0) + 1;
			problems.push(...one.found.map((f) => `${n}: ${f}`));
		}
		if (failed === 0)
			problems.push('nothing failed');
		if (patient.blame !== undefined)
			problems.push(`a crash of ours: ${patient.blame}`);
		const leaked = patient.leaked();
		if (leaked > TIMES * warm.growth + LEAK)
			problems.push(`${leaked} blocks stayed for each`);
		problems.push(...warm.ours.map((p) => 'a warm delivery ' +
		    `allocates at ${p}`));
		problems.push(...await patient.stop(),
		    ...(await place.inspect()).found);
		return { figure: `${failed} failures of ${warm.calls} ` +
		    `allocations, ${warm.ours.length} ours; answered ` +
		    `${tell(answers)}; ended in ${tell(patient.crashes) ||
		    'nothing'}; ${warm.growth} and ${leaked.toFixed(1)} ` +
		    `blocks stayed; ${problems.length} deviations`, problems };
	});
}

const parts = {};
for (const tracker of ['linear', 'jira'])
	for (const mode of ['once', 'on'])
		parts[`oom ${tracker} ${mode}`] = (options) =>
		    sweep(tracker, mode, options);

module.exports = { parts, wrong };
