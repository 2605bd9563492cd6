#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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
#include "common/log.h"
#include "handler/config.h"
#include "handler/graphql.h"
#include "handler/linear.h"
#include "handler/linear_input.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	ARENA = 1 << 20,
	GRAIN = 16,		/* bytes, of a cap */
	OUT_MAX = 1 << 16,
	DAY = 24 * 60 * 60 * 1000
};

static struct job job;
static struct tracker tracker = { .name = "lin" };

static int
before_each(void **state)
{

	(void)state;
	arena_reset(job.arena);
	job.why.text[0] = '\0';
	return (0);
}

static struct route
route_of(void)
{

	return ((struct route){
	    .dest[DEST_LABELS] = { .value = "one, two" },
	    .dest[DEST_ASSIGNEE] = { .value = "a@b.example" },
	    .dest[DEST_PROJECT] = { .value = "Tide" },
	    .dest[DEST_STATE] = { .value = "Todo" },
	    .dest[DEST_TEMPLATE] = { .value = "Bug" },
	    .dest[DEST_ESTIMATE] = { .value = "3" },
	    .dest[DEST_PRIORITY] = { .value = "Low" } });
}

static struct target
target_of(const struct route *route)
{

	return ((struct target){ .tracker = &tracker, .project = "ENG",
	    .route = route, .due = 1790985600000 });
}

/* https://linear.app/developers/graphql: 0 is none, 1 urgent, 4 low. */
static void
test_priority(void **state)
{

	(void)state;
	assert_string_equal(linear_priority("none"), "0");
	assert_string_equal(linear_priority("urgent"), "1");
	assert_string_equal(linear_priority("HIGH"), "2");
	assert_string_equal(linear_priority("medium"), "3");
	assert_string_equal(linear_priority("Low"), "4");
	assert_null(linear_priority(""));
	assert_null(linear_priority("Highest"));
	assert_null(linear_priority("1"));
}

/* Days as date(1) prints them. */
static void
test_date(void **state)
{

	(void)state;
	assert_string_equal(linear_date(&job, 1790985600000), "2026-10-03");
	assert_string_equal(linear_date(&job, 1790985600000 + DAY - 1),
	    "2026-10-03");
	assert_string_equal(linear_date(&job, 1835308800000), "2028-02-28");
	assert_string_equal(linear_date(&job, 1835308800000 + DAY),
	    "2028-02-29");
}

static void
test_uuid(void **state)
{
	static const char *const no[] = { "", "x",
	    "6d3b0a52-84c1-4f7e-9a26-c05e17d8b43", "ENG-12",
	    "6d3b0a52-84c1-4f7e-9a26-c05e17d8b4311",
	    "6d3b0a52-84c1-4f7e-9a26-c05e17d8b43g",
	    "6d3b0a52084c1-4f7e-9a26-c05e17d8b431" };
	char hex[] = "00112233445566778899aabbccddeeff";
	const char *got;
	size_t i;

	(void)state;
	for (i = 0; i < 16; i++) {
		hex[16] = "0123456789abcdef"[i];
		got = linear_uuid(&job, hex);
		assert_true(linear_is_uuid(got));
		assert_int_equal(got[14], '4');
		assert_non_null(strchr("89ab", got[19]));
		assert_memory_equal(got, "00112233-4455-4677-", 19);
		assert_string_equal(got + 20, "899-aabbccddeeff");
	}
	assert_true(linear_is_uuid("6D3B0A52-84C1-4F7E-9A26-C05E17D8B431"));
	for (i = 0; i < COUNT(no); i++)
		assert_false(linear_is_uuid(no[i]));
}

static const char *
input_of(const struct target *t, const struct filing *f)
{
	struct draft draft = { "T", "B" };
	struct json_writer w;
	struct buf b;

	buf_init(&b, job.arena, OUT_MAX);
	json_open(&w, &b);
	json_begin(&w, NULL, JSON_OBJECT);
	linear_put_input(&w, t, &draft, f);
	json_end(&w);
	return (buf_text(&b));
}

