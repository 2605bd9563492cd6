#ifndef HEALTH_H_
#define HEALTH_H_

#include "handler/types.h"

struct job;

/*
 * For load balancers, and for whom [panel] names (see handler/visitor.h)
 * with all that a person wants to know.
 */

/* GET /health: it runs. */
struct outcome health(struct job *, const struct request *);

/*
 * GET /ready: it can keep its promises, else 503.  "problems" are why it
 * cannot, "warnings" what may become one.
 */
struct outcome health_ready(struct job *, const struct request *);

#endif
