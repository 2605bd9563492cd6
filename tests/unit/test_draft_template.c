#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/arena.h"
#include "handler/config.h"
#include "handler/draft.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *owners[] = { "@orchard/pear", "plum" };
static const struct failure failures[] = {
	{ "the knife is blunt\nat peel()", 9, 0 }, { "no pears", 2, 0 },
};
static const struct rule rule = { .name = "nightly", .line = 7 };
static const struct tracker tracker = { .name = "board" };
static const struct route route = { .rule = &rule, .tracker = &tracker,
    .owner = "@orchard/plum" };
static const struct event full = {
	.family = FAMILY_STATUS,
	.type = "v2.test_case.status_changed",
	.name = "test_case.status_changed",
	.status = STATUS_BROKEN,
	.previous = STATUS_FLAKY,
	.time = 1794000000000,	/* date -u -d @1794000000 */
	.reason = "Consistently failing on main",
	.monitor_type = "failure_rate",
	.test = {
		.id = "id-1",
		.name = "peels {{rule}}",
		.parent = "Kitchen",
		.classname = "KitchenTest",
		.file_path = "a/kitchen_test.c",
		.variant = "arm64",
		.url = "https://app.trunk.io/orchard/1",
		.owners = owners,
		.nowners = 2,
		.quarantined = ANSWER_YES,
		.failure_rate = 0.125,
		.pull_requests = 12,
		.failures = failures,
		.nfailures = 2,
		.repository = { "github.com", "orchard", "basket",
		    "https://github.com/orchard/basket" },
	},
};

static struct arena *arena;

static int
setup(void **state)
{

	(void)state;
	arena = arena_new(1 << 20);
	return (arena == NULL);
}

static int
teardown(void **state)
{

	(void)state;
	arena_free(arena);
	return (0);
}

static void
test_expand(void **state)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "plain } text { }} }", "plain } text { }} }" },
		/* What stands in for a name is not expanded again. */
		{ "[Flaky Test] {{test.name}}",
		    "[Flaky Test] peels {{rule}}" },
		{ "{{test.file_path}}", "a/kitchen_test.c" },
		{ "{{test.parent}}", "Kitchen" },
		{ "{{test.classname}}", "KitchenTest" },
		{ "{{test.variant}}", "arm64" },
		{ "{{test.url}}", "https://app.trunk.io/orchard/1" },
		{ "{{test.id}}", "id-1" },
		{ "{{test.owner}}", "@orchard/pear" },
		{ "{{test.owners}}", "@orchard/pear, plum" },
		{ "{{test.quarantined}}", "yes" },
		{ "{{test.failure_rate}}", "12.5 %" },
		{ "{{test.pull_requests}}", "12" },
		{ "{{test.failures}}", "the knife is blunt\nat peel()\n\n"
		    "no pears" },
		{ "{{repository}}", "orchard/basket" },
		{ "{{repository.host}}", "github.com" },
		{ "{{repository.owner}}", "orchard" },
		{ "{{repository.name}}", "basket" },
		{ "{{repository.url}}", "https://github.com/orchard/basket" },
		{ "{{status}} was {{previous_status}}", "broken was flaky" },
		{ "{{reason}}", "Consistently failing on main" },
		{ "{{monitor_type}}", "failure_rate" },
		{ "{{owner}}", "@orchard/plum" },
		{ "{{rule}}", "nightly" },
		{ "{{tracker}}", "board" },
		{ "{{event}}", "test_case.status_changed" },
		{ "{{time}}", "2026-11-06T21:20:00.000Z" },
		{ "{{ rule }}{{\trule}}{{rule \t}}", "nightlynightlynightly" },
		{ "a{{rule}}b{{tracker}}c", "anightlybboardc" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		arena_reset(arena);
		assert_string_equal(draft_expand(arena, rows[i][0], &full,
		    &route), rows[i][1]);
	}
}

/* What was not told leaves nothing behind, whatever the name. */
static void
test_expand_not_told(void **state)
{
	struct event none = { .family = FAMILY_STATUS };
	struct route nowhere = { .rule = NULL };
	const struct draft_name *n;
	const char *template, *text;
	size_t i;

	(void)state;
	for (i = 0; (n = draft_name(i)) != NULL; i++) {
		template = arena_printf(arena, "<{{%s}}>", n->name);
		text = draft_expand(arena, template, &none, &nowhere);
		if (strcmp(n->name, "time") == 0)
			assert_string_equal(text,
			    "<1970-01-01T00:00:00.000Z>");
		else
			assert_string_equal(text, "<>");
		assert_string_equal(text, draft_expand(arena, template,
		    &none, NULL));
	}
}

