/*
 * What would be done with a delivery, and why, without doing it: the same
 * functions as on the real way, event_read(), route_find(), route_key() and
 * draft_write(), and at the end the request that the tracker would be sent.
 * Each result is kept, for explain_print.c and explain_json.c to show.
 */
#include "handler/explain.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "handler/config.h"
#include "handler/draft.h"
#include "handler/event.h"
#include "handler/job.h"

static const struct {
	const char	*word;
	const char	*about;
} families[] = {
	[FAMILY_UNKNOWN] = { "unknown", "a type that is not known" },
	[FAMILY_KNOWN] = { "other", "a status that is not known" },
	[FAMILY_STATUS] = { "status", "a test changed its status" },
	[FAMILY_MONITOR] = { "monitor", "a monitor of a test changed" },
	[FAMILY_INVESTIGATION] = { "investigation", "why a test fails" },
	[FAMILY_QUARANTINE] = { "quarantine", "a test's quarantine was set" },
	[FAMILY_QUEUE] = { "queue", "the merge queue went on" }
};

bool
explain_says(const struct route *route, enum dest dest)
{
	/* What counts the days of nothing says nothing. */
	if (dest == DEST_DUE_CALENDAR && route->dest[DEST_DUE].value == NULL)
		return (false);
	return (route->dest[dest].value != NULL &&
	    (route->tracker->kind->unused & (UINT32_C(1) << dest)) == 0);
}

const char *
explain_section(struct job *job, const struct setting *s)
{
	const char *text;

	if (s->line == 0)
		return ("built in");
	text = s->name != NULL && s->name[0] != '\0' ?
	    arena_printf(job->arena, "[%s %s]", s->kind, s->name) :
	    arena_printf(job->arena, "[%s]", s->kind);
	return (text);
}

const char *
explain_word(const struct verdict *v)
{
	if (!v->reached)
		return ("not reached");
	return (v->matched ? "matched" : "no");
}

const char *
explain_family(const struct event *event)
{
	return (families[event->family].word);
}

const char *
explain_about(const struct event *event)
{
	return (families[event->family].about);
}

int
explain_version(const struct event *event)
{
	if (event->type == NULL || event->name == NULL ||
	    event->type == event->name)
		return (1);
	return ((int)strtol(event->type + 1, NULL, 10));
}

const char *
explain_day(struct job *job, int64_t ms)
{
	char iso[CLOCK_ISO_MAX];

	if (ms == 0)
		return (NULL);
	clock_format(ms, iso);
	return (arena_strndup(job->arena, iso, strcspn(iso, "T")));
}

/* Why the event files no ticket, or NULL when it does. */
static const char *
nothing(const struct explanation *x)
{
	if (x->route.rule == NULL)
		return ("no rule matches: the delivery is answered ignored");
	if (x->event.example)
		return ("it is Trunk's published example: the delivery is "
		    "answered ignored");
	if (x->route.action == ACTION_RECORD)
		return ("the rule says action = record: the delivery is kept "
		    "and answered recorded");
	if (x->route.action == ACTION_IGNORE)
		return ("the rule says action = ignore: the delivery is "
		    "answered ignored");
	return (NULL);
}

/* What the tracker would be sent. */
static enum err
request(struct job *job, struct explanation *x)
{
	const struct tracker *tracker = x->route.tracker;
	struct target t = { .tracker = tracker, .route = &x->route,
	    .due = x->due, .sketch = true };
	struct filing *f = &x->filing;
	enum err e;

	t.project = x->route.dest[tracker->kind->project].value;
	f->key = x->route.key;
	f->generation = 1;
	f->tracker = tracker->name;
	f->project = t.project;
	f->rule = x->route.rule->name;
	if ((e = tracker->kind->marker(job, f)) != OK)
		return (e);
	return (tracker->kind->show(job, &t, &x->draft, f, &x->request));
}

enum err
explain_event(struct job *job, const struct delivery *mail,
    struct explanation *x)
{
	enum err e;

	memset(x, 0, sizeof(*x));
	x->filing.lock = x->filing.test_lock = -1;
	if ((e = event_read(job, mail, &x->event)) != OK)
		return (e);
	if ((e = route_explain(job, &x->event, &x->verdict,
	    &x->nverdicts)) != OK)
		return (e);
	x->asks = route_wants_metrics(job, &x->event);
	if ((e = route_find(job, &x->event, &x->route)) != OK)
		return (e);
	if ((x->nothing = nothing(x)) != NULL)
		return (OK);
	if ((e = route_key(job, &x->event, &x->route)) != OK)
		return (e);
	x->due = route_due(&x->route, x->event.time);
	if ((e = draft_write(job, &x->event, &x->route, &x->draft)) != OK)
		return (e);
	return (request(job, x));
}
