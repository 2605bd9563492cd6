#ifndef FILING_H_
#define FILING_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The last of the nouns (the first are in handler/types.h, which includes
 * this): a ticket's text, how far it has come, and what the sender is told.
 */

/* Text for people. */
struct draft {
	const char	*title;		/* one line, at most 255 code points */
	const char	*body;		/* Markdown */
};

enum stage {
	STAGE_NONE = 0,		/* nothing is on disk */
	STAGE_INTENT,		/* our key is on disk; nothing was sent */
	STAGE_SENT,		/* a create was sent; its outcome is unknown */
	STAGE_CREATED		/* the ticket exists */
};

enum link_stage {
	LINK_NONE = 0,		/* not tried, or failed for now */
	LINK_DONE,		/* Trunk shows the ticket */
	LINK_REFUSED,		/* refused until a person acts */
	LINK_SKIPPED		/* link = none */
};

/*
 * One ticket as far as it has come, and the link of one test to it; the
 * only value that outlives a request.  Made by the ledger.
 */
struct filing {
	int64_t		 row;		/* 0: not on disk yet */
	const char	*key;		/* the ticket key */
	int		 generation;	/* from 1 */
	enum stage	 stage;
	const char	*marker;	/* our handle at the tracker */
	const char	*tracker;	/* pinned when it was claimed */
	const char	*project;	/* pinned: team or project key */
	const char	*rule;		/* pinned: what chose, and where ... */
	int		 rule_line;
	const char	*owner;		/* ... the [owner] section, or NULL */
	int		 owner_line;
	const char	*note;		/* what was left out, or NULL */
	const char	*remote_id;	/* the tracker's lasting id */
	const char	*remote_key;	/* what people read: "PAY-12" */
	const char	*url;
	int64_t		 floor;		/* Jira: highest number known before */
	int64_t		 sent;		/* when the create was sent */
	int64_t		 looked;	/* when we last looked in vain */
	int		 looks;		/* how often, since it was sent */
	int		 attempts;	/* creates sent */
	int64_t		 wanted;	/* oldest event that asked; 0: ? */
	bool		 adopted;	/* it was there before us */
	bool		 fresh;		/* this request made or adopted it */
	enum link_stage	 link;
	int64_t		 refused;	/* since when the link is refused */
	bool		 asked;		/* Trunk shows none, seen now */
	int		 lock;		/* descriptors that hold the key ... */
	int		 test_lock;	/* ... and the test; -1: none */
};

enum outcome_kind {
	OUTCOME_NONE = 0,	/* not decided: an error */
	OUTCOME_CREATED,
	OUTCOME_ADOPTED,
	OUTCOME_EXISTS,
	OUTCOME_FOLDED,		/* into an umbrella: handler/storm.h */
	OUTCOME_REOPENED,
	OUTCOME_UPDATED,
	OUTCOME_CLOSED,
	OUTCOME_RECORDED,
	OUTCOME_PARKED,
	OUTCOME_IGNORED
};

enum {
	OUTCOME_HEADERS = 6
};

/* What the web server is told. */
struct outcome {
	int		 status;	/* HTTP */
	const char	*name;		/* "created", "tracker_refused", ... */
	const char	*type;		/* Content-Type */
	const char	*body;
	const char	*header[OUTCOME_HEADERS];	/* lines, or NULL */
};

#endif
