'use strict';

/*
 * node tests/run/adf.js [path/to/markup_cli]
 *
 * The documents of tests/corpus/markdown as Jira gets them: what becomes the
 * Atlassian Document Format is valid by Atlassian's own JSON schema, what
 * becomes wiki text has no macro but ours, and both show the text that
 * markdown-it shows.  First of all: the same checks find what is wrong.
 *
 * Schema: https://www.npmjs.com/package/@atlaskit/adf-schema
 * Wiki: https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa
 */

const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const Ajv = require('ajv-draft-04');
const MarkdownIt = require('markdown-it');
const schema = require('@atlaskit/adf-schema/dist/json-schema/v1/full.json');
const report = require('./report');
const { adfText, shownText, squeeze, wikiRead } = require('./shown');

const FOLDER = path.join(__dirname, '..', 'corpus', 'markdown');
const CLI = process.argv[2] ?? path.join(process.env.BUILD ?? 'build',
    'unit', 'markup_cli');
const DOCUMENTS = 200;
const LIMITS = { adf: 30000, wiki: 32000 };

const validate = new Ajv({ strict: false }).compile(schema);
const reader = new MarkdownIt({ html: false });

/* Where a link may go is not its text. */
reader.validateLink = () => true;

/* What GitHub's Markdown reads otherwise than markdown-it: not compared. */
const OTHERWISE = {
	'hand-jira-wiki.md': 'one tilde strikes',
	'hand-strike.md': 'one tilde strikes',
	'hand-table-aligned.md': 'a backslash before a bar in code'
};

/* All of the texts in one run; their results in the same order. */
function
convert(texts, to)
{
	const input = Buffer.concat(texts.map((t) => Buffer.concat([
	    Buffer.from(`${t.length}\n`), t, Buffer.from('\n')])));
	const { status, stdout, stderr, error } = spawnSync(CLI,
	    [to, String(LIMITS[to])], { input, maxBuffer: 1 << 28 });
	const out = [];

	if (status !== 0)
		throw new Error(`${CLI}: ${error ?? stderr}`);
	for (let at = 0; at < stdout.length;) {
		const eol = stdout.indexOf(10, at);
		const n = Number(stdout.toString('latin1', at, eol));
		out.push(stdout.toString('utf8', eol + 1, eol + 1 + n));
		at = eol + n + 2;
	}
	return out;
}

/* What Jira's editor refuses though the schema lets it pass. */
function
strict(node, parent)
{
	const marks = (node.marks ?? []).map((m) => m.type);
	const here = [
		[node.type === 'text' && node.text === '', 'an empty text'],
		[marks.includes('code') && marks.some((m) => m !== 'code' &&
		    m !== 'link'), 'code with other marks'],
		[new Set(marks).size !== marks.length, 'a mark twice'],
		[node.type === 'codeBlock' && (node.content ?? []).some((c) =>
		    c.type !== 'text' || c.marks), 'marks in a code block'],
		[parent?.type === 'listItem' && node.type === 'heading',
		    'a heading in a list']
	];

	return [...here.filter(([bad]) => bad).map(([, what]) => what),
	    ...(node.content ?? []).flatMap((c) => strict(c, node))];
}

function
adfProblems(json)
{
	const bytes = Buffer.byteLength(json);
	const adf = JSON.parse(json);
	const found = bytes > LIMITS.adf ? [`${bytes} bytes`] : [];

	if (!validate(adf))
		found.push(JSON.stringify(validate.errors.slice(0, 2)));
	return [...found, ...strict(adf, null)];
}

const doc = (...content) => ({ version: 1, type: 'doc', content });
const text = (t, ...marks) => ({ type: 'text', text: t,
    ...(marks.length > 0 ? { marks: marks.map((type) => ({ type })) } : {}) });
const node = (type, ...content) => ({ type, content });

/* Each breaks one rule of the format. */
const INVALID = {
	'no version': { type: 'doc', content: [] },
	'a heading in a list': doc(node('bulletList', node('listItem',
	    { ...node('heading', text('x')), attrs: { level: 1 } }))),
	'a heading of level 7': doc({ ...node('heading', text('x')),
	    attrs: { level: 7 } }),
	'an empty text': doc(node('paragraph', text(''))),
	'strong code': doc(node('paragraph', text('x', 'strong', 'code'))),
	'a rule in a quote': doc(node('blockquote', { type: 'rule' })),
	'a paragraph in a paragraph': doc(node('paragraph', node('paragraph',
	    text('x')))),
	'a list without items': doc(node('bulletList')),
	'text beside blocks': doc(text('x')),
	'an unknown node': doc(node('marquee', text('x'))),
	'too long': doc(node('paragraph', text('x'.repeat(30000))))
};

const BROKEN_WIKI = {
	'a macro of theirs': 'a {color:red}b{color}',
	'an open block': '{noformat}\nnever closed',
	'a block too many': '{noformat}\na\n{noformat}\nb {noformat}',
	'a link': 'see [there|https://e.example',
	'an image': 'x !https://e.example/p.png!'
};

function
canFail()
{
	for (const [what, adf] of Object.entries(INVALID))
		report.check(`found in ADF: ${what}`, adfProblems(
		    JSON.stringify(adf)).length > 0 ? [] : ['not found']);
	for (const [what, wiki] of Object.entries(BROKEN_WIKI))
		report.check(`found in wiki text: ${what}`,
		    wikiRead(wiki).problems.length > 0 ? [] : ['not found']);
}

/* Was the document cut?  Then only its beginning can be compared. */
function
sameText(got, want, cut)
{
	const g = squeeze(got), w = squeeze(want);
	const n = Math.min(200, w.length);

	if (cut ? g.slice(0, n) === w.slice(0, n) : g === w)
		return [];
	let i = 0;
	while (g[i] === w[i])
		i++;
	return [`"${g.slice(i, i + 60)}" is shown instead of ` +
	    `"${w.slice(i, i + 60)}"`];
}

function
main()
{
	const names = fs.readdirSync(FOLDER).filter((f) =>
	    f.endsWith('.md')).sort();
	const texts = names.map((f) => fs.readFileSync(
	    path.join(FOLDER, f)));

	canFail();
	report.check(`${names.length} documents`, names.length >= DOCUMENTS ?
	    [] : [`fewer than ${DOCUMENTS}`]);
	const adf = convert(texts, 'adf');
	const wiki = convert(texts, 'wiki');
	names.forEach((name, i) => {
		const cut = texts[i].length > 12000;
		const same = (got) => name in OTHERWISE ? [] : sameText(got,
		    shownText(reader.parse(texts[i].toString(), {})), cut);
		const read = wikiRead(wiki[i]);
		report.check(`${name}: ADF`, [...adfProblems(adf[i]),
		    ...same(adfText(JSON.parse(adf[i])))]);
		report.check(`${name}: wiki text`, [...read.problems,
		    ...same(read.text),
		    ...(wiki[i].length > LIMITS.wiki ? ['too long'] : [])]);
	});
	report.finish();
}

main();
