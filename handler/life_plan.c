/*
 * A ticket's life, lived through from its beginning: changes of its tests, news
 * of its tracker and acts of ours are sorted by their times, and each changes
 * the state or plans something.  Pure: whatever came late or twice, the same
 * facts give the same plan.
 */
#include "handler/life_plan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "handler/life_own.h"

/* A thing that came to pass; the order is that of equal times. */
enum sort {
	SORT_HEALTHY = 0,	/* changes of a test ... */
	SORT_FLAKY,
	SORT_BROKEN,		/* ... */
	SORT_MOVED,		/* an act of ours that moved the ticket */
	SORT_NEWS,
	SORT_VERDICT		/* an act of ours that gave a verdict */
};

struct point {
	int64_t		 time;
	enum sort	 sort;
	size_t		 i;		/* in the array of its sort */
};

const char *
life_stage_name(enum life_stage stage)
{
	static const char *const names[LIFE_STAGES] = {
		[LIFE_OPEN] = "open", [LIFE_IN_PROGRESS] = "in_progress",
		[LIFE_VERIFYING] = "verifying", [LIFE_VERIFIED] = "verified",
		[LIFE_NOT_FIXED] = "not_fixed",
		[LIFE_NOT_PROVEN] = "not_proven",
		[LIFE_BLOCKED] = "blocked", [LIFE_CLOSED] = "closed",
		[LIFE_FLAPPING] = "flapping"
	};

	return (names[stage]);
}

bool
life_listed(const char *list, const char *name)
{
	size_t n, len = name != NULL ? strlen(name) : 0;

	if (list == NULL || len == 0)
		return (false);
	for (; *list != '\0'; list += n + (list[n] == ',')) {
		list += strspn(list, " \t");
		n = strcspn(list, ",");
		if (strncasecmp(list, name, len) == 0 && len <= n &&
		    len + strspn(list + len, " \t") >= n)
			return (true);
	}
	return (false);
}

static int
compare(const void *x, const void *y)
{
	const struct point *a = x, *b = y;

	if (a->time != b->time)
		return (a->time < b->time ? -1 : 1);
	if (a->sort != b->sort)
		return (a->sort < b->sort ? -1 : 1);
	return ((a->i > b->i) - (a->i < b->i));
}

static bool
is_move(const struct act *act)
{

	return (strcmp(act->kind, "move") == 0 && act->body != NULL &&
	    (act->state == ACT_DONE || act->state == ACT_SENT));
}

/* "verified|TIME" or "not_proven|TIME" of that resolution. */
static bool
is_verdict(const struct act *act, const char *word, int64_t resolved)
{
	size_t n = strlen(word);

	return (strncmp(act->key, word, n) == 0 && act->key[n] == '|' &&
	    (resolved == 0 ||
	    strtoll(act->key + n + 1, NULL, 10) == resolved));
}

static size_t
points_of(const struct life_input *in, struct point *p)
{
	size_t i, n = 0;

	for (i = 0; i < in->nchanges; i++)
		if (in->changes[i].status != STATUS_UNKNOWN &&
		    in->changes[i].time >= in->from)
			p[n++] = (struct point){ in->changes[i].time,
			    (enum sort)(in->changes[i].status -
			    STATUS_HEALTHY), i };
	for (i = 0; i < in->nnews; i++)
		p[n++] = (struct point){ in->news[i].time, SORT_NEWS, i };
	for (i = 0; i < in->nacts; i++) {
		const struct act *a = &in->acts[i];

		if (is_move(a) && a->state == ACT_DONE)
			p[n++] = (struct point){ a->tried, SORT_MOVED, i };
		else if (is_verdict(a, "verified", 0) ||
		    is_verdict(a, "not_proven", 0))
			p[n++] = (struct point){ a->made, SORT_VERDICT, i };
	}
	qsort(p, n, sizeof(*p), compare);
	return (n);
}

/*
 * A test of which no failure is recorded has a ticket all the same: all that
 * is known of it counts.
 */
static void
begin(struct life *l)
{
	const struct life_input *in = l->in;
	bool asked = false;
	size_t i;

	for (i = 0; i < in->ntests; i++)
		l->seen[i].born = true;
	for (i = 0; i < in->nchanges; i++) {
		if (in->changes[i].status < STATUS_FLAKY ||
		    in->changes[i].time < in->from)
			continue;
		l->seen[in->changes[i].test].born = false;
		asked = asked || in->changes[i].time == in->from;
	}
	/* It was asked for by something else, and failed before that. */
	if (in->from > 0 && !asked && in->ntests == 1)
		l->seen[0].born = true;
	l->there = REMOTE_OPEN;
}

/*
 * A change may be told twice, by both ids of its test: one of them may know
 * that it proves nothing, and one that it does.
 */
static bool
knows_less(const struct life_change *c, const struct life_change *last)
{

	return (last != NULL && last->time == c->time &&
	    last->status == c->status &&
	    (last->fake || (last->real && !c->fake)));
}

static void
live_change(struct life *l, const struct life_change *c)
{
	struct life_seen *s = &l->seen[c->test];
	bool worse = c->status == STATUS_BROKEN && s->flaky &&
	    c->previous != STATUS_BROKEN;

	if (c->status == STATUS_HEALTHY && !s->born)
		return;
	s->born = true;
	s->status = c->status;
	if (!knows_less(c, s->last))
		s->last = c;
	s->flaky = s->flaky || c->status == STATUS_FLAKY;
	if (c->status == STATUS_HEALTHY) {
		life_healthy(l, c);
		return;
	}
	if (l->out->since == 0)
		l->out->since = c->time;
	if (l->out->stage == LIFE_VERIFYING ||
	    l->out->stage == LIFE_NOT_PROVEN)
		life_not_fixed(l, c);
	else if (l->out->stage == LIFE_VERIFIED)
		life_regressed(l, c);
	else if (l->out->stage == LIFE_CLOSED && !l->out->gone)
		life_reopened(l, c);
	if (worse && !l->ended)
		life_worse(l, c);
}

