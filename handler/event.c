/*
 * From a verified body to struct event.  The body must be a JSON object; its
 * "type" chooses the family, whose reader fills in the rest.  The families
 * are the files of events/, and the build makes their list.
 */
#include "handler/event.h"

#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/json.h"
#include "handler/events/events.h"
#include "handler/job.h"

static const struct event_family *const families[] = {
#define FAMILY(name) &family_##name,
#include "families.inc"
#undef FAMILY
};

static const struct {
	enum status	 status;
	const char	*word;
} words[] = {
	{ STATUS_HEALTHY, "healthy" },
	{ STATUS_FLAKY, "flaky" },
	{ STATUS_BROKEN, "broken" },
};

const char *
event_status(enum status status)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].status == status)
			return (words[i].word);
	return ("unknown");
}

enum status
event_status_of(const char *word)
{
	size_t i;

	for (i = 0; word != NULL && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(words[i].word, word) == 0)
			return (words[i].status);
	return (STATUS_UNKNOWN);
}

void
event_when(const struct json *body, const char *path, struct event *event)
{
	const char *text = json_text(body, path);

	if (text != NULL && clock_parse(text, &event->time))
		event->time_is_ours = false;
}

enum err
event_nomem(struct job *job)
{

	return (fail(job, ERR_NOMEM, "no memory left for the event"));
}

/* "v2.test_case.status_changed" without "v2."; one version at most. */
static const char *
without_version(const char *type)
{
	size_t digits;

	if (type == NULL || type[0] != 'v')
		return (type);
	digits = strspn(type + 1, "0123456789");
	if (digits == 0 || type[1 + digits] != '.' ||
	    type[2 + digits] == '\0')
		return (type);
	return (type + 2 + digits);
}

/* By its type; a body without any, as old ones had none, by its shape. */
static const struct event_family *
family_of(const char *type, const struct json *body)
{
	const struct event_family *family;
	const char *const *t;
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		family = families[i];
		if (type == NULL && family->untyped != NULL &&
		    family->untyped(body))
			return (family);
		for (t = family->types; type != NULL && *t != NULL; t++)
			if (strcmp(*t, type) == 0)
				return (family);
	}
	return (NULL);
}

enum family
event_family_of(const char *type)
{
	const struct event_family *family = family_of(type, NULL);

	return (family != NULL ? family->family : FAMILY_UNKNOWN);
}

enum err
event_read(struct job *job, const struct delivery *mail, struct event *event)
{
	const struct event_family *family;
	const struct json *body;
	enum err e;

	memset(event, 0, sizeof(*event));
	event->time = job->now;
	event->time_is_ours = true;
	event->confidence = -1;
	event->test.failure_rate = -1;
	event->test.pull_requests = -1;
	e = json_parse(job->arena, mail->body, mail->len, &body, &job->why);
	if (e != OK)
		return (e);
	if (body->type != JSON_OBJECT)
		return (fail(job, ERR_MALFORMED, "the body is JSON but no "
		    "object, so it is no event of Trunk's; look at what this "
		    "endpoint is sent"));
	event->type = json_text(body, "type");
	event->name = without_version(event->type);
	if ((family = family_of(event->type, body)) != NULL)
		return (family->read(job, body, event));
	event_when(body, "timestamp", event);
	return (OK);
}
