/*
 * What the merge queue told, event by event, for queue_history.c to make sense
 * of; nothing is merged or dropped here but a delivery that came twice.
 */
#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/sql_records.h"

/* In the order of enum queue_kind. */
static const char *const kinds[] = { "pr", "batch" };

enum {
	KINDS = sizeof(kinds) / sizeof(kinds[0])
};

#define COLUMNS	"SELECT queue.id, delivery, queue.repository, kind,"	\
	" number, branch, suffix, reason, failure, queue.time,"		\
	" time_is_ours, bisection FROM queue "

/* *row: 0 when the delivery was noted before. */
static enum err
insert(struct job *job, const struct queue_record *r, int64_t *row)
{
	struct sql_query q;

	sql_query(&q, job, "INSERT INTO queue (delivery, repository, kind,"
	    " number, branch, suffix, reason, failure, time, time_is_ours,"
	    " bisection, received) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (delivery) DO NOTHING RETURNING id");
	sql_query_text(&q, r->delivery);
	sql_query_text(&q, r->repository);
	sql_query_text(&q, kinds[r->kind]);
	sql_query_int(&q, r->number);
	sql_query_text(&q, r->branch);
	sql_query_text(&q, r->suffix);
	sql_query_text(&q, r->reason);
	sql_query_text(&q, r->failure);
	sql_query_int(&q, r->time);
	sql_query_int(&q, r->time_is_ours);
	sql_query_text(&q, sql_history_answers[r->bisection]);
	sql_query_int(&q, job->now);
	return (sql_query_give(&q, row));
}

static enum err
insert_pr(struct job *job, const struct queue_record *r, int64_t row,
    int64_t pr)
{
	struct sql_query q;

	sql_query(&q, job, "INSERT INTO queue_pr (repository, pr, time,"
	    " queue) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
	sql_query_text(&q, r->repository);
	sql_query_int(&q, pr);
	sql_query_int(&q, r->time);
	sql_query_int(&q, row);
	return (sql_query_run(&q));
}

enum err
sql_queue_note(struct job *job, const struct queue_record *r)
{
	int64_t row;
	enum err e;
	size_t i;

	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	e = insert(job, r, &row);
	if (e == OK && row != 0 && r->number > 0)
		e = insert_pr(job, r, row, r->number);
	for (i = 0; i < r->nprs && e == OK && row != 0; i++)
		e = insert_pr(job, r, row, r->prs[i]);
	return (sql_leave(job, e));
}

static enum err
read_record(struct sql_query *q, struct queue_cursor *at,
    struct queue_record *r)
{
	enum err e;

	if (!sql_query_row(q)) {
		e = sql_query_end(q);
		return (e == OK ? ERR_ABSENT : e);
	}
	at->row = sql_query_get_int(q, 0);
	r->delivery = sql_query_get_text(q, 1);
	r->repository = sql_query_get_text(q, 2);
	r->kind = (enum queue_kind)sql_query_get_word(q, 3, kinds, KINDS);
	r->number = sql_query_get_int(q, 4);
	r->branch = sql_query_get_text(q, 5);
	r->suffix = sql_query_get_text(q, 6);
	r->reason = sql_query_get_text(q, 7);
	r->failure = sql_query_get_text(q, 8);
	at->time = r->time = sql_query_get_int(q, 9);
	r->time_is_ours = sql_query_get_int(q, 10) != 0;
	r->bisection = (enum answer)sql_query_get_word(q, 11,
	    sql_history_answers, SQL_ANSWERS);
	return (sql_query_end(q));
}

static enum err
read_prs(struct job *job, int64_t row, struct queue_record *r)
{
	struct sql_query q;
	int64_t *one;

	sql_query(&q, job, "SELECT pr, count(*) OVER () FROM queue_pr"
	    " WHERE queue = ? ORDER BY pr");
	sql_query_int(&q, row);
	while ((one = sql_query_each(&q, sizeof(*one))) != NULL)
		*one = sql_query_get_int(&q, 0);
	r->prs = q.list;
	r->nprs = q.n;
	return (sql_query_end(&q));
}

static enum err
find(struct job *job, const char *repository, int64_t pr,
    struct queue_cursor *at, struct queue_record *r)
{
	struct sql_query q;

	if (pr > 0)
		sql_query(&q, job, COLUMNS "JOIN queue_pr"
		    " ON queue = queue.id WHERE queue_pr.repository = ?1"
		    " AND (queue_pr.time, queue) > (?2, ?3) AND pr = ?4"
		    " ORDER BY queue_pr.time, queue LIMIT 1");
	else
		sql_query(&q, job, COLUMNS "WHERE repository = ?1"
		    " AND (time, id) > (?2, ?3) ORDER BY time, id LIMIT 1");
	sql_query_text(&q, repository);
	sql_query_int(&q, at->time);
	sql_query_int(&q, at->row);
	if (pr > 0)
		sql_query_int(&q, pr);
	return (read_record(&q, at, r));
}

enum err
sql_queue_next(struct job *job, const char *repository, int64_t pr,
    struct queue_cursor *at, struct queue_record *r)
{
	enum err e;

	if ((e = sql_enter(job, SQL_USE_READ)) != OK)
		return (e);
	if ((e = find(job, repository, pr, at, r)) == OK)
		e = read_prs(job, at->row, r);
	return (sql_leave(job, e));
}

enum err
sql_queue_prune(struct job *job, int64_t before)
{

	return (sql_query_once(job, "DELETE FROM queue WHERE id IN"
	    " (SELECT id FROM queue WHERE received < ? LIMIT 1000)", before));
}
