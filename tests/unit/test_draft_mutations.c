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
#include "common/json.h"
#include "common/utf8.h"
#include "handler/config.h"
#include "handler/draft.h"
#include "handler/event.h"
#include "tests/unit/markdown_shape.h"

/*
 * Each member of four payloads in turn deleted, emptied or retyped: what is
 * left of the event is filed as long as id, name and status survive, and
 * what was lost leaves no trace in the ticket.
 */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* After https://docs.trunk.io/flaky-tests/webhooks; all values made up. */
static const struct payload {
	const char	*body;
	const char	*status_path;
	bool		 restated;	/* the status stands there twice */
} payloads[] = {
	{ "{\"type\":\"test_case.status_changed\",\"status_change\":{"
	    "\"current_status\":{\"reason\":\"Consistently failing on main\","
	    "\"timestamp\":\"2026-09-12T06:30:11.000Z\",\"value\":\"broken\"},"
	    "\"previous_status\":\"flaky\"},\"test_case\":{\"codeowners\":[],"
	    "\"failure_rate_last_7d\":0.75,\"html_url\":"
	    "\"https://app.trunk.io/orchard/test/a1\",\"id\":\"a1\","
	    "\"most_common_failures\":[],\"name\":\"TestPressCider\","
	    "\"pull_requests_impacted_last_7d\":0,\"quarantined\":true,"
	    "\"repository\":{\"html_url\":\"https://github.com/orchard/press\"}"
	    ",\"status\":{\"reason\":\"Consistently failing on main\","
	    "\"timestamp\":\"2026-09-12T06:30:11.000Z\",\"value\":\"broken\"},"
	    "\"test_suite\":\"orchard/press\",\"variant\":\"\"}}",
	    "status_change.current_status.value", true },
	{ "{\"type\":\"test_case.status_changed\",\"test_case\":{\"id\":"
	    "\"b2\",\"repository\":{\"html_url\":"
	    "\"https://gitlab.com/orchard/fruit/basket\"},\"html_url\":"
	    "\"https://app.trunk.io/orchard/test/b2\",\"name\":"
	    "\"basket > holds pears\",\"variant\":\"arm64\",\"status\":{"
	    "\"value\":\"flaky\",\"reason\":\"Inconsistent results\","
	    "\"timestamp\":\"2026-09-13T07:00:00Z\"},"
	    "\"most_common_failures\":[{\"summary\":\"a pear fell\","
	    "\"occurrence_count\":3,\"last_occurrence\":"
	    "\"2026-09-13T06:59:00Z\"}],\"failure_rate_last_7d\":0.2,"
	    "\"failure_rate_last_24h\":0.4,\"file_path\":\"basket.spec.ts\","
	    "\"parent\":\"basket\",\"classname\":\"Basket\",\"codeowners\":["
	    "\"@orchard/pear\",\"plum\"],\"pull_requests_impacted_last_7d\":2,"
	    "\"quarantined\":false,\"ticket\":{\"html_url\":"
	    "\"https://linear.app/orchard/issue/FRU-9\"}},\"status_change\":{"
	    "\"previous_status\":\"healthy\",\"current_status\":{\"value\":"
	    "\"flaky\",\"reason\":\"Inconsistent results\",\"timestamp\":"
	    "\"2026-09-13T07:00:00Z\"}}}",
	    "status_change.current_status.value", true },
	{ "{\"type\":\"v2.test_case.status_changed\",\"timestamp\":"
	    "\"2026-09-14T08:00:00.250Z\",\"previous_status\":\"HEALTHY\","
	    "\"new_status\":\"FLAKY\",\"triggered_by\":{\"monitor_id\":\"m1\","
	    "\"monitor_type\":\"pass_on_retry\",\"monitor_status\":\"active\"}"
	    ",\"repository\":{\"id\":\"r1\",\"html_url\":"
	    "\"https://github.com/orchard/press\"},\"test_case\":{\"id\":"
	    "\"c3\",\"name\":\"presses twice\",\"classname\":\"PressTest\","
	    "\"parent\":\"press\",\"file_path\":\"press_test.c\","
	    "\"html_url\":\"https://app.trunk.io/orchard/test/c3\","
	    "\"codeowners\":[\"@orchard/press\"],\"quarantined\":false,"
	    "\"variant\":\"x86\",\"failure_rate_last_7d\":0.18,"
	    "\"pull_requests_impacted_last_7d\":4}}", "new_status", false },
	{ "{\"type\":\"v2.test_case.status_changed\",\"timestamp\":"
	    "\"2026-09-15T09:00:00.000Z\",\"previous_status\":\"FLAKY\","
	    "\"new_status\":\"BROKEN\",\"triggered_by\":{\"monitor_id\":\"m2\""
	    ",\"monitor_type\":\"failure_rate\",\"monitor_status\":\"active\"}"
	    ",\"test_collection\":{\"id\":\"kW5\",\"html_url\":"
	    "\"https://app.trunk.io/orchard/collections/kW5\"},\"test_case\":{"
	    "\"id\":\"d4\",\"name\":\"stores juice\",\"classname\":\"Juice\","
	    "\"parent\":\"cellar\",\"file_path\":\"\",\"html_url\":"
	    "\"https://app.trunk.io/orchard/test/d4\",\"codeowners\":[],"
	    "\"quarantined\":true,\"variant\":\"\",\"failure_rate_last_7d\":1,"
	    "\"pull_requests_impacted_last_7d\":7}}", "new_status", false },
};

