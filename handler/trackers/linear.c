/*
 * Linear, over its GraphQL API (https://linear.app/developers/graphql).
 *
 * Linear takes a client-chosen UUID as the id of an issue: a second create
 * with the same id fails with "conflict on insert of Issue", and that
 * conflict is the proof that the first one succeeded.  So a create may be
 * repeated at any time and never makes a second issue.
 */
#include <string.h>

#include "common/arena.h"
#include "common/crypt.h"
#include "common/json.h"
#include "handler/cache.h"
#include "handler/config.h"
#include "handler/graphql.h"
#include "handler/job.h"
#include "handler/linear.h"
#include "handler/linear_input.h"
#include "handler/tracker.h"
#include "handler/upstream.h"

extern const struct tracker_kind tracker_linear;

static const char CREATE[] =
    "mutation CreateIssue($input: IssueCreateInput!) {"
    " issueCreate(input: $input) {"
    " success issue { id identifier url } } }";

static const char READ[] =
    "query IssueById($id: String!) {"
    " issue(id: $id) { id identifier url trashed team { id key } } }";

/*
 * The id of the issue: SHA-256 of key and generation in the shape of a
 * version 4 UUID, which is what the schema asks for.
 */
static enum err
linear_marker(struct job *job, struct filing *f)
{
	char hex[CRYPT_SHA256_HEX + 1];

	if (tracker_hash(job, "linear-issue/1", f, hex) != OK)
		return (ERR_NOMEM);
	f->marker = linear_uuid(job, hex);
	return (f->marker == NULL ? fail(job, ERR_NOMEM,
	    "no memory for the ticket's id") : OK);
}

/* Take what an issue node tells; ERR_UNKNOWN when it tells nonsense. */
static enum err
take_issue(struct job *job, const struct json *issue, struct filing *f)
{
	const char *id = json_text(issue, "id");
	const char *key = json_text(issue, "identifier");
	const char *url = json_text(issue, "url");

	if (id == NULL || key == NULL || url == NULL || !tracker_sane(id) ||
	    !tracker_sane(url) || !tracker_key_sane(key))
		return (fail(job, ERR_UNKNOWN, "linear: the answer names no "
		    "issue that makes sense; it is asked again"));
	f->remote_id = id;
	f->remote_key = key;
	f->url = url;
	return (OK);
}

static enum err
read_issue(struct job *job, const struct tracker *tracker, const char *id,
    struct filing *f)
{
	const struct json *data, *issue;
	struct graphql q = { .tracker = tracker, .what = "reading the issue",
	    .document = READ };
	bool trashed = false;
	enum err e;

	graphql_open(job, &q);
	json_put_string(&q.w, "id", id);
	e = graphql_call(job, &q, &data);
	if (e == ERR_REFUSED && q.missing)
		return (ERR_ABSENT);
	if (e != OK)
		return (upstream_read(e));
	issue = json_get(data, "issue");
	if (json_bool(issue, "trashed", &trashed) && trashed)
		return (fail(job, ERR_ABSENT, "linear: the issue %s is in the "
		    "trash", id));
	return (take_issue(job, issue, f));
}

static enum err
linear_find(struct job *job, const struct target *t, struct filing *f)
{
	enum err e = read_issue(job, t->tracker, f->marker, f);

	if (e == OK && strcmp(f->remote_id, f->marker) != 0)
		return (fail(job, ERR_UPSTREAM, "linear: another issue was "
		    "answered than the one asked for; it is asked again"));
	return (e);
}

/* An issue of that id is there: ours, from a try whose answer was lost. */
static enum err
read_ours(struct job *job, const struct target *t, struct filing *f)
{
	enum err e = linear_find(job, t, f);

	if (e == ERR_ABSENT)
		return (fail(job, ERR_REFUSED, "linear: the issue of this "
		    "test (%s) was deleted; restore it from the trash, so "
		    "that no second one is made", f->marker));
	return (e);
}

/* The request of a create, for it and for those who only look at it. */
static void
open_create(struct job *job, struct graphql *q, const struct target *t,
    const struct draft *draft, const struct filing *f)
{

	*q = (struct graphql){ .tracker = t->tracker,
	    .what = "creating the issue", .document = CREATE };
	graphql_open(job, q);
	linear_put_input(&q->w, t, draft, f);
}

