/*
 * One section of a description, between lines that survive what Linear does
 * to Markdown when it stores it.
 */
#include "handler/linear.h"

#include <string.h>

#include "common/buf.h"
#include "handler/job.h"

enum {
	TEXT_MAX = 128 * 1024,	/* bytes of a whole description */
	INDENT = 3,		/* blanks before a heading or a fence */
	LEVEL_MAX = 3		/* of a heading that ends a section */
};

/* A line: where it is, and what it says without blanks at its ends. */
struct line {
	const char	*at;
	const char	*next;		/* the line after it */
	const char	*text;
	size_t		 len;		/* of text */
	size_t		 indent;
};

/* What a code fence was opened with. */
struct fence {
	char	 mark;			/* '\0': none is open */
	size_t	 n;
};

static bool
next_line(const char **at, struct line *l)
{
	const char *end;

	if (**at == '\0')
		return (false);
	l->at = *at;
	end = *at + strcspn(*at, "\n");
	l->next = *end == '\n' ? end + 1 : end;
	l->indent = strspn(*at, " ");
	l->text = l->at + l->indent;
	while (end > l->text && strchr(" \t\r", end[-1]) != NULL)
		end--;
	l->len = (size_t)(end - l->text);
	*at = l->next;
	return (true);
}

static size_t
run_of(const struct line *l, char c)
{
	size_t n = 0;

	while (n < l->len && l->text[n] == c)
		n++;
	return (n);
}

/* Does the line belong to a fenced block, its fences included? */
static bool
is_fenced(const struct line *l, struct fence *f)
{
	char mark = f->mark != '\0' ? f->mark :
	    l->len > 0 && *l->text == '~' ? '~' : '`';
	size_t n = l->indent > INDENT ? 0 : run_of(l, mark);

	if (f->mark != '\0') {
		if (n >= f->n && n == l->len)
			f->mark = '\0';
		return (true);
	}
	if (n < 3 || (mark == '`' &&
	    memchr(l->text + n, '`', l->len - n) != NULL))
		return (false);
	f->mark = mark;
	f->n = n;
	return (true);
}

/* The level of a heading, or 0. */
static size_t
level_of(const struct line *l)
{
	size_t n = l->indent > INDENT ? 0 : run_of(l, '#');

	return (n <= 6 && (n == l->len || l->text[n] == ' ') ? n : 0);
}

/* Is it that text, whatever was escaped with a backslash? */
static bool
says(const char *text, size_t len, const char *want)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] == '\\' && *want != '\\' && i + 1 < len)
			i++;
		if (*want == '\0' || text[i] != *want++)
			return (false);
	}
	return (*want == '\0');
}

static bool
is_title(const struct line *l, const char *title)
{
	size_t n = level_of(l);

	if (n != LEVEL_MAX || l->len <= n)
		return (false);
	while (n < l->len && l->text[n] == ' ')
		n++;
	return (says(l->text + n, l->len - n, title));
}

/* LINEAR_END in italics, with whichever mark. */
static bool
is_end(const struct line *l)
{

	return (l->indent <= INDENT && l->len > 2 &&
	    (*l->text == '*' || *l->text == '_') &&
	    l->text[l->len - 1] == *l->text &&
	    says(l->text + 1, l->len - 2, LINEAR_END));
}

/* From the heading to behind the end line; false if there is none. */
static bool
find(const char *text, const char *title, const char **from,
    const char **to)
{
	struct fence fence = { .mark = '\0' };
	struct line l;
	const char *begun = NULL;
	size_t level;

	while (next_line(&text, &l)) {
		if (is_fenced(&l, &fence))
			continue;
		level = level_of(&l);
		if (level > 0 && level <= LEVEL_MAX)
			begun = is_title(&l, title) ? l.at : NULL;
		if (begun != NULL && is_end(&l)) {
			*from = begun;
			*to = l.next;
			return (true);
		}
	}
	return (false);
}

/*
 * What would end the section for us when we look for it again is mended: a
 * large heading is made smaller, an end line goes, an open fence is closed.
 */
static void
put_body(struct buf *b, const char *body)
{
	struct fence fence = { .mark = '\0' };
	size_t len = strlen(body), level;
	struct line l;

	while (len > 0 && body[len - 1] == '\n')
		len--;
	for (const char *at = body; at < body + len && next_line(&at, &l);) {
		const char *end = at > body + len ? body + len : at;

		if (!is_fenced(&l, &fence)) {
			if (is_end(&l))
				continue;
			level = level_of(&l);
		} else
			level = 0;
		if (level > 0 && level <= LEVEL_MAX)
			buf_str(b, "###");
		buf_add(b, l.at, (size_t)(end - l.at));
	}
	if (fence.mark != '\0')
		buf_char(b, '\n');
	while (fence.mark != '\0' && fence.n-- > 0)
		buf_char(b, fence.mark);
}

const char *
linear_text(struct job *job, const char *text, const struct section *s)
{
	const char *from, *to, *gap = "";
	size_t n = strlen(text);
	struct buf b;

	if (!find(text, s->title, &from, &to)) {
		from = to = text + n;
		gap = n == 0 ? "" : text[n - 1] != '\n' ? "\n\n" : "\n";
	}
	buf_init(&b, job->arena, TEXT_MAX);
	buf_add(&b, text, (size_t)(from - text));
	buf_printf(&b, "%s### %s\n\n", gap, s->title);
	put_body(&b, s->body);
	/* Linear keeps no newline at the end. */
	buf_printf(&b, "\n\n*" LINEAR_END "*%s%s",
	    *to == '\0' ? "" : "\n", to);
	return (buf_text(&b));
}
