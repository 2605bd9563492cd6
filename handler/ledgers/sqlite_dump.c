/*
 * Every row of every table, for `export`, which gives people what is theirs
 * without any knowledge of SQLite.  Tables and columns are those that the
 * database itself names.
 */
#include <string.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/sqlite.h"
#include "handler/ledgers/view.h"

enum {
	TABLES_MAX = 64,
	COLUMNS_MAX = 64
};

struct dump {
	struct job	*job;
	const char	*tables[TABLES_MAX];
	size_t		 ntables;
	bool		 (*put)(void *, const char *,
			    const struct view_cell *, size_t);
	void		*arg;
};

static enum err
read_tables(struct dump *d)
{
	struct sqlite_query q;

	sqlite_query(&q, d->job, "SELECT name FROM sqlite_schema"
	    " WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	    " ORDER BY rowid");
	while (d->ntables < TABLES_MAX && sqlite_query_row(&q))
		d->tables[d->ntables++] = sqlite_query_get_text(&q, 0);
	return (sqlite_query_end(&q));
}

static void
read_cell(sqlite3_stmt *stmt, int column, struct view_cell *cell)
{

	*cell = (struct view_cell){ .name = sqlite3_column_name(stmt,
	    column) };
	switch (sqlite3_column_type(stmt, column)) {
	case SQLITE_INTEGER:
		cell->type = VIEW_INT;
		cell->n = sqlite3_column_int64(stmt, column);
		return;
	case SQLITE_NULL:
		return;
	case SQLITE_BLOB:
		cell->type = VIEW_BLOB;
		cell->data = sqlite3_column_blob(stmt, column);
		break;
	default:
		cell->type = VIEW_TEXT;
		cell->data = (const char *)sqlite3_column_text(stmt, column);
		break;
	}
	cell->len = (size_t)sqlite3_column_bytes(stmt, column);
	if (cell->data == NULL)
		cell->data = "";
}

static enum err
dump_rows(struct dump *d, const char *table, sqlite3_stmt *stmt)
{
	struct view_cell cells[COLUMNS_MAX];
	int n = sqlite3_column_count(stmt);
	int i, rc;

	if (n > COLUMNS_MAX)
		return (fail(d->job, ERR_LEDGER, "the table %s of the ledger "
		    "has %d columns; this program knows at most %d", table, n,
		    COLUMNS_MAX));
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		for (i = 0; i < n; i++)
			read_cell(stmt, i, &cells[i]);
		if (!d->put(d->arg, table, cells, (size_t)n))
			return (fail(d->job, ERR_LEDGER, "a row of %s could "
			    "not be written out", table));
	}
	return (rc == SQLITE_DONE ? OK : sqlite_fail(d->job, rc));
}

static enum err
dump_table(struct dump *d, const char *table)
{
	sqlite3_stmt *stmt = NULL;
	const char *sql;
	enum err e;
	int rc;

	sql = arena_printf(d->job->arena, "SELECT * FROM \"%s\"", table);
	if (sql == NULL)
		return (fail(d->job, ERR_NOMEM, "no memory for the table"));
	rc = sqlite3_prepare_v2(sqlite_of(d->job)->db, sql, -1, &stmt, NULL);
	e = rc == SQLITE_OK ? dump_rows(d, table, stmt) :
	    sqlite_fail(d->job, rc);
	(void)sqlite3_finalize(stmt);
	return (e);
}

/* In a transaction that only reads: one moment, and nobody has to wait. */
enum err
sqlite_view_dump(struct job *job, bool (*put)(void *, const char *,
    const struct view_cell *, size_t), void *arg)
{
	struct dump d = { .job = job, .put = put, .arg = arg };
	sqlite3 *db = sqlite_of(job)->db;
	enum err e;
	size_t i;
	int rc;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	rc = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	e = rc == SQLITE_OK ? read_tables(&d) : sqlite_fail(job, rc);
	for (i = 0; i < d.ntables && e == OK; i++)
		e = dump_table(&d, d.tables[i]);
	if (rc == SQLITE_OK)
		(void)sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	return (sqlite_leave(job, e));
}
