/*
 * One request from path to reply, with a real ledger and a fake tracker.
 */
#include "tests/unit/fake_tracker.h"

#include <sys/resource.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <signal.h>

#include "common/crypt.h"
#include "common/json.h"
#include "handler/handle.h"
#include "handler/limits.h"
#include "handler/outcome.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define KEY	"harbour crane key 24 byt"
#define HOUR	INT64_C(3600000)

static const char FLAKY[] =
    "{\"type\":\"v2.test_case.status_changed\",\"test_case\":{\"id\":"
    "\"5b1f7c02-6a3e-5d49-8b10-f2c4d6e8a013\",\"name\":\"lifts\"},"
    "\"new_status\":\"FLAKY\"}";

/* A request, and what the web server would see of it. */
struct visit {
	struct job	 job;
	struct request	 in;
	const char	*data;		/* standard input */
	size_t		 left;
	int		 asked;		/* reads after its end */
	struct outcome	 out;
	const char	*reply;
	size_t		 len;
};

static int
setup(void **state)
{

	if (world_setup_open(state) != 0)
		return (-1);
	fake_setup(true);
	fake_config.nsvix = 1;
	fake_config.svix[0] = (struct secret){ KEY,
	    sizeof(KEY) - 1, 0 };
	fake_rule.dest[DEST_TRACKER].value = "harbour";
	fake_rule.dest[DEST_TEAM].value = "HAR";
	fake_rule.action = ACTION_TICKET;
	return (0);
}

static int
give(void *ctx, char *data, int n)
{
	struct visit *v = ctx;

	if (v->left == 0)
		v->asked++;
	if ((size_t)n > v->left)
		n = (int)v->left;
	memcpy(data, v->data, (size_t)n);
	v->data += n;
	v->left -= (size_t)n;
	return (n);
}

/* All are taken; it is asked once the whole body is read. */
static bool
no_worker(void *ctx)
{
	const struct visit *v = ctx;

	assert_int_equal(v->left, 0);
	return (false);
}

static void
visit_begin(struct world *w, struct visit *v, const char *method,
    const char *path)
{
	static int64_t later;

	memset(v, 0, sizeof(*v));
	world_job(w, &v->job);
	v->job.config = &fake_config;
	/* What is remembered for a moment has been forgotten. */
	v->job.started += later += 10000;
	v->in.method = method;
	v->in.path = path;
	v->in.declared = -1;
	v->data = "";
}

static void
visit_body(struct visit *v, const char *body)
{

	v->data = body;
	v->left = strlen(body);
	v->in.declared = (int64_t)v->left;
}

static void
visit_go(struct visit *v, bool busy)
{
	const struct request_source source = { .read = give, .ctx = v,
	    .take = busy ? no_worker : NULL };

	v->out = handle(&v->job, &v->in, &source);
	v->reply = handle_reply(&v->job, &v->in, &v->out, &v->len);
	assert_non_null(v->reply);
	assert_int_equal(v->len, strlen(v->reply));
}

static void
visit_end(struct visit *v)
{

	arena_free(v->job.arena);
}

/* The value of a header of a reply, or NULL. */
static const char *
header(const struct visit *v, const char *name)
{
	const char *at = v->reply, *end;
	size_t n = strlen(name);

	for (; (end = strstr(at, "\r\n")) != NULL && end != at; at = end + 2)
		if (strncmp(at, name, n) == 0 &&
		    strncmp(at + n, ": ", 2) == 0)
			return (arena_strndup(v->job.arena, at + n + 2,
			    (size_t)(end - at) - n - 2));
	return (NULL);
}

/*
 * A CGI response as RFC 3875, section 6, has it: header lines, an empty
 * one, as many bytes as were announced.
 */
static void
check_reply(const struct visit *v)
{
	const char *at = v->reply, *end, *body, *reason;
	const struct json *tree;
	struct why why = { "" };
	char *rest;

	body = strstr(v->reply, "\r\n\r\n");
	assert_non_null(body);
	for (body += 2; at < body; at = end + 2) {
		end = strstr(at, "\r\n");
		assert_in_range(strcspn(at, ":"), 1, end - at - 1);
		assert_int_equal(memcmp(at + strcspn(at, ":"), ": ", 2), 0);
		for (; at < end; at++)
			assert_in_range((unsigned char)*at, 0x20, 0x7e);
	}
	body += 2;
	assert_non_null(header(v, "Status"));
	assert_int_equal(strtol(header(v, "Status"), &rest, 10),
	    v->out.status);
	reason = rest;
	assert_true(reason[0] == ' ' && reason[1] != '\0');
	assert_null(strstr(reason, "Unknown"));
	assert_string_equal(header(v, "Content-Type"), "application/json");
	assert_string_equal(header(v, "Cache-Control"), "no-store");
	assert_int_equal(strtol(header(v, "Content-Length"), NULL, 10),
	    strlen(v->out.body));
	if (strcmp(v->in.method, "HEAD") == 0) {
		assert_string_equal(body, "");
		return;
	}
	assert_string_equal(body, v->out.body);
	assert_int_equal(json_parse(v->job.arena, body, strlen(body), &tree,
	    &why), OK);
}

