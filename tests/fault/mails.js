'use strict';

/*
 * The deliveries that are tortured.
 *
 *	const t = test('linear', 7)	a test whose tickets go to Linear
 *	t.mail('msg_1', {status, at})	an event of it
 */

const crypto = require('node:crypto');

const OWNER = { linear: '@brightwater/web', jira: '@brightwater/payments' };
const BEGAN = Date.UTC(2026, 10, 3, 7, 0, 0);

function
idOf(name)
{
	const h = crypto.createHash('sha256').update(name).digest('hex');

	return [h.slice(0, 8), h.slice(8, 12), `5${h.slice(13, 16)}`,
	    `a${h.slice(17, 20)}`, h.slice(20, 32)].join('-');
}

/* `at` is in minutes; an event of status `status`, flaky if not told. */
function
event(test, id, { status = 'FLAKY', at = 0 })
{
	const stamp = new Date(BEGAN + at * 60000).toISOString();

	return { id, test, file: 'v2-flaky.json', lines: [
	    `with timestamp = "${stamp}"`, `with new_status = "${status}"`,
	    `with test_case.id = "${test.id}"`,
	    `with test_case.name = "${test.name}"`,
	    `with test_case.file_path = "${test.filePath}"`,
	    `with test_case.codeowners = ["${OWNER[test.tracker]}"]`] };
}

function
test(tracker, serial, filePath = 'services/ferry/src/fare_test.ts')
{
	const name = `charges fare zone ${serial}`;
	const made = { tracker, name, filePath, began: BEGAN,
	    id: idOf(`${tracker} ${serial} ${filePath}`) };

	made.mail = (id, more = {}) => event(made, id, more);
	return made;
}

module.exports = { test };
