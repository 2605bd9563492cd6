/*
 * One call: from a method, a URL and headers to an answer or a sentence about
 * its absence.  The URL is read first, since its host says which connections
 * may be used (http_engine.c) and which addresses are allowed
 * (http_policy.c); http_transfer.c says how libcurl is to do it.  What counts
 * afterwards is the fate: not sent, sent with no telling what came of it, or
 * answered.
 */
#include "common/http.h"

#include <errno.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/curl_lib.h"
#include "common/http_count.h"
#include "common/http_engine.h"
#include "common/http_policy.h"
#include "common/http_transfer.h"

enum {
	TIME_SLACK = 5		/* ms by which libcurl's clock may be ahead */
};

struct http {
	struct http_options	 options;	/* with our own strings */
	char			*strings[3];
	pthread_mutex_t		 lock;		/* of what follows */
	bool			 global;	/* libcurl is set up */
	X509_STORE		*store;
	int			 least;		/* version of TLS */
	struct http_engine	*engine;	/* since the first call */
};

/* TLS 1.2, or what the machine's configuration asks for beyond it. */
static enum err
check_libraries(int *least, struct why *why)
{
	const curl_version_info_data *v = curl.version_info(CURLVERSION_NOW);
	SSL_CTX *ctx;

	if (v->ssl_version == NULL ||
	    strstr(v->ssl_version, "OpenSSL/") == NULL)
		return (err_set(why, ERR_CONFIG, "libcurl %s is not built "
		    "with OpenSSL; install libcurl4", v->version));
	if (OPENSSL_init_ssl(0, NULL) != 1 || RAND_status() != 1 ||
	    (ctx = SSL_CTX_new(TLS_client_method())) == NULL)
		return (err_set(why, ERR_CONFIG, "OpenSSL cannot be "
		    "initialised; check its installation"));
	*least = (int)SSL_CTX_get_min_proto_version(ctx);
	if (*least < TLS1_2_VERSION)
		*least = TLS1_2_VERSION;
	SSL_CTX_free(ctx);
	return (OK);
}

/* Copy an option; a NULL stays one. */
static bool
keep(char **copy, const char **option)
{
	if (*option == NULL)
		return (true);
	if ((*copy = strdup(*option)) == NULL)
		return (false);
	*option = *copy;
	return (true);
}

