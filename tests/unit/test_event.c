#include "common/buf.h"
#include "common/clock.h"
#include "handler/event.h"
#include "tests/unit/event_bodies.h"
#include "tests/unit/job_setup.h"

#define NOW	1794000000000	/* which date(1) calls the next line */
#define NOW_ISO	"2026-11-06T21:20:00.000Z"

static enum err
read_text(struct arena *a, const char *text, size_t len, struct event *event)
{
	struct delivery mail = { .id = "msg_1", .body = text, .len = len };

	memset(&job, 0, sizeof(job));
	job.arena = a;
	job.now = NOW;
	return (event_read(&job, &mail, event));
}

/* The template with each "%s" replaced. */
static const char *
fill(const char *template, const char *value)
{
	const char *hole;
	struct buf b;

	buf_init(&b, arena, 1 << 20);
	while ((hole = strstr(template, "%s")) != NULL) {
		buf_add(&b, template, (size_t)(hole - template));
		buf_str(&b, value);
		template = hole + 2;
	}
	buf_str(&b, template);
	return (buf_text(&b));
}

static void
say(struct buf *b, const char *key, const char *value)
{

	if (value != NULL)
		buf_printf(b, "%s %s\n", key, value);
}

/* An event as lines "member value"; what was not told has none. */
static const char *
describe(struct arena *a, const struct event *event)
{
	static const char *const families[] = { "unknown", "known", "status",
	    "monitor", "investigation", "quarantine", "queue" };
	const struct test *t = &event->test;
	char iso[CLOCK_ISO_MAX];
	struct buf b;
	size_t i;

	buf_init(&b, a, 1 << 20);
	buf_str(&b, "\n");
	say(&b, "family", families[event->family]);
	say(&b, "type", event->type);
	say(&b, "event", event->name);
	say(&b, "status", event_status(event->status));
	say(&b, "word", event->status_text);
	say(&b, "previous", event_status(event->previous));
	clock_format(event->time, iso);
	say(&b, event->time_is_ours ? "received" : "time", iso);
	say(&b, "reason", event->reason);
	say(&b, "monitor_id", event->monitor_id);
	say(&b, "monitor", event->monitor_type);
	say(&b, "monitor_is", event->monitor_status);
	say(&b, "example", event->example ? "yes" : "no");
	say(&b, "id", t->id);
	say(&b, "scope", t->scope == SCOPE_COLLECTION ? "collection" :
	    "repository");
	say(&b, "host", t->repository.host);
	say(&b, "owner", t->repository.owner);
	say(&b, "repo", t->repository.name);
	say(&b, "repo_url", t->repository.url);
	say(&b, "name", t->name);
	say(&b, "parent", t->parent);
	say(&b, "classname", t->classname);
	say(&b, "file", t->file_path);
	say(&b, "variant", t->variant);
	say(&b, "url", t->url);
	say(&b, "ticket", t->ticket_url);
	for (i = 0; i < t->nowners; i++)
		say(&b, "by", t->owners[i]);
	buf_printf(&b, "owners %zu\n", t->nowners);
	if (t->quarantined != ANSWER_UNKNOWN)
		say(&b, "quarantined", t->quarantined == ANSWER_YES ? "yes" :
		    "no");
	if (t->failure_rate >= 0)
		buf_printf(&b, "rate %g\n", t->failure_rate);
	if (t->pull_requests >= 0)
		buf_printf(&b, "prs %lld\n", (long long)t->pull_requests);
	return (buf_text(&b));
}

/* wants: lines that must be there; "-word" is a line that must not. */
struct reading {
	const char	*body;
	const char	*wants[4];
};

static void
check_reading(const struct reading *r)
{
	struct event event;
	const char *text, *line;
	size_t i;

	if (read_text(arena, r->body, strlen(r->body), &event) != OK)
		fail_msg("%s\nis refused: %s", r->body, job.why.text);
	text = describe(arena, &event);
	for (i = 0; i < COUNT(r->wants) && r->wants[i] != NULL; i++) {
		if (r->wants[i][0] == '-')
			line = arena_printf(arena, "\n%s ", r->wants[i] + 1);
		else
			line = arena_printf(arena, "\n%s\n", r->wants[i]);
		if ((strstr(text, line) == NULL) != (r->wants[i][0] == '-'))
			fail_msg("%s\nreads as%swhich is not \"%s\"", r->body,
			    text, r->wants[i]);
	}
}

