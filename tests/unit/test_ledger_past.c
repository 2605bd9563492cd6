/*
 * ledger_past(): the deliveries of a time in the order of their coming, each
 * once, with the ticket that each led to.
 */
#include "tests/unit/ledger_setup.h"

#include "handler/ledger_sweep.h"

enum {
	HOUR = 60 * 60 * 1000
};

/* All ids from a time on, in a row; ERR_ABSENT ends it. */
static const char *
walk(struct job *job, int64_t since)
{
	struct past_mark mark = { 0, 0 };
	struct past past;
	char *ids = arena_strdup(job->arena, "");
	enum err e;

	while ((e = ledger_past(job, since, &mark, &past)) == OK) {
		assert_true(past.received >= since);
		assert_int_equal(mark.received, past.received);
		ids = arena_printf(job->arena, "%s %s", ids, past.id);
		assert_non_null(ids);
	}
	assert_int_equal(e, ERR_ABSENT);
	/* And it stays at the end. */
	expect(job, ledger_past(job, since, &mark, &past), ERR_ABSENT);
	return (ids);
}

static void
test_order(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	int64_t begin = job->now;

	assert_string_equal(walk(job, 0), "");
	/* Two of one millisecond, and one by a clock that went back. */
	expect(job, world_finish(job, "msg_b", NULL, 200, true), OK);
	expect(job, world_finish(job, "msg_a", NULL, 503, false), OK);
	job->now = begin + HOUR;
	expect(job, world_finish(job, "msg_c", NULL, 400, false), OK);
	job->now = begin - HOUR;
	expect(job, world_finish(job, "msg_d", NULL, 200, true), OK);
	assert_string_equal(walk(job, 0), " msg_d msg_b msg_a msg_c");
	assert_string_equal(walk(job, begin), " msg_b msg_a msg_c");
	assert_string_equal(walk(job, begin + 1), " msg_c");
	assert_string_equal(walk(job, begin + HOUR), " msg_c");
	assert_string_equal(walk(job, begin + HOUR + 1), "");
	/* Tried again later, it still came when it came. */
	job->now = begin + 2 * HOUR;
	expect(job, world_finish(job, "msg_a", NULL, 200, true), OK);
	assert_string_equal(walk(job, begin), " msg_b msg_a msg_c");
}

/* One that comes while we walk is met, and nothing twice. */
static void
test_meanwhile(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct past_mark mark = { 0, 0 };
	struct past past;

	expect(job, world_finish(job, "msg_1", NULL, 200, true), OK);
	expect(job, ledger_past(job, 0, &mark, &past), OK);
	assert_string_equal(past.id, "msg_1");
	expect(job, ledger_past(job, 0, &mark, &past), ERR_ABSENT);
	expect(job, world_finish(job, "msg_2", NULL, 200, true), OK);
	expect(job, ledger_past(job, 0, &mark, &past), OK);
	assert_string_equal(past.id, "msg_2");
	assert_int_equal(past.len, strlen("{\"type\":\"test_case\"}"));
	assert_memory_equal(past.body, "{\"type\":\"test_case\"}", past.len);
	assert_int_equal(past.ticket.row, 0);
	assert_int_equal(past.ticket.lock, -1);
	assert_null(past.ticket.tracker);
}

/* The ticket, and the rule that matched; they need not agree. */
static void
test_ticket(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	const struct delivery mail = { .id = "msg_t", .body = "{}",
	    .len = 2 };
	struct past_mark mark = { 0, 0 };
	struct finish end = { .mail = &mail, .event = &event,
	    .outcome = "created", .status = 200, .final = true,
	    .answer = "{}", .rule = "newer" };
	struct filing f;
	struct past past;

	expect(job, ledger_claim(job, "test|one\n", &event.test, &f), OK);
	f.marker = "marker";
	f.tracker = "cloud";
	f.project = "PAY";
	f.rule = "older";
	f.owner = "@brightwater/berths";
	f.stage = STAGE_INTENT;
	expect(job, ledger_intend(job, &mail, &event, &f), OK);
	/* Not answered yet. */
	expect(job, ledger_past(job, 0, &mark, &past), OK);
	assert_string_equal(past.outcome, "pending");
	assert_null(past.rule);
	f.stage = STAGE_CREATED;
	f.remote_id = "10001";
	f.remote_key = "PAY-1";
	f.url = "https://jira.example/browse/PAY-1";
	expect(job, ledger_advance(job, &event.test, &f), OK);
	end.filing = &f;
	expect(job, ledger_finish(job, &end), OK);
	ledger_release(job, &f);
	mark = (struct past_mark){ 0, 0 };
	expect(job, ledger_past(job, 0, &mark, &past), OK);
	assert_string_equal(past.outcome, "created");
	assert_string_equal(past.rule, "newer");
	assert_string_equal(past.ticket.rule, "older");
	assert_string_equal(past.ticket.key, "test|one\n");
	assert_int_equal(past.ticket.generation, 1);
	assert_string_equal(past.ticket.tracker, "cloud");
	assert_string_equal(past.ticket.project, "PAY");
	assert_string_equal(past.ticket.owner, "@brightwater/berths");
	assert_string_equal(past.ticket.remote_key, "PAY-1");
	assert_false(past.ticket.adopted);
	assert_int_equal(past.ticket.row, f.row);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order,
		    world_setup_open, world_teardown),
		cmocka_unit_test_setup_teardown(test_meanwhile,
		    world_setup_open, world_teardown),
		cmocka_unit_test_setup_teardown(test_ticket,
		    world_setup_open, world_teardown)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
