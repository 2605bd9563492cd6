/*
 * A transfer as libcurl does it, and what we look at on its way: the headers,
 * the body up to its limit, the address before anything is sent to it, and
 * the moment from which on a request may have arrived.  libcurl follows no
 * redirect and has only the protocols that we name.
 * https://curl.se/libcurl/c/libcurl-easy.html
 */
#include "common/http_transfer.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/curl_lib.h"
#include "common/http_conn.h"
#include "common/http_host.h"
#include "common/http_policy.h"

enum {
	CONNECT_MS = 5000,	/* for look-up, connection and TLS, at most;
				   also until what was sent is acknowledged */
	TIME_MAX = 3600000,	/* ms: no deadline is further away */
	IDLE_S = 60,		/* a connection unused for longer is not used */
	STATUS_MAX = 599,
	RECEIVE = 4 << 10	/* bytes of a call's buffer: few, since
				   hundreds may be under way */
};

static void
note_heard(struct http_transfer *t)
{

	if (t->conn != NULL)
		t->conn->heard = clock_mono();
}

/* All headers of one answer; those of a 1xx before it are forgotten. */
static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;
	long status = 0;

	(void)size;
	note_heard(t);
	t->head_total += n;
	if (t->head_total > HTTP_TRANSFER_HEAD) {
		t->large = true;
		return (0);
	}
	if (t->head_done)		/* a trailer */
		return (n);
	if (n > 5 && memcmp(p, "HTTP/", 5) == 0)
		t->head.len = 0;
	buf_add(&t->head, p, n);
	if (n <= 2 && (p[0] == '\r' || p[0] == '\n')) {
		curl.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE,
		    &status);
		t->head_done = status >= 200;
	}
	/* A failure ends the connection, and with it what is no answer. */
	return (t->head.failed || status > STATUS_MAX ? 0 : n);
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;

	(void)size;
	note_heard(t);
	if (n > t->body.limit - t->body.len) {
		t->large = true;
		return (0);
	}
	buf_add(&t->body, p, n);
	return (t->body.failed ? 0 : n);
}

/*
 * The address is known only here.  Under a proxy it is the proxy's, which
 * the configuration names and nobody else chooses; what a name means is then
 * for the proxy to say, and it is not checked.
 */
static curl_socket_t
on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	const unsigned int patience = CONNECT_MS;
	struct http_transfer *t = arg;
	int fd;

	if (purpose != CURLSOCKTYPE_IPCXN ||
	    (!t->any_address && !http_policy_public(&a->addr))) {
		t->refused = true;
		return (CURL_SOCKET_BAD);
	}
	if (!t->plain && !http_host_may_open(t->host, t)) {
		t->again = t->crowded = true;
		return (CURL_SOCKET_BAD);
	}
	fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
	if (fd == -1)
		return (CURL_SOCKET_BAD);
	/* What nobody acknowledges went to a peer that is gone. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience,
	    sizeof(patience));
	t->host->sockets++;
	t->fd[t->nfd++ % HTTP_TRANSFER_SOCKETS] = fd;
	return (fd);
}

static int
on_close(void *arg, curl_socket_t fd)
{
	struct http_host *host = arg;

	host->sockets--;
	return (close(fd));
}

/* libcurl has put what it is told in the place of openssl.cnf's version. */
static CURLcode
on_tls(CURL *easy, void *ctx, void *arg)
{
	struct http_transfer *t = arg;

	(void)easy;
	SSL_CTX_set1_cert_store(ctx, t->store);
	return (SSL_CTX_set_min_proto_version(ctx, t->least) == 1 &&
	    http_conn_new(ctx, t->host) ? CURLE_OK :
	    CURLE_OUT_OF_MEMORY);
}

/*
 * Connected, TLS done, nothing sent yet: from here on we cannot be sure.
 * libcurl comes here again before it repeats a request by itself, which it
 * does when a connection that it used again ended without an answer.
 */
static int
on_ready(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct http_transfer *t = arg;
	struct curl_tlssessioninfo *tls = NULL;

	(void)ip;
	(void)local_ip;
	(void)port;
	if (t->call->once && t->reached) {
		t->repeated = true;
		return (CURL_PREREQFUNC_ABORT);
	}
	if (!t->plain && (curl.easy_getinfo(t->easy, CURLINFO_TLS_SSL_PTR,
	    &tls) != CURLE_OK || tls == NULL || tls->internals == NULL ||
	    !http_conn_begin(tls->internals, t, local_port))) {
		t->again = true;
		return (CURL_PREREQFUNC_ABORT);
	}
	t->reached = true;
	return (CURL_PREREQFUNC_OK);
}

