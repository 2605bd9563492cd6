'use strict';

/*
 * node tests/run/deb.js [ROOT SUITE PACKAGE NEWER PORTABLE]
 *
 * The Debian package: what is in it, lintian's verdict where lintian is, and
 * its whole life in a copy of this machine, see copy.sh and deb.sh.  And the
 * portable program, without the libraries that it has inside.
 *
 * With arguments the life alone, in a copy of the bare Debian in ROOT, of
 * these packages; see the script debian.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { inCopy } = require('./copy');
const { ROOT, freePort } = require('./process');
const { bytes } = require('./payload');
const report = require('./report');
const { passwords } = require('./shipped');
const { World } = require('./world');

const BUILD = path.resolve(ROOT, process.env.BUILD ?? 'build');
const NEWER = '0.1.1';
const LINTIAN = '/usr/bin/lintian';
const INI = '/etc/tickethook';

function
run(program, args, options = {})
{
	const { status, stdout, stderr, error } = spawnSync(program, args,
	    { cwd: ROOT, encoding: 'utf8', ...options });

	if (error !== undefined)
		throw error;
	return { status, text: stdout + stderr };
}

/* Path of the package that was made. */
function
built(dir, version)
{
	const { status, text } = run('handler/deb/build', [BUILD, version, dir],
	    { env: { ...process.env, DEBFULLNAME: 'Kim Ferry',
	    DEBEMAIL: 'kim@ferry-line.net', SOURCE_DATE_EPOCH: '1793577600' } });

	assert.equal(status, 0, text);
	return text.trim().split('\n').at(-1);
}

/* {path: 'mode owner'} */
function
contents(file)
{
	const { text } = run('dpkg-deb', ['-c', file]);

	return Object.fromEntries(text.trim().split('\n').map((l) =>
	    l.split(/\s+/)).map((f) => [f[5].slice(1), `${f[0]} ${f[1]}`]));
}

const CHECKS = {
	'what is in it'({ file })
	{
		const has = contents(file);

		for (const want of ['/usr/bin/tickethook',
		    '/usr/lib/tickethook/tickethook.fcgi',
		    '/usr/lib/systemd/system/tickethook.socket',
		    '/usr/lib/systemd/system/tickethook.service',
		    '/usr/lib/systemd/system/tickethook-sync.timer',
		    '/usr/lib/systemd/system/tickethook-sync.service',
		    '/etc/nginx/snippets/tickethook.conf',
		    '/etc/apache2/conf-available/tickethook.conf',
		    '/etc/tickethook/tickethook.ini',
		    '/usr/share/man/man8/tickethook.8.gz',
		    '/usr/share/man/man1/tickethook.1.gz',
		    '/usr/share/man/man5/tickethook.ini.5.gz',
		    '/usr/share/man/man5/tickethook-ledger.5.gz',
		    '/usr/share/man/man7/tickethook-capacity.7.gz',
		    '/usr/share/bash-completion/completions/tickethook',
		    '/usr/share/zsh/vendor-completions/_tickethook',
		    '/usr/share/doc/tickethook/copyright'])
			assert.ok(want in has, want);
		for (const [name, mode] of Object.entries(has)) {
			assert.match(mode, / root\/root$/, name);
			assert.doesNotMatch(mode, /^-.{7}w|^.{3}s|^.{6}s/,
			    name);
			assert.doesNotMatch(name, /\/usr\/local/);
		}
	},

	'the same source makes the same bytes'({ file, dir })
	{
		const before = fs.readFileSync(file);

		fs.rmSync(file);
		assert.ok(fs.readFileSync(built(dir, '0.1.0')).equals(before));
	},

	'the units start what is in it'({ dir })
	{
		const root = `${dir}/deb/root`;
		for (const name of ['tickethook', 'tickethook-sync'])
			assert.match(fs.readFileSync(`${root}/usr/lib/systemd/` +
			    `system/${name}.service`, 'utf8'),
			    /^ExecStart=\/usr\/bin\/tickethook/m);
	}
};

/* The tarball of a clone, in a place and with a mask of its own. */
function
tarball(dir, umask)
{
	const clone = `${dir}/clone-${umask}`;

	fs.rmSync(clone, { recursive: true, force: true });
	const { status, text } = run('sh', ['-ec', `umask ${umask}
	    git clone -q . ${clone}
	    make -s -C ${clone} dist BUILD=${clone}/out`]);
	assert.equal(status, 0, text);
	return fs.readFileSync(`${clone}/out/tickethook-0.1.0.tar.gz`);
}

