/*
 * What is written to an issue that is there: comments, fields, a section of the
 * description.  A comment carries a property of ours with the act's key, by
 * which it is found again, so that one whose answer was lost is not written
 * twice.  Setting a field again does no harm and needs no such care.
 */
#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "common/log.h"
#include "common/markup.h"
#include "handler/config.h"
#include "handler/jira.h"
#include "handler/jira_issue.h"
#include "handler/jira_value.h"
#include "handler/job.h"
#include "handler/upstream.h"

enum {
	PAGE = 100,		/* comments read at once */
	PAGES_MAX = 60		/* Jira keeps 5,000 of an issue */
};

const char *
jira_markup(struct job *job, const struct tracker *t, const char *markdown)
{
	struct json_writer w;
	struct buf buf;
	const char *text;

	if (jira_is_cloud(t))
		return (markup_adf(job->arena, markdown, JIRA_ADF,
		    &text) != OK ? NULL : text);
	if (markup_wiki(job->arena, markdown, JIRA_WIKI, &text) != OK)
		return (NULL);
	buf_init(&buf, job->arena, JIRA_REQUEST);
	json_open(&w, &buf);
	json_put_string(&w, NULL, text);
	return (buf_text(&buf));
}

enum err
jira_issue(struct job *job, const struct filing *f, struct jira_call *c,
    const char *below)
{
	const char *id = f->remote_id;
	enum err e;

	if (id == NULL || *id == '\0' ||
	    strspn(id, "0123456789") != strlen(id))
		return (fail(job, ERR_REFUSED, "jira: %s is no issue of "
		    "[tracker %s]", id == NULL ? "nothing" : id,
		    c->tracker->name));
	c->path = arena_printf(job->arena, "/issue/%s%s", id, below);
	if (c->path == NULL)
		return (fail(job, ERR_NOMEM, "no memory for %s", c->what));
	if ((e = jira_call(job, c)) == ERR_ABSENT)
		/* Hidden from a rejected token looks the same. */
		return ((e = jira_authenticated(job, c)) == OK ?
		    ERR_ABSENT : e);
	return (strcmp(c->method, "GET") == 0 ? upstream_read(e) : e);
}

/* Does a comment carry our property with that key? */
static bool
is_said(const struct json *comment, const char *key)
{
	const struct json *p = json_get(comment, "properties");
	const char *name, *value;

	for (p = p == NULL ? NULL : p->child; p != NULL; p = p->next) {
		name = json_text(p, "key");
		value = json_text(p, "value.key");
		if (name != NULL && strcmp(name, JIRA_PROPERTY) == 0 &&
		    value != NULL && strcmp(value, key) == 0)
			return (true);
	}
	return (false);
}

/* One page of comments; *more: there is another after it. */
static enum err
look_at_page(struct job *job, const struct filing *f, struct jira_call *c,
    int page, bool *more)
{
	const struct json *list;
	int64_t total = 0;
	const char *below = arena_printf(job->arena, "/comment?startAt=%d"
	    "&maxResults=%d&expand=properties", page * PAGE, PAGE);
	enum err e;

	if (below == NULL)
		return (fail(job, ERR_NOMEM, "no memory for comments"));
	if ((e = jira_issue(job, f, c, below)) != OK)
		return (e);
	list = json_get(c->tree, "comments");
	if (list == NULL || list->type != JSON_ARRAY)
		return (fail(job, ERR_UPSTREAM, "jira: the answer to %s cannot "
		    "be read", c->what));
	*more = list->child != NULL && json_int(c->tree, "total", &total) &&
	    total > (int64_t)(page + 1) * PAGE;
	return (OK);
}

/* OK: it is there.  ERR_ABSENT with *gone: the issue itself is not. */
static enum err
find_comment(struct job *job, const struct tracker *t,
    const struct filing *f, const char *key, bool *gone)
{
	struct jira_call c = { .tracker = t, .method = "GET",
	    .what = "reading the comments" };
	const struct json *n;
	bool more = true;
	enum err e;
	int page;

	*gone = false;
	for (page = 0; more && page < PAGES_MAX; page++) {
		if ((e = look_at_page(job, f, &c, page, &more)) != OK) {
			*gone = e == ERR_ABSENT;
			return (e);
		}
		n = json_get(c.tree, "comments")->child;
		for (; n != NULL; n = n->next)
			if (is_said(n, key))
				return (OK);
	}
	return (ERR_ABSENT);
}

static const char *
comment_body(struct job *job, const struct tracker *t, const char *key,
    const char *markdown)
{
	const char *text = jira_markup(job, t, markdown);
	struct json_writer w;
	struct buf buf;

	if (text == NULL)
		return (NULL);
	buf_init(&buf, job->arena, JIRA_REQUEST);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_put_raw(&w, "body", text);
	json_begin(&w, "properties", JSON_ARRAY);
	json_begin(&w, NULL, JSON_OBJECT);
	json_put_string(&w, "key", JIRA_PROPERTY);
	json_begin(&w, "value", JSON_OBJECT);
	json_put_string(&w, "key", key);
	json_end(&w);
	json_end(&w);
	json_end(&w);
	json_end(&w);
	return (buf_text(&buf));
}

