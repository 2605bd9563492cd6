#ifndef JIRA_REST_H_
#define JIRA_REST_H_

#include <stdbool.h>

#include "common/err.h"
#include "common/http.h"

struct job;
struct json;
struct tracker;

/*
 * One call of Jira's REST API, Cloud (v3, e-mail and API token) or Data
 * Center (v2, personal access token).
 * Source: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ and
 * https://docs.atlassian.com/software/jira/docs/api/REST/
 */
struct jira_call {
	const struct tracker	*tracker;
	const char		*what;		/* for sentences */
	const char		*method;
	const char		*path;		/* below /rest/api/N */
	const char		*body;		/* JSON, or NULL */
	bool			 once;		/* must not be sent twice */
	/* the answer */
	struct http_answer	 answer;
	const struct json	*tree;		/* of a 2xx; else NULL */
};

/* Data Center is spoken to in another version, with other markup. */
bool jira_is_cloud(const struct tracker *);

/* Where a path is; NULL without memory. */
const char *jira_url(struct job *, const struct tracker *, const char *path);

/*
 * Make the call.  OK: a 2xx with readable JSON (or 204).  ERR_ABSENT: 404.
 * ERR_REFUSED: any other 4xx, with Jira's own sentences.  ERR_UPSTREAM:
 * not processed (429, not sent).  ERR_UNKNOWN: it may have been (5xx,
 * lost, unreadable).  ERR_DEADLINE, ERR_NOMEM.
 */
enum err jira_call(struct job *, struct jira_call *);

/*
 * Did the answer come to somebody who was logged in?  Jira answers a search
 * with rejected credentials by an empty list.  Cloud names the caller in a
 * header; Data Center is asked who we are.
 */
enum err jira_authenticated(struct job *, const struct jira_call *);

#endif
