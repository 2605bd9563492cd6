#ifndef LEDGER_QUEUE_H_
#define LEDGER_QUEUE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/types.h"

struct job;

/*
 * What the merge queue told, one record for each delivery; they go with
 * `keep`, see ledger_prune().  The failures are those of handler/ledger.h.
 */
enum queue_kind {
	QUEUE_PR = 0,		/* a pull request */
	QUEUE_BATCH		/* several that are tested together */
};

struct queue_record {
	const char	*delivery;	/* that told it: once */
	const char	*repository;	/* "host/owner/name" */
	enum queue_kind	 kind;
	int64_t		 number;	/* of the pull request; 0: none */
	const char	*branch;	/* of the test, or NULL */
	const char	*suffix;	/* "queued", "failed", ... */
	const char	*reason;	/* NULL: not told */
	const char	*failure;	/* why it failed; NULL: not told */
	int64_t		 time;		/* of the event */
	bool		 time_is_ours;	/* not told: when we received it */
	enum answer	 bisection;
	const int64_t	*prs;		/* those it is about */
	size_t		 nprs;
};

/* Where an iteration is; zeroed at its begin. */
struct queue_cursor {
	int64_t		 time;
	int64_t		 row;
};

/* Write it down; its own number counts among those it is about. */
enum err ledger_note_queue(struct job *, const struct queue_record *);

/*
 * The next record of the repository, or of one pull request of it (pr > 0,
 * also as a part of a batch), by time; ERR_ABSENT after the last.
 */
enum err ledger_queue_next(struct job *, const char *repository, int64_t pr,
    struct queue_cursor *, struct queue_record *);

#endif
