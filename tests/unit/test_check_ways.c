/*
 * A value that would be left out of every ticket is an error of `check`,
 * which names the line that has it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "handler/job.h"

#include <cmocka.h>

#include "common/arena.h"
#include "handler/check.h"
#include "handler/config.h"
#include "handler/route.h"
#include "handler/tracker.h"

static const struct {
	const char	*note;		/* of the tracker; NULL: all is well */
	const char	*where;		/* in the sentence; NULL: no line */
} rows[] = {
	{ NULL, NULL },
	{ "component left out: there is no Brakes", "[rule cranes] (line 8)" },
	{ "label left out: too many", "[owner @pay] (line 21)" },
	{ "due date left out: not on the screen", "[rule cranes] (line 9)" },
	{ "field.Story Points left out: no number", "[rule cranes] (line 12)" },
	{ "field.Story left out: no number", "[rule cranes] (line 11)" },
	{ "field.Points left out: no number", NULL },
	{ "story_points left out: no number", NULL },
	{ "priority left out: a default of ours", NULL },
	{ "assignee left out: nobody set it", NULL },
	{ " left out", NULL },
	{ "nothing of what was told", NULL },
};

static const char *note;

static enum err
resolve(struct job *job, struct target *t, struct filing *f)
{

	(void)job;
	(void)t;
	f->note = note;
	return (OK);
}

static void
a_line_is_named(void **state)
{
	const struct tracker_kind kind = { .type = "jira",
	    .resolve = resolve };
	const struct tracker tracker = { .name = "dock", .kind = &kind };
	struct field fields[] = {
		{ .name = "Story", .next = &fields[1], .setting = {
		    .value = "x", .kind = "rule", .name = "cranes",
		    .line = 11 } },
		{ .name = "Story Points", .setting = { .value = "y",
		    .kind = "rule", .name = "cranes", .line = 12 } }
	};
	struct route route = { .tracker = &tracker, .fields = fields };
	struct target t = { .tracker = &tracker, .route = &route };
	struct job job = { .arena = arena_new(1 << 20) };
	struct check c = { .job = &job };
	size_t i;

	(void)state;
	assert_non_null(job.arena);
	route.dest[DEST_COMPONENT] = (struct setting){ .value = "Brakes",
	    .kind = "rule", .name = "cranes", .line = 8 };
	route.dest[DEST_LABELS] = (struct setting){ .value = "a, b",
	    .kind = "owner", .name = "@pay", .line = 21 };
	route.dest[DEST_DUE] = (struct setting){ .value = "3d",
	    .kind = "rule", .name = "cranes", .line = 9 };
	route.dest[DEST_PRIORITY] = (struct setting){ .value = "High",
	    .kind = "rule", .name = "cranes", .line = 0 };
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct filing f = { .key = "k" };

		note = rows[i].note;
		job.why.text[0] = '\0';
		assert_int_equal(check_resolve(&c, &t, &f), note == NULL ?
		    OK : ERR_REFUSED);
		if (note == NULL)
			continue;
		assert_non_null(strstr(job.why.text, note));
		if (rows[i].where == NULL)
			assert_null(strstr(job.why.text, "(line "));
		else
			assert_non_null(strstr(job.why.text, rows[i].where));
	}
	arena_free(job.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_named),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
