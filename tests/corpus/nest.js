'use strict';

/*
 * node tests/corpus/nest.js
 *
 * Writes tests/corpus/markdown/nest-*.md: every kind of block in every kind
 * of container, and containers in containers, one document for each pair.
 * What it writes depends on nothing but this file; the hand-*.md beside
 * them are written by people.
 */

const fs = require('node:fs');
const path = require('node:path');

const FOLDER = path.join(__dirname, 'markdown');

const INLINE = [
	'The *gate* at **pier 4** opened ~~late~~ twice.',
	'See [the log](https://ci.example/run/77) and `tide_gate.c`.',
	'***Both*** at once, then ![a chart](https://ci.example/c.png).',
	'A [`code` link](https://ci.example/a_(b)) and <https://ci.example>.',
	'Escaped \\*stars\\*, an &amp; entity, a < b > c, and {braces}.',
	'**bold with `code` and [link](https://ci.example/x) inside**',
	'Hard break here,  \nand a soft one\nafter it.'
];

const BLOCKS = {
	heading: (n) => `${'#'.repeat(n % 6 + 1)} High water ${INLINE[n % 7]
	    .split('\n')[0]}`,
	paragraph: (n) => INLINE[n % 7],
	code: (n) => ['```', '```c', '~~~ diff', '```x-unknown'][n % 4] +
	    '\nif (tide > 4)\n\n\treturn (-1); /* {code} */\n' +
	    ['```', '```', '~~~', '```'][n % 4],
	indented: () => '    indented_code(1);\n\n    after_a_gap();',
	rule: (n) => ['***', '- - -', '___'][n % 3],
	table: (n) => '| pier | tide |\n|:-----|-----:|\n' +
	    `| ${INLINE[n % 2]} | 4 m |\n| a \\| b | |\n| short |`,
	html: () => '<details>\n<summary>More</summary>\n\n*open*\n\n' +
	    '</details>',
	empty: () => ''
};

const indent = (text, first, rest) => text.split('\n').map((line, i) =>
	(i === 0 ? first : line === '' ? '' : rest) + line).join('\n');

const CONTAINERS = {
	quote: (t) => t.split('\n').map((line) => `> ${line}`.trimEnd())
	    .join('\n'),
	bullets: (t) => `${indent(t, '- ', '  ')}\n- the next`,
	numbers: (t) => `${indent(t, '7. ', '   ')}\n8. the next`,
	tasks: (t) => `- [ ] open\n- [x] done\n\n${indent(t, '- ', '  ')}`,
	loose: (t) => `* first\n\n${indent(t, '* ', '  ')}\n\n* last`
};

function
write(name, text)
{
	fs.writeFileSync(path.join(FOLDER, `nest-${name}.md`), `${text}\n`);
}

function
main()
{
	const blocks = Object.entries(BLOCKS);
	const containers = Object.entries(CONTAINERS);
	let n = 0;

	for (const [block, make] of blocks)
		for (const [outer, wrap] of containers) {
			write(`${outer}-${block}`, wrap(make(n++)));
			write(`${outer}-text-${block}`, 'Before.\n\n' +
			    `${wrap(`Lead.\n\n${make(n++)}\n\nTail.`)}\n\n` +
			    'After.');
		}
	for (const [inner, one] of containers)
		for (const [outer, two] of containers) {
			const [block, make] = blocks[n % blocks.length];

			write(`${outer}-${inner}-${block}`,
			    two(`Lead.\n\n${one(make(n++))}`));
		}
	for (const [a, first] of blocks)
		for (const [b, second] of blocks.slice(0, 5))
			write(`after-${a}-${b}`,
			    `${first(n++)}\n\n${second(n++)}`);
	for (let i = 0; i < 7; i++)
		for (const [outer, wrap] of containers.slice(0, 2))
			write(`inline-${i}-${outer}`, wrap(INLINE[i]));
}

main();
