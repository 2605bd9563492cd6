/*
 * The readers of keys that keep what was written: settings, patterns,
 * minimums, fields and budgets.  A value is checked as far as the file alone
 * can tell, and stored as text with its section and line; what it means to a
 * tracker is asked when a ticket is filed, or by "tickethook check".
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "handler/config_read.h"
#include "handler/draft.h"
#include "handler/route.h"

enum {
	LABELS_MAX = 64,	/* and components, of one ticket */
	LABEL_MAX = 255,	/* bytes of one, and of a field's name */
	SHARE_MAX = 16,		/* bytes of a share or a percentage */
	BUDGET_DIGITS = 6	/* of a budget's number */
};

static const char *
trimmed(struct arena *arena, const char *s, size_t n)
{
	while (n > 0 && (s[0] == ' ' || s[0] == '\t')) {
		s++;
		n--;
	}
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	return (arena_strndup(arena, s, n));
}

enum err
config_setting_split(struct config_reader *r, const char *text,
    const char ***items, size_t *n)
{
	struct arena *arena = r->config->arena;
	size_t commas = 0, len;

	for (const char *s = text; *s != '\0'; s++)
		commas += *s == ',';
	*items = arena_alloc(arena, (commas + 1) * sizeof(**items));
	if (*items == NULL)
		return (config_nomem(r));
	for (*n = 0; *n <= commas; text += len + 1) {
		len = strcspn(text, ",");
		(*items)[*n] = trimmed(arena, text, len);
		if ((*items)[*n] == NULL)
			return (config_nomem(r));
		if ((*items)[(*n)++][0] == '\0')
			return (config_refuse(r, "item %zu of the list is "
			    "empty; take the comma out", *n));
	}
	return (OK);
}

static enum err
check_labels(struct config_reader *r, const char *text)
{
	const char **label;
	size_t n;
	enum err e;

	if ((e = config_setting_split(r, text, &label, &n)) != OK)
		return (e);
	if (n > LABELS_MAX)
		return (config_refuse(r, "%zu values; give at most %d", n,
		    LABELS_MAX));
	for (size_t i = 0; i < n; i++)
		if (strlen(label[i]) > LABEL_MAX)
			return (config_refuse(r, "%s is longer than %d "
			    "bytes; shorten it", config_show(r, label[i]),
			    LABEL_MAX));
	return (OK);
}

static enum err
check_template(struct config_reader *r, const char *text)
{
	struct why why = { .text = "" };
	enum err e;

	if ((e = draft_check(text, &why)) != OK)
		return (config_pass(r, e, &why));
	return (OK);
}

static enum err
check_per(struct config_reader *r, const struct config_param *p,
    const char *text)
{
	size_t n;

	for (n = 0; p->words[n] != NULL; n++)
		if (strcmp(p->words[n], text) == 0)
			return (OK);
	if (strstr(text, "{{") != NULL)
		return (check_template(r, text));
	return (config_refuse(r, "%s is neither known nor a template with a "
	    "{{name}}%s", config_show(r, text), config_hint(r, text, p->words,
	    n, sizeof(p->words[0]))));
}

static enum err
check_text(struct config_reader *r, const struct config_param *p,
    const char *text)
{
	int64_t n;
	int word;

	switch (p->type) {
	case PARAM_LABELS:
		return (check_labels(r, text));
	case PARAM_TEMPLATE:
		return (check_template(r, text));
	case PARAM_PER:
		return (check_per(r, p, text));
	case PARAM_COUNT:
	case PARAM_DUE:
		return (config_value_measure(r, p, text, &n));
	case PARAM_CHOICE:
		return (config_value_word(r, p, text, &word));
	default:
		return (OK);
	}
}

/* The value that stands at the place that is looked at. */
static struct setting
setting(const struct config_reader *r, const char *text)
{
	return ((struct setting){ .value = text,
	    .kind = r->line > 0 ? r->kind : "built-in",
	    .name = r->line > 0 ? r->name : "", .line = r->line });
}

enum err
config_setting_set(struct config_reader *r, const struct config_param *p,
    void *slot, const char *text)
{
	enum err e;

	if ((e = check_text(r, p, text)) != OK)
		return (e);
	*(struct setting *)slot = setting(r, text);
	return (OK);
}

/* "0.18" or "18%" to 0.18. */
static bool
share(const char *text, double *out)
{
	size_t whole = strspn(text, "0123456789"), n = whole;
	char number[SHARE_MAX + 4] = "";
	bool percent;

	if (text[n] == '.')
		n += 1 + strspn(text + n + 1, "0123456789");
	percent = text[n] == '%';
	if (whole == 0 || n > SHARE_MAX || text[n + percent] != '\0')
		return (false);
	memcpy(number, text, n);
	/* Not divided by 100, which would round once more. */
	if (percent)
		memcpy(number + n, "e-2", 3);
	*out = strtod(number, NULL);
	return (true);
}

