'use strict';

/*
 * Bytes that were not signed never reach the JSON reader: the program is
 * built with coverage, sent a signed delivery with one bit flipped in its
 * body, id, timestamp or signature, and asked how often the reader ran: 0
 * times.  That the question can be answered otherwise is shown by a good
 * delivery at the end.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { attempt, check, finish } = require('./report');
const { Webhook } = require('svix');
const { World } = require('./world');

const ROOT = path.join(__dirname, '..', '..');

function
build(dir)
{
	const made = spawnSync('make', ['-s', `BUILD=${dir}`, 'HARD_LD=',
	    'HARD=', 'CFLAGS=-O0 --coverage -fprofile-update=atomic',
	    `${dir}/tickethook`], { cwd: ROOT, encoding: 'utf8' });

	if (made.status !== 0)
		throw new Error(made.stderr);
}

/* How often json_parse() ran, by gcov; 0 also when nothing was counted. */
function
timesParsed(dir)
{
	const data = `${dir}/obj/common/json.gcda`;

	if (!fs.existsSync(data))
		return 0;
	const shown = spawnSync('gcov', ['--json-format', '--stdout', data],
	    { cwd: ROOT, encoding: 'utf8' });
	const functions = JSON.parse(shown.stdout.split('\n')[0]).files.
	    flatMap((f) => f.functions);
	const found = functions.find((f) => f.name === 'json_parse');

	if (found === undefined)
		throw new Error('gcov does not know json_parse()');
	return found.execution_count;
}

/* One CGI request; its HTTP status. */
function
deliver(program, config, headers, body)
{
	const r = spawnSync(program, [], { input: body, env: {
	    GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'POST',
	    PATH_INFO: '/trunk', CONTENT_LENGTH: String(body.length),
	    HTTP_SVIX_ID: headers.id, HTTP_SVIX_TIMESTAMP: headers.timestamp,
	    HTTP_SVIX_SIGNATURE: headers.signature,
	    TICKETHOOK_CONFIG: config } });

	return Number(/^Status: (\d+)/.exec(r.stdout.toString())?.[1]);
}

/* Flip one bit of the byte at a place; text stays text. */
function
flip(bytes, at)
{
	const out = Buffer.from(bytes);

	out[at % out.length] ^= 1;
	return out;
}

function
forgeries(good)
{
	const list = [];

	for (const at of [0, 17, 101, 333])
		list.push(['body', { ...good, body: flip(good.body, at) }]);
	for (const part of ['id', 'timestamp', 'signature'])
		for (const at of [0, 4, 9])
			list.push([part, { ...good, [part]:
			    flip(good[part], at).toString('latin1') }]);
	return list;
}

async function
main()
{
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coverage-'));
	const world = await World.open();

	try {
		build(dir);
		const talk = `${world.dir}/unparsed`;
		fs.mkdirSync(talk);
		/* It may write beside its ledger alone: so do its counts. */
		const config = world.configure(world.template('default.ini').
		    replace('@DIR@/ledger.db', `${dir}/ledger.db`), talk);
		const body = fs.readFileSync(path.join(__dirname, '..',
		    'payloads', 'unknown-type.json'));
		const now = new Date();
		const good = { id: 'msg_2unparsed', body,
		    timestamp: String(Math.floor(now / 1000)),
		    signature: new Webhook(world.secrets.current).
		        sign('msg_2unparsed', now, body.toString()) };
		for (const [part, g] of forgeries(good)) {
			const status = deliver(`${dir}/tickethook`, config, g,
			    g.body);
			check(`flipped ${part}: 401, never parsed`,
			    status === 401 && timesParsed(dir) === 0 ? [] :
			    [`${status}, parsed ${timesParsed(dir)} times`]);
		}
		await attempt('the good one is parsed', () => {
			const status = deliver(`${dir}/tickethook`, config,
			    good, body);
			if (status !== 200 || timesParsed(dir) === 0)
				throw new Error(`${status}, parsed ` +
				    `${timesParsed(dir)} times`);
		});
	} finally {
		await world.close();
		fs.rmSync(dir, { recursive: true });
	}
	finish();
}

main();
