'use strict';
/*
 * What Jira says of the fields of an issue that is to be created or edited.
 *
 *	const errors = new Errors();
 *	const fields = checkFields(jira, body, errors, editing)
 *	if (errors.any()) return errors.answer();
 *
 * Texts as Jira sends them; ADF is judged by Atlassian's own schema.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/
 *     api-group-issues/#api-rest-api-3-issue-post
 */
const Ajv = require('ajv-draft-04').default;

const adf = new Ajv({strict: false, allErrors: false}).compile(
    require('@atlaskit/adf-schema/dist/json-schema/v1/full.json'));

const MAX_TEXT = 32767;
const UNSUPPORTED = "We can't create this issue for you right now, it could " +
    "be due to unsupported content you've entered into one or more of the " +
    'issue fields. If this situation persists, contact your administrator ' +
    "as they'll be able to access more specific information in the log file.";
const TOO_LONG = 'The entered text is too long. It exceeds the allowed ' +
    'limit of 32,767 characters.';

class Errors {
	constructor()
	{
		this.messages = [];
		this.fields = {};
	}

	any()
	{
		return this.messages.length || Object.keys(this.fields).length;
	}

	answer(status = 400)
	{
		return {status, body: {errorMessages: this.messages,
		    errors: this.fields}};
	}
}

const isObject = v => v !== null && typeof v === 'object' &&
    !Array.isArray(v);

/* Rich text: ADF in v3, wiki text in v2.  Null clears it. */
function
richText(j, name, value, errors)
{
	if (value === null)
		return;
	if (j.version === 2) {
		if (typeof value !== 'string')
			errors.fields[name] = 'Operation value must be a string';
		else if (value.length > MAX_TEXT)
			errors.fields[name] = TOO_LONG;
		return;
	}
	if (!isObject(value) || value.type !== 'doc')
		errors.fields[name] = 'Operation value must be an Atlassian ' +
		    'Document (see the Atlassian Document Format)';
	else if (!adf(value))
		errors.messages.push(UNSUPPORTED);
	else if (JSON.stringify(value).length > MAX_TEXT)
		errors.fields[name] = TOO_LONG;
}

function
summary(value, errors)
{
	if (typeof value !== 'string' || !value.trim())
		errors.fields.summary =
		    'You must specify a summary of the issue.';
	else if (/[\r\n]/.test(value))
		errors.fields.summary = 'The summary is invalid because it ' +
		    'contains newline characters.';
	else if (value.length > 255)
		errors.fields.summary =
		    'Summary must be less than 255 characters.';
}

function
labels(id, value, errors)
{
	if (!Array.isArray(value) || value.some(l => typeof l !== 'string')) {
		errors.fields[id] = 'data was not an array';
		return;
	}
	for (const l of value)
		if (/\s/.test(l))
			errors.fields[id] = `The label '${l}' contains ` +
			    'spaces which is invalid.';
		else if (l.length > 255)
			errors.fields[id] = `The label '${l.slice(0, 20)}` +
			    "...' exceeds the limit of 255 characters.";
}

function
named(list, value)
{
	return isObject(value) && list.find(x => value.id !== undefined ?
	    x.id === String(value.id) : x.name === value.name);
}

function
components(j, project, value, errors)
{
	const here = j.components.filter(c => c.project === project.key);

	if (!Array.isArray(value) || !value.every(isObject)) {
		errors.fields.components = 'data was not an array of objects';
		return [];
	}
	return value.map(c => {
		const hit = named(here, c);

		if (!hit)
			errors.fields.components = c.id !== undefined ?
			    `Component id '${c.id}' is not valid` :
			    `Component name '${c.name}' is not valid`;
		return hit;
	});
}

function
user(j, name, value, errors)
{
	if (value === null)
		return null;
	const given = isObject(value) ? j.cloud ? value.id ??
	    value.accountId : value.name : undefined;
	const hit = given !== undefined && j.users.find(u =>
	    (j.cloud ? u.accountId : u.name) === given);

	if (given === undefined)
		errors.fields[name] = j.cloud ? 'accountId is required' :
		    'expected an object with a name';
	else if (!hit && !j.cloud)
		errors.fields[name] = `User '${given}' does not exist.`;
	else if (!hit || name === 'assignee' && !(hit.active &&
	    hit.assignable))
		errors.fields[name] = `User '${given}' cannot be assigned ` +
		    'issues.';
	return hit;
}

const valueOf = o => o.value ?? o;

/* One that is allowed, and not disabled. */
function
chosen(options, value)
{
	return isObject(value) && options.find(o =>
	    valueOf(o) === value.value && !o.disabled);
}

function
option(field, value, errors)
{
	if (value !== null && !chosen(field.options, value))
		errors.fields[field.id] = `Specify a valid value for ` +
		    `${field.name}`;
	return value;
}

/* {value, child: {value}} */
function
cascade(field, value, errors)
{
	const parent = chosen(field.options, value);

	if (parent && value.child !== undefined &&
	    !chosen(parent.children ?? [], value.child))
		errors.fields[field.id] = `Option value '` +
		    `${value.child?.value}' is not valid`;
	else if (value !== null && !parent)
		errors.fields[field.id] = 'Specify a valid \'id\' or ' +
		    `'value' for ${field.name}`;
	return value;
}

function
options(field, value, errors)
{
	if (!Array.isArray(value))
		errors.fields[field.id] = 'data was not an array';
	else
		value.forEach(v => option(field, v, errors));
	return value;
}

