/*
 * Why a test is healthy, and how evidence of any shape reads: what the words
 * of Trunk's detection pages mean, and text that nothing was lost of.
 * Source: https://docs.trunk.io/flaky-tests/detection
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/arena.h"
#include "common/buf.h"
#include "handler/effect.h"
#include "handler/ledger_history.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct monitor_record active = { .id = "m", .active = true,
    .said = "active" };
static const struct monitor_record resolved = { .id = "m",
    .said = "resolved" };
static const struct monitor_record muted = { .id = "m", .said = "muted" };
static const struct monitor_record gone = { .id = "m", .said = "deleted" };
static const struct monitor_record odd = { .id = "m", .said = "asleep" };

static const struct {
	const char	*label;
	const char	*type;		/* triggered_by.monitor_type */
	const char	*status;	/* triggered_by.monitor_status */
	const char	*id;		/* triggered_by.monitor_id */
	const char	*reason;	/* of version 1 */
	const struct monitor_record *own;
	enum healthy	 why;
} whys[] = {
	{ "its monitor resolved", "pass_on_retry", "resolved", "m", NULL,
	    &resolved, HEALTHY_RESOLVED },
	{ "nobody else told of that monitor", "pass_on_retry", "resolved",
	    "m", NULL, NULL, HEALTHY_RESOLVED },
	{ "it is muted by its own last word", "pass_on_retry", "resolved",
	    "m", NULL, &muted, HEALTHY_MUTED },
	{ "it is deleted", "pass_on_retry", "resolved", "m", NULL, &gone,
	    HEALTHY_GONE },
	{ "it says that it is active", "pass_on_retry", "resolved", "m",
	    NULL, &active, HEALTHY_UNKNOWN },
	{ "it says what nobody knows", "pass_on_retry", "resolved", "m",
	    NULL, &odd, HEALTHY_UNKNOWN },
	{ "muted", "failure_rate", "MUTED", "m", NULL, NULL,
	    HEALTHY_MUTED },
	{ "snoozed", "failure_rate", "snoozed", "m", NULL, NULL,
	    HEALTHY_MUTED },
	{ "disabled", "failure_rate", "disabled", "m", NULL, &resolved,
	    HEALTHY_GONE },
	{ "removed", "failure_rate", "removed", "m", NULL, NULL,
	    HEALTHY_GONE },
	{ "a person", "manual", "resolved", "m", NULL, NULL,
	    HEALTHY_MANUAL },
	{ "a person's override", "manual_override", NULL, NULL, NULL, NULL,
	    HEALTHY_MANUAL },
	{ "still active", "failure_rate", "active", "m", NULL, &active,
	    HEALTHY_UNKNOWN },
	{ "no status told", "failure_rate", NULL, "m", NULL, &resolved,
	    HEALTHY_UNKNOWN },
	{ "nothing told", NULL, NULL, NULL, NULL, NULL, HEALTHY_UNKNOWN },
	{ "version 1, passing", NULL, NULL, NULL,
	    "Passing consistently on main", NULL, HEALTHY_RESOLVED },
	{ "version 1, by hand", NULL, NULL, NULL,
	    "Manually marked as healthy", NULL, HEALTHY_MANUAL },
	{ "version 1, muted", NULL, NULL, NULL, "The monitor was muted",
	    NULL, HEALTHY_MUTED }
};

static void
test_healthy(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(whys); i++) {
		struct event e = { .status = STATUS_HEALTHY,
		    .monitor_id = whys[i].id, .monitor_type = whys[i].type,
		    .monitor_status = whys[i].status,
		    .reason = whys[i].reason };

		if (effect_healthy(&e, whys[i].own) != whys[i].why)
			fail_msg("%s: %d", whys[i].label,
			    (int)effect_healthy(&e, whys[i].own));
		e.status = STATUS_FLAKY;
		assert_int_equal(effect_healthy(&e, whys[i].own),
		    HEALTHY_UNKNOWN);
	}
}

static const struct {
	const char	*json;
	const char	*text;
} evidence[] = {
	{ NULL, "" },
	{ "{}", "" },
	{ "[]", "" },
	{ "{\"a\":null,\"b\":\"\",\"c\":\" \",\"d\":[],\"e\":{}}", "" },
	{ "{\"rate\":0.31,\"main\":true,\"left\":false}",
	    "- rate: 0\\.31\n- main: yes\n- left: no\n" },
	{ "{\"window\":{\"days\":7,\"on\":{\"branch\":\"main\"}}}",
	    "- window.days: 7\n- window.on.branch: main\n" },
	{ "{\"runs\":[\"a\",\"b\",3]}", "- runs: a, b, 3\n" },
	{ "[\"a\",\"b\"]", "- evidence: a, b\n" },
	{ "{\"runs\":[{\"id\":1},{\"id\":2}]}",
	    "- runs 1.id: 1\n- runs 2.id: 2\n" },
	{ "[1,2,3,4,5,6,7,8,9,10,11,12]", "- evidence: 1, 2, 3, 4, 5, 6, 7,"
	    " 8, 9, 10, \xe2\x80\xa6\n" },
	{ "{\"a\":{\"b\":{\"c\":{\"d\":{\"deep\":1}}}}}", "" },
	{ "{\"a\":\"*b* <i> @c\\n# d\"}", NULL }
};

static void
test_evidence(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct buf b;
	size_t i;

	(void)state;
	assert_non_null(arena);
	for (i = 0; i < COUNT(evidence); i++) {
		buf_init(&b, arena, 65536);
		effect_put_evidence(&b, evidence[i].json, "");
		assert_non_null(buf_text(&b));
		if (evidence[i].text != NULL) {
			assert_string_equal(buf_text(&b), evidence[i].text);
			continue;
		}
		/* One line, and nothing of it formats. */
		assert_ptr_equal(strchr(buf_text(&b), '\n'),
		    buf_text(&b) + b.len - 1);
		assert_null(strstr(buf_text(&b), " *b"));
		assert_null(strstr(buf_text(&b), " <i>"));
	}
	arena_free(arena);
}

/* However much there is, it ends, and says that there is more. */
static void
test_much(void **state)
{
	struct arena *arena = arena_new(4 << 20);
	struct buf json, b;
	const char *c;
	size_t lines = 0;
	int i;

	(void)state;
	assert_non_null(arena);
	buf_init(&json, arena, 1 << 20);
	buf_char(&json, '{');
	for (i = 0; i < 500; i++)
		buf_printf(&json, "%s\"k%d\":\"v\"", i > 0 ? "," : "", i);
	buf_char(&json, '}');
	buf_init(&b, arena, 65536);
	effect_put_evidence(&b, buf_text(&json), "  ");
	assert_non_null(buf_text(&b));
	for (c = buf_text(&b); (c = strchr(c, '\n')) != NULL; c++)
		lines++;
	assert_int_equal(lines, 21);
	assert_memory_equal(buf_text(&b), "  - k0: v\n  - k1", 16);
	assert_non_null(strstr(buf_text(&b), "  - \xe2\x80\xa6\n"));
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_healthy),
		cmocka_unit_test(test_evidence),
		cmocka_unit_test(test_much)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
