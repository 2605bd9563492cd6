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
#include "common/json.h"
#include "handler/config.h"
#include "handler/outcome.h"
#include "handler/tracker.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ABORT	"webhook-delivery: abort-message"

enum {
	ARENA = 1 << 20,
	GRAIN = 16		/* bytes, of a cap */
};

static const struct tracker_kind kind = { .type = "dock",
    .project = DEST_TEAM };
static const struct tracker tracker = { .name = "harbour", .kind = &kind };
static const struct rule rule = { .name = "cranes" };
static const struct delivery mail = { .id = "msg_2Zp", .signed_at = 1 };
static const struct event event = { .family = FAMILY_STATUS };
static const struct filing filing = { .stage = STAGE_CREATED,
    .rule = "pinned", .remote_id = "77", .remote_key = "HAR-7",
    .url = "https://dock.example.net/HAR-7" };
static const struct route route = { .action = ACTION_TICKET, .rule = &rule,
    .tracker = &tracker, .owner = "@harbour/cranes",
    .dest[DEST_TEAM] = { .value = "HAR" } };

static struct arena *reading;	/* for what is read back */
static struct job job;

static int
before_each(void **state)
{

	(void)state;
	arena_reset(job.arena);
	arena_reset(reading);
	job.retry_after = 0;
	strcpy(job.why.text, "the reason, in \"quotes\"");
	return (0);
}

static const struct json *
read_back(const struct outcome *out)
{
	const struct json *tree = NULL;
	struct why why = { "" };
	size_t len;

	assert_non_null(out->body);
	len = strlen(out->body);
	assert_true(len > 0 && out->body[len - 1] == '\n');
	assert_string_equal(out->type, "application/json");
	arena_reset(reading);
	if (json_parse(reading, out->body, len, &tree, &why) != OK)
		fail_msg("%s: %s", out->body, why.text);
	assert_int_equal(tree->type, JSON_OBJECT);
	return (tree);
}

/* The line of that header, or NULL. */
static const char *
header(const struct outcome *out, const char *name)
{
	size_t i;

	for (i = 0; i < OUTCOME_HEADERS && out->header[i] != NULL; i++)
		if (strncmp(out->header[i], name, strlen(name)) == 0 &&
		    out->header[i][strlen(name)] == ':')
			return (out->header[i]);
	return (NULL);
}

/* Is that what the member says?  NULL: it must not be there. */
static void
says(const struct json *tree, const char *path, const char *text)
{
	const char *got = json_string(tree, path);

	if (text == NULL ? json_get(tree, path) != NULL :
	    got == NULL || strcmp(got, text) != 0)
		fail_msg("%s is %s, wanted %s", path, got == NULL ?
		    "not there" : got, text);
}

/* As the manual page tickethook(8) has them. */
static const struct {
	enum outcome_kind	 kind;
	const char		*name;
	bool			 final;
	bool			 ticket;
} kinds[] = {
	{ OUTCOME_CREATED, "created", true, true },
	{ OUTCOME_ADOPTED, "adopted", true, true },
	{ OUTCOME_EXISTS, "exists", true, true },
	{ OUTCOME_RECORDED, "recorded", false, false },
	{ OUTCOME_IGNORED, "ignored", false, false },
	{ OUTCOME_PARKED, "parked", false, false },
};

static void
test_kinds(void **state)
{
	struct story s = { .mail = &mail, .event = &event, .route = &route };
	const struct json *tree;
	struct outcome out;
	bool linked;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(kinds); i++) {
		s.kind = kinds[i].kind;
		s.filing = kinds[i].ticket ? &filing : NULL;
		s.linked = i % 2 == 0;
		out = outcome_of(&job, OK, &s);
		assert_int_equal(out.status, 200);
		assert_string_equal(out.name, kinds[i].name);
		assert_null(out.header[0]);
		assert_int_equal(outcome_final(out.name), kinds[i].final);
		tree = read_back(&out);
		says(tree, "outcome", kinds[i].name);
		says(tree, "delivery", "msg_2Zp");
		says(tree, "rule", s.filing != NULL ? "pinned" : "cranes");
		says(tree, "ticket", s.filing != NULL ? "HAR-7" : NULL);
		says(tree, "url", s.filing != NULL ? filing.url : NULL);
		says(tree, "error", NULL);
		says(tree, "message", NULL);
		says(tree, "replayed", NULL);
		says(tree, "example", NULL);
		assert_int_equal(json_bool(tree, "linked", &linked),
		    s.filing != NULL);
		if (s.filing != NULL)
			assert_int_equal(linked, s.linked);
	}
}

