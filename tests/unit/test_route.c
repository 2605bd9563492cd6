#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Before cmocka, which has a macro fail(). */
#include "handler/job.h"

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/buf.h"
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

/* What the rules say, a line each, up to the one that matches. */
static const char *
told(const struct event *event)
{
	struct verdict *v;
	struct buf b;
	size_t n;

	buf_init(&b, job.arena, 1 << 20);
	assert_int_equal(route_explain(&job, event, &v, &n), OK);
	for (size_t i = 0; i < n && v[i].reached; i++) {
		buf_printf(&b, "[rule %s] line %d: %s\n", v[i].rule->name,
		    v[i].rule->line, v[i].why);
		assert_int_equal(v[i].matched, v[i].clause == NULL);
		if (i + 1 < n)
			assert_int_equal(v[i + 1].reached, !v[i].matched);
	}
	assert_non_null(buf_text(&b));
	return (buf_text(&b));
}

/* One rule, in line 15: what does it say? */
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
	/* scope: of an event of no test it is not told */
	{ FILES "scope = collection\n", FLAKY(.test.id = "i",
	    .test.scope = SCOPE_COLLECTION), "matched" },
	{ FILES "scope = repository\n", FLAKY(.test.id = "i",
	    .test.scope = SCOPE_COLLECTION),
	    "scope is \"collection\", wanted repository" },
	{ FILES "scope = !collection\n", FLAKY(.test.id = "i"), "matched" },
	{ NOTES "scope = repository\n", OTHER("pull_request.merged"),
	    "scope was not told, wanted repository" },
	/* at least; what is not known holds, and 0 is not known */
	{ FILES "min_prs = 2\n", FLAKY(.test.pull_requests = 2), "matched" },
	{ FILES "min_prs = 2\n", FLAKY(.test.pull_requests = 1),
	    "the pull requests impacted are 1, wanted at least 2" },
	{ FILES "min_prs = 2\n", FLAKY(.test.pull_requests = 0), "matched" },
	{ FILES "min_prs = 2\n", FLAKY(.test.pull_requests = -1),
	    "matched" },
	{ FILES "min_prs = 2\n", FLAKY(.test.measured = true),
	    "the pull requests impacted are 0, wanted at least 2" },
	{ FILES "min_prs = 2\n", FLAKY(.test.pull_requests = -1,
	    .test.measured = true), "matched" },
	{ FILES "min_failure_rate = 18%\n", FLAKY(.test.failure_rate = 0.18),
	    "matched" },
	{ FILES "min_failure_rate = 18%\n", FLAKY(.test.failure_rate = 0.179),
	    "the failure rate is 0.179, wanted at least 18%" },
	{ FILES "min_failure_rate = 1\n", FLAKY(.test.failure_rate = -1),
	    "matched" },
	{ FILES "min_failure_rate = 0.2\nmin_prs = 3\n",
	    FLAKY(.test.failure_rate = 0.1, .test.pull_requests = 1),
	    "the failure rate is 0.1, wanted at least 0.2" },
	/* but not a confidence */
	{ NOTES "min_confidence = 0.8\n", { .family = FAMILY_KNOWN,
	    .confidence = 0.8 }, "matched" },
	{ NOTES "min_confidence = 0.8\n", { .family = FAMILY_KNOWN,
	    .confidence = 0.75 }, "the confidence is 0.75, wanted at least "
	    "0.8" },
	{ NOTES "min_confidence = 0.8\n", { .family = FAMILY_KNOWN,
	    .confidence = -1 }, "the confidence was not told, wanted at "
	    "least 0.8" },
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
		if (strcmp(told(&rules[i].event), want) != 0)
			fail_msg("%s: %s", rules[i].text,
			    told(&rules[i].event));
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

