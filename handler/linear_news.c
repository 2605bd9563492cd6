/*
 * What Linear's webhooks tell, and how the same is read in its answers.
 * Source: https://linear.app/developers/webhooks
 */
#include "handler/linear.h"

#include <string.h>

#include "common/arena.h"
#include "common/json.h"
#include "handler/cache.h"
#include "handler/config.h"
#include "handler/graphql.h"
#include "handler/job.h"
#include "handler/news.h"
#include "handler/upstream.h"

static const char VIEWER[] = "query Viewer { viewer { id } }";

/*
 * Of the states that end something Linear tells since when; startedAt is
 * that of the first start, so it is of no use here.
 */
static int64_t
since_of(const struct json *issue, enum remote_category category)
{

	if (category == REMOTE_DONE)
		return (json_time(issue, "completedAt"));
	if (category == REMOTE_DROPPED)
		return (json_time(issue, "canceledAt"));
	return (0);
}

enum err
linear_told(struct job *job, const struct json *issue,
    struct remote_state *s)
{
	const char *key = json_text(issue, "identifier");
	const char *url = json_text(issue, "url");
	bool trashed = false;

	*s = (struct remote_state){ .category =
	    linear_category(json_get(issue, "state")) };
	if (json_text(issue, "state.name") == NULL)
		return (fail(job, ERR_ABSENT, "linear: the issue has no "
		    "state"));
	s->name = json_text(issue, "state.name");
	s->updated = json_time(issue, "updatedAt");
	s->since = since_of(issue, s->category);
	if (key != NULL && tracker_key_sane(key))
		s->remote_key = key;
	if (url != NULL && tracker_sane(url))
		s->url = url;
	s->gone = json_bool(issue, "trashed", &trashed) && trashed;
	return (OK);
}

/* A link on an issue: a test's page, maybe. */
static enum err
read_attachment(const struct json *data, struct bulletin *b)
{

	b->remote_id = json_text(data, "issueId");
	return (b->remote_id != NULL && linear_is_uuid(b->remote_id) ? OK :
	    ERR_ABSENT);
}

static enum err
read_issue(struct job *job, const struct json *body,
    const struct json *data, struct bulletin *b)
{
	const char *action = json_text(body, "action");
	int64_t when = json_time(body, "createdAt");
	enum err e;

	b->remote_id = json_text(data, "id");
	if (b->remote_id == NULL || !linear_is_uuid(b->remote_id))
		return (ERR_ABSENT);
	if ((e = linear_told(job, data, &b->is)) != OK)
		return (e);
	b->tells = true;
	b->changed = json_get(body, "updatedFrom.stateId") != NULL;
	if (action != NULL && strcmp(action, "remove") == 0)
		b->is.gone = true;
	if (b->is.updated == 0)
		b->is.updated = when != 0 ? when : b->sent;
	/* When it went is not among its data. */
	if (b->is.gone) {
		b->changed = true;
		b->is.since = when > b->is.updated ? when : b->is.updated;
		b->is.updated = b->is.since;
	}
	if (b->changed && b->is.since == 0)
		b->is.since = b->is.updated;
	if (b->changed)
		b->actor = json_text(body, "actor.id");
	return (OK);
}

enum err
linear_news(struct job *job, const struct json *body, struct bulletin *b)
{
	const struct json *data = json_get(body, "data");
	const char *type = json_text(body, "type");
	enum err e = ERR_ABSENT;

	*b = (struct bulletin){ .ticket = data };
	(void)json_int(body, "webhookTimestamp", &b->sent);
	if (type != NULL && strcmp(type, "Issue") == 0)
		e = read_issue(job, body, data, b);
	else if (type != NULL && strcmp(type, "Attachment") == 0)
		e = read_attachment(data, b);
	return (e != ERR_ABSENT ? e : fail(job, ERR_ABSENT, "linear: this "
	    "is not about an issue"));
}

enum err
linear_me(struct job *job, const struct tracker *t, const char **id)
{
	struct graphql q = { .tracker = t, .what = "asking who we are",
	    .document = VIEWER };
	const char *key = arena_printf(job->arena, "%s|linear|me", t->name);
	const struct json *data;
	enum err e;

	*id = key == NULL ? NULL : cache_get(job->cache, job->arena, key,
	    job->started);
	if (*id != NULL)
		return (OK);
	graphql_open(job, &q);
	if ((e = graphql_call(job, &q, &data)) != OK)
		return (upstream_read(e));
	if ((*id = json_text(data, "viewer.id")) == NULL)
		return (fail(job, ERR_UPSTREAM, "linear: %s was answered "
		    "without an id", q.what));
	if (key != NULL)
		cache_put(job->cache, key, *id, job->started);
	return (OK);
}
