'use strict';
/*
 * Plays whoever is told: takes every POST of JSON, on any path, that shows
 * one of the credentials, and refuses the rest.
 */
const {hook: good} = require('./credentials');

class Hook {
	constructor(shared)
	{
		this.name = 'hook';
		this.shared = shared;
	}

	right(ctx)
	{
		return ctx.headers.authorization === `Bearer ${good.bearer}` ||
		    ctx.headers['x-hook-secret'] === good.secret ||
		    ctx.path.startsWith('/open/');
	}

	route(ctx)
	{
		const bad = !ctx.right ? 401 : ctx.method !== 'POST' ? 405 :
		    ctx.unparsable || ctx.headers['content-type'] !==
		    'application/json' ? 400 : 0;

		return {op: 'hook.post', run: () => bad ? this.failure(bad) :
		    {status: 200, body: {ok: true}, effect: {taken: true}}};
	}

	failure(status)
	{
		return {status, body: {ok: false}};
	}

	ratelimit(seconds)
	{
		return {...this.failure(429),
		    headers: {'Retry-After': String(seconds)}};
	}

	standIn()
	{
		return {status: 200, body: {ok: true}};
	}

	stranger()
	{
		return {id: '0', key: '0'};
	}

	state()
	{
		return {taken: this.shared.log.filter(e =>
		    e.service === 'hook' && e.effect !== null).length};
	}

	reset() {}
}

module.exports = {Hook};
