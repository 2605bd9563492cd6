/*
 * Issues that may be there: by our marker, by their number, by a URL.
 *
 * The marker is a label and an issue property, both set by the create
 * itself.  The label is found by the search index, which lags behind by up
 * to minutes; the property is read with an issue and needs no screen.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/jira.h"
#include "handler/jira_issue.h"
#include "handler/job.h"
#include "handler/upstream.h"

enum {
	PROBE = 100,		/* keys Jira reads in one bulkfetch */
	PROBES_MAX = 5,		/* so many times, above the lower bound */
	SINGLES_MAX = 25,	/* issues read one by one in a Data Center */
	GAP_MAX = 3		/* that are not there, one after the other */
};

/* What people open. */
static const char *
browse_url(struct job *job, const struct tracker *t, const char *key)
{

	return (arena_printf(job->arena, "%s/browse/%s", jira_site(job, t),
	    key));
}

enum err
jira_take(struct job *job, const struct tracker *t,
    const struct json *issue, struct filing *f)
{
	const char *id = json_text(issue, "id");
	const char *key = json_text(issue, "key");

	if (id == NULL || key == NULL || !tracker_sane(id) ||
	    !tracker_key_sane(key) || strspn(id, "0123456789") != strlen(id))
		return (fail(job, ERR_UNKNOWN, "jira: the answer names no "
		    "issue that makes sense; it is looked for"));
	f->remote_id = id;
	f->remote_key = key;
	f->url = browse_url(job, t, key);
	return (f->url == NULL ? fail(job, ERR_NOMEM,
	    "no memory for the ticket's URL") : OK);
}

/* The number in "PAY-12"; 0 if it is none. */
int64_t
jira_number(const char *key)
{
	const char *dash = key == NULL ? NULL : strrchr(key, '-');

	return (dash == NULL ? 0 : strtoll(dash + 1, NULL, 10));
}

/* Is it a key of the target's project? */
bool
jira_is_of(const struct target *t, const char *key)
{
	size_t n = strlen(t->project);

	return (strncmp(key, t->project, n) == 0 && key[n] == '-');
}

/*
 * Search by JQL; the answer's issues.  Values in the JQL are a project key
 * of the configuration and our marker.
 */
