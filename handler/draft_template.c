#include "handler/draft.h"

#include <stddef.h>
#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/ini.h"
#include "common/utf8.h"
#include "handler/config.h"
#include "handler/draft_text.h"
#include "handler/event.h"

enum {
	QUOTE_MAX = 60		/* code points of a wrong name that we show */
};

/* What a name is looked up in. */
struct source {
	const struct event	*event;
	const struct route	*route;		/* may be NULL */
};

static void
put(struct buf *b, const char *text)
{

	if (text != NULL)
		buf_str(b, text);
}

static void
put_owner(struct buf *b, const struct source *s)
{
	const struct test *t = &s->event->test;

	put(b, t->nowners > 0 ? t->owners[0] : NULL);
}

static void
put_owners(struct buf *b, const struct source *s)
{
	const struct test *t = &s->event->test;
	size_t i;

	for (i = 0; i < t->nowners; i++) {
		put(b, i > 0 ? ", " : NULL);
		put(b, t->owners[i]);
	}
}

static void
put_repository(struct buf *b, const struct source *s)
{
	const struct repository *r = &s->event->test.repository;

	if (r->owner == NULL || r->name == NULL)
		return;
	put(b, r->owner);
	buf_char(b, '/');
	put(b, r->name);
}

static void
put_status(struct buf *b, const struct source *s)
{

	if (s->event->status != STATUS_UNKNOWN)
		put(b, event_status(s->event->status));
}

static void
put_previous(struct buf *b, const struct source *s)
{

	if (s->event->previous != STATUS_UNKNOWN)
		put(b, event_status(s->event->previous));
}

static void
put_time(struct buf *b, const struct source *s)
{
	char iso[CLOCK_ISO_MAX];

	clock_format(s->event->time, iso);
	put(b, iso);
}

static void
put_routed(struct buf *b, const struct source *s)
{

	if (s->route != NULL)
		put(b, s->route->owner);
}

static void
put_rule(struct buf *b, const struct source *s)
{

	if (s->route != NULL && s->route->rule != NULL)
		put(b, s->route->rule->name);
}

static void
put_tracker(struct buf *b, const struct source *s)
{

	if (s->route != NULL && s->route->tracker != NULL)
		put(b, s->route->tracker->name);
}

/* Trunk tells 0 for what it has not counted yet, so 0 says nothing. */
static void
put_rate(struct buf *b, const struct source *s)
{
	double rate = s->event->test.failure_rate;

	if (rate > 0)
		buf_printf(b, "%.4g %%", rate * 100);
}

static void
put_pull_requests(struct buf *b, const struct source *s)
{

	if (s->event->test.pull_requests > 0)
		buf_printf(b, "%lld",
		    (long long)s->event->test.pull_requests);
}

static void
put_quarantined(struct buf *b, const struct source *s)
{
	enum answer a = s->event->test.quarantined;

	if (a != ANSWER_UNKNOWN)
		put(b, a == ANSWER_YES ? "yes" : "no");
}

static void
put_failures(struct buf *b, const struct source *s)
{
	const struct test *t = &s->event->test;
	size_t i;

	for (i = 0; i < t->nfailures; i++) {
		put(b, i > 0 ? "\n\n" : NULL);
		put(b, draft_cut(b->arena, t->failures[i].summary,
		    DRAFT_FAILURE));
	}
}

/* Either a member of struct event that is text, or a function. */
#define MEMBER(m)	offsetof(struct event, m), NULL
#define FUNCTION(f)	0, f

