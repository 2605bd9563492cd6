'use strict';
/*
 * A plain client for the sandbox's own tests: HTTPS with the sandbox's CA.
 *
 *	const c = client(sb);
 *	await c.linear(query, variables, {auth})	GraphQL
 *	await c.jira(method, path, body, {auth})	Cloud, below /rest/api
 *	await c.dc(...)					Data Center
 *	await c.v1(path, body, {auth}), c.v2(method, path, body, {auth})
 *
 * Each resolves to {status, headers, text, json}; a broken connection
 * rejects.  auth null sends none.
 */
const fs = require('node:fs');
const https = require('node:https');
const good = require('./credentials');

const basic = (user, secret) =>
    `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;

function
ask(url, {method, headers, body, agent, timeout})
{
	return new Promise((resolve, reject) => {
		const req = https.request(url, {method, headers, agent,
		    maxHeaderSize: 1 << 16}, res => {
			const chunks = [];

			res.on('data', c => chunks.push(c));
			res.on('error', reject);
			res.on('aborted', () => reject(new Error('aborted')));
			res.on('end', () => {
				const raw = Buffer.concat(chunks);
				const text = raw.toString();
				let json;

				try {
					json = JSON.parse(text);
				} catch {
					json = undefined;
				}
				resolve({status: res.statusCode,
				    headers: res.headers, raw, text, json});
			});
		});

		/* For the whole exchange: a drip must not prolong it. */
		if (timeout)
			setTimeout(() => req.destroy(new Error('timeout')),
			    timeout).unref();
		req.on('error', reject);
		req.end(body === undefined ? undefined : JSON.stringify(body));
	});
}

function
client(sb, options)
{
	const agent = new https.Agent({ca: fs.readFileSync(sb.ca),
	    ...options});
	const send = (base, method, path, body, header, fallback,
	    {auth, timeout, more} = {}) => {
		const headers = {...more};
		const secret = auth === undefined ? fallback : auth;

		if (secret !== null && secret !== undefined)
			headers[header] = secret;
		if (body !== undefined)
			headers['Content-Type'] = 'application/json';
		return ask(base + path, {method, headers, body, agent,
		    timeout});
	};

	return {
	    agent,
	    linear: (query, variables, o) => send(sb.urls.linear, 'POST',
		'/graphql', {query, variables}, 'Authorization',
		good.linear.key, o),
	    jira: (method, path, body, o) => send(sb.urls.jira, method,
		`/rest/api${path}`, body, 'Authorization',
		basic(good.jira.email, good.jira.token), o),
	    dc: (method, path, body, o) => send(sb.urls.jiradc, method,
		`/rest/api${path}`, body, 'Authorization',
		`Bearer ${good.jiradc.token}`, o),
	    v1: (path, body, o) => send(sb.urls.trunk, 'POST', path, body,
		'x-api-token', good.trunk.token, o),
	    v2: (method, path, body, o) => send(sb.urls.trunk, method,
		path, body, 'Authorization', `Bearer ${good.trunk.key}`, o),
	    raw: send,
	    close: () => agent.destroy(),
	};
}

module.exports = {client, basic};
