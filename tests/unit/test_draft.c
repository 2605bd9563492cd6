#include "common/utf8.h"
#include "handler/config.h"
#include "handler/draft.h"
#include "tests/unit/job_setup.h"
#include "tests/unit/markdown_shape.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct rule rule = { .name = "nightly", .line = 7 };

/* An event that tells everything. */
static struct event
full(void)
{
	static const char *owners[2];
	struct event e = {
		.family = FAMILY_STATUS,
		.type = "v2.test_case.status_changed",
		.name = "test_case.status_changed",
		.status = STATUS_FLAKY,
		.previous = STATUS_HEALTHY,
		.time = 1794000000000,	/* date -u -d @1794000000 */
		.reason = "Inconsistent results on main",
		.monitor_type = "pass_on_retry",
		.test = {
			.id = "id-1",
			.name = "Basket.adds_a_pear",
			.parent = "Basket",
			.classname = "orchard.BasketTest",
			.file_path = "src/basket_test.c",
			.variant = "arm64",
			.url = "https://app.trunk.io/o/test/1?repo=a%2Fb&x=1",
			.owners = owners,
			.nowners = 2,
			.quarantined = ANSWER_NO,
			.failure_rate = 0.18,
			.pull_requests = 4,
			.repository = { "github.com", "orchard", "basket",
			    "https://github.com/orchard/basket" },
		},
	};

	owners[0] = "@orchard/pear";
	owners[1] = "plum";
	return (e);
}

static struct draft
draft_of(const struct event *event, const char *template, const char *owner)
{
	struct route route = { .rule = &rule, .owner = owner };
	struct draft d = { NULL, NULL };

	memset(&job, 0, sizeof(job));
	job.arena = arena;
	route.dest[DEST_TITLE].value = template;
	assert_int_equal(draft_write(&job, event, &route, &d), OK);
	assert_non_null(d.title);
	assert_non_null(d.body);
	return (d);
}

static void
read_body(const struct event *event, struct shape *s)
{
	struct draft d = draft_of(event, NULL, "@orchard/plum");

	assert_int_equal(shape_of(arena, d.body, s), 0);
}

/* Is there a line of words that begins with line? */
static void
assert_line(const struct event *event, const char *line)
{
	struct shape s;

	read_body(event, &s);
	if (strstr(buf_text(&s.words), arena_printf(arena, "\n%s\n", line)) ==
	    NULL)
		fail_msg("no line \"%s\" in\n%s", line, buf_text(&s.words));
}

static void
assert_no(const struct event *event, const char *word)
{
	struct shape s;

	read_body(event, &s);
	if (strstr(buf_text(&s.words), word) != NULL)
		fail_msg("\"%s\" in\n%s", word, buf_text(&s.words));
}

static void
test_body(void **state)
{
	static const char *const lines[] = {
		"Status: healthy \xe2\x86\x92 flaky",
		"Since: 2026-11-06T21:20:00.000Z",
		"Reason: Inconsistent results on main",
		"Monitor: pass_on_retry",
		"Repository: github.com/orchard/basket",
		"File: src/basket_test.c",
		"Suite: Basket",
		"Class: orchard.BasketTest",
		"Variant: arm64",
		"Impact: failed 18 % of runs in 7 days, 4 pull requests",
		"Quarantined: no",
		"Code owners: @orchard/pear, plum",
	};
	struct event event = full();
	struct shape s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lines); i++)
		assert_line(&event, lines[i]);
	read_body(&event, &s);
	assert_non_null(strstr(buf_text(&s.words),
	    "Basket.adds_a_pear became flaky.\n"));
	assert_non_null(strstr(buf_text(&s.words), "Filed by tickethook: "
	    "rule nightly at line 7 of the configuration, for code owner "
	    "@orchard/plum. To stop this: action = record in that rule."));
	assert_string_equal(buf_text(&s.links),
	    "https://app.trunk.io/o/test/1?repo=a%2Fb&x=1\n"
	    "https://github.com/orchard/basket\n");
	assert_no(&event, "example");
	event.example = true;
	read_body(&event, &s);
	assert_non_null(strstr(buf_text(&s.words), "published example"));
}

