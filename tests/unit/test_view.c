/*
 * The ledger as people look at it: orders, pages, filters and counts, and
 * all of it at once.
 */
#include "tests/unit/ledger_sqlite.h"

#include "handler/ledger_view.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

enum {
	HOUR = 60 * 60 * 1000
};

/* The ids that a filter lets through, in a row. */
static const char *
deliveries(struct job *job, const struct view_filter *filter)
{
	struct view_mark mark = { .begun = false };
	char *ids = arena_strdup(job->arena, "");
	struct view_delivery d;
	enum err e;

	while ((e = ledger_view_deliveries(job, filter, &mark, &d)) == OK)
		ids = arena_printf(job->arena, "%s %s", ids, d.id);
	expect(job, e, ERR_ABSENT);
	expect(job, ledger_view_deliveries(job, filter, &mark, &d),
	    ERR_ABSENT);
	return (ids);
}

static const char *
tickets(struct job *job, const struct view_filter *filter)
{
	struct view_mark mark = { .begun = false };
	char *rows = arena_strdup(job->arena, "");
	struct view_ticket t;
	enum err e;

	while ((e = ledger_view_tickets(job, filter, &mark, &t)) == OK)
		rows = arena_printf(job->arena, "%s %s", rows, t.filing.key);
	expect(job, e, ERR_ABSENT);
	return (rows);
}

static const char *
tests(struct job *job, const struct view_filter *filter)
{
	struct view_mark mark = { .begun = false };
	char *rows = arena_strdup(job->arena, "");
	struct view_test t;
	enum err e;

	while ((e = ledger_view_tests(job, filter, &mark, &t)) == OK)
		rows = arena_printf(job->arena, "%s %s", rows,
		    t.test.identity);
	expect(job, e, ERR_ABSENT);
	return (rows);
}

/* A ticket of that key with a test, as far as a link in a scope. */
static int64_t
plant(struct world *w, const char *key, struct event *event,
    enum link_stage link)
{
	struct job *job = &w->job;
	struct filing f = { .lock = -1, .test_lock = -1 };
	int64_t row;

	expect(job, world_begin(job, key, event, &f), OK);
	f.stage = STAGE_CREATED;
	f.remote_id = arena_printf(job->arena, "id-%s", key);
	f.remote_key = arena_printf(job->arena, "HAR-%lld",
	    (long long)f.row);
	f.url = arena_printf(job->arena, "https://dock.example.net/%s",
	    f.remote_key);
	f.link = link;
	expect(job, ledger_advance(job, &event->test, &f), OK);
	row = f.row;
	ledger_release(job, &f);
	return (row);
}

static void
test_deliveries_order(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct view_filter newest = { .since = 0 }, oldest = newest;
	int64_t begin = job->now;

	oldest.oldest = true;
	assert_string_equal(deliveries(job, &newest), "");
	/* Two of one millisecond, and one by a clock that went back. */
	expect(job, world_finish(job, "msg_b", NULL, 200, true), OK);
	expect(job, world_finish(job, "msg_a", NULL, 503, false), OK);
	job->now = begin + HOUR;
	expect(job, world_finish(job, "msg_c", NULL, 400, false), OK);
	job->now = begin - HOUR;
	expect(job, world_finish(job, "msg_d", NULL, 200, true), OK);
	assert_string_equal(deliveries(job, &newest),
	    " msg_c msg_a msg_b msg_d");
	assert_string_equal(deliveries(job, &oldest),
	    " msg_d msg_b msg_a msg_c");
	newest.since = oldest.since = begin;
	newest.until = oldest.until = begin;
	assert_string_equal(deliveries(job, &newest), " msg_a msg_b");
	assert_string_equal(deliveries(job, &oldest), " msg_b msg_a");
}

static void
test_deliveries_meanwhile(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	const struct view_filter newest = { .since = 0 };
	const struct view_filter oldest = { .oldest = true };
	struct view_mark down = { .begun = false }, up = down;
	struct view_delivery d;

	expect(job, world_finish(job, "msg_1", NULL, 200, true), OK);
	expect(job, world_finish(job, "msg_2", NULL, 200, true), OK);
	expect(job, ledger_view_deliveries(job, &newest, &down, &d), OK);
	expect(job, ledger_view_deliveries(job, &oldest, &up, &d), OK);
	job->now++;
	expect(job, world_finish(job, "msg_3", NULL, 200, true), OK);
	expect(job, ledger_view_deliveries(job, &newest, &down, &d), OK);
	assert_string_equal(d.id, "msg_1");
	expect(job, ledger_view_deliveries(job, &newest, &down, &d),
	    ERR_ABSENT);
	expect(job, ledger_view_deliveries(job, &oldest, &up, &d), OK);
	assert_string_equal(d.id, "msg_2");
	expect(job, ledger_view_deliveries(job, &oldest, &up, &d), OK);
	assert_string_equal(d.id, "msg_3");
}

