/*
 * One call of Jira's REST API.  Cloud wants e-mail and token as Basic
 * authorization, Data Center a personal access token as Bearer; which of the
 * two it is shows in whether the tracker has an email.
 * https://developer.atlassian.com/cloud/jira/platform/basic-auth-for-rest-apis/
 */
#include "handler/jira_rest.h"

#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/crypt.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/refused.h"
#include "handler/upstream.h"

enum {
	SEPARATORS = 4096,	/* bytes between the sentences of an answer */
	UNAUTHORIZED = 401,
	FORBIDDEN = 403
};

bool
jira_is_cloud(const struct tracker *t)
{

	return (t->email != NULL);
}

static const char *
authorization(struct job *job, const struct tracker *t)
{
	const char *pair;
	char *b64;
	size_t n;

	if (!jira_is_cloud(t))
		return (arena_printf(job->arena, "Bearer %s",
		    t->token.bytes));
	pair = arena_printf(job->arena, "%s:%s", t->email, t->token.bytes);
	if (pair == NULL)
		return (NULL);
	n = strlen(pair);
	if ((b64 = arena_alloc(job->arena, 4 * ((n + 2) / 3) + 1)) == NULL)
		return (NULL);
	crypt_base64(pair, n, b64);
	return (arena_printf(job->arena, "Basic %s", b64));
}

/* errorMessages and errors, joined: either may be empty. */
static const char *
sentence(struct job *job, const struct http_answer *answer)
{
	const struct json *tree, *n;
	struct buf buf;

	buf_init(&buf, job->arena, answer->len + SEPARATORS);
	if (json_parse(job->arena, answer->body, answer->len, &tree,
	    NULL) != OK || tree->type != JSON_OBJECT)
		return ("no readable text");
	n = json_get(tree, "errorMessages");
	for (n = n == NULL ? NULL : n->child; n != NULL; n = n->next)
		if (n->type == JSON_STRING)
			buf_printf(&buf, "%s%s", buf.len > 0 ? " " : "",
			    n->text);
	n = json_get(tree, "errors");
	for (n = n == NULL ? NULL : n->child; n != NULL; n = n->next)
		if (n->type == JSON_STRING && n->key != NULL)
			buf_printf(&buf, "%s%s: %s", buf.len > 0 ? " " : "",
			    n->key, n->text);
	return (upstream_quote(job, buf_text(&buf)));
}

/* Was it certainly not processed? */
static bool
is_certain(int status)
{
	static const int certain[] = {
		400, 401, 403, 404, 410, 413, 415, 422, 429
	};
	size_t i;

	for (i = 0; i < sizeof(certain) / sizeof(certain[0]); i++)
		if (certain[i] == status)
			return (true);
	return (false);
}

/*
 * Are the credentials as such refused?  A 403 is about one project or act,
 * unless Data Center says that it does not even look at them any more:
 * https://confluence.atlassian.com/display/JIRAKB/CAPTCHA
 */
static bool
is_stranger(struct job *job, const struct http_answer *a)
{

	return (a->status == UNAUTHORIZED || (a->status == FORBIDDEN &&
	    http_header_of(a, job->arena, "X-Authentication-Denied-Reason") !=
	    NULL));
}

