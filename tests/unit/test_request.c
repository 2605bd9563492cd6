#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before cmocka, which has a macro fail(). */
#include "handler/job.h"

#include <cmocka.h>

#include "common/arena.h"
#include "handler/config.h"
#include "handler/request.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	ARENA = 1 << 20,
	MAX_BODY = 1000,
	VARIABLES = 8,		/* in one row */
	GRAIN = 16		/* bytes, of a cap */
};

static struct config config = { .max_body = MAX_BODY };
static struct job job = { .config = &config };

static int
before_each(void **state)
{

	(void)state;
	arena_reset(job.arena);
	job.why.text[0] = '\0';
	return (0);
}

static bool
same(const char *a, const char *b)
{

	return (a == NULL || b == NULL ? a == b : strcmp(a, b) == 0);
}

static enum err
read_list(const char *const *list, struct request *in)
{
	char *envp[VARIABLES + 1] = { NULL };
	enum err e;
	size_t i;

	*in = (struct request){ .cgi = false };
	for (i = 0; i < VARIABLES && list[i] != NULL; i++)
		assert_non_null(envp[i] = strdup(list[i]));
	e = request_read_variables(job.arena, envp, in, &job.why);
	/* The list may go now, and with it what was not copied. */
	for (i = 0; envp[i] != NULL; i++) {
		memset(envp[i], 'Z', strlen(envp[i]));
		free(envp[i]);
	}
	return (e);
}

/* What FastCGI and CGI programs are handed: RFC 3875, section 4.1. */
static const struct {
	const char	*list[VARIABLES];
	const char	*method;
	const char	*path;
} paths[] = {
	{ { NULL }, "", "" },
	{ { "REQUEST_METHOD=POST", "PATH_INFO=/trunk" }, "POST", "/trunk" },
	{ { "PATH_INFO=/trunk", "REQUEST_METHOD=POST" }, "POST", "/trunk" },
	{ { "REQUEST_METHOD=", "PATH_INFO=/" }, "", "/" },
	{ { "request_method=POST", "Path_Info=/x" }, "", "" },
	{ { "REQUEST_METHODS=PUT", "REQUEST_METHOD=GET" }, "GET", "" },
	{ { "REQUEST_METHOD", "X_PATH_INFO=/x", "PATH_INFOS=/y" }, "", "" },
	{ { "REQUEST_METHOD=POST=PUT" }, "POST=PUT", "" },
	/* PATH_INFO first, if it says anything */
	{ { "PATH_INFO=/a", "REQUEST_URI=/b" }, "", "/a" },
	{ { "REQUEST_URI=/b", "PATH_INFO=/a", "SCRIPT_NAME=/c" }, "", "/a" },
	{ { "PATH_INFO=", "REQUEST_URI=/b" }, "", "/b" },
	{ { "PATH_INFO=/a?b" }, "", "/a?b" },
	{ { "PATH_INFO=/a/../b" }, "", "/a/../b" },
	/* else REQUEST_URI without SCRIPT_NAME and query */
	{ { "REQUEST_URI=/trunk" }, "", "/trunk" },
	{ { "REQUEST_URI=/trunk?a=/b" }, "", "/trunk" },
	{ { "REQUEST_URI=/trunk?" }, "", "/trunk" },
	{ { "REQUEST_URI=/trunk#x" }, "", "/trunk" },
	{ { "REQUEST_URI=?x" }, "", "" },
	{ { "REQUEST_URI=/hook/trunk", "SCRIPT_NAME=/hook" }, "", "/trunk" },
	{ { "SCRIPT_NAME=/hook", "REQUEST_URI=/hook/trunk?q" }, "",
	    "/trunk" },
	{ { "REQUEST_URI=/hook", "SCRIPT_NAME=/hook" }, "", "" },
	{ { "REQUEST_URI=/hook/trunk", "SCRIPT_NAME=" }, "",
	    "/hook/trunk" },
	{ { "REQUEST_URI=/a/trunk", "SCRIPT_NAME=/b" }, "", "/a/trunk" },
	{ { "REQUEST_URI=/a", "SCRIPT_NAME=/a/trunk" }, "", "/a" },
	{ { "SCRIPT_NAME=/trunk" }, "", "" },
	{ { "REQUEST_URI=/%74runk" }, "", "/%74runk" },
	/* A header cannot take their place. */
	{ { "HTTP_REQUEST_METHOD=PUT", "HTTP_PATH_INFO=/x" }, "", "" },
};

