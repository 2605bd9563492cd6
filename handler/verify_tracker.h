#ifndef VERIFY_TRACKER_H_
#define VERIFY_TRACKER_H_

#include "common/err.h"
#include "handler/types.h"

struct bulletin;
struct job;
struct tracker;

/*
 * Who says so?  Turns a request of a tracker into a delivery if its
 * signature is right: HMAC-SHA256 over the exact bytes of the body, in hex,
 * before anything looks into them.  Without [tracker] webhook_secret nobody
 * is believed.  The delivery's id is the sender's own for this message, which
 * stays the same when it is sent again; without one it is a hash of the body.
 *
 * ERR_UNVERIFIED with a sentence for the log that tells the cases apart;
 * the answer tells none of them.
 *
 * Source: https://developer.atlassian.com/cloud/jira/platform/webhooks/
 * (X-Hub-Signature) and https://linear.app/developers/webhooks
 */
enum err verify_tracker(struct job *, const struct tracker *,
    const struct request *, struct delivery *);

/* The body's own time against our clock. */
enum verify_age {
	VERIFY_FRESH = 0,	/* within what its kind allows */
	VERIFY_LATE,		/* a day at most: true if it tells anything */
	VERIFY_STALE		/* older, or without a time */
};

enum verify_age verify_tracker_age(const struct job *,
    const struct tracker *, const struct bulletin *);

#endif
