'use strict';
/*
 * Plays Trunk: API v1 (repository scope, x-api-token, errors in plain text)
 * and API v2 (collection scope, Bearer, errors in an envelope, 401 not).
 * A link is refused unless the ticket exists in the sandbox's Linear or
 * Jira under exactly that key.
 *
 * https://docs.trunk.io/api/v1/link-a-ticket-to-a-test-case
 * https://docs.trunk.io/api/tests/link-a-ticket-to-a-test
 * https://docs.trunk.io/api/errors
 */
const crypto = require('node:crypto');
const {trunk: good} = require('./credentials');
const {uuid} = require('./world');

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const plain = (status, body) => ({status, body,
    headers: {'Content-Type': 'text/plain;charset=UTF-8'}});
const envelope = (status, code, message) => ({status,
    body: {error: {code, message}}});
const isObject = v => v !== null && typeof v === 'object' &&
    !Array.isArray(v);
const text = v => typeof v === 'string' && v !== '';

class Trunk {
	/* trackers: services with ticket(key, byUrl). */
	constructor(shared, trackers)
	{
		this.name = 'trunk';
		this.shared = shared;
		this.trackers = trackers;
		this.links = new Map();
	}

	reset()
	{
		this.links.clear();
	}

	get data()
	{
		return this.shared.world.trunk;
	}

	right(ctx)
	{
		return /^\/v1\//.test(ctx.path) ?
		    ctx.headers['x-api-token'] === good.token :
		    ctx.headers.authorization === `Bearer ${good.key}`;
	}

