#ifndef HANDLE_H_
#define HANDLE_H_

#include "handler/request.h"
#include "handler/types.h"

struct job;

/*
 * One request, by its path: a table of paths and methods.  Standard input
 * is read to its end whatever the answer is.  What costs something then
 * takes a worker, so that a slow sender has none; without one a delivery is
 * told to come again.
 */
struct outcome handle(struct job *, struct request *,
    const struct request_source *);

/*
 * The whole reply as a web server wants it from a CGI or FastCGI program:
 * Status, headers, a blank line, the body (but not of a HEAD).  Without
 * memory it is a plain 503; never NULL.
 */
const char *handle_reply(struct job *, const struct request *,
    const struct outcome *, size_t *len);

#endif
