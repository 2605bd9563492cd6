#include "handler/events/events.h"

#include "common/arena.h"
#include "common/json.h"
#include "handler/job.h"

/*
 * Trunk looked into why a test fails: a summary in Markdown and the facts it
 * rests on, each with how sure it is.  It has created_at and no timestamp.
 */
static const char *const types[] = {
	"test_case.investigation_completed",
	NULL
};

static double
read_confidence(const struct json *of)
{
	double value;

	if (!json_double(of, "confidence", &value) || value < 0 || value > 1)
		return (-1);
	return (value);
}

static enum err
read_facts(struct job *job, const struct json *list, struct investigation *i)
{
	const struct json *one;
	struct fact *facts;
	const char *content;

	if (list == NULL || list->type != JSON_ARRAY || list->len == 0)
		return (OK);
	facts = arena_alloc(job->arena, list->len * sizeof(*facts));
	if (facts == NULL)
		return (event_nomem(job));
	for (one = list->child; one != NULL; one = one->next) {
		if ((content = json_text(one, "content")) == NULL)
			continue;
		facts[i->nfacts++] = (struct fact){ .content = content,
		    .type = json_text(one, "fact_type"),
		    .confidence = read_confidence(one) };
	}
	i->facts = i->nfacts > 0 ? facts : NULL;
	return (OK);
}

static enum err
read_investigation(struct job *job, const struct json *body,
    struct event *event)
{
	struct investigation *i;
	enum err e;

	event->family = FAMILY_INVESTIGATION;
	event_when(body, "timestamp", event);
	event_when(body, "created_at", event);
	event->confidence = read_confidence(body);
	if ((e = event_about(job, body, event)) != OK)
		return (e);
	if ((i = arena_alloc(job->arena, sizeof(*i))) == NULL)
		return (event_nomem(job));
	i->id = json_text(body, "investigation_id");
	i->trigger = json_text(body, "trigger");
	i->summary = json_text(body, "markdown_summary");
	i->failure = json_text(body, "failure_message");
	event->investigation = i;
	return (read_facts(job, json_get(body, "facts"), i));
}

const struct event_family family_investigation = {
    .family = FAMILY_INVESTIGATION,
    .types = types,
    .read = read_investigation };
