#ifndef LEDGER_COUNT_H_
#define LEDGER_COUNT_H_

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct job;

/*
 * What the ledger counts for the panel and /metrics: triggers keep the
 * figures, so that nobody walks over all that is counted.  Arrays and their
 * text are in the job's arena.  The failures are those of handler/ledger.h.
 */

/* What is parked, by rule. */
struct panel_parked {
	const char	*rule;		/* "": none */
	int64_t		 n;
	int64_t		 oldest;	/* received, wall ms */
};

enum err ledger_panel_parked(struct job *, const struct panel_parked **,
    size_t *n);

/* How many tickets there are, by rule and state. */
struct panel_census {
	const char	*rule;		/* "": none */
	const char	*state;		/* a stage of life, or "pending" */
	int64_t		 n;
};

enum err ledger_panel_census(struct job *, const struct panel_census **,
    size_t *n);

/* What came to pass in a week. */
struct panel_week {
	int64_t		 begin;		/* wall ms of its Monday */
	int64_t		 opened;
	int64_t		 verified;
	int64_t		 not_fixed;
	int64_t		 not_proven;
	int64_t		 reopened;
	int64_t		 flaky;		/* times a test turned so */
};

/* The last n weeks up to now, the oldest first. */
enum err ledger_panel_weeks(struct job *, struct panel_week *, size_t n);

/* What there is in all, and what is left undone. */
struct panel_state {
	struct panel_week total;
	int64_t		 due;		/* deliveries without effect yet ... */
	int64_t		 oldest;	/* ... first received, wall ms */
	int64_t		 parked;	/* of those */
	int64_t		 unlinked;	/* links that wait ... */
	int64_t		 refused;	/* ... and that were refused */
};

enum err ledger_panel_state(struct job *, struct panel_state *);

#endif
