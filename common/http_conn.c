/*
 * A connection that is used again was perhaps closed meanwhile, or is cut
 * somewhere on the way, or says what nobody asked for.  libcurl looks at some
 * of this, and repeats a call when it was wrong; what must never be repeated
 * needs more care, and so does an answer that must not be mistaken.
 */
#include "common/http_conn.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/http_host.h"
#include "common/http_transfer.h"

enum {
	ONCE_SILENT = 2000,	/* ms; web servers close after 5 s or more */
	DEAD_SILENT = 3000	/* ms of a call in vain, at least */
};

static pthread_once_t	once = PTHREAD_ONCE_INIT;
static int		place = -1;	/* of ours in an SSL_CTX */

static void
drop(struct http_conn *c)
{

	if (--c->users == 0)
		free(c);
}

/* It is not to be used any more, or cannot be. */
static void
leave(struct http_conn *c)
{

	c->host->lines -= c->line;
	c->line = false;
}

static void
on_free(void *ctx, void *ours,	/* NOLINT: its type is OpenSSL's */
    CRYPTO_EX_DATA *data, int n, long l, void *p)
{
	struct http_conn *c = ours;

	(void)ctx;
	(void)data;
	(void)n;
	(void)l;
	(void)p;
	if (c == NULL)
		return;
	c->fd = -1;
	leave(c);
	drop(c);
}

static void
find_place(void)
{

	place = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, on_free);
}

static void
on_alert(const SSL *ssl, int where, int value)
{
	struct http_conn *c = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl),
	    place);

	if (c != NULL && where == SSL_CB_READ_ALERT &&
	    (value & 0xff) == SSL_AD_CLOSE_NOTIFY)
		c->notified = true;
}

bool
http_conn_new(SSL_CTX *ctx, struct http_host *host)
{
	struct http_conn *c;

	pthread_once(&once, find_place);
	if (place < 0 || (c = calloc(1, sizeof(*c))) == NULL)
		return (false);
	c->host = host;
	c->fd = -1;
	c->users = 1;
	if (SSL_CTX_set_ex_data(ctx, place, c) != 1) {
		free(c);
		return (false);
	}
	SSL_CTX_set_info_callback(ctx, on_alert);
	return (true);
}

static bool
has_port(int fd, int port)
{
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in6 in6;
	struct sockaddr_in in;
	socklen_t len = sizeof(ss);

	if (fd == -1 || getsockname(fd, (struct sockaddr *)&ss, &len) != 0)
		return (false);
	if (ss.ss_family == AF_INET6) {
		memcpy(&in6, &ss, sizeof(in6));
		return (ntohs(in6.sin6_port) == port);
	}
	memcpy(&in, &ss, sizeof(in));
	return (ss.ss_family == AF_INET && ntohs(in.sin_port) == port);
}

/* Its first call: what does it speak, and which of the sockets is it? */
static void
learn(struct http_conn *c, const SSL *ssl, const struct http_transfer *t,
    int port)
{
	const unsigned char *proto;
	unsigned int len;
	size_t i;

	SSL_get0_alpn_selected(ssl, &proto, &len);
	c->up = true;
	c->two = len == 2 && memcmp(proto, "h2", 2) == 0;
	c->line = c->two;
	c->host->lines += c->line;
	c->host->speech = c->two ? HTTP_SPEECH_TWO : HTTP_SPEECH_ONE;
	for (i = 0; i < HTTP_TRANSFER_SOCKETS && c->fd == -1; i++)
		if (has_port(t->fd[i], port))
			c->fd = t->fd[i];
}

/*
 * Streams of HTTP/2 keep what is said apart.  With HTTP/1.1 whatever waits
 * there would be taken for the answer to the next request.
 */
static bool
is_silent(const struct http_conn *c)
{
	ssize_t n;
	char byte;

	if (c->two)
		return (true);
	n = recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

/* libcurl finds it closed when it looks at it next. */
static void
cut(struct http_conn *c)
{

	leave(c);
	if (c->fd != -1)
		(void)shutdown(c->fd, SHUT_RDWR);
}

static bool
may_use(struct http_conn *c, struct http_transfer *t)
{
	int64_t last;

	if (!is_silent(c))
		return (false);
	last = c->used > c->heard ? c->used : c->heard;
	if (!t->call->once || t->fresh || clock_mono() - last <= ONCE_SILENT)
		return (true);
	t->fresh = true;
	if (c->calls == 0)
		cut(c);
	return (false);
}

bool
http_conn_begin(const SSL *ssl, struct http_transfer *t, int local_port)
{
	struct http_conn *c = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl),
	    place);

	if (t->conn != NULL)		/* libcurl repeats it */
		http_conn_end(t, false);
	if (c == NULL)
		return (false);
	if (!c->up)
		learn(c, ssl, t, local_port);
	else if (!may_use(c, t))
		return (false);
	t->conn = c;
	t->sent = c->used = clock_mono();
	c->users++;
	c->calls++;
	c->host->placed += c->two;
	http_host_reached(c->host, t);
	return (true);
}

void
http_conn_end(struct http_transfer *t, bool timed_out)
{
	struct http_conn *c = t->conn;
	int64_t now = clock_mono();

	if (c == NULL)
		return;
	t->conn = NULL;
	t->notified = c->notified;
	t->two = c->two;
	c->calls--;
	c->host->placed -= c->two;
	if (!timed_out)
		c->heard = now;
	else if (c->two && c->heard <= t->sent && now - t->sent > DEAD_SILENT)
		cut(c);
	drop(c);
}
