/*
 * Rare turns on the way to a ticket, with the tracker of test_ticket.c.
 */
#include "tests/unit/fake_tracker.h"

#include "handler/limits.h"

static const int64_t T = (int64_t)WORLD_NOW * 1000;

/* Another tracker, of another kind. */
static struct tracker_kind plain_kind;
static struct tracker plain;

static int
setup(void **state)
{

	if (world_setup_open(state) != 0)
		return (-1);
	fake_setup(true);
	plain_kind = fake_kind;
	plain_kind.careful = false;
	plain = fake_tracker;
	plain.name = "plain";
	plain.kind = &plain_kind;
	fake_tracker.next = &plain;
	return (0);
}

static enum err
attempt(struct world *w, const struct tracker *where, int64_t now,
    struct attempt *a)
{

	attempt_begin(w, a, "key", now);
	a->route.tracker = where;
	return (ticket_file(&a->job, &a->mail, &a->event, &a->route, &a->f));
}

/*
 * The ticket was found at the tracker and the process died before that was
 * written: it is still there, and no second one is made.
 */
static void
test_found_and_died(void **state)
{
	struct world *w = *state;
	struct attempt a;

	stick(w->path, "INSERT", "ticket", "NEW.stage = 'created'");
	fake.find = OK;
	expect(&a.job, attempt(w, &fake_tracker, T, &a), ERR_LEDGER);
	attempt_end(&a);
	unstick(w->path);
	expect(&a.job, attempt(w, &fake_tracker, T + 5000, &a), OK);
	attempt_end(&a);
	assert_int_equal(fake.creates, 0);
}

/*
 * Refused at a careful tracker, sent without an answer to another one, and
 * the rule leads back: it is looked for at the other one first.
 */
static void
test_there_and_back(void **state)
{
	struct world *w = *state;
	struct attempt a;

	fake.create = ERR_REFUSED;
	expect(&a.job, attempt(w, &fake_tracker, T, &a), ERR_REFUSED);
	attempt_end(&a);
	fake.create = ERR_UNKNOWN;
	expect(&a.job, attempt(w, &plain, T + 1000, &a), ERR_UNKNOWN);
	attempt_end(&a);
	assert_int_equal(fake.creates, 2);
	fake.create = fake.find = OK;
	expect(&a.job, attempt(w, &fake_tracker, T + 2000, &a), OK);
	assert_string_equal(a.f.tracker, "plain");
	attempt_end(&a);
	assert_int_equal(fake.creates, 2);
}

/*
 * A link that cannot be had must not cost the endpoint: after a day it is
 * no error, whatever the reason is.
 */
static void
test_link_without_tracker(void **state)
{
	struct world *w = *state;
	struct attempt a;

	expect(&a.job, attempt(w, &fake_tracker, T, &a), OK);
	attempt_end(&a);
	fake_config.trackers = &plain;
	attempt_begin(w, &a, "key", T + 1000);
	expect(&a.job, ticket_link(&a.job, &a.event, &a.f),
	    ERR_LINK_REFUSED);
	attempt_end(&a);
	attempt_begin(w, &a, "key", T + 1000 + LIMIT_LINK);
	expect(&a.job, ticket_link(&a.job, &a.event, &a.f), OK);
	assert_int_not_equal(a.f.link, LINK_DONE);
	attempt_end(&a);
}

/* What chose it is pinned when it is made, and not before. */
static void
test_choice(void **state)
{
	static struct rule later = { .name = "later", .line = 70 };
	static struct owner cranes = { .name = "@harbour/cranes",
	    .line = 40 };
	struct world *w = *state;
	struct attempt a;
	int i;

	fake.create = ERR_REFUSED;
	expect(&a.job, attempt(w, &fake_tracker, T, &a), ERR_REFUSED);
	assert_string_equal(a.f.rule, "cranes");
	attempt_end(&a);
	assert_int_equal(on_disk(w, "key").rule_line, 7);
	fake.create = OK;
	/* Repaired, made, and the rules change once more. */
	for (i = 0; i < 2; i++) {
		attempt_begin(w, &a, "key", T + i);
		a.route.rule = i == 0 ? &later : &fake_rule;
		a.route.owner_section = i == 0 ? &cranes : NULL;
		expect(&a.job, ticket_file(&a.job, &a.mail, &a.event,
		    &a.route, &a.f), OK);
		attempt_end(&a);
		attempt_begin(w, &a, "key", T);
		assert_string_equal(a.f.rule, "later");
		assert_int_equal(a.f.rule_line, 70);
		assert_string_equal(a.f.owner, "@harbour/cranes");
		assert_int_equal(a.f.owner_line, 40);
		attempt_end(&a);
	}
	assert_int_equal(fake.creates, 2);
}

int
main(void)
{
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_found_and_died),
		WORLD_TEST(test_there_and_back),
		WORLD_TEST(test_link_without_tracker),
		WORLD_TEST(test_choice),
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
