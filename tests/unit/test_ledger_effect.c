/*
 * What ledger_effect.h promises, of every kind of store.
 */
#include "tests/unit/ledger_sqlite.h"

#include "handler/ledger_effect.h"
#include "handler/ledger_queue.h"

enum {
	HOUR = 60 * 60 * 1000
};

static int64_t
row_of(struct job *job, const char *id)
{
	struct event event = world_event(id, id, STATUS_FLAKY, 5);
	struct test_record r;

	expect(job, ledger_meet(job, &event.test, &r), OK);
	assert_true(r.row > 0);
	return (r.row);
}

static int64_t
hear(struct job *job, const char *test, const char *id, const char *said,
    int64_t time)
{
	const struct test t = { .id = test, .scope = SCOPE_COLLECTION };
	const struct monitor_record m = { .id = id, .type = "pass_on_retry",
	    .active = strcmp(said, "active") == 0, .time = time,
	    .said = said, .evidence = "{\"n\":1}" };
	int64_t row = -1;

	expect(job, ledger_hear_monitor(job, &t, &m, &row), OK);
	return (row);
}

/* A monitor may speak before anybody knows the test. */
static void
test_early(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct monitor_record m;
	int64_t row;

	assert_int_equal(hear(job, "id-1", "mon-a", "active", 20), 0);
	assert_int_equal(hear(job, "id-1", "mon-b", "active", 10), 0);
	/* An older word, later. */
	assert_int_equal(hear(job, "id-1", "mon-a", "resolved", 15), 0);
	assert_int_equal(hear(job, "id-2", "mon-c", "active", 10), 0);
	row = row_of(job, "id-1");
	expect(job, ledger_monitor(job, row, "mon-a", &m), OK);
	assert_true(m.active);
	assert_int_equal(m.time, 20);
	assert_string_equal(m.said, "active");
	assert_string_equal(m.evidence, "{\"n\":1}");
	expect(job, ledger_monitor(job, row, "mon-b", &m), OK);
	expect(job, ledger_monitor(job, row, "mon-c", &m), ERR_ABSENT);
	assert_int_equal(hear(job, "id-1", "mon-a", "resolved", 30), row);
	expect(job, ledger_monitor(job, row, "mon-a", &m), OK);
	assert_false(m.active);
	assert_string_equal(m.said, "resolved");
	assert_int_equal(ask(w->path, "SELECT count(*) FROM early_monitor"),
	    1);
	assert_sound(w->path);
}

/* What is told of the quarantine of a test, and what it then follows. */
static const struct {
	int		 test;		/* the first or the second */
	struct shield	 shield;
	enum answer	 before;
	bool		 newest;
} shields[] = {
	{ 0, { "a", 10, ANSWER_NO }, ANSWER_UNKNOWN, true },
	{ 0, { "c", 30, ANSWER_YES }, ANSWER_NO, true },
	{ 0, { "b", 20, ANSWER_NO }, ANSWER_NO, false },
	{ 0, { "c", 30, ANSWER_YES }, ANSWER_NO, true },
	{ 1, { "x", 40, ANSWER_YES }, ANSWER_UNKNOWN, true },
	{ 0, { "e", 50, ANSWER_UNKNOWN }, ANSWER_YES, true },
	{ 0, { "f", 60, ANSWER_NO }, ANSWER_YES, true },
	/* At equal times by arrival. */
	{ 0, { "g", 60, ANSWER_YES }, ANSWER_NO, true },
	{ 0, { "f", 60, ANSWER_NO }, ANSWER_YES, false }
};

static void
test_shield(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	const int64_t tests[] = { row_of(job, "id-1"), row_of(job, "id-2") };
	struct shield_news news;
	size_t i;

	for (i = 0; i < sizeof(shields) / sizeof(shields[0]); i++) {
		news = (struct shield_news){ .before = ANSWER_UNKNOWN };
		expect(job, ledger_note_shield(job, tests[shields[i].test],
		    &shields[i].shield, &news), OK);
		assert_int_equal(news.before, shields[i].before);
		assert_int_equal(news.newest, shields[i].newest);
	}
}

struct healed {
	const char	*delivery;
	const char	*monitor;
	enum healthy	 why;
	int64_t		 time;
	enum healthy	 after;		/* mon-a told that it resolved */
};

