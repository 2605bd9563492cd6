/*
 * Deliveries: what came in, each with its story, step by step: whether it was
 * verified, what it says, which rule it met, the calls that were made and what
 * was answered.
 */
#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "handler/config.h"
#include "handler/event.h"
#include "handler/explain.h"
#include "handler/job.h"
#include "handler/panel_parts.h"

enum {
	BODY_SHOWN = 16 * 1024	/* bytes of a delivery's body */
};

static enum err
put_found(struct page *p, struct job *job, const char *id)
{
	struct view_delivery d;
	enum err e = ledger_panel_delivery(job, id, &d);

	if (e == OK)
		panel_put_deliveries(p, "Deliveries", &d, 1, true);
	if (e == ERR_ABSENT)
		panel_empty(p, "The ledger has no delivery of that id.");
	return (e == ERR_ABSENT ? OK : e);
}

enum err
panel_deliveries(struct page *p, struct job *job, const struct request *in)
{
	struct panel_step step = { .path = "deliveries" };
	const struct view_delivery *rows;
	const char *id;
	enum err e;

	if ((e = panel_asked(job, in, "q", &id)) != OK)
		return (e);
	page_begin(p, job, in, PAGE_DELIVERIES, "Deliveries");
	page_search(p, "Id of a delivery, as Svix shows it", id);
	if (id != NULL)
		return (put_found(p, job, id));
	if ((e = panel_after(job, in, &step)) != OK ||
	    (e = ledger_panel_deliveries(job, PANEL_RECEIVED, 0, &step.cut,
	    &rows)) != OK)
		return (e);
	if (step.cut.n == 0) {
		panel_empty(p, "Nothing was received yet. Trunk's webhook "
		    "goes to the path /trunk.");
		return (OK);
	}
	panel_put_deliveries(p, "Deliveries", rows, step.cut.n, false);
	panel_steps(p, &step);
	return (OK);
}

static void
put_verified(struct page *p, const struct view_delivery *d)
{

	PAGE(p, "<li><h2>Verified</h2><p class=\"lead\">Its signature was "
	    "right: what is not signed by the sender never gets here. "
	    "First received ");
	page_time(p, d->received);
	PAGE(p, ", tried ");
	page_int(p, d->tries);
	if (d->tries == 1)
		PAGE(p, " time");
	else
		PAGE(p, " times, last ");
	if (d->tries != 1)
		page_time(p, d->last);
	PAGE(p, ".</p></li>\n");
}

static void
put_event(struct page *p, struct job *job, const struct event *v)
{
	const struct repository *r = &v->test.repository;
	char iso[CLOCK_ISO_MAX];

	PAGE(p, "<li><h2>Event</h2><div class=\"card\"><dl>");
	panel_fact(p, "Type", v->type);
	panel_fact(p, "About", explain_about(v));
	panel_fact(p, "Status", v->status == STATUS_UNKNOWN ?
	    v->status_text : event_status(v->status));
	if (v->previous != STATUS_UNKNOWN)
		panel_fact(p, "Was", event_status(v->previous));
	clock_format(v->time, iso);
	panel_fact(p, "Time", v->time_is_ours ? "not told; when it was "
	    "received" : iso);
	panel_fact(p, "Test", v->test.name);
	panel_fact(p, "File", v->test.file_path);
	panel_fact(p, "Variant", v->test.variant);
	if (r->host != NULL)
		panel_fact(p, "Repository", arena_printf(job->arena,
		    "%s/%s/%s", r->host, r->owner, r->name));
	panel_fact(p, "Reason", v->reason);
	PAGE(p, "</dl></div></li>\n");
}

/* Today's rules, not those of then: what a try now would meet. */
static void
put_rules(struct page *p, const struct explanation *x)
{
	static const char *const heads[] = { "Rule", "Line", "Matched",
	    "Why not" };
	size_t i;

	PAGE(p, "<li><h2>Rules</h2><p class=\"lead\">As the configuration "
	    "stands now, the first that matches decides.</p>\n");
	page_table(p, "Rules", heads, 4);
	for (i = 0; i < x->nverdicts; i++) {
		page_row(p);
		page_cell(p, "Rule");
		page_text(p, x->verdict[i].rule->name);
		page_cell(p, "Line");
		page_int(p, x->verdict[i].rule->line);
		page_cell(p, "Matched");
		page_badge(p, explain_word(&x->verdict[i]));
		page_cell(p, "Why not");
		PAGE(p, "<small>");
		if (!x->verdict[i].matched)
			page_text(p, x->verdict[i].why);
		PAGE(p, "</small>");
	}
	page_table_end(p);
	PAGE(p, "</li>\n");
}

