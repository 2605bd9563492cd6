#ifndef SQLITE_H_
#define SQLITE_H_

#include <sqlite3.h>

#include "common/err.h"
#include "handler/ledgers/sql.h"

/*
 * The ledger in an SQLite file, inside.  Three files lie beside it:
 * PATH-wal and PATH-shm are SQLite's, PATH.lock is ours (see lock.h).
 *
 * Processes take turns by a lock of ours, since SQLite's own way to wait for
 * another writer, sleep and retry, lets some wait for seconds.
 */

enum {
	SQLITE_WORDS = 6	/* that begin and end transactions */
};

/* A connection beside the first, opened when it is needed. */
struct sqlite_side {
	pthread_mutex_t	 mutex;		/* of the next two */
	pthread_cond_t	 given;
	bool		 taken;		/* a thread has the rest of this */
	sqlite3		*db;		/* NULL: not opened yet */
	struct sql_cached *cached;	/* prepared statements */
	int64_t		 deadline;	/* monotonic, of that thread */
};

struct sqlite {
	struct sql	 sql;
	char		*path;
	char		*lock_path;
	int		 lock;		/* descriptor of the write lock */
	sqlite3		*db;
	sqlite3_stmt	*word[SQLITE_WORDS];
	bool		 wal;		/* there is a write-ahead log ... */
	int		 pages;		/* ... of so many, at the last commit */
	int		 kept;		/* of them a checkpoint was made */
	_Atomic bool	 due;		/* and it is time for the next */
	struct sqlite_side reader;
	struct sqlite_side keeper;	/* copies the log into the file */
};

extern const struct sql_store sqlite_store;

struct sqlite *sqlite_of(const struct job *);

/*
 * Compile what begins and ends transactions, once, on opening: it is said for
 * each unit, and to undo must not need memory.
 */
enum err sqlite_words_prepare(struct job *);

/* Those of struct sql_store, by the connection beside the first. */
bool sqlite_side_enter(struct job *);
bool sqlite_side_leave(struct sql *);
struct sql_cached **sqlite_side_cached(struct sql *);
void sqlite_side_keep(struct sql *);
/* The connection that this thread has entered. */
sqlite3 *sqlite_side_db(const struct sqlite *);
/* After a commit, before anybody else writes. */
void sqlite_side_log(struct sqlite *);
void sqlite_side_init(struct sqlite *);
void sqlite_side_close(struct sqlite *);

/* SQLite asks whether to try again: until *deadline. */
int sqlite_busy(void *deadline, int tries);

/* The lock between processes; lock_write_release(l->lock) gives it back. */
enum err sqlite_write_lock(struct job *);

/* The sentence and the error of an SQLite result code. */
enum err sqlite_fail(struct job *, int rc);

/* Bring the schema up to date; ERR_CONFIG if it is newer or not ours. */
enum err sqlite_schema(struct job *);
/* Within a transaction: write a page, and change nothing. */
enum err sqlite_schema_touch(struct job *);

#endif
