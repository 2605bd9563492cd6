/* Who is believed at /tracker/NAME, and how old a webhook may be. */
#include "tests/unit/ledger_setup.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/crypt.h"
#include "handler/config.h"
#include "handler/news.h"
#include "handler/tracker.h"
#include "handler/verify_tracker.h"

enum {
	MINUTE = 60 * 1000,
	DAY = 24 * 60 * MINUTE
};

static struct tracker jira, lin;
static struct job job;

/* The example of the vendor's page about Jira's webhooks. */
static const char SECRET[] = "It's a Secret to Everybody";
static const char BODY[] = "Hello World!";
#define HEX "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"

static int
setup(void **state)
{

	(void)state;
	jira = (struct tracker){ .name = "site", .kind = tracker_kind("jira"),
	    .hook = { SECRET, sizeof(SECRET) - 1, 0 } };
	lin = (struct tracker){ .name = "lin",
	    .kind = tracker_kind("linear"),
	    .hook = { SECRET, sizeof(SECRET) - 1, 0 } };
	memset(&job, 0, sizeof(job));
	job.arena = arena_new(1 << 20);
	job.now = (int64_t)WORLD_NOW * 1000;
	return (job.arena == NULL || crypt_init(&job.why) != OK ? -1 : 0);
}

static int
teardown(void **state)
{

	(void)state;
	arena_free(job.arena);
	return (0);
}

static struct request
request(const char *signature, const char *id)
{
	struct request in = { .method = "POST", .path = "/tracker/site",
	    .body = BODY, .len = sizeof(BODY) - 1, .declared = -1 };

	in.hook[HOOK_JIRA] = (struct hook_headers){ signature, id };
	return (in);
}

static enum err
check(const struct tracker *t, const struct request *in,
    struct delivery *mail)
{

	job.why.text[0] = '\0';
	*mail = (struct delivery){ .id = NULL };
	return (verify_tracker(&job, t, in, mail));
}

static void
test_vendor(void **state)
{
	struct request in = request("sha256=" HEX, "1754-33-0");
	struct delivery mail;

	(void)state;
	expect(&job, check(&jira, &in, &mail), OK);
	assert_string_equal(mail.id, "site|1754-33-0");
	assert_ptr_equal(mail.body, BODY);
	assert_int_equal(mail.len, sizeof(BODY) - 1);
	assert_int_equal(mail.signed_at, WORLD_NOW);
	/* Linear: without a prefix, from a header of its own. */
	in.hook[HOOK_LINEAR] = (struct hook_headers){ HEX, "7c2e" };
	in.hook[HOOK_JIRA].signature = NULL;
	expect(&job, check(&lin, &in, &mail), OK);
	assert_string_equal(mail.id, "lin|7c2e");
	expect(&job, check(&jira, &in, &mail), ERR_UNVERIFIED);
}

/* What OpenSSL's own HMAC over one piece gives. */
static void
test_bytes(void **state)
{
	static const char body[] = "\0{\"a\":\"\xff\"}\r\n\0";
	char hex[2 * 32 + 1];
	unsigned char mac[EVP_MAX_MD_SIZE];
	struct request in;
	struct delivery mail;
	unsigned int i, len = 0;

	(void)state;
	assert_non_null(HMAC(EVP_sha256(), SECRET, sizeof(SECRET) - 1,
	    (const unsigned char *)body, sizeof(body) - 1, mac, &len));
	for (i = 0; i < len; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", mac[i]);
	in = request(NULL, NULL);
	in.body = body;
	in.len = sizeof(body) - 1;
	in.hook[HOOK_LINEAR].signature = hex;
	expect(&job, check(&lin, &in, &mail), OK);
	in.len--;
	expect(&job, check(&lin, &in, &mail), ERR_UNVERIFIED);
}

static void
test_refused(void **state)
{
	static const struct {
		const char	*signature;
		const char	*why;
	} rows[] = {
		{ NULL, "X-Hub-Signature is not there" },
		{ "", "does not begin with sha256=" },
		{ HEX, "does not begin with sha256=" },
		{ "sha1=" HEX, "does not begin with sha256=" },
		{ "SHA256=" HEX, "does not begin with sha256=" },
		{ "sha256=", "does not match" },
		{ "sha256=" HEX "0", "does not match" },
		{ "sha256=b4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f"
		    "2937e133263c9", "does not match" },
		{ "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f"
		    "2937e133263c8", "does not match" },
		/* Two of them, joined by a proxy. */
		{ "sha256=" HEX ", sha256=" HEX, "does not match" }
	};
	struct delivery mail;
	struct request in;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		in = request(rows[i].signature, "x");
		expect(&job, check(&jira, &in, &mail), ERR_UNVERIFIED);
		assert_null(mail.id);
		assert_non_null(strstr(job.why.text, rows[i].why));
		assert_null(strstr(job.why.text, "a4771c39"));
		assert_null(strstr(job.why.text, SECRET));
	}
	in = request("sha256=" HEX, "x");
	in.repeated = "x-hub-signature";
	expect(&job, check(&jira, &in, &mail), ERR_UNVERIFIED);
	assert_non_null(strstr(job.why.text, "more than once"));
}

