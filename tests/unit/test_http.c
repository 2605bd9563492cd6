#include <sys/stat.h>

#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/http.h"
#include "common/http_policy.h"
#include "tls_server.h"

enum {
	DAY = 86400,
	CAP = 1000,		/* bytes of an answer in these tests */
	SOON = 800,		/* ms: a deadline that is to pass */
	LATER = 10000,		/* ms: one that is not */
	SILENT = 2500,		/* ms: so long, and a connection may be dead */
	THREADS = 8,
	CALLS = 25		/* of each thread */
};

static const char names[] = "DNS:localhost,DNS:ok.example,IP:127.0.0.1";
static char directory[] = "/tmp/test_http.XXXXXX";
static char ca_file[64], other_ca_file[64];
static struct tls_identity ca, other_ca, good, expired, misnamed;
static struct tls_server server;
static struct arena *arena;
static struct http *http;
static atomic_bool hang = true;
static atomic_int hanging;

/* The names of these tests; libcurl's look-ups come here. */
static const struct {
	const char	*name;
	const char	*address;
} hosts[] = {
	{ "ok.example", "127.0.0.1" },
	{ "ten.example", "10.1.2.3" },
	{ "metadata.example", "169.254.169.254" },
	{ "shared.example", "100.64.0.1" },
	{ "mapped.example", "::ffff:127.0.0.1" },
	{ "six.example", "::1" },
	{ "unique.example", "fd00::1" },
	{ "zero.example", "0.0.0.0" },
};

int
getaddrinfo(const char *restrict node, const char *restrict service,
    const struct addrinfo *restrict hints, struct addrinfo **restrict res)
{
	int (*real)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);
	size_t i;
	int left;

	*(void **)(&real) = dlsym(RTLD_NEXT, "getaddrinfo");
	if (node != NULL && strcmp(node, "hang.example") == 0) {
		hanging++;
		for (left = LATER; hang && left > 0; left -= 10)
			tls_pause(10);
		hanging--;
		return (EAI_AGAIN);
	}
	for (i = 0; node != NULL && i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (strcmp(node, hosts[i].name) == 0)
			node = hosts[i].address;
	return (real(node, service, hints, res));
}

static struct http *
new_http(const char *ca_path, const char *proxy)
{
	const struct http_options options = {
		.ca_file = ca_path,
		.proxy = proxy,
		.agent = "test/1",
		.cap = CAP,
	};
	struct http *made = NULL;
	struct why why = { "" };

	assert_int_equal(http_new(&options, &made, &why), OK);
	assert_string_equal(why.text, "");
	return (made);
}

static int
setup_all(void **state)
{
	(void)state;
	if (mkdtemp(directory) == NULL)
		return (1);
	snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", directory);
	snprintf(other_ca_file, sizeof(other_ca_file), "%s/other.pem",
	    directory);
	ca = tls_identity(NULL, -DAY, DAY, NULL);
	other_ca = tls_identity(NULL, -DAY, DAY, NULL);
	good = tls_identity(names, -DAY, DAY, &ca);
	expired = tls_identity(names, -2 * DAY, -DAY, &ca);
	misnamed = tls_identity("DNS:other.example", -DAY, DAY, &ca);
	return (!tls_bundle(ca_file, &ca) ||
	    !tls_bundle(other_ca_file, &other_ca));
}

static int
teardown_all(void **state)
{
	(void)state;
	tls_identity_free(&ca);
	tls_identity_free(&other_ca);
	tls_identity_free(&good);
	tls_identity_free(&expired);
	tls_identity_free(&misnamed);
	unlink(ca_file);
	unlink(other_ca_file);
	return (rmdir(directory));
}

static int
setup(void **state)
{
	(void)state;
	memset(&server, 0, sizeof(server));
	server.ctx = tls_context(&good);
	if (!tls_start(&server, tls_serve))
		return (1);
	arena = arena_new(1 << 20);
	http = new_http(ca_file, NULL);
	return (arena == NULL);
}

static int
teardown(void **state)
{
	(void)state;
	http_free(http);
	arena_free(arena);
	tls_stop(&server);
	return (0);
}

/* What came of a call. */
struct result {
	struct http_answer	answer;
	struct why		why;
	enum err		e;
	int64_t			ms;
};

