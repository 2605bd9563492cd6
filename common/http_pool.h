#ifndef HTTP_POOL_H_
#define HTTP_POOL_H_

#include <curl/curl.h>
#include <openssl/types.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Private to http*.c: the libcurl handles that no call is using.  Each keeps
 * at most one connection alive, and the TLS sessions of its host.
 *
 *	h = http_pool_take(&pool, "api.example.com:443", false);
 *	... curl_easy_perform(h->easy) ...
 *	http_pool_give(&pool, h, answered);
 *
 * A handle serves one host, with or without leave to call private addresses,
 * all its life: so a call without leave never finds the connection of one
 * that had it.
 */
enum {
	HTTP_POOL_IDLE = 64,	/* handles kept; the longest unused goes */
	HTTP_POOL_SOCKETS = 4	/* of a handle that is connecting */
};

struct http_handle {
	CURL			*easy;
	char			*host;		/* "host:port" */
	bool			 private_ok;
	bool			 notified;	/* TLS was closed properly */
	int			 fd[HTTP_POOL_SOCKETS];	/* open, or -1 */
	struct http_handle	*next;
};

struct http_pool {
	pthread_mutex_t		 lock;
	struct http_handle	*idle;		/* last used first */
	size_t			 count;
};

/* False without memory for a mutex. */
bool http_pool_init(struct http_pool *);
void http_pool_clear(struct http_pool *);

/*
 * A handle for that host, used before if possible; NULL without memory.  A
 * connection on which something came while nobody asked is closed first.
 */
struct http_handle *http_pool_take(struct http_pool *, const char *host,
    bool private_ok);

/* Keep it for the next call, or close it for good. */
void http_pool_give(struct http_pool *, struct http_handle *, bool keep);

/* What to set as libcurl's CLOSESOCKETFUNCTION; its data is the handle. */
int http_pool_close(void *handle, curl_socket_t);

/* Note a socket that libcurl opens for this handle. */
void http_pool_opened(struct http_handle *, int fd);

#endif
