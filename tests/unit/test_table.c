#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "common/table.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

enum {
	MARKS = 512 * 1024,	/* characters of two bytes */
	MANY = 20000		/* rows */
};

static const struct table_column columns[] = {
	{ "TICKET", "ticket", 0 },
	{ "TEST", "test", 4 },
	{ NULL, "test_id", 0 },
	{ "RUNS", "runs", 0 },
	{ "WHY", NULL, 6 }
};

struct shown {
	const char	*ticket;
	const char	*test;
	int64_t		 runs;
	const char	*why;
};

/* The table of those rows as text, to be freed. */
static char *
show(const struct table_options *given, const struct shown *rows, size_t n)
{
	struct table_options o = *given;
	struct table *t;
	char *text = NULL;
	size_t i, len;

	assert_non_null(o.out = open_memstream(&text, &len));
	assert_int_equal(table_new(&t, columns, COUNT(columns), &o), OK);
	for (i = 0; i < n; i++) {
		table_text(t, rows[i].ticket);
		table_text(t, rows[i].test);
		table_text(t, "id");
		table_int(t, rows[i].runs);
		table_text(t, rows[i].why);
		table_row(t);
	}
	assert_int_equal(table_rows(t), n);
	assert_int_equal(table_end(t), OK);
	assert_int_equal(fclose(o.out), 0);
	return (text);
}

static void
expect(const struct table_options *o, const struct shown *rows, size_t n,
    const char *want)
{
	char *text = show(o, rows, n);

	assert_string_equal(text, want);
	free(text);
}

static const struct shown two[] = {
	{ "PAY-1", "adds one", 7, "short" },
	{ "STORE-12", "zählt", 1234, NULL }
};

/* Columns as wide as their widest cell, numbers to the right. */
static void
test_aligned(void **state)
{
	static const struct table_options o = { .json = false };
	static const struct table_options bare = { .bare = true,
	    .indent = "  " };

	(void)state;
	expect(&o, two, 2,
	    "TICKET    TEST      RUNS  WHY\n"
	    "PAY-1     adds one     7  short\n"
	    "STORE-12  zählt     1234  -\n");
	expect(&bare, two, 2,
	    "  PAY-1     adds one     7  short\n"
	    "  STORE-12  zählt     1234  -\n");
	expect(&o, two, 0, "");
}

/* The widest column that may be cut is, down to its least. */
static void
test_cut(void **state)
{
	static const struct shown rows[] = {
		{ "PAY-1", "äöüäöüäöüäöü", 7, "because of that" },
		{ "PAY-2", "b", 8, "c" }
	};
	struct table_options o = { .width = 0 };

	(void)state;
	o.width = 100;
	expect(&o, rows, 2,
	    "TICKET  TEST          RUNS  WHY\n"
	    "PAY-1   äöüäöüäöüäöü     7  because of that\n"
	    "PAY-2   b                8  c\n");
	o.width = 36;
	expect(&o, rows, 2,
	    "TICKET  TEST        RUNS  WHY\n"
	    "PAY-1   äöüäöüäöü…     7  because o…\n"
	    "PAY-2   b              8  c\n");
	o.width = 30;
	expect(&o, rows, 2,
	    "TICKET  TEST     RUNS  WHY\n"
	    "PAY-1   äöüäöü…     7  becaus…\n"
	    "PAY-2   b           8  c\n");
	/* Not below what is readable, however narrow the terminal. */
	o.width = 5;
	expect(&o, rows, 2,
	    "TICKET  TEST  RUNS  WHY\n"
	    "PAY-1   äöü…     7  becau…\n"
	    "PAY-2   b        8  c\n");
}

static void
test_json(void **state)
{
	static const struct table_options o = { .json = true, .width = 10,
	    .indent = "  " };
	static const struct shown rows[] = {
		{ NULL, "a \"b\"\n\033[2J", -5, "not shown" },
		{ "PAY-1", "plain", 0, NULL }
	};

	(void)state;
	expect(&o, rows, 2,
	    "{\"ticket\":null,\"test\":\"a \\\"b\\\"\\n\\u001B[2J\","
	    "\"test_id\":\"id\",\"runs\":-5}\n"
	    "{\"ticket\":\"PAY-1\",\"test\":\"plain\",\"test_id\":\"id\","
	    "\"runs\":0}\n");
}

