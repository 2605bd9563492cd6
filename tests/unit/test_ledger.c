/*
 * What ledger.h promises, of every kind of store: a row of tests[] each.
 * Here deliveries and tests, in test_ledger_ticket.c tickets; what one kind
 * alone promises is in test_sqlite.c.
 */
#include "tests/unit/ledger_setup.h"

#include "handler/ledger_history.h"

static void
test_recall(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct recall r;

	expect(job, ledger_recall(job, "msg_1", &r), ERR_ABSENT);
	assert_false(r.final);
	assert_int_equal(r.tries, 0);

	expect(job, world_finish(job, "msg_1", &event, 503, false), OK);
	expect(job, ledger_recall(job, "msg_1", &r), OK);
	assert_false(r.final);
	assert_int_equal(r.status, 503);
	assert_string_equal(r.outcome, "upstream");
	assert_int_equal(r.tries, 1);

	expect(job, world_finish(job, "msg_1", &event, 200, true), OK);
	expect(job, ledger_recall(job, "msg_1", &r), OK);
	assert_true(r.final);
	assert_int_equal(r.status, 200);
	assert_string_equal(r.outcome, "created");
	assert_string_equal(r.answer, "{\"outcome\":\"created\"}");
	assert_int_equal(r.tries, 2);
	expect(job, ledger_recall(job, "msg_2", &r), ERR_ABSENT);
	expect(job, ledger_recall(job, "MSG_1", &r), ERR_ABSENT);
}

/* Answered for good is answered for good; tries still count. */
static void
test_final_stays(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct recall r;
	struct filing f;

	expect(job, world_finish(job, "msg_begin", &event, 200, true), OK);
	expect(job, world_finish(job, "msg_begin", &event, 502, false), OK);
	expect(job, world_finish(job, "msg_begin", NULL, 400, false), OK);
	/* Not even an intent makes it pending again. */
	expect(job, world_begin(job, "k", &event, &f), OK);
	ledger_release(job, &f);
	expect(job, ledger_recall(job, "msg_begin", &r), OK);
	assert_true(r.final);
	assert_int_equal(r.status, 200);
	assert_string_equal(r.outcome, "created");
	assert_string_equal(r.answer, "{\"outcome\":\"created\"}");
	assert_int_equal(r.first_refused, 0);
	assert_int_equal(r.tries, 3);
}

/* What came again is counted together, and is not older than it was. */
static void
test_repeated(void **state)
{
	static const struct tried tried[] = {
		{ "msg_1", 3, 70 }, { "msg_none", 5, 90 }, { "msg_2", 1, 90 }
	};
	struct world *w = *state;
	struct job *job = &w->job;
	struct recall r;

	job->now = 80;
	expect(job, world_finish(job, "msg_1", NULL, 200, true), OK);
	expect(job, world_finish(job, "msg_2", NULL, 200, true), OK);
	expect(job, ledger_repeated(job, tried, 3), OK);
	expect(job, ledger_repeated(job, tried, 0), OK);
	expect(job, ledger_recall(job, "msg_1", &r), OK);
	assert_int_equal(r.tries, 4);
	assert_true(r.final);
	assert_string_equal(r.answer, "{\"outcome\":\"created\"}");
	expect(job, ledger_recall(job, "msg_2", &r), OK);
	assert_int_equal(r.tries, 2);
	expect(job, ledger_recall(job, "msg_none", &r), ERR_ABSENT);
}

/* The same id after a good answer that was not final is judged again. */
static void
test_success_not_final(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct recall r;

	expect(job, world_finish(job, "msg_1", &event, 200, false), OK);
	expect(job, ledger_recall(job, "msg_1", &r), OK);
	assert_false(r.final);
	assert_int_equal(r.status, 200);
	expect(job, world_finish(job, "msg_1", &event, 503, false), OK);
	expect(job, ledger_recall(job, "msg_1", &r), OK);
	assert_int_equal(r.status, 503);
}

static void
test_pending(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct filing f;
	struct recall r;

	expect(job, world_begin(job, "k", &event, &f), OK);
	ledger_release(job, &f);
	expect(job, ledger_recall(job, "msg_begin", &r), OK);
	assert_false(r.final);
	assert_string_equal(r.outcome, "pending");
	assert_int_equal(r.tries, 0);
	assert_null(r.answer);
}

/* Malformed: no event, an empty body; it is kept all the same. */
static void
test_malformed(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct delivery mail = { .id = "msg_1", .body = "", .len = 0 };
	struct finish f = {
		.mail = &mail,
		.outcome = "malformed",
		.status = 400,
		.why = "no JSON object"
	};
	struct recall r;

	expect(job, ledger_finish(job, &f), OK);
	expect(job, ledger_recall(job, "msg_1", &r), OK);
	assert_string_equal(r.outcome, "malformed");
	assert_int_equal(r.status, 400);
	assert_null(r.answer);
}

