#include "handler/events/events.h"

#include <string.h>

#include "common/arena.h"
#include "common/json.h"
#include "handler/job.h"

/*
 * A pull request, or a batch of them, went a step through the merge queue.
 * Older deliveries have no type and no timestamp: what they are is told by
 * the members that no other event has, and the step by `action`.
 */
#define BATCH	"pull_request_batch."
#define PR	"pull_request."
static const char *const types[] = {
	PR "submitted", PR "queued", PR "testing", PR "pending_failure",
	PR "failed", PR "canceled", PR "merged",
	BATCH "submitted", BATCH "queued", BATCH "testing",
	BATCH "pending_failure", BATCH "failed", BATCH "canceled",
	BATCH "merged",
	NULL
};

/* In the order of enum queue_step. */
static const char *const steps[] = { NULL, "submitted", "queued", "testing",
    "pending_failure", "failed", "canceled", "merged" };

static const char *const reasons[] = { "submitted_reason", "queued_reason",
    "failure_reason", "cancellation_reason", "merged_reason", "reason" };

static enum queue_step
step_of(const char *word)
{
	size_t i;

	for (i = 1; word != NULL && i < sizeof(steps) / sizeof(steps[0]); i++)
		if (strcmp(steps[i], word) == 0)
			return ((enum queue_step)i);
	return (QUEUE_STEP_UNKNOWN);
}

static enum queue_step
step_of_body(const struct json *body)
{
	enum queue_step step = step_of(json_text(body, "action"));

	return (step != QUEUE_STEP_UNKNOWN ? step :
	    step_of(json_text(body, "status")));
}

static bool
has_list(const struct json *body, const char *key)
{
	const struct json *list = json_get(body, key);

	return (list != NULL && list->type == JSON_ARRAY);
}

static bool
is_batch(const struct json *body)
{

	return (json_get(body, "pr_number") == NULL &&
	    (has_list(body, "pr_numbers") ||
	    has_list(body, "pr_numbers_in_batch")));
}

static bool
is_queue(const struct json *body)
{
	int64_t number;

	if (step_of_body(body) == QUEUE_STEP_UNKNOWN ||
	    json_get(body, "test_case") != NULL)
		return (false);
	if (!json_int(body, "pr_number", &number) && !is_batch(body))
		return (false);
	return (json_text(body, "http_details_url") != NULL ||
	    json_text(body, "target_branch") != NULL ||
	    json_text(body, "test_branch") != NULL);
}

/* The merge queue tells a repository in three parts and without a URL. */
static enum err
read_repository(struct job *job, const struct json *body, struct event *event,
    struct queue_item *item)
{
	struct repository *r = &event->test.repository;

	event_where(job, body, "repository.html_url", event);
	if (r->host == NULL) {
		r->host = json_text(body, "repository.host");
		r->owner = json_text(body, "repository.owner");
		r->name = json_text(body, "repository.name");
	}
	if (r->host == NULL || r->owner == NULL || r->name == NULL) {
		r->host = r->owner = r->name = NULL;
		return (OK);
	}
	item->repository = arena_printf(job->arena, "%s/%s/%s", r->host,
	    r->owner, r->name);
	return (item->repository != NULL ? OK : event_nomem(job));
}

static bool
number_of(const struct json *j, int64_t *n)
{
	struct json bare = *j;
	struct json object = { .type = JSON_OBJECT, .child = &bare };

	bare.key = "n";
	return (json_int(&object, "n", n) && *n > 0);
}

/* The pull requests of a batch, each once. */
static enum err
read_batch(struct job *job, const struct json *body, struct queue_item *item)
{
	static const char *const keys[] = { "pr_numbers",
	    "pr_numbers_in_batch" };
	const struct json *list, *one;
	int64_t *prs;
	size_t i, k;

	for (k = 0; k < 2 && item->nprs == 0; k++) {
		if (!has_list(body, keys[k]))
			continue;
		list = json_get(body, keys[k]);
		prs = arena_alloc(job->arena, list->len * sizeof(*prs));
		if (prs == NULL)
			return (event_nomem(job));
		item->prs = prs;
		for (one = list->child; one != NULL; one = one->next) {
			if (!number_of(one, &prs[item->nprs]))
				continue;
			for (i = 0; prs[i] != prs[item->nprs]; i++)
				;
			item->nprs += i == item->nprs;
		}
	}
	if (item->nprs == 0)
		item->prs = NULL;
	return (OK);
}

static enum err
read_one(struct job *job, const struct json *body, struct queue_item *item)
{
	int64_t *pr;

	if (!json_int(body, "pr_number", &item->number) || item->number <= 0) {
		item->number = 0;
		return (OK);
	}
	if ((pr = arena_alloc(job->arena, sizeof(*pr))) == NULL)
		return (event_nomem(job));
	*pr = item->number;
	item->prs = pr;
	item->nprs = 1;
	return (OK);
}

static void
read_words(const struct json *body, struct queue_item *item)
{
	bool yes;
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]) &&
	    item->reason == NULL; i++)
		item->reason = json_text(body, reasons[i]);
	item->branch = json_text(body, "test_branch");
	item->target_branch = json_text(body, "target_branch");
	item->author = json_text(body, "author");
	item->url = json_text(body, "http_details_url");
	if (json_bool(body, "is_bisection", &yes))
		item->is_bisection = yes ? ANSWER_YES : ANSWER_NO;
}

/* Kind and step by the type, or by the body when there is none. */
static enum err
read_kind(struct job *job, const struct json *body, struct event *event,
    struct queue_item *item)
{

	if (event->name == NULL) {
		item->batch = is_batch(body);
		item->step = step_of_body(body);
		event->name = arena_printf(job->arena, "%s%s",
		    item->batch ? BATCH : PR, steps[item->step]);
		if (event->name == NULL)
			return (event_nomem(job));
	} else {
		item->batch = strncmp(event->name, BATCH,
		    sizeof(BATCH) - 1) == 0;
		item->step = step_of(strchr(event->name, '.') + 1);
	}
	item->suffix = steps[item->step];
	return (OK);
}

static enum err
read_item(struct job *job, const struct json *body, struct event *event)
{
	struct queue_item *item;
	enum err e;

	event->family = FAMILY_QUEUE;
	event_when(body, "timestamp", event);
	if ((item = arena_alloc(job->arena, sizeof(*item))) == NULL)
		return (event_nomem(job));
	event->queue = item;
	read_words(body, item);
	if ((e = read_kind(job, body, event, item)) != OK ||
	    (e = read_repository(job, body, event, item)) != OK)
		return (e);
	return (item->batch ? read_batch(job, body, item) :
	    read_one(job, body, item));
}

const struct event_family family_merge_queue = { .family = FAMILY_QUEUE,
    .types = types,
    .read = read_item, .untyped = is_queue };
