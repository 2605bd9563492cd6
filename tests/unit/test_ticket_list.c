/*
 * The list of tests of a shared ticket: its text, when it is written, and
 * what comes of a failure.
 */
#include "tests/unit/fake_tracker.h"

#include "common/crypt.h"
#include "handler/ledger_list.h"

/* 2023-11-14 22:13:20 UTC, by GNU date. */
static const int64_t T = (int64_t)WORLD_NOW * 1000;
static const char key[] = "file|x";
static struct world *world;

static int
setup(void **state)
{

	if (world_setup_open(state) != 0)
		return (-1);
	world = *state;
	world->job.config = &fake_config;
	fake_setup(false);
	return (0);
}

/* A test as it is told, as part of the ticket; the ticket's row. */
static int64_t
tell(const struct test *test, enum status status, int64_t time)
{
	struct job *job = &world->job;
	struct event event = world_event(test->id, test->id, status, time);
	struct filing f;

	event.test = *test;
	event.test.scope = SCOPE_COLLECTION;
	event.test.identity = test->id;
	expect(job, ledger_claim(job, key, &event.test, &f), OK);
	if (f.stage == STAGE_NONE) {
		struct delivery mail = world_mail("msg_begin");

		f.marker = "m";
		f.tracker = "harbour";
		f.project = "HAR";
		f.rule = "cranes";
		expect(job, ledger_intend(job, &mail, &event, &f), OK);
	}
	f.stage = STAGE_CREATED;
	f.remote_id = "id-1";
	f.remote_key = "HAR-1";
	expect(job, ledger_advance(job, &event.test, &f), OK);
	expect(job, world_finish(job, arena_printf(job->arena, "m-%s-%lld",
	    test->id, (long long)time), &event, 200, true), OK);
	ledger_release(job, &f);
	return (f.row);
}

static const struct test plain = { .id = "1", .name = "lifts",
    .file_path = "src/lift_test.c", .url = "https://app.example.net/t/1" };

/* Each part of a line, and no label for what is not known. */
static void
test_text(void **state)
{
	static const struct test tests[] = {
		{ .id = "1", .name = "b `turns`", .variant = "linux|arm",
		    .file_path = "a.c", .url = "https://e.example.net/a(b)" },
		{ .id = "2", .name = "a *lifts*", .file_path = "a.c",
		    .url = "javascript:alert(1)" },
		{ .id = "3", .name = "c" },
		{ .id = "4", .file_path = "nameless.c" }
	};
	int64_t row = 0;

	(void)state;
	row = tell(&tests[0], STATUS_BROKEN, T);
	(void)tell(&tests[1], STATUS_FLAKY, T - 13 * 3600 * 1000);
	(void)tell(&tests[2], STATUS_UNKNOWN, T);
	(void)tell(&tests[3], STATUS_HEALTHY, T);
	expect(&world->job, ticket_list(&world->job, row), OK);
	assert_string_equal(fake.title, "Tests of this ticket");
	assert_string_equal(fake.text,
	    "- a test without a name in `nameless.c`: healthy since"
	    " 2023-11-14 22:13 UTC\n"
	    "- `a *lifts*` in `a.c`: flaky since 2023-11-14 09:13 UTC\n"
	    "- `` b `turns` `` (`linux|arm`) in `a.c`: broken since"
	    " 2023-11-14 22:13 UTC, [Trunk](<https://e.example.net/a%28b%29>)"
	    "\n"
	    "- `c`\n");
	assert_int_equal(fake.sections, 1);
}

/* Once for each change, and not for one that changes nothing to be read. */
static void
test_when(void **state)
{
	struct test test = plain;
	struct job *job = &world->job;
	int64_t row = tell(&plain, STATUS_FLAKY, T);

	(void)state;
	ticket_list_of(job, &plain);
	assert_int_equal(fake.sections, 0);	/* no such scope and id */
	test.scope = SCOPE_COLLECTION;
	test.identity = "1";
	ticket_list_of(job, &test);
	assert_int_equal(fake.sections, 1);
	ticket_list_of(job, &test);
	expect(job, ticket_list(job, row), OK);
	assert_int_equal(fake.sections, 1);
	(void)tell(&plain, STATUS_BROKEN, T + 1);
	ticket_list_of(job, &test);
	assert_int_equal(fake.sections, 2);
	/* There and back: what would be written stands there. */
	(void)tell(&plain, STATUS_FLAKY, T + 2);
	(void)tell(&plain, STATUS_BROKEN, T + 3);
	(void)ask(world->path, "UPDATE test SET since = since - 2");
	assert_int_equal(ask(world->path, "SELECT changes > written"
	    " FROM ticket"), 1);
	ticket_list_of(job, &test);
	assert_int_equal(fake.sections, 2);
	assert_int_equal(ask(world->path, "SELECT changes = written"
	    " FROM ticket"), 1);
}

static void
another_joins(void)
{
	static const struct test other = { .id = "2", .name = "turns" };

	fake.meanwhile = NULL;
	(void)tell(&other, STATUS_FLAKY, T);
}

/* Who comes while it is written is in it before we leave. */
static void
test_meanwhile(void **state)
{
	int64_t row = tell(&plain, STATUS_FLAKY, T);

	(void)state;
	fake.meanwhile = another_joins;
	expect(&world->job, ticket_list(&world->job, row), OK);
	assert_int_equal(fake.sections, 2);
	assert_non_null(strstr(fake.text, "turns"));
}

