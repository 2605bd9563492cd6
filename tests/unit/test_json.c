#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/json.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

enum {
	ROOM = 64 << 20,
	SMALL_CAP = 1 << 16	/* more than any sweep needs */
};

/* Every feature that takes memory: escapes, keys, depth, a lone half. */
static const char sample[] =
    "{\"name\":\"a\\tb\\u00e9\\ud800!\",\"n\":[1,-2.50,3e+4,{\"k\":[]}],"
    "\"yes\":true,\"no\":false,\"nil\":null,\"\":\"\",\"o\":{\"p\":{}}}";
static const char sample_again[] =
    "{\"name\":\"a\\tb\xc3\xa9?!\",\"n\":[1,-2.50,3e+4,{\"k\":[]}],"
    "\"yes\":true,\"no\":false,\"nil\":null,\"\":\"\",\"o\":{\"p\":{}}}";

static struct arena *arena;

static int
begin(void **state)
{
	(void)state;
	arena = arena_new(ROOM);
	return (arena == NULL ? -1 : 0);
}

static int
finish(void **state)
{
	(void)state;
	arena_free(arena);
	return (0);
}

static const struct json *
parsed(const char *s)
{
	const struct json *tree = NULL;
	struct why why = { "" };

	if (json_parse(arena, s, strlen(s), &tree, &why) != OK)
		fail_msg("%s: %s", s, why.text);
	return (tree);
}

static const char *
written(struct arena *a, const struct json *tree)
{
	struct json_writer w;
	struct buf b;

	buf_init(&b, a, ROOM);
	json_open(&w, &b);
	json_put_tree(&w, NULL, tree);
	return (buf_text(&b));
}

static void
keeps_order_types_and_counts(void **state)
{
	const struct json *j = parsed(
	    "{\"z\":[1,\"two\",null],\"a\":true,\"m\":{\"x\":-0.50}}");

	(void)state;
	assert_int_equal(j->type, JSON_OBJECT);
	assert_int_equal(j->len, 3);
	assert_null(j->key);
	assert_null(j->next);
	j = j->child;
	assert_string_equal(j->key, "z");
	assert_int_equal(j->type, JSON_ARRAY);
	assert_int_equal(j->len, 3);
	assert_null(j->child->key);
	assert_int_equal(j->child->type, JSON_NUMBER);
	assert_string_equal(j->child->next->text, "two");
	assert_int_equal(j->child->next->len, 3);
	assert_int_equal(j->child->next->next->type, JSON_NULL);
	assert_null(j->child->next->next->next);
	j = j->next;
	assert_string_equal(j->key, "a");
	assert_int_equal(j->type, JSON_BOOL);
	assert_true(j->truth);
	j = j->next;
	assert_string_equal(j->key, "m");
	assert_string_equal(j->child->text, "-0.50");
	assert_null(j->next);
}

static void
outlives_its_source(void **state)
{
	const struct json *tree = NULL;
	size_t len = sizeof(sample) - 1;
	char *source = strdup(sample);

	(void)state;
	assert_non_null(source);
	assert_int_equal(json_parse(arena, source, len, &tree, NULL), OK);
	memset(source, 'x', len);
	free(source);
	assert_string_equal(written(arena, tree), sample_again);
}

static void
finds_by_path(void **state)
{
	const struct json *j = parsed("{\"id\":\"1\",\"identity\":\"2\","
	    "\"a\":{\"id\":\"3\",\"b\":{\"c\":\"4\",\"n\":null}},"
	    "\"a.id\":\"5\",\"l\":[{\"id\":\"6\"}],\"e\":\"\",\"\":\"7\"}");

	(void)state;
	assert_string_equal(json_string(j, "id"), "1");
	assert_string_equal(json_string(j, "identity"), "2");
	assert_string_equal(json_string(j, "a.id"), "3");
	assert_string_equal(json_string(j, "a.b.c"), "4");
	assert_string_equal(json_string(json_get(j, "a.b"), "c"), "4");
	assert_string_equal(json_string(j, ""), "7");
	assert_int_equal(json_get(j, "a.b.n")->type, JSON_NULL);
	assert_null(json_get(j, "ident"));
	assert_null(json_get(j, "a.x.c"));
	assert_null(json_get(j, "a.b.c.d"));
	assert_null(json_get(j, "a.b.n.d"));
	assert_null(json_get(j, "l.id"));
	assert_null(json_get(j, "a."));
	assert_null(json_get(NULL, "id"));
	assert_null(json_string(j, "a"));
	assert_null(json_string(j, "a.b.n"));
	assert_string_equal(json_string(j, "e"), "");
	assert_null(json_text(j, "e"));
	assert_null(json_text(j, "l"));
	assert_string_equal(json_text(j, "id"), "1");
}

