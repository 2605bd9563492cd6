#ifndef TICKET_ACTS_H_
#define TICKET_ACTS_H_

#include <stdint.h>

#include "common/err.h"
#include "handler/types.h"

struct arena;
struct job;

/*
 * Does what is due of a ticket (handler/ledger_act.h).  The kinds:
 *
 *	comment		body: Markdown; the act's key keeps it single
 *	section		body: its title on a line, and Markdown; what stands
 *			under that title is written anew
 *	raise		body: see ticket_acts_raise()
 *	move		body: "open" or "done", a state of which it goes to;
 *			it is noted as sent before it is tried
 *
 * A kind that is not known here is refused with a sentence.
 */

/*
 * Do the due acts of a ticket that is claimed, in the order they were added.
 * One that was refused is noted and the next one done; one that failed in a
 * way that may pass, or whose outcome nobody knows, stays due and holds up
 * those after it.  When the ticket is gone all of them are void.
 *
 * OK when nothing is left due; else the failure of the first that is.
 */
enum err ticket_acts(struct job *, const struct filing *);

/*
 * The same; *did becomes OUTCOME_REOPENED, OUTCOME_CLOSED or else
 * OUTCOME_UPDATED when something was done, and stays otherwise.
 */
enum err ticket_acts_tell(struct job *, const struct filing *,
    enum outcome_kind *did);

/*
 * The body of a raise: the day it is due (wall ms; 0: stays as it is) and
 * the priority (NULL: stays).  NULL without memory.
 */
const char *ticket_acts_raise(struct arena *, int64_t due,
    const char *priority);

#endif