static struct result
make_call(struct http *by, const struct http_call *call)
{
	struct result r = { .e = OK };
	int64_t start = clock_mono();

	r.e = http_call(by, arena, call, &r.answer, &r.why);
	r.ms = clock_mono() - start;
	if (r.e != OK)
		assert_true(r.why.text[0] != '\0');
	else
		assert_int_equal(r.answer.fate, HTTP_ANSWERED);
	return (r);
}

static char *
url_at(const char *host, int port, const char *path)
{
	return (arena_printf(arena, "https://%s:%d%s", host, port, path));
}

static struct http_call
call_to(const char *url, int ms)
{
	struct http_call call = {
		.method = "GET",
		.url = url,
		.deadline = clock_mono() + ms,
	};

	return (call);
}

static struct result
get(const char *path, int ms)
{
	struct http_call call;

	call = call_to(url_at("127.0.0.1", server.port, path), ms);
	return (make_call(http, &call));
}

static void
assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, text);
}

static void
assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("\"%s\" is in \"%s\"", part, text);
}

static void
test_whole_answers(void **state)
{
	static const struct {
		const char	*path;
		int		 status;
		const char	*body;
	} cases[] = {
		{ "/ok", 200, "hello" }, { "/empty", 204, "" },
		{ "/chunked", 200, "abcde" },
		{ "/until-close", 200, "all of it" },
		{ "/error", 503, "no" }, { "/continue", 200, "ok" },
		{ "/gzip", 200, "\037\213zz" }, { "/stale", 200, "stale" },
	};
	struct result r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r = get(cases[i].path, LATER);
		assert_int_equal(r.e, OK);
		assert_int_equal(r.answer.status, cases[i].status);
		assert_string_equal(r.answer.body, cases[i].body);
		assert_int_equal(r.answer.len, strlen(cases[i].body));
	}
	r = get("/exact", LATER);
	assert_int_equal(r.e, OK);
	assert_int_equal(r.answer.len, CAP);
}

static void
test_not_whole(void **state)
{
	static const char *const paths[] = {
		"/short", "/chunk", "/nolastchunk", "/cut", "/head",
		"/garbage", "/nothing", "/only100", "/over", "/flood",
		"/headers", "/continues",
	};
	struct result r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		r = get(paths[i], LATER);
		if (r.e != ERR_UNKNOWN)
			fail_msg("%s: %s", paths[i], err_name(r.e));
		assert_int_equal(r.answer.fate, HTTP_UNKNOWN);
		assert_has(r.why.text, "127.0.0.1:");
		assert_has(r.why.text, "may have been processed");
		assert_int_equal(get("/ok", LATER).e, OK);
	}
}

static void
test_deadline(void **state)
{
	static const char *const paths[] = { "/hang", "/hangbody", "/drip" };
	struct http_call late;
	struct result r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		r = get(paths[i], SOON);
		assert_int_equal(r.e, ERR_DEADLINE);
		assert_int_equal(r.answer.fate, HTTP_UNKNOWN);
		assert_true(r.ms < LATER / 2);
	}
	i = (size_t)server.connections;
	late = call_to(url_at("127.0.0.1", server.port, "/ok"), -1);
	r = make_call(http, &late);
	assert_int_equal(r.e, ERR_DEADLINE);
	assert_int_equal(r.answer.fate, HTTP_NOT_SENT);
	assert_int_equal(server.connections, i);
}

/* Before the request is out, nothing can have happened over there. */
static void
test_not_sent(void **state)
{
	static struct tls_server silent;
	struct http_call call;
	struct result r;
	int port;

	(void)state;
	assert_true(tls_start(&silent, tls_serve_silence));
	call = call_to(url_at("127.0.0.1", silent.port, "/ok"), SOON);
	r = make_call(http, &call);
	assert_int_equal(r.e, ERR_DEADLINE);
	assert_int_equal(r.answer.fate, HTTP_NOT_SENT);
	assert_int_equal(silent.connections, 1);
	port = silent.port;
	tls_stop(&silent);
	call = call_to(url_at("127.0.0.1", port, "/ok"), LATER);
	r = make_call(http, &call);		/* refused */
	assert_int_equal(r.e, ERR_UPSTREAM);
	assert_int_equal(r.answer.fate, HTTP_NOT_SENT);
	assert_has(r.why.text, r.answer.host);
	call = call_to(url_at("hang.example", server.port, "/ok"), SOON);
	r = make_call(http, &call);
	assert_int_equal(r.e, ERR_DEADLINE);
	assert_int_equal(r.answer.fate, HTTP_NOT_SENT);
	assert_true(r.ms < LATER / 2);
	hang = false;
	while (hanging > 0)
		tls_pause(10);
	tls_pause(50);			/* libcurl's thread tidies up */
}

