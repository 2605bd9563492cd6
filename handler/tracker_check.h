#ifndef TRACKER_CHECK_H_
#define TRACKER_CHECK_H_

#include "common/err.h"

struct check;
struct config_reader;
struct target;
struct tracker;

/*
 * What `check` asks of a kind of tracker, see handler/check.h.  Nothing is
 * written over there; a fault is one cause and what to do, in job->why.
 */
struct tracker_check {
	/* Warnings about its section, with nobody asked; or NULL. */
	void (*doubt)(struct config_reader *, const struct tracker *);
	/*
	 * Can it be spoken to as its section says?  OK and a sentence about
	 * it in well.  NULL: always.
	 */
	enum err (*site)(struct check *, const struct tracker *,
	    const char **well);
	/*
	 * Can tickets be filed at that place?  NULL: check_resolve() is
	 * enough to know.
	 */
	enum err (*place)(struct check *, struct target *);
};

/* The kinds' own: jira_check.c, linear_check.c. */
void jira_doubt(struct config_reader *, const struct tracker *);
enum err jira_check(struct check *, const struct tracker *,
    const char **well);
enum err jira_check_place(struct check *, struct target *);
enum err linear_check(struct check *, const struct tracker *,
    const char **well);

#endif
