#ifndef POLICY_H_
#define POLICY_H_

#include <stdint.h>

#include "handler/dest.h"

struct config;
struct rule;

/*
 * What happens to a ticket over its life.  The first member of each enum, 0
 * and NULL are "nothing was said"; policy_of() leaves none of them.
 */
enum on_healthy {
	ON_HEALTHY_UNSET = 0,
	ON_HEALTHY_NONE,
	ON_HEALTHY_COMMENT,
	ON_HEALTHY_CLOSE
};

enum on_worse {			/* flaky became broken */
	ON_WORSE_UNSET = 0,
	ON_WORSE_COMMENT,
	ON_WORSE_RAISE,		/* priority and due date */
	ON_WORSE_IGNORE
};

enum on_resolved {
	ON_RESOLVED_UNSET = 0,
	ON_RESOLVED_VERIFY,
	ON_RESOLVED_TRUST
};

enum on_regression {		/* after the fix was proven */
	ON_REGRESSION_UNSET = 0,
	ON_REGRESSION_REOPEN,
	ON_REGRESSION_NEW,
	ON_REGRESSION_IGNORE
};

enum on_monitor {
	ON_MONITOR_UNSET = 0,
	ON_MONITOR_SECTION,	/* of the ticket's text, kept up to date */
	ON_MONITOR_COMMENT,
	ON_MONITOR_NONE
};

enum on_investigation {
	ON_INVESTIGATION_UNSET = 0,
	ON_INVESTIGATION_COMMENT,
	ON_INVESTIGATION_NONE
};

enum on_quarantine {
	ON_QUARANTINE_UNSET = 0,
	ON_QUARANTINE_NONE,
	ON_QUARANTINE_COMMENT,
	ON_QUARANTINE_PRIORITY	/* down to quarantined_priority, and back */
};

/* So many tickets in so long a time. */
struct budget {
	int		 n;		/* 0: nothing was said */
	int64_t		 per;		/* ms */
	const char	*text;		/* "30/h" */
};

enum over_budget {
	OVER_BUDGET_UNSET = 0,
	OVER_BUDGET_FOLD,	/* into one ticket per owner and cause */
	OVER_BUDGET_PARK	/* until the budget refills */
};

struct policy {
	enum on_healthy	 on_healthy;
	enum on_worse	 on_worse;
	enum on_resolved on_resolved;
	enum on_regression on_regression;
	int64_t		 verify_for;	/* ms a fix must hold */
	int		 verify_runs;	/* passing runs that prove it */
	int64_t		 reopen_within;	/* ms since it was proven */
	int		 flap_limit;	/* reopens until a person closes */
	enum on_monitor	 on_monitor;
	enum on_investigation on_investigation;
	enum on_quarantine on_quarantine;
	struct setting	 quarantined_priority;
	struct budget	 budget;	/* n 0: the rule has none */
	enum over_budget over_budget;
};

/*
 * What holds for a ticket over its life.  A ticket keeps the policy of the
 * rule that it was filed by (struct filing, rule), whatever a later event
 * would match: each key is the rule's where it says something, else that of
 * [defaults], else the built-in one.  A rule that the configuration no
 * longer has, or NULL, leaves [defaults].
 *
 *	const struct policy p = policy_of(job->config, filing->rule);
 *
 * Nothing in the result is unset.
 */
struct policy policy_of(const struct config *, const char *rule);

/* The same of a rule at hand; NULL: [defaults] alone. */
struct policy policy_of_rule(const struct config *, const struct rule *);

#endif