static void
test_keeps_connections(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 10; i++)
		assert_int_equal(get(i % 2 ? "/ok" : "/empty", LATER).e, OK);
	assert_int_equal(server.connections, 1);
	assert_int_equal(server.requests, 10);
}

/*
 * One that must not be sent twice uses a connection that was used just now,
 * and not one that has been silent for long.
 */
static void
test_once_on_kept(void **state)
{
	struct http_call call;
	int i;

	(void)state;
	assert_int_equal(get("/ok", LATER).e, OK);
	for (i = 0; i < 5; i++) {
		call = call_to(url_at("127.0.0.1", server.port, "/ok"), LATER);
		call.once = true;
		assert_int_equal(make_call(http, &call).e, OK);
		assert_int_equal(server.connections, 1);
	}
	tls_pause(SILENT);
	call = call_to(call.url, LATER);
	call.once = true;
	assert_int_equal(make_call(http, &call).e, OK);
	assert_int_equal(server.connections, 2);
	assert_int_equal(server.requests, 7);
}

/* A peer that drops a kept connection sees a "once" call but once. */
static void
test_once_is_not_repeated(void **state)
{
	struct http_call call;
	struct result r;

	(void)state;
	assert_int_equal(get("/ok", LATER).e, OK);
	call = call_to(url_at("127.0.0.1", server.port, "/nothing"), LATER);
	call.method = "POST";
	call.body = "x";
	call.len = 1;
	call.once = true;
	r = make_call(http, &call);
	assert_int_equal(r.e, ERR_UNKNOWN);
	assert_int_equal(server.requests, 2);
	/* Without it libcurl may repeat, which is why there is "once". */
	assert_int_equal(get("/ok", LATER).e, OK);
	call.once = false;
	r = make_call(http, &call);
	assert_int_equal(r.e, ERR_UNKNOWN);
	assert_int_equal(r.answer.fate, HTTP_UNKNOWN);
	assert_int_equal(server.requests, 5);
}

/* What a peer says unasked is nobody's answer. */
static void
test_unasked_answer(void **state)
{
	struct result r;

	(void)state;
	r = get("/twice", LATER);
	assert_string_equal(r.answer.body, "one");
	tls_pause(300);
	r = get("/ok", LATER);
	assert_int_equal(r.e, OK);
	assert_string_equal(r.answer.body, "hello");
	assert_int_equal(server.connections, 2);
}

static void
test_closed_connection(void **state)
{
	int i;

	(void)state;
	for (i = 1; i <= 4; i++) {
		assert_int_equal(get("/stale", LATER).e, OK);
		tls_pause(50);
		assert_int_equal(server.requests, i);
	}
}

static void
test_redirect_is_an_answer(void **state)
{
	struct result r = get("/redirect", LATER);

	(void)state;
	assert_int_equal(r.e, OK);
	assert_int_equal(r.answer.status, 302);
	assert_string_equal(http_header_of(&r.answer, arena, "location"),
	    "/ok");
	assert_int_equal(server.requests, 1);
}

