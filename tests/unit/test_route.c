#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before cmocka, which has a macro fail(). */
#include "handler/job.h"

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/crypt.h"
#include "handler/config.h"
#include "handler/route.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Fourteen lines, so that what a test adds begins with line 15. */
#define TOP \
	"[svix]\n" \
	"secret = whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\n" \
	"[tracker lin]\n" \
	"type = linear\n" \
	"api_key = lin_api_0\n" \
	"team = ENG\n" \
	"link = none\n" \
	"[tracker ji]\n" \
	"type = jira\n" \
	"url = https://jira.example\n" \
	"token = t0\n" \
	"project = QA\n" \
	"link = none\n" \
	"labels = from-tracker\n"
#define RULE	"[rule r]\n"
#define FILES	"tracker = lin\n"
#define NOTES	"action = record\n"
#define OWNER	"[owner @Acme/Web]\ntracker = lin\n"

/* A test that changed; members given later win. */
#define CHANGED(...) { .family = FAMILY_STATUS, \
	.name = "test_case.status_changed", \
	.type = "v2.test_case.status_changed", __VA_ARGS__ }
#define FLAKY(...)	CHANGED(.status = STATUS_FLAKY, __VA_ARGS__)
#define BROKEN(...)	CHANGED(.status = STATUS_BROKEN, __VA_ARGS__)
#define HEALTHY(...)	CHANGED(.status = STATUS_HEALTHY, __VA_ARGS__)
#define OTHER(n)	{ .family = FAMILY_KNOWN, .name = (n) }
#define OWNED(...) \
	.test.owners = (const char *[]){ __VA_ARGS__ }, \
	.test.nowners = sizeof((const char *[]){ __VA_ARGS__ }) / \
	    sizeof(char *)
#define REPO(h, o, n) \
	.test.repository = { .host = (h), .owner = (o), .name = (n) }
#define PLAIN	.time = 1

static char dir[] = "/tmp/test_route.XXXXXX";
static struct config *config;
static struct job job;

static void
load(const char *text)
{
	struct why why = { "" };
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/c.ini", dir);
	assert_non_null(f = fopen(path, "w"));
	assert_int_equal(fchmod(fileno(f), 0600), 0);
	(void)fprintf(f, "%s%s", TOP, text);
	assert_int_equal(fclose(f), 0);
	config_free(config);
	config = NULL;
	if (config_load(path, &config, &why) != OK)
		fail_msg("%s: %s", text, why.text);
	arena_reset(job.arena);
	job.config = config;
	(void)unlink(path);
}

