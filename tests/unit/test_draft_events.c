/*
 * What a text says of events that are no change of a test's status, and how
 * tests are named where many share a ticket.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* It has the name of a function of the handler. */
#undef fail

#include "common/arena.h"
#include "common/buf.h"
#include "handler/config.h"
#include "handler/draft.h"
#include "handler/draft_text.h"
#include "handler/effect.h"
#include "handler/job.h"
#include "handler/storm.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	ROOM = 1 << 20,
	HOUR = 3600 * 1000,
	MANY = 23		/* facts; a text shows 20 */
};

static struct arena *arena;

static int
setup(void **state)
{

	(void)state;
	return ((arena = arena_new(ROOM)) == NULL);
}

static int
teardown(void **state)
{

	(void)state;
	arena_free(arena);
	return (0);
}

static void
assert_in(const char *text, const char *part, bool there)
{

	assert_non_null(text);
	if ((strstr(text, part) != NULL) != there) {
		print_error("\"%s\" is%s in: %s\n", part, there ? " not" :
		    "", text);
		assert_true(false);
	}
}

/* A name, an id, or the type; never blank. */
static void
test_subject(void **state)
{
	static const struct {
		const char *name, *id, *type, *subject;
	} cases[] = {
		{ "peels", "id-1", "a.b", "peels" },
		{ "", "id-1", "a.b", "id-1" },
		{ " \t", "id-1", "a.b", "id-1" },
		{ NULL, NULL, "a.b", "a.b" },
		{ NULL, "", "", "event" },
		{ NULL, NULL, NULL, "event" }
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct event e = { .type = cases[i].type, .test = {
		    .name = cases[i].name, .id = cases[i].id } };
		assert_string_equal(draft_subject(&e), cases[i].subject);
	}
}

static const char *
queue_text(const struct queue_item *item)
{
	struct event event = { .queue = item, .time = 1794000000000 };
	struct buf b;

	buf_init(&b, arena, ROOM / 2);
	draft_queue(&b, &event);
	return (buf_text(&b));
}

/* What was told has its line, what was not leaves no empty label. */
static void
test_queue(void **state)
{
	static const char *const labels[] = { "Reason", "Target branch",
	    "Tested on", "Bisection", "Author" };
	struct queue_item item = { .number = 12 };
	const char *text = queue_text(&item);

	(void)state;
	assert_in(text, "Pull request 12 failed in the merge queue.", true);
	for (size_t i = 0; i < COUNT(labels); i++)
		assert_in(text, labels[i], false);
	item = (struct queue_item){ .number = 12,
	    .repository = "github.com/orchard/basket",
	    .url = "https://app.trunk.io/q/12", .reason = "TESTS_FAILED",
	    .target_branch = "main", .branch = "trunk-merge/12",
	    .author = "@kim", .is_bisection = ANSWER_YES };
	text = queue_text(&item);
	assert_in(text, "Pull request [12](<https://app.trunk.io/q/12>) of "
	    "`github.com/orchard/basket` failed", true);
	for (size_t i = 0; i < COUNT(labels); i++)
		assert_in(text, labels[i], true);
	assert_in(text, "yes", true);
	assert_in(text, "`@kim`", true);
	item.is_bisection = ANSWER_NO;
	assert_in(queue_text(&item), "yes", false);
	/* Only https leads anywhere. */
	item.url = "javascript:alert(1)";
	assert_in(queue_text(&item), "javascript", false);
}

static const char *
found_text(const struct investigation *found, double confidence)
{
	struct event event = { .investigation = found,
	    .confidence = confidence };
	struct buf b;

	buf_init(&b, arena, ROOM / 2);
	draft_investigation(&b, &event);
	return (buf_text(&b));
}