static void
check_readings(const struct reading *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		arena_reset(arena);
		check_reading(&rows[i]);
	}
}

/* A mutation of a member reads as if the member were not there. */
static void
check_not_told(const char *template, const char *line)
{
	static const char *const nothing[] = { "null", "\"\"", "true", "{}",
	    "[]", "-7.5", "{\"html_url\":3}", "[null]" };
	struct reading r = { .wants = { "family status", line } };
	size_t i;

	for (i = 0; i < COUNT(nothing); i++) {
		arena_reset(arena);
		r.body = fill(template, nothing[i]);
		check_reading(&r);
	}
}

/* By its type alone, as its body would be read. */
static void
test_family_of(void **state)
{
	static const struct {
		const char	*type;
		enum family	 family;
	} rows[] = {
		{ "test_case.status_changed", FAMILY_STATUS },
		{ "v2.test_case.status_changed", FAMILY_STATUS },
		{ "v3.test_case.status_changed", FAMILY_UNKNOWN },
		{ "test_case.monitor_status_changed", FAMILY_MONITOR },
		{ "pull_request.failed", FAMILY_QUEUE },
		{ "PULL_REQUEST.FAILED", FAMILY_UNKNOWN },
		{ "", FAMILY_UNKNOWN }
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(event_family_of(rows[i].type),
		    rows[i].family);
}

static void
test_types(void **state)
{
	static const struct reading rows[] = {
		{ V1(""), { "family status", "type test_case.status_changed",
		    "event test_case.status_changed" } },
		{ V2(""), { "family status",
		    "type v2.test_case.status_changed",
		    "event test_case.status_changed" } },
		{ TYPE("v3.test_case.status_changed"), { "family unknown",
		    "event test_case.status_changed" } },
		{ TYPE("v12.a.b"), { "family unknown", "event a.b" } },
		{ TYPE("v2.v3.a"), { "event v3.a" } },
		{ TYPE("v2."), { "family unknown", "event v2." } },
		{ TYPE("v.a"), { "event v.a" } },
		{ TYPE("va.b"), { "event va.b" } },
		{ TYPE("v2beta.a"), { "event v2beta.a" } },
		{ TYPE("video.a"), { "event video.a" } },
		{ TYPE("V2.a"), { "event V2.a" } },
		{ TYPE("TEST_CASE.STATUS_CHANGED"), { "family unknown" } },
		{ TYPE("test_case.status_changed "), { "family unknown" } },
		{ TYPE(""), { "family unknown", "-type", "-event" } },
		{ "{\"type\":null}", { "family unknown", "-type" } },
		{ "{\"type\":7}", { "family unknown", "-type" } },
		{ "{\"type\":[\"pull_request.failed\"]}",
		    { "family unknown", "-type" } },
		{ "{}", { "family unknown", "received " NOW_ISO,
		    "-rate", "-prs" } },
		{ " \n{\"etl_end\":\"2026-04-16T05:45:00\",\"pr\":31}\n",
		    { "family unknown", "received " NOW_ISO } },
		{ "{\"timestamp\":\"2026-02-01T00:00:00Z\"}",
		    { "family unknown", "time 2026-02-01T00:00:00.000Z" } },
	};

	(void)state;
	check_readings(rows, COUNT(rows));
}

/* https://docs.trunk.io/flaky-tests/webhooks and /merge-queue/webhooks */
static void
test_published_types(void **state)
{
	static const char *const test_case[][2] = {
		{ "test_case.quarantining_setting_changed",
		    "family quarantine" },
		{ "v2.test_case.quarantining_setting_changed",
		    "family quarantine" },
		{ "test_case.monitor_status_changed", "family monitor" },
		{ "test_case.investigation_completed",
		    "family investigation" },
	};
	static const char *const kinds[] = { "pull_request",
	    "pull_request_batch" };
	static const char *const steps[] = { "submitted", "queued", "testing",
	    "pending_failure", "failed", "canceled", "merged" };
	struct reading r = { .wants = { NULL, "-id", "received " NOW_ISO } };
	char body[128];
	size_t i, k;

	(void)state;
	r.body = body;
	for (i = 0; i < COUNT(test_case); i++) {
		snprintf(body, sizeof(body), TYPE("%s"), test_case[i][0]);
		r.wants[0] = test_case[i][1];
		check_reading(&r);
	}
	r.wants[0] = "family queue";
	for (k = 0; k < COUNT(kinds); k++)
		for (i = 0; i < COUNT(steps); i++) {
			snprintf(body, sizeof(body), TYPE("%s.%s"), kinds[k],
			    steps[i]);
			check_reading(&r);
		}
}

static void
test_known_members(void **state)
{
	static const struct reading rows[] = {
		{ "{\"type\":\"pull_request.merged\",\"timestamp\":"
		    "\"2026-05-04T03:02:01Z\",\"repository\":{\"host\":"
		    "\"gitlab.corp\",\"owner\":\"a/b\",\"name\":\"c\"}}",
		    { "time 2026-05-04T03:02:01.000Z", "host gitlab.corp",
		    "owner a/b", "repo c" } },
		{ "{\"type\":\"pull_request.merged\",\"repository\":"
		    "{\"host\":\"gitlab.corp\",\"name\":\"c\"}}",
		    { "received " NOW_ISO, "-host", "-repo" } },
		{ "{\"type\":\"test_case.quarantining_setting_changed\","
		    "\"quarantine_setting_changed\":{\"timestamp\":"
		    "\"2026-05-04T03:02:01Z\"},\"test_case\":{\"repository\":"
		    "{\"html_url\":\"https://h.example/o/r\"}}}",
		    { "time 2026-05-04T03:02:01.000Z", "host h.example",
		    "owner o", "repo r" } },
		{ "{\"type\":\"test_case.investigation_completed\","
		    "\"created_at\":\"2026-05-04T03:02:01Z\",\"repository\":"
		    "{\"html_url\":\"https://h.example/o/r\"}}",
		    { "time 2026-05-04T03:02:01.000Z", "repo r" } },
		{ "{\"type\":\"test_case.monitor_status_changed\","
		    "\"test_case\":17,\"repository\":[]}",
		    { "family monitor", "-host" } },
		{ "{\"type\":\"test_case.monitor_status_changed\","
		    "\"repository\":{\"html_url\":\"https://h.example/\"},"
		    "\"test_case\":{\"repository\":{\"html_url\":"
		    "\"https://h.example/o/r\"}}}",
		    { "host h.example", "repo r" } },
		{ "{\"type\":\"test_case.monitor_status_changed\","
		    "\"repository\":{\"html_url\":\"https://h.example/\"}}",
		    { "-host", "repo_url https://h.example/" } },
	};

	(void)state;
	check_readings(rows, COUNT(rows));
}

static void
test_statuses(void **state)
{
	static const char *const words[][2] = {
		{ "flaky", "flaky" }, { "FLAKY", "flaky" },
		{ "Flaky", "flaky" }, { "broken", "broken" },
		{ "BROKEN", "broken" }, { "bRoKeN", "broken" },
		{ "healthy", "healthy" }, { "HEALTHY", "healthy" },
		{ "MUTED", NULL }, { "FLAKY ", NULL }, { "flak", NULL },
		{ "unknown", NULL }, { "fla\xc4\xb7y", NULL },
	};
	static const char *const forms[] = {
		V1T("", "\"current_status\":{\"value\":\"%s\"},"
		    "\"previous_status\":\"%s\""),
		V1T(",\"status\":{\"value\":\"%s\"}",
		    "\"previous_status\":\"%s\""),
		V2T(",\"new_status\":\"%s\",\"previous_status\":\"%s\"", ""),
	};
	char now[32], before[32];
	struct reading r = { .wants = { NULL, now, before, "id " ID } };
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(words); i++)
		for (k = 0; k < COUNT(forms); k++) {
			arena_reset(arena);
			r.body = fill(forms[k], words[i][0]);
			snprintf(now, sizeof(now), "status %s",
			    words[i][1] != NULL ? words[i][1] : "unknown");
			snprintf(before, sizeof(before), "previous %s",
			    words[i][1] != NULL ? words[i][1] : "unknown");
			r.wants[0] = words[i][1] != NULL ? "family status" :
			    "family known";
			check_reading(&r);
		}
	assert_int_equal(event_status_of(NULL), STATUS_UNKNOWN);
	assert_int_equal(event_status_of(""), STATUS_UNKNOWN);
}

