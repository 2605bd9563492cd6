/*
 * What ledger.h promises, of every kind of store: a row of tests[] each.
 * Here tickets, their locks and links; see test_ledger.c.
 */
#include "tests/unit/ledger_sqlite.h"

#include <fcntl.h>
#include <pthread.h>

enum {
	THREADS = 16,
	ROUNDS = 20,		/* of each thread */
	SLACK = 250		/* ms that a deadline may be overrun */
};

static void
test_claim_new(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct filing f;

	memset(&f, 0xff, sizeof(f));
	expect(job, ledger_claim(job, "key", &event.test, &f), OK);
	assert_int_equal(f.row, 0);
	assert_int_equal(f.stage, STAGE_NONE);
	assert_int_equal(f.generation, 1);
	assert_string_equal(f.key, "key");
	assert_int_equal(f.link, LINK_NONE);
	assert_null(f.remote_id);
	assert_false(f.fresh);
	ledger_release(job, &f);
}

/* From our word on, under its own key as under one that it shares. */
static void
test_ticketed(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event own = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct event shared = world_event("id-2", "two\n", STATUS_FLAKY, 5);
	struct event none = world_event("id-3", "three\n", STATUS_FLAKY, 5);
	struct test_record r;
	struct filing f;
	bool has = true;

	expect(job, ledger_meet(job, &own.test, &r), OK);
	expect(job, ledger_ticketed(job, r.row, &has), OK);
	assert_false(has);
	expect(job, world_begin(job, "test|one\n", &own, &f), OK);
	ledger_release(job, &f);
	expect(job, ledger_ticketed(job, r.row, &has), OK);
	assert_true(has);

	expect(job, world_begin(job, "file|x", &shared, &f), OK);
	expect(job, ledger_advance(job, &shared.test, &f), OK);
	ledger_release(job, &f);
	expect(job, ledger_meet(job, &shared.test, &r), OK);
	expect(job, ledger_ticketed(job, r.row, &has), OK);
	assert_true(has);

	expect(job, ledger_meet(job, &none.test, &r), OK);
	expect(job, ledger_ticketed(job, r.row, &has), OK);
	assert_false(has);
	expect(job, ledger_ticketed(job, r.row + 1, &has), OK);
	assert_false(has);
}

static void
test_intend(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct test_record r;
	struct filing f;
	int64_t row;

	expect(job, world_begin(job, "key", &event, &f), OK);
	assert_int_equal(f.stage, STAGE_INTENT);
	assert_true((row = f.row) > 0);
	ledger_release(job, &f);
	expect(job, ledger_test(job, &event.test, &r), OK);
	assert_int_equal(r.status, STATUS_UNKNOWN);

	expect(job, ledger_claim(job, "key", &event.test, &f), OK);
	assert_int_equal(f.row, row);
	assert_int_equal(f.stage, STAGE_INTENT);
	assert_string_equal(f.marker, "marker-1");
	assert_string_equal(f.tracker, "eng");
	assert_string_equal(f.project, "ENG");
	assert_string_equal(f.rule, "flaky");
	assert_int_equal(f.rule_line, 12);
	assert_string_equal(f.owner, "@harbour/cranes");
	assert_int_equal(f.owner_line, 34);
	assert_string_equal(f.note, "component left out");
	assert_null(f.remote_key);
	ledger_release(job, &f);
}

/* All that a filing holds comes back. */
static void
test_advance(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct filing f, g;

	expect(job, world_begin(job, "key", &event, &f), OK);
	f.stage = STAGE_SENT;
	f.sent = INT64_C(1700000000123);
	f.looked = INT64_C(1700000000456);
	f.looks = 3;
	f.attempts = 2;
	f.floor = 77;
	f.rule_line = 120;
	f.owner = f.note = NULL;
	f.owner_line = 0;
	expect(job, ledger_advance(job, &event.test, &f), OK);
	ledger_release(job, &f);
	expect(job, ledger_claim(job, "key", &event.test, &g), OK);
	assert_int_equal(g.stage, STAGE_SENT);
	assert_int_equal(g.sent, INT64_C(1700000000123));
	assert_int_equal(g.looked, INT64_C(1700000000456));
	assert_int_equal(g.looks, 3);
	assert_int_equal(g.attempts, 2);
	assert_int_equal(g.floor, 77);
	assert_int_equal(g.rule_line, 120);
	assert_null(g.owner);
	assert_int_equal(g.owner_line, 0);
	assert_null(g.note);
	assert_false(g.adopted);
	g.stage = STAGE_CREATED;
	g.remote_id = "10017";
	g.remote_key = "ENG-17";
	g.url = "https://tracker.example.net/ENG-17";
	g.adopted = true;
	g.note = "assignee left out: b\xc3\xa4r";
	expect(job, ledger_advance(job, &event.test, &g), OK);
	ledger_release(job, &g);
	expect(job, ledger_claim(job, "key", &event.test, &f), OK);
	assert_int_equal(f.stage, STAGE_CREATED);
	assert_string_equal(f.remote_id, "10017");
	assert_string_equal(f.remote_key, "ENG-17");
	assert_string_equal(f.url, "https://tracker.example.net/ENG-17");
	assert_true(f.adopted);
	assert_string_equal(f.note, "assignee left out: b\xc3\xa4r");
	assert_int_equal(f.sent, INT64_C(1700000000123));
	ledger_release(job, &f);
}

