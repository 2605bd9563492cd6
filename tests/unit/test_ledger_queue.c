/*
 * What ledger_queue.h promises, of every kind of store: what the merge queue
 * told, once, by repository and by pull request, in the order of time.
 */
#include "tests/unit/ledger_sqlite.h"

#include "handler/ledger_queue.h"
#include "handler/ledger_sweep.h"

#define CRANE	"git.example.net/harbour/crane"
#define LIFT	"git.example.net/harbour/lift"

static const int64_t prs[] = { 9, 7, 9 };

/* Not in the order of their times. */
static const struct queue_record told[] = {
	{ .delivery = "d", .repository = CRANE, .kind = QUEUE_PR,
	    .number = 7, .suffix = "merged", .time = 40 },
	{ .delivery = "a", .repository = CRANE, .kind = QUEUE_PR,
	    .number = 7, .suffix = "queued", .reason = "NOW_READY",
	    .time = 10, .time_is_ours = true },
	{ .delivery = "c", .repository = CRANE, .kind = QUEUE_BATCH,
	    .branch = "queue/9-7", .suffix = "failed", .time = 30,
	    .failure = "TESTS_FAILED", .bisection = ANSWER_YES,
	    .prs = prs, .nprs = 3 },
	{ .delivery = "b", .repository = CRANE, .kind = QUEUE_PR,
	    .number = 9, .suffix = "queued", .time = 30 },
	{ .delivery = "x", .repository = LIFT, .kind = QUEUE_PR,
	    .number = 7, .suffix = "queued", .time = 20 }
};

static void
tell_all(struct job *job)
{
	size_t i;

	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		expect(job, ledger_note_queue(job, &told[i]), OK);
}

/* The deliveries that an iteration gives, a letter each. */
static const char *
iterate(struct job *job, const char *repository, int64_t pr)
{
	static char letters[16];
	struct queue_cursor at = { 0, 0 };
	struct queue_record r;
	size_t n = 0;

	while (ledger_queue_next(job, repository, pr, &at, &r) == OK &&
	    n + 1 < sizeof(letters)) {
		assert_string_equal(r.repository, repository);
		letters[n++] = r.delivery[0];
	}
	letters[n] = '\0';
	return (letters);
}

static void
test_order(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	int i;

	assert_string_equal(iterate(job, CRANE, 0), "");
	/* Twice: a delivery that comes again tells nothing new. */
	for (i = 0; i < 2; i++) {
		tell_all(job);
		/* At one time, in the order they came. */
		assert_string_equal(iterate(job, CRANE, 0), "acbd");
		assert_string_equal(iterate(job, CRANE, 7), "acd");
		assert_string_equal(iterate(job, CRANE, 9), "cb");
		assert_string_equal(iterate(job, CRANE, 8), "");
		assert_string_equal(iterate(job, LIFT, 0), "x");
		assert_string_equal(iterate(job, LIFT, 7), "x");
		assert_string_equal(iterate(job, "", 0), "");
	}
}

static void
test_content(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct queue_cursor at = { 0, 0 };
	struct queue_record r;

	tell_all(job);
	expect(job, ledger_queue_next(job, CRANE, 0, &at, &r), OK);
	assert_int_equal(r.kind, QUEUE_PR);
	assert_int_equal(r.number, 7);
	assert_string_equal(r.suffix, "queued");
	assert_string_equal(r.reason, "NOW_READY");
	assert_int_equal(r.time, 10);
	assert_true(r.time_is_ours);
	assert_null(r.branch);
	assert_null(r.failure);
	assert_int_equal(r.bisection, ANSWER_UNKNOWN);
	assert_int_equal(r.nprs, 1);
	assert_int_equal(r.prs[0], 7);
	expect(job, ledger_queue_next(job, CRANE, 0, &at, &r), OK);
	assert_int_equal(r.kind, QUEUE_BATCH);
	assert_int_equal(r.number, 0);
	assert_string_equal(r.branch, "queue/9-7");
	assert_string_equal(r.failure, "TESTS_FAILED");
	assert_false(r.time_is_ours);
	assert_int_equal(r.bisection, ANSWER_YES);
	assert_int_equal(r.nprs, 2);
	assert_int_equal(r.prs[0], 7);
	assert_int_equal(r.prs[1], 9);
}

/* They go by when they were received. */
static void
test_prune(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	int64_t n;

	expect(job, ledger_note_queue(job, &told[2]), OK);
	job->now++;
	expect(job, ledger_note_queue(job, &told[1]), OK);
	expect(job, ledger_prune(job, job->now, &n), OK);
	assert_string_equal(iterate(job, CRANE, 0), "a");
	assert_string_equal(iterate(job, CRANE, 9), "");
	assert_int_equal(ask(w->path, "SELECT count(*) FROM queue_pr"), 1);
	assert_sound(w->path);
}

static void
test_rollback(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;

	stick(w->path, "INSERT", "queue_pr", "NEW.pr = 7");
	expect(job, ledger_note_queue(job, &told[2]), ERR_LEDGER);
	assert_string_equal(iterate(job, CRANE, 0), "");
	unstick(w->path);
	expect(job, ledger_note_queue(job, &told[2]), OK);
	assert_string_equal(iterate(job, CRANE, 7), "c");
}

#define ROW(test)							\
	cmocka_unit_test_setup_teardown(test, world_setup_open, world_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ROW(test_order), ROW(test_content), ROW(test_prune),
		ROW(test_rollback)
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests_name("sqlite", tests, NULL, NULL));
}
