'use strict';

/*
 * A picture of the last results: what each target asked for, and what was
 * measured, as a share of it.
 *
 *	node tests/bench/chart.js FILE
 */

const fs = require('node:fs');
const path = require('node:path');
const { ROOT } = require('../run/process');

const BUILD = path.resolve(ROOT, process.env.BUILD ?? 'build');
const WIDTH = 960;
const LINE = 20;
const TEXT = 470;		/* where the bars begin */
const UNIT = 120;		/* of a bar that just reaches its target */
const MOST = 2.5;		/* times that; longer bars are cut */

function
escape(text)
{
	return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').
	    replace(/>/g, '&gt;');
}

function
number(value)
{
	return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

/* How far beyond its target, 1 is just reached; more is better. */
function
share(f)
{
	if (f.target === 0)
		return f.value <= 0 ? 1 : 0;
	return f.sense === 'at least' ? f.value / f.target :
	    f.target / Math.max(f.value, f.target / 100);
}

function
bar(f, y)
{
	const long = Math.min(share(f), MOST) * UNIT;
	const said = `${number(f.value)} ${f.unit}`.trim();
	const asked = `${f.sense} ${number(f.target)}`;

	return `<text x="24" y="${y + 14}">${escape(f.what)}</text>
<rect x="${TEXT}" y="${y + 4}" width="${long.toFixed(1)}" height="12" ` +
	    `fill="${f.reached ? '#2f855a' : '#c05621'}"/>
<text x="${TEXT + Math.max(long, 4) + 6}" y="${y + 14}">${said} (${asked}` +
	    `)</text>`;
}

function
draw(results)
{
	const out = [];
	let y = 12;

	for (const name of Object.keys(results.rows).sort()) {
		const row = results.rows[name];
		const targets = row.figures.filter((f) =>
		    f.sense !== undefined);
		if (targets.length === 0)
			continue;
		out.push(`<text x="12" y="${y + 15}" font-weight="bold">` +
		    `${name}. ${escape(row.title)}</text>`);
		y += LINE + 2;
		for (const f of targets) {
			out.push(bar(f, y));
			y += LINE;
		}
		y += LINE / 2;
	}
	return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" ` +
	    `height="${y + 8}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#ffffff"/>
<line x1="${TEXT + UNIT}" y1="8" x2="${TEXT + UNIT}" y2="${y}" ` +
	    `stroke="#4a5568" stroke-dasharray="3 3"/>
${out.join('\n')}
</svg>
`;
}

const file = process.argv[2];
const results = JSON.parse(fs.readFileSync(`${BUILD}/bench/results.json`,
    'utf8'));
fs.writeFileSync(file, draw(results));
console.log(`${file}: ${Object.keys(results.rows).sort().join(' ')}`);