/* One ticket, links of two tests and of two scopes. */
static void
test_links(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event one = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct event two = world_event("id-2", "two\n", STATUS_FLAKY, 5);
	struct event old = world_event("v1-1", "one\n", STATUS_FLAKY, 5);
	struct filing f;

	old.test.scope = SCOPE_REPOSITORY;
	expect(job, world_begin(job, "file|x", &one, &f), OK);
	f.link = LINK_DONE;
	expect(job, ledger_advance(job, &one.test, &f), OK);
	ledger_release(job, &f);

	expect(job, ledger_claim(job, "file|x", &two.test, &f), OK);
	assert_int_equal(f.stage, STAGE_INTENT);
	assert_int_equal(f.link, LINK_NONE);
	f.link = LINK_REFUSED;
	f.refused = 4711;
	expect(job, ledger_advance(job, &two.test, &f), OK);
	ledger_release(job, &f);

	expect(job, ledger_claim(job, "file|x", &old.test, &f), OK);
	assert_int_equal(f.link, LINK_NONE);
	f.link = LINK_SKIPPED;
	expect(job, ledger_advance(job, &old.test, &f), OK);
	ledger_release(job, &f);

	expect(job, ledger_claim(job, "file|x", &one.test, &f), OK);
	assert_int_equal(f.link, LINK_DONE);
	ledger_release(job, &f);
	expect(job, ledger_claim(job, "file|x", &two.test, &f), OK);
	assert_int_equal(f.link, LINK_REFUSED);
	assert_int_equal(f.refused, 4711);
	ledger_release(job, &f);
	expect(job, ledger_claim(job, "file|x", &old.test, &f), OK);
	assert_int_equal(f.link, LINK_SKIPPED);
	assert_int_equal(f.refused, 0);
	ledger_release(job, &f);
}

/* Why a link was refused stays, also when a later try says nothing of it. */
static void
test_why(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct filing f;

	expect(job, world_begin(job, "file|x", &event, &f), OK);
	f.link = LINK_REFUSED;
	(void)snprintf(job->why.text, sizeof(job->why.text), "no such");
	expect(job, ledger_advance(job, &event.test, &f), OK);
	job->why.text[0] = '\0';
	expect(job, ledger_advance(job, &event.test, &f), OK);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM link"
	    " WHERE why = 'no such'"), 1);
	f.link = LINK_DONE;
	expect(job, ledger_advance(job, &event.test, &f), OK);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM link"
	    " WHERE why IS NULL"), 1);
	ledger_release(job, &f);
}

/* A step that is not on disk must not pass for done. */
static void
test_lost(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct test_record r;
	struct filing f;

	expect(job, world_begin(job, "key", &event, &f), OK);
	f.row += 1000;
	event.test.id = "id-2";
	event.test.identity = "two\n";
	expect(job, ledger_advance(job, &event.test, &f), ERR_LEDGER);
	assert_non_null(strstr(job->why.text, "lost the ticket"));
	/* Nothing of it stayed, and the ledger works. */
	expect(job, ledger_test(job, &event.test, &r), ERR_ABSENT);
	f.row -= 1000;
	expect(job, ledger_advance(job, &event.test, &f), OK);
	/* An intent of a key that has a ticket would be a second one. */
	f.row = 0;
	expect(job, ledger_intend(job, &(struct delivery){ .id = "msg_2" },
	    &event, &f), ERR_LEDGER);
	assert_int_equal(f.row, 0);
	ledger_release(job, &f);
}

