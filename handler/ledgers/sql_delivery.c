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
	FAILED = 500,		/* from here on it may succeed another time;
				   also in the SQL below */
	REFUSED = 502		/* the status that first_refused is about */
};

enum err
sql_delivery_recall(struct job *job, const char *id, struct recall *recall)
{
	struct sql_query q;
	bool known;
	enum err e;

	sql_read(&q, job, "SELECT final, status, outcome, answer, tries,"
	    " first_refused, ticket, type FROM delivery WHERE id = ?");
	sql_query_text(&q, id);
	if ((known = sql_query_row(&q))) {
		recall->final = sql_query_get_int(&q, 0) != 0;
		recall->status = (int)sql_query_get_int(&q, 1);
		recall->outcome = sql_query_get_text(&q, 2);
		recall->answer = sql_query_get_text(&q, 3);
		recall->tries = (int)sql_query_get_int(&q, 4);
		recall->first_refused = sql_query_get_int(&q, 5);
		recall->ticket = sql_query_get_int(&q, 6);
		recall->type = sql_query_get_text(&q, 7);
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
	sql_query_text(&q, event->type);
	sql_query_int(&q, event->time);
	return (sql_query_run(&q));
}

/* ?1 to ?14 of both statements that end a delivery. */
static void
bind_end(struct sql_query *q, const struct finish *f)
{
	const struct event *event = f->event;
	bool parked = strcmp(f->outcome, "parked") == 0;
	/* What only waits for a budget was refused by nobody. */
	bool refused = (parked && !f->storm) || f->status == REFUSED;

	sql_query_text(q, f->outcome);
	sql_query_int(q, f->status);
	sql_query_int(q, f->final);
	sql_query_text(q, f->answer);
	sql_query_text(q, f->rule);
	sql_query_text(q, f->why);
	sql_query_text(q, f->calls);
	sql_query_int(q, parked || f->status >= FAILED);
	sql_query_int(q, refused ? q->job->now : 0);
	sql_query_int(q, q->job->now);
	bind_row(q, f->filing != NULL ? f->filing->row : 0);
	sql_query_text(q, event != NULL ? event->type : NULL);
	if (event != NULL)
		sql_query_int(q, event->time);
	else
		sql_query_no_int(q);
	sql_query_text(q, f->mail->id);
}

/* One that is on record, unless it was answered for good: *n is 0 then. */
static enum err
end_again(struct job *job, const struct finish *f, int64_t *n)
{
	struct sql_query q;

	sql_query(&q, job, "UPDATE delivery SET outcome = ?1, status = ?2,"
	    " final = ?3, answer = ?4, rule = ?5, why = ?6, calls = ?7,"
	    " due = ?8, first_refused = CASE WHEN ?9 = 0 AND ?2 < 500 THEN 0"
	    " WHEN first_refused = 0 THEN ?9 ELSE first_refused END,"
	    " last = ?10, ticket = coalesce(?11, ticket),"
	    " type = coalesce(?12, type),"
	    " event_time = coalesce(?13, event_time), tries = tries + 1"
	    " WHERE id = ?14 AND final = 0");
	bind_end(&q, f);
	return (sql_query_count(&q, n));
}

/* One that is new; what was answered for good stays as it was. */
static enum err
end_first(struct job *job, const struct finish *f)
{
	struct sql_query q;

	sql_query(&q, job, "INSERT INTO delivery (outcome, status, final,"
	    " answer, rule, why, calls, due, first_refused, received, last,"
	    " ticket, type, event_time, id, body, tries)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11,"
	    " ?12, ?13, ?14, ?15, 1)"
	    " ON CONFLICT (id) DO UPDATE SET tries = delivery.tries + 1,"
	    " last = excluded.last");
	bind_end(&q, f);
	sql_query_blob(&q, f->mail->body, f->mail->len);
	return (sql_query_run(&q));
}

/* What the event tells of its test. */
static enum err
tell_test(struct job *job, const struct finish *f)
{
	int64_t row = f->test;
	enum err e = OK;

	if (f->event == NULL || f->event->test.identity == NULL)
		return (OK);
	if (row == 0)
		e = sql_test_put(job, &f->event->test, &row);
	return (e == OK ? sql_test_tell(job, f->event, row) : e);
}

static enum err
finish(struct job *job, void *arg)
{
	const struct finish *f = arg;
	int64_t n;
	enum err e;

	if ((e = tell_test(job, f)) != OK ||
	    (e = end_again(job, f, &n)) != OK ||
	    (n == 0 && (e = end_first(job, f)) != OK))
		return (e);
	return (f->filing != NULL && f->filing->row != 0 ?
	    sql_notice_told(job, f->filing->row) : OK);
}

enum err
sql_delivery_finish(struct job *job, const struct finish *f)
{
	struct finish copy = *f;

	return (sql_do(job, SQL_USE_LATE, finish, &copy));
}

struct again {
	const struct tried	*tried;
	size_t			 n;
};

static enum err
count(struct job *job, void *arg)
{
	const struct again *a = arg;
	struct sql_query q;
	enum err e = OK;
	size_t i;

	for (i = 0; i < a->n && e == OK; i++) {
		sql_query(&q, job, "UPDATE delivery SET tries = tries + ?1,"
		    " last = " SQL_IF("last < ?2", "?2", "last")
		    " WHERE id = ?3");
		sql_query_int(&q, a->tried[i].tries);
		sql_query_int(&q, a->tried[i].last);
		sql_query_text(&q, a->tried[i].id);
		e = sql_query_run(&q);
	}
	return (e);
}

enum err
sql_delivery_repeated(struct job *job, const struct tried *tried, size_t n)
{
	struct again a = { tried, n };

	return (sql_do(job, SQL_USE_LATE, count, &a));
}
