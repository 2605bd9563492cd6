'use strict';

/*
 * The hosts, the trackers, the ledger and Svix, for simulate.js:
 *
 *	const r = simulate({ tracker: 'linear', hosts: 10, storm: 500,
 *	    seed: 1 });
 *
 * A day of deliveries, a storm at noon, and as long again as it takes until
 * each has its ticket, or until HORIZON.  What comes out is in `Result`.
 *
 * Not in it: people, and the calls of polls, which are few.  A refused call
 * costs no token.  Where the vendors are silent that is said at the number.
 */

const { random } = require('../fault/lab');
const { Bucket, Servers, Simulation } = require('./simulate-engine');
const { FACTS } = require('./simulate-facts');

const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const HORIZON = 4 * DAY;

/* https://docs.svix.com/retries; Svix spreads them by a fifth. */
const GAPS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR,
    10 * HOUR, 10 * HOUR];
const SPREAD = 0.2;

/*
 * Tokens a second, and how many there may be at most; what a refusal tells
 * us to wait, in s.  Linear publishes a steady refill and told clients of an
 * API key 2,500 calls an hour in 2026 (its headers say the number that is
 * yours), Jira Cloud 100 a second for each kind of call.
 * https://linear.app/developers/rate-limiting
 * https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
 * https://docs.trunk.io/api/rate-limits
 */
const LIMITS = {
	linear: { rate: 2500 / 3600, size: 2500, wait: 3600, each: false },
	jira: { rate: 100, size: 100, wait: 1, each: true },
	trunk: { rate: 100, size: 100, wait: 1, each: false }
};

/* handler/tickethook.ini.5, handler/upstream.c, tickethook-sync.timer. */
const WORKERS = 64;
const DEADLINE = 10 * SECOND;
const BUSY_WAIT = 5;		/* s that a 503 says unless told otherwise */
const WAITS = 2;		/* for one call ... */
const RESERVE = 2 * SECOND;	/* ... with so much left */
const RETRY_MAX = 3600;
const SYNC = 10 * MINUTE;

/* Of a host, and of what lies between them: nobody's but these lines'. */
const CORES = 2;
const LATENCY = 300;		/* ms of a call, in the median ... */
const LATENCY_SIGMA = 0.5;	/* ... and how its logarithm is spread */
const FLUSH = 8;		/* ms, as tests/bench/commit.c takes it */
const ROUND_TRIP = 1;		/* ms to PostgreSQL */
const TRIPS = 3;		/* of a transaction that units share */
const SHARE_MAX = 128;		/* handler/ledgers: units of one flush */
const STORM_MS = 10 * SECOND;	/* in which a storm arrives */

/* Each host brings so many a day; so many of 100 are a new ticket's, and so
   many of the others change a ticket that there is. */
const DELIVERIES = 1000;
const FRESH = 10;
const CHANGES = 25;

/* One writer at a time among the hosts; units that wait share a flush. */
class Ledger {
	constructor(sim, hosts)
	{
		this.sim = sim;
		this.ms = FLUSH + (hosts > 1 ? TRIPS * ROUND_TRIP : 0);
		this.waiting = Array.from({ length: hosts + 1 }, () => []);
		this.turns = [];
		this.taken = false;
		this.used = 0;
	}

	commit(host)
	{
		return (go) => {
			if (this.waiting[host].push(go) === 1)
				this.turns.push(host);
			if (!this.taken)
				this.#turn();
		};
	}

	#turn()
	{
		const host = this.turns.shift();
		const units = this.waiting[host].splice(0, SHARE_MAX);

		if (this.waiting[host].length > 0)
			this.turns.push(host);
		this.taken = true;
		this.used += this.ms;
		this.sim.schedule(this.ms, () => {
			units.forEach((go) => go());
			this.taken = false;
			if (this.turns.length > 0)
				this.#turn();
		});
	}
}

