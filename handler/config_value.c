/*
 * The readers of plain values: numbers, sizes, durations, words, paths, URLs.
 * config_value_set() picks one by the row's type; the row's range and words
 * are what it holds the value against.
 */
#include <stdint.h>
#include <string.h>

#include "common/arena.h"
#include "handler/config_read.h"
#include "handler/tracker.h"

enum {
	DIGITS_MAX = 9			/* so that no unit overflows */
};

/* What one letter after a number multiplies it by; 0 ends the table. */
struct unit {
	char	 letter;		/* NUL: none */
	int64_t	 scale;
};

static const struct unit numbers[] = { { '\0', 1 }, { 0, 0 } };
static const struct unit sizes[] = {
	{ '\0', 1 }, { 'k', 1024 }, { 'K', 1024 }, { 'M', 1 << 20 },
	{ 'G', 1 << 30 }, { 0, 0 }
};
static const struct unit durations[] = {
	{ 's', 1000 }, { 'm', 60000 }, { 'h', 3600000 },
	{ 'd', 86400000 }, { 0, 0 }
};

/* The number at the start of text; its end, or NULL. */
static const char *
digits(const char *text, int64_t *n)
{
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len > DIGITS_MAX)
		return (NULL);
	for (*n = 0; len > 0; len--)
		*n = *n * 10 + (*text++ - '0');
	return (text);
}

static bool
measure(const struct unit *unit, const char *text, int64_t *out)
{
	int64_t n;

	if ((text = digits(text, &n)) == NULL)
		return (false);
	for (; unit->scale != 0; unit++) {
		if (unit->letter != text[0])
			continue;
		*out = n * unit->scale;
		return (text[0] == '\0' || text[1] == '\0');
	}
	return (false);
}

enum err
config_value_measure(struct config_reader *r, const struct config_param *p,
    const char *text, int64_t *n)
{
	const struct unit *unit = durations;
	int64_t min = 0, max = INT64_MAX;

	*n = 0;
	if (p->type == PARAM_NUMBER || p->type == PARAM_COUNT ||
	    p->type == PARAM_AMOUNT)
		unit = numbers;
	else if (p->type == PARAM_SIZE)
		unit = sizes;
	if (!measure(unit, text, n))
		return (config_refuse(r, "%s is no %s", config_show(r, text),
		    unit == numbers ? "whole number" : unit == sizes ?
		    "size; write it like 512K or 1M" :
		    "duration; write it like 30s, 15m, 12h or 14d"));
	(void)measure(unit, p->min, &min);
	(void)measure(unit, p->max, &max);
	if (*n < min || *n > max)
		return (config_refuse(r, "%s is out of range; give %s to %s",
		    text, p->min, p->max));
	return (OK);
}

static enum err
set_measure(struct config_reader *r, const struct config_param *p, void *slot,
    const char *text)
{
	int64_t n;
	enum err e;

	if ((e = config_value_measure(r, p, text, &n)) != OK)
		return (e);
	if (p->type == PARAM_NUMBER)
		*(int *)slot = (int)n;
	else if (p->type == PARAM_SIZE)
		*(size_t *)slot = (size_t)n;
	else
		*(int64_t *)slot = p->type == PARAM_SECONDS ? n / 1000 : n;
	return (OK);
}

enum err
config_value_word(struct config_reader *r, const struct config_param *p,
    const char *text, int *which)
{
	size_t n = 0;

	for (*which = 0; p->words[*which] != NULL; ++*which)
		if (strcmp(p->words[*which], text) == 0)
			return (OK);
	while (p->words[n] != NULL)
		n++;
	return (config_refuse(r, "%s is not known%s", config_show(r, text),
	    config_hint(r, text, p->words, n, sizeof(p->words[0]))));
}

