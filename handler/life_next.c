/*
 * A regression that gets a ticket of its own: the next generation of its key.
 * The old ticket is told where it goes on by an act of its own, kept in the
 * ledger, which is told once and by "sync" if it cannot be told now.
 */
#include "handler/life_next.h"

#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/draft_text.h"
#include "handler/job.h"
#include "handler/ledger_act.h"
#include "handler/life.h"
#include "handler/life_text.h"
#include "handler/ticket_acts.h"
#include "handler/tracker.h"

enum {
	LINK_MAX = 4096		/* bytes of a ticket's key and URL */
};

void
life_next_begin(struct filing *f)
{

	*f = (struct filing){ .key = f->key, .generation = f->generation + 1,
	    .stage = STAGE_NONE, .lock = f->lock,
	    .test_lock = f->test_lock };
}

/* The one before; ERR_ABSENT when this is the first. */
static enum err
before(struct job *job, const struct filing *f, struct filing *old)
{

	if (f->generation < 2)
		return (ERR_ABSENT);
	return (ledger_life_find(job, f->key, f->generation - 1, old));
}

/* "[PAY-12](<https://...>)"; NULL without memory. */
static const char *
link_text(struct job *job, const struct filing *f)
{
	struct buf b;

	buf_init(&b, job->arena, LINK_MAX);
	if (!draft_is_link(f->url)) {
		draft_code(&b, f->remote_key, DRAFT_VALUE);
		return (buf_text(&b));
	}
	buf_char(&b, '[');
	draft_words(&b, f->remote_key, DRAFT_VALUE);
	buf_str(&b, "](");
	draft_target(&b, f->url);
	buf_char(&b, ')');
	return (buf_text(&b));
}

/* The failure that this ticket began with, or NULL. */
static const struct life_change *
cause(const struct life_input *in)
{
	const struct life_change *c = NULL;
	size_t i;

	for (i = 0; i < in->nchanges && c == NULL; i++)
		if (in->changes[i].time >= in->from &&
		    in->changes[i].status >= STATUS_FLAKY)
			c = &in->changes[i];
	return (c);
}

/* Was the one before told already? */
static enum err
was_told(struct job *job, const struct filing *old, const char *key)
{
	const struct act *acts;
	size_t i, n;
	enum err e;

	if ((e = ledger_life_acts(job, old->row, &acts, &n)) != OK)
		return (e);
	for (i = 0; i < n; i++)
		if (strcmp(acts[i].key, key) == 0)
			return (OK);
	return (ERR_ABSENT);
}

enum err
life_next_tell(struct job *job, const struct filing *f,
    const struct life_known *k)
{
	struct life_text t = { .change = cause(&k->input), .what = "The test "
	    "failed again after the fix of this ticket was proven; it has a "
	    "new ticket.", .stop = "on_regression = ignore" };
	struct act act = { .key = "followed", .kind = "comment" };
	struct filing old;
	enum err e;

	if ((e = before(job, f, &old)) != OK)
		return (e == ERR_ABSENT ? OK : e);
	if ((e = was_told(job, &old, act.key)) != ERR_ABSENT)
		return (e);
	if ((t.evidence = link_text(job, f)) == NULL ||
	    (act.body = life_text(&k->input, &t)) == NULL)
		return (life_no_memory(job));
	if ((e = ledger_act_add(job, &old, &act, 1)) != OK)
		return (e);
	/* What fails is left to `sync`: it is not this ticket's. */
	(void)ticket_acts(job, &old);
	job->why.text[0] = '\0';
	return (OK);
}

enum err
life_next_end(struct job *job, const struct filing *f)
{
	struct life_record r;
	enum err e;

	if ((e = ledger_life_read(job, f->row, &r)) != OK || r.next == 0)
		return (e);
	r.next = 0;
	return (ledger_life_write(job, f->row, &r));
}

enum err
life_follow(struct job *job, const struct filing *f, struct draft *draft)
{
	struct filing old;
	const char *text;
	enum err e;

	if ((e = before(job, f, &old)) != OK)
		return (e == ERR_ABSENT ? OK : e);
	if ((text = link_text(job, &old)) == NULL ||
	    (draft->body = arena_printf(job->arena, "The fix of an earlier "
	    "ticket was proven, and the test failed again: %s\n\n%s", text,
	    draft->body)) == NULL)
		return (life_no_memory(job));
	return (OK);
}

enum err
life_follows(struct job *job, const struct filing *f, const char *url)
{
	const struct tracker *tracker;
	struct filing old;
	const char *key;
	enum err e;

	if ((e = before(job, f, &old)) != OK)
		return (e);
	if (old.url != NULL && strcmp(url, old.url) == 0)
		return (OK);
	if ((tracker = config_tracker(job->config, old.tracker)) == NULL)
		return (ERR_ABSENT);
	if ((e = tracker->kind->key_of(job, tracker, url, &key)) != OK)
		return (e);
	return (strcmp(key, old.remote_key) == 0 ? OK : ERR_ABSENT);
}
