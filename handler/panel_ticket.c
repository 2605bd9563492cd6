/*
 * Tickets: the list of them, and one with all that is known of it: what chose
 * its place, the changes of its tests, what we did to it or could not, and
 * the deliveries that led there.
 */
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "handler/event.h"
#include "handler/job.h"
#include "handler/ledger_history.h"
#include "handler/ledger_life.h"
#include "handler/panel_parts.h"

enum {
	TESTS_SHOWN = 5,	/* of a ticket, with what came to pass */
	CHANGES_SHOWN = 20	/* of a test */
};

static const char *const HEADS[] = {
	"Ticket", "Stage", "Made", "Test", "Rule", "Re-run"
};

static void
put_row(struct page *p, const struct panel_ticket *t)
{

	page_row(p);
	panel_put_ticket(p, t);
	page_cell(p, "Stage");
	panel_put_state(p, t);
	page_cell(p, "Made");
	page_time(p, t->created);
	panel_put_test(p, t);
	page_cell(p, "Rule");
	page_text(p, t->rule);
	page_cell(p, "Re-run");
	panel_put_rerun(p, t);
}

enum err
panel_tickets(struct page *p, struct job *job, const struct request *in)
{
	struct panel_step step = { .path = "tickets" };
	const struct panel_ticket *rows;
	const char *text;
	size_t i;
	enum err e;

	if ((e = panel_asked(job, in, "q", &text)) != OK ||
	    (e = panel_after(job, in, &step)) != OK)
		return (e);
	step.key = text == NULL ? NULL : "q";
	step.value = text;
	page_begin(p, job, in, PAGE_TICKETS, "Tickets");
	page_search(p, "Key of a ticket, or a part of a test's name", text);
	if ((e = ledger_panel_tickets(job, text != NULL ? PANEL_FOUND :
	    PANEL_ALL, text, &step.cut, &rows)) != OK)
		return (e);
	if (step.cut.n == 0) {
		panel_empty(p, text != NULL ? "No ticket has that key, and "
		    "no test of one is named so." : "There is no ticket "
		    "yet.");
		return (OK);
	}
	page_table(p, "Tickets", HEADS, sizeof(HEADS) / sizeof(HEADS[0]));
	for (i = 0; i < step.cut.n; i++)
		put_row(p, &rows[i]);
	page_table_end(p);
	panel_steps(p, &step);
	return (OK);
}

/* What chose where it went, and what was left out of it. */
static enum err
put_choice(struct page *p, struct job *job, const struct panel_ticket *t)
{
	const struct view_filter filter = { .of = t->row };
	struct view_mark mark = { .begun = true, .row = t->row + 1 };
	struct view_ticket v;
	enum err e = ledger_view_tickets(job, &filter, &mark, &v);

	if (e != OK)
		return (e);
	panel_fact(p, "Rule", v.filing.rule_line > 0 ?
	    arena_printf(job->arena, "%s, line %d", t->rule,
	    v.filing.rule_line) : t->rule);
	panel_fact(p, "Owner", v.filing.owner_line > 0 ?
	    arena_printf(job->arena, "%s, line %d", t->owner,
	    v.filing.owner_line) : t->owner);
	panel_fact(p, "Left out", v.filing.note);
	return (OK);
}

static enum err
put_facts(struct page *p, struct job *job, const struct panel_ticket *t)
{
	enum err e;

	PAGE(p, "<div class=\"card\"><dl><dt>Stage</dt><dd>");
	panel_put_state(p, t);
	PAGE(p, "</dd><dt>Since</dt><dd>");
	page_time(p, t->since > 0 ? t->since : t->created);
	PAGE(p, "</dd><dt>Ticket</dt><dd>");
	page_link_out(p, t->url, t->url != NULL ? t->url : "being made");
	PAGE(p, "</dd>");
	panel_fact(p, "Tracker", t->tracker);
	if ((e = put_choice(p, job, t)) != OK)
		return (e);
	PAGE(p, "<dt>Made</dt><dd>");
	page_time(p, t->created);
	PAGE(p, "</dd>");
	if (t->next > 0) {
		PAGE(p, "<dt>Next verdict</dt><dd>");
		page_time(p, t->next);
		PAGE(p, "</dd>");
	}
	PAGE(p, "</dl><div class=\"acts\">");
	panel_put_rerun(p, t);
	PAGE(p, "</div></div>\n");
	return (OK);
}

