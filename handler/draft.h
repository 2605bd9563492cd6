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
 * owners, the most common failures as code, the link to the test in Trunk
 * and, behind a rule at its end, why it was routed here (rule and owner
 * section with their lines).  Nothing that was not told leaves an empty
 * label.  Text of others is escaped (common/markup.h) and cannot format,
 * mention or break out.
 *
 * That of an investigation has what it found as well, and that of a pull
 * request which failed in the merge queue is about that.
 *
 * A description template stands instead of all but that end, to which the
 * link to Trunk goes then.  It is Markdown of the configuration's author, in
 * which \n is a new line; what stands for a {{name}} is text all the same,
 * also within backticks, fences and the target of a link.
 *
 * A title has at most 255 UTF-16 units, a body less than 60,000 code points
 * (Linear): failures are cut at 4,000, other values at 300, and a template
 * gets an ellipsis for a value when it gave 40,000 bytes.  What is too long
 * for Jira is cut by markup_adf() and markup_wiki(): code first, then the
 * text, never the end.
 */
enum err draft_write(struct job *, const struct event *,
    const struct route *, struct draft *);

/* What an event is about: a name, an id, or the type; never blank. */
const char *draft_subject(const struct event *);

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

/*
 * The same for a notice (handler/notify.h), which has names of its own
 * beside those of a ticket: the check, the i-th name, and what it stands for
 * ("" when not told, NULL without memory).
 */
struct notice;
enum err draft_notice_check(const char *template, struct why *why);
const struct draft_name *draft_notice_name(size_t i);
const char *draft_notice_value(struct arena *, size_t i,
    const struct event *, const struct notice *);

#endif
