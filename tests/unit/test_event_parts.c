#include "common/buf.h"
#include "common/clock.h"
#include "common/json.h"
#include "handler/event.h"
#include "tests/unit/event_bodies.h"
#include "tests/unit/job_setup.h"

/*
 * What the families but the changes of status tell, after
 * https://docs.trunk.io/flaky-tests/webhooks and /merge-queue/webhooks.
 */
#define TEST	"\"test_case\":{\"id\":\"" ID "\",\"name\":\"rounds up\"," \
	"\"parent\":\"P\"}"
#define MONITOR(m) "{\"type\":\"test_case.monitor_status_changed\"," TEST \
	"," m "}"
#define FOUND(m) "{\"type\":\"test_case.investigation_completed\"," TEST \
	"," m "}"
#define SET(m)	"{\"type\":\"test_case.quarantining_setting_changed\"," \
	TEST "," m "}"
#define SET2(m)	"{\"type\":\"v2.test_case.quarantining_setting_changed\"," \
	TEST "," m "}"
#define PLACE	"\"repository\":{\"host\":\"h.example\",\"owner\":\"o\"," \
	"\"name\":\"r\"}"
#define PR(t, m) "{\"type\":\"pull_request." t "\"," PLACE "," m "}"
#define BATCH(t, m) "{\"type\":\"pull_request_batch." t "\"," PLACE "," m "}"
#define OLD(m)	"{" PLACE "," m "}"

static enum err
read_in(struct arena *a, const char *text, struct event *event)
{
	struct delivery mail = { .id = "msg_1", .body = text,
	    .len = strlen(text) };

	memset(&job, 0, sizeof(job));
	job.arena = a;
	job.now = 1794000000000;
	return (event_read(&job, &mail, event));
}

static void
say(struct buf *b, const char *key, const char *value)
{

	if (value != NULL)
		buf_printf(b, "%s %s\n", key, value);
}

static void
say_answer(struct buf *b, const char *key, enum answer answer)
{

	if (answer != ANSWER_UNKNOWN)
		say(b, key, answer == ANSWER_YES ? "yes" : "no");
}

static void
say_investigation(struct buf *b, const struct investigation *v)
{
	size_t i;

	say(b, "id", v->id);
	say(b, "trigger", v->trigger);
	say(b, "summary", v->summary);
	say(b, "failure", v->failure);
	for (i = 0; i < v->nfacts; i++)
		buf_printf(b, "fact %s %g %s\n", v->facts[i].type != NULL ?
		    v->facts[i].type : "-", v->facts[i].confidence,
		    v->facts[i].content);
	buf_printf(b, "facts %zu\n", v->nfacts);
}

static void
say_queue(struct buf *b, const struct queue_item *q)
{
	static const char *const steps[] = { "?", "submitted", "queued",
	    "testing", "pending_failure", "failed", "canceled", "merged" };
	size_t i;

	say(b, "kind", q->batch ? "batch" : "pr");
	say(b, "repository", q->repository);
	buf_printf(b, "number %lld\nprs", (long long)q->number);
	for (i = 0; i < q->nprs; i++)
		buf_printf(b, " %lld", (long long)q->prs[i]);
	buf_str(b, "\n");
	say(b, "step", steps[q->step]);
	say(b, "suffix", q->suffix);
	say(b, "reason", q->reason);
	say(b, "branch", q->branch);
	say(b, "target", q->target_branch);
	say(b, "author", q->author);
	say(b, "url", q->url);
	say_answer(b, "bisection", q->is_bisection);
}

