/*
 * A test was put into quarantine or taken out of it, as an event of its own
 * says or a change of status shows.  That is noted first, whether or not
 * there is a ticket; if there is one and on_quarantine says so, it is told
 * there, and the priority goes down, or back to what its rule gives it.
 */
#include "handler/effect.h"

#include <string.h>

#include "common/buf.h"
#include "handler/config.h"
#include "handler/draft_text.h"
#include "handler/job.h"
#include "handler/policy.h"
#include "handler/route.h"
#include "handler/ticket_acts.h"

enum {
	COMMENT_MAX = 16 * 1024
};

enum err
effect_shield_note(struct job *job, struct scene *s, enum answer quarantined)
{
	const struct shield shield = { .delivery = s->mail->id,
	    .time = s->event->time, .quarantined = quarantined };

	if (s->test == 0 || quarantined == ANSWER_UNKNOWN)
		return (OK);
	return (ledger_note_shield(job, s->test, &shield, &s->shield));
}

/* Where an override was taken back, Trunk says how the test is now. */
static enum answer
state_of(const struct event *event)
{

	if (event->quarantine == NULL)
		return (event->test.quarantined);
	switch (event->quarantine->updated) {
	case QUARANTINE_ALWAYS:
		return (ANSWER_YES);
	case QUARANTINE_NEVER:
		return (ANSWER_NO);
	default:
		return (event->test.quarantined);
	}
}

enum err
effect_quarantine_note(struct job *job, struct scene *s)
{
	const struct quarantine *q = s->event->quarantine;
	enum err e;

	if ((e = effect_recognise(job, s)) != OK)
		return (e);
	if (q->updated == QUARANTINE_UNKNOWN && q->updated_text != NULL &&
	    (e = effect_unknown(job, s, "updated_quarantining_setting",
	    q->updated_text)) != OK)
		return (e);
	return (effect_shield_note(job, s, state_of(s->event)));
}

/* Did anything change, as far as is known? */
static bool
is_news(const struct scene *s)
{
	const struct quarantine *q = s->event->quarantine;
	enum answer now = state_of(s->event);

	if (q != NULL)
		return (q->updated != QUARANTINE_UNKNOWN &&
		    q->updated != q->previous &&
		    (now == ANSWER_UNKNOWN || s->shield.newest));
	return (now != ANSWER_UNKNOWN && s->shield.newest &&
	    s->shield.before != ANSWER_UNKNOWN && s->shield.before != now);
}

static const char *
setting_word(enum quarantine_setting setting)
{
	static const char *const words[] = { "not told",
	    "as the repository has it", "always", "never" };

	return (words[setting]);
}

static void
put_setting(struct buf *b, const struct scene *s)
{
	const struct quarantine *q = s->event->quarantine;

	buf_str(b, "Somebody set the quarantine of ");
	effect_put_test(b, s);
	buf_printf(b, " to **%s**", setting_word(q->updated));
	if (q->previous != QUARANTINE_UNKNOWN)
		buf_printf(b, " (it was: %s)", setting_word(q->previous));
	buf_str(b, " at ");
	effect_put_time(b, s->event);
	buf_str(b, ".\n");
	if (draft_told(q->reason)) {
		buf_str(b, "\nThe reason given: ");
		draft_words(b, q->reason, DRAFT_VALUE);
		buf_char(b, '\n');
	}
}

static void
put_state(struct buf *b, const struct scene *s)
{

	buf_str(b, "Trunk's quarantine changed: ");
	effect_put_test(b, s);
	buf_str(b, state_of(s->event) == ANSWER_YES ?
	    " is quarantined since " : " is not quarantined any more since ");
	effect_put_time(b, s->event);
	buf_str(b, ".\n");
}

/* The priority that its rule gives to a ticket; NULL: none. */
static const char *
usual_priority(const struct job *job, const struct filing *f)
{
	struct setting dest[DEST_COUNT];
	const struct rule *rule = job->config->rules;
	const struct owner *owner = NULL;

	while (rule != NULL && (f->rule == NULL ||
	    strcmp(rule->name, f->rule) != 0))
		rule = rule->next;
	if (rule == NULL)
		return (NULL);
	if (f->owner != NULL)
		owner = config_owner(job->config, f->owner);
	(void)route_destination(job->config, rule, owner, dest);
	return (dest[DEST_PRIORITY].value);
}

/*
 * What the ticket's priority becomes, or NULL: it stays.  A shared one is
 * not only about this test, and what is broken is not less urgent.
 */
static const char *
priority_of(const struct job *job, const struct scene *s,
    const struct policy *policy)
{
	enum answer now = state_of(s->event);

	if (policy->on_quarantine != ON_QUARANTINE_PRIORITY ||
	    !effect_alone(s->filing) || now == ANSWER_UNKNOWN ||
	    now == s->shield.before)
		return (NULL);
	if (now == ANSWER_YES)
		return (policy->quarantined_priority.value);
	if (s->shield.before != ANSWER_YES ||
	    s->event->status == STATUS_BROKEN)
		return (NULL);
	return (usual_priority(job, s->filing));
}

static void
put_priority(struct buf *b, const char *priority)
{

	buf_str(b, "\nThe priority becomes ");
	draft_code(b, priority, DRAFT_VALUE);
	buf_str(b, ".\n");
}

static enum err
set_priority(struct job *job, struct scene *s, const char *priority)
{

	return (effect_act(job, s, effect_key(job, s, "quarantine-priority"),
	    "raise", ticket_acts_raise(job->arena, 0, priority)));
}

enum err
effect_quarantine_touch(struct job *job, struct scene *s)
{
	const struct policy policy = policy_of(job->config, s->filing->rule);
	const char *priority;
	struct buf b;
	enum err e;

	if (s->told || policy.on_quarantine == ON_QUARANTINE_NONE ||
	    !is_news(s))
		return (OK);
	priority = priority_of(job, s, &policy);
	buf_init(&b, job->arena, COMMENT_MAX);
	if (s->event->quarantine != NULL)
		put_setting(&b, s);
	else
		put_state(&b, s);
	if (priority != NULL)
		put_priority(&b, priority);
	effect_put_end(&b, s, "on_quarantine", policy.on_quarantine ==
	    ON_QUARANTINE_COMMENT ? "comment" : "priority");
	if ((e = effect_comment(job, s, "quarantine", &b)) != OK)
		return (e);
	return (priority != NULL ? set_priority(job, s, priority) : OK);
}
