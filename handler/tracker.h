#ifndef TRACKER_H_
#define TRACKER_H_

#include <stdbool.h>

#include "common/crypt.h"
#include "common/err.h"
#include "handler/types.h"

struct config;
struct job;

/*
 * A kind of place that keeps tickets: one file in trackers/ each.
 *
 * Every call that changes something is given the filing and may be repeated
 * after a crash at any instant: create() must never make a second ticket for
 * a marker.  A kind
 * that cannot promise that by itself has `careful` set; then STAGE_SENT is
 * on disk before create() is called, and after an unknown outcome only
 * find() is called until the create has had time to settle.
 *
 * Results, of all calls:
 *	OK		done; filing->remote_id, remote_key and url are set
 *	ERR_ABSENT	find: it is certainly not there (authenticated)
 *	ERR_REFUSED	not done; a person must act
 *	ERR_UPSTREAM	not done; try again
 *	ERR_UNKNOWN	it may have been done
 *	ERR_DEADLINE	out of time; it may have been done
 */
struct target {
	const struct tracker	*tracker;
	const char		*project;	/* team or project key */
	const struct route	*route;		/* the other values */
	const char		*id;		/* of the team or project */
	const char		**labels;	/* Linear: ids; Jira: names */
	size_t			 nlabels;
};

struct tracker_kind {
	const char	*type;		/* "linear" */
	const char	*url;		/* default base URL, or NULL */
	enum dest	 project;	/* the key that names the place */
	bool		 careful;
	/* Our handle there, from key and generation; pure. */
	enum err (*marker)(struct job *, struct filing *);
	/* Names to ids, and all that must be known before a create. */
	enum err (*resolve)(struct job *, struct target *, struct filing *);
	enum err (*create)(struct job *, const struct target *,
	    const struct event *, const struct draft *, struct filing *);
	enum err (*find)(struct job *, const struct target *,
	    struct filing *);
	/* The key of the ticket that a URL names, if it is of this place. */
	const char *(*key_of)(struct job *, const struct tracker *,
	    const char *url);
	/* Read the ticket of that key; ERR_ABSENT when it is gone. */
	enum err (*read)(struct job *, const struct tracker *,
	    const char *key, struct filing *);
};

/* The kind of that type, or NULL; the table is made from the file names. */
const struct tracker_kind *tracker_kind(const char *type);

/* "linear, jira", for a sentence. */
const char *tracker_kinds(void);

/*
 * Is that an id, a key or a URL that a tracker may well have sent: one word
 * of printable text, of bounded length?
 */
bool tracker_sane(const char *);

/* Is it a key as people read it, such as "PAY-12"? */
bool tracker_key_sane(const char *);

/*
 * SHA-256 of purpose, ticket key and generation, in hex: what a marker is
 * made of.  ERR_NOMEM.
 */
enum err tracker_hash(struct job *, const char *purpose,
    const struct filing *, char hex[CRYPT_SHA256_HEX + 1]);

/* Split the `labels` value into target->labels. ERR_NOMEM. */
enum err tracker_labels(struct job *, struct target *);

#endif