static const char *
member(const struct visit *v, const char *name)
{
	const struct json *tree;

	assert_int_equal(json_parse(v->job.arena, v->out.body,
	    strlen(v->out.body), &tree, NULL), OK);
	return (json_string(tree, name));
}

static const struct {
	const char	*method;
	const char	*path;
	int		 status;
	const char	*allow;
	bool		 busy_too;	/* the same when all are taken */
} visits[] = {
	{ "GET", "/health", 200, NULL, true },
	{ "HEAD", "/health", 200, NULL, true },
	{ "GET", "/ready", 200, NULL, true },
	{ "HEAD", "/ready", 200, NULL, true },
	{ "POST", "/trunk", 401, NULL, false },
	{ "GET", "/trunk", 405, "POST", true },
	{ "HEAD", "/trunk", 405, "POST", true },
	{ "PUT", "/trunk", 405, "POST", true },
	{ "OPTIONS", "/trunk", 405, "POST", true },
	{ "post", "/trunk", 405, "POST", true },
	{ "", "/trunk", 405, "POST", true },
	{ "POSTS", "/trunk", 405, "POST", true },
	{ "POST", "/health", 405, "GET, HEAD", true },
	{ "DELETE", "/health", 405, "GET, HEAD", true },
	{ "POST", "/ready", 405, "GET, HEAD", true },
	{ "POST", "/", 404, NULL, true },
	{ "POST", "", 404, NULL, true },
	{ "GET", "/", 404, NULL, true },
	{ "POST", "/trunk/", 404, NULL, true },
	{ "POST", "/trunk/x", 404, NULL, true },
	{ "POST", "//trunk", 404, NULL, true },
	{ "POST", "/Trunk", 404, NULL, true },
	{ "POST", "trunk", 404, NULL, true },
	{ "POST", "/trunk?x", 404, NULL, true },
	{ "POST", "/%74runk", 404, NULL, true },
	{ "POST", "/./trunk", 404, NULL, true },
	{ "POST", "/x/../trunk", 404, NULL, true },
	{ "HEAD", "/healthy", 404, NULL, true },
	{ "GET", "/metrics", 404, NULL, true },
	{ "BREW", "/\r\nX: y", 404, NULL, true },
};

static void
check_visit(struct world *w, size_t i, bool busy)
{
	const char *allow;
	struct visit v;
	int status = visits[i].status;

	if (busy && !visits[i].busy_too)
		status = 503;
	visit_begin(w, &v, visits[i].method, visits[i].path);
	visit_body(&v, "some bytes that nobody wants");
	visit_go(&v, busy);
	if (v.out.status != status) {
		print_error("%s %s: %d\n", v.in.method, v.in.path,
		    v.out.status);
		_fail(__FILE__, __LINE__);
	}
	check_reply(&v);
	allow = header(&v, "Allow");
	if (visits[i].allow == NULL)
		assert_null(allow);
	else
		assert_string_equal(allow, visits[i].allow);
	if (status == 503) {
		assert_string_equal(v.out.name, "busy");
		assert_string_equal(header(&v, "Retry-After"), "5");
	}
	/* Read to its end, whatever the answer is. */
	assert_int_equal(v.left, 0);
	assert_true(v.asked > 0);
	visit_end(&v);
}

static void
test_visits(void **state)
{
	size_t i;

	for (i = 0; i < COUNT(visits); i++) {
		check_visit(*state, i, false);
		check_visit(*state, i, true);
	}
}