enum err
jira_comment(struct job *job, const struct tracker *t,
    const struct filing *f, const char *key, const char *markdown)
{
	struct jira_call c = { .tracker = t, .method = "POST",
	    .what = "commenting on the issue", .once = true };
	bool gone;
	enum err e;

	e = find_comment(job, t, f, key, &gone);
	if (e != ERR_ABSENT || gone)
		return (e);
	job->why.text[0] = '\0';
	if ((c.body = comment_body(job, t, key, markdown)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory for a comment"));
	return (jira_issue(job, f, &c, "/comment"));
}

/* PUT {"fields": {...}}; again is no harm, so no doubt remains. */
static enum err
put_fields(struct job *job, const struct filing *f, struct jira_call *c)
{

	if (c->body == NULL)
		return (fail(job, ERR_NOMEM, "no memory for %s", c->what));
	return (upstream_read(jira_issue(job, f, c, "")));
}

/* {"fields": {"description": json}} */
static const char *
description_body(struct job *job, const char *json, const char *wiki)
{
	struct json_writer w;
	struct buf buf;

	buf_init(&buf, job->arena, JIRA_REQUEST);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_begin(&w, "fields", JSON_OBJECT);
	if (json != NULL)
		json_put_raw(&w, "description", json);
	else
		json_put_string(&w, "description", wiki);
	json_end(&w);
	json_end(&w);
	return (buf_text(&buf));
}

enum err
jira_section(struct job *job, const struct tracker *t,
    const struct filing *f, const struct section *s)
{
	struct jira_call get = { .tracker = t, .method = "GET",
	    .what = "reading the description" };
	struct jira_call put = { .tracker = t, .method = "PUT",
	    .what = "writing the description" };
	const struct json *old;
	const char *json = NULL, *wiki = NULL;
	enum err e;

	if ((e = jira_issue(job, f, &get, "?fields=description")) != OK)
		return (e);
	old = json_get(get.tree, "fields.description");
	if (old != NULL && old->type == JSON_NULL)
		old = NULL;
	e = jira_is_cloud(t) ? jira_text_adf(job, old, s, &json) :
	    jira_text_wiki(job, old == NULL ? NULL : old->text, s, &wiki);
	if (e != OK)
		return (e);
	if (wiki != NULL && old != NULL && old->text != NULL &&
	    strcmp(wiki, old->text) == 0)
		return (OK);
	put.body = description_body(job, json, wiki);
	return (put_fields(job, f, &put));
}

/* A field that an issue has and that can be edited; else a line in the log. */
static const struct json *
editable(const struct json *fields, const char *id, const struct filing *f)
{
	const struct json *field = json_get(fields, id);

	if (field == NULL)
		log_say(LOG_LEVEL_WARNING, "left-out", "jira: %s of %s cannot "
		    "be edited: it is not on the edit screen", id,
		    f->remote_key);
	return (field);
}

static enum err
put_priority(struct job *job, struct json_writer *w,
    const struct json *fields, const char *word, const struct filing *f)
{
	const struct json *field;
	const char *name;
	enum err e;

	if (word == NULL || jira_priority_word(word) == NULL ||
	    (field = editable(fields, "priority", f)) == NULL)
		return (OK);
	if ((e = jira_priority(job, field, word, &name)) == ERR_MALFORMED)
		return (ERR_REFUSED);
	if (e != OK)
		return (e);
	json_begin(w, "priority", JSON_OBJECT);
	json_put_string(w, "name", name);
	json_end(w);
	return (OK);
}

enum err
jira_raise(struct job *job, struct target *t, const struct filing *f)
{
	struct jira_call get = { .tracker = t->tracker, .method = "GET",
	    .what = "reading the edit screen" };
	struct jira_call put = { .tracker = t->tracker, .method = "PUT",
	    .what = "raising the issue" };
	const struct json *fields;
	struct json_writer w;
	struct buf buf;
	size_t bare;
	enum err e;

	if ((e = jira_issue(job, f, &get, "/editmeta")) != OK)
		return (e);
	fields = json_get(get.tree, "fields");
	buf_init(&buf, job->arena, JIRA_REQUEST);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_begin(&w, "fields", JSON_OBJECT);
	bare = buf.len;
	if ((e = put_priority(job, &w, fields,
	    t->route->dest[DEST_PRIORITY].value, f)) != OK)
		return (e);
	if (t->due != 0 && editable(fields, "duedate", f) != NULL)
		json_put_string(&w, "duedate", jira_date(job, t->due));
	if (buf.len == bare)
		return (OK);
	json_end(&w);
	json_end(&w);
	put.body = buf_text(&buf);
	return (put_fields(job, f, &put));
}
