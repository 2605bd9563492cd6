'use strict';

/*
 * Does `got` hold what a case expects?  Objects need the named members and
 * may have more; lists have the same length, unless the expected one ends in
 * "...".  Among strings,
 *
 *	"/expression/"		must match,
 *	"<absent>"		the member must not be there,
 *	"<NAME>" "<NAME:expr>"	binds NAME, or must equal what NAME was
 *				bound to before in this case.
 *
 * Returns a list of sentences about what differs: empty is a match.
 */

function
show(v)
{
	const text = JSON.stringify(v);

	return text === undefined ? 'nothing' : text.length > 300 ?
	    text.slice(0, 300) + '…' : text;
}

function
matchText(want, got, names, at)
{
	const name = /^<([A-Za-z]\w*)(?::(.+))?>$/s.exec(want);
	const expr = /^\/(.+)\/$/s.exec(want);

	if (expr !== null)
		return typeof got === 'string' && new RegExp(expr[1],
		    'su').test(got) ? [] :
		    [`${at}: ${show(got)} does not match ${want}`];
	if (name === null)
		return want === got ? [] :
		    [`${at}: ${show(got)} instead of ${show(want)}`];
	if (names.has(name[1]))
		return names.get(name[1]) === got ? [] :
		    [`${at}: ${show(got)} instead of ${name[1]}, which is ` +
		    show(names.get(name[1]))];
	if (got === undefined || (name[2] !== undefined &&
	    !new RegExp(name[2], 'su').test(String(got))))
		return [`${at}: ${show(got)} does not match ${want}`];
	names.set(name[1], got);
	return [];
}

function
matchList(want, got, names, at)
{
	const open = want[want.length - 1] === '...';
	const fixed = open ? want.slice(0, -1) : want;

	if (!Array.isArray(got) || got.length < fixed.length ||
	    (!open && got.length !== fixed.length))
		return [`${at}: ${show(got)} instead of ${show(want)}`];
	return fixed.flatMap((w, i) => match(w, got[i], names, `${at}[${i}]`));
}

function
match(want, got, names = new Map(), at = '')
{
	if (want === '<absent>')
		return got === undefined ? [] :
		    [`${at}: ${show(got)}, which should not be there`];
	if (typeof want === 'string')
		return matchText(want, got, names, at);
	if (Array.isArray(want))
		return matchList(want, got, names, at);
	if (want === null || typeof want !== 'object')
		return want === got ? [] :
		    [`${at}: ${show(got)} instead of ${show(want)}`];
	if (got === null || typeof got !== 'object' || Array.isArray(got))
		return [`${at || 'it'}: ${show(got)} instead of an object`];
	return Object.keys(want).flatMap((k) => match(want[k], got[k], names,
	    at === '' ? k : `${at}.${k}`));
}

module.exports = { match, show };
