/*
 * Markdown for a tracker that has another format and a limit on its length.
 * What is too long is written again with less, first of the code and then of
 * the text, in the same memory, until the widest view that fits is found; the
 * part behind the last rule (a line of its own) is kept whole.
 */
#include "common/markup.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/arena.h"
#include "common/markup_tree.h"

enum {
	LIMIT_MAX = 1 << 20,	/* no tracker takes more */
	TAIL_SHARE = 4,		/* of the limit, what a tail may have */
	CODE_LEAST = 512	/* bytes that a cut code block keeps, at best */
};

typedef void markup_write(const struct markup_tree *,
    const struct markup_view *, struct buf *);

/* One attempt after the other, all of them in the same memory. */
struct fit {
	struct markup_tree	 tree;
	struct markup_view	 view;
	struct buf		 buf;
	markup_write		*write;
};

static bool
fits(struct fit *f)
{
	f->buf.len = 0;
	f->buf.failed = false;
	f->write(&f->tree, &f->view, &f->buf);
	return (!f->buf.failed);
}

/* Raise *knob from what fits towards what does not, as far as it goes. */
static void
widen(struct fit *f, size_t *knob, size_t good, size_t bad)
{
	while (bad - good > 1) {
		*knob = good + (bad - good) / 2;
		if (fits(f))
			good = *knob;
		else
			bad = *knob;
	}
	*knob = good;
}

/* Where the part begins that is kept: the last rule, if little follows. */
static size_t
tail_of(const struct fit *f)
{
	const struct markup_node *n = f->tree.root->last;

	while (n != NULL && n->kind != MARKUP_RULE)
		n = n->prev;
	if (n == NULL || n->next == NULL || f->tree.cut ||
	    f->tree.size - n->at > f->buf.limit / TAIL_SHARE)
		return (SIZE_MAX);
	return (n->at);
}

/* Cut from the end, or before the tail if that leaves anything. */
static void
shorten(struct fit *f)
{
	f->view.end = 0;
	if (f->view.tail != SIZE_MAX && fits(f)) {
		widen(f, &f->view.end, 0, f->view.tail);
		return;
	}
	f->view.tail = SIZE_MAX;
	widen(f, &f->view.end, 0, f->tree.size);
}

/*
 * Find the widest view that fits: shorten code first, then the text.  true:
 * all of it does, and is written.
 */
static bool
narrow(struct fit *f)
{
	size_t least = f->buf.limit / 4;

	f->view.end = f->view.code = SIZE_MAX;
	f->view.tail = tail_of(f);
	if (fits(f))
		return (true);
	if (least > CODE_LEAST)
		least = CODE_LEAST;
	if (f->tree.longest > least) {
		f->view.code = least;
		if (fits(f)) {
			widen(f, &f->view.code, least, f->tree.longest);
			return (false);
		}
	}
	shorten(f);
	return (false);
}

static enum err
convert(struct arena *arena, const char *markdown, size_t limit,
    markup_write *write, const char **out)
{
	struct fit f = { .write = write };
	enum err e;

	if (limit > LIMIT_MAX)
		limit = LIMIT_MAX;
	if ((e = markup_tree_read(arena, markdown, &f.tree)) != OK)
		return (e);
	buf_init(&f.buf, arena, limit);
	/* All at once, so that only the limit can fail an attempt. */
	if ((f.buf.data = arena_alloc(arena, limit + 1)) == NULL)
		return (ERR_NOMEM);
	f.buf.size = limit + 1;
	if (!narrow(&f) && !fits(&f))
		return (ERR_NOMEM);
	*out = f.buf.data;
	return (OK);
}

enum err
markup_adf(struct arena *arena, const char *markdown, size_t limit,
    const char **json)
{
	return (convert(arena, markdown, limit, markup_adf_write, json));
}

enum err
markup_wiki(struct arena *arena, const char *markdown, size_t limit,
    const char **text)
{
	return (convert(arena, markdown, limit, markup_wiki_write, text));
}
