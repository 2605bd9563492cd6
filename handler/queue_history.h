#ifndef QUEUE_HISTORY_H_
#define QUEUE_HISTORY_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/ledger_queue.h"

struct arena;

/*
 * What became of each pull request and each batch of a merge queue, made of
 * the records of one repository.  Pure.
 *
 *	queue_history(arena, records, n, &history)
 *
 * A batch is one run of tests on a branch of the queue; events that tell no
 * branch belong to the batch of the same pull requests.  When one that has
 * ended begins again under the same branch, that is another batch.
 *
 * What befalls a pull request belongs to the batch that it was last seen in:
 * the one whose branch its event names, else the last that was formed or
 * tested with it.  From being queued again on it is in none, until the next
 * one takes it; a later word of the batch that it left is not its own.  A
 * pull request that is only told of by batches has their events as its own.
 *
 * Source: https://docs.trunk.io/merge-queue/webhooks
 */
struct queue_story;

struct queue_entry {
	int64_t		 time;
	bool		 time_is_ours;	/* when it was received */
	const char	*step;		/* "queued", ... */
	const char	*reason;	/* in words, or NULL */
	bool		 bisection;	/* of a run that seeks the culprit */
	const struct queue_story *batch; /* it was in, or NULL */
	bool		 left;		/* that batch was left by this */
	struct queue_entry *next;
};

struct queue_story {
	enum queue_kind	 kind;
	int64_t		 number;	/* of the pull request; 0: a batch */
	const char	*branch;	/* of the batch, or NULL */
	const int64_t	*prs;		/* of the batch, in order, each once */
	size_t		 nprs;
	struct queue_entry *first;	/* by time */
	struct queue_entry *last;	/* how it stands: never NULL */
	const struct queue_story *at;	/* the batch it is in now, or NULL */
	struct queue_story *next;	/* by the time of their first event */
	struct queue_story *chain;	/* private */
	bool		 speaks;	/* private: it has events of its own */
};

struct queue_history {
	struct queue_story *prs;
	struct queue_story *batches;
};

/*
 * The records are in order of time.  The result is in the arena and borrows
 * their text.  ERR_NOMEM.
 */
enum err queue_history(struct arena *, const struct queue_record *, size_t n,
    struct queue_history *);

#endif
