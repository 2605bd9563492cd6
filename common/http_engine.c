/*
 * libcurl's multi interface, driven by what epoll tells.  Threads put their
 * transfers into an inbox and wait; the engine's own thread takes them out,
 * lets those begin that may (http_host.c), and wakes each when it is over.
 * https://curl.se/libcurl/c/libcurl-multi.html
 */
#include "common/http_engine.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/curl_lib.h"
#include "common/http_conn.h"
#include "common/http_host.h"
#include "common/http_transfer.h"
#include "common/thread.h"

enum {
	STACK = 256 * 1024,	/* bytes of the thread's stack */
	LANES = 2,		/* without and with leave, see the header */
	WAKE = LANES,		/* instead of a lane: the event descriptor */
	EVENTS = 64,		/* taken from the kernel at once */
	LOOK = 20,		/* ms between two looks at who waits too long */
	GUARD = 500,		/* ms between two looks at who is over time */
	GRACE = 250,		/* ms that libcurl has to end it by itself */
	QUIET = 60 * 1000,	/* ms without a call, and connections go */
	TRIES = 16,		/* of a transfer that cannot be sent */
	KEPT_LEAST = 64,	/* idle connections, or half of the ... */
	KEPT_MOST = 2048	/* ... descriptors that we may have */
};

struct lane {
	struct http_engine	*engine;
	uint64_t		 number;
	CURLM			*multi;
	CURLSH			*share;		/* the TLS sessions */
	int64_t			 due;		/* libcurl's timer in
						   monotonic ms, or -1 */
};

struct http_engine {
	pthread_mutex_t		 lock;		/* of the inbox */
	struct http_transfer	*inbox;		/* the last one first */
	bool			 stop;
	int			 epoll;
	int			 wake;		/* eventfd: look there */
	pthread_t		 thread;
	bool			 started;
	/* The thread's own. */
	struct lane		 lane[LANES];
	struct http_host	*hosts;
	struct http_transfer	*begun;	/* all that are running */
	int			 running;
	int			 waiting;
	int64_t			 looked;	/* at who waits, monotonic */
	int64_t			 guarded;	/* the same, at who runs */
	int64_t			 ended;		/* the last call; 0: none since
						   connections were closed */
};

static int
on_watch(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct lane *l = arg;
	struct epoll_event ev = { .data.u64 = l->number << 32 |
	    (uint32_t)fd };

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		(void)epoll_ctl(l->engine->epoll, EPOLL_CTL_DEL, fd, &ev);
		return (0);
	}
	if (what & CURL_POLL_IN)
		ev.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		ev.events |= EPOLLOUT;
	if (known != NULL)
		return (epoll_ctl(l->engine->epoll, EPOLL_CTL_MOD, fd, &ev));
	curl.multi_assign(l->multi, fd, l);
	return (epoll_ctl(l->engine->epoll, EPOLL_CTL_ADD, fd, &ev));
}

static int
on_timer(CURLM *multi, long ms, void *arg)
{
	struct lane *l = arg;

	(void)multi;
	l->due = ms < 0 ? -1 : clock_mono() + ms;
	return (0);
}

/* Connections are kept for the next burst, as far as descriptors go. */
static long
kept(void)
{
	struct rlimit most;
	long n = KEPT_LEAST;

	if (getrlimit(RLIMIT_NOFILE, &most) == 0)
		n = most.rlim_cur > 2 * KEPT_MOST ? KEPT_MOST :
		    (long)most.rlim_cur / 2;
	return (n > KEPT_LEAST ? n : KEPT_LEAST);
}

