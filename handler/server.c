#include "handler/server.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
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
#include "handler/config.h"
#include "handler/handle.h"
#include "handler/job.h"
#include "handler/outcome.h"
#include "handler/program.h"

enum {
	SPARE = 4,		/* threads that only say "busy" */
	STACK = 512 * 1024,	/* bytes of a thread's stack */
	PEER_SECONDS = 10,	/* a web server may be silent that long */
	ACCEPT_PAUSE = 100	/* ms, when descriptors have run out */
};

struct server {
	struct program	*program;
	int		 listener;
	int		 stop;		/* eventfd: readable once we stop */
	atomic_int	 workers;
	size_t		 memory;	/* bytes an arena may hand out */
	pthread_mutex_t	 accepting;	/* one thread waits at the door */
	atomic_int	 busy;		/* requests in hand */
};

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
 * The next connection, or -1 when we are to stop.  The listener does not
 * block, since another process may be quicker.
 */
static int
next_connection(struct server *s)
{
	const struct timeval patience = { .tv_sec = PEER_SECONDS };
	int fd = -1;

	pthread_mutex_lock(&s->accepting);
	while (fd < 0 && wait_for(s, s->listener, -1)) {
		fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && (errno == EMFILE || errno == ENFILE ||
		    errno == ENOMEM || errno == ENOBUFS)) {
			log_say(LOG_LEVEL_ERROR, "accept", "%s; raise the "
			    "limit of open files", strerror(errno));
			clock_sleep(ACCEPT_PAUSE);
		}
	}
	pthread_mutex_unlock(&s->accepting);
	if (fd >= 0) {
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		    sizeof(patience));
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		    sizeof(patience));
	}
	return (fd);
}

static int
read_fcgi(void *ctx, char *data, int n)
{
	FCGX_Request *r = ctx;
	int got = FCGX_GetStr(data, n, r->in);

	return (got == 0 && FCGX_GetError(r->in) != 0 ? -1 : got);
}

/* One request on a connection, from variables to reply. */
static void
serve(struct server *s, struct arena *arena, FCGX_Request *r)
{
	const struct request_source source = { read_fcgi, r };
	struct job job = { .arena = arena };
	struct request in = { .accepted = clock_mono() };
	struct outcome out;
	const char *reply;
	size_t len = 0;
	bool busy = atomic_fetch_add(&s->busy, 1) >= s->workers;
	enum err e;

	program_begin(s->program, &job, in.accepted);
	e = request_read_variables(arena, r->envp, &in, &job.why);
	if (e == OK)
		out = handle(&job, &in, &source, busy);
	else
		out = outcome_error(&job, e);
	reply = handle_reply(&job, &in, &out, &len);
	if (reply != NULL)
		(void)FCGX_PutStr(reply, (int)len, r->out);
	FCGX_Finish_r(r);
	program_end(s->program, &job);
	arena_reset(arena);
	atomic_fetch_sub(&s->busy, 1);
}

/*
 * All requests of one connection.  libfcgi is given a connection instead of
 * a listener: with ipcFd set and keepConnection on, FCGX_Accept_r() reads
 * from it, and with no listener it cannot wait for another one.
 */
static void
serve_connection(struct server *s, struct arena *arena, int fd)
{
	FCGX_Request r;

	if (FCGX_InitRequest(&r, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
		close(fd);
		return;
	}
	r.ipcFd = fd;
	r.keepConnection = 1;
	while (wait_for(s, fd, PEER_SECONDS * 1000) &&
	    FCGX_Accept_r(&r) == 0) {
		serve(s, arena, &r);
		if (r.ipcFd < 0)
			return;
	}
	FCGX_Free(&r, 1);
}

static void *
work(void *arg)
{
	struct server *s = arg;
	struct arena *arena;
	int fd;

	if ((arena = arena_new(s->memory)) == NULL) {
		log_say(LOG_LEVEL_ERROR, "start", "no memory for a worker");
		return (NULL);
	}
	while ((fd = next_connection(s)) >= 0)
		serve_connection(s, arena, fd);
	arena_free(arena);
	return (NULL);
}

static int
start_threads(struct server *s, pthread_t *thread, int n)
{
	pthread_attr_t attr;
	int i;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	for (i = 0; i < n; i++)
		if (pthread_create(&thread[i], &attr, work, s) != 0)
			break;
	pthread_attr_destroy(&attr);
	return (i);
}

static void
reload(struct server *s)
{
	struct why why = { "" };

	if (program_reload(s->program, &why) == OK)
		log_say(LOG_LEVEL_INFO, "reload", "the configuration was "
		    "read again");
	else
		log_say(LOG_LEVEL_ERROR, "reload", "the old configuration is "
		    "kept: %s", why.text);
}

/* Until we are told to stop. */
static void
wait_signals(struct server *s, const sigset_t *set)
{
	const uint64_t one = 1;
	int sig;

	while (sigwait(set, &sig) != 0 || sig == SIGHUP)
		if (sig == SIGHUP)
			reload(s);
	if (write(s->stop, &one, sizeof(one)) != sizeof(one))
		abort();
	log_say(LOG_LEVEL_INFO, "stop", "finishing the deliveries in hand");
}

static enum err
prepare(struct server *s, sigset_t *set, struct why *why)
{
	int flags = fcntl(s->listener, F_GETFL);

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
	return (OK);
}

enum err
server_run(struct program *program, int listener, struct why *why)
{
	const struct config *c = program_config(program);
	struct server s = { .program = program, .listener = listener,
	    .stop = -1, .workers = c->workers,
	    .memory = program_memory(c),
	    .accepting = PTHREAD_MUTEX_INITIALIZER };
	int i, n, want = c->workers + SPARE;
	pthread_t *thread;
	sigset_t set;
	enum err e;

	if ((e = prepare(&s, &set, why)) != OK)
		return (e);
	if ((thread = calloc((size_t)want, sizeof(*thread))) == NULL)
		return (err_set(why, ERR_NOMEM, "no memory for workers"));
	n = start_threads(&s, thread, want);
	if (n <= SPARE)
		e = err_set(why, ERR_CONFIG, "only %d threads could be "
		    "started; raise the limit of processes", n);
	else
		atomic_store(&s.workers, n - SPARE);
	if (e == OK && n < want)
		log_say(LOG_LEVEL_WARNING, "start", "%d of %d threads could "
		    "be started", n, want);
	if (e == OK) {
		log_say(LOG_LEVEL_INFO, "start", "tickethook "
		    TICKETHOOK_VERSION " serves with %d workers", n - SPARE);
		wait_signals(&s, &set);
	} else {
		(void)eventfd_write(s.stop, 1);
	}
	for (i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	free(thread);
	close(s.stop);
	return (e);
}