/* The parts as lines "member value"; what was not told has none. */
static const char *
describe(struct arena *a, const struct event *event)
{
	static const char *const settings[] = { "unknown", "unspecified",
	    "always", "never" };
	char iso[CLOCK_ISO_MAX];
	struct buf b;

	buf_init(&b, a, 1 << 20);
	buf_str(&b, "\n");
	say(&b, "event", event->name);
	say(&b, "identity", event->test.identity);
	clock_format(event->time, iso);
	if (!event->time_is_ours)
		say(&b, "time", iso);
	if (event->confidence >= 0)
		buf_printf(&b, "confidence %g\n", event->confidence);
	say(&b, "scope", event->test.scope == SCOPE_COLLECTION ?
	    "collection" : "repository");
	say(&b, "monitor", event->monitor_type);
	if (event->monitor != NULL) {
		say(&b, "id", event->monitor->id);
		say(&b, "type", event->monitor->type);
		say(&b, "status", event->monitor->status);
		say_answer(&b, "active", event->monitor->active);
		say(&b, "evidence", event->monitor->evidence);
	}
	if (event->investigation != NULL)
		say_investigation(&b, event->investigation);
	if (event->quarantine != NULL) {
		say(&b, "from", settings[event->quarantine->previous]);
		say(&b, "to", settings[event->quarantine->updated]);
		say(&b, "from_text", event->quarantine->previous_text);
		say(&b, "to_text", event->quarantine->updated_text);
		say(&b, "reason", event->quarantine->reason);
	}
	if (event->queue != NULL)
		say_queue(&b, event->queue);
	return (buf_text(&b));
}

/* wants: lines that must be there; "-word" is a line that must not. */
struct reading {
	const char	*body;
	const char	*wants[4];
};

static void
check_readings(const struct reading *r, size_t n)
{
	struct event event;
	const char *text, *line;
	size_t i, k;

	for (k = 0; k < n; k++, r++) {
		arena_reset(arena);
		if (read_in(arena, r->body, &event) != OK)
			fail_msg("%s\nis refused: %s", r->body, job.why.text);
		text = describe(arena, &event);
		for (i = 0; i < COUNT(r->wants) && r->wants[i] != NULL; i++) {
			bool not = r->wants[i][0] == '-';

			line = arena_printf(arena, not ? "\n%s " : "\n%s\n",
			    r->wants[i] + not);
			if ((strstr(text, line) == NULL) != not)
				fail_msg("%s\nreads as%swhich is not \"%s\"",
				    r->body, text, r->wants[i]);
		}
	}
}

static void
test_monitor(void **state)
{
	static const struct reading rows[] = {
		{ MONITOR("\"monitor\":{\"id\":\"m1\",\"type\":"
		    "\"pass_on_retry\",\"status\":\"active\"}"),
		    { "id m1", "type pass_on_retry", "active yes",
		    "monitor pass_on_retry" } },
		{ MONITOR("\"monitor\":{\"status\":\"resolved\"}"),
		    { "active no", "-id", "-type", "-evidence" } },
		{ MONITOR("\"monitor\":{\"status\":\"RESOLVED\"}"),
		    { "active no", "status RESOLVED" } },
		{ MONITOR("\"monitor\":{\"status\":\"paused\"}"),
		    { "-active", "status paused" } },
		{ MONITOR("\"monitor\":[\"active\"]"), { "-active", "-id" } },
		{ MONITOR("\"timestamp\":\"2026-03-04T05:06:07.089Z\""),
		    { "time 2026-03-04T05:06:07.089Z", "scope repository" } },
		{ MONITOR("\"test_collection\":{\"id\":\"kP4\"}"),
		    { "scope collection" } },
		{ MONITOR("\"evidence\": { \"rate\" : 0.10, \"b\": [ 1e2,\n"
		    "\"x\\u00e4\" ] }"),
		    { "evidence {\"rate\":0.10,\"b\":[1e2,\"x\xc3\xa4\"]}" } },
		{ MONITOR("\"evidence\":[{}]"), { "evidence [{}]" } },
		{ MONITOR("\"evidence\":{}"), { "-evidence" } },
		{ MONITOR("\"evidence\":[]"), { "-evidence" } },
		{ MONITOR("\"evidence\":null"), { "-evidence" } },
		{ MONITOR("\"evidence\":\"seen\""), { "-evidence" } },
		{ MONITOR("\"evidence\":7"), { "-evidence" } },
		{ MONITOR("\"a\":1"), { "identity test:" ID } },
		/* Too little to be the test of a change of status. */
		{ "{\"type\":\"test_case.monitor_status_changed\","
		    "\"test_case\":{\"id\":\"" ID "\",\"name\":\"n\","
		    "\"classname\":\"C\"}}", { "-identity" } },
		{ "{\"type\":\"test_case.monitor_status_changed\","
		    "\"test_case\":{\"name\":\"n\",\"parent\":\"P\"}}",
		    { "-identity" } },
	};

	(void)state;
	check_readings(rows, COUNT(rows));
}

