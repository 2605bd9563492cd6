/*
 * An SQLite ledger as struct sql_store has it: transactions under our own
 * write lock, statements, and key locks on bytes of the lock file.
 */
#include <errno.h>
#include <string.h>

#include "handler/job.h"
#include "handler/ledgers/lock.h"
#include "handler/ledgers/sql_store.h"
#include "handler/ledgers/sqlite.h"

static const char *const words[SQLITE_WORDS] = {
	"ROLLBACK", "BEGIN IMMEDIATE", "COMMIT", "SAVEPOINT unit",
	"RELEASE unit", "ROLLBACK TO unit"
};

enum {
	UNDO = 0		/* the first of them */
};

struct sqlite *
sqlite_of(const struct job *job)
{

	return ((struct sqlite *)job->ledger);
}

/* A file is always there, and a lock on it cannot be lost. */
static enum err
store_enter(struct job *job, bool writing)
{

	(void)job;
	(void)writing;
	return (OK);
}

enum err
sqlite_write_lock(struct job *job)
{
	struct sqlite *l = sqlite_of(job);

	switch (lock_write(l->lock, l->sql.deadline)) {
	case OK:
		return (OK);
	case ERR_BUSY:
		return (fail(job, ERR_DEADLINE, "ledger %s: another process "
		    "was writing until the time was up", l->path));
	default:
		return (fail(job, ERR_LEDGER, "ledger %s cannot be locked: %s",
		    l->lock_path, strerror(errno)));
	}
}

static int
run_word(sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt), end = sqlite3_reset(stmt);

	return (rc == SQLITE_DONE ? end : rc);
}

static enum err
store_execute(struct job *job, const char *sql)
{
	struct sqlite *l = sqlite_of(job);
	sqlite3 *db = sqlite_side_db(l);
	int i = 0, rc;

	while (i < SQLITE_WORDS && strcmp(words[i], sql) != 0)
		i++;
	if (db == l->db && i < SQLITE_WORDS && l->word[i] != NULL)
		rc = run_word(l->word[i]);
	else
		rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	return (rc == SQLITE_OK ? OK : sqlite_fail(job, rc));
}

