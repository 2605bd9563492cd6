#include "handler/events/events.h"

/*
 * "v2.test_case.status_changed": flat, statuses in capitals, the repository
 * beside test_case and absent when an upload had none.
 */
static const char *const types[] = {
	"v2.test_case.status_changed",
	NULL
};

static const struct event_paths change = {
	.status = "new_status",
	.previous = "previous_status",
	.time = "timestamp",
	.repository = "repository.html_url",
};

static enum err
read_change(struct job *job, const struct json *body, struct event *event)
{

	return (event_change(job, body, &change, event));
}

const struct event_family family_test_case_v2 = { .family = FAMILY_STATUS,
    .types = types,
    .read = read_change };
