'use strict';

/*
 * Several hosts with one ledger in PostgreSQL: two web servers (nginx), a
 * handler behind each, a primary and a standby that each commit waits for.
 *
 * postgres	While clients deliver through both, several events of each of
 *		many tests, shuffled, each again until 2xx, at random times a
 *		handler is killed and started again, or the database server
 *		is, or it is killed and the standby takes over, or the standby
 *		takes over from one that still runs and is fenced off later.
 *		In the end there is one ticket and one link for each test,
 *		and every delivery that was answered 2xx is in the ledger.
 *
 * postgres-naive	That this would be found out: a standby that nobody
 *		waits for has stood still, and takes over.  What was answered
 *		2xx is lost then; the part passes when that is noticed.
 */

const nginx = require('../run/nginx');
const { Cluster } = require('../run/pgserver');
const { listening, sleep, start } = require('../run/process');
const { MOUNT } = require('../run/shipped');
const wire = require('../run/wire');
const { History } = require('./history');
const { kept } = require('./handlers');
const { Place, shuffle, signed } = require('./lab');
const { test } = require('./mails');

const HOSTS = 2;
const CLIENTS = 6;
const EVENTS = 3;
const TESTS = [24, 60];			/* of a round, short or not */
const TRIES = 3000;
const PAUSE_MS = 20;
const QUIET_MS = [40, 300];		/* between two faults, at least, most */
const FENCE_MS = 1500;			/* two primaries, at most */
const START_MS = 20000;			/* until a handler is up again */
const DATABASE = 'ledger';

/* How often each of the faults, short or not. */
const FAULTS = { handler: [7, 300], restart: [3, 60], failover: [1, 25],
    usurp: [1, 25] };

/* A web server and the handler behind it. */
class Host {
	constructor(place, n)
	{
		this.place = place;
		this.dir = `${place.dir}/host${n}`;
		this.socket = `${place.dir}/host${n}.sock`;
		this.config = place.config;
	}

	async open()
	{
		this.web = await nginx.open(this.dir, this.socket);
		await this.begin();
	}

	/* As a service is started again, until there is a ledger. */
	async begin()
	{
		for (const end = Date.now() + START_MS;;) {
			const run = kept(start(this.place.binary, ['serve',
			    '--listen', `unix:${this.socket}`, '-c',
			    this.config]));
			try {
				this.run = await listening(run,
				    { path: this.socket }, 'a handler');
				return;
			} catch (e) {
				if (Date.now() > end)
					throw e;
			}
			await sleep(PAUSE_MS);
		}
	}

	async kill()
	{
		const { signal } = await this.run.stop('SIGKILL');

		if (signal !== 'SIGKILL')
			throw new Error('a handler ended by itself: ' +
			    this.run.log);
	}

	/* A web server with nobody behind it has no answer. */
	async deliver(mail)
	{
		const { method, path, headers, body } =
		    signed(this.place.world, mail);

		try {
			const answer = await wire.http(this.web.port, { method,
			    headers, body, target: MOUNT + path });
			const text = answer.body.toString();
			return text.startsWith('{') ? { status: answer.status,
			    text } : { status: 0, text };
		} catch (e) {
			return { status: 0, text: e.message };
		}
	}

	async close()
	{
		await this.web?.stop();
		const end = await this.run?.stop();

		return end === undefined || end.code === 0 ? [] :
		    [`a handler ended with ${end.signal ?? end.code}: ` +
		    this.run.log];
	}
}

class Fleet {
	static async open(options)
	{
		const f = new Fleet();

		try {
			f.pg = await Cluster.open(options);
			f.pg.database(DATABASE);
			f.place = await Place.open({ settings: ['[handler] ' +
			    'workers = 8', `[ledger] url = ` +
			    f.pg.url(DATABASE)] });
			await f.place.fresh();
			f.hosts = Array.from({ length: HOSTS }, (x, i) =>
			    new Host(f.place, i));
			for (const h of f.hosts)
				await h.open();
			f.history = new History(f.place.sandbox);
			f.acknowledged = new Set();
		} catch (e) {
			await f.close();
			throw e;
		}
		return f;
	}

	async #until2xx(mail, rng)
	{
		for (let i = 0; i < TRIES; i++) {
			this.history.sent(mail);
			const { status, text } = await this.hosts[
			    rng(HOSTS)].deliver(mail);
			this.history.answered(mail, status);
			if (status >= 200 && status < 300) {
				this.acknowledged.add(mail.id);
				return;
			}
			this.last = text;
			await sleep(PAUSE_MS);
		}
	}