static enum err
refusal(struct job *job, const struct jira_call *c)
{
	const struct http_answer *a = &c->answer;
	const char *name = c->tracker->name;
	const char *limit = http_header_of(a, job->arena, "RateLimit-Reason");

	if (a->status == 429 || (a->status == 503 &&
	    http_header_of(a, job->arena, "Retry-After") != NULL))
		(void)upstream_retry(job, a);
	if (a->status == 429)
		return (fail(job, ERR_UPSTREAM, "jira: %s is rate-limited "
		    "(%s); it is tried again", c->what,
		    limit == NULL ? "no reason is told" :
		    upstream_quote(job, limit)));
	if (!is_certain(a->status))
		return (fail(job, ERR_UNKNOWN, "jira: %s answered %d%s",
		    c->what, a->status, upstream_redirect(job, a)));
	if (a->status == UNAUTHORIZED)
		return (fail(job, ERR_REFUSED, "jira: the credentials of "
		    "[tracker %s] are not accepted: %s; is the token of that "
		    "e-mail's account, and not expired?", name,
		    sentence(job, a)));
	if (a->status == 404)
		return (fail(job, ERR_ABSENT, "jira: %s: %s", c->what,
		    sentence(job, a)));
	return (fail(job, ERR_REFUSED, "jira: %s was refused with %d: %s",
	    c->what, a->status, sentence(job, a)));
}

const char *
jira_url(struct job *job, const struct tracker *t, const char *path)
{

	return (arena_printf(job->arena, "%s/rest/api/%d%s", t->url,
	    jira_is_cloud(t) ? 3 : 2, path));
}

/* What an answer says of our credentials is remembered. */
static enum err
judge(struct job *job, struct jira_call *c)
{
	const struct http_answer *a = &c->answer;
	enum err e;

	if (a->status >= 200 && a->status <= 299) {
		refused_after(job, c->tracker, false);
		return (OK);
	}
	e = refusal(job, c);
	if (is_stranger(job, a))
		refused_after(job, c->tracker, true);
	return (e);
}

/* One try; the answer's tree, or what its refusal means. */
static enum err
try(struct job *job, struct jira_call *c, const struct http_call *call)
{
	enum err e;

	c->tree = NULL;
	c->answer.fate = HTTP_NOT_SENT;
	job->retry_after = 0;
	if ((e = upstream_call(job, call, &c->answer)) != OK)
		return (e);
	upstream_heed(job, c->tracker->url, &c->answer);
	if ((e = judge(job, c)) != OK)
		return (e);
	if (c->answer.status == 204)
		return (OK);
	if (json_parse(job->arena, c->answer.body, c->answer.len, &c->tree,
	    NULL) != OK)
		return (fail(job, ERR_UNKNOWN, "jira: %s answered %d without "
		    "readable JSON", c->what, c->answer.status));
	return (OK);
}

enum err
jira_call(struct job *job, struct jira_call *c)
{
	struct http_call call = { .method = c->method, .once = c->once,
	    .body = c->body, .deadline = job->deadline,
	    .private_ok = c->tracker->private_ok };
	int tries = 0;
	enum err e;

	call.what = c->what;
	call.url = jira_url(job, c->tracker, c->path);
	call.len = c->body == NULL ? 0 : strlen(c->body);
	call.header[0] = (struct http_header){ "Authorization",
	    authorization(job, c->tracker) };
	call.header[1] = (struct http_header){ "Accept", "application/json" };
	if (c->body != NULL)
		call.header[2] = (struct http_header){ "Content-Type",
		    "application/json" };
	if (call.url == NULL || call.header[0].value == NULL)
		return (fail(job, ERR_NOMEM, "no memory to call jira"));
	if ((e = refused_before(job, c->tracker)) != OK) {
		c->tree = NULL;
		c->answer = (struct http_answer){ .fate = HTTP_NOT_SENT,
		    .status = UNAUTHORIZED, .host = "?" };
		return (e);
	}
	/* What may have been done is not sent again, unless it may be. */
	do
		e = try(job, c, &call);
	while (e != OK && (e == ERR_UPSTREAM || !c->once) &&
	    upstream_wait(job, &tries));
	return (e);
}

enum err
jira_authenticated(struct job *job, const struct jira_call *c)
{
	struct jira_call me = { .tracker = c->tracker, .method = "GET",
	    .what = "asking who we are", .path = "/myself" };
	enum err e;

	if (http_header_of(&c->answer, job->arena, "X-AAccountId") != NULL)
		return (OK);
	e = jira_call(job, &me);
	return (upstream_read(e));
}
