#include "handler/draft.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/markup.h"
#include "common/utf8.h"
#include "handler/config.h"
#include "handler/event.h"
#include "handler/job.h"

/* Sizes that keep the whole below what the strictest tracker takes. */
enum {
	TITLE_MAX = 255,	/* UTF-16 units, which is what Jira counts */
	TITLE_BYTES = 1024,	/* the same as UTF-8, with an ellipsis */
	NAME_POINTS = 500,	/* code points of a test's name */
	VALUE_POINTS = 300,	/* of any other value */
	OWNERS_SHOWN = 20,	/* code owners by name */
	URL_BYTES = 2000,	/* of a URL that is still a link */
	BODY_BYTES = 64 * 1024	/* more than all of these together */
};

#define ELLIPSIS	"\xe2\x80\xa6"
#define REPLACEMENT	"\xef\xbf\xbd"
#define DEFAULT_TITLE	"[Flaky Test] {{test.name}}"

/* Blanks, control characters, line separators and text directions. */
static bool
is_blank(uint32_t point)
{

	return (point <= 0x20 || (point >= 0x7f && point <= 0xa0) ||
	    (point >= 0x2028 && point <= 0x202e) ||
	    (point >= 0x2066 && point <= 0x2069) || point == 0xfeff);
}

/* Is there something to see? */
static bool
told(const char *text)
{
	size_t left, n;

	if (text == NULL)
		return (false);
	for (left = strlen(text); left > 0; text += n, left -= n)
		if (!is_blank(utf8_next(text, left, &n)))
			return (true);
	return (false);
}

/* One line that is no longer than a title may be, runs of blanks as one. */
static const char *
one_line(struct arena *arena, const char *text)
{
	struct buf b;
	size_t left, n, units = 0, fits = 0;
	uint32_t point;
	bool gap = false;

	buf_init(&b, arena, TITLE_BYTES);
	for (left = strlen(text); left > 0; text += n, left -= n) {
		point = utf8_next(text, left, &n);
		if (is_blank(point)) {
			gap = b.len > 0;
			continue;
		}
		units += (gap ? 1 : 0) + (point > 0xffff ? 2 : 1);
		if (units > TITLE_MAX) {
			b.len = fits;
			buf_str(&b, ELLIPSIS);
			break;
		}
		if (gap)
			buf_char(&b, ' ');
		gap = false;
		if (point == 0xfffd)
			buf_str(&b, REPLACEMENT);
		else
			buf_add(&b, text, n);
		if (units < TITLE_MAX)
			fits = b.len;
	}
	return (buf_text(&b));
}

/* What it is about; there is always something to call it. */
static const char *
subject(const struct event *event)
{

	if (told(event->test.name))
		return (event->test.name);
	if (told(event->test.id))
		return (event->test.id);
	return (told(event->type) ? event->type : "event");
}

/* The title, or what it is about where the template gives nothing. */
static const char *
title(struct job *job, const struct event *event, const struct route *route)
{
	const char *template = route->dest[DEST_TITLE].value;
	const char *text;

	text = draft_expand(job->arena,
	    template != NULL ? template : DEFAULT_TITLE, event, route);
	if (text != NULL && !told(text))
		text = subject(event);
	return (text != NULL ? one_line(job->arena, text) : NULL);
}

static const char *
cut(struct arena *arena, const char *text, size_t points)
{
	size_t len = strlen(text), n = utf8_cut_points(text, len, points);

	if (n == len)
		return (text);
	return (arena_printf(arena, "%.*s" ELLIPSIS, (int)n, text));
}

/* Text of somebody else's, cut, as a code span or as plain words. */
static void
put_code(struct buf *b, const char *text, size_t points)
{

	if ((text = cut(b->arena, text, points)) == NULL)
		b->failed = true;
	else
		buf_str(b, markup_code(b->arena, text));
}

static void
put_words(struct buf *b, const char *text, size_t points)
{

	if ((text = cut(b->arena, text, points)) == NULL)
		b->failed = true;
	else
		buf_str(b, markup_escape(b->arena, text));
}

static bool
is_link(const char *url)
{

	return (url != NULL && strlen(url) <= URL_BYTES &&
	    (strncasecmp(url, "https://", 8) == 0 ||
	    strncasecmp(url, "http://", 7) == 0));
}

/* A link's target: what could end it, or start something, is encoded. */
static void
put_target(struct buf *b, const char *url)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#@!$'*+,;=%";

	buf_char(b, '<');
	for (; *url != '\0'; url++)
		if (strchr(safe, *url) != NULL)
			buf_char(b, *url);
		else if (*url == '&')
			buf_str(b, "\\&");
		else
			buf_printf(b, "%%%02X", (unsigned char)*url);
	buf_char(b, '>');
}

static void
put_label(struct buf *b, const char *label)
{

	buf_printf(b, "- **%s:** ", label);
}

static void
put_line(struct buf *b, const char *label, const char *text)
{

	if (!told(text))
		return;
	put_label(b, label);
	put_code(b, text, VALUE_POINTS);
	buf_char(b, '\n');
}

