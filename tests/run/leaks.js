'use strict';

/*
 * Whether a secret is in what came out of the program, in any form that a
 * program gives to bytes: as it is, a piece of it, base64 (also behind
 * something else, as Basic has it), hexadecimal, percent-encoded, in JSON,
 * in HTML.  Secrets that are found by a piece are random ones, see
 * sandbox/credentials.js.
 */

const fs = require('node:fs');
const path = require('node:path');

const PIECE = 12;		/* characters that nothing has by chance */

/* What base64 has of the bytes alone, behind 0, 1 or 2 others. */
function
base64(bytes)
{
	return [0, 1, 2].map((n) => Buffer.concat([Buffer.alloc(n), bytes]).
	    toString('base64').replace(/=+$/, '').slice(
	    [0, 2, 3][n], bytes.length % 3 === (3 - n) % 3 ? undefined : -1));
}

/* What to look for: {secret, form, bytes as Latin-1}. */
function
forms(secret)
{
	const bytes = Buffer.from(secret);
	const middle = (secret.length - PIECE) >> 1;
	const html = secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
	const json = JSON.stringify(secret).slice(1, -1);
	const list = { raw: secret, percent: encodeURIComponent(secret),
	    json, 'json, slashes too': json.replaceAll('/', '\\/'), html,
	    'html, by number': secret.replaceAll('&', '&#38;').replaceAll('"',
	    '&#34;'), hex: bytes.toString('hex'),
	    HEX: bytes.toString('hex').toUpperCase(),
	    piece: secret.slice(middle, middle + PIECE) };

	base64(bytes).forEach((b, i) => {
		list[`base64 at ${i}`] = b;
		list[`base64url at ${i}`] = b.replaceAll('+', '-').replaceAll(
		    '/', '_');
	});
	return Object.entries(list).map(([form, text]) => ({ form,
	    text: Buffer.from(text).toString('latin1') }));
}

/* {find(text or bytes): the forms that are there}, for some secrets. */
function
needles(secrets)
{
	const list = secrets.flatMap(forms);

	return { find(text)
	{
		const hay = Buffer.from(text).toString('latin1');

		return list.filter((n) => hay.includes(n.text)).map((n) =>
		    n.form);
	} };
}

/* All files below a folder, but for those that hold secrets by intent. */
function
files(dir, leaveOut)
{
	return fs.readdirSync(dir, { recursive: true, withFileTypes: true }).
	    filter((e) => e.isFile()).map((e) => path.join(e.parentPath ??
	    e.path, e.name)).filter((f) => !leaveOut.test(f));
}

module.exports = { files, forms, needles };
