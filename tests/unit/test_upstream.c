/*
 * Whoever is near a tracker's limit waits a little before a create, and
 * nobody else does.
 */
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
#include "common/clock.h"
#include "common/http.h"
#include "handler/upstream.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define URL		"https://jira.example"

enum {
	ROUNDS = 8,
	PATIENCE = 60 * 1000,	/* ms of a job that has time */
	NOTHING = 100,		/* ms that ROUNDS calls take at most */
	SOMETHING = 300		/* and at least: by chance it is less once
				   in three million */
};

static struct job job;

/* How long so many creates wait after an answer with those headers. */
static int64_t
waits(const char *headers, const char *url, int64_t left)
{
	const struct http_answer answer = { .status = 200,
	    .headers = headers };
	int64_t began;
	int i;

	upstream_heed(&job, URL, &answer);
	began = clock_mono();
	job.deadline = began + left;
	for (i = 0; i < ROUNDS; i++)
		upstream_pace(&job, url);
	return (clock_mono() - began);
}

static void
test_pace(void **state)
{
	static const struct {
		const char	*headers;
		bool		 near;
	} rows[] = {
		{ "", false },
		{ "X-RateLimit-NearLimit: false\r\n", false },
		{ "X-RateLimit-NearLimit: true\r\n", true },
		{ "X-RateLimit-Requests-Limit: 2500\r\n"
		    "X-RateLimit-Requests-Remaining: 500\r\n", false },
		{ "X-RateLimit-Requests-Limit: 2500\r\n"
		    "X-RateLimit-Requests-Remaining: 499\r\n", true },
		{ "X-RateLimit-Requests-Remaining: 0\r\n", false },
		{ "Content-Type: text/html\r\n", false }
	};
	int64_t took;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		took = waits(rows[i].headers, URL, PATIENCE);
		if (rows[i].near ? took < SOMETHING : took > NOTHING)
			fail_msg("row %zu: %d ms", i, (int)took);
	}
}

static void
test_others(void **state)
{

	(void)state;
	assert_true(waits("X-RateLimit-NearLimit: true\r\n",
	    "https://linear.example", PATIENCE) < NOTHING);
	assert_true(waits("X-RateLimit-NearLimit: true\r\n", NULL,
	    PATIENCE) < NOTHING);
	/* With hardly any time left there is none for that. */
	assert_true(waits("X-RateLimit-NearLimit: true\r\n", URL, 2000) <
	    NOTHING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_others)
	};
	int failed;

	job.arena = arena_new(1 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(job.arena);
	return (failed);
}