static const struct {
	enum err	 e;
	int		 status;
	const char	*name;
} errors[] = {
	{ ERR_MALFORMED, 400, "malformed" },
	{ ERR_UNVERIFIED, 401, "unverified" },
	{ ERR_FORBIDDEN, 403, "forbidden" },
	{ ERR_NOT_FOUND, 404, "not_found" },
	{ ERR_METHOD, 405, "method_not_allowed" },
	{ ERR_LENGTH, 411, "length_required" },
	{ ERR_TOO_LARGE, 413, "too_large" },
	{ ERR_REFUSED, 502, "tracker_refused" },
	{ ERR_CONFIG, 502, "tracker_refused" },
	{ ERR_LINK_REFUSED, 502, "link_refused" },
	{ ERR_BUSY, 503, "busy" },
	{ ERR_NOMEM, 503, "busy" },
	{ ERR_UPSTREAM, 503, "upstream" },
	{ ERR_ABSENT, 503, "upstream" },
	{ ERR_UNKNOWN, 503, "unknown" },
	{ ERR_DEADLINE, 503, "deadline" },
	{ ERR_LEDGER, 503, "ledger" },
};

static void
check_error(size_t i, const struct story *s)
{
	const struct json *tree;
	struct outcome out;
	bool final;

	out = s == NULL ? outcome_error(&job, errors[i].e) :
	    outcome_of(&job, errors[i].e, s);
	assert_int_equal(out.status, errors[i].status);
	assert_string_equal(out.name, errors[i].name);
	final = errors[i].e == ERR_MALFORMED && s != NULL && s->mail != NULL;
	if (final)
		assert_string_equal(header(&out, "webhook-delivery"), ABORT);
	else
		assert_null(header(&out, "webhook-delivery"));
	if (out.status == 503)
		assert_string_equal(header(&out, "Retry-After"),
		    "Retry-After: 5");
	else
		assert_null(header(&out, "Retry-After"));
	assert_false(outcome_final(out.name));
	tree = read_back(&out);
	says(tree, "error", errors[i].name);
	says(tree, "outcome", NULL);
	says(tree, "delivery", s != NULL && s->mail != NULL ? mail.id : NULL);
	if (errors[i].e != ERR_UNVERIFIED)
		says(tree, "message", "the reason, in \"quotes\"");
}

static void
test_errors(void **state)
{
	const struct story full = { .mail = &mail, .event = &event,
	    .route = &route, .filing = &filing, .kind = OUTCOME_EXISTS };
	const struct story nobody = { .mail = NULL };
	bool met[ERR_COUNT] = { [OK] = true };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(errors); i++) {
		met[errors[i].e] = true;
		check_error(i, NULL);
		check_error(i, &nobody);
		check_error(i, &full);
	}
	for (i = 0; i < ERR_COUNT; i++)
		if (!met[i])
			fail_msg("%s is not in the table",
			    err_name((enum err)i));
}

/* What was made before the failure is told with it. */
static void
test_error_with_ticket(void **state)
{
	const struct story s = { .mail = &mail, .event = &event,
	    .route = &route, .filing = &filing };
	struct filing begun = filing;
	struct story t = s;
	struct outcome out;
	bool linked = true;

	(void)state;
	out = outcome_of(&job, ERR_LINK_REFUSED, &s);
	says(read_back(&out), "ticket", "HAR-7");
	assert_true(json_bool(read_back(&out), "linked", &linked));
	assert_false(linked);
	begun.stage = STAGE_SENT;
	t.filing = &begun;
	out = outcome_of(&job, ERR_UNKNOWN, &t);
	says(read_back(&out), "ticket", NULL);
	says(read_back(&out), "linked", NULL);
	says(read_back(&out), "rule", "pinned");
}

static void
test_retry_after(void **state)
{
	struct outcome out;

	(void)state;
	job.retry_after = 42;
	out = outcome_error(&job, ERR_UPSTREAM);
	assert_string_equal(header(&out, "Retry-After"), "Retry-After: 42");
	out = outcome_error(&job, ERR_REFUSED);
	assert_null(header(&out, "Retry-After"));
	job.retry_after = -1;
	out = outcome_error(&job, ERR_BUSY);
	assert_string_equal(header(&out, "Retry-After"), "Retry-After: 5");
}

