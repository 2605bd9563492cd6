#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Before cmocka, which has a macro fail(). */
#include "handler/job.h"

#include <cmocka.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/http.h"
#include "handler/config.h"
#include "handler/trunk.h"
#include "tests/unit/tls_server.h"

/* Trunk is a server that gives one answer and keeps the last request. */
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static char directory[] = "/tmp/test_details.XXXXXX";
static char ca_file[64], url[64], asked[16384];
static struct tls_identity ca, good;
static struct tls_server server;
static const char *answer;		/* NULL: none, ever */
static struct arena *arena;
static struct http *http;
static struct config config;
static struct job job;

static void
serve(struct tls_server *s, int fd)
{
	struct tls_talk *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	t->server = s;
	t->fd = fd;
	t->ssl = SSL_new(s->ctx);
	SSL_set_fd(t->ssl, fd);
	if (SSL_accept(t->ssl) == 1)
		while (!t->over && !s->stop && tls_hear(t)) {
			s->requests++;
			memcpy(asked, t->request, t->len + 1);
			if (answer == NULL)
				tls_wait(t);
			else
				tls_say(t, answer);
		}
	SSL_free(t->ssl);
	free(t);
}

static int
setup_all(void **state)
{

	(void)state;
	/* The header's own servers are not needed here. */
	(void)tls_serve;
	(void)tls_serve_silence;
	(void)tls_serve_proxy;
	if (mkdtemp(directory) == NULL)
		return (1);
	snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", directory);
	ca = tls_identity(NULL, -86400, 86400, NULL);
	good = tls_identity("DNS:localhost,IP:127.0.0.1", -86400, 86400, &ca);
	return (!tls_bundle(ca_file, &ca));
}

static int
teardown_all(void **state)
{

	(void)state;
	tls_identity_free(&ca);
	tls_identity_free(&good);
	unlink(ca_file);
	return (rmdir(directory));
}

