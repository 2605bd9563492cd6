'use strict';
/*
 * Plays Jira: Cloud (REST v3, and v2 with wiki text) on one port, Data
 * Center (REST v2) on another.  Both give their operations the same names
 * (jira.create ...); the log's service tells them apart.
 *
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/
 * https://developer.atlassian.com/server/jira/platform/rest/
 */
const {Store} = require('./jira-store');
const {shower} = require('./jira-show');
const {Errors} = require('./jira-check');
const {jira: cloudKey, jiradc: dcKey} = require('./credentials');
const {ROUTES} = require('./jira-calls');

const ANONYMOUS = 'Client must be authenticated to access this resource.';
const CLOUD_ID = '3c1b7a52-6a0e-4d0f-9f0b-5e2f1a7c8d94';
const UNAUTHORIZED_PAGE = '<html><head><title>Unauthorized (401)</title>' +
    '</head><body><h1>Basic Authentication Failure</h1></body></html>\n';

function
refused(status, ...messages)
{
	const e = new Errors();

	e.messages.push(...messages);
	return e.answer(status);
}

class Jira {
	constructor(shared, cloud)
	{
		this.cloud = cloud;
		this.name = cloud ? 'jira' : 'jiradc';
		this.shared = shared;
		this.store = new Store({name: this.name, cloud, shared});
	}

	reset()
	{
		this.store.clear();
	}

	right(ctx)
	{
		const basic = Buffer.from(`${cloudKey.email}:${cloudKey.token}`)
		    .toString('base64');

		const {scoped, captcha} = this.shared.world[this.name];

		return !captcha && (!scoped || ctx.path.startsWith(
		    `/ex/jira/${CLOUD_ID}/`)) &&
		    ctx.headers.authorization === (this.cloud ?
		    `Basic ${basic}` : `Bearer ${dcKey.token}`);
	}

