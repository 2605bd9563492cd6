/*
 * The FastCGI server.  Each thread accepts, reads, answers, and begins again;
 * it starts more of them when few are left at the door.  The first thread,
 * which waits for signals, watches them meanwhile, since libfcgi's reads have
 * no limit in time.  To end, it stops accepting and lets the others finish
 * what they have in hand.
 * https://fastcgi-archives.github.io/FastCGI_Specification.html
 */
#include "handler/server.h"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/thread.h"
#include "handler/config.h"
#include "handler/courier.h"
#include "handler/handle.h"
#include "handler/hole.h"
#include "handler/job.h"
#include "handler/metrics.h"
#include "handler/outcome.h"
#include "handler/program.h"
#include "handler/ready.h"
#include "handler/repeats.h"
#include "handler/start.h"

enum {
	SPARE = 4,		/* threads that only say "busy" */
	STACK = 512 * 1024,	/* bytes of a thread's stack */
	LARGE = 64 * 1024,	/* bytes that are given back to the system */
	OTHERS = 8,		/* threads that serve nobody, at most */
	HEAPS_OWN = 32,		/* of malloc, where each thread has its own */
	HEAPS_SHARED = 16,	/* the same, where there are more threads */
	TALK_MAX = 10 * 1000,	/* ms a request may take to come in, or a
				   reply to be taken */
	IDLE_MAX = 10 * 1000,	/* ms a kept connection waits */
	WATCH = 500,		/* ms between two looks at those */
	STUCK = 60 * 1000,	/* ms beyond its deadline: a worker hangs */
	IDLE_SLICE = 100,	/* ms a kept connection waits at a time */
	WORKER_WAIT = 50,	/* ms for one that is about to finish */
	ACCEPT_PAUSE = 100	/* ms, when descriptors have run out */
};

/* A thread, and since when it waits for its peer; see watch(). */
struct slot {
	pthread_t	 thread;
	struct arena	*arena;
	pthread_mutex_t	 mutex;		/* of what follows */
	int64_t		 talking;	/* monotonic; 0: it does not */
	int64_t		 working;	/* the same, of a whole request */
	int		 fd;
	struct server	*server;
};

struct server {
	struct program	*program;
	int		 listener;
	int		 stop;		/* eventfd: readable once we stop */
	atomic_bool	 stopping;
	size_t		 memory;	/* bytes an arena may hand out */
	pthread_mutex_t	 accepting;	/* one thread waits at the door */
	atomic_int	 busy;		/* workers that have one in hand */
	atomic_int	 free;		/* threads that have no connection */
	struct slot	*slot;		/* one a thread */
	int		 most;		/* threads */
	atomic_int	 nslots;	/* that there are */
	pthread_mutex_t	 hiring;	/* of what follows, and of growing */
	bool		 lacking;	/* a thread could not be had */
	struct courier	*courier;	/* or NULL */
	struct repeats	*repeats;	/* or NULL */
};

/*
 * This thread begins to read a request from fd, or to write to it, or (-1)
 * has done so.
 */
static void
set_talking(struct slot *slot, int fd)
{

	pthread_mutex_lock(&slot->mutex);
	slot->fd = fd;
	slot->talking = fd < 0 ? 0 : clock_mono();
	pthread_mutex_unlock(&slot->mutex);
}

static void
set_working(struct slot *slot, int64_t since)
{

	pthread_mutex_lock(&slot->mutex);
	slot->working = since;
	pthread_mutex_unlock(&slot->mutex);
}

/* Has a worker hung for so long that only another process can help? */
static bool
is_stuck(struct server *s)
{
	int64_t oldest = clock_mono() - STUCK -
	    program_config(s->program)->deadline;
	struct slot *slot;
	bool stuck = false;

	for (slot = s->slot; slot < s->slot + s->nslots && !stuck; slot++) {
		pthread_mutex_lock(&slot->mutex);
		stuck = slot->working != 0 && slot->working < oldest;
		pthread_mutex_unlock(&slot->mutex);
	}
	return (stuck);
}

/*
 * A peer that sends or takes a byte now and then satisfies every time-out of
 * a single call.  So whoever takes too long with a whole request or reply is
 * cut off from here: the blocked call returns, and libfcgi gives up.
 */
static void
watch(struct server *s)
{
	struct slot *slot;

	for (slot = s->slot; slot < s->slot + s->nslots; slot++) {
		pthread_mutex_lock(&slot->mutex);
		if (slot->talking != 0 &&
		    clock_mono() - slot->talking > TALK_MAX) {
			(void)shutdown(slot->fd, SHUT_RDWR);
			slot->talking = 0;
		}
		pthread_mutex_unlock(&slot->mutex);
	}
}

