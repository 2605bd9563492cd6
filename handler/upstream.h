#ifndef UPSTREAM_H_
#define UPSTREAM_H_

#include <stdbool.h>

#include "common/err.h"

struct job;
struct http_answer;
struct http_call;

/*
 * What calling Trunk, Linear and Jira has in common.
 */

/* Text of all calls of a delivery: beyond that they are only counted. */
enum {
	UPSTREAM_CALLS = 4096
};

/*
 * http_call() with what a job has.  The call is a line of the log at the
 * level debug, and one of job->calls, for the story of the delivery:
 * "POST acme.atlassian.net/rest/api/3/issue: 201, 312 ms".
 */
enum err upstream_call(struct job *, const struct http_call *,
    struct http_answer *);

/*
 * Some of their text, short enough to stand in a sentence and without any
 * secret of ours that they repeat; never NULL.
 */
const char *upstream_quote(struct job *, const char *text);

/*
 * Note when to try again: Retry-After, clamped to an hour; 0 if they did not
 * say, which means our own default.  Returns the seconds.
 */
int upstream_retry(struct job *, const struct http_answer *);

/*
 * May the call be made again at once?  When it is certain that it was not
 * done, or does no harm twice, and they said when to come back, and that
 * is soon enough: waits, and is true, at most a few times a call.  *tries
 * begins at 0.  False leaves the wait to the sender.
 */
bool upstream_wait(struct job *, int *tries);

/*
 * A tracker that says that its limit is near gets its creates spread over
 * time: upstream_heed() after each answer of the one at that URL remembers it
 * for a minute, and upstream_pace() before a create waits for up to half a
 * second then, if there is time.
 * https://developer.atlassian.com/cloud/jira/platform/rate-limiting/ and
 * https://linear.app/developers/rate-limiting
 */
void upstream_heed(struct job *, const char *url, const struct http_answer *);
void upstream_pace(struct job *, const char *url);

/* What an unknown outcome means for a call that only reads: ask again. */
static inline enum err
upstream_read(enum err e)
{

	return (e == ERR_UNKNOWN ? ERR_UPSTREAM : e);
}

/* Where an answer redirects to, for the end of a sentence; "" if not. */
const char *upstream_redirect(struct job *, const struct http_answer *);

#endif
