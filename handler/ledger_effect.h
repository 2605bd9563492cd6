#ifndef LEDGER_EFFECT_H_
#define LEDGER_EFFECT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/ledger_history.h"
#include "handler/types.h"

struct job;

/*
 * What the effects of events (handler/effect.h) ask of the ledger besides
 * the records of handler/ledger_history.h.  Every call may be repeated.  The
 * failures are those of handler/ledger.h.
 */

/* An active monitor of one of the tests of a ticket. */
struct watcher {
	const char	*test;		/* its name, or NULL */
	const char	*variant;	/* of the test, or NULL */
	struct monitor_record monitor;
};

enum {
	WATCHERS_MAX = 100	/* of a ticket, that are told */
};

/* A test is quarantined, or is not, by what one delivery tells. */
struct shield {
	const char	*delivery;	/* once */
	int64_t		 time;		/* of the event */
	enum answer	 quarantined;
};

struct shield_news {
	enum answer	 before;	/* by the event before it, or unknown */
	bool		 newest;	/* no later event is known */
};

/* A repository with a merge queue, and what of it is on record. */
struct queue_place {
	const char	*repository;
	int64_t		 prs;		/* events of one pull request */
	int64_t		 batches;	/* events of a batch */
	int64_t		 last;		/* wall ms, of the newest event */
};

/*
 * Note what a monitor says of a test that the ledger knows, by its id or its
 * identity; *row is the test's then.  Else, row 0, keep it until a test of
 * that id and scope is met, which then has that monitor: the monitor's event
 * may come before the status change that tells who the test is.  The newest
 * event wins, at equal times the one that says active.
 */
enum err ledger_hear_monitor(struct job *, const struct test *,
    const struct monitor_record *, int64_t *row);

/* The last that a monitor said of a test; ERR_ABSENT when it never did. */
enum err ledger_monitor(struct job *, int64_t test, const char *id,
    struct monitor_record *);

/* The active monitors of the tests of a ticket, by test, the oldest first. */
enum err ledger_watchers(struct job *, int64_t ticket,
    const struct watcher **, size_t *n);

/*
 * That monitor was resolved at that time: a change to healthy at about that
 * time that named it, and of which nobody knew why, is its doing.
 */
enum err ledger_note_resolved(struct job *, int64_t test, const char *monitor,
    int64_t time);

/* Note it, and tell what it follows: at equal times by arrival. */
enum err ledger_note_shield(struct job *, int64_t test, const struct shield *,
    struct shield_news *);

/* All of them, by name. */
enum err ledger_queue_places(struct job *, const struct queue_place **,
    size_t *n);

#endif
