#include "handler/repeats.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/thread.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger_history.h"
#include "handler/program.h"

enum {
	STACK = 256 * 1024,	/* bytes of the thread's stack */
	ROOM = 1024,		/* deliveries at a time */
	PLACES = 2 * ROOM,	/* of the table that finds them */
	MOMENT = 100		/* ms that they are gathered */
};

/* What came since the thread took the last; place[] is 1 + index, or 0. */
struct batch {
	struct tried	 tried[ROOM];
	char		*id[ROOM];	/* of those */
	size_t		 n;
	uint16_t	 place[PLACES];
};

struct repeats {
	struct program	*program;
	struct arena	*arena;
	pthread_t	 thread;
	pthread_mutex_t	 mutex;		/* of the rest */
	pthread_cond_t	 come;
	struct batch	*batch;		/* is filled */
	struct batch	*spare;		/* empty, or being written */
	bool		 stop;
};

static void
empty(struct batch *b)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		free(b->id[i]);
	memset(b->place, 0, sizeof(b->place));
	b->n = 0;
}

/* Its own, or the empty one where it belongs. */
static uint16_t *
find(struct batch *b, const char *id)
{
	uint64_t h = hash_add(HASH_START, id, strlen(id));
	uint16_t *p;

	while (*(p = &b->place[h % PLACES]) != 0 &&
	    strcmp(b->tried[*p - 1].id, id) != 0)
		h++;
	return (p);
}

static bool
add(struct batch *b, const char *id, int64_t now)
{
	uint16_t *p = find(b, id);
	struct tried *t;
	char *copy;

	if (*p == 0) {
		if (b->n == ROOM || (copy = strdup(id)) == NULL)
			return (false);
		b->id[b->n] = copy;
		b->tried[b->n] = (struct tried){ .id = copy };
		*p = (uint16_t)++b->n;
	}
	t = &b->tried[*p - 1];
	t->tries++;
	if (t->last < now)
		t->last = now;
	return (true);
}

bool
repeats_note(struct repeats *r, const char *id, int64_t now)
{
	bool noted;

	if (r == NULL)
		return (false);
	pthread_mutex_lock(&r->mutex);
	noted = add(r->batch, id, now);
	if (noted && r->batch->n == 1)
		pthread_cond_signal(&r->come);
	pthread_mutex_unlock(&r->mutex);
	return (noted);
}

/* Something to write, once its moment is over; NULL: we are to stop. */
static struct batch *
take(struct repeats *r)
{
	struct timespec until;
	struct batch *full = NULL;

	pthread_mutex_lock(&r->mutex);
	while (r->batch->n == 0 && !r->stop)
		pthread_cond_wait(&r->come, &r->mutex);
	until = thread_until(clock_mono() + MOMENT);
	while (!r->stop && pthread_cond_timedwait(&r->come, &r->mutex,
	    &until) != ETIMEDOUT)
		continue;
	if (r->batch->n > 0) {
		full = r->batch;
		r->batch = r->spare;
		r->spare = full;
	}
	pthread_mutex_unlock(&r->mutex);
	return (full);
}

static void
write_down(struct repeats *r, const struct batch *b)
{
	struct job job = { .arena = r->arena };

	program_begin(r->program, &job, clock_mono());
	if (job_open(&job) != OK ||
	    ledger_repeated(&job, b->tried, b->n) != OK)
		log_say(LOG_LEVEL_WARNING, "ledger", "%zu deliveries that "
		    "came again are answered, but not counted: %s", b->n,
		    job.why.text);
	program_end(r->program, &job);
	arena_reset(r->arena);
}

static void *
run(void *arg)
{
	struct repeats *r = arg;
	struct batch *b;

	while ((b = take(r)) != NULL) {
		write_down(r, b);
		empty(b);
	}
	return (NULL);
}

static int
start(struct repeats *r)
{

	thread_condition(&r->come);
	pthread_mutex_init(&r->mutex, NULL);
	return (thread_start(&r->thread, STACK, run, r));
}

static void
drop(struct repeats *r)
{

	arena_free(r->arena);
	free(r->batch);
	free(r->spare);
	free(r);
}

struct repeats *
repeats_new(struct program *program)
{
	struct repeats *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return (NULL);
	r->program = program;
	r->batch = calloc(1, sizeof(*r->batch));
	r->spare = calloc(1, sizeof(*r->spare));
	r->arena = arena_new(program_memory(program_config(program)));
	if (r->batch != NULL && r->spare != NULL && r->arena != NULL &&
	    start(r) == 0)
		return (r);
	log_say(LOG_LEVEL_WARNING, "start", "no thread for deliveries that "
	    "come again; each is counted before its answer");
	drop(r);
	return (NULL);
}

void
repeats_free(struct repeats *r)
{

	if (r == NULL)
		return;
	pthread_mutex_lock(&r->mutex);
	r->stop = true;
	pthread_cond_signal(&r->come);
	pthread_mutex_unlock(&r->mutex);
	(void)pthread_join(r->thread, NULL);
	pthread_cond_destroy(&r->come);
	pthread_mutex_destroy(&r->mutex);
	drop(r);
}