static void
test_members(void **state)
{
	static const struct reading rows[] = {
		{ V2(",\"file_path\":\"a/b.c\",\"parent\":\"P\","
		    "\"classname\":\"C\",\"variant\":\"arm64\""),
		    { "file a/b.c", "parent P", "classname C",
		    "variant arm64" } },
		{ V2(",\"html_url\":\"https://t/1\",\"quarantined\":true"),
		    { "url https://t/1", "quarantined yes" } },
		{ V2(",\"quarantined\":false"), { "quarantined no" } },
		{ V2(",\"failure_rate_last_7d\":0.18,"
		    "\"pull_requests_impacted_last_7d\":4"),
		    { "rate 0.18", "prs 4" } },
		{ V2(",\"failure_rate_last_7d\":0,"
		    "\"pull_requests_impacted_last_7d\":0"),
		    { "rate 0", "prs 0" } },
		{ V2(",\"failure_rate_last_7d\":1"), { "rate 1" } },
		{ V2(",\"failure_rate_last_7d\":1.01"), { "-rate" } },
		{ V2(",\"failure_rate_last_7d\":-0.1"), { "-rate" } },
		{ V2(",\"failure_rate_last_7d\":1e400"), { "-rate" } },
		{ V2(",\"failure_rate_last_7d\":\"0.5\""), { "-rate" } },
		{ V2(",\"pull_requests_impacted_last_7d\":-1"),
		    { "-prs" } },
		{ V2(",\"pull_requests_impacted_last_7d\":"
		    "99999999999999999999"), { "-prs" } },
		{ V2T(",\"new_status\":\"FLAKY\",\"triggered_by\":"
		    "{\"monitor_type\":\"pass_on_retry\"}", ""),
		    { "monitor pass_on_retry", "-reason" } },
		{ V2T(",\"new_status\":\"FLAKY\",\"triggered_by\":{"
		    "\"monitor_id\":\"9a1\",\"monitor_type\":\"failure_rate\","
		    "\"monitor_status\":\"active\"}", ""),
		    { "monitor_id 9a1", "monitor failure_rate",
		    "monitor_is active" } },
		{ V2T(",\"new_status\":\"FLAKY\",\"triggered_by\":{}", ""),
		    { "-monitor_id", "-monitor", "-monitor_is" } },
		{ V2T(",\"new_status\":\"Muted\"", ""), { "family known",
		    "word Muted", "status unknown" } },
		{ V2(""), { "word FLAKY", "status flaky" } },
		{ V1T(",\"status\":{\"value\":\"muted\"}",
		    "\"current_status\":{}"), { "family known",
		    "word muted" } },
		{ V1T(",\"ticket\":{\"html_url\":\"https://l/RIL-1/[x]\"}",
		    "\"current_status\":{\"value\":\"flaky\",\"reason\":"
		    "\"Inconsistent results on main\"}"),
		    { "ticket https://l/RIL-1/[x]",
		    "reason Inconsistent results on main", "-monitor" } },
		{ V1(",\"test_suite\":\"S\""), { "parent S" } },
		{ V1(",\"test_suite\":\"S\",\"parent\":\"P\""),
		    { "parent P" } },
		{ V1(",\"test_suite\":\"S\",\"parent\":\"\""),
		    { "parent S" } },
		{ V1(",\"test_suite\":\"S\",\"parent\":null"),
		    { "parent S" } },
		{ V1(",\"repository\":{\"html_url\":"
		    "\"https://github.com/o/r\"}"), { "host github.com",
		    "owner o", "repo r", "repo_url https://github.com/o/r" } },
		{ V1(",\"repository\":{\"html_url\":\"http://example.com\"}"),
		    { "repo_url http://example.com", "-host", "-owner",
		    "-repo" } },
		{ V2T(",\"new_status\":\"FLAKY\",\"repository\":{\"id\":"
		    "\"x\",\"html_url\":\"https://github.com/o/r.git\"}", ""),
		    { "owner o", "repo r" } },
		{ V2(",\"name2\":1,\"future\":{\"deep\":[1,2]}"),
		    { "name rounds up" } },
	};

	(void)state;
	check_readings(rows, COUNT(rows));
}

