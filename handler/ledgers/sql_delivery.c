/*
 * A delivery in the ledger: noted as pending together with the intent to
 * file its ticket, and finished with what was answered.  A second try of the
 * same id finds the final answer there and is given it again.
 */
#include <string.h>

#include "handler/job.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/tell.h"

enum {
	FAILED = 500,		/* from here on it may succeed another time */
	REFUSED = 502		/* the status that first_refused is about */
};

enum err
sql_delivery_recall(struct job *job, const char *id, struct recall *recall)
{
	struct sql_query q;
	bool known;
	enum err e;

	sql_read(&q, job, "SELECT final, status, outcome, answer, tries,"
	    " first_refused, ticket FROM delivery WHERE id = ?");
	sql_query_text(&q, id);
	if ((known = sql_query_row(&q))) {
		recall->final = sql_query_get_int(&q, 0) != 0;
		recall->status = (int)sql_query_get_int(&q, 1);
		recall->outcome = sql_query_get_text(&q, 2);
		recall->answer = sql_query_get_text(&q, 3);
		recall->tries = (int)sql_query_get_int(&q, 4);
		recall->first_refused = sql_query_get_int(&q, 5);
		recall->ticket = sql_query_get_int(&q, 6);
	}
	e = sql_query_end(&q);
	return (e == OK && !known ? ERR_ABSENT : e);
}

static void
bind_row(struct sql_query *q, int64_t row)
{

	if (row != 0)
		sql_query_int(q, row);
	else
		sql_query_no_int(q);
}

enum err
sql_delivery_note(struct job *job, const struct delivery *mail,
    const struct event *event, int64_t ticket)
{
	struct sql_query q;

	sql_query(&q, job, "INSERT INTO delivery (id, received, last,"
	    " ticket, body, type, event_time, tries, outcome, status, final,"
	    " due) VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, 0, 'pending', 0, 0, 1)"
	    " ON CONFLICT (id) DO UPDATE SET last = excluded.last,"
	    " ticket = coalesce(excluded.ticket, delivery.ticket),"
	    " type = coalesce(excluded.type, delivery.type),"
	    " event_time = coalesce(excluded.event_time,"
	    " delivery.event_time), outcome = 'pending', status = 0,"
	    " answer = NULL, why = NULL, due = 1"
	    " WHERE delivery.final = 0");
	sql_query_text(&q, mail->id);
	sql_query_int(&q, job->now);
	bind_row(&q, ticket);
	sql_query_blob(&q, mail->body, mail->len);
	sql_query_text(&q, event != NULL ? event->type : NULL);
	if (event != NULL)
		sql_query_int(&q, event->time);
	else
		sql_query_no_int(&q);
	return (sql_query_run(&q));
}

/* What was answered for good stays as it was. */
static enum err
close_delivery(struct job *job, const struct finish *f)
{
	struct sql_query q;
	bool parked = strcmp(f->outcome, "parked") == 0;

	sql_query(&q, job, "UPDATE delivery SET outcome = ?, status = ?,"
	    " final = ?, answer = ?, rule = ?, why = ?, calls = ?, due = ?,"
	    " first_refused = CASE WHEN ? = 0 THEN "
	    SQL_IF("? <> 0", "first_refused", "0")
	    " WHEN first_refused = 0 THEN ? ELSE first_refused END"
	    " WHERE id = ? AND final = 0");
	sql_query_text(&q, f->outcome);
	sql_query_int(&q, f->status);
	sql_query_int(&q, f->final);
	sql_query_text(&q, f->answer);
	sql_query_text(&q, f->rule);
	sql_query_text(&q, f->why);
	sql_query_text(&q, f->calls);
	sql_query_int(&q, parked || f->status >= FAILED);
	/* What only waits for a budget was refused by nobody. */
	sql_query_int(&q, (parked && !f->storm) || f->status == REFUSED);
	sql_query_int(&q, f->status >= FAILED);
	sql_query_int(&q, job->now);
	sql_query_text(&q, f->mail->id);
	return (sql_query_run(&q));
}

static enum err
count_try(struct job *job, const struct finish *f)
{
	struct sql_query q;

	sql_query(&q, job, "UPDATE delivery SET tries = tries + 1,"
	    " last = ? WHERE id = ?");
	sql_query_int(&q, job->now);
	sql_query_text(&q, f->mail->id);
	return (sql_query_run(&q));
}

static enum err
finish(struct job *job, const struct finish *f)
{
	int64_t test;
	enum err e;

	if (f->again)
		return (count_try(job, f));
	if (f->event != NULL && f->event->test.identity != NULL) {
		if ((e = sql_test_put(job, &f->event->test, &test)) != OK)
			return (e);
		if ((e = sql_test_tell(job, f->event, test)) != OK)
			return (e);
	}
	e = sql_delivery_note(job, f->mail, f->event,
	    f->filing != NULL ? f->filing->row : 0);
	if (e == OK && f->filing != NULL && f->filing->row != 0)
		e = sql_notice_told(job, f->filing->row);
	if (e == OK)
		e = close_delivery(job, f);
	return (e == OK ? count_try(job, f) : e);
}

enum err
sql_delivery_finish(struct job *job, const struct finish *f)
{
	enum err e;

	if ((e = sql_enter(job, SQL_USE_LATE)) != OK)
		return (e);
	e = finish(job, f);
	return (sql_leave(job, e));
}
