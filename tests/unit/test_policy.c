/*
 * Each key of a ticket's policy by itself: the rule's, else that of
 * [defaults], else what tickethook.ini(5) gives as the default.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "handler/config.h"
#include "handler/policy.h"

#define DAY	(INT64_C(24) * 60 * 60 * 1000)

static struct rule second = { .name = "second",
    .policy = { .on_monitor = ON_MONITOR_NONE, .flap_limit = 9,
    .quarantined_priority = { .value = "none" } } };
static struct rule first = { .name = "first", .next = &second };

static void
test_built_in(void **state)
{
	const struct config bare = { .rules = NULL };
	const struct policy p = policy_of(&bare, NULL);

	(void)state;
	assert_int_equal(p.on_healthy, ON_HEALTHY_COMMENT);
	assert_int_equal(p.on_worse, ON_WORSE_RAISE);
	assert_int_equal(p.on_resolved, ON_RESOLVED_VERIFY);
	assert_int_equal(p.on_regression, ON_REGRESSION_REOPEN);
	assert_int_equal(p.reopen_within, 30 * DAY);
	assert_int_equal(p.on_monitor, ON_MONITOR_SECTION);
	assert_int_equal(p.on_investigation, ON_INVESTIGATION_COMMENT);
	assert_int_equal(p.on_quarantine, ON_QUARANTINE_COMMENT);
	assert_string_equal(p.quarantined_priority.value, "low");
}

static void
test_layers(void **state)
{
	const struct config c = { .rules = &first, .default_policy = {
	    .on_monitor = ON_MONITOR_COMMENT,
	    .on_quarantine = ON_QUARANTINE_PRIORITY,
	    .quarantined_priority = { .value = "medium" } } };
	struct policy p = policy_of(&c, "second");

	(void)state;
	assert_int_equal(p.on_monitor, ON_MONITOR_NONE);
	assert_int_equal(p.flap_limit, 9);
	assert_int_equal(p.on_quarantine, ON_QUARANTINE_PRIORITY);
	assert_string_equal(p.quarantined_priority.value, "none");
	assert_int_equal(p.on_investigation, ON_INVESTIGATION_COMMENT);
	p = policy_of(&c, "first");
	assert_int_equal(p.on_monitor, ON_MONITOR_COMMENT);
	assert_string_equal(p.quarantined_priority.value, "medium");
	/* The configuration has lost the rule: its tickets live on. */
	p = policy_of(&c, "third");
	assert_int_equal(p.on_monitor, ON_MONITOR_COMMENT);
	p = policy_of_rule(&c, NULL);
	assert_int_equal(p.on_monitor, ON_MONITOR_COMMENT);
	p = policy_of_rule(&c, &second);
	assert_int_equal(p.on_monitor, ON_MONITOR_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_built_in),
		cmocka_unit_test(test_layers)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
