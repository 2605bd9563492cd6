/*
 * Time: monotonic for deadlines, of the wall for records; and times as text,
 * after https://www.rfc-editor.org/rfc/rfc3339 and in Jira's form of it, whose
 * offset has no colon.  Years are those that four digits can write.
 */
#include "common/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	DAY = 86400,		/* seconds */
	EPOCH = 719468		/* days from 1 March of the year 0 to 1970 */
};

/* First and last millisecond that a four-digit year can show. */
static const int64_t first_ms = INT64_C(-62135596800000);
static const int64_t last_ms = INT64_C(253402300799999);

/* A time as it is written. */
struct written {
	int	year;
	int	month;
	int	day;
	int	hour;
	int	minute;
	int	second;
	int	ms;
	int	offset;		/* minutes east of Greenwich */
};

static int64_t
now(clockid_t id)
{
	struct timespec	ts;

	if (clock_gettime(id, &ts) != 0)
		return (0);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

int64_t
clock_mono(void)
{
	return (now(CLOCK_MONOTONIC));
}

int64_t
clock_wall(void)
{
	return (now(CLOCK_REALTIME));
}

void
clock_sleep(int64_t ms)
{
	struct timespec	ts;

	if (ms <= 0)
		return;
	ts.tv_sec = ms / 1000;
	ts.tv_nsec = ms % 1000 * 1000000;
	nanosleep(&ts, NULL);
}

static bool
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

/* Exactly n digits that make a number of low..high. */
static bool
number(const char **p, int n, int low, int high, int *out)
{
	for (*out = 0; n > 0; n--, (*p)++) {
		if (!is_digit(**p))
			return (false);
		*out = *out * 10 + (**p - '0');
	}
	return (*out >= low && *out <= high);
}

static bool
literal(const char **p, char c)
{
	if (**p != c)
		return (false);
	(*p)++;
	return (true);
}

static int
month_days(int year, int month)
{
	static const int	days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
	    31, 30, 31 };

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 ||
	    year % 400 == 0))
		return (29);
	return (days[month - 1]);
}

static bool
date_part(const char **p, struct written *w)
{
	return (number(p, 4, 1, 9999, &w->year) && literal(p, '-') &&
	    number(p, 2, 1, 12, &w->month) && literal(p, '-') &&
	    number(p, 2, 1, month_days(w->year, w->month), &w->day));
}

static bool
time_part(const char **p, struct written *w)
{
	int	n, scale;

	if (!number(p, 2, 0, 23, &w->hour) || !literal(p, ':') ||
	    !number(p, 2, 0, 59, &w->minute) || !literal(p, ':') ||
	    !number(p, 2, 0, 59, &w->second))
		return (false);
	if (!literal(p, '.'))
		return (true);
	scale = 100;
	for (n = 0; n < 9 && is_digit(**p); n++, (*p)++, scale /= 10)
		w->ms += (**p - '0') * scale;
	return (n > 0);
}

/* Z, +01:00 (RFC 3339) or +0100 (as Jira writes it). */
static bool
offset_part(const char **p, struct written *w)
{
	int	hour, minute, sign;

	if (literal(p, 'Z'))
		return (true);
	sign = **p == '-' ? -1 : 1;
	if (!literal(p, '-') && !literal(p, '+'))
		return (false);
	if (!number(p, 2, 0, 23, &hour))
		return (false);
	literal(p, ':');
	if (!number(p, 2, 0, 59, &minute))
		return (false);
	w->offset = sign * (hour * 60 + minute);
	return (true);
}

/* Days since the epoch; the year begins in March to have 29 February last. */
static int64_t
days_of(const struct written *w)
{
	int	month, year;

	year = w->month > 2 ? w->year : w->year - 1;
	month = w->month > 2 ? w->month - 3 : w->month + 9;
	return ((int64_t)year * 365 + year / 4 - year / 100 + year / 400 +
	    (153 * month + 2) / 5 + w->day - 1 - EPOCH);
}

bool
clock_parse(const char *p, int64_t *ms)
{
	struct written	w;
	int64_t		s;

	memset(&w, 0, sizeof(w));
	if (!date_part(&p, &w) || !literal(&p, 'T') || !time_part(&p, &w) ||
	    !offset_part(&p, &w) || *p != '\0')
		return (false);
	s = days_of(&w) * DAY + w.hour * 3600 + w.minute * 60 + w.second -
	    w.offset * 60;
	*ms = s * 1000 + w.ms;
	return (true);
}

void
clock_format(int64_t ms, char out[CLOCK_ISO_MAX])
{
	struct tm	tm;
	time_t		s;
	int		rest;

	snprintf(out, CLOCK_ISO_MAX, "-");
	if (ms < first_ms || ms > last_ms)
		return;
	rest = (int)(ms % 1000);
	if (rest < 0)
		rest += 1000;
	s = (time_t)((ms - rest) / 1000);
	if (gmtime_r(&s, &tm) == NULL)
		return;
	snprintf(out, CLOCK_ISO_MAX, "%04d-", tm.tm_year + 1900);
	strftime(out + 5, CLOCK_ISO_MAX - 5, "%m-%dT%H:%M:%S", &tm);
	snprintf(out + 19, CLOCK_ISO_MAX - 19, ".%03dZ", rest);
}
