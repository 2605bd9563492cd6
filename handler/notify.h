#ifndef NOTIFY_H_
#define NOTIFY_H_

#include <stdbool.h>

#include "common/err.h"
#include "common/secret.h"
#include "handler/types.h"

struct job;
struct notice_record;

/*
 * Tells other systems: one POST per occurrence and [notify] section that
 * lists it, sent after the fact from the ledger and tried again until it
 * was taken, at least once.
 *
 *	notify_add(job, "verified", &notice);	before the outcome is on disk
 *	... the answer is sent ...
 *	notify_flush(job, 50);
 *
 * What is kept is what the names of a template stand for; url, body and
 * secrets are those of the configuration at the time it is sent.
 */
struct notice {
	/*
	 * Tells this occurrence from all others of its kind, e.g.
	 * "12|msg_2Lkz": added twice, it is sent once.
	 */
	const char	*key;
	const char	*ticket;	/* "PAY-12", or NULL */
	const char	*url;		/* of the ticket, or NULL */
	const char	*rule;		/* its name, or NULL: the route's */
	const char	*tracker;	/* the same */
	const char	*text;		/* what happened, in one sentence */
	const struct event *event;	/* that led to it, or NULL: then ... */
	const struct test *test;	/* ... the test, or NULL */
	const struct route *route;	/* or NULL */
	const char	*outcome;	/* set by notify_add() */
};

/* A [notify NAME], as config_load() reads it. */
struct notify_header {
	const char	*name;
	struct secret	 value;
	struct notify_header *next;
};

struct notify {
	const char	*name;
	int		 line;
	unsigned	 on;		/* a bit for each of notify_words */
	struct secret	 url;		/* template, from the path on */
	const char	*body;		/* template; NULL: all that is known */
	struct secret	 bearer;	/* len 0: none */
	struct notify_header *headers;
	bool		 private_ok;
	struct notify	*next;
};

enum {
	NOTIFY_HEADERS = 4	/* of a section, beside ours */
};

/* What `on` may list, then NULL. */
extern const char *const notify_words[];

/*
 * Put it into the ledger's outbox for each section whose `on` lists that
 * word; OK at once when none does.  The failures are those of
 * handler/ledger.h.
 */
enum err notify_add(struct job *, const char *on, const struct notice *);

/* A ticket that was made or taken over and not told of yet. */
enum err notify_filed(struct job *, const struct event *,
    const struct route *, const struct filing *);

/*
 * What a delivery ended with, where that is to be told: "refused" and
 * "parked", once a day for each rule and reason (job->why).
 */
enum err notify_outcome(struct job *, const char *on, const struct event *,
    const struct route *);

/*
 * Send what is due, at most so many, until job->deadline.  What fails waits
 * longer each time and is logged; job->why stays.  OK: nothing is due any
 * more; ERR_DEADLINE: more may be; ERR_UPSTREAM: something was not taken;
 * failures of the ledger.
 */
enum err notify_flush(struct job *, int most);

/*
 * Pure: the URL and the body of a notice of that section, from what was kept
 * of it.  ERR_REFUSED with a sentence when they cannot be made of it.
 */
enum err notify_write(struct job *, const struct notify *,
    const struct notice_record *, const char **url, const char **body);

#endif
