#ifndef DRAFT_H_
#define DRAFT_H_

#include <stddef.h>

#include "common/err.h"
#include "handler/types.h"

struct arena;
struct job;

/*
 * The ticket's text, a pure function of event and route: a title from the
 * title template, and a body in Markdown that says what, where, since when,
 * the transition, failure rate and pull requests where known, quarantine,
 * owners, why it was routed here (rule and its line, owner), the link to
 * the test in Trunk.  Nothing that was not told leaves an empty label.
 * Text of others is escaped (common/markup.h) and cannot format, mention or
 * break out.
 */
enum err draft_write(struct job *, const struct event *,
    const struct route *, struct draft *);

/*
 * Expand {{name}} in a template over an event.  Unknown names were refused
 * when the configuration was loaded; a name that was not told expands to
 * nothing.  The result is plain text, not escaped; NULL without memory.
 * route may be NULL: then nothing of it was told.
 */
const char *draft_expand(struct arena *, const char *template,
    const struct event *, const struct route *);

/* OK, or ERR_CONFIG that names the unknown {{name}} and the nearest one. */
enum err draft_check(const char *template, struct why *);

/* A name that a template may use, and a line of help for the manual. */
struct draft_name {
	const char	*name;
	const char	*help;
};

/* The i-th of them from 0, or NULL after the last. */
const struct draft_name *draft_name(size_t i);

#endif