static void
test_first_refused(void **state)
{
	static const struct {
		int	status;
		int64_t	now;
		int64_t	wanted;
	} rows[] = {
		{ 503, 1000, 0 },
		{ 502, 2000, 2000 },
		{ 502, 3000, 2000 },
		{ 502, 9000, 2000 },
		{ 503, 9500, 2000 },
		{ 502, 9700, 2000 },
		{ 200, 9800, 0 },
		{ 502, 9900, 9900 }
	};
	struct world *w = *state;
	struct job *job = &w->job;
	struct recall r;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		job->now = rows[i].now;
		expect(job, world_finish(job, "msg_1", NULL, rows[i].status,
		    false), OK);
		expect(job, ledger_recall(job, "msg_1", &r), OK);
		assert_int_equal(r.first_refused, rows[i].wanted);
		assert_int_equal(r.tries, (int)i + 1);
	}
}

static void
test_who(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct test_record r;
	int64_t row;

	expect(job, ledger_test(job, &event.test, &r), ERR_ABSENT);
	assert_int_equal(r.row, 0);
	expect(job, world_finish(job, "msg_1", &event, 200, true), OK);
	expect(job, ledger_test(job, &event.test, &r), OK);
	assert_true((row = r.row) > 0);
	assert_string_equal(r.identity, "one\n");
	assert_int_equal(r.status, STATUS_FLAKY);
	assert_int_equal(r.status_time, 5);

	/* The file was renamed: the id says that it is the same. */
	event.test.identity = "renamed\n";
	expect(job, ledger_test(job, &event.test, &r), OK);
	assert_int_equal(r.row, row);
	assert_string_equal(r.identity, "one\n");

	/* The same id in the other scope is another id. */
	event.test.scope = SCOPE_REPOSITORY;
	expect(job, ledger_test(job, &event.test, &r), ERR_ABSENT);

	/* But the same identity there is the same test. */
	event.test.id = "id-2";
	event.test.identity = "one\n";
	expect(job, ledger_test(job, &event.test, &r), OK);
	assert_int_equal(r.row, row);
	expect(job, world_finish(job, "msg_2", &event, 200, true), OK);
	event.test.identity = "told less\n";
	expect(job, ledger_test(job, &event.test, &r), OK);
	assert_int_equal(r.row, row);
	assert_string_equal(r.identity, "one\n");
}

/* Written under its alias with another identity: the first one stays. */
static void
test_canonical(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct event other = world_event("id-9", "new\n", STATUS_FLAKY, 5);
	struct test_record first, r;

	expect(job, world_finish(job, "msg_1", &event, 200, true), OK);
	expect(job, ledger_test(job, &event.test, &first), OK);
	event.test.identity = "new\n";
	event.status = STATUS_BROKEN;
	event.time = 6;
	expect(job, world_finish(job, "msg_2", &event, 200, true), OK);
	expect(job, ledger_test(job, &event.test, &r), OK);
	assert_int_equal(r.row, first.row);
	assert_string_equal(r.identity, "one\n");
	assert_int_equal(r.status, STATUS_BROKEN);
	/* Nobody is called by the name that was told. */
	expect(job, ledger_test(job, &other.test, &r), ERR_ABSENT);
}

struct told {
	enum status	status;
	int64_t		time;
};

/* All orders of the list, by Heap's algorithm; each is a test of its own. */
static void
tell_all_orders(struct job *job, struct told *list, int k, int n,
    const struct told *wanted)
{
	char id[64], mail[80], identity[80];
	struct event event;
	struct test_record r;
	struct told swap;
	static int order;
	int i;

	for (i = 0; k > 1 && i < k; i++) {
		tell_all_orders(job, list, k - 1, n, wanted);
		swap = list[k % 2 == 0 ? i : 0];
		list[k % 2 == 0 ? i : 0] = list[k - 1];
		list[k - 1] = swap;
	}
	if (k > 1)
		return;
	(void)snprintf(id, sizeof(id), "id-%d", ++order);
	(void)snprintf(identity, sizeof(identity), "%s\n", id);
	for (i = 0; i < n; i++) {
		event = world_event(id, identity, list[i].status,
		    list[i].time);
		(void)snprintf(mail, sizeof(mail), "msg_%s_%d", id, i);
		expect(job, world_finish(job, mail, &event, 200, true), OK);
	}
	expect(job, ledger_test(job, &event.test, &r), OK);
	assert_int_equal(r.status, wanted->status);
	assert_int_equal(r.status_time, wanted->time);
	arena_reset(job->arena);
}

