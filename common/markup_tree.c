/*
 * Markdown as a tree, made from what md4c calls back: a small set of blocks and
 * marks that Jira's formats have as well.  What is not in it is left out and
 * its text kept, so whatever is written becomes something that can be shown.
 * https://spec.commonmark.org/ https://github.com/mity/md4c
 */
#include "common/markup_tree.h"

#include <md4c.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/markup_entity.h"
#include "common/utf8.h"

enum {
	READ_MAX = 256 << 10,	/* bytes of Markdown that are looked at */
	POOL_MAX = 2 * READ_MAX, /* of text: some is ours */
	NODES_MAX = 8192,	/* more than 32,000 bytes can hold */
	EVENTS_MAX = 600000,	/* from md4c, which repeats table columns */
	LANGUAGE_MAX = 32	/* bytes of a code block's language */
};

/* Why a callback stops md4c, which forgets it unless it is negative. */
enum stop {
	STOP_FULL = -2,		/* enough: more cannot be shown */
	STOP_NOMEM = -1,	/* the arena is used up, or md4c has none */
	STOP_NOT = 0
};

struct builder {
	struct arena		*arena;
	struct markup_tree	*tree;
	struct markup_node	*cur;		/* the innermost open block */
	struct markup_node	*box;		/* with a task's box only */
	size_t			 nodes;
	size_t			 events;
	size_t			 lists;		/* open */
	unsigned int		 em, strong, strike, mono;
	unsigned int		 links;		/* open, images included */
	const char		*href;		/* of the outermost one */
	const char		*target;	/* the same, linkable or not */
	size_t			 before;	/* pool bytes when it opened */
};

void
markup_tree_clean(struct buf *out, const char *s, size_t n, const char *keep)
{
	uint32_t cp;
	size_t i, len;

	for (i = 0; i < n; i += len) {
		for (len = 0; i + len < n && s[i + len] >= 0x20 &&
		    s[i + len] < 0x7f;)
			len++;
		buf_add(out, s + i, len);
		if (len > 0)
			continue;
		cp = utf8_next(s + i, n - i, &len);
		if (cp == 0xfffd)
			buf_str(out, "\xef\xbf\xbd");
		else if ((cp < 0x20 && (cp == 0 || strchr(keep, (int)cp) ==
		    NULL)) || (cp >= 0x7f && cp < 0xa0))
			buf_char(out, ' ');
		else
			buf_add(out, s + i, len);
	}
}

static struct markup_node *
node_new(struct builder *b, enum markup_kind kind)
{
	struct markup_node *n, *parent = b->cur;

	if ((n = arena_alloc(b->arena, sizeof(*n))) == NULL)
		return (NULL);
	n->kind = kind;
	n->at = b->tree->pool.len + b->nodes++;
	n->parent = parent;
	if (parent == NULL)
		return (n);
	if ((n->prev = parent->last) != NULL)
		n->prev->next = n;
	else
		parent->first = n;
	parent->last = n;
	return (n);
}

static enum stop
block_open(struct builder *b, enum markup_kind kind)
{
	struct markup_node *n;

	if (b->nodes >= NODES_MAX)
		return (STOP_FULL);
	if ((n = node_new(b, kind)) == NULL)
		return (STOP_NOMEM);
	if (kind == MARKUP_BULLETS || kind == MARKUP_NUMBERS)
		b->lists++;
	b->cur = n;
	return (STOP_NOT);
}

/* Leave a block out: what is in it goes where we are. */
static enum stop
block_flatten(struct builder *b)
{
	b->cur->flat++;
	return (STOP_NOT);
}

static bool
may_be_empty(const struct markup_node *n)
{
	return (n->kind == MARKUP_DOC || n->kind == MARKUP_RULE ||
	    n->kind == MARKUP_HEAD || n->kind == MARKUP_CELL);
}

/* Drop the newline that ends a code block. */
static void
code_trim(struct builder *b, struct markup_node *code)
{
	struct markup_node *text = code->first;

	if (text == NULL)
		return;
	if (b->tree->pool.data[text->start + text->len - 1] == '\n')
		text->len--;
	if (text->len == 0)
		code->first = code->last = NULL;
	else if (text->len > b->tree->longest)
		b->tree->longest = text->len;
}

static void
block_close(struct builder *b)
{
	struct markup_node *n = b->cur, *parent = n->parent;

	b->cur = parent;
	if (n->kind == MARKUP_BULLETS || n->kind == MARKUP_NUMBERS)
		b->lists--;
	else if (n->kind == MARKUP_CODE)
		code_trim(b, n);
	n->end = b->tree->pool.len + b->nodes;
	if (n->first != NULL || may_be_empty(n))
		return;
	if ((parent->last = n->prev) != NULL)
		n->prev->next = NULL;
	else
		parent->first = NULL;
}

