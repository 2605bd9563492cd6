#ifndef LEDGER_PANEL_H_
#define LEDGER_PANEL_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/ledger_act.h"
#include "handler/ledger_view.h"
#include "handler/types.h"

struct job;

/*
 * What the panel and /metrics ask of the ledger besides the lists of
 * handler/ledger_view.h; reads only, and each call costs about the same
 * however much the ledger holds.  Arrays and their text are in the job's
 * arena.  The failures are those of handler/ledger.h.
 *
 * A list is a page: it begins behind a mark, a zeroed one for the first page.
 */
enum {
	PANEL_PAGE = 50		/* rows */
};

struct panel_mark {
	int64_t		 time;
	int64_t		 row;
};

struct panel_cut {
	struct panel_mark after;	/* asked for */
	size_t		 n;		/* rows that were found ... */
	struct panel_mark next;		/* ... the mark of the last ... */
	bool		 more;		/* ... and whether others follow */
};

/* A ticket in a list. */
struct panel_ticket {
	struct panel_mark mark;
	int64_t		 row;
	const char	*key;		/* "PAY-12", or NULL */
	const char	*url;
	const char	*tracker;
	const char	*rule;
	const char	*owner;
	const char	*life;		/* "verifying", ...; "pending" */
	int64_t		 since;		/* of that; 0: since it was made */
	int64_t		 next;		/* a verdict may be due; 0: never */
	int64_t		 created;
	int64_t		 flaps;		/* times it was reopened */
	int64_t		 tests;		/* that share it */
	const char	*test;		/* name of the first ... */
	const char	*file;		/* ... and its file */
	const char	*status;	/* ... and its status ... */
	int64_t		 status_since;	/* ... since then; 0: not told */
	int64_t		 asked;		/* for a re-run, at; 0: no */
	int64_t		 begun;		/* that re-run, at; 0: never */
	const char	*by;		/* who asked for it */
};

enum panel_tickets {
	PANEL_ALL = 0,		/* newest first */
	PANEL_FLAGGED,		/* resolved or reopened, and not proven */
	PANEL_LIFE,		/* those of one stage of life */
	PANEL_FOUND		/* of that key, or with a test named so */
};

/* what: of PANEL_LIFE the stage, of PANEL_FOUND the text. */
enum err ledger_panel_tickets(struct job *, enum panel_tickets,
    const char *what, struct panel_cut *, const struct panel_ticket **);

/* One of them; ERR_ABSENT. */
enum err ledger_panel_ticket(struct job *, int64_t row,
    struct panel_ticket *);

/* The latest 20 acts of that ticket, newest first, their texts cut. */
enum err ledger_panel_acts(struct job *, int64_t row, const struct act **,
    size_t *n);

enum panel_deliveries {
	PANEL_RECEIVED = 0,	/* newest first */
	PANEL_DUE,		/* without effect yet, longest waiting first */
	PANEL_OF_TICKET		/* of that row, newest first, one page */
};

/* Without their bodies. */
enum err ledger_panel_deliveries(struct job *, enum panel_deliveries,
    int64_t ticket, struct panel_cut *, const struct view_delivery **);

/* One of them, by its id; ERR_ABSENT. */
enum err ledger_panel_delivery(struct job *, const char *id,
    struct view_delivery *);

/* What the merge queue told, the newest first; the row is the mark. */
struct panel_queue {
	int64_t		 row;
	const char	*delivery;
	const char	*repository;
	bool		 batch;
	int64_t		 number;	/* of the pull request; 0: none */
	const char	*step;		/* "testing", ... */
	const char	*reason;
	const char	*prs;		/* of a batch: "12, 15" */
	int64_t		 time;
};

enum err ledger_panel_queue(struct job *, struct panel_cut *,
    const struct panel_queue **);

#endif