static enum err
set_word(struct config_reader *r, const struct config_param *p, void *slot,
    const char *text)
{
	int i;
	enum err e;

	if ((e = config_value_word(r, p, text, &i)) != OK)
		return (e);
	_Static_assert(sizeof(enum action) == sizeof(int), "enums are ints");
	if (p->type == PARAM_PICK)
		i++;
	if (p->type == PARAM_WORD || p->type == PARAM_PICK)
		memcpy(slot, &i, sizeof(i));
	else
		*(bool *)slot = p->type == PARAM_FLAG || i == 1;
	return (OK);
}

/* What stands before it: a password may follow, "bot@acme.example:TOKEN". */
static const char *
show_before(struct config_reader *r, const char *text, const char *end)
{
	const char *at = strstr(text, end);

	if (at != NULL && (text = arena_strndup(r->config->arena, text,
	    (size_t)(at - text))) == NULL)
		return ("it");
	return (config_show(r, text));
}

static enum err
set_text(struct config_reader *r, const struct config_param *p, void *slot,
    const char *text)
{
	if (p->type == PARAM_SLUG && strpbrk(text, "/ \t") != NULL)
		return (config_refuse(r, "%s is no slug; give the part of "
		    "the address that stands after app.trunk.io/",
		    config_show(r, text)));
	if (p->type == PARAM_PATH && text[0] != '/')
		return (config_refuse(r, "%s is no absolute path; begin it "
		    "with a slash", config_show(r, text)));
	if (p->type == PARAM_EMAIL && (strchr(text, '@') == NULL ||
	    strpbrk(text, ": \t") != NULL))
		return (config_refuse(r, "%s is no e-mail address; give that "
		    "of the account the token is of", show_before(r, text,
		    ":")));
	*(const char **)slot = text;
	return (OK);
}

/* "//user:password@host", or "?password=". */
static bool
has_password(const char *url)
{
	const char *host = strstr(url, "//") + 2;
	size_t user = strcspn(host, "@/?");

	return ((host[user] == '@' && memchr(host, ':', user) != NULL) ||
	    strstr(host, "password=") != NULL);
}

static enum err
set_ledger(struct config_reader *r, const struct config_param *p, void *slot,
    const char *text)
{
	bool remote = strncmp(text, "postgresql://", 13) == 0;

	(void)p;
	if (!remote && strncmp(text, "sqlite:/", 8) != 0)
		return (config_refuse(r, "%s is no ledger; give "
		    "sqlite:/absolute/path or postgresql://host/database",
		    show_before(r, text, "//")));
	if (remote && has_password(text))
		return (config_refuse(r, "a password is in it; put it in a "
		    "file with the line *:*:*:*:PASSWORD and mode 0600, and "
		    "name that by passfile=/path"));
	*(const char **)slot = text;
	return (OK);
}

/* What follows "scheme://", or NULL. */
static const char *
after_scheme(const char *url, const char *scheme)
{
	size_t n = strlen(scheme);

	if (strncmp(url, scheme, n) != 0 || strncmp(url + n, "://", 3) != 0)
		return (NULL);
	return (url + n + 3);
}

bool
config_value_host(const char *s, size_t n)
{
	size_t name = s[0] == '[' ? strspn(s + 1, "0123456789abcdefABCDEF:.") +
	    2 : strcspn(s, ":/");
	const char *end;
	int64_t port;

	if (n == 0 || name == 0 || name > n ||
	    (s[0] == '[' && (name == 2 || s[name - 1] != ']')))
		return (false);
	if (name == n)
		return (true);
	end = s[name] == ':' ? digits(s + name + 1, &port) : NULL;
	return (end == s + n && port > 0 && port <= UINT16_MAX);
}

