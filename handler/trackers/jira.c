/*
 * Jira, Cloud and Data Center.
 *
 * Nothing on Jira's side makes a create unique: no client-chosen id, no
 * idempotency key, and a search index that lags behind by up to minutes.
 * So the guarantee is the ledger's: a create is noted on disk before it is
 * sent, and after an unknown outcome it is looked for (by our label in the
 * index, and by reading the issues numbered after the last one known) until
 * it had its time to turn up.  The label and an issue property, both set by
 * the create itself, are how it is known again.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/crypt.h"
#include "common/json.h"
#include "common/log.h"
#include "common/markup.h"
#include "handler/config.h"
#include "handler/jira_rest.h"
#include "handler/job.h"
#include "handler/tracker.h"
#include "handler/upstream.h"

enum {
	REQUEST_MAX = 256 * 1024,	/* bytes of a request of ours */
	ADF_MAX = 30000,	/* bytes of a description in v3 */
	WIKI_MAX = 32000,	/* bytes of a description in v2 */
	PROBE = 100,		/* keys Jira reads in one bulkfetch */
	PROBES_MAX = 5,		/* so many times, above the lower bound */
	MARKER_HEX = 24		/* hex digits of a marker */
};

extern const struct tracker_kind tracker_jira;

static const char PROPERTY[] = "tickethook";

/* A label: one word that no person would choose. */
static enum err
jira_marker(struct job *job, struct filing *f)
{
	char hex[CRYPT_SHA256_HEX + 1];

	if (tracker_hash(job, "jira-issue/1", f, hex) != OK)
		return (ERR_NOMEM);
	f->marker = arena_printf(job->arena, "tickethook-%.*s", MARKER_HEX,
	    hex);
	return (f->marker == NULL ? fail(job, ERR_NOMEM,
	    "no memory for the marker") : OK);
}

/* What people open. */
static const char *
browse_url(struct job *job, const struct tracker *t, const char *key)
{

	return (arena_printf(job->arena, "%s/browse/%s", t->url, key));
}

static enum err
take_issue(struct job *job, const struct tracker *t,
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
static int64_t
number_of(const char *key)
{
	const char *dash = key == NULL ? NULL : strrchr(key, '-');

	return (dash == NULL ? 0 : strtoll(dash + 1, NULL, 10));
}

/* Is it a key of the target's project? */
static bool
is_of(const struct target *t, const char *key)
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

	buf_init(&buf, job->arena, REQUEST_MAX);
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
	return (take_issue(job, t->tracker, issues->child, f));
}