static void
test_busy(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct filing f, other, g;
	struct job late;
	int64_t from;

	expect(job, ledger_claim(job, "key", &event.test, &f), OK);
	world_job(w, &late);
	from = clock_mono();
	late.deadline = from + 100;
	expect(&late, ledger_claim(&late, "key", &event.test, &g), ERR_BUSY);
	assert_in_range(clock_mono() - from, 100, 100 + SLACK);
	assert_string_equal(late.why.text, "another delivery of this test is "
	    "in hand; this one is safe to send again");
	ledger_release(&late, &g);
	/* Under another key it is the same test, and another test is free. */
	late.deadline = clock_mono();
	expect(&late, ledger_claim(&late, "other", &event.test, &g),
	    ERR_BUSY);
	ledger_release(&late, &g);
	event = world_event("id-2", "two\n", STATUS_FLAKY, 5);
	expect(job, ledger_claim(job, "other", &event.test, &other), OK);
	ledger_release(job, &other);
	event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	late.deadline = clock_mono();
	expect(&late, ledger_claim(&late, "key", &event.test, &g), ERR_BUSY);
	ledger_release(job, &f);
	expect(job, ledger_claim(job, "key", &event.test, &g), OK);
	ledger_release(job, &g);
	arena_free(late.arena);
}

static void
test_release(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct filing never = { .lock = -1 }, zeroed = { .row = 0 }, f;

	ledger_release(job, NULL);
	ledger_release(job, &never);
	ledger_release(job, &zeroed);
	assert_int_not_equal(fcntl(0, F_GETFD), -1);
	expect(job, ledger_claim(job, "key", &event.test, &f), OK);
	ledger_release(job, &f);
	ledger_release(job, &f);
}

struct crew {
	struct world	*world;
	int		 number;
};

static void *
work(void *arg)
{
	const struct crew *crew = arg;
	struct event event;
	struct filing f;
	char id[32], mail[32];
	struct job job;
	void *failed = arg;
	int i;

	(void)snprintf(id, sizeof(id), "id-%d", crew->number);
	event = world_event(id, "shared\n", STATUS_FLAKY, 5);
	memset(&job, 0, sizeof(job));
	if ((job.arena = arena_new(WORLD_ARENA)) == NULL)
		return (arg);
	job.ledger = crew->world->ledger;
	job.deadline = clock_mono() + WORLD_PATIENCE;
	for (i = 0; i < ROUNDS; i++) {
		arena_reset(job.arena);
		(void)snprintf(mail, sizeof(mail), "msg_%d_%d",
		    crew->number, i);
		if (world_finish(&job, mail, &event, 200, true) != OK ||
		    world_begin(&job, "shared", &event, &f) != OK)
			goto out;
		f.looks++;
		if (ledger_advance(&job, &event.test, &f) != OK)
			goto out;
		ledger_release(&job, &f);
	}
	failed = NULL;
out:
	arena_free(job.arena);
	return (failed);
}

static void
test_threads(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct crew crew[THREADS];
	pthread_t thread[THREADS];
	struct test_record first = { .row = 0 }, r;
	struct event event;
	struct filing f;
	char id[32];
	void *failed;
	int i;

	for (i = 0; i < THREADS; i++) {
		crew[i] = (struct crew){ .world = w, .number = i };
		assert_int_equal(pthread_create(&thread[i], NULL, work,
		    &crew[i]), 0);
	}
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], &failed), 0);
		assert_null(failed);
	}
	for (i = 0; i < THREADS; i++) {
		(void)snprintf(id, sizeof(id), "id-%d", i);
		event = world_event(id, "other\n", STATUS_FLAKY, 5);
		expect(job, ledger_test(job, &event.test, &r), OK);
		if (i == 0)
			first = r;
		assert_int_equal(r.row, first.row);
	}
	expect(job, ledger_claim(job, "shared", &event.test, &f), OK);
	assert_int_equal(f.looks, THREADS * ROUNDS);
	ledger_release(job, &f);
}

#define ROW(test)							\
	cmocka_unit_test_setup_teardown(test, world_setup_open, world_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ROW(test_claim_new), ROW(test_ticketed), ROW(test_intend),
		ROW(test_advance),
		ROW(test_links), ROW(test_why), ROW(test_lost), ROW(test_busy),
		ROW(test_release), ROW(test_threads)
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests_name("sqlite", tests, NULL, NULL));
}