static void
test_investigation(void **state)
{
	static const struct reading rows[] = {
		{ FOUND("\"investigation_id\":\"i1\",\"trigger\":\"MCP\","
		    "\"confidence\":0.87,\"markdown_summary\":\"*why*\""),
		    { "id i1", "trigger MCP", "confidence 0.87",
		    "summary *why*" } },
		{ FOUND("\"failure_message\":\"boom\",\"created_at\":"
		    "\"2026-03-04T05:06:07Z\""), { "failure boom",
		    "time 2026-03-04T05:06:07.000Z", "-trigger",
		    "-confidence" } },
		{ FOUND("\"timestamp\":\"2026-03-04T05:06:08Z\""),
		    { "time 2026-03-04T05:06:08.000Z" } },
		{ FOUND("\"timestamp\":\"2026-03-04T05:06:08Z\","
		    "\"created_at\":\"2026-03-04T05:06:07Z\""),
		    { "time 2026-03-04T05:06:07.000Z" } },
		{ FOUND("\"confidence\":0"), { "confidence 0" } },
		{ FOUND("\"confidence\":1"), { "confidence 1" } },
		{ FOUND("\"confidence\":87"), { "-confidence" } },
		{ FOUND("\"confidence\":-0.1"), { "-confidence" } },
		{ FOUND("\"confidence\":\"0.5\""), { "-confidence" } },
		{ FOUND("\"facts\":[{\"fact_type\":\"COMMIT\",\"content\":"
		    "\"a\",\"confidence\":0.5},{\"content\":\"b\"}]"),
		    { "fact COMMIT 0.5 a", "fact - -1 b", "facts 2" } },
		{ FOUND("\"facts\":[null,7,\"x\",[],{},{\"content\":\"\"},"
		    "{\"fact_type\":\"COMMIT\"},{\"content\":\"c\","
		    "\"confidence\":2,\"impact\":\"high\"}]"),
		    { "fact - -1 c", "facts 1" } },
		{ FOUND("\"facts\":[{}]"), { "facts 0" } },
		{ FOUND("\"facts\":{\"content\":\"a\"}"), { "facts 0" } },
		{ FOUND("\"facts\":\"a\""), { "facts 0" } },
	};

	(void)state;
	check_readings(rows, COUNT(rows));
}

