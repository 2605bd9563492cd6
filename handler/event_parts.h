#ifndef EVENT_PARTS_H_
#define EVENT_PARTS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "handler/types.h"

/*
 * What each family of events tells besides the test (handler/types.h
 * includes this); one file in handler/events/ reads each.  Text that was
 * not told, or is empty or of another type, is NULL.
 */

/* What runs of a test failed with, as Trunk groups and counts it. */
struct failure {
	const char	*summary;
	int64_t		 count;		/* <= 0: not told */
	int64_t		 last;		/* wall ms; 0: not told */
};

/* https://docs.trunk.io/flaky-tests/webhooks */
struct monitor {
	const char	*id;
	const char	*type;		/* "pass_on_retry", ... */
	const char	*status;	/* as told */
	enum answer	 active;	/* no: resolved; unknown: a new word */
	const char	*evidence;	/* compact JSON, an array or object */
};

/* What an investigation found; content is Markdown with its links. */
struct fact {
	const char	*type;		/* "GIT_BLAME", ... */
	const char	*content;
	double		 confidence;	/* 0..1; < 0: not told */
};

/* Its confidence is event->confidence. */
struct investigation {
	const char	*id;
	const char	*trigger;	/* "AUTOMATIC", "MANUAL", "MCP", ... */
	const char	*summary;	/* Markdown */
	const char	*failure;	/* the message of the failure */
	const struct fact *facts;	/* those with a content */
	size_t		 nfacts;
};

enum quarantine_setting {
	QUARANTINE_UNKNOWN = 0,	/* not told, or a word we do not know */
	QUARANTINE_UNSPECIFIED,	/* as the repository has it */
	QUARANTINE_ALWAYS,	/* whatever its status */
	QUARANTINE_NEVER	/* whatever its status */
};

/*
 * A person overrode the quarantine of a test.  Who it was is not taken over:
 * nothing needs it, and event_redact() takes it out of the body.
 */
struct quarantine {
	enum quarantine_setting previous;
	enum quarantine_setting updated;
	const char	*previous_text;	/* as told */
	const char	*updated_text;
	const char	*reason;
};

/* Where a pull request or a batch is on its way through the merge queue. */
enum queue_step {
	QUEUE_STEP_UNKNOWN = 0,	/* never of an event that was read */
	QUEUE_STEP_SUBMITTED,	/* somebody wants it merged */
	QUEUE_STEP_QUEUED,	/* nothing is missing any more */
	QUEUE_STEP_TESTING,	/* tests run on its branch */
	QUEUE_STEP_PENDING_FAILURE, /* failed, unless others fail too */
	QUEUE_STEP_FAILED,	/* out of the queue */
	QUEUE_STEP_CANCELED,	/* taken out of it */
	QUEUE_STEP_MERGED	/* the end */
};

/* https://docs.trunk.io/merge-queue/webhooks */
struct queue_item {
	const char	*repository;	/* "host/owner/name" */
	bool		 batch;		/* several pull requests together */
	int64_t		 number;	/* of the one; 0: batch, or not told */
	const int64_t	*prs;		/* the one, or those of the batch */
	size_t		 nprs;
	enum queue_step	 step;
	const char	*suffix;	/* the step as a word, never NULL */
	const char	*reason;	/* "BISECTION_REQUIRED", ... */
	const char	*branch;	/* its tests run on it */
	const char	*target_branch;
	const char	*author;	/* of the one */
	const char	*url;		/* its page in Trunk */
	enum answer	 is_bisection;
};

#endif
