#ifndef LEDGER_STORM_H_
#define LEDGER_STORM_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/ledger_sweep.h"
#include "handler/rule.h"

struct job;

/*
 * How many tickets rules have filed, so that a storm of events does not
 * become one of tickets (handler/storm.h), and what such a storm left.  The
 * failures are those of handler/ledger.h.
 *
 * Each ticket that a rule with a budget is about to file takes a token first,
 * in one commit with the counting, so that two processes cannot both take
 * the last one.
 */
struct token {
	const char	*rule;		/* its name */
	const char	*key;		/* of the ticket: once whatever is
					   repeated */
	struct budget	 most;		/* of the rule; n 0: no such limit */
	struct budget	 total;		/* of all rules; n 0: the same */
};

struct token_answer {
	bool		 granted;
	int64_t		 since;		/* else: when the storm began ... */
	bool		 began;		/* ... which is now */
};

/*
 * Take a token.  When none is left the rule has a storm until as much time
 * passes without another one as the budget is for.
 */
enum err ledger_token_take(struct job *, const struct token *,
    struct token_answer *);

/* It was not needed after all. */
enum err ledger_token_give(struct job *, const char *key);

/* What is going on, for /ready and the panel. */
struct storm_state {
	int64_t		 since;		/* of the oldest storm; 0: none */
	const char	*rule;		/* whose that one is */
	int64_t		 parked;	/* deliveries that wait, by any rule */
};

enum err ledger_storm_state(struct job *, struct storm_state *);

/*
 * The parked delivery of that rule that was first received next after the
 * mark, which moves on to it.  ERR_ABSENT after the last one.
 */
enum err ledger_parked(struct job *, const char *rule, struct past_mark *,
    struct due *);

/* A test that is folded into an umbrella ticket. */
struct folded {
	int64_t		 test;		/* rows */
	int64_t		 ticket;
	const char	*name;		/* of the test */
	const char	*remote_key;	/* of the umbrella */
	struct due	 mail;		/* the newest one that put it there */
};

/*
 * By Trunk's id of the test, or by its name where only one folded test has
 * it.  ERR_ABSENT when there is none, ERR_REFUSED with a sentence when there
 * are several or its delivery is no longer kept.
 */
enum err ledger_folded(struct job *, const char *test, struct folded *);

/* It is no longer a test of that ticket, whose list gets old by that. */
enum err ledger_unfold(struct job *, const struct folded *);

#endif