static void
reads_numbers_that_fit(void **state)
{
	static const struct {
		const char	*text;
		bool		 is_int, is_double;
		int64_t		 n;
		double		 d;
	} cases[] = {
		{ "{\"v\":0}", true, true, 0, 0 },
		{ "{\"v\":-0}", true, true, 0, 0 },
		{ "{\"v\":-17}", true, true, -17, -17 },
		{ "{\"v\":9223372036854775807}", true, true, INT64_MAX,
		    9223372036854775808.0 },
		{ "{\"v\":-9223372036854775808}", true, true, INT64_MIN,
		    -9223372036854775808.0 },
		{ "{\"v\":9223372036854775808}", false, true, 0,
		    9223372036854775808.0 },
		{ "{\"v\":5.0}", false, true, 0, 5 },
		{ "{\"v\":5e0}", false, true, 0, 5 },
		{ "{\"v\":0.25}", false, true, 0, 0.25 },
		{ "{\"v\":1e-999}", false, true, 0, 0 },
		{ "{\"v\":1e999}", false, false, 0, 0 },
		{ "{\"v\":\"5\"}", false, false, 0, 0 },
		{ "{\"v\":null}", false, false, 0, 0 },
		{ "{\"w\":5}", false, false, 0, 0 },
	};
	const struct json *j;
	int64_t n;
	double d;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		j = parsed(cases[i].text);
		n = 77;
		d = 77;
		assert_int_equal(json_int(j, "v", &n), cases[i].is_int);
		assert_true(n == (cases[i].is_int ? cases[i].n : 77));
		assert_int_equal(json_double(j, "v", &d), cases[i].is_double);
		assert_true(d == (cases[i].is_double ? cases[i].d : 77));
	}
}

static void
reads_booleans(void **state)
{
	const struct json *j = parsed("{\"t\":true,\"f\":false,\"n\":1}");
	bool b = false;

	(void)state;
	assert_true(json_bool(j, "t", &b) && b);
	assert_false(json_bool(j, "n", &b) || json_bool(j, "x", &b) || !b);
	assert_true(json_bool(j, "f", &b) && !b);
}

static void
reads_times(void **state)
{
	const struct json *j = parsed("{\"t\":\"2026-03-27T12:28:40.695Z\","
	    "\"bad\":\"27.3.2026\",\"n\":1774614520,\"e\":\"\"}");

	(void)state;
	assert_true(json_time(j, "t") == INT64_C(1774614520695));
	assert_true(json_time(j, "bad") == 0);
	assert_true(json_time(j, "n") == 0);
	assert_true(json_time(j, "e") == 0);
	assert_true(json_time(j, "absent") == 0);
	assert_true(json_time(NULL, "t") == 0);
}

static void
says_where_and_what(void **state)
{
	static const struct {
		const char	*text;
		const char	*where, *what;
	} cases[] = {
		{ "", "byte 0: ", "empty" },
		{ "{\"a\":1}\f", "byte 8: ", "control byte 0x0c" },
		{ "[\"ab\xff\"]", "byte 5: ", "UTF-8" },
		{ "[\"\xef\xbf\xbd\xe9\"]", "byte 6: ", "UTF-8" },
		{ "[1]]", "byte 4: ", "trailing" },
		{ "4\"", "byte 2: ", "string that does not end" },
		{ "{} \"a\\\"}", "byte 4: ", "string that does not end" },
		{ "[\"\\\\\"]\n\"b]", "byte 8: ", "does not end" },
		{ "[1,]", "byte 4: ", "unallowed token" },
		{ "[1", "byte 2: ", "EOF" },
		{ "[\"\\u0000\"]", "byte 9: ", "NUL" },
		{ "[\"\\udc00\"]", "byte 9: ", "surrogate" },
		{ "{\"\\udc00\":1}", "byte 9: ", "surrogate" },
		{ "{\"a\":1,\"b\":2,\"a\":3}", "byte 19: ", "key \"a\" twice" }
	};
	const struct json *tree = NULL;
	struct why why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		why.text[0] = '\0';
		assert_int_equal(json_parse(arena, cases[i].text,
		    strlen(cases[i].text), &tree, &why), ERR_MALFORMED);
		if (strncmp(why.text, cases[i].where,
		    strlen(cases[i].where)) != 0 ||
		    strstr(why.text, cases[i].what) == NULL ||
		    strchr(why.text, '\n') != NULL)
			fail_msg("%s: %s", cases[i].text, why.text);
		assert_int_equal(json_parse(arena, cases[i].text,
		    strlen(cases[i].text), &tree, NULL), ERR_MALFORMED);
	}
	assert_null(tree);
}

