/*
 * What other events than changes of status leave behind: the word of a monitor
 * for a test that nobody has met yet, what watches a test, and how its
 * quarantine stood.
 */
#include <string.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/sqlite.h"
#include "handler/ledgers/sqlite_records.h"

enum {
	ABOUT = 60 * 60 * 1000	/* ms between a status and its monitor */
};

/* What waits for a test that nobody has met; see the trigger alias_made. */
static enum err
keep_early(struct job *job, const struct test *test,
    const struct monitor_record *m)
{
	struct sqlite_query q;

	if (test->id == NULL)
		return (OK);
	sqlite_query(&q, job, "INSERT INTO early_monitor (scope, trunk_id, id,"
	    " type, active, time, said, evidence)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)" SQLITE_MONITOR_NEWER);
	sqlite_query_text(&q, sqlite_test_scope(test->scope));
	sqlite_query_text(&q, test->id);
	return (sqlite_history_run_monitor(&q, m));
}

enum err
sqlite_effect_hear(struct job *job, const struct test *test,
    const struct monitor_record *m, int64_t *row)
{
	struct test_record known;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_WRITE)) != OK)
		return (e);
	e = sqlite_test_find_in(job, test, &known);
	if (e == OK && (e = sqlite_history_put_monitor(job, known.row,
	    m)) == OK)
		*row = known.row;
	else if (e == ERR_ABSENT)
		e = keep_early(job, test, m);
	return (sqlite_leave(job, e));
}

static void
read_monitor(struct sqlite_query *q, int first, struct monitor_record *m)
{

	m->id = sqlite_query_get_text(q, first);
	m->type = sqlite_query_get_text(q, first + 1);
	m->active = sqlite_query_get_int(q, first + 2) != 0;
	m->time = sqlite_query_get_int(q, first + 3);
	m->said = sqlite_query_get_text(q, first + 4);
	m->evidence = sqlite_query_get_text(q, first + 5);
}

enum err
sqlite_effect_monitor(struct job *job, int64_t test, const char *id,
    struct monitor_record *m)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT id, type, active, time, said, evidence"
	    " FROM monitor WHERE test = ? AND id = ?");
	sqlite_query_int(&q, test);
	sqlite_query_text(&q, id);
	if (sqlite_query_row(&q))
		read_monitor(&q, 0, m);
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e == OK && m->id == NULL ? ERR_ABSENT : e));
}

enum err
sqlite_effect_watchers(struct job *job, int64_t ticket,
    const struct watcher **watchers, size_t *n)
{
	struct watcher *one;
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT monitor.id, type, active, time, said,"
	    " evidence, name, variant, count(*) OVER () FROM monitor"
	    " JOIN test ON test.id = monitor.test WHERE active = 1"
	    " AND test IN (SELECT test FROM link WHERE ticket = ?)"
	    " ORDER BY name, test, time, monitor.id LIMIT ?");
	sqlite_query_int(&q, ticket);
	sqlite_query_int(&q, WATCHERS_MAX);
	while ((one = sqlite_query_each(&q, sizeof(*one))) != NULL) {
		read_monitor(&q, 0, &one->monitor);
		one->test = sqlite_query_get_text(&q, 6);
		one->variant = sqlite_query_get_text(&q, 7);
	}
	*watchers = q.list;
	*n = q.n;
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
}

enum err
sqlite_effect_resolved(struct job *job, int64_t test, const char *monitor,
    int64_t time)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_WRITE)) != OK)
		return (e);
	sqlite_query(&q, job, "UPDATE change SET why_healthy = 'resolved'"
	    " WHERE test = ? AND monitor = ? AND status = 'healthy'"
	    " AND why_healthy = 'unknown' AND time BETWEEN ? AND ?");
	sqlite_query_int(&q, test);
	sqlite_query_text(&q, monitor);
	sqlite_query_int(&q, time - ABOUT);
	sqlite_query_int(&q, time + ABOUT);
	e = sqlite_query_run(&q);
	return (sqlite_leave(job, e));
}

/* What stands before it, and whether anything stands behind. */
static enum err
look_around(struct job *job, int64_t test, const char *delivery,
    struct shield_news *news)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "SELECT"
	    " coalesce((SELECT quarantined FROM shield AS old"
	    "   WHERE old.test = now.test AND old.quarantined <> 'unknown'"
	    "   AND (old.time, old.id) < (now.time, now.id)"
	    "   ORDER BY old.time DESC, old.id DESC LIMIT 1), 'unknown'),"
	    " NOT EXISTS (SELECT 1 FROM shield AS new"
	    "   WHERE new.test = now.test"
	    "   AND (new.time, new.id) > (now.time, now.id))"
	    " FROM shield AS now WHERE test = ? AND delivery = ?");
	sqlite_query_int(&q, test);
	sqlite_query_text(&q, delivery);
	if (sqlite_query_row(&q)) {
		news->before = (enum answer)sqlite_query_get_word(&q, 0,
		    sqlite_history_answers, SQLITE_ANSWERS);
		news->newest = sqlite_query_get_int(&q, 1) != 0;
	}
	return (sqlite_query_end(&q));
}

enum err
sqlite_effect_shield(struct job *job, int64_t test, const struct shield *s,
    struct shield_news *news)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_WRITE)) != OK)
		return (e);
	sqlite_query(&q, job, "INSERT INTO shield (delivery, test, time,"
	    " quarantined) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
	sqlite_query_text(&q, s->delivery);
	sqlite_query_int(&q, test);
	sqlite_query_int(&q, s->time);
	sqlite_query_text(&q, sqlite_history_answers[s->quarantined]);
	if ((e = sqlite_query_run(&q)) == OK)
		e = look_around(job, test, s->delivery, news);
	return (sqlite_leave(job, e));
}

enum err
sqlite_effect_places(struct job *job, const struct queue_place **places,
    size_t *n)
{
	struct queue_place *one;
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT repository, sum(kind = 'pr'),"
	    " sum(kind = 'batch'), max(time), count(*) OVER () FROM queue"
	    " GROUP BY repository ORDER BY repository");
	while ((one = sqlite_query_each(&q, sizeof(*one))) != NULL) {
		one->repository = sqlite_query_get_text(&q, 0);
		one->prs = sqlite_query_get_int(&q, 1);
		one->batches = sqlite_query_get_int(&q, 2);
		one->last = sqlite_query_get_int(&q, 3);
	}
	*places = q.list;
	*n = q.n;
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
}

enum err
sqlite_effect_prune(struct job *job, int64_t before)
{
	enum err e;

	e = sqlite_query_once(job, "DELETE FROM early_monitor WHERE rowid IN"
	    " (SELECT rowid FROM early_monitor WHERE time < ? LIMIT 1000)",
	    before);
	if (e != OK)
		return (e);
	/* The last one of each test says how it is now. */
	return (sqlite_query_once(job, "DELETE FROM shield WHERE id IN"
	    " (SELECT id FROM shield AS old WHERE time < ? AND EXISTS"
	    " (SELECT 1 FROM shield AS new WHERE new.test = old.test"
	    " AND (new.time, new.id) > (old.time, old.id)) LIMIT 1000)",
	    before));
}
