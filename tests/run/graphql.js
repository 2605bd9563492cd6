'use strict';

/*
 * Every GraphQL document that the client holds is valid against Linear's
 * types, as graphql-js sees it; and it would not be if a field of it were
 * misspelt, an argument unknown or a variable of another type.
 */

const fs = require('node:fs');
const path = require('node:path');
const { buildSchema, parse, print, validate, visit } = require('graphql');
const { check, finish } = require('./report');

const ROOT = path.join(__dirname, '..', '..');
const schema = buildSchema(fs.readFileSync(path.join(ROOT, 'tests',
    'sandbox', 'linear.graphql'), 'utf8'));

/* NAME[] = "..." "..."; of a C source whose text is a GraphQL operation. */
function
documents(file)
{
	const text = fs.readFileSync(file, 'utf8');
	const found = [];

	for (const [, name, body] of text.matchAll(
	    /\bchar (\w+)\[\] =\s*((?:"(?:[^"\\]|\\.)*"\s*)+);/g)) {
		const whole = [...body.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(
		    (m) => JSON.parse(`"${m[1]}"`)).join('');

		if (/^\s*(query|mutation)\b/.test(whole))
			found.push({ name: `${path.basename(file)} ${name}`,
			    text: whole });
	}
	return found;
}

function
sources(dir)
{
	return fs.readdirSync(dir, { withFileTypes: true }).flatMap((e) =>
	    e.isDirectory() ? sources(path.join(dir, e.name)) :
	    e.name.endsWith('.c') ? [path.join(dir, e.name)] : []);
}

function
errors(text)
{
	try {
		return validate(schema, parse(text)).map((e) => e.message);
	} catch (e) {
		return [e.message];
	}
}

/* The document with its nth node of that kind spoilt, one after the other. */
function
spoilt(text, kind, spoil)
{
	const list = [];

	for (let n = 0; ; n++) {
		let at = 0, done = false;
		const ast = visit(parse(text), { [kind]: (node) => {
			if (at++ !== n)
				return undefined;
			done = true;
			return spoil(node);
		} });
		if (!done)
			return list;
		list.push(print(ast));
	}
}

const other = (node) => ({ ...node, name: { ...node.name,
    value: `${node.name.value}x` } });
const SPOILS = {
	'a misspelt field': ['Field', other],
	'an unknown argument': ['Argument', other],
	'another type': ['VariableDefinition', (node) => ({ ...node,
	    type: { kind: 'NamedType', name: { kind: 'Name',
	    value: 'DateTime' } } })],
};

const all = sources(path.join(ROOT, 'handler')).flatMap(documents);

check('the client has documents', all.length >= 5 ? [] :
    [`only ${all.length} were found`]);
for (const { name, text } of all) {
	check(`${name} is valid`, errors(text));
	for (const [what, [kind, spoil]] of Object.entries(SPOILS)) {
		const list = spoilt(text, kind, spoil);

		/* One that takes nothing has no arguments. */
		if (kind !== 'Field' && !text.includes('('))
			continue;
		check(`${name} with ${what} is not (${list.length})`,
		    list.length === 0 ? ['nothing to spoil'] :
		    list.filter((t) => errors(t).length === 0));
	}
}
finish();
