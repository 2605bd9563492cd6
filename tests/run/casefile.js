'use strict';

/*
 * Reads a case: a conversation as plain text.
 *
 *	# What is proven, in one sentence.
 *	config default.ini
 *	set [rule flaky] to = owner
 *	send v2-flaky.json id=msg_1
 *		with test_case.name = "adds \"one\""
 *	expect 200 {"outcome": "created"}
 *		header Content-Type: application/json
 *
 * A line at the margin is a step; tabbed lines belong to the step above, and
 * lines with two tabs continue the line above.  A step is
 * {verb, rest, words, options, lines, at}: `words` are the plain words of
 * the line, `options` its name=value pairs.  A value in double quotes is a
 * JSON string.
 */

const fs = require('node:fs');
const path = require('node:path');

const VERBS = new Set(['config', 'set', 'unset', 'fronts', 'send', 'get',
    'request', 'expect', 'upstream', 'writes', 'state', 'fault', 'seed',
    'wait', 'log', 'notices', 'reload', 'run', 'exit', 'sql', 'person',
    'tell', 'rows']);

const PROOFS = ['expect', 'upstream', 'writes', 'state', 'log', 'exit',
    'notices', 'rows'];

/* Words, and the options among them, of one line. */
function
tokens(text)
{
	const words = [];
	const options = {};
	const re = /([A-Za-z]\w*=)?("(?:[^"\\]|\\.)*"|\S+)/g;

	for (const m of text.matchAll(re)) {
		const value = m[2].startsWith('"') && m[2].length > 1 ?
		    JSON.parse(m[2]) : m[2];
		const bare = m[1] === undefined &&
		    /^([A-Za-z]\w*)=$/.exec(m[2]);
		if (m[1] !== undefined)
			(options[m[1].slice(0, -1)] ??= []).push(value);
		else if (bare)
			(options[bare[1]] ??= []).push('');
		else
			words.push(value);
	}
	return { words, options };
}

function
parse(text, name)
{
	const steps = [];
	const title = /^# ?(.*)$/m.exec(text);
	const fail = (n, why) => {
		throw new Error(`${name}:${n}: ${why}`);
	};

	if (title === null)
		fail(1, 'begin with a comment that says what is proven');
	text.split('\n').forEach((line, i) => {
		const step = steps[steps.length - 1];
		if (/^\s*$/.test(line) || line.startsWith('#'))
			return;
		if (line.startsWith('\t')) {
			if (step === undefined)
				fail(i + 1, 'a tabbed line without a step');
			if (!line.startsWith('\t\t'))
				step.lines.push(line.slice(1));
			else if (step.lines.length > 0)
				step.lines[step.lines.length - 1] += ' ' +
				    line.trim();
			else
				step.rest += ' ' + line.trim();
			return;
		}
		const m = /^(\S+)\s*(.*)$/.exec(line);
		if (!VERBS.has(m[1]))
			fail(i + 1, `unknown step ${m[1]}`);
		steps.push({ verb: m[1], rest: m[2], lines: [], at: i + 1 });
	});
	for (const s of steps)
		if (['send', 'request', 'get', 'person', 'tell'].includes(
		    s.verb))
			Object.assign(s, tokens(s.rest));
	if (!steps.some((s) => PROOFS.includes(s.verb)))
		fail(1, 'nothing is expected');
	return { name, title: title[1], steps };
}

function
load(file)
{
	return parse(fs.readFileSync(file, 'utf8'),
	    path.basename(file, '.case'));
}

module.exports = { load, parse };
