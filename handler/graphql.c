/*
 * One request of GraphQL to Linear, https://linear.app/developers/graphql.
 * The document is constant and all that varies is in its variables, so
 * nothing of an event can become part of the query.  Errors come in the body,
 * beside or instead of the data: extensions.code and the status together tell
 * whether it was refused, must wait, or may have been done.
 */
#include "handler/graphql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/http.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/refused.h"
#include "handler/upstream.h"

enum {
	REQUEST_MAX = 256 * 1024,	/* bytes of a request of ours */
	RESET_MAX = 3600,		/* seconds believed of a reset */
	RESET_DEFAULT = 60		/* seconds, when none is told */
};

void
graphql_open(struct job *job, struct graphql *q)
{

	buf_init(&q->buf, job->arena, REQUEST_MAX);
	json_open(&q->w, &q->buf);
	json_begin(&q->w, NULL, JSON_OBJECT);
	json_put_string(&q->w, "query", q->document);
	json_begin(&q->w, "variables", JSON_OBJECT);
}

/* Seconds until the limit is lifted; X-RateLimit-Requests-Reset is in ms. */
static int
reset_seconds(struct job *job, const struct http_answer *answer)
{
	const char *text = http_header_of(answer, job->arena,
	    "X-RateLimit-Requests-Reset");
	long long ms = text == NULL ? 0 : strtoll(text, NULL, 10);
	int n = upstream_retry(job, answer);

	if (n > 0)
		return (n);
	if (ms <= job->now)
		return (RESET_DEFAULT);
	ms = (ms - job->now + 999) / 1000;
	return (ms > RESET_MAX ? RESET_MAX : (int)ms);
}

/*
 * The place of a bad argument, if the validator names one:
 * extensions.validationErrors[].property.
 */
static const char *
field_of(const struct json *error)
{
	const struct json *list = json_get(error,
	    "extensions.validationErrors");

	return (list == NULL ? NULL : json_text(list->child, "property"));
}

/* Did it fail over there, in a way that may have come after the effect? */
static bool
is_theirs(const struct json *error, const char *code)
{
	int64_t status;

	return (strcmp(code, "INTERNAL_SERVER_ERROR") == 0 ||
	    (json_int(error, "extensions.statusCode", &status) &&
	    status >= 500));
}

/* Sort the first error: what should the sender do? */
static enum err
sort_error(struct job *job, struct graphql *q, const struct json *error,
    const struct http_answer *answer)
{
	const char *code = json_text(error, "extensions.code");
	const char *message = json_text(error, "message");
	const char *shown = json_text(error,
	    "extensions.userPresentableMessage");
	const char *field = field_of(error);

	if (code == NULL)
		code = "";
	if (message == NULL)
		message = "";
	if (strcmp(code, "RATELIMITED") == 0) {
		job->retry_after = reset_seconds(job, answer);
		return (fail(job, ERR_UPSTREAM, "linear: the rate limit of "
		    "this key is reached; tried again in %d s",
		    job->retry_after));
	}
	(void)upstream_retry(job, answer);
	if (answer->status >= 500 || is_theirs(error, code))
		return (fail(job, ERR_UNKNOWN, "linear: %s failed with %d: "
		    "%s", q->what, answer->status,
		    upstream_quote(job, message)));
	q->conflict = strstr(message, "conflict on insert of") != NULL ||
	    strstr(shown != NULL ? shown : message, "already exists") != NULL;
	q->missing = strstr(message, "Entity not found") != NULL;
	q->message = message;
	q->shown = shown;
	q->field = field;
	q->credential = strcmp(code, "FORBIDDEN") == 0;
	if (strcmp(code, "AUTHENTICATION_ERROR") == 0 ||
	    strstr(message, "Bearer token") != NULL) {
		q->credential = q->stranger = true;
		return (fail(job, ERR_REFUSED, "linear: the api_key of "
		    "[tracker %s] is not accepted: %s", q->tracker->name,
		    upstream_quote(job, shown != NULL ? shown : message)));
	}
	return (fail(job, ERR_REFUSED, "linear: %s was refused: %s%s%s%s",
	    q->what, upstream_quote(job, shown != NULL ? shown : message),
	    field != NULL ? " (" : "",
	    field != NULL ? upstream_quote(job, field) : "",
	    field != NULL ? ")" : ""));
}

static enum err
read_answer(struct job *job, struct graphql *q,
    const struct http_answer *answer, const struct json **data)
{
	const struct json *tree = NULL, *errors;

	if (json_parse(job->arena, answer->body, answer->len, &tree,
	    NULL) != OK || tree->type != JSON_OBJECT) {
		if (answer->status == 429)
			job->retry_after = reset_seconds(job, answer);
		else
			(void)upstream_retry(job, answer);
		return (fail(job, answer->status == 429 ? ERR_UPSTREAM :
		    ERR_UNKNOWN, "linear: %s answered %d without readable "
		    "JSON%s", q->what, answer->status,
		    upstream_redirect(job, answer)));
	}
	errors = json_get(tree, "errors");
	if (errors != NULL && errors->type == JSON_ARRAY &&
	    errors->child != NULL)
		return (sort_error(job, q, errors->child, answer));
	*data = json_get(tree, "data");
	if (answer->status != 200 || *data == NULL ||
	    (*data)->type != JSON_OBJECT)
		return (fail(job, ERR_UNKNOWN, "linear: %s answered %d "
		    "without data", q->what, answer->status));
	return (OK);
}

const char *
graphql_text(struct graphql *q)
{

	json_end(&q->w);
	json_end(&q->w);
	return (buf_text(&q->buf));
}

enum err
graphql_call(struct job *job, struct graphql *q, const struct json **data)
{
	struct http_call call = { .method = "POST", .url = q->tracker->url };
	int tries = 0;
	enum err e;

	if ((call.body = graphql_text(q)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory to call linear"));
	call.len = q->buf.len;
	/* An API key goes bare; only an OAuth token has "Bearer". */
	call.header[0].name = "Authorization";
	call.header[0].value = strncmp(q->tracker->token.bytes, "lin_oauth_",
	    10) != 0 ? q->tracker->token.bytes : arena_printf(job->arena,
	    "Bearer %s", q->tracker->token.bytes);
	call.header[1].name = "Content-Type";
	call.header[1].value = "application/json";
	if (call.header[0].value == NULL)
		return (fail(job, ERR_NOMEM, "no memory to call linear"));
	if ((e = refused_before(job, q->tracker)) != OK) {
		q->credential = true;
		return (e);
	}
	q->stranger = false;
	call.what = q->what;
	call.deadline = job->deadline;
	call.private_ok = q->tracker->private_ok;
	do {
		job->retry_after = 0;
		if ((e = upstream_call(job, &call, &q->answer)) != OK)
			return (e);
		upstream_heed(job, q->tracker->url, &q->answer);
		/* Nothing that we ask of Linear does harm twice. */
		e = read_answer(job, q, &q->answer, data);
		if (q->stranger || e == OK)
			refused_after(job, q->tracker, q->stranger);
	} while (e != OK && upstream_wait(job, &tries));
	return (e);
}
