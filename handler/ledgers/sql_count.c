/*
 * What the ledger's triggers count, see the tables census and tally.  Counting
 * when something changes costs little each time; counting all rows for each
 * view of a page would cost more the larger the ledger is.
 */
#include <string.h>

#include "handler/job.h"
#include "handler/ledgers/panel.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/sql_records.h"

static void
read_census(struct sql_query *q, struct panel_census *row)
{

	row->rule = sql_query_get_text(q, 0);
	row->state = sql_query_get_text(q, 1);
	row->n = sql_query_get_int(q, 2);
}

enum err
sql_panel_census(struct job *job, const struct panel_census **rows,
    size_t *n)
{
	struct panel_census *one;
	struct sql_query q;

	sql_read(&q, job, "SELECT rule, state, n, count(*) OVER ()"
	    " FROM census WHERE n > 0 ORDER BY rule, state");
	while ((one = sql_query_each(&q, sizeof(*one))) != NULL)
		read_census(&q, one);
	*rows = q.list;
	*n = q.n;
	return (sql_query_end(&q));
}

static void
add(struct panel_week *week, const char *what, int64_t n)
{

	if (what == NULL)
		return;
	if (strcmp(what, "opened") == 0)
		week->opened += n;
	else if (strcmp(what, "verified") == 0)
		week->verified += n;
	else if (strcmp(what, "not_fixed") == 0)
		week->not_fixed += n;
	else if (strcmp(what, "not_proven") == 0)
		week->not_proven += n;
	else if (strcmp(what, "reopened") == 0)
		week->reopened += n;
	else
		week->flaky += n;
}

enum err
sql_panel_weeks(struct job *job, struct panel_week *weeks, size_t n)
{
	struct sql_query q;
	int64_t i;

	sql_read(&q, job, "SELECT week - (?1 + 259200000) / 604800000,"
	    " what, n FROM tally"
	    " WHERE week >= (?1 + 259200000) / 604800000");
	sql_query_int(&q, weeks[0].begin);
	while (sql_query_row(&q))
		if ((i = sql_query_get_int(&q, 0)) < (int64_t)n)
			add(&weeks[i], sql_query_get_text(&q, 1),
			    sql_query_get_int(&q, 2));
	return (sql_query_end(&q));
}

static enum err
read_total(struct job *job, struct panel_week *total)
{
	struct sql_query q;

	sql_query(&q, job, "SELECT what, CAST(sum(n) AS BIGINT)"
	    " FROM tally GROUP BY what");
	while (sql_query_row(&q))
		add(total, sql_query_get_text(&q, 0),
		    sql_query_get_int(&q, 1));
	return (sql_query_end(&q));
}

enum err
sql_panel_state(struct job *job, struct panel_state *state)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_READ)) != OK)
		return (e);
	sql_query(&q, job, "SELECT"
	    " (SELECT count(*) FROM delivery WHERE due = 1),"
	    " (SELECT min(received) FROM delivery INDEXED BY delivery_waits"
	    "   WHERE due = 1),"
	    " (SELECT count(*) FROM delivery INDEXED BY delivery_parked"
	    "   WHERE due = 1 AND outcome = 'parked'),"
	    " (SELECT count(*) FROM link INDEXED BY link_open"
	    "   WHERE stage IN ('none', 'refused') AND stage = 'none'),"
	    " (SELECT count(*) FROM link INDEXED BY link_open"
	    "   WHERE stage IN ('none', 'refused') AND stage = 'refused')");
	if (sql_query_row(&q)) {
		state->due = sql_query_get_int(&q, 0);
		state->oldest = sql_query_get_int(&q, 1);
		state->parked = sql_query_get_int(&q, 2);
		state->unlinked = sql_query_get_int(&q, 3);
		state->refused = sql_query_get_int(&q, 4);
	}
	if ((e = sql_query_end(&q)) == OK)
		e = read_total(job, &state->total);
	return (sql_leave(job, e));
}
