#ifndef MARKUP_H_
#define MARKUP_H_

#include <stddef.h>

#include "common/err.h"

struct arena;

/*
 * Markdown (CommonMark with tables and strike-through, read by md4c) to what
 * Jira takes: the Atlassian Document Format (REST v3) and wiki text (REST
 * v2).  Both are valid by construction whatever the input: nesting that ADF
 * forbids is flattened (a heading in a quote becomes a strong paragraph, an
 * inner quote its content, a table in a list item its text), nothing is
 * empty but table cells, no markup of a text can end a block of ours.  HTML
 * is text, an image a link to it; links are those with http, https or mailto,
 * any other is its text.  Control bytes become blanks.
 *
 * ADF: https://developer.atlassian.com/cloud/jira/platform/apis/document/
 * Wiki: https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa
 *
 * limit is in bytes of the serialised result, at least 200; a longer text is
 * cut on a character boundary, the longest code blocks first, then from the
 * end, and says so with an ellipsis.  What follows the last thematic break
 * ("---") is kept all the same, unless it is longer than a fourth of the
 * limit: the place for what must be read.  The result lives in the arena.
 * ERR_NOMEM is the only failure.
 */
enum err markup_adf(struct arena *, const char *markdown, size_t limit,
    const char **json);
enum err markup_wiki(struct arena *, const char *markdown, size_t limit,
    const char **text);

/*
 * Text of somebody else's, escaped so that Markdown shows it as it is: one
 * line (control bytes become blanks, those at the ends go), nothing in it
 * formats, links, mentions or opens a fold.  Linear makes a mention of any
 * URL of its own, so "linear.app" gets an invisible word joiner (U+2060).
 * This and the two below take NULL for "" and return NULL without memory.
 */
const char *markup_escape(struct arena *, const char *);

/*
 * The same as a code span, with as many backticks as it needs; where that
 * is more than readers know (32), as markup_escape() has it.  Not for a table
 * cell: there a '|' splits even code.
 */
const char *markup_code(struct arena *, const char *);

/*
 * The same as a fenced block, with a fence longer than any inside; it keeps
 * its lines and tabs, begins on a new line and ends with a newline.
 */
const char *markup_block(struct arena *, const char *);

#endif
