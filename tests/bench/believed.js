'use strict';

/*
 * Deliveries whose signature is right: tickethook reads and writes its
 * ledger, Node.js and PHP verify and answer.  `prepare` is called with ours
 * before anything is measured.
 */

const { CONNECTIONS, rounds } = require('./load');
const { atLeast, figure } = require('./lib');

const WORKERS = 256;		/* more than connections */

async function
measure(place, kind, more, prepare)
{
	const ours = await place.tickethook(place.configure(WORKERS,
	    more));
	const node = await place.node(2);
	const php = await place.php(4);
	const out = [];

	await place.nginx();
	const us = { ...kind, name: 'tickethook',
	    path: '/hooks/tickethook/trunk', run: ours };
	await prepare?.(us);
	const all = await rounds(place, [us,
	    { ...kind, once: false, name: 'node svix', path: '/node',
	        run: node },
	    { ...kind, once: false, name: 'php-fpm', path: '/php', run: php }]);
	for (const n of CONNECTIONS) {
		for (const [name, row] of Object.entries(all)) {
			out.push(figure(`${name}, ${n} connections`,
			    row[n].rate, 'requests/s'));
			out.push(figure(`${name}, ${n} connections, ` +
			    'processor time behind nginx', row[n].back,
			    'us/request'));
			out.push(figure(`${name}, ${n} connections, p99`,
			    row[n].p99, 'ms'));
		}
		const { rate } = all.tickethook[n];
		out.push(atLeast(`${n}: against Node.js with svix`,
		    rate / all['node svix'][n].rate, 'x', 1.5));
		out.push(atLeast(`${n}: against PHP-FPM`,
		    rate / all['php-fpm'][n].rate, 'x', 2));
	}
	return out;
}

module.exports = { measure };
