#include <stddef.h>
#include <string.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/json_scan.h"
#include "common/utf8.h"

enum {
	ESCAPE = 6		/* bytes of "\uXXXX" */
};

enum err
json_scan_bytes(const char *s, size_t len, struct why *why)
{
	size_t i, n;

	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ' && s[i] != '\t' &&
		    s[i] != '\n' && s[i] != '\r')
			return (err_set(why, ERR_MALFORMED,
			    "byte %zu: control byte 0x%02x", i + 1,
			    (unsigned)s[i]));
	if (utf8_valid(s, len))
		return (OK);
	for (i = 0; i < len; i += n)
		if (utf8_next(s + i, len - i, &n) == 0xfffd && n == 1)
			break;
	return (err_set(why, ERR_MALFORMED, "byte %zu: not UTF-8", i + 1));
}

size_t
json_scan_open(const char *s, size_t len)
{
	size_t i, open = len;

	for (i = 0; i < len; i++)
		if (s[i] == '"')
			open = open == len ? i : len;
		else if (s[i] == '\\')
			i++;
	return (open);
}

/* The value of "\uXXXX" if it stands there, else 0. */
static unsigned
scan_escape(const char *s, size_t left)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *d;
	unsigned value = 0;
	size_t i;

	if (left < ESCAPE || s[0] != '\\' || s[1] != 'u')
		return (0);
	for (i = 2; i < ESCAPE; i++) {
		d = memchr(digits, s[i], sizeof(digits) - 1);
		if (d == NULL)
			return (0);
		value = value << 4 | ((unsigned)(d - digits) & 15);
	}
	return (value);
}

/* The offset of the next high surrogate escape that lacks its low one. */
static size_t
scan_lone(const char *s, size_t at, size_t len)
{
	const char *slash;

	while (at < len && (slash = memchr(s + at, '\\', len - at)) != NULL) {
		at = (size_t)(slash - s);
		if (scan_escape(s + at, len - at) >> 10 == 0xd800 >> 10 &&
		    scan_escape(s + at + ESCAPE, len - at - ESCAPE) >> 10 !=
		    0xdc00 >> 10)
			return (at);
		at += 2;
	}
	return (len);
}

const char *
json_scan_mend(struct arena *arena, const char *s, size_t len)
{
	size_t at = scan_lone(s, 0, len);
	char *copy;

	if (at == len)
		return (s);
	if ((copy = arena_strndup(arena, s, len)) == NULL)
		return (NULL);
	for (; at < len; at = scan_lone(copy, at + ESCAPE, len))
		memcpy(copy + at, "\\u003f", ESCAPE);
	return (copy);
}
