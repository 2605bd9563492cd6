/*
 * A ticket's title and text: by the templates of the rule, or as draft_body()
 * writes it.  Whatever the template says, the text ends with why the ticket is
 * there and what to change in the configuration if it should not be.
 */
#include "handler/draft.h"

#include <stdbool.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/utf8.h"
#include "handler/config.h"
#include "handler/draft_text.h"
#include "handler/job.h"

enum {
	TITLE_MAX = 255,	/* UTF-16 units, which is what Jira counts */
	TITLE_BYTES = 1024	/* the same as UTF-8, with an ellipsis */
};

#define REPLACEMENT	"\xef\xbf\xbd"
#define DEFAULT_TITLE	"[Flaky Test] {{test.name}}"
#define QUEUE_TITLE	"[Merge Queue] Pull request {{pull_request}} of " \
			    "{{repository}} failed"

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
		if (draft_blank(point)) {
			gap = b.len > 0;
			continue;
		}
		units += (gap ? 1 : 0) + (point > 0xffff ? 2 : 1);
		if (units > TITLE_MAX) {
			b.len = fits;
			buf_str(&b, DRAFT_ELLIPSIS);
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

const char *
draft_subject(const struct event *event)
{

	if (draft_told(event->test.name))
		return (event->test.name);
	if (draft_told(event->test.id))
		return (event->test.id);
	return (draft_told(event->type) ? event->type : "event");
}

/* The title, or what it is about where the template gives nothing. */
static const char *
title(struct job *job, const struct event *event, const struct route *route)
{
	const char *template = route->dest[DEST_TITLE].value;
	const char *text;

	/* The built-in title, which no line of a file says, names a test. */
	if (event->queue != NULL && route->dest[DEST_TITLE].line == 0)
		template = QUEUE_TITLE;
	else if (template == NULL)
		template = DEFAULT_TITLE;
	text = draft_expand(job->arena, template, event, route);
	if (text != NULL && !draft_told(text))
		text = draft_subject(event);
	return (text != NULL ? one_line(job->arena, text) : NULL);
}

static void
put_owner(struct buf *b, const struct route *route)
{
	const struct owner *section = route->owner_section;

	if (draft_told(route->owner)) {
		buf_str(b, ", for code owner ");
		draft_code(b, route->owner, DRAFT_VALUE / 3);
	}
	if (section != NULL) {
		buf_str(b, ", section ");
		draft_code(b, arena_printf(b->arena, "[owner %s]",
		    section->name), DRAFT_VALUE / 3);
		buf_printf(b, " at line %d", section->line);
	}
}

/*
 * Behind a rule, so that markup_adf() and markup_wiki() keep it however long
 * the rest is: why it came here, and what to change when it should not have.
 */
static void
put_end(struct buf *b, const struct event *event, const struct route *route)
{
	bool own = route->dest[DEST_DESCRIPTION].value == NULL;

	buf_str(b, "\n---\n\n");
	if (!own && draft_is_link(event->test.url)) {
		buf_str(b, "[Open the test in Trunk](");
		draft_target(b, event->test.url);
		buf_str(b, ")\n\n");
	}
	buf_str(b, "Filed by tickethook");
	if (route->rule != NULL) {
		buf_str(b, ": rule ");
		draft_code(b, route->rule->name, DRAFT_VALUE);
		buf_printf(b, " at line %d of the configuration",
		    route->rule->line);
	}
	put_owner(b, route);
	buf_str(b, route->rule == NULL ? ".\n" : ". To stop this: "
	    "`action = record` in that rule.\n");
}

enum err
draft_write(struct job *job, const struct event *event,
    const struct route *route, struct draft *draft)
{
	const char *template = route->dest[DEST_DESCRIPTION].value;
	struct buf b;

	buf_init(&b, job->arena, DRAFT_BYTES);
	if (template != NULL)
		draft_describe(&b, template, event, route);
	else if (event->queue != NULL)
		draft_queue(&b, event);
	else {
		draft_body(&b, event);
		draft_investigation(&b, event);
	}
	put_end(&b, event, route);
	draft->title = title(job, event, route);
	draft->body = buf_text(&b);
	if (draft->title == NULL || draft->body == NULL)
		return (fail(job, ERR_NOMEM, "no memory left to write the "
		    "text of a ticket; the event is too large"));
	return (OK);
}
