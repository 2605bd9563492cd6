/*
 * The merge queue, and what is left: events that wait, by rule and with the
 * button that files them, deliveries that are tried again, and types of events
 * that this version does not handle.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledger_count.h"
#include "handler/ledger_history.h"
#include "handler/panel_parts.h"

static const char *const QUEUE_HEADS[] = {
	"When", "Pull request", "Step", "Reason", "Delivery"
};

/* A batch leads to the history of its first pull request. */
static void
put_name(struct page *p, const struct panel_queue *r)
{
	int64_t pr = r->batch && r->prs != NULL ? strtoll(r->prs, NULL, 10) :
	    r->number;

	if (pr > 0) {
		PAGE(p, "<a href=\"");
		page_path(p, "queue", "pr", panel_row(p->job, pr));
		page_query(p, "repository", r->repository);
		PAGE(p, "\">");
	}
	page_text(p, r->batch ? "batch of " : "#");
	if (r->batch)
		page_text(p, r->prs);
	else
		page_int(p, r->number);
	if (pr > 0)
		PAGE(p, "</a>");
}

static void
put_step(struct page *p, const struct panel_queue *r)
{

	page_row(p);
	page_cell(p, "When");
	page_time(p, r->time);
	page_cell(p, "Pull request");
	put_name(p, r);
	PAGE(p, "<small>");
	page_text(p, r->repository);
	PAGE(p, "</small>");
	page_cell(p, "Step");
	page_badge(p, panel_word(p->job, r->step));
	page_cell(p, "Reason");
	PAGE(p, "<small>");
	page_text(p, r->reason);
	PAGE(p, "</small>");
	page_cell(p, "Delivery");
	page_link(p, "delivery", "id", r->delivery, "story");
}

enum err
panel_queue(struct page *p, struct job *job, const struct request *in)
{
	struct panel_step step = { .path = "queue" };
	const struct panel_queue *rows;
	const char *pr;
	size_t i;
	enum err e;

	if ((e = panel_asked(job, in, "pr", &pr)) != OK)
		return (e);
	if (pr != NULL)
		return (panel_history(p, job, in));
	page_begin(p, job, in, PAGE_QUEUE, "Merge queue");
	if ((e = panel_after(job, in, &step)) != OK ||
	    (e = ledger_panel_queue(job, &step.cut, &rows)) != OK)
		return (e);
	if (step.cut.n == 0) {
		panel_empty(p, "The merge queue told nothing yet.");
		return (OK);
	}
	page_table(p, "Merge queue", QUEUE_HEADS,
	    sizeof(QUEUE_HEADS) / sizeof(QUEUE_HEADS[0]));
	for (i = 0; i < step.cut.n; i++)
		put_step(p, &rows[i]);
	page_table_end(p);
	panel_steps(p, &step);
	return (OK);
}

/* By rule, with the button that files them at once. */
static enum err
put_rules(struct page *p, struct job *job)
{
	static const char *const heads[] = { "Rule", "Parked", "Oldest",
	    "Act" };
	const struct panel_parked *rows;
	size_t i, n;
	enum err e;

	if ((e = ledger_panel_parked(job, &rows, &n)) != OK || n == 0)
		return (e);
	page_table(p, "Parked, by rule", heads, 4);
	for (i = 0; i < n; i++) {
		page_row(p);
		page_cell(p, "Rule");
		page_text(p, rows[i].rule[0] != '\0' ? rows[i].rule :
		    "none");
		page_cell(p, "Parked");
		page_int(p, rows[i].n);
		page_cell(p, "Oldest");
		page_time(p, rows[i].oldest);
		page_cell(p, "Act");
		if (rows[i].rule[0] != '\0')
			page_button(p, "release", "rule", rows[i].rule,
			    "Release");
	}
	page_table_end(p);
	return (OK);
}

enum err
panel_parked(struct page *p, struct job *job, const struct request *in)
{
	struct panel_step step = { .path = "parked" };
	const struct view_delivery *rows;
	enum err e;

	page_begin(p, job, in, PAGE_PARKED, "Parked");
	PAGE(p, "<p class=\"lead\">What has not had its effect yet, the "
	    "longest waiting first. <code>tickethook sync</code> goes on "
	    "trying it; nothing of it is lost.</p>\n");
	if ((e = panel_said(p, job, in)) != OK ||
	    (e = put_rules(p, job)) != OK ||
	    (e = panel_after(job, in, &step)) != OK ||
	    (e = ledger_panel_deliveries(job, PANEL_DUE, 0, &step.cut,
	    &rows)) != OK)
		return (e);
	if (step.cut.n == 0) {
		panel_empty(p, "Nothing waits.");
		return (OK);
	}
	PAGE(p, "<h2>Deliveries that wait</h2>\n");
	panel_put_deliveries(p, "Deliveries that wait", rows,
	    step.cut.n, true);
	panel_steps(p, &step);
	return (OK);
}

enum err
panel_unhandled(struct page *p, struct job *job, const struct request *in)
{
	static const char *const heads[] = { "Type", "Times", "First",
	    "Last" };
	const struct known *rows;
	size_t i, n;
	enum err e;

	page_begin(p, job, in, PAGE_UNHANDLED, "Not handled");
	PAGE(p, "<p class=\"lead\">Events that were verified and kept, and "
	    "that nothing is done with: their type or a word in them is not "
	    "known to this version.</p>\n");
	if ((e = ledger_known(job, &rows, &n)) != OK)
		return (e);
	if (n == 0) {
		panel_empty(p, "Every event so far was of a kind that is "
		    "handled.");
		return (OK);
	}
	page_table(p, "Events that are not handled", heads, 4);
	for (i = 0; i < n; i++) {
		page_row(p);
		page_cell(p, "Type");
		page_text(p, rows[i].type);
		page_cell(p, "Times");
		page_int(p, rows[i].n);
		page_cell(p, "First");
		page_time(p, rows[i].first);
		page_cell(p, "Last");
		page_time(p, rows[i].last);
	}
	page_table_end(p);
	return (OK);
}
