/*
 * Sentences about the file: each gets its place in front, is masked where it
 * would show what looks like a secret, and is kept once.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/ini.h"
#include "common/utf8.h"
#include "handler/config_report.h"

enum {
	SHOW_MAX = 80,			/* bytes of a value in a sentence */
	NOTES_MAX = 64 * 1024,	/* bytes kept of mistakes, of warnings */
	SECRET_MIN = 4		/* bytes of one, after how it begins */
};

struct config_reader *
config_at(struct config_reader *r, int line, const char *kind,
    const char *name, const char *key)
{
	r->line = line;
	r->kind = kind;
	r->name = name;
	r->key = key;
	return (r);
}

/* "FILE:LINE: [kind name] key: SENTENCE" */
static void
place(const struct config_reader *r, const char *sentence, struct why *out)
{
	const char *file = r->config->file;
	const char *gap = r->name != NULL && r->name[0] != '\0' ? " " : "";
	const char *name = r->name != NULL ? r->name : "";
	int cut = (int)utf8_cut_bytes(name, strlen(name), SHOW_MAX);

	if (r->line == 0)
		(void)err_set(out, OK, "%s: %s", file, sentence);
	else
		(void)err_set(out, OK, "%s:%d: [%s%s%.*s]%s%s: %s", file,
		    r->line, r->kind, gap, cut, name,
		    r->key != NULL ? " " : "", r->key != NULL ? r->key : "",
		    sentence);
}

/* How much of how a secret begins stands there, or 0. */
static size_t
secret_begins(const char *s)
{
	static const char *const secrets[] = { "whsec_", "whsk_", "lin_api_",
	    "lin_oauth_", "ATATT", "ATCTT", "trunk_v2_" };
	size_t n;

	/* Most bytes begin none of them. */
	if (s[0] != 'w' && s[0] != 'l' && s[0] != 'A' && s[0] != 't')
		return (0);
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		if (s[0] != secrets[i][0] || s[1] != secrets[i][1])
			continue;
		n = strlen(secrets[i]);
		if (strncmp(s, secrets[i], n) == 0)
			return (n);
	}
	return (0);
}

static bool
is_secret(char c)
{
	return (isalnum((unsigned char)c) ||
	    (c != '\0' && strchr("+/-_.=~", c) != NULL));
}

/*
 * Whatever was pasted into the wrong place: of a text that begins like a
 * secret no more than that beginning is shown.
 */
static void
mask(char *text)
{
	size_t n;
	char *at, *end;

	for (at = text; *at != '\0'; at++) {
		if ((n = secret_begins(at)) == 0)
			continue;
		for (end = at + n; is_secret(*end);)
			end++;
		if (end - at < (ptrdiff_t)n + SECRET_MIN)
			continue;
		memcpy(at + n, "***", 3);
		memmove(at + n + 3, end, strlen(end) + 1);
		at += n + 2;
	}
}

/* Is that line, of n bytes, there? */
static bool
is_noted(const struct buf *notes, const char *text, size_t n)
{
	const char *line = notes->data;
	size_t len;

	for (; line != NULL && line[0] != '\0'; line += len + 1) {
		len = strcspn(line, "\n");
		if (len == n && memcmp(line, text, n) == 0)
			return (true);
	}
	return (false);
}

/* Keep that line; false: it is there already. */
static bool
note(struct buf *notes, const char *text)
{
	size_t n = strlen(text);

	if (is_noted(notes, text, n))
		return (false);
	if (notes->len + n + 1 < NOTES_MAX) {
		buf_add(notes, text, n);
		buf_char(notes, '\n');
	}
	return (true);
}

enum err
config_mistake(struct config_reader *r, const struct why *told)
{
	struct why masked = *told;

	mask(masked.text);
	if (!note(&r->mistakes, masked.text))
		return (ERR_CONFIG);
	if (r->nmistakes++ == 0)
		*r->why = masked;
	return (ERR_CONFIG);
}

enum err
config_refuse(struct config_reader *r, const char *format, ...)
{
	struct why whole;
	char text[WHY_MAX];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	place(r, text, &whole);
	return (config_mistake(r, &whole));
}

enum err
config_pass(struct config_reader *r, enum err e, const struct why *why)
{
	if (e == ERR_CONFIG)
		return (config_refuse(r, "%s", why->text));
	return (err_set(r->why, e, "%s", why->text));
}

enum err
config_nomem(struct config_reader *r)
{
	return (err_set(r->why, ERR_NOMEM, "%s: not enough memory to read it",
	    r->config->file));
}

void
config_warn(struct config_reader *r, const char *format, ...)
{
	struct why whole;
	char text[WHY_MAX];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	place(r, text, &whole);
	mask(whole.text);
	(void)note(&r->warnings, whole.text);
}

const char *
config_show(struct config_reader *r, const char *value)
{
	size_t len = strlen(value);
	size_t cut = utf8_cut_bytes(value, len, SHOW_MAX);
	const char *text;

	text = arena_printf(r->config->arena, "\"%.*s%s\"", (int)cut, value,
	    cut < len ? "..." : "");
	return (text != NULL ? text : "it");
}

static const char *
name_at(const char *const *names, size_t i, size_t stride)
{
	const char *name;

	memcpy(&name, (const char *)names + i * stride, sizeof(name));
	return (name);
}

const char *
config_hint(struct config_reader *r, const char *typo,
    const char *const *names, size_t n, size_t stride)
{
	const char *near = ini_nearest(typo, names, n, stride);
	const char *text;
	struct buf b;

	buf_init(&b, r->config->arena, WHY_MAX);
	if (near != NULL) {
		buf_printf(&b, "; did you mean %s?", near);
	} else {
		buf_str(&b, "; it may be ");
		for (size_t i = 0; i < n; i++) {
			buf_str(&b, i == 0 ? "" : i + 1 == n ? " or " : ", ");
			buf_str(&b, name_at(names, i, stride));
		}
	}
	text = buf_text(&b);
	return (text != NULL ? text : "");
}
