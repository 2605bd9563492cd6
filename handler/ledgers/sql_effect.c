/*
 * What other events than changes of status leave behind: the word of a monitor
 * for a test that nobody has met yet, what watches a test, and how its
 * quarantine stood.
 */
#include <string.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/sql_records.h"

enum {
	ABOUT = 60 * 60 * 1000	/* ms between a status and its monitor */
};

/* What waits for a test that nobody has met; see the trigger alias_made. */
static enum err
keep_early(struct job *job, const struct test *test,
    const struct monitor_record *m)
{
	struct sql_query q;

	if (test->id == NULL)
		return (OK);
	sql_query(&q, job, "INSERT INTO early_monitor (scope, trunk_id, id,"
	    " type, active, time, said, evidence)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
	    SQL_MONITOR_NEWER("scope, trunk_id, id", "early_monitor"));
	sql_query_text(&q, sql_test_scopes[test->scope]);
	sql_query_text(&q, test->id);
	return (sql_history_run_monitor(&q, m));
}

enum err
sql_effect_hear(struct job *job, const struct test *test,
    const struct monitor_record *m, int64_t *row)
{
	struct test_record known;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	e = sql_test_find_in(job, test, &known);
	if (e == OK && (e = sql_history_put_monitor(job, known.row,
	    m)) == OK)
		*row = known.row;
	else if (e == ERR_ABSENT)
		e = keep_early(job, test, m);
	return (sql_leave(job, e));
}

static void
read_monitor(struct sql_query *q, int first, struct monitor_record *m)
{

	m->id = sql_query_get_text(q, first);
	m->type = sql_query_get_text(q, first + 1);
	m->active = sql_query_get_int(q, first + 2) != 0;
	m->time = sql_query_get_int(q, first + 3);
	m->said = sql_query_get_text(q, first + 4);
	m->evidence = sql_query_get_text(q, first + 5);
}

enum err
sql_effect_monitor(struct job *job, int64_t test, const char *id,
    struct monitor_record *m)
{
	struct sql_query q;
	enum err e;

	sql_read(&q, job, "SELECT id, type, active, time, said, evidence"
	    " FROM monitor WHERE test = ? AND id = ?");
	sql_query_int(&q, test);
	sql_query_text(&q, id);
	if (sql_query_row(&q))
		read_monitor(&q, 0, m);
	e = sql_query_end(&q);
	return (e == OK && m->id == NULL ? ERR_ABSENT : e);
}

enum err
sql_effect_watchers(struct job *job, int64_t ticket,
    const struct watcher **watchers, size_t *n)
{
	struct watcher *one;
	struct sql_query q;

	sql_read(&q, job, "SELECT monitor.id, type, active, time, said,"
	    " evidence, name, variant, count(*) OVER () FROM monitor"
	    " JOIN test ON test.id = monitor.test WHERE active = 1"
	    " AND test IN (SELECT test FROM link WHERE ticket = ?)"
	    " ORDER BY name, test, time, monitor.id LIMIT ?");
	sql_query_int(&q, ticket);
	sql_query_int(&q, WATCHERS_MAX);
	while ((one = sql_query_each(&q, sizeof(*one))) != NULL) {
		read_monitor(&q, 0, &one->monitor);
		one->test = sql_query_get_text(&q, 6);
		one->variant = sql_query_get_text(&q, 7);
	}
	*watchers = q.list;
	*n = q.n;
	return (sql_query_end(&q));
}

enum err
sql_effect_resolved(struct job *job, int64_t test, const char *monitor,
    int64_t time)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	sql_query(&q, job, "UPDATE change SET why_healthy = 'resolved'"
	    " WHERE test = ? AND monitor = ? AND status = 'healthy'"
	    " AND why_healthy = 'unknown' AND time BETWEEN ? AND ?");
	sql_query_int(&q, test);
	sql_query_text(&q, monitor);
	sql_query_int(&q, time - ABOUT);
	sql_query_int(&q, time + ABOUT);
	e = sql_query_run(&q);
	return (sql_leave(job, e));
}

/* What stands before it, and whether anything stands behind. */
static enum err
look_around(struct job *job, int64_t test, const char *delivery,
    struct shield_news *news)
{
	struct sql_query q;

	sql_query(&q, job, "SELECT"
	    " coalesce((SELECT quarantined FROM shield AS old"
	    "   WHERE old.test = now.test AND old.quarantined <> 'unknown'"
	    "   AND (old.time, old.id) < (now.time, now.id)"
	    "   ORDER BY old.time DESC, old.id DESC LIMIT 1), 'unknown'),"
	    " NOT EXISTS (SELECT 1 FROM shield AS new"
	    "   WHERE new.test = now.test"
	    "   AND (new.time, new.id) > (now.time, now.id))"
	    " FROM shield AS now WHERE test = ? AND delivery = ?");
	sql_query_int(&q, test);
	sql_query_text(&q, delivery);
	if (sql_query_row(&q)) {
		news->before = (enum answer)sql_query_get_word(&q, 0,
		    sql_history_answers, SQL_ANSWERS);
		news->newest = sql_query_get_int(&q, 1) != 0;
	}
	return (sql_query_end(&q));
}

enum err
sql_effect_shield(struct job *job, int64_t test, const struct shield *s,
    struct shield_news *news)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	sql_query(&q, job, "INSERT INTO shield (delivery, test, time,"
	    " quarantined) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
	sql_query_text(&q, s->delivery);
	sql_query_int(&q, test);
	sql_query_int(&q, s->time);
	sql_query_text(&q, sql_history_answers[s->quarantined]);
	if ((e = sql_query_run(&q)) == OK)
		e = look_around(job, test, s->delivery, news);
	return (sql_leave(job, e));
}

enum err
sql_effect_places(struct job *job, const struct queue_place **places,
    size_t *n)
{
	struct queue_place *one;
	struct sql_query q;

	sql_read(&q, job, "SELECT repository, count(*) FILTER (WHERE"
	    " kind = 'pr'), count(*) FILTER (WHERE kind = 'batch'),"
	    " max(time), count(*) OVER () FROM queue"
	    " GROUP BY repository ORDER BY repository");
	while ((one = sql_query_each(&q, sizeof(*one))) != NULL) {
		one->repository = sql_query_get_text(&q, 0);
		one->prs = sql_query_get_int(&q, 1);
		one->batches = sql_query_get_int(&q, 2);
		one->last = sql_query_get_int(&q, 3);
	}
	*places = q.list;
	*n = q.n;
	return (sql_query_end(&q));
}

enum err
sql_effect_prune(struct job *job, int64_t before)
{
	enum err e;

	e = sql_query_once(job, "DELETE FROM early_monitor WHERE rowid IN"
	    " (SELECT rowid FROM early_monitor WHERE time < ? LIMIT 1000)",
	    before);
	if (e != OK)
		return (e);
	/* The last one of each test says how it is now. */
	return (sql_query_once(job, "DELETE FROM shield WHERE id IN"
	    " (SELECT id FROM shield AS old WHERE time < ? AND EXISTS"
	    " (SELECT 1 FROM shield AS new WHERE new.test = old.test"
	    " AND (new.time, new.id) > (old.time, old.id)) LIMIT 1000)",
	    before));
}
