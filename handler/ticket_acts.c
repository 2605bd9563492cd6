/*
 * Acts that the ledger holds for a ticket, a comment, a section of its text,
 * another priority, a move, done one after the other in the order in which
 * they were planned.  Each is marked before the next begins.  One that cannot
 * be done just now ends the walk and stays due: what follows may build on it.
 */
#include "handler/ticket_acts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/draft_text.h"
#include "handler/job.h"
#include "handler/ledger_act.h"
#include "handler/tracker.h"

enum {
	REFUSAL_MAX = 8192	/* bytes of a comment about a refusal */
};

const char *
ticket_acts_raise(struct arena *arena, int64_t due, const char *priority)
{

	return (arena_printf(arena, "%" PRId64 " %s", due,
	    priority != NULL ? priority : ""));
}

static enum err
do_comment(struct job *job, const struct tracker *tracker,
    const struct filing *f, struct act *act)
{

	if (tracker->kind->comment == NULL || act->body == NULL)
		return (fail(job, ERR_REFUSED, "%s takes no such comment",
		    tracker->kind->type));
	return (tracker->kind->comment(job, tracker, f, act->key, act->body));
}

/* Its title is the first line of the act's body. */
static enum err
do_section(struct job *job, const struct tracker *tracker,
    const struct filing *f, struct act *act)
{
	const char *end = act->body == NULL ? NULL : strchr(act->body, '\n');
	struct section section;

	if (tracker->kind->section == NULL || end == NULL)
		return (fail(job, ERR_REFUSED, "%s takes no such section",
		    tracker->kind->type));
	section.title = arena_strndup(job->arena, act->body,
	    (size_t)(end - act->body));
	section.body = end + 1;
	if (section.title == NULL)
		return (fail(job, ERR_NOMEM, "no memory for a section"));
	return (tracker->kind->section(job, tracker, f, &section));
}

static enum err
do_raise(struct job *job, const struct tracker *tracker,
    const struct filing *f, struct act *act)
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

/* What the configuration supplies to a transition, the nearest first. */
static enum err
move_fields(struct job *job, const struct filing *f,
    const struct tracker *tracker, struct route *route)
{
	const struct rule *rule = job->config->rules;
	const struct field *from;
	struct field *first = NULL, **at = &first, *copy;
	int i;

	while (rule != NULL && (f->rule == NULL ||
	    strcmp(rule->name, f->rule) != 0))
		rule = rule->next;
	for (i = 0; i < 2; i++) {
		from = i > 0 ? tracker->fields : rule != NULL ? rule->fields :
		    NULL;
		for (; from != NULL; from = from->next) {
			copy = arena_alloc(job->arena, sizeof(*copy));
			if (copy == NULL)
				return (fail(job, ERR_NOMEM, "no memory to "
				    "move the ticket"));
			*copy = *from;
			copy->next = NULL;
			*at = copy;
			at = &copy->next;
		}
	}
	route->fields = first;
	return (OK);
}

/* A move that nobody but a person can make is said on the ticket. */
static enum err
move_refused(struct job *job, const struct tracker *tracker,
    const struct filing *f, struct act *act)
{
	const struct why why = job->why;
	struct buf b;
	enum err e;

	if (tracker->kind->comment == NULL || job->denied)
		return (ERR_REFUSED);
	buf_init(&b, job->arena, REFUSAL_MAX);
	buf_printf(&b, "tickethook could not %s this ticket; do it by hand.\n"
	    "\n- What the tracker says: ", strcmp(act->body, "open") == 0 ?
	    "reopen" : "close");
	draft_words(&b, why.text, WHY_MAX);
	buf_char(&b, '\n');
	if (buf_text(&b) == NULL)
		return (fail(job, ERR_NOMEM, "no memory for a comment"));
	e = tracker->kind->comment(job, tracker, f, arena_printf(job->arena,
	    "refused|%s", act->key), buf_text(&b));
	if (e != OK && e != ERR_REFUSED)
		return (e);
	job->why = why;
	return (ERR_REFUSED);
}

