'use strict';

/*
 * Documents of Atlassian's format on standard input, a line each: are they
 * what its schema takes?  https://www.npmjs.com/package/@atlaskit/adf-schema
 */

const fs = require('node:fs');
const path = require('node:path');

const modules = path.join(__dirname, '..', 'node_modules');
const Ajv = require(path.join(modules, 'ajv-draft-04'));
const schema = require(path.join(modules, '@atlaskit', 'adf-schema', 'dist',
    'json-schema', 'v1', 'full.json'));

function
main()
{
	const validate = new Ajv({ strict: false }).compile(schema);
	/* Not by node:readline, for which U+2028 ends a line too. */
	const lines = fs.readFileSync(0, 'utf8').trimEnd().split('\n');
	let passed = 0, failed = 0;

	for (const line of lines) {
		if (validate(JSON.parse(line))) {
			passed++;
			continue;
		}
		failed++;
		console.log(`not ADF: ${line.slice(0, 500)}\n\t` +
		    JSON.stringify(validate.errors.slice(0, 2)));
	}
	console.log(`${passed} passed, ${failed} failed`);
	process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

main();
