'use strict';

/*
 * node tests/run/hosting.js
 *
 * An account on shared hosting that may install nothing: the .htaccess and
 * the wrapper that are shipped for it, under suEXEC; see hosting.sh.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { inCopy } = require('./copy');
const { BINARY, ROOT, freePort } = require('./process');
const { bytes } = require('./payload');
const report = require('./report');
const { World } = require('./world');

const HOME = '/home/kim';

/* What hosting.sh finds: the program, a configuration for the account. */
function
stageOf(world)
{
	const stage = fs.mkdtempSync(path.join(os.tmpdir(),
	    'tickethook-hosting-'));
	const inside = `${HOME}/.config/tickethook`;

	fs.chmodSync(stage, 0o755);
	fs.copyFileSync(BINARY, `${stage}/program`);
	fs.chmodSync(`${stage}/program`, 0o755);
	world.configure(world.template('default.ini').
	    replaceAll('@SECRETS@', inside).
	    replaceAll('@CA@', `${inside}/ca.pem`).
	    replaceAll('@DIR@', `${HOME}/tickethook`).
	    replace('[handler]', '[handler]\nworkers = 1'), `${stage}/config`);
	for (const f of fs.readdirSync(`${world.dir}/secrets`))
		fs.copyFileSync(`${world.dir}/secrets/${f}`,
		    `${stage}/config/${f}`);
	fs.copyFileSync(world.sandbox.ca, `${stage}/config/ca.pem`);
	fs.cpSync(path.join(ROOT, 'apache'), `${stage}/apache`,
	    { recursive: true });
	fs.writeFileSync(`${stage}/payload.json`, bytes({
	    words: ['v2-flaky.json'], options: {}, lines: [] }));
	return stage;
}

async function
main()
{
	const world = await World.open();
	const stage = stageOf(world);

	try {
		await inCopy(stage, 'hosting.sh', [stage, `${stage}/apache`,
		    String(await freePort())]);
	} finally {
		await world.close();
		fs.rmSync(stage, { recursive: true, force: true });
	}
	report.finish();
}

if (process.getuid() === 0)
	main();
else
	console.log('suEXEC is tried by root alone\n0 passed, 0 failed');
