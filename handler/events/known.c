#include "handler/events/events.h"

#include <stddef.h>

#include "common/json.h"

/*
 * Published events that file nothing.  They are kept with their time and
 * repository, so that a rule can tell them apart; what else they say stays
 * in the body.
 */
static const char *const types[] = {
	"test_case.quarantining_setting_changed",
	"v2.test_case.quarantining_setting_changed",
	"test_case.monitor_status_changed",
	"test_case.investigation_completed",
	"pull_request.submitted",
	"pull_request.queued",
	"pull_request.testing",
	"pull_request.pending_failure",
	"pull_request.failed",
	"pull_request.canceled",
	"pull_request.merged",
	"pull_request_batch.submitted",
	"pull_request_batch.queued",
	"pull_request_batch.testing",
	"pull_request_batch.pending_failure",
	"pull_request_batch.failed",
	"pull_request_batch.canceled",
	"pull_request_batch.merged",
	NULL
};

/* The merge queue tells a repository in three parts and without a URL. */
static void
read_parts(const struct json *body, struct repository *repository)
{
	const char *host = json_text(body, "repository.host");
	const char *owner = json_text(body, "repository.owner");
	const char *name = json_text(body, "repository.name");

	if (host == NULL || owner == NULL || name == NULL)
		return;
	repository->host = host;
	repository->owner = owner;
	repository->name = name;
}

static enum err
read_known(struct job *job, const struct json *body, struct event *event)
{

	event->family = FAMILY_KNOWN;
	event_when(body, "created_at", event);
	event_when(body, "quarantine_setting_changed.timestamp", event);
	event_when(body, "timestamp", event);
	event_where(job, body, "repository.html_url", event);
	if (event->test.repository.url == NULL)
		event_where(job, body, "test_case.repository.html_url",
		    event);
	if (event->test.repository.url == NULL)
		read_parts(body, &event->test.repository);
	return (OK);
}

const struct event_family family_known = { types, read_known };
