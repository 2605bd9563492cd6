/*
 * The syntax of the file: lines of "[section name]" and "key = value", with
 * comments, and values in quotes where blanks matter.  What keys mean is the
 * caller's to know; here each entry only gets the number of its line.
 */
#include <stdbool.h>
#include <string.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/ini.h"
#include "common/utf8.h"

#define BLANKS	" \t"
#define BOM	"\xef\xbb\xbf"

struct reader {
	struct arena	*arena;
	struct why	*why;
	const char	*file;
	int		 line;
	const char	*kind;		/* of the open section, NULL: none */
	const char	*name;
	int		 section;
	struct ini_entry **tail;
};

/* A piece of the line at hand. */
struct span {
	const char	*s;
	size_t		 n;
};

/* What follows the text of a value or a section. */
enum tail_kind {
	TAIL_NONE,		/* nothing, or a comment */
	TAIL_OPEN_QUOTE		/* ';' after a quote that is not closed */
};

static enum err
read_wrong(const struct reader *r, const char *what)
{
	return (err_set(r->why, ERR_CONFIG, "%s:%d: %s", r->file, r->line,
	    what));
}

static enum err
read_nomem(const struct reader *r)
{
	return (err_set(r->why, ERR_NOMEM, "%s:%d: no memory left", r->file,
	    r->line));
}

static bool
is_blank(char c)
{
	return (c == ' ' || c == '\t');
}

static struct span
trim(const char *s, size_t n)
{
	while (n > 0 && is_blank(s[0])) {
		s++;
		n--;
	}
	while (n > 0 && is_blank(s[n - 1]))
		n--;
	return ((struct span){ s, n });
}

/* A ';' begins a comment only after a blank. */
static bool
is_mark(const char *s, size_t at)
{
	return (s[at] == ';' && at > 0 && is_blank(s[at - 1]));
}

/*
 * Cut the comment off; s begins with the blanks that follow the '=' or the
 * ']'.  A backslash in quotes hides the next byte, as in JSON.
 */
static enum tail_kind
cut_comment(const char *s, size_t *n)
{
	bool quoted = false, unclear = false;
	size_t i;

	for (i = 0; i < *n; i++) {
		if (s[i] == '"') {
			quoted = !quoted;
			unclear = false;
		} else if (quoted && s[i] == '\\')
			i++;
		else if (!is_mark(s, i))
			continue;
		else if (quoted)
			unclear = true;
		else
			*n = i;
	}
	return (unclear ? TAIL_OPEN_QUOTE : TAIL_NONE);
}

static enum err
tail_check(const struct reader *r, enum tail_kind tail)
{
	switch (tail) {
	case TAIL_NONE:
		break;
	case TAIL_OPEN_QUOTE:
		return (read_wrong(r, "a double quote is not closed, so "
		    "the ';' after it may be text or a comment. Close the "
		    "quote before the ';'"));
	}
	return (OK);
}

/* Where the quote that opens s is closed, or n. */
static size_t
quote_end(struct span v)
{
	size_t i;

	for (i = 1; i < v.n && v.s[i] != '"'; i++)
		if (v.s[i] == '\\')
			i++;
	return (i < v.n ? i : v.n);
}

static struct span
unquote(struct span v)
{
	if (v.n >= 2 && v.s[0] == '"' && quote_end(v) == v.n - 1)
		return ((struct span){ v.s + 1, v.n - 2 });
	return (v);
}

static enum err
read_add(struct reader *r, const struct span *key, struct span value)
{
	struct ini_entry *e;

	if ((e = arena_alloc(r->arena, sizeof(*e))) == NULL)
		return (read_nomem(r));
	e->file = r->file;
	e->line = r->line;
	e->kind = r->kind;
	e->name = r->name;
	e->section = r->section;
	e->value = arena_strndup(r->arena, value.s, value.n);
	if (key != NULL)
		e->key = arena_strndup(r->arena, key->s, key->n);
	if (e->value == NULL || (key != NULL && e->key == NULL))
		return (read_nomem(r));
	*r->tail = e;
	r->tail = &e->next;
	return (OK);
}