static void
test_paths(void **state)
{
	struct request in;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(paths); i++) {
		assert_int_equal(read_list(paths[i].list, &in), OK);
		if (!same(in.method, paths[i].method) ||
		    !same(in.path, paths[i].path))
			fail_msg("row %zu: %s %s", i, in.method, in.path);
		assert_null(in.repeated);
		assert_null(in.svix.id);
		assert_int_equal(in.declared, -1);
	}
}

#define S_ID	"HTTP_SVIX_ID=m1"
#define S_TIME	"HTTP_SVIX_TIMESTAMP=17"
#define S_LIST	"HTTP_SVIX_SIGNATURE=v1,a v1,b"
#define W_ID	"HTTP_WEBHOOK_ID=m2"
#define W_TIME	"HTTP_WEBHOOK_TIMESTAMP=18"
#define W_LIST	"HTTP_WEBHOOK_SIGNATURE=v1,c"

/*
 * https://docs.svix.com/receiving/verifying-payloads/how-manual names the
 * headers.  A repeated one comes twice from nginx and joined from others.
 */
static const struct {
	const char		*list[VARIABLES];
	struct signature	 svix;
	struct signature	 webhook;
	const char		*repeated;
} headers[] = {
	{ { S_ID, S_TIME, S_LIST }, { "m1", "17", "v1,a v1,b" },
	    { NULL, NULL, NULL }, NULL },
	{ { W_LIST, W_TIME, W_ID }, { NULL, NULL, NULL },
	    { "m2", "18", "v1,c" }, NULL },
	{ { S_ID, W_ID, S_TIME, W_TIME, S_LIST, W_LIST },
	    { "m1", "17", "v1,a v1,b" }, { "m2", "18", "v1,c" }, NULL },
	{ { S_ID, W_TIME }, { "m1", NULL, NULL }, { NULL, "18", NULL },
	    NULL },
	/* empty is not sent */
	{ { "HTTP_SVIX_ID=", S_TIME, "HTTP_SVIX_SIGNATURE=" },
	    { NULL, "17", NULL }, { NULL, NULL, NULL }, NULL },
	{ { "HTTP_SVIX_ID=", S_ID, "HTTP_SVIX_ID=" }, { "m1", NULL, NULL },
	    { NULL, NULL, NULL }, NULL },
	/* names like ours */
	{ { "HTTP_SVIX_IDS=x", "HTTP_SVIX_I=x", "SVIX_ID=x",
	    "http_svix_id=x", "HTTP_X_SVIX_ID=x", "HTTP_SVIX-ID=x" },
	    { NULL, NULL, NULL }, { NULL, NULL, NULL }, NULL },
	{ { "HTTP_SVIX_ID=a=b" }, { "a=b", NULL, NULL },
	    { NULL, NULL, NULL }, NULL },
	/* twice, with the same or another value */
	{ { S_ID, S_TIME, S_LIST, S_ID }, { "m1", "17", "v1,a v1,b" },
	    { NULL, NULL, NULL }, "svix-id" },
	{ { S_ID, "HTTP_SVIX_ID=m9" }, { "m1", NULL, NULL },
	    { NULL, NULL, NULL }, "svix-id" },
	{ { S_TIME, "HTTP_SVIX_TIMESTAMP=99" }, { NULL, "17", NULL },
	    { NULL, NULL, NULL }, "svix-timestamp" },
	{ { S_LIST, S_LIST }, { NULL, NULL, "v1,a v1,b" },
	    { NULL, NULL, NULL }, "svix-signature" },
	{ { W_ID, W_ID }, { NULL, NULL, NULL }, { "m2", NULL, NULL },
	    "webhook-id" },
	{ { W_TIME, W_TIME }, { NULL, NULL, NULL }, { NULL, "18", NULL },
	    "webhook-timestamp" },
	{ { W_LIST, W_LIST }, { NULL, NULL, NULL }, { NULL, NULL, "v1,c" },
	    "webhook-signature" },
	/* joined */
	{ { "HTTP_SVIX_ID=m1, m9" }, { "m1, m9", NULL, NULL },
	    { NULL, NULL, NULL }, "svix-id" },
	{ { "HTTP_SVIX_TIMESTAMP=17, 17" }, { NULL, "17, 17", NULL },
	    { NULL, NULL, NULL }, "svix-timestamp" },
	{ { "HTTP_SVIX_SIGNATURE=v1,a, v1,b" },
	    { NULL, NULL, "v1,a, v1,b" }, { NULL, NULL, NULL },
	    "svix-signature" },
	{ { "HTTP_WEBHOOK_ID=m, m" }, { NULL, NULL, NULL },
	    { "m, m", NULL, NULL }, "webhook-id" },
	{ { "HTTP_WEBHOOK_TIMESTAMP=1, 2" }, { NULL, NULL, NULL },
	    { NULL, "1, 2", NULL }, "webhook-timestamp" },
	{ { "HTTP_WEBHOOK_SIGNATURE=v1,a, v1,b" }, { NULL, NULL, NULL },
	    { NULL, NULL, "v1,a, v1,b" }, "webhook-signature" },
	/* no header of the signature: its own business */
	{ { "HTTP_ACCEPT=a", "HTTP_ACCEPT=b", "HTTP_COOKIE=a, b",
	    "REQUEST_METHOD=POST", "REQUEST_METHOD=POST" },
	    { NULL, NULL, NULL }, { NULL, NULL, NULL }, NULL },
};