function
versions(j, project, value, errors)
{
	const here = j.versions.filter(v => v.project === project.key &&
	    !v.archived);

	if (!Array.isArray(value) || !value.every(isObject)) {
		errors.fields.fixVersions = 'data was not an array of objects';
		return [];
	}
	return value.map(v => {
		const hit = named(here, v);

		if (!hit)
			errors.fields.fixVersions = `Version name '${v.name}'` +
			    ' is not valid';
		return hit;
	});
}

function
date(name, value, errors)
{
	if (value !== null && !(/^\d{4}-\d\d-\d\d$/.test(value) &&
	    !Number.isNaN(Date.parse(value))))
		errors.fields[name] = `Error parsing date string: ${value}`;
}

/* 2011-10-19T10:29:29.908+1100: a fraction, and no colon in the offset. */
function
datetime(name, value, errors)
{
	if (value !== null && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$/
	    .test(value))
		errors.fields[name] = `Error parsing time: ${value}`;
}

function
number(name, value, errors)
{
	if (value !== null && typeof value !== 'number')
		errors.fields[name] = 'Operation value must be a number';
	return value;
}

/* One member of fields; returns what is stored. */
function
field(j, f, value, project, errors)
{
	switch (f.type) {
	case 'text':
		richText(j, f.id, value, errors);
		return value;
	case 'labels':
		labels(f.id, value, errors);
		return value;
	case 'options':
		return options(f, value, errors);
	case 'cascade':
		return cascade(f, value, errors);
	case 'versions':
		return versions(j, project, value, errors);
	case 'number':
	case 'sprint':
		return number(f.id, value, errors);
	case 'datetime':
		datetime(f.id, value, errors);
		return value;
	case 'components':
		return components(j, project, value, errors);
	case 'user':
		return user(j, f.id, value, errors);
	case 'option':
		return option(f, value, errors);
	case 'date':
		date(f.id, value, errors);
		return value;
	case 'priority': {
		const hit = named(j.priorities, value);

		if (!hit)
			errors.fields.priority =
			    'The priority selected is invalid.';
		return hit;
	}
	default:
		if (f.id === 'summary')
			summary(value, errors);
		else if (value !== null && (typeof value !== 'string' ||
		    /[\r\n]/.test(value)))
			errors.fields[f.id] = 'Operation value must be a string';
		return value;
	}
}

/* Settings are kept by "PAY/Bug", "PAY" or "*": the nearest counts. */
function
setting(map, project, type)
{
	return map[`${project.key}/${type.name}`] ?? map[project.key] ??
	    map['*'];
}

function
required(j, fields, project, type, errors)
{
	for (const id of setting(j.required, project, type)) {
		const v = fields[id];
		const f = j.fields.find(x => x.id === id);

		if (v === undefined || v === null || v === '' ||
		    Array.isArray(v) && !v.length)
			errors.fields[id] = `${f?.name ?? id} is required.`;
	}
	if (fields.summary === undefined)
		errors.fields.summary =
		    'You must specify a summary of the issue.';
}

/* update.labels: [{add: x}] and [{set: [...]}] beside fields. */
function
updates(given, update, before, errors)
{
	const out = {...given};

	for (const [id, ops] of Object.entries(update ?? {})) {
		for (const op of Array.isArray(ops) ? ops : []) {
			const old = out[id] ?? before?.[id] ?? [];

			if ('set' in op)
				out[id] = op.set;
			else if ('add' in op)
				out[id] = [...new Set([...old, op.add])];
			else if ('remove' in op)
				out[id] = old.filter(x => x !== op.remove);
			else
				errors.fields[id] = 'Operation is not supported';
		}
	}
	return out;
}

function
whole(j, given, project, type, errors)
{
	const screen = setting(j.screen, project, type);
	const out = {};

	for (const [id, value] of Object.entries(given)) {
		const f = j.fields.find(x => x.id === id);

		if (['project', 'issuetype'].includes(id))
			continue;
		if (!f || !screen.includes(id))
			errors.fields[id] = `Field '${id}' cannot be set. It ` +
			    'is not on the appropriate screen, or unknown.';
		else
			out[id] = field(j, f, value, project, errors);
	}
	return out;
}

/*
 * j: the site's data with version (2 or 3) and cloud.  before is the issue
 * that is edited, or null when one is created.
 */
function
checkFields(j, body, errors, before)
{
	const given = updates(body.fields ?? {}, body.update, before?.fields,
	    errors);
	const {project: p, issuetype: t} = before ? before.fields : given;
	const project = isObject(p) && j.projects.find(x =>
	    p.id !== undefined ? x.id === String(p.id) : x.key === p.key);
	const type = named(j.issueTypes, t);

	if (!project)
		errors.fields.project = 'valid project is required';
	else if (j.deny.includes('CREATE_ISSUES') && !before)
		errors.fields.project = 'You do not have permission to create ' +
		    'issues in this project.';
	if (!type || project && type.projects &&
	    !type.projects.includes(project.key))
		errors.fields.issuetype =
		    'The issue type selected is invalid.';
	if (errors.any())
		return null;
	const fields = whole(j, given, project, type, errors);

	if (!before)
		required(j, given, project, type, errors);
	return {...fields, project, issuetype: type};
}

module.exports = {checkFields, Errors, richText, setting, UNSUPPORTED};
