#ifndef TICKET_H_
#define TICKET_H_

#include "common/err.h"
#include "handler/types.h"

struct job;

/*
 * The only file that knows the order in which a ticket comes to be:
 *
 *	none --our key on disk--> intent --create--> created --link--> linked
 *	                            |  ^
 *	                     unknown|  |not there, and settled: create again
 *	                            v  |
 *	                           sent --found--> created
 *
 * Each call reads the filing's stage and does only what is left, so that it
 * may be repeated after a failure or a crash at any instant.
 */

/*
 * Make sure that the claimed ticket exists: adopt the one that Trunk or the
 * tracker already has, else create it.
 */
enum err ticket_file(struct job *, const struct delivery *,
    const struct event *, const struct route *, struct filing *);

/*
 * Show it on the test's page in Trunk.  OK also when the tracker's `link`
 * setting does not insist.
 */
enum err ticket_link(struct job *, const struct event *, struct filing *);

/*
 * Find out what came of a create whose outcome is unknown, for a claimed
 * ticket that no delivery asks for any more, and link it if it is there.
 * Nothing is created.
 */
enum err ticket_settle(struct job *, const struct event *, struct filing *);

/*
 * Look, some time after a create, whether another ticket carries the marker
 * (a clone, or a create that committed very late), and log it.  Nothing is
 * changed over there.
 */
enum err ticket_check(struct job *, struct filing *);

/*
 * Write the list of tests of the shared ticket of that row while it is old.
 * OK also when nothing is to be written; ERR_BUSY when another one does it,
 * ERR_ABSENT when the ticket is gone (it is not tried again).  Any other
 * failure is logged and noted: the next delivery or `sync` repairs it.
 */
enum err ticket_list(struct job *, int64_t row);

/*
 * The same for the ticket of a test, if it has one that is shared: after the
 * outcome of a delivery is on disk, without a ticket claimed.  What fails
 * changes no answer, and job->why stays.
 */
void ticket_list_of(struct job *, const struct test *);

/* created, adopted or exists: what this request did. */
enum outcome_kind ticket_outcome(const struct filing *);

#endif