static void
test_quarantine(void **state)
{
	static const struct reading rows[] = {
		{ SET("\"quarantine_setting_changed\":{"
		    "\"previous_quarantining_setting\":\"UNSPECIFIED\","
		    "\"updated_quarantining_setting\":\"ALWAYS_QUARANTINE\","
		    "\"reason\":\"later\",\"timestamp\":"
		    "\"2026-03-04T05:06:07Z\"}"), { "from unspecified",
		    "to always", "reason later",
		    "time 2026-03-04T05:06:07.000Z" } },
		{ SET("\"quarantine_setting_changed\":{"
		    "\"previous_quarantining_setting\":\"NEVER_QUARANTINE\","
		    "\"updated_quarantining_setting\":\"UNSPECIFIED\","
		    "\"reason\":null}"), { "from never", "to unspecified",
		    "-reason", "-time" } },
		{ SET2("\"quarantining_setting_changed\":{"
		    "\"previous_quarantining_setting\":\"never_quarantine\","
		    "\"updated_quarantining_setting\":\"alwaysQuarantine\"}"),
		    { "from never", "to always",
		    "to_text alwaysQuarantine" } },
		{ SET2("\"quarantineSettingChanged\":{"
		    "\"previousQuarantiningSetting\":\"NEVER\","
		    "\"updatedQuarantiningSetting\":\"ALWAYS\"}"),
		    { "from never", "to always" } },
		{ SET2("\"previous_setting\":\"UNSPECIFIED\","
		    "\"new_setting\":\"NEVER_QUARANTINE\",\"reason\":\"r\","
		    "\"timestamp\":\"2026-03-04T05:06:07Z\""),
		    { "from unspecified", "to never", "reason r",
		    "time 2026-03-04T05:06:07.000Z" } },
		{ SET2("\"timestamp\":\"2026-03-04T05:06:07Z\","
		    "\"quarantining_setting_changed\":{"
		    "\"updated_quarantine_setting\":\"NEVER_QUARANTINE\"}"),
		    { "from unknown", "to never", "-from_text",
		    "time 2026-03-04T05:06:07.000Z" } },
		{ SET2("\"previous_setting\":\"never-quarantine\","
		    "\"new_setting\":\"always-quarantine\""),
		    { "from never", "to always" } },
		{ SET("\"quarantine_setting_changed\":{"
		    "\"updated_quarantining_setting\":\"ON_MONDAYS\"}"),
		    { "to unknown", "to_text ON_MONDAYS" } },
		{ SET("\"quarantine_setting_changed\":{"
		    "\"updated_quarantining_setting\":"
		    "\"NEVER_QUARANTINED\"}"), { "to unknown" } },
		{ SET("\"quarantine_setting_changed\":{"
		    "\"updated_quarantining_setting\":7}"),
		    { "to unknown", "-to_text" } },
		{ SET("\"quarantine_setting_changed\":[]"),
		    { "from unknown", "to unknown" } },
		{ SET("\"a\":1"), { "from unknown", "to unknown",
		    "identity test:" ID } },
	};

	(void)state;
	check_readings(rows, COUNT(rows));
}

static void
test_queue(void **state)
{
	static const struct reading rows[] = {
		{ PR("queued", "\"pr_number\":7,\"queued_reason\":"
		    "\"MERGE_ITEM_NOW_READY\",\"author\":\"kim\""),
		    { "kind pr", "number 7\nprs 7", "step queued",
		    "reason MERGE_ITEM_NOW_READY" } },
		{ PR("merged", "\"author\":\"kim\",\"target_branch\":"
		    "\"main\",\"http_details_url\":\"https://t/7\","
		    "\"test_branch\":\"b\""), { "author kim", "target main",
		    "url https://t/7", "branch b" } },
		{ PR("testing", "\"is_bisection\":true"),
		    { "bisection yes", "repository h.example/o/r" } },
		{ PR("testing", "\"is_bisection\":false"),
		    { "bisection no" } },
		{ PR("testing", "\"is_bisection\":\"no\""),
		    { "-bisection", "number 0\nprs" } },
		{ PR("queued", "\"reason\":\"MANUAL\""),
		    { "reason MANUAL", "-time" } },
		{ PR("queued", "\"reason\":\"A\",\"queued_reason\":\"B\""),
		    { "reason B" } },
		{ PR("failed", "\"failure_reason\":\"F\",\"timestamp\":"
		    "\"2026-03-04T05:06:07Z\""), { "reason F", "step failed",
		    "time 2026-03-04T05:06:07.000Z" } },
		{ PR("canceled", "\"cancellation_reason\":\"C\""),
		    { "reason C", "suffix canceled" } },
		{ PR("merged", "\"merged_reason\":\"M\""), { "reason M" } },
		{ PR("submitted", "\"submitted_reason\":\"S\""),
		    { "reason S" } },
		{ PR("pending_failure", "\"failure_reason\":\"F\""),
		    { "step pending_failure", "reason F" } },
		/* The type says what it is, whatever action says. */
		{ PR("merged", "\"action\":\"failed\",\"pr_numbers\":[4]"),
		    { "kind pr", "step merged", "number 0\nprs" } },
		{ PR("queued", "\"pr_number\":0"), { "number 0\nprs" } },
		{ PR("queued", "\"pr_number\":\"7\""), { "number 0\nprs" } },
		{ BATCH("testing", "\"pr_numbers\":[3,1,3,2],"
		    "\"pr_numbers_in_batch\":[9]"), { "kind batch",
		    "number 0\nprs 3 1 2", "step testing" } },
		{ BATCH("testing", "\"pr_numbers\":[],"
		    "\"pr_numbers_in_batch\":[8,9]"), { "prs 8 9" } },
		{ BATCH("failed", "\"pr_numbers\":[null,\"4\",-1,0,5.5,6,[7]"
		    "],\"is_bisection\":true"), { "prs 6",
		    "bisection yes" } },
		{ BATCH("failed", "\"pr_numbers\":{\"a\":1}"), { "prs" } },
		{ "{\"type\":\"pull_request.queued\",\"repository\":"
		    "{\"html_url\":\"https://h.example/a/b/c\"}}",
		    { "repository h.example/a/b/c" } },
		{ "{\"type\":\"pull_request.queued\",\"repository\":"
		    "{\"host\":\"h\",\"owner\":null,\"name\":\"n\"}}",
		    { "-repository" } },
		{ "{\"type\":\"pull_request.rebased\"}", { "-kind" } },
	};

	(void)state;
	check_readings(rows, COUNT(rows));
}

