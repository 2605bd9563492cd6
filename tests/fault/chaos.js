'use strict';

/*
 * random	The handler is killed at random times and started again at
 *		once, while 8 clients deliver: several events of each of many
 *		tests, shuffled, each again until 2xx and some again after it.
 *		When all is delivered and kills are left, other tests follow.
 */

const { sleep } = require('../run/process');
const { single } = require('./handlers');
const { shuffle, withPlaces } = require('./lab');
const { test } = require('./mails');
const { History } = require('./history');

const SIZE = { tests: [30, 200], kills: [15, 1000] };
const CLIENTS = 8;
const EVENTS = 3;
const LIFE_MS = 90;		/* at most, before it is killed */
const PAUSE_MS = 15;
const TRIES = 2000;

/* Deliveries, those of a test among the others', some of them twice. */
function
deliveries(round, count, rng)
{
	const all = [];

	for (let i = 0; i < count; i++) {
		const t = test(i % 2 === 0 ? 'linear' : 'jira',
		    `${round} ${i}`);
		for (let e = 0; e < EVENTS; e++)
			all.push(t.mail(`msg_${round}_${i}_${e}`, { at: e,
			    status: rng(2) === 0 ? 'FLAKY' : 'BROKEN' }));
	}
	return shuffle([...all, ...all.filter(() => rng(3) === 0)], rng);
}

/* Deliver them all with some clients; a mail until it is 2xx. */
async function
deliver(place, mails, where, history)
{
	const left = [...mails];

	await Promise.all(Array.from({ length: CLIENTS }, async () => {
		for (let m = left.pop(); m !== undefined; m = left.pop())
			for (let i = 0; i < TRIES; i++) {
				history.sent(m);
				const { status } = await place.fcgi(where, m);
				history.answered(m, status);
				if (status >= 200 && status < 300)
					break;
				await sleep(PAUSE_MS);
			}
	}));
}

/* Kill and start again until told to stop; the last one is left. */
class Reaper {
	constructor(place, kills, rng)
	{
		this.place = place;
		this.left = kills;
		this.rng = rng;
		this.over = false;
	}

	async begin()
	{
		this.handler = await single(this.place);
		this.where = this.handler.where;
		this.work = this.#reap().catch((e) => { this.failed = e; });
	}

	async #reap()
	{
		while (this.left > 0 && !this.over) {
			await sleep(1 + this.rng(LIFE_MS));
			const { signal } = await this.handler.run.stop(
			    'SIGKILL');
			if (signal !== 'SIGKILL')
				throw new Error('the handler ended by ' +
				    `itself: ${this.handler.run.log}`);
			this.left--;
			this.handler = await single(this.place);
		}
	}

	async end()
	{
		this.over = true;
		await this.work;
		return this.failed === undefined ? await this.handler.stop() :
		    [this.failed.message];
	}
}

async function
run({ short, rng })
{
	const size = (k) => SIZE[k][short ? 0 : 1];

	return await withPlaces(1, { settings: ['[handler] workers = 8'] },
	    async ([place]) => {
		await place.fresh();
		const history = new History(place.sandbox);
		const reaper = new Reaper(place, size('kills'), rng);
		let rounds = 0;

		await reaper.begin();
		do {
			await deliver(place, deliveries(++rounds,
			    size('tests'), rng), reaper.where, history);
		} while (reaper.left > 0 && reaper.failed === undefined);
		const problems = [...await reaper.end(), ...history.check(
		    place.sandbox.state()), ...(await place.inspect()).found];
		return { figure: `${size('kills') - reaper.left} kills, ` +
		    `${history.tests.size} tests, ${problems.length} ` +
		    'deviations', problems };
	});
}

module.exports = { parts: { random: run } };