static void
close_implicit(struct builder *b)
{
	if (b->cur->implicit)
		block_close(b);
}

static bool
is_container(const struct markup_node *n)
{
	return (n->kind == MARKUP_DOC || n->kind == MARKUP_QUOTE ||
	    n->kind == MARKUP_ITEM);
}

/* Text goes into a paragraph, even if Markdown has none here. */
static enum stop
need_leaf(struct builder *b)
{
	enum stop stop;

	if (!is_container(b->cur))
		return (STOP_NOT);
	if ((stop = block_open(b, MARKUP_PARA)) == STOP_NOT)
		b->cur->implicit = true;
	return (stop);
}

static unsigned int
marks_now(const struct builder *b)
{
	unsigned int marks = b->cur->marks;

	if (b->strong > 0)
		marks |= MARKUP_STRONG;
	if (b->em > 0)
		marks |= MARKUP_EM;
	if (b->strike > 0)
		marks |= MARKUP_STRIKE;
	if (b->mono > 0)
		marks |= MARKUP_MONO;
	return (marks);
}

static enum stop
text_add(struct builder *b, const char *s, size_t len)
{
	struct buf *pool = &b->tree->pool;
	struct markup_node *n;
	unsigned int marks;
	enum stop stop;
	size_t fits;

	if (len == 0)
		return (STOP_NOT);
	if ((fits = utf8_cut_bytes(s, len, POOL_MAX - pool->len)) == 0)
		return (STOP_FULL);
	if ((stop = need_leaf(b)) != STOP_NOT)
		return (stop);
	marks = marks_now(b);
	n = b->cur->last;
	if (n == NULL || n->kind != MARKUP_TEXT || n->marks != marks ||
	    n->link != b->href || n->start + n->len != pool->len) {
		if (b->nodes >= NODES_MAX)
			return (STOP_FULL);
		if ((n = node_new(b, MARKUP_TEXT)) == NULL)
			return (STOP_NOMEM);
		n->marks = marks;
		n->link = b->href;
		n->start = pool->len;
	}
	buf_add(pool, s, fits);
	if (pool->failed)
		return (STOP_NOMEM);
	n->len += fits;
	return (fits < len ? STOP_FULL : STOP_NOT);
}

/* An attribute with its entities decoded, or NULL without memory. */
static const char *
attribute(struct builder *b, const MD_ATTRIBUTE *a)
{
	char utf8[MARKUP_ENTITY_MAX];
	struct buf out;
	size_t i, from, len;

	buf_init(&out, b->arena, READ_MAX);
	for (i = 0; a->text != NULL && a->substr_offsets[i] < a->size; i++) {
		from = a->substr_offsets[i];
		len = a->substr_offsets[i + 1] - from;
		if (a->substr_types[i] == MD_TEXT_ENTITY &&
		    markup_entity(a->text + from, len, utf8))
			buf_str(&out, utf8);
		else
			buf_add(&out, a->text + from, len);
	}
	return (buf_text(&out));
}

static enum stop
enter_list(struct builder *b, MD_BLOCKTYPE type, const void *detail)
{
	const MD_BLOCK_OL_DETAIL *ol = detail;
	enum stop stop;

	/* Jira wants something before a list in an item. */
	if (b->lists >= MARKUP_DEPTH ||
	    (b->cur->kind == MARKUP_ITEM && b->cur->first == NULL))
		return (block_flatten(b));
	if (type == MD_BLOCK_UL)
		return (block_open(b, MARKUP_BULLETS));
	if ((stop = block_open(b, MARKUP_NUMBERS)) == STOP_NOT)
		b->cur->number = ol->start;
	return (stop);
}

static enum stop
enter_item(struct builder *b, const MD_BLOCK_LI_DETAIL *li)
{
	enum stop stop;

	if (b->cur->kind == MARKUP_BULLETS || b->cur->kind == MARKUP_NUMBERS)
		stop = block_open(b, MARKUP_ITEM);
	else
		stop = block_flatten(b);
	if (stop != STOP_NOT || !li->is_task)
		return (stop);
	stop = text_add(b, li->task_mark == ' ' ? "\xe2\x98\x90 " :
	    "\xe2\x98\x91 ", 4);
	b->box = b->cur;
	return (stop);
}

static enum stop
enter_heading(struct builder *b, const MD_BLOCK_H_DETAIL *h)
{
	enum stop stop;

	if (b->cur->kind != MARKUP_DOC) {
		if ((stop = block_open(b, MARKUP_PARA)) == STOP_NOT)
			b->cur->marks = MARKUP_STRONG;
	} else if ((stop = block_open(b, MARKUP_HEADING)) == STOP_NOT)
		b->cur->number = h->level;
	return (stop);
}