static void
test_sketch(void **state)
{
	struct route route = route_of();
	struct target t = target_of(&route);
	struct filing f = { .marker = "m", .note = "of before" };

	(void)state;
	assert_int_equal(linear_sketch(&job, &t, &f), OK);
	assert_null(f.note);
	assert_string_equal(input_of(&t, &f), "{\"input\":{\"id\":\"m\","
	    "\"teamId\":\"<team ENG>\",\"title\":\"T\",\"description\":\"B\","
	    "\"labelIds\":[\"<label one>\",\"<label two>\"],"
	    "\"assigneeId\":\"<user a@b.example>\","
	    "\"projectId\":\"<project Tide>\",\"stateId\":\"<state Todo>\","
	    "\"templateId\":\"<template Bug>\",\"estimate\":3,"
	    "\"priority\":4,\"dueDate\":\"2026-10-03\"}}");
	route = (struct route){ .dest[DEST_TEAM] = { .value = "ENG" } };
	t = target_of(&route);
	t.due = 0;
	assert_int_equal(linear_sketch(&job, &t, &f), OK);
	assert_string_equal(input_of(&t, &f), "{\"input\":{\"id\":\"m\","
	    "\"teamId\":\"<team ENG>\",\"title\":\"T\","
	    "\"description\":\"B\"}}");
}

/* What is no number of ours never gets into the JSON. */
static void
test_values(void **state)
{
	static const char *const no[] = { "", "-1", "1.5", "1e3", "01", "1000",
	    "3,\"x\":1", "three", " 3" };
	struct route route = { .dest[DEST_PRIORITY] = { .value = "P1" } };
	struct target t = target_of(&route);
	struct filing f = { .marker = "m" };
	size_t i;

	(void)state;
	assert_int_equal(linear_plain(&job, &t, &f), OK);
	assert_string_equal(f.note, "priority left out: P1 is none of urgent, "
	    "high, medium, low, none");
	route.dest[DEST_PRIORITY].value = NULL;
	for (i = 0; i < COUNT(no); i++) {
		route.dest[DEST_ESTIMATE].value = no[i];
		assert_int_equal(linear_plain(&job, &t, &f), OK);
		assert_non_null(strstr(f.note, "estimate left out: "));
		assert_null(((struct linear_input *)t.own)->
		    value[LINEAR_ESTIMATE]);
	}
	route.dest[DEST_ESTIMATE].value = "0";
	assert_int_equal(linear_plain(&job, &t, &f), OK);
	assert_null(f.note);
}

/* What Linear says, and which field it blames; LINEAR_FIELDS: none. */
static const struct {
	const char		*message, *shown, *field;
	enum linear_field	 blamed;
} refusals[] = {
	{ "Argument Validation Error", "x", "assigneeId", LINEAR_ASSIGNEE },
	{ "Argument Validation Error", "x", "estimate", LINEAR_ESTIMATE },
	{ "Argument Validation Error", "x", "dueDate", LINEAR_DUE },
	{ "Argument Validation Error", "x", "priority", LINEAR_PRIORITY },
	{ "Argument Validation Error", "x", "title", LINEAR_FIELDS },
	{ "Argument Validation Error", "the estimate of the state", "teamId",
	    LINEAR_FIELDS },
	{ "Argument Validation Error", "stateId must be a UUID.", NULL,
	    LINEAR_STATE },
	{ "Entity not found: User", "Could not find referenced User.", NULL,
	    LINEAR_ASSIGNEE },
	{ "Entity not found: IssueLabel", NULL, NULL, LINEAR_LABELS },
	{ "Entity not found: WorkflowState", NULL, NULL, LINEAR_STATE },
	{ "Entity not found: Project", NULL, NULL, LINEAR_PROJECT },
	{ "Entity not found: Template", NULL, NULL, LINEAR_TEMPLATE },
	{ "Entity not found: Team", "Could not find referenced Team.", NULL,
	    LINEAR_FIELDS },
	{ "labelIds not exclusive child labels", "The label 'B' is in the "
	    "same group as 'A'.", NULL, LINEAR_LABELS },
	{ "labelIds for incorrect team", NULL, NULL, LINEAR_LABELS },
	{ "Discrepancy between issue team and project", NULL, NULL,
	    LINEAR_PROJECT },
	{ "Discrepancy between issue team and state", NULL, NULL,
	    LINEAR_STATE },
	{ "Usage limit exceeded", "You've exceeded the free issue limit for "
	    "this workspace. See projects and labels.", NULL, LINEAR_FIELDS },
	{ "conflict on insert of Issue", NULL, NULL, LINEAR_FIELDS },
	{ "restated prioritys Users assigneeIdx", NULL, NULL, LINEAR_FIELDS },
	{ "", NULL, NULL, LINEAR_FIELDS },
};