/* A body that is wrong is told after what is wrong with the path. */
static void
test_bodies(void **state)
{
	static const struct {
		const char	*method;
		const char	*path;
		int64_t		 declared;
		int		 status;
		bool		 cgi;
	} bodies[] = {
		{ "POST", "/trunk", 5, 400, false },
		{ "POST", "/trunk", 99, 400, false },
		{ "POST", "/trunk", 5000, 413, false },
		{ "POST", "/trunk", 5000, 413, true },
		{ "POST", "/trunk", -1, 411, true },
		{ "POST", "/trunk", -1, 401, false },
		{ "POST", "/x", 5000, 404, false },
		{ "PUT", "/trunk", 5000, 405, false },
		{ "GET", "/health", 99, 400, false },
		{ "GET", "/health", -1, 200, true },
		{ "GET", "/health", 99, 200, true },
		{ "POST", "/x", -1, 404, true },
	};
	struct visit v;
	size_t i;

	for (i = 0; i < COUNT(bodies); i++) {
		visit_begin(*state, &v, bodies[i].method, bodies[i].path);
		visit_body(&v, "twelve bytes");
		v.in.declared = bodies[i].declared;
		v.in.cgi = bodies[i].cgi;
		visit_go(&v, false);
		assert_int_equal(v.out.status, bodies[i].status);
		check_reply(&v);
		/* Nobody signed that: it is no message to abort. */
		assert_null(header(&v, "webhook-delivery"));
		/* Under CGI nothing is read that is not wanted. */
		if (bodies[i].cgi)
			assert_int_equal(v.left, 12);
		visit_end(&v);
	}
}

static const char *
sign(struct visit *v, const char *id, const char *body)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	char text[64];
	const char *all = arena_printf(v->job.arena, "%s.%d.%s", id,
	    WORLD_NOW, body);
	unsigned int n = 0;

	assert_non_null(HMAC(EVP_sha256(), KEY, sizeof(KEY) - 1,
	    (const unsigned char *)all, strlen(all), mac, &n));
	EVP_EncodeBlock((unsigned char *)text, mac, (int)n);
	return (arena_printf(v->job.arena, "v1,%s", text));
}

/* A signed delivery, from headers to reply. */
static void
deliver(struct world *w, struct visit *v, const char *id, const char *body)
{

	visit_begin(w, v, "POST", "/trunk");
	v->in.cgi = true;		/* no queue to have waited in */
	visit_body(v, body);
	v->in.svix = (struct signature){ id,
	    arena_printf(v->job.arena, "%d", WORLD_NOW),
	    sign(v, id, body) };
	visit_go(v, false);
	check_reply(v);
}

/* One ticket, and the same answer as often as the same delivery comes. */
static void
test_deliveries(void **state)
{
	struct world *w = *state;
	char first[1024] = "";
	struct visit v;
	size_t n;
	int i;

	for (i = 0; i < 4; i++) {
		deliver(w, &v, "msg_1", FLAKY);
		assert_int_equal(v.out.status, 200);
		assert_string_equal(member(&v, "outcome"), "created");
		assert_string_equal(member(&v, "ticket"), "HAR-1");
		assert_string_equal(member(&v, "rule"), "cranes");
		assert_string_equal(member(&v, "delivery"), "msg_1");
		if (i == 0)
			(void)snprintf(first, sizeof(first), "%s",
			    v.out.body);
		n = strlen(first) - 2;
		assert_int_equal(strncmp(v.out.body, first, n), 0);
		assert_string_equal(v.out.body + n, i == 0 ? "}\n" :
		    ",\"replayed\":true}\n");
		visit_end(&v);
	}
	deliver(w, &v, "msg_2", FLAKY);
	assert_string_equal(member(&v, "outcome"), "exists");
	assert_string_equal(member(&v, "ticket"), "HAR-1");
	visit_end(&v);
	assert_int_equal(fake.creates, 1);
	/* The same id with another body is the same delivery. */
	deliver(w, &v, "msg_1", "{\"type\":\"other\"}");
	assert_string_equal(member(&v, "outcome"), "created");
	visit_end(&v);
}

/* What is not final is tried anew, and may become so. */
static void
test_tries(void **state)
{
	static const struct {
		enum err	 create;
		int		 status;
		const char	*name;
	} tries[] = {
		{ ERR_UPSTREAM, 503, "upstream" },
		{ ERR_REFUSED, 502, "tracker_refused" },
		{ ERR_REFUSED, 502, "tracker_refused" },
		{ OK, 200, "created" },
		{ ERR_REFUSED, 200, "created" },
	};
	struct visit v;
	size_t i;

	for (i = 0; i < COUNT(tries); i++) {
		fake.create = tries[i].create;
		deliver(*state, &v, "msg_1", FLAKY);
		assert_int_equal(v.out.status, tries[i].status);
		assert_string_equal(v.out.name, tries[i].name);
		assert_int_equal(header(&v, "Retry-After") != NULL,
		    tries[i].status == 503);
		visit_end(&v);
	}
	assert_int_equal(fake.creates, 4);
}

