'use strict';

/* A delivery whose signature is wrong, through nginx. */

const { CONNECTIONS, bodies, pool, rounds } = require('../load');
const { atLeast, atMost, figure } = require('../lib');
const { within } = require('../place');

const WORKERS = 16;
const POOL = 5000;
/* What `webhook` checks is a plain HMAC of the body; it says 500 to this. */
const PLAIN = `X-Plain: ${'5'.repeat(64)}\r\n`;

function
compare(out, n, all)
{
	const of = (name) => all[name][n];
	const ratio = (name) => of('tickethook').rate / of(name).rate;
	const cost = (name) => of('tickethook').back / of(name).back;

	for (const [name, row] of Object.entries(all)) {
		out.push(figure(`${name}, ${n} connections`, row[n].rate,
		    'requests/s'));
		out.push(figure(`${name}, ${n} connections, processor time ` +
		    'behind nginx', row[n].back, 'us/request'));
		out.push(figure(`${name}, ${n} connections, p99`, row[n].p99,
		    'ms'));
	}
	out.push(atLeast(`${n}: against a bare libfcgi responder`,
	    ratio('bare libfcgi'), 'x', 0.95));
	out.push(atLeast(`${n}: against Node.js with svix`, ratio('node svix'),
	    'x', 1.8));
	out.push(atLeast(`${n}: against PHP-FPM`, ratio('php-fpm'), 'x', 2));
	out.push(atMost(`${n}: processor time against Node.js with svix`,
	    cost('node svix'), 'x', 1 / 3));
	out.push(atMost(`${n}: processor time against PHP-FPM`,
	    cost('php-fpm'), 'x', 1 / 3));
}

async function
run()
{
	return within(async (place) => {
		const bad = pool(place, bodies('FLAKY', 1), POOL, false);
		const subject = (name, path, run, refused, extra) =>
		    ({ name, path, run, refused, extra, pool: () => bad });
		const config = place.configure(WORKERS);
		const ours = await place.tickethook(config);
		const bare = await place.responder(WORKERS);
		const node = await place.node(2);
		const php = await place.php(4);
		const hook = await place.webhook();
		const out = [];

		await place.nginx();
		const all = await rounds(place, [
		    subject('nginx return 204', '/null', place.front),
		    subject('bare libfcgi', '/hooks/bare/trunk', bare),
		    subject('tickethook', '/hooks/tickethook/trunk', ours,
		        true),
		    subject('node svix', '/node', node, true),
		    subject('php-fpm', '/php', php, true),
		    subject('webhook (a plain HMAC)', '/webhook', hook, true,
		        PLAIN)]);
		for (const n of CONNECTIONS)
			compare(out, n, all);
		return out;
	});
}

module.exports = { run, title: 'A wrong signature is refused' };
