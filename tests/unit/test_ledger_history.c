/*
 * What ledger_history.h promises, of every kind of store: changes, monitors
 * and types of events that were only counted.
 */
#include "tests/unit/ledger_sqlite.h"

#include "handler/ledger_effect.h"
#include "handler/ledger_history.h"
#include "handler/ledger_sweep.h"

enum {
	HOUR = 60 * 60 * 1000
};

/* The row of a test with that id. */
static int64_t
row_of(struct job *job, const char *id)
{
	struct event event = world_event(id, id, STATUS_FLAKY, 5);
	struct test_record r;

	expect(job, ledger_meet(job, &event.test, &r), OK);
	assert_true(r.row > 0);
	return (r.row);
}

static void
note(struct job *job, int64_t test, const char *delivery, enum status status,
    int64_t time)
{
	struct event event = world_event("id-1", "one\n", status, time);

	expect(job, ledger_note_change(job, &event, test, delivery), OK);
}

/* All that is noted comes back. */
static void
test_change(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_BROKEN, 77);
	int64_t one = row_of(job, "id-1"), two = row_of(job, "id-2");
	const struct change *c;
	size_t n;

	expect(job, ledger_changes(job, one, &c, &n), OK);
	assert_int_equal(n, 0);
	event.previous = STATUS_FLAKY;
	event.reason = "it fails \"often\"";
	event.monitor_id = "mon-3";
	event.monitor_type = "failure_rate";
	event.test.quarantined = ANSWER_YES;
	expect(job, ledger_note_change(job, &event, one, "msg_1"), OK);
	note(job, two, "msg_2", STATUS_HEALTHY, 78);
	expect(job, ledger_changes(job, one, &c, &n), OK);
	assert_int_equal(n, 1);
	assert_string_equal(c->delivery, "msg_1");
	assert_int_equal(c->time, 77);
	assert_int_equal(c->status, STATUS_BROKEN);
	assert_int_equal(c->previous, STATUS_FLAKY);
	assert_string_equal(c->type, "v2.test_case.status_changed");
	assert_string_equal(c->reason, "it fails \"often\"");
	assert_string_equal(c->monitor, "mon-3");
	assert_string_equal(c->monitor_type, "failure_rate");
	assert_int_equal(c->quarantined, ANSWER_YES);
	expect(job, ledger_changes(job, two, &c, &n), OK);
	assert_int_equal(n, 1);
	assert_null(c->reason);
	assert_int_equal(c->quarantined, ANSWER_UNKNOWN);
}

/* By the time of the event, whenever it came; once for each delivery. */
static void
test_order(void **state)
{
	static const struct {
		const char	*delivery;
		enum status	 status;
		int64_t		 time;
	} told[] = {
		{ "d", STATUS_HEALTHY, 20 }, { "e", STATUS_BROKEN, 30 },
		{ "c", STATUS_FLAKY, 20 }, { "a", STATUS_FLAKY, 10 },
		{ "b", STATUS_BROKEN, 20 }, { "c", STATUS_BROKEN, 99 },
		{ "a", STATUS_FLAKY, 10 }
	};
	struct world *w = *state;
	struct job *job = &w->job;
	int64_t row = row_of(job, "id-1");
	const struct change *c;
	size_t i, n;

	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		note(job, row, told[i].delivery, told[i].status,
		    told[i].time);
	expect(job, ledger_changes(job, row, &c, &n), OK);
	assert_int_equal(n, 5);
	for (i = 0; i < n; i++)
		assert_int_equal(c[i].delivery[0], "abcde"[i]);
	assert_int_equal(c[2].status, STATUS_FLAKY);
}

/* The newest by event time stay, however late an old one comes. */
static void
test_most(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	int64_t row = row_of(job, "id-1"), other = row_of(job, "id-2");
	const struct change *c;
	char id[16];
	size_t n;
	int i;

	note(job, other, "other", STATUS_FLAKY, 1);
	for (i = 0; i < HISTORY_CHANGES + 20; i++) {
		(void)snprintf(id, sizeof(id), "msg_%d", i);
		note(job, row, id, STATUS_FLAKY, 1000 + i);
	}
	note(job, row, "late", STATUS_FLAKY, 999);
	arena_reset(job->arena);
	expect(job, ledger_changes(job, row, &c, &n), OK);
	assert_int_equal(n, HISTORY_CHANGES);
	assert_int_equal(c[0].time, 1020);
	assert_int_equal(c[n - 1].time, 1000 + HISTORY_CHANGES + 19);
	expect(job, ledger_changes(job, other, &c, &n), OK);
	assert_int_equal(n, 1);
}

static void
hear(struct job *job, const char *test, const struct monitor_record *m)
{
	const struct test t = { .id = test, .scope = SCOPE_COLLECTION };
	int64_t row;

	expect(job, ledger_hear_monitor(job, &t, m, &row), OK);
	assert_true(row > 0);
}

static void
monitor(struct job *job, const char *test, const char *id, bool active,
    int64_t time)
{
	const struct monitor_record m = { .id = id, .type = "pass_on_retry",
	    .active = active, .time = time, .evidence = "{\"runs\":3}" };

	hear(job, test, &m);
}

