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

/* created, adopted or exists: what this request did. */
enum outcome_kind ticket_outcome(const struct filing *);

#endif