#define DEST(tracker, team, project, type, labels, title, per, calendar) \
	{ [DEST_TRACKER] = (tracker), [DEST_TEAM] = (team), \
	[DEST_PROJECT] = (project), [DEST_ISSUE_TYPE] = (type), \
	[DEST_LABELS] = (labels), [DEST_TITLE] = (title), \
	[DEST_PER] = (per), [DEST_DUE_CALENDAR] = (calendar) }

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
	const char	*says;
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
	    DEST("lin", "WEB", NULL, "Flake", "urgent",
	    "Broken: {{test.name}}", "test", "days"),
	    DEST("owner", "owner", NULL, "defaults", "rule", "rule",
	    "built-in", "built-in"),
	    ATTIC_NO QUEUE_NO "[rule broken] line 30: matched\n" },
	{ BROKEN(OWNED("ACME/DB")), ACTION_TICKET, "broken", "ji", "ACME/DB",
	    DEST("ji", "NONE", "QA", "Flake", "urgent",
	    "Broken: {{test.name}}", "test", "days"),
	    DEST("defaults", "defaults", "tracker", "defaults", "rule",
	    "rule", "built-in", "built-in"),
	    ATTIC_NO QUEUE_NO "[rule broken] line 30: matched\n" },
	{ FLAKY(.test.file_path = "shop/e2e/cart.js"), ACTION_TICKET, "e2e",
	    "ji", NULL,
	    DEST("ji", "NONE", "E2E", "Flake", "from-tracker",
	    "[Flaky Test] {{test.name}}", "file", "days"),
	    DEST("defaults", "defaults", "rule", "defaults", "tracker",
	    "built-in", "rule", "built-in"),
	    ATTIC_NO QUEUE_NO BROKEN_NO "[rule e2e] line 35: matched\n" },
	{ FLAKY(OWNED("acme/payments")), ACTION_TICKET, "flaky", "ji",
	    "acme/payments",
	    DEST("ji", "NONE", "PAY", "Flake", "from-tracker",
	    "[Flaky Test] {{test.name}}", "test", "days"),
	    DEST("owner", "defaults", "owner", "defaults", "tracker",
	    "built-in", "built-in", "built-in"),
	    ATTIC_NO QUEUE_NO BROKEN_NO E2E_NO
	    "[rule flaky] line 39: matched\n" },
	{ FLAKY(OWNED("@acme/db")), ACTION_TICKET, "flaky", "ji", "@acme/db",
	    DEST("ji", "NONE", "QA", "Flake", "db",
	    "[Flaky Test] {{test.name}}", "test", "days"),
	    DEST("defaults", "defaults", "tracker", "defaults", "owner",
	    "built-in", "built-in", "built-in"),
	    ATTIC_NO QUEUE_NO BROKEN_NO E2E_NO
	    "[rule flaky] line 39: matched\n" },
	{ FLAKY(OWNED("nobody")), ACTION_TICKET, "rest", "lin", NULL,
	    DEST("lin", "ENG", NULL, "Flake", "everywhere",
	    "[Flaky Test] {{test.name}}", "test", "days"),
	    DEST("rule", "tracker", NULL, "defaults", "defaults", "built-in",
	    "built-in", "built-in"),
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
		assert_string_equal(told(&site[i].event), site[i].says);
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

/* What is said of metrics that nobody knows, and when they are asked for. */
static const struct {
	const char	*text;
	struct event	 event;
	const char	*note;		/* NULL: none */
	bool		 wants;
} metrics[] = {
	{ FILES "min_prs = 2\n", FLAKY(.test.id = "i"),
	    "min_prs: not known, so it holds", true },
	{ FILES "min_prs = 2\nmin_failure_rate = 5%\n",
	    FLAKY(.test.id = "i"), "min_failure_rate: not known, so it holds; "
	    "min_prs: not known, so it holds", true },
	{ FILES "min_prs = 2\n", FLAKY(.test.id = "i",
	    .test.pull_requests = 5), NULL, false },
	{ FILES "min_prs = 2\n", FLAKY(.test.id = "i",
	    .test.pull_requests = 1), NULL, false },
	/* asked already, or nobody to ask about */
	{ FILES "min_prs = 2\n", FLAKY(.test.id = "i", .test.measured = true,
	    .test.pull_requests = -1), "min_prs: not known, so it holds",
	    false },
	{ FILES "min_prs = 2\n", FLAKY(PLAIN),
	    "min_prs: not known, so it holds", false },
	{ FILES "min_prs = 2\n", FLAKY(.test.id = "i", .example = true),
	    "min_prs: not known, so it holds", false },
	{ FILES "min_prs = 0\n", FLAKY(.test.id = "i"), NULL, false },
	/* another clause, or another rule, decides */
	{ FILES "min_prs = 2\nname = x\n", FLAKY(.test.id = "i"), NULL,
	    false },
	{ FILES "[rule s]\nmin_prs = 2\n" FILES, FLAKY(.test.id = "i"),
	    NULL, false },
	{ FILES "name = x\n[rule s]\nmin_prs = 2\n" FILES,
	    FLAKY(.test.id = "i"), NULL, true },
	{ "to = owner\nmin_prs = 2\n" OWNER, FLAKY(.test.id = "i"), NULL,
	    false },
	{ "to = owner\nmin_prs = 2\n" OWNER, FLAKY(.test.id = "i",
	    OWNED("ACME/WEB")), "min_prs: not known, so it holds", true },
	{ NOTES "min_confidence = 0.5\n", FLAKY(.test.id = "i",
	    .confidence = -1), NULL, false }
};

static void
test_metrics(void **state)
{
	struct verdict *v;
	char text[512];
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(metrics); i++) {
		(void)snprintf(text, sizeof(text), "%s%s", RULE,
		    metrics[i].text);
		load(text);
		assert_int_equal(route_explain(&job, &metrics[i].event, &v,
		    &n), OK);
		same(v[0].note, metrics[i].note);
		if (route_wants_metrics(&job, &metrics[i].event) !=
		    metrics[i].wants)
			fail_msg("%s: %s", text, metrics[i].wants ?
			    "not wanted" : "wanted");
	}
}

