/*
 * What differs between ledger, tracker and Trunk: the judgement of each
 * combination, and the delivery that is made of a test which Trunk lists.
 */
#include "tests/unit/ledger_setup.h"

#include "common/json.h"
#include "handler/event.h"
#include "handler/reconcile_list.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const struct filing ours = { .row = 1, .remote_id = "10", .marker =
    "dock-1", .remote_key = "HAR-1", .tracker = "dock",
    .url = "https://dock.example.net/HAR-1" };

/* "moved closed", of all that is found. */
static const char *
words(struct job *job, const struct ticket_side *side)
{
	struct finding found[TICKET_FINDINGS];
	size_t n = reconcile_ticket(job, side, found);
	char *all = arena_strdup(job->arena, "");

	for (size_t i = 0; i < n; i++) {
		all = arena_printf(job->arena, "%s %s", all,
		    reconcile_word(found[i].kind));
		assert_non_null(found[i].what);
		assert_string_equal(found[i].ticket, "HAR-1");
		/* What is a difference says what is to be done about it. */
		if (found[i].kind != FINDING_DOUBLED)
			assert_int_equal(found[i].would != NULL,
			    reconcile_counts(found[i].kind));
	}
	return (all);
}

static void
test_states(void **state)
{
	/* What people were told last, down; how it is, across. */
	static const char *const want[][REMOTE_DROPPED + 1] = {
		[REMOTE_UNKNOWN] = { "", "", "", " closed", " closed" },
		[REMOTE_OPEN] = { "", "", "", " closed", " closed" },
		[REMOTE_STARTED] = { "", "", "", " closed", " closed" },
		[REMOTE_DONE] = { "", " reopened", " reopened", "", "" },
		[REMOTE_DROPPED] = { "", " reopened", " reopened", "", "" }
	};
	struct world *w = *state;
	struct ticket_side side = { .filing = ours };

	for (int known = 0; known <= REMOTE_DROPPED; known++)
		for (int is = 0; is <= REMOTE_DROPPED; is++) {
			side.known = (enum remote_category)known;
			side.is.category = (enum remote_category)is;
			assert_string_equal(words(&w->job, &side),
			    want[known][is]);
		}
}

static void
test_tickets(void **state)
{
	struct world *w = *state;
	const struct {
		struct ticket_side side;
		const char	*want;
	} rows[] = {
		{ { .filing = ours }, "" },
		{ { .is = { .remote_key = "HAR-1" } }, "" },
		{ { .is = { .remote_key = "SEA-9" } }, " moved" },
		{ { .is = { .gone = true } }, " deleted" },
		/* Once it is known there is nothing to be done. */
		{ { .is = { .gone = true }, .known_gone = true }, "" },
		/* Of what is gone nothing else matters. */
		{ { .is = { .gone = true, .remote_key = "SEA-9",
		    .category = REMOTE_DONE }, .twin = "HAR-2" },
		    " deleted" },
		{ { .twin = "HAR-2" }, " doubled" },
		{ { .to_owner = true }, " unowned" },
		{ { .to_owner = true, .filing = { .owner = "@a/b" } }, "" },
		{ { .is = { .remote_key = "SEA-9", .category = REMOTE_DONE },
		    .twin = "HAR-2", .to_owner = true },
		    " moved closed doubled unowned" }
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ticket_side side = rows[i].side;
		const char *owner = side.filing.owner;

		side.filing = ours;
		side.filing.owner = owner;
		assert_string_equal(words(&w->job, &side), rows[i].want);
	}
}

static void
test_links(void **state)
{
	static const struct tracker *const some =
	    (const struct tracker *)(const void *)&ours;
	struct world *w = *state;
	const struct {
		struct link_side side;
		int		 kind;		/* -1: nothing */
		bool		 would;
	} rows[] = {
		{ { .shown = NULL }, FINDING_UNLINKED, true },
		{ { .shown = "u", .same = true }, -1, false },
		{ { .shown = "u", .gone = true }, FINDING_UNLINKED, true },
		{ { .shown = "u", .place = { .tracker = some } },
		    FINDING_CHANGED, true },
		/* Nobody of ours can read it: a person must act. */
		{ { .shown = "u" }, FINDING_CHANGED, false }
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct link_side side = rows[i].side;
		struct finding found;
		bool is;

		side.ticket = ours;
		side.test.name = "lifts";
		is = reconcile_link(&w->job, &side, &found);
		assert_int_equal(is, rows[i].kind >= 0);
		if (!is)
			continue;
		assert_int_equal(found.kind, rows[i].kind);
		assert_int_equal(found.would != NULL, rows[i].would);
		assert_string_equal(found.test, "lifts");
		assert_string_equal(found.ticket, "HAR-1");
		assert_true(reconcile_counts(found.kind));
	}
}

/* As https://docs.trunk.io/api/v1/list-unhealthy-tests shows one. */
static const char v1[] = "{\"id\":\"3f1\",\"name\":\"lifts\","
    "\"variant\":\"arm\",\"file_path\":\"src/lift.c\",\"parent\":\"crane\","
    "\"classname\":\"Lift\",\"html_url\":\"https://app.trunk.io/h/t/3f1\","
    "\"repository\":{\"html_url\":\"https://git.example.net/harbour/crane\"},"
    "\"status\":{\"value\":\"flaky\",\"reason\":\"Passed on retry\","
    "\"timestamp\":\"2026-08-01T10:00:00.000Z\"},"
    "\"codeowners\":[\"@harbour/a\",\"@harbour/b\"],"
    "\"pull_requests_impacted_last_7d\":4,\"quarantined\":true,"
    "\"ticket\":{\"html_url\":\"https://dock.example.net/HAR-9\"}}";