/* Cells that are missing, or one too many. */
static void
test_short_rows(void **state)
{
	static const struct table_column some[] = {
		{ "A", "a", 0 }, { "B", "b", 0 }, { "C", "c", 0 }
	};
	struct table_options o = { .json = true };
	struct table *t;
	char *text = NULL;
	size_t len;

	(void)state;
	assert_non_null(o.out = open_memstream(&text, &len));
	assert_int_equal(table_new(&t, some, 3, &o), OK);
	table_bool(t, true);
	table_row(t);
	table_time(t, 1762335000250);
	table_time(t, 0);
	table_bool(t, false);
	table_text(t, "one too many");
	table_row(t);
	table_row(t);
	assert_int_equal(table_end(t), OK);
	assert_int_equal(fclose(o.out), 0);
	/* date -u -d @1762335000 */
	assert_string_equal(text, "{\"a\":true,\"b\":null,\"c\":null}\n"
	    "{\"a\":\"2025-11-05T09:30:00.250Z\",\"b\":null,\"c\":false}\n"
	    "{\"a\":null,\"b\":null,\"c\":null}\n");
	free(text);
}

/* Text of others cannot act on a terminal. */
static void
test_visible(void **state)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "", "" },
		{ "plain \\ text ~ äß 漢字 🦀", "plain \\ text ~ äß 漢字 🦀" },
		{ "a\nb\tc\rd", "a\\nb\\tc\\rd" },
		{ "\033[31mred\033[0m", "\\e[31mred\\e[0m" },
		{ "\a\b\v\f\x7f\x01", "\\x07\\x08\\x0b\\x0c\\x7f\\x01" },
		/* C1: another way to begin a sequence */
		{ "\xc2\x9b" "2J\xc2\x85\xc2\xa0", "\\u009b2J\\u0085\xc2\xa0" },
		/* right to left, isolates, line separator, BOM */
		{ "\xe2\x80\xae" "x\xe2\x81\xa6\xe2\x80\xa8\xef\xbb\xbf",
		    "\\u202ex\\u2066\\u2028\\ufeff" },
		{ "\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f", "\\u061c\\u200e\\u200f" },
		/* joiners stay, since emoji are made with them */
		{ "\xe2\x80\x8d", "\xe2\x80\x8d" },
		{ "\xff\xc3(\xed\xa0\x80", "\\xff\\xc3(\\xed\\xa0\\x80" },
		/* U+FFFD itself is a character like others */
		{ "\xef\xbf\xbd", "\xef\xbf\xbd" }
	};
	struct arena *arena = arena_new(1 << 16);
	struct buf b;
	size_t i;

	(void)state;
	assert_non_null(arena);
	for (i = 0; i < COUNT(rows); i++) {
		buf_init(&b, arena, 1000);
		table_visible(&b, rows[i].text);
		assert_string_equal(buf_text(&b), rows[i].want);
	}
	arena_free(arena);
}

/* Whatever comes, what is shown has no control character but line ends. */
static void
test_any_bytes(void **state)
{
	static const struct table_options o = { .width = 60 };
	struct shown row = { NULL, NULL, 1, NULL };
	char text[64], *out;
	uint32_t seed = 1;
	size_t i, j;

	(void)state;
	for (i = 0; i < 2000; i++) {
		for (j = 0; j + 1 < sizeof(text); j++) {
			seed = seed * 1664525 + 1013904223;
			text[j] = (char)(1 + (seed >> 16) % 255);
		}
		text[j] = '\0';
		row.ticket = row.test = row.why = text;
		out = show(&o, &row, 1);
		for (j = 0; out[j] != '\0'; j++)
			assert_true(out[j] == '\n' ||
			    ((unsigned char)out[j] >= ' ' && out[j] != 0x7f));
		/* One row and the headings. */
		assert_ptr_equal(strchr(strchr(out, '\n') + 1, '\n') + 1,
		    out + strlen(out));
		free(out);
	}
}

