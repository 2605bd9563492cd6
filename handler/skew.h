#ifndef SKEW_H_
#define SKEW_H_

#include <stdint.h>

/*
 * How long did a delivery wait in a queue before we got hold of it?
 *
 * Its age by its signed timestamp is the wait plus the difference of two
 * clocks.  The least age of the last minutes is taken for that difference,
 * so what a delivery is older than that, it waited.  The first delivery of
 * a process is taken not to have waited, and a step of our own clock
 * forgets what was learnt.  Thread-safe.
 *
 * signed_at: seconds, as signed; wall, mono: now, milliseconds.
 * Returns milliseconds, 0 or more.
 */
int64_t skew_waited(int64_t signed_at, int64_t wall, int64_t mono);

#endif
