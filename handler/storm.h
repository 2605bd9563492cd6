#ifndef STORM_H_
#define STORM_H_

#include <stdbool.h>

#include "common/err.h"
#include "handler/draft.h"
#include "handler/rule.h"
#include "handler/types.h"

struct job;

/*
 * The storm breaker: a rule files at most as many tickets as its `budget`
 * says, within any time of that length, and all rules together no more than
 * `total_budget`.  What is over it is folded into an umbrella ticket, one for
 * each rule, owner, repository, monitor and window of time, or parked until
 * the budget refills (`sync`), as `over_budget` says.
 *
 * An umbrella is a ticket that tests share, by a key that begins with
 * "storm|": they are linked to it and listed in it.  A fifth of a budget is
 * kept for umbrellas, which count as tickets too; when not even one of them
 * is left, what would be folded is parked.
 */
enum storm {
	STORM_NONE = 0,		/* file it as usual */
	STORM_FOLD,		/* the filing is now that of the umbrella */
	STORM_PARK		/* leave it; job->why says it */
};

/*
 * Decide for a test whose ticket is claimed.  Nothing is decided for one
 * that is begun, and none is broken for `release` (job->released).  With
 * STORM_FOLD the umbrella is claimed instead.
 */
enum err storm_break(struct job *, const struct event *,
    const struct route *, struct filing *, enum storm *);

/* After it was filed: a ticket that was taken over costs nothing. */
void storm_filed(struct job *, const struct filing *);

/* Is that the key of an umbrella? */
bool storm_is_umbrella(const char *key);

/* The text of an umbrella. */
enum err storm_draft(struct job *, const struct event *,
    const struct route *, struct draft *);

/* Pure: what is left of a budget for tickets that are no umbrella. */
struct budget storm_share(struct budget);

/*
 * Pure: the umbrella's key; owners compare without case and a leading @, and
 * the tests of two owners never share one.  NULL without memory.
 */
const char *storm_key(struct job *, const struct event *,
    const struct route *, int64_t per);

#endif