	route(ctx)
	{
		const test = ctx.path.match(
		    /^\/v2\/tests\/([^/]+)(\/ticket|\/test-runs)?$/);
		const name = `${ctx.method} ${test ? test[2] ?? '/test' :
		    ctx.path}`;
		const [op, run] = {
		    'POST /v1/flaky-tests/link-ticket-to-test-case':
			['link', () => this.#link1(ctx)],
		    'POST /v1/flaky-tests/get-test-details':
			['details', () => this.#details(ctx)],
		    'POST /v1/flaky-tests/list-unhealthy-tests':
			['unhealthy', () => this.#unhealthy(ctx)],
		    'POST /ticket': ['v2link', id => this.#link2(ctx, id)],
		    'GET /ticket': ['v2ticket', id => this.#ticket(id)],
		    'DELETE /ticket': ['v2unlink', id => this.#unlink(id)],
		    'GET /test': ['v2test', id => this.#test(ctx, id)],
		    'GET /test-runs': ['v2runs', id => this.#runs(ctx, id)],
		    'GET /v2/tests': ['v2tests', () => this.#tests(ctx)],
		}[name] ?? ['unknown', () => envelope(404, 'NOT_FOUND',
		    'Route not found')];

		return {op: `trunk.${op}`, run: () => test ||
		    ctx.path === '/v2/tests' ? this.#v2(ctx, run, test?.[1]) :
		    run()};
	}

	#known(id)
	{
		return UUID.test(id) && !this.data.unknown.includes(id);
	}

	/* What Trunk's own integration can read. */
	#find(key, byUrl)
	{
		for (const t of this.trackers) {
			const hit = t.ticket(key, byUrl);

			if (hit && !hit.deleted &&
			    !this.data.unreadable.includes(hit.scope))
				return hit;
		}
		return null;
	}

	#write(scope, id, ticket, more)
	{
		const key = `${scope} ${id}`;
		const old = this.links.get(key);
		const link = old ?? {scope, testId: id, ticket: null,
		    writes: 0, repeats: 0};
		const same = link.ticket === ticket.key;

		Object.assign(link, more, {ticket: ticket.key,
		    provider: ticket.provider, url: ticket.url});
		if (same)
			link.repeats++;
		else
			link.writes++;
		this.links.set(key, link);
		return {linked: ticket.key, test: id, scope, repeat: same};
	}

	#link1(ctx)
	{
		const b = ctx.body;

		if (!ctx.right)
			return plain(401, 'Unauthorized');
		if (ctx.unparsable || !isObject(b))
			return plain(400, 'Invalid request body');
		const {test_case_id: id, external_ticket_id: key, repo} = b;

		if (!text(id) || !UUID.test(id))
			return plain(400, 'test_case_id must be a UUID');
		if (!text(key))
			return plain(400, 'external_ticket_id is required');
		if (!isObject(repo) || ![repo.host, repo.owner, repo.name]
		    .every(text))
			return plain(400, 'repo must have host, owner and name');
		if (!this.#known(id))
			return plain(404, 'Unable to find test case');
		const ticket = this.data.ticketing && this.#find(key, false);

		if (!ticket)
			return plain(404, 'Unable to find ticket');
		return {status: 200,
		    effect: this.#write('v1', id, ticket, {repo})};
	}

	#seeded(id)
	{
		return this.data.tests.find(t => t.id === id) ?? {};
	}

	#details(ctx)
	{
		const b = ctx.body;

		if (!ctx.right)
			return plain(401, 'Unauthorized');
		if (!isObject(b) || !UUID.test(b.test_id ?? '') ||
		    !text(b.org_url_slug) || !isObject(b.repo) ||
		    ![b.repo.host, b.repo.owner, b.repo.name].every(text))
			return plain(400, 'repo, org_url_slug and test_id are ' +
			    'required');
		if (!this.#known(b.test_id) || b.org_url_slug !== good.org)
			return plain(404, 'Unable to find test');
		const link = this.links.get(`v1 ${b.test_id}`);
		const {host, owner, name} = b.repo;

		return {status: 200, body: {test: {id: b.test_id,
		    name: 'settles the tide table', variant: '',
		    html_url: `https://app.trunk.io/${good.org}/flaky-tests/` +
			`test/${b.test_id}`,
		    repository: {html_url: `https://${host}/${owner}/${name}`},
		    status: {value: 'flaky', reason: 'Passed on retry',
			timestamp: '2026-05-04T07:21:09.114Z'},
		    most_common_failures: [], failure_rate_last_7d: 0.06,
		    failure_rate_last_24h: 0.11, codeowners: [],
		    pull_requests_impacted_last_7d: 3, quarantined: false,
		    ...(link ? {ticket: {html_url: link.url}} : {}),
		    ...this.#seeded(b.test_id)}}};
	}

	/*
	 * Those that were seeded with that repository and status, in pages;
	 * as get-test-details shows them, but for failures and their rates.
	 * https://docs.trunk.io/api/v1/list-unhealthy-tests
	 */
	#unhealthy(ctx)
	{
		const {repo, org_url_slug: org, status, page_query: page} =
		    ctx.body ?? {};
		const token = page?.page_token;
		const from = token === undefined ? 0 : Number(Buffer.from(
		    String(token), 'base64').toString().replace(/^row /, ''));
		const asked = page?.page_size;
		const size = Math.min(asked, this.data.page);

		if (!ctx.right)
			return plain(401, 'Unauthorized');
		if (!isObject(repo) || ![repo.host, repo.owner, repo.name]
		    .every(text) || !text(org) || !(asked >= 1 && asked <= 100) ||
		    !['FLAKY', 'BROKEN'].includes(status))
			return plain(400, 'Invalid request body');
		if (Number.isNaN(from))
			return plain(500, 'Internal Server Error');
		const url = `https://${repo.host}/${repo.owner}/${repo.name}`;
		const all = org !== good.org ? [] : this.data.tests.filter(t =>
		    t.repository?.html_url === url &&
		    t.status?.value === status.toLowerCase());
		const to = from + size;
		const tests = all.slice(from, to).map(t => {
			const link = this.links.get(`v1 ${t.id}`);

			return {variant: '', codeowners: [],
			    quarantined: false,
			    pull_requests_impacted_last_7d: 0, ...t,
			    ...(link ? {ticket: {html_url: link.url}} : {})};
		});

		return {status: 200, body: {tests, page: {
		    total_rows: all.length, page_index: from / size,
		    total_pages: Math.ceil(all.length / size),
		    ...(to < all.length ? {next_page_token: Buffer.from(
			`row ${to}`).toString('base64')} : {})}}};
	}

	#v2(ctx, run, id)
	{
		let answer;

		if (!ctx.headers.authorization)
			answer = plain(401, 'Authentication required');
		else if (!ctx.right)
			answer = plain(401, 'Invalid token');
		else if (this.data.deny.includes(/\/ticket$/.test(ctx.path) &&
		    ctx.method !== 'GET' ? 'link' : 'read'))
			answer = envelope(403, 'INSUFFICIENT_PERMISSIONS',
			    'The API key lacks a permission');
		else if (id !== undefined && !this.#known(id))
			answer = envelope(404, 'TEST_NOT_FOUND',
			    'Test not found');
		else
			answer = run(id);
		return {...answer, headers: {...answer.headers,
		    'X-Request-Id': crypto.randomUUID()}};
	}

	#shown(link)
	{
		const t = this.trackers.map(x => x.ticket(link.ticket, false))
		    .find(Boolean);
		const now = new Date(this.shared.now()).toISOString();

		return {id: t?.id ?? '', provider: link.provider,
		    key: link.ticket, url: link.url, title: t?.title ?? '',
		    status: t?.status ?? '', assignee: t?.assignee ?? null,
		    syncedAt: now, deletedAt: t && !t.deleted ? null : now};
	}

	#link2(ctx, id)
	{
		const b = ctx.body;

		if (ctx.unparsable || !isObject(b) ||
		    !text(b.externalTicketId) ||
		    b.externalTicketId.length > 2048 ||
		    b.integrationId !== undefined &&
		    !UUID.test(b.integrationId))
			return envelope(400, 'VALIDATION_FAILED',
			    'externalTicketId must be 1 to 2048 characters');
		if (!this.data.ticketing)
			return envelope(409, 'TICKETING_NOT_CONFIGURED',
			    'No ticketing integration is configured');
		const ticket = this.#find(b.externalTicketId, true);

		if (!ticket)
			return envelope(422, 'TICKET_NOT_FOUND',
			    'The ticket was not found at the provider');
		const effect = this.#write('v2', id, ticket, {});

		return {status: 201, effect,
		    body: this.#shown(this.links.get(`v2 ${id}`))};
	}

	#ticket(id)
	{
		const link = this.links.get(`v2 ${id}`);

		return link ? {status: 200, body: this.#shown(link)} :
		    envelope(404, 'TICKET_NOT_LINKED', 'No ticket is linked');
	}

	#unlink(id)
	{
		return this.links.delete(`v2 ${id}`) ? {status: 204,
		    effect: {unlinked: id}} : envelope(404,
		    'TICKET_NOT_LINKED', 'No ticket is linked');
	}

	#summary(id)
	{
		const link = this.links.get(`v2 ${id}`);
		const {metrics, ...seeded} = this.#seeded(id);

		return {id, testCollectionId: uuid('collection'),
		    repoId: uuid('repository'), name: 'settles the tide table',
		    parentName: 'TideTable', className: 'TideTable',
		    file: 'tide/table.spec.ts', target: '', variant: '',
		    crossVariantId: null, codeowners: [], status: 'flaky',
		    statusSince: '2026-05-04T07:21:09.114Z',
		    quarantineState: 'notQuarantined', labels: [],
		    url: `https://app.trunk.io/${good.org}/flaky-tests/` +
			`test/${id}`, quarantinedSince: null,
		    ticket: link ? this.#shown(link) : null,
		    ...seeded};
	}

	/* Metrics are shown on request only, of one of four periods. */
	#test(ctx, id)
	{
		const wanted = (ctx.query.get('include') ?? '').split(',')
		    .includes('metrics');
		const period = ctx.query.get('period') ?? '7d';
		const {metrics} = this.#seeded(id);

		if (!['1d', '7d', '14d', '30d'].includes(period))
			return envelope(400, 'VALIDATION_FAILED',
			    'period must be 1d, 7d, 14d or 30d');
		return {status: 200, body: {...this.#summary(id),
		    ...(wanted ? {metrics: {runCount: 412, failureCount: 25,
			failureRate: 0.06, prsImpacted: 3,
			durationP95Ms: 4210, ...metrics}} : {}),
		    quarantineOverride: null, activeMonitors: [],
		    firstSeenAt: '2026-01-12T10:00:00.000Z',
		    lastFailureAt: '2026-05-04T07:21:09.114Z'}};
	}

	/* A page of a list: as many as were asked for, from a cursor on. */
	#page(ctx, all, more = {})
	{
		const asked = Number(ctx.query.get('limit') ?? 25);
		const limit = Math.min(asked, this.data.page);
		const cursor = ctx.query.get('cursor');
		const from = cursor === null ? 0 : Number(Buffer.from(cursor,
		    'base64').toString().replace(/^after:/, ''));
		const to = from + limit;

		if (!(asked >= 1 && asked <= 100) || Number.isNaN(from))
			return envelope(400, 'VALIDATION_FAILED',
			    'limit must be 1 to 100, cursor one we gave');
		return {status: 200, body: {data: all.slice(from, to),
		    hasMore: to < all.length, nextCursor: to < all.length ?
		    Buffer.from(`after:${to}`).toString('base64') : null,
		    ...more}};
	}

	/*
	 * The runs of a test, seeded as {testId, status, startedAt, n}; n of
	 * them.
	 */
	#runs(ctx, id)
	{
		return this.#page(ctx, this.data.runs.filter(r =>
		    r.testId === id).flatMap(({testId, n = 1, ...r}) =>
		    Array.from({length: n}, () => r)));
	}

	/* Those that were seeded, in pages. */
	#tests(ctx)
	{
		const q = ctx.query;
		const all = this.data.tests.map(t => this.#summary(t.id))
		    .filter(t => !q.get('status') ||
		    t.status === q.get('status'));

		return this.#page(ctx, all, q.get('includeTotal') === 'true' ?
		    {total: all.length} : {});
	}

	ratelimit(seconds)
	{
		return {...plain(429, 'Too Many Requests'), headers: {
		    'Content-Type': 'text/plain;charset=UTF-8',
		    'Retry-After': String(seconds)}};
	}

	failure(status, ctx)
	{
		const code = {400: 'VALIDATION_FAILED',
		    403: 'INSUFFICIENT_PERMISSIONS', 404: 'TEST_NOT_FOUND',
		    409: 'TICKET_LINK_CONFLICT', 422: 'TICKET_NOT_FOUND',
		    500: 'INTERNAL_ERROR', 502: 'UPSTREAM_ERROR'}[status];
		const words = {404: 'Unable to find ticket',
		    401: 'Unauthorized'}[status] ?? `Error ${status}`;

		if (ctx.path.startsWith('/v2/') && code)
			return envelope(status, code, `Error ${status}`);
		return plain(status, words);
	}

	standIn()
	{
		return {status: 200, body: {pending: true}};
	}

	stranger()
	{
		return {id: '5e8f2a60-3bd1-4c77-9f42-a1c0d6e7b395',
		    key: 'ZZZ-9001'};
	}

	/* {scope, testId, ticket}: linked before the test began. */
	plant({scope = 'v1', testId, ticket})
	{
		const hit = this.#find(ticket, true);

		if (!hit)
			throw new TypeError(`seed: no ticket ${ticket}`);
		return this.#write(scope, testId, hit, {});
	}

	state()
	{
		return {links: [...this.links.values()]};
	}
}

module.exports = {Trunk};
