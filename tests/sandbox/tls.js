'use strict';
/*
 * A private certificate authority and the server certificates signed by it,
 * one good and several bad, made by the openssl command line in DIR/tls.
 *
 *	const pki = await make(dir);
 *	pki.ca			path of the CA's certificate (PEM)
 *	pki.options(variant)	options for tls.createServer; variant is one
 *				of VARIANTS or undefined for a good server
 */
const {execFile} = require('node:child_process');
const {promisify} = require('node:util');
const fs = require('node:fs');
const path = require('node:path');

const openssl = promisify(execFile).bind(null, 'openssl');
const VARIANTS = ['expired', 'wrong-name', 'self-signed', 'unknown-ca',
    'old-version'];
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
    '-nodes'];
const HERE = 'IP:127.0.0.1,DNS:localhost,DNS:brightwater.atlassian.net,' +
    'DNS:api.atlassian.com';
const AWAY = 'DNS:elsewhere.example';

const CONFIG = `
[req]
distinguished_name = name
[name]
[ca]
default_ca = sandbox
[sandbox]
new_certs_dir = .
database = index
serial = serial
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
`;

async function
authority(run, name)
{
	await run(['req', '-x509', ...KEY, '-keyout', `${name}.key`,
	    '-out', `${name}.pem`, '-days', '30', '-subj', `/CN=${name}`,
	    '-config', 'openssl.cnf',
	    '-addext', 'basicConstraints=critical,CA:TRUE',
	    '-addext', 'keyUsage=critical,keyCertSign,cRLSign']);
}

/* `openssl ca` because `openssl x509` cannot set a start date. */
async function
leaf(run, name, ca, names, from, to)
{
	await run(['req', '-new', ...KEY, '-keyout', `${name}.key`,
	    '-out', `${name}.csr`, '-subj', `/CN=${name}`,
	    '-config', 'openssl.cnf',
	    '-addext', `subjectAltName=${names}`,
	    '-addext', 'extendedKeyUsage=serverAuth']);
	await run(['ca', '-batch', '-notext', '-config', 'openssl.cnf',
	    '-cert', `${ca}.pem`, '-keyfile', `${ca}.key`,
	    '-in', `${name}.csr`, '-out', `${name}.pem`,
	    '-startdate', stamp(from), '-enddate', stamp(to)]);
}

async function
lone(run, name)
{
	await run(['req', '-x509', ...KEY, '-keyout', `${name}.key`,
	    '-out', `${name}.pem`, '-days', '30', '-subj', `/CN=${name}`,
	    '-config', 'openssl.cnf', '-addext', `subjectAltName=${HERE}`]);
}

function
stamp(days)
{
	const d = new Date(Date.now() + days * 86400e3);

	return d.toISOString().replace(/[-:T]/g, '').slice(0, 14) + 'Z';
}

async function
make(dir)
{
	const at = path.join(dir, 'tls');
	const run = args => openssl(args, {cwd: at});
	const read = name => fs.readFileSync(path.join(at, name));

	fs.rmSync(at, {recursive: true, force: true});
	fs.mkdirSync(at, {recursive: true, mode: 0o700});
	fs.writeFileSync(path.join(at, 'openssl.cnf'), CONFIG);
	fs.writeFileSync(path.join(at, 'index'), '');
	fs.writeFileSync(path.join(at, 'serial'), '1000\n');
	await Promise.all([authority(run, 'ca'), authority(run, 'other-ca'),
	    lone(run, 'self-signed')]);
	/* One after the other: they share the CA's index file. */
	await leaf(run, 'good', 'ca', HERE, -1, 30);
	await leaf(run, 'expired', 'ca', HERE, -20, -2);
	await leaf(run, 'wrong-name', 'ca', AWAY, -1, 30);
	await leaf(run, 'unknown-ca', 'other-ca', HERE, -1, 30);

	function
	options(variant)
	{
		const old = variant === 'old-version';
		const name = !variant || old ? 'good' : variant;
		const o = {key: read(`${name}.key`), cert: read(`${name}.pem`)};

		if (old)
			Object.assign(o, {minVersion: 'TLSv1',
			    maxVersion: 'TLSv1.1',
			    ciphers: 'DEFAULT@SECLEVEL=0'});
		return o;
	}
	return {ca: path.join(at, 'ca.pem'), options};
}

module.exports = {make, VARIANTS};
