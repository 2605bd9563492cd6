/*
 * The pure parts of `explain`; its whole is tested by tests/run/explain.js.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before cmocka, which has a macro fail(). */
#include "handler/job.h"

#include <cmocka.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "handler/explain.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static struct job job;

static const struct json *
parse(const char *text)
{
	const struct json *tree;

	if (json_parse(job.arena, text, strlen(text), &tree, &job.why) != OK)
		fail_msg("%s: %s", text, job.why.text);
	return (tree);
}

static const char *
pretty(const struct json *tree)
{
	struct buf b;

	buf_init(&b, job.arena, 1 << 16);
	explain_pretty(&b, tree);
	assert_non_null(buf_text(&b));
	return (buf_text(&b));
}

static const char *
compact(const struct json *tree)
{
	struct json_writer w;
	struct buf b;

	buf_init(&b, job.arena, 1 << 16);
	json_open(&w, &b);
	json_put_tree(&w, NULL, tree);
	assert_non_null(buf_text(&b));
	return (buf_text(&b));
}

static void
test_pretty(void **state)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "{}", "{}" }, { "[]", "[]" }, { "null", "null" },
		{ "true", "true" }, { "-0.50e+3", "-0.50e+3" },
		{ "\"a\"", "\"a\"" },
		{ "[1,[],{}]", "[\n  1,\n  [],\n  {}\n]" },
		{ "{\"a\":{\"b\":[false]},\"c\":\"d\"}",
		    "{\n  \"a\": {\n    \"b\": [\n      false\n    ]\n  },\n"
		    "  \"c\": \"d\"\n}" },
		{ "\"q\\\" b\\\\ n\\n t\\t r\\r e\\u001b d\\u007f\"",
		    "\"q\\\" b\\\\ n\\n t\\t r\\u000d e\\u001b d\\u007f\"" },
		{ "\"\\u009b\\u202e\\u2066\\ufeff\"",
		    "\"\\u009b\\u202e\\u2066\\ufeff\"" },
		{ "\"\xc3\xa4 \xf0\x9f\xa6\x80 \\/\"",
		    "\"\xc3\xa4 \xf0\x9f\xa6\x80 /\"" },
		{ "{\"k\\u001b\\\"\":1}", "{\n  \"k\\u001b\\\"\": 1\n}" }
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const char *text = pretty(parse(rows[i].text));

		assert_string_equal(text, rows[i].want);
		/* It is the same JSON still. */
		assert_string_equal(compact(parse(text)),
		    compact(parse(rows[i].text)));
	}
}

static void
test_section(void **state)
{
	static const struct { struct setting s; const char *want; } rows[] = {
		{ { "x", "built-in", "", 0 }, "built in" },
		{ { "x", "rule", "a b", 3 }, "[rule a b]" },
		{ { "x", "owner", "@acme/web", 9 }, "[owner @acme/web]" },
		{ { "x", "defaults", "", 4 }, "[defaults]" },
		{ { "x", "defaults", NULL, 4 }, "[defaults]" }
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		assert_string_equal(explain_section(&job, &rows[i].s),
		    rows[i].want);
}

static void
test_words(void **state)
{
	static const struct verdict no = { .reached = true };
	static const struct verdict yes = { .reached = true,
	    .matched = true };
	static const struct verdict never = { .reached = false };
	char type[] = "v2.test_case.status_changed";
	char plain[] = "test_case.status_changed";
	struct event event = { .type = type, .name = type + 3 };

	(void)state;
	assert_string_equal(explain_word(&no), "no");
	assert_string_equal(explain_word(&yes), "matched");
	assert_string_equal(explain_word(&never), "not reached");
	assert_int_equal(explain_version(&event), 2);
	event.type = event.name = plain;
	assert_int_equal(explain_version(&event), 1);
	event.type = event.name = NULL;
	assert_int_equal(explain_version(&event), 1);
	assert_string_equal(explain_family(&event), "unknown");
	event.family = FAMILY_STATUS;
	assert_string_equal(explain_family(&event), "status");
	event.family = FAMILY_KNOWN;
	assert_string_equal(explain_family(&event), "other");
	event.family = FAMILY_QUEUE;
	assert_string_equal(explain_family(&event), "queue");
	assert_string_equal(explain_about(&event),
	    "the merge queue went on");
}

static void
test_day(void **state)
{
	(void)state;
	assert_null(explain_day(&job, 0));
	/* date -u -d @1794873600 */
	assert_string_equal(explain_day(&job, INT64_C(1794873600000)),
	    "2026-11-17");
}

static int
setup(void **state)
{
	(void)state;
	return ((job.arena = arena_new(1 << 20)) == NULL);
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(job.arena);
	return (0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pretty),
		cmocka_unit_test(test_section),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_day)
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
