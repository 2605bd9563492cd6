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
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/crypt.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/jira.h"
#include "handler/jira_issue.h"
#include "handler/job.h"
#include "handler/tracker.h"

enum {
	MARKER_HEX = 24		/* hex digits of a marker */
};

extern const struct tracker_kind tracker_jira;

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

/* Names to ids; with nobody asked in a sketch. */
static enum err
resolve_names(struct job *job, struct target *t, struct filing *f)
{
	struct jira_own *own = arena_alloc(job->arena, sizeof(*own));
	enum err e;

	f->note = NULL;
	if ((t->own = own) == NULL)
		return (fail(job, ERR_NOMEM, "no memory to file the issue"));
	if ((e = tracker_labels(job, t)) != OK)
		return (e);
	if (t->sketch) {
		own->type = arena_printf(job->arena, "<issue type %s>",
		    t->route->dest[DEST_ISSUE_TYPE].value);
		return (own->type == NULL ? fail(job, ERR_NOMEM,
		    "no memory to show the issue") : jira_sketch(job, t, own));
	}
	if ((e = jira_type(job, t, own)) != OK)
		return (e);
	return (jira_fields(job, t, own, f));
}

static enum err
jira_resolve(struct job *job, struct target *t, struct filing *f)
{
	enum err e;

	if ((e = resolve_names(job, t, f)) != OK)
		return (e);
	(void)jira_site(job, t->tracker);	/* known before, not after */
	return (f->floor > 0 ? OK : jira_floor(job, t, f));
}

static void
put_labels(struct json_writer *w, const struct target *t,
    const struct filing *f)
{
	const struct jira_own *own = t->own;
	size_t i;

	if (own->labels == JIRA_LABELS_NONE)
		return;
	json_begin(w, "labels", JSON_ARRAY);
	for (i = 0; own->labels == JIRA_LABELS_ALL && i < t->nlabels; i++)
		json_put_string(w, NULL, t->labels[i]);
	json_put_string(w, NULL, f->marker);
	json_end(w);
}

static void
put_reference(struct json_writer *w, const char *member, const char *key,
    const char *value)
{

	json_begin(w, member, JSON_OBJECT);
	json_put_string(w, key, value);
	json_end(w);
}

/* The property: readable with the issue, and nothing people see. */
static void
put_property(struct json_writer *w, const struct filing *f)
{

	json_begin(w, "properties", JSON_ARRAY);
	json_begin(w, NULL, JSON_OBJECT);
	json_put_string(w, "key", JIRA_PROPERTY);
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
	const struct jira_own *own = t->own;
	const struct jira_value *v;
	struct json_writer w;
	struct buf buf;
	const char *text;

	text = jira_markup(job, t->tracker, draft->body);
	if (text == NULL)
		return (NULL);
	buf_init(&buf, job->arena, JIRA_REQUEST);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_begin(&w, "fields", JSON_OBJECT);
	put_reference(&w, "project", "key", t->project);
	put_reference(&w, "issuetype", "id", own->type);
	json_put_string(&w, "summary", draft->title);
	json_put_raw(&w, "description", text);
	put_labels(&w, t, f);
	for (v = own->values; v != NULL; v = v->next)
		json_put_raw(&w, v->id, v->json);
	json_end(&w);
	put_property(&w, f);
	json_end(&w);
	return (buf_text(&buf));
}

/* One attempt; ERR_REFUSED and ERR_UPSTREAM: certainly not created. */
static enum err
post(struct job *job, const struct target *t, const struct draft *draft,
    const struct filing *f, struct jira_call *c)
{
	enum err e;

	if ((c->body = create_body(job, t, draft, f)) == NULL)
		return (fail(job, ERR_UPSTREAM, "no memory to create the "
		    "issue"));
	e = jira_call(job, c);
	if (e == ERR_ABSENT)
		return (ERR_REFUSED);
	/* Out of time or memory before a byte was sent is no doubt. */
	if ((e == ERR_DEADLINE || e == ERR_NOMEM) &&
	    c->answer.fate == HTTP_NOT_SENT)
		return (ERR_UPSTREAM);
	return (e);
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
	e = post(job, t, draft, f, &c);
	/* Refused for what is optional: nothing is there, so once more. */
	if (e == ERR_REFUSED && jira_refused(job, t, &c, f) == OK) {
		if (job_time(job, "the ticket is created") != OK)
			return (ERR_UPSTREAM);
		e = post(job, t, draft, f, &c);
	}
	if (e != OK)
		return (e);
	key = json_get(c.tree, "key");
	if (c.answer.status != 201 || key == NULL ||
	    key->type != JSON_STRING || !jira_is_of(t, key->text) ||
	    jira_number(key->text) <= f->floor)
		return (fail(job, ERR_UNKNOWN, "jira: the create answered %d "
		    "with no new issue of project %s; it is looked for",
		    c.answer.status, t->project));
	return (jira_take(job, t->tracker, c.tree, f));
}

static enum err
jira_show(struct job *job, struct target *t, const struct draft *draft,
    struct filing *f, struct tracker_request *r)
{
	enum err e;

	if (f->marker == NULL && (e = jira_marker(job, f)) != OK)
		return (e);
	if (t->own == NULL && (e = resolve_names(job, t, f)) != OK)
		return (e);
	r->method = "POST";
	r->url = jira_url(job, t->tracker, "/issue");
	r->body = create_body(job, t, draft, f);
	return (r->url == NULL || r->body == NULL ? fail(job, ERR_NOMEM,
	    "no memory to show the issue") : OK);
}

const struct tracker_kind tracker_jira = {
	.type = "jira",
	.url = NULL,
	.project = DEST_PROJECT,
	.careful = true,
	.unused = 1 << DEST_TEAM | 1 << DEST_ESTIMATE | 1 << DEST_STATE |
	    1 << DEST_TEMPLATE,
	.traits = TRAIT_FIELDS | TRAIT_PRIORITY | TRAIT_WORDS | TRAIT_EMAIL,
	.marker = jira_marker,
	.resolve = jira_resolve,
	.create = jira_create,
	.find = jira_find,
	.key_of = jira_key_of,
	.read = jira_read,
	.show = jira_show,
	.comment = jira_comment,
	.section = jira_section,
	.raise = jira_raise,
	.state = jira_state,
	.move = jira_move,
	.check = { .doubt = jira_doubt, .site = jira_check,
	    .place = jira_check_place },
	.news = {
		.hook = { HOOK_JIRA, "X-Hub-Signature", "sha256=",
		    24 * 60 * 60 * 1000, false },
		.read = jira_news,
		.poll = jira_poll,
		.me = jira_me,
		.mentions = jira_mentions,
		.twin = jira_twin,
	},
};
