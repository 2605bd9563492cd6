#ifndef TICKET_LINK_H_
#define TICKET_LINK_H_

#include "common/err.h"
#include "handler/types.h"

struct job;
struct target;

/*
 * Trunk's side of a ticket; ticket_link() itself is in handler/ticket.h.
 *
 * Trunk shows this URL for a test.  Whose ticket is it?  One of a tracker
 * that we know is read there, so that a deleted one is not taken over, and
 * one of another workspace with the same key is not mistaken for ours; the
 * target becomes its place.  A ticket of a place that we cannot read stands
 * under its URL.
 * ERR_ABSENT: it is gone; the other failures are those of the tracker.
 */
enum err ticket_link_read(struct job *, const char *url, struct target *,
    struct filing *);

#endif