enum err
sqlite_words_prepare(struct job *job)
{
	struct sqlite *l = sqlite_of(job);
	int i, rc = SQLITE_OK;

	for (i = 0; i < SQLITE_WORDS && rc == SQLITE_OK; i++)
		rc = sqlite3_prepare_v3(l->db, words[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &l->word[i], NULL);
	return (rc == SQLITE_OK ? OK : sqlite_fail(job, rc));
}

/* What stays open keeps others from writing, and us from beginning. */
static void
undo_all(struct sqlite *l)
{

	if (sqlite3_get_autocommit(l->db))
		return;
	(void)run_word(l->word[UNDO]);
}

static enum err
store_begin(struct job *job)
{
	struct sqlite *l = sqlite_of(job);
	enum err e;

	if ((e = sqlite_write_lock(job)) != OK)
		return (e);
	undo_all(l);
	if ((e = store_execute(job, "BEGIN IMMEDIATE")) != OK) {
		undo_all(l);		/* it may have begun all the same */
		lock_write_release(l->lock);
	}
	return (e);
}

/* What SQLite cannot go on with it undoes by itself. */
static bool
store_sound(struct sql *l)
{

	return (!sqlite3_get_autocommit(((struct sqlite *)l)->db));
}

static enum err
store_commit(struct job *job)
{

	enum err e = store_execute(job, "COMMIT");

	if (e == OK)
		sqlite_side_log(sqlite_of(job));
	return (e);
}

static void
store_over(struct sql *sql)
{
	struct sqlite *l = (struct sqlite *)sql;

	undo_all(l);
	lock_write_release(l->lock);
}

static enum err
store_snapshot(struct job *job)
{

	return (store_execute(job, "BEGIN"));
}

/* Numbers are always those after the largest. */
static enum err
store_quiet(struct job *job, bool quiet)
{
	int rc = sqlite3_db_config(sqlite_of(job)->db,
	    SQLITE_DBCONFIG_ENABLE_TRIGGER, quiet ? 0 : 1, NULL);

	return (rc == SQLITE_OK ? OK : sqlite_fail(job, rc));
}

static enum err
store_alone(struct job *job)
{
	struct sqlite *l = sqlite_of(job);
	enum err e = lock_alone(l->lock);

	if (e != OK && e != ERR_BUSY)
		return (fail(job, ERR_LEDGER, "ledger %s cannot be locked: "
		    "%s", l->lock_path, strerror(errno)));
	if (e == OK)
		return (OK);
	return (fail(job, ERR_BUSY, "ledger %s is open in another program; "
	    "stop tickethook, and whatever starts it, first", l->path));
}

static const char *
store_text(struct job *job, const char *text)
{

	(void)job;
	return (text);
}

static void
check(struct sql_query *q, int rc)
{

	if (rc != SQLITE_OK && q->e == OK)
		q->e = sqlite_fail(q->job, rc);
}

static void
store_prepare(struct sql_query *q, const char *sql, bool kept)
{
	sqlite3_stmt *stmt = NULL;

	check(q, sqlite3_prepare_v3(sqlite_side_db(sqlite_of(q->job)), sql,
	    -1, kept ? SQLITE_PREPARE_PERSISTENT : 0, &stmt, NULL));
	q->stmt = stmt;
}

static void
store_bind(struct sql_query *q, int place, const struct sql_value *v)
{
	int rc;

	switch (v->type) {
	case SQL_INT:
		rc = sqlite3_bind_int64(q->stmt, place, v->n);
		break;
	case SQL_TEXT:
		rc = sqlite3_bind_text(q->stmt, place, v->data, -1,
		    SQLITE_STATIC);
		break;
	case SQL_BLOB:
		rc = sqlite3_bind_blob64(q->stmt, place, v->data, v->len,
		    SQLITE_STATIC);
		break;
	default:
		rc = sqlite3_bind_null(q->stmt, place);
		break;
	}
	check(q, rc);
}

static bool
store_row(struct sql_query *q)
{
	int rc = sqlite3_step(q->stmt);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		check(q, rc);
	return (rc == SQLITE_ROW);
}

static struct sql_value
store_value(struct sql_query *q, int column)
{
	struct sql_value v = { .type = SQL_NULL };

	switch (sqlite3_column_type(q->stmt, column)) {
	case SQLITE_NULL:
		return (v);
	case SQLITE_INTEGER:
		v.type = SQL_INT;
		v.n = sqlite3_column_int64(q->stmt, column);
		return (v);
	case SQLITE_BLOB:
		v.type = SQL_BLOB;
		v.data = sqlite3_column_blob(q->stmt, column);
		break;
	default:
		v.type = SQL_TEXT;
		v.data = (const char *)sqlite3_column_text(q->stmt, column);
		if (v.data == NULL) {
			check(q, SQLITE_NOMEM);
			v.type = SQL_NULL;
		}
		break;
	}
	v.len = (size_t)sqlite3_column_bytes(q->stmt, column);
	return (v);
}

static int
store_columns(struct sql_query *q)
{

	return (sqlite3_column_count(q->stmt));
}

static const char *
store_column(struct sql_query *q, int column)
{

	return (sqlite3_column_name(q->stmt, column));
}

static int64_t
store_changed(struct sql_query *q)
{

	return (sqlite3_changes64(sqlite_of(q->job)->db));
}

static void
store_reset(struct sql_query *q)
{

	(void)sqlite3_reset(q->stmt);
	(void)sqlite3_clear_bindings(q->stmt);
}

static void
store_forget(struct sql *l, void *stmt)
{

	(void)l;
	(void)sqlite3_finalize(stmt);
}

static enum err
store_lock(struct job *job, const char *key, int64_t deadline, int *lock)
{
	struct sqlite *l = sqlite_of(job);
	enum err e;

	e = lock_key(l->lock_path, key, deadline, lock);
	if (e == OK || e == ERR_BUSY)
		return (e);
	return (fail(job, ERR_LEDGER, "ledger %s cannot be locked: %s",
	    l->lock_path, strerror(errno)));
}

static void
store_unlock(struct job *job, int lock)
{

	(void)job;
	lock_key_release(lock);
}

const struct sql_store sqlite_store = {
	.enter = store_enter,
	.begin = store_begin,
	.sound = store_sound,
	.execute = store_execute,
	.commit = store_commit,
	.over = store_over,
	.snapshot = store_snapshot,
	.quiet = store_quiet,
	.alone = store_alone,
	.text = store_text,
	.enter_side = sqlite_side_enter,
	.leave_side = sqlite_side_leave,
	.cached = sqlite_side_cached,
	.tidy = sqlite_side_keep,
	.touch = sqlite_schema_touch,
	.prepare = store_prepare,
	.bind = store_bind,
	.row = store_row,
	.value = store_value,
	.columns = store_columns,
	.column = store_column,
	.changed = store_changed,
	.reset = store_reset,
	.forget = store_forget,
	.lock = store_lock,
	.unlock = store_unlock,
	.lends = true,
	.tables = "SELECT name FROM sqlite_schema WHERE type = 'table'"
	    " AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
};
