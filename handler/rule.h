#ifndef RULE_H_
#define RULE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "handler/types.h"

/*
 * A [rule NAME] and an [owner NAME] of the file, as config_load() reads
 * them and route_find() uses them.  All of it lives as long as the
 * configuration and is never changed.
 */

/*
 * What a rule may ask with a list: any of the patterns, or none of them.
 * The clauses of a rule are looked at in this order, then those of
 * enum least, then `to`.
 */
enum match {
	MATCH_EVENT = 0,	/* type without its version prefix */
	MATCH_STATUS,		/* flaky broken healthy */
	MATCH_FROM,		/* the previous status */
	MATCH_REPOSITORY,	/* host/owner/name */
	MATCH_CODEOWNER,	/* any owner of the test, without case or @ */
	MATCH_FILE_PATH,
	MATCH_CLASSNAME,
	MATCH_NAME,
	MATCH_VARIANT,
	MATCH_MONITOR_TYPE,
	MATCH_QUARANTINED,	/* yes no */
	MATCH_SCOPE,		/* repository collection */
	MATCH_COUNT
};

struct matcher {
	const char	**pattern;	/* globs */
	size_t		 n;		/* 0: the rule does not ask */
	bool		 none;		/* "!": none of them */
	int		 line;
};

/* What a rule may ask with a number: at least that much. */
enum least {
	LEAST_FAILURE_RATE = 0,	/* of 7 days, 0..1 */
	LEAST_PRS,		/* pull requests impacted in 7 days */
	LEAST_CONFIDENCE,	/* of an investigation, 0..1 */
	LEAST_COUNT
};

struct minimum {
	double		 value;		/* 0: the rule does not ask */
	const char	*text;		/* as it stands in the file */
	int		 line;
};

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

struct rule {
	const char	*name;
	int		 line;
	struct matcher	 match[MATCH_COUNT];
	struct minimum	 least[LEAST_COUNT];
	enum action	 action;
	bool		 to_owner;	/* to = owner */
	struct setting	 dest[DEST_COUNT];
	struct field	*fields;
	struct policy	 policy;	/* what this rule says itself */
	struct rule	*next;
};

/* An [owner NAME]; compared without case and without a leading @. */
struct owner {
	const char	*name;
	int		 line;
	struct setting	 dest[DEST_COUNT];
	struct field	*fields;
	struct owner	*next;
};

#endif
