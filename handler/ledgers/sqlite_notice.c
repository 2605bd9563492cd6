/*
 * Notices to post: added once by their key, taken by one sender at a time, and
 * kept for a while after that, so that the same occurrence is not told again.
 */
#include "handler/job.h"
#include "handler/ledgers/sqlite.h"
#include "handler/ledgers/tell.h"

/* In the order of enum notice_state. */
static const char *const states[] = { "due", "sent", "lost" };

#define DAY		(INT64_C(24) * 60 * 60 * 1000)
#define BY_A_WRONG_CLOCK	(2 * DAY)	/* ms ahead */

enum err
sqlite_notice_add(struct job *job, const struct notice_record *n)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_LATE)) != OK)
		return (e);
	sqlite_query(&q, job, "INSERT INTO notice (section, key, word, facts,"
	    " made, next, state) VALUES (?1, ?2, ?3, ?4, ?5, ?5, 'due')"
	    " ON CONFLICT (section, key) DO NOTHING");
	sqlite_query_text(&q, n->section);
	sqlite_query_text(&q, n->key);
	sqlite_query_text(&q, n->word);
	sqlite_query_text(&q, n->facts);
	sqlite_query_int(&q, job->now);
	e = sqlite_query_run(&q);
	return (sqlite_leave(job, e));
}

/* Mostly nothing is due, and that is asked without the write lock. */
static enum err
is_due(struct job *job, bool *due)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT 1 FROM notice WHERE state = 'due'"
	    " AND (next <= ? OR next > ?) LIMIT 1");
	sqlite_query_int(&q, job->now);
	sqlite_query_int(&q, job->now + BY_A_WRONG_CLOCK);
	*due = sqlite_query_row(&q);
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
}

static enum err
take(struct job *job, int64_t lease, struct notice_record *n)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "UPDATE notice SET next = ?, tries = tries + 1"
	    " WHERE id = (SELECT id FROM notice WHERE state = 'due'"
	    " AND (next <= ? OR next > ?) ORDER BY next, id LIMIT 1)"
	    " RETURNING id, section, key, word, facts, made, tries");
	sqlite_query_int(&q, lease);
	sqlite_query_int(&q, job->now);
	sqlite_query_int(&q, job->now + BY_A_WRONG_CLOCK);
	if (sqlite_query_row(&q)) {
		n->row = sqlite_query_get_int(&q, 0);
		n->section = sqlite_query_get_text(&q, 1);
		n->key = sqlite_query_get_text(&q, 2);
		n->word = sqlite_query_get_text(&q, 3);
		n->facts = sqlite_query_get_text(&q, 4);
		n->made = sqlite_query_get_int(&q, 5);
		n->tries = (int)sqlite_query_get_int(&q, 6);
	}
	return (sqlite_query_end(&q));
}

enum err
sqlite_notice_next(struct job *job, int64_t lease, struct notice_record *n)
{
	bool due = false;
	enum err e;

	if ((e = is_due(job, &due)) != OK || !due)
		return (e != OK ? e : ERR_ABSENT);
	if ((e = sqlite_enter(job, SQLITE_USE_WRITE)) != OK)
		return (e);
	e = take(job, lease, n);
	if ((e = sqlite_leave(job, e)) != OK)
		return (e);
	return (n->row == 0 ? ERR_ABSENT : OK);
}

/* What was taken is only kept so that it is not added again. */
enum err
sqlite_notice_mark(struct job *job, const struct notice_record *n,
    enum notice_state state, int64_t next)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_LATE)) != OK)
		return (e);
	sqlite_query(&q, job, "UPDATE notice SET state = ?1, next = ?2,"
	    " facts = iif(?1 = 'sent', NULL, facts) WHERE id = ?3");
	sqlite_query_text(&q, states[state]);
	sqlite_query_int(&q, next);
	sqlite_query_int(&q, n->row);
	e = sqlite_query_run(&q);
	return (sqlite_leave(job, e));
}

enum err
sqlite_notice_wait(struct job *job, const char *section, int64_t until)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_LATE)) != OK)
		return (e);
	sqlite_query(&q, job, "UPDATE notice SET next = ?1"
	    " WHERE state = 'due' AND section = ?2 AND next < ?1");
	sqlite_query_int(&q, until);
	sqlite_query_text(&q, section);
	e = sqlite_query_run(&q);
	return (sqlite_leave(job, e));
}

static enum err
ask(struct job *job, const char *sql, int64_t row, int64_t *n)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, sql);
	if (row != 0)
		sqlite_query_int(&q, row);
	if (sqlite_query_row(&q))
		*n = sqlite_query_get_int(&q, 0);
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
}

enum err
sqlite_notice_left(struct job *job, int64_t *n)
{

	return (ask(job, "SELECT count(*) FROM notice WHERE state = 'due'", 0,
	    n));
}

enum err
sqlite_notice_fresh(struct job *job, int64_t ticket, bool *fresh)
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
sqlite_notice_told(struct job *job, int64_t ticket)
{

	return (sqlite_query_once(job, "DELETE FROM fresh WHERE ticket = ?",
	    ticket));
}

enum err
sqlite_notice_prune(struct job *job, int64_t before)
{

	return (sqlite_query_once(job, "DELETE FROM notice WHERE id IN"
	    " (SELECT id FROM notice WHERE state <> 'due' AND made < ?"
	    " LIMIT 1000)", before));
}