static bool
same_signature(const struct signature *a, const struct signature *b)
{

	return (same(a->id, b->id) && same(a->timestamp, b->timestamp) &&
	    same(a->list, b->list));
}

static void
test_headers(void **state)
{
	struct request in;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(headers); i++) {
		assert_int_equal(read_list(headers[i].list, &in), OK);
		if (!same(in.repeated, headers[i].repeated))
			fail_msg("row %zu: repeated %s", i, in.repeated);
		if (!same_signature(&in.svix, &headers[i].svix) ||
		    !same_signature(&in.webhook, &headers[i].webhook))
			fail_msg("row %zu: %s %s %s, %s %s %s", i,
			    in.svix.id, in.svix.timestamp, in.svix.list,
			    in.webhook.id, in.webhook.timestamp,
			    in.webhook.list);
	}
}

/*
 * Who it is.  The stock files of a web server pass a user of their own on,
 * beside the empty one of a fragment that nobody was asked in.
 */
static const struct {
	const char	*list[VARIABLES];
	const char	*user;
} users[] = {
	{ { NULL }, NULL },
	{ { "REMOTE_USER=kim" }, "kim" },
	{ { "REMOTE_USER=kim", "REMOTE_USER=kim" }, "kim" },
	{ { "REMOTE_USER=" }, NULL },
	{ { "REMOTE_USER=", "REMOTE_USER=kim" }, NULL },
	{ { "REMOTE_USER=kim", "REMOTE_USER=" }, NULL },
	{ { "REMOTE_USER=kim", "REMOTE_USER=lee" }, NULL },
	{ { "HTTP_REMOTE_USER=kim", "REMOTE_USERS=kim",
	    "REDIRECT_REMOTE_USER=kim" }, NULL },
};

static void
test_users(void **state)
{
	struct request in;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(users); i++) {
		assert_int_equal(read_list(users[i].list, &in), OK);
		if (!same(in.visitor.user, users[i].user))
			fail_msg("row %zu: %s", i, in.visitor.user);
	}
}

/*
 * Whether the visitor came by TLS: nginx's fastcgi_params and Apache's
 * mod_ssl set HTTPS to "on"; a header of the visitor's own cannot.
 */
static const struct {
	const char	*list[VARIABLES];
	bool		 https;
} schemes[] = {
	{ { NULL }, false },
	{ { "HTTPS=on" }, true },
	{ { "HTTPS=ON" }, true },
	{ { "HTTPS=" }, false },
	{ { "HTTPS=off" }, false },
	{ { "HTTPS=one" }, false },
	{ { "HTTP_HTTPS=on" }, false },
	{ { "https=on" }, false },
};

static void
test_schemes(void **state)
{
	struct request in;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(schemes); i++) {
		assert_int_equal(read_list(schemes[i].list, &in), OK);
		if (in.visitor.https != schemes[i].https)
			fail_msg("row %zu: %d", i, in.visitor.https);
	}
}