static void
test_drop(void **state)
{
	struct route route = route_of();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(refusals); i++) {
		struct target t = target_of(&route);
		struct filing f = { .marker = "m" };
		struct graphql q = { .message = refusals[i].message,
		    .shown = refusals[i].shown, .field = refusals[i].field };
		enum linear_field k = refusals[i].blamed, j;

		assert_int_equal(linear_sketch(&job, &t, &f), OK);
		if (linear_drop(&job, &t, &q, &f) != (k != LINEAR_FIELDS))
			fail_msg("\"%s\"", q.message);
		for (j = LINEAR_LABELS; j < LINEAR_FIELDS; j++)
			assert_int_equal(((struct linear_input *)t.own)->
			    value[j] == NULL, j == k);
		assert_int_equal(f.note != NULL, k != LINEAR_FIELDS);
		/* Once: it is not there any more. */
		assert_false(linear_drop(&job, &t, &q, &f));
		/* Never for the key's own fault. */
		assert_int_equal(linear_sketch(&job, &t, &f), OK);
		q.credential = true;
		assert_false(linear_drop(&job, &t, &q, &f));
	}
}

static void
test_note(void **state)
{
	struct route route = route_of();
	struct target t = target_of(&route);
	struct filing f = { .marker = "m" };
	struct graphql q = { .message = "Entity not found: User" };

	(void)state;
	assert_int_equal(linear_sketch(&job, &t, &f), OK);
	assert_true(linear_drop(&job, &t, &q, &f));
	q.message = "x";
	q.field = "labelIds";
	q.shown = "No.";
	assert_true(linear_drop(&job, &t, &q, &f));
	assert_string_equal(f.note, "assignee left out: Linear says: Entity "
	    "not found: User; label left out: Linear says: No.");
	assert_string_equal(job.why.text, "");
}

static void
test_no_memory(void **state)
{
	struct arena *roomy = job.arena;
	struct route route = route_of();
	enum err e = ERR_NOMEM;
	size_t cap;

	(void)state;
	route.dest[DEST_ESTIMATE].value = "many";
	for (cap = 0; e != OK; cap += GRAIN) {
		struct target t = target_of(&route);
		struct filing f = { .marker = "m" };

		assert_non_null(job.arena = arena_new(cap));
		job.why.text[0] = '\0';
		e = linear_sketch(&job, &t, &f);
		assert_true(e == OK || e == ERR_NOMEM);
		assert_int_equal(e == OK, job.why.text[0] == '\0');
		if (e == OK)
			assert_non_null(f.note);
		arena_free(job.arena);
	}
	job.arena = roomy;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_priority, before_each),
		cmocka_unit_test_setup(test_date, before_each),
		cmocka_unit_test_setup(test_uuid, before_each),
		cmocka_unit_test_setup(test_sketch, before_each),
		cmocka_unit_test_setup(test_values, before_each),
		cmocka_unit_test_setup(test_drop, before_each),
		cmocka_unit_test_setup(test_note, before_each),
		cmocka_unit_test_setup(test_no_memory, before_each),
	};
	int failed;

	if ((job.arena = arena_new(ARENA)) == NULL)
		return (1);
	log_setup(LOG_LEVEL_ERROR, false);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(job.arena);
	return (failed);
}