/* Anybody can sign with an empty secret. */
static void
test_no_secret(void **state)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	char signature[7 + 2 * 32 + 1] = "sha256=";
	struct request in;
	struct delivery mail;
	unsigned int i, len = 0;

	(void)state;
	assert_non_null(HMAC(EVP_sha256(), "", 0,
	    (const unsigned char *)BODY, sizeof(BODY) - 1, mac, &len));
	for (i = 0; i < len; i++)
		(void)snprintf(signature + 7 + 2 * i, 3, "%02x", mac[i]);
	jira.hook = (struct secret){ "", 0, 0 };
	in = request(signature, "x");
	expect(&job, check(&jira, &in, &mail), ERR_UNVERIFIED);
	assert_non_null(strstr(job.why.text, "[tracker site] has no "
	    "webhook_secret"));
	jira.hook = (struct secret){ NULL, 0, 0 };
	expect(&job, check(&jira, &in, &mail), ERR_UNVERIFIED);
}

/* Without an id of the sender's, or with an odd one, the body makes it. */
static void
test_id(void **state)
{
	static const char hash[] = "site|sha256:7f83b1657ff1fc53b92dc18148a1d"
	    "65dfc2d4b1fa3d677284addd200126d9069";	/* sha256sum */
	char longest[320];
	const char *const ids[] = { NULL, "", "two words", "a\nb", longest };
	struct request in = request("sha256=" HEX, NULL);
	struct delivery mail;
	size_t i;

	(void)state;
	memset(longest, 'i', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		in.hook[HOOK_JIRA].id = ids[i];
		expect(&job, check(&jira, &in, &mail), OK);
		assert_string_equal(mail.id, hash);
	}
}

static void
test_age(void **state)
{
	const struct {
		const struct tracker *t;
		int64_t		 age;
		enum verify_age	 wanted;
	} rows[] = {
		{ &lin, 0, VERIFY_FRESH },
		{ &lin, MINUTE, VERIFY_FRESH },
		{ &lin, -MINUTE, VERIFY_FRESH },
		{ &lin, MINUTE + 1, VERIFY_LATE },
		{ &lin, -MINUTE - 1, VERIFY_LATE },
		{ &lin, DAY, VERIFY_LATE },
		{ &lin, DAY + 1, VERIFY_STALE },
		{ &lin, -DAY - 1, VERIFY_STALE },
		{ &jira, MINUTE + 1, VERIFY_FRESH },
		{ &jira, DAY, VERIFY_FRESH },
		{ &jira, DAY + 1, VERIFY_STALE },
		{ &jira, -DAY - 1, VERIFY_STALE }
	};
	struct bulletin b = { .sent = 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		b.sent = job.now - rows[i].age;
		assert_int_equal(verify_tracker_age(&job, rows[i].t, &b),
		    rows[i].wanted);
	}
	b.sent = 0;
	assert_int_equal(verify_tracker_age(&job, &jira, &b), VERIFY_STALE);
	b.sent = INT64_MAX;
	assert_int_equal(verify_tracker_age(&job, &lin, &b), VERIFY_STALE);
	b.sent = INT64_MIN;
	assert_int_equal(verify_tracker_age(&job, &lin, &b), VERIFY_STALE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_vendor, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_no_secret, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_id, setup, teardown),
		cmocka_unit_test_setup_teardown(test_age, setup, teardown)
	};

	return (cmocka_run_group_tests_name("verify_tracker", tests, NULL,
	    NULL));
}
