/*
 * What RFC 8259 makes JSON and what not, rule by rule, in the division of
 * https://github.com/nst/JSONTestSuite: must be taken, must be refused,
 * left to the reader.
 */
#include <setjmp.h>
#include <stdarg.h>
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
#define AS_IS(s)	{ s, sizeof(s) - 1, s }
#define AS(s, again)	{ s, sizeof(s) - 1, again }
#define NOT(s)		{ s, sizeof(s) - 1, NULL }

/* A text, and how it reads when written again; NULL: it is refused. */
struct sample {
	const char	*text;
	size_t		 len;
	const char	*again;
};

static const struct sample taken[] = {
	/* arrays */
	AS_IS("[]"),
	AS("[ ]", "[]"),
	AS(" []", "[]"),
	AS("[] ", "[]"),
	AS("[[]   ]", "[[]]"),
	AS_IS("[\"\"]"),
	AS_IS("[false]"),
	AS_IS("[true]"),
	AS_IS("[null]"),
	AS_IS("[null,7,\"7\",{}]"),
	AS("[7\n]", "[7]"),
	AS(" [7]", "[7]"),
	AS("[7] ", "[7]"),
	AS_IS("[7,null,null,null,8]"),
	AS("[\n\t\"x\"\r\n]", "[\"x\"]"),
	AS_IS("[[[[]]],[]]"),
	/* numbers */
	AS_IS("[231e54]"),
	AS_IS("[0e+1]"),
	AS_IS("[0e1]"),
	AS("[ 4]", "[4]"),
	AS_IS("[-0.0000000000000000000000000000000000000000000000000000004]"),
	AS_IS("[30e1]"),
	AS_IS("[-0]"),
	AS_IS("[-321]"),
	AS_IS("[-1]"),
	AS_IS("[-0.0]"),
	AS_IS("[2E33]"),
	AS_IS("[2E-3]"),
	AS_IS("[2E+3]"),
	AS_IS("[321e45]"),
	AS_IS("[321.654e78]"),
	AS_IS("[2e-3]"),
	AS_IS("[2e+3]"),
	AS_IS("[321]"),
	AS_IS("[321.654789]"),
	AS_IS("[0]"),
	AS_IS("[0.5]"),
	AS_IS("[9007199254740993]"),
	AS_IS("[1.0,1.00,1e0]"),
	/* objects */
	AS_IS("{}"),
	AS("{ }", "{}"),
	AS_IS("{\"\":1}"),
	AS_IS("{\"k\":[]}"),
	AS_IS("{\"k\":\"v\",\"l\":\"w\"}"),
	AS_IS("{\"k\":\"v\"}"),
	AS_IS("{\"k\":{\"k\":{\"k\":1}}}"),
	AS_IS("{\"K\":1,\"k\":2}"),
	AS("{\"high\":1.5e9,\"low\":-1.5e9 }",
	    "{\"high\":1.5e9,\"low\":-1.5e9}"),
	AS("{\"list\":[{\"id\":\"xxxxxxxxxxxxxxxxxxxx\"}] , \"id\":\"y\"}",
	    "{\"list\":[{\"id\":\"xxxxxxxxxxxxxxxxxxxx\"}],\"id\":\"y\"}"),
	AS("{\"title\":\"\\u041f\\u043e\\u043b\"}",
	    "{\"title\":\"\xd0\x9f\xd0\xbe\xd0\xbb\"}"),
	AS("{\n\"k\" :\r\n\"v\"\t}", "{\"k\":\"v\"}"),
	/* strings */
	AS("[\"\\u0061\\u00E4\\u20ac\"]", "[\"a\xc3\xa4\xe2\x82\xac\"]"),
	AS("[\"\\uD83D\\ude42\"]", "[\"\xf0\x9f\x99\x82\"]"),
	AS("[\"\\ud83d\\ude42\\uD83c\\uDF0D\"]",
	    "[\"\xf0\x9f\x99\x82\xf0\x9f\x8c\x8d\"]"),
	AS("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
	    "[\"\\\"\\\\/\\b\\f\\n\\r\\t\"]"),
	AS_IS("[\"\\\\u0000\"]"),
	AS_IS("[\"\\\"\"]"),
	AS_IS("[\"x/*y*/z//w\"]"),
	AS_IS("[\"\\\\x\"]"),
	AS_IS("[\"\\\\n\"]"),
	AS("[\"\\u0012\"]", "[\"\\u0012\"]"),
	AS("[\"\\uFFFF\"]", "[\"\xef\xbf\xbf\"]"),
	AS_IS("[\"abc\"]"),
	AS("[ \"abc\"]", "[\"abc\"]"),
	AS("[\"\\uDBFF\\uDFFF\"]", "[\"\xf4\x8f\xbf\xbf\"]"),
	AS("[\"a\\u0308b\"]", "[\"a\xcc\x88" "b\"]"),
	AS_IS("[\"\xef\xbf\xbf\"]"),
	AS_IS("[\"\xf4\x8f\xbf\xbf\"]"),
	AS_IS("[\"\xf0\x9b\xbf\xbf\"]"),
	AS("[\"\\u00A0\"]", "[\"\xc2\xa0\"]"),
	AS("[\"\\u002C\"]", "[\",\"]"),
	AS_IS("[\"\xcf\x80\"]"),
	AS_IS("[\"x y\"]"),
	AS_IS("\" \""),
	AS("[\"\\uD834\\uDD60\"]", "[\"\xf0\x9d\x85\xa0\"]"),
	AS("[\"\\u0822\"]", "[\"\xe0\xa0\xa2\"]"),
	AS("[\"\\u0124\"]", "[\"\xc4\xa4\"]"),
	AS_IS("[\"\xe2\x80\xa8\"]"),
	AS_IS("[\"\xe2\x80\xa9\"]"),
	AS_IS("[\"\x7f\"]"),
	AS("[\"\\u007F\"]", "[\"\x7f\"]"),
	AS("[\"\\u005C\"]", "[\"\\\\\"]"),
	AS("[\"\\u0022\"]", "[\"\\\"\"]"),
	AS("[\"new\\u000Aline\"]", "[\"new\\nline\"]"),
	AS("[\"\\uA66D\"]", "[\"\xea\x99\xad\"]"),
	AS("[\"\\uDBFF\\uDFFE\"]", "[\"\xf4\x8f\xbf\xbe\"]"),
	AS_IS("[\"\xe2\x8d\x82\xe3\x88\xb4\xe2\x8d\x82\"]"),
	AS("[\"\\u200B\"]", "[\"\xe2\x80\x8b\"]"),
	AS("[\"\\u2064\"]", "[\"\xe2\x81\xa4\"]"),
	AS("[\"\\uFDD0\"]", "[\"\xef\xb7\x90\"]"),
	AS("[\"\\uFFFE\"]", "[\"\xef\xbf\xbe\"]"),
	AS("[\"\\uD83F\\uDFFE\"]", "[\"\xf0\x9f\xbf\xbe\"]"),
	AS("[\"\\u0066\\u006f\\u006F\"]", "[\"foo\"]"),
	AS_IS("[\"\xe2\x82\xac\xf0\x9d\x84\x9e\"]"),
	AS_IS("[\"x\x7fy\"]"),
	AS_IS("[\"\xc2\x80\"]"),
	AS_IS("[\"\xed\x9f\xbf\xee\x80\x80\"]"),
	/* any value may stand alone */
	AS_IS("false"),
	AS_IS("true"),
	AS_IS("null"),
	AS_IS("37"),
	AS_IS("-0.2"),
	AS_IS("\"alone\""),
	AS_IS("\"\""),
	AS(" null ", "null"),
	AS("\t\r\n 1 \n", "1"),
	AS("[\"x\"]\n", "[\"x\"]"),
	AS(" [] ", "[]")
};

