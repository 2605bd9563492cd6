#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "handler/due.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define HOUR		((int64_t)3600 * 1000)
#define DAY		(24 * HOUR)

/* A calendar by the C library: the day that so many milliseconds are in. */
static struct tm
calendar(int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	if (ms % 1000 < 0)
		seconds--;
	assert_non_null(gmtime_r(&seconds, &tm));
	return (tm);
}

static int64_t
at(int year, int month, int day, int hour)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1,
	    .tm_mday = day, .tm_hour = hour };

	return ((int64_t)timegm(&tm) * 1000);
}

/*
 * Read off a printed calendar of November 2026 to January 2027: the 2nd,
 * 9th, 16th, 23rd and 30th of November are Mondays.
 */
static const struct {
	struct { int y, m, d, h; } from;
	int64_t		 duration;
	struct { int y, m, d; } days;
	struct { int y, m, d; } business;
} rows[] = {
	/* Monday */
	{ { 2026, 11, 2, 0 }, DAY, { 2026, 11, 3 }, { 2026, 11, 3 } },
	{ { 2026, 11, 2, 23 }, DAY, { 2026, 11, 3 }, { 2026, 11, 3 } },
	{ { 2026, 11, 2, 9 }, 5 * DAY, { 2026, 11, 7 }, { 2026, 11, 9 } },
	{ { 2026, 11, 2, 9 }, 10 * DAY, { 2026, 11, 12 }, { 2026, 11, 16 } },
	/* Wednesday */
	{ { 2026, 11, 4, 9 }, 2 * DAY, { 2026, 11, 6 }, { 2026, 11, 6 } },
	{ { 2026, 11, 4, 9 }, 3 * DAY, { 2026, 11, 7 }, { 2026, 11, 9 } },
	/* Friday */
	{ { 2026, 11, 6, 17 }, DAY, { 2026, 11, 7 }, { 2026, 11, 9 } },
	{ { 2026, 11, 6, 17 }, 3 * DAY, { 2026, 11, 9 }, { 2026, 11, 11 } },
	{ { 2026, 11, 6, 17 }, 5 * DAY, { 2026, 11, 11 },
	    { 2026, 11, 13 } },
	{ { 2026, 11, 6, 17 }, 6 * DAY, { 2026, 11, 12 },
	    { 2026, 11, 16 } },
	{ { 2026, 11, 6, 17 }, 14 * DAY, { 2026, 11, 20 },
	    { 2026, 11, 26 } },
	/* Saturday and Sunday */
	{ { 2026, 11, 7, 12 }, DAY, { 2026, 11, 8 }, { 2026, 11, 9 } },
	{ { 2026, 11, 8, 12 }, DAY, { 2026, 11, 9 }, { 2026, 11, 9 } },
	{ { 2026, 11, 7, 12 }, 5 * DAY, { 2026, 11, 12 },
	    { 2026, 11, 13 } },
	{ { 2026, 11, 8, 12 }, 6 * DAY, { 2026, 11, 14 },
	    { 2026, 11, 16 } },
	/* Not whole days round up. */
	{ { 2026, 11, 2, 9 }, HOUR, { 2026, 11, 3 }, { 2026, 11, 3 } },
	{ { 2026, 11, 2, 9 }, 36 * HOUR, { 2026, 11, 4 }, { 2026, 11, 4 } },
	{ { 2026, 11, 6, 9 }, 36 * HOUR, { 2026, 11, 8 }, { 2026, 11, 10 } },
	{ { 2026, 11, 2, 9 }, DAY + 1, { 2026, 11, 4 }, { 2026, 11, 4 } },
	/* Over the ends of a month and of a year. */
	{ { 2026, 11, 27, 9 }, 2 * DAY, { 2026, 11, 29 }, { 2026, 12, 1 } },
	{ { 2026, 12, 31, 9 }, DAY, { 2027, 1, 1 }, { 2027, 1, 1 } },
	{ { 2026, 12, 31, 9 }, 2 * DAY, { 2027, 1, 2 }, { 2027, 1, 4 } },
	{ { 2028, 2, 28, 9 }, DAY, { 2028, 2, 29 }, { 2028, 2, 29 } },
	/* Nothing, and less. */
	{ { 2026, 11, 3, 9 }, 0, { 2026, 11, 3 }, { 2026, 11, 3 } },
	{ { 2026, 11, 3, 9 }, -DAY, { 2026, 11, 3 }, { 2026, 11, 3 } },
};

static void
test_table(void **state)
{
	int64_t from;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		from = at(rows[i].from.y, rows[i].from.m, rows[i].from.d,
		    rows[i].from.h);
		assert_int_equal(due_day(from, rows[i].duration, false),
		    at(rows[i].days.y, rows[i].days.m, rows[i].days.d, 0));
		assert_int_equal(due_day(from, rows[i].duration, true),
		    at(rows[i].business.y, rows[i].business.m,
		    rows[i].business.d, 0));
	}
}

/* One day after the other, as the C library names the days. */
static int64_t
walk(int64_t ms, int64_t duration, bool business)
{
	struct tm tm = calendar(ms);
	int64_t left = (duration + DAY - 1) / DAY;

	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	while (left > 0) {
		tm.tm_mday++;
		(void)timegm(&tm);	/* names the day anew */
		if (!business || (tm.tm_wday != 0 && tm.tm_wday != 6))
			left--;
	}
	return ((int64_t)timegm(&tm) * 1000);
}

static void
test_walk(void **state)
{
	int64_t from, duration;
	int hours, days;

	(void)state;
	/* Around the epoch too, where a day has a negative number. */
	for (hours = -24 * 20; hours < 24 * 400; hours += 7)
		for (days = 0; days < 30; days++) {
			from = hours * HOUR + (hours % 3) * 1234567;
			duration = days * DAY + (hours % 2 ? 5 * HOUR : 0);
			if (duration < 0)
				continue;
			assert_int_equal(due_day(from, duration, false),
			    walk(from, duration, false));
			assert_int_equal(due_day(from, duration, true),
			    walk(from, duration, true));
		}
	from = at(2026, 11, 6, 17);
	for (days = 0; days <= 3650; days++)
		assert_int_equal(due_day(from, days * DAY, true),
		    walk(from, days * DAY, true));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_walk),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
