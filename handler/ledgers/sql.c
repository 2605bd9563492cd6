/*
 * What all SQL ledgers have in common beside their statements: how one begins
 * and ends, is probed and locked.
 */
#include "handler/ledgers/sql.h"

#include "common/clock.h"
#include "handler/job.h"
#include "handler/ledgers/sql_store.h"

enum {
	PROBE_WAIT = 2000	/* ms that a probe waits */
};

struct sql *
sql_of(const struct job *job)
{

	return ((struct sql *)job->ledger);
}

void
sql_init(struct sql *l, const struct ledger_backend *backend,
    const struct sql_store *store)
{

	l->base.backend = backend;
	l->store = store;
	(void)pthread_mutex_init(&l->mutex, NULL);
}

void
sql_free(struct sql *l)
{

	sql_query_forget(l, &l->cached);
	(void)pthread_mutex_destroy(&l->mutex);
}

/* Only what was written and synced proves that it can be. */
enum err
sql_probe(struct ledger *ledger, struct why *why)
{
	struct job job = {
		.ledger = ledger,
		.deadline = clock_mono() + PROBE_WAIT
	};
	enum err e;

	if ((e = sql_enter(&job, SQL_USE_WRITE)) == OK) {
		e = sql_of(&job)->store->touch(&job);
		e = sql_leave(&job, e);
	}
	return (e == OK ? OK : err_set(why, e, "%s", job.why.text));
}

enum err
sql_lock(struct job *job, const char *key, int64_t deadline, int *lock)
{

	*lock = -1;
	if (key == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the lock"));
	return (sql_of(job)->store->lock(job, key, deadline, lock));
}

void
sql_unlock(struct job *job, int *lock)
{

	sql_of(job)->store->unlock(job, *lock);
	*lock = -1;
}