static void
test_not_told(void **state)
{

	(void)state;
	check_not_told(V2(",\"file_path\":%s"), "-file");
	check_not_told(V2(",\"parent\":%s"), "-parent");
	check_not_told(V1(",\"test_suite\":%s"), "-parent");
	check_not_told(V2(",\"classname\":%s"), "-classname");
	check_not_told(V2(",\"variant\":%s"), "-variant");
	check_not_told(V2(",\"html_url\":%s"), "-url");
	check_not_told(V2(",\"failure_rate_last_7d\":%s"), "-rate");
	check_not_told(V2(",\"pull_requests_impacted_last_7d\":%s"), "-prs");
	check_not_told(V2(",\"codeowners\":%s"), "owners 0");
	check_not_told(V1(",\"ticket\":%s"), "-ticket");
	check_not_told(V1(",\"ticket\":{\"html_url\":%s}"), "-ticket");
	check_not_told(V1(",\"repository\":%s"), "-repo_url");
	check_not_told(V1(",\"repository\":{\"html_url\":%s}"), "-repo_url");
	check_not_told(V1T("", "\"current_status\":{\"value\":\"flaky\","
	    "\"reason\":%s}"), "-reason");
	check_not_told(V1T("", "\"current_status\":{\"value\":\"flaky\","
	    "\"timestamp\":%s}"), "received " NOW_ISO);
	check_not_told(V1T("", "\"current_status\":{\"value\":\"flaky\"},"
	    "\"previous_status\":%s"), "previous unknown");
	check_not_told(V2T(",\"new_status\":\"FLAKY\",\"timestamp\":%s", ""),
	    "received " NOW_ISO);
	check_not_told(V2T(",\"new_status\":\"FLAKY\","
	    "\"previous_status\":%s", ""), "previous unknown");
	check_not_told(V2T(",\"new_status\":\"FLAKY\",\"triggered_by\":%s",
	    ""), "-monitor");
	check_not_told(V2T(",\"new_status\":\"FLAKY\",\"triggered_by\":"
	    "{\"monitor_type\":%s}", ""), "-monitor");
	check_not_told(V2T(",\"new_status\":\"FLAKY\",\"repository\":%s",
	    ""), "-repo_url");
	check_not_told(V1(",\"most_common_failures\":%s"), "status flaky");
}

