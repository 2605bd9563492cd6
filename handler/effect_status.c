#include "handler/effect.h"

#include <string.h>

#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_effect.h"
#include "handler/ledger_life.h"
#include "handler/policy.h"

/*
 * Which test is it, as the ledger knows it?  Trunk's ids differ by scope
 * and older payloads tell less; the first identity we saw stays.
 */
static enum err
meet(struct job *job, struct scene *s)
{
	struct test_record known;
	enum err e;

	if ((e = ledger_meet(job, &s->event->test, &known)) == OK) {
		s->event->test.identity = known.identity;
		s->test = known.row;
		s->met = true;
	}
	return (e);
}

static enum err
find_why(struct job *job, struct scene *s)
{
	struct event *event = s->event;
	struct monitor_record own;
	enum err e = ERR_ABSENT;

	if (event->status == STATUS_HEALTHY && event->monitor_id != NULL)
		e = ledger_monitor(job, s->test, event->monitor_id, &own);
	event->why_healthy = effect_healthy(event, e == OK ? &own : NULL);
	return (e == ERR_ABSENT ? OK : e);
}

enum err
effect_status_note(struct job *job, struct scene *s)
{
	enum err e;

	if ((e = meet(job, s)) != OK || (e = find_why(job, s)) != OK)
		return (e);
	if ((e = ledger_note_change(job, s->event, s->test,
	    s->mail->id)) != OK)
		return (e);
	return (effect_shield_note(job, s, s->event->test.quarantined));
}

/* Has the ticket a section of monitors, as far as we know? */
static enum err
has_section(struct job *job, const struct scene *s, bool *has)
{
	const struct act *acts;
	size_t i, n;
	enum err e;

	*has = false;
	if ((e = ledger_life_acts(job, s->filing->row, &acts, &n)) != OK)
		return (e);
	for (i = 0; i < n && !*has; i++)
		*has = strcmp(acts[i].kind, "section") == 0;
	return (OK);
}

/*
 * Its monitors may have spoken before there was a ticket, whose making a
 * crash may have cut short; a shared ticket has those of all its tests.
 */
static enum err
tell_monitors(struct job *job, struct scene *s)
{
	const struct policy policy = policy_of(job->config, s->filing->rule);
	const struct watcher *watchers;
	bool has = false;
	size_t n;
	enum err e;

	if (policy.on_monitor != ON_MONITOR_SECTION)
		return (OK);
	e = ledger_watchers(job, s->filing->row, &watchers, &n);
	if (e == OK && n > 0 && !s->told && effect_alone(s->filing))
		e = has_section(job, s, &has);
	return (e != OK || n == 0 || has ? e : effect_section(job, s));
}

enum err
effect_status_touch(struct job *job, struct scene *s)
{
	enum err e;

	if ((e = tell_monitors(job, s)) != OK)
		return (e);
	return (effect_quarantine_touch(job, s));
}
