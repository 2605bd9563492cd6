/*
 * What is told, to whom, and how often: the outbox by what ledger_notice.h
 * promises, and what becomes of a template, judged by yajl and by a decoder
 * of percent signs of our own.
 */
#include "tests/unit/ledger_sqlite.h"

#include <ctype.h>

#include <yajl/yajl_tree.h>

#include "common/crypt.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/draft.h"
#include "handler/ledger_notice.h"
#include "handler/ledger_sweep.h"
#include "handler/notify.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define MINUTE		(INT64_C(60) * 1000)
#define DAY		(24 * 60 * MINUTE)

/* The bit of a word, as the configuration sets it. */
static unsigned
on(const char *word)
{
	unsigned i;

	for (i = 0; notify_words[i] != NULL; i++)
		if (strcmp(notify_words[i], word) == 0)
			return (1U << i);
	abort();
}

/* A template's text with one fact, as notify_write() gives it. */
static enum err
write_with(struct job *job, const char *url, const char *body,
    const char *value, const char *out[2])
{
	struct notify to = { .name = "chat", .body = body };
	struct notice_record r = { .section = "chat", .word = "created" };
	struct json_writer w;
	struct buf b;

	to.url.bytes = arena_strdup(job->arena, url);
	to.url.len = strlen(url);
	buf_init(&b, job->arena, 64 * 1024);
	json_open(&w, &b);
	json_begin(&w, NULL, JSON_OBJECT);
	json_put_string(&w, "test.name", value);
	json_end(&w);
	assert_non_null(r.facts = buf_text(&b));
	return (notify_write(job, &to, &r, &out[0], &out[1]));
}

static int
hex_of(char c)
{
	const char *digits = "0123456789ABCDEF";
	const char *at = strchr(digits, c);

	assert_true(c != '\0' && at != NULL);
	return ((int)(at - digits));
}

/* Every byte is unreserved, or "%" and two digits: RFC 3986, 2.1 and 2.3. */
static void
decode(const char *s, char *out)
{

	for (; *s != '\0'; s++)
		if (*s == '%') {
			*out++ = (char)(hex_of(s[1]) * 16 + hex_of(s[2]));
			s += 2;
		} else {
			assert_true((*s >= '0' && *s <= '9') ||
			    (*s >= 'A' && *s <= 'Z') ||
			    (*s >= 'a' && *s <= 'z') ||
			    strchr("-._~", *s) != NULL);
			*out++ = *s;
		}
	*out = '\0';
}

/* No name of a test leaves its place, neither in a URL nor in JSON. */
static void
check_name(struct job *job, const char *name)
{
	static const char URL[] = "https://hooks.example:8443/a?t=";
	static const char *const path[] = { "x", NULL };
	const char *out[2];
	char said[256], plain[16384];
	yajl_val tree, x;

	assert_true(strlen(name) < sizeof(plain));
	expect(job, write_with(job, "https://hooks.example:8443/a?t="
	    "{{test.name}}", "{\"x\": \"-{{test.name}}-\", \"y\": 1}", name,
	    out), OK);
	assert_memory_equal(out[0], URL, sizeof(URL) - 1);
	decode(out[0] + sizeof(URL) - 1, plain);
	assert_string_equal(plain, name);
	tree = yajl_tree_parse(out[1], said, sizeof(said));
	assert_non_null(tree);
	assert_int_equal(YAJL_GET_OBJECT(tree)->len, 2);
	x = yajl_tree_get(tree, (const char **)(uintptr_t)path,
	    yajl_t_string);
	assert_non_null(x);
	(void)snprintf(plain, sizeof(plain), "-%s-", name);
	assert_string_equal(YAJL_GET_STRING(x), plain);
	yajl_tree_free(tree);
}

