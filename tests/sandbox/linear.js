'use strict';
/*
 * Plays Linear: one GraphQL endpoint, POST /graphql.  Every document is
 * validated against linear.graphql and executed by graphql-js.
 *
 * Authentication and limits: https://linear.app/developers/graphql,
 * https://linear.app/developers/rate-limiting
 */
const fs = require('node:fs');
const path = require('node:path');
const {buildSchema, parse, validate, executeSync, GraphQLError,
    getOperationAST} = require('graphql');
const {Store, Refusal} = require('./linear-store');
const {views, TooMany} = require('./linear-view');
const {linear: good} = require('./credentials');

const schema = buildSchema(fs.readFileSync(
    path.join(__dirname, 'linear.graphql'), 'utf8'));
const HOUR = 3600e3;
const BEARER = "It looks like you're trying to use an API key as a Bearer " +
    'token. Remove the Bearer prefix from the Authorization header.';
const DOCUMENTS = new Map();		/* text to {ast} or {errors} */

function
failed(status, message, extensions, data)
{
	return {status, body: {errors: [{message, extensions: {...extensions,
	    http: {status}}}], ...(data === undefined ? {} : {data})}};
}

const unauthenticated = (status, message) => failed(status, message, {
	type: 'authentication error', code: 'AUTHENTICATION_ERROR',
	statusCode: status, userError: true, userPresentableMessage:
	    'You need to authenticate to access this operation.', meta: {}});

function
refusesKey(header)
{
	if (/^Bearer\s+lin_api_/.test(header ?? ''))
		return unauthenticated(400, BEARER);
	return unauthenticated(401,
	    'Authentication required, not authenticated');
}

function
read(text)
{
	let doc = DOCUMENTS.get(text);

	if (doc)
		return doc;
	try {
		const ast = parse(text);
		const errors = validate(schema, ast);

		doc = errors.length ? {errors, code: 'GRAPHQL_VALIDATION_FAILED'} :
		    {ast};
	} catch (e) {
		doc = {errors: [e], code: 'GRAPHQL_PARSE_FAILED'};
	}
	if (DOCUMENTS.size < 1000)
		DOCUMENTS.set(text, doc);
	return doc;
}

/* Is a field asked for, as its @include and @skip say? */
function
wanted(selection, variables)
{
	return (selection.directives ?? []).every(d => {
		const {value} = d.arguments[0];
		const on = value.kind === 'Variable' ?
		    variables?.[value.name.value] : value.value;

		return d.name.value === 'skip' ? !on : on;
	});
}

/* "teams+issueLabels": what it asks for, each once. */
function
operation(doc, name, variables)
{
	const op = doc.ast && getOperationAST(doc.ast, name);

	return op && [...new Set(op.selectionSet.selections.filter(s =>
	    wanted(s, variables)).map(s => s.name?.value ?? '...'))].join('+');
}

function
resolvers(store, effect, rate)
{
	const v = views(store);
	const find = (kind, get) => a => {
		const hit = get(a.id);

		if (!hit)
			throw new Refusal(`Entity not found: ${kind}`,
			    `Could not find referenced ${kind}.`);
		return hit;
	};
	const saved = (name, row) => ({success: true, lastSyncId: store.sync,
	    [name]: v[name](row)});
	const d = store.data();

	return {
	    viewer: () => v.user(store.viewer()),
	    organization: v.organization,
	    rateLimitStatus: () => rate,
	    team: find('Team', id => v.team(store.team(id) ??
		store.teamByKey(id))),
	    teams: a => v.list('team', store.seen('teams'), a),
	    user: find('User', id => v.user(store.user(id))),
	    users: a => v.list('user', store.users(a), a),
	    issueLabels: a => v.list('label', d.labels, a),
	    workflowStates: a => v.list('state', store.allStates(), a),
	    template: find('Template', id => v.template(store.template(id))),
	    templates: () => d.templates.map(v.template),
	    projects: a => v.list('project', store.seen('projects'), a),
	    issue: a => v.issue(store.wanted(a.id)),
	    issues: a => v.list('issue', few(store, a.filter), a),
	    attachmentsForURL: a => v.list('attachment',
		[...store.links.values()].filter(x => x.url === a.url), a),
	    issueCreate: a => {
		const row = store.createIssue(a.input);

		effect.push({created: 'issue', id: row.id,
		    key: row.identifier});
		return saved('issue', row);
	    },
	    issueUpdate: a => {
		const row = store.updateIssue(a.id, a.input);

		effect.push({updated: 'issue', id: row.id,
		    key: row.identifier});
		return saved('issue', row);
	    },
	    attachmentCreate: a => {
		const {row, made} = store.createAttachment(a.input);

		effect.push({[made ? 'created' : 'updated']: 'attachment',
		    id: row.id, issue: row.issueId});
		return saved('attachment', row);
	    },
	    commentCreate: a => {
		const row = store.createComment(a.input);

		effect.push({created: 'comment', id: row.id,
		    issue: row.issueId});
		return saved('comment', row);
	    },
	};
}