/* Allowed by the grammar; refused because readers differ on them. */
static const struct sample unwanted[] = {
	NOT("{\"k\":\"v\",\"k\":\"w\"}"),
	NOT("{\"k\":\"v\",\"k\":\"v\"}"),
	NOT("{\"k\\u0000l\":1}"),
	NOT("[\"\\u0000\"]"),
	NOT("{\"k\":1,\"\\u006b\":2}"),
	NOT("{\"\":1,\"\":2}"),
	NOT("[{\"k\":{\"l\":1,\"m\":2,\"l\":3}}]"),
	NOT("\"x\\u0000y\"")
};

static const struct sample refused[] = {
	/* arrays */
	NOT("[7 true]"),
	NOT("[x\xe5]"),
	NOT("[\"\": 7]"),
	NOT("[\"\"],"),
	NOT("[,7]"),
	NOT("[7,,8]"),
	NOT("[\"x\",,]"),
	NOT("[\"x\"]]"),
	NOT("[\"\",]"),
	NOT("[\"x\""),
	NOT("[x"),
	NOT("[7[8]]"),
	NOT("[\xff]"),
	NOT("[7:8]"),
	NOT("[,]"),
	NOT("[-]"),
	NOT("[   , \"\"]"),
	NOT("[\"x\",\n8\n,7,"),
	NOT("[7,]"),
	NOT("[7,,]"),
	NOT("[\"\vx\"\\f]"),
	NOT("[*]"),
	NOT("[\"\""),
	NOT("[7,"),
	NOT("[7,\n7\n,7"),
	NOT("[{}"),
	NOT("["),
	NOT("[["),
	NOT("[\"x\" \"y\"]"),
	NOT("[1}"),
	NOT("[[1]"),
	NOT("[(1)]"),
	NOT("[1;2]"),
	NOT("[\"x\", truth]"),
	/* words */
	NOT("[fals]"),
	NOT("[nul]"),
	NOT("[tru]"),
	NOT("[True]"),
	NOT("[NULL]"),
	NOT("[nulll]"),
	NOT("[truefalse]"),
	NOT("[undefined]"),
	NOT("truth"),
	NOT("nul"),
	NOT("n"),
	/* NUL in the text */
	NOT("7\0"),
	NOT("321\0"),
	NOT("[\0]"),
	NOT("[7]\0"),
	NOT("\0"),
	NOT("[\"x\0y\"]"),
	NOT("{\"k\0\":1}"),
	NOT("{}\0{}"),
	/* numbers */
	NOT("[++7]"),
	NOT("[+7]"),
	NOT("[+Inf]"),
	NOT("[-01]"),
	NOT("[-1.0.]"),
	NOT("[-2.]"),
	NOT("[-NaN]"),
	NOT("[.-1]"),
	NOT("[.2e-3]"),
	NOT("[0.1.2]"),
	NOT("[0.3e+]"),
	NOT("[0.3e]"),
	NOT("[0.e1]"),
	NOT("[0E+]"),
	NOT("[0E]"),
	NOT("[0e+]"),
	NOT("[0e]"),
	NOT("[1.0e+]"),
	NOT("[1.0e-]"),
	NOT("[1.0e]"),
	NOT("[1 000.0]"),
	NOT("[1eE2]"),
	NOT("[2.e+3]"),
	NOT("[2.e-3]"),
	NOT("[2.e3]"),
	NOT("[9.e+]"),
	NOT("[Inf]"),
	NOT("[NaN]"),
	NOT("[\xef\xbc\x91]"),
	NOT("[1+2]"),
	NOT("[0x1]"),
	NOT("[0x42]"),
	NOT("[Infinity]"),
	NOT("[0e+-1]"),
	NOT("[-321.321x]"),
	NOT("[1ex]"),
	NOT("[1e1\xe5]"),
	NOT("[1\xe5]"),
	NOT("[0\xe5]"),
	NOT("[321\xe5]"),
	NOT("[1.2x-3]"),
	NOT("[1e\xe5]"),
	NOT("[-Infinity]"),
	NOT("[-x]"),
	NOT("[- 7]"),
	NOT("[-012]"),
	NOT("[-.5]"),
	NOT("[-1x]"),
	NOT("[1x]"),
	NOT("[7.x]"),
	NOT("[7ex3]"),
	NOT("[.5]"),
	NOT("[1.]"),
	NOT("[1.8011670033376514H-308]"),
	NOT("[1.5x]"),
	NOT("[012]"),
	NOT("[1_000]"),
	NOT("[1,5e]"),
	NOT("-"),
	NOT("01"),
	NOT("1."),
	NOT("1e"),
	/* objects */
	NOT("[\"k\", 7"),
	NOT("{\"k\", \"v\"}"),
	NOT("{[: \"v\"}\n"),
	NOT("{k: \"v\"}"),
	NOT("{k: 'v'}"),
	NOT("{\"\xb9\":\"0\",}"),
	NOT("{\"k\":\"v\" 7}"),
	NOT("{\"k\" v}"),
	NOT("{::\"v\"}"),
	NOT("{\xf0\x9f\x87\xa8\xf0\x9f\x87\xad}"),
	NOT("{\"k\":\"v\",,\"l\":\"w\"}"),
	NOT("{k:\"v\"}"),
	NOT("{\"k\":"),
	NOT("{\"k\""),
	NOT("{\"k\" \"v\"}"),
	NOT("{:\"v\"}"),
	NOT("{\"7\":7"),
	NOT("{7:7}"),
	NOT("{9999E9999:1}"),
	NOT("{null:null,null:null}"),
	NOT("{\"id\":0,,,,,}"),
	NOT("{'k':0}"),
	NOT("{\"id\":0,}"),
	NOT("{\"k\":\"v\"}/**/"),
	NOT("{\"k\":\"v\"}/**//"),
	NOT("{\"k\":\"v\"}//"),
	NOT("{\"k\":\"v\"}/"),
	NOT("{\"k\":\"v\",,}"),
	NOT("{k:7}"),
	NOT("{\"k\":\"v"),
	NOT("{ \"k\" : \"v\", \"l\" }"),
	NOT("{\"k\":\"v\"}#"),
	NOT("{\"k\":/*x*/\"v\"}"),
	NOT("{\"k\": true} \"x\""),
	NOT("{\"k\":\"v\""),
	NOT("{\"k"),
	NOT("{\"k\":\"v\"}}"),
	NOT("{\"k\":1]"),
	NOT("{\"k\":1,2}"),
	NOT("{,}"),
	NOT("{\"k\"}"),
	NOT("{true:1}"),
	NOT("{\"k\"=1}"),
	NOT("{\"k\"::1}"),
	/* strings */
	NOT(" "),
	NOT("[\"\\uD800\\\"]"),
	NOT("[\"\\uD800\\u\"]"),
	NOT("[\"\\uD800\\u1\"]"),
	NOT("[\"\\uD800\\u1x\"]"),
	NOT("[\xc3\xa9]"),
	NOT("[\"\\\0\"]"),
	NOT("[\"\\x41\"]"),
	NOT("[\"\\\\\\\"]"),
	NOT("[\"\\\t\"]"),
	NOT("[\"\\\xf0\x9f\x8c\x80\"]"),
	NOT("[\"\\\"]"),
	NOT("[\"\\u00A\"]"),
	NOT("[\"\\uD834\\uDd\"]"),
	NOT("[\"\\uD800\\uD800\\x\"]"),
	NOT("[\"\\u\xe5\"]"),
	NOT("[\"\\a\"]"),
	NOT("[\"\\uqqqq\"]"),
	NOT("[\"\\\xe5\"]"),
	NOT("[\\u0020\"x\"]"),
	NOT("[\\n]"),
	NOT("\""),
	NOT("['single quote']"),
	NOT("abc"),
	NOT("[\"\\"),
	NOT("[\"x\0x\"]"),
	NOT("[\"new\nline\"]"),
	NOT("[\"\t\"]"),
	NOT("[\"\r\"]"),
	NOT("[\"\x1f\"]"),
	NOT("[\"\x01\"]"),
	NOT("\"\\UA66D\""),
	NOT("\"\"x"),
	NOT("\"open"),
	NOT("[\"\\u00\"]"),
	NOT("[\"\\u+041\"]"),
	NOT("[`x`]"),
	/* the whole text */
	NOT(""),
	NOT("<.>"),
	NOT("[<null>]"),
	NOT("[7]x"),
	NOT("[7]]"),
	NOT("[\"x]"),
	NOT("7]"),
	NOT("{\"x\": true,"),
	NOT("[][]"),
	NOT("]"),
	NOT("}"),
	NOT("\xef\xbb{}"),
	NOT("\xe5"),
	NOT("\xe9"),
	NOT("\xc3\xa5"),
	NOT("x\xc3\xa5"),
	NOT("\xe2\x81\xa0"),
	NOT("\xef\xbb\xbf"),
	NOT("[7"),
	NOT("{\"\":"),
	NOT("{]"),
	NOT("2@"),
	NOT("{}}"),
	NOT("{\"\":[{\"\":[{\"\":["),
	NOT("{\"k\":\"v\"}#{}"),
	NOT("[\\u000A\"\"]"),
	NOT("[\""),
	NOT("[\"x"),
	NOT("['"),
	NOT("[,"),
	NOT("[{"),
	NOT("[ false, nul"),
	NOT("[ true, fals"),
	NOT("[ false, tru"),
	NOT("{"),
	NOT("{["),
	NOT("{,"),
	NOT("{'x'"),
	NOT("{\"x\":\"y\" \"z\"}"),
	NOT("[\"\\{[\"\\{[\"\\{[\"\\{"),
	NOT("*"),
	NOT("{\"k\":\"v\"}[]"),
	NOT("[\xe2\x81\xa0]"),
	NOT("[\f]"),
	NOT("\f[]"),
	NOT("[]\v"),
	NOT("[7\xc2\xa0]"),
	NOT("\xe2\x80\xa8[]"),
	NOT("[7]//"),
	NOT("/*x*/[]"),
	NOT("[7/**/]"),
	NOT("7 8"),
	NOT("\"x\" \"y\""),
	NOT("null,"),
	NOT("\n"),
	NOT(","),
	NOT(":"),
	NOT("{}[]")
};

