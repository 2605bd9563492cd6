#ifndef LIFE_OWN_H_
#define LIFE_OWN_H_

#include "handler/life_plan.h"

/*
 * Private to life_plan.c, life_do.c and life_judge.c: a life as it is lived
 * through.
 */

/* A test of the ticket, at this point of its life. */
struct life_seen {
	bool		 born;		/* it failed before */
	bool		 flaky;		/* it was flaky before */
	enum status	 status;
	const struct life_change *last;	/* that said so */
};

struct life {
	const struct life_input *in;
	struct life_plan *out;
	struct life_seen *seen;		/* in->ntests of them */
	enum remote_category there;	/* the tracker's, as far as is known */
	bool		 dropped;	/* it is closed without a fix there */
	enum life_stage	 hidden;	/* the stage before it was gone */
	bool		 ended;		/* another ticket follows */
	int64_t		 proven;
	size_t		 actable;	/* room for acts and notices */
	size_t		 noticeable;
	bool		 failed;	/* no memory */
};

/* ---- life_do.c: acts and notices ---- */

/* Plan it; returns it, or NULL without memory. */
struct life_act *life_act(struct life *, const char *key, const char *kind,
    const char *body);

void life_notice(struct life *, const char *on, int64_t time, size_t test,
    const char *text);

/* We move the ticket: what we planned before is needless. */
void life_overtake(struct life *, const char *why);

/* A person did: that stands, whatever came of a move of ours before. */
void life_overrule(struct life *, const char *why);

/* What a change of a test leads to. */
void life_healthy(struct life *, const struct life_change *);
void life_worse(struct life *, const struct life_change *);
void life_not_fixed(struct life *, const struct life_change *);
void life_regressed(struct life *, const struct life_change *);
void life_reopened(struct life *, const struct life_change *);

/* ---- life_judge.c: at the end ---- */

/* A verdict, if one can be given, and when to look again. */
void life_judge(struct life *);

#endif
