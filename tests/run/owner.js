'use strict';

/*
 * node tests/run/owner.js
 *
 * A person who runs a verb as root must not leave files behind that the
 * service cannot open: each verb that opens the ledger first becomes its
 * owner.  Run by anybody else, each must leave all files with that one.
 */

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const { BINARY } = require('./process');
const report = require('./report');
const { World } = require('./world');

const VERBS = [['sync'], ['check', '--offline'], ['simulate'],
    ['deliveries'], ['tickets'], ['tests'], ['queue'], ['export'],
    ['reconcile'], ['replay', '--since', '1d'], ['replay', 'msg_none'],
    ['link', 'nothing', 'PAY-1'], ['release', 'web']];

/* [name, uid] of the ledger's files, which are gone when all is closed. */
function
owners(dir)
{
	return fs.readdirSync(dir).filter((f) => f.startsWith('ledger.db')).
	    map((f) => [f, fs.statSync(`${dir}/${f}`).uid]);
}

/* To its end, while the sandbox goes on answering. */
function
run(config, verb)
{
	return new Promise((resolve) => execFile(BINARY, [verb[0], '-c',
	    config, ...verb.slice(1)], { cwd: '/', timeout: 30000,
	    env: { PATH: '/usr/bin:/bin' } }, (error, stdout, stderr) =>
	    resolve({ stderr, status: error === null ? 0 : error.code })));
}

/* Each in a directory of its own, whose ledger a first one has made. */
async function
check(world, verb, uid)
{
	const dir = fs.mkdtempSync(`${world.dir}/owner-`);
	const config = world.configure(world.template('default.ini'), dir);
	const found = [];

	await run(config, ['sync']);
	fs.rmSync(`${dir}/ledger.db.lock`, { force: true });
	const { status, stderr } = await run(config, verb);
	const left = owners(dir);

	if (status !== 0 && status !== 1)
		found.push(`exit ${status}: ${stderr}`);
	if (/cannot be (opened|locked|written)/.test(stderr))
		found.push(stderr);
	if (left.length === 0)
		found.push('there is no ledger');
	for (const [name, now] of left)
		if (now !== uid)
			found.push(`${name} belongs to ${now}, not ${uid}`);
	report.check(`${verb.join(' ')} leaves the ledger to its owner`,
	    found);
}

(async () => {
	const world = await World.open();

	try {
		if (process.getuid() === 0)
			world.lend();
		for (const verb of VERBS)
			await check(world, verb, world.owner?.uid ??
			    process.getuid());
	} finally {
		await world.close();
	}
	report.finish();
})();
