#ifndef TYPES_H_
#define TYPES_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "handler/delivery.h"

/*
 * The nouns of the story, in its order:
 *
 *	request -> delivery -> event -> route -> draft -> filing -> outcome
 *
 * Every string lives in the job's arena or in the configuration, and is
 * dead after the reply.  Times are milliseconds of the wall clock since the
 * epoch, deadlines milliseconds of the monotonic clock.  Text that was not
 * told is NULL (never ""), so that nothing prints an empty label.
 *
 * Requests and deliveries are in handler/delivery.h, what each family of
 * events tells in handler/event_parts.h, routes in handler/dest.h, and what
 * follows in handler/filing.h; this file includes them all.
 */

enum status {
	STATUS_UNKNOWN = 0,	/* not told, or a value we do not know */
	STATUS_HEALTHY,		/* ordered: a higher one wins at equal times */
	STATUS_FLAKY,
	STATUS_BROKEN
};

enum scope {
	SCOPE_REPOSITORY = 0,	/* ids of Trunk's v1 API */
	SCOPE_COLLECTION	/* ids of Trunk's v2 API */
};

enum answer {
	ANSWER_UNKNOWN = 0,	/* not told */
	ANSWER_NO,
	ANSWER_YES
};

/* Where the code is; all NULL when an upload had no repository. */
struct repository {
	const char	*host;		/* "github.com" */
	const char	*owner;		/* "acme", or "group/sub/group" */
	const char	*name;		/* "shop" */
	const char	*url;		/* as it was told */
};

/* Why a test became healthy; effect_healthy() decides. */
enum healthy {
	HEALTHY_UNKNOWN = 0,
	HEALTHY_RESOLVED,	/* the monitor that had flagged it says so */
	HEALTHY_MUTED,		/* nobody listens to that monitor now */
	HEALTHY_GONE,		/* that monitor was taken away */
	HEALTHY_MANUAL		/* a person said so */
};

struct test {
	const char	*id;		/* Trunk's, of that scope */
	enum scope	 scope;
	struct repository repository;
	const char	*name;
	const char	*parent;	/* suite */
	const char	*classname;
	const char	*file_path;
	const char	*variant;
	const char	*url;		/* its page in Trunk */
	const char	*ticket_url;	/* the ticket Trunk shows, v1 only */
	const char	**owners;	/* as told, in their order */
	size_t		 nowners;
	enum answer	 quarantined;
	double		 failure_rate;	/* of 7 days, 0..1; < 0: not told */
	int64_t		 pull_requests;	/* impacted in 7 days; < 0: not told */
	bool		 measured;	/* Trunk was asked: a 0 of these is 0 */
	const struct failure *failures;	/* the most common ones */
	size_t		 nfailures;
	/*
	 * Who it is, whatever Trunk's ids: host, owner, repository, file,
	 * parent or classname, name, variant, each followed by a newline.
	 */
	const char	*identity;
};

enum family {
	FAMILY_UNKNOWN = 0,	/* a type we never heard of, or none */
	FAMILY_KNOWN,		/* a test's status is a word we do not know */
	FAMILY_STATUS,		/* a test changed its status */
	FAMILY_MONITOR,		/* a monitor of a test did */
	FAMILY_INVESTIGATION,	/* why a test fails */
	FAMILY_QUARANTINE,	/* a person set a test's quarantine */
	FAMILY_QUEUE		/* the merge queue went on */
};

/* What happened to which test, whatever family and version told us. */
struct event {
	enum family	 family;
	const char	*type;		/* as told, e.g. "v2.test_case.…" */
	const char	*name;		/* the same without a version prefix */
	enum status	 status;	/* now */
	const char	*status_text;	/* as told, also one we do not know */
	enum status	 previous;
	enum healthy	 why_healthy;	/* of a change to healthy */
	int64_t		 time;		/* when it happened */
	bool		 time_is_ours;	/* not told: when we received it */
	const char	*reason;
	const char	*monitor_id;	/* which caused it */
	const char	*monitor_type;
	const char	*monitor_status; /* as told */
	double		 confidence;	/* 0..1; < 0: not told */
	bool		 example;	/* Trunk's published example */
	struct test	 test;		/* which it is about, or all NULL */
	/* of the family of that name, else NULL: handler/event_parts.h */
	const struct monitor *monitor;
	const struct investigation *investigation;
	const struct quarantine *quarantine;
	const struct queue_item *queue;
};

#include "handler/dest.h"
#include "handler/event_parts.h"
#include "handler/filing.h"

#endif
