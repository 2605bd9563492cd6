/*
 * Statements of the ledger.  Each is prepared at its first use and kept with
 * the connection; a list that is searched is enough, since all statements are
 * literals and few.  The end of a query resets it, so that no statement holds
 * a lock or somebody's text between two requests.
 */
#include "handler/ledgers/sql_query.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/sql_store.h"

struct sql_cached {
	const char		*sql;	/* known by its address */
	void			*stmt;
	struct sql_cached	*next;
};

static const struct sql_store *
store_of(const struct sql_query *q)
{

	return (sql_of(q->job)->store);
}

static void
prepare(struct sql_query *q, const char *sql)
{
	struct sql *l = sql_of(q->job);
	struct sql_cached *c, **list = l->store->cached == NULL ?
	    &l->cached : l->store->cached(l);

	for (c = *list; c != NULL; c = c->next)
		if (c->sql == sql) {
			q->stmt = c->stmt;
			return;
		}
	if ((c = malloc(sizeof(*c))) == NULL) {
		q->e = fail(q->job, ERR_NOMEM, "ledger %s: no memory left",
		    l->name);
		return;
	}
	l->store->prepare(q, sql, true);
	if (q->e != OK) {
		free(c);
		return;
	}
	c->sql = sql;
	c->stmt = q->stmt;
	c->next = *list;
	*list = c;
}

void
sql_query_forget(struct sql *l, struct sql_cached **list)
{
	struct sql_cached *c;

	while ((c = *list) != NULL) {
		*list = c->next;
		l->store->forget(l, c->stmt);
		free(c);
	}
}

void
sql_query(struct sql_query *q, struct job *job, const char *sql)
{

	*q = (struct sql_query){ .job = job };
	prepare(q, sql);
}

void
sql_read(struct sql_query *q, struct job *job, const char *sql)
{

	*q = (struct sql_query){ .job = job };
	q->e = sql_enter(job, SQL_USE_READ);
	q->alone = q->e == OK;
	if (q->alone)
		prepare(q, sql);
}

void
sql_query_fresh(struct sql_query *q, struct job *job, const char *sql)
{

	*q = (struct sql_query){ .job = job, .once = true };
	store_of(q)->prepare(q, sql, false);
}

static void
bind(struct sql_query *q, const struct sql_value *value)
{

	q->bound++;
	if (q->e == OK)
		store_of(q)->bind(q, q->bound, value);
}

void
sql_query_text(struct sql_query *q, const char *text)
{
	const struct sql_value value = { .type = SQL_TEXT, .data = text };

	bind(q, &value);
}

void
sql_query_int(struct sql_query *q, int64_t n)
{
	const struct sql_value value = { .type = SQL_INT, .n = n };

	bind(q, &value);
}

void
sql_query_no_int(struct sql_query *q)
{
	const struct sql_value value = { .type = SQL_NULL };

	bind(q, &value);
}

void
sql_query_blob(struct sql_query *q, const void *data, size_t n)
{
	const struct sql_value value = {
		.type = SQL_BLOB,
		.data = data,
		.len = n
	};

	bind(q, &value);
}

bool
sql_query_row(struct sql_query *q)
{

	return (q->e == OK && store_of(q)->row(q));
}

static void
fail_memory(struct sql_query *q)
{

	q->e = fail(q->job, ERR_NOMEM, "ledger %s: what it holds does not fit "
	    "in the memory of one request", sql_of(q->job)->name);
}

struct sql_value
sql_query_get(struct sql_query *q, int column)
{

	if (q->e != OK)
		return ((struct sql_value){ .type = SQL_NULL });
	return (store_of(q)->value(q, column));
}

const char *
sql_query_get_text(struct sql_query *q, int column)
{
	const struct sql_value value = sql_query_get(q, column);
	char *copy;

	if (value.type != SQL_TEXT)
		return (NULL);
	if ((copy = arena_strdup(q->job->arena, value.data)) == NULL)
		fail_memory(q);
	return (copy);
}

const void *
sql_query_get_blob(struct sql_query *q, int column, size_t *len)
{
	const struct sql_value value = sql_query_get(q, column);
	char *copy;

	*len = 0;
	if (value.type != SQL_BLOB || value.len == 0)
		return (NULL);
	*len = value.len;
	if ((copy = arena_alloc(q->job->arena, value.len + 1)) == NULL) {
		fail_memory(q);
		return (NULL);
	}
	return (memcpy(copy, value.data, value.len));
}

void *
sql_query_each(struct sql_query *q, size_t size)
{

	if (!sql_query_row(q))
		return (NULL);
	if (q->list == NULL) {
		q->room = (size_t)sql_query_get_int(q,
		    store_of(q)->columns(q) - 1);
		q->list = arena_alloc(q->job->arena, q->room * size);
		if (q->list == NULL)
			fail_memory(q);
	}
	return (q->list == NULL || q->n == q->room ? NULL :
	    (char *)q->list + q->n++ * size);
}

int64_t
sql_query_get_int(struct sql_query *q, int column)
{

	return (sql_query_get(q, column).n);
}

int
sql_query_get_word(struct sql_query *q, int column,
    const char *const *words, int n)
{
	const struct sql_value value = sql_query_get(q, column);
	int i;

	if (q->e != OK)
		return (0);
	for (i = 0; value.type == SQL_TEXT && i < n; i++)
		if (strcmp(value.data, words[i]) == 0)
			return (i);
	q->e = fail(q->job, ERR_LEDGER, "ledger %s holds a word that this "
	    "program does not know, in column %s; restore it from a copy",
	    sql_of(q->job)->name, store_of(q)->column(q, column));
	return (0);
}

enum err
sql_query_end(struct sql_query *q)
{

	if (q->stmt != NULL)
		store_of(q)->reset(q);
	if (q->stmt != NULL && q->once)
		store_of(q)->forget(sql_of(q->job), q->stmt);
	q->stmt = NULL;
	if (q->alone)
		q->e = sql_leave(q->job, q->e);
	q->alone = false;
	return (q->e);
}

enum err
sql_query_run(struct sql_query *q)
{

	(void)sql_query_row(q);
	return (sql_query_end(q));
}

enum err
sql_query_count(struct sql_query *q, int64_t *n)
{

	(void)sql_query_row(q);
	*n = q->e == OK ? store_of(q)->changed(q) : 0;
	return (sql_query_end(q));
}

enum err
sql_query_give(struct sql_query *q, int64_t *n)
{

	*n = sql_query_row(q) ? sql_query_get_int(q, 0) : 0;
	return (sql_query_end(q));
}

enum err
sql_query_once(struct job *job, const char *sql, int64_t n)
{
	struct sql_query q;

	sql_query(&q, job, sql);
	sql_query_int(&q, n);
	return (sql_query_run(&q));
}