/* One rule, in line 15: what does its line of the trace say? */
static const struct {
	const char	*text;
	struct event	 event;
	const char	*says;
} rules[] = {
	/* what a ticket is filed for without being asked */
	{ FILES, FLAKY(PLAIN), "matched" },
	{ FILES, BROKEN(PLAIN), "matched" },
	{ FILES, HEALTHY(PLAIN),
	    "status is \"healthy\", wanted flaky or broken" },
	{ FILES, CHANGED(PLAIN),
	    "status was not told, wanted flaky or broken" },
	{ FILES, OTHER("pull_request.created"),
	    "event is \"pull_request.created\", wanted a change of status, "
	    "which is what tickets are filed for" },
	{ FILES, OTHER(NULL), "event was not told, wanted a change of status, "
	    "which is what tickets are filed for" },
	{ FILES "event = **\n", OTHER("quarantine.changed"),
	    "event is \"quarantine.changed\", wanted a change of status, "
	    "which is what tickets are filed for" },
	{ NOTES, OTHER("pull_request.created"), "matched" },
	{ NOTES, OTHER(NULL), "matched" },
	{ NOTES, HEALTHY(PLAIN), "matched" },
	{ NOTES, CHANGED(PLAIN), "matched" },
	/* event */
	{ FILES "event = test_case.status_changed\n", FLAKY(PLAIN),
	    "matched" },
	{ FILES "event = test_case.*\n", HEALTHY(PLAIN),
	    "status is \"healthy\", wanted flaky or broken" },
	{ NOTES "event = Test_Case.Status_Changed\n", FLAKY(PLAIN),
	    "matched" },
	{ NOTES "event = pull_request.*, pull_request_batch.*\n",
	    OTHER("pull_request_batch.merged"), "matched" },
	{ NOTES "event = pull_request.*, pull_request_batch.*\n",
	    OTHER("pull_requests"), "event is \"pull_requests\", wanted "
	    "pull_request.*, pull_request_batch.*" },
	{ NOTES "event = !pull_request.*\n", OTHER("pull_request.created"),
	    "event is \"pull_request.created\", wanted none of "
	    "pull_request.*" },
	{ NOTES "event = !pull_request.*\n", OTHER(NULL), "matched" },
	{ NOTES "event = *\n", OTHER(NULL), "event was not told, wanted *" },
	/* status, from */
	{ FILES "status = broken\n", FLAKY(PLAIN),
	    "status is \"flaky\", wanted broken" },
	{ FILES "status = Broken\n", BROKEN(PLAIN), "matched" },
	{ FILES "status = flaky, healthy\n", HEALTHY(PLAIN), "matched" },
	{ FILES "status = ! healthy\n", HEALTHY(PLAIN),
	    "status is \"healthy\", wanted none of healthy" },
	{ FILES "status = !healthy\n", BROKEN(PLAIN), "matched" },
	{ NOTES "status = flaky\n", OTHER("x"),
	    "status was not told, wanted flaky" },
	{ NOTES "status = !flaky\n", OTHER("x"), "matched" },
	{ FILES "from = healthy\n", FLAKY(.previous = STATUS_HEALTHY),
	    "matched" },
	{ FILES "from = healthy\n", BROKEN(.previous = STATUS_FLAKY),
	    "from is \"flaky\", wanted healthy" },
	{ FILES "from = healthy\n", BROKEN(PLAIN),
	    "from was not told, wanted healthy" },
	{ FILES "from = !healthy\n", BROKEN(PLAIN), "matched" },
	/* repository */
	{ FILES "repository = github.com/acme/*\n",
	    FLAKY(REPO("github.com", "acme", "shop")), "matched" },
	{ FILES "repository = github.com/ACME/Shop\n",
	    FLAKY(REPO("GitHub.com", "acme", "shop")), "matched" },
	{ FILES "repository = gitlab.example/**\n",
	    FLAKY(REPO("gitlab.example", "a/b/c", "shop")), "matched" },
	{ FILES "repository = gitlab.example/*/shop\n",
	    FLAKY(REPO("gitlab.example", "a/b", "shop")),
	    "repository is \"gitlab.example/a/b/shop\", wanted "
	    "gitlab.example/*/shop" },
	{ FILES "repository = !github.com/acme/attic-*\n",
	    FLAKY(REPO("github.com", "acme", "attic-9")),
	    "repository is \"github.com/acme/attic-9\", wanted none of "
	    "github.com/acme/attic-*" },
	{ FILES "repository = **\n", FLAKY(PLAIN),
	    "repository was not told, wanted **" },
	{ FILES "repository = !**\n", FLAKY(PLAIN), "matched" },
	/* codeowner: any of the owners, with or without @, in any case */
	{ FILES "codeowner = @acme/web\n", FLAKY(OWNED("@acme/web")),
	    "matched" },
	{ FILES "codeowner = @ACME/web\n", FLAKY(OWNED("acme/Web")),
	    "matched" },
	{ FILES "codeowner = acme/web\n", FLAKY(OWNED("@acme/web")),
	    "matched" },
	{ FILES "codeowner = acme/*\n", FLAKY(OWNED("x", "@acme/z")),
	    "matched" },
	{ FILES "codeowner = @acme/web\n", FLAKY(OWNED("@acme/db", "kim")),
	    "codeowner is \"@acme/db\", \"kim\", wanted @acme/web" },
	{ FILES "codeowner = @@acme\n", FLAKY(OWNED("@acme")),
	    "codeowner is \"@acme\", wanted @@acme" },
	{ FILES "codeowner = !acme/web\n", FLAKY(OWNED("kim", "@acme/web")),
	    "codeowner is \"kim\", \"@acme/web\", wanted none of acme/web" },
	{ FILES "codeowner = !acme/web\n", FLAKY(OWNED("kim")), "matched" },
	{ FILES "codeowner = **\n", FLAKY(PLAIN),
	    "codeowner was not told, wanted **" },
	{ FILES "codeowner = !**\n", FLAKY(PLAIN), "matched" },
	/* the test's members, where case counts */
	{ FILES "file_path = web/**\n", FLAKY(.test.file_path = "web/a/b.js"),
	    "matched" },
	{ FILES "file_path = web/*\n", FLAKY(.test.file_path = "web/a/b.js"),
	    "file_path is \"web/a/b.js\", wanted web/*" },
	{ FILES "file_path = Web/**\n", FLAKY(.test.file_path = "web/b.js"),
	    "file_path is \"web/b.js\", wanted Web/**" },
	{ FILES "file_path = web/**\n", FLAKY(PLAIN),
	    "file_path was not told, wanted web/**" },
	{ FILES "classname = com.acme.*\n",
	    FLAKY(.test.classname = "com.acme.CartTest"), "matched" },
	{ FILES "classname = com.acme\n",
	    FLAKY(.test.classname = "com.acme.CartTest"),
	    "classname is \"com.acme.CartTest\", wanted com.acme" },
	{ FILES "name = *login*\n", FLAKY(.test.name = "can login twice"),
	    "matched" },
	{ FILES "name = *login*\n", FLAKY(.test.name = "Login"),
	    "name is \"Login\", wanted *login*" },
	{ FILES "name = a\n", FLAKY(.test.name = "b\n[rule x] line 1: ok\x7f"),
	    "name is \"b [rule x] line 1: ok \", wanted a" },
	{ FILES "name = t[1]\n", FLAKY(.test.name = "t[1]"), "matched" },
	{ FILES "variant = linux-??\n", FLAKY(.test.variant = "linux-64"),
	    "matched" },
	{ FILES "variant = !linux-*\n", FLAKY(PLAIN), "matched" },
	{ FILES "monitor_type = PASS_ON_RETRY\n",
	    FLAKY(.monitor_type = "pass_on_retry"), "matched" },
	{ FILES "monitor_type = x\n", FLAKY(PLAIN),
	    "monitor_type was not told, wanted x" },
	/* quarantined: what is not known is neither */
	{ FILES "quarantined = yes\n", FLAKY(.test.quarantined = ANSWER_YES),
	    "matched" },
	{ FILES "quarantined = no\n", FLAKY(.test.quarantined = ANSWER_NO),
	    "matched" },
	{ FILES "quarantined = no\n", FLAKY(.test.quarantined = ANSWER_YES),
	    "quarantined is \"yes\", wanted no" },
	{ FILES "quarantined = yes\n", FLAKY(PLAIN),
	    "quarantined was not told, wanted yes" },
	{ FILES "quarantined = no\n", FLAKY(PLAIN),
	    "quarantined was not told, wanted no" },
	{ FILES "quarantined = !yes\n", FLAKY(PLAIN), "matched" },
	{ FILES "quarantined = !no\n", FLAKY(PLAIN), "matched" },
	/* all of them together; the first that fails is named */
	{ FILES "name = a\nfile_path = b\nstatus = flaky\n",
	    FLAKY(.test.name = "a", .test.file_path = "b"), "matched" },
	{ FILES "name = a\nfile_path = b\nstatus = broken\n",
	    FLAKY(.test.name = "x", .test.file_path = "y"),
	    "status is \"flaky\", wanted broken" },
	{ FILES "name = a\nfile_path = b\n",
	    FLAKY(.test.name = "x", .test.file_path = "y"),
	    "file_path is \"y\", wanted b" },
	/* to = owner */
	{ "to = owner\n" OWNER, FLAKY(OWNED("@acme/web")), "matched" },
	{ "to = owner\n" OWNER, FLAKY(OWNED("x", "ACME/web")), "matched" },
	{ "to = owner\n" OWNER, FLAKY(OWNED("@acme/webs")),
	    "no code owner of the test has an [owner] section" },
	{ "to = owner\n" OWNER, FLAKY(PLAIN),
	    "no code owner of the test has an [owner] section" },
	{ NOTES "to = owner\n" OWNER, HEALTHY(OWNED("@acme/web")), "matched" },
	{ NOTES "to = owner\n" OWNER, OTHER("x"),
	    "no code owner of the test has an [owner] section" }
};

