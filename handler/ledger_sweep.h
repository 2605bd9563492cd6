#ifndef LEDGER_SWEEP_H_
#define LEDGER_SWEEP_H_

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/types.h"

struct job;

/*
 * The other half of the ledger (the first is handler/ledger.h): what was
 * left undone, for `sync` to do, and what /ready must know.  Each call gives
 * one row, so that a sweep needs no more memory than one delivery.  The
 * failures are those of handler/ledger.h.
 */

/* A delivery that has not had its effect yet; see ledger_due(). */
struct due {
	const char	*id;
	const char	*body;
	size_t		 len;
	int64_t		 received;	/* first, wall ms */
	int64_t		 last;		/* last tried, wall ms */
};

/* A ticket and a test of it; see ledger_unlinked(), ledger_unsettled(). */
struct unlinked {
	struct test	 test;		/* as far as the ledger knows it */
	const char	*key;		/* the ticket key */
};

/* A delivery as it was answered; see ledger_past(). */
struct past {
	const char	*id;
	const char	*body;
	size_t		 len;
	int64_t		 received;	/* first, wall ms */
	const char	*outcome;	/* "created", "upstream", ... */
	const char	*rule;		/* NULL: none, or it came to no rule */
	/* the ticket it led to, as it was pinned; row 0: none */
	struct filing	 ticket;
};

/* How far a walk through them has come; zeroed at its begin. */
struct past_mark {
	int64_t		 received;
	int64_t		 row;
};

/* What an operator should know of the ledger's content; 0: nothing. */
struct ledger_state {
	int64_t		 link_refused;	/* since when the oldest refused link */
	int64_t		 drought;	/* since when all was refused (502) */
	int64_t		 due;		/* deliveries without effect yet */
};

/*
 * The delivery that waits longest among those that failed in a way that
 * may pass (or were parked) and were last tried before that time, or, by a
 * clock that was wrong, in the future.
 * ERR_ABSENT when there is none.
 */
enum err ledger_due(struct job *, int64_t before, struct due *);

/*
 * The next ticket, among those that exist, whose link was last tried before
 * that time (a refused one: before that other time) and is not there.
 * ERR_ABSENT when there is none.
 */
enum err ledger_unlinked(struct job *, int64_t before,
    int64_t refused_before, struct unlinked *);

/*
 * A ticket that we created before that time and that was never looked at
 * again; ERR_ABSENT when there is none.  It is not locked.
 */
enum err ledger_unchecked(struct job *, int64_t before, struct filing *);

/* Note that it was looked at. */
enum err ledger_checked(struct job *, const struct filing *);

/*
 * The next ticket after that row whose create was sent before that time and
 * has an unknown outcome, with a test of it; *row gets its row.  ERR_ABSENT
 * when there is none.
 */
enum err ledger_unsettled(struct job *, int64_t before, int64_t *row,
    struct unlinked *);

/* Fill in the state. */
enum err ledger_state(struct job *, struct ledger_state *);

/*
 * Forget at most a thousand deliveries that were last seen before that time,
 * and first, if they had no effect yet; *n gets how many.  With them goes
 * what ledger_history.h and ledger_queue.h say of that age, at most a
 * thousand of each.  Tests and tickets are kept.
 */
enum err ledger_prune(struct job *, int64_t before, int64_t *n);

/*
 * The delivery that was first received next after the mark, at `since` or
 * later; the mark moves on to it.  Of the ticket only row, key, generation,
 * tracker, project, rule, owner, remote_key, url and adopted are told.
 * Reads only.  ERR_ABSENT after the last one.
 */
enum err ledger_past(struct job *, int64_t since, struct past_mark *,
    struct past *);

#endif
