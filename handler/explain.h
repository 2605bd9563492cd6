#ifndef EXPLAIN_H_
#define EXPLAIN_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/err.h"
#include "handler/route.h"
#include "handler/tracker.h"
#include "handler/types.h"

struct buf;
struct job;
struct json;

/*
 * The way of one event, up to the request that would be sent, as
 * handler/deliver.c and handler/ticket.c go it; but nobody is asked, nothing
 * is sent, and the ledger is not opened.  So names stand where ids would,
 * and the ticket is taken to be the first of its key.
 *
 *	if ((e = explain_event(job, &mail, &x)) == OK)
 *		e = explain_print(job, &x, stdout);	or explain_json()
 */
struct explanation {
	struct event	 event;
	struct verdict	*verdict;	/* every rule, in order */
	size_t		 nverdicts;
	struct route	 route;
	bool		 asks;		/* Trunk would be asked for metrics */
	const char	*nothing;	/* why no ticket is filed; or NULL */
	/* of a ticket: */
	int64_t		 due;		/* wall ms of the day; 0: none */
	struct draft	 draft;
	struct filing	 filing;
	struct tracker_request request;
};

/*
 * job needs an arena, a configuration and a time.  ERR_MALFORMED with the
 * place when the body is no event, ERR_CONFIG when a rule leads nowhere,
 * ERR_NOMEM.
 */
enum err explain_event(struct job *, const struct delivery *,
    struct explanation *);

/* For people.  ERR_NOMEM, or ERR_LEDGER when it cannot be written. */
enum err explain_print(struct job *, const struct explanation *, FILE *);

/* The same as one JSON object in one line; NULL without memory. */
const char *explain_json(struct job *, const struct explanation *);

/* Where a value of the route comes from: "[owner @acme/web]", "built in". */
const char *explain_section(struct job *, const struct setting *);

/* Was that value said, and has the tracker of the route a use for it? */
bool explain_says(const struct route *, enum dest);

/* "matched", "no", "not reached". */
const char *explain_word(const struct verdict *);

/* One word for programs, some for people; the version of its type, from 1. */
const char *explain_family(const struct event *);
const char *explain_about(const struct event *);
int explain_version(const struct event *);

/* "2026-11-17", or NULL for no due date and without memory. */
const char *explain_day(struct job *, int64_t ms);

/*
 * Add JSON with an indent of two blanks for each level.  What a terminal
 * might obey is written as \u009b, so that the text stays the same JSON.
 */
void explain_pretty(struct buf *, const struct json *);

#endif
