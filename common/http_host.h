#ifndef HTTP_HOST_H_
#define HTTP_HOST_H_

#include <stdbool.h>
#include <stdint.h>

struct http_transfer;

/*
 * Private to http*.c: how many connections a host may have, and which calls
 * wait until they may begin.  Only the engine's thread comes here.
 *
 * What a host speaks is told when TLS is up (ALPN), so as long as there is
 * no connection one call goes first, a pioneer, and the others wait for what
 * it learns.  If it cannot connect, they fail with it, and for the same
 * reason.  With HTTP/1.1 each call then needs a connection of its own.  With
 * HTTP/2 they share at most HTTP_HOST_SOCKETS of them; when all streams are
 * taken, again one call goes first and opens the next connection: libcurl
 * would put any number of calls on one that is not up yet.
 *
 *	host = http_host_find(&list, "api.example.com:443", false);
 *	http_host_wait(host, t, false);
 *	while ((t = http_host_next(host)) != NULL)
 *		... start t, then http_host_began(host, t) ...
 *	... t is over: http_host_ended(host, t) ...
 */
enum {
	HTTP_HOST_SOCKETS = 8,	/* to a host that speaks HTTP/2 */
	HTTP_HOST_STREAMS = 100	/* on each of them, if it takes so many */
};

enum http_speech {
	HTTP_SPEECH_UNKNOWN,	/* not called yet */
	HTTP_SPEECH_ONE,	/* HTTP/1.1: one call at a time on each */
	HTTP_SPEECH_TWO		/* HTTP/2: many at a time */
};

struct http_host {
	char			*name;		/* "host:port" */
	bool			 private_ok;	/* has leave to be private */
	enum http_speech	 speech;
	int			 sockets;	/* open, or being opened */
	int			 lines;		/* HTTP/2 ones that are up */
	int			 streams;	/* that each is thought to
						   take */
	int			 placed;	/* calls on them */
	int			 pioneers;	/* calls that will tell more */
	int			 running;	/* calls under way */
	struct http_transfer	*first;		/* of those that wait */
	struct http_transfer	**last;
	struct http_host	*next;
};

/* The host of that name and leave, made if need be; NULL without memory. */
struct http_host *http_host_find(struct http_host **list, const char *name,
    bool private_ok);
void http_host_free(struct http_host *list);

/*
 * libcurl wants one more connection: may it?  If this is no pioneer, the
 * others take fewer streams than was thought.
 */
bool http_host_may_open(struct http_host *, const struct http_transfer *);

/* Let it wait, behind the others or before them. */
void http_host_wait(struct http_host *, struct http_transfer *, bool before);

/* One that may begin now, taken from those that wait; or NULL. */
struct http_transfer *http_host_next(struct http_host *);

void http_host_began(struct http_host *, struct http_transfer *);
void http_host_ended(struct http_host *, struct http_transfer *);

/* It has a connection: what it was the first to learn is known now. */
void http_host_reached(struct http_host *, struct http_transfer *);

/* One that waits and whose deadline has passed, taken out; or NULL. */
struct http_transfer *http_host_late(struct http_host *, int64_t now);

#endif
