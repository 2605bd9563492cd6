/*
 * Lines of the log, on standard error: "key=value" text, or JSON.  A line is
 * built in a buffer of fixed size and written with one write(2), so that
 * lines of several processes do not run into each other.  A value that is too
 * long is cut; the end of the line always has room.  Characters that could
 * move the cursor or end the line are escaped: values come from strangers.
 */
#include "common/log.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/utf8.h"

enum {
	VALUE_MAX = 1024,	/* bytes of a value before escaping */
	UNIT_MAX = 12,		/* room for one character, escaped, and NUL */
	TAIL = 6		/* bytes of the longest end: ..."} newline */
};

static atomic_int	threshold = LOG_LEVEL_INFO;
static atomic_bool	as_json;
static atomic_bool	to_journal;
static _Thread_local const char *about;

/* Those of syslog(3). */
static const char *const priorities[] = {
	[LOG_LEVEL_ERROR] = "<3>",
	[LOG_LEVEL_WARNING] = "<4>",
	[LOG_LEVEL_INFO] = "<6>",
	[LOG_LEVEL_DEBUG] = "<7>",
};

static const char *const levels[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

static bool
is_journal(void)
{
	const char	*stream = getenv("JOURNAL_STREAM");
	struct stat	 st;
	char		 here[48];

	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return (false);
	snprintf(here, sizeof(here), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	return (strcmp(here, stream) == 0);
}

void
log_setup(enum log_level level, bool json)
{
	atomic_store(&to_journal, is_journal());
	atomic_store(&threshold, (int)level);
	atomic_store(&as_json, json);
}

void
log_about(const char *id)
{
	about = id;
}

/* Append all of n bytes, or none of them, and leave room for an end. */
static bool
put(struct log_line *l, const char *s, size_t n)
{
	if (l->len + n > sizeof(l->text) - TAIL) {
		l->full = true;
		return (false);
	}
	memcpy(l->text + l->len, s, n);
	l->len += n;
	return (true);
}

/* Append an end, for which there is always room. */
static void
put_end(struct log_line *l, const char *s)
{
	size_t	n;

	n = strlen(s);
	memcpy(l->text + l->len, s, n);
	l->len += n;
}

/* Append a key and what stands between it and its value. */
static bool
put_key(struct log_line *l, const char *key, const char *quote)
{
	char	start[128];
	int	n;

	n = snprintf(start, sizeof(start), l->json ? ",\"%s\":%s" : " %s=%s",
	    key, quote);
	if (n < 0 || (size_t)n >= sizeof(start)) {
		l->full = true;
		return (false);
	}
	return (put(l, start, (size_t)n));
}

/* Characters that move the cursor, end a line or reverse the text. */
static bool
is_unseen(uint32_t cp)
{
	return ((cp >= 0x80 && cp <= 0x9f) || (cp >= 0x2028 && cp <= 0x202e) ||
	    (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff);
}

static bool
is_plain(const char *s, size_t n)
{
	static const char	plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_./:@+,-";

	return (n > 0 && strspn(s, plain) >= n);
}

/* One character, escaped; *len gets how much of s it was. */
static void
escape(char unit[UNIT_MAX], const char *s, size_t n, bool json, size_t *len)
{
	uint32_t	cp;

	cp = utf8_next(s, n, len);
	if (cp == '"' || cp == '\\') {
		snprintf(unit, UNIT_MAX, "\\%c", (int)cp);
	} else if (cp == '\n') {
		snprintf(unit, UNIT_MAX, "\\n");
	} else if (cp == 0xfffd && *len == 1) {
		if (json)
			snprintf(unit, UNIT_MAX, "\\ufffd");
		else
			snprintf(unit, UNIT_MAX, "\\x%02x",
			    (unsigned int)(unsigned char)*s);
	} else if (cp < 0x20 || cp == 0x7f) {
		snprintf(unit, UNIT_MAX, json ? "\\u%04x" : "\\x%02x",
		    (unsigned int)cp);
	} else if (is_unseen(cp)) {
		snprintf(unit, UNIT_MAX, "\\u%04x", (unsigned int)cp);
	} else {
		memcpy(unit, s, *len);
		unit[*len] = '\0';
	}
}

/* How many bytes stand for themselves in either form. */
static size_t
run_of(const char *s, size_t n)
{
	size_t	i;

	for (i = 0; i < n && s[i] >= 0x20 && s[i] < 0x7f && s[i] != '"' &&
	    s[i] != '\\'; i++)
		continue;
	return (i);
}

void
log_begin(struct log_line *l, enum log_level level, const char *event)
{
	char	start[128], when[CLOCK_ISO_MAX];
	int	n;

	l->off = (int)level > atomic_load(&threshold);
	if (l->off)
		return;
	l->full = false;
	l->json = atomic_load(&as_json);
	l->len = 0;
	if (atomic_load(&to_journal))
		put(l, priorities[level], 3);
	clock_format(clock_wall(), when);
	n = snprintf(start, sizeof(start), l->json ?
	    "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%.64s\"" :
	    "%s %s %.64s", when, levels[level], event);
	if (n > 0)
		put(l, start, (size_t)n);
	log_text(l, "id", about);
}

void
log_text(struct log_line *l, const char *key, const char *value)
{
	char		 unit[UNIT_MAX];
	const char	*quote;
	size_t		 cut, i, len, n, room;

	if (l->off || l->full || value == NULL)
		return;
	n = strnlen(value, VALUE_MAX + 4);
	cut = utf8_cut_bytes(value, n, VALUE_MAX);
	quote = l->json || !is_plain(value, cut) ? "\"" : "";
	if (!put_key(l, key, quote))
		return;
	for (i = 0; i < cut && !l->full; i += len) {
		room = sizeof(l->text) - TAIL - l->len;
		len = run_of(value + i, cut - i);
		if (len > room) {
			put(l, value + i, room);
			l->full = true;
			break;
		}
		if (len > 0) {
			put(l, value + i, len);
			continue;
		}
		escape(unit, value + i, cut - i, l->json, &len);
		if (!put(l, unit, strlen(unit)))
			break;
	}
	if (i < n)
		put_end(l, "...");
	put_end(l, quote);
}

void
log_int(struct log_line *l, const char *key, int64_t value)
{
	char	digits[24];

	if (l->off || l->full)
		return;
	snprintf(digits, sizeof(digits), "%lld", (long long)value);
	put_key(l, key, digits);
}

void
log_end(struct log_line *l)
{
	ssize_t	n;

	if (l->off)
		return;
	put_end(l, l->json ? "}\n" : "\n");
	do {
		n = write(STDERR_FILENO, l->text, l->len);
	} while (n == -1 && errno == EINTR);
}

void
log_say(enum log_level level, const char *event, const char *fmt, ...)
{
	char		text[VALUE_MAX + 8];
	struct log_line	l;
	va_list		ap;

	log_begin(&l, level, event);
	if (l.off)
		return;
	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	log_text(&l, "msg", text);
	log_end(&l);
}