/* The usual look-up by id need not build a view of every issue. */
function
few(store, filter)
{
	const ids = filter?.id?.in ?? (filter?.id?.eq && [filter.id.eq]);

	return ids ? ids.map(i => store.byId.get(i)).filter(Boolean) :
	    [...store.byId.values()];
}

function
told(error)
{
	const cause = error.originalError;
	let extensions;

	if (cause instanceof Refusal)
		({extensions} = cause);
	else if (cause instanceof TooMany)
		({extensions} = new Refusal('', cause.message));
	else if (cause && !(cause instanceof GraphQLError))
		extensions = {type: 'internal error', statusCode: 500,
		    code: 'INTERNAL_SERVER_ERROR', http: {status: 500}};
	else
		extensions = {type: 'invalid input', userError: true,
		    code: 'BAD_USER_INPUT', http: {status: 400}};
	if (extensions.statusCode === 500)
		process.stderr.write(`sandbox: linear: ${cause.stack}\n`);
	return {...new GraphQLError(error.message, {nodes: error.nodes,
	    path: error.path}).toJSON(), extensions};
}

class Linear {
	constructor(shared)
	{
		this.name = 'linear';
		this.shared = shared;
		this.store = new Store(() => shared.world, () => shared.now());
	}

	reset()
	{
		this.store.clear();
	}

	right(ctx)
	{
		const h = ctx.headers.authorization;

		return h === good.key || h === `Bearer ${good.oauth}`;
	}

	route(ctx)
	{
		const b = ctx.body;
		let doc, op;

		if (ctx.method !== 'POST' || ctx.path !== '/graphql')
			return {op: 'linear.unknown', run: () => ({status: 404,
			    body: 'Not Found'})};
		if (!b || typeof b.query !== 'string')
			return {op: 'linear.invalid', run: () => !ctx.right ?
			    refusesKey(ctx.headers.authorization) :
			    failed(400, 'GraphQL operations must contain a ' +
			    'non-empty `query`.', {code: 'BAD_REQUEST',
			    type: 'graphql error'})};
		doc = read(b.query);
		op = operation(doc, b.operationName, b.variables) || 'invalid';
		return {op: `linear.${op}`, run: () =>
		    this.#answer(ctx, doc)};
	}

	#answer(ctx, doc)
	{
		const rate = ctx.world.linear.rate;
		let answer;

		if (!ctx.right)
			return refusesKey(ctx.headers.authorization);
		if (rate.remaining !== null && rate.remaining-- <= 0)
			return this.ratelimit(3600, ctx);
		if (!/^application\/json\b/.test(ctx.headers['content-type']))
			answer = failed(400, 'This operation has been blocked ' +
			    'as a potential Cross-Site Request Forgery (CSRF).',
			    {code: 'BAD_REQUEST', type: 'graphql error'});
		else if (doc.errors)
			answer = {status: 400, body: {errors: doc.errors.map(e =>
			    ({...e.toJSON(), extensions: {http: {status: 400,
			    headers: {}}, code: doc.code,
			    type: 'graphql error', userError: true}}))}};
		else
			answer = this.#execute(ctx, doc.ast);
		answer.headers = this.#headers(ctx, rate.remaining ??
		    rate.limit - 1);
		return answer;
	}