/* The newest event wins, at equal times the one that says active. */
static void
test_monitors(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	int64_t row = row_of(job, "id-1"), other = row_of(job, "id-2");
	struct monitor_record m;

	expect(job, ledger_monitor(job, row, "over", &m), ERR_ABSENT);
	monitor(job, "id-1", "over", true, 10);
	monitor(job, "id-1", "over", false, 30);
	monitor(job, "id-1", "over", true, 29);	/* came too late */
	monitor(job, "id-1", "tie", false, 50);
	monitor(job, "id-1", "tie", true, 50);
	monitor(job, "id-1", "tie", false, 50);
	monitor(job, "id-2", "over", true, 1);
	expect(job, ledger_monitor(job, row, "over", &m), OK);
	assert_false(m.active);
	assert_int_equal(m.time, 30);
	expect(job, ledger_monitor(job, row, "tie", &m), OK);
	assert_true(m.active);
	assert_string_equal(m.type, "pass_on_retry");
	assert_string_equal(m.evidence, "{\"runs\":3}");
	expect(job, ledger_monitor(job, other, "over", &m), OK);
	assert_true(m.active);
}

/* JSON that is cut is none: what is too long is left out. */
static void
test_evidence(void **state)
{
	static char text[HISTORY_EVIDENCE + 2];
	struct world *w = *state;
	struct job *job = &w->job;
	int64_t row = row_of(job, "id-1");
	struct monitor_record in = { .id = "m", .active = true,
	    .evidence = text }, m;

	memset(text, ' ', HISTORY_EVIDENCE);
	memcpy(text, "[]", 2);
	hear(job, "id-1", &in);
	expect(job, ledger_monitor(job, row, "m", &m), OK);
	assert_string_equal(m.evidence, text);
	assert_null(m.type);
	text[HISTORY_EVIDENCE] = ' ';
	in.time = 1;
	hear(job, "id-1", &in);
	expect(job, ledger_monitor(job, row, "m", &m), OK);
	assert_int_equal(m.time, 1);
	assert_null(m.evidence);
}

static void
test_known(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	const struct known *k;
	int64_t first = job->now;
	size_t n;

	expect(job, ledger_known(job, &k, &n), OK);
	assert_int_equal(n, 0);
	expect(job, ledger_note_known(job, "tide.rose", "msg_1"), OK);
	expect(job, ledger_note_known(job, "tide.rose", "msg_1"), OK);
	job->now += HOUR;
	expect(job, ledger_note_known(job, "tide.fell", "msg_2"), OK);
	expect(job, ledger_note_known(job, "tide.rose", "msg_3"), OK);
	expect(job, ledger_known(job, &k, &n), OK);
	assert_int_equal(n, 2);
	assert_string_equal(k[0].type, "tide.fell");
	assert_int_equal(k[0].n, 1);
	assert_string_equal(k[1].type, "tide.rose");
	assert_int_equal(k[1].n, 2);
	assert_int_equal(k[1].first, first);
	assert_int_equal(k[1].last, job->now);
}

/* What is over goes by age; what still holds, and every change, stays. */
static void
test_prune(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	int64_t row = row_of(job, "id-1"), n;

	note(job, row, "old", STATUS_FLAKY, 1);
	monitor(job, "id-1", "active", true, 1);
	monitor(job, "id-1", "over", false, 1);
	monitor(job, "id-1", "fresh", false, job->now);
	expect(job, ledger_note_known(job, "tide.rose", "msg_1"), OK);
	job->now += HOUR;
	expect(job, ledger_note_known(job, "tide.fell", "msg_2"), OK);
	expect(job, ledger_prune(job, job->now, &n), OK);
	assert_int_equal(n, 0);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM change"), 1);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM monitor"
	    " WHERE id = 'active'"), 1);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM monitor"), 1);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM known"
	    " WHERE type = 'tide.fell'"), 1);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM known"), 1);
}

/* What fails half way leaves nothing behind, and can be repeated. */
static void
test_rollback(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	int64_t row = row_of(job, "id-1");
	char id[16];
	int i;

	for (i = 0; i < HISTORY_CHANGES; i++) {
		(void)snprintf(id, sizeof(id), "msg_%d", i);
		note(job, row, id, STATUS_FLAKY, i);
	}
	stick(w->path, "DELETE", "change", NULL);
	event.time = HISTORY_CHANGES;
	for (i = 0; i < 2; i++) {
		expect(job, ledger_note_change(job, &event, row, "msg_new"),
		    i == 0 ? ERR_LEDGER : OK);
		assert_int_equal(ask(w->path, "SELECT count(*) FROM change"),
		    HISTORY_CHANGES);
		assert_int_equal(ask(w->path, "SELECT count(*) FROM change"
		    " WHERE delivery = 'msg_new'"), i);
		unstick(w->path);
	}
	assert_sound(w->path);
}

#define ROW(test)							\
	cmocka_unit_test_setup_teardown(test, world_setup_open, world_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ROW(test_change), ROW(test_order), ROW(test_most),
		ROW(test_monitors), ROW(test_evidence), ROW(test_known),
		ROW(test_prune), ROW(test_rollback)
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests_name("sqlite", tests, NULL, NULL));
}
