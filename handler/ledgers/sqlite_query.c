/*
 * Statements of the ledger.  Each is compiled at its first use and kept with
 * the connection; a list that is searched is enough, since all statements are
 * literals and few.  The end of a query resets it, so that no statement holds
 * a lock or somebody's text between two requests.
 */
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/sqlite.h"
#include "handler/ledgers/sqlite_records.h"

struct sqlite_cached {
	const char		*sql;	/* known by its address */
	sqlite3_stmt		*stmt;
	struct sqlite_cached	*next;
};

static sqlite3_stmt *
prepare(struct job *job, const char *sql, int *rc)
{
	struct sqlite *l = sqlite_of(job);
	struct sqlite_cached *c;

	*rc = SQLITE_OK;
	for (c = l->cached; c != NULL; c = c->next)
		if (c->sql == sql)
			return (c->stmt);
	*rc = SQLITE_NOMEM;
	if ((c = malloc(sizeof(*c))) == NULL)
		return (NULL);
	c->sql = sql;
	c->stmt = NULL;
	*rc = sqlite3_prepare_v3(l->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
	    &c->stmt, NULL);
	if (*rc != SQLITE_OK) {
		free(c);
		return (NULL);
	}
	c->next = l->cached;
	l->cached = c;
	return (c->stmt);
}

void
sqlite_query_forget(struct sqlite *l)
{
	struct sqlite_cached *c;

	while ((c = l->cached) != NULL) {
		l->cached = c->next;
		(void)sqlite3_finalize(c->stmt);
		free(c);
	}
}

static void
check(struct sqlite_query *q, int rc)
{

	if (rc != SQLITE_OK && q->e == OK)
		q->e = sqlite_fail(q->job, rc);
}

void
sqlite_query(struct sqlite_query *q, struct job *job, const char *sql)
{
	int rc;

	*q = (struct sqlite_query){ .job = job };
	q->stmt = prepare(job, sql, &rc);
	check(q, rc);
}

void
sqlite_query_text(struct sqlite_query *q, const char *text)
{

	q->bound++;
	if (q->e == OK)
		check(q, sqlite3_bind_text(q->stmt, q->bound, text, -1,
		    SQLITE_STATIC));
}

void
sqlite_query_int(struct sqlite_query *q, int64_t n)
{

	q->bound++;
	if (q->e == OK)
		check(q, sqlite3_bind_int64(q->stmt, q->bound, n));
}

void
sqlite_query_blob(struct sqlite_query *q, const void *data, size_t n)
{

	q->bound++;
	if (q->e == OK)
		check(q, sqlite3_bind_blob64(q->stmt, q->bound, data, n,
		    SQLITE_STATIC));
}

bool
sqlite_query_row(struct sqlite_query *q)
{
	int rc;

	if (q->e != OK)
		return (false);
	rc = sqlite3_step(q->stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		check(q, rc);
	return (rc == SQLITE_ROW);
}

static void
fail_memory(struct sqlite_query *q)
{

	q->e = fail(q->job, ERR_NOMEM, "ledger %s: what it holds does not fit "
	    "in the memory of one request", sqlite_of(q->job)->path);
}

const char *
sqlite_query_get_text(struct sqlite_query *q, int column)
{
	const unsigned char *text;
	char *copy;

	if (q->e != OK ||
	    sqlite3_column_type(q->stmt, column) == SQLITE_NULL)
		return (NULL);
	if ((text = sqlite3_column_text(q->stmt, column)) == NULL) {
		check(q, SQLITE_NOMEM);
		return (NULL);
	}
	copy = arena_strdup(q->job->arena, (const char *)text);
	if (copy == NULL)
		fail_memory(q);
	return (copy);
}

const void *
sqlite_query_get_blob(struct sqlite_query *q, int column, size_t *len)
{
	const void *data;
	void *copy;

	*len = 0;
	if (q->e != OK || (data = sqlite3_column_blob(q->stmt, column)) ==
	    NULL)
		return (NULL);
	*len = (size_t)sqlite3_column_bytes(q->stmt, column);
	if ((copy = arena_alloc(q->job->arena, *len + 1)) == NULL) {
		fail_memory(q);
		return (NULL);
	}
	return (memcpy(copy, data, *len));
}

void *
sqlite_query_each(struct sqlite_query *q, size_t size)
{
	int last;

	if (!sqlite_query_row(q))
		return (NULL);
	if (q->list == NULL) {
		last = sqlite3_column_count(q->stmt) - 1;
		q->room = (size_t)sqlite_query_get_int(q, last);
		q->list = arena_alloc(q->job->arena, q->room * size);
		if (q->list == NULL)
			fail_memory(q);
	}
	return (q->list == NULL || q->n == q->room ? NULL :
	    (char *)q->list + q->n++ * size);
}

int64_t
sqlite_query_get_int(struct sqlite_query *q, int column)
{

	return (q->e == OK ? sqlite3_column_int64(q->stmt, column) : 0);
}

int
sqlite_query_get_word(struct sqlite_query *q, int column,
    const char *const *words, int n)
{
	const unsigned char *text;
	int i;

	if (q->e != OK)
		return (0);
	text = sqlite3_column_text(q->stmt, column);
	for (i = 0; text != NULL && i < n; i++)
		if (strcmp((const char *)text, words[i]) == 0)
			return (i);
	q->e = fail(q->job, ERR_LEDGER, "ledger %s holds a word that this "
	    "program does not know, in column %s; restore it from a copy",
	    sqlite_of(q->job)->path, sqlite3_column_name(q->stmt, column));
	return (0);
}

enum err
sqlite_query_end(struct sqlite_query *q)
{

	if (q->stmt != NULL) {
		(void)sqlite3_reset(q->stmt);
		(void)sqlite3_clear_bindings(q->stmt);
	}
	return (q->e);
}

enum err
sqlite_query_run(struct sqlite_query *q)
{

	(void)sqlite_query_row(q);
	return (sqlite_query_end(q));
}

enum err
sqlite_query_once(struct job *job, const char *sql, int64_t n)
{
	struct sqlite_query q;

	sqlite_query(&q, job, sql);
	sqlite_query_int(&q, n);
	return (sqlite_query_run(&q));
}