/* Where the standard leaves a choice, this is ours. */
static const struct sample chosen[] = {
	/* numbers beyond any machine type: kept as text */
	AS_IS("[321.654e-987]"),
	AS_IS("[0.4e00669999999999999999999999999999999999999999969999999006]"),
	AS_IS("[-1e+9999]"),
	AS_IS("[1.5e+9999]"),
	AS_IS("[-321321e100000]"),
	AS_IS("[321321e100000]"),
	AS_IS("[321e-10000000]"),
	AS_IS("[-321321321321321321321321321321]"),
	AS_IS("[100000000000000000000]"),
	AS_IS("[-237462374673276894279832749832423479823246327846]"),
	/* a high surrogate alone reads as '?', what follows stays */
	AS("[\"\\uDADA\"]", "[\"?\"]"),
	AS("[\"\\uD888\\u1234\"]", "[\"?\xe1\x88\xb4\"]"),
	AS("[\"\\uD800\\n\"]", "[\"?\\n\"]"),
	AS("[\"\\uD800\\uD800\\n\"]", "[\"??\\n\"]"),
	AS("[\"\\ud800\"]", "[\"?\"]"),
	AS("[\"\\ud800xyz\"]", "[\"?xyz\"]"),
	AS("[\"\\ud83d\\ud83d\\ude42\"]", "[\"?\xf0\x9f\x99\x82\"]"),
	AS("[\"\\\\\\ud800\\\\udc00\"]", "[\"\\\\?\\\\udc00\"]"),
	AS_IS("[\"\\\\ud800\"]"),
	AS("{\"\\ud800\":1}", "{\"?\":1}"),
	/* a low one alone is not */
	NOT("[\"\\uDFAA\"]"),
	NOT("{\"\\uDFAA\":0}"),
	NOT("[\"\\uDd1ex\"]"),
	NOT("[\"\\uDd1e\\uD834\"]"),
	NOT("[\"\\uD834\\uDd1e\\uDd1e\"]"),
	/* bytes that are not UTF-8 */
	NOT("\xff\xfe[\0\"\0x\0\"\0]\0"),
	NOT("\0[\0\"\0x\0\"\0]"),
	NOT("[\0\"\0x\0\"\0]\0"),
	NOT("[\"\xe6\x97\xd1\x88\xfa\"]"),
	NOT("[\"\xed\xa0\x80\"]"),
	NOT("[\"\xff\"]"),
	NOT("[\"\xe9\"]"),
	NOT("[\"\xf4\xbf\xbf\xbf\"]"),
	NOT("[\"\xf4\x90\x80\x80\"]"),
	NOT("[\"\x81\"]"),
	NOT("[\"\xc0\xaf\"]"),
	NOT("[\"\xe0\x80\xaf\"]"),
	NOT("[\"\xfc\x83\xbf\xbf\xbf\xbf\"]"),
	NOT("[\"\xfc\x80\x80\x80\x80\x80\"]"),
	NOT("[\"\xe0\xff\"]"),
	NOT("[\"\xc3\"]"),
	/* a byte order mark */
	NOT("\xef\xbb\xbf{}")
};

