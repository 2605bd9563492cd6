#ifndef SIMULATE_H_
#define SIMULATE_H_

#include <stdbool.h>

#include "common/err.h"
#include "handler/ledger_sweep.h"
#include "handler/types.h"

struct job;

/*
 * What would differ if the job's configuration had been in force when a
 * stored delivery came?  Compared are what was decided (a ticket, recorded,
 * ignored, malformed), by which rule, and the place of a new ticket: its
 * tracker, team or project, and [owner] section.  Nobody is asked.
 *
 * The place is compared only where the ledger tells what the rules said: not
 * for a ticket that was adopted, nor for one that another rule or owner had
 * chosen before.  So a configuration compared with its own deliveries shows
 * no difference.  A delivery that failed before it came to a rule shows none
 * either, nor one that may match as it did once Trunk is asked for metrics.
 */
enum deed {
	DEED_UNKNOWN = 0,	/* it failed before anything was decided */
	DEED_TICKET,		/* file a ticket, or keep to the one there */
	DEED_RECORD,
	DEED_IGNORE,
	DEED_MALFORMED		/* no event */
};

struct simulation {
	const char	*test;		/* its name; NULL: not told */
	enum deed	 then;
	enum deed	 now;
	struct route	 route;		/* now */
	const char	*project;	/* team or project of a ticket now */
	bool		 differs;
	bool		 pinned;	/* there is a ticket, and it stays */
};

/*
 * job->now is set to the time of the delivery.  ERR_CONFIG when a rule leads
 * nowhere, ERR_NOMEM.
 */
enum err simulate_past(struct job *, const struct past *,
    struct simulation *);

/* The word of a deed now: "ticket", "recorded", "ignored", ... */
const char *simulate_word(enum deed);

#endif