/* NULL: the member is deleted. */
static const char *const mutations[] = { NULL, "null", "\"\"", "\" \"",
    "\"x\"", "0", "-1", "1e308", "true", "false", "[]", "{}", "[null]",
    "[[]]", "{\"a\":null}", "{\"value\":[],\"html_url\":{}}" };

static struct arena *arena;

static int
setup(void **state)
{

	(void)state;
	arena = arena_new(4 << 20);
	return (arena == NULL);
}

static int
teardown(void **state)
{

	(void)state;
	arena_free(arena);
	return (0);
}

/* A copy of a tree in which the victim, counted from 0, has changed. */
struct copy {
	struct buf	 out;
	int		 victim;
	const char	*mutation;
	int		 count;
	char		 path[256];	/* of the victim */
};

static void
copy_scalar(struct buf *b, const struct json *j)
{

	if (j->type == JSON_STRING)	/* ours hold nothing to escape */
		buf_printf(b, "\"%s\"", j->text);
	else if (j->type == JSON_NUMBER)
		buf_str(b, j->text);
	else
		buf_str(b, j->type == JSON_NULL ? "null" : j->truth ? "true" :
		    "false");
}

static void
copy_tree(struct copy *c, const struct json *j, const char *path)
{
	const struct json *child;
	const char *sep = "";
	char below[256];
	bool hit;

	if (j->type != JSON_ARRAY && j->type != JSON_OBJECT) {
		copy_scalar(&c->out, j);
		return;
	}
	buf_char(&c->out, j->type == JSON_ARRAY ? '[' : '{');
	for (child = j->child; child != NULL; child = child->next) {
		snprintf(below, sizeof(below), "%s%s%s", path,
		    *path != '\0' ? "." : "",
		    child->key != NULL ? child->key : "[]");
		if ((hit = c->count++ == c->victim))
			strcpy(c->path, below);
		if (hit && c->mutation == NULL)
			continue;
		buf_str(&c->out, sep);
		sep = ",";
		if (child->key != NULL)
			buf_printf(&c->out, "\"%s\":", child->key);
		if (hit)
			buf_str(&c->out, c->mutation);
		else
			copy_tree(c, child, below);
	}
	buf_char(&c->out, j->type == JSON_ARRAY ? ']' : '}');
}

enum verdict {
	FILED,			/* a status change, with the same status */
	KEPT,			/* known or unknown, but no status change */
	MALFORMED		/* refused */
};

/* What event.h promises of a mutation of the member at path. */
static enum verdict
promised(const struct payload *p, const char *path, const char *mutation)
{
	bool text = mutation != NULL && (strcmp(mutation, "\"x\"") == 0 ||
	    strcmp(mutation, "\" \"") == 0);

	if (strcmp(path, "type") == 0)
		return (KEPT);
	if (strcmp(path, "test_case") == 0)
		return (MALFORMED);
	if (strcmp(path, "test_case.id") == 0 ||
	    strcmp(path, "test_case.name") == 0)
		return (text ? FILED : MALFORMED);
	if (strcmp(path, p->status_path) == 0)
		return (text ? KEPT : p->restated ? FILED : MALFORMED);
	return (FILED);
}