static CURLcode
set_numbers(CURL *easy)
{
	static const struct {
		CURLoption	option;
		long		value;
	} fixed[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_PROXY_SSL_VERIFYPEER, 1 },
		{ CURLOPT_PROXY_SSL_VERIFYHOST, 2 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_MAXAGE_CONN, IDLE_S },
		{ CURLOPT_BUFFERSIZE, RECEIVE },
		{ CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
		/* Do not wait for a look-up beyond the deadline. */
		{ CURLOPT_QUICK_EXIT, 1 },
	};
	CURLcode rc = CURLE_OK;
	size_t i;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (rc == CURLE_OK)
			rc = curl.easy_setopt(easy, fixed[i].option,
			    fixed[i].value);
	return (rc);
}

static CURLcode
set_strings(CURL *easy, const struct http_transfer *t)
{
	const char *proxy = t->options->proxy;
	const struct {
		CURLoption	 option;
		const char	*value;
	} strings[] = {
		{ CURLOPT_PROTOCOLS_STR,
		    t->call->plain_ok ? "http,https" : "https" },
		{ CURLOPT_PROXY, proxy != NULL ? proxy : "" },
		{ CURLOPT_NOPROXY, "" },
		{ CURLOPT_USERAGENT, t->options->agent },
		{ CURLOPT_CAINFO, NULL },
		{ CURLOPT_CAPATH, NULL },
		{ CURLOPT_PROXY_CAINFO, NULL },
		{ CURLOPT_PROXY_CAPATH, NULL },
		{ CURLOPT_URL, t->call->url },
	};
	CURLcode rc = CURLE_OK;
	size_t i;

	for (i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		if (rc == CURLE_OK)
			rc = curl.easy_setopt(easy, strings[i].option,
			    strings[i].value);
	return (rc);
}

static void
set_callbacks(CURL *easy, struct http_transfer *t)
{
	curl.easy_setopt(easy, CURLOPT_PRIVATE, t);
	curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error);
	curl.easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl.easy_setopt(easy, CURLOPT_HEADERDATA, t);
	curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl.easy_setopt(easy, CURLOPT_WRITEDATA, t);
	curl.easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl.easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
	curl.easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl.easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	curl.easy_setopt(easy, CURLOPT_SSL_CTX_DATA, t);
	curl.easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_ready);
	curl.easy_setopt(easy, CURLOPT_PREREQDATA, t);
}

static CURLcode
set_request(CURL *easy, const struct http_transfer *t)
{
	const struct http_call *c = t->call;
	bool post = strcmp(c->method, "POST") == 0;
	CURLcode rc = CURLE_OK;

	if (c->body != NULL || post) {
		curl.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)(c->body != NULL ? c->len : 0));
		curl.easy_setopt(easy, CURLOPT_POSTFIELDS,
		    c->body != NULL ? c->body : "");
	} else
		curl.easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	if (!post)
		rc = curl.easy_setopt(easy, CURLOPT_CUSTOMREQUEST, c->method);
	curl.easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers);
	/* What is not encrypted tells nothing about who answers. */
	curl.easy_setopt(easy, CURLOPT_FORBID_REUSE, t->plain ? 1L : 0L);
	/* A libcurl without HTTP/2 refuses this, and goes on without. */
	(void)curl.easy_setopt(easy, CURLOPT_HTTP_VERSION, t->plain ?
	    CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS);
	return (rc);
}

CURLcode
http_transfer_open(struct http_transfer *t)
{
	CURLcode rc;

	if ((t->easy = curl.easy_init()) == NULL)
		return (CURLE_OUT_OF_MEMORY);
	set_callbacks(t->easy, t);
	if ((rc = set_numbers(t->easy)) != CURLE_OK ||
	    (rc = set_strings(t->easy, t)) != CURLE_OK)
		return (rc);
	return (set_request(t->easy, t));
}

void
http_transfer_close(struct http_transfer *t)
{

	curl.easy_cleanup(t->easy);
	t->easy = NULL;
}

CURLcode
http_transfer_prepare(struct http_transfer *t, CURLSH *share)
{
	int64_t rest = t->call->deadline - clock_mono();
	CURL *easy = t->easy;

	if (rest <= 0)
		return (CURLE_OPERATION_TIMEDOUT);
	if (rest > TIME_MAX)
		rest = TIME_MAX;
	t->nfd = 0;
	memset(t->fd, -1, sizeof(t->fd));
	t->error[0] = '\0';
	curl.easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, t->host);
	curl.easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)rest);
	curl.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)(rest < CONNECT_MS ? rest : CONNECT_MS));
	curl.easy_setopt(easy, CURLOPT_FRESH_CONNECT,
	    t->plain || (t->fresh && !t->crowded) ? 1L : 0L);
	curl.easy_setopt(easy, CURLOPT_PIPEWAIT,
	    t->host->speech == HTTP_SPEECH_TWO ? 1L : 0L);
	t->again = t->crowded = false;
	return (curl.easy_setopt(easy, CURLOPT_SHARE, share));
}
