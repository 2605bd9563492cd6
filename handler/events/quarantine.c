#include "handler/events/events.h"

#include <ctype.h>

#include "common/arena.h"
#include "common/json.h"
#include "handler/job.h"

/*
 * A person overrode the quarantine of a test, or took that back (which is
 * UNSPECIFIED).  The shape of the second version is not published, so the
 * members are found by what they are called, however that is spelt, within
 * the object that should hold them or at the top.
 */
static const char *const types[] = {
	"test_case.quarantining_setting_changed",
	"v2.test_case.quarantining_setting_changed",
	NULL
};

static const char *const places[] = {
	"quarantinesettingchanged", "quarantiningsettingchanged", NULL
};

static const char *const before[] = {
	"previousquarantiningsetting", "previousquarantinesetting",
	"previoussetting", NULL
};

static const char *const after[] = {
	"updatedquarantiningsetting", "updatedquarantinesetting",
	"updatedsetting", "newquarantiningsetting", "newquarantinesetting",
	"newsetting", NULL
};

static const struct {
	const char	*word;
	enum quarantine_setting setting;
} settings[] = {
	{ "alwaysquarantine", QUARANTINE_ALWAYS },
	{ "always", QUARANTINE_ALWAYS },
	{ "neverquarantine", QUARANTINE_NEVER },
	{ "never", QUARANTINE_NEVER },
	{ "unspecified", QUARANTINE_UNSPECIFIED },
};

/* Is that the word, but for capitals, '_' and '-'? */
static bool
is_word(const char *text, const char *word)
{

	for (; *text != '\0'; text++) {
		if (*text == '_' || *text == '-')
			continue;
		if (tolower((unsigned char)*text) != *word)
			return (false);
		word++;
	}
	return (*word == '\0');
}

/* The first of its members that is told by one of the names, in their order. */
static const struct json *
find(const struct json *object, const char *const *names, enum json_type type)
{
	const struct json *j;

	for (; *names != NULL; names++)
		for (j = object->child; j != NULL; j = j->next)
			if (j->type == type && j->len > 0 &&
			    is_word(j->key, *names))
				return (j);
	return (NULL);
}

static const char *
find_text(const struct json *object, const char *const *names)
{
	const struct json *j = find(object, names, JSON_STRING);

	return (j == NULL ? NULL : j->text);
}

static enum quarantine_setting
setting_of(const char *text)
{
	size_t i;

	for (i = 0; text != NULL &&
	    i < sizeof(settings) / sizeof(settings[0]); i++)
		if (is_word(text, settings[i].word))
			return (settings[i].setting);
	return (QUARANTINE_UNKNOWN);
}

static enum err
read_setting(struct job *job, const struct json *body, struct event *event)
{
	const struct json *change;
	struct quarantine *q;
	enum err e;

	event->family = FAMILY_QUARANTINE;
	if ((e = event_about(job, body, event)) != OK)
		return (e);
	if ((q = arena_alloc(job->arena, sizeof(*q))) == NULL)
		return (event_nomem(job));
	if ((change = find(body, places, JSON_OBJECT)) == NULL)
		change = body;
	event_when(body, "timestamp", event);
	event_when(change, "timestamp", event);
	q->previous_text = find_text(change, before);
	q->updated_text = find_text(change, after);
	q->previous = setting_of(q->previous_text);
	q->updated = setting_of(q->updated_text);
	q->reason = json_text(change, "reason");
	event->quarantine = q;
	return (OK);
}

const struct event_family family_quarantine = { .family = FAMILY_QUARANTINE,
    .types = types,
    .read = read_setting };
