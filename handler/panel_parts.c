/*
 * What several pages of the panel show: rows of tickets and deliveries, the
 * badge of a state, the button that asks for something, the line that says
 * what came of the last one, and the links to the next rows.
 */
#include "handler/panel_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "handler/job.h"

static const char *const DELIVERY_HEADS[] = {
	"Received", "Delivery", "Outcome", "Ticket", "Why", "Act"
};

enum err
panel_asked(struct job *job, const struct request *in, const char *key,
    const char **value)
{

	return (page_value(job, in->visitor.query, key, value));
}

enum err
panel_after(struct job *job, const struct request *in,
    struct panel_step *step)
{
	struct panel_mark *mark = &step->cut.after;
	const char *text;
	char *end;
	enum err e;

	if ((e = panel_asked(job, in, "after", &text)) != OK)
		return (e);
	if (text != NULL) {
		mark->time = strtoll(text, &end, 10);
		if (*end == '.')
			mark->row = strtoll(end + 1, NULL, 10);
	}
	step->first = mark->row == 0;
	return (OK);
}

void
panel_steps(struct page *p, const struct panel_step *s)
{

	if (s->first && !s->cut.more)
		return;
	PAGE(p, "<nav class=\"more\" aria-label=\"Paging\">");
	if (!s->first)
		page_link(p, s->path, s->key, s->value, "First page");
	if (s->cut.more) {
		PAGE(p, "<a rel=\"next\" href=\"");
		page_path(p, s->path, "after", arena_printf(p->job->arena,
		    "%" PRId64 ".%" PRId64, s->cut.next.time, s->cut.next.row));
		if (s->key != NULL)
			page_query(p, s->key, s->value);
		PAGE(p, "\">Next page</a>");
	}
	PAGE(p, "</nav>\n");
}

static const struct {
	const char	*word;
	bool		 bad;
	const char	*text;
} SAID[] = {
	{ "rerun", false, "It was looked at again: the stage below is the "
	    "verdict." },
	{ "rerun-told", false, "Who runs tests again was told; the verdict "
	    "follows what Trunk hears of that run." },
	{ "rerun-pending", false, "A re-run of this ticket is pending "
	    "already, and no second one was made." },
	{ "rerun-later", false, "The re-run is noted; `tickethook sync` does "
	    "it, since it could not be done at once." },
	{ "rerun-over", true, "There is nothing to re-run: this ticket is "
	    "neither verifying nor not proven any more." },
	{ "replay", false, "The delivery was run again; what came of it is "
	    "below." },
	{ "replay-failed", true, "The delivery was run again and failed; the "
	    "reason is below." },
	{ "released", false, "What was parked of that rule was run again." },
	{ "released-part", false, "A part of what was parked was run again; "
	    "press the button once more for the rest." },
	{ "released-none", true, "Nothing of that rule could be filed; the "
	    "reason is with each delivery." },
	{ "test-good", false, "The tracker answered, and what is configured "
	    "for it works." },
	{ "test-bad", true, "Something is wrong with the tracker; what it is "
	    "stands with it below." },
};

enum err
panel_said(struct page *p, struct job *job, const struct request *in)
{
	const char *word;
	enum err e = panel_asked(job, in, "said", &word);
	size_t i;

	if (e != OK)
		return (e);
	for (i = 0; word != NULL && i < sizeof(SAID) / sizeof(SAID[0]); i++) {
		if (strcmp(SAID[i].word, word) != 0)
			continue;
		if (SAID[i].bad)
			PAGE(p, "<p class=\"note bad\" role=\"status\">");
		else
			PAGE(p, "<p class=\"note\" role=\"status\">");
		page_text(p, SAID[i].text);
		PAGE(p, "</p>\n");
	}
	return (OK);
}

void
panel_empty(struct page *p, const char *sentence)
{

	PAGE(p, "<p class=\"card empty\">");
	page_text(p, sentence);
	PAGE(p, "</p>\n");
}

const char *
panel_word(struct job *job, const char *word)
{
	char *copy = arena_strdup(job->arena, word), *at = copy;

	while (at != NULL && (at = strchr(at, '_')) != NULL)
		*at = ' ';
	return (copy);
}

