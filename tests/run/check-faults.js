'use strict';

/*
 * The faults of check.js:
 *
 *	name
 *	with	lines for the configuration: "[section] key = value" or
 *		"[section] key" to take it out; or a function of the tools
 *	seed	a change of the sandbox's world
 *	fault	one of sandbox/faults.js, for ever
 *	make	(tools, dir): a change of this machine; may return what
 *		undoes it
 *	args	(tools, dir): arguments
 *	at	part of where it is told
 *	says	words of it: the cause and what to do
 *	exit	1 if not given; 0: a warning; 2: the configuration
 *	state	"failed" if not given
 *	causes	how many causes may be told, 1 if not given
 */

const NAME = 'brightwater.atlassian.net';
const tls = (kind, says) => ({ name: `TLS: ${kind}`, at: 'tracker lin',
    fault: { service: 'linear', kind: `tls:${kind}` }, says });
const linear = (patch) => ({ linear: patch });
const jira = (patch) => ({ jira: patch });


/* SQL: deliveries without a rule, of which two should have had one. */
function
unmatched()
{
	const id = '9d1c7e52-30af-4b68-8f2e-';
	const example = '7461c36c-3ae2-5d3c-803b-0bdcfd875ee1';
	const now = Date.now();

	return [['FLAKY', `${id}000000000001`],
	    ['BROKEN', `${id}000000000002`],
	    ['HEALTHY', `${id}000000000003`], ['FLAKY', example]].
	    map(([status, test], n) => `INSERT INTO delivery (id, received,
	    last, tries, type, outcome, status, final, due, body) VALUES (
	    'msg_${n}', ${now}, ${now}, 1, 'v2.test_case.status_changed',
	    'ignored', 200, 1, 0, CAST('${JSON.stringify({
		type: 'v2.test_case.status_changed', new_status: status,
		test_case: { id: test, name: 'opens the drawer' } })}' AS BLOB))`).
	    join(';');
}

const CONFIGURATION = [
	{ name: 'https is missing', exit: 2,
	    with: [`[tracker cloud] url = http://${NAME}`],
	    says: ['[tracker cloud] url', 'https://'] },
	{ name: 'no scheme at all', exit: 2,
	    with: [`[tracker cloud] url = ${NAME}`],
	    says: ['[tracker cloud] url', 'https://'] },
	{ name: 'Bearer before a Linear key', exit: 2,
	    with: (t) => [`[tracker lin] api_key = ${t.secret('bearer',
	    `Bearer ${t.credentials.linear.key}`)}`],
	    says: ['[tracker lin] api_key', '"Bearer "', 'leave that word'] },
	{ name: 'Svix: a private key', exit: 2,
	    with: (t) => [`[svix] secret = ${t.secret('svix.private',
	    'whsk_' + 'A'.repeat(44))}`],
	    says: ['[svix] secret', 'private key', 'whsec_'] },
	{ name: 'Svix: the v1, of a signature', exit: 2,
	    with: (t) => [`[svix] secret = ${t.secret('svix.v1',
	    'v1,whsec_' + 'A'.repeat(44))}`],
	    says: ['[svix] secret', '"v1,"', 'leave it out'] },
	{ name: 'Svix: not base64', exit: 2,
	    with: (t) => [`[svix] secret = ${t.secret('svix.odd',
	    'whsec_abc$def')}`],
	    says: ['[svix] secret', 'not base64', 'copy'] },
	{ name: 'a secret that is not there', exit: 2,
	    with: ['[tracker lin] api_key = file:/nowhere/linear.key'],
	    says: ['[tracker lin] api_key', '/nowhere/linear.key'] },
	{ name: 'a trailing slash does no harm', exit: 0, state: 'ok',
	    with: (t) => [`[tracker cloud] url = ${
	    t.world.sandbox.urls.jira}/`],
	    at: '[tracker cloud]', says: ['Jira Cloud'] },
	{ name: 'a page instead of the site', exit: 1,
	    with: (t) => [`[tracker cloud] url = ${
	    t.world.sandbox.urls.jira}/projects/PAY`],
	    at: '[tracker cloud]', says: ['there is no Jira at',
	    'but there is one at https://127.0.0.1:', /write that/] },
];

