#ifndef REQUEST_H_
#define REQUEST_H_

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "handler/types.h"

struct arena;
struct job;

/*
 * From the web server's variables and standard input to a struct request.
 * The same for FastCGI and CGI: only the few variables that we read are
 * looked at, each is counted, and a second value of one that matters is
 * told (nginx passes a repeated header twice, others join it).
 */

/* Where a request comes from. */
struct request_source {
	/* Up to n bytes: how many, 0 at the end, -1 on a broken stream. */
	int	(*read)(void *ctx, char *, int n);
	/* It is all here: is a worker free, who is then taken?  NULL: yes. */
	bool	(*take)(void *ctx);
	void	*ctx;
};

/*
 * Copy what we read out of a "NAME=value" list into the arena; the list
 * may go then.  ERR_MALFORMED for contradicting lengths, ERR_NOMEM.
 */
enum err request_read_variables(struct arena *, char *const *envp,
    struct request *, struct why *);

/*
 * Read standard input to its end, keeping at most job->config->max_body
 * bytes.  ERR_LENGTH, ERR_TOO_LARGE, or ERR_MALFORMED with both numbers
 * when the body is not as long as it was announced: that is told before any
 * signature is looked at.
 */
enum err request_read_body(struct job *, const struct request_source *,
    struct request *);

#endif
