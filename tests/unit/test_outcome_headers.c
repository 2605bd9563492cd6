#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Before cmocka, which has a macro fail(). */
#include "handler/job.h"

#include <cmocka.h>

#include "common/arena.h"
#include "handler/outcome.h"

enum {
	ROOM = 8192,		/* bytes: enough for any answer here */
	GRAIN = 16		/* bytes, of a cap */
};

static const struct delivery mail = { .id = "msg_2Zp", .signed_at = 1 };

/*
 * However little memory there is: a 503 says when to come again, and a 400
 * to a signed delivery that it is not wanted again.  The status.
 */
static int
squeeze(enum err e, size_t cap, size_t len)
{
	const struct story s = { .mail = &mail };
	struct job job = { .retry_after = 5 };
	struct outcome out;
	const char *wanted;

	memset(job.why.text, 'w', len);
	assert_non_null(job.arena = arena_new(cap));
	out = outcome_of(&job, e, &s);
	wanted = out.status == 503 ? "Retry-After: 5" :
	    "webhook-delivery: abort-message";
	if (out.header[0] == NULL)
		fail_msg("%zu bytes: %d %s without %s", cap, out.status,
		    out.name, wanted);
	assert_string_equal(out.header[0], wanted);
	arena_free(job.arena);
	return (out.status);
}

static void
test_headers(void **state)
{
	size_t cap, len;
	int seen = 0;

	(void)state;
	for (len = 0; len < WHY_MAX; len += GRAIN / 2)
		for (cap = 0; cap < ROOM; cap += GRAIN) {
			assert_int_equal(squeeze(ERR_UNKNOWN, cap, len), 503);
			seen |= squeeze(ERR_MALFORMED, cap, len) == 400 ?
			    1 : 2;
		}
	assert_int_equal(seen, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