static int
setup(void **state)
{
	const struct http_options options = { .ca_file = ca_file,
	    .agent = "test/1", .cap = 1 << 16 };
	struct why why = { "" };

	(void)state;
	memset(&server, 0, sizeof(server));
	server.ctx = tls_context(&good);
	if (!tls_start(&server, serve) ||
	    http_new(&options, &http, &why) != OK)
		return (1);
	snprintf(url, sizeof(url), "https://127.0.0.1:%d", server.port);
	memset(&config, 0, sizeof(config));
	config.trunk_url = url;
	config.trunk_token = (struct secret){ "old-token", 9, 0 };
	config.trunk_key = (struct secret){ "new-key", 7, 0 };
	arena = arena_new(1 << 20);
	memset(&job, 0, sizeof(job));
	job.arena = arena;
	job.config = &config;
	job.http = http;
	job.now = clock_wall();
	job.started = clock_mono();
	job.deadline = job.started + 8000;
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

/* A whole HTTP answer. */
static void
answers(int status, const char *body)
{

	answer = arena_printf(arena, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n"
	    "Retry-After: 77\r\n\r\n%s", status, strlen(body), body);
	assert_non_null(answer);
}

static struct test
bare(enum scope scope)
{
	struct test t = { .id = "id/1", .scope = scope, .failure_rate = -1,
	    .pull_requests = -1, .identity = "who it is",
	    .url = "https://app.trunk.io/orchard/flaky-tests/test/1",
	    .repository = { "git.example", "orchard/fruit", "basket", NULL } };

	return (t);
}

/* After https://docs.trunk.io/api/v1/get-flaky-test-details */
static const char old_test[] = "{\"test\":{\"id\":\"id/1\","
    "\"html_url\":\"https://other.example\",\"name\":\"n\",\"variant\":"
    "\"arm\",\"status\":{\"value\":\"flaky\",\"reason\":\"r\"},"
    "\"most_common_failures\":[{\"summary\":\"dropped\","
    "\"occurrence_count\":2},{\"summary\":\"squashed\","
    "\"occurrence_count\":5}],\"failure_rate_last_7d\":0.25,"
    "\"failure_rate_last_24h\":0.5,\"file_path\":\"pear.c\",\"parent\":"
    "\"Pear\",\"classname\":\"PearTest\",\"codeowners\":[\"@a/b\",\"\",\"c\"]"
    ",\"pull_requests_impacted_last_7d\":7,\"quarantined\":true,"
    "\"ticket\":{\"html_url\":\"https://linear.app/orchard/issue/FRU-1\"}}}";

/* After https://docs.trunk.io/api/tests/get-a-test */
static const char new_test[] = "{\"id\":\"id/1\",\"name\":\"n\","
    "\"parentName\":\"Pear\",\"className\":\"PearTest\",\"file\":\"pear.c\","
    "\"target\":\"\",\"variant\":\"arm\",\"codeowners\":[\"@a/b\",\"c\"],"
    "\"status\":\"flaky\",\"quarantineState\":\"quarantined\",\"labels\":[],"
    "\"metrics\":{\"failureRate\":0.25,\"prsImpacted\":7,\"runCount\":9},"
    "\"surprise\":[{}]}";

static void
assert_filled(const struct test *t, size_t failures)
{

	assert_string_equal(t->file_path, "pear.c");
	assert_string_equal(t->parent, "Pear");
	assert_string_equal(t->classname, "PearTest");
	assert_string_equal(t->variant, "arm");
	assert_int_equal(t->nowners, 2);
	assert_string_equal(t->owners[0], "@a/b");
	assert_string_equal(t->owners[1], "c");
	assert_int_equal(t->quarantined, ANSWER_YES);
	assert_true(t->failure_rate == 0.25);
	assert_int_equal(t->pull_requests, 7);
	assert_int_equal(t->nfailures, failures);
	assert_string_equal(t->identity, "who it is");
	assert_string_equal(t->url,
	    "https://app.trunk.io/orchard/flaky-tests/test/1");
}

static void
test_v1(void **state)
{
	struct test t = bare(SCOPE_REPOSITORY);

	(void)state;
	answers(200, old_test);
	assert_int_equal(trunk_details(&job, &t), OK);
	assert_filled(&t, 2);
	assert_string_equal(t.failures[0].summary, "squashed");
	assert_non_null(strstr(asked,
	    "POST /v1/flaky-tests/get-test-details "));
	assert_non_null(strstr(asked, "x-api-token: old-token\r\n"));
	assert_non_null(strstr(asked, "{\"repo\":{\"host\":\"git.example\","
	    "\"owner\":\"orchard/fruit\",\"name\":\"basket\"},"
	    "\"org_url_slug\":\"orchard\",\"test_id\":\"id/1\"}"));
}

static void
test_v2(void **state)
{
	struct test t = bare(SCOPE_COLLECTION);

	(void)state;
	answers(200, new_test);
	assert_int_equal(trunk_details(&job, &t), OK);
	assert_filled(&t, 0);
	assert_non_null(strstr(asked,
	    "GET /v2/tests/id%2F1?include=metrics&period=7d "));
	assert_non_null(strstr(asked, "Authorization: Bearer new-key\r\n"));
}

/* What was told stays. */
static void
test_told(void **state)
{
	static const struct failure failure = { "fell", 1, 0 };
	static const char *owner[] = { "@told" };
	struct test t = bare(SCOPE_REPOSITORY);

	(void)state;
	answers(200, old_test);
	t.file_path = "told.c";
	t.parent = "Told";
	t.classname = "ToldTest";
	t.variant = "x86";
	t.owners = owner;
	t.nowners = 1;
	t.quarantined = ANSWER_NO;
	t.failure_rate = 0.1;
	t.pull_requests = 1;
	t.failures = &failure;
	t.nfailures = 1;
	assert_int_equal(trunk_details(&job, &t), OK);
	assert_string_equal(t.file_path, "told.c");
	assert_string_equal(t.parent, "Told");
	assert_string_equal(t.classname, "ToldTest");
	assert_string_equal(t.variant, "x86");
	assert_int_equal(t.nowners, 1);
	assert_string_equal(t.owners[0], "@told");
	assert_int_equal(t.quarantined, ANSWER_NO);
	assert_true(t.failure_rate == 0.1);
	assert_int_equal(t.pull_requests, 1);
	assert_ptr_equal(t.failures, &failure);
}

/* Members that are not there, or of another type, fill in nothing. */
static void
test_odd_members(void **state)
{
	static const char *const bodies[][2] = {	/* v1, v2 */
		{ "{\"test\":{}}", "{}" },
		{ "{\"test\":{\"file_path\":7,\"codeowners\":\"@a\","
		    "\"quarantined\":\"yes\",\"failure_rate_last_7d\":\"1\","
		    "\"most_common_failures\":{},\"variant\":\"\"}}",
		    "{\"file\":7,\"codeowners\":\"@a\",\"quarantineState\":"
		    "true,\"metrics\":[1],\"variant\":\"\"}" },
		{ "{\"test\":{\"failure_rate_last_7d\":1.5,"
		    "\"pull_requests_impacted_last_7d\":-2}}",
		    "{\"metrics\":{\"failureRate\":-0.1,\"prsImpacted\":1.5},"
		    "\"quarantineState\":\"perhaps\"}" },
		{ "{\"test\":{\"codeowners\":[null,\"\",{}]}}",
		    "{\"metrics\":null,\"codeowners\":[]}" },
	};
	struct test t;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(bodies); i++)
		for (k = 0; k < 2; k++) {
			job.seen = NULL;
			answers(200, bodies[i][k]);
			t = bare(k == 0 ? SCOPE_REPOSITORY :
			    SCOPE_COLLECTION);
			assert_int_equal(trunk_details(&job, &t), OK);
			assert_null(t.file_path);
			assert_null(t.variant);
			assert_int_equal(t.nowners, 0);
			assert_int_equal(t.quarantined, ANSWER_UNKNOWN);
			assert_true(t.failure_rate < 0);
			assert_true(t.pull_requests < 0);
			assert_int_equal(t.nfailures, 0);
		}
}