static void
test_request_as_sent(void **state)
{
	struct http_call call;
	const char *body;

	(void)state;
	call = call_to(url_at("127.0.0.1", server.port, "/echo?q=1"), LATER);
	body = make_call(http, &call).answer.body;
	assert_has(body, "GET /echo?q=1 HTTP/1.1\r\n");
	assert_has(body, "User-Agent: test/1\r\n");
	assert_lacks(body, "Accept-Encoding");
	call.method = "PUT";
	call.body = "{\"a\":1}";
	call.len = 7;
	call.header[0] = (struct http_header){ "Content-Type", "text/x" };
	call.header[1] = (struct http_header){ "Authorization", "B \xc3\xa9" };
	call.header[2] = (struct http_header){ "X-Empty", "" };
	body = make_call(http, &call).answer.body;
	assert_has(body, "PUT /echo?q=1 HTTP/1.1\r\n");
	assert_has(body, "Content-Type: text/x\r\n");
	assert_has(body, "Authorization: B \xc3\xa9\r\n");
	assert_has(body, "X-Empty:\r\n");
	assert_has(body, "Content-Length: 7\r\n");
	assert_has(body, "\r\n\r\n{\"a\":1}");
	call = call_to(call.url, LATER);
	call.method = "DELETE";
	body = make_call(http, &call).answer.body;
	assert_has(body, "DELETE /echo?q=1 HTTP/1.1\r\n");
	assert_lacks(body, "Content-");
	call.method = "POST";
	body = make_call(http, &call).answer.body;
	assert_has(body, "POST /echo?q=1 HTTP/1.1\r\n");
	assert_has(body, "Content-Length: 0\r\n");
	assert_lacks(body, "Content-Type");
}

/* A large body is neither announced by Expect nor fatal when cut short. */
static void
test_large_request(void **state)
{
	struct http_call call;
	struct result r;
	size_t size = 8 << 20;
	char *body = malloc(size);

	(void)state;
	assert_non_null(body);
	memset(body, 'x', size);
	call = call_to(url_at("127.0.0.1", server.port, "/echo"), LATER);
	call.method = "POST";
	call.body = body;
	call.len = 600;
	r = make_call(http, &call);
	assert_int_equal(r.e, OK);
	call.url = url_at("127.0.0.1", server.port, "/early");
	call.len = size;
	r = make_call(http, &call);
	assert_true(r.e == OK ? r.answer.status == 413 : r.e == ERR_UNKNOWN);
	assert_int_equal(server.requests, 2);
	assert_int_equal(server.expects, 0);
	free(body);
}

static void
test_cookies_and_netrc(void **state)
{
	char *path = arena_printf(arena, "%s/.netrc", directory);
	struct result r;
	FILE *f;

	(void)state;
	assert_non_null(f = fopen(path, "w"));
	fputs("machine 127.0.0.1 login netrcuser password netrcpass\n", f);
	fclose(f);
	assert_int_equal(chmod(path, 0600), 0);
	setenv("HOME", directory, 1);
	assert_int_equal(get("/cookie", LATER).e, OK);
	r = get("/echo", LATER);
	assert_int_equal(server.connections, 1);
	assert_lacks(r.answer.body, "Cookie");
	assert_lacks(r.answer.body, "Authorization");
	unlink(path);
}

static void
test_proxy_of_environment(void **state)
{
	static const char *const variables[] = {
		"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
		"ALL_PROXY",
	};
	static struct tls_server proxy;
	size_t i;
	char *url;

	(void)state;
	assert_true(tls_start(&proxy, tls_serve_proxy));
	url = arena_printf(arena, "http://127.0.0.1:%d", proxy.port);
	for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		setenv(variables[i], url, 1);
	assert_int_equal(get("/ok", LATER).e, OK);
	for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		unsetenv(variables[i]);
	assert_int_equal(proxy.connections, 0);
	tls_stop(&proxy);
}

static void
test_proxy_of_options(void **state)
{
	static struct tls_server proxy;
	struct http_call call;
	struct http *via;
	struct result r;

	(void)state;
	assert_true(tls_start(&proxy, tls_serve_proxy));
	via = new_http(ca_file, arena_printf(arena, "http://127.0.0.1:%d",
	    proxy.port));
	setenv("no_proxy", "*", 1);
	call = call_to(url_at("ok.example", server.port, "/ok"), LATER);
	r = make_call(via, &call);
	unsetenv("no_proxy");
	assert_int_equal(r.e, OK);
	assert_string_equal(r.answer.body, "hello");
	assert_null(http_header_of(&r.answer, arena, "Via"));
	assert_int_equal(proxy.requests, 1);
	http_free(via);
	proxy.refusal = "HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n";
	via = new_http(ca_file, arena_printf(arena, "http://127.0.0.1:%d",
	    proxy.port));
	r = make_call(via, &call);
	assert_int_equal(r.e, ERR_UPSTREAM);
	assert_int_equal(r.answer.fate, HTTP_NOT_SENT);
	assert_int_equal(server.requests, 1);
	http_free(via);
	tls_stop(&proxy);
}