static void
test_owners(void **state)
{
	static const struct reading rows[] = {
		{ V2(""), { "owners 0" } },
		{ V2(",\"codeowners\":[]"), { "owners 0" } },
		{ V2(",\"codeowners\":[\"@a/b\"]"),
		    { "owners 1", "by @a/b" } },
		{ V2(",\"codeowners\":[\"@x\",\"plain\",\"a@b.example\"]"),
		    { "by @x\nby plain\nby a@b.example\nowners 3" } },
		{ V2(",\"codeowners\":[null,\"\",4,[\"n\"],{},\"last\"]"),
		    { "owners 1", "by last" } },
		{ V2(",\"codeowners\":\"@a\""), { "owners 0" } },
		{ V2(",\"codeowners\":{\"0\":\"@a\"}"), { "owners 0" } },
		{ V2(",\"codeowners\":[\"d\",\"d\"]"), { "owners 2" } },
	};

	(void)state;
	check_readings(rows, COUNT(rows));
}

static void
test_times(void **state)
{
	static const struct reading rows[] = {
		{ V2T(",\"new_status\":\"FLAKY\",\"timestamp\":"
		    "\"2026-03-27T12:28:40.695Z\"", ""),
		    { "time 2026-03-27T12:28:40.695Z", "-received" } },
		{ V2T(",\"new_status\":\"FLAKY\",\"timestamp\":"
		    "\"2026-03-27T12:28:40+02:00\"", ""),
		    { "time 2026-03-27T10:28:40.000Z" } },
		{ V2T(",\"new_status\":\"FLAKY\",\"timestamp\":"
		    "\"yesterday\"", ""), { "received " NOW_ISO, "-time" } },
		{ V2T(",\"new_status\":\"FLAKY\",\"timestamp\":"
		    "\"2026-02-30T00:00:00Z\"", ""),
		    { "received " NOW_ISO } },
		{ V1T(",\"status\":{\"value\":\"flaky\",\"timestamp\":"
		    "\"2026-01-01T00:00:00Z\"}", "\"current_status\":{"
		    "\"value\":\"broken\",\"timestamp\":"
		    "\"2026-01-02T00:00:00Z\"}"),
		    { "time 2026-01-02T00:00:00.000Z", "status broken" } },
		{ V1T(",\"status\":{\"value\":\"flaky\",\"timestamp\":"
		    "\"2026-01-01T00:00:00Z\",\"reason\":\"because\"}",
		    "\"current_status\":{}"), { "reason because",
		    "time 2026-01-01T00:00:00.000Z", "status flaky" } },
		{ V1T(",\"status\":{\"value\":\"flaky\",\"timestamp\":"
		    "\"2026-01-01T00:00:00Z\"}",
		    "\"current_status\":{\"value\":\"broken\"}"),
		    { "status broken", "received " NOW_ISO } },
		{ V1T("", "\"current_status\":{\"value\":\"flaky\"}"),
		    { "received " NOW_ISO } },
	};

	(void)state;
	check_readings(rows, COUNT(rows));
}

