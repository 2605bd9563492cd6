#ifndef TRUNK_H_
#define TRUNK_H_

#include "common/err.h"
#include "handler/types.h"

struct job;

/*
 * Trunk's API, v1 for tests of a repository, v2 for those of a test
 * collection: their ids do not cross.
 * Source: https://docs.trunk.io/api/v1 and https://docs.trunk.io/api
 */

/*
 * Show this ticket on the test's page.  Repeating it is harmless.
 * OK; ERR_LINK_REFUSED with Trunk's sentence (a person must act);
 * ERR_UPSTREAM or ERR_DEADLINE (again).
 */
enum err trunk_link(struct job *, const struct test *, const char *ticket_key);

/*
 * The URL of the ticket that Trunk shows for a test; ERR_ABSENT if none.
 */
enum err trunk_ticket(struct job *, const struct test *, const char **url);

/*
 * What Trunk knows of a test and the webhook did not tell: failure rate and
 * pull requests of 7 days, the most common failures (v1, where Trunk shows
 * them), file, suite, class, variant, owners, quarantine, its page.  What was
 * told stays, and so does test->identity: the ticket key does not depend on
 * what could be asked.  It costs at most DETAILS_TIME and one request for
 * each job: its answer is kept and is also the next trunk_ticket()'s, and the
 * other way round; a failure is kept as well.
 *
 * ERR_ABSENT when Trunk does not know the test or cannot be asked; else the
 * errors of trunk_link().  None of them is a reason to file no ticket, and
 * none touches job->retry_after; the sentence in job->why is the caller's to
 * use or to forget.
 */
enum err trunk_details(struct job *, struct test *);

#endif
