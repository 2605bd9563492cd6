/*
 * Every way from a rule to a place where tickets are filed: a rule alone, or
 * with each [owner] that it may lead to.  Each is resolved as for a real
 * ticket, which asks the tracker for its names and creates nothing.
 */
#include <string.h>

#include "common/arena.h"
#include "handler/check.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/policy.h"
#include "handler/route.h"
#include "handler/tracker.h"

enum {
	WAY_MAX = 64 * 1024 * 1024	/* bytes to look at one of them */
};

/* The value that a note speaks of, "component left out: ...", or NULL. */
static const struct setting *
blamed(const struct route *r, const char *note)
{
	const char *end = strstr(note, " left out");
	size_t n = end == NULL ? 0 : (size_t)(end - note), len;
	const struct field *f;
	enum dest d;

	for (f = r->fields; n > 0 && f != NULL; f = f->next)
		if (strlen(f->name) + 6 == n && strncmp(note, "field.",
		    6) == 0 && strncmp(note + 6, f->name, n - 6) == 0)
			return (&f->setting);
	/* "label" of labels, "due date" of due. */
	for (d = 0; n > 0 && d < DEST_COUNT; d++) {
		len = strlen(config_dest_keys[d]);
		if (r->dest[d].value != NULL && r->dest[d].line > 0 &&
		    strncmp(note, config_dest_keys[d], len < n ? len :
		    n) == 0)
			return (&r->dest[d]);
	}
	return (NULL);
}

enum err
check_resolve(struct check *c, struct target *t, struct filing *f)
{
	struct job *job = c->job;
	const struct setting *s;
	enum err e;

	if ((e = t->tracker->kind->resolve(job, t, f)) != OK)
		return (e);
	if (f->note == NULL)
		return (OK);
	if ((s = blamed(t->route, f->note)) == NULL)
		return (fail(job, ERR_REFUSED, "tickets would go without it: "
		    "%s. Correct the configuration, or what it names in %s",
		    f->note, t->tracker->kind->type));
	return (fail(job, ERR_REFUSED, "tickets would go without it: %s. "
	    "Correct the value in [%s %s] (line %d), or what it names in %s",
	    f->note, s->kind, s->name, s->line, t->tracker->kind->type));
}

static bool
is_broken(const struct check *c, const struct tracker *t)
{
	size_t i;

	for (i = 0; i < c->nbroken; i++)
		if (c->broken[i] == t)
			return (true);
	return (false);
}

/* "PAY Bug", "ENG" */
static const char *
place_of(struct check *c, const struct check_way *w)
{
	const struct tracker_kind *kind = w->route.tracker->kind;
	const char *place = w->route.dest[kind->project].value;
	const char *type = w->route.dest[DEST_ISSUE_TYPE].value;

	if ((kind->unused & 1 << DEST_ISSUE_TYPE) != 0 || type == NULL)
		return (place);
	return (arena_printf(c->arena, "%s %s", place, type));
}

static enum err
look(struct check *c, const struct route *route)
{
	struct target t = { .tracker = route->tracker, .route = route };
	struct filing f = { .key = "test|check", .generation = 1,
	    .lock = -1, .test_lock = -1 };
	enum err e;

	t.project = route->dest[t.tracker->kind->project].value;
	t.due = route_due(route, c->job->now);
	if (t.tracker->kind->check.place != NULL)
		return (t.tracker->kind->check.place(c, &t));
	if ((e = t.tracker->kind->marker(c->job, &f)) != OK)
		return (e);
	return (check_resolve(c, &t, &f));
}

/* The same with the priority that a quarantine leads to, if one does. */
static enum err
look_quarantined(struct check *c, const struct route *route)
{
	struct policy policy = policy_of_rule(c->job->config, route->rule);
	struct route other = *route;

	if (policy.on_quarantine != ON_QUARANTINE_PRIORITY)
		return (OK);
	other.dest[DEST_PRIORITY] = policy.quarantined_priority;
	return (look(c, &other));
}

/* What may pass is of the tracker, and would be the same for all its ways. */
static void
note_failure(struct check *c, struct check_way *w, enum err e)
{
	bool passes = e == ERR_UPSTREAM || e == ERR_UNKNOWN ||
	    e == ERR_DEADLINE;

	w->word = CHECK_FAILED;
	w->text = arena_printf(c->arena, "%s%s", c->job->why.text, passes ?
	    "; check again later" : "");
	c->full = c->full || w->text == NULL;
	c->failed = true;
	if (passes && c->broken != NULL)
		c->broken[c->nbroken++] = w->route.tracker;
}

/* Look at one, with memory of its own: there may be thousands. */
static void
check_way(struct check *c, struct check_way *w, struct arena *scratch)
{
	enum err e;

	check_begin(c);
	c->job->arena = scratch;
	if ((e = route_lead(c->job, w->route.rule, w->route.owner_section,
	    &w->route)) == OK && w->route.action == ACTION_TICKET) {
		w->place = place_of(c, w);
		if (is_broken(c, w->route.tracker)) {
			w->word = CHECK_SKIPPED;
			w->text = "its tracker failed";
		} else if ((e = look(c, &w->route)) == OK) {
			e = look_quarantined(c, &w->route);
		}
	}
	if (e != OK)
		note_failure(c, w, e);
	w->route.fields = NULL;
	c->job->arena = c->arena;
	arena_reset(scratch);
}

static void
add_way(struct check *c, const struct rule *rule, const struct owner *owner,
    struct arena *scratch)
{
	struct check_way *w = arena_alloc(c->arena, sizeof(*w));

	if (w == NULL) {
		c->full = true;
		return;
	}
	memset(w, 0, sizeof(*w));
	w->route.rule = rule;
	w->route.owner_section = owner;
	*c->ways_end = w;
	c->ways_end = &w->next;
	check_way(c, w, scratch);
}

static void
add_ways(struct check *c, const struct rule *rule, struct arena *scratch)
{
	bool owned = rule->to_owner && rule->action == ACTION_TICKET;
	const struct owner *o = owned ? c->job->config->owners : NULL;

	do {
		add_way(c, rule, o, scratch);
		o = o == NULL ? NULL : o->next;
	} while (o != NULL);
}

void
check_ways(struct check *c)
{
	struct arena *scratch = arena_new(WAY_MAX);
	const struct rule *rule;

	if (scratch == NULL) {
		c->full = true;
		return;
	}
	for (rule = c->job->config->rules; rule != NULL; rule = rule->next)
		add_ways(c, rule, scratch);
	arena_free(scratch);
}
