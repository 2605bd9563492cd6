'use strict';

/*
 * Where a configuration's ledger is: in its folder, or, with
 * TICKETHOOK_TEST_LEDGER=postgresql://… (a database, with at least one
 * parameter behind a question mark), in a schema there that is named after
 * the folder; see postgres.js.
 */

const crypto = require('node:crypto');
const { execFileSync, spawnSync } = require('node:child_process');

const FILE = /^url\s*=\s*sqlite:(@DIR@)\/ledger\.db$/m;
const server = process.env.TICKETHOOK_TEST_LEDGER;

function
schema(dir)
{
	return `c${crypto.createHash('sha256').update(dir).digest('hex').
	    slice(0, 20)}`;
}

function
url(dir)
{
	return `${server}&options=-csearch_path%3D${schema(dir)}`;
}

/* The text of a configuration, with that ledger in it. */
function
place(text, dir)
{
	if (server === undefined || !FILE.test(text))
		return text;
	execFileSync('psql', ['-qX', server, '-c',
	    `SET client_min_messages TO error;
	    CREATE SCHEMA IF NOT EXISTS ${schema(dir)}`]);
	return text.replace(FILE, () => `url = ${url(dir)}\n` +
	    'directory = @DIR@');
}

/* What cases write in SQLite's words, with an error where they want one. */
function
postgres(sql)
{
	return sql.replace(/\bunixepoch\(\)/g,
	    'CAST(extract(epoch FROM now()) AS bigint)').
	    replace(/\bsubstr\((\w+), -(\d+)\)/g, 'right($1, $2)').
	    replace(/\bgroup_concat\(([^()]*)\)/g, "string_agg($1, ',')").
	    replace(/FROM (\(SELECT [^()]*\))$/, 'FROM $1 AS part').
	    replace(/\bjson\(('[^']*')\)/g,
	    'CAST($1 || random() AS json)').
	    replace(/\binstr\(body, ('[^']*')\)/g,
	    "position($1 IN convert_from(body, 'UTF8')) > 0").
	    replace(/\bx('[0-9a-f]*')/g, "decode($1, 'hex')");
}

/* SQL beside the program: { status, stdout, stderr }, a row in each line. */
function
ask(dir, sql)
{
	const [command, args] = server === undefined ?
	    ['sqlite3', [`${dir}/ledger.db`, sql]] :
	    ['psql', ['-qXAt', '-F', '|', '-v', 'ON_ERROR_STOP=1', url(dir),
	    '-c', postgres(sql)]];

	const done = spawnSync(command, args, { encoding: 'utf8' });

	/* Truths are numbers there. */
	if (server !== undefined)
		done.stdout = done.stdout.replace(/(?<=^|\|)[tf](?=$|\|)/gm,
		    (word) => word === 't' ? '1' : '0');
	return done;
}

module.exports = { ask, place };
