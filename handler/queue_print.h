#ifndef QUEUE_PRINT_H_
#define QUEUE_PRINT_H_

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/err.h"

struct arena;
struct queue_history;
struct queue_place;

/* Which histories are printed. */
struct queue_want {
	bool		 json;
	int64_t		 since;		/* wall ms: something happened then */
	int64_t		 pr;		/* it, and its batches; 0: all */
};

/*
 * Print the histories of a repository, for people or as one JSON object a
 * line.  A time that was not told, and is that of the receipt, has a '~'
 * before it.  Text of others cannot act on a terminal.  ERR_NOMEM, or
 * ERR_LEDGER when it cannot be written.
 */
enum err queue_print(struct arena *, const struct queue_place *,
    const struct queue_history *, const struct queue_want *, FILE *);

/*
 * What is odd about the events of a repository, as a sentence, or NULL:
 * only pull requests and never a batch is what one sees who did not
 * subscribe to the batches.
 */
const char *queue_print_doubt(struct arena *, const struct queue_place *);

#endif
