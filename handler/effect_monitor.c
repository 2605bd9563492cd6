/*
 * A monitor began or ceased to flag a test.  What all monitors of a ticket's
 * tests say now is a section of its text, written anew after each change, or
 * a comment for each; the ledger keeps their last word.
 */
#include "handler/effect.h"

#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/clock.h"
#include "handler/draft_text.h"
#include "handler/job.h"
#include "handler/ledger_effect.h"
#include "handler/policy.h"

enum {
	SECTION_MAX = 16 * 1024,	/* bytes of the section */
	COMMENT_MAX = 32 * 1024
};

/* Words for one that does not watch any more, whatever it found. */
static bool
is_idle(const char *word)
{
	static const char *const words[] = { "inactive", "muted", "snoozed",
	    "disabled", "deleted", "removed", "archived" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(word, words[i]) == 0)
			return (true);
	return (false);
}

enum err
effect_monitor_note(struct job *job, struct scene *s)
{
	const struct monitor *m = s->event->monitor;
	const struct monitor_record r = { .id = m->id, .type = m->type,
	    .active = m->active == ANSWER_YES, .time = s->event->time,
	    .said = m->status, .evidence = m->evidence };
	enum err e;

	if ((e = effect_recognise(job, s)) != OK)
		return (e);
	if (m->active == ANSWER_UNKNOWN && m->status != NULL &&
	    !is_idle(m->status))
		return (effect_unknown(job, s, "monitor.status", m->status));
	if (m->id == NULL || m->status == NULL)
		return (OK);
	e = ledger_hear_monitor(job, &s->event->test, &r, &s->test);
	if (e == OK && m->active == ANSWER_NO && s->test != 0)
		e = ledger_note_resolved(job, s->test, m->id, r.time);
	return (e);
}

static void
put_type(struct buf *b, const struct monitor_record *m)
{

	draft_code(b, m->type != NULL ? m->type : m->id, DRAFT_VALUE);
}

static void
put_watcher(struct buf *b, const struct watcher *w, bool alone)
{
	char iso[CLOCK_ISO_MAX];

	buf_str(b, "- ");
	put_type(b, &w->monitor);
	if (!alone && draft_told(w->test)) {
		buf_str(b, " of ");
		draft_code(b, w->test, DRAFT_VALUE);
		if (draft_told(w->variant)) {
			buf_str(b, " (");
			draft_code(b, w->variant, DRAFT_VALUE / 3);
			buf_char(b, ')');
		}
	}
	clock_format(w->monitor.time, iso);
	buf_printf(b, " since %s\n", iso);
	effect_put_evidence(b, w->monitor.evidence, "  ");
}

/* As many as there is room for, and how many are left out. */
static void
put_watchers(struct buf *b, const struct watcher *w, size_t n, bool alone)
{
	struct buf one;
	size_t i;

	if (n == 0)
		buf_str(b, "No monitor is active.\n");
	for (i = 0; i < n; i++) {
		buf_init(&one, b->arena, SECTION_MAX);
		put_watcher(&one, &w[i], alone);
		if (one.failed || b->len + one.len > SECTION_MAX - 100)
			break;
		buf_str(b, buf_text(&one));
	}
	if (i < n)
		buf_printf(b, "- and %zu more\n", n - i);
}

enum err
effect_section(struct job *job, struct scene *s)
{
	const struct watcher *watchers;
	struct buf b;
	size_t n;
	enum err e;

	if ((e = ledger_watchers(job, s->filing->row, &watchers, &n)) != OK)
		return (e);
	buf_init(&b, job->arena, SECTION_MAX);
	buf_str(&b, "Active monitors\n");
	put_watchers(&b, watchers, n, effect_alone(s->filing));
	return (effect_act(job, s, arena_printf(job->arena, "monitors|%s",
	    s->mail->id), "section", buf_text(&b)));
}

static enum err
comment(struct job *job, struct scene *s)
{
	const struct monitor *m = s->event->monitor;
	const struct monitor_record r = { .id = m->id, .type = m->type };
	const char *word;
	struct buf b;

	buf_init(&b, job->arena, COMMENT_MAX);
	buf_str(&b, "Monitor ");
	put_type(&b, &r);
	buf_str(&b, " of ");
	effect_put_test(&b, s);
	buf_str(&b, m->active == ANSWER_YES ? " is active since " : " says ");
	if (m->active != ANSWER_YES) {
		draft_code(&b, m->status, DRAFT_VALUE);
		buf_str(&b, " since ");
	}
	effect_put_time(&b, s->event);
	buf_str(&b, ".\n\n");
	if (m->active == ANSWER_YES)
		effect_put_evidence(&b, m->evidence, "");
	effect_put_end(&b, s, "on_monitor", "comment");
	word = arena_printf(job->arena, "monitor|%s|%s", m->id, m->status);
	if (word == NULL)
		return (fail(job, ERR_NOMEM, "no memory for a comment"));
	return (effect_comment(job, s, word, &b));
}

enum err
effect_monitor_touch(struct job *job, struct scene *s)
{
	const struct monitor *m = s->event->monitor;
	const struct policy policy = policy_of(job->config, s->filing->rule);

	if (m->id == NULL || m->status == NULL ||
	    (m->active == ANSWER_UNKNOWN && !is_idle(m->status)))
		return (OK);
	switch (policy.on_monitor) {
	case ON_MONITOR_SECTION:
		return (effect_section(job, s));
	case ON_MONITOR_COMMENT:
		return (comment(job, s));
	default:
		return (OK);
	}
}
