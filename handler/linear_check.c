/*
 * For `check`: is there a Linear at the address, and whose key is it?
 * https://linear.app/developers/graphql
 */
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/http.h"
#include "common/json.h"
#include "handler/check.h"
#include "handler/config.h"
#include "handler/graphql.h"
#include "handler/job.h"
#include "handler/linear.h"

enum {
	SCARCE = 10		/* a limit's part that should be left: 1/10 */
};

static const char WHO[] =
    "query Who { viewer { id name email active }"
    " organization { name urlKey } }";

static enum err
refused_key(struct job *job, const struct tracker *t)
{
	const char *key = t->token.bytes;

	if (strncmp(key, "lin_api_", 8) != 0 &&
	    strncmp(key, "lin_oauth_", 10) != 0)
		return (fail(job, ERR_REFUSED, "the api_key is not accepted, "
		    "and it does not begin with lin_api_ as Linear's keys do; "
		    "make one in Linear's settings under Security & access"));
	if (strncmp(key, "lin_oauth_", 10) == 0)
		return (fail(job, ERR_REFUSED, "the OAuth token is not "
		    "accepted: it has expired or was revoked; get a new one, "
		    "or use a personal key, which does not expire"));
	return (fail(job, ERR_REFUSED, "the api_key is not accepted: it was "
	    "revoked, or its user was suspended; make a new one in Linear's "
	    "settings under Security & access"));
}

/* No data: why? */
static enum err
nobody(struct check *c, const struct graphql *q, enum err e, const char *key)
{
	const struct http_answer *a = &q->answer;
	struct job *job = c->job;
	enum err stray;

	if (a->fate != HTTP_ANSWERED)
		return (check_no_answer(c, a, e, key));
	if (job->retry_after > 0 && e == ERR_UPSTREAM)
		return (fail(job, e, "the rate limit of this key's user is "
		    "reached; check again in %d s, and see what else uses it "
		    "up", job->retry_after));
	if (a->status == 401 || (q->credential && q->message != NULL &&
	    strstr(q->message, "scope") == NULL))
		return (refused_key(job, q->tracker));
	if (q->credential)
		return (e);
	stray = check_stray(c, a, "Linear", key);
	if (stray != ERR_ABSENT)
		return (stray);
	if (a->status == 404)
		return (fail(job, ERR_REFUSED, "there is no GraphQL at %s "
		    "(404); take %s out, since https://api.linear.app/graphql "
		    "is known", q->tracker->url, key));
	return (e);
}

/* Is the limit nearly reached? */
static void
check_rate(struct check *c, const struct http_answer *a, const char *key)
{
	const char *limit = http_header_of(a, c->job->arena,
	    "X-RateLimit-Requests-Limit");
	const char *left = http_header_of(a, c->job->arena,
	    "X-RateLimit-Requests-Remaining");
	long n, of;

	if (limit == NULL || left == NULL)
		return;
	n = strtol(left, NULL, 10);
	of = strtol(limit, NULL, 10);
	if (of > 0 && n < of / SCARCE)
		check_say(c, CHECK_WARNING, key, "only %ld of %ld requests an "
		    "hour are left to this key's user; give tickethook a user "
		    "of its own", n, of);
}

enum err
linear_check(struct check *c, const struct tracker *t, const char **well)
{
	struct job *job = c->job;
	struct graphql q = { .tracker = t, .what = "asking who we are",
	    .document = WHO };
	const char *key = arena_printf(job->arena, "[tracker %s] url",
	    t->name);
	const char *name, *workspace;
	const struct json *data;
	enum err e;

	if (key == NULL)
		return (fail(job, ERR_NOMEM, "no memory"));
	graphql_open(job, &q);
	e = graphql_call(job, &q, &data);
	check_clock(c, &q.answer);
	if (e != OK)
		return (nobody(c, &q, e, key));
	/* A rejected key may come as nulls. */
	if (json_text(data, "viewer.id") == NULL)
		return (refused_key(job, t));
	check_rate(c, &q.answer, key);
	name = json_text(data, "viewer.name");
	workspace = json_text(data, "organization.name");
	*well = arena_printf(job->arena, "Linear%s%s, as %s; %s tell%s what "
	    "becomes of tickets", workspace != NULL ? " workspace " : "",
	    workspace != NULL ? workspace : "", name != NULL ? name :
	    "a user", t->hook.len > 0 ? "its webhook and polling" :
	    "polling", t->hook.len > 0 ? "" : "s");
	return (*well == NULL ? fail(job, ERR_NOMEM, "no memory") : OK);
}