const NETWORK = [
	tls('expired', ['certificate has expired', 'renewed']),
	tls('wrong-name', ['for another name', '[tracker lin] url']),
	tls('self-signed', ['signed by itself', 'ca_file']),
	tls('unknown-ca', ['authority', 'does not know', 'ca_file']),
	tls('old-version', ['TLS 1.2', 'updated']),
	{ name: 'connection refused', at: 'tracker dc',
	    with: (t) => [`[tracker dc] url = https://127.0.0.1:${t.deaf}`],
	    says: ['nothing answers there', 'host and port',
	    '[tracker dc] url'] },
	{ name: 'no such name', at: 'tracker cloud',
	    with: ['[tracker cloud] url = https://jira.brightwater.invalid'],
	    says: ['name is not found', '[tracker cloud] url',
	    'name servers'] },
	{ name: 'a private address', at: 'tracker cloud',
	    with: (t) => [`[tracker cloud] url = https://localhost:${
	    t.port(t.world.sandbox.urls.jira)}`],
	    says: ['private address', 'private = yes'] },
	{ name: 'no answer in time', at: 'tracker lin',
	    with: ['[handler] deadline = 1s'],
	    fault: { service: 'linear', kind: 'hang' },
	    says: ['does not answer in time', '[tracker lin] url'] },
	{ name: 'no TLS in time', at: 'tracker lin',
	    with: ['[handler] deadline = 1s'],
	    fault: { service: 'linear', kind: 'tls-hang' },
	    says: ['does not answer in time', 'firewall'] },
	{ name: 'the connection breaks off', at: 'tracker lin',
	    fault: { service: 'linear', kind: 'cut-body' },
	    says: ['broke off', '[tracker lin] url'] },
	{ name: 'the proxy is not there', causes: 4,
	    with: (t) => [`[handler] proxy = http://127.0.0.1:${t.deaf}`],
	    at: 'tracker cloud', says: ['the proxy does not answer',
	    '[handler] proxy'] },
	{ name: 'the proxy refuses', causes: 4,
	    with: (t) => [`[handler] proxy = http://127.0.0.1:${
	    t.proxy.port}`],
	    at: 'tracker cloud', says: ['lets nobody through',
	    '[handler] proxy'] },
	{ name: 'the clock is far ahead', at: 'clock', seed: { skew: -1200 },
	    says: ['ahead of', 'NTP', /1[12]\d\d s/] },
	{ name: 'the clock is behind', at: 'clock', seed: { skew: 1200 },
	    says: ['behind', 'no delivery would pass', 'NTP'] },
	{ name: 'the clock is a little off', exit: 0, state: 'warning',
	    at: 'clock', seed: { skew: 90 }, says: ['behind', 'set it'] },
];