class Model {
	constructor({ tracker, hosts, storm, seed, workers = WORKERS,
	    deliveries = DELIVERIES, sync = SYNC })
	{
		const rng = random(seed);

		this.sim = new Simulation();
		this.unit = () => (rng(2 ** 32) + 0.5) / 2 ** 32;
		Object.assign(this, { tracker, storm, workers, sync,
		    facts: FACTS[tracker], perDay: deliveries * hosts });
		this.hosts = Array.from({ length: hosts }, (x, i) => ({
		    n: i, busy: 0, most: 0,
		    cores: new Servers(this.sim, CORES) }));
		this.ledger = new Ledger(this.sim, hosts);
		this.buckets = new Map();
		this.all = [];		/* deliveries of new tickets */
		this.due = [];		/* those that failed, with when */
		this.queue = this.longest = this.filed = 0;
		this.area = this.moved = 0;	/* the queue over time */
		this.told = { 503: 0, busy: 0, deadline: 0 };
	}

	/* The queue of those without a ticket grows by n. */
	move(n)
	{
		this.area += this.queue * (this.sim.now - this.moved);
		this.moved = this.sim.now;
		this.queue += n;
		this.longest = Math.max(this.longest, this.queue);
	}

	/* On a bell of logarithms, by Box and Muller. */
	latency()
	{
		return LATENCY * Math.exp(LATENCY_SIGMA * Math.sqrt(-2 *
		    Math.log(this.unit())) * Math.cos(2 * Math.PI *
		    this.unit()));
	}

	bucket(op)
	{
		const name = op.split('.')[0];
		const limit = LIMITS[name];
		const key = limit.each ? op : name;

		if (!this.buckets.has(key))
			this.buckets.set(key, new Bucket(this.sim, limit.rate,
			    limit.size));
		return { bucket: this.buckets.get(key), wait: limit.wait };
	}

	/* One call, as often as we wait for its limit; s to wait, or 0. */
	*call(op, until)
	{
		const { bucket, wait } = this.bucket(op);

		for (let i = 0; ; i++) {
			const ok = bucket.take();
			yield this.latency();
			if (ok)
				return 0;
			if (i === WAITS || this.sim.now + wait * SECOND +
			    RESERVE > until)
				return Math.min(wait, RETRY_MAX);
			yield wait * SECOND;
		}
	}

	/* What is left of it; s to wait, or 0 when it is done. */
	*work(d, host, until)
	{
		const f = this.facts;
		const commits = d.fresh ? f.commits : f.commitsAgain;

		yield* host.cores.use(d.fresh ? f.cpu : f.cpuAgain);
		for (let i = 0; i < commits >> 1; i++)
			yield this.ledger.commit(host.n);
		for (const op of d.left()) {
			if (this.sim.now > until) {
				this.told.deadline++;
				return BUSY_WAIT;
			}
			const wait = yield* this.call(op, until);
			if (wait > 0)
				return wait;
			d.did(op);
		}
		for (let i = commits >> 1; i < commits; i++)
			yield this.ledger.commit(host.n);
		return 0;
	}

	/* One try; the status, with what Retry-After says. */
	*attempt(d, host, workers)
	{
		if (d.done)
			return { status: 200 };
		if (host.busy >= workers || d.held) {
			this.told.busy++;
			return { status: 503, wait: BUSY_WAIT };
		}
		d.held = true;
		host.most = Math.max(host.most, ++host.busy);
		const wait = yield* this.work(d, host, this.sim.now +
		    DEADLINE);
		host.busy--;
		d.held = false;
		if (wait === 0) {
			this.end(d);
			return { status: 200 };
		}
		d.last = this.sim.now;
		this.due.push({ d, last: d.last });
		return { status: 503, wait };
	}

	end(d)
	{
		d.done = true;
		d.at = this.sim.now;
		if (!d.fresh)
			return;
		this.move(-1);
		this.filed++;
		if (this.facts.late.length > 0)
			this.sim.begin(this.later());
	}

	*later()
	{
		yield HOUR;
		for (const op of this.facts.late)
			yield* this.call(op, Infinity);
	}

