/*
 * What the sender is told.  Any status but 2xx makes Svix send the delivery
 * again, https://docs.svix.com/retries, so whatever was dealt with, filed,
 * kept for later or ignored, gets a 200 that names it.  The two tables give
 * each outcome and each error its status and name.
 */
#include "handler/outcome.h"

#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/ini.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/tracker.h"

enum {
	ANSWER_MAX = 8192,	/* Svix keeps 20,000 bytes of an answer */
	RETRY_DEFAULT = 5	/* seconds: Svix's own first step */
};

struct kind {
	const char	*name;
	int		 status;
	bool		 final;
};

static const struct kind KINDS[] = {
	[OUTCOME_CREATED]	= { "created", 200, true },
	[OUTCOME_ADOPTED]	= { "adopted", 200, true },
	[OUTCOME_EXISTS]	= { "exists", 200, true },
	[OUTCOME_REOPENED]	= { "reopened", 200, true },
	[OUTCOME_UPDATED]	= { "updated", 200, true },
	[OUTCOME_CLOSED]	= { "closed", 200, true },
	[OUTCOME_FOLDED]	= { "folded", 200, true },
	[OUTCOME_PARKED]	= { "parked", 200, false },
	[OUTCOME_RECORDED]	= { "recorded", 200, false },
	[OUTCOME_IGNORED]	= { "ignored", 200, false },
};

enum { NKINDS = sizeof(KINDS) / sizeof(KINDS[0]) };

static const struct kind ERRORS[ERR_COUNT] = {
	[ERR_ABSENT]		= { "upstream", 503, false },
	[ERR_MALFORMED]		= { "malformed", 400, false },
	[ERR_UNVERIFIED]	= { "unverified", 401, false },
	[ERR_FORBIDDEN]		= { "forbidden", 403, false },
	[ERR_NOT_FOUND]		= { "not_found", 404, false },
	[ERR_METHOD]		= { "method_not_allowed", 405, false },
	[ERR_LENGTH]		= { "length_required", 411, false },
	[ERR_TOO_LARGE]		= { "too_large", 413, false },
	[ERR_REFUSED]		= { "tracker_refused", 502, false },
	[ERR_LINK_REFUSED]	= { "link_refused", 502, false },
	[ERR_BUSY]		= { "busy", 503, false },
	[ERR_UPSTREAM]		= { "upstream", 503, false },
	[ERR_UNKNOWN]		= { "unknown", 503, false },
	[ERR_DEADLINE]		= { "deadline", 503, false },
	[ERR_LEDGER]		= { "ledger", 503, false },
	[ERR_NOMEM]		= { "busy", 503, false },
	[ERR_CONFIG]		= { "tracker_refused", 502, false },
};

/* When there is no memory even for the answer. */
static const struct outcome NO_MEMORY = {
	.status = 503, .name = "busy", .type = "application/json",
	.body = "{\"error\":\"busy\"}\n",
	.header = { "Retry-After: 5" },
};

/* What a 401 says: nothing about which check failed. */
static const char UNVERIFIED[] =
    "The signature of this request could not be verified. "
    "The reason is in tickethook's log.";

bool
outcome_final(const char *name)
{
	size_t i;

	for (i = 0; i < NKINDS; i++)
		if (KINDS[i].name != NULL && strcmp(KINDS[i].name, name) == 0)
			return (KINDS[i].final);
	return (false);
}

