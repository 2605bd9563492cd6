/*
 * How an issue is, and how it is brought to another state.  Workflows belong
 * to the site, so no transition is known by name: those that Jira offers now
 * are weighed by the category of the state they lead to, and fields that the
 * transition's screen demands are filled in as far as it can be done.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/
 */
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/jira.h"
#include "handler/jira_issue.h"
#include "handler/jira_value.h"
#include "handler/job.h"
#include "handler/life_plan.h"
#include "handler/upstream.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A transition.field.NAME: of a transition, not of the create. */
static const char TRANSITION[] = "transition.";

enum remote_category
jira_category(const struct json *status)
{
	static const struct {
		const char		*key;
		enum remote_category	 category;
	} keys[] = {
		{ "new", REMOTE_OPEN },
		{ "indeterminate", REMOTE_STARTED },
		{ "done", REMOTE_DONE },
	};
	const char *key = json_text(status, "statusCategory.key");
	size_t i;

	for (i = 0; key != NULL && i < COUNT(keys); i++)
		if (strcmp(keys[i].key, key) == 0)
			return (keys[i].category);
	return (REMOTE_UNKNOWN);
}

enum err
jira_state(struct job *job, const struct tracker *t,
    const struct filing *f, struct remote_state *s)
{
	struct jira_call c = { .tracker = t, .method = "GET",
	    .what = "reading the issue's state" };
	struct filing now = { .lock = -1 };
	enum err e;

	*s = (struct remote_state){ .category = REMOTE_UNKNOWN };
	e = jira_issue(job, f, &c, "?fields=status,resolution,updated");
	if (e == ERR_ABSENT) {
		job->why.text[0] = '\0';
		s->gone = true;
		return (OK);
	}
	if (e != OK)
		return (e);
	if ((e = jira_take(job, t, c.tree, &now)) != OK)
		return (upstream_read(e));
	s->remote_key = now.remote_key;		/* a moved one has another */
	s->url = now.url;
	s->category = jira_category(json_get(c.tree, "fields.status"));
	s->name = json_text(c.tree, "fields.status.name");
	s->resolution = json_text(c.tree, "fields.resolution.name");
	s->resolution_id = json_text(c.tree, "fields.resolution.id");
	s->updated = json_time(c.tree, "fields.updated");
	return (OK);
}

/* Is it where it is wanted?  Who works on it need not be sent back. */
static bool
is_there(enum remote_category have, enum remote_category to)
{

	if (to == REMOTE_OPEN)
		return (have == REMOTE_OPEN || have == REMOTE_STARTED);
	return (have == (to == REMOTE_DROPPED ? REMOTE_DONE : to));
}

/* How well a transition's end fits: the usual word for it, or any. */
static int
fitness(const struct json *transition, enum remote_category want)
{
	static const char *const usual[] = { "Done", "Fixed", "Resolved",
	    "Closed" };
	const char *name = json_text(transition, "to.name");
	bool available = true;
	size_t i;

	(void)json_bool(transition, "isAvailable", &available);
	if (!available || jira_category(json_get(transition, "to")) != want)
		return (0);
	for (i = 0; name != NULL && want == REMOTE_DONE && i < COUNT(usual);
	    i++)
		if (strcasecmp(usual[i], name) == 0)
			return (2);
	return (1);
}

static const struct json *
best_of(const struct json *list, enum remote_category want)
{
	const struct json *n, *best = NULL;
	int fit = 0;

	for (n = list == NULL ? NULL : list->child; n != NULL; n = n->next)
		if (fitness(n, want) > fit) {
			fit = fitness(n, want);
			best = n;
		}
	return (best);
}

static const struct json *
choose(const struct json *list, enum remote_category to)
{
	const struct json *n;

	if (to == REMOTE_DONE || to == REMOTE_DROPPED)
		return (best_of(list, REMOTE_DONE));
	if ((n = best_of(list, to)) != NULL)
		return (n);
	return (best_of(list, to == REMOTE_OPEN ? REMOTE_STARTED :
	    REMOTE_OPEN));
}

/* What the configuration says of a transition's field, or NULL. */
static const char *
said_of(const struct target *t, const struct json *field)
{
	const struct field *n = t->route == NULL ? NULL : t->route->fields;
	const char *name = json_text(field, "name"), *own;

	for (; n != NULL; n = n->next) {
		if (strncasecmp(n->name, TRANSITION,
		    sizeof(TRANSITION) - 1) != 0)
			continue;
		own = n->name + sizeof(TRANSITION) - 1;
		if (strcasecmp(own, field->key) == 0 ||
		    (name != NULL && strcasecmp(own, name) == 0))
			return (n->setting.value);
	}
	return (NULL);
}

