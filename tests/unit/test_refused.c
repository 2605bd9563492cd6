/*
 * Who asks a tracker that refuses our credentials, and who is told without.
 */
#include "tests/unit/job_setup.h"

#include "handler/config.h"
#include "handler/limits.h"
#include "handler/refused.h"

enum {
	BEGAN = 5000000		/* monotonic ms */
};

static struct config config;
static struct tracker harbour = { .name = "harbour",
    .url = "https://harbour.example" };
static struct tracker quay = { .name = "quay",
    .url = "https://harbour.example" };

/* Each test has a configuration of its own, so nothing is remembered. */
static void
at(int64_t ms)
{

	memset(&job, 0, sizeof(job));
	job.arena = arena;
	job.config = &config;
	job.started = BEGAN + ms;
}

static void
refuse(const char *why)
{

	(void)err_set(&job.why, ERR_REFUSED, "%s", why);
	refused_after(&job, &harbour, true);
}

static void
test_asked_once(void **state)
{

	(void)state;
	config.loaded++;
	at(0);
	assert_int_equal(refused_before(&job, &harbour), OK);
	assert_false(job.denied);
	refuse("the token is not accepted");
	assert_true(job.denied);
	at(1);
	assert_int_equal(refused_before(&job, &harbour), ERR_REFUSED);
	assert_true(job.denied);
	assert_int_equal(refused_before(&job, &quay), OK);
	assert_false(job.denied);
	assert_string_equal(job.why.text, "the token is not accepted (asked "
	    "again in 30 s, or at once after a reload)");
	at(LIMIT_PROBE - 1);
	assert_int_equal(refused_before(&job, &harbour), ERR_REFUSED);
	assert_string_equal(job.why.text, "the token is not accepted (asked "
	    "again in 1 s, or at once after a reload)");
}

/* Of many deliveries one asks, the others are told meanwhile. */
static void
test_one_probe(void **state)
{
	int i, asked = 0;

	(void)state;
	config.loaded++;
	at(0);
	refuse("no");
	for (i = 0; i < 10 * LIMIT_PROBE; i += 100) {
		at(i);
		if (refused_before(&job, &harbour) == OK) {
			asked++;
			refuse("still no");
		}
	}
	assert_int_equal(asked, 9);
	at(10 * LIMIT_PROBE);
	assert_int_equal(refused_before(&job, &harbour), OK);
	assert_int_equal(refused_before(&job, &harbour), ERR_REFUSED);
	assert_non_null(strstr(job.why.text, "still no (asked again in 30 s"));
}

static void
test_accepted_again(void **state)
{

	(void)state;
	config.loaded++;
	at(0);
	refuse("no");
	at(LIMIT_PROBE);
	assert_int_equal(refused_before(&job, &harbour), OK);
	refused_after(&job, &harbour, false);
	assert_int_equal(refused_before(&job, &harbour), OK);
	assert_int_equal(refused_before(&job, &harbour), OK);
}

static void
test_another_configuration(void **state)
{

	(void)state;
	config.loaded++;
	at(0);
	refuse("no");
	assert_int_equal(refused_before(&job, &harbour), ERR_REFUSED);
	config.loaded++;
	at(1);
	assert_int_equal(refused_before(&job, &harbour), OK);
}

static void
test_others_ask(void **state)
{

	(void)state;
	config.loaded++;
	at(0);
	refuse("no");
	at(1);
	assert_int_equal(refused_before(&job, &quay), OK);
	refused_after(&job, &quay, false);
	assert_int_equal(refused_before(&job, &harbour), ERR_REFUSED);
	at(1);
	job.insists = true;
	assert_int_equal(refused_before(&job, &harbour), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asked_once),
		cmocka_unit_test(test_one_probe),
		cmocka_unit_test(test_accepted_again),
		cmocka_unit_test(test_another_configuration),
		cmocka_unit_test(test_others_ask),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
