'use strict';

/*
 * What was sent, what was answered, and what there is: the three must fit.
 *
 *	const h = new History(sandbox);
 *	h.sent(mail);			before a delivery is sent
 *	h.answered(mail, status);	at once when an answer is there
 *	h.check(state)			sentences, at the end
 *
 * Every 2xx has its effect when it arrives; every effect has a delivery; a
 * test has at most one ticket and one link, and in the end it has both.
 */

const { ticketsOf } = require('./lab');

class History {
	constructor(sandbox)
	{
		this.sandbox = sandbox;
		this.seen = 0;			/* of the sandbox's log */
		this.linked = new Set();	/* ids of tests */
		this.tests = new Map();		/* by id */
		this.done = new Map();		/* message to answered 2xx? */
		this.found = [];
	}

	sent(mail)
	{
		this.tests.set(mail.test.id, mail.test);
		if (!this.done.has(mail.id))
			this.done.set(mail.id, false);
	}

	#read()
	{
		const { log } = this.sandbox;

		for (; this.seen < log.length; this.seen++)
			if (log[this.seen].effect?.linked !== undefined)
				this.linked.add(log[this.seen].effect.test);
	}

	answered(mail, status)
	{
		if (status >= 200 && status < 300) {
			this.#read();
			this.done.set(mail.id, true);
			if (!this.linked.has(mail.test.id))
				this.found.push(`${mail.id}: ${status} ` +
				    'before its test was linked');
		} else if (status !== 0 && status !== 503) {
			this.found.push(`${mail.id}: ${status}`);
		}
	}

	#links(state, keys)
	{
		const found = [];

		for (const l of state.trunk.links) {
			if (!this.tests.has(l.testId))
				found.push(`a link of ${l.testId}, which ` +
				    'nobody told of');
			if (l.writes !== 1)
				found.push(`the link of ${l.testId} was ` +
				    `changed ${l.writes} times`);
			if (!keys.has(l.ticket))
				found.push(`${l.testId} is linked to ` +
				    `${l.ticket}, which there is not`);
		}
		return found;
	}

	check(state)
	{
		const tickets = ticketsOf(state);
		const linked = new Map(state.trunk.links.map((l) =>
		    [l.testId, l]));
		const found = [...this.found, ...this.#links(state,
		    new Set(tickets.map((t) => t.key)))];
		const names = new Map();

		for (const t of tickets)
			names.set(t.title, (names.get(t.title) ?? 0) + 1);
		for (const t of this.tests.values()) {
			const title = `[Flaky Test] ${t.name}`;
			if (names.get(title) !== 1)
				found.push(`${t.name}: ${names.get(title) ??
				    0} tickets`);
			if (!linked.has(t.id))
				found.push(`${t.name}: no link`);
			names.delete(title);
		}
		for (const title of names.keys())
			found.push(`"${title}": a ticket nobody asked for`);
		for (const [id, done] of this.done)
			if (!done)
				found.push(`${id}: never 2xx`);
		return found;
	}
}

module.exports = { History };
