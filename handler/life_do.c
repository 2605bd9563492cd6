/*
 * What is planned for a ticket at a point of its life: a comment, a move, a
 * raise.  Each act is named after its cause, so that a plan that is made
 * again does not do it again, whatever came in between.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "handler/life_own.h"
#include "handler/life_text.h"
#include "handler/ticket_acts.h"

enum {
	ROOM = 16		/* for acts, at first */
};

/* What a raise after flap_limit asks for. */
static const char HIGHEST[] = "urgent";

/* "close|1717000000000|1a2b3c4d": what its event makes of a word. */
static const char *
key_of(struct life *l, const char *word, const struct life_change *c)
{
	const char *key = arena_printf(l->in->arena, "%s|%" PRId64 "%s",
	    word, c->time, l->in->tests[c->test].tag);

	l->failed = l->failed || key == NULL;
	return (key);
}

static const char *
timed_key(struct life *l, const char *word, int64_t time)
{
	const char *key = arena_printf(l->in->arena, "%s|%" PRId64, word,
	    time);

	l->failed = l->failed || key == NULL;
	return (key);
}

/* Room for one more of that size; NULL without memory. */
static void *
room(struct life *l, void *old, size_t n, size_t *able, size_t size)
{
	void *all;

	if (n < *able)
		return (old);
	*able = *able == 0 ? ROOM : 2 * *able;
	if ((all = arena_alloc(l->in->arena, *able * size)) == NULL)
		l->failed = true;
	else if (n > 0)
		memcpy(all, old, n * size);
	return (all);
}

struct life_act *
life_act(struct life *l, const char *key, const char *kind, const char *body)
{
	struct life_plan *out = l->out;
	struct life_act *act;

	l->failed = l->failed || key == NULL || body == NULL;
	if (l->failed || (out->acts = room(l, out->acts, out->nacts,
	    &l->actable, sizeof(*out->acts))) == NULL)
		return (NULL);
	act = &out->acts[out->nacts++];
	*act = (struct life_act){ .key = key, .kind = kind, .body = body };
	return (act);
}

void
life_notice(struct life *l, const char *on, int64_t time, size_t test,
    const char *text)
{
	struct life_plan *out = l->out;
	const char *key = arena_printf(l->in->arena, "%s|%" PRId64 "|%"
	    PRId64, on, l->in->row, time);

	l->failed = l->failed || key == NULL || text == NULL;
	if (l->failed || (out->notices = room(l, out->notices, out->nnotices,
	    &l->noticeable, sizeof(*out->notices))) == NULL)
		return;
	out->notices[out->nnotices++] = (struct life_notice){ .key = key,
	    .on = on, .text = text, .time = time, .test = test };
}

static void
give_up(struct life_act *act, const char *why)
{

	if (act != NULL && act->overtaken == NULL)
		act->overtaken = why;
}

void
life_overtake(struct life *l, const char *why)
{
	struct life_act *act;
	size_t i;

	for (i = 0; i < l->out->nacts; i++) {
		act = &l->out->acts[i];
		if (strcmp(act->kind, "move") == 0 ||
		    strncmp(act->key, "said|", 5) == 0)
			give_up(act, why);
	}
}

void
life_overrule(struct life *l, const char *why)
{
	size_t i;

	life_overtake(l, why);
	for (i = 0; i < l->out->nacts; i++)
		if (strcmp(l->out->acts[i].kind, "move") == 0)
			l->out->acts[i].overruled = true;
}

/* Are all tests of the ticket healthy? */
static bool
all_healthy(const struct life *l)
{
	size_t i;

	for (i = 0; i < l->in->ntests; i++)
		if (l->seen[i].status != STATUS_HEALTHY)
			return (false);
	return (true);
}

/* Is it closed, in whatever way? */
static bool
is_over(enum life_stage stage)
{

	return (stage == LIFE_VERIFIED || stage == LIFE_BLOCKED ||
	    stage == LIFE_CLOSED);
}