/* What we know of the names may be out of date. */
static void
forget_names(struct job *job, const struct tracker *tracker)
{
	const char *prefix = arena_printf(job->arena, "%s|", tracker->name);

	if (prefix != NULL)
		cache_drop(job->cache, prefix);
}

/* Was it refused for a field that it can go without?  Then it does. */
static bool
can_repeat(struct job *job, const struct target *t, const struct graphql *q,
    struct filing *f)
{

	if (q->conflict)
		return (false);
	forget_names(job, t->tracker);
	return (linear_drop(job, t, q, f));
}

/* A refusal made nothing, and the id stays: so it may be repeated. */
static enum err
linear_create(struct job *job, const struct target *t,
    const struct event *event, const struct draft *draft, struct filing *f)
{
	const struct json *data, *issue;
	struct graphql q;
	enum err e, late;

	(void)event;
	for (;;) {
		open_create(job, &q, t, draft, f);
		e = graphql_call(job, &q, &data);
		if (e != ERR_REFUSED || !can_repeat(job, t, &q, f))
			break;
		if ((late = job_time(job, "the ticket is created")) != OK)
			return (late);
	}
	if (e == ERR_REFUSED && q.conflict)
		return (read_ours(job, t, f));
	if (e != OK)
		return (e);
	issue = json_get(data, "issueCreate.issue");
	if (json_text(issue, "id") == NULL ||
	    strcmp(json_text(issue, "id"), f->marker) != 0)
		return (fail(job, ERR_UNKNOWN, "linear: the create answered "
		    "with another issue or none; it is repeated with the same "
		    "id"));
	return (take_issue(job, issue, f));
}

static enum err
linear_show(struct job *job, struct target *t, const struct draft *draft,
    struct filing *f, struct tracker_request *out)
{
	struct graphql q;
	enum err e = OK;

	if (f->marker == NULL)
		e = linear_marker(job, f);
	if (e == OK && t->own == NULL)
		e = t->sketch ? linear_sketch(job, t, f) :
		    linear_resolve(job, t, f);
	if (e != OK)
		return (e);
	open_create(job, &q, t, draft, f);
	*out = (struct tracker_request){ .method = "POST",
	    .url = t->tracker->url, .body = graphql_text(&q) };
	return (out->body == NULL ? fail(job, ERR_NOMEM,
	    "no memory for the request") : OK);
}

/* https://linear.app/WORKSPACE/issue/ENG-123/title */
static enum err
linear_key_of(struct job *job, const struct tracker *tracker, const char *url,
    const char **key)
{
	const char *at = strstr(url, "/issue/");
	const char *place;
	size_t n;

	(void)tracker;
	place = strstr(url, "://");
	if (at == NULL || place == NULL ||
	    strncmp(place, "://linear.app/", 14) != 0)
		return (ERR_ABSENT);
	at += 7;
	if ((n = strcspn(at, "/?#")) == 0)
		return (ERR_ABSENT);
	*key = arena_strndup(job->arena, at, n);
	return (*key != NULL ? OK : fail(job, ERR_NOMEM, "no memory to read "
	    "the address of a ticket"));
}

const struct tracker_kind tracker_linear = {
	.type = "linear",
	.url = "https://api.linear.app/graphql",
	.project = DEST_TEAM,
	.careful = false,
	.unused = 1 << DEST_ISSUE_TYPE | 1 << DEST_COMPONENT,
	.marker = linear_marker,
	.resolve = linear_resolve,
	.create = linear_create,
	.find = linear_find,
	.key_of = linear_key_of,
	.read = read_issue,
	.show = linear_show,
	.comment = linear_comment,
	.section = linear_section,
	.raise = linear_raise,
	.state = linear_state,
	.move = linear_move,
	.check = { .site = linear_check },
	.news = {
		.hook = { HOOK_LINEAR, "Linear-Signature", "",
		    60 * 1000, true },
		.read = linear_news,
		.poll = linear_poll,
		.me = linear_me,
		.mentions = linear_mentions,
	},
};
