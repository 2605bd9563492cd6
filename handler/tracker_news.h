#ifndef TRACKER_NEWS_H_
#define TRACKER_NEWS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/remote.h"
#include "handler/types.h"

struct bulletin;
struct job;
struct json;
struct target;
struct tracker;

/*
 * The part of a kind of tracker (handler/tracker.h) that hears how tickets
 * are: by webhook, many at once, and by a word in their text.
 */

/* One of many tickets that are asked for at once. */
struct polled {
	const char	*remote_id;	/* which */
	bool		 found;		/* the answer tells of it: */
	struct remote_state is;		/* url NULL: as it was, but the key */
	bool		 doubtful;	/* it could not be read just now */
};

enum {
	MENTIONS = 50		/* tickets that a search gives */
};

/* What a search found: text and all of a ticket, as it is answered. */
struct mentions {
	size_t		 n;
	struct {
		const char	*remote_id;
		const struct json *ticket;
	} one[MENTIONS];
};

/* How a kind signs its webhooks, and how old they may be. */
struct tracker_hook {
	enum hook	 from;		/* whose headers */
	const char	*header;	/* of the signature, for sentences */
	const char	*prefix;	/* before its hex digits */
	int64_t		 fresh;		/* ms: until then it is taken at once */
	bool		 only_200;	/* anything else fails over there */
};

struct tracker_news {
	struct tracker_hook hook;
	/* The body of a webhook, see handler/news.h; pure. */
	enum err (*read)(struct job *, const struct json *,
	    struct bulletin *);
	/*
	 * How are these, at most 100?  OK also when some of them are not
	 * found; that they are gone is for the kind's state() to say.
	 */
	enum err (*poll)(struct job *, const struct tracker *,
	    struct polled *, size_t n);
	/* The lasting id of the account that we use. */
	enum err (*me)(struct job *, const struct tracker *,
	    const char **id);
	/*
	 * Tickets that were changed since that time and whose text holds that
	 * word, the newest first.
	 */
	enum err (*mentions)(struct job *, const struct tracker *,
	    const char *word, int64_t since, struct mentions *);
	/*
	 * The key of another ticket that carries the marker of this one, such
	 * as a copy of it; ERR_ABSENT: there is none.  NULL: this kind has no
	 * such doubles.
	 */
	enum err (*twin)(struct job *, const struct target *,
	    const struct filing *, const char **key);
};

#endif
