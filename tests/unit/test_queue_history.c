/*
 * Merge queues whose events are odd: what tests/queue does not tell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/arena.h"
#include "handler/queue_history.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PR(n, word, on, t)						\
	{ .kind = QUEUE_PR, .number = (n), .suffix = (word),		\
	    .branch = (on), .time = (t) }
#define BATCH(word, on, set, t)						\
	{ .kind = QUEUE_BATCH, .suffix = (word), .branch = (on),	\
	    .prs = (set), .nprs = COUNT(set), .time = (t) }

static const int64_t pair[] = { 7, 9 };
static const int64_t turned[] = { 9, 7 };
static const int64_t three[] = { 7, 8, 9 };

static struct arena	*arena;
static struct queue_history history;

static void
make(const struct queue_record *records, size_t n)
{

	assert_int_equal(queue_history(arena, records, n, &history), OK);
}

static size_t
length(const struct queue_story *s)
{
	size_t n = 0;

	for (; s != NULL; s = s->next)
		n++;
	return (n);
}

static const struct queue_story *
pr(int64_t number)
{
	const struct queue_story *s = history.prs;

	while (s != NULL && s->number != number)
		s = s->next;
	assert_non_null(s);
	return (s);
}

static void
test_nothing(void **state)
{
	static const struct queue_record blank[] = {
		PR(0, "failed", NULL, 1)
	};

	(void)state;
	make(NULL, 0);
	assert_null(history.prs);
	assert_null(history.batches);
	/* No pull request was told. */
	make(blank, COUNT(blank));
	assert_null(history.prs);
}

/* A branch that is used again after its end is another batch. */
static void
test_branch_again(void **state)
{
	static const struct queue_record records[] = {
		BATCH("testing", "b", pair, 1), BATCH("failed", "b", pair, 2),
		PR(7, "queued", NULL, 3), BATCH("testing", "b", three, 4),
		PR(7, "failed", NULL, 5), PR(9, "failed", "b", 6)
	};

	(void)state;
	make(records, COUNT(records));
	assert_int_equal(length(history.batches), 2);
	assert_ptr_equal(pr(7)->first->batch, history.batches);
	assert_true(pr(7)->first->left);
	assert_ptr_equal(pr(7)->last->batch, history.batches->next);
	assert_ptr_equal(pr(9)->last->batch, history.batches->next);
	assert_string_equal(history.batches->last->step, "failed");
	assert_string_equal(history.batches->next->last->step, "testing");
}

/* Without a branch it is the set that tells, in whatever order. */
static void
test_by_set(void **state)
{
	static const struct queue_record records[] = {
		BATCH("queued", NULL, pair, 1),
		BATCH("testing", "b", turned, 2),
		BATCH("merged", NULL, turned, 3),
		BATCH("testing", NULL, three, 4)
	};

	(void)state;
	make(records, COUNT(records));
	assert_int_equal(length(history.batches), 2);
	assert_string_equal(history.batches->branch, "b");
	assert_string_equal(history.batches->last->step, "merged");
	assert_int_equal(history.batches->next->nprs, 3);
	/* Those that are silent have what their batches told. */
	assert_int_equal(length(history.prs), 3);
	assert_string_equal(pr(8)->first->step, "testing");
	assert_ptr_equal(pr(8)->first, pr(8)->last);
	assert_string_equal(pr(7)->last->step, "testing");
	assert_ptr_equal(pr(7)->last->batch, history.batches->next);
}

/* Tested by itself, it is in no batch, whatever it was in before. */
static void
test_alone(void **state)
{
	static const struct queue_record records[] = {
		BATCH("testing", "b", pair, 1), PR(7, "testing", "b", 1),
		PR(7, "testing", "alone", 2), PR(7, "failed", NULL, 3),
		BATCH("failed", "b", pair, 4)
	};
	const struct queue_entry *e;

	(void)state;
	make(records, COUNT(records));
	e = pr(7)->first;
	assert_ptr_equal(e->batch, history.batches);
	assert_null(e->next->batch);
	assert_null(e->next->next->batch);
	assert_null(pr(7)->at);
}

/* Reasons are words, the failure's first. */
static void
test_reasons(void **state)
{
	struct queue_record r = PR(7, "failed", NULL, 5);

	(void)state;
	r.reason = "BISECTION_REQUIRED";
	r.failure = "TEST_RUN_TIMEOUT";
	r.bisection = ANSWER_YES;
	r.time_is_ours = true;
	make(&r, 1);
	assert_string_equal(pr(7)->last->reason, "test run timeout");
	assert_true(pr(7)->last->bisection);
	assert_true(pr(7)->last->time_is_ours);
	r.failure = NULL;
	make(&r, 1);
	assert_string_equal(pr(7)->last->reason, "bisection required");
}

/* Pull requests whose numbers fall into one bucket are not one. */
static void
test_buckets(void **state)
{
	static const struct queue_record records[] = {
		PR(1, "queued", NULL, 1), PR(4097, "merged", NULL, 2),
		PR(8193, "failed", NULL, 3), PR(1, "testing", NULL, 4)
	};

	(void)state;
	make(records, COUNT(records));
	assert_int_equal(length(history.prs), 3);
	assert_string_equal(pr(1)->last->step, "testing");
	assert_string_equal(pr(4097)->last->step, "merged");
	assert_string_equal(pr(8193)->last->step, "failed");
}

static void
test_no_memory(void **state)
{
	static const struct queue_record records[] = {
		BATCH("testing", "b", three, 1), PR(7, "testing", "b", 1)
	};
	struct arena *small;
	size_t size;
	int done = 0;

	(void)state;
	for (size = 1024; size < 256 * 1024; size += 64) {
		if ((small = arena_new(size)) == NULL)
			continue;
		if (queue_history(small, records, 2, &history) == OK)
			done++;
		arena_free(small);
	}
	assert_true(done > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_branch_again),
		cmocka_unit_test(test_by_set),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_no_memory)
	};
	int failed;

	if ((arena = arena_new(8 << 20)) == NULL)
		return (1);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return (failed);
}
