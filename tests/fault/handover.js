'use strict';

/*
 * One process takes over from another while deliveries come in, as at a
 * restart by systemd and at an upgrade: the socket stays, the successor is
 * up, the old one is told to stop.
 *
 * A delivery may be answered 502 or 503 and is then sent again, as Svix does.
 * Whatever else is no 2xx, a process that does not end with 0, a ticket that
 * is missing or there twice, is a deviation.
 *
 * And the other extreme: a hundred processes at once, each with one delivery,
 * as under CGI and mod_fcgid.
 */

const { fronts } = require('../run/fronts');
const nginx = require('../run/nginx');
const { until } = require('../run/process');
const wire = require('../run/wire');
const { supervisor } = require('./handlers');
const { signed, withPlaces } = require('./lab');
const { test } = require('./mails');

const ROUNDS = [10, 200];	/* short or not */
const SENDERS = 4;
const BURST = 100;		/* processes at once */
const BURSTS = [1, 20];
const AGAIN = new Set([200, 502, 503]);
const SETTINGS = ['[handler] workers = 8'];

function
throughNginx(place, port)
{
	return async (mail) => {
		const request = signed(place.world, mail);
		try {
			return await wire.http(port, { ...request,
			    target: nginx.MOUNT + request.path });
		} catch (e) {
			return { status: 0, body: e.message };
		}
	};
}

/* Send until told to stop; every mail goes on until it is 2xx. */
async function
sender(place, send, load, name)
{
	for (let i = 0; !load.stop; i++) {
		const mail = test(i % 2 === 0 ? 'linear' : 'jira',
		    `${name} ${i}`).mail(`msg_${name}_${i}`);
		const answer = await place.untilDone(mail, async (m) => {
			const a = await send(m);
			load.statuses[a.status] =
			    (load.statuses[a.status] ?? 0) + 1;
			if (!AGAIN.has(a.status))
				load.problems.push(`${m.id}: ${a.status} ` +
				    `${a.body}`);
			return a;
		});
		if (answer.status !== 200)
			load.problems.push(`${mail.id}: never 2xx`);
		load.sent++;
	}
}

/* As often as told; the last one is relieved at the end. */
async function
takeOver(handlers, rounds, load)
{
	let old = await handlers.handler();

	return async () => {
		for (let i = 0; i < rounds && load.problems.length === 0;
		    i++) {
			const next = await handlers.handler();
			const began = load.sent;
			const status = await handlers.relieve(old);
			if (status !== 0)
				load.problems.push(`round ${i}: ended with ` +
				    `${status}\n${handlers.log()}`);
			old = next;
			/* It is used before it is relieved itself. */
			await until(() => load.sent > began + SENDERS, 5000);
		}
		return old;
	};
}

async function
through(place, front, rounds, load)
{
	await place.fresh();
	const handlers = await supervisor(place);
	const work = await takeOver(handlers, rounds, load);
	const server = front === 'fcgi' ? undefined : await nginx.open(
	    `${place.dir}/nginx`, handlers.path, 0, front === 'nginx-keep');
	const send = server !== undefined ?
	    throughNginx(place, server.port) :
	    (mail) => place.fcgi(handlers.where, mail);
	const senders = Array.from({ length: SENDERS }, (x, n) =>
	    sender(place, send, load, `${front} ${n}`));

	const last = await work();
	load.stop = true;
	await Promise.all(senders);
	load.problems.push(...await place.exactlyOnce(load.sent, load.sent));
	await server?.stop();
	if (await handlers.relieve(last) !== 0)
		load.problems.push('the last one did not end well');
	await handlers.stop();
}

async function
handover({ short, binary })
{
	const rounds = ROUNDS[short ? 0 : 1];
	const totals = { sent: 0, statuses: {}, problems: [] };

	await withPlaces(1, { binary, settings: SETTINGS },
	    async ([place]) => {
		for (const front of short ? ['fcgi', 'nginx-keep'] :
		    ['fcgi', 'nginx', 'nginx-keep']) {
			const load = { stop: false, sent: 0, statuses: {},
			    problems: [] };
			await through(place, front, rounds, load);
			totals.sent += load.sent;
			for (const [k, n] of Object.entries(load.statuses))
				totals.statuses[k] =
				    (totals.statuses[k] ?? 0) + n;
			totals.problems.push(...load.problems.map((p) =>
			    `${front}: ${p}`));
		}
	});
	return { figure: `${rounds} times on each way in, ${totals.sent} ` +
	    `deliveries, answers ${JSON.stringify(totals.statuses)}`,
	    problems: totals.problems };
}

/* All at once, each again until it is done; the first answers are counted. */
async function
burst(place, round, send, statuses)
{
	const mails = Array.from({ length: BURST }, (x, n) =>
	    test(n % 2 === 0 ? 'linear' : 'jira', `burst ${round} ${n}`).
	        mail(`msg_burst_${round}_${n}`));
	const problems = [];

	for (const a of await Promise.all(mails.map(send))) {
		statuses[a.status] = (statuses[a.status] ?? 0) + 1;
		if (![200, 503].includes(a.status))
			problems.push(`round ${round}: ${a.status} ` +
			    `${a.body}${a.log ?? ''}`);
	}
	for (const m of mails)
		await place.untilDone(m, send);
	return [...problems, ...await place.exactlyOnce(BURST, BURST)];
}

/* As under CGI: each has a process to itself, and all have one ledger. */
async function
hundred({ short, binary })
{
	const rounds = BURSTS[short ? 0 : 1];
	const statuses = {}, problems = [];

	await withPlaces(1, { binary }, async ([place]) => {
		for (let i = 0; i < rounds; i++) {
			await place.fresh();
			problems.push(...await burst(place, i,
			    (m) => place.cgi(m), statuses));
		}
	});
	return { figure: `${rounds} bursts of ${BURST} processes, first ` +
	    `answers ${JSON.stringify(statuses)}`, problems };
}

/* The same under mod_fcgid, which starts as many as it sees need for. */
async function
fcgid({ short, binary })
{
	const rounds = BURSTS[short ? 0 : 1];
	const statuses = {}, problems = [];
	const front = new fronts['apache-fcgid']();
	let most = 0;

	await withPlaces(1, { binary }, async ([place]) => {
		const send = async (m) => {
			try {
				return await front.ask(signed(place.world, m));
			} catch (e) {
				return { status: 0, body: e.message };
			}
		};

		place.world.lend();
		try {
			await front.open();
			for (let i = 0; i < rounds; i++) {
				await place.fresh();
				await front.begin(place.config);
				problems.push(...await burst(place, i, send,
				    statuses));
				most = Math.max(most, front.processes());
			}
		} finally {
			await front.close();
		}
	});
	return { figure: `${rounds} bursts of ${BURST} deliveries, ${most} ` +
	    `processes, first answers ${JSON.stringify(statuses)}`, problems };
}

module.exports = { parts: { handover, hundred, fcgid } };