static bool
is_open(enum remote_category category)
{

	return (category == REMOTE_OPEN || category == REMOTE_STARTED);
}

/* Is it the tracker's word of what we did ourselves? */
static bool
is_echo(const struct life_input *in, const struct life_news *news)
{
	const struct act *a;
	bool open = is_open(news->category);
	size_t i;

	for (i = 0; i < in->nacts && !news->ours && !news->others; i++) {
		a = &in->acts[i];
		if (is_move(a) &&
		    open == (strcmp(a->body, "open") == 0) &&
		    news->time >= a->tried - LIFE_ECHO_BEFORE &&
		    news->time <= a->tried + LIFE_ECHO_AFTER)
			return (true);
	}
	return (news->ours);
}

static void
turn(struct life *l, enum life_stage stage, int64_t time)
{

	l->out->stage = stage;
	l->out->since = time;
}

/* A person says that it is done. */
static void
resolve(struct life *l, const struct life_news *news)
{
	bool trust = l->in->policy.on_resolved == ON_RESOLVED_TRUST;

	l->out->resolved = news->time;
	turn(l, trust ? LIFE_VERIFIED : LIFE_VERIFYING, news->time);
	life_notice(l, "resolved", news->time, 0, "the ticket was resolved");
	if (!trust)
		return;
	l->proven = news->time;
	life_notice(l, "verified", news->time, 0, "the ticket was resolved, "
	    "which is trusted (on_resolved = trust)");
}

static void
live_gone(struct life *l, const struct life_news *news)
{

	if (l->out->gone)
		return;
	l->out->gone = true;
	l->hidden = l->out->stage;
	turn(l, LIFE_CLOSED, news->time);
	life_overtake(l, "the ticket was deleted");
}

static void
live_news(struct life *l, const struct life_news *news)
{
	enum remote_category before = l->there;
	bool was_dropped = l->dropped;

	if (news->gone) {
		live_gone(l, news);
		return;
	}
	if (news->category == REMOTE_UNKNOWN)
		return;
	l->there = news->category;
	l->dropped = news->category == REMOTE_DROPPED ||
	    (news->category == REMOTE_DONE &&
	    (life_listed(l->in->wont_fix, news->resolution) ||
	    life_listed(l->in->wont_fix, news->name)));
	if (l->out->gone)	/* it was hidden, or restored */
		turn(l, l->hidden, news->time);
	l->out->gone = false;
	if ((!l->dropped && is_echo(l->in, news)) ||
	    (l->there == before && l->dropped == was_dropped))
		return;
	life_overrule(l, "a person moved the ticket meanwhile");
	if (l->dropped) {
		turn(l, LIFE_BLOCKED, news->time);
		life_notice(l, "blocked", news->time, 0, "the ticket was "
		    "closed without a fix; nothing is verified or filed "
		    "while that holds");
	} else if (!is_open(l->there)) {
		resolve(l, news);
	} else if (l->out->flaps >= l->in->policy.flap_limit) {
		turn(l, LIFE_FLAPPING, news->time);
	} else {
		turn(l, l->there == REMOTE_STARTED ? LIFE_IN_PROGRESS :
		    LIFE_OPEN, news->time);
	}
}

static void
live_verdict(struct life *l, const struct act *act)
{
	struct life_plan *out = l->out;

	if (out->stage != LIFE_VERIFYING && out->stage != LIFE_NOT_PROVEN)
		return;
	if (is_verdict(act, "verified", out->resolved)) {
		turn(l, LIFE_VERIFIED, act->made);
		l->proven = act->made;
	} else if (is_verdict(act, "not_proven", out->resolved)) {
		turn(l, LIFE_NOT_PROVEN, act->made);
	}
}

static void
live(struct life *l, const struct point *p)
{
	const struct life_input *in = l->in;

	switch (p->sort) {
	case SORT_MOVED:
		l->there = strcmp(in->acts[p->i].body, "open") == 0 ?
		    REMOTE_OPEN : REMOTE_DONE;
		l->dropped = false;
		break;
	case SORT_NEWS:
		live_news(l, &in->news[p->i]);
		break;
	case SORT_VERDICT:
		live_verdict(l, &in->acts[p->i]);
		break;
	default:
		live_change(l, &in->changes[p->i]);
		break;
	}
}

enum err
life_plan(const struct life_input *in, struct life_plan *out)
{
	struct life l = { .in = in, .out = out };
	struct point *points;
	size_t i, n;

	*out = (struct life_plan){ .stage = LIFE_OPEN };
	points = arena_alloc(in->arena, (in->nchanges + in->nnews +
	    in->nacts) * sizeof(*points));
	l.seen = arena_alloc(in->arena, in->ntests * sizeof(*l.seen));
	if (points == NULL || l.seen == NULL)
		return (ERR_NOMEM);
	begin(&l);
	n = points_of(in, points);
	for (i = 0; i < n && !l.ended; i++)
		live(&l, &points[i]);
	if (!l.ended)
		life_judge(&l);
	return (l.failed ? ERR_NOMEM : OK);
}
