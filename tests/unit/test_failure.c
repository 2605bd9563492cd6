#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Before cmocka, which has a macro fail(). */
#include "handler/job.h"

#include <cmocka.h>

#include "common/arena.h"
#include "common/json.h"
#include "handler/event.h"
#include "handler/failure.h"
#include "tests/unit/event_bodies.h"

static struct arena	*arena;
static struct job	 job;

static int
setup(void **state)
{

	(void)state;
	arena = arena_new(1 << 20);
	memset(&job, 0, sizeof(job));
	job.arena = arena;
	return (arena == NULL);
}

static int
teardown(void **state)
{

	(void)state;
	arena_free(arena);
	return (0);
}

/* What of a list is kept, as "summary/count/last " each. */
static const char *
read_list(const char *text)
{
	struct test test = { .id = "t" };
	const struct json *tree = NULL;
	struct buf b;
	size_t i;

	assert_int_equal(json_parse(arena, text, strlen(text), &tree, NULL),
	    OK);
	assert_int_equal(failure_read(&job, tree, &test), OK);
	assert_int_equal(test.nfailures > 0, test.failures != NULL);
	buf_init(&b, arena, 1 << 16);
	for (i = 0; i < test.nfailures; i++)
		buf_printf(&b, "%s/%lld/%lld ", test.failures[i].summary,
		    (long long)test.failures[i].count,
		    (long long)test.failures[i].last);
	return (buf_text(&b));
}

/* The shape: https://docs.trunk.io/api/v1 (OpenAPI, get-test-details). */
#define ONE(s, n)	"{\"summary\":\"" s "\",\"occurrence_count\":" #n "}"
#define AT(s, n, t)	"{\"summary\":\"" s "\",\"occurrence_count\":" #n \
	",\"last_occurrence\":\"" t "\"}"

static void
test_list(void **state)
{
	static const char *const rows[][2] = {
		{ "[]", "" }, { "null", "" }, { "{}", "" }, { "\"x\"", "" },
		{ "7", "" }, { "[null,7,\"x\",[],{}]", "" },
		{ "[" ONE("", 3) "]", "" }, { "[" ONE(" \\n\\t", 3) "]", "" },
		{ "[" ONE("a", 3) "]", "a/3/0 " },
		{ "[" ONE("a", 1) "," ONE("b", 3) "," ONE("c", 2) "]",
		    "b/3/0 c/2/0 a/1/0 " },
		{ "[" ONE("a", 1) "," ONE("b", 1) "]", "a/1/0 b/1/0 " },
		{ "[" ONE("a", 1) "," AT("b", 1, "2026-11-04T15:58:11Z") "]",
		    "b/1/1793807891000 a/1/0 " },
		{ "[" AT("a", 1, "yesterday") "]", "a/1/0 " },
		{ "[{\"summary\":\"a\"},{\"summary\":7}]", "a/0/0 " },
		{ "[{\"summary\":\"a\",\"occurrence_count\":\"9\"}]",
		    "a/0/0 " },
		{ "[" ONE("a", 1) "," ONE("b", 2) "," ONE("c", 3) ","
		    ONE("d", 4) "," ONE("e", 5) "," ONE("f", 6) ","
		    ONE("g", 7) "]",
		    "g/7/0 f/6/0 e/5/0 d/4/0 c/3/0 " },
		{ "[" ONE("a", 7) "," ONE("b", 6) "," ONE("c", 5) ","
		    ONE("d", 4) "," ONE("e", 3) "," ONE("f", 2) ","
		    ONE("g", 9) "]",
		    "g/9/0 a/7/0 b/6/0 c/5/0 d/4/0 " },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		arena_reset(arena);
		assert_string_equal(read_list(rows[i][0]), rows[i][1]);
	}
}

static void
test_nothing(void **state)
{
	struct test test = { .id = "t" };

	(void)state;
	assert_int_equal(failure_read(&job, NULL, &test), OK);
	assert_null(test.failures);
}

/* A webhook of version 1 may bring them; version 2 does not. */
static void
test_webhook(void **state)
{
	static const char list[] = ",\"most_common_failures\":["
	    ONE("rounds down", 2) "," ONE("rounds off", 4) "]";
	static const char *const bodies[] = {
		V1(",\"most_common_failures\":[" ONE("rounds down", 2) ","
		    ONE("rounds off", 4) "]"),
		V1(""), V1(",\"most_common_failures\":[]"),
		V1(",\"most_common_failures\":null"),
		V1(",\"most_common_failures\":{\"a\":1}"),
	};
	struct delivery mail = { .id = "m" };
	struct event event;
	size_t i;

	(void)state;
	assert_non_null(strstr(bodies[0], list));
	for (i = 0; i < COUNT(bodies); i++) {
		mail.body = bodies[i];
		mail.len = strlen(bodies[i]);
		assert_int_equal(event_read(&job, &mail, &event), OK);
		assert_int_equal(event.test.nfailures, i == 0 ? 2 : 0);
	}
	mail.body = bodies[0];
	mail.len = strlen(bodies[0]);
	assert_int_equal(event_read(&job, &mail, &event), OK);
	assert_string_equal(event.test.failures[0].summary, "rounds off");
	assert_string_equal(event.test.failures[1].summary, "rounds down");
}

static void
test_memory(void **state)
{
	static const char text[] = "[" ONE("a", 1) "]";
	struct test test = { .id = "t" };
	const struct json *tree = NULL;
	struct arena *none = arena_new(0);

	(void)state;
	assert_int_equal(json_parse(arena, text, strlen(text), &tree, NULL),
	    OK);
	job.arena = none;
	assert_int_equal(failure_read(&job, tree, &test), ERR_NOMEM);
	assert_null(test.failures);
	assert_true(job.why.text[0] != '\0');
	arena_free(none);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_list, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_webhook, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_memory, setup,
		    teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
