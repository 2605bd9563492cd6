#ifndef RECONCILE_LIST_H_
#define RECONCILE_LIST_H_

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "handler/ledger_view.h"
#include "handler/reconcile.h"
#include "handler/trunk_list.h"

struct arena;
struct job;
struct json;

/*
 * Which lists of Trunk's are to be read: those of the repositories that the
 * ledger's tests are of or that a rule names without a glob, and then that of
 * the test collections; of each the flaky and the broken.
 *
 *	reconcile_list_begin(&l, arena);
 *	for all tests of the ledger:
 *		reconcile_list_note(&l, job, &test);
 *	while ((e = reconcile_list_next(&l, job, &tests)) == OK)
 *		... tests is an array, in the job's arena, or NULL ...
 */
struct reconcile_place {
	struct repository repository;
	const char	*org;		/* the organization's slug, or NULL */
	struct reconcile_place *next;
};

struct reconcile_list {
	struct arena	*arena;		/* outlives the walk */
	struct reconcile_place *places;
	const struct reconcile_place *at;	/* NULL: collections */
	const char	*org;		/* of some test that was noted */
	struct trunk_list now;
	bool		 begun;		/* `now` is being read */
	bool		 named;		/* those of the rules are noted */
	int		 turn;		/* which list of a place is next */
	bool		 done;		/* there is none left */
	bool		 blind;		/* repositories were left out, since
					   no org is known, or none at all */
};

void reconcile_list_begin(struct reconcile_list *, struct arena *);

/* A test of the ledger: its repository is one to ask for.  ERR_NOMEM. */
enum err reconcile_list_note(struct reconcile_list *, struct job *,
    const struct view_test *);

/*
 * The next page; NULL where one list ended and others follow.  ERR_ABSENT
 * after the last one.  After another failure the rest of that list can be
 * left out by reconcile_list_skip().
 */
enum err reconcile_list_next(struct reconcile_list *, struct job *,
    const struct json **tests);
void reconcile_list_skip(struct reconcile_list *);

/* ---- tests that Trunk lists ---- */

/* A test and its status, told by Trunk's list or by the ledger. */
struct told {
	struct test	 test;
	const char	*status;	/* "flaky" */
	const char	*since;		/* as text; NULL: not told */
	const char	*reason;
};

/* Read one of trunk_list(); false: it lacks an id, a name or a status. */
bool reconcile_told(struct job *, enum scope, const struct json *,
    struct told *);

/*
 * The delivery that would have told it: its id begins with the prefix and is
 * the same for the same test, status and time.  ERR_NOMEM.
 */
enum err reconcile_mail(struct job *, const struct told *,
    const char *prefix, struct delivery *);

/*
 * Would that be news to us, and would the rules file a ticket?  False also
 * for one that has a ticket, and for one of a collection that looks like a
 * test of a repository that has one: their lists do not tell that they are
 * the same.  The mail is what deliver_again() takes.
 */
enum err reconcile_earlier(struct job *, const struct told *,
    struct delivery *, struct finding *, bool *found);

#endif
