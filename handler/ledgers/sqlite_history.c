/*
 * What happened to a test: its changes of status, the newest of them, and the
 * last word of each monitor; and types of events that we do not handle.
 */
#include <string.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/sqlite.h"
#include "handler/ledgers/sqlite_records.h"

const char *const sqlite_history_answers[SQLITE_ANSWERS] = {
	"unknown", "no", "yes"
};

/* In the order of enum healthy. */
const char *const sqlite_history_healthy[SQLITE_HEALTHY] = {
	"unknown", "resolved", "muted", "gone", "manual"
};

/* The newest HISTORY_CHANGES stay. */
static enum err
drop_changes(struct job *job, int64_t test)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "DELETE FROM change WHERE id IN"
	    " (SELECT id FROM change WHERE test = ?"
	    " ORDER BY time DESC, id DESC LIMIT -1 OFFSET ?)");
	sqlite_query_int(&q, test);
	sqlite_query_int(&q, HISTORY_CHANGES);
	return (sqlite_query_run(&q));
}

static enum err
insert_change(struct job *job, int64_t test, const struct change *c)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "INSERT INTO change (delivery, test, time,"
	    " status, previous, type, monitor, monitor_type, reason,"
	    " quarantined, why_healthy)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (delivery) DO NOTHING");
	sqlite_query_text(&q, c->delivery);
	sqlite_query_int(&q, test);
	sqlite_query_int(&q, c->time);
	sqlite_query_text(&q, sqlite_test_statuses[c->status]);
	sqlite_query_text(&q, sqlite_test_statuses[c->previous]);
	sqlite_query_text(&q, c->type);
	sqlite_query_text(&q, c->monitor);
	sqlite_query_text(&q, c->monitor_type);
	sqlite_query_text(&q, c->reason);
	sqlite_query_text(&q, sqlite_history_answers[c->quarantined]);
	sqlite_query_text(&q, sqlite_history_healthy[c->why_healthy]);
	return (sqlite_query_run(&q));
}

enum err
sqlite_history_note_change(struct job *job, int64_t test,
    const struct change *c)
{
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_WRITE)) != OK)
		return (e);
	if ((e = insert_change(job, test, c)) == OK)
		e = drop_changes(job, test);
	return (sqlite_leave(job, e));
}

static void
read_change(struct sqlite_query *q, struct change *c)
{

	c->delivery = sqlite_query_get_text(q, 0);
	c->time = sqlite_query_get_int(q, 1);
	c->status = (enum status)sqlite_query_get_word(q, 2,
	    sqlite_test_statuses, SQLITE_STATUSES);
	c->previous = (enum status)sqlite_query_get_word(q, 3,
	    sqlite_test_statuses, SQLITE_STATUSES);
	c->type = sqlite_query_get_text(q, 4);
	c->monitor = sqlite_query_get_text(q, 5);
	c->monitor_type = sqlite_query_get_text(q, 6);
	c->reason = sqlite_query_get_text(q, 7);
	c->quarantined = (enum answer)sqlite_query_get_word(q, 8,
	    sqlite_history_answers, SQLITE_ANSWERS);
	c->why_healthy = (enum healthy)sqlite_query_get_word(q, 9,
	    sqlite_history_healthy, SQLITE_HEALTHY);
}

enum err
sqlite_history_changes(struct job *job, int64_t test,
    const struct change **changes, size_t *n)
{
	struct change *one;
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT delivery, time, status, previous, type,"
	    " monitor, monitor_type, reason, quarantined, why_healthy,"
	    " count(*) OVER ()"
	    " FROM change WHERE test = ? ORDER BY time, CASE status"
	    " WHEN 'broken' THEN 0 WHEN 'flaky' THEN 1"
	    " WHEN 'healthy' THEN 2 ELSE 3 END, id");
	sqlite_query_int(&q, test);
	while ((one = sqlite_query_each(&q, sizeof(*one))) != NULL)
		read_change(&q, one);
	*changes = q.list;
	*n = q.n;
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
}

