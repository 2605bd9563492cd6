#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"

/*
 * A calendar that only counts, day by day from 1 January 0001, which lies
 * 719162 days before 1970.
 */
static bool
is_leap(int year)
{
	if (year % 400 == 0)
		return (true);
	return (year % 4 == 0 && year % 100 != 0);
}

static void
test_every_day(void **state)
{
	int		length[13] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30,
	    31, 30, 31 };
	char		out[CLOCK_ISO_MAX], text[64];
	int64_t		day, ms;
	int		d, m, y;

	(void)state;
	day = -719162;
	for (y = 1; y <= 9999; y++) {
		length[2] = is_leap(y) ? 29 : 28;
		for (m = 1; m <= 12; m++) {
			for (d = 1; d <= length[m]; d++, day++) {
				/* All days near now, else a month's ends. */
				if (d != 1 && d < 28 && (y < 1960 || y > 2110))
					continue;
				snprintf(text, sizeof(text),
				    "%04d-%02d-%02dT23:59:58.007Z", y, m, d);
				assert_true(clock_parse(text, &ms));
				assert_true(ms == day * 86400000 + 86398007);
				clock_format(ms, out);
				assert_string_equal(out, text);
			}
			snprintf(text, sizeof(text),
			    "%04d-%02d-%02dT00:00:00Z", y, m, length[m] + 1);
			assert_false(clock_parse(text, &ms));
		}
	}
}

struct moment {
	const char	*text;
	int64_t		 ms;
};

/* Numbers from date -u -d TEXT +%s%3N; the first nine name one instant. */
static const struct moment moments[] = {
	{ "2026-03-27T12:28:40.695Z", 1774614520695 },
	{ "2026-03-27T12:28:40.695999999Z", 1774614520695 },
	{ "2026-03-27T12:28:40.695+00:00", 1774614520695 },
	{ "2026-03-27T12:28:40.695-00:00", 1774614520695 },
	{ "2026-03-27T14:28:40.695+02:00", 1774614520695 },
	{ "2026-03-27T14:28:40.695+0200", 1774614520695 },
	{ "2026-03-27T05:28:40.695-07:00", 1774614520695 },
	{ "2026-03-28T12:27:40.695+23:59", 1774614520695 },
	{ "2026-03-26T12:29:40.695-23:59", 1774614520695 },
	{ "2026-03-27T12:28:40Z", 1774614520000 },
	{ "2026-03-27T12:28:40.6Z", 1774614520600 },
	{ "2026-03-27T12:28:40.69Z", 1774614520690 },
	{ "2026-03-27T12:28:40.000000001Z", 1774614520000 },
	{ "1970-01-01T00:00:00Z", 0 },
	{ "1969-12-31T23:59:59.999Z", -1 },
	{ "2001-09-09T01:46:40Z", 1000000000000 },
	{ "2038-01-19T03:14:08Z", 2147483648000 },
	{ "2000-02-29T00:00:00Z", 951782400000 },
	{ "2024-02-29T00:00:00Z", 1709164800000 },
	{ "0001-01-01T00:00:00Z", -62135596800000 },
	{ "9999-12-31T23:59:59.999Z", 253402300799999 },
};

static void
test_moments(void **state)
{
	int64_t	ms;
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		if (!clock_parse(moments[i].text, &ms) || ms != moments[i].ms)
			fail_msg("%s", moments[i].text);
	}
}

