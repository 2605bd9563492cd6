'use strict';

/*
 * node tests/run/docs.js
 *
 * What README.md and the pages of doc/ tell people to write and to run:
 * their configurations are checked, their commands and keys exist, and so
 * do the files that they name.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { BINARY, ROOT } = require('./process');
const report = require('./report');

const PAGES = ['README.md', 'SECURITY.md', ...fs.readdirSync(path.join(ROOT, 'doc')).sort().
    map((f) => `doc/${f}`)];
const ETC = '/etc/tickethook/';
const LINK = /\]\(([^):]+)\)/g;

function
read(page)
{
	return fs.readFileSync(path.join(ROOT, page), 'utf8');
}

/* The blocks between ``` of that language. */
function
blocks(page, language)
{
	const found = [];
	const re = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm;

	for (const [, , kind, text] of read(page).matchAll(re))
		if (kind === language)
			found.push(text);
	return found;
}

function
run(...args)
{
	const { status, stdout, stderr } = spawnSync(BINARY, args,
	    { encoding: 'utf8', env: { PATH: process.env.PATH } });

	return { status, text: stdout + stderr };
}

/* Blocks that continue the one before make one configuration with it. */
function
configurations(page)
{
	const whole = [];

	for (const text of blocks(page, 'ini'))
		if (/^\[svix\]/m.test(text) || whole.length === 0)
			whole.push(text);
		else
			whole.push(joined(whole.at(-1), text));
	return whole;
}

/* Owners and rules that are added stand above those that are there. */
function
joined(text, more)
{
	if (/^\[tracker /m.test(more))
		return text.replace(/^\[tracker [\s\S]*?(?=^\[)/m, more).
		    replaceAll('tracker = linear', 'tracker = jira');
	return text.replace(/^(?=\[rule )/m, more);
}

/* In a folder where each secret lies that it names. */
function
checked(text, dir)
{
	const values = { 'svix.secret': 'whsec_' + Buffer.from(
	    'a key of 24 bytes or so.').toString('base64') };

	for (const m of text.matchAll(/file:\/etc\/tickethook\/([\w.]+)/g))
		fs.writeFileSync(`${dir}/${m[1]}`,
		    values[m[1]] ?? 'not-the-real-one-but-long', { mode: 0o600 });
	fs.writeFileSync(`${dir}/t.ini`, `${text.replaceAll(ETC, `${dir}/`)}
[ledger]
url = sqlite:${dir}/ledger.db
`, { mode: 0o600 });
	return run('check', '--offline', '-c', `${dir}/t.ini`);
}

/* Keys and sections of tickethook.ini(5). */
function
known()
{
	const page = read('handler/tickethook.ini.5');

	return new Set([...page.matchAll(/^\.It Ic ([\w.]+)/gm)].map((m) =>
	    m[1]).concat([...page.matchAll(/^\.Ss \[(\w+)/gm)].map((m) =>
	    `[${m[1]}`)));
}

const CHECKS = {
	'configurations are right'(page, dir)
	{
		for (const text of configurations(page)) {
			const { status, text: said } = checked(text, dir);
			assert.equal(status, 0, said);
			assert.doesNotMatch(said, /^warning/m);
		}
	},

	'commands exist'(page)
	{
		const { text: help } = run('--help');

		for (const text of [...blocks(page, 'sh'),
		    ...[...read(page).matchAll(/`(tickethook [^`]+)`/g)].
		    map((m) => m[1])])
			for (const m of text.replaceAll('-u tickethook ', '').
			    matchAll(
			    /(?:^|\s)tickethook ([a-z]+)(?=\s|$)/gm))
				assert.match(help, new RegExp(`^  ${m[1]}\\b`,
				    'm'), m[0]);
	},

	'options of commands exist'(page)
	{
		const manual = read('handler/tickethook.1');

		for (const text of blocks(page, 'sh'))
			for (const line of text.replaceAll('\\\n', ' ').
			    split('\n').filter((l) => /tickethook [a-z]/.test(l)))
				for (const [, o] of line.matchAll(/ --(\w+)/g))
					assert.ok(manual.includes(`Fl -${o}`) ||
					    o === 'system', line);
	},

	'keys in tables exist'(page)
	{
		const keys = known();

		for (const table of read(page).split(/\n\n/).filter((t) =>
		    /^\|[^\n]*tickethook\.ini *\|\n/.test(t)))
			for (const row of table.split('\n').slice(2))
				for (const [, code] of row.split('|')[2].
				    matchAll(/`(\[?[a-z_]+(?:\.NAME)?)/g))
					assert.ok(keys.has(code) ||
					    ['ignore', 'new'].includes(code),
					    row);
	},

	'links lead somewhere'(page)
	{
		for (const [, to] of read(page).matchAll(LINK))
			assert.ok(fs.existsSync(path.join(ROOT,
			    path.dirname(page), to.replace(/#.*/, ''))), to);
	},

	'files of the checkout exist'(page)
	{
		for (const [, file] of read(page).matchAll(
		    /\b(tests\/payloads\/[\w./-]+)/g))
			assert.ok(fs.existsSync(path.join(ROOT, file)), file);
	}
};

async function
main()
{
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'tickethook-docs-'));

	for (const page of PAGES)
		for (const [name, work] of Object.entries(CHECKS))
			await report.attempt(`${page}: ${name}`, async () =>
			    work(page, dir));
	fs.rmSync(dir, { recursive: true, force: true });
	report.finish();
}

main();
