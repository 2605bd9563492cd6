/*
 * What ledger_list.h promises, of every kind of store: which lists are old,
 * what belongs in them, and that none is forgotten.
 */
#include "tests/unit/ledger_sqlite.h"

#include "handler/ledger_list.h"

enum {
	HOUR = 60 * 60 * 1000
};

/* The test of that id joins the ticket of that key; its row. */
static int64_t
join(struct job *job, const char *key, const char *id, enum stage stage)
{
	struct event event = world_event(id, id, STATUS_FLAKY, 5);
	struct filing f;

	event.test.name = id;
	expect(job, world_begin(job, key, &event, &f), OK);
	f.stage = stage;
	if (stage == STAGE_CREATED)
		f.remote_id = f.remote_key = "HAR-1";
	expect(job, ledger_advance(job, &event.test, &f), OK);
	ledger_release(job, &f);
	return (f.row);
}

static void
tell(struct job *job, const char *id, enum status status, int64_t time)
{
	struct event event = world_event(id, id, status, time);
	char mail[64];

	event.test.name = id;
	(void)snprintf(mail, sizeof(mail), "msg_%s_%lld", id,
	    (long long)time);
	expect(job, world_finish(job, mail, &event, 200, true), OK);
}

static bool
is_old(struct job *job, const char *id)
{
	struct event event = world_event(id, id, STATUS_FLAKY, 5);
	int64_t row;
	enum err e = ledger_list_of(job, &event.test, &row);

	if (e != ERR_ABSENT)
		expect(job, e, OK);
	return (e == OK);
}

static void
write_list(struct job *job, int64_t row, enum list_note note)
{
	struct listing l;

	expect(job, ledger_list_claim(job, row, &l), OK);
	expect(job, ledger_list_note(job, &l, note, note == LIST_WRITTEN ?
	    "hash" : NULL), OK);
	ledger_list_release(job, &l);
}

/* A ticket of one test has none, and one that does not exist neither. */
static void
test_none(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct listing l;
	int64_t row;

	assert_false(is_old(job, "id-0"));
	row = join(job, "test|id-1", "id-1", STAGE_CREATED);
	assert_false(is_old(job, "id-1"));
	expect(job, ledger_list_claim(job, row, &l), ERR_ABSENT);
	ledger_list_release(job, &l);
	row = join(job, "file|2", "id-2", STAGE_INTENT);
	assert_false(is_old(job, "id-2"));
	expect(job, ledger_unlisted(job, INT64_MAX, &row), ERR_ABSENT);
	row = join(job, "file|2", "id-2", STAGE_CREATED);
	assert_true(is_old(job, "id-2"));
	expect(job, ledger_list_claim(job, row + 1, &l), ERR_ABSENT);
	ledger_list_release(job, &l);
}

/* What makes a list old, and what does not. */
static void
test_old(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("one", "one", STATUS_FLAKY, 60);
	int64_t row = join(job, "file|x", "one", STAGE_CREATED);

	write_list(job, row, LIST_WRITTEN);
	assert_false(is_old(job, "one"));
	join(job, "file|x", "one", STAGE_CREATED);	/* was in it */
	assert_false(is_old(job, "one"));
	join(job, "file|x", "two", STAGE_CREATED);
	assert_true(is_old(job, "one"));
	assert_true(is_old(job, "two"));
	write_list(job, row, LIST_WRITTEN);
	tell(job, "one", STATUS_FLAKY, 50);
	assert_true(is_old(job, "two"));
	write_list(job, row, LIST_WRITTEN);
	tell(job, "one", STATUS_FLAKY, 51);		/* and still is */
	tell(job, "one", STATUS_BROKEN, 49);		/* came too late */
	assert_false(is_old(job, "one"));
	event.test.name = "one";
	event.test.url = "https://app.example.net/t/1";
	expect(job, world_finish(job, "msg_url", &event, 200, true), OK);
	assert_true(is_old(job, "one"));
	write_list(job, row, LIST_WRITTEN);
	/* A test of another ticket. */
	join(job, "file|y", "three", STAGE_CREATED);
	tell(job, "three", STATUS_BROKEN, 50);
	assert_false(is_old(job, "one"));
	assert_true(is_old(job, "three"));
}