const char *
panel_row(struct job *job, int64_t row)
{

	return (arena_printf(job->arena, "%" PRId64, row));
}

void
panel_fact(struct page *p, const char *name, const char *value)
{

	if (value == NULL || value[0] == '\0')
		return;
	PAGE(p, "<dt>");
	page_text(p, name);
	PAGE(p, "</dt><dd><bdi>");
	page_text(p, value);
	PAGE(p, "</bdi></dd>\n");
}

void
panel_put_ticket(struct page *p, const struct panel_ticket *t)
{

	page_cell(p, "Ticket");
	page_link(p, "ticket", "row", panel_row(p->job, t->row),
	    t->key != NULL ? t->key : "being made");
	PAGE(p, "<small>");
	page_text(p, t->tracker);
	if (t->owner != NULL) {
		PAGE(p, " &middot; ");
		page_text(p, t->owner);
	}
	PAGE(p, "</small>");
}

void
panel_put_test(struct page *p, const struct panel_ticket *t)
{

	page_cell(p, "Test");
	PAGE(p, "<bdi>");
	page_text(p, t->test != NULL ? t->test : "none");
	PAGE(p, "</bdi>");
	if (t->tests > 1) {
		PAGE(p, " and ");
		page_int(p, t->tests - 1);
		PAGE(p, " more");
	}
	PAGE(p, "<small>");
	page_text(p, t->file);
	PAGE(p, "</small>");
}

void
panel_put_state(struct page *p, const struct panel_ticket *t)
{

	page_badge(p, panel_word(p->job, t->life));
	if (t->flaps > 0) {
		PAGE(p, " <span class=\"soft\">reopened ");
		page_int(p, t->flaps);
		PAGE(p, "&times;</span>");
	}
}

/* One is pending, or can be asked for; or it is no ticket for that. */
void
panel_put_rerun(struct page *p, const struct panel_ticket *t)
{

	if (t->asked > 0) {
		page_badge(p, t->begun > 0 ? "re-run pending" :
		    "re-run not started");
		PAGE(p, "<small>asked ");
		page_ago(p, t->asked);
		if (t->by != NULL) {
			PAGE(p, " ago by ");
			page_text(p, t->by);
		} else {
			PAGE(p, " ago");
		}
		PAGE(p, "</small>");
	} else if (strcmp(t->life, "verifying") != 0 &&
	    strcmp(t->life, "not_proven") != 0) {
		return;
	}
	page_button(p, "rerun", "row", panel_row(p->job, t->row), "Re-run");
}

static void
put_delivery(struct page *p, const struct view_delivery *d, bool button)
{

	page_row(p);
	page_cell(p, "Received");
	page_time(p, d->received);
	page_cell(p, "Delivery");
	page_link(p, "delivery", "id", d->id, d->id);
	PAGE(p, "<small>");
	page_text(p, d->type != NULL ? d->type : "not an event");
	PAGE(p, "</small>");
	page_cell(p, "Outcome");
	page_badge(p, panel_word(p->job, d->outcome));
	if (d->tries > 1) {
		PAGE(p, "<small>");
		page_int(p, d->tries);
		PAGE(p, " tries</small>");
	}
	page_cell(p, "Ticket");
	if (d->ticket != 0)
		page_link(p, "ticket", "row", panel_row(p->job, d->ticket),
		    d->ticket_key != NULL ? d->ticket_key : "being made");
	page_cell(p, "Why");
	PAGE(p, "<small>");
	page_text(p, d->why);
	PAGE(p, "</small>");
	page_cell(p, "Act");
	if (button)
		page_button(p, "replay", "id", d->id, "Run again");
}

void
panel_put_deliveries(struct page *p, const char *caption,
    const struct view_delivery *d, size_t n, bool buttons)
{
	size_t i;

	page_table(p, caption, DELIVERY_HEADS, sizeof(DELIVERY_HEADS) /
	    sizeof(DELIVERY_HEADS[0]));
	for (i = 0; i < n; i++)
		put_delivery(p, &d[i], buttons && !d[i].final);
	page_table_end(p);
}