static void
check_one(const struct sample *s, size_t at, const char *table)
{
	struct arena *arena = arena_new(1 << 20);
	const struct json *tree = NULL;
	struct json_writer w;
	struct why why = { "" };
	struct buf buf;
	enum err e;

	assert_non_null(arena);
	e = json_parse(arena, s->text, s->len, &tree, &why);
	if (e != (s->again == NULL ? ERR_MALFORMED : OK))
		fail_msg("%s %zu: %s: %s", table, at, s->text, why.text);
	if (s->again == NULL) {
		assert_null(tree);
		assert_memory_equal(why.text, "byte ", 5);
	} else {
		buf_init(&buf, arena, 4096);
		json_open(&w, &buf);
		json_put_tree(&w, NULL, tree);
		assert_string_equal(buf_text(&buf), s->again);
	}
	arena_free(arena);
}

#define CHECK(table)	check_all(table, COUNT(table), #table)

static void
check_all(const struct sample *s, size_t n, const char *table)
{
	size_t i;

	for (i = 0; i < n; i++)
		check_one(&s[i], i, table);
	print_message("%s: %zu cases\n", table, n);
}

static void
takes_json(void **state)
{
	(void)state;
	CHECK(taken);
}

static void
refuses_what_readers_differ_on(void **state)
{
	(void)state;
	CHECK(unwanted);
}