static const struct healed healed[] = {
	{ "1", "mon-a", HEALTHY_UNKNOWN, 10 * HOUR, HEALTHY_RESOLVED },
	{ "2", "mon-b", HEALTHY_UNKNOWN, 10 * HOUR + 1, HEALTHY_UNKNOWN },
	{ "3", "mon-a", HEALTHY_MUTED, 10 * HOUR + 2, HEALTHY_MUTED },
	{ "4", "mon-a", HEALTHY_UNKNOWN, 20 * HOUR, HEALTHY_UNKNOWN }
};

/* The monitor's own word may come after the status that it caused. */
static void
test_resolved(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	int64_t row = row_of(job, "id-1");
	const struct change *c;
	size_t i, n;

	for (i = 0; i < sizeof(healed) / sizeof(healed[0]); i++) {
		struct event event = world_event("id-1", "one\n",
		    STATUS_HEALTHY, healed[i].time);

		event.monitor_id = healed[i].monitor;
		event.why_healthy = healed[i].why;
		expect(job, ledger_note_change(job, &event, row,
		    healed[i].delivery), OK);
	}
	expect(job, ledger_note_resolved(job, row, "mon-a",
	    10 * HOUR + 60000), OK);
	expect(job, ledger_changes(job, row, &c, &n), OK);
	assert_int_equal(n, 4);
	for (i = 0; i < n; i++)
		assert_int_equal(c[i].why_healthy, healed[i].after);
}

static void
queued(struct job *job, const char *delivery, const char *repository,
    enum queue_kind kind, int64_t time)
{
	const struct queue_record r = { .delivery = delivery,
	    .repository = repository, .kind = kind, .number = kind ==
	    QUEUE_PR ? 7 : 0, .suffix = "queued", .time = time };

	expect(job, ledger_note_queue(job, &r), OK);
}

static void
test_places(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	const struct queue_place *p;
	size_t n = 9;

	expect(job, ledger_queue_places(job, &p, &n), OK);
	assert_int_equal(n, 0);
	queued(job, "a", "git.example/b", QUEUE_PR, 10);
	queued(job, "b", "git.example/a", QUEUE_PR, 30);
	queued(job, "c", "git.example/a", QUEUE_BATCH, 20);
	queued(job, "c", "git.example/a", QUEUE_BATCH, 20);
	queued(job, "d", "git.example/a", QUEUE_PR, 5);
	expect(job, ledger_queue_places(job, &p, &n), OK);
	assert_int_equal(n, 2);
	assert_string_equal(p[0].repository, "git.example/a");
	assert_int_equal(p[0].prs, 2);
	assert_int_equal(p[0].batches, 1);
	assert_int_equal(p[0].last, 30);
	assert_string_equal(p[1].repository, "git.example/b");
	assert_int_equal(p[1].batches, 0);
}

/* A shared ticket has the active monitors of all its tests. */
static void
test_watchers(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event one = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct event two = world_event("id-2", "two\n", STATUS_FLAKY, 6);
	struct filing f = { .lock = -1, .test_lock = -1 };
	const struct watcher *seen;
	size_t n;

	hear(job, "id-1", "late", "active", 20);
	hear(job, "id-1", "early", "active", 10);
	hear(job, "id-2", "over", "active", 1);
	hear(job, "id-2", "over", "resolved", 2);
	hear(job, "id-3", "of another", "active", 1);
	expect(job, ledger_claim(job, "file|a", &one.test, &f), OK);
	f.marker = f.tracker = f.project = "x";
	f.stage = STAGE_INTENT;
	expect(job, ledger_intend(job, NULL, &one, &f), OK);
	expect(job, ledger_advance(job, &two.test, &f), OK);
	(void)row_of(job, "id-3");
	expect(job, ledger_watchers(job, f.row, &seen, &n), OK);
	assert_int_equal(n, 2);
	assert_string_equal(seen[0].monitor.id, "early");
	assert_string_equal(seen[1].monitor.id, "late");
	hear(job, "id-2", "over", "active", 3);
	expect(job, ledger_watchers(job, f.row, &seen, &n), OK);
	assert_int_equal(n, 3);
	ledger_release(job, &f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define LEDGER_TEST(t) cmocka_unit_test_setup_teardown(t,		\
    world_setup_open, world_teardown)
		LEDGER_TEST(test_early),
		LEDGER_TEST(test_shield),
		LEDGER_TEST(test_resolved),
		LEDGER_TEST(test_places),
		LEDGER_TEST(test_watchers)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
