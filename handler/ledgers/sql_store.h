#ifndef SQL_STORE_H_
#define SQL_STORE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/ledgers/sql.h"

/*
 * A database that keeps an SQL ledger: sqlite_store.c, postgres.c.
 *
 * Its own structure begins with a struct sql.  But for lock and unlock, a
 * function is called by the thread whose turn it is, with l->deadline until
 * when it may take.  What fails says so in job->why; a statement's failure
 * goes to q->e, where the first one stays.
 *
 * Statements are SQLite's, in the words that PostgreSQL takes too; what
 * differs all the same is translated by the store (see
 * handler/ledgers/postgres_words.h).
 */
struct sql_value {
	enum sql_type {
		SQL_NULL,
		SQL_INT,		/* also of a truth: 0 or 1 */
		SQL_TEXT,
		SQL_BLOB
	}		 type;
	int64_t		 n;
	const char	*data;		/* text ends with a NUL; both stay
					   until the next row */
	size_t		 len;
};

struct sql_store {
	/* May it be used now?  writing: the locks of this thread still hold. */
	enum err	(*enter)(struct job *, bool writing);
	/* A transaction, alone among all that write this ledger. */
	enum err	(*begin)(struct job *);
	/* Is there one, in which nothing is amiss? */
	bool		(*sound)(struct sql *);
	/* One statement that gives no rows and is not kept. */
	enum err	(*execute)(struct job *, const char *sql);
	/* OK: it is on disk.  Anything else: it may be, or not. */
	enum err	(*commit)(struct job *);
	/* Undo what is left of it, and let others write; cannot fail. */
	void		(*over)(struct sql *);
	/* A transaction that only reads, and all of it at one moment. */
	enum err	(*snapshot)(struct job *);
	/*
	 * In a transaction: from now on rows come as they are, without what
	 * the schema would do about each; false: as usual again, and numbers
	 * that the database gives go on after the largest.
	 */
	enum err	(*quiet)(struct job *, bool);
	/*
	 * In a transaction, which may be silent for long then: nobody else
	 * has the ledger open, nor may until this one is closed.  ERR_BUSY.
	 */
	enum err	(*alone)(struct job *);
	/* Text as it is kept, in the arena if it differs; NULL: no memory. */
	const char	*(*text)(struct job *, const char *);
	/*
	 * All or none of these.  Read by another connection, while others
	 * have the turn, what is on disk: false, it cannot be had.  The
	 * second is false for a thread that did not enter so; the third
	 * says where the statements of what it entered are kept.
	 */
	bool		(*enter_side)(struct job *);
	bool		(*leave_side)(struct sql *);
	struct sql_cached **(*cached)(struct sql *);
	/* After a commit, when others have the turn. */
	void		(*tidy)(struct sql *);
	/* Leave something on disk that changes nothing. */
	enum err	(*touch)(struct job *);

	/* *stmt for q->stmt; kept: for all the ledger's life. */
	void		(*prepare)(struct sql_query *, const char *sql,
			    bool kept);
	void		(*bind)(struct sql_query *, int place,
			    const struct sql_value *);
	bool		(*row)(struct sql_query *);
	struct sql_value (*value)(struct sql_query *, int column);
	int		(*columns)(struct sql_query *);
	const char	*(*column)(struct sql_query *, int column);
	int64_t		(*changed)(struct sql_query *);
	/* The statement can be used again. */
	void		(*reset)(struct sql_query *);
	void		(*forget)(struct sql *, void *stmt);

	/* See sql_lock(); the deadline is monotonic.  No turn is needed. */
	enum err	(*lock)(struct job *, const char *key,
			    int64_t deadline, int *lock);
	void		(*unlock)(struct job *, int lock);

	/* A thread may do the parts of others: no lock is one thread's own. */
	bool		 lends;
	const char	*tables;	/* gives their names, in their order */
};

#endif
