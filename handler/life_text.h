#ifndef LIFE_TEXT_H_
#define LIFE_TEXT_H_

#include <stdint.h>

#include "handler/life_plan.h"

/*
 * What an act of ours leaves on the ticket: what was done, the event, the
 * rule, the evidence, and how to stop it.  Markdown in which text of others
 * can format nothing.
 */
struct life_text {
	const char	*what;		/* a sentence */
	const struct life_change *change;	/* the event, or NULL */
	const char	*evidence;	/* a line, ours; NULL: none */
	const char	*stop;		/* "on_resolved = trust" */
};

enum {
	LIFE_TIME_MAX = 32,	/* bytes of "2026-10-01 12:30 UTC" */
	LIFE_SPAN_MAX = 32	/* bytes of "3 days" */
};

/* NULL without memory. */
const char *life_text(const struct life_input *, const struct life_text *);

/* "2026-10-01 12:30 UTC". */
const char *life_text_time(int64_t ms, char out[LIFE_TIME_MAX]);

/* "3 days", "5 hours", "12 minutes". */
const char *life_text_span(int64_t ms, char out[LIFE_SPAN_MAX]);

#endif
