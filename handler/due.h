#ifndef DUE_H_
#define DUE_H_

#include <stdbool.h>
#include <stdint.h>

/*
 * The day on which a ticket is due: 00:00 UTC of it, in wall milliseconds.
 * Trackers take a date and no time, so a duration counts in whole days from
 * the day (UTC) of the event, and what is no whole number of days rounds up:
 * 36h is two days.  Business days are Monday to Friday: Saturday and Sunday
 * are not counted, so three of them from a Friday are a Wednesday, and one
 * from a Saturday or a Sunday is the Monday.  Pure: knows no holidays and no
 * clock.  A duration below zero counts as none.
 */
int64_t due_day(int64_t event_ms, int64_t duration_ms, bool business);

#endif
