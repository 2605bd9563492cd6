#ifndef REMOTE_H_
#define REMOTE_H_

#include <stdbool.h>
#include <stdint.h>

/* How far people are with a ticket, whatever its tracker calls it. */
enum remote_category {
	REMOTE_UNKNOWN = 0,	/* a word we do not know: do nothing */
	REMOTE_OPEN,		/* waits */
	REMOTE_STARTED,		/* somebody is on it */
	REMOTE_DONE,		/* done */
	REMOTE_DROPPED		/* closed without a fix: canceled, duplicate */
};

/* A ticket as its tracker shows it now. */
struct remote_state {
	enum remote_category category;
	const char	*name;		/* of the state, as people see it */
	const char	*resolution;	/* Jira; NULL: none */
	const char	*resolution_id;
	int64_t		 updated;	/* wall ms; 0: not told */
	int64_t		 since;		/* of that category; 0: not told */
	const char	*remote_key;	/* now; it may have been moved */
	const char	*url;
	bool		 gone;		/* deleted, in the trash, archived */
};

#endif