/* What became of which test, and where to look at it. */
static void
put_head(struct buf *b, const struct event *event)
{
	const struct test *test = &event->test;

	put_code(b, subject(event), NAME_POINTS);
	if (event->status != STATUS_UNKNOWN)
		buf_printf(b, " became **%s**",
		    event_status(event->status));
	buf_str(b, ".\n\n");
	if (event->example)
		buf_str(b, "This is Trunk's published example: no test of "
		    "yours failed.\n\n");
	if (is_link(test->url)) {
		buf_str(b, "[Open the test in Trunk](");
		put_target(b, test->url);
		buf_str(b, ")\n\n");
	}
}

static void
put_transition(struct buf *b, const struct event *event)
{
	char iso[CLOCK_ISO_MAX];

	if (event->status != STATUS_UNKNOWN) {
		put_label(b, "Status");
		if (event->previous != STATUS_UNKNOWN)
			buf_printf(b, "%s \xe2\x86\x92 ",
			    event_status(event->previous));
		buf_printf(b, "%s\n", event_status(event->status));
	}
	clock_format(event->time, iso);
	put_label(b, "Since");
	buf_printf(b, "%s%s\n", iso, event->time_is_ours ?
	    " (when Trunk's message came; it told no time)" : "");
	if (told(event->reason)) {
		put_label(b, "Reason");
		put_words(b, event->reason, VALUE_POINTS);
		buf_char(b, '\n');
	}
	put_line(b, "Monitor", event->monitor_type);
}

static void
put_repository(struct buf *b, const struct repository *r)
{
	const char *text = r->url;

	if (r->host != NULL && r->owner != NULL && r->name != NULL &&
	    (text = arena_printf(b->arena, "%s/%s/%s", r->host, r->owner,
	    r->name)) == NULL)
		b->failed = true;
	if (r->host == NULL || !is_link(r->url)) {
		put_line(b, "Repository", text);
		return;
	}
	put_label(b, "Repository");
	buf_char(b, '[');
	if (text != NULL)
		put_words(b, text, VALUE_POINTS);
	buf_str(b, "](");
	put_target(b, r->url);
	buf_str(b, ")\n");
}

/* Trunk tells 0 for what it has not counted yet, so 0 says nothing. */
static void
put_impact(struct buf *b, const struct test *test)
{
	int percent = (int)(test->failure_rate * 100 + 0.5);

	if (test->failure_rate <= 0 && test->pull_requests <= 0)
		return;
	put_label(b, "Impact");
	if (test->failure_rate > 0) {
		if (percent >= 100 && test->failure_rate < 1)
			percent = 99;
		buf_printf(b, "failed %s%d %% of runs in 7 days",
		    percent < 1 ? "less than " : "",
		    percent < 1 ? 1 : percent);
	}
	if (test->failure_rate > 0 && test->pull_requests > 0)
		buf_str(b, ", ");
	if (test->pull_requests > 0)
		buf_printf(b, "%lld pull request%s%s",
		    (long long)test->pull_requests,
		    test->pull_requests == 1 ? "" : "s",
		    test->failure_rate > 0 ? "" : " in 7 days");
	buf_char(b, '\n');
}

/* As code, so that a ticket mentions nobody. */
static void
put_owners(struct buf *b, const struct test *test)
{
	size_t i, shown = 0, more = 0;

	for (i = 0; i < test->nowners; i++) {
		if (!told(test->owners[i]))
			continue;
		if (shown == OWNERS_SHOWN) {
			more++;
			continue;
		}
		if (shown++ == 0)
			put_label(b, "Code owners");
		else
			buf_str(b, ", ");
		put_code(b, test->owners[i], VALUE_POINTS / 3);
	}
	if (more > 0)
		buf_printf(b, " and %zu more", more);
	if (shown > 0)
		buf_char(b, '\n');
}

static void
put_test(struct buf *b, const struct test *test)
{

	put_repository(b, &test->repository);
	put_line(b, "File", test->file_path);
	put_line(b, "Suite", test->parent);
	put_line(b, "Class", test->classname);
	put_line(b, "Variant", test->variant);
	put_impact(b, test);
	if (test->quarantined != ANSWER_UNKNOWN) {
		put_label(b, "Quarantined");
		buf_str(b, test->quarantined == ANSWER_YES ? "yes\n" :
		    "no\n");
	}
	put_owners(b, test);
}

/* Why it came here: what to change when it should not have. */
static void
put_route(struct buf *b, const struct route *route)
{

	buf_str(b, "\nFiled by tickethook");
	if (route->rule != NULL) {
		buf_str(b, ": rule ");
		put_code(b, route->rule->name, VALUE_POINTS);
		buf_printf(b, " at line %d of the configuration",
		    route->rule->line);
	}
	if (told(route->owner)) {
		buf_str(b, ", for code owner ");
		put_code(b, route->owner, VALUE_POINTS / 3);
	}
	buf_str(b, ".\n");
}

enum err
draft_write(struct job *job, const struct event *event,
    const struct route *route, struct draft *draft)
{
	struct buf b;

	buf_init(&b, job->arena, BODY_BYTES);
	put_head(&b, event);
	put_transition(&b, event);
	put_test(&b, &event->test);
	put_route(&b, route);
	draft->title = title(job, event, route);
	draft->body = buf_text(&b);
	if (draft->title == NULL || draft->body == NULL)
		return (fail(job, ERR_NOMEM, "no memory left to write the "
		    "text of a ticket; the event is too large"));
	return (OK);
}