static void
test_rules(void **state)
{
	char text[512], want[512];
	struct route route;
	bool matched;

	(void)state;
	for (size_t i = 0; i < COUNT(rules); i++) {
		(void)snprintf(text, sizeof(text), "%s%s", RULE,
		    rules[i].text);
		(void)snprintf(want, sizeof(want), "[rule r] line 15: %s\n",
		    rules[i].says);
		load(text);
		assert_int_equal(route_find(&job, &rules[i].event, &route),
		    OK);
		if (strcmp(route.trace, want) != 0)
			fail_msg("%s: %s", rules[i].text, route.trace);
		matched = strcmp(rules[i].says, "matched") == 0;
		assert_int_equal(route.rule != NULL, matched);
		assert_int_equal(route.tracker != NULL, matched &&
		    route.action == ACTION_TICKET);
		if (!matched)
			assert_int_equal(route.action, ACTION_IGNORE);
	}
}

/* A site with some of everything; lines 15 to 48. */
#define SITE \
	"[owner @acme/payments]\n"		/* 15 */ \
	"tracker = ji\n" \
	"project = PAY\n" \
	"[owner acme/web]\n"			/* 18 */ \
	"tracker = lin\n" \
	"team = WEB\n" \
	"labels = frontend\n" \
	"[owner @acme/db]\n"			/* 22 */ \
	"labels = db\n" \
	"[rule attic]\n"			/* 24 */ \
	"repository = github.com/acme/attic-*\n" \
	"action = ignore\n" \
	"[rule queue]\n"			/* 27 */ \
	"event = pull_request.*\n" \
	"action = record\n" \
	"[rule broken]\n"			/* 30 */ \
	"status = broken\n" \
	"to = owner\n" \
	"labels = urgent\n" \
	"title = Broken: {{test.name}}\n" \
	"[rule e2e]\n"				/* 35 */ \
	"file_path = **/e2e/**\n" \
	"project = E2E\n" \
	"one_ticket_per = file\n" \
	"[rule flaky]\n"			/* 39 */ \
	"status = flaky\n" \
	"to = owner\n" \
	"[rule rest]\n"				/* 42 */ \
	"tracker = lin\n" \
	"[defaults]\n"				/* 44 */ \
	"tracker = ji\n" \
	"team = NONE\n" \
	"issue_type = Flake\n" \
	"labels = everywhere\n"