static void
test_scope(void **state)
{
	static const struct reading rows[] = {
		{ V2(""), { "scope repository" } },
		{ V2T(",\"new_status\":\"FLAKY\",\"test_collection\":{}", ""),
		    { "scope collection" } },
		{ V2T(",\"new_status\":\"FLAKY\",\"test_collection\":"
		    "{\"id\":\"kP4\"}", ""), { "scope collection" } },
		{ V2T(",\"new_status\":\"FLAKY\",\"test_collection\":null",
		    ""), { "scope repository" } },
		{ V2T(",\"new_status\":\"FLAKY\",\"test_collection\":\"kP4\"",
		    ""), { "scope repository" } },
		{ V2T(",\"new_status\":\"FLAKY\",\"test_collection\":[]", ""),
		    { "scope repository" } },
	};

	(void)state;
	check_readings(rows, COUNT(rows));
}

/* Both versions tell the same test, and it is the same test. */
static void
test_identity_over_versions(void **state)
{
	static const char *const bodies[] = {
		V1(",\"repository\":{\"html_url\":\"https://h.example/o/r\"},"
		    "\"file_path\":\"f.c\",\"test_suite\":\"s\","
		    "\"variant\":\"\""),
		V1(",\"repository\":{\"html_url\":\"https://h.example/o/r/\"}"
		    ",\"file_path\":\"f.c\",\"parent\":\"s\""),
		V2T(",\"new_status\":\"BROKEN\",\"repository\":{\"html_url\":"
		    "\"https://h.example/o/r.git\",\"id\":\"9\"}",
		    ",\"file_path\":\"f.c\",\"parent\":\"s\","
		    "\"classname\":\"other\",\"variant\":null"),
	};
	struct event event;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bodies); i++) {
		assert_int_equal(read_text(arena, bodies[i],
		    strlen(bodies[i]), &event), OK);
		assert_string_equal(event.test.identity,
		    "h.example\no\nr\nf.c\ns\nrounds up\n\n");
	}
}

/* Whatever memory is left, all of the event or an honest error. */
static void
test_memory(void **state)
{
	static const char body[] = V2T(",\"new_status\":\"FLAKY\","
	    "\"repository\":{\"html_url\":\"https://h.example/o/r\"}",
	    ",\"codeowners\":[\"@a\",\"@b\"],\"parent\":\"p\"");
	struct arena *small;
	struct event event;
	char want[1024], identity_want[128];
	size_t cap, full, failed = 0;
	enum err e;

	(void)state;
	arena_reset(arena);
	assert_int_equal(read_text(arena, body, strlen(body), &event), OK);
	full = arena_used(arena);
	snprintf(identity_want, sizeof(identity_want), "%s",
	    event.test.identity);
	snprintf(want, sizeof(want), "%s", describe(arena, &event));
	/* The parser takes more for a while than is left at the end. */
	for (cap = 0; cap <= full + 4096; cap += 16) {
		small = arena_new(cap);
		assert_non_null(small);
		e = read_text(small, body, strlen(body), &event);
		if (e == OK) {
			arena_reset(arena);
			assert_string_equal(event.test.identity,
			    identity_want);
			assert_string_equal(describe(arena, &event), want);
		} else {
			assert_int_equal(e, ERR_NOMEM);
			assert_true(job.why.text[0] != '\0');
			failed++;
		}
		arena_free(small);
	}
	assert_true(failed > 0);
	assert_int_equal(e, OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_family_of),
		cmocka_unit_test(test_published_types),
		cmocka_unit_test(test_known_members),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_not_told),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_scope),
		cmocka_unit_test(test_identity_over_versions),
		cmocka_unit_test(test_memory),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
