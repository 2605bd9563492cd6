/*
 * A past delivery under the configuration as it is now.  Its stored body is
 * read and routed again, at the time it came in, with nothing sent and
 * nothing written; then "would it go another way?" is a comparison of two
 * deeds and, for tickets, of two places.
 */
#include "handler/simulate.h"

#include <string.h>
#include <strings.h>

#include "handler/config.h"
#include "handler/event.h"
#include "handler/job.h"
#include "handler/route.h"
#include "handler/tracker.h"

static const struct {
	const char	*outcome;
	enum deed	 deed;
} deeds[] = {
	{ "created", DEED_TICKET }, { "adopted", DEED_TICKET },
	{ "exists", DEED_TICKET }, { "reopened", DEED_TICKET },
	{ "updated", DEED_TICKET }, { "closed", DEED_TICKET },
	{ "folded", DEED_TICKET }, { "parked", DEED_TICKET },
	{ "recorded", DEED_RECORD }, { "ignored", DEED_IGNORE },
	{ "malformed", DEED_MALFORMED }
};

/* The deed that an outcome's name tells. */
static enum deed
past_deed(const struct past *past)
{
	size_t i;

	for (i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		if (strcmp(deeds[i].outcome, past->outcome) == 0)
			return (deeds[i].deed);
	/* What fails after it came to a rule fails over its ticket. */
	return (past->rule != NULL ? DEED_TICKET : DEED_UNKNOWN);
}

const char *
simulate_word(enum deed deed)
{
	static const char *const words[] = { "unknown", "ticket", "recorded",
	    "ignored", "malformed" };

	return (words[deed]);
}

static bool
same(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a == b);
	return (strcmp(a, b) == 0);
}

/* Owners compare without case and without a leading @. */
static bool
same_owner(const char *a, const struct owner *o)
{
	const char *b = o == NULL ? NULL : o->name;

	if (a == NULL || b == NULL)
		return (a == b);
	return (strcasecmp(a + (a[0] == '@'), b + (b[0] == '@')) == 0);
}

static const char *
project_of(const struct route *route)
{
	if (route->tracker == NULL)
		return (NULL);
	return (route->dest[route->tracker->kind->project].value);
}

static enum deed
deed_of(const struct event *event, const struct route *route)
{
	if (event->example || route->rule == NULL)
		return (DEED_IGNORE);
	if (route->action == ACTION_TICKET)
		return (DEED_TICKET);
	return (route->action == ACTION_RECORD ? DEED_RECORD : DEED_IGNORE);
}

/*
 * Would a ticket be in the same place?  Also true when the ledger's ticket
 * does not tell what the rules of then said of this delivery.
 */
static bool
same_place(const struct past *past, const struct route *route)
{
	const struct filing *f = &past->ticket;
	bool owner = same_owner(f->owner, route->owner_section);

	if (f->row == 0 || f->adopted || !same(f->rule, past->rule))
		return (true);
	if (!owner)
		return (strcmp(past->outcome, "created") != 0);
	return (same(f->tracker, route->tracker->name) &&
	    same(f->project, project_of(route)));
}

/*
 * What was done to a ticket that was there before is no matter of the rule's
 * action: it may have been done though no rule matched.
 */
static bool
is_visit(const struct past *past)
{
	return (strcmp(past->outcome, "updated") == 0 ||
	    strcmp(past->outcome, "reopened") == 0 ||
	    strcmp(past->outcome, "closed") == 0 ||
	    (strcmp(past->outcome, "recorded") == 0 && past->rule == NULL));
}

static bool
same_way(const struct past *past, const struct simulation *s,
    const struct event *event, const struct route *route)
{
	enum deed now = deed_of(event, route);

	if ((s->then != now && !is_visit(past)) ||
	    !same(past->rule, route->rule == NULL ? NULL : route->rule->name))
		return (false);
	return (now != DEED_TICKET || same_place(past, route));
}

/*
 * The numbers that Trunk would have been asked for: is there an answer with
 * which it goes as it went?
 */
static enum err
ask_in_vain(struct job *job, const struct past *past,
    const struct event *event, struct simulation *s)
{
	struct event told = *event;
	struct route route;
	enum err e;
	int i;

	told.test.measured = true;
	for (i = 0; i < 4 && s->differs; i++) {
		if (event->test.failure_rate <= 0)
			told.test.failure_rate = i & 1;
		if (event->test.pull_requests <= 0)
			told.test.pull_requests = i & 2 ? INT64_MAX : 0;
		if ((e = route_find(job, &told, &route)) != OK)
			return (e);
		s->differs = !same_way(past, s, &told, &route);
	}
	return (OK);
}

enum err
simulate_past(struct job *job, const struct past *past, struct simulation *s)
{
	const struct delivery mail = { .id = past->id,
	    .body = past->body != NULL ? past->body : "", .len = past->len };
	struct event event;
	enum err e;

	memset(s, 0, sizeof(*s));
	job->now = past->received;
	s->then = past_deed(past);
	if ((e = event_read(job, &mail, &event)) == ERR_MALFORMED) {
		s->now = DEED_MALFORMED;
		s->differs = s->then != DEED_MALFORMED &&
		    s->then != DEED_UNKNOWN;
		return (OK);
	}
	if (e != OK || (e = route_find(job, &event, &s->route)) != OK)
		return (e);
	s->test = event.test.name;
	s->now = deed_of(&event, &s->route);
	if (s->now == DEED_TICKET)
		s->project = project_of(&s->route);
	s->pinned = past->ticket.row != 0 && past->ticket.remote_key != NULL;
	s->differs = s->then != DEED_UNKNOWN &&
	    !same_way(past, s, &event, &s->route);
	if (s->differs && route_wants_metrics(job, &event))
		return (ask_in_vain(job, past, &event, s));
	return (OK);
}
