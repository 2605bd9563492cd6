#include "handler/events/events.h"

#include "common/json.h"
#include "handler/failure.h"

/*
 * "test_case.status_changed", version 1.  The new status is an object, the
 * previous one a word; the repository stands inside test_case.
 */
static const char *const types[] = {
	"test_case.status_changed",
	NULL
};

static const struct event_paths change = {
	.status = "status_change.current_status.value",
	.previous = "status_change.previous_status",
	.time = "status_change.current_status.timestamp",
	.reason = "status_change.current_status.reason",
	.repository = "test_case.repository.html_url",
};

/* The same status, told once more with the test. */
static const struct event_paths restated = {
	.status = "test_case.status.value",
	.previous = "status_change.previous_status",
	.time = "test_case.status.timestamp",
	.reason = "test_case.status.reason",
	.repository = "test_case.repository.html_url",
};

static enum err
read_change(struct job *job, const struct json *body, struct event *event)
{
	bool again;
	enum err e;

	again = json_text(body, change.status) == NULL &&
	    json_text(body, restated.status) != NULL;
	e = event_change(job, body, again ? &restated : &change, event);
	return (e != OK ? e : failure_read(job,
	    json_get(body, "test_case.most_common_failures"), &event->test));
}

const struct event_family family_test_case = { .family = FAMILY_STATUS,
    .types = types,
    .read = read_change };