#define ATTIC_NO \
	"[rule attic] line 24: repository was not told, wanted " \
	"github.com/acme/attic-*\n"
#define QUEUE_NO \
	"[rule queue] line 27: event is \"test_case.status_changed\", " \
	"wanted pull_request.*\n"
#define BROKEN_NO \
	"[rule broken] line 30: status is \"flaky\", wanted broken\n"
#define E2E_NO \
	"[rule e2e] line 35: file_path was not told, wanted **/e2e/**\n"

static const struct {
	struct event	 event;
	enum action	 action;
	const char	*rule;		/* NULL: none */
	const char	*tracker;
	const char	*owner;
	const char	*dest[DEST_COUNT];	/* of a ticket */
	const char	*said[DEST_COUNT];	/* by which kind of section */
	const char	*trace;
} site[] = {
	{ FLAKY(REPO("github.com", "acme", "attic-2"), OWNED("@acme/web")),
	    ACTION_IGNORE, "attic", NULL, NULL, { NULL }, { NULL },
	    "[rule attic] line 24: matched\n" },
	{ OTHER("pull_request.failed"), ACTION_RECORD, "queue", NULL, NULL,
	    { NULL }, { NULL }, ATTIC_NO "[rule queue] line 27: matched\n" },
	{ OTHER("monitor.changed"), ACTION_IGNORE, NULL, NULL, NULL,
	    { NULL }, { NULL }, ATTIC_NO
	    "[rule queue] line 27: event is \"monitor.changed\", wanted "
	    "pull_request.*\n"
	    "[rule broken] line 30: event is \"monitor.changed\", wanted a "
	    "change of status, which is what tickets are filed for\n"
	    "[rule e2e] line 35: event is \"monitor.changed\", wanted a "
	    "change of status, which is what tickets are filed for\n"
	    "[rule flaky] line 39: event is \"monitor.changed\", wanted a "
	    "change of status, which is what tickets are filed for\n"
	    "[rule rest] line 42: event is \"monitor.changed\", wanted a "
	    "change of status, which is what tickets are filed for\n" },
	{ BROKEN(OWNED("kim", "@Acme/Web", "@acme/payments")), ACTION_TICKET,
	    "broken", "lin", "@Acme/Web",
	    { "lin", "WEB", NULL, "Flake", "urgent",
	    "Broken: {{test.name}}", "test" },
	    { "owner", "owner", NULL, "defaults", "rule", "rule", "built-in" },
	    ATTIC_NO QUEUE_NO "[rule broken] line 30: matched\n" },
	{ BROKEN(OWNED("ACME/DB")), ACTION_TICKET, "broken", "ji", "ACME/DB",
	    { "ji", "NONE", "QA", "Flake", "urgent", "Broken: {{test.name}}",
	    "test" },
	    { "defaults", "defaults", "tracker", "defaults", "rule", "rule",
	    "built-in" },
	    ATTIC_NO QUEUE_NO "[rule broken] line 30: matched\n" },
	{ FLAKY(.test.file_path = "shop/e2e/cart.js"), ACTION_TICKET, "e2e",
	    "ji", NULL,
	    { "ji", "NONE", "E2E", "Flake", "from-tracker",
	    "[Flaky Test] {{test.name}}", "file" },
	    { "defaults", "defaults", "rule", "defaults", "tracker",
	    "built-in", "rule" },
	    ATTIC_NO QUEUE_NO BROKEN_NO "[rule e2e] line 35: matched\n" },
	{ FLAKY(OWNED("acme/payments")), ACTION_TICKET, "flaky", "ji",
	    "acme/payments",
	    { "ji", "NONE", "PAY", "Flake", "from-tracker",
	    "[Flaky Test] {{test.name}}", "test" },
	    { "owner", "defaults", "owner", "defaults", "tracker", "built-in",
	    "built-in" },
	    ATTIC_NO QUEUE_NO BROKEN_NO E2E_NO
	    "[rule flaky] line 39: matched\n" },
	{ FLAKY(OWNED("@acme/db")), ACTION_TICKET, "flaky", "ji", "@acme/db",
	    { "ji", "NONE", "QA", "Flake", "db",
	    "[Flaky Test] {{test.name}}", "test" },
	    { "defaults", "defaults", "tracker", "defaults", "owner",
	    "built-in", "built-in" },
	    ATTIC_NO QUEUE_NO BROKEN_NO E2E_NO
	    "[rule flaky] line 39: matched\n" },
	{ FLAKY(OWNED("nobody")), ACTION_TICKET, "rest", "lin", NULL,
	    { "lin", "ENG", NULL, "Flake", "everywhere",
	    "[Flaky Test] {{test.name}}", "test" },
	    { "rule", "tracker", NULL, "defaults", "defaults", "built-in",
	    "built-in" },
	    ATTIC_NO QUEUE_NO BROKEN_NO E2E_NO
	    "[rule flaky] line 39: no code owner of the test has an [owner] "
	    "section\n[rule rest] line 42: matched\n" }
};