	route(ctx)
	{
		/* Scoped tokens work below the gateway's path alone. */
		const {gateway, scoped, context} = this.shared.world[this.name];
		const id = `/ex/jira/${CLOUD_ID}`;
		const root = gateway || scoped && ctx.path.startsWith(id) ?
		    id : context;
		const below = ctx.path.startsWith(root) ?
		    ctx.path.slice(root.length) : '';
		const m = below.match(/^\/rest\/api\/(2|3|latest)(\/.*)$/);
		const version = m && (m[1] === '3' ? 3 : 2);
		const known = m && (this.cloud || version === 2);
		const hit = known && ROUTES.find(r => r.method === ctx.method &&
		    (ctx.params = m[2].match(r.path)));

		if (ctx.path === '/_edge/tenant_info' && this.cloud)
			return {op: 'jira.tenant', run: () => ({status: 200,
			    body: {cloudId: CLOUD_ID}})};
		if (!hit)
			return {op: 'jira.unknown', run: () => ({status: 404,
			    headers: {'Content-Type': 'text/html'},
			    body: '<html><body>Not Found</body></html>\n'})};
		ctx.params = ctx.params.slice(1).map(p => {
			try {
				return decodeURIComponent(p);
			} catch {
				return p;
			}
		});
		return {op: `jira.${hit.op}`, run: () =>
		    this.#call(ctx, hit, version)};
	}

	#call(ctx, hit, version)
	{
		const site = {...this.shared.world[this.name], version,
		    cloud: this.cloud};
		const call = {ctx, site, store: this.store, errors: new Errors(),
		    refused, show: shower(this.store, ctx.base, version),
		    version, cloud: this.cloud, shared: this.shared};
		const basic = /^Basic /.test(ctx.headers.authorization ?? '');
		let answer;

		if (site.captcha && !hit.open)
			answer = refused(403, 'Basic Authentication Failure - ' +
			    'Reason : AUTHENTICATION_DENIED');
		else if (!ctx.right && !this.cloud && basic)
			answer = {status: 401, body: UNAUTHORIZED_PAGE,
			    headers: {'Content-Type': 'text/html'}};
		else if (!ctx.right && !hit.open)
			answer = hit.stranger ? hit.stranger(call) :
			    refused(401, ANONYMOUS);
		else if (ctx.unparsable && ctx.method !== 'GET')
			answer = refused(400, 'There was an error parsing ' +
			    'JSON. Check that your request body is valid.');
		else
			answer = hit.run(call, ...ctx.params);
		return {...answer, headers: {...this.#headers(ctx, answer),
		    ...answer.headers}};
	}

	/* X-AAccountId is what proves that a caller was recognised. */
	#headers(ctx, answer)
	{
		const h = {'X-ARequestId': `sandbox-${this.shared.serial}`};

		if (this.cloud && ctx.right)
			h['X-AAccountId'] = encodeURIComponent(
			    this.shared.world.jira.me);
		if (this.cloud && !ctx.right && answer.status === 401)
			h['X-Seraph-LoginReason'] = 'AUTHENTICATED_FAILED';
		if (answer.status === 403 && this.shared.world[this.name].captcha)
			h['X-Authentication-Denied-Reason'] =
			    `CAPTCHA_CHALLENGE; login-url=${ctx.base}/login.jsp`;
		return h;
	}

	/* https://developer.atlassian.com/cloud/jira/platform/rate-limiting */
	ratelimit(seconds)
	{
		const until = typeof seconds === 'number' && seconds < 1e8 ?
		    seconds : 60;

		return {status: 429, body: 'Rate limit exceeded.', headers: {
		    'Retry-After': String(seconds), 'X-RateLimit-Limit': '100',
		    'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset':
		    new Date(this.shared.now() + until * 1000).toISOString(),
		    'RateLimit-Reason': 'jira-burst-based'}};
	}

	failure(status)
	{
		const text = {400: 'The issue type selected is invalid.',
		    401: ANONYMOUS,
		    403: 'You do not have permission to perform this operation.',
		    404: 'No project could be found with the given key.'};

		if (status === 429) {
			const {headers, ...answer} = this.ratelimit(30);

			delete headers['Retry-After'];
			return {...answer, headers};
		}
		return refused(status, text[status] ?? 'Internal server error');
	}

	standIn(ctx)
	{
		const {id, key} = this.stranger(ctx);

		if (ctx.op === 'jira.create')
			return {status: 201, body: {id, key,
			    self: `${ctx.base}/rest/api/3/issue/${id}`}};
		if (ctx.op === 'jira.search')
			return {status: 200, body: {issues: [], isLast: true,
			    startAt: 0, maxResults: 50, total: 0}};
		return {status: 200, body: {}};
	}

	/* A ticket without this call's labels. */
	stranger(ctx)
	{
		const mine = ctx.body?.fields?.labels ?? [];
		const other = [...this.store.byId.values()].find(i =>
		    !i.fields.labels.some(l => mine.includes(l)));

		return other ? {id: other.id, key: other.key} :
		    {id: '99001', key: 'ZZZ-9001'};
	}

	/* An issue that exists already; created: milliseconds ago. */
	plant({project, type = 'Bug', properties = {}, links = [], age = 0,
	    ...fields})
	{
		const d = this.store.data;
		const issue = this.store.insert({...fields,
		    project: this.store.project(project),
		    issuetype: d.issueTypes.find(t => t.name === type)},
		    Object.entries(properties), this.shared.now() - age);

		links.forEach(l => this.store.link(issue, l));
		return issue;
	}

	/* For Trunk: the ticket under this key or URL, exactly so written. */
	ticket(key, byUrl)
	{
		const base = `${this.base}/browse/`;
		const k = byUrl && key.startsWith(base) ?
		    key.slice(base.length) : key;
		const i = this.store.byKey.get(k);

		return i && {id: i.id, key: i.key, url: base + i.key,
		    provider: this.cloud ? 'jiraCloud' : 'jiraDataCenter',
		    title: i.fields.summary, scope: i.fields.project.key,
		    status: i.fields.status.name,
		    assignee: i.fields.assignee?.displayName ?? null};
	}

	state()
	{
		return {issues: [...this.store.byId.values()].map(i => ({
		    id: i.id, key: i.key, created: i.created,
		    fields: {...i.fields, project: i.fields.project.key,
		    issuetype: i.fields.issuetype.name,
		    status: i.fields.status.name,
		    priority: i.fields.priority?.name ?? null,
		    resolution: i.fields.resolution?.name ?? null,
		    components: i.fields.components.map(c => c.name),
		    fixVersions: i.fields.fixVersions?.map(v => v.name) ?? [],
		    assignee: i.fields.assignee?.accountId ??
			i.fields.assignee?.name ?? null},
		    properties: Object.fromEntries(i.properties),
		    remoteLinks: i.links, comments: i.comments}))};
	}
}

module.exports = {Jira};