static const char *const bad[] = {
	"", "2026", "2026-03-27", "2026-03-27T12:28:40.695",
	"2026-03-27T12:28:40.695z", "2026-03-27t12:28:40.695Z",
	"2026-03-27 12:28:40.695Z", " 2026-03-27T12:28:40.695Z",
	"2026-03-27T12:28:40.695Z ", "2026-03-27T12:28:40.695Z\n",
	"2026-03-27T12:28:40.695ZZ", "2026-03-27T12:28:40.Z",
	"2026-03-27T12:28:40,695Z", "2026-03-27T12:28:40.1234567890Z",
	"2026-03-27T12:28Z", "20260327T122840Z", "2026-3-27T12:28:40Z",
	"+2026-03-27T12:28:40Z", "-2026-03-27T12:28:40Z",
	"12026-03-27T12:28:40Z", "0000-03-27T12:28:40Z",
	"2026-00-27T12:28:40Z", "2026-13-27T12:28:40Z",
	"2026-03-00T12:28:40Z", "2026-03-32T12:28:40Z",
	"2026-04-31T12:28:40Z", "2026-02-29T12:28:40Z",
	"1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
	"2024-02-30T00:00:00Z", "2026-03-27T24:00:00Z",
	"2026-03-27T12:60:40Z", "2026-03-27T12:28:60Z",
	"2026-03-27T12:28:40+02", "2026-03-27T12:28:40+2:00",
	"2026-03-27T12:28:40+24:00", "2026-03-27T12:28:40+02:60",
	"2026-03-27T12:28:40+02:0", "2026-03-27T12:28:40+02:000",
	"2026-03-27T12:28:40+-2:00", "2026-03-27T12:28:40 +02:00",
	"2026-03-27T12:28:4/Z", "2026-03-27T12:28:4:Z", "1774614520695",
	"2026-03-27T12:28:40GMT",
};

static void
test_bad(void **state)
{
	int64_t	ms;
	size_t	i;

	(void)state;
	ms = 42;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (clock_parse(bad[i], &ms))
			fail_msg("taken: \"%s\"", bad[i]);
		assert_int_equal(ms, 42);
	}
}

/* Every proper prefix of a time is none, and so is any other byte in it. */
static void
test_prefixes_and_bytes(void **state)
{
	static const char	whole[] = "2026-03-27T12:28:40.695+02:00";
	char			text[sizeof(whole)];
	int64_t			ms;
	size_t			i;
	int			c;

	(void)state;
	for (i = 0; i < sizeof(whole) - 1; i++) {
		memcpy(text, whole, sizeof(whole));
		for (c = 1; c < 256; c++) {
			if ((c >= '0' && c <= '9') || c == whole[i] ||
			    strchr("+-.:Z", c) != NULL)
				continue;
			text[i] = (char)c;
			assert_false(clock_parse(text, &ms));
		}
		text[i] = '\0';
		assert_false(clock_parse(text, &ms));
	}
}

static void
test_format_range(void **state)
{
	static const int64_t	outside[] = { INT64_MIN, INT64_MAX,
	    -62135596800001, 253402300800000 };
	char			out[CLOCK_ISO_MAX];
	size_t			i;

	(void)state;
	for (i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		clock_format(outside[i], out);
		assert_string_equal(out, "-");
	}
	clock_format(-62135596800000, out);
	assert_string_equal(out, "0001-01-01T00:00:00.000Z");
	clock_format(253402300799999, out);
	assert_string_equal(out, "9999-12-31T23:59:59.999Z");
	clock_format(-1, out);
	assert_string_equal(out, "1969-12-31T23:59:59.999Z");
}

static void
test_clocks_run(void **state)
{
	int64_t	before, wall;

	(void)state;
	before = clock_mono();
	wall = clock_wall();
	clock_sleep(30);
	assert_true(clock_mono() >= before + 29);
	assert_true(clock_mono() < before + 10000);
	assert_true(llabs(clock_wall() - wall) < 10000);
	/* Milliseconds: seconds would say the year 1970. */
	assert_true(wall > 1600000000000);
	before = clock_mono();
	clock_sleep(0);
	clock_sleep(-5000);
	assert_true(clock_mono() < before + 4000);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_every_day),
		cmocka_unit_test(test_moments),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_prefixes_and_bytes),
		cmocka_unit_test(test_format_range),
		cmocka_unit_test(test_clocks_run),
	};

	return (cmocka_run_group_tests_name("clock", tests, NULL, NULL));
}