	async deliver(mails, rng)
	{
		const left = [...mails];

		await Promise.all(Array.from({ length: CLIENTS }, async () => {
			for (let m = left.pop(); m !== undefined;
			    m = left.pop())
				await this.#until2xx(m, rng);
		}));
	}

	/* What was answered 2xx, the ledger does not know. */
	forgotten()
	{
		const known = new Set(this.pg.sql('SELECT id FROM delivery ' +
		    'WHERE status = 200', DATABASE));

		return [...this.acknowledged].filter((id) => !known.has(id)).
		    map((id) => `${id}: answered 2xx, and not in the ledger`);
	}

	/* Of the ledger itself: more than one ticket of a key. */
	doubled()
	{
		return this.pg.sql('SELECT key FROM ticket GROUP BY key ' +
		    'HAVING count(*) <> 1', DATABASE).map((key) =>
		    `${key}: not one ticket in the ledger`);
	}

	async close()
	{
		const found = [];

		for (const h of this.hosts ?? [])
			found.push(...await h.close());
		await this.place?.close();
		await this.pg?.close();
		return found;
	}
}

/* Each is over when everything is up again. */
const DO = {
	async handler(fleet, rng)
	{
		const host = fleet.hosts[rng(HOSTS)];

		await host.kill();
		await host.begin();
	},

	async restart({ pg })
	{
		await pg.primary.kill();
		await pg.primary.start();
	},

	async failover({ pg })
	{
		await pg.primary.kill();
		await pg.promote();
		await pg.rejoin();
	},

	async usurp({ pg }, rng)
	{
		await pg.promote();
		await sleep(rng(FENCE_MS));
		await pg.rejoin();
	}
};

function
mails(round, short, rng)
{
	const all = [];

	for (let i = 0; i < TESTS[short ? 0 : 1]; i++) {
		const t = test(i % 2 === 0 ? 'linear' : 'jira',
		    `${round} ${i}`);
		for (let e = 0; e < EVENTS; e++)
			all.push(t.mail(`msg_${round}_${i}_${e}`, { at: e,
			    status: rng(2) === 0 ? 'FLAKY' : 'BROKEN' }));
	}
	return shuffle(all, rng);
}

async function
torment(fleet, short, rng)
{
	const faults = shuffle(Object.entries(FAULTS).flatMap(([k, n]) =>
	    Array.from({ length: n[short ? 0 : 1] }, () => k)), rng);
	const [least, most] = QUIET_MS;
	let over = false, rounds = 0;
	const trouble = (async () => {
		for (const kind of faults) {
			await sleep(least + rng(most - least));
			await DO[kind](fleet, rng);
		}
	})().finally(() => { over = true; });
	const load = (async () => {
		while (!over)
			await fleet.deliver(mails(++rounds, short, rng), rng);
	})();

	await Promise.all([trouble, load]);
	return faults.length;
}

async function
random({ short, rng })
{
	const fleet = await Fleet.open({ standby: true });
	const problems = [];
	let faults = 0;

	try {
		faults = await torment(fleet, short, rng);
		problems.push(...fleet.history.check(
		    fleet.place.sandbox.state()), ...fleet.forgotten(),
		    ...fleet.doubled());
	} finally {
		problems.push(...await fleet.close());
	}
	return { figure: `${faults} faults, ${fleet.history.tests.size} ` +
	    `tests, ${fleet.acknowledged.size} deliveries, ` +
	    `${problems.length} deviations`, problems };
}

async function
naive({ rng })
{
	const fleet = await Fleet.open({ standby: true });
	let lost = [];

	try {
		const { pg } = fleet;

		await fleet.deliver(mails('before', true, rng).slice(0, 6),
		    rng);
		pg.waitFor('');
		await pg.standby.kill();
		await fleet.deliver(mails('after', true, rng).slice(0, 6),
		    rng);
		await pg.primary.kill();
		await pg.standby.start();
		await pg.promote();
		lost = fleet.forgotten();
	} finally {
		await fleet.close();
	}
	return { figure: `${lost.length} lost deliveries noticed`,
	    problems: lost.length > 0 ? [] :
	    ['a standby that lags lost nothing'] };
}

module.exports = { parts: { postgres: random, 'postgres-naive': naive } };
