#ifndef TLS_SERVER_H_
#define TLS_SERVER_H_

/*
 * A TLS server in threads of the test, with certificates of its own, that
 * does what the path of a request says, and counts.
 */
#pragma GCC diagnostic ignored "-Wunused-function"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	TLS_OPEN_MAX = 1024	/* connections at a time */
};

struct tls_server {
	SSL_CTX		*ctx;		/* NULL: a proxy, see below */
	int		 listener;
	int		 port;
	pthread_t	 thread;
	pthread_mutex_t	 lock;
	pthread_cond_t	 idle;
	int		 fd[TLS_OPEN_MAX];	/* open ones, or -1 */
	int		 open;
	atomic_bool	 stop;
	atomic_int	 connections;
	atomic_int	 handshakes;
	atomic_int	 requests;
	atomic_int	 expects;	/* requests with "Expect:" */
	/* Talks to one client. */
	void		(*serve)(struct tls_server *, int fd);
	const char	*refusal;	/* of a proxy, or NULL */
	int		 delay;		/* ms before an answer */
};

struct tls_client {
	struct tls_server	*server;
	int			 fd;
	int			 slot;
};

struct tls_identity {
	X509		*cert;
	EVP_PKEY	*key;
};

/*
 * A certificate for names such as "DNS:localhost,IP:127.0.0.1" that is valid
 * from one time to the other (seconds from now), signed by its issuer or, if
 * that is NULL, by itself as an authority.
 */
static struct tls_identity
tls_identity(const char *names, long from, long to,
    const struct tls_identity *issuer)
{
	static long serial = 1000;
	struct tls_identity id;
	X509_EXTENSION *ext;
	X509_NAME *name;
	X509V3_CTX v3;

	id.key = EVP_EC_gen("P-256");
	id.cert = X509_new();
	X509_set_version(id.cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(id.cert), serial++);
	X509_gmtime_adj(X509_getm_notBefore(id.cert), from);
	X509_gmtime_adj(X509_getm_notAfter(id.cert), to);
	X509_set_pubkey(id.cert, id.key);
	name = X509_get_subject_name(id.cert);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)(issuer != NULL ? "leaf" : "authority"),
	    -1, -1, 0);
	if (issuer == NULL)
		issuer = &id;
	X509_set_issuer_name(id.cert, X509_get_subject_name(issuer->cert));
	X509V3_set_ctx(&v3, issuer->cert, id.cert, NULL, NULL, 0);
	ext = names != NULL ?
	    X509V3_EXT_conf_nid(NULL, &v3, NID_subject_alt_name, names) :
	    X509V3_EXT_conf_nid(NULL, &v3, NID_basic_constraints,
	    "critical,CA:TRUE");
	X509_add_ext(id.cert, ext, -1);
	X509_EXTENSION_free(ext);
	X509_sign(id.cert, issuer->key, EVP_sha256());
	return (id);
}

static void
tls_identity_free(struct tls_identity *id)
{
	X509_free(id->cert);
	EVP_PKEY_free(id->key);
}

/* Make the file a bundle of that one certificate. */
static bool
tls_bundle(const char *path, const struct tls_identity *id)
{
	FILE *f = fopen(path, "w");
	bool ok;

	if (f == NULL)
		return (false);
	ok = PEM_write_X509(f, id->cert) == 1;
	return (fclose(f) == 0 && ok);
}

static void *
tls_client_run(void *arg)
{
	struct tls_client *c = arg;
	struct tls_server *s = c->server;

	s->serve(s, c->fd);
	pthread_mutex_lock(&s->lock);
	s->fd[c->slot] = -1;
	close(c->fd);
	if (--s->open == 0)
		pthread_cond_signal(&s->idle);
	pthread_mutex_unlock(&s->lock);
	free(c);
	return (NULL);
}

static void
tls_client_start(struct tls_server *s, int fd)
{
	struct tls_client *c = calloc(1, sizeof(*c));
	pthread_t thread;
	int slot;

	s->connections++;
	pthread_mutex_lock(&s->lock);
	for (slot = 0; slot < TLS_OPEN_MAX && s->fd[slot] != -1; slot++)
		;
	if (c == NULL || slot == TLS_OPEN_MAX)
		abort();
	s->fd[slot] = fd;
	s->open++;
	pthread_mutex_unlock(&s->lock);
	*c = (struct tls_client){ .server = s, .fd = fd, .slot = slot };
	if (pthread_create(&thread, NULL, tls_client_run, c) != 0)
		abort();
	pthread_detach(thread);
}

static void *
tls_listen_run(void *arg)
{
	struct tls_server *s = arg;
	int fd;

	while ((fd = accept(s->listener, NULL, NULL)) != -1)
		tls_client_start(s, fd);
	return (NULL);
}

