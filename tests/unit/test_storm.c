/*
 * The storm breaker: budgets that no crowd of processes can overdraw, and
 * keys that keep the tests of two owners apart.
 */
#include "tests/unit/ledger_sqlite.h"

#include "handler/config.h"
#include "handler/draft.h"
#include "handler/ledger_storm.h"
#include "handler/ledger_sweep.h"
#include "handler/storm.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define MINUTE		(INT64_C(60) * 1000)
#define HOUR		(60 * MINUTE)

static void
test_share(void **state)
{
	/* A fifth is kept, rounded up, but never all of it. */
	static const int rows[][2] = {
		{ 0, 0 }, { 1, 1 }, { 2, 1 }, { 4, 3 }, { 5, 4 }, { 6, 4 },
		{ 10, 8 }, { 11, 8 }, { 30, 24 }, { 999999, 799999 }
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct budget b = { rows[i][0], HOUR, "" };

		b = storm_share(b);
		assert_int_equal(b.n, rows[i][1]);
		assert_int_equal(b.per, HOUR);
	}
}

/* Of the last one that was asked for. */
static struct token_answer answer;

/* Take a token; whether it was granted. */
static bool
take(struct job *job, const char *rule, const char *key, int most, int total)
{
	const struct token t = { .rule = rule, .key = key,
	    .most = { most, HOUR, "" }, .total = { total, HOUR, "" } };

	expect(job, ledger_token_take(job, &t, &answer), OK);
	return (answer.granted);
}

static void
test_tokens(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;

	assert_true(take(job, "r", "1", 2, 0));
	job->now += MINUTE;
	assert_true(take(job, "r", "2", 2, 0));
	assert_false(take(job, "r", "3", 2, 0));
	/* Whoever has one keeps it, however often it is asked. */
	assert_true(take(job, "r", "1", 2, 0));
	assert_true(take(job, "other", "4", 2, 0));
	/* Any hour, not a clock's: the first of them is free again. */
	job->now += HOUR - MINUTE;
	assert_true(take(job, "r", "3", 2, 0));
	assert_false(take(job, "r", "5", 2, 0));
	expect(job, ledger_token_give(job, "3"), OK);
	assert_true(take(job, "r", "5", 2, 0));
}

static void
test_total(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;

	assert_true(take(job, "a", "1", 0, 3));
	assert_true(take(job, "b", "2", 9, 3));
	assert_true(take(job, "c", "3", 0, 3));
	assert_false(take(job, "a", "4", 0, 3));
	assert_false(take(job, "b", "5", 9, 3));
	/* A rule's own budget may be the smaller one. */
	assert_false(take(job, "d", "6", 0, 3));
	job->now += HOUR;
	assert_true(take(job, "d", "6", 1, 3));
	assert_false(take(job, "d", "7", 1, 3));
}

/* A storm begins once, and goes on as long as there is no quiet hour. */
static void
test_begin(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct storm_state s;
	int64_t began;

	expect(job, ledger_storm_state(job, &s), OK);
	assert_int_equal(s.since, 0);
	assert_true(take(job, "r", "1", 1, 0));
	job->now += MINUTE;
	assert_false(take(job, "r", "2", 1, 0));
	assert_true(answer.began);
	began = job->now;
	job->now += MINUTE;
	assert_false(take(job, "r", "3", 1, 0));
	assert_false(answer.began);
	assert_int_equal(answer.since, began);
	expect(job, ledger_storm_state(job, &s), OK);
	assert_int_equal(s.since, began);
	assert_string_equal(s.rule, "r");
	/* A request that began earlier and came later is of the same one. */
	job->now = began - 5;
	assert_false(take(job, "r", "early", 1, 0));
	assert_false(answer.began);
	assert_int_equal(answer.since, began);
	job->now = began + MINUTE + HOUR + 1;
	expect(job, ledger_storm_state(job, &s), OK);
	assert_int_equal(s.since, 0);
	assert_true(take(job, "r", "2", 1, 0));
	assert_false(take(job, "r", "4", 1, 0));
	assert_true(answer.began);
}

/* A clock that was ahead neither eats the budget nor gives more of it. */
static void
test_wrong_clock(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;

	job->now += 1000 * HOUR;
	assert_true(take(job, "r", "1", 1, 0));
	assert_false(take(job, "r", "2", 1, 0));
	job->now -= 1000 * HOUR;
	assert_true(take(job, "r", "3", 1, 0));
	assert_false(take(job, "r", "4", 1, 0));
	assert_true(answer.began);
}

