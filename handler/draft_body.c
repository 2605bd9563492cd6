/*
 * A ticket's text as we write it where no rule says another, from the top:
 * what happened, the transition, the test and where it is, how it fails.
 * Lines about what was not told are left out.  Text of others stands in it as
 * code or as escaped words (draft_text.c), so that it formats nothing, links
 * nowhere and mentions nobody.
 */
#include <stdbool.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/clock.h"
#include "handler/draft.h"
#include "handler/draft_text.h"
#include "handler/event.h"

enum {
	OWNERS_SHOWN = 20	/* code owners by name */
};

static void
put_label(struct buf *b, const char *label)
{

	buf_printf(b, "- **%s:** ", label);
}

void
draft_line(struct buf *b, const char *label, const char *text)
{

	if (!draft_told(text))
		return;
	put_label(b, label);
	draft_code(b, text, DRAFT_VALUE);
	buf_char(b, '\n');
}

void
draft_since(struct buf *b, const struct event *event)
{
	char iso[CLOCK_ISO_MAX];

	clock_format(event->time, iso);
	put_label(b, "Since");
	buf_printf(b, "%s%s\n", iso, event->time_is_ours ?
	    " (when Trunk's message came; it told no time)" : "");
}

/* What became of which test, and where to look at it. */
static void
put_head(struct buf *b, const struct event *event)
{
	const struct test *test = &event->test;

	draft_code(b, draft_subject(event), DRAFT_NAME);
	if (event->status != STATUS_UNKNOWN)
		buf_printf(b, " became **%s**",
		    event_status(event->status));
	buf_str(b, ".\n\n");
	if (event->example)
		buf_str(b, "This is Trunk's published example: no test of "
		    "yours failed.\n\n");
	if (draft_is_link(test->url)) {
		buf_str(b, "[Open the test in Trunk](");
		draft_target(b, test->url);
		buf_str(b, ")\n\n");
	}
}

static void
put_transition(struct buf *b, const struct event *event)
{

	if (event->status != STATUS_UNKNOWN) {
		put_label(b, "Status");
		if (event->previous != STATUS_UNKNOWN)
			buf_printf(b, "%s \xe2\x86\x92 ",
			    event_status(event->previous));
		buf_printf(b, "%s\n", event_status(event->status));
	}
	draft_since(b, event);
	if (draft_told(event->reason)) {
		put_label(b, "Reason");
		draft_words(b, event->reason, DRAFT_VALUE);
		buf_char(b, '\n');
	}
	draft_line(b, "Monitor", event->monitor_type);
}

static void
put_repository(struct buf *b, const struct repository *r)
{
	const char *text = r->url;

	if (r->host != NULL && r->owner != NULL && r->name != NULL &&
	    (text = arena_printf(b->arena, "%s/%s/%s", r->host, r->owner,
	    r->name)) == NULL)
		b->failed = true;
	if (r->host == NULL || !draft_is_link(r->url)) {
		draft_line(b, "Repository", text);
		return;
	}
	put_label(b, "Repository");
	buf_char(b, '[');
	if (text != NULL)
		draft_words(b, text, DRAFT_VALUE);
	buf_str(b, "](");
	draft_target(b, r->url);
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
		if (!draft_told(test->owners[i]))
			continue;
		if (shown == OWNERS_SHOWN) {
			more++;
			continue;
		}
		if (shown++ == 0)
			put_label(b, "Code owners");
		else
			buf_str(b, ", ");
		draft_code(b, test->owners[i], DRAFT_VALUE / 3);
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
	draft_line(b, "File", test->file_path);
	draft_line(b, "Suite", test->parent);
	draft_line(b, "Class", test->classname);
	draft_line(b, "Variant", test->variant);
	put_impact(b, test);
	if (test->quarantined != ANSWER_UNKNOWN) {
		put_label(b, "Quarantined");
		buf_str(b, test->quarantined == ANSWER_YES ? "yes\n" :
		    "no\n");
	}
	put_owners(b, test);
}

/* "6 times, last at 2026-11-04T15:58:11.000Z:", as far as it was told. */
static void
put_count(struct buf *b, const struct failure *f)
{
	char iso[CLOCK_ISO_MAX];

	if (f->count <= 0 && f->last == 0)
		return;
	if (f->count > 0)
		buf_printf(b, "%lld time%s", (long long)f->count,
		    f->count == 1 ? "" : "s");
	if (f->last != 0) {
		clock_format(f->last, iso);
		buf_printf(b, "%s %s", f->count > 0 ? ", last at" :
		    "Last at", iso);
	}
	buf_str(b, ":\n\n");
}

static void
put_failures(struct buf *b, const struct test *test)
{
	size_t i, shown = 0;

	for (i = 0; i < test->nfailures; i++) {
		if (!draft_told(test->failures[i].summary))
			continue;
		if (shown++ == 0)
			buf_str(b, "\n### Most common failures\n");
		buf_char(b, '\n');
		put_count(b, &test->failures[i]);
		draft_block(b, test->failures[i].summary, DRAFT_FAILURE);
	}
}

void
draft_body(struct buf *b, const struct event *event)
{

	put_head(b, event);
	put_transition(b, event);
	put_test(b, &event->test);
	put_failures(b, &event->test);
}
