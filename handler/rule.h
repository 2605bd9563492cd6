#ifndef RULE_H_
#define RULE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "handler/policy.h"
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
