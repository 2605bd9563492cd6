/*
 * Many calls at once: what they share, and what never happens twice, over
 * HTTP/2 and HTTP/1.1.  tests/unit/test_http.c has a single call's ways.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/arena.h"
#include "common/http.h"
#include "h2_server.h"

enum {
	DAY = 86400,
	LATER = 10000,		/* ms: a deadline that is not to pass */
	SOON = 3000,		/* the same, of one that may */
	DEAD = 3500,		/* ms without a byte: it is given up */
	THREADS = 64,
	CALLS = 10,		/* of each thread */
	WAIT = 100,		/* ms of an upstream that takes its time */
	EIGHT = 8		/* connections to a host, at most */
};

static char directory[] = "/tmp/test_http_engine.XXXXXX";
static char ca_file[64];
static struct tls_identity ca, good;
static struct tls_server server;
static struct arena *arena;
static struct http *http;

static int
setup_all(void **state)
{
	(void)state;
	if (mkdtemp(directory) == NULL)
		return (1);
	snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", directory);
	ca = tls_identity(NULL, -DAY, DAY, NULL);
	good = tls_identity("IP:127.0.0.1,DNS:localhost", -DAY, DAY, &ca);
	return (!tls_bundle(ca_file, &ca));
}

static int
teardown_all(void **state)
{
	(void)state;
	tls_identity_free(&ca);
	tls_identity_free(&good);
	unlink(ca_file);
	return (rmdir(directory));
}

static int
setup_with(void (*serve)(struct tls_server *, int))
{
	const struct http_options options = { .ca_file = ca_file,
	    .agent = "test/1", .cap = 1000, .lazy = true };

	memset(&server, 0, sizeof(server));
	memset(&h2, 0, sizeof(h2));
	server.ctx = tls_context(&good);
	if (serve == h2_serve)
		SSL_CTX_set_alpn_select_cb(server.ctx, h2_select, NULL);
	arena = arena_new(1 << 20);
	return (!tls_start(&server, serve) || arena == NULL ||
	    http_new(&options, &http, NULL) != OK);
}

static int
setup_one(void **state)
{
	(void)state;
	return (setup_with(tls_serve));
}

static int
setup_two(void **state)
{
	(void)state;
	return (setup_with(h2_serve));
}

static int
teardown(void **state)
{
	(void)state;
	http_free(http);
	arena_free(arena);
	tls_stop(&server);
	return (0);
}

/* One of many at once, and what came of it. */
struct caller {
	pthread_t		 thread;
	pthread_barrier_t	*start;
	const char		*path;
	int			 port;
	int			 calls;
	int			 good;
	bool			 once;
	struct http_answer	 answer;
	enum err		 e;
	int64_t			 ms;
	char			 url[64];
};

static void *
call_from(void *arg)
{
	struct caller *c = arg;
	struct http_call call = { .method = "POST", .url = c->url,
	    .body = "x", .len = 1 };
	struct arena *own = arena_new(1 << 20);
	int64_t start;
	int i;

	snprintf(c->url, sizeof(c->url), "https://127.0.0.1:%d%s", c->port,
	    c->path);
	pthread_barrier_wait(c->start);
	for (i = 0; i < c->calls; i++) {
		start = clock_mono();
		call.deadline = start + LATER;
		call.once = c->once || i % 3 == 1;
		c->e = http_call(http, own, &call, &c->answer, NULL);
		c->ms = clock_mono() - start;
		c->good += c->e == OK && c->answer.len == 5 &&
		    memcmp(c->answer.body, "hello", 5) == 0;
		arena_reset(own);
	}
	c->answer.body = c->answer.headers = c->answer.host = NULL;
	arena_free(own);
	return (NULL);
}

/* So many threads make so many calls each; how many went well? */
static int
crowd(struct caller *callers, int threads, struct caller like)
{
	pthread_barrier_t start;
	int i, good_ones = 0;

	pthread_barrier_init(&start, NULL, (unsigned)threads);
	like.start = &start;
	for (i = 0; i < threads; i++) {
		callers[i] = like;
		assert_int_equal(pthread_create(&callers[i].thread, NULL,
		    call_from, &callers[i]), 0);
	}
	for (i = 0; i < threads; i++) {
		pthread_join(callers[i].thread, NULL);
		good_ones += callers[i].good;
	}
	pthread_barrier_destroy(&start);
	return (good_ones);
}

static struct caller
like(int calls)
{
	struct caller c = { .path = "/ok", .port = server.port,
	    .calls = calls };

	return (c);
}

struct result {
	struct http_answer	answer;
	struct why		why;
	enum err		e;
};