/* Processes that all want the last tokens get just as many as there are. */
static void
test_crowd(void **state)
{
	enum { CHILDREN = 6, EACH = 40, MOST = 17 };
	struct world *w = *state;
	pid_t pid[CHILDREN];
	struct why why;
	struct job job;
	char key[32];
	int i, j;

	world_close(w);
	for (i = 0; i < CHILDREN; i++)
		if ((pid[i] = fork()) == 0) {
			if (world_open(w, &why) != OK)
				_exit(1);
			world_job(w, &job);
			for (j = 0; j < EACH; j++) {
				(void)snprintf(key, sizeof(key), "%d-%d", i,
				    j);
				(void)take(&job, "r", key, MOST, 0);
			}
			world_close(w);
			arena_free(job.arena);
			_exit(0);
		}
	for (i = 0; i < CHILDREN; i++)
		reap(pid[i]);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM token"), MOST);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM storm"), 1);
	assert_int_equal(world_open(w, &why), OK);
}

/* A token costs nothing in the end: it goes with the deliveries. */
static void
test_prune(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	int64_t n;

	assert_true(take(job, "r", "1", 5, 0));
	job->now += HOUR;
	assert_true(take(job, "r", "2", 5, 0));
	expect(job, ledger_prune(job, job->now, &n), OK);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM token"), 1);
}

struct cause {
	const char	*rule;
	const char	*owner;		/* of the route */
	const char	*owners[2];	/* of the test */
	const char	*repository;
	const char	*monitor;
	int64_t		 at;		/* ms behind WORLD_NOW */
};

static void
take_cause(struct event *event, const struct cause *c)
{

	event->test.repository.name = c->repository;
	event->monitor_id = c->monitor;
	event->test.owners = (const char **)(uintptr_t)c->owners;
	while (event->test.nowners < 2 &&
	    c->owners[event->test.nowners] != NULL)
		event->test.nowners++;
}

static const char *
key_of(struct job *job, const struct cause *c)
{
	const struct rule rule = { .name = c->rule };
	const struct route route = { .rule = &rule, .owner = c->owner };
	struct event event = world_event("t", "t", STATUS_FLAKY, 5);
	const char *key;

	take_cause(&event, c);
	job->now = (int64_t)WORLD_NOW * 1000 + c->at;
	key = storm_key(job, &event, &route, HOUR);
	assert_non_null(key);
	assert_true(storm_is_umbrella(key));
	return (key);
}

static void
test_keys(void **state)
{
	/* 1700000000 s is 13 min 20 s past a full hour. */
	static const struct cause base = { "r", NULL, { "@a/b" }, "crane",
	    "m", 0 };
	static const struct {
		struct cause	 other;
		bool		 same;
	} rows[] = {
		{ { "r", NULL, { "@a/b" }, "crane", "m", 46 * MINUTE }, true },
		{ { "r", NULL, { "@a/b" }, "crane", "m", 47 * MINUTE },
		    false },
		{ { "r", NULL, { "@A/B" }, "crane", "m", 0 }, true },
		{ { "r", NULL, { "a/b" }, "crane", "m", 0 }, true },
		{ { "r", "@a/b", { "@x" }, "crane", "m", 0 }, true },
		{ { "r", "@c", { "@a/b" }, "crane", "m", 0 }, false },
		{ { "r", NULL, { "@a/b", "@c" }, "crane", "m", 0 }, false },
		{ { "r", NULL, { "@a/b,@c" }, "crane", "m", 0 }, false },
		{ { "r", NULL, { NULL }, "crane", "m", 0 }, false },
		{ { "r", NULL, { "@a/c" }, "crane", "m", 0 }, false },
		{ { "s", NULL, { "@a/b" }, "crane", "m", 0 }, false },
		{ { "r", NULL, { "@a/b" }, "crane|m", NULL, 0 }, false },
		{ { "r", NULL, { "@a/b" }, "derrick", "m", 0 }, false },
		{ { "r", NULL, { "@a/b" }, "crane", "n", 0 }, false },
		{ { "r", NULL, { "@a/b" }, "crane", NULL, 0 }, false },
		{ { "r|", NULL, { "@a/b" }, "crane", "m", 0 }, false },
		/* what a part is told from the next by is escaped in it */
		{ { "r", NULL, { "@a\\/b" }, "crane", "m", 0 }, false },
		{ { "r", NULL, { "@a|/b" }, "crane", "m", 0 }, false },
		{ { "r", NULL, { "@a/b" }, "crane\\", "m", 0 }, false }
	};
	static const struct cause letters[] = {
		{ "r", NULL, { "@AZ" }, "crane", "m", 0 },
		{ "r", NULL, { "@az" }, "crane", "m", 0 }
	};
	struct world *w = *state;
	const char *key = key_of(&w->job, &base);
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		if ((strcmp(key, key_of(&w->job, &rows[i].other)) == 0) !=
		    rows[i].same) {
			print_error("row %zu: %s, %s\n", i, key,
			    key_of(&w->job, &rows[i].other));
			_fail(__FILE__, __LINE__);
		}
	assert_string_equal(key_of(&w->job, &letters[0]),
	    key_of(&w->job, &letters[1]));
	assert_false(storm_is_umbrella("test|storm|"));
	/* Two owners are not one whose name holds a comma. */
	assert_string_not_equal(key_of(&w->job, &rows[6].other),
	    key_of(&w->job, &rows[7].other));
}

