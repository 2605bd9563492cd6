#ifndef HTTP_CONN_H_
#define HTTP_CONN_H_

#include <openssl/types.h>
#include <stdbool.h>
#include <stdint.h>

struct http_host;
struct http_transfer;

/*
 * Private to http*.c: what we know of a TLS connection beside libcurl, which
 * makes, shares and ends it.  It hangs on the connection's SSL_CTX and goes
 * with it; a call that uses the connection keeps it a little longer.  Only
 * the engine's thread comes here.
 *
 *	libcurl sets up TLS:		http_conn_new(ctx, host)
 *	a call is about to be sent:	http_conn_begin(ssl, t, port)
 *	... and is over:		http_conn_end(t, timed_out)
 */
struct http_conn {
	struct http_host	*host;
	int			 fd;		/* -1: not known or closed */
	bool			 up;		/* a call was sent on it */
	bool			 two;		/* it speaks HTTP/2 */
	bool			 line;		/* it counts as host->lines */
	bool			 notified;	/* TLS was closed properly */
	int			 calls;		/* under way on it */
	int			 users;		/* SSL_CTX and calls */
	int64_t			 used;		/* last, in monotonic ms */
	int64_t			 heard;		/* something came last */
};

/* False without memory. */
bool http_conn_new(SSL_CTX *, struct http_host *);

/*
 * This call is about to be sent on that connection, whose end here is
 * local_port.  False: it must not be.  On a connection that was used before,
 * something came while nobody asked, which libcurl would take for the
 * answer; or the call must never be sent twice, and the connection has been
 * silent for so long that it may be dead.  Nothing was sent then, and
 * t->fresh tells whether the next try must have a new connection.
 */
bool http_conn_begin(const SSL *, struct http_transfer *, int local_port);

/*
 * The call is over.  A connection of HTTP/2, which libcurl would go on using,
 * is cut off when a whole call's time passed without a byte from it.
 */
void http_conn_end(struct http_transfer *, bool timed_out);

#endif
