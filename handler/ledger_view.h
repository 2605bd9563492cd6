#ifndef LEDGER_VIEW_H_
#define LEDGER_VIEW_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/types.h"

struct job;

/*
 * The ledger as people look at it; reads only.  A list is walked row by row:
 *
 *	struct view_mark mark = { .begun = false };
 *
 *	while ((e = ledger_view_tickets(job, &filter, &mark, &row)) == OK)
 *		... row lives in the job's arena, filter must not ...
 *	if (e != ERR_ABSENT)
 *		return (e);
 *
 * The mark is the key of the row it was left at, so that a page can begin
 * where another ended.  What is added meanwhile is met by a walk that has
 * the oldest first, and disturbs no other.  The failures are those of
 * handler/ledger.h.
 */

/* Narrows a list: NULL and 0 do not.  All that is given must hold. */
struct view_filter {
	int64_t		 since;		/* wall ms: of a delivery when it was
					   received first, of a ticket when it
					   was noted, of a test its status */
	int64_t		 until;
	const char	*outcome;	/* of tests: that of the ticket */
	const char	*rule;		/* as pinned, of deliveries: matched */
	const char	*owner;		/* [owner] section, without case or @ */
	const char	*ticket;	/* key or URL, as people read it */
	const char	*test;		/* id of Trunk's, or part of the name;
					   no filter of deliveries */
	const char	*name;		/* tests: all of it */
	const char	*id;		/* of a delivery */
	int64_t		 of;		/* tests: of the ticket of that row */
	bool		 oldest;	/* first; else the newest */
};

struct view_mark {
	bool		 begun;
	int64_t		 time;		/* of deliveries */
	int64_t		 row;
};

struct view_delivery {
	const char	*id;
	int64_t		 received;	/* first, wall ms */
	int64_t		 last;		/* tried */
	int64_t		 tries;
	const char	*type;		/* NULL: it was malformed */
	int64_t		 event_time;
	const char	*outcome;
	int		 status;	/* HTTP; 0: pending */
	bool		 final;
	bool		 due;		/* `sync` tries it again */
	const char	*answer;
	const char	*rule;
	const char	*why;
	const char	*calls;		/* of the last try, a line each */
	const char	*body;
	size_t		 len;
	int64_t		 ticket;	/* row; 0: none */
	const char	*ticket_key;	/* "PAY-12", or NULL */
	const char	*url;
	const char	*owner;
};

struct view_ticket {
	struct filing	 filing;	/* to read: it is not claimed */
	const char	*outcome;	/* created adopted unknown pending */
	int64_t		 created;	/* when it was noted, wall ms */
	const char	*life;		/* "open", "verifying", ... */
	int64_t		 life_since;
	int64_t		 tests;		/* that share it */
	int64_t		 linked;	/* of those, shown in Trunk ... */
	int64_t		 refused;	/* ... and refused there */
	const char	*test;		/* the name of the first of them */
};

/* A test's ids and links in the two scopes of Trunk's API. */
enum {
	VIEW_SCOPES = SCOPE_COLLECTION + 1
};

struct view_test {
	int64_t		 row;
	struct test	 test;		/* id and scope are not told */
	const char	*id[VIEW_SCOPES];	/* by enum scope, or NULL */
	const char	*link[VIEW_SCOPES];	/* none done refused skipped,
						   NULL: none was asked for */
	const char	*status;	/* "flaky" */
	int64_t		 status_time;	/* of the newest event */
	int64_t		 since;		/* of that status */
	const char	*why_healthy;	/* while it is; NULL: it is not */
	const char	*outcome;	/* of the ticket; NULL: it has none */
	struct filing	 ticket;	/* the newest; row 0: none */
};

enum err ledger_view_deliveries(struct job *, const struct view_filter *,
    struct view_mark *, struct view_delivery *);
enum err ledger_view_tickets(struct job *, const struct view_filter *,
    struct view_mark *, struct view_ticket *);
enum err ledger_view_tests(struct job *, const struct view_filter *,
    struct view_mark *, struct view_test *);

/* The newest generation of a ticket key; 0: there is none. */
enum err ledger_view_generation(struct job *, const char *key, int *);

/* A value of a row, for ledger_view_dump(). */
enum view_type {
	VIEW_NULL = 0,
	VIEW_INT,
	VIEW_TEXT,
	VIEW_BLOB
};

struct view_cell {
	const char	*name;		/* of the column */
	enum view_type	 type;
	int64_t		 n;
	const char	*data;		/* of text and blob, NUL-terminated */
	size_t		 len;
};

/*
 * Every row of every table, as they were at one moment; each is dead after
 * the call of put(), which ends it by false (ERR_LEDGER).  The job's
 * deadline holds for all of it.
 */
enum err ledger_view_dump(struct job *, bool (*put)(void *, const char *table,
    const struct view_cell *, size_t n), void *);

#endif
