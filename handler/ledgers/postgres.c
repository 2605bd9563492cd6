/*
 * A PostgreSQL ledger, opened and closed, and its transactions: each begins
 * with the write lock, in one exchange, so that none ever waits for another
 * with rows of its own locked.
 */
#include "handler/ledgers/postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "handler/job.h"
#include "handler/ledgers/sql_backend.h"

enum {
	OPEN_WAIT = 5000	/* ms that opening may take */
};

static enum err
store_enter(struct job *job, bool writing)
{
	struct postgres *l = postgres_of(job);
	enum err e = OK;

	if (!l->sql.open)
		e = postgres_open_session(job);
	else if (l->conn == NULL)
		e = postgres_fail_lost(job);
	if (e != OK)
		return (e == ERR_CONFIG && l->opened ? ERR_LEDGER : e);
	if (writing && postgres_lock_is_lost(l))
		return (fail(job, ERR_LEDGER, "ledger %s: the lock of this "
		    "test was lost with its connection, so nothing more is "
		    "written; the next try goes on", l->sql.name));
	postgres_lock_settle(job);
	return (OK);
}

static void
store_over(struct sql *sql)
{
	struct postgres *l = (struct postgres *)sql;
	struct job undo = { .ledger = &sql->base };

	if (l->conn != NULL &&
	    pq.PQtransactionStatus(l->conn) != PQTRANS_IDLE)
		(void)postgres_end(&undo, "ROLLBACK", NULL);
	if (l->conn != NULL &&
	    pq.PQtransactionStatus(l->conn) != PQTRANS_IDLE)
		postgres_hang_up(l, "a transaction did not end");
	if (l->conn != NULL)
		postgres_lock_settle(&undo);
}

static enum err
store_begin(struct job *job)
{
	struct postgres *l = postgres_of(job);
	int64_t left = l->sql.deadline - clock_mono();
	char text[256];
	enum err e;

	/* A little less, so that the server tells what it waited for. */
	left = left > 10 ? left - left / 10 : 1;
	(void)snprintf(text, sizeof(text), "BEGIN ISOLATION LEVEL READ "
	    "COMMITTED READ WRITE; SET LOCAL lock_timeout TO %lld;"
	    "SELECT pg_advisory_xact_lock(%d, %d)", (long long)left,
	    POSTGRES_APPLICATION, (int)(uint32_t)l->schema);
	l->begins = true;
	e = postgres_run(job, text, NULL);
	l->begins = false;
	if (e != OK)
		store_over(&l->sql);
	return (e);
}

static bool
store_sound(struct sql *sql)
{
	struct postgres *l = (struct postgres *)sql;

	return (l->conn != NULL &&
	    pq.PQtransactionStatus(l->conn) == PQTRANS_INTRANS);
}

static enum err
store_execute(struct job *job, const char *sql)
{
	struct postgres *l = postgres_of(job);
	enum err e = postgres_end(job, sql, NULL);

	/* Only ROLLBACK leads out of one. */
	if (l->conn == NULL ||
	    pq.PQtransactionStatus(l->conn) == PQTRANS_IDLE)
		l->snapshot = false;
	return (e);
}

/*
 * What failed before is answered by ROLLBACK, which is no error there; and
 * when somebody ends the wait for the standby, that is a commit with a
 * warning, of what a failover would lose.
 */
static enum err
store_commit(struct job *job)
{
	struct postgres *l = postgres_of(job);
	enum err e;

	l->warned = false;
	e = postgres_end(job, "COMMIT", "COMMIT");
	if (e != OK || !l->warned)
		return (e);
	postgres_hang_up(l, "a commit did not wait for the standby");
	return (postgres_fail_lost(job));
}

static enum err
store_snapshot(struct job *job)
{
	enum err e;

	e = postgres_run(job, "BEGIN ISOLATION LEVEL REPEATABLE READ "
	    "READ ONLY", NULL);
	postgres_of(job)->snapshot = e == OK;
	return (e);
}

/* A transaction that has a number is written and flushed when it ends. */
static enum err
store_touch(struct job *job)
{

	return (postgres_run(job, "SELECT pg_current_xact_id()", NULL));
}

const struct sql_store postgres_store = {
	.enter = store_enter,
	.begin = store_begin,
	.sound = store_sound,
	.execute = store_execute,
	.commit = store_commit,
	.over = store_over,
	.snapshot = store_snapshot,
	.quiet = postgres_quiet,
	.alone = postgres_alone,
	.text = postgres_text,
	.touch = store_touch,
	.prepare = postgres_prepare,
	.bind = postgres_bind,
	.row = postgres_row,
	.value = postgres_value,
	.columns = postgres_columns,
	.column = postgres_column,
	.changed = postgres_changed,
	.reset = postgres_reset,
	.forget = postgres_forget,
	.lock = postgres_lock,
	.unlock = postgres_unlock,
	.tables = "SELECT CAST(relname AS TEXT) FROM pg_class"
	    " WHERE relkind = 'r' AND relnamespace = (SELECT oid"
	    " FROM pg_namespace WHERE nspname = current_schema())"
	    " ORDER BY pg_class.oid"
};

static void
postgres_close(struct ledger *ledger)
{
	struct postgres *l = (struct postgres *)ledger;

	sql_free(&l->sql);
	if (l->conn != NULL)
		pq.PQfinish(l->conn);
	postgres_lock_free(l);
	postgres_target_free(l->target);
	(void)pthread_mutex_destroy(&l->mutex);
	free(l);
}

static enum err
new_ledger(const char *rest, struct postgres **out, struct why *why)
{
	const size_t n = strlen("postgresql:") + strlen(rest) + 1;
	struct postgres *l = calloc(1, sizeof(*l));
	char *url = malloc(n);
	enum err e;

	if (l == NULL || url == NULL) {
		free(l);
		free(url);
		return (err_set(why, ERR_NOMEM, "no memory for the ledger"));
	}
	(void)snprintf(url, n, "postgresql:%s", rest);
	if ((e = postgres_target_new(url, &l->target, why)) != OK) {
		free(l);
	} else {
		sql_init(&l->sql, &postgres_backend, &postgres_store);
		(void)pthread_mutex_init(&l->mutex, NULL);
		l->sql.name = postgres_target_name(l->target);
		*out = l;
	}
	free(url);
	return (e);
}

static enum err
postgres_open(const char *rest, struct ledger **out, struct why *why)
{
	struct job job = { .deadline = clock_mono() + OPEN_WAIT };
	struct postgres *l = NULL;
	enum err e;

	if ((e = postgres_lib_load(why)) != OK ||
	    (e = new_ledger(rest, &l, why)) != OK)
		return (e);
	job.ledger = &l->sql.base;
	if ((e = sql_enter(&job, SQL_USE_READ)) == OK)
		e = sql_leave(&job, OK);
	if (e != OK) {
		postgres_close(&l->sql.base);
		return (err_set(why, e, "%s", job.why.text));
	}
	l->opened = true;
	*out = &l->sql.base;
	return (OK);
}

const struct ledger_backend postgres_backend = {
	.scheme = "postgresql",
	.files = postgres_target_files,
	.open = postgres_open,
	.close = postgres_close,
	SQL_BACKEND_REST
};
