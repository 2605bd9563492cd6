'use strict';

/*
 * The bytes of a delivery: a file from tests/payloads as it stands (`raw`),
 * or the same with members replaced; or text given in the case.
 */

const fs = require('node:fs');
const path = require('node:path');

const FOLDER = path.join(__dirname, '..', 'payloads');

function
change(root, line)
{
	const m = /^(with|without) ([\w.]+)(?:\s*=\s*(.*))?$/s.exec(line);

	if (m === null || (m[1] === 'with') !== (m[3] !== undefined))
		throw new Error(`not "with PATH = JSON" or "without PATH": ` +
		    line);
	const keys = m[2].split('.');
	const last = keys.pop();
	let at = root;
	for (const k of keys)
		at = at[k] ??= {};
	if (m[1] === 'with')
		at[last] = JSON.parse(m[3]);
	else
		delete at[last];
}

function
one(options, name)
{
	return options[name] === undefined ? undefined : options[name][0];
}

/* `step` is a send, of FILE, text "…", hex 00ff, or nest N. */
function
bytes(step)
{
	const [kind, arg] = step.words;
	const pad = Number(one(step.options, 'pad') ?? 0);
	let body;

	if (kind === 'text')
		body = Buffer.from(arg);
	else if (kind === 'hex')
		body = Buffer.from(arg, 'hex');
	else if (kind === 'nest')
		body = Buffer.from('['.repeat(Number(arg)) +
		    ']'.repeat(Number(arg)));
	else if (step.words.includes('raw'))
		body = fs.readFileSync(path.join(FOLDER, kind));
	else {
		const root = JSON.parse(fs.readFileSync(
		    path.join(FOLDER, kind), 'utf8'));
		for (const line of step.lines.filter((l) => /^with/.test(l)))
			change(root, line);
		body = Buffer.from(JSON.stringify(root));
	}
	return pad === 0 ? body :
	    Buffer.concat([body, Buffer.alloc(pad, ' ')]);
}

module.exports = { FOLDER, bytes, one };
