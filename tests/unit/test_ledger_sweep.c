/*
 * What ledger_sweep.h promises, of every kind of store: what is due, what is
 * not linked, what was never looked at again, what may be forgotten.
 */
#include "tests/unit/ledger_setup.h"

#include "handler/ledger_sweep.h"

enum {
	HOUR = 60 * 60 * 1000
};

/* Only failures that may pass are due, the one tried longest ago first. */
static void
test_due(void **state)
{
	static const struct {
		const char	*id;
		int		 status;
		bool		 final;
	} told[] = {
		{ "msg_late", 503, false }, { "msg_well", 200, true },
		{ "msg_bad", 400, false }, { "msg_refused", 502, false },
		{ "msg_kept", 200, false },
	};
	struct world *w = *state;
	struct job *job = &w->job;
	struct due due;
	size_t i;

	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		job->now += HOUR;
		expect(job, world_finish(job, told[i].id, NULL,
		    told[i].status, told[i].final), OK);
	}
	expect(job, ledger_due(job, job->now + 1, &due), OK);
	assert_string_equal(due.id, "msg_late");
	assert_int_equal(due.len, strlen("{\"type\":\"test_case\"}"));
	assert_memory_equal(due.body, "{\"type\":\"test_case\"}", due.len);
	assert_int_equal(due.last, job->now - 4 * HOUR);
	job->now += HOUR;
	expect(job, world_finish(job, "msg_late", NULL, 503, false), OK);
	expect(job, ledger_due(job, job->now, &due), OK);
	assert_string_equal(due.id, "msg_refused");
	expect(job, world_finish(job, "msg_refused", NULL, 200, true), OK);
	expect(job, ledger_due(job, job->now, &due), ERR_ABSENT);
	expect(job, ledger_due(job, job->now + 1, &due), OK);
	assert_string_equal(due.id, "msg_late");
}

/* One that a crash left behind is due too. */
static void
test_due_pending(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct filing f;
	struct due due;

	expect(job, world_begin(job, "key", &event, &f), OK);
	ledger_release(job, &f);
	expect(job, ledger_due(job, job->now + 1, &due), OK);
	assert_string_equal(due.id, "msg_begin");
}

static void
put_link(struct job *job, const char *key, const char *id,
    enum link_stage stage)
{
	struct event event = world_event(id, id, STATUS_FLAKY, 5);
	struct filing f;

	expect(job, world_begin(job, key, &event, &f), OK);
	f.stage = STAGE_CREATED;
	f.remote_id = "1";
	f.remote_key = key;
	f.link = stage;
	f.refused = stage == LINK_REFUSED ? job->now : 0;
	expect(job, ledger_advance(job, &event.test, &f), OK);
	ledger_release(job, &f);
}

/* A refused link has a time of its own. */
static void
test_unlinked(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct unlinked u;

	put_link(job, "A-1", "id-done", LINK_DONE);
	put_link(job, "A-2", "id-skipped", LINK_SKIPPED);
	put_link(job, "A-3", "id-refused", LINK_REFUSED);
	expect(job, ledger_unlinked(job, job->now + 1, job->now, &u),
	    ERR_ABSENT);
	expect(job, ledger_unlinked(job, job->now, job->now + 1, &u), OK);
	assert_string_equal(u.key, "A-3");
	job->now++;
	put_link(job, "A-4", "id-none", LINK_NONE);
	expect(job, ledger_unlinked(job, job->now + 1, 0, &u), OK);
	assert_string_equal(u.key, "A-4");
	assert_string_equal(u.test.id, "id-none");
	assert_string_equal(u.test.identity, "id-none");
	assert_int_equal(u.test.scope, SCOPE_COLLECTION);
	assert_string_equal(u.test.repository.host, "git.example.net");
	assert_string_equal(u.test.repository.owner, "harbour");
	assert_string_equal(u.test.repository.name, "crane");
	assert_string_equal(u.test.name, "lifts");
	/* Of both, the one that waits longest. */
	expect(job, ledger_unlinked(job, job->now + 1, job->now + 1, &u), OK);
	assert_string_equal(u.key, "A-3");
	job->now++;
	put_link(job, "A-3", "id-refused", LINK_REFUSED);
	expect(job, ledger_unlinked(job, job->now + 1, job->now + 1, &u), OK);
	assert_string_equal(u.key, "A-4");
}

