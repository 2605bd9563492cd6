#ifndef PANEL_BACKEND_H_
#define PANEL_BACKEND_H_

#include "common/err.h"
#include "handler/ledger_count.h"
#include "handler/ledger_panel.h"
#include "handler/ledger_rerun.h"

/*
 * What a backend shows on pages: each member does what the function of its
 * name in handler/ledger_panel.h promises.  What a call fills in is cleared
 * before, and the mark of a first page is before every row.  Lists have room
 * for PANEL_PAGE + 1; cut->n counts those that were found.  Of deliveries
 * marks[0] is where to begin, and each gets its mark.
 */
struct panel_backend {
	enum err	(*tickets)(struct job *, enum panel_tickets,
			    const char *what, struct panel_cut *,
			    struct panel_ticket *);
	enum err	(*ticket)(struct job *, int64_t row,
			    struct panel_ticket *);
	enum err	(*deliveries)(struct job *, enum panel_deliveries,
			    int64_t ticket, struct panel_mark *,
			    struct view_delivery *);
	enum err	(*acts)(struct job *, int64_t ticket, struct act **,
			    size_t *n);
	enum err	(*delivery)(struct job *, const char *id,
			    struct view_delivery *);
	enum err	(*queue)(struct job *, struct panel_cut *,
			    struct panel_queue *);
	enum err	(*census)(struct job *, const struct panel_census **,
			    size_t *n);
	enum err	(*weeks)(struct job *, struct panel_week *, size_t n);
	enum err	(*state)(struct job *, struct panel_state *);
	enum err	(*parked)(struct job *, const struct panel_parked **,
			    size_t *n);
	enum err	(*rerun)(struct job *, int64_t ticket,
			    const struct panel_request *, bool *asked);
	enum err	(*rerun_begin)(struct job *, int64_t ticket);
	enum err	(*rerun_over)(struct job *, int64_t ticket);
	enum err	(*note_trial)(struct job *,
			    const struct panel_trial *);
	enum err	(*trials)(struct job *, const struct panel_trial **,
			    size_t *n);
};

extern const struct panel_backend sql_panel;

/* Part of it, from other files. */
enum err sql_act_latest(struct job *, int64_t, struct act **, size_t *);
enum err sql_panel_census(struct job *, const struct panel_census **,
    size_t *);
enum err sql_panel_weeks(struct job *, struct panel_week *, size_t);
enum err sql_panel_state(struct job *, struct panel_state *);
enum err sql_panel_parked(struct job *, const struct panel_parked **,
    size_t *);
enum err sql_panel_rerun(struct job *, int64_t,
    const struct panel_request *, bool *);
enum err sql_panel_rerun_begin(struct job *, int64_t);
enum err sql_panel_rerun_over(struct job *, int64_t);
enum err sql_panel_note_trial(struct job *, const struct panel_trial *);
enum err sql_panel_trials(struct job *, const struct panel_trial **,
    size_t *);

#endif