static const struct {
	const char	*list[VARIABLES];
	enum err	 e;
	int64_t		 declared;
} lengths[] = {
	{ { NULL }, OK, -1 },
	{ { "CONTENT_LENGTH=0" }, OK, 0 },
	{ { "CONTENT_LENGTH=5" }, OK, 5 },
	{ { "CONTENT_LENGTH=0005" }, OK, 5 },
	{ { "CONTENT_LENGTH=200000" }, OK, 200000 },
	{ { "CONTENT_LENGTH=999999999999999999" }, OK,
	    INT64_C(999999999999999999) },
	/* what a web server writes when it knows none */
	{ { "CONTENT_LENGTH=" }, OK, -1 },
	{ { "CONTENT_LENGTH=-1" }, OK, -1 },
	/* no number is no length */
	{ { "CONTENT_LENGTH=+5" }, OK, -1 },
	{ { "CONTENT_LENGTH= 5" }, OK, -1 },
	{ { "CONTENT_LENGTH=5 " }, OK, -1 },
	{ { "CONTENT_LENGTH=0x5" }, OK, -1 },
	{ { "CONTENT_LENGTH=5.0" }, OK, -1 },
	{ { "CONTENT_LENGTH=5e3" }, OK, -1 },
	{ { "CONTENT_LENGTH=five" }, OK, -1 },
	{ { "CONTENT_LENGTH=5, 5" }, OK, -1 },
	{ { "CONTENT_LENGTH=9223372036854775808" }, OK, -1 },
	{ { "CONTENT_LENGTH=18446744073709551621" }, OK, -1 },
	{ { "HTTP_CONTENT_LENGTH=7" }, OK, -1 },
	/* twice: only if both say the same */
	{ { "CONTENT_LENGTH=5", "CONTENT_LENGTH=5" }, OK, 5 },
	{ { "CONTENT_LENGTH=", "CONTENT_LENGTH=5" }, OK, 5 },
	{ { "CONTENT_LENGTH=5", "CONTENT_LENGTH=6" }, ERR_MALFORMED, 0 },
	{ { "CONTENT_LENGTH=5", "CONTENT_LENGTH=x" }, ERR_MALFORMED, 0 },
};

static void
test_lengths(void **state)
{
	struct request in;
	enum err e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lengths); i++) {
		e = read_list(lengths[i].list, &in);
		if (e != lengths[i].e)
			fail_msg("row %zu: %s", i, err_name(e));
		/* It is answered and logged all the same. */
		assert_non_null(in.method);
		assert_non_null(in.path);
		if (e == OK && in.declared != lengths[i].declared)
			fail_msg("row %zu: %lld", i, (long long)in.declared);
	}
	assert_non_null(strstr(job.why.text, "5 and x"));
}

static void
test_variables_without_memory(void **state)
{
	static const char *const list[VARIABLES] = { S_ID, S_TIME, S_LIST,
	    "REQUEST_URI=/trunk?x", "REQUEST_METHOD=POST" };
	struct arena *roomy = job.arena;
	struct request in;
	enum err e = ERR_NOMEM;
	size_t cap;

	(void)state;
	for (cap = 0; e != OK; cap += GRAIN) {
		assert_non_null(job.arena = arena_new(cap));
		e = read_list(list, &in);
		assert_true(e == OK || e == ERR_NOMEM);
		assert_int_equal(e == ERR_NOMEM, job.why.text[0] != '\0');
		assert_true(cap > 0 || e == ERR_NOMEM);
		job.why.text[0] = '\0';
		arena_free(job.arena);
	}
	job.arena = roomy;
}

/* A stream, and what was done with it. */
struct stream {
	const char	*data;		/* NULL: 'x' for ever */
	size_t		 len;
	size_t		 given;
	int		 step;		/* bytes at a time, at most */
	bool		 breaks;	/* at its end, instead of ending */
	bool		 shut;		/* to be asked for nothing more */
	int		 beyond;	/* how often it was, all the same */
};

