/*
 * A delivery in the ledger: noted as pending together with the intent to
 * file its ticket, and finished with what was answered.  A second try of the
 * same id finds the final answer there and is given it again.
 */
#include <string.h>

#include "handler/job.h"
#include "handler/ledgers/sqlite.h"
#include "handler/ledgers/tell.h"

enum {
	FAILED = 500,		/* from here on it may succeed another time */
	REFUSED = 502		/* the status that first_refused is about */
};

enum err
sqlite_delivery_recall(struct job *job, const char *id, struct recall *recall)
{
	struct sqlite_query q;
	bool known;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT final, status, outcome, answer, tries,"
	    " first_refused, ticket FROM delivery WHERE id = ?");
	sqlite_query_text(&q, id);
	if ((known = sqlite_query_row(&q))) {
		recall->final = sqlite_query_get_int(&q, 0) != 0;
		recall->status = (int)sqlite_query_get_int(&q, 1);
		recall->outcome = sqlite_query_get_text(&q, 2);
		recall->answer = sqlite_query_get_text(&q, 3);
		recall->tries = (int)sqlite_query_get_int(&q, 4);
		recall->first_refused = sqlite_query_get_int(&q, 5);
		recall->ticket = sqlite_query_get_int(&q, 6);
	}
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e == OK && !known ? ERR_ABSENT : e));
}

static void
bind_row(struct sqlite_query *q, int64_t row)
{

	if (row != 0)
		sqlite_query_int(q, row);
	else
		sqlite_query_text(q, NULL);
}

enum err
sqlite_delivery_note(struct job *job, const struct delivery *mail,
    const struct event *event, int64_t ticket)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "INSERT INTO delivery (id, received, last,"
	    " ticket, body, type, event_time, tries, outcome, status, final,"
	    " due) VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, 0, 'pending', 0, 0, 1)"
	    " ON CONFLICT (id) DO UPDATE SET last = excluded.last,"
	    " ticket = coalesce(excluded.ticket, ticket),"
	    " type = coalesce(excluded.type, type),"
	    " event_time = coalesce(excluded.event_time, event_time),"
	    " outcome = 'pending', status = 0, answer = NULL, why = NULL,"
	    " due = 1"
	    " WHERE final = 0");
	sqlite_query_text(&q, mail->id);
	sqlite_query_int(&q, job->now);
	bind_row(&q, ticket);
	sqlite_query_blob(&q, mail->body, mail->len);
	sqlite_query_text(&q, event != NULL ? event->type : NULL);
	if (event != NULL)
		sqlite_query_int(&q, event->time);
	else
		sqlite_query_text(&q, NULL);
	return (sqlite_query_run(&q));
}

/* What was answered for good stays as it was. */
static enum err
close_delivery(struct job *job, const struct finish *f)
{
	struct sqlite_query q;
	bool parked = strcmp(f->outcome, "parked") == 0;

	sqlite_query(&q, job, "UPDATE delivery SET outcome = ?, status = ?,"
	    " final = ?, answer = ?, rule = ?, why = ?, calls = ?, due = ?,"
	    " first_refused = iif(?, iif(first_refused = 0, ?, first_refused),"
	    " iif(?, first_refused, 0)) WHERE id = ? AND final = 0");
	sqlite_query_text(&q, f->outcome);
	sqlite_query_int(&q, f->status);
	sqlite_query_int(&q, f->final);
	sqlite_query_text(&q, f->answer);
	sqlite_query_text(&q, f->rule);
	sqlite_query_text(&q, f->why);
	sqlite_query_text(&q, f->calls);
	sqlite_query_int(&q, parked || f->status >= FAILED);
	/* What only waits for a budget was refused by nobody. */
	sqlite_query_int(&q, (parked && !f->storm) || f->status == REFUSED);
	sqlite_query_int(&q, job->now);
	sqlite_query_int(&q, f->status >= FAILED);
	sqlite_query_text(&q, f->mail->id);
	return (sqlite_query_run(&q));
}

static enum err
count_try(struct job *job, const struct finish *f)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "UPDATE delivery SET tries = tries + 1,"
	    " last = ? WHERE id = ?");
	sqlite_query_int(&q, job->now);
	sqlite_query_text(&q, f->mail->id);
	return (sqlite_query_run(&q));
}

static enum err
finish(struct job *job, const struct finish *f)
{
	int64_t test;
	enum err e;

	if (f->event != NULL && f->event->test.identity != NULL) {
		if ((e = sqlite_test_put(job, &f->event->test, &test)) != OK)
			return (e);
		if ((e = sqlite_test_tell(job, f->event, test)) != OK)
			return (e);
	}
	e = sqlite_delivery_note(job, f->mail, f->event,
	    f->filing != NULL ? f->filing->row : 0);
	if (e == OK && f->filing != NULL && f->filing->row != 0)
		e = sqlite_notice_told(job, f->filing->row);
	if (e == OK)
		e = close_delivery(job, f);
	return (e == OK ? count_try(job, f) : e);
}

enum err
sqlite_delivery_finish(struct job *job, const struct finish *f)
{
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_LATE)) != OK)
		return (e);
	e = finish(job, f);
	return (sqlite_leave(job, e));
}