static void
test_nothing_to_file(void **state)
{
	static const char *const broken[] = { "", "{", "[]", "null",
	    "{\"type\":\"v2.test_case.status_changed\"}" };
	struct world *w = *state;
	struct visit v;
	char id[16];
	size_t i;

	deliver(w, &v, "msg_1", "{\"type\":\"a.new.kind\"}");
	assert_string_equal(member(&v, "outcome"), "ignored");
	visit_end(&v);
	fake_rule.action = ACTION_RECORD;
	deliver(w, &v, "msg_2", FLAKY);
	assert_string_equal(member(&v, "outcome"), "recorded");
	visit_end(&v);
	/* The rules have changed: it is evaluated again. */
	fake_rule.action = ACTION_TICKET;
	deliver(w, &v, "msg_2", FLAKY);
	assert_string_equal(member(&v, "outcome"), "created");
	visit_end(&v);
	for (i = 0; i < COUNT(broken); i++) {
		(void)snprintf(id, sizeof(id), "bad_%zu", i);
		deliver(w, &v, id, broken[i]);
		assert_int_equal(v.out.status, 400);
		assert_string_equal(v.out.name, "malformed");
		assert_string_equal(header(&v, "webhook-delivery"),
		    "abort-message");
		visit_end(&v);
	}
	assert_int_equal(fake.creates, 1);
}

/* A signature that does not fit: nothing is read, kept or asked. */
static void
test_unsigned(void **state)
{
	struct world *w = *state;
	struct visit v;

	deliver(w, &v, "msg_1", "{\"type\":\"x\"}");
	visit_end(&v);
	visit_begin(w, &v, "POST", "/trunk");
	visit_body(&v, FLAKY);
	v.in.svix = (struct signature){ "msg_9", "1700000000",
	    sign(&v, "msg_8", FLAKY) };
	visit_go(&v, false);
	assert_int_equal(v.out.status, 401);
	assert_null(member(&v, "delivery"));
	check_reply(&v);
	visit_end(&v);
	assert_int_equal(fake.creates + fake.finds, 0);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM delivery"), 1);
}

static int
ready(struct world *w)
{
	struct visit v;
	int status;

	visit_begin(w, &v, "GET", "/ready");
	visit_go(&v, false);
	check_reply(&v);
	status = v.out.status;
	assert_int_equal(header(&v, "Retry-After") != NULL, status == 503);
	/* Why is for the log alone. */
	assert_string_equal(v.out.body, status == 200 ?
	    "{\"ready\":true}\n" : "{\"ready\":false}\n");
	visit_end(&v);
	return (status);
}

/* A link that was refused so long ago. */
static void
refuse_link(struct world *w, int64_t ago)
{
	struct attempt a;

	attempt_begin(w, &a, "key", (int64_t)WORLD_NOW * 1000);
	if (a.f.stage == STAGE_NONE)
		expect(&a.job, ticket_file(&a.job, &a.mail, &a.event,
		    &a.route, &a.f), OK);
	a.f.link = ago > 0 ? LINK_REFUSED : LINK_DONE;
	a.f.refused = ago > 0 ? a.job.now - ago : 0;
	expect(&a.job, ledger_advance(&a.job, &a.event.test, &a.f), OK);
	attempt_end(&a);
}

static void
test_ready_links(void **state)
{
	struct world *w = *state;

	assert_int_equal(ready(w), 200);
	refuse_link(w, 24 * HOUR - 1);
	assert_int_equal(ready(w), 200);
	refuse_link(w, 24 * HOUR);
	assert_int_equal(ready(w), 503);
	refuse_link(w, 0);
	assert_int_equal(ready(w), 200);
}

static void
refuse_delivery(struct world *w, const char *id, int64_t ago, int status)
{
	const struct delivery mail = world_mail(id);
	const struct finish f = { .mail = &mail, .status = status,
	    .outcome = status == 200 ? "created" : "tracker_refused",
	    .answer = "{}" };
	struct job job;

	world_job(w, &job);
	job.now -= ago;
	expect(&job, ledger_finish(&job, &f), OK);
	arena_free(job.arena);
}

