#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/json.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

enum {
	ROOM = 4 << 20,
	SMALL_CAP = 1 << 16	/* more than any sweep needs */
};

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

static void
start(struct json_writer *w, struct buf *b)
{
	buf_init(b, arena, ROOM);
	json_open(w, b);
}

/* One of everything. */
static void
write_all(struct json_writer *w)
{
	json_begin(w, NULL, JSON_OBJECT);
	json_put_string(w, "s", "a\"b");
	json_put_string(w, "none", NULL);
	json_put_bool(w, "t", true);
	json_put_bool(w, "f", false);
	json_put_int(w, "max", INT64_MAX);
	json_put_int(w, "min", INT64_MIN);
	json_put_null(w, "nil");
	json_put_raw(w, "raw", "{\"x\": [1.50]}");
	json_put_raw(w, "noraw", NULL);
	json_begin(w, "list", JSON_ARRAY);
	json_put_string(w, NULL, "");
	json_put_raw(w, NULL, "1e400");
	json_begin(w, NULL, JSON_OBJECT);
	json_end(w);
	json_begin(w, NULL, JSON_ARRAY);
	json_end(w);
	json_put_tree(w, NULL, NULL);
	json_put_int(w, NULL, 0);
	json_end(w);
	json_put_bool(w, "bad\xff", true);
	json_end(w);
}

static const char all[] =
    "{\"s\":\"a\\\"b\",\"none\":null,\"t\":true,\"f\":false,"
    "\"max\":9223372036854775807,\"min\":-9223372036854775808,"
    "\"nil\":null,\"raw\":{\"x\": [1.50]},\"noraw\":null,"
    "\"list\":[\"\",1e400,{},[],null,0],\"bad\xef\xbf\xbd\":true}";

static void
writes_every_kind(void **state)
{
	struct json_writer w;
	struct buf b;

	(void)state;
	start(&w, &b);
	write_all(&w);
	assert_string_equal(buf_text(&b), all);
}

static void
writes_any_text(void **state)
{
	static const struct {
		const char *text, *written;
	} cases[] = {
		{ "", "\"\"" },
		{ "/<&>'", "\"/<&>'\"" },
		{ "\"\\", "\"\\\"\\\\\"" },
		{ "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
		{ "\x01\x1f\x7f", "\"\\u0001\\u001F\x7f\"" },
		{ "\xe2\x80\xa8", "\"\xe2\x80\xa8\"" },
		{ "\xf0\x9f\x99\x82", "\"\xf0\x9f\x99\x82\"" },
		{ "\xef\xbf\xbd", "\"\xef\xbf\xbd\"" },
		{ "a\xff" "b", "\"a\xef\xbf\xbd" "b\"" },
		{ "\xff\n\xef\xbf\xbd\xc3\xa9",
		    "\"\xef\xbf\xbd\\n\xef\xbf\xbd\xc3\xa9\"" },
		{ "\xed\xa0\x80",
		    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xc3", "\"\xef\xbf\xbd\"" }
	};
	struct json_writer w;
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		start(&w, &b);
		json_put_string(&w, NULL, cases[i].text);
		assert_string_equal(buf_text(&b), cases[i].written);
	}
}

/* Every byte alone and after another is read back as itself. */
static void
reads_back_what_it_wrote(void **state)
{
	const struct json *tree;
	struct json_writer w;
	char text[3] = "";
	struct buf b;
	int c, d;

	(void)state;
	for (c = 1; c < 128; c++)
		for (d = 0; d < 128; d++) {
			arena_reset(arena);
			text[0] = (char)c;
			text[1] = (char)d;
			start(&w, &b);
			json_begin(&w, NULL, JSON_OBJECT);
			json_put_string(&w, text, text);
			json_end(&w);
			assert_non_null(buf_text(&b));
			assert_int_equal(json_parse(arena, b.data, b.len,
			    &tree, NULL), OK);
			assert_string_equal(tree->child->key, text);
			assert_string_equal(tree->child->text, text);
		}
}

static void
key_in_array(struct json_writer *w)
{
	json_begin(w, NULL, JSON_ARRAY);
	json_put_null(w, "k");
	json_end(w);
}

static void
no_key_in_object(struct json_writer *w)
{
	json_begin(w, NULL, JSON_OBJECT);
	json_put_string(w, NULL, "x");
	json_end(w);
}

static void
key_at_top(struct json_writer *w)
{
	json_put_int(w, "k", 1);
}

static void
end_too_many(struct json_writer *w)
{
	json_begin(w, NULL, JSON_ARRAY);
	json_end(w);
	json_end(w);
}

static void
two_values(struct json_writer *w)
{
	json_put_bool(w, NULL, true);
	json_put_bool(w, NULL, true);
}

