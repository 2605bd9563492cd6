#ifndef TRACKER_H_
#define TRACKER_H_

#include <stdbool.h>

#include "common/crypt.h"
#include "common/err.h"
#include "handler/tracker_check.h"
#include "handler/tracker_news.h"
#include "handler/types.h"

struct job;

/*
 * A kind of place that keeps tickets: one file in trackers/ each.
 *
 * Every call that changes something is given the filing and may be repeated
 * after a crash at any instant: create() must never make a second ticket for
 * a marker.  A kind that cannot promise that by itself has `careful` set;
 * then STAGE_SENT is on disk before create() is called, and after an unknown
 * outcome only find() is called until the create has had time to settle.
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
	int64_t			 due;		/* wall ms; 0: none */
	bool			 sketch;	/* ask nobody, see show() */
	void			*own;		/* what resolve() found */
};

/* A request as it would be sent, without its credentials. */
struct tracker_request {
	const char	*method;
	const char	*url;
	const char	*body;		/* JSON */
};

/* A part of a ticket's text that is ours to write, over and over. */
struct section {
	const char	*title;		/* one line; how it is found again */
	const char	*body;		/* Markdown */
};

enum tracker_trait {		/* what the configuration must know */
	TRAIT_FIELDS = 1 << 0,	/* field.NAME act */
	TRAIT_PRIORITY = 1 << 1, /* any text may be a priority */
	TRAIT_WORDS = 1 << 2,	/* a label holds no blank */
	TRAIT_EMAIL = 1 << 3	/* a token may need its account */
};

struct tracker_kind {
	const char	*type;		/* "linear" */
	const char	*url;		/* default base URL, or NULL */
	enum dest	 project;	/* the key that names the place */
	bool		 careful;
	uint32_t	 unused;	/* 1 << DEST_X: no use for it */
	uint32_t	 traits;	/* TRAIT_... */
	/* Our handle there, from key and generation; pure. */
	enum err (*marker)(struct job *, struct filing *);
	/* Names to ids, and all that must be known before a create. */
	enum err (*resolve)(struct job *, struct target *, struct filing *);
	enum err (*create)(struct job *, const struct target *,
	    const struct event *, const struct draft *, struct filing *);
	enum err (*find)(struct job *, const struct target *,
	    struct filing *);
	/* The key of the ticket that a URL names; ERR_ABSENT: of elsewhere. */
	enum err (*key_of)(struct job *, const struct tracker *,
	    const char *url, const char **key);
	/* Read the ticket of that key; ERR_ABSENT when it is gone. */
	enum err (*read)(struct job *, const struct tracker *,
	    const char *key, struct filing *);
	/*
	 * What create() would send.  With target->sketch nobody is asked and
	 * "<team ENG>" stands where an id would.
	 */
	enum err (*show)(struct job *, struct target *, const struct draft *,
	    struct filing *, struct tracker_request *);
	/*
	 * Comment on a ticket that exists, once per key: it is looked for
	 * before it is written.  ERR_ABSENT when the ticket is gone.
	 */
	enum err (*comment)(struct job *, const struct tracker *,
	    const struct filing *, const char *key, const char *markdown);
	/*
	 * Write a section of the ticket's text in place of the one with that
	 * title, or at its end; all else stays as people left it.  ERR_ABSENT
	 * when the ticket is gone.
	 */
	enum err (*section)(struct job *, const struct tracker *,
	    const struct filing *, const struct section *);
	/*
	 * Set priority and due date of a ticket that exists to what the
	 * target's route says; what it does not say stays.
	 */
	enum err (*raise)(struct job *, struct target *,
	    const struct filing *);
	/*
	 * How is the ticket?  OK with `gone` set when it is certainly not
	 * there any more.
	 */
	enum err (*state)(struct job *, const struct tracker *,
	    const struct filing *, struct remote_state *);
	/*
	 * Bring it to a state of that category; said is that state's name.
	 * OK when it is in one already.  ERR_REFUSED when there is no way.
	 */
	enum err (*move)(struct job *, struct target *,
	    const struct filing *, enum remote_category to,
	    const char **said);
	struct tracker_check check;
	struct tracker_news news;
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