static void
test_deliveries_filters(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("t-1", "one", STATUS_FLAKY, 5000);
	const struct {
		struct view_filter filter;
		const char	*want;
	} rows[] = {
		{ { .outcome = "created" }, " msg_good" },
		{ { .outcome = "upstream" }, " msg_bad" },
		{ { .rule = "flaky" }, " msg_bad msg_good" },
		{ { .rule = "broken" }, "" },
		{ { .id = "msg_bad" }, " msg_bad" },
		{ { .owner = "Harbour/CRANES" }, " msg_begin" },
		{ { .owner = "@harbour/cranes" }, " msg_begin" },
		{ { .owner = "@harbour/docks" }, "" },
		{ { .ticket = "HAR-1" }, " msg_begin" },
		{ { .ticket = "https://dock.example.net/HAR-1" },
		    " msg_begin" },
		{ { .ticket = "HAR" }, "" },
		{ { .ticket = "HAR-1", .outcome = "created" }, "" }
	};
	struct view_mark mark = { .begun = false };
	struct view_delivery d;

	assert_int_equal(plant(w, "one", &event, LINK_DONE), 1);
	expect(job, world_finish(job, "msg_good", &event, 200, true), OK);
	expect(job, world_finish(job, "msg_bad", &event, 503, false), OK);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(deliveries(job, &rows[i].filter),
		    rows[i].want);
	expect(job, ledger_view_deliveries(job, &rows[1].filter, &mark, &d),
	    OK);
	assert_string_equal(d.why, "linear: no answer");
	assert_string_equal(d.answer, "{\"error\":\"upstream\"}");
	assert_int_equal(d.status, 503);
	assert_true(d.due && !d.final);
	assert_int_equal(d.event_time, 5000);
	assert_memory_equal(d.body, "{\"type\":\"test_case\"}", d.len);
	assert_null(d.ticket_key);
}

static void
test_tickets(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event one = world_event("t-1", "one", STATUS_FLAKY, 5000);
	struct event two = world_event("t-2", "two", STATUS_FLAKY, 6000);
	const struct {
		struct view_filter filter;
		const char	*want;
	} rows[] = {
		{ { .since = 0 }, " file|b test|a" },
		{ { .oldest = true }, " test|a file|b" },
		{ { .outcome = "created" }, " test|a" },
		{ { .outcome = "adopted" }, " file|b" },
		{ { .rule = "flaky" }, " file|b test|a" },
		{ { .owner = "HARBOUR/cranes" }, " file|b test|a" },
		{ { .ticket = "HAR-2" }, " file|b" },
		{ { .test = "t-1" }, " test|a" },
		{ { .test = "ift" }, " file|b test|a" },
		{ { .test = "t-" }, "" },
		{ { .since = (int64_t)WORLD_NOW * 1000 + 1 }, " file|b" },
		{ { .until = (int64_t)WORLD_NOW * 1000 }, " test|a" }
	};
	const struct view_filter filter = { .ticket = "HAR-2" };
	struct view_mark mark = { .begun = false };
	struct view_ticket t;

	plant(w, "test|a", &one, LINK_DONE);
	job->now++;
	plant(w, "file|b", &two, LINK_REFUSED);
	assert_int_equal(ask(w->path, "UPDATE ticket SET adopted = 1"
	    " WHERE id = 2 RETURNING 1"), 1);
	assert_int_equal(ask(w->path, "INSERT INTO test (identity, name)"
	    " VALUES ('three', 'a third') RETURNING 1"), 1);
	assert_int_equal(ask(w->path, "INSERT INTO link VALUES (2, 3,"
	    " 'repository', 'done', 't-3', 0, 1, NULL) RETURNING 1"), 1);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(tickets(job, &rows[i].filter),
		    rows[i].want);
	expect(job, ledger_view_tickets(job, &filter, &mark, &t), OK);
	assert_int_equal(t.tests, 2);
	assert_int_equal(t.linked, 1);
	assert_int_equal(t.refused, 1);
	assert_string_equal(t.test, "lifts");
	assert_string_equal(t.outcome, "adopted");
	assert_int_equal(t.filing.stage, STAGE_CREATED);
	assert_int_equal(t.filing.lock, -1);
	assert_string_equal(t.filing.note, "component left out");
}

/* What is not made yet has an outcome of its own. */
static void
test_ticket_stages(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("t-1", "one", STATUS_FLAKY, 5000);
	const struct view_filter pending = { .outcome = "pending" };
	const struct view_filter unknown = { .outcome = "unknown" };
	struct filing f = { .lock = -1, .test_lock = -1 };

	expect(job, world_begin(job, "test|a", &event, &f), OK);
	assert_string_equal(tickets(job, &pending), " test|a");
	f.stage = STAGE_SENT;
	expect(job, ledger_advance(job, &event.test, &f), OK);
	assert_string_equal(tickets(job, &pending), "");
	assert_string_equal(tickets(job, &unknown), " test|a");
	ledger_release(job, &f);
}

