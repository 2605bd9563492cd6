/*
 * What events of all families tell about a test case, in whatever version:
 * the test, its repository, its place in Trunk.  Version 1 and version 2 name
 * members differently, and events of other families may have only some of
 * them, so each is looked for where it may stand.
 * https://docs.trunk.io/flaky-tests/webhooks
 */
#include "handler/event.h"

#include <string.h>

#include "common/arena.h"
#include "common/json.h"
#include "handler/events/events.h"
#include "handler/job.h"

void
event_where(struct job *job, const struct json *body, const char *path,
    struct event *event)
{
	const char *url = json_text(body, path);

	if (!event_repository(job, url, &event->test.repository))
		event->test.repository.url = url;
}

/* Owners are strings; what is none, or empty, is passed over. */
static enum err
read_owners(struct job *job, const struct json *list, struct test *test)
{
	const struct json *one;

	if (list == NULL || list->type != JSON_ARRAY || list->len == 0)
		return (OK);
	test->owners = arena_alloc(job->arena,
	    list->len * sizeof(*test->owners));
	if (test->owners == NULL)
		return (fail(job, ERR_NOMEM, "no memory left for %zu code "
		    "owners", list->len));
	for (one = list->child; one != NULL; one = one->next)
		if (one->type == JSON_STRING && one->len > 0)
			test->owners[test->nowners++] = one->text;
	return (OK);
}

static void
read_metrics(const struct json *body, struct test *test)
{
	double rate;
	int64_t n;
	bool yes;

	if (json_bool(body, "test_case.quarantined", &yes))
		test->quarantined = yes ? ANSWER_YES : ANSWER_NO;
	if (json_double(body, "test_case.failure_rate_last_7d", &rate) &&
	    rate >= 0 && rate <= 1)
		test->failure_rate = rate;
	if (json_int(body, "test_case.pull_requests_impacted_last_7d", &n) &&
	    n >= 0)
		test->pull_requests = n;
}

/* The members that all versions share. */
static enum err
read_test(struct job *job, const struct json *body, struct test *test)
{
	const struct json *collection;

	test->id = json_text(body, "test_case.id");
	test->name = json_text(body, "test_case.name");
	test->file_path = json_text(body, "test_case.file_path");
	test->classname = json_text(body, "test_case.classname");
	test->variant = json_text(body, "test_case.variant");
	test->url = json_text(body, "test_case.html_url");
	test->ticket_url = json_text(body, "test_case.ticket.html_url");
	if ((test->parent = json_text(body, "test_case.parent")) == NULL)
		test->parent = json_text(body, "test_case.test_suite");
	collection = json_get(body, "test_collection");
	if (collection != NULL && collection->type == JSON_OBJECT)
		test->scope = SCOPE_COLLECTION;
	read_metrics(body, test);
	return (read_owners(job, json_get(body, "test_case.codeowners"),
	    test));
}

static enum err
not_told(struct job *job, const struct event *event, const char *path)
{

	return (fail(job, ERR_MALFORMED, "%s: %s is missing, empty or no "
	    "text, and without it no ticket can be filed; look at the "
	    "payload in Trunk's webhook settings", event->type, path));
}

enum err
event_change(struct job *job, const struct json *body,
    const struct event_paths *paths, struct event *event)
{
	const struct json *trigger = json_get(body, "triggered_by");
	enum err e;

	if ((e = read_test(job, body, &event->test)) != OK)
		return (e);
	if (event->test.id == NULL)
		return (not_told(job, event, "test_case.id"));
	if (strlen(event->test.id) > EVENT_ID_MAX)
		return (fail(job, ERR_MALFORMED, "%s: test_case.id has %zu "
		    "bytes, and no id of Trunk's has more than %d",
		    event->type, strlen(event->test.id), EVENT_ID_MAX));
	if (event->test.name == NULL)
		return (not_told(job, event, "test_case.name"));
	event->status_text = json_text(body, paths->status);
	if (event->status_text == NULL)
		return (not_told(job, event, paths->status));
	event->status = event_status_of(event->status_text);
	event->family = event->status == STATUS_UNKNOWN ? FAMILY_KNOWN :
	    FAMILY_STATUS;
	event->previous = event_status_of(json_text(body, paths->previous));
	event_when(body, paths->time, event);
	if (paths->reason != NULL)
		event->reason = json_text(body, paths->reason);
	event->monitor_id = json_text(trigger, "monitor_id");
	event->monitor_type = json_text(trigger, "monitor_type");
	event->monitor_status = json_text(trigger, "monitor_status");
	event->example = event_is_example(event->test.id);
	event_where(job, body, paths->repository, event);
	return (event_identity(job, &event->test));
}

/* At the top, or where version 1 has it; what can be read comes first. */
static void
read_place(struct job *job, const struct json *body, struct event *event)
{
	static const char inner[] = "test_case.repository.html_url";
	struct test *test = &event->test;

	event_where(job, body, "repository.html_url", event);
	if (test->repository.host == NULL && json_text(body, inner) != NULL)
		event_where(job, body, inner, event);
}

enum err
event_about(struct job *job, const struct json *body, struct event *event)
{
	struct test *test = &event->test;
	enum err e;

	if ((e = read_test(job, body, test)) != OK)
		return (e);
	if (test->id != NULL && strlen(test->id) > EVENT_ID_MAX)
		test->id = NULL;
	event->example = event_is_example(test->id);
	read_place(job, body, event);
	if (test->id == NULL || test->name == NULL || test->parent == NULL)
		return (OK);
	return (event_identity(job, test));
}
