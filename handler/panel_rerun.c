/*
 * One more look at whether a fix holds, at once or by "tickethook sync" when
 * another one has the ticket; and a notice to whoever runs tests again.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_life.h"
#include "handler/ledger_rerun.h"
#include "handler/life.h"
#include "handler/notify.h"
#include "handler/panel_parts.h"

enum {
	RUN_TIME = 60 * 60 * 1000,	/* ms a run elsewhere may take */
	TESTS_MAX = 50		/* of a ticket that are run again */
};

static const char TOLD[] = "resolved";

/* Does anybody run tests again who is told that one is resolved? */
static bool
is_run_elsewhere(const struct config *c)
{
	const struct notify *n;
	unsigned i;

	for (i = 0; notify_words[i] != NULL; i++)
		if (strcmp(notify_words[i], TOLD) == 0)
			break;
	for (n = c->notifies; n != NULL; n = n->next)
		if (notify_words[i] != NULL && (n->on & 1U << i) != 0)
			return (true);
	return (false);
}

/* The ticket's tests, each once for this press of the button. */
static enum err
tell(struct job *job, const struct request *in, int64_t row)
{
	const struct life_member *m;
	struct panel_ticket t;
	struct notice notice = { .text = arena_printf(job->arena, "%.80s "
	    "asks for a re-run", in->visitor.user) };
	size_t i, n;
	enum err e;

	if ((e = ledger_panel_ticket(job, row, &t)) != OK ||
	    (e = ledger_life_tests(job, row, &m, &n)) != OK)
		return (e);
	notice.ticket = t.key;
	notice.url = t.url;
	notice.rule = t.rule;
	notice.tracker = t.tracker;
	for (i = 0; i < n && i < TESTS_MAX && e == OK; i++) {
		notice.test = &m[i].test;
		notice.key = arena_printf(job->arena, "rerun|%" PRId64 "|%"
		    PRId64 "|%" PRId64, row, m[i].row, job->now);
		e = notify_add(job, TOLD, &notice);
	}
	return (e == OK ? ledger_panel_rerun_begin(job, row) : e);
}

/* When another one has it, `sync` does it. */
static enum err
look(struct job *job, int64_t row)
{
	struct filing filing = { .lock = -1, .test_lock = -1 };
	enum outcome_kind did = OUTCOME_NONE;
	enum err e;

	if ((e = ledger_take(job, row, &filing)) != OK)
		return (e);
	if ((e = ledger_panel_rerun_begin(job, row)) == OK &&
	    (e = life_verdict(job, &filing, &did)) == OK)
		e = ledger_panel_rerun_over(job, row);
	ledger_release(job, &filing);
	return (e);
}

enum err
panel_rerun(struct job *job, const struct request *in, const char *value,
    struct panel_back *back)
{
	bool elsewhere = is_run_elsewhere(job->config), asked = false;
	int64_t row = strtoll(value, NULL, 10);
	enum err e;

	*back = (struct panel_back){ "ticket", "row", value, "rerun" };
	e = ledger_panel_rerun(job, row, &(struct panel_request){
	    .by = in->visitor.user,
	    .due = job->now + (elsewhere ? RUN_TIME : 0) }, &asked);
	if (e == ERR_ABSENT)
		back->said = "rerun-over";
	if (e != OK)
		return (e == ERR_ABSENT ? OK : e);
	if (!asked)
		back->said = "rerun-pending";
	else if ((elsewhere ? tell(job, in, row) : look(job, row)) != OK)
		back->said = "rerun-later";
	else if (elsewhere)
		back->said = "rerun-told";
	return (OK);
}