static struct result
post(bool once, int ms)
{
	struct http_call call = { .method = "POST", .body = "x", .len = 1,
	    .url = arena_printf(arena, "https://127.0.0.1:%d/ok",
	    server.port), .deadline = clock_mono() + ms, .once = once };
	struct result r = { .e = OK };

	r.e = http_call(http, arena, &call, &r.answer, &r.why);
	return (r);
}

/*
 * However many: one connection does, since its host speaks HTTP/2, and all
 * may be under way on it at once.
 */
static void
test_two_shares(void **state)
{
	struct caller callers[THREADS];

	(void)state;
	assert_int_equal(crowd(callers, THREADS, like(CALLS)),
	    THREADS * CALLS);
	assert_int_equal(server.connections, 1);
	assert_int_equal(server.requests, THREADS * CALLS);
	h2.gather = THREADS;
	assert_int_equal(crowd(callers, THREADS, like(1)), THREADS);
	assert_int_equal(server.connections, 1);
}

/* A host that allows few streams gets eight connections, and no more. */
static void
test_two_at_most_eight(void **state)
{
	struct caller callers[THREADS];

	(void)state;
	h2.streams = 2;
	assert_int_equal(post(false, LATER).e, OK);
	h2.gather = EIGHT * 2;
	assert_int_equal(crowd(callers, THREADS, like(2)), THREADS * 2);
	assert_int_equal(server.connections, EIGHT);
	assert_int_equal(h2.most, EIGHT * 2);
	assert_int_equal(server.requests, THREADS * 2 + 1);
}

/*
 * Whatever ends it: what must be sent once was sent once, and what may be
 * repeated reaches its answer.
 */
static void
test_two_never_twice(void **state)
{
	static const int ways[] = { H2_DIE, H2_GO, H2_REFUSE, H2_RESET };
	struct result r;
	size_t i;
	int before;

	(void)state;
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]) * 2; i++) {
		/* On one that was used, and on the very first. */
		if (i % 2 == 0)
			assert_int_equal(post(false, LATER).e, OK);
		before = server.requests;
		h2.way = ways[i / 2];
		h2.times = 1;
		r = post(true, LATER);
		if (r.e != ERR_UNKNOWN || r.answer.fate != HTTP_UNKNOWN)
			fail_msg("way %d: %s, %s", ways[i / 2],
			    err_name(r.e), r.why.text);
		assert_int_equal(server.requests, before + 1);
		assert_int_equal(post(true, LATER).e, OK);
		assert_int_equal(server.requests, before + 2);
	}
}

static void
test_two_repeats(void **state)
{
	static const int ways[] = { H2_DIE, H2_GO, H2_REFUSE, H2_RESET };
	struct result r;
	size_t i;
	int before;

	(void)state;
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		assert_int_equal(post(false, LATER).e, OK);
		before = server.requests;
		h2.way = ways[i];
		h2.times = 1;
		r = post(false, LATER);
		if (r.e != OK)
			fail_msg("way %d: %s", ways[i], r.why.text);
		assert_string_equal(r.answer.body, "hello");
		assert_int_equal(server.requests, before + 2);
	}
}

/* All that is under way on a connection that ends: each its own fate. */
static void
test_two_dies_with_many(void **state)
{
	struct caller callers[THREADS], one = like(1);
	int i, ok = 0, unknown = 0;

	(void)state;
	assert_int_equal(post(false, LATER).e, OK);
	one.once = true;
	h2.delay = WAIT;
	h2.way = H2_DIE;
	h2.times = 1;
	(void)crowd(callers, THREADS, one);
	for (i = 0; i < THREADS; i++) {
		ok += callers[i].e == OK;
		unknown += callers[i].e == ERR_UNKNOWN &&
		    callers[i].answer.fate == HTTP_UNKNOWN;
	}
	assert_int_equal(ok + unknown, THREADS);
	assert_true(unknown > 0);
	assert_true(server.requests <= THREADS + 1);
}

/* The host took its leave while nobody called: nothing is lost by that. */
static void
test_two_after_farewell(void **state)
{
	int i;

	(void)state;
	h2.part = true;
	for (i = 1; i <= 5; i++) {
		assert_int_equal(post(i % 2 == 0, LATER).e, OK);
		tls_pause(50);
		assert_int_equal(server.requests, i);
		assert_int_equal(server.connections, i);
	}
}