static void
test_content(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event other = world_event("v1-b", "b", STATUS_FLAKY, 5);
	struct listing l;
	struct filing f;
	int64_t row;

	join(job, "file|x", "c", STAGE_CREATED);
	join(job, "file|x", "a", STAGE_CREATED);
	row = join(job, "file|x", "b", STAGE_CREATED);
	/* One test under an id of each scope is one. */
	other.test.scope = SCOPE_REPOSITORY;
	expect(job, ledger_claim(job, "file|x", &other.test, &f), OK);
	expect(job, ledger_advance(job, &other.test, &f), OK);
	ledger_release(job, &f);
	tell(job, "b", STATUS_FLAKY, 20);
	tell(job, "b", STATUS_BROKEN, 30);
	tell(job, "b", STATUS_BROKEN, 40);
	expect(job, ledger_list_claim(job, row, &l), OK);
	assert_int_equal(l.n, 3);
	assert_int_equal(l.total, 3);
	assert_null(l.written);
	assert_string_equal(l.filing.remote_key, "HAR-1");
	assert_string_equal(l.filing.tracker, "eng");
	assert_string_equal(l.tests[0].name, "a");
	assert_int_equal(l.tests[0].status, STATUS_UNKNOWN);
	assert_string_equal(l.tests[1].name, "b");
	assert_string_equal(l.tests[1].file, "src/lift_test.c");
	assert_null(l.tests[1].url);
	assert_int_equal(l.tests[1].status, STATUS_BROKEN);
	assert_int_equal(l.tests[1].since, 30);
	assert_string_equal(l.tests[2].name, "c");
	expect(job, ledger_list_note(job, &l, LIST_WRITTEN, "abc"), OK);
	ledger_list_release(job, &l);
	tell(job, "c", STATUS_HEALTHY, 50);
	expect(job, ledger_list_claim(job, row, &l), OK);
	assert_string_equal(l.written, "abc");
	ledger_list_release(job, &l);
	ledger_list_release(job, &l);
}

/* More than fit, and names longer than any line. */
static void
test_many(void **state)
{
	static char name[4000];
	struct world *w = *state;
	struct job *job = &w->job;
	struct listing l;
	char last[16];
	int64_t row = 0;
	int i;

	for (i = LIST_SHOWN + 6; i > 0; i--) {
		memset(name, 'n', sizeof(name) - 1);
		(void)snprintf(name, 5, "%04d", i);
		name[4] = 'n';
		row = join(job, "file|x", name, STAGE_CREATED);
		arena_reset(job->arena);
	}
	expect(job, ledger_list_claim(job, row, &l), OK);
	assert_int_equal(l.n, LIST_SHOWN);
	assert_int_equal(l.total, LIST_SHOWN + 6);
	assert_memory_equal(l.tests[0].name, "0001n", 5);
	(void)snprintf(last, sizeof(last), "%04dn", LIST_SHOWN);
	assert_memory_equal(l.tests[LIST_SHOWN - 1].name, last, 5);
	assert_true(strlen(l.tests[0].name) < 1000);
	ledger_list_release(job, &l);
}

/* A change while it is written is not in it: it is old again at once. */
static void
test_meanwhile(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	int64_t row = join(job, "file|x", "one", STAGE_CREATED);
	struct listing l, other;

	expect(job, ledger_list_claim(job, row, &l), OK);
	expect(job, ledger_list_claim(job, row, &other), ERR_BUSY);
	ledger_list_release(job, &other);
	tell(job, "one", STATUS_BROKEN, 50);
	expect(job, ledger_list_note(job, &l, LIST_WRITTEN, "abc"), OK);
	ledger_list_release(job, &l);
	assert_true(is_old(job, "one"));
	write_list(job, row, LIST_WRITTEN);
	assert_false(is_old(job, "one"));
}

/* In turn; one that was tried is next again later, one that is gone never. */
static void
test_next(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	int64_t one = join(job, "file|x", "one", STAGE_CREATED);
	int64_t two = join(job, "file|y", "two", STAGE_CREATED);
	int64_t row;

	expect(job, ledger_unlisted(job, job->now, &row), OK);
	assert_int_equal(row, one);
	write_list(job, one, LIST_TRIED);
	assert_true(is_old(job, "one"));
	expect(job, ledger_unlisted(job, job->now, &row), OK);
	assert_int_equal(row, two);
	write_list(job, two, LIST_GONE);
	assert_false(is_old(job, "two"));
	expect(job, ledger_unlisted(job, job->now, &row), ERR_ABSENT);
	expect(job, ledger_unlisted(job, job->now + 1, &row), OK);
	assert_int_equal(row, one);
	/* A clock that was ahead must not hide it. */
	job->now -= HOUR;
	expect(job, ledger_unlisted(job, job->now, &row), OK);
	tell(job, "two", STATUS_BROKEN, 50);
	write_list(job, one, LIST_WRITTEN);
	expect(job, ledger_unlisted(job, INT64_MAX, &row), ERR_ABSENT);
}

#define ROW(test)							\
	cmocka_unit_test_setup_teardown(test, world_setup_open, world_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ROW(test_none), ROW(test_old), ROW(test_content),
		ROW(test_many), ROW(test_meanwhile), ROW(test_next)
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests_name("sqlite", tests, NULL, NULL));
}
