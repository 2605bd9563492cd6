#ifndef RECONCILE_H_
#define RECONCILE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/ledger_view.h"
#include "handler/tracker.h"
#include "handler/types.h"

struct job;

/*
 * Ledger, tracker and Trunk side by side: where do they differ, and what is
 * to be done about it?
 *
 *	reconcile_look_ticket, reconcile_look_test	ask the sides
 *	reconcile_ticket, reconcile_link		judge; pure
 *	reconcile_apply					put it right
 */
enum finding_kind {
	FINDING_UNLINKED = 0,	/* Trunk does not show the test's ticket */
	FINDING_ORPHAN,		/* Trunk shows one, the ledger has none */
	FINDING_CHANGED,	/* Trunk shows another one than ours */
	FINDING_MOVED,		/* the ticket has another key */
	FINDING_DELETED,	/* the ticket is gone */
	FINDING_CLOSED,		/* it was closed, and nobody told us */
	FINDING_REOPENED,	/* the same, the other way */
	FINDING_DOUBLED,	/* another ticket carries its marker */
	FINDING_UNOWNED,	/* no [owner] section took it */
	FINDING_EARLIER,	/* flaky before we were there: no ticket */
	FINDING_KINDS		/* how many there are */
};

struct finding {
	enum finding_kind kind;
	const char	*test;		/* its name, or NULL */
	const char	*test_id;
	const char	*ticket;	/* key, or NULL */
	const char	*url;		/* that is meant, or NULL */
	const char	*what;		/* is so, for people */
	const char	*would;		/* be done; NULL: a person must act */
};

/* "unlinked" "no_ticket" "changed" ... */
const char *reconcile_word(enum finding_kind);

/* Is it a difference, and not only worth knowing? */
bool reconcile_counts(enum finding_kind);

/* ---- a ticket: the ledger and its tracker ---- */

struct ticket_side {
	struct filing	 filing;	/* as the ledger has it */
	const char	*test;		/* name of the first of its tests */
	enum remote_category known;	/* as the tracker told us last */
	bool		 known_gone;	/* the same: it is deleted */
	struct remote_state is;		/* as it is */
	const char	*twin;		/* key of another one, or NULL */
	bool		 to_owner;	/* some rule leads to [owner]s */
};

enum {
	TICKET_FINDINGS = 4	/* of one ticket, at most */
};

/*
 * Ask the tracker.  ERR_ABSENT for a ticket that cannot be asked for: it is
 * in a place that no [tracker] reads.  Else the errors of the tracker.
 */
enum err reconcile_look_ticket(struct job *, const struct view_ticket *,
    struct ticket_side *);

/* How many findings there are. */
size_t reconcile_ticket(struct job *, const struct ticket_side *,
    struct finding found[TICKET_FINDINGS]);

/* Moved, deleted, closed, reopened: note it, as if the tracker told it. */
enum err reconcile_apply_ticket(struct job *, const struct ticket_side *);

/* ---- a test in one scope: the ledger and Trunk ---- */

struct link_side {
	struct test	 test;		/* id and scope are told */
	const char	*status;	/* as the ledger has it, "flaky" */
	int64_t		 since;		/* of that status */
	struct filing	 ticket;	/* of the ledger */
	const char	*shown;		/* URL that Trunk shows, or NULL */
	bool		 gone;		/* what it shows is deleted */
	bool		 same;		/* it is our ticket */
	struct filing	 other;		/* what it shows, if it was read */
	struct target	 place;		/* of that; tracker NULL: none of
					   ours reads it */
};

/*
 * Ask Trunk, and the tracker of what it shows.  ERR_ABSENT where Trunk
 * cannot be asked, or need not be: no credential of that scope, link =
 * none, a test without a ticket that is there.  Else the errors of both.
 */
enum err reconcile_look_test(struct job *, const struct view_test *,
    enum scope, struct link_side *);

/* False: nothing differs. */
bool reconcile_link(struct job *, const struct link_side *,
    struct finding *);

/* Put that right; ERR_REFUSED, ERR_LINK_REFUSED: a person must act. */
enum err reconcile_apply_link(struct job *, const struct link_side *,
    const struct finding *);

/* ---- one ticket given to one test ---- */

struct adoption {
	struct test	 test;		/* id and scope are told */
	const char	*status;	/* as the ledger has it */
	int64_t		 since;		/* of that */
	struct filing	 ticket;	/* as it was read ... */
	struct target	 place;		/* ... there */
	bool		 replace;	/* in place of one that it has */
	bool		 shown;		/* Trunk shows it already */
	enum link_stage	 link;		/* out: what came of the link */
};

/*
 * Record it as adopted, under a key of its own if the test had another one,
 * and link it.  ERR_REFUSED, and nothing is done, when the test has
 * another ticket, here or in Trunk, and it may not be replaced; the errors
 * of ticket_link() when it is recorded and not linked (`sync` tries again).
 */
enum err reconcile_adopt(struct job *, struct adoption *);

/*
 * Read the ticket that a person names by key or URL.  ERR_ABSENT when no
 * [tracker] has it, ERR_REFUSED when more than one has that key.
 */
enum err reconcile_named(struct job *, const char *name, struct target *,
    struct filing *);

#endif