/* The same host, however its name is written: libcurl takes it for one. */
static void
test_two_names(void **state)
{
	static const char *const names[] = {
		"localhost", "LocalHost", "localhost", "LOCALHOST"
	};
	struct http_call call = { .method = "GET", .private_ok = true };
	struct http_answer answer;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		/* Who was called last took its leave. */
		h2.part = i == 1;
		call.url = arena_printf(arena, "https://%s:%d/ok", names[i],
		    server.port);
		call.deadline = clock_mono() + SOON;
		assert_int_equal(http_call(http, arena, &call, &answer,
		    NULL), OK);
		assert_string_equal(answer.body, "hello");
		tls_pause(50);
	}
}

/* A connection that swallows calls is not used for ever. */
static void
test_two_dead(void **state)
{
	struct result r;

	(void)state;
	assert_int_equal(post(false, LATER).e, OK);
	h2.way = H2_SILENCE;
	h2.times = 1;
	r = post(false, DEAD);
	assert_int_equal(r.e, ERR_DEADLINE);
	assert_int_equal(r.answer.fate, HTTP_UNKNOWN);
	assert_int_equal(post(true, LATER).e, OK);
	assert_int_equal(server.connections, 2);
	assert_int_equal(server.requests, 3);
}

/* Half an answer is none, and it was more than nothing. */
static void
test_two_cut(void **state)
{
	struct result r;
	int i;

	(void)state;
	h2.way = H2_CUT;
	for (i = 1; i <= 2; i++) {
		h2.times = 1;
		r = post(i == 1, LATER);
		assert_int_equal(r.e, ERR_UNKNOWN);
		assert_int_equal(r.answer.fate, HTTP_UNKNOWN);
		assert_int_equal(server.requests, i);
	}
}

/* HTTP/1.1: all at once, and again on the same connections. */
static void
test_one_keeps(void **state)
{
	struct caller callers[THREADS];

	(void)state;
	assert_int_equal(crowd(callers, THREADS, like(CALLS)),
	    THREADS * CALLS);
	assert_true(server.connections <= THREADS);
	assert_int_equal(server.requests, THREADS * CALLS);
	assert_int_equal(crowd(callers, THREADS, like(CALLS)),
	    THREADS * CALLS);
	assert_true(server.connections <= THREADS);
}

/* Who cannot be reached is tried for all at once. */
static void
test_unreachable(void **state)
{
	static struct tls_server silent;
	struct caller callers[THREADS], lost = like(1);
	int i;

	(void)state;
	silent.ctx = NULL;
	assert_true(tls_start(&silent, tls_serve_silence));
	lost.port = silent.port;
	assert_int_equal(crowd(callers, THREADS, lost), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(callers[i].e, ERR_UPSTREAM);
		assert_int_equal(callers[i].answer.fate, HTTP_NOT_SENT);
		assert_true(callers[i].ms < LATER);
	}
	assert_int_equal(silent.connections, 1);
	tls_stop(&silent);
}

/* What is set up with the first call says what is wrong with it then. */
static void
test_lazy(void **state)
{
	char junk[] = "/tmp/test_http_engine.XXXXXX";
	const struct http_options options = { .agent = "test/1", .cap = 1,
	    .ca_file = junk, .lazy = true };
	struct http_call call = { .method = "GET", .url = "https://[::1]/",
	    .deadline = clock_mono() + LATER };
	struct http_answer answer;
	struct why why = { "" };
	struct http *late;
	int fd = mkstemp(junk);

	(void)state;
	assert_int_equal(write(fd, "no PEM", 6), 6);
	close(fd);
	assert_int_equal(http_new(&options, &late, &why), OK);
	assert_int_equal(http_call(late, arena, &call, &answer, &why),
	    ERR_CONFIG);
	assert_int_equal(answer.fate, HTTP_NOT_SENT);
	assert_non_null(strstr(why.text, junk));
	assert_int_equal(http_warm(late, &why), ERR_CONFIG);
	http_free(late);
	unlink(junk);
	/* What need not be read for that is told at once. */
	assert_int_equal(http_new(&options, &late, &why), ERR_CONFIG);
	assert_non_null(strstr(why.text, junk));
}

#define ONE(f)	cmocka_unit_test_setup_teardown(f, setup_one, teardown)
#define TWO(f)	cmocka_unit_test_setup_teardown(f, setup_two, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TWO(test_two_shares), TWO(test_two_at_most_eight),
		TWO(test_two_never_twice), TWO(test_two_repeats),
		TWO(test_two_dies_with_many), TWO(test_two_after_farewell),
		TWO(test_two_names),
		TWO(test_two_dead), TWO(test_two_cut), ONE(test_one_keeps),
		ONE(test_unreachable), ONE(test_lazy),
	};

	return (cmocka_run_group_tests(tests, setup_all, teardown_all));
}
