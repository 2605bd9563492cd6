/*
 * From what a page asks of the ledger to the backend, a page of rows at a
 * time.  One row more than is shown is asked for: it tells that others follow.
 */
#include "handler/ledger_panel.h"

#include <string.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledger_count.h"
#include "handler/ledger_rerun.h"
#include "handler/ledgers/backend.h"
#include "handler/ledgers/panel.h"

/* Monday, 1969-12-29, is where the ledger's weeks are counted from. */
#define WEEK	INT64_C(604800000)
#define MONDAY	INT64_C(259200000)

static const struct panel_backend *
panel_of(const struct job *job)
{

	return (job->ledger->backend->panel);
}

/* Room for a page, and for the row that tells that another one follows. */
static void *
get_room(struct job *job, size_t size)
{
	void *room = arena_alloc(job->arena, (PANEL_PAGE + 1) * size);

	if (room == NULL)
		(void)fail(job, ERR_NOMEM, "no memory for the list");
	return (room);
}

/* The row that is one too many only tells that others follow. */
static void
cut_off(struct panel_cut *cut)
{

	cut->more = cut->n > PANEL_PAGE;
	if (cut->more)
		cut->n = PANEL_PAGE;
}

/* The first page is behind a mark that is before every row. */
static void
begin(struct panel_cut *cut, bool ascending)
{

	cut->n = 0;
	cut->more = false;
	if (cut->after.row == 0 && !ascending)
		cut->after.time = cut->after.row = INT64_MAX;
}

enum err
ledger_panel_tickets(struct job *job, enum panel_tickets kind,
    const char *what, struct panel_cut *cut,
    const struct panel_ticket **rows)
{
	struct panel_ticket *room = get_room(job, sizeof(*room));
	enum err e;

	begin(cut, false);
	if ((*rows = room) == NULL)
		return (ERR_NOMEM);
	e = panel_of(job)->tickets(job, kind, what, cut, room);
	cut_off(cut);
	if (cut->n > 0)
		cut->next = room[cut->n - 1].mark;
	return (e);
}

enum err
ledger_panel_ticket(struct job *job, int64_t row, struct panel_ticket *ticket)
{

	memset(ticket, 0, sizeof(*ticket));
	return (panel_of(job)->ticket(job, row, ticket));
}

enum err
ledger_panel_deliveries(struct job *job, enum panel_deliveries kind,
    int64_t ticket, struct panel_cut *cut, const struct view_delivery **rows)
{
	struct view_delivery *room = get_room(job, sizeof(*room));
	struct panel_mark marks[PANEL_PAGE + 1];
	enum err e;

	begin(cut, kind == PANEL_DUE);
	if ((*rows = room) == NULL)
		return (ERR_NOMEM);
	marks[0] = cut->after;
	e = panel_of(job)->deliveries(job, kind, ticket, marks, room);
	for (; cut->n <= PANEL_PAGE && room[cut->n].id != NULL; cut->n++)
		continue;
	cut_off(cut);
	if (cut->n > 0)
		cut->next = marks[cut->n - 1];
	return (e);
}

enum err
ledger_panel_acts(struct job *job, int64_t row, const struct act **acts,
    size_t *n)
{
	struct act *all = NULL;
	enum err e;

	*n = 0;
	e = panel_of(job)->acts(job, row, &all, n);
	*acts = all;
	return (e);
}

enum err
ledger_panel_delivery(struct job *job, const char *id,
    struct view_delivery *delivery)
{

	memset(delivery, 0, sizeof(*delivery));
	return (panel_of(job)->delivery(job, id, delivery));
}

enum err
ledger_panel_queue(struct job *job, struct panel_cut *cut,
    const struct panel_queue **rows)
{
	struct panel_queue *room = get_room(job, sizeof(*room));
	enum err e;

	begin(cut, false);
	if ((*rows = room) == NULL)
		return (ERR_NOMEM);
	e = panel_of(job)->queue(job, cut, room);
	cut_off(cut);
	if (cut->n > 0)
		cut->next.row = room[cut->n - 1].row;
	return (e);
}

enum err
ledger_panel_census(struct job *job, const struct panel_census **rows,
    size_t *n)
{

	*rows = NULL;
	*n = 0;
	return (panel_of(job)->census(job, rows, n));
}

enum err
ledger_panel_weeks(struct job *job, struct panel_week *weeks, size_t n)
{
	int64_t now = (job->now + MONDAY) / WEEK;
	size_t i;

	memset(weeks, 0, n * sizeof(*weeks));
	for (i = 0; i < n; i++)
		weeks[i].begin = (now - (int64_t)(n - 1 - i)) * WEEK - MONDAY;
	return (panel_of(job)->weeks(job, weeks, n));
}

enum err
ledger_panel_state(struct job *job, struct panel_state *state)
{

	memset(state, 0, sizeof(*state));
	return (panel_of(job)->state(job, state));
}

enum err
ledger_panel_rerun(struct job *job, int64_t ticket,
    const struct panel_request *request, bool *asked)
{

	*asked = false;
	return (panel_of(job)->rerun(job, ticket, request, asked));
}

enum err
ledger_panel_rerun_begin(struct job *job, int64_t ticket)
{

	return (panel_of(job)->rerun_begin(job, ticket));
}

enum err
ledger_panel_rerun_over(struct job *job, int64_t ticket)
{

	return (panel_of(job)->rerun_over(job, ticket));
}

enum err
ledger_panel_parked(struct job *job, const struct panel_parked **rows,
    size_t *n)
{

	*rows = NULL;
	*n = 0;
	return (panel_of(job)->parked(job, rows, n));
}

enum err
ledger_panel_note_trial(struct job *job, const struct panel_trial *trial)
{

	return (panel_of(job)->note_trial(job, trial));
}

enum err
ledger_panel_trials(struct job *job, const struct panel_trial **rows,
    size_t *n)
{

	*rows = NULL;
	*n = 0;
	return (panel_of(job)->trials(job, rows, n));
}