/* In somebody's hands it is left to them. */
static void
test_busy(void **state)
{
	int64_t row = tell(&plain, STATUS_FLAKY, T);
	struct listing l;

	(void)state;
	expect(&world->job, ledger_list_claim(&world->job, row, &l), OK);
	expect(&world->job, ticket_list(&world->job, row), ERR_BUSY);
	assert_int_equal(fake.sections, 0);
	ledger_list_release(&world->job, &l);
	expect(&world->job, ticket_list(&world->job, row), OK);
	assert_int_equal(fake.sections, 1);
}

/* What a failure leaves: due for `sync`, or never again. */
static void
test_failures(void **state)
{
	static const struct {
		enum err	 section;
		bool		 due;
	} rows[] = {
		{ ERR_UPSTREAM, true }, { ERR_REFUSED, true },
		{ ERR_UNKNOWN, true }, { ERR_DEADLINE, true },
		{ ERR_ABSENT, false }
	};
	struct job *job = &world->job;
	struct test test = plain;
	int64_t row = tell(&plain, STATUS_FLAKY, T), next;
	size_t i;

	(void)state;
	test.scope = SCOPE_COLLECTION;
	test.identity = "1";
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake.section = rows[i].section;
		expect(job, ticket_list(job, row), rows[i].section);
		job->now += 1000;
		expect(job, ledger_unlisted(job, job->now, &next),
		    rows[i].due ? OK : ERR_ABSENT);
		/* Nothing of it comes out at a delivery. */
		(void)snprintf(job->why.text, sizeof(job->why.text), "mine");
		ticket_list_of(job, &test);
		assert_string_equal(job->why.text, "mine");
		assert_int_equal(fake.sections, 2 * i + (rows[i].due ? 2 :
		    1));
	}
}

/* Nobody to write it at: it waits until there is. */
static void
test_nowhere(void **state)
{
	struct job *job = &world->job;
	int64_t row = tell(&plain, STATUS_FLAKY, T);

	(void)state;
	fake_config.trackers = NULL;
	expect(job, ticket_list(job, row), ERR_REFUSED);
	assert_non_null(strstr(job->why.text, "[tracker harbour]"));
	fake_config.trackers = &fake_tracker;
	fake_kind.section = NULL;
	expect(job, ticket_list(job, row), ERR_REFUSED);
	fake_kind.section = fake_section;
	job->deadline = job->started;
	expect(job, ticket_list(job, row), ERR_DEADLINE);
	assert_int_equal(fake.sections, 0);
	job->deadline = clock_mono() + WORLD_PATIENCE;
	expect(job, ticket_list(job, row), OK);
	assert_int_equal(fake.sections, 1);
	/* The URL of a place that we cannot read stands for a ticket. */
	(void)ask(world->path, "UPDATE ticket SET changes = changes + 1,"
	    " listed = NULL, remote_key = 'https://pad.example.org/9'");
	expect(job, ticket_list(job, row), ERR_ABSENT);
	assert_int_equal(fake.sections, 1);
	assert_int_equal(ask(world->path, "SELECT list_gone FROM ticket"), 1);
}

static size_t
count_lines(const char *text)
{
	size_t n = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		n++;
	return (n);
}

/* So many by name, then how many more; and no text without a bound. */
static void
test_many(void **state)
{
	static char name[3000];
	struct test test = { .id = name, .name = name };
	int64_t row = 0;
	char more[32];
	int i, pass, shown;

	(void)state;
	for (pass = 0; pass < 2; pass++) {
		memset(name, pass == 0 ? '\0' : '`', sizeof(name) - 1);
		for (i = 0; i < LIST_SHOWN / 2 + 4; i++) {
			name[0] = (char)('a' + pass);
			name[1] = (char)('a' + i / 10);
			name[2] = (char)('0' + i % 10);
			row = tell(&test, STATUS_FLAKY, T);
			arena_reset(world->job.arena);
		}
	}
	expect(&world->job, ticket_list(&world->job, row), OK);
	assert_true(strlen(fake.text) < 36000);
	/* A fence, the names, the fence, a blank line, and how many more. */
	shown = (int)count_lines(fake.text) - 4;
	assert_true(shown <= LIST_SHOWN && shown > LIST_SHOWN / 2 + 4);
	(void)snprintf(more, sizeof(more), "\n- and %d more\n",
	    LIST_SHOWN + 8 - shown);
	assert_non_null(strstr(fake.text, more));
}

/* The ledger cannot note it: the list is written once more, not lost. */
static void
test_unwritten(void **state)
{
	struct job *job = &world->job;
	int64_t row = tell(&plain, STATUS_FLAKY, T);

	(void)state;
	stick(world->path, "UPDATE", "ticket", NULL);
	expect(job, ticket_list(job, row), ERR_LEDGER);
	unstick(world->path);
	expect(job, ticket_list(job, row), OK);
	assert_int_equal(fake.sections, 2);
	expect(job, ticket_list(job, row), OK);
	assert_int_equal(fake.sections, 2);
}

int
main(void)
{
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_text), WORLD_TEST(test_when),
		WORLD_TEST(test_meanwhile), WORLD_TEST(test_busy),
		WORLD_TEST(test_failures), WORLD_TEST(test_nowhere),
		WORLD_TEST(test_many), WORLD_TEST(test_unwritten)
	};

	log_setup(LOG_LEVEL_ERROR, false);
	if (crypt_init(NULL) != OK)
		return (1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