/* As https://docs.trunk.io/api/tests/list-tests shows one. */
static const char v2[] = "{\"id\":\"9c2\",\"name\":\"lowers\","
    "\"file\":\"src/low.c\",\"parentName\":\"crane\",\"className\":\"Low\","
    "\"variant\":\"\",\"status\":\"broken\","
    "\"statusSince\":\"2026-08-02T10:00:00.000Z\","
    "\"quarantineState\":\"notQuarantined\",\"codeowners\":[],"
    "\"ticket\":{\"url\":\"https://dock.example.net/HAR-8\","
    "\"deletedAt\":\"2026-08-03T10:00:00.000Z\"}}";

static void
read_listed(struct job *job, enum scope scope, const char *text,
    struct event *event)
{
	struct delivery mail, again;
	const struct json *tree;
	struct told told;

	expect(job, json_parse(job->arena, text, strlen(text), &tree,
	    &job->why), OK);
	assert_true(reconcile_told(job, scope, tree, &told));
	expect(job, reconcile_mail(job, &told, "backfill", &mail), OK);
	expect(job, reconcile_mail(job, &told, "backfill", &again), OK);
	assert_string_equal(mail.id, again.id);
	told.status = "healthy";
	expect(job, reconcile_mail(job, &told, "backfill", &again), OK);
	assert_string_not_equal(mail.id, again.id);
	expect(job, event_read(job, &mail, event), OK);
	assert_int_equal(event->family, FAMILY_STATUS);
	assert_int_equal(event->test.scope, scope);
}

static void
test_told_v1(void **state)
{
	struct world *w = *state;
	struct event e;
	const struct test *t = &e.test;

	read_listed(&w->job, SCOPE_REPOSITORY, v1, &e);
	assert_int_equal(e.status, STATUS_FLAKY);
	/* date -u -d 2026-08-01T10:00:00Z +%s */
	assert_int_equal(e.time, 1785578400000);
	assert_string_equal(e.reason, "Passed on retry");
	assert_string_equal(t->id, "3f1");
	assert_string_equal(t->name, "lifts");
	assert_string_equal(t->variant, "arm");
	assert_string_equal(t->file_path, "src/lift.c");
	assert_string_equal(t->parent, "crane");
	assert_string_equal(t->classname, "Lift");
	assert_string_equal(t->url, "https://app.trunk.io/h/t/3f1");
	assert_string_equal(t->repository.host, "git.example.net");
	assert_string_equal(t->repository.name, "crane");
	assert_string_equal(t->ticket_url, "https://dock.example.net/HAR-9");
	assert_int_equal(t->nowners, 2);
	assert_string_equal(t->owners[1], "@harbour/b");
	assert_int_equal(t->pull_requests, 4);
	assert_int_equal(t->quarantined, ANSWER_YES);
}

static void
test_told_v2(void **state)
{
	struct world *w = *state;
	struct event e;
	const struct test *t = &e.test;

	read_listed(&w->job, SCOPE_COLLECTION, v2, &e);
	assert_int_equal(e.status, STATUS_BROKEN);
	assert_int_equal(e.time, 1785664800000);
	assert_string_equal(t->id, "9c2");
	assert_string_equal(t->name, "lowers");
	assert_string_equal(t->file_path, "src/low.c");
	assert_string_equal(t->parent, "crane");
	assert_string_equal(t->classname, "Low");
	assert_null(t->variant);
	assert_null(t->repository.name);
	/* A ticket that was deleted is none. */
	assert_null(t->ticket_url);
	assert_int_equal(t->quarantined, ANSWER_NO);
	assert_true(t->pull_requests < 0);
}

/* What lacks the least that a ticket needs is left out. */
static void
test_told_least(void **state)
{
	static const char *const texts[] = {
		"{\"name\":\"a\",\"status\":{\"value\":\"flaky\"}}",
		"{\"id\":\"a\",\"status\":{\"value\":\"flaky\"}}",
		"{\"id\":\"a\",\"name\":\"a\",\"status\":\"flaky\"}",
		"[]", "7", "null"
	};
	struct world *w = *state;
	const struct json *tree;
	struct told told;

	for (size_t i = 0; i < COUNT(texts); i++) {
		expect(&w->job, json_parse(w->job.arena, texts[i],
		    strlen(texts[i]), &tree, &w->job.why), OK);
		assert_false(reconcile_told(&w->job, SCOPE_REPOSITORY, tree,
		    &told));
	}
}

int
main(void)
{
#define TEST(f)	cmocka_unit_test_setup_teardown(f, world_setup,	\
	    world_teardown)
	const struct CMUnitTest all[] = {
		TEST(test_states),
		TEST(test_tickets),
		TEST(test_links),
		TEST(test_told_v1),
		TEST(test_told_v2),
		TEST(test_told_least)
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests(all, NULL, NULL));
}
