#ifndef LEDGER_HISTORY_H_
#define LEDGER_HISTORY_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/types.h"

struct job;

/*
 * What came to pass with a test, and what else was told.  Every call may be
 * repeated after a crash: the delivery that tells a thing is its key.  A
 * test is given by its row (struct test_record).  Arrays and their text are
 * in the job's arena.  The failures are those of handler/ledger.h.
 *
 * Changes are kept as long as their test; the rest goes with `keep`, see
 * ledger_prune(), but for what still holds (an active monitor).
 */
enum {
	HISTORY_CHANGES = 200,	/* of a test, at most: the newest */
	HISTORY_EVIDENCE = 4096	/* bytes; longer evidence is left out */
};

/* A test changed its status; text that was not told is NULL. */
struct change {
	const char	*delivery;	/* that told it: once */
	int64_t		 time;		/* of the event */
	enum status	 status;
	enum status	 previous;
	const char	*type;		/* of the event, as told */
	const char	*monitor;	/* id of the one that caused it */
	const char	*monitor_type;
	const char	*reason;
	enum answer	 quarantined;
	enum healthy	 why_healthy;	/* as far as it is known by now */
};

/* A monitor of a test. */
struct monitor_record {
	const char	*id;
	const char	*type;		/* NULL: not told */
	bool		 active;
	int64_t		 time;		/* of the event that said so */
	const char	*said;		/* its status as told, or NULL */
	const char	*evidence;	/* JSON, or NULL */
};

/* A type of event that nothing but the record is made of. */
struct known {
	const char	*type;
	int64_t		 n;
	int64_t		 first;		/* wall ms, when received */
	int64_t		 last;
};

/* Of an event of FAMILY_STATUS; the same delivery again is nothing new. */
enum err ledger_note_change(struct job *, const struct event *,
    int64_t test, const char *delivery);

/*
 * The changes of a test in the order of their events.  At equal times the
 * broken come before the flaky and those before the healthy.
 */
enum err ledger_changes(struct job *, int64_t test, const struct change **,
    size_t *n);

/* Count an event of that type; the same delivery twice in a row is one. */
enum err ledger_note_known(struct job *, const char *type,
    const char *delivery);

/* All of them, by type. */
enum err ledger_known(struct job *, const struct known **, size_t *n);

/* A delivery came again, so many times, after its last answer. */
struct tried {
	const char	*id;
	int64_t		 tries;
	int64_t		 last;		/* wall ms */
};

/* Count those, in one step.  One that is not known any more is left out. */
enum err ledger_repeated(struct job *, const struct tried *, size_t n);

#endif