static void
test_ready_drought(void **state)
{
	struct world *w = *state;

	refuse_delivery(w, "msg_1", 72 * HOUR - 1, 502);
	assert_int_equal(ready(w), 200);
	refuse_delivery(w, "msg_2", 72 * HOUR, 502);
	assert_int_equal(ready(w), 503);
	refuse_delivery(w, "msg_3", HOUR, 200);
	assert_int_equal(ready(w), 200);
}

static void
test_ready_ledger(void **state)
{
	struct world *w = *state;
	struct visit v;
	sqlite3 *db;

	assert_int_equal(ready(w), 200);
	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "ALTER TABLE delivery RENAME TO"
	    " gone", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(ready(w), 503);
	/* No memory to say why is no reason to be ready. */
	visit_begin(w, &v, "GET", "/ready");
	arena_free(v.job.arena);
	assert_non_null(v.job.arena = arena_new(0));
	visit_go(&v, false);
	assert_int_equal(v.out.status, 503);
	visit_end(&v);
	assert_int_equal(sqlite3_exec(db, "ALTER TABLE gone RENAME TO"
	    " delivery", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(ready(w), 200);
}

/* A full disk: nothing more can be written, and all can be read. */
static void
test_ready_full(void **state)
{
	struct rlimit had, none;
	struct world *w = *state;
	struct visit v, next;
	int status;

	assert_int_equal(ready(w), 200);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &had), 0);
	none = (struct rlimit){ 0, had.rlim_max };
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	status = ready(w);
	visit_begin(w, &v, "GET", "/ready");
	visit_go(&v, false);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &had), 0);
	(void)signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(status, 503);
	assert_int_equal(v.out.status, 503);
	assert_non_null(strstr(v.job.why.text, w->path));
	/* Who asks in the same moment is told the same. */
	visit_begin(w, &next, "GET", "/ready");
	next.job.started = v.job.started;
	visit_go(&next, false);
	assert_int_equal(next.out.status, 503);
	assert_non_null(strstr(next.job.why.text, "cannot be written"));
	visit_end(&next);
	visit_end(&v);
	assert_int_equal(ready(w), 200);
}

/* Every answer there is makes a reply. */
static void
test_replies(void **state)
{
	struct visit v;
	int e;

	visit_begin(*state, &v, "POST", "/trunk");
	for (e = OK + 1; e < ERR_COUNT; e++) {
		v.out = outcome_error(&v.job, (enum err)e);
		outcome_header(&v.out, "Allow: POST");
		v.reply = handle_reply(&v.job, &v.in, &v.out, &v.len);
		assert_non_null(v.reply);
		check_reply(&v);
		assert_string_equal(header(&v, "Allow"), "POST");
	}
	visit_end(&v);
}

/* Whatever memory there is: the reply, or a plain 503. */
static void
test_reply_without_memory(void **state)
{
	struct visit v;
	bool whole = false, refused = false;
	size_t cap;

	visit_begin(*state, &v, "GET", "/health");
	visit_go(&v, false);
	arena_free(v.job.arena);
	for (cap = 0; !whole; cap += 16) {
		assert_non_null(v.job.arena = arena_new(cap));
		v.reply = handle_reply(&v.job, &v.in, &v.out, &v.len);
		assert_non_null(v.reply);
		assert_int_equal(v.len, strlen(v.reply));
		whole = strstr(v.reply,
		    "\r\n\r\n{\"healthy\":true}\n") != NULL;
		refused = refused || !whole;
		if (!whole) {
			assert_int_equal(strncmp(v.reply, "Status: 503 ",
			    12), 0);
			assert_non_null(strstr(v.reply,
			    "\r\nRetry-After: 5\r\n"));
			assert_non_null(strstr(v.reply, "\r\n\r\n{"));
		}
		arena_free(v.job.arena);
	}
	assert_true(refused);
}

int
main(void)
{
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_visits),
		WORLD_TEST(test_bodies),
		WORLD_TEST(test_deliveries),
		WORLD_TEST(test_tries),
		WORLD_TEST(test_nothing_to_file),
		WORLD_TEST(test_unsigned),
		WORLD_TEST(test_ready_links),
		WORLD_TEST(test_ready_drought),
		WORLD_TEST(test_ready_ledger),
		WORLD_TEST(test_ready_full),
		WORLD_TEST(test_replies),
		WORLD_TEST(test_reply_without_memory),
	};
	struct why why = { "" };

	if (crypt_init(&why) != OK)
		return (1);
	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
