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
	sql_part		*part;		/* to be done for it; or NULL */
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

/* With the mutex: the part that has waited longest, or NULL. */
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

static bool
take(struct sql *l, int64_t deadline)
{
	const struct timespec until = thread_until(deadline);
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

/*
 * With the mutex, which it gives back: let the next one in.  Who wrote has
 * done the parts; they come before a second one in a row that only reads.
 */
static void
pass_on(struct sql *l)
{
	struct sql_member *m = l->waiting == 0 || !l->writing ? pop(l) : NULL;

	l->taken = m != NULL;
	if (m != NULL) {
		m->turn = true;
		l->deadline = m->until;
	}
	(void)pthread_mutex_unlock(&l->mutex);
	if (m != NULL)
		(void)sem_post(&m->done);
	else
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

static int64_t
latest(const struct job *job, enum sql_use use)
{
	int64_t late = clock_mono() + GRACE;

	return (use == SQL_USE_LATE && job->deadline < late ? late :
	    job->deadline);
}

static enum err
fail_turn(struct job *job)
{

	return (fail(job, ERR_DEADLINE, "ledger %s: other deliveries were "
	    "using it until the time was up", sql_of(job)->name));
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

	if (job->step != STEP_NONE)
		return (enter_again(job, use));
	if (use == SQL_USE_READ && l->store->enter_side != NULL &&
	    is_taken(l) && l->store->enter_side(job))
		return (OK);
	if (!take(l, latest(job, use)))
		return (fail_turn(job));
	return (enter(job, use));
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
 * With the mutex, which it gives back while it works: the parts that wait for
 * a turn.  False: the transaction came to harm.
 */
static bool
do_parts(struct sql *l)
{
	struct sql_member *m;
	bool sound = true;

	while (sound && l->shared < SHARE_MAX && (m = pop(l)) != NULL) {
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

/* False: the turn is free, or each has to do its own here. */
static bool
queue_up(struct sql *l, struct sql_member *me)
{
	bool queued;

	(void)pthread_mutex_lock(&l->mutex);
	queued = l->taken && l->store->lends;
	if (queued)
		push(l, me);
	(void)pthread_mutex_unlock(&l->mutex);
	return (queued);
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

/* True: this thread has the turn.  False: what me->e says came of it. */
static bool
wait_part(struct sql *l, struct sql_member *me)
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

enum err
sql_do(struct job *job, enum sql_use use, sql_part *part, void *arg)
{
	struct sql *l = sql_of(job);
	struct sql_member me = { .job = job, .part = part, .arg = arg,
	    .until = latest(job, use) };
	bool turn;
	enum err e;

	if (job->step != STEP_NONE)
		return ((e = enter_again(job, use)) != OK ? e :
		    sql_leave(job, part(job, arg)));
	(void)sem_init(&me.done, 0, 0);
	if (queue_up(l, &me))
		turn = wait_part(l, &me);
	else if (!(turn = take(l, me.until)))
		me.e = fail_turn(job);
	(void)sem_destroy(&me.done);
	if (!turn || (e = enter(job, use)) != OK)
		return (turn ? e : me.e);
	job->step = STEP_WRITES;
	return (sql_end(job, part(job, arg)));
}

enum err
sql_step(struct job *job, sql_part *part, void *arg)
{

	return (sql_do(job, SQL_USE_WRITE, part, arg));
}
