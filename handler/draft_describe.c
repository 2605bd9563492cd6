#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/markup.h"
#include "handler/draft.h"
#include "handler/draft_text.h"

/*
 * A description template is read as far as Markdown's code goes, so that a
 * value in code is not escaped as if it were text, and cannot end the code.
 */
enum {
	VALUES_BYTES = 40000,	/* of all values together */
	BLOCK_POINTS = 10000,	/* code points of a block with values */
	FENCE_LEAST = 3,	/* of ` or ~ that open a block */
	INDENT_MOST = 3		/* blanks before them */
};

struct describer {
	struct buf		*b;
	const struct event	*event;
	const struct route	*route;
	size_t			 left;	/* bytes that values may still take */
	bool			 target; /* within that of a link */
};

/* The template with \n as new lines. */
static char *
unfold(struct arena *arena, const char *template)
{
	char *text, *to;

	if ((text = to = arena_strdup(arena, template)) == NULL)
		return (NULL);
	for (; *template != '\0'; template++)
		if (template[0] == '\\' && template[1] == 'n') {
			*to++ = '\n';
			template++;
		} else
			*to++ = *template;
	*to = '\0';
	return (text);
}

/* Take back a value that was one too many. */
static void
account(struct describer *d, size_t before)
{
	size_t n = d->b->len - before;

	if (d->b->failed)
		return;
	if (n > d->left) {
		d->b->len = before;
		d->b->data[before] = '\0';
		buf_str(d->b, DRAFT_ELLIPSIS);
		n = d->left;
	}
	d->left -= n;
}

/* Does what was written so far end in that? */
static bool
ends_in(const struct buf *b, const char *tail)
{
	size_t n = strlen(tail);

	return (!b->failed && b->len >= n &&
	    memcmp(b->data + b->len - n, tail, n) == 0);
}

/* A value within a target: a URL at its start, else a part of one. */
static void
put_in_target(struct buf *b, const char *value)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";

	if (ends_in(b, "](")) {
		if (draft_is_link(value))
			draft_url(b, value);
		return;
	}
	if ((value = draft_cut(b->arena, value, DRAFT_VALUE)) == NULL)
		b->failed = true;
	else
		for (; *value != '\0'; value++)
			if (strchr(safe, *value) != NULL)
				buf_char(b, *value);
			else
				buf_printf(b, "%%%02X",
				    (unsigned char)*value);
}

/* The template's own character, which may begin or end a target. */
static const char *
put_char(struct describer *d, const char *s)
{

	/* "<{{name}}" must not become a tag or a link. */
	if (s[0] == '<' && strncmp(s + 1, "{{", 2) == 0)
		buf_char(d->b, '\\');
	buf_char(d->b, *s);
	if (*s == '(' && ends_in(d->b, "]("))
		d->target = true;
	else if (strchr(") \t\n", *s) != NULL)
		d->target = false;
	return (s + 1);
}

/* n bytes of the template as code: values as they are. */
static const char *
expand(struct describer *d, const char *s, size_t n)
{
	struct arena *arena = d->b->arena;
	const char *piece = arena_strndup(arena, s, n);

	return (piece == NULL ? NULL :
	    draft_expand(arena, piece, d->event, d->route));
}

static size_t
run_of(const char *s)
{
	char one[2] = { *s, '\0' };

	return (strspn(s, one));
}

/* Where the run of n backticks begins that ends a code span, or NULL. */
static const char *
span_end(const char *s, size_t n)
{
	const char *blank = strstr(s, "\n\n");
	size_t run;

	for (; (s = strchr(s, '`')) != NULL && (blank == NULL || s < blank);
	    s += run)
		if ((run = run_of(s)) == n)
			return (s);
	return (NULL);
}

