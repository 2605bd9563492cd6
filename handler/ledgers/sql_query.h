#ifndef SQL_QUERY_H_
#define SQL_QUERY_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct job;
struct sql;
struct sql_cached;
struct sql_value;

/*
 * One statement of an SQL ledger (handler/ledgers/sql.h), prepared once for
 * each connection and found again by the address of its text: sql must be a
 * string that outlives the ledger, such as a literal.  Values are bound in
 * the order of the calls and must live until the end; one place has one type
 * in all uses.  A failure is sticky and comes out there, so nothing in
 * between need be checked.
 *
 *	sql_query(&q, job, "SELECT name FROM test WHERE id = ?");
 *	sql_query_int(&q, id);
 *	if (sql_query_row(&q))
 *		name = sql_query_get_text(&q, 0);
 *	return (sql_query_end(&q));
 *
 * One that only reads and is all that is asked begins with sql_read() and
 * needs no sql_enter(): it has its turn until its end.
 *
 * A list of rows goes into one array in the arena: its statement selects, as
 * the last column, count(*) OVER (), which is how many there will be.
 *
 *	while ((one = sql_query_each(&q, sizeof(*one))) != NULL)
 *		one->name = sql_query_get_text(&q, 0);
 *	*all = q.list;
 *	*n = q.n;
 *	return (sql_query_end(&q));
 */
struct sql_query {
	struct job	*job;
	void		*stmt;		/* the store's */
	int		 bound;
	enum err	 e;
	bool		 once;		/* of sql_query_fresh(): not kept */
	bool		 alone;		/* of sql_read(): has the turn */
	void		*list;		/* of sql_query_each() ... */
	size_t		 n;		/* ... so many so far ... */
	size_t		 room;		/* ... of so many */
};

/* In any dialect; `condition` must be one, and not a number. */
#define SQL_IF(condition, then, otherwise)				\
	"CASE WHEN " condition " THEN " then " ELSE " otherwise " END"
/* All rows after the first so many, which is what is bound. */
#define SQL_BEYOND	"LIMIT 4611686018427387904 OFFSET ?"

void sql_query(struct sql_query *, struct job *, const char *sql);
void sql_read(struct sql_query *, struct job *, const char *sql);
/* One that is forgotten at its end: the text may go then, too. */
void sql_query_fresh(struct sql_query *, struct job *, const char *sql);
void sql_query_text(struct sql_query *, const char *);
void sql_query_int(struct sql_query *, int64_t);
/* NULL, where a number could be. */
void sql_query_no_int(struct sql_query *);
void sql_query_blob(struct sql_query *, const void *, size_t);
bool sql_query_row(struct sql_query *);
/* As it is in the store, until the next row. */
struct sql_value sql_query_get(struct sql_query *, int column);
/* Text comes out in the arena; NULL is NULL. */
const char *sql_query_get_text(struct sql_query *, int column);
const void *sql_query_get_blob(struct sql_query *, int column,
    size_t *len);
int64_t sql_query_get_int(struct sql_query *, int column);
/* The place of the text in a list of n words; none of them is an error. */
int sql_query_get_word(struct sql_query *, int column,
    const char *const *words, int n);

/* Step, and the element of the list for that row; NULL when it is over. */
void *sql_query_each(struct sql_query *, size_t size);

enum err sql_query_end(struct sql_query *);
/* Step a statement that gives no rows, and end. */
enum err sql_query_run(struct sql_query *);
/* The same, and how many rows it changed. */
enum err sql_query_count(struct sql_query *, int64_t *);
/* The same, of RETURNING a number: that of the row; 0: there was none. */
enum err sql_query_give(struct sql_query *, int64_t *);
/* Step and end, of a statement with one number in it. */
enum err sql_query_once(struct job *, const char *sql, int64_t);
/* Forget all prepared statements. */
void sql_query_forget(struct sql *, struct sql_cached **);

#endif