static void
test_naughty(void **state)
{
	static const char *const some[] = {
		"", "plain", "a b", "\"}, \"y\": 2, \"z\": \"", "\\", "\\\"",
		"@evil.example", "/../../admin", "?a=b&c=d#e", "%2e%2E",
		"{{test.name}}", "{{", "}}", "\r\nHost: evil.example\r\n",
		"\x01\x1f\x7f", "\xc3\xa9\xe2\x80\xae\xf0\x9f\xa6\x84",
		"https://evil.example/"
	};
	struct world *w = *state;
	char line[8192];
	size_t i, n = 0;
	FILE *f;

	for (i = 0; i < COUNT(some); i++)
		check_name(&w->job, some[i]);
	assert_non_null(f = fopen("tests/corpus/naughty.txt", "r"));
	for (; fgets(line, sizeof(line), f) != NULL; n++) {
		line[strcspn(line, "\n")] = '\0';
		check_name(&w->job, line);
		arena_reset(w->job.arena);
	}
	assert_true(n > 100);
	(void)fclose(f);
}

/* Whoever resolves a path must not leave the place that was configured. */
static void
test_leads_out(void **state)
{
	static const struct {
		const char	*url;
		const char	*name;
		bool		 out;
	} rows[] = {
		{ "https://h/repos/{{test.name}}/x", "..", true },
		{ "https://h/repos/{{test.name}}", ".", true },
		{ "https://h/repos/.{{test.name}}/x", ".", true },
		{ "https://h/repos/{{test.name}}/x", "...", false },
		{ "https://h/repos/{{test.name}}/x", ".a", false },
		{ "https://h/repos/{{test.name}}/x", "../..", false },
		{ "https://h/repos?q={{test.name}}", "..", false },
		{ "https://h/repos?q=/{{test.name}}/", "..", false }
	};
	struct world *w = *state;
	const char *out[2];
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		expect(&w->job, write_with(&w->job, rows[i].url, NULL,
		    rows[i].name, out), rows[i].out ? ERR_REFUSED : OK);
}

static void
test_too_long(void **state)
{
	struct world *w = *state;
	const char *out[2];
	char name[3000];

	memset(name, '"', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	expect(&w->job, write_with(&w->job, "https://h/{{test.name}}", NULL,
	    name, out), ERR_REFUSED);
	assert_non_null(strstr(w->job.why.text, "8000"));
	expect(&w->job, write_with(&w->job, "https://h/", NULL, name, out),
	    OK);
}

/* What is told of a name, or NULL: its dots are no path. */
static const char *
told_of(const struct json *facts, const char *name)
{
	const struct json *n;

	for (n = facts->child; n != NULL; n = n->next)
		if (strcmp(n->key, name) == 0)
			return (n->text);
	return (NULL);
}

/* One notice a section that lists the word, and once a key. */
static void
test_add(void **state)
{
	struct notify quiet = { .name = "quiet", .on = on("storm") };
	struct notify all = { .name = "all", .on = ~0U, .next = &quiet };
	struct notify chat = { .name = "chat", .on = on("created") |
	    on("verified"), .next = &all };
	struct config config = { .notifies = &chat };
	const struct notice n = { .key = "1", .ticket = "PAY-12",
	    .rule = "nightly", .text = "said \"so\"" };
	struct world *w = *state;
	struct job *job = &w->job;
	const struct json *facts;
	struct notice_record r;
	int i;

	job->config = &config;
	for (i = 0; i < 2; i++) {
		expect(job, notify_add(job, "created", &n), OK);
		expect(job, notify_add(job, "refused", &n), OK);
	}
	assert_int_equal(ask(w->path, "SELECT count(*) FROM notice"), 3);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM notice"
	    " WHERE section = 'chat'"), 1);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM notice"
	    " WHERE section = 'quiet'"), 0);
	expect(job, ledger_notice_next(job, job->now + MINUTE, &r), OK);
	assert_string_equal(r.section, "chat");
	assert_string_equal(r.word, "created");
	assert_int_equal(r.made, job->now);
	assert_int_equal(r.tries, 1);
	expect(job, json_parse(job->arena, r.facts, strlen(r.facts), &facts,
	    NULL), OK);
	assert_string_equal(json_text(facts, "outcome"), "created");
	assert_string_equal(json_text(facts, "rule"), "nightly");
	assert_string_equal(json_text(facts, "text"), "said \"so\"");
	/* What nobody knows is left out, not told as empty. */
	assert_null(told_of(facts, "test.name"));
	job->config = NULL;
}

