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
 * empty, no markup of a text can end a block of ours.
 *
 * ADF: https://developer.atlassian.com/cloud/jira/platform/apis/document/
 * Wiki: https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa
 *
 * limit is in bytes of the serialised result; a longer text is cut on a
 * character boundary, the longest code block first, and says so with an
 * ellipsis.  The result lives in the arena.  ERR_NOMEM is the only failure.
 */
enum err markup_adf(struct arena *, const char *markdown, size_t limit,
    const char **json);
enum err markup_wiki(struct arena *, const char *markdown, size_t limit,
    const char **text);

/*
 * Text of somebody else's, escaped so that Markdown shows it as it is: one
 * line (control bytes become blanks), nothing in it formats, mentions or
 * opens a fold.
 */
const char *markup_escape(struct arena *, const char *);

/* The same as a code span, with as many backticks as it needs. */
const char *markup_code(struct arena *, const char *);

/* The same as a fenced block, with a fence longer than any inside. */
const char *markup_block(struct arena *, const char *);

#endif