/* One that was folded stays so until Trunk shows it linked. */
static void
test_folded(void **state)
{
	static const struct {
		const char	*key;
		enum link_stage	 link;
		enum storm	 did;
	} rows[] = {
		{ "storm|r|", LINK_NONE, STORM_FOLD },
		{ "storm|r|", LINK_REFUSED, STORM_FOLD },
		{ "storm|r|", LINK_DONE, STORM_NONE },
		{ "storm|r|", LINK_SKIPPED, STORM_NONE },
		{ "test|r|", LINK_REFUSED, STORM_NONE }
	};
	static const struct config config = { .total_budget = { 1, HOUR,
	    "1/h" } };
	const struct rule rule = { .name = "r" };
	const struct route route = { .rule = &rule };
	const struct event event = world_event("t", "t", STATUS_FLAKY, 5);
	struct world *w = *state;
	struct filing f;
	enum storm did;
	size_t i;

	w->job.config = &config;
	for (i = 0; i < COUNT(rows); i++) {
		f = (struct filing){ .stage = STAGE_CREATED,
		    .key = rows[i].key, .link = rows[i].link };
		assert_int_equal(storm_break(&w->job, &event, &route, &f,
		    &did), OK);
		assert_int_equal(did, rows[i].did);
	}
}

/* The one ticket of many tests; a name in it is no word of its Markdown. */
static void
test_draft(void **state)
{
	static const struct {
		struct cause	 of;
		const char	*title;
		const char	*owner;		/* line of the text */
	} rows[] = {
		{ { "r", "@a/b", { "@x" }, "crane", "m", 0 },
		    "[Flaky Tests] Many tests of @a/b in harbour/crane at "
		    "once", "- Owner: \\@a/b" },
		{ { "r", NULL, { "@x" }, "crane", "m", 0 },
		    "[Flaky Tests] Many tests of @x in harbour/crane at "
		    "once", "- Owner: \\@x" },
		{ { "r", NULL, { NULL }, "crane", "m", 0 },
		    "[Flaky Tests] Many tests of no code owner in "
		    "harbour/crane at once", "- Owner: no code owner" },
		{ { "r", NULL, { NULL }, NULL, "m", 0 },
		    "[Flaky Tests] Many tests of no code owner at once",
		    "- Owner: no code owner" }
	};
	static const struct config config = { .total_budget = { 30, HOUR,
	    "30/h" } };
	struct world *w = *state;
	struct draft draft;
	size_t i;

	w->job.config = &config;
	for (i = 0; i < COUNT(rows); i++) {
		const struct rule rule = { .name = rows[i].of.rule };
		const struct route route = { .rule = &rule,
		    .owner = rows[i].of.owner };
		struct event event = world_event("t", "t", STATUS_FLAKY, 5);

		take_cause(&event, &rows[i].of);
		if (rows[i].of.repository == NULL)
			event.test.repository = (struct repository){
			    .name = NULL };
		expect(&w->job, storm_draft(&w->job, &event, &route, &draft),
		    OK);
		assert_string_equal(draft.title, rows[i].title);
		assert_non_null(strstr(draft.body, rows[i].owner));
		assert_non_null(strstr(draft.body, "the budget of 30/h "));
	}
}

int
main(void)
{
#define TEST(f)	cmocka_unit_test_setup_teardown(f, world_setup_open, \
	    world_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_share),
		TEST(test_tokens),
		TEST(test_total),
		TEST(test_begin),
		TEST(test_wrong_clock),
		TEST(test_crowd),
		TEST(test_prune),
		TEST(test_keys),
		TEST(test_folded), TEST(test_draft)
	};
#undef TEST

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
