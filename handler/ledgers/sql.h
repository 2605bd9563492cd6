#ifndef SQL_H_
#define SQL_H_

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/ledgers/backend.h"
#include "handler/ledgers/sql_query.h"
#include "handler/types.h"

/*
 * The ledger in an SQL database, inside.  Which database it is, only its
 * struct sql_store knows (handler/ledgers/sql_store.h); the files sql_*.c say
 * what is recorded, in words that every one of them takes.
 *
 * A process has one connection; its threads take turns.  Processes and hosts
 * take turns by the write lock of the store.
 *
 *	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
 *		return (e);
 *	e = ... queries ...
 *	return (sql_leave(job, e));		commit, or roll back
 *
 * It must not be entered twice but within sql_begin(), nor while waiting for
 * anything else; the lock of a ticket key is taken before.
 *
 * Units that meet share one transaction and one flush of the disk.  Leaving
 * takes until that flush is done, and fails for all when it failed; what
 * one unit undoes is undone alone.  Who only reads while such a transaction is
 * open does so by a connection beside the first, which sees what is on disk
 * and so has no flush to wait for; where a store has none, it is told only
 * when the transaction is on disk.
 */
struct sql_cached;
struct sql_member;
struct sql_store;

struct sql {
	struct ledger	 base;
	const struct sql_store *store;
	const char	*name;		/* in sentences; no secret in it */
	pthread_mutex_t	 mutex;		/* of what is below */
	bool		 taken;		/* a thread has the rest of this */
	struct sql_member *queue;	/* who waits for a turn, */
	struct sql_member *last;	/* the newest of them, */
	int		 queued;	/* and how many they are */
	struct sql_member *members;	/* who is in the transaction */
	bool		 open;		/* there is one */
	bool		 writing;	/* the unit is part of it */
	int		 shared;	/* units of it that ended */
	int		 before;	/* units of the last one */
	int64_t		 flush;		/* ms that the last commit took */
	int64_t		 gather;	/* monotonic: wait for no more then */
	int64_t		 deadline;	/* monotonic, of that thread */
	struct sql_cached *cached;	/* prepared statements */
};

enum sql_use {
	SQL_USE_READ,	/* statements by themselves */
	SQL_USE_WRITE,	/* a transaction */
	SQL_USE_LATE	/* one that may begin a little late, since it notes
			   what was done over there */
};

struct sql *sql_of(const struct job *job);
/* Of a zeroed structure, and at its end. */
void sql_init(struct sql *, const struct ledger_backend *,
    const struct sql_store *);
void sql_free(struct sql *);
/* The function of the backend, for any store. */
enum err sql_probe(struct ledger *, struct why *);

enum err sql_enter(struct job *, enum sql_use);
enum err sql_leave(struct job *, enum err);
/* Units until sql_end() are one, see ledger_begin(). */
enum err sql_begin(struct job *, bool writes);
enum err sql_end(struct job *, enum err);

/*
 * One that writes and is a function, see ledger_do(): maybe run by another
 * thread, which has the turn.
 */
typedef enum err sql_part(struct job *, void *arg);
enum err sql_do(struct job *, enum sql_use, sql_part *, void *);
enum err sql_step(struct job *, sql_part *, void *);

/*
 * Lock a key, over calls to other servers.  *lock is what gives it back, -1
 * unless OK.  ERR_BUSY, without a sentence, when somebody else had it
 * until the deadline.  Giving back accepts anything below 3.
 */
enum err sql_lock(struct job *, const char *key, int64_t deadline, int *lock);
void sql_unlock(struct job *, int *lock);

/* Once entered: the test by its alias, else by its identity. */
enum err sql_test_find_in(struct job *, const struct test *,
    struct test_record *);
/* Within a transaction: find the test or insert it, and its alias. */
enum err sql_test_put(struct job *, const struct test *, int64_t *row);
/* What an event of FAMILY_STATUS tells of that test. */
enum err sql_test_tell(struct job *, const struct event *, int64_t row);
/* The functions of the backend, see ledger.h. */
enum err sql_test_find(struct job *, const struct test *,
    struct test_record *);
enum err sql_test_meet(struct job *, const struct test *,
    struct test_record *);

/* Within a transaction: the delivery, as pending if it is not final. */
enum err sql_delivery_note(struct job *, const struct delivery *,
    const struct event *, int64_t ticket);
enum err sql_delivery_recall(struct job *, const char *,
    struct recall *);
enum err sql_delivery_finish(struct job *, const struct finish *);
enum err sql_delivery_repeated(struct job *, const struct tried *, size_t n);

enum err sql_ticket_of(struct job *, int64_t test, bool *has);
enum err sql_ticket_claim(struct job *, const struct test *,
    struct filing *);
enum err sql_ticket_intend(struct job *, const struct delivery *,
    const struct event *, struct filing *);
enum err sql_ticket_advance(struct job *, const struct test *,
    const struct filing *);
void sql_ticket_release(struct job *, struct filing *);

#endif
