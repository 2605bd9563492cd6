#ifndef PASSAGE_H_
#define PASSAGE_H_

#include <stdbool.h>

#include "common/err.h"
#include "handler/effect.h"
#include "handler/ledger.h"
#include "handler/outcome.h"
#include "handler/storm.h"
#include "handler/types.h"

struct job;

/*
 * One delivery on its way (handler/deliver.c), and what it does to a ticket;
 * what points into it is the story to be told.  The event is read, routed
 * and noted before either of these is called; both may be repeated after a
 * failure or a crash at any instant, and both leave the ticket claimed, for
 * the caller to release.
 */
struct passage {
	struct delivery	 mail;
	struct event	 event;
	struct route	 route;
	struct filing	 filing;
	struct recall	 before;	/* final: answered for good already */
	struct scene	 scene;
	enum storm	 storm;
	bool		 lived;		/* what was due to it was tried */
	enum outcome_kind did;		/* to a ticket that was there before */
	struct story	 story;
	bool		 kept;		/* and what was answered, too: */
	struct outcome	 out;
};

/* Was this very delivery answered for good before? */
enum err passage_recall(struct job *, struct passage *);

/*
 * Its rule wants a ticket: from one that is due to one that exists, is linked
 * and had what is due to it.
 */
enum err passage_file(struct job *, struct passage *);

/* No rule wants one: what is due to the one that its test has, if any. */
enum err passage_visit(struct job *, struct passage *);

#endif
