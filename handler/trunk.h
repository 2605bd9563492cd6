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

#endif
