#ifndef LIFE_SYNC_H_
#define LIFE_SYNC_H_

#include <stdint.h>

#include "common/err.h"

struct job;

/* What `sync` did for the lives of tickets. */
struct life_sync {
	int64_t		 row;		/* of the ticket looked at last */
	int64_t		 looked;	/* tickets whose verdict may be due */
	int64_t		 judged;	/* those whose stage it changed */
};

/*
 * Give a verdict on the fix of one ticket, if its time has come.  ERR_ABSENT
 * when there is none any more; the failures of the ledger.  Any other is
 * logged, and the ticket's turn comes again.
 */
enum err life_sync(struct job *, struct life_sync *);

#endif