static void
same(const char *got, const char *want)
{
	if (want == NULL)
		assert_null(got);
	else if (got == NULL)
		fail_msg("nothing, wanted %s", want);
	else
		assert_string_equal(got, want);
}

static void
test_site(void **state)
{
	struct route route;

	(void)state;
	load(SITE);
	for (size_t i = 0; i < COUNT(site); i++) {
		assert_int_equal(route_find(&job, &site[i].event, &route),
		    OK);
		assert_string_equal(route.trace, site[i].trace);
		assert_int_equal(route.action, site[i].action);
		same(route.rule == NULL ? NULL : route.rule->name,
		    site[i].rule);
		same(route.tracker == NULL ? NULL : route.tracker->name,
		    site[i].tracker);
		same(route.owner, site[i].owner);
		for (size_t d = 0; d < DEST_COUNT; d++) {
			same(route.dest[d].value, site[i].dest[d]);
			same(route.dest[d].kind, site[i].said[d]);
		}
	}
}

/* The keys of a test that is told in full, and of lesser ones. */
#define WHOLE \
	REPO("github.com", "acme", "shop"), .test.identity = "who", \
	.test.name = "t", .test.file_path = "src/a_test.go", \
	.test.classname = "Cart", OWNED("@Acme/Web", "kim")
#define BARE	.test.identity = "who", .test.name = "t"