/* Every label has a value, and nothing of C or JSON shows through. */
static void
check_draft(const struct draft *d, const char *body)
{
	static const char *const traces[] = { "null", "nan", "inf", " -1",
	    "``", "[]", "()", "<>", "unknown", "1e308", " %s" };
	const char *line, *end, *colon;
	struct shape s;
	size_t i;

	for (i = 0; i < COUNT(traces); i++)
		if (strstr(d->body, traces[i]) != NULL ||
		    strstr(d->title, traces[i]) != NULL)
			fail_msg("\"%s\" in\n%s\n%s\nof %s", traces[i],
			    d->title, d->body, body);
	assert_int_equal(strncmp(d->title, "[Flaky Test]", 12), 0);
	assert_in_range(utf8_count(d->title, strlen(d->title)), 12, 255);
	assert_int_equal(shape_of(arena, d->body, &s), 0);
	for (line = buf_text(&s.words); *line != '\0'; line = end) {
		end = line + strcspn(line, "\n");
		colon = memchr(line, ':', (size_t)(end - line));
		if (colon != NULL && colon + 2 >= end)
			fail_msg("an empty label in\n%s\nof %s", d->body,
			    body);
		end += *end == '\n';
	}
}

/* Returns whether there was such a victim. */
static bool
mutate(const struct payload *p, int victim, const char *mutation)
{
	static const struct rule rule = { .name = "nightly", .line = 7 };
	struct job job = { .arena = arena, .now = 1794000000000 };
	struct delivery mail = { .id = "msg_1", .body = p->body,
	    .len = strlen(p->body) };
	struct copy c = { .victim = victim, .mutation = mutation };
	struct route route = { .rule = &rule };
	struct event whole, event;
	const struct json *tree;
	struct draft d;
	enum verdict v;
	enum err e;

	arena_reset(arena);
	assert_int_equal(event_read(&job, &mail, &whole), OK);
	assert_int_equal(json_parse(arena, mail.body, mail.len, &tree, NULL),
	    OK);
	buf_init(&c.out, arena, 1 << 16);
	copy_tree(&c, tree, "");
	if (c.count <= victim)
		return (false);
	mail.body = buf_text(&c.out);
	mail.len = c.out.len;
	e = event_read(&job, &mail, &event);
	if (e != OK)
		v = MALFORMED;
	else
		v = event.family == FAMILY_STATUS ? FILED : KEPT;
	if (v != promised(p, c.path, mutation) || (e != OK &&
	    e != ERR_MALFORMED))
		fail_msg("%s: verdict %d for %s", c.path, v, mail.body);
	if (v != FILED)
		return (true);
	assert_int_equal(event.status, whole.status);
	assert_int_equal(draft_write(&job, &event, &route, &d), OK);
	check_draft(&d, mail.body);
	return (true);
}

static void
test_mutations(void **state)
{
	size_t p, m, done = 0;
	int victim;

	(void)state;
	for (p = 0; p < COUNT(payloads); p++)
		for (m = 0; m < COUNT(mutations); m++)
			for (victim = 0; mutate(&payloads[p], victim,
			    mutations[m]); victim++)
				done++;
	/* 106 members in all four. */
	assert_int_equal(done, 106 * COUNT(mutations));
}

/* A body cut short anywhere is refused, and nothing is read beyond it. */
static void
test_truncated(void **state)
{
	struct job job = { .arena = arena };
	struct delivery mail = { .id = "msg_1" };
	struct event event;
	char *exact;
	size_t p, n, len;

	(void)state;
	for (p = 0; p < COUNT(payloads); p++) {
		len = strlen(payloads[p].body);
		for (n = 0; n < len; n++) {
			arena_reset(arena);
			exact = malloc(n > 0 ? n : 1);
			assert_non_null(exact);
			memcpy(exact, payloads[p].body, n);
			mail.body = exact;
			mail.len = n;
			assert_int_equal(event_read(&job, &mail, &event),
			    ERR_MALFORMED);
			free(exact);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_truncated),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
