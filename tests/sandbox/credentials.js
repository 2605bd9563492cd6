'use strict';
/*
 * The only credentials the sandbox takes for right.  They open nothing
 * anywhere else; every other value is refused as the real services do.
 *
 * They are other ones in each run, so that whoever looks for them in a log
 * finds this run's or nothing; programs that a run starts have the same.
 * Each ends with characters that every encoding writes in its own way.
 */
const crypto = require('node:crypto');

const RUN = process.env.SANDBOX_RUN ??= crypto.randomBytes(16).toString('hex');

function
random(name)
{
	return crypto.createHmac('sha256', RUN).update(name).digest(
	    'base64url').slice(0, 20) + '+/="&\\';
}

module.exports = Object.freeze({
	trunk: Object.freeze({
		token: `sandbox-org-${random('v1')}`,	/* v1, x-api-token */
		key: `trunk_v2_${random('v2')}`,	/* v2, Bearer */
		org: 'brightwater',
	}),
	linear: Object.freeze({
		key: `lin_api_${random('linear')}`,	/* bare */
		oauth: `lin_oauth_${random('oauth')}`,	/* Bearer */
	}),
	jira: Object.freeze({				/* Basic email:token */
		email: 'tickethook@brightwater.example',
		token: `ATATT-${random('cloud')}`,
	}),
	jiradc: Object.freeze({				/* Bearer PAT */
		token: `sandbox-pat-${random('dc')}`,
	}),
	hook: Object.freeze({				/* one of the two */
		bearer: `sandbox-hook-${random('bearer')}`,	/* Bearer */
		secret: `sandbox-header-${random('secret')}`,	/* X-Hook-Secret */
	}),
});