/* The resolution that a site has for a fix, or for none. */
static const char *
usual_resolution(struct job *job, const struct json *field,
    enum remote_category to)
{
	static const char *const fixed[] = { "Done", "Fixed", "Resolved" };
	static const char *const dropped[] = { "Won't Do", "Won't Fix",
	    "Declined" };
	const char *const *words = to == REMOTE_DROPPED ? dropped : fixed;
	struct why why = job->why;
	const char *found = NULL;
	size_t i;

	for (i = 0; i < COUNT(fixed); i++)
		if (jira_allowed(job, field, words[i], &found) == OK)
			break;
	job->why = why;
	return (i < COUNT(fixed) ? found : NULL);
}

/* One field of the transition's screen, when it is said or needed. */
static enum err
put_field(struct job *job, struct json_writer *w, const struct target *t,
    const struct json *field, enum remote_category to)
{
	const char *text = said_of(t, field), *json;
	const char *name = json_text(field, "name");
	bool required = false, has_default = false;
	enum err e;

	(void)json_bool(field, "required", &required);
	(void)json_bool(field, "hasDefaultValue", &has_default);
	if (text == NULL && (!required || has_default))
		return (OK);
	if (text == NULL && strcmp(field->key, "resolution") == 0)
		text = usual_resolution(job, field, to);
	name = name == NULL ? field->key : name;
	if (text == NULL)
		return (fail(job, ERR_REFUSED, "jira: the transition asks for "
		    "%s (one of %s); add transition.field.%s = ... to the "
		    "rule", name, jira_few(job, json_get(field,
		    "allowedValues")), name));
	e = jira_shape(job, t, field, text, &json);
	if (e == ERR_MALFORMED)
		return (ERR_REFUSED);
	if (e == OK)
		json_put_raw(w, field->key, json);
	return (e);
}

static enum err
move_body(struct job *job, const struct target *t,
    const struct json *transition, enum remote_category to,
    const char **body)
{
	const struct json *n = json_get(transition, "fields");
	struct json_writer w;
	struct buf buf;
	enum err e = OK;

	buf_init(&buf, job->arena, JIRA_REQUEST);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_begin(&w, "transition", JSON_OBJECT);
	json_put_string(&w, "id", json_text(transition, "id"));
	json_end(&w);
	json_begin(&w, "fields", JSON_OBJECT);
	for (n = n == NULL ? NULL : n->child; e == OK && n != NULL;
	    n = n->next)
		e = put_field(job, &w, t, n, to);
	json_end(&w);
	json_end(&w);
	if (e == OK && (*body = buf_text(&buf)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory to move the issue"));
	return (e);
}

/* Closed without a fix: whoever did that had a reason. */
static bool
is_dropped(const struct tracker *t, const struct remote_state *s)
{

	return (s->category == REMOTE_DONE &&
	    (life_listed(t->wont_fix.value, s->resolution) ||
	    life_listed(t->wont_fix.value, s->name)));
}

static enum err
no_way(struct job *job, const struct remote_state *s,
    enum remote_category to)
{

	return (fail(job, ERR_REFUSED, "jira: no transition leads %s from %s "
	    "to a %s state; allow one in the workflow, or move it by hand",
	    s->remote_key, s->name == NULL ? "its state" : s->name,
	    to == REMOTE_OPEN ? "to do" : to == REMOTE_STARTED ?
	    "in progress" : "done"));
}

enum err
jira_move(struct job *job, struct target *t, const struct filing *f,
    enum remote_category to, const char **said)
{
	struct jira_call get = { .tracker = t->tracker, .method = "GET",
	    .what = "reading the transitions" };
	struct jira_call post = { .tracker = t->tracker, .method = "POST",
	    .what = "moving the issue", .once = true };
	const struct json *transition;
	struct remote_state s;
	enum err e;

	if ((e = jira_state(job, t->tracker, f, &s)) != OK)
		return (e);
	if (s.gone)
		return (fail(job, ERR_ABSENT, "jira: %s is gone",
		    f->remote_key));
	*said = s.name;
	if (is_there(s.category, to))
		return (OK);
	if (to == REMOTE_OPEN && is_dropped(t->tracker, &s))
		return (fail(job, ERR_REFUSED, "jira: %s was closed as %s "
		    "meanwhile, and that stands", s.remote_key,
		    s.resolution != NULL ? s.resolution : s.name));
	if ((e = jira_issue(job, f, &get,
	    "/transitions?expand=transitions.fields")) != OK)
		return (e);
	transition = choose(json_get(get.tree, "transitions"), to);
	if (transition == NULL)
		return (no_way(job, &s, to));
	*said = json_text(transition, "to.name");
	if ((e = move_body(job, t, transition, to, &post.body)) != OK)
		return (e);
	/* Where it is is read first, so that again is no harm: also a 409. */
	return (upstream_read(jira_issue(job, f, &post, "/transitions")));
}
