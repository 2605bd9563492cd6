'use strict';

/*
 *	await inCopy(stage, 'deb.sh', args, root);
 *
 * Runs a script of this folder by copy.sh, over `root` or else this machine,
 * while servers of this process go on answering.  The script prints "ok NAME",
 * or "not ok NAME" with tabbed lines that say why; they are counted.  Where no
 * copy can be made, that is said and nothing is counted.
 */

const fs = require('node:fs');
const path = require('node:path');
const { execFile } = require('node:child_process');
const report = require('./report');

const PATIENCE_MS = 600000;
const SPACE = 1 << 24;		/* bytes that it may print */

function
output(stage, script, args, root)
{
	/* Seen in the copy, too. */
	fs.copyFileSync(path.join(__dirname, script), `${stage}/${script}`);
	return new Promise((resolve) => execFile(path.join(__dirname,
	    'copy.sh'), [root, stage, `${stage}/${script}`, ...args],
	    { timeout: PATIENCE_MS, maxBuffer: SPACE },
	    (error, stdout, stderr) => resolve(stdout +
	    (error === null ? '' : `${error.message}\n`) + stderr)));
}

async function
inCopy(stage, script, args, root = '/')
{
	const said = await output(stage, script, args, root);
	let any = false;

	for (const part of said.split(/^(?=(?:not )?ok )/m)) {
		const m = /^(not )?ok ([^\n]*)\n?([\s\S]*)/.exec(part);
		any ||= m !== null;
		if (m !== null)
			report.check(m[2], m[1] ? [m[3]] : []);
		else if (part.trim() !== '')
			console.log(part.trim());
	}
	if (!any && !/^cannot: /m.test(said))
		report.check(script, [said]);
}

module.exports = { inCopy };
