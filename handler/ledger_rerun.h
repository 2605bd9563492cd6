#ifndef LEDGER_RERUN_H_
#define LEDGER_RERUN_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct job;

/*
 * What people pressed a button for.  The failures are those of
 * handler/ledger.h.
 */

struct panel_request {
	const char	*by;		/* who asks */
	int64_t		 due;		/* wall ms, when to look */
};

/*
 * Ask for one more look at whether a fix holds.  *asked is false when one
 * was asked for that is not over yet.  Only a ticket that is verifying or not
 * proven has one: ERR_ABSENT.  It is over when ledger_panel_rerun_over() says
 * so, or `sync` has looked.
 */
enum err ledger_panel_rerun(struct job *, int64_t ticket,
    const struct panel_request *, bool *asked);
enum err ledger_panel_rerun_begin(struct job *, int64_t ticket);
enum err ledger_panel_rerun_over(struct job *, int64_t ticket);

/* What came of the last "Test" of a tracker. */
struct panel_trial {
	const char	*tracker;
	int64_t		 time;
	bool		 good;
	const char	*text;		/* what was found, or NULL */
};

enum err ledger_panel_note_trial(struct job *, const struct panel_trial *);
enum err ledger_panel_trials(struct job *, const struct panel_trial **,
    size_t *n);

#endif
