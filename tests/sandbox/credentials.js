'use strict';
/*
 * The only credentials the sandbox takes for right.  They open nothing
 * anywhere else; every other value is refused as the real services do.
 */
module.exports = Object.freeze({
	trunk: Object.freeze({
		token: 'sandbox-org-token-4d1f0a7c92',	/* v1, x-api-token */
		key: 'trunk_v2_sandbox8Qm2ZtR5xV0k',	/* v2, Bearer */
		org: 'brightwater',
	}),
	linear: Object.freeze({
		key: 'lin_api_sandbox0Yb3KfP7uWc1NdE5hXq9',	/* bare */
		oauth: 'lin_oauth_sandbox6Lr2TzVg8',		/* Bearer */
	}),
	jira: Object.freeze({				/* Basic email:token */
		email: 'tickethook@brightwater.example',
		token: 'ATATT-sandbox-2Hn8sPw4',
	}),
	jiradc: Object.freeze({				/* Bearer PAT */
		token: 'sandbox-pat-NjE3Mzk1ODQ',
	}),
	hook: Object.freeze({				/* one of the two */
		bearer: 'sandbox-hook-7Qe1VnB3',	/* Bearer */
		secret: 'sandbox-header-5Xk9Da2L',	/* X-Hook-Secret */
	}),
});