static enum err
do_move(struct job *job, const struct tracker *tracker,
    const struct filing *f, struct act *act)
{
	struct route route = { .action = ACTION_TICKET, .tracker = tracker };
	struct target t = { .tracker = tracker, .project = f->project,
	    .route = &route };
	bool open = act->body != NULL && strcmp(act->body, "open") == 0;
	const char *said = NULL;
	enum err e;

	if (tracker->kind->move == NULL || act->body == NULL ||
	    (!open && strcmp(act->body, "done") != 0))
		return (fail(job, ERR_REFUSED, "%s has no such move",
		    tracker->kind->type));
	if ((e = move_fields(job, f, tracker, &route)) != OK)
		return (e);
	act->state = ACT_SENT;
	if ((e = ledger_act_mark(job, act)) != OK)
		return (e);
	e = tracker->kind->move(job, &t, f, open ? REMOTE_OPEN : REMOTE_DONE,
	    &said);
	if (e == ERR_REFUSED)
		return (move_refused(job, tracker, f, act));
	if (e == OK)
		log_say(LOG_LEVEL_INFO, "act", "%s is %s now", f->remote_key,
		    said != NULL ? said : act->body);
	return (e);
}

static const struct {
	const char	*kind;
	enum err	(*run)(struct job *, const struct tracker *,
			    const struct filing *, struct act *);
} kinds[] = {
	{ "comment", do_comment },
	{ "section", do_section },
	{ "raise", do_raise },
	{ "move", do_move }
};

static enum err
do_act(struct job *job, const struct filing *f, struct act *act)
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

/* A configuration or a token may be renewed: what it prevents stays due. */
static enum act_state
state_after(const struct job *job, const struct act *act, enum err e)
{

	switch (e) {
	case OK:
		return (ACT_DONE);
	case ERR_ABSENT:
		return (ACT_VOID);
	case ERR_REFUSED:
		return (job->denied ? ACT_DUE : ACT_REFUSED);
	case ERR_UNKNOWN:		/* it may have been done */
	case ERR_DEADLINE:
		return (act->state);
	default:
		return (ACT_DUE);
	}
}

/* What it is to be called that this was done. */
static enum outcome_kind
outcome_of(const struct act *act, enum outcome_kind before)
{

	if (strcmp(act->kind, "move") != 0)
		return (before == OUTCOME_REOPENED ||
		    before == OUTCOME_CLOSED ? before : OUTCOME_UPDATED);
	return (strcmp(act->body, "open") == 0 ? OUTCOME_REOPENED :
	    OUTCOME_CLOSED);
}

enum err
ticket_acts(struct job *job, const struct filing *f)
{
	enum outcome_kind did = OUTCOME_NONE;

	return (ticket_acts_tell(job, f, &did));
}

enum err
ticket_acts_tell(struct job *job, const struct filing *f,
    enum outcome_kind *did)
{
	struct act *acts;
	enum err e, done = OK;
	size_t i, n;

	if (f->stage != STAGE_CREATED)
		return (OK);
	if ((e = ledger_acts_due(job, f->row, &acts, &n)) != OK)
		return (e);
	for (i = 0; i < n; i++) {
		job->denied = false;
		if (done != ERR_ABSENT)
			done = do_act(job, f, &acts[i]);
		acts[i].state = state_after(job, &acts[i], done);
		acts[i].why = done != OK ? job->why.text : NULL;
		if (done != OK)
			log_say(LOG_LEVEL_WARNING, "act", "%s: %s is %s: %s",
			    f->remote_key, acts[i].kind,
			    acts[i].state == ACT_VOID ? "void" :
			    acts[i].state == ACT_REFUSED ? "refused" :
			    "not done yet", job->why.text);
		if ((e = ledger_act_mark(job, &acts[i])) != OK)
			return (e);
		if (done == OK)
			*did = outcome_of(&acts[i], *did);
		if (acts[i].state == ACT_DUE || acts[i].state == ACT_SENT)
			return (done);
	}
	return (OK);
}
