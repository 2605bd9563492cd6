#include "common/json.h"
#include "common/markup.h"
#include "common/utf8.h"
#include "handler/config.h"
#include "handler/draft.h"
#include "tests/unit/job_setup.h"
#include "tests/unit/markdown_shape.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TARGET	"https://app.trunk.io/o/test/1"

static const struct rule rule = { .name = "nightly", .line = 7 };
static const struct owner section = { .name = "@orchard/plum", .line = 31 };

static struct event
event_of(const char *name)
{
	struct event e = {
		.family = FAMILY_STATUS, .status = STATUS_FLAKY,
		.time = 1794000000000,	/* date -u -d @1794000000 */
		.test = { .id = "id-1", .name = name, .url = TARGET,
		    .failure_rate = -1, .pull_requests = -1 },
	};

	return (e);
}

static struct draft
draft_of(const struct event *event, const char *template)
{
	struct route route = { .rule = &rule };
	struct draft d = { NULL, NULL };

	memset(&job, 0, sizeof(job));
	job.arena = arena;
	route.dest[DEST_DESCRIPTION].value = template;
	assert_int_equal(draft_write(&job, event, &route, &d), OK);
	return (d);
}

static struct shape
shape(const char *markdown)
{
	struct shape s;

	assert_int_equal(shape_of(arena, markdown, &s), 0);
	return (s);
}

static const char end[] = "\n---\n\n[Open the test in Trunk](<" TARGET
    ">)\n\nFiled by tickethook: rule `nightly` at line 7 of the "
    "configuration. To stop this: `action = record` in that rule.\n";

/* What stands before the end that every text has. */
static const char *
described(const char *name, const char *template)
{
	struct event event = event_of(name);
	const char *body = draft_of(&event, template).body;
	const char *at = strstr(body, "\n---\n");

	assert_non_null(at);
	assert_string_equal(at, end);
	return (arena_strndup(arena, body, (size_t)(at - body)));
}

