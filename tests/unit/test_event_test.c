#include "handler/event.h"
#include "tests/unit/event_bodies.h"
#include "tests/unit/job_setup.h"

static void
test_repository(void **state)
{
	static const struct {
		const char	*url;
		const char	*host;		/* NULL: refused */
		const char	*owner;
		const char	*name;
	} rows[] = {
		{ "https://github.com/acme/shop", "github.com", "acme",
		    "shop" },
		{ "http://github.com/acme/shop", "github.com", "acme",
		    "shop" },
		{ "HTTPS://GitHub.com/Acme/Shop", "GitHub.com", "Acme",
		    "Shop" },
		{ "https://github.com/acme/shop/", "github.com", "acme",
		    "shop" },
		{ "https://github.com/acme/shop//", "github.com", "acme",
		    "shop" },
		{ "https://github.com/acme/shop.git", "github.com", "acme",
		    "shop" },
		{ "https://github.com/acme/shop.git/", "github.com", "acme",
		    "shop" },
		{ "https://github.com/acme/shop.git.git", "github.com",
		    "acme", "shop.git" },
		{ "https://github.com/acme/git", "github.com", "acme", "git" },
		{ "https://github.com/acme/.github", "github.com", "acme",
		    ".github" },
		{ "https://github.com/acme/a.b-c_d", "github.com", "acme",
		    "a.b-c_d" },
		{ "https://gitlab.com/g/sub/sub2/shop", "gitlab.com",
		    "g/sub/sub2", "shop" },
		{ "https://git.corp:8443/acme/shop", "git.corp:8443", "acme",
		    "shop" },
		{ "https://localhost/acme/shop", "localhost", "acme",
		    "shop" },
		{ "https://10.0.0.7:80/acme/shop", "10.0.0.7:80", "acme",
		    "shop" },
		{ "https://[fd00::7]/acme/shop", "[fd00::7]", "acme",
		    "shop" },
		{ "https://[fd00::7]:443/acme/shop", "[fd00::7]:443", "acme",
		    "shop" },
		{ "https://github.com/ac%20me/sh%2Fop", "github.com",
		    "ac%20me", "sh%2Fop" },
		{ "https://github.com/\xc3\xa4/\xe2\x82\xac", "github.com",
		    "\xc3\xa4", "\xe2\x82\xac" },
		{ .url = "" }, { .url = "github.com/acme/shop" },
		{ .url = "https://" }, { .url = "https:///acme/shop" },
		{ .url = "https://github.com" },
		{ .url = "https://github.com/" },
		{ .url = "https://github.com/shop" },
		{ .url = "https://github.com/shop/" },
		{ .url = "https://github.com/shop.git" },
		{ .url = "https://github.com/acme/.git" },
		{ .url = "https://github.com//acme/shop" },
		{ .url = "https://github.com/acme//shop" },
		{ .url = "https://github.com/acme/../shop" },
		{ .url = "https://github.com/acme/." },
		{ .url = "https://user@github.com/acme/shop" },
		{ .url = "https://user:pw@github.com/acme/shop" },
		{ .url = "https://github.com/acme/shop?ref=1" },
		{ .url = "https://github.com/acme/shop#top" },
		{ .url = "https://github.com/acme/sh op" },
		{ .url = "https://github.com/acme/sh\nop" },
		{ .url = "https://github.com/acme\\shop/x" },
		{ .url = "https://git hub.com/acme/shop" },
		{ .url = "https://github.com:/acme/shop" },
		{ .url = "https://github.com:99x/acme/shop" },
		{ .url = "https://github.com:123456/acme/shop" },
		{ .url = "https://:443/acme/shop" },
		{ .url = "https://[fd00::7/acme/shop" },
		{ .url = "https://[fd00::7]x/acme/shop" },
		{ .url = "https://[fd00::7g]/acme/shop" },
		{ .url = "https://github.com/acme/sh\177op" },
		{ .url = "ssh://git@github.com/acme/shop" },
		{ .url = "git@github.com:acme/shop.git" },
		{ .url = "ftp://github.com/acme/shop" },
		{ .url = "javascript://github.com/acme/shop" },
		{ .url = " https://github.com/acme/shop" },
	};
	struct repository r;
	size_t i;
	bool good;

	(void)state;
	job.arena = arena;
	for (i = 0; i < COUNT(rows); i++) {
		arena_reset(arena);
		good = event_repository(&job, rows[i].url, &r);
		if (good != (rows[i].host != NULL))
			fail_msg("\"%s\" %s", rows[i].url, good ?
			    "is accepted" : "is refused");
		if (!good) {
			assert_null(r.host);
			assert_null(r.owner);
			assert_null(r.name);
			assert_null(r.url);
			continue;
		}
		assert_string_equal(r.host, rows[i].host);
		assert_string_equal(r.owner, rows[i].owner);
		assert_string_equal(r.name, rows[i].name);
		assert_string_equal(r.url, rows[i].url);
	}
	assert_false(event_repository(&job, NULL, &r));
}

