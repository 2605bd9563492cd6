/*
 * What tickets are shared by, and the member of a test that says it.  The key
 * is text of which equal ones are one ticket: its kind, the repository and the
 * value.  Where nothing was told of what it shares by, the test is alone.
 */
#include <string.h>

#include "common/arena.h"
#include "handler/config.h"
#include "handler/draft.h"
#include "handler/event.h"
#include "handler/job.h"
#include "handler/route.h"

enum {
	NAME_MAX_LEN = 128	/* bytes of "{{name}}" */
};

/* What tickets are shared by, and the member of a test that says it. */
static const struct {
	const char	*word;
	size_t		 offset;	/* in struct test */
} parts[] = {
	{ "file", offsetof(struct test, file_path) },
	{ "classname", offsetof(struct test, classname) }
};

/* What tells least has no identity yet, until it is filed. */
static const char *
key_test(struct job *job, const struct test *t)
{
	struct test known = *t;

	if (t->identity == NULL && event_identity(job, &known) != OK)
		return (NULL);
	t = &known;
	return (arena_printf(job->arena, "test|%s", t->identity));
}

/* Names of one repository; without a repository nothing is shared. */
static const char *
key_part(struct job *job, const struct test *t, const char *word,
    const char *value)
{
	const struct repository *r = &t->repository;

	if (value == NULL || r->host == NULL || r->owner == NULL ||
	    r->name == NULL)
		return (key_test(job, t));
	return (arena_printf(job->arena, "%s|%s/%s/%s|%s", word, r->host,
	    r->owner, r->name, value));
}

/* The owner in the one form that all its spellings share. */
static const char *
key_owner(struct job *job, const struct test *t, const struct route *route)
{
	const char *told = route->owner;
	char *owner;

	if (told == NULL && t->nowners > 0)
		told = t->owners[0];
	if (told == NULL)
		return (key_test(job, t));
	owner = arena_strdup(job->arena, told + (told[0] == '@'));
	if (owner == NULL)
		return (NULL);
	for (char *s = owner; *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
	return (key_part(job, t, "owner", owner));
}

/* Was any of the template's names told? */
static bool
says_something(struct job *job, const char *template,
    const struct event *event, const struct route *route)
{
	const char *open, *end = template, *value;
	char name[NAME_MAX_LEN];
	size_t n;

	while ((open = strstr(end, "{{")) != NULL &&
	    (end = strstr(open, "}}")) != NULL) {
		end += 2;
		n = (size_t)(end - open);
		if (n >= sizeof(name))
			return (true);
		memcpy(name, open, n);
		name[n] = '\0';
		value = draft_expand(job->arena, name, event, route);
		if (value == NULL || value[0] != '\0')
			return (true);
	}
	return (false);
}

static const char *
key_template(struct job *job, const char *template,
    const struct event *event, const struct route *route)
{
	const char *text;

	if (!says_something(job, template, event, route))
		return (key_test(job, &event->test));
	text = draft_expand(job->arena, template, event, route);
	if (text == NULL)
		return (NULL);
	return (arena_printf(job->arena, "template|%s", text));
}

/* One ticket for each pull request, whatever tests share. */
static const char *
key_queue(struct job *job, const struct queue_item *item)
{
	return (arena_printf(job->arena, "pull_request|%s|%lld",
	    item->repository, (long long)item->number));
}

enum err
route_key(struct job *job, const struct event *event, struct route *route)
{
	const char *per = route->dest[DEST_PER].value;
	const struct test *t = &event->test;
	const char *value;

	route->key = NULL;
	if (event->queue != NULL)
		route->key = key_queue(job, event->queue);
	else if (per == NULL || strcmp(per, "test") == 0)
		route->key = key_test(job, t);
	else if (strcmp(per, "owner") == 0)
		route->key = key_owner(job, t, route);
	else if (strstr(per, "{{") != NULL)
		route->key = key_template(job, per, event, route);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (event->queue == NULL && per != NULL &&
		    strcmp(per, parts[i].word) == 0) {
			memcpy(&value, (const char *)t + parts[i].offset,
			    sizeof(value));
			route->key = key_part(job, t, per, value);
		}
	if (route->key == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the ticket key"));
	return (OK);
}
