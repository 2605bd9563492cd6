/*
 * [notify NAME] and budgets: what is refused when the file is read, since
 * nobody is there to see it when it is used; and that a secret is in no
 * sentence.
 */
#include "handler/notify.h"
#include "handler/policy.h"
#include "tests/unit/config_file.h"

/* Eleven lines. */
#define TOP	"[svix]\nsecret = whsec_" KEY64 "\n[trunk]\ntoken = t1\n" \
		"[tracker lin]\ntype = linear\napi_key = k\nteam = ENG\n" \
		"[rule r]\ntracker = lin\n"
#define URL	"url = https://hooks.example/a\n"
#define CHAT	TOP "[notify chat]\non = created\n"

static const struct {
	const char	*text;
	const char	*says;
} bad[] = {
	{ CHAT, "11: [notify chat]: no url" },
	{ TOP "[notify chat]\n" URL, "11: [notify chat]: no on" },
	{ TOP "[notify]\non = created\n" URL, "[notify NAME]" },
	{ TOP "[notify chat]\non = create\n" URL, "did you mean created?" },
	{ TOP "[notify chat]\non = closed\n" URL, "it may be created, "
	    "adopted, reopened, resolved, verified, not_fixed, not_proven, "
	    "blocked, storm, parked or refused" },
	{ TOP "[notify chat]\non = created,,storm\n" URL, "item 2" },
	/* whom it goes to */
	{ CHAT "url = http://hooks.example/a\n", "https://" },
	{ CHAT "url = ftp://hooks.example/a\n", "https://" },
	{ CHAT "url = hooks.example\n", "https://" },
	{ CHAT "url = https:///a\n", "no host" },
	{ CHAT "url = https://{{repository.host}}/a\n", "host or port" },
	{ CHAT "url = https://a.{{test.name}}.example/a\n", "host or port" },
	{ CHAT "url = https://hooks.example:{{test.name}}/a\n",
	    "host or port" },
	{ CHAT "url = https://{{test.name}}@hooks.example/a\n",
	    "host or port" },
	{ CHAT "url = https://user:pw@hooks.example/a\n", "no host" },
	{ CHAT "url = {{test.url}}\n", "https://" },
	{ CHAT "url = https://hooks.example/a#b\n", "fragment" },
	{ CHAT "url = https://hooks.example/a b\n", "blank" },
	{ CHAT "url = env:TWO_LINES\n", "line break" },
	{ CHAT "url = https://hooks.example/{{test.nmae}}\n",
	    "did you mean {{test.name}}?" },
	{ CHAT "url = https://hooks.example/{{test.name\n", "never closed" },
	/* what it says */
	{ CHAT URL "body = {\"a\": {{test.name}}}\n", "no JSON" },
	{ CHAT URL "body = {\"a\": \"{{ticket.id}}\"}\n", "{{ticket.id}}" },
	{ CHAT URL "body = hello\n", "no JSON" },
	{ CHAT URL "body = {\"a\": 1}}\n", "no JSON" },
	{ TOP "title = {{ticket.key}}\n", "{{ticket.key}}: no such name" },
	/* with what */
	{ CHAT URL "header.Host = a\n", "tickethook's own" },
	{ CHAT URL "header.content-length = 1\n", "tickethook's own" },
	{ CHAT URL "header.a b = 1\n", "no name of a header" },
	{ CHAT URL "header. = 1\n", "no name of a header" },
	{ CHAT URL "header.A = 1\nheader.B = 1\nheader.C = 1\nheader.D = 1\n"
	    "header.E = 1\n", "more than 4" },
	{ CHAT URL "bearer = b\nheader.authorization = c\n",
	    "same header" },
	{ CHAT URL "bearer = whsec_" KEY64 "\n", "[svix]" },
	{ CHAT URL "method = PUT\n", "method: no such key" },
	/* budgets */
	{ TOP "budget = 30\n", "write it like 30/h" },
	{ TOP "budget = 30/w\n", "is no budget" },
	{ TOP "budget = 30/hour\n", "is no budget" },
	{ TOP "budget = 30 / h\n", "is no budget" },
	{ TOP "budget = -1/h\n", "is no budget" },
	{ TOP "budget = 1.5/h\n", "is no budget" },
	{ TOP "budget = 1000000000000/h\n", "is no budget" },
	{ TOP "budget = 0/h\n", "at least 1" },
	{ TOP "budget = /h\n", "is no budget" },
	{ TOP "total_budget = 1/h\n", "no such key" },
	{ TOP "over_budget = drop\n", "it may be fold or park" }
};

