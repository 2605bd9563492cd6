#ifndef ROUTE_H_
#define ROUTE_H_

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "handler/types.h"

struct config;
struct job;
struct owner;
struct rule;

/*
 * Whose is it?  Rules are read top down and the first that matches decides.
 * Pure: a function of the configuration and the event.
 *
 * A rule with action = ticket and no `event` means status changes, and with
 * no `status` flaky and broken.  With `to = owner` a rule matches only when
 * a code owner of the test has an [owner] section; the first one that has
 * decides.  An investigation and a failed pull request are filed only by a
 * rule whose `event` names them without a glob.  Each destination value is
 * the first found in: the rule, the owner, the tracker's section, [defaults].
 *
 * A metric that was not told counts as told: its clause holds.  So does a 0
 * that came with the event, where Trunk sends 0 for what it does not know,
 * unless test.measured says that Trunk was asked.
 *
 * OK with route->action ACTION_IGNORE and rule NULL when none matches.
 * ERR_CONFIG when a rule leads to no tracker (config_load refuses what can
 * be seen before), ERR_NOMEM.
 */
enum err route_find(struct job *, const struct event *, struct route *);

/*
 * The route of a rule that matches, for tests of that [owner] section (NULL:
 * of none); *route is zeroed before.  The failures are those of route_find().
 */
enum err route_lead(struct job *, const struct rule *, const struct owner *,
    struct route *);

/*
 * Does it depend on a metric that was not told which rule decides?  Then it
 * is worth asking Trunk for it, once, and routing again with test.measured
 * set.
 */
bool route_wants_metrics(struct job *, const struct event *);

/* What a rule says of an event, for people. */
struct verdict {
	const struct rule *rule;
	bool		 matched;
	bool		 reached;	/* no rule before it matched */
	const char	*clause;	/* key of the first that did not hold */
	const char	*why;		/* e.g. file_path is "a", wanted b */
	const char	*note;		/* "min_prs: not known ...", or NULL */
};

/*
 * Every rule in order, in the arena.  clause is NULL when it matched; why is
 * one line, and NULL when it was not reached.  ERR_NOMEM.
 */
enum err route_explain(struct job *, const struct event *,
    struct verdict **, size_t *n);

/*
 * When a ticket of that route is due that is filed for something that
 * happened at `since`: wall ms of 00:00 UTC of the day; 0: no due date.
 */
int64_t route_due(const struct route *, int64_t since);

/*
 * The ticket key: what one_ticket_per says, expanded.  "test" is the
 * identity (canonical: as the ledger knows it), "file", "classname",
 * "owner" what they say within one repository, anything else a template.
 * A pull request has one of its own, "pull_request|REPOSITORY|NUMBER".
 * Two events with one key share a ticket.  It begins with the word it comes
 * from, e.g. "file|github.com/acme/shop|src/a_test.go".  An event that
 * lacks the part falls back to "test".
 */
enum err route_key(struct job *, const struct event *, struct route *);

/*
 * Where a rule leads with that [owner] section (NULL: none): dest gets each
 * value.  The tracker, or NULL if none is named or there is no such section.
 */
const struct tracker *route_destination(const struct config *,
    const struct rule *, const struct owner *,
    struct setting dest[DEST_COUNT]);

/*
 * The rules and owners made ready for route_find(), in the arena of the
 * configuration; without it they are walked one by one.  ERR_NOMEM.
 */
enum err route_prepare(struct config *);

/*
 * Do the rule's action, `event` and `status` let this event through?  Its
 * other matchers are not looked at.
 */
bool route_admits(const struct rule *, const struct event *);

/* Would the rule file a ticket for something that is no change of status? */
bool route_files_others(const struct rule *);

/*
 * Does the glob match all of the text?  '*' matches within a path segment,
 * '**' across segments (and "**" + "/" also nothing), '?' one code point
 * but '/', everything else itself; nocase folds ASCII letters.  Linear in
 * practice and bounded in theory: no input makes it exponential.
 */
bool route_glob(const char *glob, const char *text, bool nocase);

#endif
