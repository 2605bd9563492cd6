/*
 * What Jira's webhooks tell, and how the same is read in its answers.
 * Source: https://developer.atlassian.com/cloud/jira/platform/webhooks/
 */
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/cache.h"
#include "handler/jira_issue.h"
#include "handler/jira_rest.h"
#include "handler/job.h"
#include "handler/news.h"
#include "handler/upstream.h"

/*
 * Since when?  Cloud tells the change of category itself; Data Center tells
 * only when a resolution was set, and that may be cleared or never set.
 */
static int64_t
since_of(const struct json *fields, enum remote_category category)
{
	int64_t since = json_time(fields, "statuscategorychangedate");

	if (since == 0 && category == REMOTE_DONE &&
	    json_text(fields, "resolution.name") != NULL)
		since = json_time(fields, "resolutiondate");
	return (since);
}

enum err
jira_told(struct job *job, const struct json *issue, struct remote_state *s)
{
	const struct json *fields = json_get(issue, "fields");
	const char *key = json_text(issue, "key");

	*s = (struct remote_state){ .category =
	    jira_category(json_get(fields, "status")) };
	if (json_text(fields, "status.name") == NULL)
		return (fail(job, ERR_ABSENT, "jira: the issue has no "
		    "status"));
	s->name = json_text(fields, "status.name");
	s->resolution = json_text(fields, "resolution.name");
	s->resolution_id = json_text(fields, "resolution.id");
	s->updated = json_time(fields, "updated");
	s->since = since_of(fields, s->category);
	if (key != NULL && tracker_key_sane(key))
		s->remote_key = key;
	return (OK);
}

/*
 * Did this event change the status or the resolution?  Data Center's items
 * have no fieldId, and the words of both are not translated.
 */
static bool
changes_state(const struct json *body)
{
	const struct json *n = json_get(body, "changelog.items");
	const char *field;

	for (n = n == NULL ? NULL : n->child; n != NULL; n = n->next) {
		if ((field = json_text(n, "fieldId")) == NULL)
			field = json_text(n, "field");
		if (field != NULL && (strcasecmp(field, "status") == 0 ||
		    strcasecmp(field, "resolution") == 0))
			return (true);
	}
	return (false);
}

/* accountId in Cloud, the name in a Data Center. */
static const char *
account_of(const struct json *user)
{
	const char *id = json_text(user, "accountId");

	return (id != NULL ? id : json_text(user, "name"));
}

static const char *
event_of(const struct json *body)
{
	static const char prefix[] = "jira:issue_";
	const char *event = json_text(body, "webhookEvent");

	/* That of a comment shows the issue without its resolution. */
	if (event == NULL || strncmp(event, prefix, sizeof(prefix) - 1) != 0)
		return (NULL);
	return (event + sizeof(prefix) - 1);
}

enum err
jira_news(struct job *job, const struct json *body, struct bulletin *b)
{
	const struct json *issue = json_get(body, "issue");
	const char *event = event_of(body);
	enum err e;

	*b = (struct bulletin){ .remote_id = json_text(issue, "id"),
	    .ticket = issue };
	(void)json_int(body, "timestamp", &b->sent);
	if (event == NULL || b->remote_id == NULL ||
	    strspn(b->remote_id, "0123456789") != strlen(b->remote_id))
		return (fail(job, ERR_ABSENT, "jira: %s is not about an "
		    "issue", event == NULL ? "this event" : event));
	if ((e = jira_told(job, issue, &b->is)) != OK)
		return (e);
	b->tells = true;
	b->changed = changes_state(body);
	if (b->is.updated == 0)
		b->is.updated = b->sent;
	if (strcmp(event, "deleted") == 0) {
		b->is.gone = b->changed = true;
		b->is.updated = b->is.since = b->sent;
	}
	if (b->changed && b->is.since == 0)
		b->is.since = b->is.updated;
	if (b->changed)
		b->actor = account_of(json_get(body, "user"));
	return (OK);
}

enum err
jira_me(struct job *job, const struct tracker *t, const char **id)
{
	struct jira_call c = { .tracker = t, .method = "GET",
	    .what = "asking who we are", .path = "/myself" };
	const char *key = arena_printf(job->arena, "%s|jira|me", t->name);
	enum err e;

	*id = key == NULL ? NULL : cache_get(job->cache, job->arena, key,
	    job->started);
	if (*id != NULL)
		return (OK);
	if ((e = jira_call(job, &c)) != OK)
		return (upstream_read(e));
	if ((*id = account_of(c.tree)) == NULL)
		return (fail(job, ERR_UPSTREAM, "jira: %s was answered "
		    "without a name", c.what));
	if (key != NULL)
		cache_put(job->cache, key, *id, job->started);
	return (OK);
}
