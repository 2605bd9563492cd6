#ifndef HTTP_H_
#define HTTP_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct arena;

/*
 * HTTPS to the hosts that the configuration names, and to no others.
 *
 * https only, TLS 1.2 or later (and what else the machine's openssl.cnf asks
 * for), certificates and names verified, no redirects, no cookies, no .netrc,
 * no decoding, a proxy only when the configuration says so, never from the
 * environment; answers are capped; one deadline covers name look-up,
 * connection, TLS, request and answer.
 * A name that resolves to a loopback, link-local or private address is
 * refused unless the call says so; a literal address in the URL is leave
 * enough.  Behind a proxy no address is checked: the only one called is the
 * proxy's own, and the proxy resolves the name.
 *
 *	http = http_new(&options, why);		before the threads
 *	...
 *	e = http_call(http, arena, &call, &answer, why);
 *	...
 *	http_free(http);
 *
 * One struct http is shared by all threads: it holds the CA store, the
 * connections and the TLS sessions.  One thread of its own, which the first
 * call starts, talks to all hosts: over HTTP/2 where a host offers it, many
 * calls on at most eight connections, else over HTTP/1.1, each call on a
 * connection of its own that is kept for the next one.
 */
struct http;

struct http_options {
	const char	*ca_file;	/* beside the system's, or NULL */
	const char	*proxy;		/* "http://host:port", or NULL */
	const char	*agent;		/* User-Agent */
	size_t		 cap;		/* bytes of an answer's body */
	bool		 lazy;		/* set up by http_warm() or the first
					   call, not by http_new() */
};

struct http_header {
	const char	*name;
	const char	*value;		/* no CR, LF or other control byte */
};

enum {
	HTTP_HEADERS = 8	/* of a call */
};

struct http_call {
	const char	*method;	/* "GET", "POST", "PUT", "DELETE" */
	const char	*url;
	struct http_header header[HTTP_HEADERS];	/* name NULL ends it */
	const char	*body;		/* NULL: none */
	size_t		 len;
	const char	*what;		/* it is for, to be counted as; NULL:
					   method and path say it */
	int64_t		 deadline;	/* monotonic milliseconds */
	bool		 once;		/* must never be sent twice: a call
					   without it is sent again when the
					   connection went stale */
	bool		 private_ok;	/* the name may be a private address */
	bool		 plain_ok;	/* http:// too: to our own web server */
};

/* What may have happened over there when no whole answer came. */
enum http_fate {
	HTTP_ANSWERED,		/* a whole answer: see status */
	HTTP_NOT_SENT,		/* the request cannot have been processed */
	HTTP_UNKNOWN		/* it may have been, or not */
};

struct http_answer {
	enum http_fate	 fate;
	int		 status;	/* of HTTP_ANSWERED */
	const char	*body;		/* NUL-terminated; may hold NULs */
	size_t		 len;
	const char	*headers;	/* raw, for http_header_of() */
	const char	*host;		/* "host:port" called, for sentences */
};

/*
 * ERR_CONFIG when ca_file cannot be read, or the CA store or libcurl cannot
 * be set up.
 */
enum err http_new(const struct http_options *, struct http **, struct why *);
void http_free(struct http *);

/*
 * Set up libcurl and load the certificates now, if that was not done: before
 * there are threads, and where a refusal is better than a failing call.
 * ERR_CONFIG as above.
 */
enum err http_warm(struct http *, struct why *);

/*
 * Make one call.  OK: a whole answer, whatever its status.  ERR_DEADLINE:
 * out of time; ERR_UPSTREAM: not sent; ERR_UNKNOWN: no whole answer;
 * ERR_NOMEM; ERR_CONFIG as above, the first time.  answer->fate is set in
 * every case, and after ERR_DEADLINE it tells which of the two it was.
 */
enum err http_call(struct http *, struct arena *, const struct http_call *,
    struct http_answer *, struct why *);

/* A header of the answer (case-blind; the last one of a name), or NULL. */
const char *http_header_of(const struct http_answer *, struct arena *,
    const char *name);

/* Wall ms of the Date header; false when there is none to read. */
bool http_date_of(const struct http_answer *, struct arena *, int64_t *ms);

/*
 * Seconds of a Retry-After header: a number or an HTTP date (read against
 * now, wall milliseconds), clamped to 1..max; 0 when there is none.
 */
int http_retry_after(const struct http_answer *, struct arena *, int64_t now,
    int max);

#endif
