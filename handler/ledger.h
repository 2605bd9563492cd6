#ifndef LEDGER_H_
#define LEDGER_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/types.h"

struct job;

/*
 * Our own durable record: deliveries with their outcome, tests with Trunk's
 * ids as aliases, tickets as far as they have come, links.  What a call
 * reports as done is on disk (fsync) when it returns.
 *
 * The order of a delivery that files a ticket:
 *
 *	ledger_recall		was it answered for good already?
 *	ledger_meet		who is this test, whatever its id?
 *	ledger_claim		lock the ticket key, read how far it has come
 *	ledger_intend		our word, before anything is created
 *	ledger_advance		after each step that was done over there
 *	ledger_finish		the outcome, before the answer
 *	ledger_release		the lock; also after a failure
 *
 * The lock is the kernel's: a crash frees it.  Everything between claim and
 * release is alone with its ticket key, across threads and processes.
 *
 * Failures are ERR_LEDGER (say so and let the sender repeat), ERR_DEADLINE
 * (the database was taken for too long), ERR_BUSY (ledger_claim: the ticket
 * key was), ERR_NOMEM.  After any of them the ledger can be used again.
 * One file in ledgers/ per kind of store.  What `sync` and /ready ask is in
 * handler/ledger_sweep.h; other records have headers of their own:
 * ledger_list.h ledger_act.h ledger_history.h ledger_queue.h.  Several calls
 * in one commit: ledger_step.h.
 */
struct ledger;

/* A delivery as it was answered before. */
struct recall {
	bool		 final;		/* the same again: answer it again */
	int		 status;
	const char	*outcome;
	const char	*answer;	/* the JSON we sent */
	int		 tries;
	const char	*type;		/* of the event; NULL: it had none */
	int64_t		 first_refused;	/* 502 since then; 0: no */
	int64_t		 ticket;	/* row of the one it led to; 0: none */
};

/* What is known of a test. */
struct test_record {
	int64_t		 row;		/* 0: unknown */
	const char	*identity;	/* canonical */
	enum status	 status;	/* newest by event time */
	int64_t		 status_time;
};

/* What ledger_finish() writes of a delivery. */
struct finish {
	const struct delivery	*mail;
	const struct event	*event;		/* NULL: it was malformed */
	int64_t			 test;		/* row, if ledger_meet() did */
	const char		*outcome;	/* "created", "upstream", ... */
	int			 status;
	bool			 final;
	const char		*answer;
	const char		*rule;		/* NULL: none */
	const char		*why;		/* NULL: no error */
	const char		*calls;		/* made, or NULL */
	const struct filing	*filing;	/* NULL: no ticket */
	bool			 storm;		/* parked over a budget */
};

/*
 * Open (and create, mode 0600) the ledger at url, "sqlite:/path", or the one
 * in a database, "postgresql://host/name".  An older schema is brought up to
 * date, a newer one is ERR_CONFIG with a sentence.
 */
enum err ledger_open(const char *url, struct ledger **, struct why *);
void ledger_close(struct ledger *);

/* Can it be written?  For /ready and check. */
enum err ledger_probe(struct ledger *, struct why *);

/* ERR_ABSENT when this id was never seen. */
enum err ledger_recall(struct job *, const char *id, struct recall *);

/*
 * The test of an event: by Trunk's id and scope, else by its identity.
 * ERR_ABSENT when neither is known.  Reads only.
 */
enum err ledger_test(struct job *, const struct test *, struct test_record *);

/*
 * The same, but a test or an id that is new is written down first, so that
 * two events of one id are one test also when they come at once and tell
 * different parts of it.
 */
enum err ledger_meet(struct job *, const struct test *, struct test_record *);

/*
 * Has that test a ticket, or is one about to be made?  Where a step says no,
 * whoever makes one later finds what the step wrote.
 */
enum err ledger_ticketed(struct job *, int64_t test, bool *);

/*
 * Lock the test and the ticket key (until ledger_release) and read its newest
 * generation and the state of this test's link to it; stage STAGE_NONE and
 * generation 1 when there is none.  A test that has a ticket keeps it: then
 * filing->key is the key of that ticket, whatever was proposed.  A ticket of
 * no test (its identity is NULL, here and in the calls below) has no links.
 */
enum err ledger_claim(struct job *, const char *key, const struct test *,
    struct filing *);

/*
 * Lock the ticket of that row and read it, for a part that has no test of it
 * in hand; it may not be given to what writes a link.  ERR_ABSENT when
 * there is none.
 */
enum err ledger_take(struct job *, int64_t row, struct filing *);

/*
 * Insert the ticket with its marker, its pinned tracker and project, and
 * what chose them, as STAGE_CREATED when it was found, else as STAGE_INTENT;
 * the test with its alias; the delivery, if there is one, with its body as
 * pending.  One commit.
 */
enum err ledger_intend(struct job *, const struct delivery *,
    const struct event *, struct filing *);

/* Write the filing as it is now (ticket and the link of this test). */
enum err ledger_advance(struct job *, const struct test *,
    const struct filing *);

/*
 * Write the outcome; insert or update the test (its status by event time:
 * newer wins, at equal times the worse) and the delivery.  One commit.
 */
enum err ledger_finish(struct job *, const struct finish *);

/* Give the lock back; NULL, zeroed, never locked and twice are accepted. */
void ledger_release(struct job *, struct filing *);

#endif
