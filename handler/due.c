#include "handler/due.h"

enum {
	DAY = 24 * 60 * 60 * 1000,	/* milliseconds */
	WEEK = 7,			/* days */
	FRIDAY = 4,			/* Monday is 0 */
	WORKDAYS = 5,			/* of a week */
	EPOCH = 3			/* 1970-01-01 was a Thursday */
};

/* Days since the epoch, also before it. */
static int64_t
day_of(int64_t ms)
{

	return (ms / DAY - (ms % DAY < 0 ? 1 : 0));
}

static int
weekday(int64_t day)
{

	return ((int)(((day + EPOCH) % WEEK + WEEK) % WEEK));
}

int64_t
due_day(int64_t event_ms, int64_t duration_ms, bool business)
{
	int64_t day = day_of(event_ms), days = 0;
	int at = weekday(day);

	if (duration_ms > 0)
		days = duration_ms / DAY + (duration_ms % DAY > 0 ? 1 : 0);
	if (!business || days == 0)
		return ((day + days) * DAY);
	/* From a weekend one counts as from the Friday before. */
	if (at > FRIDAY) {
		day -= at - FRIDAY;
		at = FRIDAY;
	}
	days += (at + days) / WORKDAYS * (WEEK - WORKDAYS);
	return ((day + days) * DAY);
}
