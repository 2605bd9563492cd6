// Are the documents that markup_adf() writes valid, and is their text whole?
//
//	node tests/unit/adf_validate.js [path/to/markup_cli]
//
// Validity: Atlassian's own JSON schema, and rules of the editor that the
// schema cannot say.  Text: markdown-it reads the same Markdown.
'use strict';

const { spawnSync } = require('child_process');
const path = require('path');
const modules = path.join(__dirname, '..', 'node_modules');
const load = (name) => require(path.join(modules, name));
const Ajv = load('ajv-draft-04');
const MarkdownIt = load('markdown-it');
const schema = load('@atlaskit/adf-schema/dist/json-schema/v1/full.json');

const cli = process.argv[2] ||
    path.join(process.env.BUILD || 'build', 'unit', 'markup_cli');
const validate = new Ajv({ strict: false }).compile(schema);
const reader = new MarkdownIt({ html: false, linkify: false });

// A small generator with a seed, so that a failure can be repeated.
let seed = 20261121;
function random(n) {
	seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
	return Math.floor((seed / 4294967296) * n);
}
const pick = (list) => list[random(list.length)];

const WORDS = ['alpha', 'beta.c', 'gamma', 'src/a_b.c', 'x < y', 'été',
	'\u6f22\u5b57', '\u{1f41e}', '{code}', 'a & b', '&lt;tag&gt;', '&#955;',
	'"quoted"', 'C:\\\\temp', '(paren)', '100%', 'h1.', '{noformat}'];

function inline(depth) {
	const parts = [];
	for (let i = 0; i <= random(4); i++) {
		const inner = () => (depth > 0 ? inline(depth - 1) :
		    pick(WORDS));
		switch (random(9)) {
		case 0:
			parts.push('**' + pick(WORDS.slice(0, 4)) + '**');
			break;
		case 1: parts.push('*' + pick(WORDS.slice(0, 3)) + '*'); break;
		case 2:
			parts.push('~~' + pick(WORDS.slice(0, 3)) + '~~');
			break;
		case 3: parts.push('`' + pick(WORDS.slice(0, 5)) + '`'); break;
		case 4:
			parts.push('[' + inner() + '](https://example.org/' +
			    random(99) + ')');
			break;
		case 5: parts.push('<https://example.org/a?b=c>'); break;
		case 6: parts.push('![pic](https://example.org/p.png)'); break;
		default: parts.push(pick(WORDS));
		}
	}
	return parts.join(' ');
}

const indent = (text, by) => text.split('\n').map((l, i) =>
	(i === 0 || l === '' ? l : ' '.repeat(by) + l)).join('\n');

function block(depth) {
	// md4c 0.4.8 loses the indent of a numbered item that begins with ***.
	const some = () => blocks(depth - 1, 1 + random(3)).replace(
	    /^\*\*\*$/m, 'no rule');
	switch (random(depth > 0 ? 10 : 5)) {
	case 0: return '#'.repeat(1 + random(6)) + ' ' + inline(0);
	case 1: return '```' + pick(['', 'c', 'js', 'x y', '"bad"']) + '\n' +
		pick(['int main;', '', 'a\n\nb', '{code}\n  deep', '**no**']) +
		'\n```';
	case 2: return '***';
	case 3: return '| a | b |\n|---|:-:|\n| ' + pick(WORDS) + ' | |\n| c |';
	case 4: return inline(1) + pick(['', '  \nnext', '\nsoft']);
	case 5: return '> ' + some().replace(/\n/g, '\n> ');
	case 6: return '- ' + indent(some(), 2) + '\n- ' + inline(0);
	case 7: return (1 + random(20)) + '. ' + indent(some(), 4);
	case 8: return '- [' + pick([' ', 'x']) + '] ' + inline(0) + '\n- ' +
		indent(some(), 2);
	default: return inline(1);
	}
}

function blocks(depth, n) {
	const out = [];
	for (let i = 0; i < n; i++)
		out.push(block(depth));
	return out.join('\n\n');
}

const HAND = ['', ' ', '#', '-', '- ', '>', '1.', '```', '```\n```', '    code',
	'- - - a', '> # head\n> ***\n> | a |\n> |---|\n> | b |',
	'- # head\n- > quote\n- | a |\n  |---|\n  | b |\n- ***',
	'> > > deep\n> - > in a list', '[](https://example.org)', '[a]()',
	'![](https://example.org/p.png)', '![]()', '[a](javascript:alert(1))',
	'**[`code`](https://example.org)**',
	'[![a](b.png)](https://example.org)',
	'***both***', '~~**_all_**~~', '`` ` ``', '- [ ] ', '- [x]\n',
	'0. zero', '999999999. many', '| a |\n|---|', '|\\||\n|---|',
	'<div>\n</div>',
	'<!-- comment -->', '&nbsp;', '&#0; &#xd800; &#x110000; &bogus;', '\\',
	'a\\\nb', 'Setext\n===', 'a\n---', '\t\ttabs', '\u0001\u001b[31mred',
	'- a\n\n  b\n\n      code\n- c', '* a\n+ b\n- c', '1. a\n2. b\n1) c',
	'>'.repeat(500) + ' deep', '- '.repeat(500) + 'deep',
	'  '.repeat(3) + '- a\n' + '*'.repeat(2000), '['.repeat(2000),
	'| a |\n|---|\n' + '| b |\n'.repeat(3000), '***\n'.repeat(3000),
	'# h\n'.repeat(3000), 'word '.repeat(30000), '*a* '.repeat(20000),
	'```\n' + 'line of code \u6f22\n'.repeat(9000) +
	    '```\n\nafter the code',
	Array.from({ length: 40 },
	    (_, i) => ' '.repeat(2 * i) + '- ' + i).join('\n'),
	'|' + 'a|'.repeat(500) + '\n|' + '---|'.repeat(500) + '\n' +
	    'b\n'.repeat(500)];