/* No label without a value. */
static void
test_bare(void **state)
{
	static const char *const labels[] = { "Reason:", "Monitor:",
	    "Repository:", "File:", "Suite:", "Class:", "Variant:", "Impact:",
	    "Quarantined:", "owner", "Open the test", "null" };
	struct event event = {
		.family = FAMILY_STATUS, .status = STATUS_BROKEN,
		.time = 1794000000000, .time_is_ours = true,
		.test = { .id = "id-1", .name = "n", .failure_rate = -1,
		    .pull_requests = -1 },
	};
	struct shape s;
	struct draft d;
	size_t i;

	(void)state;
	d = draft_of(&event, NULL, NULL);
	assert_int_equal(shape_of(arena, d.body, &s), 0);
	for (i = 0; i < COUNT(labels); i++)
		assert_null(strstr(buf_text(&s.words), labels[i]));
	assert_string_equal(buf_text(&s.links), "");
	assert_string_equal(d.title, "[Flaky Test] n");
	assert_line(&event, "Status: broken");
	assert_line(&event, "Since: 2026-11-06T21:20:00.000Z (when Trunk's "
	    "message came; it told no time)");
}

/* Values that show nothing are as good as not told. */
static void
test_blank(void **state)
{
	static const char *const blanks[] = { " ", "\t \n", "\x01\x7f",
	    "\xe2\x80\xa8", "\xe2\x80\xae \xc2\xa0", "\xef\xbb\xbf" };
	static const char *owner[1];
	struct event event, e;
	struct draft d;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(blanks); i++) {
		arena_reset(arena);
		event = full();
		e = event;
		e.reason = e.monitor_type = blanks[i];
		e.test.name = e.test.parent = e.test.classname = blanks[i];
		e.test.file_path = e.test.variant = blanks[i];
		owner[0] = blanks[i];
		e.test.owners = owner;
		e.test.nowners = 1;
		e.test.url = blanks[i];
		assert_no(&e, "Reason:");
		assert_no(&e, "Monitor:");
		assert_no(&e, "File:");
		assert_no(&e, "Suite:");
		assert_no(&e, "Class:");
		assert_no(&e, "Variant:");
		assert_no(&e, "Code owners:");
		assert_no(&e, "Open the test");
		d = draft_of(&e, NULL, NULL);
		assert_string_equal(d.title, "[Flaky Test]");
		d = draft_of(&e, "{{test.name}}", NULL);
		assert_string_equal(d.title, "id-1");
		assert_non_null(strstr(d.body, "`id-1` became"));
	}
}

static void
test_impact(void **state)
{
	static const struct {
		double		 rate;
		int64_t		 prs;
		const char	*line;		/* NULL: none */
	} rows[] = {
		{ 0.18, 4, "Impact: failed 18 % of runs in 7 days, "
		    "4 pull requests" },
		{ 0.18, 1, "Impact: failed 18 % of runs in 7 days, "
		    "1 pull request" },
		{ 0.18, 0, "Impact: failed 18 % of runs in 7 days" },
		{ 0.18, -1, "Impact: failed 18 % of runs in 7 days" },
		{ -1, 4, "Impact: 4 pull requests in 7 days" },
		{ 0, 1, "Impact: 1 pull request in 7 days" },
		{ 0, 0, NULL }, { -1, -1, NULL }, { 0, -1, NULL },
		{ 1, -1, "Impact: failed 100 % of runs in 7 days" },
		{ 0.9999, -1, "Impact: failed 99 % of runs in 7 days" },
		{ 0.826, -1, "Impact: failed 83 % of runs in 7 days" },
		{ 0.005, -1, "Impact: failed 1 % of runs in 7 days" },
		{ 0.0049, -1, "Impact: failed less than 1 % of runs in 7 "
		    "days" },
		{ 1e-300, -1, "Impact: failed less than 1 % of runs in 7 "
		    "days" },
	};
	struct event event = full();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		arena_reset(arena);
		event.test.failure_rate = rows[i].rate;
		event.test.pull_requests = rows[i].prs;
		if (rows[i].line != NULL)
			assert_line(&event, rows[i].line);
		else
			assert_no(&event, "Impact:");
	}
}

