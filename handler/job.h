#ifndef JOB_H_
#define JOB_H_

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

struct arena;
struct buf;
struct cache;
struct config;
struct http;
struct ledger;
struct repeats;
struct setup;
struct trunk_seen;

/*
 * What one request (or one step of a command) carries with it.  The worker
 * makes it, everything below borrows it.  job->config stays the same for
 * the whole life of the job, whatever is reloaded meanwhile.
 */
struct job {
	struct arena		*arena;		/* dies after the reply */
	const struct config	*config;
	struct ledger		*ledger;	/* once job_open() is OK */
	struct http		*http;
	struct setup		*setup;		/* keeps both alive */
	struct program		*late;		/* opens it; NULL: it is */
	struct cache		*cache;		/* names to ids */
	struct trunk_seen	*seen;		/* trunk_details.c's own */
	struct repeats		*repeats;	/* or NULL */
	int64_t			 started;	/* monotonic ms */
	int64_t			 deadline;	/* monotonic ms, for it all */
	int64_t			 now;		/* wall ms, read once */
	int			 retry_after;	/* seconds; 0: default */
	const char		*kind;		/* of event; NULL: not read */
	struct buf		*calls;		/* made; NULL: not kept */
	enum step {
		STEP_NONE,
		STEP_READS,	/* and writes nothing */
		STEP_WRITES
	}			 step;		/* of the ledger, begun */
	bool			 step_failed;	/* in a part of it */
	bool			 released;	/* `release`: past any budget */
	bool			 split;		/* off the ticket Trunk shows */
	bool			 insists;	/* `check`: see refused.h */
	bool			 denied;	/* by the tracker asked last:
						   it is about the
						   credentials */
	struct why		 why;		/* the sentence of the error */
};

/*
 * End this step: record the sentence and return e.
 *
 *	return (fail(job, ERR_UPSTREAM, "linear: …"));
 */
enum err fail(struct job *, enum err, const char *, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef __clang_analyzer__
/* What the analyser cannot see from here: the error comes back. */
#define fail(job, e, ...) ((void)fail(job, e, __VA_ARGS__), (e))
#endif

/*
 * Open the ledger unless it is.  A process for one request refuses what is
 * not signed without it.
 */
enum err job_open(struct job *);

/* OK while there is time left, else ERR_DEADLINE with its sentence. */
enum err job_time(struct job *, const char *before_what);

#endif