const JIRA = [
	{ name: 'the e-mail of another account', at: '[tracker cloud]',
	    with: ['[tracker cloud] email = someone@brightwater.example'],
	    says: ['not accepted for someone@brightwater.example',
	    'another account', 'api-tokens'] },
	{ name: 'a token that has expired', at: '[tracker cloud]',
	    with: (t) => [`[tracker cloud] token = ${t.secret('jira.old',
	    'ATATT-sandbox-of-last-year')}`],
	    says: ['expired', '365 days', 'make a new one'] },
	{ name: 'a password instead of a token', at: '[tracker cloud]',
	    with: (t) => [`[tracker cloud] token = ${t.secret('jira.word',
	    'correct horse')}`],
	    says: ['ATATT', 'passwords are not taken'] },
	{ name: 'a token with scopes at the site', causes: 4,
	    at: '[tracker cloud]', seed: jira({ scoped: true }),
	    make: (t) => {
		t.proxy.to = t.port(t.world.sandbox.urls.jira);
		return () => { t.proxy.to = undefined; };
	    },
	    with: (t) => [`[handler] proxy = http://127.0.0.1:${
	    t.proxy.port}`, `[tracker cloud] url = https://${NAME}`],
	    says: ['scopes', 'gateway', new RegExp('set url = https://api' +
	    '[.]atlassian[.]com/ex/jira/3c1b7a52-[-0-9a-f]+$')] },
	{ name: 'Cloud without an e-mail', at: '[tracker cloud]',
	    with: ['[tracker cloud] email'],
	    says: ['Jira Cloud', 'set email'] },
	{ name: 'Data Center with an e-mail', at: '[tracker dc]',
	    with: ['[tracker dc] email = tickethook@brightwater.example'],
	    says: ['Jira Data Center', 'take email out'] },
	{ name: 'Data Center: a token that was revoked', at: '[tracker dc]',
	    with: (t) => [`[tracker dc] token = ${t.secret('dc.old',
	    'sandbox-pat-revoked')}`],
	    says: ['personal access token is not accepted', 'make a new'] },
	{ name: 'Data Center: too old for tokens', at: '[tracker dc]',
	    seed: { jiradc: { release: '8.13.2' } },
	    says: ['8.13.2', '8.14', 'updated'] },
	{ name: 'Data Center: the context path is missing',
	    at: '[tracker dc]', seed: { jiradc: { context: '/jira' } },
	    says: ['there is no Jira at', /one at https:\S+\/jira;/,
	    '[tracker dc] url'] },
	{ name: 'Data Center: a context path too much', at: '[tracker dc]',
	    with: (t) => [`[tracker dc] url = ${
	    t.world.sandbox.urls.jiradc}/jira`],
	    says: ['there is no Jira at', 'but there is one at'] },
	{ name: 'a CAPTCHA', at: '[tracker dc]',
	    seed: { jiradc: { captcha: true } },
	    says: ['CAPTCHA', 'browser'] },
	{ name: 'a log-in page', at: '[tracker cloud]',
	    fault: { service: 'jira', kind: 'html' },
	    says: ['log-in page', '[tracker cloud] url', 'single sign-on'] },
	{ name: 'a redirect to a log-in page', at: '[tracker cloud]',
	    fault: { service: 'jira', kind: 'redirect:302',
	    to: 'https://id.brightwater.example/login?next=jira' },
	    says: ['log-in page', 'single sign-on'] },
	{ name: 'a redirect to another host', at: '[tracker cloud]',
	    fault: { service: 'jira', kind: 'redirect:301',
	    to: 'https://tickets.brightwater.example/' },
	    says: ['redirects to https://tickets.brightwater.example/',
	    '[tracker cloud] url'] },
	{ name: 'Jira is out of order', at: '[tracker cloud]',
	    fault: { service: 'jira', kind: 'status:503' },
	    says: ['out of order (503)', 'later'] },
	{ name: 'Jira limits us', at: '[tracker cloud]',
	    fault: { service: 'jira', kind: 'ratelimit', retryAfter: 45 },
	    says: ['limit is reached', '45 s'] },
	{ name: 'the account is deactivated', at: '[tracker cloud]',
	    seed: jira({ users: [{ accountId: '712020:5d0c2b1a-hook',
	    active: false }] }),
	    says: ['account is deactivated', 'use another'] },
	{ name: 'the e-mail is an alias', exit: 0, state: 'warning',
	    at: '[tracker cloud]',
	    seed: jira({ users: [{ accountId: '712020:5d0c2b1a-hook',
	    emailAddress: 'hook@brightwater.example' }] }),
	    says: ['of hook@brightwater.example and not of ' +
	    'tickethook@brightwater.example', 'set email'] },
	{ name: 'not this site for the account', at: '[tracker cloud]',
	    fault: { service: 'jira', op: 'jira.myself', kind: 'status:403' },
	    says: ['may not use this site', 'give it access'] },
];