static void
test_title(void **state)
{
	static const char *const rows[][2] = {	/* name, title */
		{ "a\nb\r\nc\td", "[Flaky Test] a b c d" },
		{ "a\xe2\x80\xa8" "b\xe2\x80\xa9" "c", "[Flaky Test] a b c" },
		{ "a\x01\x1f\x7f\xc2\x85" "b", "[Flaky Test] a b" },
		{ "  a   b  ", "[Flaky Test] a b" },
		{ "\"a\" \\ 'b' `c` *d* {code} [e](f) <g> & @h",
		    "[Flaky Test] \"a\" \\ 'b' `c` *d* {code} [e](f) <g> & "
		    "@h" },
		{ "\xf0\x9f\x8d\x90 \xc3\xbc", "[Flaky Test] \xf0\x9f\x8d\x90 "
		    "\xc3\xbc" },
		{ "a\xff" "b", "[Flaky Test] a\xef\xbf\xbd" "b" },
		{ "safe\xe2\x80\xaetxet", "[Flaky Test] safe txet" },
	};
	struct event event = full();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		event.test.name = rows[i][0];
		assert_string_equal(draft_of(&event, NULL, NULL).title,
		    rows[i][1]);
	}
	event = full();
	assert_string_equal(draft_of(&event, "{{rule}}\n: {{status}}",
	    NULL).title, "nightly : flaky");
	assert_string_equal(draft_of(&event, "{{owner}}", NULL).title,
	    "Basket.adds_a_pear");
}

/* Jira counts UTF-16 units, and refuses the 256th. */
static void
test_title_length(void **state)
{
	static const struct {
		const char	*one;
		size_t		 units;
	} rows[] = { { "a", 1 }, { "\xc3\xbc", 1 }, { "\xe2\x82\xac", 1 },
	    { "\xf0\x9f\x8d\x90", 2 } };
	struct event event = full();
	const char *title;
	struct buf name;
	size_t i, n, k, most;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		for (n = 120; n < 400; n += n > 250 && n < 260 ? 1 : 5) {
			arena_reset(arena);
			buf_init(&name, arena, 1 << 20);
			for (k = 0; k < n; k++)
				buf_str(&name, rows[i].one);
			event.test.name = buf_text(&name);
			title = draft_of(&event, "{{test.name}}", NULL).title;
			assert_true(utf8_valid(title, strlen(title)));
			if (n * rows[i].units <= 255) {
				assert_string_equal(title, event.test.name);
				continue;
			}
			most = 254 / rows[i].units;
			assert_int_equal(utf8_count(title, strlen(title)),
			    most + 1);
			assert_string_equal(title + most * strlen(rows[i].one),
			    "\xe2\x80\xa6");
		}
}

static const char *const naughty[] = {
	"\"quoted\" 'text'", "back\\slash\\", "a\nb\n\n# heading\n\n- item",
	"\r\n\r\n> quote", "{code}x{code}", "{noformat}", "{{x}}",
	"{color:red}",
	"*bold* **bold** _em_ __em__", "~~gone~~", "`code` ``more``", "```\nx",
	"`", "``", "~~~\nx\n~~~", "# x", "> x", "- x", "1. x", "1) x", "+ x",
	"| a | b |\n|---|---|\n| c | d |", "---", "===",
	"[x](http://e.example)",
	"![x](http://e.example/y.png)", "[x]: http://e.example", "<b>x</b>",
	"<script>alert(1)</script>", "<!-- x -->", "<http://e.example>",
	"http://e.example/a_b", "www.e.example", "a@e.example",
	"https://linear.app/team/issue/ENG-1", "@everyone", "@orchard/pear",
	"[~accountid:5b10]", "[^attachment]", "!image.png!", "&lt;b&gt; &amp;",
	"&copy; &#65;", "+++ fold\nx\n+++", "a > b [c] (d)", "- [ ] x",
	"\xf0\x9f\x8d\x90\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xac",
	"\xe2\x80\xa8line\xe2\x80\xa9para", "\xe2\x80\xaereversed",
	"\x01\x02\x1b[31mred\x07", "'; DROP TABLE test; --", "$(id) `id`",
	"%s%n%d", "mutation { x(y: \"z\") }", "\\n \\u0041", "x]](y", "](z)",
	"**", "__", "x  ", "  x", "ENG-123", "#123", "null", "0", ":smile:",
	"\xd8\xa7\xd9\x84", "\xce\xb1\xcc\x81",
};