/* A comment and the move that it tells of; why: not to be done. */
static void
move(struct life *l, const char *key, const struct life_text *text,
    const char *to, const char *why)
{
	const char *said = key == NULL ? NULL :
	    arena_printf(l->in->arena, "said|%s", key);

	if (why == NULL)	/* what is not done overtakes nothing */
		life_overtake(l, "another move followed");
	give_up(life_act(l, said, "comment", life_text(l->in, text)), why);
	give_up(life_act(l, key, "move", to), why);
}

/* Why a HEALTHY is no reason to do what on_healthy says; NULL: it is one. */
static const char *
not_healthy(const struct life *l, const struct life_change *c)
{

	if (is_over(l->out->stage))
		return ("the ticket is closed already");
	if (!all_healthy(l))
		return ("other tests of the ticket are not healthy");
	if (l->in->policy.on_healthy != ON_HEALTHY_CLOSE)
		return (NULL);
	if (l->out->stage == LIFE_VERIFYING ||
	    l->out->stage == LIFE_NOT_PROVEN)
		return ("the ticket is closed already");
	if (l->out->flaps >= l->in->policy.flap_limit)
		return ("it flapped too often: a person closes it");
	return (c->fake ? "that it is healthy proves nothing" : NULL);
}

void
life_healthy(struct life *l, const struct life_change *c)
{
	struct life_text t = { .change = c, .evidence = c->why,
	    .stop = "on_healthy = none" };
	enum on_healthy policy = l->in->policy.on_healthy;
	const char *why;

	if (policy == ON_HEALTHY_NONE)
		return;
	why = not_healthy(l, c);
	if (policy == ON_HEALTHY_COMMENT) {
		t.what = l->in->ntests > 1 ? "All tests of this ticket are "
		    "healthy now." : "The test is healthy now.";
		give_up(life_act(l, key_of(l, "healthy", c), "comment",
		    life_text(l->in, &t)), why);
		return;
	}
	t.what = "tickethook closes this ticket: it is healthy now.";
	move(l, key_of(l, "close", c), &t, "done", why);
	if (why != NULL)
		return;
	l->out->stage = LIFE_CLOSED;
	l->out->since = c->time;
}

static const char *
raise_text(struct life *l, const struct life_change *c)
{
	char at[LIFE_TIME_MAX];
	const char *due = c->due > 0 ? arena_printf(l->in->arena,
	    " due %.10s", life_text_time(c->due, at)) : "";

	return (due == NULL ? NULL : arena_printf(l->in->arena,
	    "raised to what rule `%s` says:%s%s%s", c->rule,
	    c->priority != NULL ? " priority " : "",
	    c->priority != NULL ? c->priority : "", due));
}

void
life_worse(struct life *l, const struct life_change *c)
{
	bool raise = l->in->policy.on_worse == ON_WORSE_RAISE &&
	    c->rule != NULL && (c->priority != NULL || c->due > 0);
	struct life_text t = { .change = c,
	    .what = "The test is broken now: it fails always.",
	    .stop = "on_worse = ignore" };
	const char *why;

	if (l->in->policy.on_worse == ON_WORSE_IGNORE)
		return;
	if (raise)
		t.evidence = raise_text(l, c);
	why = is_over(l->out->stage) ? "the ticket is closed" : NULL;
	give_up(life_act(l, key_of(l, "worse", c), "comment",
	    life_text(l->in, &t)), why);
	if (raise)
		give_up(life_act(l, key_of(l, "raise", c), "raise",
		    ticket_acts_raise(l->in->arena, c->due, c->priority)),
		    why);
}

