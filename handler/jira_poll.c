/*
 * How many issues are, at once; and issues that hold a word.  Cloud reads them
 * by id in bulk, Data Center has only its search for that.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/
 */
#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/jira.h"
#include "handler/jira_issue.h"
#include "handler/job.h"
#include "handler/upstream.h"

static const char *const state_fields[] = {
	"status", "resolution", "updated", "statuscategorychangedate",
	"resolutiondate", NULL
};
static const char *const text_fields[] = {
	"summary", "description", "labels", NULL
};

static void
put_list(struct json_writer *w, const char *key, const char *const *list)
{

	json_begin(w, key, JSON_ARRAY);
	for (; *list != NULL; list++)
		json_put_string(w, NULL, *list);
	json_end(w);
}

/* Cloud: by id, whatever the search index knows. */
static const char *
bulk_body(struct job *job, const struct polled *p, size_t n)
{
	struct json_writer w;
	struct buf buf;
	size_t i;

	buf_init(&buf, job->arena, JIRA_REQUEST);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_begin(&w, "issueIdsOrKeys", JSON_ARRAY);
	for (i = 0; i < n; i++)
		json_put_string(&w, NULL, p[i].remote_id);
	json_end(&w);
	put_list(&w, "fields", state_fields);
	json_end(&w);
	return (buf_text(&buf));
}

static const char *
search_body(struct job *job, const char *jql, const char *const *fields,
    int max)
{
	struct json_writer w;
	struct buf buf;

	buf_init(&buf, job->arena, JIRA_REQUEST);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_put_string(&w, "jql", jql);
	json_put_int(&w, "maxResults", max);
	put_list(&w, "fields", fields);
	json_end(&w);
	return (jql == NULL ? NULL : buf_text(&buf));
}

/*
 * Data Center: a search, which must not be refused for the sake of an issue
 * that is gone (validateQuery).
 */
static const char *
list_body(struct job *job, const struct polled *p, size_t n)
{
	struct json_writer w;
	struct buf buf, jql;
	size_t i;

	buf_init(&jql, job->arena, JIRA_REQUEST);
	for (i = 0; i < n; i++)
		buf_printf(&jql, "%s%s", i == 0 ? "id in (" : ", ",
		    p[i].remote_id);
	buf_char(&jql, ')');
	buf_init(&buf, job->arena, JIRA_REQUEST);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_put_string(&w, "jql", buf_text(&jql));
	json_put_int(&w, "maxResults", (int64_t)n);
	json_put_bool(&w, "validateQuery", false);
	put_list(&w, "fields", state_fields);
	json_end(&w);
	return (buf_text(&buf));
}

static struct polled *
polled_of(struct polled *p, size_t n, const char *id)
{
	size_t i;

	for (i = 0; id != NULL && i < n; i++)
		if (strcmp(p[i].remote_id, id) == 0)
			return (&p[i]);
	return (NULL);
}

static void
read_poll(struct job *job, const struct json *answer, struct polled *p,
    size_t n)
{
	const struct json *i = json_get(answer, "issues");
	struct polled *one;

	for (i = i == NULL ? NULL : i->child; i != NULL; i = i->next)
		if ((one = polled_of(p, n, json_text(i, "id"))) != NULL)
			one->found = jira_told(job, i, &one->is) == OK;
	i = json_get(answer, "issueErrors");
	for (i = i == NULL ? NULL : i->child; i != NULL; i = i->next)
		if ((one = polled_of(p, n, json_text(i, "id"))) != NULL)
			one->doubtful = true;
	job->why.text[0] = '\0';
}

/* Ids go into a query of Data Center's: nothing but numbers may. */
static bool
are_ids(const struct polled *p, size_t n)
{

	for (; n > 0; n--, p++)
		if (*p->remote_id == '\0' || strspn(p->remote_id,
		    "0123456789") != strlen(p->remote_id))
			return (false);
	return (true);
}

enum err
jira_poll(struct job *job, const struct tracker *t, struct polled *p,
    size_t n)
{
	bool cloud = jira_is_cloud(t);
	struct jira_call c = { .tracker = t, .method = "POST",
	    .what = "asking how the issues are",
	    .path = cloud ? "/issue/bulkfetch" : "/search" };
	enum err e;

	if (!are_ids(p, n))
		return (fail(job, ERR_REFUSED, "jira: a ticket of [tracker "
		    "%s] has no id", t->name));
	c.body = cloud ? bulk_body(job, p, n) : list_body(job, p, n);
	if (c.body == NULL)
		return (fail(job, ERR_NOMEM, "no memory for %s", c.what));
	if ((e = jira_call(job, &c)) == OK)
		/* A rejected token is shown nothing, and told so by nobody. */
		e = jira_authenticated(job, &c);
	if (e != OK)
		return (e == ERR_ABSENT ? ERR_REFUSED : upstream_read(e));
	read_poll(job, c.tree, p, n);
	return (OK);
}

enum err
jira_mentions(struct job *job, const struct tracker *t, const char *word,
    int64_t since, struct mentions *m)
{
	struct jira_call c = { .tracker = t, .method = "POST",
	    .what = "searching for pages of tests",
	    .path = jira_is_cloud(t) ? "/search/jql" : "/search" };
	int64_t minutes = (job->now - since) / 60000 + 1;
	const struct json *i;
	enum err e;

	c.body = search_body(job, arena_printf(job->arena, "text ~ \"\\\"%s"
	    "\\\"\" AND updated >= -%" PRId64 "m ORDER BY updated DESC", word,
	    minutes), text_fields, MENTIONS);
	if (c.body == NULL)
		return (fail(job, ERR_NOMEM, "no memory to search"));
	if ((e = jira_call(job, &c)) != OK)
		return (e == ERR_ABSENT ? ERR_REFUSED : upstream_read(e));
	i = json_get(c.tree, "issues");
	for (i = i == NULL ? NULL : i->child; i != NULL && m->n < MENTIONS;
	    i = i->next) {
		m->one[m->n].remote_id = json_text(i, "id");
		m->one[m->n++].ticket = i;
	}
	return (OK);
}