/* Is our marker among an issue's labels? */
static bool
is_ours(const struct json *issue, const char *marker)
{
	const struct json *l = json_get(issue, "fields.labels");

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

	buf_init(&buf, job->arena, REQUEST_MAX);
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

/*
 * The index lags, reading by key does not: look through the issues numbered
 * after the highest that was known when the create was sent.  Data Center
 * has no such call; there the index alone is asked.
 */
static enum err
find_by_number(struct job *job, const struct target *t, struct filing *f)
{
	const struct json *issues, *n;
	enum err e;
	int i;

	if (!jira_is_cloud(t->tracker))
		return (ERR_ABSENT);
	for (i = 0; i < PROBES_MAX; i++) {
		if ((e = read_range(job, t, f->floor + (int64_t)i * PROBE,
		    &issues)) != OK)
			return (e);
		if (issues->child == NULL)
			return (ERR_ABSENT);
		for (n = issues->child; n != NULL; n = n->next)
			if (is_ours(n, f->marker))
				return (take_issue(job, t->tracker, n, f));
	}
	return (ERR_ABSENT);
}

static enum err
jira_find(struct job *job, const struct target *t, struct filing *f)
{
	enum err e = find_by_label(job, t, f);

	if (e == ERR_ABSENT && f->stage == STAGE_SENT)
		e = find_by_number(job, t, f);
	/* What our create made cannot be older than what was there before. */
	if (e == OK && f->stage == STAGE_SENT && is_of(t, f->remote_key) &&
	    number_of(f->remote_key) <= f->floor)
		return (fail(job, ERR_UPSTREAM, "jira: %s was answered for "
		    "our marker, but it is older than our create; it is "
		    "looked for again", f->remote_key));
	return (e);
}

/*
 * A lower bound for what the next create will be numbered: what the index
 * knows, and not what we remember, since a project may be made anew.
 */
static enum err
find_floor(struct job *job, const struct target *t, struct filing *f)
{
	const struct json *issues;
	enum err e;

	e = search(job, t->tracker, arena_printf(job->arena,
	    "project = \"%s\" ORDER BY created DESC", t->project), 1,
	    &issues);
	if (e == OK)
		f->floor = number_of(json_text(issues->child, "key"));
	return (e);
}

static enum err
jira_resolve(struct job *job, struct target *t, struct filing *f)
{
	enum err e;

	if ((e = tracker_labels(job, t)) != OK)
		return (e);
	if (f->floor > 0)
		return (OK);
	return (find_floor(job, t, f));
}

/* The description in what this Jira reads: ADF, or wiki text. */
static enum err
put_description(struct job *job, struct json_writer *w,
    const struct target *t, const char *markdown)
{
	const char *text;

	if (jira_is_cloud(t->tracker)) {
		if (markup_adf(job->arena, markdown, ADF_MAX, &text) != OK)
			return (ERR_NOMEM);
		json_put_raw(w, "description", text);
		return (OK);
	}
	if (markup_wiki(job->arena, markdown, WIKI_MAX, &text) != OK)
		return (ERR_NOMEM);
	json_put_string(w, "description", text);
	return (OK);
}

static void
put_labels(struct json_writer *w, const struct target *t,
    const struct filing *f)
{
	size_t i;

	json_begin(w, "labels", JSON_ARRAY);
	for (i = 0; i < t->nlabels; i++)
		json_put_string(w, NULL, t->labels[i]);
	json_put_string(w, NULL, f->marker);
	json_end(w);
}

/* The property: readable with the issue, and nothing people see. */
static void
put_property(struct json_writer *w, const struct filing *f)
{

	json_begin(w, "properties", JSON_ARRAY);
	json_begin(w, NULL, JSON_OBJECT);
	json_put_string(w, "key", PROPERTY);
	json_begin(w, "value", JSON_OBJECT);
	json_put_string(w, "marker", f->marker);
	json_put_int(w, "generation", f->generation);
	json_end(w);
	json_end(w);
	json_end(w);
}

static const char *
create_body(struct job *job, const struct target *t,
    const struct draft *draft, const struct filing *f)
{
	struct json_writer w;
	struct buf buf;

	buf_init(&buf, job->arena, REQUEST_MAX);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_begin(&w, "fields", JSON_OBJECT);
	json_begin(&w, "project", JSON_OBJECT);
	json_put_string(&w, "key", t->project);
	json_end(&w);
	json_begin(&w, "issuetype", JSON_OBJECT);
	json_put_string(&w, "name", t->route->dest[DEST_ISSUE_TYPE].value);
	json_end(&w);
	json_put_string(&w, "summary", draft->title);
	if (put_description(job, &w, t, draft->body) != OK)
		return (NULL);
	put_labels(&w, t, f);
	json_end(&w);
	put_property(&w, f);
	json_end(&w);
	return (buf_text(&buf));
}

static enum err
jira_create(struct job *job, const struct target *t,
    const struct event *event, const struct draft *draft, struct filing *f)
{
	struct jira_call c = { .tracker = t->tracker, .method = "POST",
	    .what = "creating the issue", .path = "/issue", .once = true };
	const struct json *key;
	enum err e;

	(void)event;
	if ((c.body = create_body(job, t, draft, f)) == NULL)
		return (fail(job, ERR_UPSTREAM, "no memory to create the "
		    "issue"));
	e = jira_call(job, &c);
	if (e == ERR_ABSENT)
		return (ERR_REFUSED);
	/* Out of time or memory before a byte was sent is no doubt. */
	if ((e == ERR_DEADLINE || e == ERR_NOMEM) &&
	    c.answer.fate == HTTP_NOT_SENT)
		return (ERR_UPSTREAM);
	if (e != OK)
		return (e);
	key = json_get(c.tree, "key");
	if (c.answer.status != 201 || key == NULL ||
	    key->type != JSON_STRING || !is_of(t, key->text) ||
	    number_of(key->text) <= f->floor)
		return (fail(job, ERR_UNKNOWN, "jira: the create answered %d "
		    "with no new issue of project %s; it is looked for",
		    c.answer.status, t->project));
	return (take_issue(job, t->tracker, c.tree, f));
}

/* https://site/browse/PAY-12 */
static const char *
jira_key_of(struct job *job, const struct tracker *tracker, const char *url)
{
	size_t n = strlen(tracker->url);

	if (strncmp(url, tracker->url, n) != 0 ||
	    strncmp(url + n, "/browse/", 8) != 0)
		return (NULL);
	url += n + 8;
	n = strspn(url, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
	return (n == 0 ? NULL : arena_strndup(job->arena, url, n));
}

static enum err
jira_read(struct job *job, const struct tracker *tracker, const char *key,
    struct filing *f)
{
	struct jira_call c = { .tracker = tracker, .method = "GET",
	    .what = "reading the issue that Trunk shows" };
	enum err e;

	c.path = arena_printf(job->arena, "/issue/%s?fields=labels", key);
	if (c.path == NULL)
		return (fail(job, ERR_NOMEM, "no memory to read the issue"));
	e = jira_call(job, &c);
	if (e == ERR_ABSENT) {
		/* Hidden from a rejected token looks the same. */
		e = jira_authenticated(job, &c);
		return (e == OK ? ERR_ABSENT : e);
	}
	if (e != OK)
		return (upstream_read(e));
	e = take_issue(job, tracker, c.tree, f);
	return (upstream_read(e));
}

const struct tracker_kind tracker_jira = {
	.type = "jira",
	.url = NULL,
	.project = DEST_PROJECT,
	.careful = true,
	.marker = jira_marker,
	.resolve = jira_resolve,
	.create = jira_create,
	.find = jira_find,
	.key_of = jira_key_of,
	.read = jira_read,
};
