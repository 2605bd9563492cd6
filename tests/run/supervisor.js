'use strict';

/*
 * Holds a listening socket and keeps one handler up on it, as systemd does
 * with the shipped units: a handler that dies is started again after the
 * pause that the unit names, and what is connected meanwhile waits.
 *
 *	const s = await supervise('unix', place, 'a');	place: tests/fault/lab
 *	s.where			to connect to, named after 'a'
 *	s.deaths()		how the handlers ended so far
 *	s.log()			what they wrote
 *	await s.stop()		sentences, of what did not end well
 *
 * The ways: "unix" and "tcp" give the socket as descriptor 0, "systemd" a
 * unix one as descriptor 3 with LISTEN_FDS.
 */

const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { ROOT, start, until } = require('./process');

const UNIT = path.join(ROOT, 'handler', 'tickethook.service');
/* Nobody else has the socket, and no handler outlives the shell. */
const HOLDER = 'trap "kill \\$p; wait \\$p; echo ended \\$?; exit" TERM; ' +
    'while :; do setpriv --pdeathsig KILL /bin/sh -c "$1" "$0" & p=$!; ' +
    'wait $p; echo "ended $?"; sleep $2; done';
const CHILD = {
	unix: 'exec "$0" <&3 3<&-',
	tcp: 'exec "$0" <&3 3<&-',
	systemd: 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0"'
};

/* Seconds between the end of a handler and the next. */
function
pause()
{
	const m = /^RestartSec=(\d+)ms$/m.exec(fs.readFileSync(UNIT, 'utf8'));

	return Number(m[1]) / 1000;
}

/* A socket under a second name: closing ours takes the first one away. */
async function
socketAt(way, dir, name)
{
	const [ours, theirs] = ['held', 'sock'].map((end) =>
	    `${dir}/${name}.${end}`);
	const server = net.createServer().listen(way === 'tcp' ?
	    { host: '127.0.0.1', port: 0, backlog: 4096 } :
	    { path: ours, backlog: 4096 });

	await new Promise((resolve, reject) => {
		server.on('listening', resolve);
		server.on('error', reject);
	});
	if (way === 'tcp')
		return { server, where: { host: '127.0.0.1',
		    port: server.address().port } };
	fs.rmSync(theirs, { force: true });
	fs.linkSync(ours, theirs);
	return { server, where: { path: theirs } };
}

async function
supervise(way, place, name)
{
	const { server, where } = await socketAt(way, place.dir, name);
	const run = start('/bin/sh', ['-c', HOLDER, place.binary, CHILD[way],
	    String(pause())], { env: { TICKETHOOK_CONFIG: place.config },
	    stdio: ['ignore', 'pipe', 'pipe', server._handle.fd] });

	server.close();
	if (!await until(() => run.log.includes(' serves with ')))
		throw new Error(`no handler: ${run.log}${run.out}`);
	const deaths = () => [...run.out.matchAll(/^ended (\d+)$/gm)].
	    map((m) => Number(m[1]));
	return { where, deaths, log: () => run.log, async stop() {
		await run.stop();
		return deaths().at(-1) === 0 ? [] :
		    [`the handler ended with ${deaths().at(-1)}: ${run.log}`];
	} };
}

module.exports = { supervise };
