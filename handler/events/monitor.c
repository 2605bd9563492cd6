#include "handler/events/events.h"

#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "handler/job.h"

/*
 * A monitor of a test became active or was resolved, whether or not that
 * changes the test's status.  What it saw stands in `evidence`, whose shape
 * depends on the monitor's type and is not published.
 */
static const char *const types[] = {
	"test_case.monitor_status_changed",
	NULL
};

static enum answer
is_active(const char *word)
{

	if (word != NULL && strcasecmp(word, "active") == 0)
		return (ANSWER_YES);
	if (word != NULL && strcasecmp(word, "resolved") == 0)
		return (ANSWER_NO);
	return (ANSWER_UNKNOWN);
}

/* An array or object that holds something; NULL is no error. */
static enum err
read_evidence(struct job *job, const struct json *evidence, const char **text)
{
	struct json_writer w;
	struct buf b;

	if (evidence == NULL || evidence->child == NULL)
		return (OK);
	buf_init(&b, job->arena, (size_t)-1);
	json_open(&w, &b);
	json_put_tree(&w, NULL, evidence);
	*text = buf_text(&b);
	return (*text != NULL ? OK : event_nomem(job));
}

static enum err
read_monitor(struct job *job, const struct json *body, struct event *event)
{
	struct monitor *monitor;
	enum err e;

	event->family = FAMILY_MONITOR;
	event_when(body, "timestamp", event);
	if ((e = event_about(job, body, event)) != OK)
		return (e);
	monitor = arena_alloc(job->arena, sizeof(*monitor));
	if (monitor == NULL)
		return (event_nomem(job));
	monitor->id = json_text(body, "monitor.id");
	monitor->type = json_text(body, "monitor.type");
	monitor->status = json_text(body, "monitor.status");
	monitor->active = is_active(monitor->status);
	event->monitor = monitor;
	event->monitor_id = monitor->id;
	event->monitor_type = monitor->type;
	event->monitor_status = monitor->status;
	return (read_evidence(job, json_get(body, "evidence"),
	    &monitor->evidence));
}

const struct event_family family_monitor = { .family = FAMILY_MONITOR,
    .types = types,
    .read = read_monitor };