static void
refuses_all_else(void **state)
{
	(void)state;
	CHECK(refused);
}

static void
chooses_where_it_may(void **state)
{
	(void)state;
	CHECK(chosen);
}

/* n times unit, then tail. */
static void
refuses_repeated(const char *unit, size_t n, const char *tail)
{
	struct arena *arena = arena_new(8 << 20);
	const struct json *tree = NULL;
	struct buf buf;

	assert_non_null(arena);
	buf_init(&buf, arena, 4 << 20);
	while (n-- > 0)
		buf_str(&buf, unit);
	buf_str(&buf, tail);
	assert_non_null(buf_text(&buf));
	assert_int_equal(json_parse(arena, buf.data, buf.len, &tree, NULL),
	    ERR_MALFORMED);
	assert_null(tree);
	arena_free(arena);
}

static void
refuses_the_deep(void **state)
{
	(void)state;
	refuses_repeated("[", 100000, "");
	refuses_repeated("[", 300000, "");
	refuses_repeated("[{\"\":", 50000, "\n");
	refuses_repeated("{\"k\":", 100000, "1");
	refuses_repeated("[", 500, "]");
	refuses_repeated("[", JSON_DEPTH + 1, "]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_json),
		cmocka_unit_test(refuses_what_readers_differ_on),
		cmocka_unit_test(refuses_all_else),
		cmocka_unit_test(chooses_where_it_may),
		cmocka_unit_test(refuses_the_deep),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
