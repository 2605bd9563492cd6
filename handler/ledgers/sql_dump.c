/*
 * Every row of every table: for `export`, which gives people what is theirs
 * without any knowledge of databases, and for `migrate`.  Tables and columns
 * are those that the database itself names.
 */
#include <string.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/sql_dump.h"
#include "handler/ledgers/sql_store.h"
#include "handler/ledgers/view.h"

/* Of these the database counts the rows by itself, as they came. */
static const char *const counted[] = { "delivery", "early_monitor" };

enum err
sql_dump_tables(struct sql_dump *d)
{
	struct sql_query q;

	sql_query(&q, d->job, sql_of(d->job)->store->tables);
	while (d->ntables < SQL_TABLES_MAX && sql_query_row(&q))
		d->tables[d->ntables++] = sql_query_get_text(&q, 0);
	return (sql_query_end(&q));
}

static void
read_cell(struct sql_query *q, int column, struct view_cell *cell)
{
	const struct sql_value v = sql_query_get(q, column);

	cell->n = v.n;
	cell->data = v.data != NULL ? v.data : "";
	cell->len = v.len;
	switch (v.type) {
	case SQL_INT:
		cell->type = VIEW_INT;
		return;
	case SQL_TEXT:
		cell->type = VIEW_TEXT;
		return;
	case SQL_BLOB:
		cell->type = VIEW_BLOB;
		return;
	default:
		return;
	}
}

/* Numbers that a database gives its rows for itself say nothing. */
static size_t
read_cells(struct sql_query *q, int columns, struct view_cell *cells)
{
	const struct sql_store *store = sql_of(q->job)->store;
	const char *name;
	size_t n = 0;
	int i;

	for (i = 0; i < columns; i++) {
		name = store->column(q, i);
		if (strcmp(name, "rowid") == 0)
			continue;
		cells[n] = (struct view_cell){ .name = name };
		read_cell(q, i, &cells[n++]);
	}
	return (n);
}

static enum err
dump_rows(struct sql_dump *d, const char *table, struct sql_query *q)
{
	struct view_cell cells[SQL_COLUMNS_MAX];
	size_t n;
	int columns;

	while (sql_query_row(q)) {
		columns = sql_of(d->job)->store->columns(q);
		if (columns > SQL_COLUMNS_MAX)
			return (fail(d->job, ERR_LEDGER, "the table %s of the "
			    "ledger has %d columns; this program knows at "
			    "most %d", table, columns, SQL_COLUMNS_MAX));
		n = read_cells(q, columns, cells);
		if (q->e == OK && !d->put(d->arg, table, cells, n))
			return (fail(d->job, ERR_LEDGER, "a row of %s could "
			    "not be written out", table));
	}
	return (OK);
}

enum err
sql_dump_table(struct sql_dump *d, const char *table)
{
	struct sql_query q;
	const char *sql, *order = "";
	enum err e, ended;
	size_t i;

	for (i = 0; i < sizeof(counted) / sizeof(counted[0]); i++)
		if (strcmp(counted[i], table) == 0)
			order = " ORDER BY rowid";
	sql = arena_printf(d->job->arena, "SELECT * FROM \"%s\"%s", table,
	    order);
	if (sql == NULL)
		return (fail(d->job, ERR_NOMEM, "no memory for the table"));
	sql_query_fresh(&q, d->job, sql);
	e = dump_rows(d, table, &q);
	ended = sql_query_end(&q);
	return (e != OK ? e : ended);
}

/* In a transaction that only reads: one moment, and nobody has to wait. */
enum err
sql_view_dump(struct job *job, bool (*put)(void *, const char *,
    const struct view_cell *, size_t), void *arg)
{
	const struct sql_store *store = sql_of(job)->store;
	struct sql_dump d = { .job = job, .put = put, .arg = arg };
	enum err begun, e;
	size_t i;

	if ((e = sql_enter(job, SQL_USE_READ)) != OK)
		return (e);
	begun = e = store->snapshot(job);
	if (e == OK)
		e = sql_dump_tables(&d);
	for (i = 0; i < d.ntables && e == OK; i++)
		e = sql_dump_table(&d, d.tables[i]);
	if (begun == OK)
		(void)store->execute(job, "ROLLBACK");
	return (sql_leave(job, e));
}
