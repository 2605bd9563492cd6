/*
 * Rare turns on the way to a ticket, with the tracker of test_ticket.c.
 */
#include "tests/unit/fake_tracker.h"

static const int64_t T = (int64_t)WORLD_NOW * 1000;
static const int64_t YEAR = INT64_C(365) * 24 * 3600 * 1000;

static int
setup(void **state)
{

	if (world_setup_open(state) != 0)
		return (-1);
	fake_setup(true);
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
 * Trunk showed a ticket and the process died before that was written: no
 * second one is made.
 */
static void
test_shown_and_died(void **state)
{
	struct world *w = *state;
	struct attempt a;
	int i;

	fake_tracker.link = LINK_REQUIRED;
	fake.read = OK;
	for (i = 0; i < 2; i++) {
		if (i == 0)
			stick(w->path, "INSERT", "ticket",
			    "NEW.stage = 'created'");
		else
			unstick(w->path);
		attempt_begin(w, &a, "key", T + i);
		a.event.test.ticket_url = "https://dock.example.net/HAR-31";
		expect(&a.job, ticket_file(&a.job, &a.mail, &a.event,
		    &a.route, &a.f), i == 0 ? ERR_LEDGER : OK);
		attempt_end(&a);
	}
	assert_int_equal(fake.creates, 0);
}

/* The clock was years ahead when the create was sent, and is right again. */
static void
test_clock_of_the_future(void **state)
{
	struct world *w = *state;
	struct attempt a;
	enum err e = ERR_UNKNOWN;
	int i;

	fake.create = ERR_UNKNOWN;
	expect(&a.job, attempt(w, &fake_tracker, T + 10 * YEAR, &a),
	    ERR_UNKNOWN);
	attempt_end(&a);
	fake.create = OK;
	/* A day of tries. */
	for (i = 1; i <= 96 && e != OK; i++) {
		e = attempt(w, &fake_tracker, T + i * (int64_t)FAKE_SETTLE,
		    &a);
		attempt_end(&a);
	}
	expect(&a.job, e, OK);
	assert_true(i > 2);		/* and not at once */
	assert_int_equal(fake.creates, 2);
}

int
main(void)
{
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_shown_and_died),
		WORLD_TEST(test_clock_of_the_future),
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
