#ifndef POLL_H_
#define POLL_H_

#include <stdint.h>

#include "common/err.h"

struct job;

/*
 * For `sync`: how are the tickets?  What the webhooks missed, or where there
 * are none, is found so.  Each ticket is asked for once an hour at most,
 * up to a hundred with one call.
 */

/*
 * Ask for the next ones, and note what is told; *asked gets how many were.
 * A tracker that does not answer is asked again in an hour, which is logged.
 * ERR_ABSENT when it is nobody's turn; else only the ledger's failures.
 */
enum err poll_tickets(struct job *, int64_t *asked);

/*
 * With nothing claimed: what follows from news of the next ticket after that
 * row; ERR_ABSENT when there are none.
 */
enum err poll_effects(struct job *, int64_t *row);

/*
 * Search the trackers, the first one that was not searched for an hour, for
 * tickets that name a test, see handler/mention.h; *taken grows by those
 * that were taken over.  ERR_ABSENT when all have been.
 */
enum err poll_mentions(struct job *, int64_t *taken);

#endif