/* Not out of a tarball. */
function
source({ dir })
{
	const one = tarball(dir, '022');

	assert.ok(one.equals(tarball(dir, '077')), 'they differ');
	fs.writeFileSync(`${dir}/source.tar.gz`, one);
	const { text } = run('tar', ['tzf', `${dir}/source.tar.gz`]);
	for (const name of ['Makefile', 'README.md', 'handler/main.c',
	    'nginx/tickethook.conf', 'tests/run/all'])
		assert.ok(text.includes(`tickethook-0.1.0/${name}\n`), name);
}

/* Without its warning about root. */
function
lintian({ file })
{
	const { status, text } = run(LINTIAN, ['--allow-root',
	    '--fail-on', 'error,warning', file]);

	assert.equal(status, 0, text);
	assert.doesNotMatch(text, /^[EW]: /m);
}

/* What deb.sh finds in STAGE. */
function
stageOf(world)
{
	const stage = fs.mkdtempSync(path.join(os.tmpdir(),
	    'tickethook-deb-'));
	const text = world.template('default.ini');

	fs.chmodSync(stage, 0o711);
	const write = (name, data) => fs.writeFileSync(`${stage}/${name}`,
	    data);

	world.configure(text.replaceAll('@SECRETS@', INI).
	    replaceAll('@CA@', `${INI}/ca.pem`).
	    replaceAll('@DIR@', '/var/lib/tickethook'), `${stage}/made`);
	fs.renameSync(`${stage}/made/tickethook.ini`,
	    `${stage}/tickethook.ini`);
	world.configure(text.replaceAll('@SECRETS@', `${stage}/secrets`).
	    replaceAll('@CA@', `${stage}/ca.pem`), `${stage}/other`);
	fs.renameSync(`${stage}/other/tickethook.ini`,
	    `${stage}/portable.ini`);
	fs.cpSync(`${world.dir}/secrets`, `${stage}/secrets`,
	    { recursive: true });
	fs.copyFileSync(world.sandbox.ca, `${stage}/ca.pem`);
	write('payload.json', bytes({ words: ['v2-flaky.json'], options: {},
	    lines: [] }));
	passwords(`${stage}/passwords`);
	const modules = ['mpm_event', 'authn_core', 'authn_file',
	    'authz_core', 'authz_user', 'auth_basic', 'env', 'proxy',
	    'proxy_fcgi', 'setenvif'];
	write('apache.conf', modules.map((m) => `LoadModule ${m}_module ` +
	    `/usr/lib/apache2/modules/mod_${m}.so\n`).join('') +
	    'ServerName localhost\nListen 127.0.0.1:8\n' +
	    'DefaultRuntimeDir /tmp\nErrorLog /dev/null\n' +
	    'Include /etc/apache2/conf-available/tickethook.conf\n');
	write('began', '');
	return stage;
}

/* Where the portable program is, or undefined with a word about why. */
function
portable()
{
	const { status, text } = run('make', ['-s', 'portable',
	    `BUILD=${BUILD}`]);
	const program = `${BUILD}/portable/tickethook`;

	if (status !== 0) {
		console.log('the portable program is not tried: ' +
		    text.trim().split('\n')[0]);
		return undefined;
	}
	const needed = text.trim().split('\n').slice(1).map((l) => l.trim());
	report.check('portable: glibc, libcurl and OpenSSL, nothing else',
	    needed.filter((n) => !/^(lib(c|m|curl|ssl|crypto|pthread|dl)|ld-.*)\.so/.
	    test(n)));
	return program;
}

/* The life of a package; `suite` where `root` is a bare Debian. */
async function
live({ file, newer, program }, root, suite)
{
	const world = await World.open();
	const stage = stageOf(world);

	try {
		fs.copyFileSync(file, `${stage}/first.deb`);
		fs.copyFileSync(newer, `${stage}/newer.deb`);
		if (program !== undefined)
			fs.copyFileSync(program, `${stage}/portable`);
		await inCopy(stage, 'deb.sh', [stage,
		    String(await freePort()), ...suite ? [suite] : []], root);
	} finally {
		await world.close();
		fs.rmSync(stage, { recursive: true, force: true });
	}
}

async function
make()
{
	const dir = `${BUILD}/package`;
	fs.mkdirSync(dir, { recursive: true });
	const made = { dir, file: built(dir, '0.1.0') };

	if (fs.existsSync(`${ROOT}/.git`))
		CHECKS['the source tarball is the same from any clone'] =
		    source;
	if (fs.existsSync(LINTIAN))
		CHECKS['lintian has nothing to say'] = lintian;
	for (const [name, work] of Object.entries(CHECKS))
		await report.attempt(name, async () => work(made));
	return { file: made.file, newer: built(dir, NEWER),
	    program: portable() };
}

async function
main([root, suite, file, newer, program])
{
	const made = root === undefined ? await make() :
	    { file, newer, program };

	if (process.getuid() === 0)
		await live(made, root, suite);
	report.finish();
}

main(process.argv.slice(2)).catch((e) => {
	console.error(e.message);
	process.exitCode = 1;
});
