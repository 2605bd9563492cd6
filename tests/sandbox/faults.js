'use strict';
/*
 * What may go wrong, and when.
 *
 *	{service, op, when, kind, times, skip, ...}
 *
 * service	trunk, linear, jira, jiradc; left out: any
 * op		glob over the operation's name, default *
 * when		"before": nothing is done; "after": done, then the fault
 * times	how often, default 1; -1 for ever
 * skip		calls that pass untouched first
 *
 * A kind may carry its argument after a colon: status:503, redirect:307,
 * bad-json:deep, tls:expired.  CONNECTION kinds strike before any request
 * is read: they count connections, ignore op and know no "after".
 */
const {VARIANTS} = require('./tls');

const CONNECTION = ['refuse', 'tls-hang', 'tls'];
const REQUEST = ['reset', 'close', 'hang', 'drip', 'cut-headers', 'cut-body',
    'short-body', 'chunk-cut', 'status', 'html', 'empty', 'braces',
    'graphql-errors', 'null-data', 'wrong-type', 'big-body', 'big-headers',
    'gzip', 'bad-json', 'redirect', 'other-id', 'nul-id', 'long-id',
    'quote-id', 'slash-id', 'double-answer', 'continue-storm',
    'keepalive-close', 'ratelimit', 'echo'];
const BAD_JSON = ['duplicate-keys', 'deep', 'huge-number', 'bad-utf8'];
const REDIRECTS = [301, 302, 303, 307, 308];
const ARGUMENT = {status: 'status', echo: 'status', redirect: 'code', 'bad-json': 'variant',
    tls: 'variant'};

function
glob(pattern, text)
{
	const re = pattern.replace(/[.+^${}()|[\]\\?]/g, '\\$&')
	    .replace(/\*/g, '.*');

	return new RegExp(`^${re}$`).test(text);
}

/* "linear.viewer+organization" is also "linear.viewer". */
function
matches(fault, service, op)
{
	const [head, rest] = op.split(/\.(.*)/s);
	const names = [op, ...(rest || '').split('+').map(n => `${head}.${n}`)];

	return (!fault.service || fault.service === service) &&
	    names.some(n => glob(fault.op, n));
}

function
refuse(what)
{
	throw new TypeError(`fault: ${what}`);
}

function
check(f)
{
	if (!CONNECTION.includes(f.kind) && !REQUEST.includes(f.kind))
		refuse(`unknown kind "${f.kind}"`);
	if (!['before', 'after'].includes(f.when))
		refuse('when is "before" or "after"');
	if (CONNECTION.includes(f.kind) && f.when === 'after')
		refuse(`${f.kind} has no "after"`);
	if (!Number.isInteger(f.times) || !Number.isInteger(f.skip))
		refuse('times and skip are whole numbers');
	if (f.kind === 'tls' && !VARIANTS.includes(f.variant))
		refuse(`tls: one of ${VARIANTS.join(', ')}`);
	if (f.kind === 'bad-json' && !BAD_JSON.includes(f.variant))
		refuse(`bad-json: one of ${BAD_JSON.join(', ')}`);
	if (['status', 'echo'].includes(f.kind) && !(f.status >= 200 && f.status <= 599))
		refuse('status: a number from 200 to 599');
	if (f.kind === 'redirect' && !REDIRECTS.includes(f.code))
		refuse(`redirect: one of ${REDIRECTS.join(', ')}`);
}

function
parse(given)
{
	const [kind, ...rest] = String(given.kind).split(':');
	const f = {op: '*', when: 'before', times: 1, skip: 0, hits: 0,
	    ...given, kind};
	const arg = rest.join(':');

	if (arg && !ARGUMENT[kind])
		refuse(`unknown kind "${given.kind}"`);
	if (arg)
		f[ARGUMENT[kind]] = /^\d+$/.test(arg) ? Number(arg) : arg;
	if (kind === 'redirect')
		f.code ??= 302;
	if (kind === 'echo')
		f.status ??= 400;
	if (kind === 'bad-json')
		f.variant ??= 'duplicate-keys';
	check(f);
	return f;
}

/*
 * add(fault) returns it as understood; take() gives the first that strikes
 * this call and counts it; peek() asks without counting.
 */
class Faults {
	constructor()
	{
		this.list = [];
	}

	add(given)
	{
		const f = parse(given);

		this.list.push(f);
		return f;
	}

	clear()
	{
		this.list.length = 0;
	}

	#find(wanted)
	{
		for (const f of this.list) {
			if (f.times === 0 || !wanted(f))
				continue;
			if (f.skip > 0) {
				f.skip--;
				continue;
			}
			if (f.times > 0)
				f.times--;
			f.hits++;
			return f;
		}
		return null;
	}

	take(service, op)
	{
		return this.#find(f => !CONNECTION.includes(f.kind) &&
		    matches(f, service, op));
	}

	takeConnection(service)
	{
		return this.#find(f => CONNECTION.includes(f.kind) &&
		    (!f.service || f.service === service));
	}

	/* Refused for ever: the listener itself goes away. */
	deaf(service)
	{
		return this.list.some(f => f.kind === 'refuse' &&
		    f.times < 0 && f.skip === 0 &&
		    (!f.service || f.service === service));
	}
}

module.exports = {Faults, CONNECTION, REQUEST, BAD_JSON, REDIRECTS};