static const struct {
	const char	*per;
	const char	*owner;		/* routed to */
	struct event	 event;
	const char	*key;
} keys[] = {
	{ "test", NULL, FLAKY(WHOLE), "test|who" },
	{ "test", NULL, FLAKY(BARE), "test|who" },
	{ NULL, NULL, FLAKY(WHOLE), "test|who" },
	{ "file", NULL, FLAKY(WHOLE),
	    "file|github.com/acme/shop|src/a_test.go" },
	{ "file", NULL, FLAKY(BARE), "test|who" },
	{ "file", NULL, FLAKY(BARE, .test.file_path = "a"), "test|who" },
	{ "file", NULL, FLAKY(BARE, REPO("h", "o", "n")), "test|who" },
	{ "classname", NULL, FLAKY(WHOLE),
	    "classname|github.com/acme/shop|Cart" },
	{ "classname", NULL, FLAKY(BARE), "test|who" },
	{ "owner", NULL, FLAKY(WHOLE),
	    "owner|github.com/acme/shop|acme/web" },
	{ "owner", "KIM", FLAKY(WHOLE), "owner|github.com/acme/shop|kim" },
	{ "owner", NULL, FLAKY(BARE), "test|who" },
	{ "owner", NULL, FLAKY(BARE, REPO("h", "o", "n")), "test|who" },
	{ "{{test.file_path}}", NULL, FLAKY(WHOLE),
	    "template|src/a_test.go" },
	{ "{{test.file_path}}", NULL, FLAKY(BARE), "test|who" },
	{ "f {{test.file_path}}{{test.variant}}", NULL, FLAKY(WHOLE),
	    "template|f src/a_test.go" },
	{ "f {{test.file_path}}{{test.variant}}", NULL, FLAKY(BARE),
	    "test|who" },
	{ "{{ repository.name }}/{{test.name}}", NULL, FLAKY(WHOLE),
	    "template|shop/t" }
};

static void
test_keys(void **state)
{
	struct route route;

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		memset(&route, 0, sizeof(route));
		route.dest[DEST_PER].value = keys[i].per;
		route.owner = keys[i].owner;
		assert_int_equal(route_key(&job, &keys[i].event, &route), OK);
		assert_string_equal(route.key, keys[i].key);
	}
}

/* A trace stays small, and still ends with the rule that decided. */
static void
test_long_trace(void **state)
{
	enum { RULES = 2000 };
	const struct event event = FLAKY(.test.name = "t");
	const char *end = "[rule last] line 8015: matched\n";
	char *text = malloc(RULES * 80 + 100), *p = text;
	struct route route;

	(void)state;
	assert_non_null(text);
	for (int i = 0; i < RULES; i++)
		p += sprintf(p, "[rule r%d]\nname = no-%d\naction = ignore\n"
		    "\n", i, i);
	(void)strcpy(p, "[rule last]\ntracker = lin\n");
	load(text);
	assert_int_equal(route_find(&job, &event, &route), OK);
	assert_in_range(strlen(route.trace), 32 * 1024, 41 * 1024);
	assert_string_equal(route.trace + strlen(route.trace) - strlen(end),
	    end);
	free(text);
}

/* However little memory there is: the same answer, or ERR_NOMEM. */
static void
test_memory(void **state)
{
	const struct event event = BROKEN(WHOLE);
	struct arena *whole = job.arena;
	struct route route;
	enum err e = ERR_NOMEM;
	size_t cap, failed = 0;

	(void)state;
	load(SITE);
	for (cap = 0; cap < 8192; cap += 16) {
		assert_non_null(job.arena = arena_new(cap));
		e = route_find(&job, &event, &route);
		if (e == OK)
			e = route_key(&job, &event, &route);
		if (e == OK) {
			assert_string_equal(route.rule->name, "broken");
			assert_string_equal(route.key, "test|who");
		} else {
			assert_int_equal(e, ERR_NOMEM);
			failed++;
		}
		arena_free(job.arena);
	}
	job.arena = whole;
	assert_int_equal(e, OK);
	assert_in_range(failed, 10, 500);
}

/* What config_load() would refuse is still no crash. */
static void
test_no_tracker(void **state)
{
	struct rule rule = { .name = "r", .line = 7 };
	struct config bare = { .file = "c.ini", .rules = &rule };
	const struct event event = FLAKY(PLAIN);
	struct route route;

	(void)state;
	job.config = &bare;
	assert_int_equal(route_find(&job, &event, &route), ERR_CONFIG);
	assert_non_null(strstr(job.why.text, "c.ini:7: [rule r]"));
}

static int
setup(void **state)
{
	struct why why = { "" };

	(void)state;
	job.arena = arena_new(4 << 20);
	return (job.arena == NULL || mkdtemp(dir) == NULL ||
	    crypt_init(&why) != OK);
}

static int
teardown(void **state)
{
	(void)state;
	config_free(config);
	arena_free(job.arena);
	return (rmdir(dir));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules), cmocka_unit_test(test_site),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_long_trace),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_no_tracker)
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
