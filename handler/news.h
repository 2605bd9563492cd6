#ifndef NEWS_H_
#define NEWS_H_

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/remote.h"
#include "handler/types.h"

struct followed;
struct job;
struct json;
struct tracker;

/*
 * What trackers tell: POST /tracker/NAME.
 *
 *	verify_tracker		who says so? over the raw bytes
 *	kind->news.read		says what?
 *	news_take		on disk: from here on nothing is lost
 *	news_apply		what follows from it
 *
 * Tickets that are not ours have no effect, but for one that names a test
 * which has no ticket yet, see handler/mention.h.
 */

/* A webhook's body, whatever its kind; made by a kind's news.read(). */
struct bulletin {
	const char	*delivery;	/* the message's own id */
	const char	*remote_id;	/* the ticket's lasting id */
	bool		 tells;		/* `is` is told */
	struct remote_state is;
	bool		 changed;	/* by this very event ... */
	const char	*actor;		/* ... and by whom: an id, or NULL */
	int64_t		 sent;		/* wall ms, by its clock; 0: not told */
	const struct json *ticket;	/* all that it shows of it, or NULL */
	bool		 late;		/* take it only if it tells anything */
};

/*
 * Answer a webhook: 200 when its effect is on disk (or when it has none),
 * 400 when it is signed and no JSON, 401 when it is not verified, 503 when
 * it could not be stored, 404 when there is no such tracker; within 5 s of
 * its arrival.
 */
struct outcome news_deliver(struct job *, const struct request *);

/*
 * Note a bulletin in the records of all tickets of ours that it is about,
 * and give those, n of them.  ERR_ABSENT when none is of that id.
 */
enum err news_take(struct job *, const struct tracker *,
    const struct bulletin *, const struct followed **, size_t *n);

/* Note how a ticket was found to be when it was asked for. */
enum err news_note_poll(struct job *, const struct followed *,
    const struct remote_state *);

/*
 * With nothing claimed: all that follows from what is on disk of that ticket
 * and had no effect yet.  A failure leaves it to `sync`.
 */
enum err news_apply(struct job *, int64_t ticket);

#endif