static enum err
read_section(struct reader *r, struct span line)
{
	const char *end = memchr(line.s, ']', line.n);
	struct span in, rest;
	size_t n;
	enum err e;

	if (end == NULL)
		return (read_wrong(r, "a section without its ']'. Add it"));
	n = line.n - (size_t)(end + 1 - line.s);
	if ((e = tail_check(r, cut_comment(end + 1, &n))) != OK)
		return (e);
	rest = trim(end + 1, n);
	if (rest.n > 0)
		return (read_wrong(r, "text after the ']' of a section.  "
		    "Put a blank and a ';' before a comment"));
	in = trim(line.s + 1, (size_t)(end - line.s) - 1);
	if (in.n == 0)
		return (read_wrong(r, "a section without a name. Put one "
		    "between '[' and ']'"));
	for (n = 0; n < in.n && !is_blank(in.s[n]);)
		n++;
	rest = trim(in.s + n, in.n - n);
	r->kind = arena_strndup(r->arena, in.s, n);
	r->name = arena_strndup(r->arena, rest.s, rest.n);
	if (r->kind == NULL || r->name == NULL)
		return (read_nomem(r));
	r->section++;
	return (read_add(r, NULL, (struct span){ "", 0 }));
}

static enum err
read_key(struct reader *r, struct span line)
{
	const char *eq = memchr(line.s, '=', line.n);
	struct span key, value;
	size_t i, n;
	enum err e;

	n = eq == NULL ? line.n : (size_t)(eq - line.s);
	for (i = 0; i < n; i++)
		if (is_mark(line.s, i))
			eq = NULL;
	if (eq == NULL)
		return (read_wrong(r, "neither 'key = value' nor '[section]' "
		    "nor a comment. Write one of them"));
	key = trim(line.s, n);
	if (key.n == 0)
		return (read_wrong(r, "no key before the '='. Put one there"));
	if (r->kind == NULL)
		return (read_wrong(r, "a key before any '[section]'. "
		    "Put the section it belongs to above it"));
	n = line.n - (size_t)(eq + 1 - line.s);
	if ((e = tail_check(r, cut_comment(eq + 1, &n))) != OK)
		return (e);
	value = unquote(trim(eq + 1, n));
	return (read_add(r, &key, value));
}

static enum err
read_bytes(const struct reader *r, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\t') ||
		    s[i] == 0x7f)
			return (err_set(r->why, ERR_CONFIG,
			    "%s:%d: control byte 0x%02x. Remove it",
			    r->file, r->line, (unsigned)s[i]));
	if (!utf8_valid(s, n))
		return (read_wrong(r, "not UTF-8. Save the file as UTF-8"));
	return (OK);
}

static enum err
read_line(struct reader *r, const char *s, size_t n)
{
	struct span line;
	enum err e;

	if (n > 0 && s[n - 1] == '\r')
		n--;
	if ((e = read_bytes(r, s, n)) != OK)
		return (e);
	line = trim(s, n);
	if (line.n == 0 || line.s[0] == ';' || line.s[0] == '#')
		return (OK);
	if (line.s[0] == '[')
		return (read_section(r, line));
	return (read_key(r, line));
}

enum err
ini_read(struct arena *arena, const struct ini_source *source,
    struct ini_entry **list, struct why *why)
{
	struct reader r = { .arena = arena, .why = why, .section = -1 };
	const char *text = source->text, *end = text + source->len, *nl;
	struct ini_entry *first = NULL;
	enum err e;

	r.tail = &first;
	if ((r.file = arena_strdup(arena, source->file)) == NULL)
		return (err_set(why, ERR_NOMEM, "%s: no memory left",
		    source->file));
	if (source->len >= strlen(BOM) && memcmp(text, BOM, strlen(BOM)) == 0)
		text += strlen(BOM);
	for (; text < end; text = nl == end ? end : nl + 1) {
		r.line++;
		nl = memchr(text, '\n', (size_t)(end - text));
		if (nl == NULL)
			nl = end;
		if ((e = read_line(&r, text, (size_t)(nl - text))) != OK)
			return (e);
	}
	*list = first;
	return (OK);
}
