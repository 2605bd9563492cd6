/*
 * A ledger into another one, each in whatever database.  Rows are inserted as
 * they are: what triggers once made of them is in tables of its own, which
 * come along.  A statement names NULL where a row has no value, since what is
 * bound has a type; so a table has a statement for each pattern of NULLs.
 */
#include "handler/ledger_copy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/crypt.h"
#include "handler/job.h"
#include "handler/ledgers/sql_dump.h"
#include "handler/ledgers/sql_store.h"
#include "handler/ledgers/view.h"

enum {
	PATIENCE = 5000,		/* ms for each of the locks */
	LONG = 24 * 60 * 60 * 1000,	/* ms that all may take */
	TEXT_MAX = 8192,		/* bytes of a statement */
	HEAD = 9,			/* bytes before a value: type, size */
	HEAD_SIZE = 8,
	PARTS = 3			/* of a value: name, head, data */
};

/* Over the rows of a table, in any order. */
struct sum {
	int64_t		rows;
	uint64_t	half[2];
};

struct insert {
	const char	*table;
	uint64_t	 nulls;		/* a bit for each column */
	const char	*sql;
	struct insert	*next;
};

struct copy {
	struct job	*from, *to;
	struct ledger_copy *told;
	struct insert	*inserts;
	struct sum	 sum;		/* of the table in hand */
	int64_t		 done, total;	/* rows */
	enum err	 e;		/* of the target */
};

static void
put_head(const struct view_cell *cell, unsigned char head[HEAD])
{
	uint64_t n = cell->type == VIEW_INT ? (uint64_t)cell->n : cell->len;
	int i;

	head[0] = (unsigned char)cell->type;
	for (i = 0; i < HEAD_SIZE; i++)
		head[1 + i] = (unsigned char)(n >> (8 * i));
}

static enum err
add_row(struct sum *sum, const struct view_cell *cells, size_t n)
{
	struct crypt_part parts[PARTS * SQL_COLUMNS_MAX];
	unsigned char heads[SQL_COLUMNS_MAX][HEAD], hash[CRYPT_SHA256];
	struct crypt_part *p = parts;
	uint64_t half[2];
	size_t i;
	enum err e;

	for (i = 0; i < n; i++) {
		put_head(&cells[i], heads[i]);
		*p++ = (struct crypt_part){ cells[i].name,
		    strlen(cells[i].name) };
		*p++ = (struct crypt_part){ heads[i], HEAD };
		if (cells[i].type == VIEW_TEXT || cells[i].type == VIEW_BLOB)
			*p++ = (struct crypt_part){ cells[i].data,
			    cells[i].len };
	}
	if ((e = crypt_sha256(parts, (size_t)(p - parts), hash)) != OK)
		return (e);
	memcpy(half, hash, sizeof(half));
	sum->half[0] += half[0];
	sum->half[1] += half[1];
	sum->rows++;
	return (OK);
}

static const char *
insert_text(struct job *job, const char *table, const struct view_cell *cells,
    size_t n)
{
	struct buf b;
	size_t i;

	buf_init(&b, job->arena, TEXT_MAX);
	buf_printf(&b, "INSERT INTO \"%s\" (", table);
	for (i = 0; i < n; i++)
		buf_printf(&b, "%s\"%s\"", i == 0 ? "" : ", ", cells[i].name);
	buf_str(&b, ") VALUES (");
	for (i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i == 0 ? "" : ", ",
		    cells[i].type == VIEW_NULL ? "NULL" : "?");
	buf_char(&b, ')');
	return (buf_text(&b));
}

/* The statement for that row; NULL: no memory. */
static const char *
find_insert(struct copy *c, const char *table, const struct view_cell *cells,
    size_t n)
{
	struct insert *one;
	uint64_t nulls = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (cells[i].type == VIEW_NULL)
			nulls |= (uint64_t)1 << i;
	for (one = c->inserts; one != NULL; one = one->next)
		if (one->nulls == nulls && one->table == table)
			return (one->sql);
	if ((one = arena_alloc(c->to->arena, sizeof(*one))) == NULL)
		return (NULL);
	*one = (struct insert){ .table = table, .nulls = nulls,
	    .sql = insert_text(c->to, table, cells, n), .next = c->inserts };
	if (one->sql != NULL)
		c->inserts = one;
	return (one->sql);
}

static enum err
insert(struct copy *c, const char *table, const struct view_cell *cells,
    size_t n)
{
	const char *sql = find_insert(c, table, cells, n);
	struct sql_query q;
	size_t i;

	if (sql == NULL)
		return (fail(c->to, ERR_NOMEM, "no memory for the table %s",
		    table));
	sql_query(&q, c->to, sql);
	for (i = 0; i < n; i++)
		if (cells[i].type == VIEW_INT)
			sql_query_int(&q, cells[i].n);
		else if (cells[i].type == VIEW_TEXT)
			sql_query_text(&q, cells[i].data);
		else if (cells[i].type == VIEW_BLOB)
			sql_query_blob(&q, cells[i].data, cells[i].len);
	return (sql_query_run(&q));
}

static bool
sum_row(void *arg, const char *table, const struct view_cell *cells, size_t n)
{
	struct copy *c = arg;

	(void)table;
	if (add_row(&c->sum, cells, n) != OK)
		c->e = fail(c->to, ERR_NOMEM, "no memory for a sum");
	if (c->told->at != NULL)
		c->told->at(c->told->arg, ++c->done, c->total);
	return (c->e == OK);
}

