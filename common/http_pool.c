/*
 * Connections that are kept: each libcurl handle belongs to one host, and is
 * taken by one thread at a time.  We open and close the sockets ourselves,
 * so that a handle's are known: before one is used again it must be silent.
 */
#include "common/http_pool.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
http_pool_init(struct http_pool *pool)
{
	pool->idle = NULL;
	pool->count = 0;
	return (pthread_mutex_init(&pool->lock, NULL) == 0);
}

static void
handle_free(struct http_handle *h)
{
	curl_easy_cleanup(h->easy);
	free(h->host);
	free(h);
}

void
http_pool_clear(struct http_pool *pool)
{
	struct http_handle *h;

	while ((h = pool->idle) != NULL) {
		pool->idle = h->next;
		handle_free(h);
	}
	pthread_mutex_destroy(&pool->lock);
}

static struct http_handle *
handle_new(const char *host, bool private_ok)
{
	struct http_handle *h;
	size_t i;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		return (NULL);
	for (i = 0; i < HTTP_POOL_SOCKETS; i++)
		h->fd[i] = -1;
	h->private_ok = private_ok;
	h->host = strdup(host);
	h->easy = curl_easy_init();
	if (h->host == NULL || h->easy == NULL) {
		handle_free(h);
		return (NULL);
	}
	return (h);
}

/*
 * Is the connection as silent as it must be?  libcurl would take what waits
 * there, say a second answer, for the answer to the next request.
 */
static bool
is_silent(const struct http_handle *h)
{
	ssize_t n;
	size_t i;
	char c;

	for (i = 0; i < HTTP_POOL_SOCKETS; i++) {
		if (h->fd[i] == -1)
			continue;
		n = recv(h->fd[i], &c, 1, MSG_PEEK | MSG_DONTWAIT);
		if (n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
			return (false);
	}
	return (true);
}

static struct http_handle *
unlink_match(struct http_pool *pool, const char *host, bool private_ok)
{
	struct http_handle *h, **p;

	for (p = &pool->idle; (h = *p) != NULL; p = &h->next) {
		if (h->private_ok == private_ok &&
		    strcmp(h->host, host) == 0) {
			*p = h->next;
			pool->count--;
			return (h);
		}
	}
	return (NULL);
}

struct http_handle *
http_pool_take(struct http_pool *pool, const char *host, bool private_ok)
{
	struct http_handle *h;

	for (;;) {
		pthread_mutex_lock(&pool->lock);
		h = unlink_match(pool, host, private_ok);
		pthread_mutex_unlock(&pool->lock);
		if (h == NULL)
			return (handle_new(host, private_ok));
		if (is_silent(h))
			return (h);
		handle_free(h);
	}
}

/* The one that was used the longest ago, taken from the list. */
static struct http_handle *
unlink_last(struct http_pool *pool)
{
	struct http_handle *h, **p;

	for (p = &pool->idle; (*p)->next != NULL; p = &(*p)->next)
		;
	h = *p;
	*p = NULL;
	pool->count--;
	return (h);
}

void
http_pool_give(struct http_pool *pool, struct http_handle *h, bool keep)
{
	struct http_handle *spare = NULL;

	if (!keep) {
		handle_free(h);
		return;
	}
	/* Nothing of the call stays, but the connection does. */
	curl_easy_reset(h->easy);
	pthread_mutex_lock(&pool->lock);
	h->next = pool->idle;
	pool->idle = h;
	if (++pool->count > HTTP_POOL_IDLE)
		spare = unlink_last(pool);
	pthread_mutex_unlock(&pool->lock);
	if (spare != NULL)
		handle_free(spare);
}

void
http_pool_opened(struct http_handle *h, int fd)
{
	size_t i;

	for (i = 0; i < HTTP_POOL_SOCKETS; i++) {
		if (h->fd[i] == -1) {
			h->fd[i] = fd;
			return;
		}
	}
}

int
http_pool_close(void *handle, curl_socket_t fd)
{
	struct http_handle *h = handle;
	size_t i;

	for (i = 0; i < HTTP_POOL_SOCKETS; i++)
		if (h->fd[i] == fd)
			h->fd[i] = -1;
	return (close(fd));
}