bool
outcome_known(const char *name, const char **near)
{
	/* Of a ticket that was noted and not begun. */
	const char *names[NKINDS + ERR_COUNT + 1] = { "pending" };
	size_t i, n = 1;

	for (i = 0; i < NKINDS; i++)
		if (KINDS[i].name != NULL)
			names[n++] = KINDS[i].name;
	for (i = 0; i < ERR_COUNT; i++)
		if (ERRORS[i].name != NULL)
			names[n++] = ERRORS[i].name;
	*near = NULL;
	for (i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return (true);
	*near = ini_nearest(name, names, n, sizeof(names[0]));
	return (false);
}

void
outcome_header(struct outcome *out, const char *line)
{
	size_t i;

	for (i = 0; i < OUTCOME_HEADERS; i++)
		if (out->header[i] == NULL) {
			out->header[i] = line;
			return;
		}
}

static void
put_text(struct json_writer *w, const char *key, const char *value)
{

	if (value != NULL)
		json_put_string(w, key, value);
}

static const char *
rule_name(const struct story *s)
{

	if (s->filing != NULL && s->filing->rule != NULL)
		return (s->filing->rule);
	if (s->route != NULL && s->route->rule != NULL)
		return (s->route->rule->name);
	return (NULL);
}

static void
put_story(struct json_writer *w, const struct story *s)
{

	if (s->filing != NULL && s->filing->stage == STAGE_CREATED) {
		put_text(w, "ticket", s->filing->remote_key);
		put_text(w, "url", s->filing->url);
		json_put_bool(w, "linked", s->linked);
	}
	put_text(w, "rule", rule_name(s));
	if (s->mail != NULL)
		put_text(w, "delivery", s->mail->id);
}

static struct outcome
finish(struct buf *buf, struct outcome out)
{

	buf_char(buf, '\n');
	if ((out.body = buf_text(buf)) == NULL)
		return (NO_MEMORY);
	return (out);
}

static void
add_error_headers(struct job *job, enum err e, const struct story *s,
    struct outcome *out)
{

	if (out->status == 503)
		outcome_header(out, arena_printf(job->arena, "Retry-After: %d",
		    job->retry_after > 0 ? job->retry_after : RETRY_DEFAULT));
	/* It was signed and will never be right: no use sending it again. */
	if (e == ERR_MALFORMED && s->mail != NULL)
		outcome_header(out, "webhook-delivery: abort-message");
}

static struct outcome
reply_error(struct job *job, enum err e, const struct story *s)
{
	const struct kind *k = &ERRORS[e];
	struct outcome out = { .status = k->status, .name = k->name,
	    .type = "application/json" };
	struct json_writer w;
	struct buf buf;

	buf_init(&buf, job->arena, ANSWER_MAX);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_put_string(&w, "error", k->name);
	json_put_string(&w, "message", e == ERR_UNVERIFIED ? UNVERIFIED :
	    job->why.text);
	put_story(&w, s);
	json_end(&w);
	add_error_headers(job, e, s, &out);
	if (out.status == 503 && out.header[0] == NULL)
		return (NO_MEMORY);
	return (finish(&buf, out));
}

/* What would have been done for an example. */
static void
put_example(struct json_writer *w, const struct story *s)
{
	const struct route *r = s->route;
	bool files = r != NULL && r->rule != NULL &&
	    r->action == ACTION_TICKET;

	json_put_bool(w, "example", true);
	json_put_string(w, "would", files ? "file a ticket" : "file nothing");
	if (files) {
		json_put_string(w, "tracker", r->tracker->name);
		put_text(w, "project", r->dest[
		    r->tracker->kind->project].value);
		put_text(w, "owner", r->owner);
	}
}

struct outcome
outcome_of(struct job *job, enum err e, const struct story *s)
{
	const struct kind *k;
	struct outcome out = { .type = "application/json" };
	struct json_writer w;
	struct buf buf;

	if (e != OK)
		return (reply_error(job, e, s));
	k = &KINDS[s->kind];
	out.status = k->status;
	out.name = k->name;
	buf_init(&buf, job->arena, ANSWER_MAX);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_put_string(&w, "outcome", k->name);
	put_story(&w, s);
	if (s->event != NULL && s->event->example)
		put_example(&w, s);
	json_end(&w);
	return (finish(&buf, out));
}

struct outcome
outcome_again(struct job *job, int status, const char *name,
    const char *answer)
{
	struct outcome out = { .status = status, .name = name,
	    .type = "application/json" };
	const struct json *old, *child;
	struct json_writer w;
	struct buf buf;

	if (json_parse(job->arena, answer, strlen(answer), &old, NULL) != OK)
		return (NO_MEMORY);
	buf_init(&buf, job->arena, ANSWER_MAX);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	for (child = old->child; child != NULL; child = child->next)
		json_put_tree(&w, child->key, child);
	json_put_bool(&w, "replayed", true);
	json_end(&w);
	return (finish(&buf, out));
}

struct outcome
outcome_error(struct job *job, enum err e)
{
	const struct story none = { .mail = NULL };

	return (reply_error(job, e, &none));
}
