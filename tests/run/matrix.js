'use strict';

/*
 * Cases times fronts.
 *
 *	await run(['cgi', 'nginx'], { files, short, table });
 *	sample('caddy', cases)		the ones of the short form
 *
 * Each front runs in a process of its own, two at a time.  Its lines are
 * printed, then a row for each front, and the count; or, as `table`, what is
 * wrong and a matrix of ok, FAIL and - (not for this front).
 *
 * In the short form the handler's own ways in and nginx get every case.  Of
 * the other web servers each gets the cases that are about web servers, and
 * a share of the rest: every case is run behind one of them.
 */

const path = require('node:path');
const { spawn } = require('node:child_process');

const AT_ONCE = 2;		/* fronts; they wait more than they work */
const WHOLE = ['cgi', 'fcgi', 'nginx'];
const SHARING = ['nginx-keep', 'apache-proxy', 'apache-keep', 'apache-fcgid',
    'apache-cgid', 'lighttpd', 'caddy'];
const OF_SERVERS = new RegExp('^(chunked|front-.*|health|large|method|' +
    'missing-headers|proxy-header|query-strings|reload-broken|' +
    'repeated-header.*|too-large.*)$');
const NAME_WIDTH = 34;

function
sample(front, items)
{
	const n = SHARING.indexOf(front);

	return WHOLE.includes(front) ? items : items.filter((item, i) =>
	    i % SHARING.length === n || OF_SERVERS.test(item.name));
}

/* {row, cells, passed, failed, lines} of a front, from its output. */
function
read(name, code, text)
{
	const count = /^(\d+) passed, (\d+) failed\n$/m.exec(text);
	const row = /^\S+ +\d+ passed .*$/m.exec(text);
	const cells = new Map();

	for (const m of text.matchAll(/^(not )?ok \S+ ([^:\n]+): /gm))
		cells.set(m[2], m[1] === undefined ? 'ok' : 'FAIL');
	if (count === null || row === null)
		return { row: `${name}: no totals`, cells, passed: 0,
		    failed: 1, lines: text.trimEnd() };
	const failed = Number(count[2]);
	return { row: row[0], cells, passed: Number(count[1]),
	    failed: failed === 0 && code !== 0 ? 1 : failed,
	    lines: text.slice(0, row.index).trimEnd() };
}

function
apart(name, { files, short })
{
	return new Promise((resolve) => {
		const child = spawn(process.execPath, [path.join(__dirname,
		    'run.js'), '--front', name, ...short ? ['--short'] : [],
		    ...files], { stdio: ['ignore', 'pipe', 'pipe'] });
		let text = '';

		child.stdout.on('data', (d) => { text += d; });
		child.stderr.on('data', (d) => { text += d; });
		child.on('close', (code) => resolve(read(name, code, text)));
	});
}

/* What is wrong, without the lines that are ok. */
function
wrong(lines)
{
	return lines.split(/\n(?!\t)/).filter((l) => !/^ok /.test(l)).
	    join('\n');
}

function
print(names, files, ends)
{
	const width = (n) => Math.max(n.length, 4) + 2;
	const line = (first, cells) => console.log(first.padEnd(NAME_WIDTH) +
	    cells.map((c, i) => c.padStart(width(names[i]))).join(''));

	line('', names);
	for (const f of files.map((p) => path.basename(p, '.case')))
		line(f, names.map((n) => ends.get(n).cells.get(f) ?? '-'));
	line('passed', names.map((n) => String(ends.get(n).passed)));
	line('failed', names.map((n) => String(ends.get(n).failed)));
}

async function
run(names, options)
{
	const ends = new Map();
	const left = [...names];
	const sum = (key) => [...ends.values()].reduce((s, e) => s + e[key],
	    0);

	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		while (left.length > 0) {
			const name = left.shift();
			const end = await apart(name, options);
			const text = options.table ? wrong(end.lines) :
			    end.lines;
			ends.set(name, end);
			if (text !== '')
				console.log(text);
		}
	}));
	if (options.table)
		print(names, options.files, ends);
	else
		for (const name of names)
			console.log(ends.get(name).row);
	console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
	process.exitCode = sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
}

module.exports = { run, sample };