const PAY = 'rule owners @brightwater/payments';
const PLACES = [
	{ name: 'a project in the wrong case', at: PAY,
	    with: ['[tracker cloud] project = pay'],
	    says: ['no project pay', 'there is PAY', 'in that case'] },
	{ name: 'a project that is hidden', at: PAY,
	    with: ['[tracker cloud] project = SECRET'],
	    says: ['no project has the key SECRET', 'Browse projects'] },
	{ name: 'no priority for a quarantine', at: 'rule builds',
	    with: ['[rule builds] on_quarantine = priority'],
	    seed: { jiradc: { screen: { 'OPS': ['summary', 'project',
	    'issuetype', 'description', 'labels'] } } },
	    says: ['priority left out', 'no such field', 'Correct'] },
	{ name: 'Jira stops amid it', at: PAY,
	    fault: { service: 'jira', op: 'jira.createmeta*',
	    kind: 'status:500' },
	    says: ['reading the issue types answered 500', 'check again'] },
	{ name: 'an archived project', at: PAY,
	    with: ['[tracker cloud] project = OLD'],
	    says: ['OLD is archived', 'name another'] },
	{ name: 'no right to create', at: PAY,
	    seed: jira({ deny: ['CREATE_ISSUES'] }),
	    says: ['has no "Create issues" in PAY', 'give it'] },
	{ name: 'no right to comment', at: PAY,
	    seed: jira({ deny: ['ADD_COMMENTS', 'TRANSITION_ISSUES'] }),
	    says: ['"Add comments" and "Transition issues"', 'give it'] },
	{ name: 'no right to assign', at: PAY,
	    seed: jira({ deny: ['ASSIGN_ISSUES'] }),
	    says: ['"Assign issues" in PAY', 'give it'] },
	{ name: 'an issue type that is not there', at: PAY,
	    with: ['[tracker cloud] issue_type = Defect'],
	    says: ['no issue type Defect', 'Bug, Task', 'issue_type'] },
	{ name: 'a field that is not on the screen', at: PAY,
	    seed: jira({ screen: { 'PAY': ['summary', 'project', 'issuetype',
	    'description', 'labels', 'assignee', 'components', 'duedate'] } }),
	    says: ['priority left out', 'no such field'] },
	{ name: 'Labels is not on the screen', at: PAY,
	    seed: jira({ screen: { 'PAY': ['summary', 'project', 'issuetype',
	    'description', 'priority', 'assignee', 'components',
	    'duedate'] } }),
	    says: ['labels left out', 'no such field'] },
	{ name: 'a required field is missing', at: PAY,
	    seed: jira({ required: { 'PAY': ['customfield_10063'] } }),
	    says: ['PAY requires Environment', 'add field.Environment',
	    'one of Staging, Production', '[rule owners]'] },
	{ name: 'a component that is not there', at: PAY,
	    with: ['[owner @brightwater/payments] component = chekout'],
	    says: ['component left out', 'no chekout', 'it has',
	    /Correct the value in \[owner @\S+payments\] \(line \d+\)/] },
	{ name: 'a priority that is not there', at: PAY,
	    with: ['[owner @brightwater/payments] priority = Sooner'],
	    says: ['priority left out', 'no Sooner', 'Highest'] },
	{ name: 'a field.NAME that is not there', at: PAY,
	    with: ['[owner @brightwater/payments] field.Colour = red'],
	    says: ['field.Colour left out', 'no such field'] },
	{ name: 'an assignee who is deactivated', at: PAY,
	    with: ['[owner @brightwater/payments] assignee = ' +
	    'left.long.ago@brightwater.example'],
	    says: ['assignee left out', 'left.long.ago@brightwater.example'] },
	{ name: 'an assignee who may not be', at: PAY,
	    with: ['[owner @brightwater/payments] assignee = ' +
	    'guest@brightwater.example'],
	    says: ['cannot be assigned', 'Assignable user'] },
	{ name: 'an assignee whom nobody knows', at: PAY,
	    with: ['[owner @brightwater/payments] assignee = ' +
	    'petra.lindt@brightwater.example'],
	    says: ['no user petra.lindt@brightwater.example', 'accountId'] },
];