/* Each ticket whose create has an unknown outcome, once. */
static void
test_unsettled(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct unlinked u;
	struct filing f;
	int64_t row = 0;

	put_link(job, "A-1", "id-2", LINK_DONE);
	expect(job, world_begin(job, "key", &event, &f), OK);
	expect(job, ledger_unsettled(job, job->now + 1, &row, &u),
	    ERR_ABSENT);
	f.stage = STAGE_SENT;
	f.sent = job->now;
	expect(job, ledger_advance(job, &event.test, &f), OK);
	expect(job, ledger_unsettled(job, job->now, &row, &u), ERR_ABSENT);
	expect(job, ledger_unsettled(job, job->now + 1, &row, &u), OK);
	assert_string_equal(u.key, "key");
	assert_string_equal(u.test.id, "id-1");
	assert_int_equal(row, f.row);
	expect(job, ledger_unsettled(job, job->now + 1, &row, &u),
	    ERR_ABSENT);
	ledger_release(job, &f);
}

static void
test_unchecked(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct filing f;

	put_link(job, "A-1", "id-1", LINK_DONE);
	expect(job, ledger_unchecked(job, job->now, &f), ERR_ABSENT);
	expect(job, ledger_unchecked(job, job->now + 1, &f), OK);
	assert_string_equal(f.key, "A-1");
	assert_string_equal(f.marker, "marker-1");
	assert_string_equal(f.tracker, "eng");
	assert_string_equal(f.project, "ENG");
	assert_string_equal(f.remote_id, "1");
	assert_int_equal(f.lock, -1);
	expect(job, ledger_checked(job, &f), OK);
	expect(job, ledger_unchecked(job, job->now + 1, &f), ERR_ABSENT);
}

/* The drought lasts since the last thing that went well. */
static void
test_state(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct ledger_state s;
	int64_t first;

	expect(job, ledger_state(job, &s), OK);
	assert_int_equal(s.drought, 0);
	assert_int_equal(s.link_refused, 0);
	expect(job, world_finish(job, "msg_a", NULL, 502, false), OK);
	first = job->now;
	job->now += HOUR;
	expect(job, world_finish(job, "msg_b", NULL, 503, false), OK);
	expect(job, ledger_state(job, &s), OK);
	assert_int_equal(s.drought, first);
	assert_int_equal(s.due, 2);
	job->now += HOUR;
	expect(job, world_finish(job, "msg_c", NULL, 200, true), OK);
	expect(job, ledger_state(job, &s), OK);
	assert_int_equal(s.drought, job->now);
	expect(job, world_finish(job, "msg_a", NULL, 200, true), OK);
	expect(job, ledger_state(job, &s), OK);
	assert_int_equal(s.drought, 0);
	put_link(job, "A-1", "id-1", LINK_REFUSED);
	expect(job, ledger_state(job, &s), OK);
	assert_int_equal(s.link_refused, job->now);
}

/* Who waits for a budget was refused by nobody. */
static void
test_parked(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct delivery mail = world_mail("msg_a");
	struct finish f = { .mail = &mail, .outcome = "parked",
	    .status = 200, .answer = "{}", .storm = true };
	struct ledger_state s;

	expect(job, ledger_finish(job, &f), OK);
	expect(job, ledger_state(job, &s), OK);
	assert_int_equal(s.due, 1);
	assert_int_equal(s.drought, 0);
	mail = world_mail("msg_b");
	f.storm = false;
	expect(job, ledger_finish(job, &f), OK);
	expect(job, ledger_state(job, &s), OK);
	assert_int_equal(s.due, 2);
	assert_int_equal(s.drought, job->now);
}

/* What had its effect goes by when it was last seen, the rest by age. */
static void
test_prune(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct recall r;
	int64_t n, first = job->now;

	expect(job, world_finish(job, "msg_done", NULL, 200, true), OK);
	expect(job, world_finish(job, "msg_due", NULL, 503, false), OK);
	job->now += HOUR;
	expect(job, world_finish(job, "msg_due", NULL, 503, false), OK);
	expect(job, ledger_prune(job, first, &n), OK);
	assert_int_equal(n, 0);
	expect(job, ledger_prune(job, first + 1, &n), OK);
	assert_int_equal(n, 1);
	expect(job, ledger_recall(job, "msg_done", &r), ERR_ABSENT);
	expect(job, ledger_recall(job, "msg_due", &r), OK);
	expect(job, ledger_prune(job, job->now + 1, &n), OK);
	assert_int_equal(n, 1);
	expect(job, ledger_recall(job, "msg_due", &r), ERR_ABSENT);
}

#define ROW(test)							\
	cmocka_unit_test_setup_teardown(test, world_setup_open, world_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ROW(test_due), ROW(test_due_pending), ROW(test_unlinked),
		ROW(test_unsettled),
		ROW(test_unchecked), ROW(test_state), ROW(test_parked),
		ROW(test_prune)
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests_name("sqlite", tests, NULL, NULL));
}
