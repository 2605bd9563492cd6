#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before cmocka, which has a macro fail(). */
#include "handler/job.h"

#include <cmocka.h>

#include "common/clock.h"

static void
test_fail(void **state)
{
	struct job j = { .started = 0 };

	(void)state;
	assert_int_equal((fail)(&j, ERR_REFUSED, "%s said %d", "it", 403),
	    ERR_REFUSED);
	assert_string_equal(j.why.text, "it said 403");
	j.deadline = clock_mono() + 60000;
	assert_int_equal(job_time(&j, "the call"), OK);
	assert_string_equal(j.why.text, "it said 403");
	j.deadline = clock_mono();
	assert_int_equal(job_time(&j, "the call"), ERR_DEADLINE);
	assert_non_null(strstr(j.why.text, "before the call"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fail),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