const documents = HAND.slice();
while (documents.length < 600)
	documents.push(blocks(3, 1 + random(5)));

function convert(limit) {
	const input = documents.map((d) =>
	    Buffer.byteLength(d) + '\n' + d + '\n');
	const run = spawnSync(cli, ['adf', String(limit)],
	    { input: input.join(''), maxBuffer: 1 << 30 });
	if (run.status !== 0)
		throw new Error(`${cli}: ${run.error || run.stderr}`);
	const results = [];
	for (let at = 0; at < run.stdout.length;) {
		const eol = run.stdout.indexOf(10, at);
		const n = Number(run.stdout.toString('latin1', at, eol));
		results.push(run.stdout.subarray(eol + 1, eol + 1 + n));
		at = eol + n + 2;
	}
	return results;
}

let passed = 0, failed = 0, bad;
function fail(document, what) {
	bad = true;
	console.error('FAIL', what, JSON.stringify(document.slice(0, 300)));
}

// What Jira refuses although the schema lets it pass.
function walk(node, parent, report) {
	const marks = (node.marks || []).map((m) => m.type);
	const first = (node.content || [])[0];
	if (node.type === 'text' && node.text === '')
		report('an empty text');
	if (marks.includes('code') &&
	    marks.some((m) => m !== 'code' && m !== 'link'))
		report('code with other marks');
	if (new Set(marks).size !== marks.length)
		report('a mark twice');
	if (node.type === 'listItem' && /List$/.test(first.type))
		report('a list item begins with a list');
	if (node.type === 'paragraph' && !first && !/^table/.test(parent.type))
		report('an empty paragraph');
	if (['blockquote', 'tableRow', 'table', 'heading',
	    'codeBlock'].includes(node.type) && !first)
		report('an empty ' + node.type);
	for (const child of node.content || [])
		walk(child, node, report);
}

const bare = (text) => text.replace(/[\s\u00a0|\u2610\u2611]/g, '');

function textOf(node) {
	return (node.text || '') + (node.content || []).map(textOf).join('');
}

// What markdown-it shows; a box is what we show for "[ ]".
function shown(tokens) {
	let out = '';
	for (const t of tokens) {
		if (t.type === 'inline')
			out += shown(t.children).replace(/^\[[ x]\] /, '');
		else if (t.type === 'image')
			out += shown(t.children) || t.attrGet('src');
		else if (['text', 'code_inline', 'fence', 'code_block',
		    'text_special'].includes(t.type))
			out += t.content;
	}
	return out;
}

function check(document, result, limit) {
	const adf = JSON.parse(result);
	if (result.length > limit)
		fail(document, `${result.length} bytes of ${limit}`);
	if (!validate(adf))
		fail(document, JSON.stringify(validate.errors.slice(0, 2)));
	walk(adf, null, (what) => fail(document, what));
	if (/[\ud800-\udfff]|\ufffd/.test(textOf(adf).replace(
	    /[\ud800-\udbff][\udc00-\udfff]/g, '')) && !document.includes('&#'))
		fail(document, 'a character was cut');
	return adf;
}

function examine(d, i, result, limit) {
	const adf = check(d, result, limit);
	const whole = !textOf(adf).includes('\u2026');
	const generated = i >= HAND.length;
	if (!whole && limit === 30000 && d.length < 5000 && generated)
		fail(d, 'cut without need');
	if (whole && generated &&
	    bare(textOf(adf)) !== bare(shown(reader.parse(d, {}))))
		fail(d, 'other text: ' + bare(textOf(adf)));
	if (limit === 3000 && d.endsWith('after the code') &&
	    !textOf(adf).endsWith('\u2026after the code'))
		fail(d, 'the code was not cut first');
}

for (const limit of [30000, 3000, 700, 200]) {
	const results = convert(limit);
	if (results.length !== documents.length)
		throw new Error('not every document has a result');
	documents.forEach((d, i) => {
		bad = false;
		examine(d, i, results[i], limit);
		if (bad)
			failed++;
		else
			passed++;
	});
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