/* Without a type: told by the members. */
static void
test_queue_by_shape(void **state)
{
	static const struct reading rows[] = {
		{ OLD("\"action\":\"canceled\",\"pr_number\":7,"
		    "\"target_branch\":\"main\""), { "kind pr",
		    "number 7\nprs 7" } },
		{ OLD("\"action\":\"canceled\",\"pr_number\":7,"
		    "\"http_details_url\":\"https://t/7\""), { "kind pr",
		    "event pull_request.canceled", "step canceled" } },
		{ OLD("\"status\":\"merged\",\"pr_number\":7,"
		    "\"target_branch\":\"main\""), {
		    "event pull_request.merged", "suffix merged" } },
		{ OLD("\"status\":\"testing\",\"pr_numbers\":[7,8],"
		    "\"test_branch\":\"b\""), { "kind batch", "prs 7 8",
		    "event pull_request_batch.testing" } },
		{ OLD("\"type\":null,\"action\":\"failed\",\"pr_number\":7,"
		    "\"target_branch\":\"main\""), {
		    "event pull_request.failed" } },
		/* Not enough, or something else. */
		{ OLD("\"action\":\"opened\",\"pr_number\":7,"
		    "\"target_branch\":\"main\""), { "-kind", "-event" } },
		{ OLD("\"action\":\"failed\",\"pr_number\":7"), { "-kind" } },
		{ OLD("\"action\":\"failed\",\"target_branch\":\"main\""),
		    { "-kind" } },
		{ OLD("\"action\":\"failed\",\"pr_number\":\"7\","
		    "\"target_branch\":\"main\""), { "-kind" } },
		{ OLD("\"action\":\"failed\",\"pr_number\":7,"
		    "\"target_branch\":\"main\"," TEST), { "-kind" } },
		{ OLD("\"type\":\"pull_request.new\",\"action\":\"failed\","
		    "\"pr_number\":7,\"target_branch\":\"main\""),
		    { "-kind", "event pull_request.new" } },
	};

	(void)state;
	check_readings(rows, COUNT(rows));
}