static enum err
set_url(struct config_reader *r, const struct config_param *p, void *slot,
    const char *text)
{
	bool proxy = p->type == PARAM_PROXY;
	const char *rest = after_scheme(text, "https");
	size_t host, len = strlen(text);
	char *url;

	if (rest == NULL && proxy)
		rest = after_scheme(text, "http");
	/* The text is not shown: it may hold a password. */
	if (strchr(text, '@') != NULL)
		return (config_refuse(r, "a user, a password or an '@' is in "
		    "it; leave it out"));
	if (rest == NULL)
		return (config_refuse(r, "%s does not begin with %s",
		    config_show(r, text), proxy ?
		    "http:// or https://" :
		    "https://; nothing else is called"));
	/* Nor is a query, which may hold a key. */
	if (strpbrk(text, "?# \t\"<>\\") != NULL)
		return (config_refuse(r, "a query, a fragment or a blank is "
		    "in it; leave that out"));
	host = strcspn(rest, "/");
	if (!config_value_host(rest, host))
		return (config_refuse(r, "%s names no host and port; write it "
		    "like https://jira.example.com:8443",
		    config_show(r, text)));
	while (len > 0 && text[len - 1] == '/')
		len--;
	if (proxy && text + len > rest + host)
		return (config_refuse(r, "%s has a path, a proxy has none; "
		    "leave it out", config_show(r, text)));
	if ((url = arena_strndup(r->config->arena, text, len)) == NULL)
		return (config_nomem(r));
	*(const char **)slot = url;
	return (OK);
}

static enum err
set_kind(struct config_reader *r, const struct config_param *p, void *slot,
    const char *text)
{
	const struct tracker_kind *kind = tracker_kind(text);

	(void)p;
	if (kind == NULL)
		return (config_refuse(r, "%s is no kind of tracker; there is "
		    "%s", config_show(r, text), tracker_kinds()));
	*(const struct tracker_kind **)slot = kind;
	return (OK);
}

enum err
config_value_set(struct config_reader *r, const struct config_param *p,
    void *base, const char *text)
{
	static enum err (*const set[PARAM_TYPES])(struct config_reader *,
	    const struct config_param *, void *, const char *) = {
		[PARAM_NUMBER] = set_measure, [PARAM_DURATION] = set_measure,
		[PARAM_SECONDS] = set_measure, [PARAM_SIZE] = set_measure,
		[PARAM_WORD] = set_word, [PARAM_PICK] = set_word,
		[PARAM_BOOL] = set_word, [PARAM_FLAG] = set_word,
		[PARAM_SLUG] = set_text,
		[PARAM_PATH] = set_text, [PARAM_EMAIL] = set_text,
		[PARAM_URL] = set_url, [PARAM_PROXY] = set_url,
		[PARAM_LEDGER] = set_ledger, [PARAM_KIND] = set_kind,
		[PARAM_SECRET] = config_secret_set,
		[PARAM_SVIX] = config_secret_svix,
		[PARAM_SETTING] = config_setting_set,
		[PARAM_LABELS] = config_setting_set,
		[PARAM_TEMPLATE] = config_setting_set,
		[PARAM_PER] = config_setting_set,
		[PARAM_COUNT] = config_setting_set,
		[PARAM_DUE] = config_setting_set,
		[PARAM_CHOICE] = config_setting_set,
		[PARAM_SHARE] = config_setting_least,
		[PARAM_AMOUNT] = config_setting_least,
		[PARAM_FIELD] = config_setting_field,
		[PARAM_ON] = config_notify_on,
		[PARAM_NOTICE_URL] = config_notify_url,
		[PARAM_NOTICE_BODY] = config_notify_body,
		[PARAM_HEADER] = config_notify_header,
		[PARAM_BUDGET] = config_setting_budget,
		[PARAM_GLOBS] = config_setting_match,
		[PARAM_WORDS] = config_setting_match,
		[PARAM_EVENT] = config_setting_match,
		[PARAM_REPOSITORY] = config_setting_match
	};

	if (text[strspn(text, " \t")] == '\0')
		return (config_refuse(r, "has no value; give one, or take "
		    "the line out"));
	return (set[p->type](r, p, (char *)base + p->offset, text));
}
