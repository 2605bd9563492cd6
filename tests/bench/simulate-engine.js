'use strict';

/*
 * Events in the order of their time, which is a number of ms that nobody's
 * clock has anything to do with.  What happens is told by generators:
 *
 *	const sim = new Simulation();
 *	sim.begin(function *() {
 *		yield 300;			that many ms pass
 *		yield (go) => list.push(go);	until go(), which may be
 *	}());					called once
 *	sim.run(until);
 *
 *	yield* new Servers(sim, 2).use(5);	one of two, in turn, for 5 ms
 *	new Bucket(sim, rate, size).take()	is there a token left?
 */

class Simulation {
	constructor()
	{
		this.now = 0;
		this.heap = [];
		this.serial = 0;
	}

	static #before(a, b)
	{
		return a.at < b.at || (a.at === b.at && a.n < b.n);
	}

	schedule(ms, work)
	{
		const { heap } = this;
		const item = { at: this.now + ms, n: this.serial++, work };
		let i = heap.length;

		if (!(ms >= 0))
			throw new Error(`${ms} ms cannot pass`);
		heap.push(item);
		while (i > 0 && Simulation.#before(item,
		    heap[(i - 1) >> 1])) {
			heap[i] = heap[(i - 1) >> 1];
			i = (i - 1) >> 1;
		}
		heap[i] = item;
	}

	#next()
	{
		const { heap } = this;
		const first = heap[0], last = heap.pop();
		let i = 0;

		if (heap.length === 0)
			return first;
		for (let k = 1; k < heap.length; k = 2 * i + 1) {
			if (k + 1 < heap.length &&
			    Simulation.#before(heap[k + 1], heap[k]))
				k++;
			if (!Simulation.#before(heap[k], last))
				break;
			heap[i] = heap[k];
			i = k;
		}
		heap[i] = last;
		return first;
	}

	begin(story)
	{
		const step = (value) => {
			const { done, value: wish } = story.next(value);

			if (done)
				return;
			if (typeof wish === 'number')
				this.schedule(wish, step);
			else
				wish((v) => this.schedule(0, () => step(v)));
		};

		this.schedule(0, () => step());
	}

	/* Everything up to that time, which it is afterwards. */
	run(until)
	{
		while (this.heap.length > 0 && this.heap[0].at <= until) {
			const item = this.#next();

			this.now = item.at;
			item.work();
		}
		this.now = until;
	}
}

class Servers {
	constructor(sim, count)
	{
		this.sim = sim;
		this.free = count;
		this.queue = [];
		this.used = 0;			/* ms of all of them */
	}

	*use(ms)
	{
		if (this.free > 0)
			this.free--;
		else
			yield (go) => this.queue.push(go);
		yield ms;
		this.used += ms;
		if (this.queue.length > 0)
			this.queue.shift()();
		else
			this.free++;
	}
}

/* Full at first; `rate` tokens a second come in until there are `size`. */
class Bucket {
	constructor(sim, rate, size)
	{
		Object.assign(this, { sim, rate, size, tokens: size, at: 0,
		    taken: 0, refused: 0, hours: new Map() });
	}

	take()
	{
		const { now } = this.sim;
		const hour = Math.floor(now / 3600e3);

		this.tokens = Math.min(this.size, this.tokens +
		    (now - this.at) * this.rate / 1000);
		this.at = now;
		if (this.tokens < 1) {
			this.refused++;
			return false;
		}
		this.tokens--;
		this.taken++;
		this.hours.set(hour, (this.hours.get(hour) ?? 0) + 1);
		return true;
	}

	get busiest()
	{
		return Math.max(0, ...this.hours.values());
	}
}

module.exports = { Bucket, Servers, Simulation };
