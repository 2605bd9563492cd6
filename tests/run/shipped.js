'use strict';

/*
 * Files of the project that a web server includes.  The tests include the
 * very same text; only paths of this machine are exchanged, and each must
 * be there to be exchanged.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { ROOT } = require('./process');

const SOCKET = 'unix:/run/tickethook.sock';
const MOUNT = '/hooks/tickethook';
const PEOPLE = '/tickethook';

/* Who may see the pages in the tests. */
const PERSON = { user: 'kim', password: 'a test: of passwords' };

/* The text of `file` with each key of `paths` replaced by its value. */
function
shipped(file, paths)
{
	let text = fs.readFileSync(path.join(ROOT, file), 'utf8');

	for (const [from, to] of Object.entries(paths)) {
		if (!text.includes(from))
			throw new Error(`${file} does not name ${from}.`);
		text = text.replaceAll(from, to);
	}
	return text;
}

/* A file of passwords as htpasswd -5 makes it, for PERSON alone. */
function
passwords(file)
{
	const hash = execFileSync('openssl', ['passwd', '-5', '-stdin'],
	    { input: PERSON.password + '\n', encoding: 'utf8' });

	fs.writeFileSync(file, `${PERSON.user}:${hash}`);
	fs.chmodSync(file, 0o644);
	return file;
}

/* The header that a browser sends. */
function
basic({ user, password } = PERSON)
{
	return ['Authorization', 'Basic ' +
	    Buffer.from(`${user}:${password}`).toString('base64')];
}

/*
 * The account that Debian's web servers run as, if we are root and so must
 * give it up; else undefined.
 */
function
account()
{
	const entry = process.getuid() === 0 &&
	    /^www-data:[^:]*:(\d+):(\d+):/m.exec(
	    fs.readFileSync('/etc/passwd', 'utf8'));

	return entry ? { name: 'www-data', uid: Number(entry[1]),
	    gid: Number(entry[2]) } : undefined;
}

/* A folder that this account can enter. */
function
folder(name)
{
	const dir = fs.mkdtempSync(path.join(os.tmpdir(),
	    `tickethook-${name}-`));
	const who = account();

	fs.chmodSync(dir, 0o755);
	if (who !== undefined)
		fs.chownSync(dir, who.uid, who.gid);
	return dir;
}

module.exports = { MOUNT, PEOPLE, PERSON, SOCKET, account, basic, folder,
    passwords, shipped };
