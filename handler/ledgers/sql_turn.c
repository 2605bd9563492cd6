/*
 * Who may use the connection, and commits that are shared: a unit of work
 * that ends while others wait leaves its transaction open for the next.  The
 * last of them commits for all, so that they share one flush.  None is told
 * that it is done before that flush has succeeded.
 */
#include <errno.h>
#include <semaphore.h>
#include <time.h>

#include "common/clock.h"
#include "handler/job.h"
#include "handler/ledgers/sql_store.h"
#include "handler/metrics.h"

enum {
	GRACE = 100,		/* ms a SQL_USE_LATE may begin late */
	SHARE_MAX = 128,	/* units in one commit: others wait too */
	GATHER = 4		/* wait that part of a flush for more units */
};

/* A thread whose work is in the open transaction; on its stack. */
struct sql_member {
	struct job		*job;
	enum err		 e;
	bool			 settled;
	sem_t			 done;		/* posted once it is */
	bool			 woken;		/* by that */
	struct sql_member	*next;
};

static struct timespec
timespec_of(int64_t mono)
{

	return ((struct timespec){ .tv_sec = mono / 1000,
	    .tv_nsec = mono % 1000 * 1000000 });
}

static bool
take(struct sql *l, int64_t deadline)
{
	const struct timespec until = timespec_of(deadline);
	bool got;

	(void)pthread_mutex_lock(&l->mutex);
	l->waiting++;
	while (l->taken &&
	    pthread_cond_timedwait(&l->turn, &l->mutex, &until) == 0)
		continue;
	l->waiting--;
	got = !l->taken;
	if (got) {
		l->taken = true;
		l->deadline = deadline;
	}
	(void)pthread_mutex_unlock(&l->mutex);
	return (got);
}

/* With the mutex, which it gives back: let the next one in. */
static void
pass_on(struct sql *l)
{

	l->taken = false;
	(void)pthread_mutex_unlock(&l->mutex);
	(void)pthread_cond_signal(&l->turn);
}

static void
give(struct sql *l)
{

	(void)pthread_mutex_lock(&l->mutex);
	pass_on(l);
}

/* A transaction, or a part of the one that others began. */
static enum err
begin(struct job *job)
{
	struct sql *l = sql_of(job);
	enum err e;

	if (l->open)
		return (l->store->execute(job, "SAVEPOINT unit"));
	e = l->store->begin(job);
	l->open = e == OK;
	return (e);
}

/* Is it in use by others? */
static bool
is_taken(struct sql *l)
{
	bool taken;

	(void)pthread_mutex_lock(&l->mutex);
	taken = l->taken || l->open;
	(void)pthread_mutex_unlock(&l->mutex);
	return (taken);
}

enum err
sql_enter(struct job *job, enum sql_use use)
{
	struct sql *l = sql_of(job);
	int64_t until = job->deadline;
	enum err e = OK;

	if (job->step != STEP_NONE)
		return (OK);
	if (use == SQL_USE_READ && l->store->enter_side != NULL &&
	    is_taken(l) && l->store->enter_side(job))
		return (OK);
	if (use == SQL_USE_LATE && until < clock_mono() + GRACE)
		until = clock_mono() + GRACE;
	if (!take(l, until))
		return (fail(job, ERR_DEADLINE, "ledger %s: other deliveries "
		    "were using it until the time was up", l->name));
	l->writing = use != SQL_USE_READ;
	if ((e = l->store->enter(job, l->writing)) == OK && l->writing)
		e = begin(job);
	if (e != OK) {
		l->writing = false;
		e = sql_leave(job, e);
	}
	return (e);
}

/*
 * End the work of one.  What failed is undone, and it alone; false: the
 * work of the others can no longer be told from it.
 */
static bool
end_unit(struct job *job, enum err *e)
{
	struct sql *l = sql_of(job);
	struct job undo = { .ledger = job->ledger };

	if (l->members == NULL)
		return (*e == OK && l->store->sound(l));
	if (*e != OK && l->store->execute(&undo, "ROLLBACK TO unit") != OK)
		return (false);
	if (*e == OK)
		*e = l->store->execute(job, "RELEASE unit");
	else if (l->store->execute(&undo, "RELEASE unit") != OK)
		return (false);
	return (l->store->sound(l));
}