/* Whatever was wrong with the signature, the answer is the same bytes. */
static void
test_unverified(void **state)
{
	const struct story nobody = { .mail = NULL };
	struct outcome one, two;

	(void)state;
	strcpy(job.why.text, "too old by 7 s: signed at 1, now 308");
	one = outcome_of(&job, ERR_UNVERIFIED, &nobody);
	assert_null(strstr(one.body, "too old"));
	strcpy(job.why.text, "no matching signature among 2");
	job.retry_after = 9;
	two = outcome_of(&job, ERR_UNVERIFIED, &nobody);
	assert_string_equal(one.body, two.body);
	assert_null(one.header[0]);
	assert_null(two.header[0]);
	assert_null(strstr(one.body, "svix"));
}

static void
test_example(void **state)
{
	struct event example = event;
	struct route nowhere = { .action = ACTION_IGNORE };
	struct route record = { .action = ACTION_RECORD, .rule = &rule };
	struct story s = { .mail = &mail, .event = &example,
	    .route = &route, .kind = OUTCOME_IGNORED };
	const struct json *tree;
	struct outcome out;
	bool yes = false;
	size_t i;

	(void)state;
	example.example = true;
	out = outcome_of(&job, OK, &s);
	tree = read_back(&out);
	says(tree, "outcome", "ignored");
	assert_true(json_bool(tree, "example", &yes) && yes);
	says(tree, "would", "file a ticket");
	says(tree, "tracker", "harbour");
	says(tree, "project", "HAR");
	says(tree, "owner", "@harbour/cranes");
	says(tree, "rule", "cranes");
	for (i = 0; i < 3; i++) {
		s.route = i == 0 ? &nowhere : i == 1 ? &record : NULL;
		out = outcome_of(&job, OK, &s);
		tree = read_back(&out);
		says(tree, "would", "file nothing");
		says(tree, "tracker", NULL);
		says(tree, "rule", i == 1 ? "cranes" : NULL);
	}
}

static void
test_again(void **state)
{
	static const char old[] = "{\"outcome\":\"adopted\",\"ticket\":"
	    "\"HAR-7\",\"linked\":false,\"n\":1.50,\"x\":{\"y\":[1,null]}}\n";
	const struct story s = { .mail = &mail, .filing = &filing,
	    .kind = OUTCOME_CREATED, .linked = true };
	struct outcome out, first;

	(void)state;
	out = outcome_again(&job, 200, "adopted", old);
	assert_int_equal(out.status, 200);
	assert_string_equal(out.name, "adopted");
	assert_null(out.header[0]);
	assert_string_equal(out.body, "{\"outcome\":\"adopted\",\"ticket\":"
	    "\"HAR-7\",\"linked\":false,\"n\":1.50,\"x\":{\"y\":[1,null]},"
	    "\"replayed\":true}\n");
	/* Our own: the same and one member more. */
	first = outcome_of(&job, OK, &s);
	out = outcome_again(&job, first.status, first.name, first.body);
	assert_int_equal(strncmp(out.body, first.body,
	    strlen(first.body) - 2), 0);
	assert_string_equal(out.body + strlen(first.body) - 2,
	    ",\"replayed\":true}\n");
	(void)read_back(&out);
}

/* A record that does not read is no success. */
static void
test_again_broken(void **state)
{
	struct outcome out;

	(void)state;
	out = outcome_again(&job, 200, "created", "{\"outcome\":");
	assert_int_equal(out.status, 503);
	assert_string_equal(header(&out, "Retry-After"), "Retry-After: 5");
	(void)read_back(&out);
}

