#ifndef LEDGER_NOTICE_H_
#define LEDGER_NOTICE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct job;

/*
 * The outbox: what is to be told to other systems, see handler/notify.h.
 * A notice is on disk before it is sent; it is leased while it is sent, so
 * that neither two processes send it at once nor a crash loses it.
 *
 *	ledger_notice_add
 *	ledger_notice_next	the one due first; it is tried from now on
 *	(send it)
 *	ledger_notice_mark	what came of it
 *
 * What was sent goes with `keep`, see ledger_prune().  The failures are
 * those of handler/ledger.h.
 */
enum notice_state {
	NOTICE_DUE = 0,		/* not taken, or nobody knows */
	NOTICE_SENT,		/* taken */
	NOTICE_LOST		/* given up */
};

struct notice_record {
	int64_t		 row;
	const char	*section;	/* name of a [notify] section */
	const char	*key;		/* of the occurrence; once a section */
	const char	*word;		/* what occurred: "created" */
	const char	*facts;		/* JSON: what each name stands for */
	int64_t		 made;		/* wall ms */
	int		 tries;		/* this one included */
};

/* Write it down, unless the section has its key already. */
enum err ledger_notice_add(struct job *, const struct notice_record *);

/*
 * The notice that is due first and is not of a section that was told to wait;
 * until `lease` nobody else gets it.  ERR_ABSENT when there is none.
 */
enum err ledger_notice_next(struct job *, int64_t lease,
    struct notice_record *);

/* What came of it; when NOTICE_DUE, it is due again at `next`. */
enum err ledger_notice_mark(struct job *, const struct notice_record *,
    enum notice_state, int64_t next);

/* The notices of that section are not due before that time. */
enum err ledger_notice_wait(struct job *, const char *section,
    int64_t until);

/* How many are due, those that wait included. */
enum err ledger_notice_left(struct job *, int64_t *n);

/* Was the ticket of that row made, and no outcome of it written yet? */
enum err ledger_notice_fresh(struct job *, int64_t ticket, bool *fresh);

#endif