	#execute(ctx, document)
	{
		const effect = [];
		const out = executeSync({schema, document,
		    rootValue: resolvers(this.store, effect, this.#rate(ctx)),
		    variableValues: ctx.body.variables ?? {},
		    operationName: ctx.body.operationName});
		const body = {...out};
		let status = 200;

		if (out.errors) {
			body.errors = out.errors.map(told);
			status = body.errors[0].extensions.http.status;
		}
		return {status, body, effect: effect.length > 1 ? effect :
		    effect[0]};
	}

	#rate(ctx)
	{
		const {limit, remaining} = ctx.world.linear.rate;

		return {identifier: 'sandbox', kind: 'apiKey', limits: [
		    {type: 'request', requestedAmount: 1, allowedAmount: limit,
		    remainingAmount:
		    remaining ?? limit - 1, period: HOUR,
		    reset: this.shared.now() + HOUR}]};
	}

	#headers(ctx, remaining, wait = HOUR)
	{
		const reset = String(Math.round(this.shared.now() + wait));

		return {
		    'X-RateLimit-Requests-Limit':
			String(ctx.world.linear.rate.limit),
		    'X-RateLimit-Requests-Remaining': String(remaining),
		    'X-RateLimit-Requests-Reset': reset,
		    'X-Complexity': '12',
		    'X-RateLimit-Complexity-Limit': '3000000',
		    'X-RateLimit-Complexity-Remaining': '2999988',
		    'X-RateLimit-Complexity-Reset': reset};
	}

	/* HTTP 400, not 429; the reset header is in epoch milliseconds. */
	ratelimit(seconds, ctx)
	{
		const {limit} = ctx.world.linear.rate;
		const text = `Rate limit exceeded. Only ${limit} requests are ` +
		    'allowed per 1 hour.';

		return {...failed(400, text, {type: 'ratelimited',
		    code: 'RATELIMITED', statusCode: 429, userError: true,
		    userPresentableMessage: text, meta: {rateLimitResult: {
		    allowed: false, requested: 1, remaining: 0,
		    duration: HOUR, limit}}}),
		    headers: this.#headers(ctx, 0, seconds * 1000)};
	}

	failure(status, ctx)
	{
		if (status === 401)
			return refusesKey();
		if (status === 429)
			return {...this.ratelimit(30, ctx), status};
		if (status === 403)
			return failed(403, 'Invalid scope: `write` required',
			    {type: 'forbidden', code: 'FORBIDDEN',
			    statusCode: 403, userError: true}, null);
		if (status < 500)
			return failed(status, 'Argument Validation Error',
			    new Refusal('', 'title should not be empty.')
			    .extensions, null);
		return {status, headers: {'Content-Type': 'text/html'},
		    body: `<html><body><h1>${status}</h1></body></html>\n`};
	}

	standIn(ctx)
	{
		const {id, key} = this.stranger(ctx);

		if (ctx.op !== 'linear.issueCreate')
			return {status: 200, body: {data: {}}};
		return {status: 200, body: {data: {issueCreate: {
		    success: true, lastSyncId: 1, issue: {id, identifier: key,
		    url: `https://linear.app/brightwater/issue/${key}`}}}}};
	}

	stranger(ctx)
	{
		const meant = ctx.body?.variables?.input?.id;
		const other = [...this.store.byId.values()].find(i =>
		    i.id !== meant);

		return other ? {id: other.id, key: other.identifier} :
		    {id: '0f6b4c2e-91d7-4e35-8a60-c7d2f1b35e48', key: 'ENG-9001'};
	}

	/* An issue that exists already; team by key, labels by name. */
	plant({team, labels = [], assignee, ...more})
	{
		const d = this.store.data();
		const {archivedAt, trashed, url, identifier, ...input} = more;
		const issue = this.store.createIssue({...input,
		    teamId: this.store.teamByKey(team)?.id ?? input.teamId,
		    labelIds: labels.map(n => this.store.labelByName(n).id),
		    ...(assignee ? {assigneeId: d.users.find(u =>
		    u.email === assignee).id} : {})});

		return Object.assign(issue, {archivedAt: archivedAt ?? null,
		    trashed: trashed ?? null});
	}

	/* For Trunk: the ticket under this key or URL, exactly so written. */
	ticket(key, byUrl)
	{
		const s = this.store;
		const i = s.byKey.get(key) ?? (byUrl ?
		    [...s.byId.values()].find(x => x.url === key) : undefined);

		return i && {id: i.id, provider: 'linear', key: i.identifier,
		    url: i.url, title: i.title, scope: s.team(i.teamId).key,
		    status: s.state(i.stateId).name,
		    assignee: s.user(i.assigneeId)?.name ?? null,
		    deleted: !!i.trashed};
	}

	state()
	{
		const s = this.store;

		return {issues: [...s.byId.values()].map(i => ({...i,
		    team: s.team(i.teamId).key,
		    state: s.state(i.stateId).name,
		    assignee: s.user(i.assigneeId)?.email ?? null,
		    project: s.project(i.projectId)?.name ?? null,
		    labels: i.labelIds.map(l => s.label(l).name)})),
		    attachments: [...s.links.values()],
		    comments: [...s.notes.values()]};
	}
}

module.exports = {Linear};