/* Listen on a free port of 127.0.0.1. */
static bool
tls_start(struct tls_server *s, void (*serve)(struct tls_server *, int))
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	sigset_t pipe, old;
	bool ok;
	int i;

	s->serve = serve;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->idle, NULL);
	for (i = 0; i < TLS_OPEN_MAX; i++)
		s->fd[i] = -1;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(s->listener, (struct sockaddr *)&sin, len) != 0 ||
	    listen(s->listener, TLS_OPEN_MAX) != 0 ||
	    getsockname(s->listener, (struct sockaddr *)&sin, &len) != 0)
		return (false);
	s->port = ntohs(sin.sin_port);
	/* Only our threads may write into a closed connection unpunished. */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, &old);
	ok = pthread_create(&s->thread, NULL, tls_listen_run, s) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return (ok);
}

static void
tls_stop(struct tls_server *s)
{
	int i;

	s->stop = true;
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
	pthread_mutex_lock(&s->lock);
	for (i = 0; i < TLS_OPEN_MAX; i++)
		if (s->fd[i] != -1)
			shutdown(s->fd[i], SHUT_RDWR);
	while (s->open > 0)
		pthread_cond_wait(&s->idle, &s->lock);
	pthread_mutex_unlock(&s->lock);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->idle);
	SSL_CTX_free(s->ctx);
}

static SSL_CTX *
tls_context(const struct tls_identity *id)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL || SSL_CTX_use_certificate(ctx, id->cert) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, id->key) != 1)
		abort();
	SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	return (ctx);
}

/* A conversation over TLS: one request after the other. */
struct tls_talk {
	struct tls_server	*server;
	SSL			*ssl;
	int			 fd;
	char			 request[16384];	/* head and body */
	size_t			 len;
	size_t			 head;		/* bytes, blank line included */
	bool			 over;		/* close it */
	bool			 rude;		/* without a close_notify */
};

static void
tls_say(struct tls_talk *t, const char *s)
{
	if (SSL_write(t->ssl, s, (int)strlen(s)) <= 0)
		t->over = true;
}

static void
tls_pause(int ms)
{
	if (ms > 0)
		poll(NULL, 0, ms);
}

/* Read a whole request; false when there is none. */
static bool
tls_hear(struct tls_talk *t)
{
	const char *end, *length;
	size_t need = 0;
	int n;

	t->len = t->head = 0;
	for (;;) {
		if (t->len + 1 >= sizeof(t->request))
			return (false);
		n = SSL_read(t->ssl, t->request + t->len,
		    (int)(sizeof(t->request) - 1 - t->len));
		if (n <= 0)
			return (false);
		t->len += (size_t)n;
		t->request[t->len] = '\0';
		if ((end = strstr(t->request, "\r\n\r\n")) == NULL)
			continue;
		t->head = (size_t)(end + 4 - t->request);
		length = strstr(t->request, "Content-Length: ");
		if (length != NULL && length < end)
			need = strtoul(length + 16, NULL, 10);
		if (t->len >= t->head + need)
			return (true);
		if (strstr(t->request, " /early ") != NULL)
			return (true);
	}
}

/* Until the client goes away or the server is stopped. */
static void
tls_wait(struct tls_talk *t)
{
	char c;

	while (!t->server->stop && recv(t->fd, &c, 1, 0) > 0)
		;
	t->over = true;
}

static void
tls_repeat(struct tls_talk *t, const char *piece, int ms)
{
	while (!t->over && !t->server->stop) {
		tls_say(t, piece);
		if (ms > 0)
			tls_pause(ms);
	}
}