static enum err
put_changes(struct page *p, struct job *job, const struct life_member *m)
{
	static const char *const heads[] = { "When", "Status", "Was",
	    "Reason" };
	static const char *const healthy[] = {
		[HEALTHY_UNKNOWN] = " (why is not known)",
		[HEALTHY_RESOLVED] = " (its monitor resolved)",
		[HEALTHY_MUTED] = " (its monitor was muted)",
		[HEALTHY_GONE] = " (its monitor was taken away)",
		[HEALTHY_MANUAL] = " (a person said so)"
	};
	const struct change *c;
	size_t i, n;
	enum err e;

	if ((e = ledger_changes(job, m->row, &c, &n)) != OK || n == 0)
		return (e);
	page_table(p, arena_printf(job->arena, "Changes of %s", m->test.name
	    != NULL ? m->test.name : "the test"), heads, 4);
	for (i = n; i > 0 && n - i < CHANGES_SHOWN; i--) {
		page_row(p);
		page_cell(p, "When");
		page_time(p, c[i - 1].time);
		page_cell(p, "Status");
		page_badge(p, event_status(c[i - 1].status));
		page_cell(p, "Was");
		page_text(p, event_status(c[i - 1].previous));
		page_cell(p, "Reason");
		PAGE(p, "<small>");
		page_text(p, c[i - 1].reason != NULL ? c[i - 1].reason :
		    c[i - 1].monitor_type);
		if (c[i - 1].status == STATUS_HEALTHY)
			page_text(p, healthy[c[i - 1].why_healthy]);
		PAGE(p, "</small>");
	}
	page_table_end(p);
	return (OK);
}

static enum err
put_tests(struct page *p, struct job *job, const struct panel_ticket *t)
{
	const struct life_member *m;
	size_t i, n;
	enum err e;

	if ((e = ledger_life_tests(job, t->row, &m, &n)) != OK)
		return (e);
	for (i = 0; i < n && i < TESTS_SHOWN && e == OK; i++) {
		PAGE(p, "<h2>");
		page_text(p, m[i].test.name != NULL ? m[i].test.name :
		    m[i].identity);
		PAGE(p, "</h2>\n<p class=\"lead mono\">");
		page_text(p, m[i].test.file_path);
		if (m[i].test.variant != NULL) {
			PAGE(p, " &middot; ");
			page_text(p, m[i].test.variant);
		}
		PAGE(p, "</p>\n");
		e = put_changes(p, job, &m[i]);
	}
	if (n > TESTS_SHOWN) {
		PAGE(p, "<p class=\"soft\">and ");
		page_int(p, (int64_t)(n - TESTS_SHOWN));
		PAGE(p, " more tests share this ticket.</p>\n");
	}
	return (e);
}

/* What we did to it, or could not. */
static enum err
put_acts(struct page *p, struct job *job, const struct panel_ticket *t)
{
	static const char *const states[] = {
		[ACT_DUE] = "due", [ACT_SENT] = "sent", [ACT_DONE] = "done",
		[ACT_REFUSED] = "refused", [ACT_VOID] = "needless"
	};
	static const char *const heads[] = { "When", "What", "State",
	    "Text" };
	const struct act *a;
	size_t i, n;
	enum err e;

	if ((e = ledger_panel_acts(job, t->row, &a, &n)) != OK || n == 0)
		return (e);
	PAGE(p, "<h2>What tickethook did</h2>\n");
	page_table(p, "Acts", heads, 4);
	for (i = 0; i < n; i++) {
		page_row(p);
		page_cell(p, "When");
		page_time(p, a[i].tried > 0 ? a[i].tried : a[i].made);
		page_cell(p, "What");
		page_text(p, a[i].kind);
		page_cell(p, "State");
		page_badge(p, states[a[i].state]);
		page_cell(p, "Text");
		PAGE(p, "<small>");
		page_text(p, a[i].why != NULL ? a[i].why : a[i].body);
		PAGE(p, "</small>");
	}
	page_table_end(p);
	return (OK);
}

static enum err
put_deliveries(struct page *p, struct job *job, int64_t ticket)
{
	struct panel_cut cut = { .n = 0 };
	const struct view_delivery *d;
	enum err e;

	if ((e = ledger_panel_deliveries(job, PANEL_OF_TICKET, ticket, &cut,
	    &d)) != OK || cut.n == 0)
		return (e);
	PAGE(p, "<h2>Deliveries</h2>\n");
	panel_put_deliveries(p, "Deliveries", d, cut.n, false);
	return (OK);
}

enum err
panel_ticket(struct page *p, struct job *job, const struct request *in)
{
	struct panel_ticket t;
	const char *row;
	enum err e;

	if ((e = panel_asked(job, in, "row", &row)) != OK ||
	    (e = ledger_panel_ticket(job, row == NULL ? 0 :
	    strtoll(row, NULL, 10), &t)) != OK)
		return (e);
	page_begin(p, job, in, PAGE_TICKETS, t.key != NULL ? t.key :
	    "A ticket that is being made");
	if ((e = panel_said(p, job, in)) != OK ||
	    (e = put_facts(p, job, &t)) != OK ||
	    (e = put_tests(p, job, &t)) != OK ||
	    (e = put_acts(p, job, &t)) != OK)
		return (e);
	return (put_deliveries(p, job, t.row));
}
