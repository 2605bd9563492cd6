'use strict';

/*
 * node tests/cover/report.js OBJECTS [UNCOVERED]
 *
 * What the tests have reached of common/ and handler/, by the counts that
 * gcov finds below OBJECTS: a row for each file, the sum, and what is left.
 * A branch is one outcome of a condition as gcov -b counts it; none is left
 * out.  Every outcome that was never taken is written to UNCOVERED, with the
 * reason that tests/cover/reasons gives for it.
 *
 * Fails below 95 % of lines or 85 % of branches, when an outcome has no
 * reason, and when a reason explains nothing.
 */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { check, finish } = require('../run/report');

const ROOT = path.join(__dirname, '..', '..');
const REASONS = path.join(__dirname, 'reasons');
const LINES = 95;		/* percent, at least */
const BRANCHES = 85;
const MANY = 256 << 20;		/* bytes of gcov's answers */

function
notes(dir)
{
	return fs.readdirSync(dir, { recursive: true }).
	    filter((f) => f.endsWith('.gcno')).sort().
	    map((f) => path.join(dir, f));
}

/* Lines of one file, which several objects may hold (a header's). */
function
add(files, found)
{
	const lines = files.get(found.file) ?? new Map();

	files.set(found.file, lines);
	for (const l of found.lines) {
		const id = `${l.line_number} ${l.function_name}`;
		const was = lines.get(id);
		if (was === undefined) {
			lines.set(id, l);
			continue;
		}
		was.count += l.count;
		l.branches.forEach((b, i) => {
			was.branches[i].count += b.count;
		});
	}
}

function
gather(dir)
{
	const files = new Map();

	for (const note of notes(dir)) {
		const text = execFileSync('gcov', ['--json-format', '--stdout',
		    '-b', note], { cwd: ROOT,
		    encoding: 'utf8', maxBuffer: MANY,
		    stdio: ['ignore', 'pipe', 'ignore'] });
		for (const found of JSON.parse(text).files)
			if (/^(common|handler)\//.test(found.file))
				add(files, found);
	}
	return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/* {file, name, text, missed, of} of each line with an outcome not taken. */
function
missing(file, lines)
{
	const source = fs.readFileSync(path.join(ROOT, file), 'utf8').
	    split('\n');
	const list = [];

	for (const l of lines.values()) {
		const missed = l.branches.filter((b) => b.count === 0).length;
		if (missed > 0)
			list.push({ file, name: l.function_name, missed,
			    at: l.line_number, of: l.branches.length,
			    text: source[l.line_number - 1].trim() });
	}
	return list.sort((a, b) => a.at - b.at);
}

function
count(lines)
{
	const all = [...lines.values()];
	const branches = all.flatMap((l) => l.branches);

	return { lines: all.length, run: all.filter((l) => l.count > 0).length,
	    branches: branches.length,
	    taken: branches.filter((b) => b.count > 0).length };
}

function
sum(rows)
{
	const total = { lines: 0, run: 0, branches: 0, taken: 0 };

	for (const r of rows)
		for (const k in total)
			total[k] += r[k];
	return total;
}

function
percent(part, whole)
{
	return whole === 0 ? 100 : part * 100 / whole;
}

function
row(name, c)
{
	const show = (part, whole) => (whole === 0 ? '-' :
	    percent(part, whole).toFixed(1)).padStart(6) +
	    ` ${`${part}/${whole}`.padStart(12)}`;

	return name.padEnd(34) + show(c.run, c.lines) +
	    show(c.taken, c.branches);
}

/* "*" stands for anything; everything else for itself. */
function
pattern(glob)
{
	return glob.split('*').map((s) => s.replace(/[\\^$.|?+()[\]{}]/g,
	    '\\$&')).join('.*');
}

/*
 * "[name] sentence" begins a reason; each "FILE FUNCTION TEXT" under it names
 * lines it is the reason for: TEXT is a part of the line; left out, it is
 * any line.
 */
function
reasons()
{
	const list = [];
	let name = '';

	fs.readFileSync(REASONS, 'utf8').split('\n').forEach((line, i) => {
		const head = /^\[(.+?)\] (.+)/.exec(line);
		const rule = /^([^\s#[]\S*)(?: (\S+)(?: (.+))?)?$/.exec(line);
		if (head !== null)
			name = head[1];
		else if (rule !== null)
			list.push({ name, at: i + 1, used: 0,
			    file: new RegExp(`^${pattern(rule[1])}$`),
			    fn: new RegExp(`^${pattern(rule[2] ?? '*')}$`),
			    text: new RegExp(pattern(rule[3] ?? '*')) });
	});
	return list;
}

/* The first that fits is the reason; the others are in use as well. */
function
explain(list, missed)
{
	const fits = list.filter((r) => r.file.test(missed.file) &&
	    r.fn.test(missed.name) && r.text.test(missed.text));

	for (const r of fits)
		r.used++;
	return fits[0]?.name;
}

function
show(m, reason)
{
	return `${m.file} ${m.name}: ${m.text}\n\t${m.missed} of ${m.of} ` +
	    `never taken: ${reason ?? 'no reason given'}\n`;
}

function
main()
{
	const [dir, out] = process.argv.slice(2);
	const list = reasons();
	const rows = [];
	let text = '';
	const unexplained = [];

	for (const [file, lines] of gather(dir)) {
		rows.push({ name: file, ...count(lines) });
		for (const m of missing(file, lines)) {
			const reason = explain(list, m);
			text += show(m, reason);
			if (reason === undefined)
				unexplained.push(`${m.file}:${m.at} ${m.name}` +
				    `: ${m.text} (${m.missed} of ${m.of})`);
		}
	}
	if (out !== undefined)
		fs.writeFileSync(out, text);
	console.log(`${'file'.padEnd(34)}   %      lines   %     branches`);
	for (const r of rows)
		console.log(row(r.name, r));
	const all = sum(rows);
	console.log(row('all', all));
	const lines = percent(all.run, all.lines);
	const branches = percent(all.taken, all.branches);
	check(`at least ${LINES} % of lines`, lines >= LINES ? [] :
	    [`${lines.toFixed(2)} %`]);
	check(`at least ${BRANCHES} % of branches`, branches >= BRANCHES ? [] :
	    [`${branches.toFixed(2)} %`]);
	check('each branch not taken has a reason', unexplained);
	check('each reason explains a branch', list.filter((r) => r.used === 0).
	    map((r) => `tests/cover/reasons:${r.at} fits nothing`));
	finish();
}

main();
