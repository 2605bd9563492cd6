'use strict';

/*
 * node tests/run/sbom.js
 *
 * The list of what the program is made of, as `make sbom` writes it, against
 * the binary and the packages of this machine by other tools; it is the
 * same twice.
 */

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { BINARY, ROOT } = require('./process');
const report = require('./report');

function
run(program, ...args)
{
	return execFileSync(program, args, { encoding: 'utf8', cwd: ROOT,
	    env: { ...process.env, LC_ALL: 'C' }, maxBuffer: 1 << 26 });
}

function
make()
{
	return run(path.join(ROOT, 'handler/deb/sbom'), BINARY, '1.2.3');
}

/* What is loaded at start, by another tool than the script's, and later. */
function
needed()
{
	return ['libcurl.so.4', ...[...run('objdump', '-p', BINARY).matchAll(
	    /NEEDED +(\S+)/g)].map((m) => m[1])].sort();
}

async function
main()
{
	const text = make();
	const bom = JSON.parse(text);
	const of = new Map(bom.components.map((c) => [c['bom-ref'], c]));
	const check = (name, work) => report.attempt(name, work);

	await check('it is CycloneDX 1.5 of this binary', () => {
		assert.deepEqual([bom.bomFormat, bom.specVersion, bom.version],
		    ['CycloneDX', '1.5', 1]);
		assert.equal(bom.metadata.component.version, '1.2.3');
		assert.equal(bom.metadata.component.hashes[0].content,
		    crypto.createHash('sha256').update(fs.readFileSync(
		    BINARY)).digest('hex'));
	});
	await check('what the binary needs is what it depends on', () => {
		assert.deepEqual(bom.dependencies.find((d) =>
		    d.ref === 'tickethook').dependsOn, needed());
		assert.ok(needed().length > 5);
	});
	await check('each name is of one, and leads to one', () => {
		assert.equal(of.size, bom.components.length);
		assert.deepEqual(bom.dependencies.map((d) => d.ref).sort(),
		    ['tickethook', ...of.keys()].sort());
		for (const d of bom.dependencies)
			for (const ref of d.dependsOn)
				assert.ok(of.has(ref), `${d.ref}: ${ref}`);
	});
	await check('versions are those of the packages', () => {
		const known = new Map(run('dpkg-query', '-W', '-f',
		    '${Package} ${Version}\n').trim().split('\n').map((l) =>
		    l.split(' ')));
		for (const c of bom.components) {
			assert.equal(known.get(c.name), c.version, c.name);
			assert.ok(decodeURIComponent(c.purl).startsWith(
			    `pkg:deb/debian/${c.name}@${c.version}?`), c.purl);
			assert.match(c.hashes[0].content, /^[0-9a-f]{64}$/);
		}
		for (const name of ['libcurl', 'libyajl', 'libfcgi', 'libssl'])
			assert.ok(bom.components.some((c) =>
			    c.name.startsWith(name)), name);
	});
	await check('the same twice', () => assert.equal(make(), text));
	report.finish();
}

main().catch((e) => {
	console.error(e.stack);
	process.exitCode = 1;
});
