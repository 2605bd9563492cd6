/*
 * Who may use the connection, and commits that are shared: a unit of work
 * that ends while others wait leaves its transaction open for the next.  The
 * last of them commits for all, so that they share one flush.  None is told
 * that it is done before that flush has succeeded.
 *
 * A unit that is a function is done by whoever has the turn: waking its own
 * thread for it would take longer than what it does.
 */
#include <errno.h>
#include <semaphore.h>

#include "common/clock.h"
#include "common/thread.h"
#include "handler/job.h"
#include "handler/ledgers/sql_store.h"
#include "handler/metrics.h"

enum {
	GRACE = 100,		/* ms a SQL_USE_LATE may begin late */
	SHARE_MAX = 128,	/* units in one commit: others wait too */
	GATHER = 4		/* wait that part of a flush for more units */
};

/* A thread whose work is in the open transaction, or is to be; on its stack. */
struct sql_member {
	struct job		*job;
	sql_part		*part;		/* to be done for it; NULL: it
						   waits for the turn itself */
	void			*arg;
	int64_t			 until;		/* monotonic: begun by then */
	enum err		 e;
	bool			 queued;
	bool			 turn;		/* it was given the turn */
	bool			 settled;
	sem_t			 done;		/* posted once it is either */
	bool			 woken;		/* by that */
	struct sql_member	*next;
};

/* With the mutex: who has waited longest, or NULL. */
static struct sql_member *
pop(struct sql *l)
{
	struct sql_member *m = l->queue;

	if (m == NULL)
		return (NULL);
	l->queue = m->next;
	l->queued--;
	m->queued = false;
	return (m);
}

static void
push(struct sql *l, struct sql_member *m)
{

	if (l->queued++ == 0)
		l->queue = m;
	else
		l->last->next = m;
	l->last = m;
	m->next = NULL;
	m->queued = true;
}

/*
 * With the mutex, which it gives back: let the next one in.  It has the turn
 * then, whoever comes before it runs.
 */
static void
pass_on(struct sql *l)
{
	struct sql_member *m = pop(l);

	l->taken = m != NULL;
	if (m != NULL) {
		m->turn = true;
		l->deadline = m->until;
	}
	(void)pthread_mutex_unlock(&l->mutex);
	if (m != NULL)
		(void)sem_post(&m->done);
}

static void
give(struct sql *l)
{

	(void)pthread_mutex_lock(&l->mutex);
	pass_on(l);
}

/* True: the turn was free and is this thread's; else it is queued, if so. */
static bool
seize(struct sql *l, struct sql_member *me, bool queued)
{
	bool got;

	(void)pthread_mutex_lock(&l->mutex);
	got = !l->taken && (queued || !l->open);
	if (got) {
		l->taken = true;
		l->deadline = me->until;
	} else if (queued)
		push(l, me);
	(void)pthread_mutex_unlock(&l->mutex);
	return (got);
}

/* True: it was still in the queue. */
static bool
withdraw(struct sql *l, struct sql_member *me)
{
	struct sql_member *m, *rest = NULL;
	bool queued;

	(void)pthread_mutex_lock(&l->mutex);
	if ((queued = me->queued)) {
		rest = l->queue;
		l->queue = NULL;
		l->queued = 0;
	}
	while ((m = rest) != NULL) {
		rest = m->next;
		if (m != me)
			push(l, m);
	}
	(void)pthread_mutex_unlock(&l->mutex);
	return (queued);
}

static enum err
fail_turn(struct job *job)
{

	return (fail(job, ERR_DEADLINE, "ledger %s: other deliveries were "
	    "using it until the time was up", sql_of(job)->name));
}

/* True: this thread has the turn.  False: what me->e says came of it. */
static bool
wait_turn(struct sql *l, struct sql_member *me)
{
	const struct timespec until = thread_until(me->until);
	bool woken;

	do
		woken = sem_clockwait(&me->done, CLOCK_MONOTONIC,
		    &until) == 0;
	while (!woken && errno == EINTR);
	if (!woken && withdraw(l, me)) {
		me->e = fail_turn(me->job);
		return (false);
	}
	while (!woken)
		woken = sem_wait(&me->done) == 0;
	return (me->turn);
}

