#ifndef LIFE_H_
#define LIFE_H_

#include <stdbool.h>

#include "common/err.h"
#include "handler/types.h"

struct job;

/*
 * A ticket after it was made.  With the ticket claimed:
 *
 *	ledger_note_change, ledger_note_news, ...	what is new
 *	life_note	what the rule says that the event matched
 *	life_renew	does this event want another ticket?  Then the filing
 *			is that of the next generation, and ticket_file()
 *			makes it
 *	life_run	what follows from all that is known
 *
 * The order in which things are told does not matter, and any of it may be
 * repeated: see handler/life_plan.h.
 */

/*
 * Gather what is known, plan, write acts, notices and the stage into the
 * ledger, and do what is due.  *did becomes OUTCOME_REOPENED,
 * OUTCOME_CLOSED or OUTCOME_UPDATED when something was done, and stays
 * otherwise.  OK at once when there is no ticket, or a newer one.  The
 * failures are those of the ledger, and of ticket_acts(): then what was
 * planned is on disk.
 */
enum err life_run(struct job *, struct filing *, enum outcome_kind *did);

/*
 * The same when nothing happened: for `sync`, which alone gives verdicts on
 * fixes, so that all deliveries of an instant had their turn.  Trunk is
 * asked for runs where it can be.
 */
enum err life_verdict(struct job *, struct filing *, enum outcome_kind *did);

/* Of a change to broken that was noted in the ledger. */
enum err life_note(struct job *, const struct event *, const struct route *,
    const char *delivery);

/*
 * This event asks for a ticket: turn the filing into one of the next
 * generation, at STAGE_NONE, if its test failed after its fix was proven and
 * a new ticket is due.
 */
enum err life_renew(struct job *, const struct event *, struct filing *);

/* The first line of the text of a ticket that follows another one. */
enum err life_follow(struct job *, const struct filing *, struct draft *);

/* Is that the URL of the ticket that this one follows?  ERR_ABSENT: no. */
enum err life_follows(struct job *, const struct filing *, const char *url);

#endif
