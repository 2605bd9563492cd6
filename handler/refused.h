#ifndef REFUSED_H_
#define REFUSED_H_

#include <stdbool.h>

#include "common/err.h"

struct job;
struct tracker;

/*
 * A tracker that does not accept our credentials is not shown them again
 * with every delivery: some lock an account for that, and a person must act
 * first.  In one process one call each LIMIT_PROBE ms asks again; all others
 * meanwhile end as the refused one did, with its sentence.  A call that is
 * accepted ends it, and so does another configuration.  A process that
 * serves one request (CGI) begins with no memory, and asks.
 *
 *	if ((e = refused_before(job, tracker)) != OK)
 *		return (e);
 *	... the call; job->why is set if it failed
 *	refused_after(job, tracker, the credentials were refused);
 *
 * A job with `insists` set asks in any case.
 *
 * job->denied then tells whether the last call was refused so.  What was to be
 * done by it is not refused for good: it waits for other credentials.
 */

/* OK: make the call.  ERR_REFUSED: not now, with the sentence. */
enum err refused_before(struct job *, const struct tracker *);

/* An answer came; `refused` if the credentials as such are not accepted. */
void refused_after(struct job *, const struct tracker *, bool refused);

#endif