/* Wait until fd can be read; false: we are to stop, or it took too long. */
static bool
wait_for(const struct server *s, int fd, int ms)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
	    { .fd = s->stop, .events = POLLIN } };

	while (poll(p, 2, ms) < 0)
		if (errno != EINTR)
			return (false);
	return (p[1].revents == 0 && p[0].revents != 0);
}

/*
 * A connection that is kept open may wait for its next request as long as
 * other threads are free to take new ones; what came before we were told to
 * stop is still served.
 */
static bool
wait_next(struct server *s, int fd)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
	    { .fd = s->stop, .events = POLLIN } };
	int waited;

	for (waited = 0; waited < IDLE_MAX; waited += IDLE_SLICE) {
		(void)poll(p, 2, IDLE_SLICE);
		if (p[0].revents != 0)
			return (true);
		if (p[1].revents != 0 || atomic_load(&s->free) == 0)
			break;
	}
	return (false);
}

/* One that waits at the door, or -1. */
static int
accept_one(struct server *s)
{

	return (atomic_load(&s->stopping) ? -1 :
	    accept4(s->listener, NULL, NULL, SOCK_CLOEXEC));
}

/*
 * The next connection, or -1 when we are to stop.  The listener does not
 * block, since another process may be quicker.
 */
static int
next_connection(struct server *s)
{
	int fd = accept_one(s);

	if (fd >= 0)
		return (fd);
	pthread_mutex_lock(&s->accepting);
	while (fd < 0 && wait_for(s, s->listener, -1)) {
		fd = accept_one(s);
		if (fd < 0 && (errno == EMFILE || errno == ENFILE ||
		    errno == ENOMEM || errno == ENOBUFS)) {
			log_say(LOG_LEVEL_ERROR, "accept", "%s; raise the "
			    "limit of open files", strerror(errno));
			clock_sleep(ACCEPT_PAUSE);
		}
	}
	pthread_mutex_unlock(&s->accepting);
	return (fd);
}

struct reader {
	struct slot	*slot;
	FCGX_Request	*request;
	bool		 ended;
	bool		 counted;	/* among those that workers have */
};

/*
 * The end of the body is the end of what the peer may take its time for, and
 * of the buffer that it was read with, which is larger than most bodies.
 */
static int
read_fcgi(void *ctx, char *data, int n)
{
	struct reader *reader = ctx;
	FCGX_Request *r = reader->request;
	int got;

	if (r->in == NULL)
		return (0);
	got = FCGX_GetStr(data, n, r->in);
	if (got == n)
		return (got);
	set_talking(reader->slot, -1);
	if (FCGX_GetError(r->in) != 0)
		return (got == 0 ? -1 : got);
	reader->ended = true;
	FCGX_FreeStream(&r->in);
	return (got);
}

/* As FCGX_Finish_r(), which closes nothing once there is no `in`. */
static void
finish(FCGX_Request *r)
{
	int broken;

	if (r->in != NULL) {
		FCGX_Finish_r(r);
		return;
	}
	broken = FCGX_FClose(r->err);
	broken |= FCGX_FClose(r->out);
	FCGX_Free(r, broken != 0 || !r->keepConnection);
}

/*
 * Only now: a peer that sends slowly has a thread, but no worker.  Many that
 * are quick find one soon; false: the workers wait for somebody, and this one
 * is told so.
 */
static bool
take_worker(void *ctx)
{
	struct reader *reader = ctx;
	struct server *s = reader->slot->server;
	int n, waited;

	for (waited = 0; waited <= WORKER_WAIT; waited++) {
		n = atomic_load(&s->busy);
		while (n < s->nslots - SPARE && !reader->counted)
			reader->counted = atomic_compare_exchange_weak(
			    &s->busy, &n, n + 1);
		if (reader->counted)
			break;
		clock_sleep(1);
	}
	return (reader->counted);
}

