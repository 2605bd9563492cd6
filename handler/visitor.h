#ifndef VISITOR_H_
#define VISITOR_H_

#include <stdbool.h>

#include "common/err.h"
#include "handler/types.h"

struct job;

/*
 * Who may see what is not for everybody.  Without a [panel] section there is
 * nothing to see: ERR_NOT_FOUND.  Else a user whom the web server let in
 * (REMOTE_USER) and whom [panel] users names, or all of them for "*"; where
 * a program asks, [panel] token as a bearer does as well, see RFC 6750,
 * section 2.1.  ERR_FORBIDDEN for anybody else.
 */

/* The pages. */
enum err visitor_page(struct job *, const struct request *);

/* /metrics. */
enum err visitor_metrics(struct job *, const struct request *);

/*
 * POST /act/...: a page of ours must have sent the form, and no other site
 * through the browser of somebody who may.  The browser says so by
 * Sec-Fetch-Site (https://www.w3.org/TR/fetch-metadata/), an old one by
 * Origin, which then must name the host that was asked, and its scheme where
 * the web server tells it (HTTPS).
 */
enum err visitor_act(struct job *, const struct request *);

/* May this one see more of /ready than a load balancer? */
bool visitor_known(const struct job *, const struct request *);

#endif