static void
test_bad(void **state)
{
	struct why why;

	(void)state;
	(void)setenv("TWO_LINES", "https://hooks.example/a\nb", 1);
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (load(bad[i].text, &why) != ERR_CONFIG)
			fail_msg("taken: %s", bad[i].text);
		if (strstr(why.text, bad[i].says) == NULL)
			fail_msg("%s%s\nwanted %s", bad[i].text, why.text,
			    bad[i].says);
	}
}

/* Whoever reads a log must not learn what opens a door. */
static void
test_secret(void **state)
{
	static const char *const texts[] = {
		CHAT "url = http://hooks.example/s3cr3t\n",
		CHAT "url = https://{{test.name}}.example/s3cr3t\n",
		CHAT "url = https://u:s3cr3t@hooks.example/\n",
		CHAT "url = https://hooks.example/s3cr3t#\n",
		CHAT "url = https://hooks.example/s3cr3t/{{nobody}}\n",
		CHAT URL "bearer = whsec_s3cr3t\n",
		CHAT URL "header.Host = s3cr3t\n",
		CHAT URL "bearer = b\nheader.Authorization = s3cr3t\n",
		TOP "[ledger]\nurl = postgres://kim:s3cr3t@db/tickets\n",
		TOP "[tracker jay]\ntype = jira\nurl = https://a.example\n"
		    "email = kim@a.example:s3cr3t\ntoken = t\nproject = QA\n"
	};
	struct why why;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_int_equal(load(texts[i], &why), ERR_CONFIG);
		if (strstr(why.text, "s3cr3t") != NULL)
			fail_msg("%s", why.text);
	}
}

static void
test_good(void **state)
{
	const struct notify *n;
	struct policy p;
	struct why why;

	(void)state;
	if (load(TOP "budget = 30/h\n[rule s]\ntracker = lin\nover_budget = "
	    "park\n[defaults]\nbudget = 5/m\ntotal_budget = 999999/d\n"
	    "[notify a]\non = refused, created\nurl = "
	    "https://[::1]:8443/{{repository}}?x={{text}}\n"
	    "body = [\"{{outcome}} {{ticket.key}}\", 1]\nbearer = b\n"
	    "header.X-One = 1\n[notify b]\non = storm\nurl = "
	    "https://hooks.example\nprivate = yes\n", &why) != OK)
		fail_msg("%s", why.text);
	n = config->notifies;
	assert_string_equal(n->name, "a");
	assert_int_equal(n->on, 1U << 0 | 1U << 10);
	assert_string_equal(notify_words[0], "created");
	assert_string_equal(notify_words[10], "refused");
	assert_string_equal(n->headers->name, "X-One");
	assert_string_equal(n->headers->value.bytes, "1");
	assert_false(n->private_ok);
	assert_true(n->next->private_ok);
	assert_null(n->next->body);
	assert_null(n->next->next);
	p = policy_of(config, "r");
	assert_int_equal(p.budget.n, 30);
	assert_int_equal(p.budget.per, 3600 * 1000);
	assert_int_equal(p.over_budget, OVER_BUDGET_FOLD);
	p = policy_of(config, "s");
	assert_int_equal(p.budget.n, 5);
	assert_int_equal(p.budget.per, 60 * 1000);
	assert_int_equal(p.over_budget, OVER_BUDGET_PARK);
	assert_int_equal(config->total_budget.n, 999999);
	assert_int_equal(config->total_budget.per, 24 * 3600 * 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_good)
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
