/*
 * What would differ, delivery by delivery: a table of what the ledger tells
 * and what the rules of the file below say.
 */
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Before cmocka, which has a macro fail(). */
#include "handler/job.h"

#include <cmocka.h>

#include "common/arena.h"
#include "common/crypt.h"
#include "handler/config.h"
#include "handler/simulate.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const char INI[] =
    "[svix]\nsecret = whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\n"
    "[tracker ji]\ntype = jira\nurl = https://jira.example\ntoken = t\n"
    "project = QA\nlink = none\n"
    "[tracker lin]\ntype = linear\napi_key = k\nteam = ENG\nlink = none\n"
    "[owner @quay/berths]\ntracker = lin\nteam = BER\n"
    "[rule kept]\nname = kept *\naction = record\n"
    "[rule left]\nname = left *\naction = ignore\n"
    "[rule owners]\nname = owned *\nto = owner\n"
    "[rule busy]\nname = busy *\nmin_prs = 3\nmin_failure_rate = 0.2\n"
    "tracker = lin\n"
    "[rule flaky]\nstatus = flaky\ntracker = ji\n"
    "[rule broken]\nstatus = broken\ntracker = ji\nproject = OPS\n";

/* A test that became that; TEST is members of test_case. */
#define BECAME(status, test) \
	"{\"type\":\"v2.test_case.status_changed\",\"timestamp\":" \
	"\"2026-11-05T09:30:00Z\",\"previous_status\":\"HEALTHY\"," \
	"\"new_status\":\"" status "\",\"repository\":{\"html_url\":" \
	"\"https://github.com/quay/harbour\"},\"test_case\":{\"id\":" \
	"\"3f1c7a08-2b6e-5d94-8a50-6e9d1b7c42f3\"," test "}}"
#define FLAKY(name)	BECAME("FLAKY", "\"name\":\"" name "\"")
#define BROKEN(name)	BECAME("BROKEN", "\"name\":\"" name "\"")
#define OWNED(owner) \
	BECAME("FLAKY", "\"name\":\"owned one\",\"codeowners\":[\"" owner "\"]")
#define EXAMPLE \
	"{\"type\":\"v2.test_case.status_changed\",\"new_status\":\"FLAKY\"," \
	"\"test_case\":{\"id\":\"7461c36c-3ae2-5d3c-803b-0bdcfd875ee1\"," \
	"\"name\":\"a\"}}"

/* A ticket of the ledger: where it is and what chose it. */
#define TICKET(t, p, r, o) \
	{ .row = 1, .tracker = (t), .project = (p), .rule = (r), \
	    .owner = (o), .remote_key = "KEY-1" }