static const char *
nested(size_t depth, char open, char close)
{
	struct buf b;
	size_t i;

	buf_init(&b, arena, ROOM);
	for (i = 0; i < depth; i++) {
		buf_char(&b, open);
		if (open == '{')
			buf_str(&b, "\"k\":");
	}
	if (open == '{')
		buf_char(&b, '1');
	for (i = 0; i < depth; i++)
		buf_char(&b, close);
	return (buf_text(&b));
}

static void
nests_to_the_limit_only(void **state)
{
	const struct json *tree = NULL;
	struct why why = { "" };
	const char *s;

	(void)state;
	parsed(nested(JSON_DEPTH, '[', ']'));
	parsed(nested(JSON_DEPTH, '{', '}'));
	s = nested(JSON_DEPTH + 1, '[', ']');
	assert_int_equal(json_parse(arena, s, strlen(s), &tree, &why),
	    ERR_MALFORMED);
	assert_string_equal(why.text, "byte 65: nested too deep");
	s = nested(JSON_DEPTH + 1, '{', '}');
	assert_int_equal(json_parse(arena, s, strlen(s), &tree, NULL),
	    ERR_MALFORMED);
	/* Beside each other they are not deep. */
	parsed("[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],"
	    "[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],"
	    "[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],"
	    "[],[],[],[],[],[],[],[],[],[]]");
}

/* An object of n keys; the last is named as the first if twins. */
static const char *
wide(size_t n, bool twins)
{
	struct buf b;
	size_t i;

	buf_init(&b, arena, ROOM);
	for (i = 0; i < n; i++)
		buf_printf(&b, "%c\"key%07zu\":%zu", i == 0 ? '{' : ',',
		    twins && i == n - 1 ? (size_t)0 : i, i % 10);
	buf_char(&b, '}');
	return (buf_text(&b));
}

/* The quickest of a few parses, in seconds of processor time. */
static double
parse_time(size_t n)
{
	const struct json *tree;
	const char *s = wide(n, false);
	double best = 1e9, took;
	clock_t start;
	int round;

	assert_non_null(s);
	for (round = 0; round < 3; round++) {
		start = clock();
		assert_int_equal(json_parse(arena, s, strlen(s), &tree, NULL),
		    OK);
		took = (double)(clock() - start) / CLOCKS_PER_SEC;
		if (took < best)
			best = took;
		assert_int_equal(tree->len, n);
	}
	return (best);
}

static void
takes_wide_objects_in_good_time(void **state)
{
	const struct json *tree = NULL;
	const char *s;
	double few, many;

	(void)state;
	few = parse_time(6000);
	many = parse_time(60000);
	print_message("6,000 keys: %.1f ms; 60,000 keys: %.1f ms\n",
	    few * 1e3, many * 1e3);
	assert_true(many < 40 * few + 0.02);
	s = wide(60000, true);
	assert_int_equal(json_parse(arena, s, strlen(s), &tree, NULL),
	    ERR_MALFORMED);
}

/* Each pair of places in objects of each small size. */
static void
finds_twins_wherever_they_are(void **state)
{
	const struct json *tree;
	size_t n, i, j, k;
	struct buf b;

	(void)state;
	for (n = 2; n < 20; n++)
		for (i = 0; i < n; i++)
			for (j = i + 1; j < n; j++) {
				arena_reset(arena);
				buf_init(&b, arena, 4096);
				for (k = 0; k < n; k++)
					buf_printf(&b, "%c\"%c\":0",
					    k == 0 ? '{' : ',',
					    (char)('a' + (k == j ? i : k)));
				buf_char(&b, '}');
				assert_int_equal(json_parse(arena, b.data,
				    b.len, &tree, NULL), ERR_MALFORMED);
			}
}