/* Blanks and what turns into one, as one. */
static const char *
squeeze(const char *text)
{
	struct buf b;
	size_t n, left;
	uint32_t point;

	buf_init(&b, arena, 1 << 20);
	for (left = strlen(text); left > 0; text += n, left -= n) {
		point = utf8_next(text, left, &n);
		if (point == 0x2060)	/* word joiner: takes no room */
			continue;
		if (point > 0x20 && point != 0x7f && point != 0x2028 &&
		    point != 0x2029)
			buf_add(&b, text, n);
		else if (b.len > 0 && b.data[b.len - 1] != ' ')
			buf_char(&b, ' ');
	}
	if (b.len > 0 && b.data[b.len - 1] == ' ')
		b.data[b.len - 1] = '\0';
	return (buf_text(&b));
}

/*
 * Whatever their text is: the reader sees the shape that plain words have,
 * the same links, and the text itself.
 */
static void
test_naughty(void **state)
{
	static const char *owners[2];
	struct event event;
	struct shape plain, s;
	const char *text, *marks, *links;
	struct draft d;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(naughty); i++) {
		arena_reset(arena);
		event = full();
		read_body(&event, &plain);
		marks = buf_text(&plain.marks);
		links = buf_text(&plain.links);
		text = naughty[i];
		event.reason = event.monitor_type = text;
		event.test.name = event.test.parent = text;
		event.test.classname = event.test.file_path = text;
		event.test.variant = owners[0] = owners[1] = text;
		event.test.owners = owners;
		event.test.repository.host = text;
		event.test.repository.owner = text;
		event.test.repository.name = text;
		d = draft_of(&event, NULL, text);
		assert_int_equal(shape_of(arena, d.body, &s), 0);
		if (strcmp(buf_text(&s.marks), marks) != 0)
			fail_msg("\"%s\" has a shape of its own in\n%s\n%s"
			    "\n%s", text, d.body, buf_text(&s.marks), marks);
		assert_string_equal(buf_text(&s.links), links);
		text = squeeze(text);
		if (strstr(squeeze(buf_text(&s.words)), arena_printf(arena,
		    "Reason: %s Monitor: %s Repository: ", text, text)) ==
		    NULL || strstr(squeeze(buf_text(&s.words)), arena_printf(
		    arena, "File: %s Suite: %s Class: %s Variant: %s Impact: ",
		    text, text, text, text)) == NULL)
			fail_msg("\"%s\" is not what\n%s\nshows", text,
			    buf_text(&s.words));
	}
}

