/*
 * Sentences about the file: each gets its place in front, is masked where it
 * would show what looks like a secret, and is kept once.
 */
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

#define BASE64	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
		"0123456789+/"

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

/* "FILE:LINE: [kind name] key: " */
static void
place(const struct config_reader *r, struct why *out)
{
	const char *file = r->config->file;
	const char *gap = r->name != NULL && r->name[0] != '\0' ? " " : "";
	const char *name = r->name != NULL ? r->name : "";
	int cut = (int)utf8_cut_bytes(name, strlen(name), SHOW_MAX);

	if (r->line == 0)
		(void)err_set(out, OK, "%s: ", file);
	else
		(void)err_set(out, OK, "%s:%d: [%s%s%.*s]%s%s: ", file,
		    r->line, r->kind, gap, cut, name,
		    r->key != NULL ? " " : "", r->key != NULL ? r->key : "");
}

/* How much of how a secret begins stands there, or 0. */
static size_t
secret_begins(const char *s)
{
	static const char *const secrets[] = { "whsec_", "whsk_", "lin_api_",
	    "lin_oauth_", "ATATT", "ATCTT", "trunk_v2_" };
	size_t n;

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		n = strlen(secrets[i]);
		if (s[0] == secrets[i][0] && strncmp(s, secrets[i], n) == 0)
			return (n);
	}
	return (0);
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
		end = at + n + strspn(at + n, BASE64 "-_.=~");
		if (end - at < (ptrdiff_t)n + SECRET_MIN)
			continue;
		memcpy(at + n, "***", 3);
		memmove(at + n + 3, end, strlen(end) + 1);
		at += n + 2;
	}
}

enum err
config_mistake(struct config_reader *r, const struct why *told)
{
	const char *before = buf_text(&r->mistakes);
	struct why masked = *told;
	const struct why *why = &masked;
	char line[WHY_MAX + 1];

	mask(masked.text);
	(void)snprintf(line, sizeof(line), "%s\n", why->text);
	if (before != NULL && strstr(before, line) != NULL)
		return (ERR_CONFIG);
	if (r->nmistakes++ == 0)
		(void)err_set(r->why, ERR_CONFIG, "%s", why->text);
	if (r->mistakes.len + sizeof(line) < NOTES_MAX)
		buf_str(&r->mistakes, line);
	return (ERR_CONFIG);
}

enum err
config_refuse(struct config_reader *r, const char *format, ...)
{
	struct why where, whole;
	char text[WHY_MAX];
	va_list ap;

	place(r, &where);
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	(void)err_set(&whole, ERR_CONFIG, "%s%s", where.text, text);
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
	struct why where;
	char text[WHY_MAX], line[2 * WHY_MAX];
	const char *before = buf_text(&r->warnings);
	va_list ap;

	place(r, &where);
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	mask(where.text);
	mask(text);
	(void)snprintf(line, sizeof(line), "%s%s\n", where.text, text);
	if (before == NULL || strstr(before, line) != NULL)
		return;
	if (r->warnings.len + sizeof(line) < NOTES_MAX)
		buf_str(&r->warnings, line);
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