/* After flap_limit reopens: say so, once, and raise the priority, once. */
static void
flap(struct life *l, const struct life_change *c)
{
	int limit = l->in->policy.flap_limit;
	struct life_text t = { .change = c, .stop = "flap_limit = 1000" };

	if (++l->out->flaps < limit)
		return;
	l->out->stage = LIFE_FLAPPING;
	if (l->out->flaps > limit)
		return;
	t.what = arena_printf(l->in->arena, "This ticket flapped %d times; "
	    "from now on only a person closes it.", limit);
	t.evidence = "it was opened again that often; its priority becomes "
	    "urgent";
	life_act(l, "flapped", "comment", life_text(l->in, &t));
	life_act(l, "flapped-raise", "raise", ticket_acts_raise(l->in->arena,
	    0, HIGHEST));
}

/*
 * Open it again; each resolution is answered once.  One that was not closed
 * after all need not be opened, and counts all the same, so that the order
 * of arrival makes no difference.
 */
static void
reopen(struct life *l, const struct life_change *c, struct life_text *t,
    int64_t cause, const char *why)
{

	life_overtake(l, "another move followed");
	move(l, timed_key(l, "reopen", cause), t, "open", why);
	if (why == NULL)
		life_notice(l, "reopened", cause, c->test, t->what);
	l->out->since = c->time;
	flap(l, c);
}

/* Did we close it then, as far as is known? */
static bool
was_closed(const struct life *l, int64_t time)
{
	static const char word[] = "close|";
	const struct act *a;
	size_t i;

	for (i = 0; i < l->in->nacts; i++) {
		a = &l->in->acts[i];
		if ((a->state == ACT_DONE || a->state == ACT_SENT) &&
		    strncmp(a->key, word, sizeof(word) - 1) == 0 &&
		    strtoll(a->key + sizeof(word) - 1, NULL, 10) == time)
			return (true);
	}
	return (false);
}

/* "resolved at T, broken again 3 hours later" */
static const char *
again(struct life *l, const char *what, int64_t then,
    const struct life_change *c)
{
	char at[LIFE_TIME_MAX], span[LIFE_SPAN_MAX];

	return (arena_printf(l->in->arena, "%s at %s, failed again %s later",
	    what, life_text_time(then, at),
	    life_text_span(c->time - then, span)));
}

void
life_not_fixed(struct life *l, const struct life_change *c)
{
	struct life_text t = { .change = c, .what = "The fix did not hold: "
	    "tickethook reopens this ticket.", .stop = "on_resolved = trust" };
	int64_t cause = l->out->resolved;

	t.evidence = again(l, "resolved", cause, c);
	life_notice(l, "not_fixed", cause, c->test, t.evidence);
	l->out->stage = LIFE_NOT_FIXED;
	reopen(l, c, &t, cause, NULL);
}

void
life_regressed(struct life *l, const struct life_change *c)
{
	const struct policy *p = &l->in->policy;
	struct life_text t = { .change = c, .what = "The test failed again "
	    "after its fix was proven: tickethook reopens this ticket.",
	    .stop = "on_regression = ignore" };
	int64_t cause = l->out->resolved;

	if (p->on_regression == ON_REGRESSION_IGNORE)
		return;
	if (p->on_regression == ON_REGRESSION_NEW ||
	    c->time - l->proven > p->reopen_within) {
		l->out->renew = l->out->since = c->time;
		l->out->stage = LIFE_CLOSED;
		l->ended = true;
		return;
	}
	t.evidence = again(l, "verified", l->proven, c);
	l->out->stage = LIFE_OPEN;
	reopen(l, c, &t, cause, NULL);
}

void
life_reopened(struct life *l, const struct life_change *c)
{
	struct life_text t = { .change = c, .what = "The test failed again: "
	    "tickethook reopens the ticket that it closed.",
	    .stop = "on_healthy = comment" };
	int64_t cause = l->out->since;

	t.evidence = again(l, "closed", cause, c);
	l->out->stage = LIFE_OPEN;
	reopen(l, c, &t, cause, was_closed(l, cause) ? NULL :
	    "it was not closed yet");
}
