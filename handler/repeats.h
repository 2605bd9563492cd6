#ifndef REPEATS_H_
#define REPEATS_H_

#include <stdbool.h>
#include <stdint.h>

struct program;

/*
 * Deliveries that came again after their last answer.  They change nothing
 * but the number of tries that people are shown, so their answer waits for no
 * flush: a thread of its own writes what came within a moment in one commit,
 * each delivery once.  What a crash takes is a number of that moment.
 *
 *	repeats = repeats_new(program);
 *	if (!repeats_note(repeats, mail->id, job->now))
 *		...			count it yourself
 *	repeats_free(repeats);
 */
struct repeats;

/* NULL without memory or threads: then nothing is ever taken. */
struct repeats *repeats_new(struct program *);

/* False: there is no room for it now.  NULL is accepted. */
bool repeats_note(struct repeats *, const char *id, int64_t now);

/* Write the rest and end the thread.  NULL is accepted. */
void repeats_free(struct repeats *);

#endif
