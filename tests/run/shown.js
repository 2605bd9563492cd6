'use strict';

/*
 * What people read, taken out of what a tracker is sent:
 *
 *	shownText(tokens)	of Markdown, as markdown-it parsed it
 *	adfText(node)		of the Atlassian Document Format
 *	wikiRead(text)		of Jira's wiki text: {text, problems}
 *	squeeze(text)		without what no reader sees or compares
 *
 * The wiki reader is written from Jira's help page alone, and refuses what
 * is not plain text or one of the notations that a ticket may hold.
 * https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all
 */

/* Blanks, box signs of tasks, bars of tables, marks that take no room. */
function
squeeze(text)
{
	return text.replace(
	    /[\s\0-\x1f\x7f-\xa0\u2028\u2029\u2060\ufeff|\u2610\u2611]/gu, '');
}

function
shownText(tokens)
{
	let out = '';

	for (const t of tokens)
		if (t.type === 'inline')
			out += t.children[0]?.type !== 'text' ?
			    shownText(t.children) : shownText(t.children).
			    replace(/^\[[ xX]\]/, '');
		else if (t.type === 'image')
			out += shownText(t.children) || t.attrGet('src');
		else if (t.type === 'softbreak' || t.type === 'hardbreak')
			out += '\n';
		else if (['text', 'code_inline', 'fence', 'code_block',
		    'text_special'].includes(t.type))
			out += t.content;
	return out;
}

const BLOCKS = new Set(['paragraph', 'heading', 'codeBlock', 'rule',
    'listItem', 'tableCell', 'tableHeader', 'hardBreak']);

function
adfText(node)
{
	return (node.text ?? '') + (node.content ?? []).map(adfText).join('') +
	    (BLOCKS.has(node.type) ? '\n' : '');
}

/* The notations of a line, and what each shows. */
const NOTATIONS = [
	[/^\\([{}[\]()*_\-+^~|!?#])/, (m) => m[1]],
	[/^&#(\d+);/, (m) => String.fromCodePoint(Number(m[1]))],
	[/^&amp;/, () => '&'],
	[/^ ?\\\\ /, () => '\n'],
	[/^\{\{(?!\})/, () => ''], [/^\}\}/, () => ''],
	[/^\{[*_-]\}/, () => ''], [/^[*_-]/, () => ''],
	[/^\|\|?/, () => '']
];

function
wikiLine(line, problems)
{
	let out = '', rest = line.replace(/^(h[1-6]\. |[*#]+ |----$)/, '');

	while (rest !== '') {
		const link = /^\[((?:\\.|[^\\|\]])*)\|([^\s[\]|]+)\]/.exec(
		    rest);
		const hit = NOTATIONS.map(([re, show]) => [re.exec(rest),
		    show]).find(([m]) => m !== null);
		if (link !== null) {
			out += wikiLine(link[1], problems);
			rest = rest.slice(link[0].length);
		} else if (hit !== undefined) {
			out += hit[1](hit[0]);
			rest = rest.slice(hit[0][0].length);
		} else {
			if (/^[{}[\]!^~+]/.test(rest))
				problems.push(`bare ${rest.slice(0, 20)}`);
			out += rest[0];
			rest = rest.slice(1);
		}
	}
	return out;
}

function
wikiRead(text)
{
	const problems = [];
	const out = [];
	let block = null, quotes = 0;

	for (const line of text.split('\n')) {
		const open = /^(?:[*#]+ )?\{(noformat|code)(?::[a-z#+]+)?\}$/.exec(line);
		if (block !== null && line === `{${block}}`)
			block = null;
		else if (block !== null) {
			if (/\{(code|noformat)[:}]/i.test(line))
				problems.push(`a block ends at ${line}`);
			/* The blank that breaks a marker. */
			out.push(line.replace(/\{ (?=code|noformat|quote|panel)/gi,
			    '{'));
		} else if (open !== null)
			block = open[1];
		else if (line === '{quote}')
			quotes++;
		else
			out.push(wikiLine(line, problems));
	}
	if (block !== null)
		problems.push(`{${block}} is never closed`);
	if (quotes % 2 !== 0)
		problems.push('{quote} is never closed');
	return { text: out.join('\n'), problems };
}

module.exports = { adfText, shownText, squeeze, wikiRead };