/* No name, however long, keeps a delivery from being answered. */
static void
test_add_long(void **state)
{
	enum { LONG = 100 * 1000 };
	struct notify all = { .name = "all", .on = ~0U };
	struct config config = { .notifies = &all };
	struct test test = { .failure_rate = -1, .pull_requests = -1 };
	struct notice n = { .key = "1", .test = &test };
	struct world *w = *state;
	struct job *job = &w->job;
	const struct json *facts;
	struct notice_record r;
	const char *told;
	char *name;

	job->config = &config;
	assert_non_null(name = arena_alloc(job->arena, LONG + 1));
	memset(name, '\001', LONG);
	memcpy(name + LONG - 6, "\xc3\xa9\xc3\xa9\xc3\xa9", 6);
	test.name = test.file_path = test.classname = test.variant =
	    test.parent = test.url = n.text = n.url = name;
	expect(job, notify_add(job, "created", &n), OK);
	expect(job, ledger_notice_next(job, job->now + MINUTE, &r), OK);
	expect(job, json_parse(job->arena, r.facts, strlen(r.facts), &facts,
	    NULL), OK);
	assert_non_null(told = told_of(facts, "test.name"));
	assert_memory_equal(told, name, 1000);
	assert_true(strlen(told) < LONG);
	assert_string_equal(told + strlen(told) - 3, "\xe2\x80\xa6");
	job->config = NULL;
}

static struct notice_record
put(struct job *job, const char *section, const char *key)
{
	const struct notice_record n = { .section = section, .key = key,
	    .word = "created", .facts = "{}" };

	expect(job, ledger_notice_add(job, &n), OK);
	return (n);
}

/* The one that is due first, or "" when there is none. */
static const char *
next(struct job *job, struct notice_record *r)
{
	enum err e = ledger_notice_next(job, job->now + MINUTE, r);

	if (e == ERR_ABSENT)
		return ("");
	expect(job, e, OK);
	return (r->key);
}

static void
test_outbox(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct notice_record r;
	int64_t n;

	(void)put(job, "a", "1");
	job->now++;
	(void)put(job, "b", "2");
	(void)put(job, "a", "1");
	expect(job, ledger_notice_left(job, &n), OK);
	assert_int_equal(n, 2);
	assert_string_equal(next(job, &r), "1");
	/* It is leased: nobody else gets it, until whoever had it died. */
	assert_string_equal(next(job, &r), "2");
	assert_string_equal(next(job, &r), "");
	job->now += MINUTE + 1;
	assert_string_equal(next(job, &r), "1");
	assert_int_equal(r.tries, 2);
	expect(job, ledger_notice_mark(job, &r, NOTICE_DUE, job->now + DAY),
	    OK);
	assert_string_equal(next(job, &r), "2");
	expect(job, ledger_notice_mark(job, &r, NOTICE_SENT, job->now), OK);
	expect(job, ledger_notice_left(job, &n), OK);
	assert_int_equal(n, 1);
	job->now += DAY;
	assert_string_equal(next(job, &r), "1");
	expect(job, ledger_notice_mark(job, &r, NOTICE_LOST, job->now), OK);
	job->now += 30 * DAY;
	assert_string_equal(next(job, &r), "");
	/* What is over keeps its key, and then goes. */
	(void)put(job, "b", "2");
	assert_string_equal(next(job, &r), "");
	expect(job, ledger_prune(job, job->now - DAY, &n), OK);
	(void)put(job, "b", "2");
	assert_string_equal(next(job, &r), "2");
}