static int
give(void *ctx, char *data, int n)
{
	struct stream *s = ctx;

	assert_true(n > 0);
	if (n > s->step)
		n = s->step;
	if (s->data == NULL) {
		memset(data, 'x', (size_t)n);
		s->given += (size_t)n;
		return (n);
	}
	if (s->given == s->len) {
		s->beyond += s->shut;
		return (s->breaks ? -1 : 0);
	}
	if ((size_t)n > s->len - s->given)
		n = (int)(s->len - s->given);
	memcpy(data, s->data + s->given, (size_t)n);
	s->given += (size_t)n;
	return (n);
}

static enum err
read_body(struct stream *s, struct request *in)
{
	const struct request_source source = { .read = give, .ctx = s };

	arena_reset(job.arena);
	job.why.text[0] = '\0';
	in->body = NULL;
	in->len = 0;
	return (request_read_body(&job, &source, in));
}

static const struct {
	const char	*what;
	bool		 cgi;
	bool		 breaks;
	int64_t		 declared;
	size_t		 sent;
	enum err	 e;
	size_t		 taken;		/* bytes read of what was sent */
	const char	*says;
} bodies[] = {
	{ "whole", false, false, 400, 400, OK, 400, "" },
	{ "whole, CGI", true, false, 400, 400, OK, 400, "" },
	{ "empty", false, false, 0, 0, OK, 0, "" },
	{ "empty, CGI", true, false, 0, 0, OK, 0, "" },
	{ "empty, undeclared", false, false, -1, 0, OK, 0, "" },
	{ "undeclared", false, false, -1, 400, OK, 400, "" },
	{ "undeclared, CGI", true, false, -1, 400, ERR_LENGTH, 0,
	    "Content-Length" },
	{ "short", false, false, 400, 399, ERR_MALFORMED, 399,
	    "has 399 bytes, but 400 were announced" },
	{ "short, CGI", true, false, 400, 399, ERR_MALFORMED, 399,
	    "has 399 bytes, but 400 were announced" },
	{ "nothing", false, false, 10, 0, ERR_MALFORMED, 0,
	    "has 0 bytes, but 10 were announced" },
	{ "nothing, CGI", true, false, 10, 0, ERR_MALFORMED, 0,
	    "has 0 bytes, but 10 were announced" },
	{ "long", false, false, 400, 401, ERR_MALFORMED, 401,
	    "has 401 bytes, but 400 were announced" },
	{ "something", false, false, 0, 1, ERR_MALFORMED, 1,
	    "has 1 bytes, but 0 were announced" },
	{ "CGI reads no further", true, false, 400, 800, OK, 400, "" },
	{ "CGI reads nothing", true, false, 0, 800, OK, 0, "" },
	{ "broken", false, true, 400, 399, ERR_MALFORMED, 399,
	    "broke off after 399 bytes" },
	{ "broken, CGI", true, true, 400, 399, ERR_MALFORMED, 399,
	    "broke off after 399 bytes" },
	{ "broken at its end", false, true, 400, 400, ERR_MALFORMED, 400,
	    "broke off after 400 bytes" },
	{ "broken, undeclared", false, true, -1, 7, ERR_MALFORMED, 7,
	    "broke off after 7 bytes" },
	{ "largest", false, false, MAX_BODY, MAX_BODY, OK, MAX_BODY, "" },
	{ "largest, CGI", true, false, MAX_BODY, MAX_BODY, OK, MAX_BODY,
	    "" },
	{ "largest, undeclared", false, false, -1, MAX_BODY, OK, MAX_BODY,
	    "" },
	{ "too large", false, false, MAX_BODY + 1, MAX_BODY + 1,
	    ERR_TOO_LARGE, MAX_BODY + 1, "1001 bytes is larger than "
	    "[handler] max_body, 1000 bytes" },
	{ "too large, CGI", true, false, MAX_BODY + 1, MAX_BODY + 1,
	    ERR_TOO_LARGE, 0, "1001 bytes is larger than" },
	{ "too large, undeclared", false, false, -1, MAX_BODY + 1,
	    ERR_TOO_LARGE, MAX_BODY + 1, "larger than [handler] max_body" },
	{ "twice too large", false, false, -1, 2 * MAX_BODY,
	    ERR_TOO_LARGE, 2 * MAX_BODY, "max_body, 1000 bytes" },
	{ "larger than it said", false, false, 10, 2 * MAX_BODY,
	    ERR_TOO_LARGE, 2 * MAX_BODY, "larger than" },
	{ "much too large", false, false, INT64_C(999999999999999999), 400,
	    ERR_TOO_LARGE, 400, "of 999999999999999999 bytes" },
};