/* The same. */
static bool
take(struct sql *l, struct sql_member *me)
{
	bool turn;

	(void)sem_init(&me->done, 0, 0);
	turn = seize(l, me, true) || wait_turn(l, me);
	(void)sem_destroy(&me->done);
	return (turn);
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

static int64_t
latest(const struct job *job, enum sql_use use)
{
	int64_t late = clock_mono() + GRACE;

	return (use == SQL_USE_LATE && job->deadline < late ? late :
	    job->deadline);
}

/* With the turn. */
static enum err
enter(struct job *job, enum sql_use use)
{
	struct sql *l = sql_of(job);
	enum err e;

	l->writing = use != SQL_USE_READ;
	if ((e = l->store->enter(job, l->writing)) == OK && l->writing)
		e = begin(job);
	if (e != OK) {
		l->writing = false;
		e = sql_leave(job, e);
	}
	return (e);
}

/* In a step: it is entered already. */
static enum err
enter_again(struct job *job, enum sql_use use)
{

	if (job->step == STEP_WRITES || use == SQL_USE_READ)
		return (OK);
	job->step_failed = true;
	return (fail(job, ERR_LEDGER, "ledger %s: a step that was to read "
	    "alone has something to write, which is a fault of this program; "
	    "please report it", sql_of(job)->name));
}

enum err
sql_enter(struct job *job, enum sql_use use)
{
	struct sql *l = sql_of(job);
	struct sql_member me = { .job = job, .until = latest(job, use) };

	if (job->step != STEP_NONE)
		return (enter_again(job, use));
	if (use == SQL_USE_READ && l->store->enter_side != NULL) {
		if (seize(l, &me, false))
			return (enter(job, use));
		if (l->store->enter_side(job))
			return (OK);
	}
	return (take(l, &me) ? enter(job, use) : me.e);
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

/* Parts that failed have told why; whoever made the step may not know. */
static enum err
end_step(struct job *job, enum err e)
{

	if (e == OK && job->step_failed)
		e = ERR_LEDGER;
	job->step = STEP_NONE;
	job->step_failed = false;
	return (e);
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
	const struct sql_member *newest = l->members;
	struct timespec until;

	if (l->shared >= l->before || l->flush < GATHER)
		return (false);
	if (l->gather == 0)
		l->gather = clock_mono() + l->flush / GATHER;
	until = thread_until(l->gather);
	pass_on(l);
	me->woken = sem_clockwait(&me->done, CLOCK_MONOTONIC, &until) == 0;
	(void)pthread_mutex_lock(&l->mutex);
	if (me->settled || l->taken || l->members != newest)
		return (true);
	l->taken = true;
	return (false);
}

/* With the mutex. */
static void
join(struct sql *l, struct sql_member *m)
{

	m->next = l->members;
	l->members = m;
	l->shared++;
}

/* What sql_begin() does, the part and sql_end(), in the open transaction. */
static bool
do_part(struct sql_member *m)
{
	struct job *job = m->job;

	if ((m->e = begin(job)) != OK)
		return (sql_of(job)->store->sound(sql_of(job)));
	job->step = STEP_WRITES;
	m->e = end_step(job, m->part(job, m->arg));
	return (end_unit(job, &m->e));
}

/*
 * With the mutex, which it gives back while it works: the parts whose turn it
 * is.  False: the transaction came to harm.
 */
static bool
do_parts(struct sql *l)
{
	struct sql_member *m;
	bool sound = true;

	while (sound && l->shared < SHARE_MAX && l->queue != NULL &&
	    l->queue->part != NULL) {
		m = pop(l);
		(void)pthread_mutex_unlock(&l->mutex);
		sound = do_part(m);
		(void)pthread_mutex_lock(&l->mutex);
		join(l, m);
	}
	return (sound);
}

/*
 * A unit has ended well, or has been undone.  True: its transaction has too,
 * and what me->e says is so.  False: this thread has to end it, and *sound
 * says how.
 */
static bool
wait_settled(struct sql *l, struct sql_member *me, bool *sound)
{
	bool last;

	(void)pthread_mutex_lock(&l->mutex);
	join(l, me);
	if (*sound && l->writing)
		*sound = do_parts(l);
	last = !*sound || l->shared >= SHARE_MAX;
	if (!last && l->queue != NULL)
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
		job->step_failed |= e != OK && e != ERR_ABSENT;
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
	settled = wait_settled(l, &me, &sound);
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
		job->step = writes ? STEP_WRITES : STEP_READS;
	return (e);
}

enum err
sql_end(struct job *job, enum err e)
{

	return (sql_leave(job, end_step(job, e)));
}

enum err
sql_do(struct job *job, enum sql_use use, sql_part *part, void *arg)
{
	struct sql *l = sql_of(job);
	struct sql_member me = { .job = job, .arg = arg,
	    .part = l->store->lends ? part : NULL,
	    .until = latest(job, use) };
	enum err e;

	if (job->step != STEP_NONE)
		return ((e = enter_again(job, use)) != OK ? e :
		    sql_leave(job, part(job, arg)));
	if (!take(l, &me))
		return (me.e);
	if ((e = enter(job, use)) != OK)
		return (e);
	job->step = STEP_WRITES;
	return (sql_end(job, part(job, arg)));
}

enum err
sql_step(struct job *job, sql_part *part, void *arg)
{

	return (sql_do(job, SQL_USE_WRITE, part, arg));
}