/* The calls of the last try, as they were made. */
static void
put_calls(struct page *p, struct job *job, const struct view_delivery *d)
{
	const char *line = d->calls;
	size_t n;

	PAGE(p, "<li><h2>Calls</h2>");
	if (line == NULL)
		PAGE(p, "<p class=\"lead\">The last try made none.</p>");
	for (; line != NULL && *line != '\0'; line += n + (line[n] != '\0')) {
		n = strcspn(line, "\n");
		PAGE(p, "<p class=\"lead mono\">");
		page_text(p, arena_strndup(job->arena, line, n));
		PAGE(p, "</p>");
	}
	PAGE(p, "</li>\n");
}

/* The call that files it, without credentials. */
static void
put_call(struct page *p, const struct explanation *x)
{

	PAGE(p, "<li><h2>Request</h2>");
	if (x->nothing != NULL) {
		PAGE(p, "<p class=\"lead\">");
		page_text(p, x->nothing);
		PAGE(p, "</p></li>\n");
		return;
	}
	PAGE(p, "<p class=\"lead mono\">");
	page_text(p, x->request.method);
	PAGE(p, " ");
	page_text(p, x->request.url);
	PAGE(p, "</p><details><summary>What it says</summary><pre>");
	page_text(p, x->request.body);
	PAGE(p, "</pre></details></li>\n");
}

static void
put_explained(struct page *p, struct job *job,
    const struct view_delivery *d)
{
	const struct delivery mail = { .id = d->id,
	    .signed_at = d->received / 1000, .body = d->body,
	    .len = d->len };
	const struct why why = job->why;
	int64_t now = job->now;
	struct explanation x;
	enum err e;

	if (d->body == NULL)
		return;
	job->now = d->received;
	memset(&x, 0, sizeof(x));
	e = explain_event(job, &mail, &x);
	job->now = now;
	if (e == OK) {
		put_event(p, job, &x.event);
		put_rules(p, &x);
		put_call(p, &x);
	} else {
		PAGE(p, "<li class=\"no\"><h2>Event</h2><p class=\"lead\">");
		page_text(p, job->why.text);
		PAGE(p, "</p></li>\n");
	}
	job->why = why;
}

static void
put_outcome(struct page *p, const struct view_delivery *d)
{

	PAGE(p, "<li><h2>Outcome</h2><div class=\"card\"><dl>"
	    "<dt>Outcome</dt><dd>");
	page_badge(p, panel_word(p->job, d->outcome));
	if (d->final)
		PAGE(p, " <span class=\"soft\">for good</span>");
	PAGE(p, "</dd><dt>Status</dt><dd>");
	page_int(p, d->status);
	PAGE(p, "</dd>");
	panel_fact(p, "Why", d->why);
	panel_fact(p, "Rule", d->rule);
	if (d->ticket != 0) {
		PAGE(p, "<dt>Ticket</dt><dd>");
		page_link(p, "ticket", "row", panel_row(p->job, d->ticket),
		    d->ticket_key != NULL ? d->ticket_key : "being made");
		PAGE(p, "</dd>");
	}
	panel_fact(p, "Answer", d->answer);
	PAGE(p, "</dl>");
	if (!d->final) {
		PAGE(p, "<div class=\"acts\">");
		page_button(p, "replay", "id", d->id, "Run again");
		PAGE(p, "</div>");
	}
	PAGE(p, "</div></li>\n");
}

static void
put_body(struct page *p, struct job *job, const struct view_delivery *d)
{

	if (d->body == NULL)
		return;
	PAGE(p, "<details><summary>Body, ");
	page_int(p, (int64_t)d->len);
	PAGE(p, " bytes</summary><pre>");
	page_text(p, d->len <= BODY_SHOWN ? d->body :
	    arena_strndup(job->arena, d->body, BODY_SHOWN));
	PAGE(p, "</pre></details>\n");
}

enum err
panel_delivery(struct page *p, struct job *job, const struct request *in)
{
	struct view_delivery d;
	const char *id;
	enum err e;

	if ((e = panel_asked(job, in, "id", &id)) != OK)
		return (e);
	if (id == NULL)
		return (ERR_ABSENT);
	if ((e = ledger_panel_delivery(job, id, &d)) != OK)
		return (e);
	page_begin(p, job, in, PAGE_DELIVERIES, d.id);
	if ((e = panel_said(p, job, in)) != OK)
		return (e);
	PAGE(p, "<ol class=\"steps\">\n");
	put_verified(p, &d);
	put_explained(p, job, &d);
	put_calls(p, job, &d);
	put_outcome(p, &d);
	PAGE(p, "</ol>\n");
	put_body(p, job, &d);
	return (OK);
}