/* A target cannot end its link, and only web pages are linked. */
static void
test_targets(void **state)
{
	static const char *const rows[][2] = {	/* URL, target; NULL: none */
		{ "https://t.example/a(b)c", "https://t.example/a%28b%29c" },
		{ "https://t.example/a>b<c", "https://t.example/a%3Eb%3Cc" },
		{ "https://t.example/[x]", "https://t.example/%5Bx%5D" },
		{ "https://t.example/a b\nc", "https://t.example/a%20b%0Ac" },
		{ "https://t.example/\\", "https://t.example/%5C" },
		{ "https://t.example/?a=1&copy;=2",
		    "https://t.example/?a=1&copy;=2" },
		{ "https://t.example/\xc3\xbc", "https://t.example/%C3%BC" },
		{ "https://t.example/?repo=a%2Fb",
		    "https://t.example/?repo=a%2Fb" },
		{ "https://t.example/`x`|y", "https://t.example/%60x%60%7Cy" },
		{ "https://t.example/*x*_y_", "https://t.example/*x*_y_" },
		{ "HTTP://t.example/", "HTTP://t.example/" },
		{ "javascript:alert(1)", NULL }, { "//t.example", NULL },
		{ "data:text/html,x", NULL }, { "x", NULL }, { "", NULL },
	};
	struct event event = full();
	struct shape s;
	size_t i;

	(void)state;
	memset(&event.test.repository, 0, sizeof(event.test.repository));
	for (i = 0; i < COUNT(rows); i++) {
		arena_reset(arena);
		event.test.url = rows[i][0];
		read_body(&event, &s);
		assert_string_equal(buf_text(&s.links), rows[i][1] == NULL ?
		    "" : arena_printf(arena, "%s\n", rows[i][1]));
	}
	event.test.repository.url = "http://one.example/[x]";
	assert_line(&event, "Repository: http://one.example/[x]");
	read_body(&event, &s);
	assert_string_equal(buf_text(&s.links), "");
}

/* 32,767 characters is what Jira takes of a description. */
static void
test_long_values(void **state)
{
	static const char *const units[] = { "a", "\xf0\x9f\x8d\x90", "`", "*",
	    "&", "\n", "ab " };
	static const char *owners[100];
	struct event event;
	struct shape s;
	struct draft d;
	struct buf b;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(units); i++) {
		arena_reset(arena);
		buf_init(&b, arena, 1 << 20);
		buf_str(&b, "https://t.example/a/");
		for (k = 0; k < 5000; k++)
			buf_str(&b, units[i]);
		event = full();
		event.reason = event.monitor_type = buf_text(&b);
		event.test.name = event.test.parent = buf_text(&b);
		event.test.classname = event.test.file_path = buf_text(&b);
		event.test.variant = event.test.url = buf_text(&b);
		for (k = 0; k < COUNT(owners); k++)
			owners[k] = buf_text(&b);
		event.test.owners = owners;
		event.test.nowners = COUNT(owners);
		event.test.repository.name = buf_text(&b);
		event.test.repository.url = buf_text(&b);
		d = draft_of(&event, NULL, buf_text(&b));
		assert_true(utf8_valid(d.body, strlen(d.body)));
		assert_in_range(utf8_count(d.body, strlen(d.body)), 1000,
		    32767);
		assert_int_equal(shape_of(arena, d.body, &s), 0);
		assert_non_null(strstr(buf_text(&s.words),
		    " and 80 more\n"));
		assert_non_null(strstr(buf_text(&s.words), "\xe2\x80\xa6"));
		assert_non_null(strstr(buf_text(&s.words), "Quarantined:"));
	}
}

/* All of the text or an honest error. */
static void
test_memory(void **state)
{
	struct route route = { .rule = &rule };
	struct event event = full();
	struct arena *small;
	struct draft d, want;
	size_t cap, used, failed = 0;
	enum err e = ERR_NOMEM;

	(void)state;
	arena_reset(arena);
	want = draft_of(&event, NULL, NULL);
	used = arena_used(arena);
	for (cap = 0; cap <= used + 64; cap += 48) {
		small = arena_new(cap);
		assert_non_null(small);
		memset(&job, 0, sizeof(job));
		job.arena = small;
		e = draft_write(&job, &event, &route, &d);
		if (e == OK) {
			assert_string_equal(d.title, want.title);
			assert_string_equal(d.body, want.body);
		} else {
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
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_blank),
		cmocka_unit_test(test_impact),
		cmocka_unit_test(test_title),
		cmocka_unit_test(test_title_length),
		cmocka_unit_test(test_naughty),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_memory),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
