#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/utf8.h"

/* The encoder of RFC 3629 section 3, written down bit by bit. */
static size_t
encode(uint32_t cp, char out[4])
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return (1);
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 + cp / 64);
		out[1] = (char)(0x80 + cp % 64);
		return (2);
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 + cp / 4096);
		out[1] = (char)(0x80 + cp / 64 % 64);
		out[2] = (char)(0x80 + cp % 64);
		return (3);
	}
	out[0] = (char)(0xf0 + cp / 262144);
	out[1] = (char)(0x80 + cp / 4096 % 64);
	out[2] = (char)(0x80 + cp / 64 % 64);
	out[3] = (char)(0x80 + cp % 64);
	return (4);
}

/* Every code point there is; surrogates are none. */
static void
test_every_code_point(void **state)
{
	char		text[4];
	size_t		len, n;
	uint32_t	cp;
	bool		scalar;

	(void)state;
	for (cp = 0; cp < 0x120000; cp++) {
		n = encode(cp, text);
		scalar = cp < 0xd800 || (cp > 0xdfff && cp < 0x110000);
		if (utf8_valid(text, n) != scalar)
			fail_msg("U+%04X", (unsigned int)cp);
		if (utf8_next(text, n, &len) != (scalar ? cp : 0xfffd))
			fail_msg("U+%04X", (unsigned int)cp);
		assert_int_equal(len, scalar ? n : 1);
		/* A character that is cut short is no character. */
		if (n > 1)
			assert_false(utf8_valid(text, n - 1));
	}
}

/*
 * Nothing else is well-formed: as many sequences of each length are taken
 * as there are code points of that length.
 */
static void
test_nothing_else(void **state)
{
	unsigned char	text[4];
	size_t		len, two, three, four;
	uint32_t	i;

	(void)state;
	two = three = four = 0;
	for (i = 0x8000; i < 0x10000; i++) {
		text[0] = (unsigned char)(i >> 8);
		text[1] = (unsigned char)i;
		two += utf8_valid(text, 2);
	}
	for (i = 0x800000; i < 0x1000000; i++) {
		text[0] = (unsigned char)(i >> 16);
		text[1] = (unsigned char)(i >> 8);
		text[2] = (unsigned char)i;
		utf8_next((char *)text, 3, &len);
		three += len == 3;
	}
	/* First bytes f0 to ff, second any, the others 80 to bf. */
	for (i = 0; i < 16U << 20; i++) {
		text[0] = (unsigned char)(0xf0 + (i >> 20));
		text[1] = (unsigned char)(i >> 12);
		text[2] = (unsigned char)(0x80 + (i >> 6) % 64);
		text[3] = (unsigned char)(0x80 + i % 64);
		utf8_next((char *)text, 4, &len);
		four += len == 4;
	}
	assert_int_equal(two, 0x800 - 0x80);
	assert_int_equal(three, 0x10000 - 0x800 - 0x800);
	assert_int_equal(four, 0x110000 - 0x10000);
}

static void
test_bad_tails(void **state)
{
	static const char *const	bad[] = {
		"\x80", "\xbf", "\xff", "\xc0\x80", "\xc1\xbf", "a\xc3",
		"\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xb0\x80", "\xe2\x82",
		"\xe2\x28\xa1", "\xe2\x82\x28", "\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80", "\xf0\x90\x80", "\xf0\x90\x80\x28",
		"\xf0\x90\x28\x80", "\xf0\x28\x80\x80", "\xf8\x88\x80\x80\x80",
		"\xfe\xfe", "\xc3\xc3\xbc",
	};
	size_t				i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (utf8_valid(bad[i], strlen(bad[i])))
			fail_msg("case %d", (int)i);
	}
	assert_true(utf8_valid("", 0));
	assert_true(utf8_valid("\0", 1));
}

/* Among ASCII, at each place and before each number of bytes that follow. */
static void
test_among_ascii(void **state)
{
	static const char *const	good[] = { "\xc3\xbc", "\xe2\x82\xac",
	    "\xf0\x9f\x90\x9b", "\xc3\xbcghijklmn\xc3\xbc" };
	static const char *const	bad[] = { "\x80", "\xff", "\xc3",
	    "\xe2\x82", "\xc3\xbcghijklmn\xc3",
	    "\xc3\xbcghijklmno\x80" };
	char				text[64];
	size_t				at, i, n;

	(void)state;
	for (at = 0; at < 20; at++)
		for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
			for (n = strlen(good[i]); n < 30; n++) {
				memset(text, 'a', sizeof(text));
				memcpy(text + at, good[i], strlen(good[i]));
				assert_true(utf8_valid(text, at + n));
			}
	for (at = 0; at < 20; at++)
		for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
			for (n = strlen(bad[i]); n < 30; n++) {
				memset(text, 'a', sizeof(text));
				memcpy(text + at, bad[i], strlen(bad[i]));
				assert_false(utf8_valid(text, at + n));
			}
}

/* A text of all widths and of bad bytes, with its code points marked. */
static const char mixed[] = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x90\x9b\xff"
    "\xe2\x82z\xf0\x9f\x90\x9b";
static const size_t starts[] = { 0, 1, 3, 6, 10, 11, 12, 13, 14, 18 };

enum {
	POINTS = sizeof(starts) / sizeof(starts[0]) - 1
};

static void
test_count_and_cut_points(void **state)
{
	size_t	i, n;

	(void)state;
	n = sizeof(mixed) - 1;
	assert_int_equal(starts[POINTS], n);
	assert_int_equal(utf8_count(mixed, n), POINTS);
	for (i = 0; i <= POINTS; i++) {
		assert_int_equal(utf8_cut_points(mixed, n, i), starts[i]);
		assert_int_equal(utf8_count(mixed, starts[i]), i);
	}
	assert_int_equal(utf8_cut_points(mixed, n, SIZE_MAX), n);
	assert_int_equal(utf8_cut_points("", 0, 5), 0);
}

/* The largest start of a character that is at most max. */
static void
test_cut_bytes(void **state)
{
	size_t	best, i, max, n;

	(void)state;
	n = sizeof(mixed) - 1;
	for (max = 0; max < n + 3; max++) {
		best = 0;
		for (i = 0; i <= POINTS; i++) {
			if (starts[i] <= max)
				best = starts[i];
		}
		assert_int_equal(utf8_cut_bytes(mixed, n, max), best);
	}
	/* Continuation bytes without a start are cut anywhere. */
	assert_int_equal(utf8_cut_bytes("\x80\x80\x80\x80\x80\x80", 6, 5), 5);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_every_code_point),
		cmocka_unit_test(test_nothing_else),
		cmocka_unit_test(test_bad_tails),
		cmocka_unit_test(test_among_ascii),
		cmocka_unit_test(test_count_and_cut_points),
		cmocka_unit_test(test_cut_bytes),
	};

	return (cmocka_run_group_tests_name("utf8", tests, NULL, NULL));
}