	/* Svix, with one delivery: again until 2xx or until it gives up. */
	*deliver(d)
	{
		if (d.fresh)
			this.move(1);
		for (const gap of [...GAPS, Infinity]) {
			const host = this.hosts[Math.floor(this.unit() *
			    this.hosts.length)];
			const r = yield* this.attempt(d, host, this.workers);
			if (r.status === 200)
				return;
			this.told[503]++;
			if (gap === Infinity)
				return;
			yield Math.min(2 * gap, Math.max(gap, r.wait *
			    SECOND)) * (1 + SPREAD * (2 * this.unit() - 1));
		}
	}

	/* The timer's `sync`, on one host: what failed, one after another. */
	*syncs()
	{
		const host = { n: this.hosts.length, busy: 0, most: 0,
		    cores: this.hosts[0].cores };

		for (;;) {
			yield this.sync;
			const until = this.sim.now - DEADLINE;
			while (this.due.length > 0 &&
			    this.due[0].last <= until) {
				const { d, last } = this.due.shift();
				if (d.last === last && !d.done && !d.held)
					yield* this.attempt(d, host, 1);
			}
		}
	}

	add(at, fresh)
	{
		const d = new Delivery(at, this.facts, fresh, fresh ||
		    this.unit() * 100 < CHANGES);

		if (fresh)
			this.all.push(d);
		this.sim.schedule(at, () => this.sim.begin(this.deliver(d)));
	}

	run()
	{
		let at = 0;

		for (let i = 0; i < this.storm; i++)
			this.add(DAY / 2 + this.unit() * STORM_MS, true);
		for (;;) {
			at -= Math.log(this.unit()) * DAY / this.perDay;
			if (at >= DAY)
				break;
			this.add(at, this.unit() * 100 < FRESH);
		}
		this.sim.begin(this.syncs());
		this.sim.run(DAY);
		while (this.filed < this.all.length && this.sim.now < HORIZON)
			this.sim.run(this.sim.now + HOUR);
		this.sim.run(this.sim.now + 2 * HOUR);
		return this;
	}
}

class Delivery {
	constructor(born, facts, fresh, calls)
	{
		Object.assign(this, { born, fresh, done: false, held: false,
		    last: -1 });
		this.calls = !calls ? [] : fresh ? facts.first : facts.again;
	}

	/* After the create there is only the link to be made. */
	left()
	{
		return this.calls;
	}

	did(op)
	{
		const at = this.calls.indexOf(op);

		if (/reate$/.test(op))
			this.calls = this.calls.slice(at + 1);
	}
}

function
quantile(sorted, q)
{
	return sorted.length === 0 ? NaN :
	    sorted[Math.min(sorted.length - 1, Math.ceil(q *
	    sorted.length) - 1)];
}

/* What is told of a run; times are in seconds. */
function
simulate(options)
{
	const m = new Model(options).run();
	const times = m.all.filter((d) => d.done).map((d) =>
	    (d.at - d.born) / SECOND).sort((a, b) => a - b);
	const ours = [...m.buckets].filter(([k]) =>
	    k.startsWith(options.tracker)).map(([, b]) => b);
	const limit = LIMITS[options.tracker];

	return { ...options, perDay: m.perDay, tickets: m.all.length,
	    filed: m.filed, waiting: m.queue, longest: m.longest, times,
	    area: m.area / SECOND,
	    p50: quantile(times, 0.5), p99: quantile(times, 0.99),
	    last: times.at(-1) ?? NaN, told: m.told,
	    refused: ours.reduce((n, b) => n + b.refused, 0),
	    calls: ours.reduce((n, b) => n + b.taken, 0),
	    busiest: Math.max(0, ...ours.map((b) => b.busiest)),
	    limit: Math.round(limit.rate * 3600),
	    size: limit.size, most: Math.max(...m.hosts.map((h) => h.most)),
	    writer: m.ledger.used / m.sim.now };
}

module.exports = { LATENCY, LIMITS, simulate };
