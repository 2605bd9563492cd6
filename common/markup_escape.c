/*
 * Text into Markdown that shows just that text, as words, code or a block.
 * https://spec.commonmark.org/0.31.2/#backslash-escapes
 */
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/markup.h"
#include "common/markup_tree.h"

#define WORD_JOINER	"\xe2\x81\xa0"	/* U+2060: takes no room */

enum {
	ESCAPE_MAX = 4 << 20,	/* bytes of a result; the arena caps before */
	FENCE_LEAST = 3,	/* backticks that open a block */
	SPAN_MOST = 32		/* backticks around a span that md4c knows */
};

/*
 * Every text of theirs starts here.  The separators U+2028 and U+2029 end a
 * line for some readers.
 */
static char *
one_line(struct arena *arena, const char *s)
{
	struct buf out;
	char *p;

	buf_init(&out, arena, ESCAPE_MAX);
	if (s != NULL)
		markup_tree_clean(&out, s, strlen(s), "");
	buf_str(&out, "");
	if (buf_text(&out) == NULL)
		return (NULL);
	for (p = out.data; (p = strstr(p, "\xe2\x80")) != NULL; p += 2)
		if (p[2] == '\xa8' || p[2] == '\xa9')
			memcpy(p, "   ", 3);
	return (out.data);
}

/* Would the character at s[i] mean something to a reader of Markdown? */
static bool
is_special(const char *s, size_t i)
{
	switch (s[i]) {
	case '\\': case '`': case '*': case '_': case '{': case '}': case '[':
	case ']': case '<': case '>': case '#': case '+': case '|': case '~':
	case '&': case '!': case '@': case '^': case '$': case '=': case ':':
		return (true);
	case '-':
		return (i == 0);
	case '.':
		if (i >= 3 && strncasecmp(s + i - 3, "www", 3) == 0)
			return (true);
		return (i > 0 && strspn(s, "0123456789") == i);
	case ')':
		return (i > 0 && strspn(s, "0123456789") == i);
	default:
		return (false);
	}
}

const char *
markup_escape(struct arena *arena, const char *text)
{
	struct buf out;
	size_t i, len;
	char *s;

	if ((s = one_line(arena, text)) == NULL)
		return (NULL);
	s += strspn(s, " ");
	for (len = strlen(s); len > 0 && s[len - 1] == ' '; len--)
		;
	s[len] = '\0';
	buf_init(&out, arena, ESCAPE_MAX);
	for (i = 0; i < len; i++) {
		if (is_special(s, i))
			buf_char(&out, '\\');
		/* Linear makes a mention of any URL of its own. */
		if (s[i] == '.' && i >= 6 &&
		    strncasecmp(s + i - 6, "linear.app", 10) == 0)
			buf_str(&out, WORD_JOINER);
		buf_char(&out, s[i]);
	}
	return (buf_text(&out));
}

/* The length of the longest run of backticks. */
static size_t
longest_run(const char *s)
{
	size_t run = 0, max = 0;

	for (; *s != '\0'; s++) {
		run = *s == '`' ? run + 1 : 0;
		if (run > max)
			max = run;
	}
	return (max);
}

static void
add_fence(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_char(out, '`');
}

const char *
markup_code(struct arena *arena, const char *text)
{
	struct buf out;
	size_t fence, len;
	bool pad;
	char *s;

	if ((s = one_line(arena, text)) == NULL)
		return (NULL);
	len = strlen(s);
	if ((fence = longest_run(s) + 1) > SPAN_MOST)
		return (markup_escape(arena, text));
	/* One blank at each end is taken away again, unless all is blank. */
	pad = len == 0 || s[0] == '`' || s[len - 1] == '`' ||
	    (s[0] == ' ' && s[len - 1] == ' ' && strspn(s, " ") < len);
	buf_init(&out, arena, ESCAPE_MAX);
	add_fence(&out, fence);
	buf_str(&out, pad ? " " : "");
	buf_str(&out, s);
	buf_str(&out, pad && len > 0 ? " " : "");
	add_fence(&out, fence);
	return (buf_text(&out));
}

/* Line ends as Unix has them, in place. */
static void
unify_lines(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++) {
		if (*s == '\r' && s[1] == '\n')
			continue;
		*to++ = *s == '\r' ? '\n' : *s;
	}
	*to = '\0';
}

const char *
markup_block(struct arena *arena, const char *text)
{
	struct buf clean, out;
	size_t fence, len;

	buf_init(&clean, arena, ESCAPE_MAX);
	if (text != NULL)
		markup_tree_clean(&clean, text, strlen(text), "\t\r\n");
	buf_str(&clean, "");
	if (buf_text(&clean) == NULL)
		return (NULL);
	unify_lines(clean.data);
	fence = longest_run(clean.data) + 1;
	if (fence < FENCE_LEAST)
		fence = FENCE_LEAST;
	len = strlen(clean.data);
	buf_init(&out, arena, ESCAPE_MAX);
	add_fence(&out, fence);
	buf_char(&out, '\n');
	buf_str(&out, clean.data);
	if (len > 0 && clean.data[len - 1] != '\n')
		buf_char(&out, '\n');
	add_fence(&out, fence);
	buf_char(&out, '\n');
	return (buf_text(&out));
}