static const struct {
	struct draft_name	 public;
	size_t			 offset;
	void			(*put)(struct buf *, const struct source *);
} names[] = {
	{ { "test.name", "the test's name" }, MEMBER(test.name) },
	{ { "test.file_path", "its file" }, MEMBER(test.file_path) },
	{ { "test.parent", "its suite" }, MEMBER(test.parent) },
	{ { "test.classname", "its class" }, MEMBER(test.classname) },
	{ { "test.variant", "its variant" }, MEMBER(test.variant) },
	{ { "test.url", "its page in Trunk" }, MEMBER(test.url) },
	{ { "test.id", "Trunk's id of it" }, MEMBER(test.id) },
	{ { "test.owner", "its first code owner" }, FUNCTION(put_owner) },
	{ { "test.owners", "all its code owners, with commas" },
	    FUNCTION(put_owners) },
	{ { "test.quarantined", "yes or no" }, FUNCTION(put_quarantined) },
	{ { "test.failure_rate", "how many of its runs failed in 7 days" },
	    FUNCTION(put_rate) },
	{ { "test.pull_requests", "how many it hindered in 7 days" },
	    FUNCTION(put_pull_requests) },
	{ { "test.failures", "what it failed with, the most common first" },
	    FUNCTION(put_failures) },
	{ { "repository", "owner/name of the repository" },
	    FUNCTION(put_repository) },
	{ { "repository.host", "its host, e.g. github.com" },
	    MEMBER(test.repository.host) },
	{ { "repository.owner", "its owner, or groups with slashes" },
	    MEMBER(test.repository.owner) },
	{ { "repository.name", "its name" }, MEMBER(test.repository.name) },
	{ { "repository.url", "its page" }, MEMBER(test.repository.url) },
	{ { "status", "flaky, broken or healthy" }, FUNCTION(put_status) },
	{ { "previous_status", "the status before" },
	    FUNCTION(put_previous) },
	{ { "reason", "why Trunk says so, where it tells" },
	    MEMBER(reason) },
	{ { "monitor_type", "the kind of monitor that found it" },
	    MEMBER(monitor_type) },
	{ { "owner", "the code owner it was routed to" },
	    FUNCTION(put_routed) },
	{ { "rule", "the rule that matched" }, FUNCTION(put_rule) },
	{ { "tracker", "the tracker it goes to" }, FUNCTION(put_tracker) },
	{ { "event", "the event, e.g. test_case.status_changed" },
	    MEMBER(name) },
	{ { "time", "when it happened, in UTC" }, FUNCTION(put_time) },
};

enum {
	NAMES = sizeof(names) / sizeof(names[0])
};

const struct draft_name *
draft_name(size_t i)
{

	return (i < NAMES ? &names[i].public : NULL);
}

/* Where in the table it stands; NAMES if it does not. */
static size_t
find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < NAMES; i++)
		if (strlen(names[i].public.name) == len &&
		    memcmp(names[i].public.name, name, len) == 0)
			break;
	return (i);
}

static void
put_value(struct buf *b, size_t i, const struct source *s)
{
	const char *const *member;

	if (names[i].put != NULL) {
		names[i].put(b, s);
		return;
	}
	member = (const void *)((const char *)s->event + names[i].offset);
	put(b, *member);
}

const char *
draft_next(const char *s, const char **name, size_t *len, const char **after)
{
	const char *open, *close;

	if ((open = strstr(s, "{{")) == NULL)
		return (NULL);
	*name = NULL;
	if ((close = strstr(open + 2, "}}")) == NULL)
		return (open);
	*after = close + 2;
	*name = open + 2 + strspn(open + 2, " \t");
	if (*name > close)
		*name = close;
	while (close > *name && (close[-1] == ' ' || close[-1] == '\t'))
		close--;
	*len = (size_t)(close - *name);
	return (open);
}

const char *
draft_expand(struct arena *arena, const char *template,
    const struct event *event, const struct route *route)
{
	const struct source source = { event, route };
	const char *open, *name, *after;
	struct buf b;
	size_t len, i;

	buf_init(&b, arena, (size_t)-1);
	while ((open = draft_next(template, &name, &len, &after)) != NULL &&
	    name != NULL) {
		buf_add(&b, template, (size_t)(open - template));
		if ((i = find(name, len)) < NAMES)
			put_value(&b, i, &source);
		template = after;
	}
	buf_str(&b, template);
	return (buf_text(&b));
}

const char *
draft_value(struct arena *arena, const char *name, size_t len,
    const struct event *event, const struct route *route)
{
	const struct source source = { event, route };
	struct buf b;
	size_t i;

	buf_init(&b, arena, (size_t)-1);
	if ((i = find(name, len)) < NAMES)
		put_value(&b, i, &source);
	return (buf_text(&b));
}

static enum err
unknown(const char *name, size_t len, struct why *why)
{
	char typo[4 * QUOTE_MAX + 1];
	const char *nearest;

	len = utf8_cut_points(name, len, QUOTE_MAX);
	memcpy(typo, name, len);
	typo[len] = '\0';
	nearest = ini_nearest(typo, &names[0].public.name, NAMES,
	    sizeof(names[0]));
	if (nearest == NULL)
		return (err_set(why, ERR_CONFIG, "{{%s}}: no such name in a "
		    "template; use one like {{%s}}, the manual lists them",
		    typo, names[0].public.name));
	return (err_set(why, ERR_CONFIG, "{{%s}}: no such name in a "
	    "template; did you mean {{%s}}?", typo, nearest));
}

enum err
draft_check(const char *template, struct why *why)
{
	const char *name, *after;
	size_t len;

	while (draft_next(template, &name, &len, &after) != NULL) {
		if (name == NULL)
			return (err_set(why, ERR_CONFIG, "{{ is never closed "
			    "in this template; add }} after the name"));
		if (find(name, len) == NAMES)
			return (unknown(name, len, why));
		template = after;
	}
	return (OK);
}
