#ifndef MARKUP_TREE_H_
#define MARKUP_TREE_H_

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/err.h"

struct arena;

/*
 * Private to markup*.c: Markdown as a small tree that holds only what the
 * Atlassian Document Format allows where it allows it, and the writers that
 * turn the tree into text.
 *
 *	markup_tree_read(arena, markdown, &tree);
 *	markup_adf_write(&tree, &view, &buf);
 *
 * Nesting rules:
 * https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
 */
enum markup_kind {
	MARKUP_DOC,		/* blocks */
	MARKUP_PARA,		/* text; strong if it was a heading */
	MARKUP_HEADING,		/* text; in a DOC only */
	MARKUP_QUOTE,		/* blocks; in a DOC only */
	MARKUP_BULLETS,		/* ITEMs */
	MARKUP_NUMBERS,		/* ITEMs, counted from number */
	MARKUP_ITEM,		/* blocks, the first of them no list */
	MARKUP_CODE,		/* one TEXT; its link is the language */
	MARKUP_RULE,		/* in a DOC only */
	MARKUP_TABLE,		/* ROWs; in a DOC only */
	MARKUP_ROW,		/* HEADs or CELLs, never cut in the middle */
	MARKUP_HEAD,		/* text, or nothing */
	MARKUP_CELL,		/* text, or nothing */
	MARKUP_TEXT,		/* a run of one format */
	MARKUP_BREAK		/* a new line in a paragraph */
};

enum markup_mark {
	MARKUP_STRONG = 1,	/* **text** */
	MARKUP_EM = 2,		/* *text* */
	MARKUP_STRIKE = 4,	/* ~~text~~ */
	MARKUP_MONO = 8		/* `text` */
};

enum {
	MARKUP_DEPTH = 6	/* lists in lists; deeper ones are flattened */
};

#define MARKUP_ELLIPSIS	"\xe2\x80\xa6"	/* U+2026 */

struct markup_node {
	enum markup_kind	 kind;
	unsigned int		 marks;		/* of a TEXT or a PARA */
	unsigned int		 number;	/* level, or first number */
	bool			 implicit;	/* opened by its text */
	size_t			 flat;		/* open blocks left out here */
	size_t			 at;		/* place in the document */
	size_t			 end;		/* of a ROW */
	size_t			 start;		/* of a TEXT, in the pool */
	size_t			 len;
	const char		*link;		/* href or language, or NULL */
	struct markup_node	*parent;
	struct markup_node	*prev;
	struct markup_node	*next;
	struct markup_node	*first;
	struct markup_node	*last;
};

struct markup_tree {
	struct buf		 pool;		/* all text, in its order */
	struct markup_node	*root;
	size_t			 size;		/* places in it */
	size_t			 longest;	/* bytes of a code block */
	bool			 cut;		/* there was more */
};

/*
 * What of a tree is to be shown: places before end and those from tail on,
 * and at most code bytes of each code block.
 */
struct markup_view {
	size_t	end;
	size_t	tail;
	size_t	code;
};

/*
 * Read Markdown; whatever is in it, only ERR_NOMEM can happen.  The input is
 * mended to UTF-8 without control bytes; some 256 KiB of it are looked at.
 */
enum err markup_tree_read(struct arena *, const char *markdown,
    struct markup_tree *);

/* Is any of the node to be shown? */
bool markup_tree_kept(const struct markup_tree *, const struct markup_node *,
    const struct markup_view *);

/* How many bytes of a TEXT are, on a character boundary. */
size_t markup_tree_length(const struct markup_tree *,
    const struct markup_node *, const struct markup_view *);

/* Is any of the text before the tail missing? */
bool markup_tree_cut(const struct markup_tree *, const struct markup_view *);

/* Mended UTF-8 in which control bytes are blanks, except those of keep. */
void markup_tree_clean(struct buf *, const char *, size_t, const char *keep);

/* Write what the view shows; the buf's failure tells when it is too long. */
void markup_adf_write(const struct markup_tree *, const struct markup_view *,
    struct buf *);
void markup_wiki_write(const struct markup_tree *, const struct markup_view *,
    struct buf *);

#endif