/* Anew, if it was open; without memory all stays as it is. */
static bool
open_lane(struct lane *l)
{
	CURLM *multi = curl.multi_init();

	if (multi == NULL)
		return (false);
	curl.multi_cleanup(l->multi);
	l->multi = multi;
	l->due = -1;
	curl.multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, on_watch);
	curl.multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l);
	curl.multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl.multi_setopt(l->multi, CURLMOPT_TIMERDATA, l);
	curl.multi_setopt(l->multi, CURLMOPT_PIPELINING,
	    (long)CURLPIPE_MULTIPLEX);
	curl.multi_setopt(l->multi, CURLMOPT_MAX_CONCURRENT_STREAMS,
	    (long)HTTP_HOST_STREAMS);
	curl.multi_setopt(l->multi, CURLMOPT_MAXCONNECTS, kept());
	return (true);
}

static bool
new_lane(struct http_engine *e, int number)
{
	struct lane *l = &e->lane[number];

	l->engine = e;
	l->number = (uint64_t)number;
	l->share = curl.share_init();
	return (l->share != NULL && curl.share_setopt(l->share,
	    CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK &&
	    open_lane(l));
}

/* It is over: whose it is goes on, and may have freed it at once. */
static void
hand_back(struct http_transfer *t, CURLcode rc)
{

	t->rc = rc;
	sem_post(&t->done);
}

static void
hold(struct http_engine *e, struct http_transfer *t, bool before)
{

	http_host_wait(t->host, t, before);
	e->waiting++;
}

static void
begin(struct http_engine *e, struct http_transfer *t)
{
	struct lane *l = &e->lane[t->call->private_ok];
	CURLcode rc = http_transfer_prepare(t, l->share);

	e->waiting--;
	t->tries++;
	if (rc == CURLE_OK && curl.multi_add_handle(l->multi, t->easy) !=
	    CURLM_OK)
		rc = CURLE_OUT_OF_MEMORY;
	if (rc != CURLE_OK) {
		curl.easy_setopt(t->easy, CURLOPT_SHARE, NULL);
		hand_back(t, rc);
		return;
	}
	http_host_began(t->host, t);
	t->next = e->begun;
	t->link = &e->begun;
	if (t->next != NULL)
		t->next->link = &t->next;
	e->begun = t;
	e->running++;
}

/* No connection, and not because this one had no more time. */
static bool
is_hopeless(const struct http_transfer *t, CURLcode rc)
{

	return (!t->reached && !t->again && rc != CURLE_OK &&
	    rc != CURLE_OUT_OF_MEMORY && (rc != CURLE_OPERATION_TIMEDOUT ||
	    clock_mono() < t->call->deadline));
}

/* Those that waited for its connection share its fate. */
static void
fail_others(struct http_engine *e, const struct http_transfer *t, CURLcode rc)
{
	struct http_transfer *other;

	while ((other = t->host->first) != NULL) {
		t->host->first = other->next;
		e->waiting--;
		memcpy(other->error, t->error, sizeof(other->error));
		other->refused = t->refused;
		hand_back(other, rc);
	}
	t->host->last = &t->host->first;
}

/*
 * A stream that ended without a word, where a second try does no harm: as
 * libcurl does by itself with HTTP/1.1, when a kept connection ends.
 */
static bool
is_worth_repeating(const struct http_transfer *t, CURLcode rc)
{

	switch (rc) {
	case CURLE_GOT_NOTHING:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		return (t->two && !t->call->once && t->tries == 1 &&
		    t->head_total == 0);
	default:
		return (false);
	}
}

static void
finish(struct http_engine *e, struct lane *l, struct http_transfer *t,
    CURLcode rc)
{
	bool pioneer = t->pioneer;

	curl.multi_remove_handle(l->multi, t->easy);
	curl.easy_setopt(t->easy, CURLOPT_SHARE, NULL);
	http_conn_end(t, rc == CURLE_OPERATION_TIMEDOUT);
	http_host_ended(t->host, t);
	*t->link = t->next;
	if (t->next != NULL)
		t->next->link = t->link;
	e->running--;
	e->ended = clock_mono();
	/* Its turn comes when one of those ends that it found there. */
	if (t->crowded && t->host->placed > 0)
		t->tries--;
	if ((rc != CURLE_OK && t->again && t->tries < TRIES) ||
	    is_worth_repeating(t, rc)) {
		hold(e, t, true);
		return;
	}
	if (pioneer && is_hopeless(t, rc))
		fail_others(e, t, rc);
	hand_back(t, rc);
}

static void
collect(struct http_engine *e, struct lane *l)
{
	struct http_transfer *t;
	CURLMsg *msg;
	int left;

	while ((msg = curl.multi_info_read(l->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		curl.easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
		finish(e, l, t, msg->data.result);
	}
}

/*
 * Who waits for a call waits without a limit, so its end must come even if
 * libcurl, when it has no memory, forgets to look at the clock.
 */
static void
guard(struct http_engine *e)
{
	int64_t now = clock_mono();
	struct http_transfer *t, *next;
	int i;

	if (e->running == 0 || now - e->guarded < GUARD)
		return;
	e->guarded = now;
	for (i = 0; i < LANES; i++)
		e->lane[i].due = now;
	for (t = e->begun; t != NULL; t = next) {
		next = t->next;
		if (now > t->call->deadline + GRACE)
			finish(e, &e->lane[t->call->private_ok], t,
			    CURLE_OPERATION_TIMEDOUT);
	}
}

/* What threads have put into the inbox goes to its hosts, in its order. */
static void
take_in(struct http_engine *e)
{
	struct http_transfer *t, *next, *list = NULL;

	pthread_mutex_lock(&e->lock);
	t = e->inbox;
	e->inbox = NULL;
	pthread_mutex_unlock(&e->lock);
	for (; t != NULL; t = next) {
		next = t->next;
		t->next = list;
		list = t;
	}
	for (; list != NULL; list = next) {
		next = list->next;
		list->host = http_host_find(&e->hosts, list->name,
		    list->call->private_ok);
		if (list->host == NULL)
			hand_back(list, CURLE_OUT_OF_MEMORY);
		else
			hold(e, list, false);
	}
}

static void
begin_some(struct http_engine *e)
{
	int64_t now = clock_mono();
	bool look = e->waiting > 0 && now - e->looked >= LOOK;
	struct http_transfer *t;
	struct http_host *h;

	if (look)
		e->looked = now;
	for (h = e->hosts; h != NULL; h = h->next) {
		while (look && (t = http_host_late(h, now)) != NULL) {
			(void)snprintf(t->error, sizeof(t->error),
			    "no connection was free");
			e->waiting--;
			hand_back(t, CURLE_OPERATION_TIMEDOUT);
		}
		while ((t = http_host_next(h)) != NULL)
			begin(e, t);
	}
}

/*
 * Nobody called for a while: close what is open, and let the system have the
 * memory that many calls at once took, which malloc would keep.
 */
static void
tidy(struct http_engine *e)
{
	int i;

	if (e->running > 0 || e->waiting > 0 || e->ended == 0 ||
	    clock_mono() - e->ended < QUIET)
		return;
	e->ended = 0;
	for (i = 0; i < LANES; i++)
		(void)open_lane(&e->lane[i]);
	(void)malloc_trim(0);
}

static int
patience(const struct http_engine *e)
{
	int64_t now = clock_mono(), until = INT64_MAX;
	int i;

	if (e->ended != 0)
		until = e->ended + QUIET;
	if (e->running > 0)
		until = now + GUARD;
	if (e->waiting > 0)
		until = now + LOOK;
	for (i = 0; i < LANES; i++)
		if (e->lane[i].due >= 0 && e->lane[i].due < until)
			until = e->lane[i].due;
	if (until == INT64_MAX)
		return (-1);
	return (until <= now ? 0 : (int)(until - now));
}

static void
act(struct http_engine *e, const struct epoll_event *ev)
{
	uint64_t number = ev->data.u64 >> 32;
	int bits = 0, running;
	eventfd_t count;

	if (number == WAKE) {
		(void)eventfd_read(e->wake, &count);
		return;
	}
	/* An error is found, and told better, by reading or writing. */
	if (ev->events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		bits |= CURL_CSELECT_IN;
	if (ev->events & (EPOLLOUT | EPOLLERR))
		bits |= CURL_CSELECT_OUT;
	curl.multi_socket_action(e->lane[number].multi,
	    (curl_socket_t)(ev->data.u64 & UINT32_MAX), bits, &running);
}

static bool
is_over(struct http_engine *e)
{
	bool over;

	pthread_mutex_lock(&e->lock);
	over = e->stop && e->inbox == NULL && e->running == 0 &&
	    e->waiting == 0;
	pthread_mutex_unlock(&e->lock);
	return (over);
}

static void *
work(void *arg)
{
	struct epoll_event ev[EVENTS];
	struct http_engine *e = arg;
	int i, n, running;

	(void)pthread_setname_np(pthread_self(), "calls");
	while (!is_over(e)) {
		n = epoll_wait(e->epoll, ev, EVENTS, patience(e));
		for (i = 0; i < n; i++)
			act(e, &ev[i]);
		for (i = 0; i < LANES; i++)
			if (e->lane[i].due >= 0 &&
			    e->lane[i].due <= clock_mono()) {
				e->lane[i].due = -1;
				curl.multi_socket_action(e->lane[i].multi,
				    CURL_SOCKET_TIMEOUT, 0, &running);
			}
		for (i = 0; i < LANES; i++)
			collect(e, &e->lane[i]);
		guard(e);
		take_in(e);
		begin_some(e);
		tidy(e);
	}
	return (NULL);
}

/* A thread that no signal finds but its own faults. */
static bool
start(struct http_engine *e)
{
	static const int faults[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL,
	    SIGSEGV };
	sigset_t all, old;
	size_t i;

	sigfillset(&all);
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&all, faults[i]);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	e->started = thread_start(&e->thread, STACK, work, e) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return (e->started);
}

struct http_engine *
http_engine_new(void)
{
	struct epoll_event ev = { .events = EPOLLIN,
	    .data.u64 = (uint64_t)WAKE << 32 };
	struct http_engine *e;
	int i;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		return (NULL);
	e->wake = -1;
	if (pthread_mutex_init(&e->lock, NULL) != 0) {
		free(e);
		return (NULL);
	}
	if ((e->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0 ||
	    (e->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0 ||
	    epoll_ctl(e->epoll, EPOLL_CTL_ADD, e->wake, &ev) != 0)
		goto fail;
	for (i = 0; i < LANES; i++)
		if (!new_lane(e, i))
			goto fail;
	if (!start(e))
		goto fail;
	return (e);
fail:
	http_engine_free(e);
	return (NULL);
}

void
http_engine_free(struct http_engine *e)
{
	int i;

	if (e == NULL)
		return;
	if (e->started) {
		pthread_mutex_lock(&e->lock);
		e->stop = true;
		pthread_mutex_unlock(&e->lock);
		(void)eventfd_write(e->wake, 1);
		pthread_join(e->thread, NULL);
	}
	for (i = 0; i < LANES; i++) {
		curl.multi_cleanup(e->lane[i].multi);
		curl.share_cleanup(e->lane[i].share);
	}
	http_host_free(e->hosts);
	if (e->wake >= 0)
		close(e->wake);
	if (e->epoll >= 0)
		close(e->epoll);
	pthread_mutex_destroy(&e->lock);
	free(e);
}

void
http_engine_run(struct http_engine *e, struct http_transfer *t)
{
	bool first;

	sem_init(&t->done, 0, 0);
	pthread_mutex_lock(&e->lock);
	first = e->inbox == NULL;
	t->next = e->inbox;
	e->inbox = t;
	pthread_mutex_unlock(&e->lock);
	if (first)
		(void)eventfd_write(e->wake, 1);
	while (sem_wait(&t->done) != 0)
		continue;
	sem_destroy(&t->done);
}