/* Nothing is sent to one whom we cannot trust. */
static void
refuse(const struct tls_identity *id, const char *bundle, int version)
{
	struct tls_server bad = { .ctx = tls_context(id) };
	struct http *picky = new_http(bundle, NULL);
	struct http_call call;
	struct result r;

	if (version != 0) {
		SSL_CTX_set_min_proto_version(bad.ctx, TLS1_VERSION);
		SSL_CTX_set_max_proto_version(bad.ctx, version);
		SSL_CTX_set_cipher_list(bad.ctx, "ALL:@SECLEVEL=0");
	}
	assert_true(tls_start(&bad, tls_serve));
	call = call_to(url_at("127.0.0.1", bad.port, "/ok?token"), LATER);
	call.header[0] = (struct http_header){ "Authorization", "hush" };
	r = make_call(picky, &call);
	assert_int_equal(r.e, ERR_UPSTREAM);
	assert_int_equal(r.answer.fate, HTTP_NOT_SENT);
	assert_has(r.why.text, r.answer.host);
	assert_has(r.why.text, "nothing was sent");
	assert_lacks(r.why.text, "hush");
	assert_lacks(r.why.text, "token");
	http_free(picky);
	assert_int_equal(bad.connections, 1);
	tls_stop(&bad);
	assert_int_equal(bad.requests, 0);
}

static void
test_untrusted_servers(void **state)
{
	(void)state;
	refuse(&expired, ca_file, 0);
	refuse(&misnamed, ca_file, 0);
	refuse(&good, other_ca_file, 0);	/* unknown authority */
	refuse(&good, NULL, 0);			/* the system's only */
	refuse(&other_ca, ca_file, 0);		/* self-signed */
	refuse(&good, ca_file, TLS1_1_VERSION);
	refuse(&good, ca_file, TLS1_VERSION);
}

/* https://www.iana.org/assignments/iana-ipv4-special-registry/ and -ipv6- */
static void
test_public_addresses(void **state)
{
	static const struct {
		const char	*address;
		bool		 is_public;
	} cases[] = {
		{ "0.0.0.0", false }, { "0.1.2.3", false },
		{ "9.255.255.255", true }, { "10.0.0.0", false },
		{ "10.255.255.255", false }, { "11.0.0.0", true },
		{ "100.63.255.255", true }, { "100.64.0.0", false },
		{ "100.127.255.255", false }, { "100.128.0.0", true },
		{ "127.0.0.1", false }, { "127.255.255.255", false },
		{ "128.0.0.1", true }, { "169.253.0.1", true },
		{ "169.254.169.254", false }, { "172.15.0.1", true },
		{ "172.16.0.1", false }, { "172.31.255.255", false },
		{ "172.32.0.1", true }, { "192.0.0.8", false },
		{ "192.0.2.1", false }, { "192.167.1.1", true },
		{ "192.168.0.1", false }, { "198.17.255.255", true },
		{ "198.18.0.1", false }, { "198.19.255.255", false },
		{ "198.20.0.1", true }, { "198.51.100.7", false },
		{ "203.0.113.7", false }, { "223.255.255.255", true },
		{ "224.0.0.1", false }, { "240.0.0.1", false },
		{ "255.255.255.255", false }, { "8.8.8.8", true },
		{ "::", false }, { "::1", false }, { "fe80::1", false },
		{ "fc00::1", false }, { "fdff::1", false },
		{ "ff02::1", false }, { "2001:db8::1", false },
		{ "2001::1", false }, { "2001:4860:4860::8888", true },
		{ "2606:4700::1111", true }, { "3fff::1", false },
		{ "::ffff:127.0.0.1", false }, { "::ffff:10.0.0.1", false },
		{ "::ffff:8.8.8.8", true }, { "64:ff9b::7f00:1", false },
		{ "64:ff9b::808:808", true }, { "64:ff9b:1::1", false },
		{ "2002:7f00:1::", false }, { "2002:808:808::", true },
		{ "fec0::1", false }, { "100::1", false },
	};
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr other = { .sa_family = AF_UNIX };
	const struct sockaddr *sa;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (inet_pton(AF_INET, cases[i].address, &in.sin_addr) == 1)
			sa = (const struct sockaddr *)&in;
		else {
			assert_int_equal(inet_pton(AF_INET6, cases[i].address,
			    &in6.sin6_addr), 1);
			sa = (const struct sockaddr *)&in6;
		}
		if (http_policy_public(sa) != cases[i].is_public)
			fail_msg("%s", cases[i].address);
	}
	assert_false(http_policy_public(&other));
}