static void
test_refusals(void **state)
{
	static const struct {
		int		 status;
		const char	*body;
		enum err	 e;
	} rows[] = {
		{ 404, "Unable to find test", ERR_ABSENT },
		{ 401, "Unauthorized", ERR_LINK_REFUSED },
		{ 403, "{\"error\":{\"code\":\"X\",\"message\":\"m\"}}",
		    ERR_LINK_REFUSED },
		{ 429, "", ERR_UPSTREAM }, { 500, "", ERR_UPSTREAM },
		{ 503, "<html>", ERR_UPSTREAM }, { 302, "", ERR_UPSTREAM },
		{ 200, "<html>", ERR_UPSTREAM }, { 200, "", ERR_UPSTREAM },
		{ 200, "[]", ERR_UPSTREAM },
		{ 200, "{\"test\":[]", ERR_UPSTREAM },
	};
	struct test t, before;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		for (k = 0; k < 2; k++) {
			job.seen = NULL;
			job.retry_after = 5;
			answers(rows[i].status, rows[i].body);
			before = t = bare(k == 0 ? SCOPE_REPOSITORY :
			    SCOPE_COLLECTION);
			assert_int_equal(trunk_details(&job, &t), rows[i].e);
			assert_memory_equal(&t, &before, sizeof(t));
			assert_int_equal(job.retry_after, 5);
		}
}

