#ifndef TICKET_TEXT_H_
#define TICKET_TEXT_H_

#include "common/err.h"
#include "handler/types.h"

struct job;

/*
 * The text of a ticket that is about to be made: that of an umbrella
 * (handler/storm.h), or what handler/draft.h writes of the event.  With
 * [trunk] enrich = yes Trunk is asked first for what the event did not tell
 * of its test; the event stays as it is, so that nothing else depends on
 * what could be asked, and no failure of that is one of this.  A ticket
 * that follows another one (handler/life.h) names it.  ERR_NOMEM, or a
 * failure of the ledger.
 */
enum err ticket_text(struct job *, const struct event *,
    const struct route *, const struct filing *, struct draft *);

#endif
