'use strict';

/*
 * The headers of a delivery, signed by Svix's own library wherever it can:
 * it takes only whole seconds and text, so odd time stamps and bodies that
 * are not UTF-8 are signed with node:crypto.
 * Scheme: https://docs.svix.com/receiving/verifying-payloads/how-manual
 */

const crypto = require('node:crypto');
const { Webhook } = require('svix');
const { one } = require('./payload');

function
newSecret()
{
	return 'whsec_' + crypto.randomBytes(24).toString('base64');
}

function
signature(secret, id, stamp, body)
{
	const seconds = Number(stamp);

	if (/^[1-9][0-9]{8,10}$/.test(stamp) &&
	    Buffer.from(body.toString()).equals(body))
		return new Webhook(secret).sign(id,
		    new Date(seconds * 1000), body.toString());
	const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
	return 'v1,' + crypto.createHmac('sha256', key).update(
	    Buffer.concat([Buffer.from(`${id}.${stamp}.`), body])).digest(
	    'base64');
}

function
junk()
{
	return 'v1,' + crypto.randomBytes(32).toString('base64');
}

/* {sig} {junk} {junk*10} {id} {stamp} {digest} in a header's text. */
function
fill(text, known)
{
	return text.replace(/\{(\w+)(?:\*(\d+))?\}/g, (all, name, n) =>
	    name === 'junk' && known.junk === undefined ?
	    Array.from({ length: Number(n ?? 1) }, junk).join(' ') :
	    known[name] ?? all);
}

function
flipBit(bytes, at)
{
	const out = Buffer.from(bytes);

	out[at] ^= 1;
	return out;
}

/* Change one bit, or one digit, of what was signed. */
function
forge(what, parts)
{
	if (what === 'body')
		parts.body = flipBit(parts.body, parts.body.length >> 1);
	else if (what === 'id')
		parts.id = flipBit(Buffer.from(parts.id),
		    parts.id.length - 1).toString();
	else if (what === 'timestamp')
		parts.stamp = String(Number(parts.stamp) - 1);
	else if (what === 'signature')
		parts.sig = 'v1,' + flipBit(Buffer.from(parts.sig.slice(3),
		    'base64'), 0).toString('base64');
	else
		throw new Error(`flip=${what}?`);
}

/*
 * {headers: [[name, value]…], body} of a send step.  Options: id, at, stamp,
 * secret=old, flip, family=webhook|both, signature (a text to be filled),
 * drop (a header left out), header (one more header).
 */
function
delivery(step, body, id, secrets)
{
	const opt = (name) => one(step.options, name);
	const now = Math.floor(Date.now() / 1000) + Number(opt('at') ?? 0);
	const stamp = (opt('stamp') ?? 'NOW').replace('NOW', String(now));
	const secret = secrets[opt('secret') ?? 'current'];
	const parts = { id, stamp, body,
	    sig: signature(secret, id, stamp, body) };
	const digest = parts.sig.slice(3);

	if (opt('flip') !== undefined)
		forge(opt('flip'), parts);
	const known = { ...parts, digest };
	const sig = fill(opt('signature') ?? '{sig}', known);
	const family = opt('family') ?? 'svix';
	const headers = [['Content-Type', 'application/json']];
	for (const f of family === 'both' ? ['svix', 'webhook'] : [family])
		headers.push([`${f}-id`, parts.id],
		    [`${f}-timestamp`, parts.stamp], [`${f}-signature`, sig]);
	const kept = headers.filter(([name]) =>
	    !(step.options.drop ?? []).includes(name));
	for (const h of step.options.header ?? []) {
		const colon = h.indexOf(':');
		kept.push([h.slice(0, colon),
		    fill(h.slice(colon + 1).trim(), { ...known, sig })]);
	}
	return { headers: kept, body: parts.body };
}

/*
 * The headers of a tracker's webhook: {headers, body}.  Options: id (the
 * sender's own of this message; empty: none), secret=stranger, flip=body,
 * signature (a text to be filled), drop, header.
 * Schemes: https://developer.atlassian.com/cloud/jira/platform/webhooks/ and
 * https://linear.app/developers/webhooks
 */
function
hook(step, body, id, secrets, isLinear)
{
	const opt = (name) => one(step.options, name);
	const secret = secrets[opt('secret') ?? 'tracker'];
	const sig = crypto.createHmac('sha256', secret).update(body).
	    digest('hex');
	const known = { sig, junk: crypto.randomBytes(32).toString('hex') };
	const said = fill(opt('signature') ?? (isLinear ? '{sig}' :
	    'sha256={sig}'), known);
	const headers = [['Content-Type', 'application/json'],
	    [isLinear ? 'Linear-Signature' : 'X-Hub-Signature', said],
	    [isLinear ? 'Linear-Delivery' : 'X-Atlassian-Webhook-Identifier',
	        id]];
	const more = (step.options.header ?? []).map((h) => [
	    h.slice(0, h.indexOf(':')), h.slice(h.indexOf(':') + 1).trim()]);

	return { headers: [...headers.filter(([name, value]) => value !== '' &&
	    !(step.options.drop ?? []).includes(name)), ...more],
	    body: opt('flip') === 'body' ? flipBit(body, body.length >> 1) :
	        body };
}

module.exports = { delivery, hook, newSecret };