/* The longest of everything still makes an answer. */
static void
test_longest(void **state)
{
	char key[1025], url[1025], id[257];
	struct delivery long_mail = { .id = id };
	struct filing f = filing;
	struct story s = { .mail = &long_mail, .filing = &f,
	    .kind = OUTCOME_CREATED };
	struct outcome out;

	(void)state;
	memset(key, 'K', sizeof(key));
	memset(url, '\\', sizeof(url));
	memset(id, '"', sizeof(id));
	key[1024] = url[1024] = id[256] = '\0';
	memset(job.why.text, '\\', WHY_MAX - 1);
	job.why.text[WHY_MAX - 1] = '\0';
	f.remote_key = key;
	f.url = url;
	out = outcome_of(&job, OK, &s);
	assert_int_equal(out.status, 200);
	says(read_back(&out), "url", url);
	says(read_back(&out), "delivery", id);
	out = outcome_of(&job, ERR_LINK_REFUSED, &s);
	assert_int_equal(out.status, 502);
	says(read_back(&out), "message", job.why.text);
	/* A sentence may quote whatever it likes. */
	memset(job.why.text, 0x01, WHY_MAX - 1);
	out = outcome_error(&job, ERR_REFUSED);
	assert_int_equal(out.status, 502);
	memset(job.why.text, 0xff, WHY_MAX - 1);
	out = outcome_error(&job, ERR_REFUSED);
	assert_int_equal(out.status, 502);
	(void)read_back(&out);
}

static struct outcome
make(int which)
{
	static const char old[] = "{\"outcome\":\"created\",\"ticket\":\"A\"}";
	const struct story s = { .mail = &mail, .event = &event,
	    .route = &route, .filing = &filing, .kind = OUTCOME_CREATED };

	switch (which) {
	case 0:
		return (outcome_of(&job, OK, &s));
	case 1:
		return (outcome_of(&job, ERR_UNKNOWN, &s));
	case 2:
		return (outcome_of(&job, ERR_MALFORMED, &s));
	case 3:
		return (outcome_again(&job, 200, "created", old));
	default:
		return (outcome_error(&job, ERR_UNVERIFIED));
	}
}

/*
 * With whatever memory there is, the answer is right or it is "busy", and
 * whole.  True: it was right.
 */
static bool
squeeze(int which, size_t cap, const struct outcome *right)
{
	struct arena *roomy = job.arena;
	struct outcome out;
	bool same;

	assert_non_null(job.arena = arena_new(cap));
	out = make(which);
	(void)read_back(&out);
	same = out.status == right->status &&
	    strcmp(out.body, right->body) == 0;
	if (!same) {
		assert_int_equal(out.status, 503);
		assert_string_equal(out.name, "busy");
	}
	arena_free(job.arena);
	job.arena = roomy;
	return (same);
}

static void
test_no_memory(void **state)
{
	struct outcome right;
	size_t cap;
	int which;

	(void)state;
	for (which = 0; which < 5; which++) {
		right = make(which);
		/* It does not fail, then work, then fail. */
		for (cap = 0; !squeeze(which, cap, &right); cap += GRAIN)
			assert_true(cap < ARENA);
		assert_true(cap > 0);
		for (; cap < 64 * 1024; cap += GRAIN * 16)
			assert_true(squeeze(which, cap, &right));
	}
}

static void
test_header_room(void **state)
{
	struct outcome out = outcome_error(&job, ERR_BUSY);
	size_t i;

	(void)state;
	for (i = 0; i < OUTCOME_HEADERS + 2; i++)
		outcome_header(&out, "Allow: POST");
	assert_string_equal(out.header[0], "Retry-After: 5");
	for (i = 1; i < OUTCOME_HEADERS; i++)
		assert_string_equal(out.header[i], "Allow: POST");
}

static void
test_final_unknown(void **state)
{

	(void)state;
	assert_false(outcome_final("pending"));
	assert_false(outcome_final(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_kinds, before_each),
		cmocka_unit_test_setup(test_errors, before_each),
		cmocka_unit_test_setup(test_error_with_ticket, before_each),
		cmocka_unit_test_setup(test_retry_after, before_each),
		cmocka_unit_test_setup(test_unverified, before_each),
		cmocka_unit_test_setup(test_example, before_each),
		cmocka_unit_test_setup(test_again, before_each),
		cmocka_unit_test_setup(test_again_broken, before_each),
		cmocka_unit_test_setup(test_longest, before_each),
		cmocka_unit_test_setup(test_no_memory, before_each),
		cmocka_unit_test_setup(test_header_room, before_each),
		cmocka_unit_test_setup(test_final_unknown, before_each),
	};
	int bad;

	job.arena = arena_new(ARENA);
	reading = arena_new(ARENA);
	if (job.arena == NULL || reading == NULL)
		return (1);
	bad = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(job.arena);
	arena_free(reading);
	return (bad);
}