/* One long text of 1 MiB, all of it or a little of it escaped. */
static void
reads_long_texts_in_four_times_their_size(void **state)
{
	static const char *const units[] = { "x", "\\n", "0123456789\\n" };
	const struct json *tree = NULL;
	struct arena *four = arena_new(4 << 20);
	struct buf b;
	size_t i, n;

	(void)state;
	assert_non_null(four);
	for (i = 0; i < COUNT(units); i++) {
		arena_reset(arena);
		arena_reset(four);
		buf_init(&b, arena, ROOM);
		buf_char(&b, '"');
		for (n = 0; b.len < (1 << 20) - 16; n++)
			buf_str(&b, units[i]);
		buf_char(&b, '"');
		assert_int_equal(json_parse(four, b.data, b.len, &tree, NULL),
		    OK);
		assert_int_equal(tree->len, n * (strlen(units[i]) -
		    (strchr(units[i], '\\') != NULL)));
	}
	arena_free(four);
}

/* The smallest cap that is enough; all below it give ERR_NOMEM. */
static size_t
sweep_parse(const char *s, enum err wanted)
{
	const struct json *tree;
	struct arena *a;
	struct why why;
	size_t cap;
	enum err e;

	for (cap = 0; cap < SMALL_CAP; cap += 16) {
		tree = NULL;
		a = arena_new(cap);
		assert_non_null(a);
		e = json_parse(a, s, strlen(s), &tree, &why);
		arena_free(a);
		if (e == wanted)
			return (cap);
		assert_int_equal(e, ERR_NOMEM);
		assert_null(tree);
		assert_non_null(strstr(why.text, "memory"));
	}
	fail_msg("%s: never", s);
	return (0);
}

static void
survives_any_lack_of_memory(void **state)
{
	(void)state;
	assert_true(sweep_parse(sample, OK) > sizeof(sample));
	assert_true(sweep_parse("[1", ERR_MALFORMED) > 0);
	assert_true(sweep_parse("{\"a\\n\":tru}", ERR_MALFORMED) > 0);
	assert_true(sweep_parse("12345", OK) > 0);
}

static uint32_t
dice(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return (*seed);
}

/* What is taken at all reads the same once it is written again. */
static void
survives_changed_bytes(void **state)
{
	static const char odd[] = "\"\\{}[],:0ue-\x80\xc3\xed\xff \n";
	const struct json *tree;
	uint32_t seed = 2463534242u;
	char text[sizeof(sample)];
	size_t i, taken = 0;
	const char *again;
	enum err e;

	(void)state;
	for (i = 0; i < 20000; i++) {
		arena_reset(arena);
		memcpy(text, sample, sizeof(text));
		do
			text[dice(&seed) % (sizeof(text) - 1)] =
			    odd[dice(&seed) % (sizeof(odd) - 1)];
		while (dice(&seed) % 2 == 0);
		e = json_parse(arena, text, strlen(text), &tree, NULL);
		if (e != OK) {
			assert_int_equal(e, ERR_MALFORMED);
			continue;
		}
		taken++;
		again = written(arena, tree);
		assert_non_null(again);
		assert_string_equal(written(arena, parsed(again)), again);
	}
	assert_in_range(taken, 100, 19900);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keeps_order_types_and_counts,
		    begin, finish),
		cmocka_unit_test_setup_teardown(outlives_its_source,
		    begin, finish),
		cmocka_unit_test_setup_teardown(finds_by_path, begin, finish),
		cmocka_unit_test_setup_teardown(reads_numbers_that_fit,
		    begin, finish),
		cmocka_unit_test_setup_teardown(reads_booleans,
		    begin, finish),
		cmocka_unit_test_setup_teardown(reads_times, begin, finish),
		cmocka_unit_test_setup_teardown(says_where_and_what,
		    begin, finish),
		cmocka_unit_test_setup_teardown(nests_to_the_limit_only,
		    begin, finish),
		cmocka_unit_test_setup_teardown(
		    takes_wide_objects_in_good_time, begin, finish),
		cmocka_unit_test_setup_teardown(finds_twins_wherever_they_are,
		    begin, finish),
		cmocka_unit_test_setup_teardown(
		    reads_long_texts_in_four_times_their_size, begin, finish),
		cmocka_unit_test(survives_any_lack_of_memory),
		cmocka_unit_test_setup_teardown(survives_changed_bytes,
		    begin, finish),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
