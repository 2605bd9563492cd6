'use strict';
/*
 * Linear's records, and what may be written.  Refusals are thrown as
 * Refusal and carry the words of the real API.
 *
 * https://linear.app/developers/graphql, https://linear.app/developers
 * /attachments; the SDK's error types: github.com/linear/linear.
 */
const crypto = require('node:crypto');
const {states} = require('./world');
const {stored} = require('./linear-markdown');

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const UUID4 =
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/* https://linear.app/docs/estimates: the plain scale, and two more. */
const SCALES = {
	exponential: [1, 2, 4, 8, 16, 32, 64],
	fibonacci: [1, 2, 3, 5, 8, 13, 21],
	linear: [1, 2, 3, 4, 5, 6, 7],
	tShirt: [1, 2, 3, 5, 8, 13, 21],
};
const PLAIN = 5;			/* steps of a plain scale */

/* message is for programs, shown for people. */
class Refusal extends Error {
	constructor(message, shown, more)
	{
		super(message);
		this.extensions = {type: 'invalid input', code: 'INPUT_ERROR',
		    statusCode: 400, userError: true,
		    userPresentableMessage: shown, http: {status: 400}, ...more};
	}
}

function
invalid(property, rule, text)
{
	return new Refusal('Argument Validation Error', `${text}.`,
	    {validationErrors: [{property, constraints: {[rule]: text},
	    children: []}]});
}

function
missing(entity)
{
	return new Refusal(`Entity not found: ${entity}`,
	    `Could not find referenced ${entity}.`);
}

function
uuidOnly(property, value)
{
	if (value !== undefined && value !== null && !UUID.test(value))
		throw invalid(property, 'isUuid', `${property} must be a UUID`);
}

class Store {
	constructor(world, now)
	{
		this.world = world;
		this.now = now;
		this.data = () => this.world().linear;
		for (const f of ['team', 'teamByKey', 'label', 'issue'])
			this[f] = this[f].bind(this);
		this.clear();
	}

	clear()
	{
		this.byId = new Map();		/* issues, in order of birth */
		this.byKey = new Map();
		this.links = new Map();		/* attachments */
		this.notes = new Map();		/* comments */
		this.numbers = new Map();
		this.sync = 1000;
	}

	#one(kind, id)
	{
		return this.data()[kind].find(x => x.id === id);
	}

