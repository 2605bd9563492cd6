'use strict';

/* One line per check, and the count at the end. */

const count = { passed: 0, failed: 0 };

/* `problems` is a list of sentences; none is a pass. */
function
check(name, problems)
{
	if (problems.length === 0) {
		count.passed++;
		console.log(`ok ${name}`);
		return;
	}
	count.failed++;
	console.log(`not ok ${name}`);
	for (const p of problems)
		console.log(p.replace(/^/gm, '\t'));
}

/* A check that is a function: what it throws is what is wrong. */
async function
attempt(name, work)
{
	try {
		await work();
		check(name, []);
	} catch (e) {
		check(name, [e.message]);
	}
}

function
finish()
{
	console.log(`${count.passed} passed, ${count.failed} failed`);
	process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
}

module.exports = { attempt, check, finish };
