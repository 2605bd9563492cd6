/*
 * A transfer as libcurl does it, and what we look at on its way: the headers,
 * the body up to its limit, the address before anything is sent to it, and
 * the moment from which on a request may have arrived.  libcurl follows no
 * redirect and has only the protocols that we name.
 * https://curl.se/libcurl/c/libcurl-easy.html
 */
#include "common/http_transfer.h"

#include <sys/socket.h>

#include <openssl/ssl.h>
#include <string.h>

#include "common/http_policy.h"
#include "common/http_pool.h"

enum {
	CONNECT_MS = 5000	/* for look-up, connection and TLS, at most */
};

/* All headers of one answer; those of a 1xx before it are forgotten. */
static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;
	long status = 0;

	(void)size;
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
		curl_easy_getinfo(t->handle->easy, CURLINFO_RESPONSE_CODE,
		    &status);
		t->head_done = status >= 200;
	}
	return (t->head.failed ? 0 : n);
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;

	(void)size;
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
	struct http_transfer *t = arg;
	int fd;

	if (purpose != CURLSOCKTYPE_IPCXN ||
	    (!t->any_address && !http_policy_public(&a->addr))) {
		t->refused = true;
		return (CURL_SOCKET_BAD);
	}
	fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
	if (fd != -1)
		http_pool_opened(t->handle, fd);
	return (fd);
}

static void
on_alert(const SSL *ssl, int where, int value)
{
	struct http_handle *h = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	if (where == SSL_CB_READ_ALERT &&
	    (value & 0xff) == SSL_AD_CLOSE_NOTIFY)
		h->notified = true;
}

static CURLcode
on_tls(CURL *easy, void *ctx, void *arg)
{
	struct http_transfer *t = arg;

	(void)easy;
	SSL_CTX_set1_cert_store(ctx, t->store);
	SSL_CTX_set_app_data(ctx, t->handle);
	SSL_CTX_set_info_callback(ctx, on_alert);
	return (CURLE_OK);
}

/* Connected, TLS done, nothing sent yet: from here on we cannot be sure. */
static int
on_ready(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct http_transfer *t = arg;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
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
		/* HTTP/2 may repeat a refused stream by itself. */
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
		{ CURLOPT_MAXCONNECTS, 1 },
		{ CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
		/* Do not wait for a look-up beyond the deadline. */
		{ CURLOPT_QUICK_EXIT, 1 },
	};
	CURLcode rc = CURLE_OK;
	size_t i;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (rc == CURLE_OK)
			rc = curl_easy_setopt(easy, fixed[i].option,
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
			rc = curl_easy_setopt(easy, strings[i].option,
			    strings[i].value);
	return (rc);
}

static void
set_callbacks(CURL *easy, struct http_transfer *t)
{
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, http_pool_close);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, t->handle);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, t);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_ready);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
}

static CURLcode
set_request(CURL *easy, const struct http_transfer *t, int64_t rest)
{
	const struct http_call *c = t->call;
	bool post = strcmp(c->method, "POST") == 0;
	CURLcode rc = CURLE_OK;

	if (c->body != NULL || post) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)(c->body != NULL ? c->len : 0));
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
		    c->body != NULL ? c->body : "");
	} else
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	if (!post)
		rc = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, c->method);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, c->once ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)rest);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)(rest < CONNECT_MS ? rest : CONNECT_MS));
	return (rc);
}

CURLcode
http_transfer_run(struct http_transfer *t, int64_t rest)
{
	CURL *easy = t->handle->easy;
	CURLcode rc;

	t->handle->notified = false;
	set_callbacks(easy, t);
	if ((rc = set_numbers(easy)) != CURLE_OK ||
	    (rc = set_strings(easy, t)) != CURLE_OK ||
	    (rc = set_request(easy, t, rest)) != CURLE_OK)
		return (rc);
	return (curl_easy_perform(easy));
}