const WEB = 'rule owners @brightwater/web';
const LINEAR = [
	{ name: 'a Linear key that was revoked', at: '[tracker lin]',
	    with: (t) => [`[tracker lin] api_key = ${t.secret('lin.old',
	    'lin_api_sandboxRevoked')}`],
	    says: ['was revoked', 'Security & access'] },
	{ name: 'no Linear key at all', at: '[tracker lin]',
	    with: (t) => [`[tracker lin] api_key = ${t.secret('lin.odd',
	    'ghp_sandboxOfAnother')}`],
	    says: ['lin_api_', 'make one'] },
	{ name: 'an OAuth token that has expired', at: '[tracker lin]',
	    with: (t) => [`[tracker lin] api_key = ${t.secret('lin.oauth',
	    'lin_oauth_sandboxExpired')}`],
	    says: ['OAuth token', 'expired', 'personal key'] },
	{ name: 'the wrong path of Linear', at: '[tracker lin]',
	    with: (t) => [`[tracker lin] url = ${
	    t.world.sandbox.urls.linear}/api`],
	    says: ['no GraphQL', 'https://api.linear.app/graphql'] },
	{ name: 'Linear answers with a page', at: '[tracker lin]',
	    fault: { service: 'linear', kind: 'html' },
	    says: ['log-in page', '[tracker lin] url'] },
	{ name: 'Linear is out of order', at: '[tracker lin]',
	    fault: { service: 'linear', kind: 'status:502' },
	    says: ['out of order (502)', 'later'] },
	{ name: 'the limit of Linear is reached', at: '[tracker lin]',
	    seed: linear({ rate: { limit: 2500, remaining: 0 } }),
	    says: ['rate limit', 'check again in', 'else uses it'] },
	{ name: 'the limit of Linear is near', exit: 0, state: 'warning',
	    at: '[tracker lin]',
	    seed: linear({ rate: { limit: 2500, remaining: 60 } }),
	    says: ['of 2500 requests', 'user of its own'] },
	{ name: 'a team that is not there, or hidden', at: 'rule rest',
	    with: ['[tracker lin] team = OPS'],
	    says: ['no team has the key OPS', 'not in it'] },
	{ name: 'a team that is retired', at: WEB,
	    with: ['[owner @brightwater/web] team = OLD'],
	    says: ['OLD is retired', 'name another'] },
	{ name: 'a label that is not there', at: WEB,
	    with: ['[owner @brightwater/web] labels = flakey-test'],
	    says: ['no label flakey-test', 'make it in Linear'] },
	{ name: 'a label of another team', at: 'rule rest',
	    with: ['[rule rest] labels = frontend'],
	    says: ['frontend is one of the team WEB', 'workspace'] },
	{ name: 'a label that is a group', at: WEB,
	    with: ['[owner @brightwater/web] labels = Severity'],
	    says: ['Severity is a group', 'name one of its labels'] },
	{ name: 'two labels of one group', at: WEB,
	    with: ['[owner @brightwater/web] labels = Severe, Mild'],
	    says: ['Severe and Mild are of one group', 'take Mild out'] },
	{ name: 'a user who is suspended', at: WEB,
	    with: ['[owner @brightwater/web] assignee = ' +
	    'left.long.ago@brightwater.example'],
	    says: ['left.long.ago@brightwater.example is suspended',
	    'name somebody else'] },
	{ name: 'a user whom nobody knows', at: WEB,
	    with: ['[owner @brightwater/web] assignee = ' +
	    'ines.moro@brightwater.example'],
	    says: ['no user has the e-mail ines.moro@brightwater.example',
	    'member'] },
	{ name: 'a state that is not there', at: WEB,
	    with: ['[owner @brightwater/web] state = Cancelled'],
	    says: ['no state Cancelled', 'it has', 'Canceled'] },
	{ name: 'a template of another kind', at: WEB,
	    with: ['[owner @brightwater/web] template = Quarter'],
	    says: ['Quarter is not one for issues', 'name another'] },
	{ name: 'a project that is not shared', at: WEB,
	    with: ['[owner @brightwater/web] project = Test health'],
	    says: ['Test health is not shared with the team WEB', 'add'] },
	{ name: 'an estimate where none are made', at: 'rule rest',
	    with: ['[rule rest] estimate = 3'],
	    says: ['does not estimate', 'take `estimate` out'] },
];