/* Something that needs more than one write. */
static void
tls_misbehave(struct tls_talk *t, const char *path)
{
	if (strcmp(path, "/hang") == 0)
		tls_wait(t);
	else if (strcmp(path, "/hangbody") == 0) {
		tls_say(t, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
		tls_wait(t);
	} else if (strcmp(path, "/drip") == 0) {
		tls_say(t, "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n");
		tls_repeat(t, "x", 20);
	} else if (strcmp(path, "/headers") == 0) {
		tls_say(t, "HTTP/1.1 200 OK\r\n");
		tls_repeat(t, "X-More: and more\r\n", 0);
	} else if (strcmp(path, "/continues") == 0)
		tls_repeat(t, "HTTP/1.1 100 Continue\r\n\r\n", 0);
	else if (strcmp(path, "/flood") == 0) {
		tls_say(t, "HTTP/1.1 200 OK\r\n\r\n");
		tls_repeat(t, "flood flood flood flood flood flood\n", 0);
	} else if (strcmp(path, "/twice") == 0) {
		tls_say(t, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none");
		tls_pause(50);
		tls_say(t, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo");
	} else
		t->over = true;		/* "/nothing" */
}

static const struct {
	const char	*path;
	const char	*answer;
	bool		 close;
	bool		 rude;
} tls_answers[] = {
	{ "/ok", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
	    false, false },
	{ "/empty", "HTTP/1.1 204 No Content\r\n\r\n", false, false },
	{ "/chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Late: trailer\r\n\r\n",
	    false, false },
	{ "/until-close", "HTTP/1.1 200 OK\r\n\r\nall of it", true, false },
	{ "/early", "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n"
	    "Connection: close\r\n\r\n", true, true },
	{ "/error", "HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n"
	    "Retry-After: 7\r\nX-Two: a\r\nx-two:  b \r\n\r\nno",
	    false, false },
	{ "/redirect", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
	    "Location: /ok\r\n\r\n", false, false },
	{ "/continue", "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"
	    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false, false },
	{ "/only100", "HTTP/1.1 100 Continue\r\n\r\n", true, false },
	{ "/gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
	    "Content-Length: 4\r\n\r\n\037\213zz", false, false },
	{ "/cookie", "HTTP/1.1 200 OK\r\nSet-Cookie: id=secret; Path=/\r\n"
	    "Content-Length: 0\r\n\r\n", false, false },
	{ "/exact", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
	    false, false },		/* and 1000 bytes */
	{ "/stale", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale",
	    true, false },
	/* Not whole. */
	{ "/short", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf!",
	    true, false },
	{ "/chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "5\r\nabc", true, false },
	{ "/nolastchunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
	    "\r\n\r\n3\r\nabc\r\n", true, false },
	{ "/cut", "HTTP/1.1 200 OK\r\n\r\nperhaps all", true, true },
	{ "/head", "HTTP/1.1 200 OK\r\nContent-Le", true, false },
	{ "/garbage", "garbage\r\n\r\n", true, false },
	{ "/over", "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
	    false, false },		/* and 1001 bytes */
};

static void
tls_body(struct tls_talk *t, const char *path)
{
	size_t n = strcmp(path, "/exact") == 0 ? 1000 :
	    strcmp(path, "/over") == 0 ? 1001 : 0;

	while (n-- > 0)
		tls_say(t, "b");
}

/* The request itself, as it came. */
static void
tls_echo(struct tls_talk *t)
{
	char head[128];

	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\n"
	    "Content-Length: %zu\r\n\r\n", t->len);
	tls_say(t, head);
	tls_say(t, t->request);
}

static void
tls_reply(struct tls_talk *t)
{
	char path[64] = "";
	size_t i;

	if (sscanf(t->request, "%*s %63[^ ?]", path) != 1) {
		t->over = true;
		return;
	}
	if (strcmp(path, "/echo") == 0) {
		tls_echo(t);
		return;
	}
	for (i = 0; i < sizeof(tls_answers) / sizeof(tls_answers[0]); i++) {
		if (strcmp(path, tls_answers[i].path) != 0)
			continue;
		tls_say(t, tls_answers[i].answer);
		tls_body(t, path);
		t->over = t->over || tls_answers[i].close;
		t->rude = tls_answers[i].rude;
		return;
	}
	tls_misbehave(t, path);
}

static void
tls_serve(struct tls_server *s, int fd)
{
	struct tls_talk *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	t->server = s;
	t->fd = fd;
	t->ssl = SSL_new(s->ctx);
	SSL_set_fd(t->ssl, fd);
	if (SSL_accept(t->ssl) == 1) {
		s->handshakes++;
		while (!t->over && !s->stop && tls_hear(t)) {
			s->requests++;
			if (strstr(t->request, "\r\nExpect:") != NULL)
				s->expects++;
			tls_pause(s->delay);
			tls_reply(t);
		}
		if (!t->rude)
			SSL_shutdown(t->ssl);
	}
	SSL_free(t->ssl);
	free(t);
}

/* Accepts, and says nothing for ever. */
static void
tls_serve_silence(struct tls_server *s, int fd)
{
	char c;

	while (!s->stop && recv(fd, &c, 1, 0) > 0)
		;
}

/* A proxy that takes every name for this machine. */
static void
tls_serve_proxy(struct tls_server *s, int fd)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN } };
	char buf[4096];
	ssize_t n;
	int i, port;

	n = recv(fd, buf, sizeof(buf) - 1, 0);
	buf[n > 0 ? n : 0] = '\0';
	if (sscanf(buf, "CONNECT %*[^:]:%d", &port) != 1)
		return;
	s->requests++;
	if (s->refusal != NULL) {
		(void)!write(fd, s->refusal, strlen(s->refusal));
		return;
	}
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons((in_port_t)port);
	p[1] = (struct pollfd){ .events = POLLIN,
	    .fd = socket(AF_INET, SOCK_STREAM, 0) };
	if (connect(p[1].fd, (struct sockaddr *)&sin, sizeof(sin)) == 0 &&
	    write(fd, "HTTP/1.1 200 OK\r\n\r\n", 19) == 19) {
		while (!s->stop && poll(p, 2, -1) > 0) {
			i = p[0].revents != 0 ? 0 : 1;
			n = recv(p[i].fd, buf, sizeof(buf), 0);
			if (n <= 0 || write(p[1 - i].fd, buf, (size_t)n) != n)
				break;
		}
	}
	close(p[1].fd);
}

#endif
