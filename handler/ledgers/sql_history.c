/*
 * What happened to a test: its changes of status, the newest of them, and the
 * last word of each monitor; and types of events that we do not handle.
 */
#include <string.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/sql_records.h"

const char *const sql_history_answers[SQL_ANSWERS] = {
	"unknown", "no", "yes"
};

/* In the order of enum healthy. */
const char *const sql_history_healthy[SQL_HEALTHY] = {
	"unknown", "resolved", "muted", "gone", "manual"
};

/* Few tests have so many that there is something to drop. */
static enum err
is_full(struct job *job, int64_t test, bool *full)
{
	struct sql_query q;

	sql_query(&q, job, "SELECT id FROM change WHERE test = ?"
	    " ORDER BY time DESC, id DESC LIMIT 1 OFFSET ?");
	sql_query_int(&q, test);
	sql_query_int(&q, HISTORY_CHANGES);
	*full = sql_query_row(&q);
	return (sql_query_end(&q));
}

/* The newest HISTORY_CHANGES stay. */
static enum err
drop_changes(struct job *job, int64_t test)
{
	struct sql_query q;
	bool full;
	enum err e;

	if ((e = is_full(job, test, &full)) != OK || !full)
		return (e);

	sql_query(&q, job, "DELETE FROM change WHERE id IN"
	    " (SELECT id FROM change WHERE test = ?"
	    " ORDER BY time DESC, id DESC " SQL_BEYOND ")");
	sql_query_int(&q, test);
	sql_query_int(&q, HISTORY_CHANGES);
	return (sql_query_run(&q));
}

static enum err
insert_change(struct job *job, int64_t test, const struct change *c)
{
	struct sql_query q;

	sql_query(&q, job, "INSERT INTO change (delivery, test, time,"
	    " status, previous, type, monitor, monitor_type, reason,"
	    " quarantined, why_healthy)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (delivery) DO NOTHING");
	sql_query_text(&q, c->delivery);
	sql_query_int(&q, test);
	sql_query_int(&q, c->time);
	sql_query_text(&q, sql_test_statuses[c->status]);
	sql_query_text(&q, sql_test_statuses[c->previous]);
	sql_query_text(&q, c->type);
	sql_query_text(&q, c->monitor);
	sql_query_text(&q, c->monitor_type);
	sql_query_text(&q, c->reason);
	sql_query_text(&q, sql_history_answers[c->quarantined]);
	sql_query_text(&q, sql_history_healthy[c->why_healthy]);
	return (sql_query_run(&q));
}

enum err
sql_history_note_change(struct job *job, int64_t test,
    const struct change *c)
{
	enum err e;

	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	if ((e = insert_change(job, test, c)) == OK)
		e = drop_changes(job, test);
	return (sql_leave(job, e));
}

static void
read_change(struct sql_query *q, struct change *c)
{

	c->delivery = sql_query_get_text(q, 0);
	c->time = sql_query_get_int(q, 1);
	c->status = (enum status)sql_query_get_word(q, 2,
	    sql_test_statuses, SQL_STATUSES);
	c->previous = (enum status)sql_query_get_word(q, 3,
	    sql_test_statuses, SQL_STATUSES);
	c->type = sql_query_get_text(q, 4);
	c->monitor = sql_query_get_text(q, 5);
	c->monitor_type = sql_query_get_text(q, 6);
	c->reason = sql_query_get_text(q, 7);
	c->quarantined = (enum answer)sql_query_get_word(q, 8,
	    sql_history_answers, SQL_ANSWERS);
	c->why_healthy = (enum healthy)sql_query_get_word(q, 9,
	    sql_history_healthy, SQL_HEALTHY);
}

enum err
sql_history_changes(struct job *job, int64_t test,
    const struct change **changes, size_t *n)
{
	struct change *one;
	struct sql_query q;

	sql_read(&q, job, "SELECT delivery, time, status, previous, type,"
	    " monitor, monitor_type, reason, quarantined, why_healthy,"
	    " count(*) OVER ()"
	    " FROM change WHERE test = ? ORDER BY time, CASE status"
	    " WHEN 'broken' THEN 0 WHEN 'flaky' THEN 1"
	    " WHEN 'healthy' THEN 2 ELSE 3 END, id");
	sql_query_int(&q, test);
	while ((one = sql_query_each(&q, sizeof(*one))) != NULL)
		read_change(&q, one);
	*changes = q.list;
	*n = q.n;
	return (sql_query_end(&q));
}

enum err
sql_history_run_monitor(struct sql_query *q,
    const struct monitor_record *m)
{
	const char *evidence = m->evidence;

	if (evidence != NULL && strlen(evidence) > HISTORY_EVIDENCE)
		evidence = NULL;
	sql_query_text(q, m->id);
	sql_query_text(q, m->type);
	sql_query_int(q, m->active);
	sql_query_int(q, m->time);
	sql_query_text(q, m->said);
	sql_query_text(q, evidence);
	return (sql_query_run(q));
}

enum err
sql_history_put_monitor(struct job *job, int64_t test,
    const struct monitor_record *m)
{
	struct sql_query q;

	sql_query(&q, job, "INSERT INTO monitor (test, id, type, active,"
	    " time, said, evidence) VALUES (?, ?, ?, ?, ?, ?, ?)"
	    SQL_MONITOR_NEWER("test, id", "monitor"));
	sql_query_int(&q, test);
	return (sql_history_run_monitor(&q, m));
}

enum err
sql_history_note_known(struct job *job, const char *type,
    const char *delivery)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	sql_query(&q, job, "INSERT INTO known (type, n, first, last,"
	    " delivery) VALUES (?1, 1, ?2, ?2, ?3)"
	    " ON CONFLICT (type) DO UPDATE SET n = known.n + 1,"
	    " last = excluded.last, delivery = excluded.delivery"
	    " WHERE known.delivery <> excluded.delivery");
	sql_query_text(&q, type);
	sql_query_int(&q, job->now);
	sql_query_text(&q, delivery);
	e = sql_query_run(&q);
	return (sql_leave(job, e));
}

static void
read_known(struct sql_query *q, struct known *k)
{

	k->type = sql_query_get_text(q, 0);
	k->n = sql_query_get_int(q, 1);
	k->first = sql_query_get_int(q, 2);
	k->last = sql_query_get_int(q, 3);
}

enum err
sql_history_known(struct job *job, const struct known **known, size_t *n)
{
	struct known *one;
	struct sql_query q;

	sql_read(&q, job, "SELECT type, n, first, last,"
	    " count(*) OVER () FROM known ORDER BY type");
	while ((one = sql_query_each(&q, sizeof(*one))) != NULL)
		read_known(&q, one);
	*known = q.list;
	*n = q.n;
	return (sql_query_end(&q));
}

enum err
sql_history_prune(struct job *job, int64_t before)
{
	enum err e;

	e = sql_query_once(job, "DELETE FROM monitor WHERE (test, id) IN"
	    " (SELECT test, id FROM monitor WHERE active = 0 AND time < ?"
	    " LIMIT 1000)", before);
	if (e != OK)
		return (e);
	return (sql_query_once(job, "DELETE FROM known WHERE type IN"
	    " (SELECT type FROM known WHERE last < ? LIMIT 1000)", before));
}