static enum err
read_text(const char *text, struct event *event)
{
	struct delivery mail = { .id = "msg_1", .body = text,
	    .len = strlen(text) };

	memset(&job, 0, sizeof(job));
	job.arena = arena;
	return (event_read(&job, &mail, event));
}

static const char *
identity(struct test t)
{

	job.arena = arena;
	assert_int_equal(event_identity(&job, &t), OK);
	return (t.identity);
}

static void
test_identity(void **state)
{
	const struct test full = {
		.id = ID, .name = "n", .parent = "p", .classname = "c",
		.file_path = "f", .variant = "v", .repository = {
		"h", "o", "r", "https://h/o/r" },
	};
	struct test a = full, b = full;

	(void)state;
	assert_string_equal(identity(full), "h\no\nr\nf\np\nn\nv\n");
	a.parent = NULL;
	assert_string_equal(identity(a), "h\no\nr\nf\nc\nn\nv\n");
	a.classname = NULL;
	a.file_path = NULL;
	a.variant = NULL;
	assert_string_equal(identity(a), "h\no\nr\n\n\nn\n\n");
	/* A newline cannot move what follows it into the next part. */
	a = full;
	a.file_path = "f\np";
	a.parent = NULL;
	a.classname = NULL;
	assert_string_equal(identity(a), "h\no\nr\nf\\np\n\nn\nv\n");
	b.file_path = "f\\np";
	b.parent = NULL;
	b.classname = NULL;
	assert_string_not_equal(identity(a), identity(b));
	/* Other ids and scopes, the same test. */
	a = full;
	a.id = "another";
	a.scope = SCOPE_COLLECTION;
	assert_string_equal(identity(a), identity(full));
	/* Without a place, equal names are not the same test. */
	memset(&a.repository, 0, sizeof(a.repository));
	b = a;
	b.id = ID;
	assert_string_not_equal(identity(a), identity(b));
	assert_string_equal(identity(b),
	    "test:" ID "\n\n\nf\np\nn\nv\n");
	a.repository.url = "http://one.example";
	b.repository.url = "http://two.example";
	assert_string_not_equal(identity(a), identity(b));
	b.repository.url = a.repository.url;
	assert_string_equal(identity(a), identity(b));
}

static void
test_examples(void **state)
{
	static const char *const ids[] = {
		"7461c36c-3ae2-5d3c-803b-0bdcfd875ee1",
		"497f6eca-6276-4993-bfeb-53cbbbba6f08",
		"cd7ef2fe-0ec1-5e40-a323-027029579f5b",
	};
	static const char *const real[] = { ID, "", "7461c36c",
	    "7461C36C-3AE2-5D3C-803B-0BDCFD875EE1",
	    "7461c36c-3ae2-5d3c-803b-0bdcfd875ee1 " };
	struct event event;
	char body[512];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ids); i++) {
		assert_true(event_is_example(ids[i]));
		snprintf(body, sizeof(body), "{\"type\":"
		    "\"test_case.status_changed\",\"test_case\":{\"id\":"
		    "\"%s\",\"name\":\"n\",\"status\":{\"value\":\"flaky\"}}}",
		    ids[i]);
		assert_int_equal(read_text(body, &event), OK);
		assert_true(event.example);
	}
	for (i = 0; i < COUNT(real); i++)
		assert_false(event_is_example(real[i]));
	assert_false(event_is_example(NULL));
	assert_int_equal(read_text(V2(""), &event), OK);
	assert_false(event.example);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repository),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_examples),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