static enum err
search(struct job *job, const struct tracker *t, const char *jql, int max,
    const struct json **issues)
{
	struct jira_call c = { .tracker = t, .what = "searching",
	    .method = "POST",
	    .path = jira_is_cloud(t) ? "/search/jql" : "/search" };
	struct json_writer w;
	struct buf buf;
	enum err e;

	buf_init(&buf, job->arena, JIRA_REQUEST);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_put_string(&w, "jql", jql);
	json_put_int(&w, "maxResults", max);
	json_begin(&w, "fields", JSON_ARRAY);
	json_put_string(&w, NULL, "key");
	json_end(&w);
	json_end(&w);
	if (jql == NULL || (c.body = buf_text(&buf)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory to search"));
	e = jira_call(job, &c);
	if (e == ERR_UNKNOWN)
		return (ERR_UPSTREAM);		/* it only reads */
	if (e == ERR_ABSENT)
		return (ERR_REFUSED);
	if (e != OK)
		return (e);
	*issues = json_get(c.tree, "issues");
	if (*issues == NULL || (*issues)->type != JSON_ARRAY)
		return (fail(job, ERR_UPSTREAM, "jira: the search's answer "
		    "cannot be read"));
	return ((*issues)->child != NULL ? OK : jira_authenticated(job, &c));
}

/*
 * By our label, the oldest first, since clones copy labels; in any project,
 * since an automation may have moved it.
 */
static enum err
find_by_label(struct job *job, const struct target *t, struct filing *f)
{
	const struct json *issues;
	enum err e;

	e = search(job, t->tracker, arena_printf(job->arena, "labels = \"%s\" "
	    "ORDER BY created ASC", f->marker), 2, &issues);
	if (e != OK)
		return (e);
	if (issues->child == NULL)
		return (ERR_ABSENT);
	if (issues->child->next != NULL)
		log_say(LOG_LEVEL_WARNING, "clone", "jira: %s carries the "
		    "marker of an older ticket; take the label %s off the "
		    "copy", json_text(issues->child->next, "key"), f->marker);
	return (jira_take(job, t->tracker, issues->child, f));
}

/* Is our marker in an issue's property, or among its labels? */
static bool
is_ours(const struct json *issue, const char *marker)
{
	const char *own = json_text(issue, "properties." JIRA_PROPERTY
	    ".marker");
	const struct json *l = json_get(issue, "fields.labels");

	if (own != NULL && strcmp(own, marker) == 0)
		return (true);

	for (l = l == NULL ? NULL : l->child; l != NULL; l = l->next)
		if (l->type == JSON_STRING && strcmp(l->text, marker) == 0)
			return (true);
	return (false);
}

/* Read PROBE issues numbered after `from`. */
static enum err
read_range(struct job *job, const struct target *t, int64_t from,
    const struct json **issues)
{
	struct jira_call c = { .tracker = t->tracker, .method = "POST",
	    .what = "reading the newest issues", .path = "/issue/bulkfetch" };
	struct json_writer w;
	struct buf buf;
	enum err e;
	int i;

	buf_init(&buf, job->arena, JIRA_REQUEST);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_begin(&w, "issueIdsOrKeys", JSON_ARRAY);
	for (i = 1; i <= PROBE; i++)
		json_put_string(&w, NULL, arena_printf(job->arena,
		    "%s-%" PRId64, t->project, from + i));
	json_end(&w);
	json_begin(&w, "fields", JSON_ARRAY);
	json_put_string(&w, NULL, "labels");
	json_end(&w);
	json_begin(&w, "properties", JSON_ARRAY);
	json_put_string(&w, NULL, JIRA_PROPERTY);
	json_end(&w);
	json_end(&w);
	if ((c.body = buf_text(&buf)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory to read issues"));
	e = jira_call(job, &c);
	if (e == ERR_ABSENT)		/* the call, not an issue */
		return (ERR_REFUSED);
	if (e != OK)
		return (upstream_read(e));
	*issues = json_get(c.tree, "issues");
	if (*issues == NULL)
		return (fail(job, ERR_UPSTREAM, "jira: the answer to reading "
		    "issues cannot be read"));
	return ((*issues)->child != NULL ? OK : jira_authenticated(job, &c));
}

/* Data Center reads issues one by one; ERR_ABSENT: no such issue. */
static enum err
read_single(struct job *job, const struct target *t, int64_t number,
    const struct json **issue)
{
	struct jira_call c = { .tracker = t->tracker, .method = "GET",
	    .what = "reading the newest issues" };
	enum err e;

	c.path = arena_printf(job->arena, "/issue/%s-%" PRId64
	    "?fields=labels&properties=" JIRA_PROPERTY, t->project, number);
	if (c.path == NULL)
		return (fail(job, ERR_NOMEM, "no memory to read issues"));
	if ((e = jira_call(job, &c)) == ERR_ABSENT)
		return ((e = jira_authenticated(job, &c)) == OK ?
		    ERR_ABSENT : e);
	*issue = c.tree;
	return (upstream_read(e));
}

static enum err
find_by_single(struct job *job, const struct target *t, struct filing *f)
{
	const struct json *issue = NULL;
	int i, gap = 0;
	enum err e;

	for (i = 1; i <= SINGLES_MAX && gap < GAP_MAX; i++) {
		e = read_single(job, t, f->floor + i, &issue);
		if (e != OK && e != ERR_ABSENT)
			return (e);
		gap = e == OK ? 0 : gap + 1;
		if (e == OK && is_ours(issue, f->marker))
			return (jira_take(job, t->tracker, issue, f));
	}
	return (ERR_ABSENT);
}

/*
 * The index lags, reading by key does not: look through the issues numbered
 * after the highest that was known when the create was sent.
 */
static enum err
find_by_number(struct job *job, const struct target *t, struct filing *f)
{
	const struct json *issues, *n;
	enum err e;
	int i;

	if (!jira_is_cloud(t->tracker))
		return (find_by_single(job, t, f));
	for (i = 0; i < PROBES_MAX; i++) {
		if ((e = read_range(job, t, f->floor + (int64_t)i * PROBE,
		    &issues)) != OK)
			return (e);
		if (issues->child == NULL)
			return (ERR_ABSENT);
		for (n = issues->child; n != NULL; n = n->next)
			if (is_ours(n, f->marker))
				return (jira_take(job, t->tracker, n, f));
	}
	return (ERR_ABSENT);
}

enum err
jira_find(struct job *job, const struct target *t, struct filing *f)
{
	enum err e = find_by_label(job, t, f);

	if (e == ERR_ABSENT && f->stage == STAGE_SENT)
		e = find_by_number(job, t, f);
	/* What our create made cannot be older than what was there before. */
	if (e == OK && f->stage == STAGE_SENT && jira_is_of(t, f->remote_key) &&
	    jira_number(f->remote_key) <= f->floor)
		return (fail(job, ERR_UPSTREAM, "jira: %s was answered for "
		    "our marker, but it is older than our create; it is "
		    "looked for again", f->remote_key));
	return (e);
}

enum err
jira_twin(struct job *job, const struct target *t, const struct filing *f,
    const char **key)
{
	const struct json *issues, *n;
	struct filing other;
	enum err e;

	e = search(job, t->tracker, arena_printf(job->arena, "labels = \"%s\" "
	    "ORDER BY created ASC", f->marker), 2, &issues);
	if (e != OK)
		return (e);
	for (n = issues->child; n != NULL; n = n->next) {
		if ((e = jira_take(job, t->tracker, n, &other)) != OK)
			return (upstream_read(e));
		if (strcmp(other.remote_id, f->remote_id) == 0)
			continue;
		*key = other.remote_key;
		return (OK);
	}
	return (ERR_ABSENT);
}

/*
 * A lower bound for what the next create will be numbered: what the index
 * knows, and not what we remember, since a project may be made anew.
 */
enum err
jira_floor(struct job *job, const struct target *t, struct filing *f)
{
	const struct json *issues;
	enum err e;

	e = search(job, t->tracker, arena_printf(job->arena,
	    "project = \"%s\" ORDER BY created DESC", t->project), 1,
	    &issues);
	if (e == OK)
		f->floor = jira_number(json_text(issues->child, "key"));
	return (e);
}

/* https://site/browse/PAY-12 */
enum err
jira_key_of(struct job *job, const struct tracker *tracker, const char *url,
    const char **key)
{
	const char *site;
	size_t n;
	enum err e;

	if (strstr(url, "/browse/") == NULL)
		return (ERR_ABSENT);
	if ((e = jira_site_told(job, tracker, &site)) != OK)
		return (e);
	n = strlen(site);
	if (strncmp(url, site, n) != 0 ||
	    strncmp(url + n, "/browse/", 8) != 0)
		return (ERR_ABSENT);
	url += n + 8;
	n = strspn(url, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
	if (n == 0)
		return (ERR_ABSENT);
	*key = arena_strndup(job->arena, url, n);
	return (*key != NULL ? OK : fail(job, ERR_NOMEM, "no memory to read "
	    "the address of a ticket"));
}

enum err
jira_read(struct job *job, const struct tracker *tracker, const char *key,
    struct filing *f)
{
	struct jira_call c = { .tracker = tracker, .method = "GET",
	    .what = "reading the issue that Trunk shows" };
	enum err e;

	/* It may be an id that a search told. */
	key = jira_quote(job, key);
	c.path = arena_printf(job->arena, "/issue/%s?fields=labels", key);
	if (key == NULL || c.path == NULL)
		return (fail(job, ERR_NOMEM, "no memory to read the issue"));
	e = jira_call(job, &c);
	if (e == ERR_ABSENT) {
		/* Hidden from a rejected token looks the same. */
		e = jira_authenticated(job, &c);
		return (e == OK ? ERR_ABSENT : e);
	}
	if (e != OK)
		return (upstream_read(e));
	e = jira_take(job, tracker, c.tree, f);
	return (upstream_read(e));
}
