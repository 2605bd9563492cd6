#ifndef LIST_H_
#define LIST_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/progress.h"
#include "common/table.h"
#include "handler/job.h"
#include "handler/ledger_view.h"

struct config;
struct ledger;
struct program;
struct verb_args;

/*
 * What the commands that list or repair the ledger have in common: their
 * options, a ledger that must be there already, and the walk of a list.
 */
struct list_options {
	struct view_filter filter;	/* of the arguments' own text */
	int64_t		 span;		/* ms of --since; 0: not given */
	int64_t		 limit;		/* rows; 0: all */
	bool		 narrowed;	/* some filter was given */
	bool		 dry_run;	/* --dry-run */
	bool		 replace;	/* --replace */
	bool		 apply;		/* --apply */
};

/* Which of the options a command has. */
enum {
	LIST_FILTERS = 1 << 0,	/* since outcome rule owner test ticket */
	LIST_LIMIT = 1 << 1,
	LIST_DRY_RUN = 1 << 2,
	LIST_REPLACE = 1 << 3,
	LIST_APPLY = 1 << 4
};

/*
 * Take the options out of the arguments; the others stay in their order.
 * EXIT_DONE, or the exit status after saying what is wrong.
 */
int list_options(struct verb_args *, unsigned has, struct list_options *);

/*
 * Load the configuration and open the ledger that it names, as its owner; it
 * must be there, since a typing error must not make one.  EXIT_DONE, or
 * the exit status after saying why.  list_program() opens all else as well.
 */
int list_ledger(const struct verb_args *, struct config **,
    struct ledger **);
int list_program(const struct verb_args *, struct program **);

/*
 * A list being printed.  The job's arena is emptied before each row; its
 * deadline is that of the row.
 */
struct list {
	const struct list_options *options;
	struct view_filter filter;
	struct view_mark mark;
	struct job	 job;
	struct table	*table;
	struct progress	 progress;
	int64_t		 begun;		/* wall ms */
};

struct list_kind {
	const struct table_column *columns;
	size_t		 ncolumns;
	/*
	 * Read the next row and put its cells, or put nothing if the row is
	 * none of those that are wanted.  ERR_ABSENT after the last one.
	 */
	enum err	 (*next)(struct list *);
	bool		 named;		/* takes the id of the only row */
};

/* The whole command: options, ledger, list.  Its exit status. */
int list_run(struct verb_args *, const struct list_kind *);

/*
 * Is a delivery about that test, by Trunk's id or a part of the name?  What
 * its message says is in the event, as far as it could be read; job->now
 * becomes the time of the delivery.  A wanted NULL is any.
 */
bool list_about(struct job *, const struct view_delivery *,
    const char *wanted, struct event *);

/* The job of one step, with `patience` ms from now. */
void list_step(struct job *, int64_t patience);

#endif