/* Newer wins; at equal times the worse; "unknown" never. */
static void
test_event_time(void **state)
{
	static const struct {
		struct told	list[5];
		int		n;
		struct told	wanted;
	} rows[] = {
		{ { { STATUS_FLAKY, 10 }, { STATUS_HEALTHY, 20 },
		    { STATUS_BROKEN, 20 }, { STATUS_FLAKY, 20 },
		    { STATUS_UNKNOWN, 30 } }, 5, { STATUS_BROKEN, 20 } },
		{ { { STATUS_BROKEN, 10 }, { STATUS_FLAKY, 10 },
		    { STATUS_HEALTHY, 11 } }, 3, { STATUS_HEALTHY, 11 } },
		{ { { STATUS_FLAKY, 7 }, { STATUS_HEALTHY, 7 } }, 2,
		    { STATUS_FLAKY, 7 } },
		{ { { STATUS_HEALTHY, 0 }, { STATUS_UNKNOWN, 0 } }, 2,
		    { STATUS_HEALTHY, 0 } },
		{ { { STATUS_BROKEN, -9 }, { STATUS_FLAKY, -8 } }, 2,
		    { STATUS_FLAKY, -8 } }
	};
	struct world *w = *state;
	struct told list[5];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(list, rows[i].list, sizeof(list));
		tell_all_orders(&w->job, list, rows[i].n, rows[i].n,
		    &rows[i].wanted);
	}
}

/* What was there is there when it is opened again. */
static void
test_reopen(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_BROKEN, 5);
	struct test_record t;
	struct recall r;
	struct filing f;
	struct why why;

	expect(job, world_begin(job, "key", &event, &f), OK);
	ledger_release(job, &f);
	expect(job, world_finish(job, "msg_1", &event, 200, true), OK);
	world_close(w);
	assert_int_equal(world_open(w, &why), OK);
	expect(job, ledger_probe(w->ledger, &job->why), OK);
	expect(job, ledger_recall(job, "msg_1", &r), OK);
	assert_true(r.final);
	expect(job, ledger_test(job, &event.test, &t), OK);
	assert_int_equal(t.status, STATUS_BROKEN);
	expect(job, ledger_claim(job, "key", &event.test, &f), OK);
	assert_int_equal(f.stage, STAGE_INTENT);
	ledger_release(job, &f);
}

/* The request's memory ends, at any byte of it: said so, and no harm. */
static void
test_memory(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job, small;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct filing f;
	size_t cap, failed = 0;
	enum err e;

	expect(job, world_begin(job, "key", &event, &f), OK);
	ledger_release(job, &f);
	small = *job;
	for (cap = 0;; cap += 8) {
		small.arena = arena_new(cap);
		assert_non_null(small.arena);
		e = ledger_claim(&small, "key", &event.test, &f);
		ledger_release(&small, &f);
		arena_free(small.arena);
		if (e == OK)
			break;
		expect(&small, e, ERR_NOMEM);
		failed++;
		assert_true(cap < WORLD_ARENA);
	}
	assert_true(failed > 0);
	expect(job, ledger_claim(job, "key", &event.test, &f), OK);
	ledger_release(job, &f);
}

/* Text and bodies of any byte come back as they were. */
static void
test_text(void **state)
{
	static const char identity[] = "it's \"50%\"; DROP TABLE test\n"
	    "\xc3\xa9\xf0\x9f\x9a\xa2\n?1 :a @b\n";
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("'; --", identity, STATUS_FLAKY, 5);
	struct test_record r;

	expect(job, world_finish(job, "msg_'", &event, 200, true), OK);
	event.test.identity = "another\n";
	expect(job, ledger_test(job, &event.test, &r), OK);
	assert_string_equal(r.identity, identity);
}

static void
test_probe(void **state)
{
	struct world *w = *state;
	struct why why = { .text = "" };
	int i;

	for (i = 0; i < 3; i++)
		assert_int_equal(ledger_probe(w->ledger, &why), OK);
	assert_string_equal(why.text, "");
}

#define ROW(test)							\
	cmocka_unit_test_setup_teardown(test, world_setup_open, world_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ROW(test_recall), ROW(test_final_stays), ROW(test_repeated),
		ROW(test_success_not_final), ROW(test_pending),
		ROW(test_malformed), ROW(test_first_refused), ROW(test_who),
		ROW(test_canonical), ROW(test_event_time), ROW(test_reopen),
		ROW(test_memory), ROW(test_text), ROW(test_probe)
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests_name("sqlite", tests, NULL, NULL));
}