const TRUNK = [
	{ name: 'Trunk: a v1 token that was rotated', at: '[trunk] token',
	    with: (t) => [`[trunk] token = ${t.secret('trunk.old',
	    'sandbox-org-token-rotated')}`],
	    says: ['rotated', 'organization API token', 'API Keys'] },
	{ name: 'Trunk: a v2 key as token', at: '[trunk] token',
	    with: (t) => [`[trunk] token = ${t.secret('trunk.swap',
	    t.credentials.trunk.key)}`],
	    says: ['key of API v2', 'write it as api_key'] },
	{ name: 'Trunk: a v2 key that was deleted', at: '[trunk] api_key',
	    with: (t) => [`[trunk] api_key = ${t.secret('trunk.gone',
	    'trunk_v2_sandboxDeleted')}`],
	    says: ['was deleted', 'make a new one'] },
	{ name: 'Trunk: a token as v2 key', at: '[trunk] api_key',
	    with: (t) => [`[trunk] api_key = ${t.secret('trunk.swop',
	    t.credentials.trunk.token)}`],
	    says: ['trunk_v2_', 'make one'] },
	{ name: 'Trunk: the key may not link', at: '[trunk] api_key',
	    seed: { trunk: { deny: ['link'] } },
	    says: ['may not link', '"Link tickets"'] },
	{ name: 'Trunk: the key may not read', at: '[trunk] api_key',
	    seed: { trunk: { deny: ['read'] } },
	    says: ['may not read', 'permission'] },
	{ name: 'Trunk: the wrong address', at: '[trunk] token',
	    with: (t) => [`[trunk] api = ${
	    t.world.sandbox.urls.trunk}/v1`],
	    says: ['no API of Trunk', 'take [trunk] api out'] },
	{ name: 'Trunk is out of order', at: '[trunk] token',
	    fault: { service: 'trunk', kind: 'status:500' },
	    says: ['out of order (500)', 'later'] },
];

