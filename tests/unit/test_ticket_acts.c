/*
 * What is due to a ticket: in which order it is done, and what a failure of
 * each kind leaves.
 */
#include "tests/unit/fake_tracker.h"

#include "handler/ledger_act.h"
#include "handler/ticket_acts.h"

static const int64_t T = (int64_t)WORLD_NOW * 1000;
static struct attempt a;

static int
setup(void **state)
{

	if (world_setup_open(state) != 0)
		return (-1);
	fake_setup(false);
	attempt_begin(*state, &a, "key", T);
	expect(&a.job, ticket_file(&a.job, &a.mail, &a.event, &a.route, &a.f),
	    OK);
	return (0);
}

static int
teardown(void **state)
{

	attempt_end(&a);
	return (world_teardown(state));
}

static void
add(const char *key, const char *kind, const char *body)
{
	const struct act act = { .key = key, .kind = kind, .body = body };

	expect(&a.job, ledger_act_add(&a.job, &a.f, &act, 1), OK);
}

/* How many acts of the ledger are so. */
static int64_t
count(struct world *w, const char *where)
{
	char sql[256];

	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM act WHERE %s",
	    where);
	return (ask(w->path, sql));
}

static void
test_order(void **state)
{
	struct world *w = *state;

	add("k1", "comment", "first");
	add("k2", "raise", ticket_acts_raise(a.job.arena, T, "Very high"));
	add("k0", "comment", "last");
	expect(&a.job, ticket_acts(&a.job, &a.f), OK);
	assert_string_equal(fake.said, "k1=first;k0=last;");
	assert_int_equal(fake.raises, 1);
	assert_int_equal(fake.due, T);
	assert_string_equal(fake.priority, "Very high");
	assert_int_equal(count(w, "state = 'done' AND tries = 1"), 3);
	expect(&a.job, ticket_acts(&a.job, &a.f), OK);
	assert_int_equal(fake.comments, 2);
	assert_int_equal(fake.raises, 1);
}

static void
test_raise(void **state)
{
	struct world *w = *state;

	add("k1", "raise", ticket_acts_raise(a.job.arena, 0, "high"));
	expect(&a.job, ticket_acts(&a.job, &a.f), OK);
	assert_int_equal(fake.due, 0);
	assert_string_equal(fake.priority, "high");
	add("k2", "raise", ticket_acts_raise(a.job.arena, T, NULL));
	expect(&a.job, ticket_acts(&a.job, &a.f), OK);
	assert_int_equal(fake.due, T);
	assert_string_equal(fake.priority, "(stays)");
	add("k3", "raise", "soon");
	add("k4", "raise", NULL);
	add("k5", "raise", "-5 high");
	add("k6", "raise", "5");
	expect(&a.job, ticket_acts(&a.job, &a.f), OK);
	assert_int_equal(fake.raises, 2);
	assert_int_equal(count(w, "state = 'refused'"), 4);
}

/* Its first line is its title. */
static void
test_section(void **state)
{
	struct world *w = *state;

	add("k1", "section", "Active monitors\n- one\n- two\n");
	expect(&a.job, ticket_acts(&a.job, &a.f), OK);
	assert_int_equal(fake.sections, 1);
	assert_string_equal(fake.title, "Active monitors");
	assert_string_equal(fake.text, "- one\n- two\n");
	add("k2", "section", "no text");
	add("k3", "section", NULL);
	expect(&a.job, ticket_acts(&a.job, &a.f), OK);
	assert_int_equal(fake.sections, 1);
	assert_int_equal(count(w, "state = 'refused'"), 2);
	fake.section = ERR_UPSTREAM;
	add("k4", "section", "Active monitors\n");
	expect(&a.job, ticket_acts(&a.job, &a.f), ERR_UPSTREAM);
	assert_int_equal(count(w, "key = 'k4' AND state = 'due'"), 1);
	fake.section = OK;
	expect(&a.job, ticket_acts(&a.job, &a.f), OK);
	assert_string_equal(fake.text, "");
}

struct row {
	enum err	 comment;
	enum err	 e;		/* of the whole */
	const char	*state;		/* of the comment */
	const char	*after;		/* of the raise after it */
};