static void
check_body(size_t i, int step)
{
	static char data[2 * MAX_BODY];
	struct stream s = { .data = data, .len = bodies[i].sent,
	    .step = step, .breaks = bodies[i].breaks,
	    .shut = bodies[i].cgi && bodies[i].e == OK };
	struct request in = { .cgi = bodies[i].cgi,
	    .declared = bodies[i].declared };
	enum err e;
	size_t n;

	for (n = 0; n < sizeof(data); n++)
		data[n] = (char)(n % 251);	/* NULs among them */
	e = read_body(&s, &in);
	if (e != bodies[i].e || strstr(job.why.text, bodies[i].says) == NULL)
		fail_msg("%s, %d at a time: %s: %s", bodies[i].what, step,
		    err_name(e), job.why.text);
	if (s.given != bodies[i].taken || s.beyond != 0)
		fail_msg("%s, %d at a time: %zu bytes read, %d times more",
		    bodies[i].what, step, s.given, s.beyond);
	if (e == OK) {
		assert_int_equal(in.len, bodies[i].taken);
		assert_memory_equal(in.body, data, in.len);
		assert_int_equal(in.body[in.len], '\0');
	}
}

static void
test_bodies(void **state)
{
	static const int steps[] = { 1, 3, 399, 400, 1 << 20 };
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(bodies); i++)
		for (j = 0; j < COUNT(steps); j++)
			check_body(i, steps[j]);
}

/* More than is read at a time. */
static void
test_big_body(void **state)
{
	static char data[350000];
	struct request in = { .declared = sizeof(data) };
	struct stream s = { .data = data, .len = sizeof(data),
	    .step = 1 << 20 };
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(data); n++)
		data[n] = (char)(n % 253);
	config.max_body = sizeof(data);
	assert_int_equal(read_body(&s, &in), OK);
	config.max_body = MAX_BODY;
	assert_int_equal(in.len, sizeof(data));
	assert_memory_equal(in.body, data, sizeof(data));
}

/* A body without end is given up at some time. */
static void
test_endless(void **state)
{
	static const int64_t declared[] = { -1, 10, 5000 };
	struct request in = { .cgi = false };
	struct stream s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(declared); i++) {
		in.declared = declared[i];
		s = (struct stream){ .step = 100 };
		assert_int_equal(read_body(&s, &in), ERR_TOO_LARGE);
		assert_true(s.given > 2 * MAX_BODY);
		assert_true(s.given < 100 * MAX_BODY);
	}
}

static void
test_body_without_memory(void **state)
{
	static char data[MAX_BODY];
	struct request in = { .declared = MAX_BODY };
	struct arena *roomy = job.arena;
	struct stream s;
	enum err e = ERR_NOMEM;
	size_t cap;

	(void)state;
	for (cap = 0; e != OK; cap += GRAIN) {
		assert_non_null(job.arena = arena_new(cap));
		s = (struct stream){ .data = data, .len = MAX_BODY,
		    .step = 100 };
		e = read_body(&s, &in);
		assert_true(e == OK || e == ERR_NOMEM);
		/* Read to its end all the same. */
		assert_int_equal(s.given, MAX_BODY);
		assert_true(cap >= MAX_BODY || e == ERR_NOMEM);
		arena_free(job.arena);
	}
	job.arena = roomy;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_paths, before_each),
		cmocka_unit_test_setup(test_headers, before_each),
		cmocka_unit_test_setup(test_users, before_each),
		cmocka_unit_test_setup(test_schemes, before_each),
		cmocka_unit_test_setup(test_lengths, before_each),
		cmocka_unit_test_setup(test_variables_without_memory,
		    before_each),
		cmocka_unit_test_setup(test_bodies, before_each),
		cmocka_unit_test_setup(test_big_body, before_each),
		cmocka_unit_test_setup(test_endless, before_each),
		cmocka_unit_test_setup(test_body_without_memory, before_each),
	};
	int bad;

	if ((job.arena = arena_new(ARENA)) == NULL)
		return (1);
	bad = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(job.arena);
	return (bad);
}