/* One request on a connection, from variables to reply. */
static void
serve(struct slot *slot, struct arena *arena, FCGX_Request *r)
{
	struct server *s = slot->server;
	struct reader reader = { .slot = slot, .request = r };
	const struct request_source source = { read_fcgi, take_worker,
	    &reader };
	struct job job = { .arena = arena };
	struct request in = { .accepted = clock_mono() };
	struct outcome out;
	const char *reply;
	size_t len = 0;
	enum err e;

	set_working(slot, in.accepted);
	program_begin(s->program, &job, in.accepted);
	job.repeats = s->repeats;
	e = request_read_variables(arena, r->envp, &in, &job.why);
	if (e == OK && r->role != FCGI_RESPONDER)
		e = err_set(&job.why, ERR_MALFORMED, "the web server asks "
		    "whether a request is allowed; use tickethook as a "
		    "responder");
	if (e == OK)
		out = handle(&job, &in, &source);
	else
		out = outcome_error(&job, e);
	reply = handle_reply(&job, &in, &out, &len);
	if (reader.counted)
		atomic_fetch_sub(&s->busy, 1);
	set_talking(slot, r->ipcFd);
	(void)FCGX_PutStr(reply, (int)len, r->out);
	/* Nothing is left to be read, which a plain close would lose. */
	if (reader.ended)
		(void)FCGX_Detach(r);
	finish(r);
	if (job.config->notifies != NULL)
		courier_wake(s->courier);
	program_end(s->program, &job);
	arena_reset(arena);
	set_working(slot, 0);
}

/*
 * All requests of one connection.  libfcgi is given a connection instead of
 * a listener: with ipcFd set and keepConnection on, FCGX_Accept_r() reads
 * from it, and with no listener it cannot wait for another one.
 */
static void
serve_connection(struct slot *slot, struct arena *arena, int fd)
{
	FCGX_Request r;
	bool more;

	if (FCGX_InitRequest(&r, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
		close(fd);
		return;
	}
	r.ipcFd = fd;
	r.keepConnection = 1;
	do {
		set_talking(slot, fd);
		more = FCGX_Accept_r(&r) == 0;
		if (more)
			serve(slot, arena, &r);
		set_talking(slot, -1);
		if (!more && r.ipcFd >= 0)
			FCGX_Free(&r, 1);
		if (!more || r.ipcFd < 0)
			return;
	} while (wait_next(slot->server, fd));
	/*
	 * Nothing is under way, so there is no end to wait for: libfcgi would
	 * wait two seconds for the web server's.
	 */
	FCGX_Free(&r, 0);
	close(fd);
}

static void hire(struct server *);

static void *
work(void *arg)
{
	struct slot *slot = arg;
	struct server *s = slot->server;
	int fd;

	while ((fd = next_connection(s)) >= 0) {
		if (atomic_fetch_sub(&s->free, 1) <= SPARE)
			hire(s);
		serve_connection(slot, slot->arena, fd);
		atomic_fetch_add(&s->free, 1);
	}
	return (NULL);
}

/* One thread more, with s->hiring held; false: it cannot be had. */
static bool
start_thread(struct server *s)
{
	struct slot *slot = &s->slot[s->nslots];

	if ((slot->arena = arena_new(s->memory)) == NULL)
		return (false);
	if (slot->server == NULL)
		pthread_mutex_init(&slot->mutex, NULL);
	slot->server = s;
	atomic_fetch_add(&s->nslots, 1);
	atomic_fetch_add(&s->free, 1);
	if (thread_start(&slot->thread, STACK, work, slot) == 0)
		return (true);
	atomic_fetch_sub(&s->free, 1);
	atomic_fetch_sub(&s->nslots, 1);
	arena_free(slot->arena);
	return (false);
}

/*
 * Threads are started when they are needed, since each takes memory: there
 * are always SPARE that have no connection, until there are as many as there
 * may be.  Those that have one go on when no more can be had.
 */
static void
hire(struct server *s)
{
	bool ok = true;

	pthread_mutex_lock(&s->hiring);
	while (ok && s->free < SPARE && s->nslots < s->most && !s->stopping)
		ok = start_thread(s);
	if (!ok && !s->lacking)
		log_say(LOG_LEVEL_WARNING, "start", "%d of %d threads could "
		    "be started; raise the limit of processes, or lower "
		    "[handler] workers", s->nslots, s->most);
	s->lacking = !ok;
	pthread_mutex_unlock(&s->hiring);
}

static void
reload(struct server *s)
{
	struct why why = { "" };

	ready_reloading();
	metrics_reload(program_reload(s->program, &why) == OK);
	if (why.text[0] == '\0')
		log_say(LOG_LEVEL_INFO, "reload", "the configuration was "
		    "read again");
	else
		log_say(LOG_LEVEL_ERROR, "reload", "the old configuration is "
		    "kept: %s", why.text);
	ready_up(why.text[0] == '\0' ? "serving" :
	    "serving with the old configuration");
}

/* Until we are told to stop. */
static void
wait_signals(struct server *s, const sigset_t *set)
{
	const int64_t period = ready_period();
	const int64_t look = period > 0 && period < WATCH ? period : WATCH;
	const struct timespec a_while = { .tv_nsec = look * 1000000L };
	int64_t alive = clock_mono();
	int sig;

	ready_up("serving");
	do {
		sig = sigtimedwait(set, NULL, &a_while);
		if (sig == SIGHUP)
			reload(s);
		watch(s);
		if (period > 0 && clock_mono() - alive + look >= period &&
		    !is_stuck(s)) {
			ready_alive();
			alive = clock_mono();
		}
	} while (sig < 0 || sig == SIGHUP);
	ready_stopping();
	log_say(LOG_LEVEL_INFO, "stop", "finishing the deliveries in hand");
}

/* Threads that still read are cut off in time, the others finish. */
static void
join_threads(struct server *s)
{
	struct timespec until;
	int i;

	pthread_mutex_lock(&s->hiring);
	atomic_store(&s->stopping, true);
	pthread_mutex_unlock(&s->hiring);
	(void)eventfd_write(s->stop, 1);
	for (i = 0; i < s->nslots; i++) {
		for (;;) {
			(void)clock_gettime(CLOCK_REALTIME, &until);
			until.tv_sec++;
			if (pthread_timedjoin_np(s->slot[i].thread, NULL,
			    &until) == 0)
				break;
			watch(s);
			if (!is_stuck(s))
				ready_alive();
		}
		arena_free(s->slot[i].arena);
	}
}

static void
warn(void *ctx, const char *sentence)
{

	(void)ctx;
	log_say(LOG_LEVEL_WARNING, "library", "%s", sentence);
}

/*
 * Before the first thread.  Two threads of one heap take more of it when both
 * happen to be in the midst of a request, which may be the first time after
 * many thousands; one with a heap to itself takes what its first requests
 * took.  But each heap keeps what its busiest moment took, so hundreds of
 * threads share few, also where glibc would make eight for each processor.
 * libcurl's buffer for sending is larger than what we send: outside a heap,
 * where nothing was before, only the pages that are used take memory.
 */
static void
prepare_heaps(const struct server *s)
{

	(void)mallopt(M_ARENA_MAX, s->most + OTHERS <= HEAPS_OWN ? HEAPS_OWN :
	    HEAPS_SHARED);
	(void)mallopt(M_MMAP_THRESHOLD, LARGE);
}

static enum err
prepare(struct server *s, sigset_t *set, struct why *why)
{
	int flags = fcntl(s->listener, F_GETFL);
	enum err e;

	prepare_heaps(s);
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGUSR1);
	sigaddset(set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, set, NULL);
	if (flags < 0 || fcntl(s->listener, F_SETFL, flags | O_NONBLOCK) != 0)
		return (err_set(why, ERR_CONFIG, "the listening socket "
		    "cannot be used: %s", strerror(errno)));
	if (FCGX_Init() != 0)
		return (err_set(why, ERR_CONFIG, "libfcgi cannot be set up"));
	signal(SIGPIPE, SIG_IGN);	/* FCGX_Init() undoes an earlier one */
	if ((s->stop = eventfd(0, EFD_CLOEXEC)) < 0)
		return (err_set(why, ERR_CONFIG, "no event descriptor: %s",
		    strerror(errno)));
	if ((e = program_warm(s->program, why)) != OK)
		return (e);
	ready_open();
	hole_all(warn, NULL);
	start_confine(program_config(s->program));
	return (OK);
}

