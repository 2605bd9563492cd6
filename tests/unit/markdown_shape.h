#ifndef MARKDOWN_SHAPE_H_
#define MARKDOWN_SHAPE_H_

#include <md4c.h>
#include <string.h>

#include "common/buf.h"

/*
 * What a reader of Markdown makes of a text, by md4c itself: its shape (the
 * blocks and spans, without words), its words with runs of blanks as one,
 * and the targets of its links, a line each.
 */
struct shape {
	struct buf	 marks;
	struct buf	 words;
	struct buf	 links;
};

static int
shape_block(MD_BLOCKTYPE type, void *detail, void *to)
{
	struct shape *s = to;

	(void)detail;
	buf_printf(&s->marks, "B%d ", (int)type);
	buf_char(&s->words, type == MD_BLOCK_LI ? '\n' : ' ');
	return (0);
}

static int
shape_leave(MD_BLOCKTYPE type, void *detail, void *to)
{
	struct shape *s = to;

	(void)detail;
	buf_printf(&s->marks, "/B%d ", (int)type);
	buf_str(&s->words, "\n");
	return (0);
}

static int
shape_span(MD_SPANTYPE type, void *detail, void *to)
{
	struct shape *s = to;
	const MD_SPAN_A_DETAIL *a = detail;
	int i;

	buf_printf(&s->marks, "S%d ", (int)type);
	if (type == MD_SPAN_A) {
		buf_add(&s->links, a->href.text, a->href.size);
		for (i = 0; a->href.substr_offsets[i] < a->href.size; i++)
			if (a->href.substr_types[i] == MD_TEXT_ENTITY)
				buf_str(&s->links, " with an entity");
		buf_char(&s->links, '\n');
	}
	return (0);
}

static int
shape_end(MD_SPANTYPE type, void *detail, void *to)
{
	struct shape *s = to;

	(void)detail;
	buf_printf(&s->marks, "/S%d ", (int)type);
	return (0);
}

static int
shape_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE n, void *to)
{
	struct shape *s = to;
	MD_SIZE i;

	if (type != MD_TEXT_NORMAL && type != MD_TEXT_CODE)
		buf_printf(&s->marks, "T%d ", (int)type);
	for (i = 0; i < n; i++)
		if (text[i] != ' ' || (s->words.len > 0 &&
		    strchr(" \n", s->words.data[s->words.len - 1]) == NULL))
			buf_char(&s->words, text[i]);
	return (0);
}

/* Zero when all went well. */
static int
shape_of(struct arena *in, const char *markdown, struct shape *s)
{
	static const MD_PARSER parser = {
		.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH |
		    MD_FLAG_TASKLISTS | MD_FLAG_PERMISSIVEAUTOLINKS,
		.enter_block = shape_block,
		.leave_block = shape_leave,
		.enter_span = shape_span,
		.leave_span = shape_end,
		.text = shape_text,
	};

	buf_init(&s->marks, in, 1 << 20);
	buf_init(&s->words, in, 1 << 20);
	buf_init(&s->links, in, 1 << 20);
	return (md_parse(markdown, (MD_SIZE)strlen(markdown), &parser, s) ||
	    buf_text(&s->marks) == NULL || buf_text(&s->words) == NULL ||
	    buf_text(&s->links) == NULL);
}

#endif
