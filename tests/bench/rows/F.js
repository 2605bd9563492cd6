'use strict';

/* A CGI process, from its start to the end of a refusal. */

const { execFile } = require('node:child_process');
const path = require('node:path');
const { promisify } = require('node:util');
const { bodies } = require('../load');
const { atMost, figure, median } = require('../lib');
const { BUILD, within } = require('../place');
const { BINARY } = require('../../run/process');

const ROUNDS = 7;
const EACH = 15;		/* processes of a round */

async function
run()
{
	return within(async (place) => {
		const [body] = bodies('FLAKY', 1);
		const file = place.keep('body', body);
		const env = { PATH: '/usr/bin:/bin',
		    TICKETHOOK_CONFIG: place.configure(4),
		    GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'POST',
		    PATH_INFO: '/trunk', CONTENT_TYPE: 'application/json',
		    CONTENT_LENGTH: String(body.length),
		    SVIX_SECRET: place.secret, HTTP_SVIX_ID: 'msg_1',
		    HTTP_SVIX_TIMESTAMP: String(Math.floor(Date.now() / 1000)),
		    HTTP_SVIX_SIGNATURE: 'v1,' + 'A'.repeat(43) + '=' };
		const subjects = {
			tickethook: [BINARY],
			'an empty program with the same libraries':
			    [`${BUILD}/bench/empty`],
			'Node.js with svix': [process.execPath,
			    path.join(__dirname, '..', 'cgi.js')]
		};
		const ms = {};

		for (let i = 0; i < ROUNDS; i++)
			for (const [name, command] of
			    Object.entries(subjects)) {
				const { stdout } = await promisify(execFile)(
				    `${BUILD}/bench/cold`, [String(EACH), file,
				    ...command], { env });
				(ms[name] ??= []).push(Number(stdout));
			}
		const [ours, empty, node] = Object.values(ms).map(median);
		return [...Object.entries(ms).map(([name, list]) =>
		    figure(name, median(list), 'ms')),
		    atMost('against Node.js with svix', ours / node, 'x', 0.1),
		    atMost('above the empty program', ours - empty, 'ms', 3)];
	});
}

module.exports = { run, title: 'CGI, from start to refusal' };
