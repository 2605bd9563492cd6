/*
 * Statements on a session.  One that is used a first time is sent as it is,
 * in one exchange; from the second time on the server knows it by a name.
 * Rows come one by one, so that a whole ledger need not fit in memory.
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/utf8.h"
#include "handler/job.h"
#include "handler/ledgers/postgres.h"
#include "handler/ledgers/postgres_words.h"

enum {
	PLACES = 64,
	/* src/include/catalog/pg_type.dat of PostgreSQL; they never change */
	TYPE_BOOL = 16,
	TYPE_BYTES = 17,
	TYPE_INT8 = 20,
	TYPE_INT4 = 23,
	TYPE_TEXT = 25
};

struct statement {
	char		*text;
	char		 name[16];
	uint64_t	 used;		/* session that has seen it */
	uint64_t	 known;		/* session that knows the name */
	int		 n;
	Oid		 types[PLACES];
	const char	*values[PLACES];
	int		 lengths[PLACES];
	int		 formats[PLACES];
	uint64_t	 numbers[PLACES];	/* as they are sent */
	bool		 sent;
	bool		 over;
	int64_t		 changed;
	PGresult	*row;
};

void
postgres_prepare(struct sql_query *q, const char *sql, bool kept)
{
	struct postgres *l = postgres_of(q->job);
	struct statement *s = calloc(1, sizeof(*s));

	if (s == NULL || (s->text = postgres_words(sql)) == NULL) {
		free(s);
		q->e = fail(q->job, ERR_NOMEM, "ledger %s: no memory left",
		    l->sql.name);
		return;
	}
	if (kept)
		(void)snprintf(s->name, sizeof(s->name), "t%u", ++l->names);
	q->stmt = s;
}

void
postgres_forget(struct sql *l, void *stmt)
{
	struct statement *s = stmt;

	(void)l;
	free(s->text);
	free(s);
}

/*
 * The database takes nothing but UTF-8, and what a stranger sent, or what was
 * cut to a size, may be something else: each byte of that is written out.
 */
const char *
postgres_text(struct job *job, const char *text)
{
	size_t len, n = strlen(text);
	struct buf b;

	if (utf8_valid(text, n))
		return (text);
	buf_init(&b, job->arena, 4 * n + 1);
	for (; n > 0; text += len, n -= len) {
		(void)utf8_next(text, n, &len);
		if (utf8_valid(text, len))
			buf_add(&b, text, len);
		else
			buf_printf(&b, "\\x%02x", (unsigned char)*text);
	}
	return (buf_text(&b));
}

void
postgres_bind(struct sql_query *q, int place, const struct sql_value *v)
{
	struct statement *s = q->stmt;
	const int i = place - 1;

	if (place > PLACES) {
		q->e = fail(q->job, ERR_LEDGER, "a statement has more than %d "
		    "places", PLACES);
		return;
	}
	s->n = place;
	s->formats[i] = v->type != SQL_TEXT;
	s->values[i] = v->data;
	s->lengths[i] = (int)v->len;
	if (v->type == SQL_TEXT) {
		s->types[i] = TYPE_TEXT;
		if (v->data != NULL && (s->values[i] =
		    postgres_text(q->job, v->data)) == NULL)
			q->e = fail(q->job, ERR_NOMEM, "no memory to record "
			    "it");
	} else if (v->type == SQL_BLOB) {
		s->types[i] = TYPE_BYTES;
	} else {
		s->types[i] = TYPE_INT8;
		s->numbers[i] = htobe64((uint64_t)v->n);
		s->lengths[i] = sizeof(s->numbers[i]);
		s->values[i] = v->type == SQL_NULL ? NULL :
		    (const char *)&s->numbers[i];
	}
}

static void
lost(struct sql_query *q)
{

	if (q->e == OK)
		q->e = postgres_fail_lost(q->job);
}

/* Let the server know it by its name. */
static void
name(struct sql_query *q)
{
	struct statement *s = q->stmt;
	struct postgres *l = postgres_of(q->job);
	PGresult *res;

	if (pq.PQsendPrepare(l->conn, s->name, s->text, s->n, s->types) == 0)
		postgres_hang_up(l, pq.PQerrorMessage(l->conn));
	while ((res = postgres_next(l)) != NULL) {
		if (pq.PQresultStatus(res) == PGRES_FATAL_ERROR &&
		    q->e == OK)
			q->e = postgres_fail(q->job, res);
		pq.PQclear(res);
	}
	if (l->conn == NULL)
		lost(q);
	if (q->e == OK)
		s->known = l->session;
}

