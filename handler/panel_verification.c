/*
 * What is resolved or reopened and not proven, and why we think so: the first
 * page, since these tickets wait for time, for runs or for a person.
 */
#include <string.h>

#include "common/arena.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger_count.h"
#include "handler/ledger_rerun.h"
#include "handler/metrics.h"
#include "handler/panel_parts.h"

enum {
	WEEKS = 16		/* that the charts show */
};

static const struct {
	const char	*life;		/* NULL: all of them */
	const char	*name;
} FLAGS[] = {
	{ NULL, "flagged" },
	{ "verifying", "verifying" },
	{ "not_proven", "not proven" },
	{ "not_fixed", "not fixed" },
	{ "flapping", "flapping" },
};

enum {
	NFLAGS = sizeof(FLAGS) / sizeof(FLAGS[0])
};

static const char *const HEADS[] = {
	"Ticket", "Stage", "Since", "Test", "Evidence", "Re-run"
};

/* Which flag was asked for; 0: all of them. */
static size_t
flag_of(const char *life)
{
	size_t i;

	for (i = 1; life != NULL && i < NFLAGS; i++)
		if (strcmp(FLAGS[i].life, life) == 0)
			return (i);
	return (0);
}

static enum err
put_tiles(struct page *p, struct job *job, size_t here)
{
	const struct panel_census *rows;
	int64_t count[NFLAGS] = { 0 };
	size_t i, j, n;
	enum err e;

	if ((e = ledger_panel_census(job, &rows, &n)) != OK)
		return (e);
	for (i = 0; i < n; i++)
		if ((j = flag_of(rows[i].state)) > 0) {
			count[j] += rows[i].n;
			count[0] += rows[i].n;
		}
	PAGE(p, "<ul class=\"tiles\">");
	for (i = 0; i < NFLAGS; i++) {
		PAGE(p, "<li><a href=\"");
		page_path(p, "./", i == 0 ? NULL : "life", FLAGS[i].life);
		PAGE(p, "\"");
		if (i == here)
			PAGE(p, " aria-current=\"true\"");
		PAGE(p, "><b>");
		page_int(p, count[i]);
		PAGE(p, "</b><i>");
		page_text(p, FLAGS[i].name);
		PAGE(p, "</i></a></li>");
	}
	PAGE(p, "</ul>\n");
	return (OK);
}

static void
put_evidence(struct page *p, const struct panel_ticket *t)
{

	page_cell(p, "Evidence");
	if (t->status == NULL || strcmp(t->status, "unknown") == 0)
		PAGE(p, "<span class=\"soft\">nothing was heard</span>");
	else
		page_badge(p, t->status);
	if (t->status_since > 0) {
		PAGE(p, "<small>for ");
		page_ago(p, t->status_since);
		PAGE(p, "</small>");
	}
	if (t->next > 0) {
		PAGE(p, "<small>verdict ");
		if (t->next <= p->job->now) {
			PAGE(p, "due now");
		} else {
			PAGE(p, "due ");
			page_time(p, t->next);
		}
		PAGE(p, "</small>");
	}
}

static void
put_row(struct page *p, const struct panel_ticket *t)
{

	page_row(p);
	panel_put_ticket(p, t);
	page_cell(p, "Stage");
	panel_put_state(p, t);
	page_cell(p, "Since");
	page_time(p, t->since > 0 ? t->since : t->created);
	panel_put_test(p, t);
	put_evidence(p, t);
	page_cell(p, "Re-run");
	panel_put_rerun(p, t);
}

static enum err
put_list(struct page *p, struct job *job, const struct request *in,
    size_t flag)
{
	struct panel_step step = { .path = "./",
	    .key = flag > 0 ? "life" : NULL, .value = FLAGS[flag].life };
	const struct panel_ticket *rows;
	size_t i;
	enum err e;

	if ((e = panel_after(job, in, &step)) != OK ||
	    (e = ledger_panel_tickets(job, flag > 0 ? PANEL_LIFE :
	    PANEL_FLAGGED, FLAGS[flag].life, &step.cut, &rows)) != OK)
		return (e);
	if (step.cut.n == 0) {
		panel_empty(p, "Nothing is flagged: every fix that people "
		    "reported is proven, or was never asked for.");
		return (OK);
	}
	page_table(p, "Fixes that are not proven", HEADS,
	    sizeof(HEADS) / sizeof(HEADS[0]));
	for (i = 0; i < step.cut.n; i++)
		put_row(p, &rows[i]);
	page_table_end(p);
	panel_steps(p, &step);
	return (OK);
}

static void
put_trial(struct page *p, const char *tracker,
    const struct panel_trial *trial, size_t n)
{
	size_t i;

	page_cell(p, "Last test");
	for (i = 0; i < n; i++) {
		if (strcmp(trial[i].tracker, tracker) != 0)
			continue;
		page_badge(p, trial[i].good ? "good" : "failed");
		PAGE(p, " ");
		page_time(p, trial[i].time);
		PAGE(p, "<small>");
		page_text(p, trial[i].text);
		PAGE(p, "</small>");
	}
}

static void
put_tracker(struct page *p, const struct tracker *t,
    const struct panel_trial *trial, size_t n)
{
	int64_t success = metrics_success(t->url);

	page_row(p);
	page_cell(p, "Tracker");
	page_text(p, t->name);
	page_cell(p, "Place");
	page_text(p, t->url);
	page_cell(p, "Answered well");
	if (success > 0)
		page_time(p, success);
	else
		PAGE(p, "<span class=\"soft\">not yet</span>");
	put_trial(p, t->name, trial, n);
	page_cell(p, "Act");
	page_button(p, "test", "tracker", t->name, "Test");
}

static enum err
put_trackers(struct page *p, struct job *job)
{
	static const char *const heads[] = { "Tracker", "Place",
	    "Answered well", "Last test", "Act" };
	const struct panel_trial *trial;
	const struct tracker *t;
	size_t n;
	enum err e;

	if ((e = ledger_panel_trials(job, &trial, &n)) != OK)
		return (e);
	PAGE(p, "<h2>Trackers</h2>\n");
	page_table(p, "Trackers", heads, sizeof(heads) / sizeof(heads[0]));
	for (t = job->config->trackers; t != NULL; t = t->next)
		put_tracker(p, t, trial, n);
	page_table_end(p);
	return (OK);
}

enum err
panel_verification(struct page *p, struct job *job,
    const struct request *in)
{
	struct panel_week weeks[WEEKS];
	const char *life;
	size_t flag;
	enum err e;

	if ((e = panel_asked(job, in, "life", &life)) != OK)
		return (e);
	flag = flag_of(life);
	page_begin(p, job, in, PAGE_VERIFICATION, "Fix verification");
	PAGE(p, "<p class=\"lead\">Somebody said that these are fixed. They "
	    "stay here until it is proven: Trunk says that the test is "
	    "healthy and it stays so, or enough runs pass. Silence proves "
	    "nothing.</p>\n");
	if ((e = panel_said(p, job, in)) != OK ||
	    (e = put_tiles(p, job, flag)) != OK ||
	    (e = put_list(p, job, in, flag)) != OK ||
	    (e = ledger_panel_weeks(job, weeks, WEEKS)) != OK)
		return (e);
	panel_charts(p, weeks, WEEKS);
	return (put_trackers(p, job));
}
