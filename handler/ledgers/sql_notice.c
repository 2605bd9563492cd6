/*
 * Notices to post: added once by their key, taken by one sender at a time, and
 * kept for a while after that, so that the same occurrence is not told again.
 */
#include "handler/job.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/tell.h"

/* In the order of enum notice_state. */
static const char *const states[] = { "due", "sent", "lost" };

#define DAY		(INT64_C(24) * 60 * 60 * 1000)
#define BY_A_WRONG_CLOCK	(2 * DAY)	/* ms ahead */

enum err
sql_notice_add(struct job *job, const struct notice_record *n)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_LATE)) != OK)
		return (e);
	sql_query(&q, job, "INSERT INTO notice (section, key, word, facts,"
	    " made, next, state) VALUES (?1, ?2, ?3, ?4, ?5, ?5, 'due')"
	    " ON CONFLICT (section, key) DO NOTHING");
	sql_query_text(&q, n->section);
	sql_query_text(&q, n->key);
	sql_query_text(&q, n->word);
	sql_query_text(&q, n->facts);
	sql_query_int(&q, job->now);
	e = sql_query_run(&q);
	return (sql_leave(job, e));
}

/* Mostly nothing is due, and that is asked without the write lock. */
static enum err
is_due(struct job *job, bool *due)
{
	struct sql_query q;

	sql_read(&q, job, "SELECT 1 FROM notice WHERE state = 'due'"
	    " AND (next <= ? OR next > ?) LIMIT 1");
	sql_query_int(&q, job->now);
	sql_query_int(&q, job->now + BY_A_WRONG_CLOCK);
	*due = sql_query_row(&q);
	return (sql_query_end(&q));
}

static enum err
take(struct job *job, int64_t lease, struct notice_record *n)
{
	struct sql_query q;

	sql_query(&q, job, "UPDATE notice SET next = ?, tries = tries + 1"
	    " WHERE id = (SELECT id FROM notice WHERE state = 'due'"
	    " AND (next <= ? OR next > ?) ORDER BY next, id LIMIT 1)"
	    " RETURNING id, section, key, word, facts, made, tries");
	sql_query_int(&q, lease);
	sql_query_int(&q, job->now);
	sql_query_int(&q, job->now + BY_A_WRONG_CLOCK);
	if (sql_query_row(&q)) {
		n->row = sql_query_get_int(&q, 0);
		n->section = sql_query_get_text(&q, 1);
		n->key = sql_query_get_text(&q, 2);
		n->word = sql_query_get_text(&q, 3);
		n->facts = sql_query_get_text(&q, 4);
		n->made = sql_query_get_int(&q, 5);
		n->tries = (int)sql_query_get_int(&q, 6);
	}
	return (sql_query_end(&q));
}

enum err
sql_notice_next(struct job *job, int64_t lease, struct notice_record *n)
{
	bool due = false;
	enum err e;

	if ((e = is_due(job, &due)) != OK || !due)
		return (e != OK ? e : ERR_ABSENT);
	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	e = take(job, lease, n);
	if ((e = sql_leave(job, e)) != OK)
		return (e);
	return (n->row == 0 ? ERR_ABSENT : OK);
}

/* What was taken is only kept so that it is not added again. */
enum err
sql_notice_mark(struct job *job, const struct notice_record *n,
    enum notice_state state, int64_t next)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_LATE)) != OK)
		return (e);
	sql_query(&q, job, "UPDATE notice SET state = ?1, next = ?2,"
	    " facts = " SQL_IF("?1 = 'sent'", "NULL", "facts")
	    " WHERE id = ?3");
	sql_query_text(&q, states[state]);
	sql_query_int(&q, next);
	sql_query_int(&q, n->row);
	e = sql_query_run(&q);
	return (sql_leave(job, e));
}

enum err
sql_notice_wait(struct job *job, const char *section, int64_t until)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_LATE)) != OK)
		return (e);
	sql_query(&q, job, "UPDATE notice SET next = ?1"
	    " WHERE state = 'due' AND section = ?2 AND next < ?1");
	sql_query_int(&q, until);
	sql_query_text(&q, section);
	e = sql_query_run(&q);
	return (sql_leave(job, e));
}

static enum err
ask(struct job *job, const char *sql, int64_t row, int64_t *n)
{
	struct sql_query q;

	sql_read(&q, job, sql);
	if (row != 0)
		sql_query_int(&q, row);
	if (sql_query_row(&q))
		*n = sql_query_get_int(&q, 0);
	return (sql_query_end(&q));
}

enum err
sql_notice_left(struct job *job, int64_t *n)
{

	return (ask(job, "SELECT count(*) FROM notice WHERE state = 'due'", 0,
	    n));
}

enum err
sql_notice_fresh(struct job *job, int64_t ticket, bool *fresh)
{
	int64_t n = 0;
	enum err e;

	e = ask(job, "SELECT count(*) FROM fresh WHERE ticket = ?", ticket,
	    &n);
	*fresh = n > 0;
	return (e);
}

/* An outcome tells of it; see ledger_notice_fresh(). */
enum err
sql_notice_told(struct job *job, int64_t ticket)
{

	return (sql_query_once(job, "DELETE FROM fresh WHERE ticket = ?",
	    ticket));
}

enum err
sql_notice_prune(struct job *job, int64_t before)
{

	return (sql_query_once(job, "DELETE FROM notice WHERE id IN"
	    " (SELECT id FROM notice WHERE state <> 'due' AND made < ?"
	    " LIMIT 1000)", before));
}
