#ifndef LEDGER_LIFE_H_
#define LEDGER_LIFE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/ledger_act.h"
#include "handler/life_plan.h"
#include "handler/types.h"

struct change;
struct job;

/*
 * How far a ticket is in its life, see handler/life.h.  The ticket is
 * claimed.  Arrays and their text are in the job's arena.  The failures are
 * those of handler/ledger.h.
 */
struct life_record {
	enum life_stage	 stage;
	int64_t		 since;		/* wall ms; 0: since it was made */
	int		 flaps;		/* times we reopened it */
	int64_t		 next;		/* a verdict may be due; 0: never */
	/* read only */
	bool		 followed;	/* its key has a newer generation */
	int64_t		 before;	/* row of the one before; 0: none */
	int64_t		 from;		/* what was before is not its own */
};

/* A test of a ticket. */
struct life_member {
	int64_t		 row;		/* see struct test_record */
	const char	*identity;
	struct test	 test;		/* name, and id of its scope */
};

/* What the rule that an event matched says of a ticket. */
struct life_worse {
	const char	*delivery;
	const char	*rule;
	const char	*priority;	/* NULL: nothing */
	int64_t		 due;		/* wall ms; 0: nothing */
};

enum err ledger_life_read(struct job *, int64_t ticket,
    struct life_record *);
enum err ledger_life_write(struct job *, int64_t ticket,
    const struct life_record *);

/* An event of that time asks for it: the oldest counts. */
enum err ledger_life_want(struct job *, int64_t ticket, int64_t time);

/*
 * The ticket of that key and generation, to read: it is not claimed.
 * ERR_ABSENT.
 */
enum err ledger_life_find(struct job *, const char *key, int generation,
    struct filing *);

/* All acts of a ticket, whatever came of them; of moves only the body. */
enum err ledger_life_acts(struct job *, int64_t ticket,
    const struct act **, size_t *n);

/* The tests whose ticket it is, by their rows. */
enum err ledger_life_tests(struct job *, int64_t ticket,
    const struct life_member **, size_t *n);

/*
 * The newest changes of a test, at most so many, by time; without what a life
 * does not depend on.
 */
enum err ledger_life_changes(struct job *, int64_t test, size_t most,
    const struct change **, size_t *n);

/*
 * Note it of a change that was noted before (ledger_note_change), as long as
 * that is kept.
 */
enum err ledger_life_note(struct job *, const struct life_worse *);

/* All that is noted of a test's changes. */
enum err ledger_life_worse(struct job *, int64_t test,
    const struct life_worse **, size_t *n);

/*
 * The row of the ticket whose verdict was due first, and by that time;
 * ERR_ABSENT when there is none.
 */
enum err ledger_life_due(struct job *, int64_t now, int64_t *ticket);

/*
 * What looks as if another automation kept tickets for the same tests.
 * Trunk's own closes a ticket the moment its test is healthy, and makes
 * tickets itself: see https://docs.trunk.io/flaky-tests/ticketing.
 */
enum {
	LIFE_RIVAL_AFTER = 2 * 60 * 1000	/* ms after HEALTHY */
};

struct life_rival {
	int64_t		 closed;	/* tickets that others closed so */
	const char	*closed_key;	/* the newest of them, or NULL */
	int64_t		 made;		/* tickets that Trunk showed first */
	const char	*made_key;	/* the newest of them, or NULL */
};

/* Since that time; for `check`. */
enum err ledger_life_rival(struct job *, int64_t since,
    struct life_rival *);

#endif