/* It is asked once in a job, whatever came of it, and a job is for a test. */
static void
test_once(void **state)
{
	struct test t = bare(SCOPE_REPOSITORY), other = t;
	int before;

	(void)state;
	answers(500, "");
	assert_int_equal(trunk_details(&job, &t), ERR_UPSTREAM);
	answers(200, old_test);
	before = server.requests;
	assert_int_equal(trunk_details(&job, &t), ERR_UPSTREAM);
	assert_int_equal(server.requests, before);
	other.id = "id/2";
	assert_int_equal(trunk_details(&job, &other), OK);
	assert_int_equal(server.requests, before + 1);
	other.scope = SCOPE_COLLECTION;
	answers(404, "");
	assert_int_equal(trunk_details(&job, &other), ERR_ABSENT);
	assert_int_equal(server.requests, before + 2);
}

/* Ticket and details of version 1 are one request; news is news once. */
static void
test_shared(void **state)
{
	struct test t = bare(SCOPE_REPOSITORY);
	const char *ticket = NULL;
	int before = server.requests;

	(void)state;
	answers(200, old_test);
	assert_int_equal(trunk_details(&job, &t), OK);
	assert_int_equal(trunk_ticket(&job, &t, &ticket), OK);
	assert_string_equal(ticket, "https://linear.app/orchard/issue/FRU-1");
	assert_int_equal(server.requests, before + 1);
	assert_int_equal(trunk_ticket(&job, &t, &ticket), OK);
	assert_int_equal(server.requests, before + 2);

	job.seen = NULL;
	t = bare(SCOPE_REPOSITORY);
	assert_int_equal(trunk_ticket(&job, &t, &ticket), OK);
	assert_int_equal(trunk_details(&job, &t), OK);
	assert_filled(&t, 2);
	assert_int_equal(server.requests, before + 3);

	/* A failure to tell the details is none to tell the ticket. */
	job.seen = NULL;
	answers(500, "");
	assert_int_equal(trunk_details(&job, &t), ERR_UPSTREAM);
	answers(200, old_test);
	assert_int_equal(trunk_ticket(&job, &t, &ticket), OK);

	job.seen = NULL;
	answers(404, "");
	assert_int_equal(trunk_details(&job, &t), ERR_ABSENT);
	assert_int_equal(trunk_ticket(&job, &t, &ticket), ERR_ABSENT);
	assert_int_equal(server.requests, before + 6);
}

/* What cannot be asked is not. */
static void
test_not_asked(void **state)
{
	struct test t = bare(SCOPE_REPOSITORY);
	int before = server.requests;

	(void)state;
	t.repository.name = NULL;
	assert_int_equal(trunk_details(&job, &t), ERR_ABSENT);
	job.seen = NULL;
	t = bare(SCOPE_REPOSITORY);
	t.url = NULL;
	assert_int_equal(trunk_details(&job, &t), ERR_ABSENT);
	job.seen = NULL;
	t = bare(SCOPE_REPOSITORY);
	config.trunk_token.len = 0;
	assert_int_equal(trunk_details(&job, &t), ERR_LINK_REFUSED);
	assert_int_equal(server.requests, before);
	config.trunk_token.len = 9;
	config.org = "fruit";
	t.url = NULL;
	job.seen = NULL;
	answers(200, old_test);
	assert_int_equal(trunk_details(&job, &t), OK);
	assert_non_null(strstr(asked, "\"org_url_slug\":\"fruit\""));
	assert_string_equal(t.url, "https://other.example");
}

/* A Trunk that hangs costs the ticket some time, and not all of it. */
static void
test_hanging(void **state)
{
	struct test t = bare(SCOPE_REPOSITORY);
	int64_t start = clock_mono();

	(void)state;
	answer = NULL;
	assert_int_not_equal(trunk_details(&job, &t), OK);
	assert_in_range(clock_mono() - start, 2500, 4500);
	assert_true(job.deadline - clock_mono() > 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_v1, setup, teardown),
		cmocka_unit_test_setup_teardown(test_v2, setup, teardown),
		cmocka_unit_test_setup_teardown(test_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_odd_members, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shared, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_asked, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_hanging, setup,
		    teardown),
	};

	return (cmocka_run_group_tests(tests, setup_all, teardown_all));
}