static void
test_names_of_private_addresses(void **state)
{
	struct http_call call;
	struct result r;
	size_t i;

	(void)state;
	for (i = 0; i <= sizeof(hosts) / sizeof(hosts[0]); i++) {
		call = call_to(url_at(i == 0 ? "localhost" : hosts[i - 1].name,
		    server.port, "/ok"), LATER);
		r = make_call(http, &call);
		assert_int_equal(r.e, ERR_UPSTREAM);
		assert_int_equal(r.answer.fate, HTTP_NOT_SENT);
		assert_has(r.why.text, "private");
	}
	assert_int_equal(server.connections, 0);
	for (i = 0; i < 2; i++) {
		call = call_to(url_at(i == 0 ? "localhost" : "ok.example",
		    server.port, "/ok"), LATER);
		call.private_ok = true;
		assert_int_equal(make_call(http, &call).e, OK);
		/* Its connection is none for a call without that leave. */
		call.private_ok = false;
		assert_int_equal(make_call(http, &call).e, ERR_UPSTREAM);
	}
	assert_int_equal(server.requests, 2);
	/* However the literal is written, it is one. */
	call = call_to(url_at("127.1", server.port, "/ok"), LATER);
	assert_int_equal(make_call(http, &call).e, OK);
}

static void
test_header_injection(void **state)
{
	static const struct http_header headers[] = {
		{ "Authorization", "x\r\nX-Evil: hush" },
		{ "Authorization", "hush\n" }, { "Authorization", "hush\r" },
		{ "Authorization", "hush\001" }, { "Authorization", "hush\t" },
		{ "Authorization", "hush\177" },
		{ "X-A: hush\r\nX-B", "hush" }, { "", "hush" },
		{ "X A", "hush" }, { "X-A:", "hush" },
	};
	struct http_call call;
	struct result r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		call = call_to(url_at("127.0.0.1", server.port, "/ok"), LATER);
		call.header[0] = headers[i];
		r = make_call(http, &call);
		assert_int_equal(r.e, ERR_UPSTREAM);
		assert_int_equal(r.answer.fate, HTTP_NOT_SENT);
		assert_lacks(r.why.text, "hush");
	}
	assert_int_equal(server.connections, 0);
}

static void
test_urls(void **state)
{
	char port[16];
	const char *const urls[] = {
		"http://127.0.0.1:", "ftp://127.0.0.1:", "file://127.0.0.1:",
		"https://user:hush@127.0.0.1:", "https://user@127.0.0.1:",
		"gopher://127.0.0.1:", "//127.0.0.1:", "https://127.0.0.1 :",
		"https://:", "",
	};
	struct http_call call;
	struct result r;
	size_t i;

	(void)state;
	snprintf(port, sizeof(port), "%d/ok", server.port);
	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		call = call_to(arena_printf(arena, "%s%s", urls[i], port),
		    LATER);
		r = make_call(http, &call);
		assert_int_equal(r.e, ERR_UPSTREAM);
		assert_int_equal(r.answer.fate, HTTP_NOT_SENT);
		assert_lacks(r.why.text, "hush");
		assert_non_null(r.answer.host);
	}
	assert_int_equal(server.connections, 0);
}