enum err
server_run(struct program *program, int listener, struct why *why)
{
	const struct config *c = program_config(program);
	struct server s = { .program = program, .listener = listener,
	    .stop = -1, .memory = program_memory(c),
	    .most = c->workers + SPARE,
	    .accepting = PTHREAD_MUTEX_INITIALIZER,
	    .hiring = PTHREAD_MUTEX_INITIALIZER };
	sigset_t set;
	enum err e;

	if ((e = prepare(&s, &set, why)) != OK)
		return (e);
	s.slot = calloc((size_t)s.most, sizeof(*s.slot));
	if (s.slot == NULL)
		return (err_set(why, ERR_NOMEM, "no memory for workers"));
	s.courier = courier_new(program);
	s.repeats = repeats_new(program);
	pthread_mutex_lock(&s.hiring);
	while (s.nslots <= SPARE && start_thread(&s))
		continue;
	pthread_mutex_unlock(&s.hiring);
	if (s.nslots <= SPARE)
		e = err_set(why, ERR_CONFIG, "only %d threads could be "
		    "started; raise the limit of processes", s.nslots);
	else {
		log_say(LOG_LEVEL_INFO, "start", "tickethook "
		    TICKETHOOK_VERSION " serves with %d workers", c->workers);
		wait_signals(&s, &set);
	}
	join_threads(&s);
	courier_free(s.courier);
	repeats_free(s.repeats);
	free(s.slot);
	close(s.stop);
	return (e);
}