/* Backticks in text; returns where it goes on. */
static const char *
put_backticks(struct describer *d, const char *s)
{
	size_t n = run_of(s), before = d->b->len;
	const char *end = span_end(s + n, n);
	const char *text;

	if (end == NULL) {
		buf_add(d->b, s, n);
		return (s + n);
	}
	if ((text = expand(d, s + n, (size_t)(end - s) - n)) == NULL)
		d->b->failed = true;
	else if (draft_told(text)) {
		draft_code(d->b, text, DRAFT_NAME);
		account(d, before);
	}
	return (end + n);
}

/* Text between the blocks of code; returns where it goes on. */
static const char *
put_text(struct describer *d, const char *s)
{
	const char *name, *after, *value;
	size_t len, before = d->b->len;

	if (*s == '`')
		return (put_backticks(d, s));
	if (*s == '\\' && s[1] != '\0' && s[1] != '\n') {
		buf_add(d->b, s, 2);
		return (s + 2);
	}
	if (strncmp(s, "{{", 2) != 0 || draft_next(s, &name, &len,
	    &after) == NULL || name == NULL)
		return (put_char(d, s));
	value = draft_value(d->b->arena, name, len, d->event, d->route);
	if (value == NULL)
		d->b->failed = true;
	else if (d->target)
		put_in_target(d->b, value);
	else
		draft_words(d->b, value, DRAFT_VALUE);
	account(d, before);
	return (after);
}

/* The length of the fence that a line opens with, or 0. */
static size_t
fence_of(const char *line)
{
	size_t blanks = strspn(line, " "), n;

	line += blanks;
	if (blanks > INDENT_MOST || (*line != '`' && *line != '~'))
		return (0);
	n = run_of(line);
	/* Behind backticks on the line there is none: else it is a span. */
	if (n < FENCE_LEAST || (*line == '`' &&
	    strcspn(line + n, "`") < strcspn(line + n, "\n")))
		return (0);
	return (n);
}

static const char *
next_line(const char *s)
{

	s += strcspn(s, "\n");
	return (*s == '\n' ? s + 1 : s);
}

/* The line that closes a fence, or the end of the text. */
static const char *
fence_end(const char *s, char mark, size_t n)
{
	const char *at;

	for (; *s != '\0'; s = next_line(s)) {
		at = s + strspn(s, " ");
		if (fence_of(s) >= n && *at == mark &&
		    strspn(at + run_of(at), " \t") ==
		    strcspn(at + run_of(at), "\n"))
			break;
	}
	return (s);
}

/* A fenced block: its language, and its lines with values as they are. */
static const char *
put_fenced(struct describer *d, const char *line, size_t n)
{
	const char *mark = line + strspn(line, " ");
	const char *from = next_line(line);
	const char *end = fence_end(from, *mark, n);
	size_t before = d->b->len, fence;
	const char *text;

	text = draft_cut(d->b->arena, expand(d, from, (size_t)(end - from)),
	    BLOCK_POINTS);
	if (text != NULL && !draft_told(text))
		return (next_line(end));
	if (text == NULL || (text = markup_block(d->b->arena, text)) == NULL) {
		d->b->failed = true;
		return (end);
	}
	fence = run_of(text);
	buf_add(d->b, text, fence);
	buf_add(d->b, mark + n, strspn(mark + n,
	    "abcdefghijklmnopqrstuvwxyz0123456789+#-"));
	buf_str(d->b, text + fence);
	account(d, before);
	return (next_line(end));
}

void
draft_describe(struct buf *b, const char *template,
    const struct event *event, const struct route *route)
{
	struct describer d = { b, event, route, VALUES_BYTES, false };
	const char *s;
	size_t n;
	bool start = true;

	if ((s = unfold(b->arena, template)) == NULL) {
		b->failed = true;
		return;
	}
	buf_str(b, "");
	while (*s != '\0' && !b->failed) {
		if (start && (n = fence_of(s)) > 0) {
			s = put_fenced(&d, s, n);
			continue;
		}
		start = *s == '\n';
		s = put_text(&d, s);
	}
	if (!ends_in(b, "\n"))
		buf_char(b, '\n');
}
