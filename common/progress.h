#ifndef PROGRESS_H_
#define PROGRESS_H_

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * A bar on a terminal for what takes more than a second; nothing at all on
 * anything else, or on NULL.
 *
 *	struct progress p;
 *
 *	progress_begin(&p, stderr, "simulating", clock_mono());
 *	while (... work ...)
 *		progress_at(&p, done, total, clock_mono());
 *	progress_end(&p);
 *
 * The bar is one line that is drawn over and over, ten times a second at
 * most; progress_end() wipes it, so it must come before other output.
 * Times are monotonic milliseconds.
 */
struct progress {
	FILE		*out;		/* NULL: draw nothing */
	const char	*what;		/* borrowed */
	int64_t		 since;
	int64_t		 drawn;		/* when last; 0: never */
	int		 width;		/* of the line that stands there */
};

void progress_begin(struct progress *, FILE *, const char *what,
    int64_t now);

/* So much of the total is done; a total of 0 counts as nothing done. */
void progress_at(struct progress *, int64_t done, int64_t total,
    int64_t now);

/* Wipe it; twice and never drawn are accepted. */
void progress_end(struct progress *);

#endif