static void
test_templates(void **state)
{
	static const char *const rows[][3] = {	/* name, template, text */
		{ "n", "", "\n" },
		{ "n", "plain", "plain\n" },
		{ "n", "one\\ntwo\\n\\nthree", "one\ntwo\n\nthree\n" },
		{ "n", "**{{test.name}}** is {{status}}",
		    "**n** is flaky\n" },
		{ "a_b*c", "{{test.name}}", "a\\_b\\*c\n" },
		{ "# h", "{{test.name}}", "\\# h\n" },
		{ "a\nb", "{{test.name}}", "a b\n" },
		{ "{{rule}}", "{{test.name}}", "\\{\\{rule\\}\\}\n" },
		{ "<b>", "<{{test.name}}>", "\\<\\<b\\>>\n" },
		{ "b", "<{{test.name}}>x", "\\<b>x\n" },
		/* Between backticks: code. */
		{ "a_b", "`{{test.name}}`", "`a_b`\n" },
		{ "a`b", "`{{test.name}}`", "``a`b``\n" },
		{ "a`b", "``{{test.name}}``", "``a`b``\n" },
		{ "a", "`x {{test.name}} y` {{status}}",
		    "`x a y` flaky\n" },
		{ "a_b", "` {{test.name}}", "` a\\_b\n" },
		{ "a_b", "\\`{{test.name}}\\`", "\\`a\\_b\\`\n" },
		{ "n", "a `{{reason}}` b", "a  b\n" },
		{ "n", "a < b ({{test.name}}) \\", "a < b (n) \\\n" },
		/* no span goes over a blank line */
		{ "a_b", "`{{test.name}}\\n\\nx`", "`a\\_b\n\nx`\n" },
		/* four blanks are no fence; a fence ends as it began */
		{ "a_b", "x\\n    ```\\n{{test.name}}",
		    "x\n    ```\na\\_b\n" },
		{ "a_b", "```\\n~~~\\n{{test.name}}\\n```",
		    "```\n~~~\na_b\n```\n" },
		{ "a_b", "```\\n``` x\\n{{test.name}}\\n```",
		    "````\n``` x\na_b\n````\n" },
		/* A fence: code that keeps its lines. */
		{ "a\nb", "```\\n{{test.name}}\\n```\\nend",
		    "```\na\nb\n```\nend\n" },
		{ "```\n# x", "```\\n{{test.name}}\\n```",
		    "````\n```\n# x\n````\n" },
		{ "x", "```c\\n{{test.name}}\\n```", "```c\nx\n```\n" },
		{ "x", "~~~\\n{{test.name}}\\n~~~", "```\nx\n```\n" },
		{ "x", "see:\\n```\\n{{test.name}}", "see:\n```\nx\n```\n" },
		{ "x", "```\\n{{reason}}\\n```\\nend", "end\n" },
		{ "x", "``` a ` b\\n{{test.name}}", "``` a ` b\nx\n" },
		/* Targets. */
		{ "n", "[page]({{test.url}})", "[page](" TARGET ")\n" },
		{ "n", "[x]({{test.name}})", "[x]()\n" },
		{ "a b)&c", "[x](https://w.example/{{test.name}}?q=1)",
		    "[x](https://w.example/a%20b%29%26c?q=1)\n" },
		{ "a_b", "[{{test.name}}]({{test.url}}) {{test.name}}",
		    "[a\\_b](" TARGET ") a\\_b\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		assert_string_equal(described(rows[i][0], rows[i][1]),
		    rows[i][2]);
}

/* The author's shape stays, whatever the value is. */
static void
test_values_are_data(void **state)
{
	static const char template[] = "# About {{test.name}}\\n\\n"
	    "It is **{{test.name}}** and `{{test.name}}`, *so*.\\n\\n"
	    "- {{test.name}}\\n- [{{test.name}}](https://w.example/x"
	    "{{test.name}}y)\\n\\n> {{test.name}}\\n\\n"
	    "```\\n{{test.name}}\\n```\\n\\n| a |\\n|---|\\n| {{test.name}} |";
	static const char *const values[] = {
		"`", "``", "```", "a`b``c", "*", "**b**", "_", "__", "~~x~~",
		"[x](http://e.example)", "](http://e.example)", ")", "(", "]",
		"![x](http://e.example/p.png)", "<b>", "</b>", "<!--",
		"http://e.example", "www.e.example", "a@e.example",
		"https://linear.app/x/issue/X-1", "|", "a|b", "{{rule}}",
		"# h", "- x", "1. x", "> x", "---", "===", "+++", "\\", "\\\\",
		"&copy;", "&#65;", "@team", "$x$", "^1", "~", "x\n\n# y",
		"x\n```\n# y", "x\r\n---\r\ny", "    x", "\tx", "''", "\"",
		"\xe2\x80\xae.", "{code}", "{noformat}", "!i!", "x  ",
	};
	struct shape plain, s;
	struct event event = event_of("plain");
	size_t i;

	(void)state;
	plain = shape(draft_of(&event, template).body);
	for (i = 0; i < COUNT(values); i++) {
		event = event_of(values[i]);
		s = shape(draft_of(&event, template).body);
		if (strcmp(buf_text(&s.marks), buf_text(&plain.marks)) != 0)
			fail_msg("\"%s\" has a shape of its own in\n%s",
			    values[i], draft_of(&event, template).body);
	}
}

/* More backticks than a reader counts: then it is no code, and yet data. */
static void
test_many_backticks(void **state)
{
	struct event event;
	struct shape s;
	struct buf b;
	size_t n, i;

	(void)state;
	for (n = 28; n < 300; n += n < 36 ? 1 : 50) {
		buf_init(&b, arena, 1 << 16);
		for (i = 0; i < n; i++)
			buf_char(&b, '`');
		buf_str(&b, "**b** [l](http://e.example) *i*");
		event = event_of(buf_text(&b));
		s = shape(draft_of(&event, NULL).body);
		assert_null(strstr(buf_text(&s.links), "e.example"));
		assert_non_null(strstr(buf_text(&s.words),
		    arena_printf(arena, "%s became", buf_text(&b))));
	}
}

/* However often a value stands there, Linear takes the text. */
static void
test_budget(void **state)
{
	struct event event;
	struct draft d;
	struct buf name, template;
	size_t i;

	(void)state;
	buf_init(&name, arena, 1 << 20);
	for (i = 0; i < 1000; i++)
		buf_str(&name, "\xf0\x9f\x8d\x90*");
	buf_init(&template, arena, 1 << 20);
	for (i = 0; i < 500; i++)
		buf_str(&template, "- {{test.name}}\\n");
	event = event_of(buf_text(&name));
	d = draft_of(&event, buf_text(&template));
	assert_true(utf8_valid(d.body, strlen(d.body)));
	assert_in_range(strlen(d.body), 30000, 60000);
	assert_non_null(strstr(d.body, "- \xe2\x80\xa6\n"));
	assert_non_null(strstr(d.body, end));
}

static void
test_failures(void **state)
{
	static const struct failure list[] = {
		{ "expected 7\n  got <8> ``` {code}", 6, 1793807891000 },
		{ "# time-out", 1, 0 }, { " \n", 4, 0 },
		{ "no count", 0, 1793807891000 }, { "nothing", 0, 0 },
	};
	static const char want[] = "\n### Most common failures\n"
	    "\n6 times, last at 2026-11-04T15:58:11.000Z:\n\n````\n"
	    "expected 7\n  got <8> ``` {code}\n````\n"
	    "\n1 time:\n\n```\n# time-out\n```\n"
	    "\nLast at 2026-11-04T15:58:11.000Z:\n\n```\nno count\n```\n"
	    "\n```\nnothing\n```\n"
	    "\n---\n\nFiled by tickethook: rule `nightly`";
	struct event event = event_of("n");

	(void)state;
	assert_null(strstr(draft_of(&event, NULL).body, "failures"));
	event.test.failures = list;
	event.test.nfailures = COUNT(list);
	assert_non_null(strstr(draft_of(&event, NULL).body, want));
	event.test.failures = &list[2];
	event.test.nfailures = 1;
	assert_null(strstr(draft_of(&event, NULL).body, "failures"));
}

/* Who said so, in full. */
static void
test_route(void **state)
{
	struct event event = event_of("n");
	struct route route = { .rule = &rule, .owner = "@Orchard/plum",
	    .owner_section = &section };
	struct draft d;

	(void)state;
	memset(&job, 0, sizeof(job));
	job.arena = arena;
	assert_int_equal(draft_write(&job, &event, &route, &d), OK);
	assert_non_null(strstr(d.body, "\n\nFiled by tickethook: rule "
	    "`nightly` at line 7 of the configuration, for code owner "
	    "`@Orchard/plum`, section `[owner @orchard/plum]` at line 31. "
	    "To stop this: `action = record` in that rule.\n"));
	route.rule = NULL;
	route.owner = NULL;
	route.owner_section = NULL;
	assert_int_equal(draft_write(&job, &event, &route, &d), OK);
	assert_non_null(strstr(d.body, "\n\nFiled by tickethook.\n"));
}

/* All that can be long is long: each tracker's limit, and the end is there. */
static void
test_limits(void **state)
{
	static const char *const units[] = { "a", "\xf0\x9f\x8d\x90", "`x",
	    "\"\\", "{code}\n", "* b\n", "\xe6\xbc\xa2" };
	static const char *owners[40];
	struct failure list[5];
	struct event event;
	const char *adf, *wiki, *long_text;
	struct draft d;
	struct buf b;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(units); i++) {
		arena_reset(arena);
		buf_init(&b, arena, 1 << 20);
		for (k = 0; k < 9000; k++)
			buf_str(&b, units[i]);
		long_text = buf_text(&b);
		event = event_of(long_text);
		event.reason = event.monitor_type = long_text;
		event.test.parent = event.test.classname = long_text;
		event.test.file_path = event.test.variant = long_text;
		for (k = 0; k < COUNT(owners); k++)
			owners[k] = long_text;
		event.test.owners = owners;
		event.test.nowners = COUNT(owners);
		for (k = 0; k < COUNT(list); k++)
			list[k] = (struct failure){ long_text, 3, 0 };
		event.test.failures = list;
		event.test.nfailures = COUNT(list);
		d = draft_of(&event, NULL);
		assert_true(utf8_valid(d.body, strlen(d.body)));
		assert_in_range(utf8_count(d.body, strlen(d.body)), 20000,
		    60000);
		(void)shape(d.body);
		assert_int_equal(markup_adf(arena, d.body, 30000, &adf), OK);
		assert_in_range(strlen(adf), 15000, 30000);
		assert_true(utf8_valid(adf, strlen(adf)));
		assert_non_null(strstr(adf, " at line 7 of the conf"));
		assert_int_equal(markup_wiki(arena, d.body, 32000, &wiki),
		    OK);
		assert_in_range(strlen(wiki), 15000, 32000);
		assert_non_null(strstr(wiki, " at line 7 of the conf"));
	}
}

static void
test_memory(void **state)
{
	static const char template[] = "`{{test.name}}` {{test.name}}\\n"
	    "```\\n{{test.name}}\\n```\\n[x]({{test.url}})";
	struct route route = { .rule = &rule };
	struct event event = event_of("a`b");
	struct draft d, want;
	struct arena *small;
	size_t cap, failed = 0;
	enum err e = ERR_NOMEM;

	(void)state;
	want = draft_of(&event, template);
	route.dest[DEST_DESCRIPTION].value = template;
	for (cap = 0; cap < 16384; cap += 48) {
		small = arena_new(cap);
		assert_non_null(small);
		memset(&job, 0, sizeof(job));
		job.arena = small;
		if ((e = draft_write(&job, &event, &route, &d)) == OK)
			assert_string_equal(d.body, want.body);
		else {
			assert_int_equal(e, ERR_NOMEM);
			failed++;
		}
		arena_free(small);
	}
	assert_int_equal(e, OK);
	assert_true(failed > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_values_are_data),
		cmocka_unit_test(test_many_backticks),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_route),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_memory),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