static void
too_deep(struct json_writer *w)
{
	int i;

	for (i = 0; i <= JSON_WRITE_DEPTH; i++)
		json_begin(w, NULL, JSON_ARRAY);
	for (i = 0; i <= JSON_WRITE_DEPTH; i++)
		json_end(w);
}

/* A tree of its own making, deeper than any that was read. */
static void
tree_too_deep(struct json_writer *w)
{
	struct json node[JSON_WRITE_DEPTH + 1];
	size_t i;

	memset(node, 0, sizeof(node));
	for (i = 0; i < COUNT(node); i++) {
		node[i].type = JSON_ARRAY;
		node[i].child = i + 1 < COUNT(node) ? &node[i + 1] : NULL;
	}
	json_put_tree(w, NULL, node);
}

static void
fails_what_would_not_be_json(void **state)
{
	static void (*const misuse[])(struct json_writer *) = {
		key_in_array, no_key_in_object, key_at_top, end_too_many,
		two_values, too_deep, tree_too_deep
	};
	struct json_writer w;
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(misuse); i++) {
		start(&w, &b);
		misuse[i](&w);
		if (buf_text(&b) != NULL)
			fail_msg("%zu: %s", i, buf_text(&b));
	}
}

static void
nests_to_the_limit(void **state)
{
	char wanted[2 * JSON_WRITE_DEPTH + 1] = "";
	struct json_writer w;
	struct buf b;
	int i;

	(void)state;
	start(&w, &b);
	for (i = 0; i < JSON_WRITE_DEPTH; i++)
		json_begin(&w, NULL, JSON_ARRAY);
	for (i = 0; i < JSON_WRITE_DEPTH; i++)
		json_end(&w);
	memset(wanted, '[', JSON_WRITE_DEPTH);
	memset(wanted + JSON_WRITE_DEPTH, ']', JSON_WRITE_DEPTH);
	assert_string_equal(buf_text(&b), wanted);
}

static void
puts_trees_anywhere(void **state)
{
	static const char text[] =
	    "{\"a\":[{\"b\":[[],[1]]},\"x\"],\"c\":\"\\u00e9\"}";
	const struct json *tree = NULL;
	struct json_writer w;
	struct buf b;

	(void)state;
	assert_int_equal(json_parse(arena, text, sizeof(text) - 1, &tree,
	    NULL), OK);
	start(&w, &b);
	json_begin(&w, NULL, JSON_OBJECT);
	json_put_tree(&w, "whole", tree);
	json_put_tree(&w, "part", json_get(tree, "a"));
	json_begin(&w, "list", JSON_ARRAY);
	json_put_tree(&w, NULL, json_get(tree, "c"));
	json_put_tree(&w, NULL, json_get(tree, "a")->child);
	json_put_tree(&w, NULL, json_get(tree, "none"));
	json_end(&w);
	json_end(&w);
	assert_string_equal(buf_text(&b),
	    "{\"whole\":{\"a\":[{\"b\":[[],[1]]},\"x\"],\"c\":\"\xc3\xa9\"},"
	    "\"part\":[{\"b\":[[],[1]]},\"x\"],"
	    "\"list\":[\"\xc3\xa9\",{\"b\":[[],[1]]},null]}");
}

/* Whatever runs out, memory or the limit, nothing half is given out. */
static void
gives_all_or_nothing(void **state)
{
	struct json_writer w;
	struct arena *a;
	bool enough = false;
	size_t cap, limit;
	struct buf b;

	(void)state;
	for (cap = 0; !enough && cap < SMALL_CAP; cap += 16) {
		a = arena_new(cap);
		assert_non_null(a);
		buf_init(&b, a, ROOM);
		json_open(&w, &b);
		write_all(&w);
		enough = buf_text(&b) != NULL;
		if (enough)
			assert_string_equal(buf_text(&b), all);
		arena_free(a);
	}
	assert_true(enough);
	assert_true(cap > sizeof(all));
	for (limit = 0; limit < sizeof(all); limit++) {
		buf_init(&b, arena, limit);
		json_open(&w, &b);
		write_all(&w);
		if (limit < sizeof(all) - 1)
			assert_null(buf_text(&b));
		else
			assert_string_equal(buf_text(&b), all);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_every_kind,
		    begin, finish),
		cmocka_unit_test_setup_teardown(writes_any_text,
		    begin, finish),
		cmocka_unit_test_setup_teardown(reads_back_what_it_wrote,
		    begin, finish),
		cmocka_unit_test_setup_teardown(fails_what_would_not_be_json,
		    begin, finish),
		cmocka_unit_test_setup_teardown(nests_to_the_limit,
		    begin, finish),
		cmocka_unit_test_setup_teardown(puts_trees_anywhere,
		    begin, finish),
		cmocka_unit_test_setup_teardown(gives_all_or_nothing,
		    begin, finish),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
