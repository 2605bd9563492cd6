'use strict';

/*
 * A case's configuration: a file from tests/cases with placeholders, changed
 * by the case's own lines:
 *
 *	set [section] key = value	replaces or adds the key
 *	unset [section] key		takes the key out
 *	unset [section]			takes the section out
 */

function
sectionAt(lines, section)
{
	const from = lines.findIndex((l) => l.startsWith(`[${section}]`));

	if (from < 0)
		return null;
	const next = lines.findIndex((l, i) => i > from && l.startsWith('['));
	return { from, to: next < 0 ? lines.length : next };
}

function
withoutKey(lines, key)
{
	return lines.filter((l) => l.split('=')[0].trim() !== key);
}

function
set(lines, section, key, value)
{
	const found = sectionAt(lines, section);

	if (found === null)
		return [...lines, `[${section}]`, `${key} = ${value}`];
	return [...lines.slice(0, found.from + 1), `${key} = ${value}`,
	    ...withoutKey(lines.slice(found.from + 1, found.to), key),
	    ...lines.slice(found.to)];
}

function
unset(lines, section, key)
{
	const found = sectionAt(lines, section);

	if (found === null)
		throw new Error(`unset: there is no [${section}]`);
	return [...lines.slice(0, found.from),
	    ...(key === '' ? [] : withoutKey(
	    lines.slice(found.from, found.to), key)),
	    ...lines.slice(found.to)];
}

/* Apply a `set` or `unset` step to the text of a configuration. */
function
change(text, verb, rest)
{
	const m = /^\[([^\]]+)\]\s*([^=]*?)\s*(?:=\s*(.*))?$/.exec(rest);

	if (m === null || (verb === 'set') !== (m[3] !== undefined))
		throw new Error(`${verb} ${rest}: not understood`);
	const lines = text.split('\n');
	return (verb === 'set' ? set(lines, m[1], m[2], m[3]) :
	    unset(lines, m[1], m[2])).join('\n');
}

/* @NAME@ becomes places.NAME. */
function
fill(text, places)
{
	return text.replace(/@([A-Z_]+)@/g, (all, name) => {
		if (places[name] === undefined)
			throw new Error(`${all} is not known`);
		return places[name];
	});
}

module.exports = { change, fill };