/* https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
static void
test_answer_headers(void **state)
{
	static const struct {
		const char	*value;
		int		 seconds;
	} cases[] = {
		{ "0", 1 }, { "1", 1 }, { "30", 30 }, { "600", 600 },
		{ "601", 600 }, { "1000000000", 600 },
		{ "99999999999999999999999999", 600 }, { "soon", 0 },
		{ "", 0 }, { "-5", 0 },
		/* The RFC's example date is 784111777 s after the epoch. */
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 37 },
		{ "Sun, 06 Nov 1994 08:00:00 GMT", 1 },
		{ "Sun, 06 Nov 1995 08:49:37 GMT", 600 },
	};
	struct http_answer a = { .headers = NULL };
	struct result r;
	size_t i;

	(void)state;
	r = get("/error", LATER);
	assert_int_equal(http_retry_after(&r.answer, arena, 0, 600), 7);
	assert_string_equal(http_header_of(&r.answer, arena, "X-TWO"), "b");
	assert_null(http_header_of(&r.answer, arena, "X-Tw"));
	assert_null(http_header_of(&r.answer, arena, "503"));
	r = get("/continue", LATER);
	assert_null(http_header_of(&r.answer, arena, "X-Early"));
	r = get("/chunked", LATER);
	assert_null(http_header_of(&r.answer, arena, "X-Late"));
	assert_int_equal(http_retry_after(&r.answer, arena, 0, 600), 0);
	assert_null(http_header_of(&a, arena, "X"));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		a.headers = arena_printf(arena, "HTTP/1.1 503 x\r\n"
		    "Retry-After: %s\r\n\r\n", cases[i].value);
		assert_int_equal(http_retry_after(&a, arena,
		    INT64_C(784111740500), 600), cases[i].seconds);
	}
}

static void *
call_often(void *failures)
{
	struct arena *own = arena_new(1 << 20);
	struct http_answer answer;
	struct http_call call;
	char url[64];
	int i;

	snprintf(url, sizeof(url), "https://127.0.0.1:%d/ok", server.port);
	for (i = 0; i < CALLS; i++) {
		call = call_to(url, LATER);
		call.once = i % 5 == 0;
		if (http_call(http, own, &call, &answer, NULL) != OK ||
		    strcmp(answer.body, "hello") != 0)
			(*(atomic_int *)failures)++;
		arena_reset(own);
	}
	arena_free(own);
	return (NULL);
}

static void
test_threads(void **state)
{
	pthread_t thread[THREADS];
	atomic_int failures = 0;
	int i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, call_often,
		    &failures), 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(failures, 0);
	assert_int_equal(server.requests, THREADS * CALLS);
	assert_true(server.connections <= THREADS * (CALLS / 5 + 1));
}

/* Memory that ends anywhere is said, and nothing is answered by halves. */
static void
test_memory(void **state)
{
	struct http_answer answer;
	struct http_call call;
	struct arena *small;
	bool done = false;
	size_t cap;
	enum err e;

	(void)state;
	for (cap = 0; cap < 2048 || !done; cap += 16) {
		assert_true(cap < 65536);
		small = arena_new(cap);
		call = call_to(url_at("127.0.0.1", server.port, "/exact"),
		    LATER);
		e = http_call(http, small, &call, &answer, NULL);
		assert_true(e == OK || e == ERR_NOMEM);
		assert_int_equal(e == OK, answer.fate == HTTP_ANSWERED);
		assert_non_null(answer.host);
		done = e == OK && answer.len == CAP;
		arena_free(small);
	}
}

static void
test_new_fails(void **state)
{
	const struct http_options options = {
		.ca_file = "/nonexistent/ca.pem", .agent = "x", .cap = CAP,
	};
	struct http *none = NULL;
	struct why why = { "" };

	(void)state;
	assert_int_equal(http_new(&options, &none, &why), ERR_CONFIG);
	assert_null(none);
	assert_has(why.text, "/nonexistent/ca.pem");
	http_free(NULL);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whole_answers), TEST(test_not_whole),
		TEST(test_deadline), TEST(test_not_sent),
		TEST(test_keeps_connections), TEST(test_once_on_kept),
		TEST(test_once_is_not_repeated), TEST(test_unasked_answer),
		TEST(test_closed_connection), TEST(test_redirect_is_an_answer),
		TEST(test_request_as_sent), TEST(test_large_request),
		TEST(test_cookies_and_netrc), TEST(test_proxy_of_environment),
		TEST(test_proxy_of_options), TEST(test_untrusted_servers),
		TEST(test_public_addresses),
		TEST(test_names_of_private_addresses),
		TEST(test_header_injection), TEST(test_urls),
		TEST(test_answer_headers), TEST(test_threads),
		TEST(test_memory), TEST(test_new_fails),
	};

	return (cmocka_run_group_tests(tests, setup_all, teardown_all));
}
