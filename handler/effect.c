/*
 * What an event does, by its family: `note` writes down what holds with or
 * without a ticket, `touch` plans what a ticket that exists is told.  The
 * files effect_*.c have one family each and the helpers below in common.
 */
#include "handler/effect.h"

#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/clock.h"
#include "handler/draft_text.h"
#include "handler/event.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_act.h"
#include "handler/ledger_step.h"
#include "handler/trunk.h"

static const struct {
	enum err	(*note)(struct job *, struct scene *);
	enum err	(*touch)(struct job *, struct scene *);
	bool		  asks;		/* its note writes nothing */
} effects[] = {
	[FAMILY_UNKNOWN] = { effect_known_note, NULL, false },
	[FAMILY_KNOWN] = { effect_known_note, NULL, false },
	[FAMILY_STATUS] = { effect_status_note, effect_status_touch, false },
	[FAMILY_MONITOR] = { effect_monitor_note, effect_monitor_touch,
	    false },
	[FAMILY_INVESTIGATION] = { effect_investigation_note,
	    effect_investigation_touch, true },
	[FAMILY_QUARANTINE] = { effect_quarantine_note,
	    effect_quarantine_touch, false },
	[FAMILY_QUEUE] = { effect_queue_note, NULL, false }
};

static enum err
note(struct job *job, void *arg)
{
	struct scene *s = arg;

	return (effects[s->event->family].note(job, s));
}

enum err
effect_note(struct job *job, struct scene *s)
{
	enum err e = effects[s->event->family].asks ? note(job, s) :
	    ledger_do(job, note, s);

	/* What was not written has no row. */
	if (e != OK) {
		s->test = 0;
		s->met = false;
	}
	return (e);
}

enum err
effect_touch(struct job *job, struct scene *s)
{

	if (effects[s->event->family].touch == NULL)
		return (OK);
	return (effects[s->event->family].touch(job, s));
}

enum err
effect_recognise(struct job *job, struct scene *s)
{
	struct test *test = &s->event->test;
	struct test_record known;
	enum err e;

	if (test->id == NULL && test->identity == NULL)
		return (OK);
	e = ledger_test(job, test, &known);
	if (e == ERR_ABSENT)
		return (OK);
	if (e == OK) {
		test->identity = known.identity;
		s->test = known.row;
	}
	return (e);
}

enum err
effect_identify(struct job *job, struct test *test)
{
	const struct why why = job->why;
	struct test whole = *test;
	enum err e;

	if (test->identity != NULL)
		return (OK);
	/* Its suite is a part of what tells it from others. */
	if (test->parent == NULL)
		(void)trunk_details(job, &whole);
	job->why = why;
	if ((e = event_identity(job, &whole)) == OK)
		test->identity = whole.identity;
	return (e);
}

enum err
effect_act(struct job *job, struct scene *s, const char *key,
    const char *kind, const char *body)
{
	const struct act act = { .key = key, .kind = kind, .body = body };
	enum err e;

	if (key == NULL || body == NULL)
		return (fail(job, ERR_NOMEM, "no memory for what the ticket "
		    "is to be told"));
	if ((e = ledger_act_add(job, s->filing, &act, 1)) == OK)
		s->touched = true;
	return (e);
}

const char *
effect_key(struct job *job, const struct scene *s, const char *word)
{

	if (s->event->time_is_ours)
		return (arena_printf(job->arena, "%s|%s", word,
		    s->mail->id));
	return (arena_printf(job->arena, "%s|%" PRId64 "|%" PRId64, word,
	    s->event->time, s->test));
}

enum err
effect_comment(struct job *job, struct scene *s, const char *word,
    struct buf *b)
{

	return (effect_act(job, s, effect_key(job, s, word), "comment",
	    buf_text(b)));
}

bool
effect_alone(const struct filing *f)
{

	return (strncmp(f->key, "test|", 5) == 0);
}

void
effect_put_test(struct buf *b, const struct scene *s)
{
	const struct test *test = &s->event->test;

	if (effect_alone(s->filing)) {
		buf_str(b, "this test");
		return;
	}
	draft_code(b, test->name != NULL ? test->name : test->id,
	    DRAFT_NAME);
	if (draft_told(test->variant)) {
		buf_str(b, " (");
		draft_code(b, test->variant, DRAFT_VALUE);
		buf_char(b, ')');
	}
}

void
effect_put_time(struct buf *b, const struct event *event)
{
	char iso[CLOCK_ISO_MAX];

	clock_format(event->time, iso);
	buf_printf(b, "%s%s", iso, event->time_is_ours ?
	    " (when Trunk's message came; it told no time)" : "");
}

void
effect_put_end(struct buf *b, const struct scene *s, const char *key,
    const char *value)
{

	buf_printf(b, "\n---\n\nBy tickethook: %s = %s", key, value);
	buf_str(b, ", for delivery ");
	draft_code(b, s->mail->id, DRAFT_VALUE);
	if (s->filing->rule != NULL) {
		buf_str(b, ", as rule ");
		draft_code(b, s->filing->rule, DRAFT_VALUE);
		buf_str(b, " or the defaults say");
	}
	buf_str(b, "; with none it is not told.\n");
}
