#include "handler/event.h"

#include <string.h>
#include <strings.h>

#include "common/arena.h"
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
	const char *word;
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
	if ((word = json_text(body, paths->status)) == NULL)
		return (not_told(job, event, paths->status));
	event->status = event_status_of(word);
	event->family = event->status == STATUS_UNKNOWN ? FAMILY_KNOWN :
	    FAMILY_STATUS;
	event->previous = event_status_of(json_text(body, paths->previous));
	event_when(body, paths->time, event);
	if (paths->reason != NULL)
		event->reason = json_text(body, paths->reason);
	if (paths->monitor_type != NULL)
		event->monitor_type = json_text(body, paths->monitor_type);
	event->example = event_is_example(event->test.id);
	event_where(job, body, paths->repository, event);
	return (event_identity(job, &event->test));
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

static const struct event_family *
family_of(const char *type)
{
	const char *const *t;
	size_t i;

	if (type == NULL)
		return (NULL);
	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		for (t = families[i]->types; *t != NULL; t++)
			if (strcmp(*t, type) == 0)
				return (families[i]);
	return (NULL);
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
	if ((family = family_of(event->type)) != NULL)
		return (family->read(job, body, event));
	event_when(body, "timestamp", event);
	return (OK);
}
