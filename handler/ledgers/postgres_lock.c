/*
 * The locks of keys, by advisory locks of the session.  Those do not exclude
 * threads of one session, so a key is first reserved in a list of ours.  Who
 * waits asks again and again: a session that waited at the server could do
 * nothing else meanwhile.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/hash.h"
#include "handler/job.h"
#include "handler/ledgers/postgres.h"

enum {
	PAUSE_MAX = 32,		/* ms between two tries, at most */
	ID_MIN = 3,		/* what a zeroed value cannot mean */
	RELEASE_WAIT = 500	/* ms; then the next unit gives it back */
};

/* The reservation of a key; released ones wait for their unlocking. */
struct postgres_held {
	int			 id;
	int64_t			 key;
	uint64_t		 session;	/* 0: not locked there yet */
	pthread_t		 owner;
	bool			 released;
	struct postgres_held	*next;
};

/*
 * A hash of the schema and the key, the same on all hosts.  Two keys share a
 * lock with a probability of 2^-64, and then only wait; the write lock is of
 * another kind, with two numbers.
 */
static int64_t
number_of(const struct postgres *l, const char *key)
{
	char schema[24];
	int n = snprintf(schema, sizeof(schema), "%" PRId64 "|", l->schema);

	return ((int64_t)hash_add(hash_add(HASH_START, schema, (size_t)n),
	    key, strlen(key)));
}

/*
 * NULL: a thread of ours has it, or there is no memory (*e).  One that waits
 * for its unlocking is nobody's: the server counts how often a session locked.
 */
static struct postgres_held *
reserve(struct postgres *l, int64_t key, enum err *e)
{
	struct postgres_held *held, *h;

	if ((held = calloc(1, sizeof(*held))) == NULL) {
		*e = ERR_NOMEM;
		return (NULL);
	}
	held->key = key;
	held->owner = pthread_self();
	(void)pthread_mutex_lock(&l->mutex);
	for (h = l->held; h != NULL && (h->released || h->key != key);
	    h = h->next)
		continue;
	if (h == NULL) {
		held->id = ID_MIN + l->locks++ % (INT32_MAX - ID_MIN);
		held->next = l->held;
		l->held = held;
	}
	(void)pthread_mutex_unlock(&l->mutex);
	if (h == NULL)
		return (held);
	free(held);
	*e = ERR_BUSY;
	return (NULL);
}

/* It is wanted no more; what was never locked goes at once. */
static void
drop(struct postgres *l, struct postgres_held *held)
{
	struct postgres_held **at;

	(void)pthread_mutex_lock(&l->mutex);
	held->released = true;
	if (held->session == 0) {
		for (at = &l->held; *at != held; at = &(*at)->next)
			continue;
		*at = held->next;
		free(held);
	}
	(void)pthread_mutex_unlock(&l->mutex);
}

/*
 * In turn: ask the server once.  A question that was ended may have got the
 * lock all the same, so that is given back too.
 */
static enum err
ask(struct job *job, struct postgres_held *held)
{
	struct postgres *l = postgres_of(job);
	struct sql_query q;
	bool got;
	enum err e;

	sql_query(&q, job, "SELECT pg_try_advisory_lock(?)");
	sql_query_int(&q, held->key);
	got = sql_query_row(&q) && sql_query_get_int(&q, 0) != 0;
	if ((e = sql_query_end(&q)) == OK && !got)
		return (ERR_BUSY);
	held->session = l->session;
	return (e);
}

static enum err
try(struct job *job, const char *key, int *lock)
{
	struct postgres *l = postgres_of(job);
	struct postgres_held *held;
	enum err e = OK;

	if ((held = reserve(l, number_of(l, key), &e)) == NULL)
		return (e == ERR_BUSY ? e : fail(job, e, "ledger %s: no "
		    "memory left", l->sql.name));
	if ((e = sql_enter(job, SQL_USE_READ)) == OK) {
		e = ask(job, held);
		e = sql_leave(job, e);
	}
	if (e == OK)
		*lock = held->id;
	else
		drop(l, held);
	return (e);
}

enum err
postgres_lock(struct job *job, const char *key, int64_t deadline, int *lock)
{
	int64_t left, pause;
	enum err e;

	for (pause = 1;; pause = pause < PAUSE_MAX ? 2 * pause : pause) {
		if ((e = try(job, key, lock)) != ERR_BUSY)
			return (e);
		if ((left = deadline - clock_mono()) <= 0)
			return (ERR_BUSY);
		clock_sleep(pause < left ? pause : left);
	}
}

/* Take one that was released, or whose session is over, off the list. */
static struct postgres_held *
take_released(struct postgres *l)
{
	struct postgres_held **at, *held;

	(void)pthread_mutex_lock(&l->mutex);
	for (at = &l->held; *at != NULL && !(*at)->released;
	    at = &(*at)->next)
		continue;
	if ((held = *at) != NULL)
		*at = held->next;
	(void)pthread_mutex_unlock(&l->mutex);
	return (held);
}

void
postgres_lock_settle(struct job *job)
{
	struct postgres *l = postgres_of(job);
	struct job own = { .ledger = job->ledger };
	struct postgres_held *held;
	char text[64];
	bool ours;

	/* Also past the deadline of whose turn it is. */
	while ((held = take_released(l)) != NULL) {
		ours = held->session != 0 && held->session == l->session;
		(void)snprintf(text, sizeof(text), "SELECT"
		    " pg_advisory_unlock(%" PRId64 ")", held->key);
		if (ours && postgres_end(&own, text, NULL) != OK)
			postgres_hang_up(l, own.why.text);
		free(held);
	}
}

void
postgres_unlock(struct job *job, int lock)
{
	struct postgres *l = postgres_of(job);
	struct job own = {
		.ledger = job->ledger,
		.deadline = clock_mono() + RELEASE_WAIT
	};
	struct postgres_held *h;
	bool there;

	(void)pthread_mutex_lock(&l->mutex);
	for (h = l->held; h != NULL && h->id != lock; h = h->next)
		continue;
	if (h != NULL)
		h->released = true;
	there = h != NULL && h->session == l->session;
	(void)pthread_mutex_unlock(&l->mutex);
	/*
	 * Entering does it; when that takes too long, the end of the
	 * transaction that takes so long does, or else the next unit.
	 */
	if (there && sql_enter(&own, SQL_USE_READ) == OK)
		(void)sql_leave(&own, OK);
}

bool
postgres_lock_is_lost(struct postgres *l)
{
	const struct postgres_held *h;
	bool lost = false;

	(void)pthread_mutex_lock(&l->mutex);
	for (h = l->held; h != NULL; h = h->next)
		if (!h->released && h->session != 0 &&
		    h->session != l->session &&
		    pthread_equal(h->owner, pthread_self()) != 0)
			lost = true;
	(void)pthread_mutex_unlock(&l->mutex);
	return (lost);
}

void
postgres_lock_free(struct postgres *l)
{
	struct postgres_held *h;

	while ((h = l->held) != NULL) {
		l->held = h->next;
		free(h);
	}
}