static void
test_redact(void **state)
{
	static const char *const rows[][2] = {
		{ SET("\"quarantine_setting_changed\":{\"actor\":{"
		    "\"full_name\":\"Kim\",\"email\":\"k@x\"},\"reason\":"
		    "\"a \\\"b\\\" \\u00e4\",\"n\":1.50,\"e\":1E+2,"
		    "\"big\":123456789012345678901234567890}"),
		  SET("\"quarantine_setting_changed\":{\"reason\":"
		    "\"a \\\"b\\\" \xc3\xa4\",\"n\":1.50,\"e\":1E+2,"
		    "\"big\":123456789012345678901234567890}") },
		{ SET2("\"actor_email\":\"k@x\",\"actorName\":\"Kim\","
		    "\"actor-id\":\"9\","
		    "\"ACTOR\":7,\"factor\":1,\"actors\":2,\"actory\":3"),
		  SET2("\"factor\":1,\"actors\":2,\"actory\":3") },
		{ SET2("\"a\":[{\"actor\":null},[{\"actor\":[],\"b\":{}}]]"),
		  SET2("\"a\":[{},[{\"b\":{}}]]") },
		/* As they were: nobody in it, or another event. */
		{ SET("\"n\" : 1.0"), NULL },
		{ MONITOR("\"actor\":\"Kim\""), NULL },
		{ "{\"actor\":\"Kim\"}", NULL },
		{ V2(",\"actor\":\"Kim\""), NULL },
		/* A version that is yet to come. */
		{ "{\"type\":\"v3.test_case.quarantining_setting_changed\","
		    "\"actor\":{\"full_name\":\"Kim\"}}",
		  "{\"type\":\"v3.test_case.quarantining_setting_changed\"}" },
	};
	struct delivery mail;
	struct event event;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		arena_reset(arena);
		assert_int_equal(read_in(arena, rows[i][0], &event), OK);
		mail = (struct delivery){ .id = "msg_1", .signed_at = 7,
		    .body = rows[i][0], .len = strlen(rows[i][0]) };
		assert_int_equal(event_redact(&job, &event, &mail), OK);
		if (rows[i][1] == NULL) {
			assert_ptr_equal(mail.body, rows[i][0]);
			assert_int_equal(mail.len, strlen(rows[i][0]));
			continue;
		}
		assert_string_equal(mail.body, rows[i][1]);
		assert_int_equal(mail.len, strlen(rows[i][1]));
		assert_string_equal(mail.id, "msg_1");
		assert_int_equal(mail.signed_at, 7);
	}
}

/* Whatever memory is left, all of the event or an honest error. */
static void
test_memory(void **state)
{
	static const char *const bodies[] = {
		MONITOR("\"monitor\":{\"id\":\"m\"},\"evidence\":[1,{}]"),
		FOUND("\"facts\":[{\"content\":\"a\"},{\"content\":\"b\"}]"),
		SET("\"quarantine_setting_changed\":{\"actor\":{\"a\":1}}"),
		PR("queued", "\"pr_number\":7"),
		BATCH("queued", "\"pr_numbers\":[7,8]"),
		OLD("\"action\":\"failed\",\"pr_number\":7,"
		    "\"target_branch\":\"main\""),
	};
	struct arena *small;
	struct event event;
	struct delivery mail;
	char want[1024];
	size_t i, cap, failed;
	enum err e;

	(void)state;
	for (i = 0; i < COUNT(bodies); i++) {
		arena_reset(arena);
		assert_int_equal(read_in(arena, bodies[i], &event), OK);
		snprintf(want, sizeof(want), "%s", describe(arena, &event));
		failed = 0;
		for (cap = 0; cap <= 1 << 16; cap += cap < 8192 ? 16 : 4096) {
			assert_non_null(small = arena_new(cap));
			mail.body = bodies[i];
			mail.len = strlen(bodies[i]);
			e = read_in(small, bodies[i], &event);
			if (e == OK) {
				arena_reset(arena);
				assert_string_equal(describe(arena, &event),
				    want);
				e = event_redact(&job, &event, &mail);
			}
			if (e != OK) {
				assert_int_equal(e, ERR_NOMEM);
				assert_true(job.why.text[0] != '\0');
				failed++;
			}
			arena_free(small);
		}
		assert_true(failed > 0);
		assert_int_equal(e, OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_monitor),
		cmocka_unit_test(test_investigation),
		cmocka_unit_test(test_quarantine),
		cmocka_unit_test(test_queue),
		cmocka_unit_test(test_queue_by_shape),
		cmocka_unit_test(test_redact),
		cmocka_unit_test(test_memory),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
