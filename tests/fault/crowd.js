'use strict';

/*
 * Many at once, at four processes of the handler.
 *
 *	identical	one delivery, 50 times at once
 *	file		50 tests of a file that share its ticket
 */

const nginx = require('../run/nginx');
const { http } = require('../run/wire');
const { crowd } = require('./handlers');
const { signed, withPlaces } = require('./lab');
const { test } = require('./mails');

const AT_ONCE = 50;
const PROCESSES = 4;
const ROUNDS = { identical: [3, 100], file: [2, 20] };

/* 200, or not now. */
const FITTING = [200, 503];

function
statuses(answers)
{
	const n = {};

	for (const a of answers)
		n[a.status] = (n[a.status] ?? 0) + 1;
	return n;
}

function
unfitting(answers)
{
	return Object.entries(statuses(answers)).filter(([status]) =>
	    !FITTING.includes(Number(status))).map(([status, n]) =>
	    `${n} answers ${status}`);
}

/* Through nginx; a broken connection is no answer. */
function
throughNginx(place, port)
{
	return async (mail) => {
		const request = signed(place.world, mail);

		try {
			const { status, body } = await http(port, {
			    ...request, target: nginx.MOUNT + request.path });
			return { status, body: body.toString() };
		} catch (e) {
			return { status: 0, body: e.message };
		}
	};
}

/* A crowd of handlers, and what to send with; `work` gives sentences. */
async function
withCrowd(place, front, work)
{
	await place.fresh();
	const handlers = await crowd(place, PROCESSES);
	let server;

	try {
		if (front === 'nginx')
			server = await nginx.open(`${place.dir}/nginx`,
			    handlers.path);
		await work(front === 'nginx' ?
		    throughNginx(place, server.port) :
		    (mail) => place.fcgi(handlers.where, mail));
	} finally {
		await server?.stop();
	}
	return await handlers.stop();
}

/* Reset between two rounds; the ledger and the handlers stay. */
async function
round(place, send, mails, { tickets, links })
{
	await place.sandbox.reset();
	const answers = await Promise.all(mails.map(send));
	const found = unfitting(answers);
	for (const mail of new Map(mails.map((m) => [m.id, m])).values()) {
		const { status, body } = await place.untilDone(mail, send);
		if (status !== 200)
			found.push(`never 2xx: ${status} ${body}`);
	}
	return { statuses: statuses(answers),
	    found: [...found, ...await place.exactlyOnce(tickets, links)] };
}

async function
rounds(options, kind, mailsOf, expected)
{
	const { short, binary } = options;
	const count = options.rounds ?? ROUNDS[kind][short ? 0 : 1];
	const settings = kind === 'file' ?
	    ['[defaults] one_ticket_per = file'] : [];
	const problems = [];
	let bad = 0, done = 0, late = 0;

	await withPlaces(1, { binary, settings }, async ([place]) => {
		for (const front of short ? ['fcgi'] : ['fcgi', 'nginx'])
			problems.push(...await withCrowd(place, front,
			    async (send) => {
				for (let i = 0; i < count; i++) {
					const { found, statuses: n } =
					    await round(place, send, mailsOf(
					    `${front} ${i}`, i), expected);
					done++;
					late += n[503] ?? 0;
					bad += found.length > 0;
					problems.push(...found.map((f) =>
					    `${front} round ${i}: ${f}`));
				}
			}));
	});
	return { figure: `${done} rounds of ${AT_ONCE}, ${bad} deviations, ` +
	    `${late} answers 503`, deviations: bad, problems };
}

function
trackerOf(i)
{
	return i % 2 === 0 ? 'linear' : 'jira';
}

function
identical(options)
{
	return rounds(options, 'identical', (name, i) => Array(AT_ONCE).fill(
	    test(trackerOf(i), name).mail(`msg_${name}`)),
	    { tickets: 1, links: 1 });
}

function
file(options)
{
	return rounds(options, 'file', (name, i) => Array.from(
	    { length: AT_ONCE }, (x, k) => test(trackerOf(i), `${name} ${k}`,
	    `services/round-${name.replace(' ', '-')}.ts`).mail(
	    `msg_${name}_${k}`)), { tickets: 1, links: AT_ONCE });
}

module.exports = { parts: { identical, file }, identical };