enum err
config_setting_least(struct config_reader *r, const struct config_param *p,
    void *slot, const char *text)
{
	struct minimum *m = slot;
	double value;
	int64_t n;
	enum err e;

	if (p->type == PARAM_AMOUNT) {
		if ((e = config_value_measure(r, p, text, &n)) != OK)
			return (e);
		value = (double)n;
	} else if (!share(text, &value)) {
		return (config_refuse(r, "%s is no share; write it like 0.18 "
		    "or 18%%", config_show(r, text)));
	} else if (value > 1) {
		return (config_refuse(r, "%s is out of range; give %s to %s, "
		    "or a percentage", text, p->min, p->max));
	}
	*m = (struct minimum){ value, text, r->line };
	return (OK);
}

enum err
config_setting_budget(struct config_reader *r, const struct config_param *p,
    void *slot, const char *text)
{
	static const struct {
		char	 letter;
		int64_t	 per;
	} units[] = { { 'm', 60000 }, { 'h', 3600000 }, { 'd', 86400000 } };
	size_t n = strspn(text, "0123456789");
	struct budget *b = slot;
	long number;

	(void)p;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (n == 0 || n > BUDGET_DIGITS || text[n] != '/' ||
		    text[n + 1] != units[i].letter || text[n + 2] != '\0')
			continue;
		if ((number = strtol(text, NULL, 10)) == 0)
			return (config_refuse(r, "with 0 nothing would be "
			    "filed; give at least 1, or take the line out"));
		*b = (struct budget){ (int)number, units[i].per, text };
		return (OK);
	}
	return (config_refuse(r, "%s is no budget; write it like 30/h, 5/m "
	    "or 100/d", config_show(r, text)));
}

enum err
config_setting_field(struct config_reader *r, const struct config_param *p,
    void *slot, const char *text)
{
	const char *name = r->key + strlen(p->key) - strlen("NAME");
	struct field **at = slot, *f;

	name += strspn(name, " \t");
	if (name[0] == '\0')
		return (config_refuse(r, "the field has no name; write "
		    "%s = value", p->key));
	if (strlen(name) > LABEL_MAX)
		return (config_refuse(r, "the name is longer than %d bytes; "
		    "give the field's id", LABEL_MAX));
	if ((f = arena_alloc(r->config->arena, sizeof(*f))) == NULL)
		return (config_nomem(r));
	f->name = strcmp(p->key, CONFIG_FIELD "NAME") == 0 ? name :
	    arena_printf(r->config->arena, "transition.%s", name);
	if (f->name == NULL)
		return (config_nomem(r));
	f->setting = setting(r, text);
	while (*at != NULL)
		at = &(*at)->next;
	*at = f;
	return (OK);
}

/* A pattern over known words must fit one of them. */
static enum err
check_words(struct config_reader *r, const struct config_param *p,
    const char *glob)
{
	size_t n;

	for (n = 0; p->words[n] != NULL; n++)
		if (route_glob(glob, p->words[n], true))
			return (OK);
	return (config_refuse(r, "%s is not known%s", config_show(r, glob),
	    config_hint(r, glob, p->words, n, sizeof(p->words[0]))));
}

static enum err
check_event(struct config_reader *r, const char *glob)
{
	if (glob[0] == 'v' && isdigit((unsigned char)glob[1]) &&
	    glob[1 + strspn(glob + 1, "0123456789")] == '.')
		return (config_refuse(r, "%s names a version, which is not "
		    "looked at; leave out what stands before the first dot",
		    config_show(r, glob)));
	return (OK);
}

static enum err
check_repository(struct config_reader *r, const char *glob)
{
	const char *first = strchr(glob, '/');
	size_t n = strlen(glob);

	if (strstr(glob, "://") != NULL || strchr(glob, '@') != NULL)
		return (config_refuse(r, "%s is an address; write it like "
		    "github.com/acme/shop", config_show(r, glob)));
	if (n > 4 && strcmp(glob + n - 4, ".git") == 0)
		return (config_refuse(r, "%s would never match; leave out "
		    "the .git", config_show(r, glob)));
	if (strstr(glob, "**") == NULL &&
	    (first == NULL || strchr(first + 1, '/') == NULL))
		return (config_refuse(r, "%s would never match; write "
		    "host/owner/name", config_show(r, glob)));
	return (OK);
}

static enum err
check_pattern(struct config_reader *r, const struct config_param *p,
    const char *glob)
{
	if (glob[0] == '!')
		return (config_refuse(r, "a '!' may only stand before the "
		    "whole list, which then means none of them; use a rule "
		    "of its own for the others"));
	if (p->type == PARAM_WORDS)
		return (check_words(r, p, glob));
	if (p->type == PARAM_EVENT)
		return (check_event(r, glob));
	if (p->type == PARAM_REPOSITORY)
		return (check_repository(r, glob));
	if (glob[0] == '/' && strcmp(p->key, "file_path") == 0)
		config_warn(r, "%s may never match, since Trunk's paths begin "
		    "at the top of the repository; leave the slash out",
		    config_show(r, glob));
	return (OK);
}

enum err
config_setting_match(struct config_reader *r, const struct config_param *p,
    void *slot, const char *text)
{
	struct matcher *m = slot;
	enum err e;

	text += strspn(text, " \t");
	m->none = text[0] == '!';
	if ((e = config_setting_split(r, text + m->none, &m->pattern,
	    &m->n)) != OK)
		return (e);
	for (size_t i = 0; i < m->n; i++)
		if ((e = check_pattern(r, p, m->pattern[i])) != OK)
			return (e);
	m->line = r->line;
	return (OK);
}
