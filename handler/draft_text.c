/*
 * Text of others into Markdown of ours: cut to so many code points, then made
 * code, escaped words or a block (common/markup.h).  A URL is a link only if
 * it is https or http, and bytes that could end it are escaped.
 */
#include "handler/draft_text.h"

#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/markup.h"
#include "common/utf8.h"

enum {
	URL_BYTES = 2000	/* of a URL that is still a link */
};

bool
draft_blank(uint32_t point)
{

	return (point <= 0x20 || (point >= 0x7f && point <= 0xa0) ||
	    (point >= 0x2028 && point <= 0x202e) ||
	    (point >= 0x2066 && point <= 0x2069) || point == 0xfeff);
}

bool
draft_told(const char *text)
{
	size_t left, n;

	if (text == NULL)
		return (false);
	for (left = strlen(text); left > 0; text += n, left -= n)
		if (!draft_blank(utf8_next(text, left, &n)))
			return (true);
	return (false);
}

const char *
draft_cut(struct arena *arena, const char *text, size_t points)
{
	size_t len, n;

	if (text == NULL)
		return (NULL);
	len = strlen(text);
	n = utf8_cut_points(text, len, points);
	if (n == len)
		return (text);
	return (arena_printf(arena, "%.*s" DRAFT_ELLIPSIS, (int)n, text));
}

/* The same for the three: cut, turned into Markdown, put. */
static void
put(struct buf *b, const char *text, size_t points,
    const char *turn(struct arena *, const char *))
{

	if ((text = draft_cut(b->arena, text, points)) == NULL)
		b->failed = true;
	else
		buf_str(b, turn(b->arena, text));
}

void
draft_code(struct buf *b, const char *text, size_t points)
{

	put(b, text, points, markup_code);
}

void
draft_words(struct buf *b, const char *text, size_t points)
{

	put(b, text, points, markup_escape);
}

void
draft_block(struct buf *b, const char *text, size_t points)
{

	put(b, text, points, markup_block);
}

bool
draft_is_link(const char *url)
{

	return (url != NULL && strlen(url) <= URL_BYTES &&
	    (strncasecmp(url, "https://", 8) == 0 ||
	    strncasecmp(url, "http://", 7) == 0));
}

void
draft_url(struct buf *b, const char *url)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#@!$'*+,;=%";

	for (; *url != '\0'; url++)
		if (strchr(safe, *url) != NULL)
			buf_char(b, *url);
		else if (*url == '&')
			buf_str(b, "\\&");
		else
			buf_printf(b, "%%%02X", (unsigned char)*url);
}

void
draft_target(struct buf *b, const char *url)
{

	buf_char(b, '<');
	draft_url(b, url);
	buf_char(b, '>');
}