static void
test_names(void **state)
{
	static const struct queue_item item = { .number = 412,
	    .reason = "TEST_RUN_TIMEOUT", .target_branch = "main" };
	const struct draft_name *n;
	struct event whole = full;
	const char *template, *text;
	struct why why;
	size_t i;

	(void)state;
	whole.queue = &item;
	for (i = 0; (n = draft_name(i)) != NULL; i++) {
		template = arena_printf(arena, "{{%s}}", n->name);
		assert_int_equal(draft_check(template, &why), OK);
		text = draft_expand(arena, template, &whole, &route);
		assert_string_not_equal(text, "");
		assert_string_not_equal(text, template);
		assert_true(strlen(n->help) > 0);
	}
	assert_int_equal(i, 29);
	assert_string_equal(draft_expand(arena, "{{pull_request}} to "
	    "{{target_branch}}: {{reason}}", &whole, &route),
	    "412 to main: TEST_RUN_TIMEOUT");
	assert_null(draft_name(i + 1));
}

static void
test_check(void **state)
{
	static const struct {
		const char	*template;
		const char	*says[2];	/* none: it is good */
	} rows[] = {
		{ "", { NULL } },
		{ "no names", { NULL } },
		{ "} }} { text", { NULL } },
		{ "{{test.name}} {{ status }}", { NULL } },
		{ "{{test.nam}}", { "{{test.nam}}", "{{test.name}}" } },
		{ "{{test_name}}", { "{{test_name}}", "{{test.name}}" } },
		{ "{{test.filepath}}", { "{{test.filepath}}",
		    "{{test.file_path}}" } },
		{ "{{Status}}", { "{{Status}}", "{{status}}" } },
		{ "{{status}} {{rul}}", { "{{rul}}", "{{rule}}" } },
		{ "{{zzzzzzzzzzzzzzzz}}", { "{{zzzzzzzzzzzzzzzz}}",
		    "manual" } },
		{ "{{}}", { "{{}}", "no such name" } },
		{ "{{ }}", { "{{}}", "no such name" } },
		{ "{{test.name", { "{{", "}}" } },
		{ "{{status}} {{", { "{{", "closed" } },
		{ "{{test.name}", { "{{", "closed" } },
		{ "{{a {{rule}}", { "no such name" } },
		{ "{{{rule}}}", { "no such name" } },
	};
	struct why why;
	size_t i, k;
	enum err e;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		memset(&why, 0, sizeof(why));
		e = draft_check(rows[i].template, &why);
		assert_int_equal(e, rows[i].says[0] == NULL ? OK :
		    ERR_CONFIG);
		for (k = 0; k < 2 && rows[i].says[k] != NULL; k++)
			if (strstr(why.text, rows[i].says[k]) == NULL)
				fail_msg("\"%s\": \"%s\" without \"%s\"",
				    rows[i].template, why.text,
				    rows[i].says[k]);
	}
}

static void
test_long_name(void **state)
{
	char template[4096];
	struct why why = { "" };

	(void)state;
	memset(template, 'x', sizeof(template));
	memcpy(template, "{{", 2);
	memcpy(template + sizeof(template) - 3, "}}", 3);
	assert_int_equal(draft_check(template, &why), ERR_CONFIG);
	assert_in_range(strlen(why.text), 60, 250);
}

/* Never half a text. */
static void
test_memory(void **state)
{
	static const char template[] = "{{test.name}} {{test.owners}} "
	    "{{test.file_path}} {{repository}} {{test.url}}";
	static const char want[] = "peels {{rule}} @orchard/pear, plum "
	    "a/kitchen_test.c orchard/basket https://app.trunk.io/orchard/1";
	struct arena *small;
	const char *text = NULL;
	size_t cap, failed = 0;

	(void)state;
	for (cap = 0; cap <= 1024; cap += 16) {
		small = arena_new(cap);
		assert_non_null(small);
		text = draft_expand(small, template, &full, &route);
		if (text == NULL)
			failed++;
		else
			assert_string_equal(text, want);
		if (cap < 1024)
			arena_free(small);
	}
	assert_non_null(text);
	arena_free(small);
	assert_true(failed > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expand),
		cmocka_unit_test(test_expand_not_told),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_memory),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
