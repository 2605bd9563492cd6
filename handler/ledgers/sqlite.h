#ifndef SQLITE_H_
#define SQLITE_H_

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/ledgers/backend.h"
#include "handler/ledgers/sqlite_query.h"
#include "handler/types.h"

/*
 * The ledger in an SQLite file, inside.  Three files lie beside it:
 * PATH-wal and PATH-shm are SQLite's, PATH.lock is ours (see lock.h).
 *
 * A process has one connection; its threads take turns.  Processes take
 * turns by the write lock, since SQLite's own way to wait for another
 * writer, sleep and retry, lets some wait for seconds.
 *
 *	if ((e = sqlite_enter(job, SQLITE_USE_WRITE)) != OK)
 *		return (e);
 *	e = ... queries ...
 *	return (sqlite_leave(job, e));		commit, or roll back
 *
 * It must not be entered twice, nor while waiting for anything else; the
 * lock of a ticket key is taken before.
 *
 * Units that meet share one transaction and one flush of the disk.  Leaving
 * takes until that flush is done, and fails for all when it failed; what
 * one unit undoes is undone alone.  What is read while such a transaction is
 * open is told only when it is on disk.
 */
struct sqlite_cached;
struct sqlite_member;

struct sqlite {
	struct ledger	 base;
	char		*path;
	char		*lock_path;
	int		 lock;		/* descriptor of the write lock */
	pthread_mutex_t	 mutex;		/* of what is below */
	pthread_cond_t	 turn;
	pthread_cond_t	 settled;	/* a transaction has ended */
	int		 waiting;	/* for a turn */
	bool		 taken;		/* a thread has the rest of this */
	struct sqlite_member *members;	/* who is in the transaction */
	bool		 open;		/* there is one */
	bool		 writing;	/* the unit is part of it */
	int		 shared;	/* units of it that ended */
	bool		 busy;		/* the last one had several */
	int64_t		 flush;		/* ms that the last commit took */
	int64_t		 gather;	/* monotonic: wait for no more then */
	int64_t		 deadline;	/* monotonic, of that thread */
	sqlite3		*db;
	struct sqlite_cached *cached;	/* prepared statements */
};

enum sqlite_use {
	SQLITE_USE_READ,	/* statements by themselves */
	SQLITE_USE_WRITE,	/* a transaction */
	SQLITE_USE_LATE		/* one that may begin a little late, since
				   it notes what was done over there */
};

struct sqlite *sqlite_of(const struct job *);
enum err sqlite_enter(struct job *, enum sqlite_use);
enum err sqlite_leave(struct job *, enum err);

/* The lock between processes; lock_write_release(l->lock) gives it back. */
enum err sqlite_write_lock(struct job *);

/* The sentence and the error of an SQLite result code. */
enum err sqlite_fail(struct job *, int rc);

/* Bring the schema up to date; ERR_CONFIG if it is newer or not ours. */
enum err sqlite_schema(struct job *);
/* Within a transaction: write a page, and change nothing. */
enum err sqlite_schema_touch(struct job *);

/* Once entered: the test by its alias, else by its identity. */
enum err sqlite_test_find_in(struct job *, const struct test *,
    struct test_record *);
/* Within a transaction: find the test or insert it, and its alias. */
enum err sqlite_test_put(struct job *, const struct test *, int64_t *row);
/* What an event of FAMILY_STATUS tells of that test. */
enum err sqlite_test_tell(struct job *, const struct event *, int64_t row);
/* The functions of the backend, see ledger.h. */
enum err sqlite_test_find(struct job *, const struct test *,
    struct test_record *);
enum err sqlite_test_meet(struct job *, const struct test *,
    struct test_record *);
const char *sqlite_test_scope(enum scope);

/* Within a transaction: the delivery, as pending if it is not final. */
enum err sqlite_delivery_note(struct job *, const struct delivery *,
    const struct event *, int64_t ticket);
enum err sqlite_delivery_recall(struct job *, const char *,
    struct recall *);
enum err sqlite_delivery_finish(struct job *, const struct finish *);

enum err sqlite_ticket_claim(struct job *, const struct test *,
    struct filing *);
enum err sqlite_ticket_intend(struct job *, const struct delivery *,
    const struct event *, struct filing *);
enum err sqlite_ticket_advance(struct job *, const struct test *,
    const struct filing *);
void sqlite_ticket_release(struct job *, struct filing *);

#endif
