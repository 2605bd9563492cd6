#ifndef LIFE_PLAN_H_
#define LIFE_PLAN_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/ledger_act.h"
#include "handler/remote.h"
#include "handler/rule.h"

struct arena;

/*
 * What becomes of a ticket, as a pure function of all that is known of it:
 * no I/O, and time is an argument.
 *
 * Everything that came to pass is put in the order in which it happened,
 * whatever order it arrived in, and lived through once more.  Each act has a
 * key made of its cause, so that planning again adds nothing; an act that
 * something later made needless is planned too, as `overtaken`, so that the
 * keys do not depend on the order of arrival either.
 *
 * At equal times the healthy come first, then the flaky, the broken, our own
 * moves, the tracker's news and our verdicts: a failure at the instant of
 * the resolution is not one after it.
 */
enum life_stage {
	LIFE_OPEN = 0,		/* waits for somebody */
	LIFE_IN_PROGRESS,	/* somebody is on it */
	LIFE_VERIFYING,		/* resolved; the fix is not proven yet */
	LIFE_VERIFIED,		/* the fix held */
	LIFE_NOT_FIXED,		/* resolved, failed again, reopened */
	LIFE_NOT_PROVEN,	/* resolved, and nothing proves it */
	LIFE_BLOCKED,		/* closed without a fix: people want it so */
	LIFE_CLOSED,		/* by us, followed by another, or deleted */
	LIFE_FLAPPING,		/* reopened flap_limit times */
	LIFE_STAGES		/* how many there are */
};

/* A test of the ticket. */
struct life_test {
	const char	*name;		/* as people know it */
	const char	*tag;		/* its part of a key; "": it is alone */
	bool		 countable;	/* its runs can be asked for */
	/* of its runs since the resolution, if they were asked for */
	bool		 counted;
	int64_t		 passed;
	int64_t		 failed;
};

/* A test changed its status. */
struct life_change {
	int64_t		 time;
	size_t		 test;		/* which of the input's tests */
	enum status	 status;
	enum status	 previous;	/* as told */
	const char	*delivery;
	bool		 real;		/* HEALTHY: its monitor resolved */
	bool		 fake;		/* HEALTHY: known not to be a proof */
	const char	*why;		/* for people: "it was muted" */
	/* BROKEN: what the rule that it matched says of a ticket */
	const char	*rule;		/* NULL: none */
	const char	*priority;	/* NULL: nothing */
	int64_t		 due;		/* wall ms; 0: nothing */
};

/* What the tracker told. */
struct life_news {
	int64_t		 time;
	enum remote_category category;
	const char	*name;		/* of the state */
	const char	*resolution;
	bool		 gone;
	bool		 ours;		/* known to be an echo ... */
	bool		 others;	/* ... or to be none */
};

struct life_input {
	struct arena	*arena;
	struct policy	 policy;
	const char	*rule;		/* pinned, for people */
	const char	*wont_fix;	/* list of names */
	int64_t		 row;		/* of the ticket, for notices */
	int64_t		 from;		/* what was before is not ours */
	const struct life_test *tests;
	size_t		 ntests;
	const struct life_change *changes;
	size_t		 nchanges;
	const struct life_news *news;
	size_t		 nnews;
	const struct act *acts;		/* our own, of any state */
	size_t		 nacts;
	int64_t		 now;
	bool		 judge;		/* a verdict may be given */
};

struct life_act {
	const char	*key;
	const char	*kind;		/* see handler/ticket_acts.h */
	const char	*body;
	const char	*overtaken;	/* why it is needless; NULL: do it */
	bool		 overruled;	/* ... also when it may be under way */
};

struct life_notice {
	const char	*key;
	const char	*on;		/* "verified", ...: see [notify] */
	const char	*text;		/* one line */
	int64_t		 time;		/* of its cause */
	size_t		 test;		/* whose event it was */
};

struct life_plan {
	enum life_stage	 stage;
	int64_t		 since;		/* of that stage */
	int		 flaps;		/* times it was reopened by us */
	int64_t		 resolved;	/* last resolution; 0: none */
	int64_t		 next;		/* a verdict may be due; 0: never */
	int64_t		 renew;		/* failed then: wants another ticket */
	bool		 gone;
	struct life_act	*acts;
	size_t		 nacts;
	struct life_notice *notices;
	size_t		 nnotices;
};

enum {
	LIFE_ECHO_BEFORE = 2 * 60 * 1000,	/* ms: clocks differ */
	LIFE_ECHO_AFTER = 5 * 60 * 1000,	/* ms an echo may take */
	LIFE_RUNS_EVERY = 60 * 60 * 1000,	/* ms between two counts */
	LIFE_SILENCE = 2	/* times verify_for: then it is not proven */
};

/* ERR_NOMEM, else OK. */
enum err life_plan(const struct life_input *, struct life_plan *);

/* "open", "in_progress", ... */
const char *life_stage_name(enum life_stage);

/* Is the name in the list, whatever its capitals? */
bool life_listed(const char *list, const char *name);

#endif