static void
test_tests(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event one = world_event("t-1", "one", STATUS_FLAKY, 5000);
	struct event two = world_event("t-2", "two", STATUS_BROKEN, 6000);
	const struct {
		struct view_filter filter;
		const char	*want;
	} rows[] = {
		{ { .since = 0 }, " two one" },
		{ { .oldest = true }, " one two" },
		{ { .since = 5001 }, " two" },
		{ { .outcome = "created" }, " one" },
		{ { .test = "t-2" }, " two" },
		{ { .test = "lifts" }, " two one" },
		{ { .name = "lifts" }, " two one" },
		{ { .name = "lifts", .oldest = true }, " one two" },
		{ { .name = "lift" }, "" },
		{ { .name = "lifts", .test = "t-1" }, " one" },
		{ { .ticket = "HAR-1" }, " one" },
		{ { .of = 1 }, " one" },
		{ { .of = 2 }, "" }
	};
	const struct view_filter filter = { .test = "t-1" };
	struct view_mark mark = { .begun = false };
	struct view_test t;

	plant(w, "test|a", &one, LINK_REFUSED);
	expect(job, world_finish(job, "msg_1", &one, 200, true), OK);
	expect(job, world_finish(job, "msg_2", &two, 200, true), OK);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(tests(job, &rows[i].filter),
		    rows[i].want);
	expect(job, ledger_view_tests(job, &filter, &mark, &t), OK);
	assert_string_equal(t.id[SCOPE_COLLECTION], "t-1");
	assert_null(t.id[SCOPE_REPOSITORY]);
	assert_string_equal(t.link[SCOPE_COLLECTION], "refused");
	assert_null(t.link[SCOPE_REPOSITORY]);
	assert_string_equal(t.status, "flaky");
	assert_int_equal(t.status_time, 5000);
	assert_string_equal(t.test.repository.name, "crane");
	assert_string_equal(t.ticket.remote_key, "HAR-1");
	assert_string_equal(t.outcome, "created");
}

static void
test_generation(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("t-1", "one", STATUS_FLAKY, 5000);
	int n = 7;

	expect(job, ledger_view_generation(job, "test|a", &n), OK);
	assert_int_equal(n, 0);
	plant(w, "test|a", &event, LINK_DONE);
	assert_int_equal(ask(w->path, "UPDATE ticket SET generation = 4"
	    " RETURNING 1"), 1);
	expect(job, ledger_view_generation(job, "test|a", &n), OK);
	assert_int_equal(n, 4);
}

struct dumped {
	size_t		 tests, aliases, rows, left;
	bool		 saw_name, saw_body, saw_null;
};

static bool
put(void *arg, const char *table, const struct view_cell *cells, size_t n)
{
	struct dumped *d = arg;

	d->rows++;
	d->tests += strcmp(table, "test") == 0;
	d->aliases += strcmp(table, "alias") == 0;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(table, "test") == 0 &&
		    strcmp(cells[i].name, "name") == 0)
			d->saw_name = cells[i].type == VIEW_TEXT &&
			    strcmp(cells[i].data, "lifts") == 0;
		if (strcmp(cells[i].name, "body") == 0 &&
		    cells[i].type == VIEW_BLOB)
			d->saw_body = strcmp(cells[i].data,
			    "{\"type\":\"test_case\"}") == 0;
		if (strcmp(cells[i].name, "variant") == 0)
			d->saw_null = cells[i].type == VIEW_NULL;
	}
	return (d->left == 0 || --d->left > 0);
}

static void
test_dump(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("t-1", "one", STATUS_FLAKY, 5000);
	struct dumped d = { .left = 0 };

	plant(w, "test|a", &event, LINK_DONE);
	expect(job, ledger_view_dump(job, put, &d), OK);
	assert_int_equal(d.tests, 1);
	assert_int_equal(d.aliases, 1);
	assert_true(d.saw_name && d.saw_body && d.saw_null);
	assert_true(d.rows > 4);
	/* Who cannot take more ends it, and the ledger stays usable. */
	d = (struct dumped){ .left = 2 };
	expect(job, ledger_view_dump(job, put, &d), ERR_LEDGER);
	assert_int_equal(d.rows, 2);
	expect(job, world_finish(job, "msg_1", &event, 200, true), OK);
}

int
main(void)
{
#define TEST(f)	cmocka_unit_test_setup_teardown(f, world_setup_open,	\
	    world_teardown)
	const struct CMUnitTest all[] = {
		TEST(test_deliveries_order),
		TEST(test_deliveries_meanwhile),
		TEST(test_deliveries_filters),
		TEST(test_tickets),
		TEST(test_ticket_stages),
		TEST(test_tests),
		TEST(test_generation),
		TEST(test_dump)
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests(all, NULL, NULL));
}
