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
struct sqlite {
	struct sql	 sql;
	char		*path;
	char		*lock_path;
	int		 lock;		/* descriptor of the write lock */
	sqlite3		*db;
	sqlite3_stmt	*undo;
};

extern const struct sql_store sqlite_store;

struct sqlite *sqlite_of(const struct job *);

/* Compile ROLLBACK, once, on opening: to undo must not need memory. */
enum err sqlite_undo_prepare(struct job *);

/* The lock between processes; lock_write_release(l->lock) gives it back. */
enum err sqlite_write_lock(struct job *);

/* The sentence and the error of an SQLite result code. */
enum err sqlite_fail(struct job *, int rc);

/* Bring the schema up to date; ERR_CONFIG if it is newer or not ours. */
enum err sqlite_schema(struct job *);
/* Within a transaction: write a page, and change nothing. */
enum err sqlite_schema_touch(struct job *);

#endif