enum err
sqlite_history_run_monitor(struct sqlite_query *q,
    const struct monitor_record *m)
{
	const char *evidence = m->evidence;

	if (evidence != NULL && strlen(evidence) > HISTORY_EVIDENCE)
		evidence = NULL;
	sqlite_query_text(q, m->id);
	sqlite_query_text(q, m->type);
	sqlite_query_int(q, m->active);
	sqlite_query_int(q, m->time);
	sqlite_query_text(q, m->said);
	sqlite_query_text(q, evidence);
	return (sqlite_query_run(q));
}

enum err
sqlite_history_put_monitor(struct job *job, int64_t test,
    const struct monitor_record *m)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "INSERT INTO monitor (test, id, type, active,"
	    " time, said, evidence) VALUES (?, ?, ?, ?, ?, ?, ?)"
	    SQLITE_MONITOR_NEWER);
	sqlite_query_int(&q, test);
	return (sqlite_history_run_monitor(&q, m));
}

enum err
sqlite_history_note_monitor(struct job *job, int64_t test,
    const struct monitor_record *m)
{
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_WRITE)) != OK)
		return (e);
	e = sqlite_history_put_monitor(job, test, m);
	return (sqlite_leave(job, e));
}

static void
read_monitor(struct sqlite_query *q, struct monitor_record *m)
{

	m->id = sqlite_query_get_text(q, 0);
	m->type = sqlite_query_get_text(q, 1);
	m->time = sqlite_query_get_int(q, 2);
	m->evidence = sqlite_query_get_text(q, 3);
	m->active = true;
}

enum err
sqlite_history_monitors(struct job *job, int64_t test,
    const struct monitor_record **monitors, size_t *n)
{
	struct monitor_record *one;
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT id, type, time, evidence,"
	    " count(*) OVER () FROM monitor WHERE test = ? AND active = 1"
	    " ORDER BY time, id");
	sqlite_query_int(&q, test);
	while ((one = sqlite_query_each(&q, sizeof(*one))) != NULL)
		read_monitor(&q, one);
	*monitors = q.list;
	*n = q.n;
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
}

enum err
sqlite_history_note_known(struct job *job, const char *type,
    const char *delivery)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_WRITE)) != OK)
		return (e);
	sqlite_query(&q, job, "INSERT INTO known (type, n, first, last,"
	    " delivery) VALUES (?1, 1, ?2, ?2, ?3)"
	    " ON CONFLICT DO UPDATE SET n = n + 1, last = excluded.last,"
	    " delivery = excluded.delivery"
	    " WHERE delivery <> excluded.delivery");
	sqlite_query_text(&q, type);
	sqlite_query_int(&q, job->now);
	sqlite_query_text(&q, delivery);
	e = sqlite_query_run(&q);
	return (sqlite_leave(job, e));
}

static void
read_known(struct sqlite_query *q, struct known *k)
{

	k->type = sqlite_query_get_text(q, 0);
	k->n = sqlite_query_get_int(q, 1);
	k->first = sqlite_query_get_int(q, 2);
	k->last = sqlite_query_get_int(q, 3);
}

enum err
sqlite_history_known(struct job *job, const struct known **known, size_t *n)
{
	struct known *one;
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT type, n, first, last,"
	    " count(*) OVER () FROM known ORDER BY type");
	while ((one = sqlite_query_each(&q, sizeof(*one))) != NULL)
		read_known(&q, one);
	*known = q.list;
	*n = q.n;
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
}

enum err
sqlite_history_prune(struct job *job, int64_t before)
{
	enum err e;

	e = sqlite_query_once(job, "DELETE FROM monitor WHERE (test, id) IN"
	    " (SELECT test, id FROM monitor WHERE active = 0 AND time < ?"
	    " LIMIT 1000)", before);
	if (e != OK)
		return (e);
	return (sqlite_query_once(job, "DELETE FROM known WHERE type IN"
	    " (SELECT type FROM known WHERE last < ? LIMIT 1000)", before));
}
