#ifndef COUNTERS_H_
#define COUNTERS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Numbers that several processes and threads count together, in a file of
 * fixed size that each maps.  Adding is one atomic addition in memory: no
 * lock, no system call.  So a process that lives for one request counts as
 * well as one that lives for months, and what is counted outlives both.
 *
 *	counters_open("/var/lib/tickethook/ledger.db.counters");
 *	counters_add("requests{path=\"/trunk\"}", 1);
 *	counters_each(show, ctx);
 *
 * A counter is known by its text, which is made with its first addition.
 * Texts must come from a small set, never from who sends something: there
 * is room for COUNTERS_MAX of them, and what does not fit is added to the
 * counter COUNTERS_LOST instead.
 *
 * Counting is an extra: without a file (it cannot be made, or the disk is
 * full) every call does nothing.  A crash of the machine may lose the last
 * seconds.  One file a process, until counters_close().
 */
#define COUNTERS_LOST	"lost"

enum {
	COUNTERS_MAX = 2048,
	COUNTERS_TEXT = 176	/* bytes of a text, NUL included */
};

/*
 * Map the file, made with mode 0600 if it is not there.  False: it cannot be
 * used, errno says why; EINVAL is a file of something else.
 */
bool counters_open(const char *path);

/* Not while another thread counts. */
void counters_close(void);

/* Add n; a text that is too long is counted as lost. */
void counters_add(const char *text, uint64_t n);

/*
 * Count something that took so long among those of the same name and labels:
 * under "NAME|LABELS|BOUND" of the first bound (ms, ascending, n of them) that
 * it does not exceed, of which 0 has none above it, and the time under
 * "NAME|LABELS|sum".
 */
void counters_time(const char *name, const char *labels, const int *bounds,
    size_t n, int64_t ms);

/* What was noted last stands, such as a time. */
void counters_set(const char *text, uint64_t n);

/* Its value; 0 if there is none. */
uint64_t counters_get(const char *text);

/*
 * Each counter in an order of its own.  A text may come more than once,
 * if two processes made it in the same instant: its value is the sum.
 */
void counters_each(void (*)(void *ctx, const char *text, uint64_t n),
    void *ctx);

#endif
