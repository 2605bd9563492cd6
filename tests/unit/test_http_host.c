/*
 * Who waits for a host, and who may begin: the order, those whose time is up,
 * pioneers, and how many streams a host is thought to take.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/http.h"
#include "common/http_host.h"
#include "common/http_transfer.h"

enum {
	N = 6
};

struct queue {
	struct http_host	*list, *host;
	struct http_call	 call[N];
	struct http_transfer	 t[N];
};

static int
setup(void **state)
{
	static struct queue q;
	int i;

	q = (struct queue){ .list = NULL };
	q.host = http_host_find(&q.list, "api.example.net:443", false);
	for (i = 0; i < N; i++) {
		q.call[i].deadline = 1000;
		q.t[i].call = &q.call[i];
	}
	*state = &q;
	return (q.host == NULL);
}

static int
teardown(void **state)
{
	struct queue *q = *state;

	http_host_free(q->list);
	return (0);
}

static void
wait_all(struct queue *q, const char *numbers)
{

	for (; *numbers != '\0'; numbers++)
		http_host_wait(q->host, &q->t[*numbers - '0'], false);
}

/* Those that begin, one after the other, as fast as they may. */
static void
assert_next(struct queue *q, const char *numbers)
{
	struct http_transfer *t;

	for (; *numbers != '\0'; numbers++) {
		t = http_host_next(q->host);
		assert_ptr_equal(t, &q->t[*numbers - '0']);
		http_host_began(q->host, t);
	}
	assert_null(http_host_next(q->host));
}

/* Leave to call private addresses is the host's own as well. */
static void
test_find(void **state)
{
	struct queue *q = *state;
	struct http_host *other, *lent;

	lent = http_host_find(&q->list, "api.example.net:443", true);
	other = http_host_find(&q->list, "api.example.net:8443", false);
	assert_non_null(lent);
	assert_non_null(other);
	assert_ptr_not_equal(lent, q->host);
	assert_ptr_not_equal(other, q->host);
	assert_ptr_equal(http_host_find(&q->list, "api.example.net:443",
	    true), lent);
	assert_ptr_equal(http_host_find(&q->list, "api.example.net:443",
	    false), q->host);
}

/* Wherever one is taken out, the others keep their places, and none is lost. */
static void
test_late(void **state)
{
	static const struct {
		int		 late;
		const char	*left;
	} rows[] = {
		{ 0, "123" }, { 1, "023" }, { 2, "013" }
	};
	struct queue *q = *state;
	size_t i;

	q->host->speech = HTTP_SPEECH_ONE;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		wait_all(q, "012");
		q->call[rows[i].late].deadline = 10;
		assert_null(http_host_late(q->host, 9));
		assert_ptr_equal(http_host_late(q->host, 10),
		    &q->t[rows[i].late]);
		assert_null(http_host_late(q->host, 10));
		q->call[rows[i].late].deadline = 1000;
		wait_all(q, "3");
		assert_next(q, rows[i].left);
	}
}

/* One that is tried again stands before the others, also alone. */
static void
test_before(void **state)
{
	struct queue *q = *state;

	q->host->speech = HTTP_SPEECH_ONE;
	http_host_wait(q->host, &q->t[0], true);
	wait_all(q, "1");
	http_host_wait(q->host, &q->t[2], true);
	wait_all(q, "3");
	assert_next(q, "2013");
}

/* Over, and it found that the host takes as many as was thought. */
static void
end(struct queue *q, int number)
{

	q->t[number].crowded = true;
	http_host_ended(q->host, &q->t[number]);
}

/* One goes first; the others go by what it has learned. */
static void
test_pioneer(void **state)
{
	struct queue *q = *state;

	wait_all(q, "01234");
	assert_next(q, "0");
	assert_true(q->t[0].pioneer);
	q->host->speech = HTTP_SPEECH_TWO;
	q->host->sockets = q->host->lines = 1;
	q->host->streams = 2;
	http_host_reached(q->host, &q->t[0]);
	/* Its own stream, one more, and who opens the next connection. */
	assert_next(q, "12");
	assert_false(q->t[1].pioneer);
	assert_true(q->t[2].pioneer);
	end(q, 0);
	assert_next(q, "3");
	assert_false(q->t[3].pioneer);
	/* With as many connections as may be, one waits for a stream. */
	q->host->sockets = HTTP_HOST_SOCKETS;
	end(q, 2);
	assert_null(http_host_next(q->host));
	end(q, 1);
	assert_next(q, "4");
}

/* A host that opens no stream more takes fewer than was thought. */
static void
test_streams(void **state)
{
	struct queue *q = *state;

	q->host->speech = HTTP_SPEECH_TWO;
	q->host->sockets = q->host->lines = 2;
	q->host->placed = 6;
	assert_true(http_host_may_open(q->host, &q->t[0]));
	assert_int_equal(q->host->streams, 3);
	q->host->placed = 0;
	assert_true(http_host_may_open(q->host, &q->t[0]));
	assert_int_equal(q->host->streams, 1);
	q->t[0].pioneer = true;
	q->host->placed = 20;
	q->host->sockets = HTTP_HOST_SOCKETS;
	assert_false(http_host_may_open(q->host, &q->t[0]));
	assert_int_equal(q->host->streams, 1);
	/* And more again, as long as none of them finds it crowded. */
	q->t[1].crowded = true;
	q->host->running = 2;
	http_host_ended(q->host, &q->t[1]);
	assert_int_equal(q->host->streams, 1);
	http_host_ended(q->host, &q->t[2]);
	assert_int_equal(q->host->streams, 2);
}

#define ROW(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_find), ROW(test_late), ROW(test_before),
		ROW(test_pioneer), ROW(test_streams)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