const LOCAL = [
	{ name: 'the ledger has no directory', at: '[ledger]',
	    with: (t) => [`[ledger] url = sqlite:${
	    t.world.dir}/nowhere/ledger.db`],
	    says: ['no such directory', 'install -d'] },
	{ name: 'the ledger may not be written', at: '[ledger]',
	    make: (t, dir) => {
		t.sqlite(`${dir}/ledger/ledger.db`, 'VACUUM');
		t.fs.chownSync(`${dir}/ledger`, 65534, 65534);
		t.fs.chmodSync(t.world.dir, 0o755);
		t.fs.chmodSync(dir, 0o755);
		t.fs.writeFileSync(`${dir}/ledger/ledger.db`, '');
		t.fs.chmodSync(`${dir}/ledger/ledger.db`, 0o400);
		t.fs.chownSync(`${dir}/ledger/ledger.db`, 65534, 65534);
	    }, says: ['may not be used by nobody', '0600'] },
	{ name: 'the ledger is another user\'s than its directory',
	    at: '[ledger]', make: (t, dir) => {
		t.fs.chmodSync(t.world.dir, 0o755);
		t.fs.chmodSync(dir, 0o755);
		t.fs.writeFileSync(`${dir}/ledger/ledger.db`, '',
		    { mode: 0o600 });
		t.fs.chownSync(`${dir}/ledger/ledger.db`, 65534, 65534);
	    }, says: ['may not be used by nobody', 'must be theirs'] },
	{ name: 'the directory of the ledger is another user\'s',
	    at: '[ledger]', make: (t, dir) => {
		t.ledger(dir, 'SELECT 1');
		t.fs.chmodSync(t.world.dir, 0o755);
		t.fs.chmodSync(dir, 0o755);
		t.fs.chmodSync(`${dir}/ledger`, 0o755);
		for (const f of t.fs.readdirSync(`${dir}/ledger`))
			t.fs.chownSync(`${dir}/ledger/${f}`, 65534, 65534);
	    }, says: ['user nobody may not write it or its directory',
	    'chown nobody /'] },
	{ name: 'the ledger is no database', at: '[ledger]',
	    make: (t, dir) => t.fs.writeFileSync(
	    `${dir}/ledger/ledger.db`, 'hello '.repeat(1000)),
	    says: ['not an SQLite database', 'name another file'] },
	{ name: 'the ledger is of a later version', at: '[ledger]',
	    make: (t, dir) => t.sqlite(`${dir}/ledger/ledger.db`,
	    'PRAGMA application_id = 1953001323; PRAGMA user_version = 9000;' +
	    'CREATE TABLE x (y)'),
	    says: ['schema 9000', 'upgrade tickethook'] },
	{ name: 'the ledger can be read by all', exit: 0, state: 'warning',
	    at: '[ledger]', make: (t, dir) => t.fs.writeFileSync(
	    `${dir}/ledger/ledger.db`, '', { mode: 0o644 }),
	    says: ['mode 644', 'chmod 600'] },
	{ name: 'an event that is not known', exit: 0, state: 'warning',
	    at: 'events', make: (t, dir) => t.ledger(dir, `INSERT INTO known
	    VALUES ('v3.test.dreamt', 12, 1, 2, 'msg_dream')`),
	    says: ['v3.test.dreamt is not known', 'came 12 times', 'newer'] },
	{ name: 'a merge queue without batches', exit: 0, state: 'warning',
	    at: 'events', make: (t, dir) => t.ledger(dir, `INSERT INTO queue
	    (delivery, repository, kind, number, suffix, time, time_is_ours,
	    bisection, received) VALUES ('msg_queue',
	    'github.com/brightwater/tidepool', 'pr', 7, 'merged',
	    ${Date.now()}, 0, 'no', ${Date.now()})`),
	    says: ['no event of a batch', 'github.com/brightwater/tidepool',
	    'pull_request_batch'] },
	{ name: 'changes that match no rule', exit: 0, state: 'warning',
	    at: 'rules', make: (t, dir) => t.ledger(dir, unmatched()),
	    says: ['no rule took 2 of', 'end with a rule'] },
	{ name: 'tickets that something else made', exit: 0,
	    state: 'warning', at: 'tickets', make: (t, dir) => t.ledger(dir,
	    `INSERT INTO ticket (key, generation, stage, marker, tracker,
	    project, remote_id, remote_key, url, adopted, created) VALUES
	    ('test|a', 1, 'created', 'm', 'lin', 'ENG', 'r', 'ENG-1',
	    'https://linear.app/b/issue/ENG-1', 1, ${Date.now()})`),
	    says: ['1 of the last 30 days', 'automatic ticketing',
	    'switch it off'] },
	{ name: 'the socket is not there', at: 'socket',
	    args: (t, dir) => ['--socket', `${dir}/tickethook.sock`],
	    says: ['No such file', 'tickethook.socket'] },
	{ name: 'the socket is a file', at: 'socket',
	    make: (t, dir) => t.fs.writeFileSync(`${dir}/s.sock`, ''),
	    args: (t, dir) => ['--socket', `${dir}/s.sock`],
	    says: ['no socket', 'remove it'] },
	{ name: 'the socket lets in its owner alone', at: 'socket',
	    make: (t, dir) => listen(t, `${dir}/s.sock`, 0o600, 33),
	    args: (t, dir) => ['--socket', `${dir}/s.sock`],
	    says: ['owner alone', 'SocketMode=0660'] },
	{ name: 'the socket is of the group root', at: 'socket',
	    make: (t, dir) => listen(t, `${dir}/s.sock`, 0o660, 0),
	    args: (t, dir) => ['--socket', `${dir}/s.sock`],
	    says: ['group root', 'SocketGroup='] },
	{ name: 'nobody listens on the socket', at: 'socket',
	    make: (t, dir) => abandoned(t, `${dir}/s.sock`),
	    args: (t, dir) => ['--socket', `${dir}/s.sock`],
	    says: ['nobody listens', 'start'] },
	{ name: 'a socket as it should be', exit: 0, state: 'ok',
	    at: 'socket',
	    make: (t, dir) => listen(t, `${dir}/s.sock`, 0o660, 33),
	    args: (t, dir) => ['--socket', `unix:${dir}/s.sock`],
	    says: ['somebody listens'] },
];

async function
listen({ fs, net }, path, mode, group)
{
	const server = net.createServer().listen(path);

	await new Promise((r) => server.on('listening', r));
	fs.chownSync(path, 0, group);
	fs.chmodSync(path, mode);
	return () => server.close();
}

/* As a server leaves it that was killed. */
async function
abandoned(t, path)
{
	const close = await listen(t, path, 0o660, 33);

	t.fs.linkSync(path, `${path}.kept`);
	close();
	t.fs.renameSync(`${path}.kept`, path);
}

const FAULTS = [...CONFIGURATION, ...NETWORK, ...JIRA, ...PLACES, ...LINEAR,
    ...TRUNK, ...LOCAL];

module.exports = { FAULTS };