/* A field is the nearest one's, whatever the capitals of its name. */
static void
test_fields(void **state)
{
	static const char *const want[][4] = {
		{ "B one", "rule", "r", "1" }, { "A", "rule", "r", "2" },
		{ "x:y", "owner", "@acme/db", "4" },
		{ "t", "tracker", "ji", "6" }, { "Z", "defaults", "", "9" }
	};
	const struct event event = FLAKY(OWNED("nobody", "ACME/DB"));
	const struct field *f;
	struct route route;
	size_t i = 0;

	(void)state;
	load("field.T = 6\n" /* of [tracker ji] */
	    "[rule r]\nto = owner\ntracker = ji\nfield.B one = 1\n"
	    "field.A = 2\n[owner @acme/db]\nfield.a = 3\nfield.x:y = 4\n"
	    "[rule s]\ntracker = ji\nfield.no = 5\n"
	    "[defaults]\nfield.b ONE = 7\nfield.T = 8\nfield.Z = 9\n");
	assert_int_equal(route_find(&job, &event, &route), OK);
	assert_string_equal(route.owner_section->name, "@acme/db");
	assert_string_equal(route.owner, "ACME/DB");
	for (f = route.fields; f != NULL; f = f->next, i++) {
		assert_true(i < COUNT(want));
		assert_int_equal(strcasecmp(f->name, want[i][0]), 0);
		assert_string_equal(f->setting.kind, want[i][1]);
		assert_string_equal(f->setting.name, want[i][2]);
		assert_string_equal(f->setting.value, want[i][3]);
	}
	assert_int_equal(i, COUNT(want));
}

/* Without to = owner nobody's section counts. */
static void
test_no_owner(void **state)
{
	const struct event event = FLAKY(OWNED("@acme/web"));
	struct route route;

	(void)state;
	load(RULE FILES "due = 3d\n" OWNER "due = 9d\nfield.x = y\n");
	assert_int_equal(route_find(&job, &event, &route), OK);
	assert_null(route.owner_section);
	assert_null(route.owner);
	assert_null(route.fields);
	assert_string_equal(route.dest[DEST_DUE].value, "3d");
}

/* Friday, 2026-03-27 12:28:40 UTC, as date(1) of GNU says. */
#define FRIDAY	INT64_C(1774614520000)
#define MIDNIGHT INT64_C(1774569600000)	/* of that day */
#define DAY	INT64_C(86400000)

static void
test_due(void **state)
{
	static const struct {
		const char	*due, *calendar;
		int64_t		 day;	/* from that Friday */
	} dues[] = {
		{ "1d", "days", 1 }, { "3d", "days", 3 },
		{ "3d", "business", 5 }, { "1d", "business", 3 },
		{ "14d", "business", 20 }, { "3650d", NULL, 3650 },
		{ "36h", "days", 2 }, { "1440m", "days", 1 },
		{ "86400s", "days", 1 }
	};
	struct route route;

	(void)state;
	memset(&route, 0, sizeof(route));
	assert_int_equal(route_due(&route, FRIDAY), 0);
	for (size_t i = 0; i < COUNT(dues); i++) {
		route.dest[DEST_DUE].value = dues[i].due;
		route.dest[DEST_DUE_CALENDAR].value = dues[i].calendar;
		assert_true(route_due(&route, FRIDAY) ==
		    MIDNIGHT + dues[i].day * DAY);
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

/* Every rule is told of, and after the one that decides no more is. */
static void
test_many(void **state)
{
	enum { RULES = 2000 };
	const struct event event = FLAKY(.test.name = "t");
	char *text = malloc((RULES + 2) * 80), *p = text;
	struct verdict *v;
	struct route route;
	size_t n;

	(void)state;
	assert_non_null(text);
	for (int i = 0; i < RULES; i++)
		p += sprintf(p, "[rule r%d]\nname = no-%d\naction = ignore\n"
		    "\n", i, i);
	(void)strcpy(p, "[rule last]\ntracker = lin\n[rule never]\n"
	    "tracker = lin\n");
	load(text);
	assert_int_equal(route_find(&job, &event, &route), OK);
	assert_string_equal(route.rule->name, "last");
	assert_int_equal(route_explain(&job, &event, &v, &n), OK);
	assert_int_equal(n, RULES + 2);
	for (size_t i = 0; i < RULES; i++) {
		assert_true(v[i].reached && !v[i].matched);
		assert_string_equal(v[i].clause, "name");
	}
	assert_ptr_equal(v[RULES].rule, route.rule);
	assert_true(v[RULES].matched && v[RULES].reached);
	assert_null(v[RULES].clause);
	assert_false(v[RULES + 1].matched || v[RULES + 1].reached);
	assert_null(v[RULES + 1].why);
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
	struct verdict *v;
	size_t cap, n, failed = 0;

	(void)state;
	load(SITE);
	for (cap = 0; cap < 16384; cap += 16) {
		assert_non_null(job.arena = arena_new(cap));
		e = route_find(&job, &event, &route);
		if (e == OK)
			e = route_explain(&job, &event, &v, &n);
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
	assert_in_range(failed, 10, 1000);
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
		cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_no_owner),
		cmocka_unit_test(test_due), cmocka_unit_test(test_keys),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_no_tracker)
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
