#ifndef LEDGER_LIST_H_
#define LEDGER_LIST_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/types.h"

struct job;

/*
 * What a ticket that several tests share lists of them.  A ticket whose key
 * begins with "test|" is one test's own and has no list.
 *
 *	ledger_list_of		has this test a ticket whose list is old?
 *	ledger_list_claim	lock the list, read what belongs in it
 *	(write it over there)
 *	ledger_list_note	what came of that
 *	ledger_list_release	the lock; also after a failure
 *
 * The ledger counts the changes to a list: a test that joins, and each new
 * status, name, file or page of one that is in it, in the same commit.  The
 * list is old until it was written with the last of them, so that no crash
 * and no refusal is forgotten.
 *
 * The lock is not the ticket's: who finds it taken leaves, since whoever has
 * it looks again when the list is written.  The failures are those of
 * handler/ledger.h.
 */
enum {
	LIST_SHOWN = 500	/* tests of a list by name, at most */
};

/* A test in a list; text that the ledger does not know is NULL. */
struct listed {
	const char	*name;
	const char	*file;
	const char	*variant;
	const char	*url;		/* its page in Trunk */
	enum status	 status;
	int64_t		 since;		/* of that status; 0: not known */
};

struct listing {
	struct filing	 filing;	/* to read: it is not claimed */
	int64_t		 changes;	/* so many are in it */
	const char	*written;	/* hash of what stands there, or NULL */
	const struct listed *tests;	/* by name, file, variant */
	size_t		 n;		/* at most LIST_SHOWN ... */
	int64_t		 total;		/* ... of so many */
	int		 lock;		/* descriptor; -1: none */
};

enum list_note {
	LIST_WRITTEN = 0,	/* it stands there */
	LIST_TRIED,		/* it does not: `sync` tries again */
	LIST_GONE		/* the ticket is gone: never again */
};

/* The row of the test's ticket if its list is old, else ERR_ABSENT. */
enum err ledger_list_of(struct job *, const struct test *, int64_t *row);

/*
 * ERR_BUSY at once when the list is in hand, ERR_ABSENT when it is not old
 * (any more).  Release it after any of them.
 */
enum err ledger_list_claim(struct job *, int64_t row, struct listing *);

/* hash: of what was written, at LIST_WRITTEN. */
enum err ledger_list_note(struct job *, const struct listing *,
    enum list_note, const char *hash);

/* Zeroed, never locked and twice are accepted. */
void ledger_list_release(struct job *, struct listing *);

/*
 * The row of the next ticket whose list is old and was last tried before
 * that time, or, by a clock that was wrong, in the future.  ERR_ABSENT when
 * there is none.
 */
enum err ledger_unlisted(struct job *, int64_t before, int64_t *row);

#endif