static const struct row rows[] = {
	{ OK, OK, "done", "done" },
	{ ERR_REFUSED, OK, "refused", "done" },
	{ ERR_ABSENT, OK, "void", "void" },
	{ ERR_UPSTREAM, ERR_UPSTREAM, "due", "due" },
	{ ERR_UNKNOWN, ERR_UNKNOWN, "due", "due" },
	{ ERR_DEADLINE, ERR_DEADLINE, "due", "due" },
	{ ERR_NOMEM, ERR_NOMEM, "due", "due" }
};

static void
test_failures(void **state)
{
	struct world *w = *state;
	char where[128];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)ask(w->path, "DELETE FROM act");
		add("k1", "comment", "text");
		add("k2", "raise", "0 high");
		fake.comment = rows[i].comment;
		fake.raises = 0;
		expect(&a.job, ticket_acts(&a.job, &a.f), rows[i].e);
		(void)snprintf(where, sizeof(where), "key = 'k1' AND state ="
		    " '%s' AND tries = 1 AND CASE WHEN why IS NULL THEN 1"
		    " ELSE 0 END = %d", rows[i].state, rows[i].comment == OK);
		assert_int_equal(count(w, where), 1);
		(void)snprintf(where, sizeof(where), "key = 'k2' AND state ="
		    " '%s'", rows[i].after);
		assert_int_equal(count(w, where), 1);
		assert_int_equal(fake.raises,
		    strcmp(rows[i].after, "done") == 0);
		/* The same again, and no more of it than is left. */
		fake.comment = OK;
		fake.comments = 0;
		expect(&a.job, ticket_acts(&a.job, &a.f), OK);
		assert_int_equal(fake.comments, rows[i].e == OK ? 0 : 1);
		assert_int_equal(count(w, "state = 'due'"), 0);
	}
}

/* What nobody here can do. */
static void
test_cannot(void **state)
{
	struct world *w = *state;

	add("k1", "juggle", "five");
	add("k2", "comment", NULL);
	fake_kind.comment = NULL;
	fake_kind.raise = NULL;
	add("k3", "comment", "text");
	add("k4", "raise", "0 high");
	expect(&a.job, ticket_acts(&a.job, &a.f), OK);
	assert_int_equal(count(w, "state = 'refused' AND why IS NOT NULL"),
	    4);
	/* A configuration can be repaired. */
	add("k5", "comment", "text");
	fake_kind.comment = fake_comment;
	fake_config.trackers = NULL;
	expect(&a.job, ticket_acts(&a.job, &a.f), ERR_CONFIG);
	assert_non_null(strstr(a.job.why.text, "[tracker harbour]"));
	fake_config.trackers = &fake_tracker;
	a.job.deadline = a.job.started;
	expect(&a.job, ticket_acts(&a.job, &a.f), ERR_DEADLINE);
	a.job.deadline = clock_mono() + WORLD_PATIENCE;
	assert_int_equal(fake.comments, 0);
	expect(&a.job, ticket_acts(&a.job, &a.f), OK);
	assert_int_equal(fake.comments, 1);
	/* A place that we cannot read. */
	add("k6", "comment", "text");
	a.f.remote_key = "https://pad.example.org/9";
	expect(&a.job, ticket_acts(&a.job, &a.f), OK);
	assert_int_equal(count(w, "key = 'k6' AND state = 'void'"), 1);
	/* No ticket yet. */
	add("k7", "comment", "text");
	a.f.stage = STAGE_SENT;
	expect(&a.job, ticket_acts(&a.job, &a.f), OK);
	assert_int_equal(count(w, "key = 'k7' AND tries = 0"), 1);
	assert_int_equal(fake.comments, 1);
}

/* Done, and not noted: it is done again under the same key. */
static void
test_unwritten(void **state)
{
	struct world *w = *state;

	add("k1", "comment", "text");
	add("k2", "raise", "0 high");
	stick(w->path, "UPDATE", "act", NULL);
	expect(&a.job, ticket_acts(&a.job, &a.f), ERR_LEDGER);
	assert_int_equal(fake.raises, 0);
	unstick(w->path);
	expect(&a.job, ticket_acts(&a.job, &a.f), OK);
	assert_string_equal(fake.said, "k1=text;k1=text;");
	assert_int_equal(fake.raises, 1);
}

int
main(void)
{
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_order), WORLD_TEST(test_raise),
		WORLD_TEST(test_failures), WORLD_TEST(test_cannot),
		WORLD_TEST(test_unwritten), WORLD_TEST(test_section)
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
