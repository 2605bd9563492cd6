#ifndef MENTION_H_
#define MENTION_H_

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

struct job;
struct json;
struct tracker;

/*
 * A ticket that a person made, or an automation of the tracker, and that
 * shows the page of a test: in its text, a field, a label or an attachment.
 * A test that has no ticket of ours gets this one; then Trunk shows it, and
 * no second one is made.  When it has one that is left alone, and the double
 * is told in the log, as is a copy of a ticket with our marker on it.  With
 * [trunk] adopt = no nothing of it is done.
 */

/*
 * Look through all that is shown of a ticket, JSON as the tracker tells it.
 * OK also when it names no test; *linked is set when it was taken over.
 * ERR_BUSY when a delivery of that test is in hand, which may be about to
 * make this very ticket; the failures of the tracker and of the ledger.
 */
enum err mention_take(struct job *, const struct tracker *,
    const char *remote_id, const struct json *ticket, bool *linked);

/*
 * The same for what the webhooks missed: search the tracker for tickets that
 * were changed since that time.  *n gets how many were taken over.
 */
enum err mention_search(struct job *, const struct tracker *, int64_t since,
    int64_t *n);

#endif
