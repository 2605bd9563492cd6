#ifndef HTTP_TRANSFER_H_
#define HTTP_TRANSFER_H_

#include <curl/curl.h>
#include <openssl/types.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/http.h"

struct http_conn;
struct http_host;

/*
 * Private to http*.c: one call under way, and all that libcurl is told about
 * it.  https://curl.se/libcurl/c/libcurl-security.html
 *
 * It belongs to the thread that calls, which fills it in, hands it to the
 * engine and waits; until the engine says that it is done, it is the
 * engine's.
 *
 *	t = { .options, .store, .call, .headers, ... };
 *	rc = http_transfer_open(&t);		in the calling thread
 *	http_engine_run(engine, &t);		t.rc is what came of it
 *	http_transfer_close(&t);
 */
enum {
	HTTP_TRANSFER_HEAD = 64 << 10,	/* bytes of headers, 1xx included */
	HTTP_TRANSFER_SOCKETS = 4	/* opened by one that is connecting */
};

struct http_transfer {
	/* What to do. */
	const struct http_options	*options;
	X509_STORE			*store;
	int				 least;		/* version of TLS */
	const struct http_call		*call;
	const char			*name;		/* "host:port" */
	struct curl_slist		*headers;	/* of the request */
	bool				 any_address;	/* may be called */
	bool				 plain;		/* http:// */

	/* How far it is; the engine's. */
	CURL				*easy;
	struct http_host		*host;
	struct http_conn		*conn;		/* it was sent on, or
							   NULL */
	struct http_transfer		*next;
	struct http_transfer		**link;		/* what points to it,
							   once it began */
	sem_t				 done;		/* posted at its end */
	int				 fd[HTTP_TRANSFER_SOCKETS];
	int				 nfd;
	int				 tries;
	int64_t				 sent;		/* monotonic ms */
	bool				 pioneer;	/* see http_host.h */
	bool				 again;		/* nothing was sent:
							   start it again */
	bool				 fresh;		/* on a new one */
	bool				 crowded;	/* no connection was
							   to be had */

	/* What came of it. */
	CURLcode			 rc;
	struct buf			 head;
	struct buf			 body;
	size_t				 head_total;
	bool				 head_done;
	bool				 reached;	/* request under way */
	bool				 repeated;	/* nearly: refused */
	bool				 refused;	/* the address */
	bool				 large;		/* the answer */
	bool				 two;		/* by HTTP/2 */
	bool				 notified;	/* TLS closed well */
	char				 error[CURL_ERROR_SIZE];
};

/*
 * Tell libcurl all that stays the same however often the call is started.
 * http_transfer_close() is due whatever this returns.
 */
CURLcode http_transfer_open(struct http_transfer *);
void http_transfer_close(struct http_transfer *);

/*
 * Before each start: what depends on the time and on the host.  reached
 * tells afterwards whether the peer may have seen any of the request, be it
 * in an earlier try of libcurl's on a connection that turned out to be
 * closed.  A call that must never be sent twice is not tried again once it
 * was reached.
 */
CURLcode http_transfer_prepare(struct http_transfer *, CURLSH *);

#endif