static const struct {
	const char	*about;
	const char	*body;
	const char	*outcome;
	const char	*rule;
	struct filing	 ticket;
	enum deed	 now;
	bool		 differs;
} rows[] = {
	{ "as it was", FLAKY("a"), "created", "flaky",
	    TICKET("ji", "QA", "flaky", NULL), DEED_TICKET, false },
	{ "another rule, the same place", FLAKY("a"), "created", "all",
	    TICKET("ji", "QA", "all", NULL), DEED_TICKET, true },
	{ "another project", FLAKY("a"), "created", "flaky",
	    TICKET("ji", "OPS", "flaky", NULL), DEED_TICKET, true },
	{ "another tracker", FLAKY("a"), "created", "flaky",
	    TICKET("lin", "QA", "flaky", NULL), DEED_TICKET, true },
	{ "was kept", FLAKY("a"), "recorded", "r", { .row = 0 },
	    DEED_TICKET, true },
	{ "was ignored, no rule", FLAKY("a"), "ignored", NULL,
	    { .row = 0 }, DEED_TICKET, true },
	{ "is kept", FLAKY("kept a"), "created", "flaky",
	    TICKET("ji", "QA", "flaky", NULL), DEED_RECORD, true },
	{ "kept, as it was", FLAKY("kept a"), "recorded", "kept",
	    { .row = 0 }, DEED_RECORD, false },
	{ "ignored by a rule, then by none", FLAKY("left a"), "ignored",
	    NULL, { .row = 0 }, DEED_IGNORE, true },
	{ "ignored by the same rule", FLAKY("left a"), "ignored", "left",
	    { .row = 0 }, DEED_IGNORE, false },
	{ "no rule then and now", BECAME("HEALTHY", "\"name\":\"a\""),
	    "ignored", NULL, { .row = 0 }, DEED_IGNORE, false },
	{ "the example is ignored by any rule", EXAMPLE, "ignored", "flaky",
	    { .row = 0 }, DEED_IGNORE, false },

	/* A ticket stays where its first delivery put it. */
	{ "flaky became broken, and the ticket stayed", BROKEN("a"),
	    "exists", "broken", TICKET("ji", "QA", "flaky", NULL),
	    DEED_TICKET, false },
	{ "by the same rule, which leads elsewhere now", BROKEN("a"),
	    "exists", "broken", TICKET("ji", "QA", "broken", NULL),
	    DEED_TICKET, true },
	{ "adopted: no rule chose that place", FLAKY("a"), "adopted",
	    "flaky", { .row = 1, .tracker = "ji", .project = "OLD",
	    .rule = "flaky", .remote_key = "OLD-9", .adopted = true },
	    DEED_TICKET, false },
	{ "adopted, another rule", FLAKY("a"), "adopted", "all",
	    { .row = 1, .tracker = "ji", .project = "OLD", .rule = "all",
	    .remote_key = "OLD-9", .adopted = true }, DEED_TICKET, true },

	/* Owners, whose sections may be spelt in several ways. */
	{ "the owner as it was", OWNED("@Quay/Berths"), "created", "owners",
	    TICKET("lin", "BER", "owners", "quay/BERTHS"), DEED_TICKET,
	    false },
	{ "another owner section", OWNED("@quay/berths"), "created",
	    "owners", TICKET("lin", "BER", "owners", "@quay/crane"),
	    DEED_TICKET, true },
	{ "the test has another owner by now", OWNED("@quay/berths"),
	    "exists", "owners", TICKET("ji", "QA", "owners", "@quay/crane"),
	    DEED_TICKET, false },

	/* What failed. */
	{ "refused, as it would be again", FLAKY("a"), "tracker_refused",
	    "flaky", TICKET("ji", "QA", "flaky", NULL), DEED_TICKET, false },
	{ "refused in a place that is mended", FLAKY("a"),
	    "tracker_refused", "flaky", TICKET("ji", "QAX", "flaky", NULL),
	    DEED_TICKET, true },
	{ "failed before any rule", FLAKY("a"), "deadline", NULL,
	    { .row = 0 }, DEED_TICKET, false },
	{ "parked", FLAKY("a"), "parked", "flaky", { .row = 0 },
	    DEED_TICKET, false },
	{ "malformed then and now", "{\"a\":", "malformed", NULL,
	    { .row = 0 }, DEED_MALFORMED, false },
	{ "malformed then", FLAKY("a"), "malformed", NULL, { .row = 0 },
	    DEED_TICKET, true },
	{ "malformed now", "[]", "recorded", "kept", { .row = 0 },
	    DEED_MALFORMED, true },
	{ "no body", NULL, "pending", NULL, { .row = 0 },
	    DEED_MALFORMED, false },

	/* Trunk was asked then, and we do not ask: either way is right. */
	{ "busy, unknown then too", FLAKY("busy a"), "created", "busy",
	    TICKET("lin", "ENG", "busy", NULL), DEED_TICKET, false },
	{ "not busy, as Trunk said", FLAKY("busy a"), "created", "flaky",
	    TICKET("ji", "QA", "flaky", NULL), DEED_TICKET, false },
	{ "neither way", FLAKY("busy a"), "created", "all",
	    TICKET("ji", "QA", "all", NULL), DEED_TICKET, true },
	{ "not busy, as the event said", BECAME("FLAKY",
	    "\"name\":\"busy a\",\"pull_requests_impacted_last_7d\":1"),
	    "created", "busy", TICKET("lin", "ENG", "busy", NULL),
	    DEED_TICKET, true },
	{ "busy, as the event said", BECAME("FLAKY", "\"name\":\"busy a\","
	    "\"pull_requests_impacted_last_7d\":3,"
	    "\"failure_rate_last_7d\":0.2"), "created", "flaky",
	    TICKET("ji", "QA", "flaky", NULL), DEED_TICKET, true }
};

static struct job job;
static struct config *config;

static void
test_rows(void **state)
{
	struct simulation s;
	struct past past;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		past = (struct past){ .id = "msg", .body = rows[i].body,
		    .received = 1000, .outcome = rows[i].outcome,
		    .rule = rows[i].rule, .ticket = rows[i].ticket };
		past.len = past.body != NULL ? strlen(past.body) : 0;
		if (simulate_past(&job, &past, &s) != OK)
			fail_msg("%s: %s", rows[i].about, job.why.text);
		if (s.now != rows[i].now || s.differs != rows[i].differs)
			fail_msg("%s: %s, %s", rows[i].about,
			    simulate_word(s.now), s.differs ? "differs" :
			    "the same");
		assert_int_equal(s.pinned, rows[i].ticket.row != 0);
		arena_reset(job.arena);
	}
}

/* The place that a new ticket would have. */
static void
test_place(void **state)
{
	const struct past past = { .id = "msg", .body = OWNED("quay/berths"),
	    .len = sizeof(OWNED("quay/berths")) - 1, .outcome = "recorded",
	    .rule = "r", .received = 4711 };
	struct simulation s;

	(void)state;
	assert_int_equal(simulate_past(&job, &past, &s), OK);
	assert_true(s.differs);
	assert_false(s.pinned);
	assert_string_equal(s.test, "owned one");
	assert_string_equal(s.route.tracker->name, "lin");
	assert_string_equal(s.project, "BER");
	assert_string_equal(s.route.owner_section->name, "@quay/berths");
	assert_int_equal(job.now, 4711);
}

static int
setup(void **state)
{
	char path[] = "/tmp/test_simulate.XXXXXX";
	struct why why = { "" };
	int fd = mkstemp(path);
	bool written = fd >= 0 && write(fd, INI, sizeof(INI) - 1) ==
	    (ssize_t)(sizeof(INI) - 1);

	(void)state;
	if (!written || close(fd) != 0 || crypt_init(&why) != OK ||
	    (job.arena = arena_new(1 << 20)) == NULL)
		return (-1);
	if (config_load(path, &config, &why) != OK) {
		print_error("%s\n", why.text);
		return (-1);
	}
	job.config = config;
	return (unlink(path));
}

static int
teardown(void **state)
{
	(void)state;
	config_free(config);
	arena_free(job.arena);
	return (0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_place)
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
