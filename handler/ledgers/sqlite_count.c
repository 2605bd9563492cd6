/*
 * What the ledger's triggers count, see the tables census and tally.  Counting
 * when something changes costs little each time; counting all rows for each
 * view of a page would cost more the larger the ledger is.
 */
#include <string.h>

#include "handler/job.h"
#include "handler/ledgers/panel.h"
#include "handler/ledgers/sqlite.h"
#include "handler/ledgers/sqlite_records.h"

static void
read_census(struct sqlite_query *q, struct panel_census *row)
{

	row->rule = sqlite_query_get_text(q, 0);
	row->state = sqlite_query_get_text(q, 1);
	row->n = sqlite_query_get_int(q, 2);
}

enum err
sqlite_panel_census(struct job *job, const struct panel_census **rows,
    size_t *n)
{
	struct panel_census *one;
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT rule, state, n, count(*) OVER ()"
	    " FROM census WHERE n > 0 ORDER BY rule, state");
	while ((one = sqlite_query_each(&q, sizeof(*one))) != NULL)
		read_census(&q, one);
	*rows = q.list;
	*n = q.n;
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
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
sqlite_panel_weeks(struct job *job, struct panel_week *weeks, size_t n)
{
	struct sqlite_query q;
	int64_t i;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT week - (?1 + 259200000) / 604800000,"
	    " what, n FROM tally"
	    " WHERE week >= (?1 + 259200000) / 604800000");
	sqlite_query_int(&q, weeks[0].begin);
	while (sqlite_query_row(&q))
		if ((i = sqlite_query_get_int(&q, 0)) < (int64_t)n)
			add(&weeks[i], sqlite_query_get_text(&q, 1),
			    sqlite_query_get_int(&q, 2));
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
}

static enum err
read_total(struct job *job, struct panel_week *total)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "SELECT what, sum(n) FROM tally GROUP BY what");
	while (sqlite_query_row(&q))
		add(total, sqlite_query_get_text(&q, 0),
		    sqlite_query_get_int(&q, 1));
	return (sqlite_query_end(&q));
}

enum err
sqlite_panel_state(struct job *job, struct panel_state *state)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT"
	    " (SELECT count(*) FROM delivery WHERE due = 1),"
	    " (SELECT min(received) FROM delivery INDEXED BY delivery_waits"
	    "   WHERE due = 1),"
	    " (SELECT count(*) FROM delivery INDEXED BY delivery_parked"
	    "   WHERE due = 1 AND outcome = 'parked'),"
	    " (SELECT count(*) FROM link INDEXED BY link_open"
	    "   WHERE stage IN ('none', 'refused') AND stage = 'none'),"
	    " (SELECT count(*) FROM link INDEXED BY link_open"
	    "   WHERE stage IN ('none', 'refused') AND stage = 'refused')");
	if (sqlite_query_row(&q)) {
		state->due = sqlite_query_get_int(&q, 0);
		state->oldest = sqlite_query_get_int(&q, 1);
		state->parked = sqlite_query_get_int(&q, 2);
		state->unlinked = sqlite_query_get_int(&q, 3);
		state->refused = sqlite_query_get_int(&q, 4);
	}
	if ((e = sqlite_query_end(&q)) == OK)
		e = read_total(job, &state->total);
	return (sqlite_leave(job, e));
}
