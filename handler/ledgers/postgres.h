#ifndef POSTGRES_H_
#define POSTGRES_H_

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/ledgers/postgres_lib.h"
#include "handler/ledgers/sql_store.h"

/*
 * The ledger of several hosts, in a schema of a PostgreSQL database.
 *
 * A process has one session, which is opened again when it was lost, by the
 * next unit of work.  Writers take turns, also those of other hosts, by an
 * advisory lock that a transaction begins with; so one of them never sees
 * half of what another does.  A commit whose answer is lost is an error to
 * the sender, whose next try finds out what became of it.
 *
 * A key is locked by an advisory lock of the very session that writes (see
 * postgres_lock.c).  The server gives it back when the session ends, however
 * it ends.  Who held one over the end of a session can write nothing more
 * until the key was released: each unit compares the numbers of the sessions,
 * and a transaction cannot outlive its own.  So what the next holder reads is
 * all that there will be.  What the last holder was doing at the tracker
 * meanwhile is what a crash at that instant would have left, and is settled
 * in the same way: the intent, with the id that we chose, was on disk before,
 * and Linear refuses the same id twice; at Jira a create that was sent has
 * its time to be seen (`settle`, which is longer than any request may take)
 * before another one is sent.
 *
 * Nothing waits for the server for longer than the job's deadline and half a
 * second: what did not answer then is hung up on.
 */
struct postgres_held;
struct postgres_target;

enum {
	POSTGRES_APPLICATION = 1953001323,	/* "thok" */
	POSTGRES_TEXT = 200			/* bytes of a server's words */
};

struct postgres {
	struct sql	 sql;
	struct postgres_target *target;
	PGconn		*conn;		/* NULL: none */
	/* Its number in this process; another one as soon as it is lost. */
	_Atomic uint64_t session;
	int64_t		 schema;	/* object id of it */
	char		 schema_name[64];
	bool		 opened;	/* what is wrong now, was well */
	bool		 snapshot;	/* all is read, and takes its time */
	unsigned int	 names;		/* of prepared statements, so far */
	bool		 begins;	/* asked next: a BEGIN that writes */
	bool		 warned;	/* the server has, about anything */
	char		 lost[POSTGRES_TEXT];	/* why there is none ... */
	bool		 late;		/* ... and it did not answer in time */
	pthread_mutex_t	 mutex;		/* of what is below */
	struct postgres_held *held;
	int		 locks;		/* that were taken, so far */
};

extern const struct sql_store postgres_store;

struct postgres *postgres_of(const struct job *);

/*
 * postgres_target.c: where the servers are.  Parsed once; what must not
 * stand in a URL is ERR_CONFIG.  free accepts NULL.
 */
enum err postgres_target_new(const char *url, struct postgres_target **,
    struct why *);
void postgres_target_free(struct postgres_target *);
/* The URL as people may see it. */
const char *postgres_target_name(const struct postgres_target *);
/*
 * Tell each file that is read when a session is opened; without libpq, since
 * a CGI program asks before it knows whether it needs a ledger.
 */
void postgres_target_files(const char *url, void (*keep)(const char *));
/* A session at the first of them that answers; ERR_LEDGER. */
enum err postgres_target_connect(struct job *, struct postgres_target *,
    int64_t until, PGconn **);

/*
 * postgres_wire.c: on the one session, within the deadline of the unit.
 */
/* ERR_DEADLINE, when there is no time to ask anything. */
enum err postgres_time(struct job *);
/* See that there is a session that lives. */
enum err postgres_open_session(struct job *);
void postgres_hang_up(struct postgres *, const char *why);
/* The next result; NULL: that was the last, or the session is lost. */
PGresult *postgres_next(struct postgres *);
/* The sentence of what the server said, and of a session that was lost. */
enum err postgres_fail(struct job *, const PGresult *);
enum err postgres_fail_lost(struct job *);
/* Statements by themselves; the tag of the last, if it is wanted. */
enum err postgres_run(struct job *, const char *sql, const char *tag);
/* The same, also long past the deadline, for what must end. */
enum err postgres_end(struct job *, const char *sql, const char *tag);

/*
 * postgres_schema.c: bring the schema up to date, in turn; ERR_CONFIG if it is
 * newer or not ours.
 */
enum err postgres_schema(struct job *);

/* postgres_statement.c: of struct sql_store. */
void postgres_prepare(struct sql_query *, const char *sql, bool kept);
void postgres_bind(struct sql_query *, int, const struct sql_value *);
bool postgres_row(struct sql_query *);
struct sql_value postgres_value(struct sql_query *, int);
int postgres_columns(struct sql_query *);
const char *postgres_column(struct sql_query *, int);
int64_t postgres_changed(struct sql_query *);
void postgres_reset(struct sql_query *);
const char *postgres_text(struct job *, const char *);
void postgres_forget(struct sql *, void *);

/* postgres_copy.c: of struct sql_store. */
enum err postgres_quiet(struct job *, bool);
enum err postgres_alone(struct job *);
/* A new session is there, with a lock that others can see. */
enum err postgres_present(struct job *);

/*
 * postgres_lock.c: the locks of keys; free when the ledger is closed.
 */
enum err postgres_lock(struct job *, const char *key, int64_t deadline,
    int *lock);
void postgres_unlock(struct job *, int lock);
/* In turn: give back at the server what was released here. */
void postgres_lock_settle(struct job *);
/* Does this thread hold a lock of a session that is over? */
bool postgres_lock_is_lost(struct postgres *);
void postgres_lock_free(struct postgres *);

#endif
