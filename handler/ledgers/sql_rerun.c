/*
 * What people ask for by the panel's buttons: one more look at a fix, and what
 * came of trying out a tracker.
 */
#include "handler/job.h"
#include "handler/ledgers/panel.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/sql_records.h"

/* Does that statement about a ticket give a row? */
static enum err
is_there(struct job *job, const char *sql, int64_t ticket, bool *found)
{
	struct sql_query q;

	sql_query(&q, job, sql);
	sql_query_int(&q, ticket);
	*found = sql_query_row(&q);
	return (sql_query_end(&q));
}

/* The look is due before it is noted, since a change of that ends it. */
static enum err
ask(struct job *job, int64_t ticket, const struct panel_request *request)
{
	struct sql_query q;
	enum err e;

	sql_query(&q, job, "UPDATE ticket SET life_next = ?"
	    " WHERE id = ?");
	sql_query_int(&q, request->due);
	sql_query_int(&q, ticket);
	if ((e = sql_query_run(&q)) != OK)
		return (e);
	sql_query(&q, job, "INSERT INTO rerun (ticket, asked, due,"
	    " by) VALUES (?, ?, ?, ?)");
	sql_query_int(&q, ticket);
	sql_query_int(&q, job->now);
	sql_query_int(&q, request->due);
	sql_query_text(&q, request->by);
	return (sql_query_run(&q));
}

enum err
sql_panel_rerun(struct job *job, int64_t ticket,
    const struct panel_request *request, bool *asked)
{
	bool able = false, pending = false;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	e = is_there(job, "SELECT 1 FROM ticket WHERE id = ?"
	    " AND life IN ('verifying', 'not_proven')", ticket, &able);
	if (e == OK && able)
		e = is_there(job, "SELECT 1 FROM rerun WHERE ticket = ?",
		    ticket, &pending);
	*asked = e == OK && able && !pending;
	if (*asked)
		e = ask(job, ticket, request);
	return (sql_leave(job, e == OK && !able ? ERR_ABSENT : e));
}

enum err
sql_panel_rerun_begin(struct job *job, int64_t ticket)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	sql_query(&q, job, "UPDATE rerun SET begun = ? WHERE ticket = ?");
	sql_query_int(&q, job->now);
	sql_query_int(&q, ticket);
	e = sql_query_run(&q);
	return (sql_leave(job, e));
}

enum err
sql_panel_rerun_over(struct job *job, int64_t ticket)
{
	enum err e;

	if ((e = sql_enter(job, SQL_USE_LATE)) != OK)
		return (e);
	e = sql_query_once(job, "DELETE FROM rerun WHERE ticket = ?",
	    ticket);
	return (sql_leave(job, e));
}

static void
read_parked(struct sql_query *q, struct panel_parked *row)
{

	row->rule = sql_query_get_text(q, 0);
	row->n = sql_query_get_int(q, 1);
	row->oldest = sql_query_get_int(q, 2);
}

enum err
sql_panel_parked(struct job *job, const struct panel_parked **rows,
    size_t *n)
{
	struct panel_parked *one;
	struct sql_query q;

	sql_read(&q, job, "SELECT coalesce(rule, ''), count(*),"
	    " min(received), count(*) OVER () FROM delivery"
	    " INDEXED BY delivery_parked"
	    " WHERE due = 1 AND outcome = 'parked' GROUP BY rule"
	    " ORDER BY rule NULLS FIRST");
	while ((one = sql_query_each(&q, sizeof(*one))) != NULL)
		read_parked(&q, one);
	*rows = q.list;
	*n = q.n;
	return (sql_query_end(&q));
}

enum err
sql_panel_note_trial(struct job *job, const struct panel_trial *trial)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_LATE)) != OK)
		return (e);
	sql_query(&q, job, "INSERT INTO trial (tracker, time, good, text)"
	    " VALUES (?, ?, ?, ?) ON CONFLICT (tracker) DO UPDATE SET"
	    " time = excluded.time, good = excluded.good,"
	    " text = excluded.text");
	sql_query_text(&q, trial->tracker);
	sql_query_int(&q, trial->time);
	sql_query_int(&q, trial->good);
	sql_query_text(&q, trial->text);
	e = sql_query_run(&q);
	return (sql_leave(job, e));
}

static void
read_trial(struct sql_query *q, struct panel_trial *row)
{

	row->tracker = sql_query_get_text(q, 0);
	row->time = sql_query_get_int(q, 1);
	row->good = sql_query_get_int(q, 2) != 0;
	row->text = sql_query_get_text(q, 3);
}

enum err
sql_panel_trials(struct job *job, const struct panel_trial **rows,
    size_t *n)
{
	struct panel_trial *one;
	struct sql_query q;

	sql_read(&q, job, "SELECT tracker, time, good, text,"
	    " count(*) OVER () FROM trial");
	while ((one = sql_query_each(&q, sizeof(*one))) != NULL)
		read_trial(&q, one);
	*rows = q.list;
	*n = q.n;
	return (sql_query_end(&q));
}
