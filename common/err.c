#include "common/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/utf8.h"

enum {
	SLACK = 4	/* so that a character across the end is seen whole */
};

static const char *const names[ERR_COUNT] = {
	[OK] = "ok",
	[ERR_ABSENT] = "absent",
	[ERR_MALFORMED] = "malformed",
	[ERR_UNVERIFIED] = "unverified",
	[ERR_FORBIDDEN] = "forbidden",
	[ERR_NOT_FOUND] = "not_found",
	[ERR_METHOD] = "method",
	[ERR_LENGTH] = "length",
	[ERR_TOO_LARGE] = "too_large",
	[ERR_REFUSED] = "tracker_refused",
	[ERR_LINK_REFUSED] = "link_refused",
	[ERR_BUSY] = "busy",
	[ERR_UPSTREAM] = "upstream",
	[ERR_UNKNOWN] = "unknown",
	[ERR_DEADLINE] = "deadline",
	[ERR_LEDGER] = "ledger",
	[ERR_NOMEM] = "nomem",
	[ERR_CONFIG] = "config",
};

#undef err_set
enum err
err_set(struct why *why, enum err e, const char *fmt, ...)
{
	char	 text[WHY_MAX + SLACK];
	va_list	 ap;
	size_t	 i, len;
	int	 n;

	if (why == NULL)
		return (e);
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)		/* cannot be formatted: better than nothing */
		n = snprintf(text, sizeof(text), "%s", err_name(e));
	len = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
	len = utf8_cut_bytes(text, len, WHY_MAX - 1);
	text[len] = '\0';
	for (i = strcspn(text, "\r\n"); i < len;
	    i += strcspn(text + i, "\r\n"))
		text[i] = ' ';
	memcpy(why->text, text, len + 1);
	return (e);
}

const char *
err_name(enum err e)
{
	if ((unsigned int)e >= ERR_COUNT)
		return ("?");
	return (names[e]);
}