static bool
is_language(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+#_.-");

	return (n > 0 && n <= LANGUAGE_MAX && s[n] == '\0');
}

static enum stop
enter_code(struct builder *b, const MD_BLOCK_CODE_DETAIL *code)
{
	const char *language;
	enum stop stop;

	if ((language = attribute(b, &code->lang)) == NULL)
		return (STOP_NOMEM);
	if ((stop = block_open(b, MARKUP_CODE)) == STOP_NOT)
		b->cur->link = is_language(language) ? language : NULL;
	return (stop);
}

static enum stop
enter_cell(struct builder *b, MD_BLOCKTYPE type)
{
	if (b->cur->kind == MARKUP_ROW)
		return (block_open(b, type == MD_BLOCK_TH ? MARKUP_HEAD :
		    MARKUP_CELL));
	block_flatten(b);
	return (b->cur->first == NULL ? STOP_NOT : text_add(b, " | ", 3));
}

/* What Markdown opens, as far as it is allowed here. */
static enum stop
enter(struct builder *b, MD_BLOCKTYPE type, const void *detail)
{
	bool top = b->cur->kind == MARKUP_DOC;

	switch (type) {
	case MD_BLOCK_QUOTE:
		return (top ? block_open(b, MARKUP_QUOTE) : block_flatten(b));
	case MD_BLOCK_UL:
	case MD_BLOCK_OL:
		return (enter_list(b, type, detail));
	case MD_BLOCK_LI:
		return (enter_item(b, detail));
	case MD_BLOCK_HR:
		return (top ? block_open(b, MARKUP_RULE) : block_flatten(b));
	case MD_BLOCK_H:
		return (enter_heading(b, detail));
	case MD_BLOCK_CODE:
		return (enter_code(b, detail));
	case MD_BLOCK_P:
		return (block_open(b, MARKUP_PARA));
	case MD_BLOCK_TABLE:
		return (top ? block_open(b, MARKUP_TABLE) : block_flatten(b));
	case MD_BLOCK_TR:
		return (block_open(b, b->cur->kind == MARKUP_TABLE ?
		    MARKUP_ROW : MARKUP_PARA));
	case MD_BLOCK_TH:
	case MD_BLOCK_TD:
		return (enter_cell(b, type));
	default:
		return (block_flatten(b));
	}
}

static int
enter_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
	struct builder *b = arg;

	if (++b->events > EVENTS_MAX)
		return (STOP_FULL);
	if (type == MD_BLOCK_P && b->cur->implicit && b->cur == b->box) {
		b->cur->implicit = false;
		return (STOP_NOT);
	}
	close_implicit(b);
	return ((int)enter(b, type, detail));
}

static int
leave_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
	struct builder *b = arg;

	(void)type;
	(void)detail;
	close_implicit(b);
	if (b->cur->flat > 0)
		b->cur->flat--;
	else
		block_close(b);
	return (STOP_NOT);
}

static bool
is_linkable(const char *url)
{
	return (strncasecmp(url, "https://", 8) == 0 ||
	    strncasecmp(url, "http://", 7) == 0 ||
	    strncasecmp(url, "mailto:", 7) == 0);
}

static enum stop
enter_link(struct builder *b, const MD_ATTRIBUTE *target)
{
	if (b->links++ > 0)
		return (STOP_NOT);
	if ((b->target = attribute(b, target)) == NULL)
		return (STOP_NOMEM);
	b->href = is_linkable(b->target) ? b->target : NULL;
	b->before = b->tree->pool.len;
	return (STOP_NOT);
}

/* A link without a text shows where it goes. */
static enum stop
leave_link(struct builder *b)
{
	enum stop stop = STOP_NOT;

	if (--b->links > 0)
		return (STOP_NOT);
	if (b->tree->pool.len == b->before &&
	    strncasecmp(b->target, "data:", 5) != 0)
		stop = text_add(b, b->target, strlen(b->target));
	b->href = NULL;
	return (stop);
}

static unsigned int *
span_count(struct builder *b, MD_SPANTYPE type)
{
	switch (type) {
	case MD_SPAN_EM:
		return (&b->em);
	case MD_SPAN_STRONG:
		return (&b->strong);
	case MD_SPAN_DEL:
		return (&b->strike);
	case MD_SPAN_CODE:
		return (&b->mono);
	default:
		return (NULL);
	}
}

