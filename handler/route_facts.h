#ifndef ROUTE_FACTS_H_
#define ROUTE_FACTS_H_

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "handler/rule.h"

struct arena;
struct config;

/*
 * What an event says to the clauses of rules; private to route.c and its
 * siblings.
 */

/* The key of a clause, and whether capitals count. */
struct route_clause {
	const char	*key;
	bool		 nocase;
};

extern const struct route_clause route_clauses[MATCH_COUNT];
extern const char *const route_least_keys[LEAST_COUNT];

/* What it says to one matcher. */
struct told {
	const char	*const *value;
	size_t		 n;		/* 0: not told */
};

struct facts {
	const struct event *event;
	const char	*one[MATCH_COUNT];
	struct told	 told[MATCH_COUNT];
	double		 amount[LEAST_COUNT];
	bool		 known[LEAST_COUNT];	/* is that amount true? */
	/* the first code owner with an [owner] section, and its text */
	const struct owner *owner;
	const char	*owner_told;
};

/*
 * All of them, in place: the struct points into itself and must not be
 * copied.  The arena has the path
 * of the repository; ERR_NOMEM.
 */
enum err route_facts(struct arena *, const struct config *,
    const struct event *, struct facts *);

/* The same but for the repository and the owner; cannot fail. */
void route_facts_few(const struct event *, struct facts *);

/* Does that clause of the rule hold? */
bool route_holds(const struct rule *, enum match, const struct facts *);
bool route_holds_least(const struct rule *, enum least,
    const struct facts *);
bool route_holds_owner(const struct rule *, const struct facts *);

/*
 * Does the rule name that event (NULL: any), without a glob, as one that may
 * have a ticket though no test changed its status by it?
 */
bool route_names(const struct rule *, const char *event);

/* Is it one that a rule could name so? */
bool route_may_file(const char *event);

/* Do all? */
bool route_matches(const struct rule *, const struct facts *);

#endif
