/*
 * Does the fix hold?  Looked at when all that is known was lived through.  It
 * is proven after verify_for without a failure, or after verify_runs passing
 * runs; the least proven of the ticket's tests decides for all.
 */
#include <inttypes.h>

#include "common/arena.h"
#include "handler/life_own.h"
#include "handler/life_text.h"

/* What is known of one test since the resolution. */
struct proof {
	bool		 holding;	/* it is really healthy ... */
	int64_t		 since;		/* ... since, or since the resolution */
	bool		 ran;		/* enough runs passed and none failed */
	const struct life_change *last;	/* of it, or NULL */
	const struct life_test *test;
};

static struct proof
proof_of(const struct life *l, size_t i)
{
	const struct life_test *test = &l->in->tests[i];
	const struct life_change *c = l->seen[i].last;
	struct proof p = { .last = c, .test = test,
	    .since = l->out->resolved };

	p.holding = c != NULL && c->status == STATUS_HEALTHY && c->real;
	if (p.holding && c->time > p.since)
		p.since = c->time;
	p.ran = test->counted && test->failed == 0 &&
	    test->passed >= l->in->policy.verify_runs;
	return (p);
}

static bool
is_proven(const struct life *l, const struct proof *p)
{

	return (p->ran || (p->holding &&
	    l->in->now - p->since >= l->in->policy.verify_for));
}

static const char *
proof_text(struct life *l, const struct proof *p)
{
	char at[LIFE_TIME_MAX], span[LIFE_SPAN_MAX];

	if (p->ran)
		return (arena_printf(l->in->arena, "%" PRId64 " runs since "
		    "the resolution passed, and none failed",
		    p->test->passed));
	return (arena_printf(l->in->arena, "Trunk's monitors resolved, and "
	    "the test has been healthy since %s, for %s",
	    life_text_time(p->since, at),
	    life_text_span(l->in->now - p->since, span)));
}

static const char *
doubt_text(struct life *l, const struct proof *p)
{
	const struct life_change *c = p->last;

	if (p->test->counted && p->test->failed > 0)
		return (arena_printf(l->in->arena, "%" PRId64 " of %" PRId64
		    " runs since the resolution failed", p->test->failed,
		    p->test->passed + p->test->failed));
	if (c != NULL && c->status == STATUS_HEALTHY &&
	    c->time >= l->out->resolved)
		return (arena_printf(l->in->arena, "it is healthy, which "
		    "proves nothing: %s", c->why != NULL ? c->why :
		    "nothing tells why"));
	if (p->test->counted && p->test->passed > 0)
		return (arena_printf(l->in->arena, "only %" PRId64 " runs "
		    "since the resolution", p->test->passed));
	return ("nothing was heard of the test since the resolution");
}

static void
verdict(struct life *l, const char *word, struct life_text *t, size_t test)
{
	const char *key = arena_printf(l->in->arena, "%s|%" PRId64, word,
	    l->out->resolved);

	life_act(l, key, "comment", life_text(l->in, t));
	life_notice(l, word, l->out->resolved, test, t->evidence);
	l->out->since = l->in->now;
}

/* When may the next verdict be due, if nothing happens? */
static int64_t
next_look(const struct life *l, int64_t proven, bool counted)
{
	const struct life_input *in = l->in;
	int64_t next = l->out->resolved + LIFE_SILENCE *
	    in->policy.verify_for;

	if (proven > 0 && (proven < next ||
	    l->out->stage == LIFE_NOT_PROVEN || next <= in->now))
		next = proven;
	else if (l->out->stage == LIFE_NOT_PROVEN)
		return (0);
	if (counted && in->now + LIFE_RUNS_EVERY < next)
		next = in->now + LIFE_RUNS_EVERY;
	return (next);
}

static void
disprove(struct life *l, const struct proof *p)
{
	struct life_text t = { .what = "The fix of this ticket is not "
	    "proven: it stays as it is, and flagged.",
	    .stop = "on_resolved = trust" };

	t.evidence = doubt_text(l, p);
	l->out->stage = LIFE_NOT_PROVEN;
	verdict(l, "not_proven", &t, (size_t)(p->test - l->in->tests));
}

static void
prove(struct life *l, const struct proof *p)
{
	struct life_text t = { .what = "The fix of this ticket is verified.",
	    .stop = "on_resolved = trust" };

	t.evidence = proof_text(l, p);
	l->out->stage = LIFE_VERIFIED;
	l->out->next = 0;
	verdict(l, "verified", &t, (size_t)(p->test - l->in->tests));
}

void
life_judge(struct life *l)
{
	struct proof p = { .holding = false }, weakest = p;
	int64_t at = 0;
	bool hopes = true, proven = true, counted = false;
	size_t i;

	if ((l->out->stage != LIFE_VERIFYING &&
	    l->out->stage != LIFE_NOT_PROVEN) || l->in->ntests == 0)
		return;
	for (i = 0; i < l->in->ntests; i++) {
		p = proof_of(l, i);
		if (i == 0 || (!is_proven(l, &p) && proven))
			weakest = p;
		proven = proven && is_proven(l, &p);
		hopes = hopes && (p.ran || p.holding);
		counted = counted || p.test->countable;
		if (p.holding && p.since + l->in->policy.verify_for > at)
			at = p.since + l->in->policy.verify_for;
	}
	if (l->in->judge && proven) {
		prove(l, &weakest);
		return;
	}
	if (l->in->judge && l->out->stage == LIFE_VERIFYING && !hopes &&
	    l->in->now - l->out->resolved >= LIFE_SILENCE *
	    l->in->policy.verify_for)
		disprove(l, &weakest);
	l->out->next = next_look(l, hopes ? at : 0, counted);
}
