'use strict';

/*
 * lack NAME	A delivery with less memory than it needs: the cap of its
 *		arena goes up from 0 in steps of 16 bytes (short: some) until
 *		it is enough.  Each is of a test of its own, and repeated with
 *		all memory: then it has one ticket and one link.  A 2xx was
 *		true, and nothing but 503 is answered else.
 */

const { variables } = require('../run/fronts');
const { parseCgi } = require('../run/wire');
const { sleep, start } = require('../run/process');
const { kept } = require('./handlers');
const { sample, signed, tool, withPlaces } = require('./lab');
const { test } = require('./mails');
const { wrong } = require('./oom');

const STEP = 16;
const SHORT_POINTS = 40;
const WARM = 3;
const TRIES = 60;
const PAUSE_MS = 40;

/* The program of lack.c; one request at a time. */
class Poor {
	constructor(place)
	{
		this.place = place;
		this.run = kept(start(tool('lack'), [place.config],
		    { stdio: ['pipe', 'pipe', 'pipe'] }));
		this.got = Buffer.alloc(0);
		this.run.child.stdout.on('data', (d) => {
			this.got = Buffer.concat([this.got, d]);
			this.#look();
		});
		this.run.exited.then(() => this.done?.({ status: 0,
		    used: 0 }));
	}

	#look()
	{
		const eol = this.got.indexOf(10);
		const [length, used] = this.got.toString('latin1', 0,
		    Math.max(eol, 0)).split(' ').map(Number);

		if (eol < 0 || this.got.length < eol + 1 + length)
			return;
		const reply = parseCgi(this.got.subarray(eol + 1,
		    eol + 1 + length));
		this.got = this.got.subarray(eol + 1 + length);
		this.done({ status: reply.status, used,
		    body: reply.body.toString() });
	}

	/* {status, used, body}; cap 0: all there is. */
	async ask(mail, cap)
	{
		const request = signed(this.place.world, mail);
		const lines = [...variables(request)].map(([k, v]) =>
		    `${k}=${v}\n`);

		if (this.run.over)
			throw new Error(`it ended: ${this.run.log}`);
		const answer = new Promise((r) => { this.done = r; });
		this.run.child.stdin.write(`${cap} ${lines.length} ` +
		    `${request.body.length}\n${lines.join('')}`);
		this.run.child.stdin.write(request.body);
		return await answer;
	}

	async untilDone(mail)
	{
		let answer;

		for (let i = 0; i < TRIES; i++) {
			answer = await this.ask(mail, 0);
			if (answer.status === 200)
				break;
			await sleep(PAUSE_MS);
		}
		return answer;
	}

	async stop()
	{
		this.run.child.stdin.end();
		const { code, signal } = await this.run.exited;
		return code === 0 ? [] : [`it ended with ${signal ?? code}: ` +
		    this.run.log.slice(-2000)];
	}
}

async function
strike(place, poor, mail, cap)
{
	const { status, body } = await poor.ask(mail, cap);
	const found = [];

	if (status === 200)
		found.push(...wrong(place, mail).map((f) =>
		    `at its 200: ${f}`));
	else if (status !== 503)
		found.push(`answered ${status} ${body}`);
	const last = await poor.untilDone(mail);
	if (last.status !== 200)
		found.push(`never 2xx: ${last.status} ${last.body}`);
	return { status, found: [...found, ...wrong(place, mail)] };
}

async function
sweep(tracker, { short, rng })
{
	return await withPlaces(1, {}, async ([place]) => {
		await place.fresh();
		const poor = new Poor(place);
		const mail = (n) => test(tracker, `lack ${n}`).mail(
		    `msg_${n}`);
		const problems = [], answers = {};
		let need = 0;

		for (let i = 0; i < WARM; i++)
			need = Math.max(need, (await poor.ask(mail(-i),
			    0)).used);
		const most = Math.ceil(need / STEP) + 2;
		const points = short ? sample(most, SHORT_POINTS, rng) :
		    Array.from({ length: most }, (x, i) => i + 1);
		for (const n of points) {
			const one = await strike(place, poor, mail(n),
			    n * STEP);
			answers[one.status] = (answers[one.status] ?? 0) + 1;
			problems.push(...one.found.map((f) =>
			    `${n * STEP} bytes: ${f}`));
		}
		if (!(answers[503] > 0))
			problems.push('nothing failed');
		problems.push(...await poor.stop(),
		    ...(await place.inspect()).found);
		return { figure: `${points.length} caps up to ${need} ` +
		    `bytes, ${answers[503] ?? 0} not enough; ` +
		    `${problems.length} deviations`, problems };
	});
}

module.exports = { parts: {
	'lack linear': (options) => sweep('linear', options),
	'lack jira': (options) => sweep('jira', options)
} };