static void
test_investigation(void **state)
{
	struct fact facts[MANY];
	struct investigation found = { .facts = facts, .nfacts = 0 };
	const char *text;

	(void)state;
	assert_false(draft_found(&(struct event){ .investigation = NULL }));
	assert_string_equal(found_text(&found, 0.5), "");
	for (size_t i = 0; i < MANY; i++)
		facts[i] = (struct fact){ .type = "GIT_BLAME",
		    .content = "a line", .confidence = 0.25 };
	found.nfacts = MANY;
	text = found_text(&found, 0.876);
	assert_in(text, "### Investigation (88 % sure)", true);
	assert_in(text, "**Git blame** (25 % sure)", true);
	assert_in(text, "And 3 more facts.", true);
	found.nfacts = 3;
	facts[0] = (struct fact){ .content = "untyped", .confidence = -1 };
	facts[1].content = "";
	text = found_text(&found, -1);
	assert_in(text, "### Investigation\n", true);
	assert_in(text, "**Fact**\n\n> untyped\n", true);
	assert_in(text, "more facts", false);
	/* A quotation that no control byte ends, nor another line's start. */
	found.nfacts = 0;
	found.summary = "one\rtwo\vthree\tfour\n# five";
	text = found_text(&found, -1);
	assert_in(text, "> one two three\tfour\n> # five\n", true);
	found.failure = "at peel()";
	assert_in(found_text(&found, -1), "The failure:", true);
}

/* A ticket of one test says "this test", a shared one which. */
static void
test_shared_name(void **state)
{
	static const struct {
		const char *key, *name, *variant, *text;
	} cases[] = {
		{ "test|x", "peels", "arm64", "this test" },
		{ "file|x", "peels", "arm64", "`peels` (`arm64`)" },
		{ "file|x", "peels", NULL, "`peels`" },
		{ "file|x", NULL, "", "`id-1`" }
	};
	struct filing filing = { .stage = STAGE_CREATED };
	struct event event = { .test = { .id = "id-1" } };
	struct scene scene = { .event = &event, .filing = &filing };
	struct buf b;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		filing.key = arena_strdup(arena, cases[i].key);
		event.test.name = cases[i].name;
		event.test.variant = cases[i].variant;
		buf_init(&b, arena, ROOM / 2);
		effect_put_test(&b, &scene);
		assert_string_equal(buf_text(&b), cases[i].text);
	}
}

/* Owners compare without case and @; two never meet by a separator. */
static void
test_storm_key(void **state)
{
	static const char *one[] = { "@Orchard/Pear" },
	    *same[] = { "orchard/pear" }, *two[] = { "a", "b" },
	    *joined[] = { "a,b" }, *odd[] = { "a|", "b" };
	static const struct rule rule = { .name = "night|ly" };
	struct job job = { .arena = arena, .now = 10 * HOUR + 5 };
	struct event event = { .test = { .repository = { .host = "h",
	    .owner = "o", .name = "n" } } };
	struct route route = { .rule = &rule };
	const char *key[6];

	(void)state;
	event.test.owners = one;
	event.test.nowners = 1;
	key[0] = storm_key(&job, &event, &route, HOUR);
	event.test.owners = same;
	key[1] = storm_key(&job, &event, &route, HOUR);
	route.owner = "@ORCHARD/pear";
	event.test.nowners = 0;
	key[2] = storm_key(&job, &event, &route, HOUR);
	route.owner = NULL;
	event.test.owners = two;
	event.test.nowners = 2;
	key[3] = storm_key(&job, &event, &route, HOUR);
	event.test.owners = joined;
	event.test.nowners = 1;
	key[4] = storm_key(&job, &event, &route, HOUR);
	event.test.owners = odd;
	event.test.nowners = 2;
	key[5] = storm_key(&job, &event, &route, HOUR);
	assert_string_equal(key[0], key[1]);
	assert_string_equal(key[0], key[2]);
	for (size_t i = 2; i < COUNT(key); i++) {
		assert_true(storm_is_umbrella(key[i]));
		for (size_t k = 2; k < i; k++)
			assert_string_not_equal(key[i], key[k]);
	}
	job.now += HOUR;
	assert_string_not_equal(storm_key(&job, &event, &route, HOUR), key[5]);
	job.now -= HOUR + 5;
	assert_string_equal(storm_key(&job, &event, &route, HOUR), key[5]);
	event.monitor_type = "pass_on_retry";
	assert_string_not_equal(storm_key(&job, &event, &route, HOUR), key[5]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_subject, setup, teardown),
		cmocka_unit_test_setup_teardown(test_queue, setup, teardown),
		cmocka_unit_test_setup_teardown(test_investigation, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_shared_name, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_storm_key, setup,
		    teardown)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
