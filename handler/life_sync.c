#include "handler/life_sync.h"

#include <string.h>

#include "common/log.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_life.h"
#include "handler/life.h"

/*
 * One that fails is not due again before the next run, and one that comes
 * twice could not be noted.
 */
static enum err
judge(struct job *job, struct filing *f, struct life_sync *s)
{
	struct life_record before, after;
	enum outcome_kind did = OUTCOME_NONE;
	enum err e, read;

	if ((e = ledger_life_read(job, f->row, &before)) != OK)
		return (e);
	e = life_verdict(job, f, &did);
	if (e != OK && e != ERR_LEDGER && e != ERR_NOMEM) {
		log_say(LOG_LEVEL_WARNING, "verdict", "%s: what follows is "
		    "left to the next run: %s", f->remote_key, job->why.text);
		e = OK;
	}
	if (e != OK || (read = ledger_life_read(job, f->row, &after)) != OK)
		return (e != OK ? e : read);
	s->looked++;
	if (before.stage != after.stage) {
		s->judged++;
		log_say(LOG_LEVEL_INFO, "verdict", "%s was %s and is %s now",
		    f->remote_key, life_stage_name(before.stage),
		    life_stage_name(after.stage));
	}
	return (OK);
}

enum err
life_sync(struct job *job, struct life_sync *s)
{
	struct filing f = { .lock = -1, .test_lock = -1 };
	int64_t row;
	enum err e;

	if ((e = ledger_life_due(job, job->now, &row)) != OK)
		return (e);
	if (row == s->row)
		return (fail(job, ERR_LEDGER, "a verdict was looked for, but "
		    "the ledger could not note it"));
	s->row = row;
	e = ledger_take(job, row, &f);
	if (e == ERR_BUSY)		/* in hand: the next run sees to it */
		return (ERR_ABSENT);
	if (e != OK)
		return (e);
	e = judge(job, &f, s);
	ledger_release(job, &f);
	return (e);
}
