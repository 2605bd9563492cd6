#ifndef CLOCK_H_
#define CLOCK_H_

#include <stdbool.h>
#include <stdint.h>

/*
 * Two clocks, never mixed: the monotonic one for deadlines, the wall clock
 * for what people and signatures call time.  Milliseconds throughout.
 */
int64_t clock_mono(void);
int64_t clock_wall(void);

/* Sleep that long, or until a signal. */
void clock_sleep(int64_t ms);

enum {
	CLOCK_ISO_MAX = 32	/* room for a time as text */
};

/*
 * "2026-03-27T12:28:40.695Z" and its forms with a numeric offset, without
 * a fraction, or with up to nine digits of it, to milliseconds since the
 * epoch.  False, and *ms untouched, for anything else.
 */
bool clock_parse(const char *, int64_t *ms);

/* "2026-03-27T12:28:40.695Z"; "-" for a time outside the years 1 to 9999. */
void clock_format(int64_t ms, char out[CLOCK_ISO_MAX]);

#endif
