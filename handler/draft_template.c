/*
 * Templates: {{name}} stands for something of the event.  A template is checked
 * when the file is read; what is put in is text of others, escaped for the
 * place it goes to, and is not looked through for names again.
 */
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
#include "handler/notify.h"

enum {
	QUOTE_MAX = 60		/* code points of a wrong name that we show */
};

/* What a name is looked up in. */
struct source {
	const struct event	*event;
	const struct route	*route;		/* may be NULL */
	const struct notice	*notice;	/* NULL: a ticket's text */
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

	if (s->event->time == 0 && s->notice != NULL)
		return;
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

	if (s->notice != NULL && s->notice->rule != NULL)
		put(b, s->notice->rule);
	else if (s->route != NULL && s->route->rule != NULL)
		put(b, s->route->rule->name);
}

static void
put_tracker(struct buf *b, const struct source *s)
{

	if (s->notice != NULL && s->notice->tracker != NULL)
		put(b, s->notice->tracker);
	else if (s->route != NULL && s->route->tracker != NULL)
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

static void
put_pull_request(struct buf *b, const struct source *s)
{
	const struct queue_item *item = s->event->queue;

	if (item != NULL && item->number > 0)
		buf_printf(b, "%lld", (long long)item->number);
}

static void
put_branch(struct buf *b, const struct source *s)
{

	put(b, s->event->queue != NULL ? s->event->queue->target_branch :
	    NULL);
}

static void
put_reason(struct buf *b, const struct source *s)
{

	put(b, s->event->queue != NULL ? s->event->queue->reason :
	    s->event->reason);
}

static void
put_outcome(struct buf *b, const struct source *s)
{

	put(b, s->notice != NULL ? s->notice->outcome : NULL);
}

static void
put_ticket(struct buf *b, const struct source *s)
{

	put(b, s->notice != NULL ? s->notice->ticket : NULL);
}

static void
put_ticket_url(struct buf *b, const struct source *s)
{

	put(b, s->notice != NULL ? s->notice->url : NULL);
}

static void
put_text(struct buf *b, const struct source *s)
{

	put(b, s->notice != NULL ? s->notice->text : NULL);
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
	    FUNCTION(put_reason) },
	{ { "pull_request", "the number of one that failed to merge" },
	    FUNCTION(put_pull_request) },
	{ { "target_branch", "where it was to be merged" },
	    FUNCTION(put_branch) },
	{ { "monitor_type", "the kind of monitor that found it" },
	    MEMBER(monitor_type) },
	{ { "owner", "the code owner it was routed to" },
	    FUNCTION(put_routed) },
	{ { "rule", "the rule that matched" }, FUNCTION(put_rule) },
	{ { "tracker", "the tracker it goes to" }, FUNCTION(put_tracker) },
	{ { "event", "the event, e.g. test_case.status_changed" },
	    MEMBER(name) },
	{ { "time", "when it happened, in UTC" }, FUNCTION(put_time) },
	/* A notice's own, the last of them: a ticket's text has no ticket. */
	{ { "outcome", "what happened, a word of `on`" },
	    FUNCTION(put_outcome) },
	{ { "ticket.key", "the ticket, e.g. PAY-12" }, FUNCTION(put_ticket) },
	{ { "ticket.url", "its page" }, FUNCTION(put_ticket_url) },
	{ { "text", "what happened, in a sentence" }, FUNCTION(put_text) },
};

enum {
	NOTICE_NAMES = sizeof(names) / sizeof(names[0]),
	NAMES = NOTICE_NAMES - 4	/* of a ticket's text */
};

const struct draft_name *
draft_name(size_t i)
{

	return (i < NAMES ? &names[i].public : NULL);
}

const struct draft_name *
draft_notice_name(size_t i)
{

	return (i < NOTICE_NAMES ? &names[i].public : NULL);
}

/* Where among the first n of the table it stands; n if it does not. */
static size_t
find_among(const char *name, size_t len, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strlen(names[i].public.name) == len &&
		    memcmp(names[i].public.name, name, len) == 0)
			break;
	return (i);
}

static size_t
find(const char *name, size_t len)
{

	return (find_among(name, len, NAMES));
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
	const struct source source = { event, route, NULL };
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
	const struct source source = { event, route, NULL };
	struct buf b;
	size_t i;

	buf_init(&b, arena, (size_t)-1);
	if ((i = find(name, len)) < NAMES)
		put_value(&b, i, &source);
	return (buf_text(&b));
}

const char *
draft_notice_value(struct arena *arena, size_t i, const struct event *event,
    const struct notice *notice)
{
	const struct source source = { event, notice->route, notice };
	struct buf b;

	buf_init(&b, arena, (size_t)-1);
	if (i < NOTICE_NAMES)
		put_value(&b, i, &source);
	return (buf_text(&b));
}

static enum err
unknown(const char *name, size_t len, size_t n, struct why *why)
{
	char typo[4 * QUOTE_MAX + 1];
	const char *nearest;

	len = utf8_cut_points(name, len, QUOTE_MAX);
	memcpy(typo, name, len);
	typo[len] = '\0';
	nearest = ini_nearest(typo, &names[0].public.name, n,
	    sizeof(names[0]));
	if (nearest == NULL)
		return (err_set(why, ERR_CONFIG, "{{%s}}: no such name in a "
		    "template; use one like {{%s}}, the manual lists them",
		    typo, names[0].public.name));
	return (err_set(why, ERR_CONFIG, "{{%s}}: no such name in a "
	    "template; did you mean {{%s}}?", typo, nearest));
}

static enum err
check(const char *template, size_t n, struct why *why)
{
	const char *name, *after;
	size_t len;

	while (draft_next(template, &name, &len, &after) != NULL) {
		if (name == NULL)
			return (err_set(why, ERR_CONFIG, "{{ is never closed "
			    "in this template; add }} after the name"));
		if (find_among(name, len, n) == n)
			return (unknown(name, len, n, why));
		template = after;
	}
	return (OK);
}

enum err
draft_check(const char *template, struct why *why)
{

	return (check(template, NAMES, why));
}

enum err
draft_notice_check(const char *template, struct why *why)
{

	return (check(template, NOTICE_NAMES, why));
}