/* Loading the certificates takes longer than all else of a start. */
static enum err
warm(struct http *http, struct why *why)
{
	enum err e;

	if (http->store != NULL)
		return (OK);
	if ((e = curl_lib_load(why)) != OK)
		return (e);
	if (!http->global &&
	    curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return (err_set(why, ERR_CONFIG, "libcurl cannot be "
		    "initialised; check its installation"));
	http->global = true;
	if ((e = check_libraries(&http->least, why)) != OK)
		return (e);
	return (http_policy_store(http->options.ca_file, &http->store, why));
}

enum err
http_warm(struct http *http, struct why *why)
{
	enum err e;

	pthread_mutex_lock(&http->lock);
	e = warm(http, why);
	pthread_mutex_unlock(&http->lock);
	return (e);
}

/* The engine, which starts with the first call. */
static enum err
get_engine(struct http *http, struct http_engine **engine, struct why *why)
{
	enum err e;

	pthread_mutex_lock(&http->lock);
	e = warm(http, why);
	if (e == OK && http->engine == NULL &&
	    (http->engine = http_engine_new()) == NULL)
		e = err_set(why, ERR_NOMEM, "no memory or no thread for "
		    "calls; nothing was sent");
	*engine = http->engine;
	pthread_mutex_unlock(&http->lock);
	return (e);
}

enum err
http_new(const struct http_options *options, struct http **out,
    struct why *why)
{
	struct http *http;
	enum err e = OK;

	if ((http = calloc(1, sizeof(*http))) == NULL ||
	    pthread_mutex_init(&http->lock, NULL) != 0) {
		free(http);
		return (err_set(why, ERR_NOMEM, "no memory for HTTP"));
	}
	http->options = *options;
	if (!keep(&http->strings[0], &http->options.ca_file) ||
	    !keep(&http->strings[1], &http->options.proxy) ||
	    !keep(&http->strings[2], &http->options.agent))
		e = err_set(why, ERR_NOMEM, "no memory for HTTP");
	else if (options->ca_file != NULL &&
	    access(options->ca_file, R_OK) != 0)
		e = err_set(why, ERR_CONFIG, "%s: %s; ca_file must be a PEM "
		    "file that this user may read", options->ca_file,
		    strerror(errno));
	else if (!options->lazy)
		e = http_warm(http, why);
	if (e != OK) {
		http_free(http);
		return (e);
	}
	*out = http;
	return (OK);
}

void
http_free(struct http *http)
{
	size_t i;

	if (http == NULL)
		return;
	http_engine_free(http->engine);
	X509_STORE_free(http->store);
	for (i = 0; i < sizeof(http->strings) / sizeof(http->strings[0]); i++)
		free(http->strings[i]);
	if (http->global)
		curl.global_cleanup();
	pthread_mutex_destroy(&http->lock);
	free(http);
}

static bool
add_header(struct http_transfer *t, const char *line)
{
	struct curl_slist *more;

	if (line == NULL || (more = curl.slist_append(t->headers, line)) ==
	    NULL)
		return (false);
	t->headers = more;
	return (true);
}

/* The call's headers, and two of libcurl's own taken away. */
static enum err
make_headers(struct http_transfer *t, struct arena *arena, const char *host,
    struct why *why)
{
	const struct http_header *h = t->call->header;
	bool ok = add_header(t, "Expect:"), typed = false;
	const char *value;
	size_t i;

	for (i = 0; i < HTTP_HEADERS && h[i].name != NULL && ok; i++) {
		value = h[i].value != NULL ? h[i].value : "";
		if (!http_policy_header(h[i].name, value))
			return (err_set(why, ERR_UPSTREAM, "%s: header %zu of "
			    "the request holds a control character; check "
			    "the token's file for line ends", host, i + 1));
		ok = add_header(t, value[0] == '\0' ?
		    arena_printf(arena, "%s;", h[i].name) :
		    arena_printf(arena, "%s: %s", h[i].name, value));
		typed = typed || strcasecmp(h[i].name, "Content-Type") == 0;
	}
	if (ok && !typed)
		ok = add_header(t, "Content-Type:");
	return (ok ? OK : err_set(why, ERR_NOMEM, "%s: no memory", host));
}

static const char *
url_part(CURLU *url, CURLUPart part, struct arena *arena)
{
	const char *copy;
	char *text;

	if (curl.url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK)
		return (NULL);
	copy = arena_strdup(arena, text);
	curl.free(text);
	return (copy);
}

/* libcurl shares connections whatever the case, so each host has one name. */
static const char *
name_of(struct arena *arena, const char *host, const char *port)
{
	char *name = arena_printf(arena, "%s:%s", host, port), *p;

	for (p = name; p != NULL && *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return (name);
}

/* Is it a URL that we call?  Its host tells which addresses may be. */
static enum err
read_url(struct http_transfer *t, struct arena *arena,
    struct http_answer *answer, struct why *why)
{
	const char *scheme, *host, *name, *port;
	CURLU *url;
	bool user;

	if ((url = curl.url()) == NULL)
		return (err_set(why, ERR_NOMEM, "no memory for a URL"));
	if (curl.url_set(url, CURLUPART_URL, t->call->url, 0) != CURLUE_OK) {
		curl.url_cleanup(url);
		return (err_set(why, ERR_UPSTREAM, "a URL to call is "
		    "malformed; check the configured URLs"));
	}
	scheme = url_part(url, CURLUPART_SCHEME, arena);
	host = url_part(url, CURLUPART_HOST, arena);
	port = url_part(url, CURLUPART_PORT, arena);
	user = url_part(url, CURLUPART_USER, arena) != NULL ||
	    url_part(url, CURLUPART_PASSWORD, arena) != NULL;
	curl.url_cleanup(url);
	if (scheme == NULL || host == NULL || port == NULL || (name =
	    name_of(arena, host, port)) == NULL)
		return (err_set(why, ERR_NOMEM, "no memory for a URL"));
	answer->host = name;
	if (user || (strcmp(scheme, "https") != 0 &&
	    !(t->call->plain_ok && strcmp(scheme, "http") == 0)))
		return (err_set(why, ERR_UPSTREAM, "%s: only https:// URLs "
		    "without a user name are called; check the configured "
		    "URLs", answer->host));
	t->name = name;
	t->plain = strcmp(scheme, "http") == 0;
	t->any_address = t->call->private_ok ||
	    t->options->proxy != NULL || http_policy_literal(host);
	return (OK);
}

/*
 * Does libcurl's word that all is there hold?  HTTP/2 says where an answer
 * ends.  One that only the end of the connection ends is whole if TLS was
 * closed properly, which libcurl does not look at:
 * https://www.rfc-editor.org/rfc/rfc9112#section-9.8
 */
static bool
is_whole(const struct http_transfer *t, const struct http_answer *answer)
{
	CURL *easy = t->easy;
	struct curl_header *h;

	if (answer->status < 200 || answer->status > 599 || !t->head_done)
		return (false);
	return (answer->len == 0 || t->two || t->notified ||
	    curl.easy_header(easy, "Content-Length", 0, CURLH_HEADER, -1,
	    &h) == CURLHE_OK || curl.easy_header(easy, "Transfer-Encoding", 0,
	    CURLH_HEADER, -1, &h) == CURLHE_OK);
}

static bool
out_of_memory(const struct http_transfer *t, CURLcode rc)
{
	return (rc == CURLE_OUT_OF_MEMORY || t->head.failed ||
	    t->body.failed);
}

/* Why there is no answer, in one sentence. */
static enum err
explain(const struct http_transfer *t, CURLcode rc, const char *host,
    struct why *why)
{
	const char *text = t->repeated ? "the connection was closed" :
	    t->error[0] != '\0' ? t->error : curl.easy_strerror(rc);
	const char *sent = t->reached ? "the request may have been processed" :
	    "nothing was sent";

	if (out_of_memory(t, rc))
		return (err_set(why, ERR_NOMEM, "%s: no memory; %s", host,
		    sent));
	if (t->large)
		return (err_set(why, ERR_UNKNOWN, "%s: the answer is larger "
		    "than %zu bytes or has more than %d bytes of headers; %s",
		    host, t->body.limit, (int)HTTP_TRANSFER_HEAD, sent));
	if (rc == CURLE_OPERATION_TIMEDOUT &&
	    clock_mono() + TIME_SLACK >= t->call->deadline)
		return (err_set(why, ERR_DEADLINE, "%s: out of time (%s); %s",
		    host, text, sent));
	if (t->reached)
		return (err_set(why, ERR_UNKNOWN, "%s: no whole answer (%s); "
		    "%s", host, text, sent));
	if (t->refused)
		return (err_set(why, ERR_UPSTREAM, "%s: the name resolves to "
		    "a private or local address, so nothing was sent; set "
		    "private = yes if that is meant", host));
	if (rc == CURLE_PEER_FAILED_VERIFICATION)
		return (err_set(why, ERR_UPSTREAM, "%s: its certificate is "
		    "refused (%s), so nothing was sent; check the host name, "
		    "the certificate's dates and ca_file", host, text));
	return (err_set(why, ERR_UPSTREAM, "%s: no connection (%s); %s", host,
	    text, sent));
}

static enum err
finish(struct http_transfer *t, CURLcode rc, struct http_answer *answer,
    struct why *why)
{
	struct http_answer got = *answer;
	long status = 0;

	curl.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	got.fate = HTTP_ANSWERED;
	got.status = (int)status;
	got.body = buf_text(&t->body);
	got.len = t->body.len;
	got.headers = buf_text(&t->head);
	if (rc == CURLE_OK && (got.body == NULL || got.headers == NULL))
		rc = CURLE_OUT_OF_MEMORY;
	if (rc == CURLE_OK && !is_whole(t, &got))
		rc = CURLE_PARTIAL_FILE;
	if (rc == CURLE_OK) {
		*answer = got;
		return (OK);
	}
	if (t->reached)
		answer->fate = HTTP_UNKNOWN;
	return (explain(t, rc, answer->host, why));
}

/* The call itself; its answer is read before libcurl forgets it. */
static enum err
perform(struct http_engine *engine, struct http_transfer *t,
    struct http_answer *answer, struct why *why)
{
	int64_t began = clock_mono();
	enum err e;

	if (began >= t->call->deadline)
		return (err_set(why, ERR_DEADLINE, "%s: out of time before "
		    "the call; nothing was sent", answer->host));
	t->rc = http_transfer_open(t);
	if (t->rc == CURLE_OK)
		http_engine_run(engine, t);
	e = finish(t, t->rc, answer, why);
	http_transfer_close(t);
	http_count(t->call, answer, clock_mono() - began);
	return (e);
}

enum err
http_call(struct http *http, struct arena *arena, const struct http_call *call,
    struct http_answer *answer, struct why *why)
{
	struct http_transfer t = { .options = &http->options, .call = call };
	struct http_engine *engine;
	enum err e;

	memset(answer, 0, sizeof(*answer));
	answer->fate = HTTP_NOT_SENT;
	answer->host = "?";
	buf_init(&t.head, arena, HTTP_TRANSFER_HEAD);
	buf_init(&t.body, arena, http->options.cap);
	if ((e = get_engine(http, &engine, why)) == OK &&
	    (e = read_url(&t, arena, answer, why)) == OK &&
	    (e = make_headers(&t, arena, answer->host, why)) == OK) {
		t.store = http->store;
		t.least = http->least;
		e = perform(engine, &t, answer, why);
	}
	if (t.headers != NULL)
		curl.slist_free_all(t.headers);
	return (e);
}
