/*
 * What the merge queue told, event by event, for queue_history.c to make sense
 * of; nothing is merged or dropped here but a delivery that came twice.
 */
#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/sqlite.h"
#include "handler/ledgers/sqlite_records.h"

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
	sqlite3 *db = sqlite_of(job)->db;
	struct sqlite_query q;
	enum err e;

	*row = 0;
	sqlite_query(&q, job, "INSERT INTO queue (delivery, repository, kind,"
	    " number, branch, suffix, reason, failure, time, time_is_ours,"
	    " bisection, received) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (delivery) DO NOTHING");
	sqlite_query_text(&q, r->delivery);
	sqlite_query_text(&q, r->repository);
	sqlite_query_text(&q, kinds[r->kind]);
	sqlite_query_int(&q, r->number);
	sqlite_query_text(&q, r->branch);
	sqlite_query_text(&q, r->suffix);
	sqlite_query_text(&q, r->reason);
	sqlite_query_text(&q, r->failure);
	sqlite_query_int(&q, r->time);
	sqlite_query_int(&q, r->time_is_ours);
	sqlite_query_text(&q, sqlite_history_answers[r->bisection]);
	sqlite_query_int(&q, job->now);
	if ((e = sqlite_query_run(&q)) == OK && sqlite3_changes(db) == 1)
		*row = sqlite3_last_insert_rowid(db);
	return (e);
}

static enum err
insert_pr(struct job *job, const struct queue_record *r, int64_t row,
    int64_t pr)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "INSERT INTO queue_pr (repository, pr, time,"
	    " queue) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
	sqlite_query_text(&q, r->repository);
	sqlite_query_int(&q, pr);
	sqlite_query_int(&q, r->time);
	sqlite_query_int(&q, row);
	return (sqlite_query_run(&q));
}

enum err
sqlite_queue_note(struct job *job, const struct queue_record *r)
{
	int64_t row;
	enum err e;
	size_t i;

	if ((e = sqlite_enter(job, SQLITE_USE_WRITE)) != OK)
		return (e);
	e = insert(job, r, &row);
	if (e == OK && row != 0 && r->number > 0)
		e = insert_pr(job, r, row, r->number);
	for (i = 0; i < r->nprs && e == OK && row != 0; i++)
		e = insert_pr(job, r, row, r->prs[i]);
	return (sqlite_leave(job, e));
}

static enum err
read_record(struct sqlite_query *q, struct queue_cursor *at,
    struct queue_record *r)
{
	enum err e;

	if (!sqlite_query_row(q)) {
		e = sqlite_query_end(q);
		return (e == OK ? ERR_ABSENT : e);
	}
	at->row = sqlite_query_get_int(q, 0);
	r->delivery = sqlite_query_get_text(q, 1);
	r->repository = sqlite_query_get_text(q, 2);
	r->kind = (enum queue_kind)sqlite_query_get_word(q, 3, kinds, KINDS);
	r->number = sqlite_query_get_int(q, 4);
	r->branch = sqlite_query_get_text(q, 5);
	r->suffix = sqlite_query_get_text(q, 6);
	r->reason = sqlite_query_get_text(q, 7);
	r->failure = sqlite_query_get_text(q, 8);
	at->time = r->time = sqlite_query_get_int(q, 9);
	r->time_is_ours = sqlite_query_get_int(q, 10) != 0;
	r->bisection = (enum answer)sqlite_query_get_word(q, 11,
	    sqlite_history_answers, SQLITE_ANSWERS);
	return (sqlite_query_end(q));
}

static enum err
read_prs(struct job *job, int64_t row, struct queue_record *r)
{
	struct sqlite_query q;
	int64_t *one;

	sqlite_query(&q, job, "SELECT pr, count(*) OVER () FROM queue_pr"
	    " WHERE queue = ? ORDER BY pr");
	sqlite_query_int(&q, row);
	while ((one = sqlite_query_each(&q, sizeof(*one))) != NULL)
		*one = sqlite_query_get_int(&q, 0);
	r->prs = q.list;
	r->nprs = q.n;
	return (sqlite_query_end(&q));
}

static enum err
find(struct job *job, const char *repository, int64_t pr,
    struct queue_cursor *at, struct queue_record *r)
{
	struct sqlite_query q;

	if (pr > 0)
		sqlite_query(&q, job, COLUMNS "JOIN queue_pr"
		    " ON queue = queue.id WHERE queue_pr.repository = ?1"
		    " AND (queue_pr.time, queue) > (?2, ?3) AND pr = ?4"
		    " ORDER BY queue_pr.time, queue LIMIT 1");
	else
		sqlite_query(&q, job, COLUMNS "WHERE repository = ?1"
		    " AND (time, id) > (?2, ?3) ORDER BY time, id LIMIT 1");
	sqlite_query_text(&q, repository);
	sqlite_query_int(&q, at->time);
	sqlite_query_int(&q, at->row);
	if (pr > 0)
		sqlite_query_int(&q, pr);
	return (read_record(&q, at, r));
}

enum err
sqlite_queue_next(struct job *job, const char *repository, int64_t pr,
    struct queue_cursor *at, struct queue_record *r)
{
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	if ((e = find(job, repository, pr, at, r)) == OK)
		e = read_prs(job, at->row, r);
	return (sqlite_leave(job, e));
}

enum err
sqlite_queue_prune(struct job *job, int64_t before)
{

	return (sqlite_query_once(job, "DELETE FROM queue WHERE id IN"
	    " (SELECT id FROM queue WHERE received < ? LIMIT 1000)", before));
}
