#ifndef LEDGER_SQLITE_H_
#define LEDGER_SQLITE_H_

#include <sys/wait.h>

#include <sqlite3.h>

#include "tests/unit/ledger_setup.h"

/* Run SQL beside the ledger; the first value of it, as a number. */
static inline int64_t
ask(const char *path, const char *sql)
{
	sqlite3_stmt *stmt;
	int64_t n = -1;
	sqlite3 *db;

	if (world_server() != NULL)
		return (world_ask(world_here, sql));
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_busy_timeout(db, 5000), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL),
	    SQLITE_OK);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		n = sqlite3_column_int64(stmt, 0);
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return (n);
}

/* The same of statements that give nothing. */
static inline void
run_sql(const char *path, const char *sql)
{
	sqlite3 *db;

	if (world_server() != NULL) {
		(void)world_ask(world_here, sql);
		return;
	}
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* From now on that fails; `when` is a condition on NEW, or NULL. */
static inline void
stick(const char *path, const char *what, const char *table,
    const char *when)
{
	const bool there = world_server() != NULL;
	char sql[512];

	(void)snprintf(sql, sizeof(sql), there ?
	    "CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS"
	    " 'BEGIN RAISE EXCEPTION ''stuck''; END';"
	    "CREATE TRIGGER stuck BEFORE %s ON %s FOR EACH ROW WHEN (%s)"
	    " EXECUTE FUNCTION stuck()" :
	    "CREATE TRIGGER stuck BEFORE %s ON %s WHEN %s BEGIN"
	    " SELECT RAISE(ABORT, 'stuck'); END", what, table,
	    when != NULL ? when : there ? "true" : "1");
	(void)ask(path, sql);
}

static inline void
unstick(const char *path)
{

	(void)ask(path, world_server() != NULL ?
	    "DROP FUNCTION IF EXISTS stuck() CASCADE" :
	    "DROP TRIGGER IF EXISTS stuck");
}

/* SQLite's own judgement of the file. */
static inline void
assert_sound(const char *path)
{

	if (world_server() != NULL)
		return;
	assert_int_equal(ask(path, "SELECT count(*) FROM"
	    " pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
	assert_int_equal(ask(path,
	    "SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

/* A child that found everything right. */
static inline void
reap(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#endif
