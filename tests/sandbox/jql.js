'use strict';
/*
 * The part of JQL that finds one's own tickets: clauses joined by AND, with
 * = != in (not) in ~ > >= < <=, and ORDER BY.  Anything else is refused, as
 * Jira refuses what it cannot read.
 *
 *	const q = parse(text);		throws JqlError
 *	q.bounded			does it restrict the search?
 *	q.select(issues, look)		look(issue, field) gives its values
 *
 * https://support.atlassian.com/jira-software-cloud/docs/jql-fields/
 */
/* "text", 'text', a sign, a word */
const TOKEN = new RegExp('\\s*(?:' + [/("(?:[^"\\]|\\.)*")/,
    /('(?:[^'\\]|\\.)*')/, /(!=|>=|<=|[=<>~(),])/,
    /([A-Za-z0-9_\-@.:[\]]+)/].map(r => r.source).join('|') + ')', 'gy');
const BOUNDS = ['project', 'key', 'id', 'issue', 'issuekey', 'labels', 'text',
    'issuetype', 'assignee', 'summary', 'component'];
const FIELDS = [...BOUNDS, 'status', 'statuscategory', 'resolution',
    'created', 'updated'];

class JqlError extends Error {}

function
tokens(text)
{
	const out = [];

	TOKEN.lastIndex = 0;
	while (TOKEN.lastIndex < text.trimEnd().length) {
		const at = TOKEN.lastIndex;
		const m = TOKEN.exec(text);

		if (!m)
			throw new JqlError('Error in the JQL Query: The ' +
			    `character '${text[at]}' is a reserved JQL ` +
			    'character. You must enclose it in a string. ' +
			    `(line 1, character ${at + 1})`);
		const quoted = m[1] ?? m[2];

		out.push(quoted ? {text: quoted.slice(1, -1)
		    .replace(/\\(.)/g, '$1'), quoted: true} :
		    {text: m[3] ?? m[4], sign: m[3] !== undefined});
	}
	return out;
}

class Reader {
	constructor(text)
	{
		this.list = tokens(text);
		this.at = 0;
	}

	is(...words)
	{
		return words.every((w, i) => {
			const t = this.list[this.at + i];

			return t && !t.quoted && t.text.toLowerCase() === w;
		});
	}

	take()
	{
		const t = this.list[this.at++];

		if (!t)
			throw new JqlError('Error in the JQL Query: ' +
			    'Unexpected end of the query.');
		return t;
	}

	skip(...words)
	{
		if (!this.is(...words))
			throw new JqlError('Error in the JQL Query: Expecting ' +
			    `'${words.join(' ').toUpperCase()}' but got ` +
			    `'${this.list[this.at]?.text ?? 'the end'}'.`);
		this.at += words.length;
	}

	try(...words)
	{
		if (!this.is(...words))
			return false;
		this.at += words.length;
		return true;
	}

	value()
	{
		const t = this.take();

		if (t.sign)
			throw new JqlError('Error in the JQL Query: Expecting ' +
			    `a value but got '${t.text}'.`);
		if (!this.try('('))
			return t.text;
		const args = [];

		while (!this.try(')')) {
			args.push(this.take().text);
			this.try(',');
		}
		return {call: t.text, args};
	}

	values()
	{
		const all = [];

		if (!this.try('('))
			return [this.value()];
		do
			all.push(this.value());
		while (this.try(','));
		this.skip(')');
		return all;
	}

	clause()
	{
		const field = this.take().text.toLowerCase();
		let op;

		if (!FIELDS.includes(field))
			throw new JqlError(`Field '${field}' does not exist or ` +
			    'you do not have permission to view it.');
		if (this.try('not', 'in'))
			op = 'not in';
		else if (this.try('is', 'empty'))
			return {field, op: 'empty', values: []};
		else
			op = this.take().text.toLowerCase();
		if (!['=', '!=', '~', '>', '>=', '<', '<=', 'in', 'not in']
		    .includes(op))
			throw new JqlError('Error in the JQL Query: Expecting ' +
			    `an operator but got '${op}'.`);
		return {field, op, values: this.values()};
	}

	order()
	{
		const all = [];

		do {
			const field = this.take().text.toLowerCase();
			const down = this.try('desc');

			if (!down)
				this.try('asc');
			all.push({field, down});
		} while (this.try(','));
		return all;
	}
}

function
compare(have, op, want)
{
	switch (op) {
	/* A phrase is text in double quotes within the text. */
	case '~': return String(have).toLowerCase()
	    .includes(String(want).replace(/^"(.*)"$/, '$1').toLowerCase());
	case '>': return have > want;
	case '>=': return have >= want;
	case '<': return have < want;
	case '<=': return have <= want;
	default: return String(have).toLowerCase() ===
	    String(want).toLowerCase();
	}
}

function
holds(clause, values)
{
	const any = op => clause.values.some(w =>
	    values.some(h => compare(h, op, w)));

	switch (clause.op) {
	case 'empty': return values.length === 0;
	case '!=':
	case 'not in': return values.length > 0 && !any('=');
	case 'in': return any('=');
	default: return any(clause.op);
	}
}

/*
 * created and updated compare as times, or relative to now: -15m, -2h, -1d; the order
 * of keys is that of their numbers.
 */
function
times(clause, now)
{
	const unit = {m: 60e3, h: 3600e3, d: 86400e3, w: 604800e3};

	if (['key', 'issue', 'issuekey', 'id'].includes(clause.field) &&
	    /[<>]/.test(clause.op))
		return {...clause, numeric: true, values: clause.values.map(v =>
		    Number(String(v).replace(/^.*-/, '')))};
	if (!['created', 'updated'].includes(clause.field))
		return clause;
	return {...clause, values: clause.values.map(v => {
		const m = String(v).match(/^-(\d+)([mhdw])$/);
		const t = m ? now - m[1] * unit[m[2]] :
		    Date.parse(String(v).replace(/\//g, '-'));

		if (Number.isNaN(t))
			throw new JqlError(`Date value '${v}' for field ` +
			    `'${clause.field}' is invalid.`);
		return t;
	})};
}

function
parse(text, now)
{
	const r = new Reader(text);
	const clauses = [];
	let order = [];

	while (r.at < r.list.length && !r.is('order', 'by')) {
		if (clauses.length)
			r.skip('and');
		clauses.push(times(r.clause(), now));
	}
	if (r.try('order', 'by'))
		order = r.order();
	if (r.at < r.list.length)
		r.skip('the end');
	const rank = (look, a, b) => {
		for (const {field, down} of order) {
			const x = look(a, field)[0], y = look(b, field)[0];

			if (x !== y)
				return (x < y ? -1 : 1) * (down ? -1 : 1);
		}
		/* Born in the same millisecond: the id decides. */
		return (a.id - b.id) * (order[0] && !order[0].down ? 1 : -1);
	};

	return {clauses,
	    bounded: clauses.some(c => BOUNDS.includes(c.field)),
	    select: (issues, look) => issues
		.filter(i => clauses.every(c => holds(c, look(i, c.field, c))))
		.sort((a, b) => rank(look, a, b))};
}

module.exports = {parse, JqlError};