	team(id) { return this.#one('teams', id); }
	user(id) { return this.#one('users', id); }
	label(id) { return this.#one('labels', id); }
	template(id) { return this.#one('templates', id); }
	project(id) { return this.#one('projects', id); }
	issue(id) { return this.byId.get(id) ?? this.byKey.get(id); }

	teamByKey(key)
	{
		return this.data().teams.find(t => t.key === key);
	}

	labelByName(name)
	{
		return this.data().labels.find(l => l.name === name);
	}

	viewer()
	{
		return this.data().users.find(u =>
		    u.email === this.data().viewer);
	}

	users(args)
	{
		return this.data().users.filter(u => u.visible && (u.active ||
		    args.includeDisabled));
	}

	seen(kind)
	{
		return this.data()[kind].filter(x => x.visible);
	}

	isMember(user, team)
	{
		return team.members ? team.members.includes(user.email) :
		    !user.guest;
	}

	states(team)
	{
		return states(team);
	}

	allStates()
	{
		return this.data().teams.flatMap(states);
	}

	state(id)
	{
		return this.allStates().find(s => s.id === id);
	}

	defaultState(team, triage)
	{
		const type = triage ? 'triage' : 'backlog';

		return states(team).find(s => s.type === type);
	}

	attachments(issueId)
	{
		return [...this.links.values()].filter(a =>
		    a.issueId === issueId);
	}

	comments(issueId)
	{
		return [...this.notes.values()].filter(c =>
		    c.issueId === issueId);
	}

	#stamp()
	{
		return new Date(this.now()).toISOString();
	}

	/* "conflict on insert" comes before every other check but shape. */
	#fresh(kind, id, records, status)
	{
		const d = this.data().duplicate;
		const text = `Entity ${kind} with id ${id} already exists.`;

		if (!records.has(id))
			return;
		throw new Refusal(`conflict on insert of ${kind}` +
		    (d.joined ? ` | Details: ${text}` : ''), text,
		    {http: {status}});
	}

	#labels(ids, team)
	{
		const groups = new Map();

		for (const id of ids) {
			uuidOnly('labelIds', id);
			const l = this.label(id);

			if (!l)
				throw missing('IssueLabel');
			if (l.retiredAt || l.archivedAt)
				throw missing('IssueLabel');
			if (l.isGroup)
				throw new Refusal('labelIds contain a group',
				    `The label '${l.name}' is a group and ` +
				    'cannot be applied to an issue.');
			if (l.teamKey && l.teamKey !== team.key)
				throw new Refusal('labelIds for incorrect team',
				    `The label '${l.name}' is not associated ` +
				    'with the same team as the issue.');
			const other = l.parent && groups.get(l.parent);

			if (other)
				throw new Refusal(
				    'labelIds not exclusive child labels',
				    `The label '${l.name}' is in the same ` +
				    `group as '${other}'. Only one label in a ` +
				    'group can be applied to an issue.');
			if (l.parent)
				groups.set(l.parent, l.name);
		}
	}

	#references(input, team)
	{
		const {assigneeId, projectId, stateId} = input;

		for (const k of ['assigneeId', 'projectId', 'stateId'])
			uuidOnly(k, input[k]);
		if (assigneeId && !this.user(assigneeId)?.active)
			throw missing('User');
		this.#assignable(assigneeId && this.user(assigneeId), team);
		this.#estimates(input.estimate, team);
		if (projectId && !this.project(projectId))
			throw missing('Project');
		if (projectId && !this.project(projectId).teamKeys
		    .includes(team.key))
			throw new Refusal('Discrepancy between issue team and ' +
			    'project', 'The project is not shared with the ' +
			    'team of the issue.');
		if (stateId && !this.state(stateId))
			throw missing('WorkflowState');
		if (stateId && this.state(stateId).teamId !== team.id)
			throw new Refusal('Discrepancy between issue team and ' +
			    'state', 'The state belongs to another team.');
		if (input.priority < 0 || input.priority > 4)
			throw invalid('priority', 'max',
			    'priority must be between 0 and 4');
		if (input.dueDate && !/^\d{4}-\d\d-\d\d$/.test(input.dueDate))
			throw invalid('dueDate', 'isTimelessDate',
			    'dueDate must be a date such as 2026-05-31');
	}

	#assignable(user, team)
	{
		const closed = user && (user.guest ||
		    team.visibility === 'private');

		if (user && (!user.isAssignable ||
		    closed && !this.isMember(user, team)))
			throw invalid('assigneeId', 'isAssignable',
			    'assigneeId must be of a user who can be assigned');
	}

	#estimates(estimate, team)
	{
		const {issueEstimationType: type, issueEstimationExtended: more,
		    issueEstimationAllowZero: zero} = team;

		if (estimate === undefined || estimate === null ||
		    estimate === 0 && zero)
			return;
		if (!(SCALES[type] ?? []).slice(0, more ? undefined : PLAIN)
		    .includes(estimate))
			throw invalid('estimate', 'isEstimate',
			    "estimate must be one of the team's scale");
	}

	/* What the template says, where the caller says nothing. */
	#fromTemplate(input, team)
	{
		const t = this.template(input.templateId);

		uuidOnly('templateId', input.templateId);
		if (!t || t.archivedAt || t.type !== 'issue' ||
		    t.teamKey && t.teamKey !== team.key)
			throw missing('Template');
		return {...t.data, ...input};
	}

	createIssue(input)
	{
		if (input.id !== undefined && !UUID4.test(input.id))
			throw invalid('id', 'isUuid', 'id must be a UUID v4');
		uuidOnly('teamId', input.teamId);
		if (input.id)
			this.#fresh('Issue', input.id.toLowerCase(), this.byId,
			    this.data().duplicate.status);
		const team = this.team(input.teamId);

		if (!team)
			throw missing('Team');
		if (team.retiredAt)
			throw new Refusal('Team is retired', 'Issues cannot be ' +
			    `created in the retired team ${team.key}.`);
		if (input.templateId)
			input = this.#fromTemplate(input, team);
		if (!input.title?.trim())
			throw invalid('title', 'isNotEmpty',
			    'title should not be empty');
		this.#labels(input.labelIds ?? [], team);
		this.#references(input, team);
		if (this.data().issueLimit !== null &&
		    this.byId.size >= this.data().issueLimit)
			throw new Refusal('Usage limit exceeded', "You've " +
			    'exceeded the free issue limit for this workspace.');
		return this.#insert(input, team);
	}

	#insert(input, team)
	{
		const number = (this.numbers.get(team.key) ?? 0) + 1;
		const id = (input.id ?? crypto.randomUUID()).toLowerCase();
		const identifier = `${team.key}-${number}`;
		const slug = (input.title ?? '').toLowerCase()
		    .replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
		const issue = {assigneeId: null, description: null,
		    dueDate: null, estimate: null, priority: 0,
		    projectId: null, completedAt: null, canceledAt: null,
		    startedAt: null, trashed: null, archivedAt: null, ...input,
		    description: input.description && stored(input.description),
		    id, number, identifier, teamId: team.id,
		    labelIds: [...new Set(input.labelIds ?? [])],
		    stateId: input.stateId ??
			this.defaultState(team, team.triageEnabled).id,
		    createdAt: this.#stamp(), updatedAt: this.#stamp(),
		    url: `https://linear.app/` +
			`${this.data().organization.urlKey}/issue/` +
			`${identifier}/${slug}`};

		this.numbers.set(team.key, number);
		this.byId.set(id, issue);
		this.byKey.set(identifier, issue);
		this.sync++;
		return issue;
	}

	wanted(id)
	{
		const issue = this.issue(id) ?? this.issue(id.toLowerCase());

		if (!issue)
			throw missing('Issue');
		return issue;
	}

	updateIssue(id, input)
	{
		const issue = this.wanted(id);
		const team = this.team(input.teamId ?? issue.teamId);
		const {addedLabelIds = [], removedLabelIds = [],
		    ...set} = input;

		if (!team)
			throw missing('Team');
		if (issue.archivedAt && !issue.trashed)
			throw new Refusal('Entity is archived',
			    'Archived issues cannot be edited.');
		const labelIds = [...new Set([...(input.labelIds ??
		    issue.labelIds), ...addedLabelIds])].filter(l =>
		    !removedLabelIds.includes(l));

		this.#labels(labelIds, team);
		this.#references(input, team);
		if (set.description)
			set.description = stored(set.description);
		Object.assign(issue, set, {labelIds, updatedAt: this.#stamp()});
		if (input.stateId)
			this.#moved(issue, this.state(input.stateId).type);
		this.sync++;
		return issue;
	}

	#moved(issue, type)
	{
		const at = this.#stamp();

		issue.completedAt = type === 'completed' ? at : null;
		issue.canceledAt = ['canceled', 'duplicate'].includes(type) ?
		    at : null;
		if (type === 'started')
			issue.startedAt ??= at;
	}

	/* An upsert on issue and URL. */
	createAttachment(input)
	{
		const {issueId, title, url, subtitle = null,
		    groupBySource = false, metadata = {}} = input;
		const issue = this.wanted(issueId);
		const old = this.attachments(issue.id).find(a => a.url === url);
		const set = {title, subtitle, metadata, groupBySource,
		    updatedAt: this.#stamp()};

		if (!/^[a-z][a-z0-9+.-]*:/i.test(url))
			throw invalid('url', 'isUrl', 'url must be a URL address');
		if (input.id !== undefined && !UUID4.test(input.id))
			throw invalid('id', 'isUuid', 'id must be a UUID v4');
		this.sync++;
		if (old)
			return {row: Object.assign(old, set), made: false};
		if (input.id)
			this.#fresh('Attachment', input.id, this.links, 400);
		const row = {id: input.id ?? crypto.randomUUID(),
		    issueId: issue.id, url, sourceType: 'api',
		    createdAt: this.#stamp(), archivedAt: null, ...set};

		this.links.set(row.id, row);
		return {row, made: true};
	}

	createComment(input)
	{
		if (input.id !== undefined && !UUID4.test(input.id))
			throw invalid('id', 'isUuid', 'id must be a UUID v4');
		if (input.id)
			this.#fresh('Comment', input.id, this.notes, 200);
		if (!input.issueId)
			throw invalid('issueId', 'isNotEmpty',
			    'issueId should not be empty');
		const issue = this.wanted(input.issueId);

		if (!input.body)
			throw invalid('body', 'isNotEmpty',
			    'body should not be empty');
		const id = input.id ?? crypto.randomUUID();
		const row = {id, issueId: issue.id, body: input.body,
		    createdAt: this.#stamp(), archivedAt: null,
		    url: `${issue.url}#comment-${id.slice(0, 8)}`};

		this.notes.set(id, row);
		this.sync++;
		return row;
	}
}

module.exports = {Store, Refusal};