/* Make it last, or undo it; e is what the last member says. */
static enum err
end_all(struct job *job, bool sound, enum err e)
{
	struct sql *l = sql_of(job);

	if (sound) {
		l->flush = clock_mono();
		e = l->store->commit(job);
		l->flush = clock_mono() - l->flush;
		metrics_commit(e == OK);
	} else if (e == OK || l->members->next != NULL)
		e = fail(job, ERR_LEDGER, "ledger %s: what was written at the "
		    "same time failed; it is tried again", l->name);
	l->store->over(l);
	return (e);
}

/*
 * What became of the transaction is told to its members, each by itself: all
 * of them at one condition would wake to stand in line for its mutex.
 */
static void
tell(struct sql *l, const struct sql_member *me, enum err e)
{
	struct sql_member *all, *m, *next;

	(void)pthread_mutex_lock(&l->mutex);
	all = l->members;
	for (m = all; m != NULL; m = m->next) {
		if (e != OK && m != me) {
			m->e = e;
			m->job->why = me->job->why;
		}
		m->settled = true;
	}
	l->members = NULL;
	l->before = l->shared;
	l->shared = 0;
	l->gather = 0;
	l->open = false;
	pass_on(l);
	for (m = all; m != NULL; m = next) {
		next = m->next;		/* it may be gone once it knows */
		if (m != me)
			(void)sem_post(&m->done);
	}
}

/*
 * With the mutex: nobody waits, but when the last commit was shared others
 * are on their way.  True: one came and has the rest to do, or has done it.
 */
static bool
gather(struct sql *l, struct sql_member *me)
{
	struct timespec until;

	if (l->shared >= l->before || l->flush < GATHER)
		return (false);
	if (l->gather == 0)
		l->gather = clock_mono() + l->flush / GATHER;
	until = timespec_of(l->gather);
	pass_on(l);
	me->woken = sem_clockwait(&me->done, CLOCK_MONOTONIC, &until) == 0;
	(void)pthread_mutex_lock(&l->mutex);
	if (me->settled || l->taken || l->members != me)
		return (true);
	l->taken = true;
	return (false);
}

/*
 * A unit has ended well, or has been undone.  True: its transaction has too,
 * and what me->e says is so.  False: this thread has to end it.
 */
static bool
wait_settled(struct sql *l, struct sql_member *me, bool sound)
{
	bool last;

	(void)pthread_mutex_lock(&l->mutex);
	me->next = l->members;
	l->members = me;
	last = !sound || ++l->shared >= SHARE_MAX;
	if (!last && l->waiting > 0)
		pass_on(l);
	else {
		last = last || !gather(l, me);
		(void)pthread_mutex_unlock(&l->mutex);
	}
	while (!last && !me->woken)
		me->woken = sem_wait(&me->done) == 0 || errno != EINTR;
	return (!last);
}

enum err
sql_leave(struct job *job, enum err e)
{
	struct sql *l = sql_of(job);
	struct sql_member me = { .job = job };
	bool sound, settled;
	enum err all;

	if (job->step != STEP_NONE) {
		if (e != OK && e != ERR_ABSENT)
			job->step = STEP_FAILED;
		return (e);
	}
	if (l->store->leave_side != NULL && l->store->leave_side(l))
		return (e);
	if (!l->open) {
		give(l);
		return (e);
	}
	sound = l->writing ? end_unit(job, &e) : l->store->sound(l);
	me.e = e;
	(void)sem_init(&me.done, 0, 0);
	settled = wait_settled(l, &me, sound);
	(void)sem_destroy(&me.done);
	if (settled)
		return (me.e);
	all = end_all(job, sound, e);
	tell(l, &me, all);
	if (l->store->tidy != NULL)
		l->store->tidy(l);
	return (all != OK ? all : e);
}

enum err
sql_begin(struct job *job, bool writes)
{
	enum err e = sql_enter(job, writes ? SQL_USE_WRITE : SQL_USE_READ);

	if (e == OK)
		job->step = STEP_WELL;
	return (e);
}

enum err
sql_end(struct job *job, enum err e)
{
	bool failed = job->step == STEP_FAILED;

	job->step = STEP_NONE;
	/* What failed in a part has told why. */
	if (e == OK && failed)
		e = ERR_LEDGER;
	return (sql_leave(job, e));
}
