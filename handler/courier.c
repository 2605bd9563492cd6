/*
 * The thread that sends notices.  A request only writes them into the ledger
 * and wakes it, so that nobody waits for somebody else's server; what cannot
 * be sent now is tried again later, by it or by "tickethook sync".
 */
#include "handler/courier.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/thread.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger_notice.h"
#include "handler/notify.h"
#include "handler/program.h"

enum {
	STACK = 512 * 1024,	/* bytes of the thread's stack */
	LOOK = 60 * 1000,	/* ms between two looks without a call */
	ALONE_MAX = 3		/* notices of a process for one answer */
};

struct courier {
	struct program	*program;
	struct arena	*arena;
	pthread_t	 thread;
	pthread_mutex_t	 mutex;		/* of the rest */
	pthread_cond_t	 called;
	bool		 due;
	bool		 stop;
};

/* Until somebody calls or it is time; false: we are to stop. */
static bool
wait_call(struct courier *c)
{
	const struct timespec until = thread_until(clock_mono() + LOOK);
	bool stop;

	pthread_mutex_lock(&c->mutex);
	while (!c->due && !c->stop &&
	    pthread_cond_timedwait(&c->called, &c->mutex, &until) !=
	    ETIMEDOUT)
		continue;
	c->due = false;
	stop = c->stop;
	pthread_mutex_unlock(&c->mutex);
	return (!stop);
}

static bool
is_over(struct courier *c)
{
	bool stop;

	pthread_mutex_lock(&c->mutex);
	stop = c->stop;
	pthread_mutex_unlock(&c->mutex);
	return (stop);
}

static void *
run(void *arg)
{
	struct courier *c = arg;
	struct job job;
	enum err e;

	do {
		do {
			job = (struct job){ .arena = c->arena };
			program_begin(c->program, &job, clock_mono());
			e = job.config->notifies == NULL ? OK :
			    notify_flush(&job, 1);
			program_end(c->program, &job);
			arena_reset(c->arena);
		} while (e == ERR_DEADLINE && !is_over(c));
	} while (wait_call(c));
	return (NULL);
}

static int
start(struct courier *c)
{

	thread_condition(&c->called);
	pthread_mutex_init(&c->mutex, NULL);
	return (thread_start(&c->thread, STACK, run, c));
}

static void
drop(struct courier *c)
{

	arena_free(c->arena);
	free(c);
}

struct courier *
courier_new(struct program *program)
{
	struct courier *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return (NULL);
	c->program = program;
	c->arena = arena_new(program_memory(program_config(program)));
	if (c->arena != NULL && start(c) == 0)
		return (c);
	log_say(LOG_LEVEL_WARNING, "start", "no thread for notices; sync "
	    "sends them");
	drop(c);
	return (NULL);
}

void
courier_wake(struct courier *c)
{

	if (c == NULL)
		return;
	pthread_mutex_lock(&c->mutex);
	c->due = true;
	pthread_cond_signal(&c->called);
	pthread_mutex_unlock(&c->mutex);
}

void
courier_free(struct courier *c)
{

	if (c == NULL)
		return;
	pthread_mutex_lock(&c->mutex);
	c->stop = true;
	pthread_cond_signal(&c->called);
	pthread_mutex_unlock(&c->mutex);
	(void)pthread_join(c->thread, NULL);
	pthread_cond_destroy(&c->called);
	pthread_mutex_destroy(&c->mutex);
	drop(c);
}

/* Whoever reads from them sees that nothing more will come. */
static bool
end_streams(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	bool done = fd >= 0;
	int i;

	for (i = STDIN_FILENO; i <= STDERR_FILENO && done; i++)
		done = dup2(fd, i) == i;
	if (fd > STDERR_FILENO)
		close(fd);
	return (done);
}

void
courier_alone(struct program *program, int64_t since)
{
	const struct config *c = program_config(program);
	struct job job = { .arena = NULL };
	int64_t due = 0;

	if (c->notifies == NULL ||
	    (job.arena = arena_new(program_memory(c))) == NULL)
		return;
	program_begin(program, &job, since);
	if (ledger_notice_left(&job, &due) == OK && due > 0 && end_streams())
		(void)notify_flush(&job, ALONE_MAX);
	program_end(program, &job);
	arena_free(job.arena);
}