/* What the target writes in another way is summed up as it is there. */
static enum err
as_kept(struct copy *c, const struct view_cell *cells, struct view_cell *kept,
    size_t n)
{
	const struct sql_store *store = sql_of(c->to)->store;
	size_t i;

	for (i = 0; i < n; i++) {
		kept[i] = cells[i];
		if (cells[i].type != VIEW_TEXT ||
		    strlen(cells[i].data) != cells[i].len)
			continue;
		kept[i].data = store->text(c->to, cells[i].data);
		if (kept[i].data == NULL)
			return (fail(c->to, ERR_NOMEM, "no memory for a row"));
		kept[i].len = strlen(kept[i].data);
	}
	return (OK);
}

static bool
copy_row(void *arg, const char *table, const struct view_cell *cells, size_t n)
{
	struct view_cell kept[SQL_COLUMNS_MAX];
	struct copy *c = arg;

	if ((c->e = as_kept(c, cells, kept, n)) == OK)
		c->e = insert(c, table, kept, n);
	return (c->e == OK && sum_row(arg, table, kept, n));
}

/* Rows of all tables. */
static enum err
count(struct job *job, const struct sql_dump *d, int64_t *total)
{
	struct sql_query q;
	const char *sql;
	enum err e = OK;
	size_t i;

	*total = 0;
	for (i = 0; i < d->ntables && e == OK; i++) {
		sql = arena_printf(job->arena, "SELECT count(*) FROM \"%s\"",
		    d->tables[i]);
		if (sql == NULL)
			return (fail(job, ERR_NOMEM, "no memory to count"));
		sql_query_fresh(&q, job, sql);
		if (sql_query_row(&q))
			*total += sql_query_get_int(&q, 0);
		e = sql_query_end(&q);
	}
	return (e);
}

/* The target has the same tables, with nothing in them. */
static enum err
check_empty(struct job *to)
{
	struct sql_dump d = { .job = to };
	int64_t rows;
	enum err e;

	if ((e = sql_dump_tables(&d)) != OK ||
	    (e = count(to, &d, &rows)) != OK)
		return (e);
	return (rows == 0 ? OK : fail(to, ERR_REFUSED, "ledger %s holds "
	    "%" PRId64 " rows, and only an empty one can be filled; name "
	    "another one", sql_of(to)->name, rows));
}

static enum err
fail_source(struct copy *c, enum err e)
{

	if (c->e != OK)			/* it was the target's */
		return (c->e);
	c->to->why = c->from->why;
	return (e);
}

/* One table, there and back. */
static enum err
copy_table(struct copy *c, const char *table, struct ledger_copied *told)
{
	struct sql_dump out = { .job = c->from, .put = copy_row, .arg = c };
	struct sql_dump back = { .job = c->to, .put = sum_row, .arg = c };
	struct sum wanted;
	enum err e;

	c->sum = (struct sum){ .rows = 0 };
	if ((e = sql_dump_table(&out, table)) != OK)
		return (fail_source(c, e));
	wanted = c->sum;
	c->sum = (struct sum){ .rows = 0 };
	if ((e = sql_dump_table(&back, table)) != OK)
		return (e);
	if (memcmp(&wanted, &c->sum, sizeof(wanted)) != 0)
		return (fail(c->to, ERR_LEDGER, "ledger %s: of %" PRId64
		    " rows of %s there are %" PRId64 ", or they differ; "
		    "nothing was kept", sql_of(c->to)->name, wanted.rows,
		    table, c->sum.rows));
	told->table = table;
	told->rows = wanted.rows;
	(void)snprintf(told->sum, sizeof(told->sum), "%016" PRIx64 "%016"
	    PRIx64, wanted.half[0], wanted.half[1]);
	return (OK);
}

static enum err
copy_tables(struct copy *c)
{
	const struct sql_store *store = sql_of(c->to)->store;
	struct sql_dump d = { .job = c->from };
	enum err e;
	size_t i;

	if ((e = sql_dump_tables(&d)) != OK ||
	    (e = count(c->from, &d, &c->total)) != OK)
		return (fail_source(c, e));
	c->total *= 2;
	c->told->tables = arena_alloc(c->to->arena, d.ntables *
	    sizeof(*c->told->tables));
	if (c->told->tables == NULL)
		return (fail(c->to, ERR_NOMEM, "no memory for the tables"));
	if ((e = check_empty(c->to)) != OK ||
	    (e = store->quiet(c->to, true)) != OK)
		return (e);
	for (i = 0; i < d.ntables && e == OK; i++)
		e = copy_table(c, d.tables[i], &c->told->tables[i]);
	c->told->n = e == OK ? d.ntables : 0;
	/* What failed is undone, and this with it where it is in there. */
	if (e != OK)
		(void)store->quiet(&(struct job){ .ledger = c->to->ledger },
		    false);
	else
		e = store->quiet(c->to, false);
	return (e);
}

/* Seconds for the lock, and then as long as it takes. */
static enum err
enter(struct job *job)
{
	enum err e;

	job->deadline = clock_mono() + PATIENCE;
	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	sql_of(job)->deadline = job->deadline = clock_mono() + LONG;
	e = sql_of(job)->store->alone(job);
	return (e == OK ? OK : sql_leave(job, e));
}

enum err
sql_copy(struct job *from, struct job *to, struct ledger_copy *told)
{
	struct copy c = { .from = from, .to = to, .told = told };
	enum err e;

	if ((e = enter(from)) != OK) {
		to->why = from->why;
		return (e);
	}
	if ((e = enter(to)) == OK)
		e = sql_leave(to, copy_tables(&c));
	(void)sql_leave(from, OK);
	return (e);
}
