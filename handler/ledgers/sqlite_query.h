#ifndef SQLITE_QUERY_H_
#define SQLITE_QUERY_H_

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct job;
struct sqlite;

/*
 * One statement of the SQLite ledger (handler/ledgers/sqlite.h), prepared
 * once for each connection and found again by the address of its text: sql
 * must be a string that outlives the ledger, such as a literal.  Values are
 * bound in the order of the calls and must live until the end.  A failure
 * is sticky and comes out there, so nothing in between need be checked.
 *
 *	sqlite_query(&q, job, "SELECT name FROM test WHERE id = ?");
 *	sqlite_query_int(&q, id);
 *	if (sqlite_query_row(&q))
 *		name = sqlite_query_get_text(&q, 0);
 *	return (sqlite_query_end(&q));
 *
 * A list of rows goes into one array in the arena: its statement selects, as
 * the last column, count(*) OVER (), which is how many there will be.
 *
 *	while ((one = sqlite_query_each(&q, sizeof(*one))) != NULL)
 *		one->name = sqlite_query_get_text(&q, 0);
 *	*all = q.list;
 *	*n = q.n;
 *	return (sqlite_query_end(&q));
 */
struct sqlite_query {
	struct job	*job;
	sqlite3_stmt	*stmt;
	int		 bound;
	enum err	 e;
	void		*list;		/* of sqlite_query_each() ... */
	size_t		 n;		/* ... so many so far ... */
	size_t		 room;		/* ... of so many */
};

void sqlite_query(struct sqlite_query *, struct job *, const char *sql);
void sqlite_query_text(struct sqlite_query *, const char *);
void sqlite_query_int(struct sqlite_query *, int64_t);
void sqlite_query_blob(struct sqlite_query *, const void *, size_t);
bool sqlite_query_row(struct sqlite_query *);
/* Text comes out in the arena; NULL is NULL. */
const char *sqlite_query_get_text(struct sqlite_query *, int column);
const void *sqlite_query_get_blob(struct sqlite_query *, int column,
    size_t *len);
int64_t sqlite_query_get_int(struct sqlite_query *, int column);
/* The place of the text in a list of n words; none of them is an error. */
int sqlite_query_get_word(struct sqlite_query *, int column,
    const char *const *words, int n);

/* Step, and the element of the list for that row; NULL when it is over. */
void *sqlite_query_each(struct sqlite_query *, size_t size);

enum err sqlite_query_end(struct sqlite_query *);
/* Step a statement that gives no rows, and end. */
enum err sqlite_query_run(struct sqlite_query *);
/* Both, of a statement with one number in it. */
enum err sqlite_query_once(struct job *, const char *sql, int64_t);
/* Forget all prepared statements. */
void sqlite_query_forget(struct sqlite *);

#endif