/* A section that is down holds nobody else up. */
static void
test_wait(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct notice_record r;

	(void)put(job, "down", "1");
	(void)put(job, "down", "2");
	(void)put(job, "up", "3");
	assert_string_equal(next(job, &r), "1");
	expect(job, ledger_notice_mark(job, &r, NOTICE_DUE, job->now +
	    5 * MINUTE), OK);
	expect(job, ledger_notice_wait(job, "down", job->now + MINUTE), OK);
	assert_string_equal(next(job, &r), "3");
	assert_string_equal(next(job, &r), "");
	job->now += MINUTE;
	assert_string_equal(next(job, &r), "2");
	/* The wait of the first one was not made shorter. */
	assert_string_equal(r.section, "down");
	expect(job, ledger_notice_mark(job, &r, NOTICE_SENT, job->now), OK);
	job->now += 3 * MINUTE;
	assert_int_equal(ask(w->path, "SELECT count(*) FROM notice"
	    " WHERE key = '1' AND tries = 1 AND state = 'due'"), 1);
}

/* A clock that was days ahead does not bury what is due. */
static void
test_wrong_clock(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct notice_record r;

	job->now += 400 * DAY;
	(void)put(job, "a", "1");
	job->now -= 400 * DAY;
	assert_string_equal(next(job, &r), "1");
}

/* Several processes share one outbox: each notice is one's alone. */
static void
test_shared(void **state)
{
	enum { ALL = 200, CHILDREN = 4 };
	struct world *w = *state;
	struct notice_record r;
	pid_t pid[CHILDREN];
	struct why why;
	struct job job;
	char key[16];
	int i;

	for (i = 0; i < ALL; i++) {
		(void)snprintf(key, sizeof(key), "%d", i);
		(void)put(&w->job, "a", key);
	}
	world_close(w);
	for (i = 0; i < CHILDREN; i++)
		if ((pid[i] = fork()) == 0) {
			if (world_open(w, &why) != OK)
				_exit(1);
			world_job(w, &job);
			while (ledger_notice_next(&job, job.now + MINUTE,
			    &r) == OK)
				continue;
			world_close(w);
			arena_free(job.arena);
			_exit(0);
		}
	for (i = 0; i < CHILDREN; i++)
		reap(pid[i]);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM notice"
	    " WHERE tries = 1"), ALL);
	assert_int_equal(world_open(w, &why), OK);
}

/* A ticket is fresh from its making until an outcome told of it. */
static void
test_fresh(void **state)
{
	struct event event = world_event("t-1", "t-1", STATUS_FLAKY, 5);
	struct world *w = *state;
	struct delivery mail = world_mail("msg_1");
	struct job *job = &w->job;
	struct filing f;
	struct finish end = { .mail = &mail, .event = &event,
	    .outcome = "created", .status = 200, .final = true,
	    .answer = "{}", .filing = &f };
	bool fresh;

	expect(job, world_begin(job, "t-1", &event, &f), OK);
	expect(job, ledger_notice_fresh(job, f.row, &fresh), OK);
	assert_false(fresh);
	f.stage = STAGE_CREATED;
	f.remote_id = f.remote_key = "A-1";
	expect(job, ledger_advance(job, &event.test, &f), OK);
	expect(job, ledger_notice_fresh(job, f.row, &fresh), OK);
	assert_true(fresh);
	expect(job, ledger_finish(job, &end), OK);
	expect(job, ledger_notice_fresh(job, f.row, &fresh), OK);
	assert_false(fresh);
	ledger_release(job, &f);
}

int
main(void)
{
#define TEST(f)	cmocka_unit_test_setup_teardown(f, world_setup_open, \
	    world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_naughty),
		TEST(test_leads_out),
		TEST(test_too_long),
		TEST(test_add),
		TEST(test_add_long),
		TEST(test_outbox),
		TEST(test_wait),
		TEST(test_wrong_clock),
		TEST(test_shared),
		TEST(test_fresh)
	};
#undef TEST

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