static void
start(struct sql_query *q)
{
	struct statement *s = q->stmt;
	struct postgres *l = postgres_of(q->job);
	int sent;

	if (l->conn == NULL)
		lost(q);
	else
		q->e = postgres_time(q->job);
	if (q->e != OK)
		return;
	if (s->name[0] != '\0' && s->used == l->session &&
	    s->known != l->session)
		name(q);
	if (q->e != OK)
		return;
	s->used = l->session;
	if (s->known == l->session)
		sent = pq.PQsendQueryPrepared(l->conn, s->name, s->n,
		    s->values, s->lengths, s->formats, 1);
	else
		sent = pq.PQsendQueryParams(l->conn, s->text, s->n, s->types,
		    s->values, s->lengths, s->formats, 1);
	if (sent == 0 || pq.PQsetSingleRowMode(l->conn) == 0) {
		postgres_hang_up(l, pq.PQerrorMessage(l->conn));
		lost(q);
		return;
	}
	s->sent = true;
}

/* What remains, of which nothing is a row that is wanted. */
static void
finish(struct sql_query *q)
{
	struct statement *s = q->stmt;
	struct postgres *l = postgres_of(q->job);
	PGresult *res;

	while ((res = postgres_next(l)) != NULL) {
		if (pq.PQresultStatus(res) == PGRES_FATAL_ERROR &&
		    q->e == OK)
			q->e = postgres_fail(q->job, res);
		pq.PQclear(res);
	}
	if (l->conn == NULL)
		lost(q);
	s->over = true;
}

bool
postgres_row(struct sql_query *q)
{
	struct statement *s = q->stmt;
	struct postgres *l = postgres_of(q->job);
	PGresult *res;

	if (!s->sent)
		start(q);
	pq.PQclear(s->row);
	s->row = NULL;
	if (q->e != OK || s->over)
		return (false);
	if ((res = postgres_next(l)) == NULL) {
		finish(q);
		return (false);
	}
	if (pq.PQresultStatus(res) == PGRES_SINGLE_TUPLE) {
		s->row = res;
		return (true);
	}
	if (pq.PQresultStatus(res) == PGRES_FATAL_ERROR)
		q->e = postgres_fail(q->job, res);
	else
		s->changed = strtoll(pq.PQcmdTuples(res), NULL, 10);
	pq.PQclear(res);
	finish(q);
	return (false);
}

void
postgres_reset(struct sql_query *q)
{
	struct statement *s = q->stmt;

	pq.PQclear(s->row);
	s->row = NULL;
	if (s->sent && !s->over)
		finish(q);
	s->sent = s->over = false;
	s->n = 0;
	s->changed = 0;
}

struct sql_value
postgres_value(struct sql_query *q, int column)
{
	const struct statement *s = q->stmt;
	struct sql_value v = { .type = SQL_NULL };
	uint64_t eight;
	uint32_t four;

	if (s->row == NULL || pq.PQgetisnull(s->row, 0, column) != 0)
		return (v);
	v.data = pq.PQgetvalue(s->row, 0, column);
	v.len = (size_t)pq.PQgetlength(s->row, 0, column);
	v.type = SQL_INT;
	switch (pq.PQftype(s->row, column)) {
	case TYPE_BOOL:
		v.n = *v.data != 0;
		break;
	case TYPE_INT8:
		memcpy(&eight, v.data, sizeof(eight));
		v.n = (int64_t)be64toh(eight);
		break;
	case TYPE_INT4:
		memcpy(&four, v.data, sizeof(four));
		v.n = (int32_t)be32toh(four);
		break;
	case TYPE_BYTES:
		v.type = SQL_BLOB;
		break;
	default:
		v.type = SQL_TEXT;
		break;
	}
	return (v);
}

int
postgres_columns(struct sql_query *q)
{
	const struct statement *s = q->stmt;

	return (s->row == NULL ? 0 : pq.PQnfields(s->row));
}

const char *
postgres_column(struct sql_query *q, int column)
{
	const struct statement *s = q->stmt;

	return (s->row == NULL ? "" : pq.PQfname(s->row, column));
}

int64_t
postgres_changed(struct sql_query *q)
{
	const struct statement *s = q->stmt;

	return (s->changed);
}
