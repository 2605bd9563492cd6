#include "handler/event.h"
#include "tests/unit/event_bodies.h"
#include "tests/unit/job_setup.h"

static enum err
read_text(const char *text, struct event *event)
{
	struct delivery mail = { .id = "msg_1", .body = text,
	    .len = strlen(text) };

	memset(&job, 0, sizeof(job));
	job.arena = arena;
	return (event_read(&job, &mail, event));
}

static void
test_malformed(void **state)
{
	static const struct {
		const char	*body;
		const char	*names;		/* what the sentence names */
	} rows[] = {
		{ "", "" }, { " ", "" }, { "nonsense", "" }, { "{", "" },
		{ "{}{}", "" }, { "{\"a\":1,}", "" }, { "{'a':1}", "" },
		{ "{\"a\":\"\xff\"}", "" }, { "{\"a\":\"\\u0000\"}", "" },
		{ V2(",\"variant\":\"x\\u0000y\""), "" },
		{ V2(",\"name\":\"twice\""), "" },
		{ "[]", "object" }, { "[" V2("") "]", "object" },
		{ "null", "object" }, { "true", "object" }, { "7", "object" },
		{ "\"text\"", "object" },
		{ TYPE("test_case.status_changed"), "test_case.id" },
		{ TYPE("v2.test_case.status_changed"), "test_case.id" },
		{ "{\"type\":\"v2.test_case.status_changed\",\"new_status\":"
		    "\"FLAKY\",\"test_case\":null}", "test_case.id" },
		{ "{\"type\":\"v2.test_case.status_changed\",\"new_status\":"
		    "\"FLAKY\",\"test_case\":[]}", "test_case.id" },
		{ "{\"type\":\"v2.test_case.status_changed\",\"new_status\":"
		    "\"FLAKY\",\"test_case\":{\"name\":\"n\"}}",
		    "test_case.id" },
		{ "{\"type\":\"v2.test_case.status_changed\",\"new_status\":"
		    "\"FLAKY\",\"test_case\":{\"id\":7,\"name\":\"n\"}}",
		    "test_case.id" },
		{ "{\"type\":\"v2.test_case.status_changed\",\"new_status\":"
		    "\"FLAKY\",\"test_case\":{\"id\":\"\",\"name\":\"n\"}}",
		    "test_case.id" },
		{ "{\"type\":\"v2.test_case.status_changed\",\"new_status\":"
		    "\"FLAKY\",\"test_case\":{\"id\":\"i\"}}",
		    "test_case.name" },
		{ "{\"type\":\"v2.test_case.status_changed\",\"new_status\":"
		    "\"FLAKY\",\"test_case\":{\"id\":\"i\",\"name\":null}}",
		    "test_case.name" },
		{ "{\"type\":\"v2.test_case.status_changed\",\"new_status\":"
		    "\"FLAKY\",\"test_case\":{\"id\":\"i\",\"name\":\"\"}}",
		    "test_case.name" },
		{ V2T("", ""), "new_status" },
		{ V2T(",\"new_status\":null", ""), "new_status" },
		{ V2T(",\"new_status\":\"\"", ""), "new_status" },
		{ V2T(",\"new_status\":{\"value\":\"FLAKY\"}", ""),
		    "new_status" },
		{ V1T("", ""), "status_change.current_status.value" },
		{ V1T("", "\"current_status\":\"flaky\""),
		    "status_change.current_status.value" },
		{ V1T(",\"status\":{\"value\":\"\"}", "\"current_status\":{}"),
		    "status_change.current_status.value" },
	};
	struct event event;
	size_t i;
	enum err e;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		arena_reset(arena);
		e = read_text(rows[i].body, &event);
		if (e != ERR_MALFORMED || job.why.text[0] == '\0' ||
		    strstr(job.why.text, rows[i].names) == NULL)
			fail_msg("%s\ngives %s, \"%s\"", rows[i].body,
			    err_name(e), job.why.text);
	}
}

static void
test_long_id(void **state)
{
	struct event event;
	char body[512], id[202];
	size_t n;

	(void)state;
	for (n = 199; n <= 201; n++) {
		memset(id, 'a', n);
		id[n] = '\0';
		snprintf(body, sizeof(body), "{\"type\":"
		    "\"v2.test_case.status_changed\",\"new_status\":\"FLAKY\""
		    ",\"test_case\":{\"id\":\"%s\",\"name\":\"n\"}}", id);
		assert_int_equal(read_text(body, &event),
		    n <= 200 ? OK : ERR_MALFORMED);
	}
	assert_non_null(strstr(job.why.text, "test_case.id"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_long_id),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