/* A name that fills a body of 1 MiB with marks that are all escaped. */
static void
test_long(void **state)
{
	const struct table_options o = { .width = 80 };
	struct shown row = { "PAY-1", NULL, 1, NULL };
	char *name = malloc(2 * MARKS + 1), *text;
	size_t i;

	(void)state;
	assert_non_null(name);
	for (i = 0; i < MARKS; i++)
		memcpy(name + 2 * i, "\xc2\x85", 2);
	name[2 * i] = '\0';
	row.test = name;
	text = show(&o, &row, 1);
	assert_non_null(strstr(text, "\nPAY-1   \\u0085"));
	free(text);
	free(name);
}

/* More than is kept in memory; the last row is the widest. */
static void
test_many(void **state)
{
	const struct table_options o = { .json = false };
	struct shown *rows = calloc(MANY, sizeof(*rows));
	char (*keys)[16] = calloc(MANY, sizeof(*keys)), *text, want[80];
	const char *line;
	size_t i, n;

	(void)state;
	assert_true(rows != NULL && keys != NULL);
	for (i = 0; i < MANY; i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "PAY-%zu", i);
		rows[i] = (struct shown){ keys[i], i + 1 < MANY ? "adds" :
		    "takes two from three", (int64_t)i, NULL };
	}
	line = text = show(&o, rows, MANY);
	for (i = 0; i <= MANY; i++, line += n + 1) {
		(void)snprintf(want, sizeof(want), "%-9s  %-20s  %5s  %s",
		    i == 0 ? "TICKET" : keys[i - 1], i == 0 ? "TEST" :
		    rows[i - 1].test, i == 0 ? "RUNS" : keys[i - 1] + 4,
		    i == 0 ? "WHY" : "-");
		n = strcspn(line, "\n");
		assert_int_equal(n, strlen(want));
		assert_memory_equal(line, want, n);
	}
	assert_int_equal(*line, '\0');
	free(text);
	free(keys);
	free(rows);
}

/* The file of the rows, which has no name. */
static int
spooled(void)
{
	char path[64], to[4096];
	ssize_t n;
	int fd;

	for (fd = 3; fd < 64; fd++) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, to, sizeof(to) - 1);
		to[n > 0 ? n : 0] = '\0';
		if (strstr(to, "/tickethook-") != NULL)
			return (fd);
	}
	return (-1);
}

/* Rows that cannot be read again are a failure, also when all cannot. */
static void
test_lost(void **state)
{
	static const off_t left[] = { 0, 1000 };
	struct table_options o = { .json = false };
	struct table *t;
	size_t i, row;

	(void)state;
	for (i = 0; i < COUNT(left); i++) {
		assert_non_null(o.out = fopen("/dev/null", "w"));
		assert_int_equal(table_new(&t, columns, COUNT(columns), &o),
		    OK);
		for (row = 0; row < MANY; row++) {
			table_text(t, "PAY-1");
			table_row(t);
		}
		assert_int_equal(ftruncate(spooled(), left[i]), 0);
		assert_int_not_equal(table_end(t), OK);
		(void)fclose(o.out);
	}
}

/* An output that takes nothing is a failure, not a short list. */
static void
test_full(void **state)
{
	struct table_options o = { .json = false };
	struct table *t;

	(void)state;
	assert_non_null(o.out = fopen("/dev/full", "w"));
	assert_int_equal(table_new(&t, columns, COUNT(columns), &o), OK);
	table_text(t, "PAY-1");
	table_row(t);
	assert_int_equal(table_end(t), ERR_LEDGER);
	(void)fclose(o.out);
	assert_int_equal(table_end(NULL), OK);
}

static void
test_no_terminal(void **state)
{
	FILE *f = fopen("/dev/null", "w");

	(void)state;
	assert_non_null(f);
	assert_int_equal(table_width(f), 0);
	(void)fclose(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aligned),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_short_rows),
		cmocka_unit_test(test_visible),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_no_terminal)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