static int
enter_span(MD_SPANTYPE type, void *detail, void *arg)
{
	struct builder *b = arg;
	unsigned int *count;

	if (++b->events > EVENTS_MAX)
		return (STOP_FULL);
	if (type == MD_SPAN_A)
		return ((int)enter_link(b,
		    &((MD_SPAN_A_DETAIL *)detail)->href));
	if (type == MD_SPAN_IMG)
		return ((int)enter_link(b,
		    &((MD_SPAN_IMG_DETAIL *)detail)->src));
	if ((count = span_count(b, type)) != NULL)
		++*count;
	return (STOP_NOT);
}

static int
leave_span(MD_SPANTYPE type, void *detail, void *arg)
{
	struct builder *b = arg;
	unsigned int *count;

	(void)detail;
	if (type == MD_SPAN_A || type == MD_SPAN_IMG)
		return ((int)leave_link(b));
	if ((count = span_count(b, type)) != NULL)
		--*count;
	return (STOP_NOT);
}

static enum stop
break_add(struct builder *b)
{
	enum stop stop;

	if ((stop = need_leaf(b)) != STOP_NOT)
		return (stop);
	if (b->nodes >= NODES_MAX)
		return (STOP_FULL);
	return (node_new(b, MARKUP_BREAK) == NULL ? STOP_NOMEM : STOP_NOT);
}

static int
on_text(MD_TEXTTYPE type, const MD_CHAR *s, MD_SIZE len, void *arg)
{
	struct builder *b = arg;
	char utf8[MARKUP_ENTITY_MAX];

	if (++b->events > EVENTS_MAX)
		return (STOP_FULL);
	if (type == MD_TEXT_BR)
		return ((int)break_add(b));
	if (type == MD_TEXT_SOFTBR)
		return ((int)text_add(b, " ", 1));
	if (type == MD_TEXT_ENTITY && markup_entity(s, len, utf8))
		return ((int)text_add(b, utf8, strlen(utf8)));
	return ((int)text_add(b, s, len));
}

static const MD_PARSER parser = {
	.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS |
	    MD_FLAG_NOHTML,
	.enter_block = enter_block,
	.leave_block = leave_block,
	.enter_span = enter_span,
	.leave_span = leave_span,
	.text = on_text,
};

enum err
markup_tree_read(struct arena *arena, const char *markdown,
    struct markup_tree *tree)
{
	struct builder b = { .arena = arena, .tree = tree };
	struct buf clean;
	const char *text;
	size_t len;
	int stop;

	memset(tree, 0, sizeof(*tree));
	buf_init(&tree->pool, arena, POOL_MAX);
	buf_init(&clean, arena, 3 * READ_MAX);
	len = strlen(markdown);
	if (len > READ_MAX) {
		len = utf8_cut_bytes(markdown, len, READ_MAX);
		tree->cut = true;
	}
	markup_tree_clean(&clean, markdown, len, "\t\n\r");
	if ((text = buf_text(&clean)) == NULL ||
	    (tree->root = node_new(&b, MARKUP_DOC)) == NULL)
		return (ERR_NOMEM);
	b.cur = tree->root;
	stop = md_parse(text, (MD_SIZE)clean.len, &parser, &b);
	if (stop != STOP_NOT && stop != STOP_FULL)
		return (ERR_NOMEM);
	tree->cut = tree->cut || stop == STOP_FULL;
	while (b.cur != tree->root)
		block_close(&b);
	tree->size = tree->pool.len + b.nodes;
	return (OK);
}

/* Bytes of a TEXT that the end of the view leaves. */
static size_t
length_before(const struct markup_tree *tree, const struct markup_node *n,
    const struct markup_view *view)
{
	size_t max = n->at < view->end ? view->end - n->at : 0;

	if (n->at >= view->tail)
		return (n->len);
	return (utf8_cut_bytes(tree->pool.data + n->start, n->len, max));
}

bool
markup_tree_kept(const struct markup_tree *tree, const struct markup_node *n,
    const struct markup_view *view)
{
	if (n->at >= view->tail)
		return (true);
	for (;; n = n->first) {
		if (n->kind == MARKUP_ROW && n->end > view->end)
			return (false);
		if (n->kind == MARKUP_TEXT)
			return (length_before(tree, n, view) > 0);
		if (n->first == NULL)
			return (n->at < view->end);
	}
}

size_t
markup_tree_length(const struct markup_tree *tree,
    const struct markup_node *n, const struct markup_view *view)
{
	size_t len = length_before(tree, n, view);

	if (n->parent->kind != MARKUP_CODE || len <= view->code)
		return (len);
	return (utf8_cut_bytes(tree->pool.data + n->start, n->len,
	    view->code));
}

bool
markup_tree_cut(const struct markup_tree *tree, const struct markup_view *view)
{
	return (tree->cut || view->end < tree->size);
}
