#ifndef DRAFT_TEXT_H_
#define DRAFT_TEXT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "handler/types.h"

struct arena;
struct buf;

/*
 * Private to draft*.c and effect*.c: pieces of Markdown from text of
 * somebody else's, and the names of a template.  A failure is the buf's, see
 * common/buf.h.
 */
#define DRAFT_ELLIPSIS	"\xe2\x80\xa6"	/* U+2026 */

/* Sizes that keep the whole below what the strictest tracker takes. */
enum {
	DRAFT_NAME = 500,	/* code points of a test's name */
	DRAFT_VALUE = 300,	/* of any other value */
	DRAFT_FAILURE = 4000,	/* of one failure's text */
	DRAFT_BYTES = 512 * 1024	/* more than all of them together */
};

/* A blank, control character, line separator or text direction? */
bool draft_blank(uint32_t point);

/* Is there something to see?  NULL is not. */
bool draft_told(const char *);

/* At most so many code points, an ellipsis after them if it was longer. */
const char *draft_cut(struct arena *, const char *, size_t points);

/* Text of theirs, cut: as a code span, as plain words, as a code block. */
void draft_code(struct buf *, const char *, size_t points);
void draft_words(struct buf *, const char *, size_t points);
void draft_block(struct buf *, const char *, size_t points);

/* Is it a web page that may be linked? */
bool draft_is_link(const char *url);

/*
 * A link's target, in which nothing can end it or start something: in angle
 * brackets, or without.
 */
void draft_target(struct buf *, const char *url);
void draft_url(struct buf *, const char *url);

/*
 * The next {{name}} at or after s: *name and *len without the blanks around
 * it, *after where the text goes on; returns where the braces open, or NULL.
 * Braces that never close give a NULL name.
 */
const char *draft_next(const char *s, const char **name, size_t *len,
    const char **after);

/* What a name stands for, as it is; "" when not told, NULL without memory. */
const char *draft_value(struct arena *, const char *name, size_t len,
    const struct event *, const struct route *);

/* A [tracker] description over an event, as Markdown that ends with \n. */
void draft_describe(struct buf *, const char *template,
    const struct event *, const struct route *);

/* Our own text, without the end that all texts have. */
void draft_body(struct buf *, const struct event *);

/* A line of such a text: "- **LABEL:** `text`", or nothing. */
void draft_line(struct buf *, const char *label, const char *text);

/* The same of when it happened, and whose time it is. */
void draft_since(struct buf *, const struct event *);

/* The text about a pull request that failed in the merge queue. */
void draft_queue(struct buf *, const struct event *);

/* What an investigation found, and whether it found anything. */
void draft_investigation(struct buf *, const struct event *);
bool draft_found(const struct event *);

#endif
