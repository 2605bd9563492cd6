/*
 * The judgement: of what was asked, and nothing else.  Each comparison of two
 * sides that disagree becomes one finding with a word for its kind and what
 * would put it right.  Pure, so that each case is a row of a test's table.
 */
#include "handler/reconcile.h"

#include <string.h>

#include "common/arena.h"
#include "handler/job.h"

/* The judgement: of what was asked, and nothing else. */

static const struct {
	const char	*word;
	bool		 counts;
} kinds[FINDING_KINDS] = {
	[FINDING_UNLINKED] = { "unlinked", true },
	[FINDING_ORPHAN] = { "no_ticket", true },
	[FINDING_CHANGED] = { "changed", true },
	[FINDING_MOVED] = { "moved", true },
	[FINDING_DELETED] = { "deleted", true },
	[FINDING_CLOSED] = { "closed", true },
	[FINDING_REOPENED] = { "reopened", true },
	[FINDING_DOUBLED] = { "doubled", true },
	[FINDING_UNOWNED] = { "unowned", false },
	[FINDING_EARLIER] = { "earlier", true }
};

const char *
reconcile_word(enum finding_kind kind)
{

	return (kinds[kind].word);
}

bool
reconcile_counts(enum finding_kind kind)
{

	return (kinds[kind].counts);
}

static bool
is_closed(enum remote_category c)
{

	return (c == REMOTE_DONE || c == REMOTE_DROPPED);
}

static bool
is_open(enum remote_category c)
{

	return (c == REMOTE_OPEN || c == REMOTE_STARTED);
}

static struct finding *
add(const struct ticket_side *s, enum finding_kind kind,
    struct finding *found, size_t *n)
{
	struct finding *f = &found[(*n)++];

	*f = (struct finding){ .kind = kind, .test = s->test,
	    .ticket = s->filing.remote_key, .url = s->filing.url };
	return (f);
}

/* What the tracker would have told us. */
static void
judge_state(struct job *job, const struct ticket_side *s,
    struct finding *found, size_t *n)
{
	bool closed = is_closed(s->is.category) && !is_closed(s->known);
	bool open = is_open(s->is.category) && is_closed(s->known);
	struct finding *f;

	if (!closed && !open)
		return;
	f = add(s, closed ? FINDING_CLOSED : FINDING_REOPENED, found, n);
	f->what = arena_printf(job->arena, "it is %s at the tracker, which "
	    "nobody told us", s->is.name != NULL ? s->is.name :
	    closed ? "closed" : "open again");
	f->would = "note it, and do what its rule says";
}

static void
judge_place(struct job *job, const struct ticket_side *s,
    struct finding *found, size_t *n)
{
	struct finding *f;

	if (s->is.remote_key == NULL ||
	    strcmp(s->is.remote_key, s->filing.remote_key) == 0)
		return;
	f = add(s, FINDING_MOVED, found, n);
	f->url = s->is.url;
	f->what = arena_printf(job->arena, "it is %s now",
	    s->is.remote_key);
	f->would = "take over the key and the URL";
}

size_t
reconcile_ticket(struct job *job, const struct ticket_side *s,
    struct finding found[TICKET_FINDINGS])
{
	struct finding *f;
	size_t n = 0;

	if (s->is.gone && s->known_gone)
		return (0);
	if (s->is.gone) {
		f = add(s, FINDING_DELETED, found, &n);
		f->what = "the tracker does not have it any more";
		f->would = "note it, and do what its rule says";
		return (n);
	}
	judge_place(job, s, found, &n);
	judge_state(job, s, found, &n);
	if (s->twin != NULL) {
		f = add(s, FINDING_DOUBLED, found, &n);
		f->what = arena_printf(job->arena, "%s carries its marker "
		    "%s too; close that one, or take the marker off it",
		    s->twin, s->filing.marker);
	}
	if (s->to_owner && s->filing.owner == NULL) {
		f = add(s, FINDING_UNOWNED, found, &n);
		f->what = "no [owner] section took it";
	}
	return (n);
}

bool
reconcile_link(struct job *job, const struct link_side *s, struct finding *f)
{

	*f = (struct finding){ .test = s->test.name, .test_id = s->test.id,
	    .ticket = s->ticket.remote_key, .url = s->ticket.url };
	if (s->same)
		return (false);
	if (s->shown == NULL || s->gone) {
		f->kind = FINDING_UNLINKED;
		f->what = s->shown == NULL ? "Trunk does not show it" :
		    arena_printf(job->arena, "Trunk shows %s, which is gone",
		    s->shown);
		f->would = "link it";
		return (true);
	}
	f->kind = FINDING_CHANGED;
	f->url = s->shown;
	f->what = arena_printf(job->arena, "Trunk shows %s instead",
	    s->shown);
	f->would = s->place.tracker == NULL ? NULL : "take that one over";
	return (true);
}
