#include "handler/ticket_acts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger_act.h"
#include "handler/tracker.h"

const char *
ticket_acts_raise(struct arena *arena, int64_t due, const char *priority)
{

	return (arena_printf(arena, "%" PRId64 " %s", due,
	    priority != NULL ? priority : ""));
}

static enum err
do_comment(struct job *job, const struct tracker *tracker,
    const struct filing *f, const struct act *act)
{

	if (tracker->kind->comment == NULL || act->body == NULL)
		return (fail(job, ERR_REFUSED, "%s takes no such comment",
		    tracker->kind->type));
	return (tracker->kind->comment(job, tracker, f, act->key, act->body));
}

static enum err
do_raise(struct job *job, const struct tracker *tracker,
    const struct filing *f, const struct act *act)
{
	struct route route = { .action = ACTION_TICKET, .tracker = tracker };
	struct target t = { .tracker = tracker, .project = f->project,
	    .route = &route };
	char *end;

	if (tracker->kind->raise == NULL || act->body == NULL)
		return (fail(job, ERR_REFUSED, "%s has no priority that could "
		    "be raised", tracker->kind->type));
	t.due = strtoll(act->body, &end, 10);
	if (end == act->body || *end != ' ' || t.due < 0)
		return (fail(job, ERR_REFUSED, "the ledger has no such "
		    "priority: \"%s\"", act->body));
	if (end[1] != '\0')
		route.dest[DEST_PRIORITY].value = end + 1;
	return (tracker->kind->raise(job, &t, f));
}

static const struct {
	const char	*kind;
	enum err	(*run)(struct job *, const struct tracker *,
			    const struct filing *, const struct act *);
} kinds[] = {
	{ "comment", do_comment },
	{ "raise", do_raise }
};

static enum err
do_act(struct job *job, const struct filing *f, const struct act *act)
{
	const struct tracker *tracker = config_tracker(job->config,
	    f->tracker);
	size_t i;
	enum err e;

	if (tracker == NULL)
		return (fail(job, ERR_CONFIG, "this ticket is in [tracker "
		    "%s], which the configuration no longer has; put it back",
		    f->tracker));
	if (!tracker_key_sane(f->remote_key))
		return (fail(job, ERR_ABSENT, "the ticket is of a place that "
		    "has no [tracker]"));
	if ((e = job_time(job, "the ticket is changed")) != OK)
		return (e);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(act->kind, kinds[i].kind) == 0)
			return (kinds[i].run(job, tracker, f, act));
	return (fail(job, ERR_REFUSED, "this program knows no act \"%s\"; "
	    "the ledger was written by another version", act->kind));
}

/* A configuration may be repaired: what it prevents stays due. */
static enum act_state
state_after(enum err e)
{

	switch (e) {
	case OK:
		return (ACT_DONE);
	case ERR_ABSENT:
		return (ACT_VOID);
	case ERR_REFUSED:
		return (ACT_REFUSED);
	default:
		return (ACT_DUE);
	}
}

enum err
ticket_acts(struct job *job, const struct filing *f)
{
	struct act *acts;
	enum err e, done = OK;
	size_t i, n;

	if (f->stage != STAGE_CREATED)
		return (OK);
	if ((e = ledger_acts_due(job, f->row, &acts, &n)) != OK)
		return (e);
	for (i = 0; i < n; i++) {
		if (done != ERR_ABSENT)
			done = do_act(job, f, &acts[i]);
		acts[i].state = state_after(done);
		acts[i].why = done != OK ? job->why.text : NULL;
		if (done != OK)
			log_say(LOG_LEVEL_WARNING, "act", "%s: %s is %s: %s",
			    f->remote_key, acts[i].kind, done == ERR_ABSENT ?
			    "void" : done == ERR_REFUSED ? "refused" :
			    "not done yet", job->why.text);
		if ((e = ledger_act_mark(job, &acts[i])) != OK)
			return (e);
		if (acts[i].state == ACT_DUE)
			return (done);
	}
	return (OK);
}
