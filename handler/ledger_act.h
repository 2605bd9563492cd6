#ifndef LEDGER_ACT_H_
#define LEDGER_ACT_H_

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/types.h"

struct job;

/*
 * What is to be done to a ticket after it was made: comment on it, raise its
 * priority, ...  An act is on disk before it is tried, under a key that is
 * its own among those of the ticket, so that it is done once whatever is
 * repeated:
 *
 *	ledger_act_add		with the ticket claimed, or before its news
 *	ledger_acts_due		with the ticket claimed
 *	(do the first of them)
 *	ledger_act_mark		what came of it
 *
 * handler/ticket_acts.c does them.  Acts are kept as long as their ticket;
 * the text of what is over goes with `keep`, that of a section as soon as a
 * newer one of its title is due.  The failures are those of handler/ledger.h.
 */
enum act_state {
	ACT_DUE = 0,		/* not done, or nobody knows: do it */
	ACT_SENT,		/* under way, where that must be on disk */
	ACT_DONE,
	ACT_REFUSED,		/* not done, and not tried again */
	ACT_VOID		/* there is nothing left to do it to */
};

struct act {
	int64_t		 row;		/* 0: not on disk yet */
	const char	*key;		/* e.g. "status|msg_2Lkz" */
	const char	*kind;		/* "comment", "raise", ... */
	const char	*body;		/* what the kind says it is, or NULL */
	int64_t		 made;		/* wall ms */
	enum act_state	 state;
	int64_t		 tried;		/* wall ms; 0: never */
	int		 tries;
	const char	*why;		/* not done; NULL: no reason */
};

/*
 * Write down those whose key the ticket does not have yet, as due, in one
 * commit and in this order.  Only key, kind and body are read, and why of
 * one that is ACT_VOID: that stays void.
 */
enum err ledger_act_add(struct job *, const struct filing *,
    const struct act *, size_t n);

/* What is due or sent of a ticket, in the order it was added. */
enum err ledger_acts_due(struct job *, int64_t ticket, struct act **,
    size_t *n);

/* Write state and why as they are now, and count the try. */
enum err ledger_act_mark(struct job *, const struct act *);

/*
 * The row of the next ticket that exists and whose first open act was last
 * tried before that time, or, by a clock that was wrong, in the future.
 * ERR_ABSENT when there is none.
 */
enum err ledger_act_next(struct job *, int64_t before, int64_t *ticket);

#endif
