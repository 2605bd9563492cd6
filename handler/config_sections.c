#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/ini.h"
#include "handler/config_table.h"

/* A new struct for a section of the file, hung at the end of its list. */
static void *
add_tracker(struct config_reader *r, const struct ini_entry *e)
{
	struct tracker *t = arena_alloc(r->config->arena, sizeof(*t));

	if (t == NULL)
		return (NULL);
	t->name = e->name;
	t->line = e->line;
	*r->trackers = t;
	r->trackers = &t->next;
	return (t);
}

static void *
add_owner(struct config_reader *r, const struct ini_entry *e)
{
	struct owner *o = arena_alloc(r->config->arena, sizeof(*o));

	if (o == NULL)
		return (NULL);
	o->name = e->name;
	o->line = e->line;
	*r->owners = o;
	r->owners = &o->next;
	return (o);
}

static void *
add_rule(struct config_reader *r, const struct ini_entry *e)
{
	struct rule *rule = arena_alloc(r->config->arena, sizeof(*rule));

	if (rule == NULL)
		return (NULL);
	rule->name = e->name;
	rule->line = e->line;
	*r->rules = rule;
	r->rules = &rule->next;
	return (rule);
}

static void *
add(struct config_reader *r, const struct ini_entry *e)
{
	if (strcmp(e->kind, "tracker") == 0)
		return (add_tracker(r, e));
	if (strcmp(e->kind, "owner") == 0)
		return (add_owner(r, e));
	if (strcmp(e->kind, "rule") == 0)
		return (add_rule(r, e));
	return (r->config);
}

/* The built-in values of a kind of section into its struct. */
static enum err
set_defaults(struct config_reader *r, const char *kind, void *base)
{
	size_t n;
	const struct config_param *p = config_table_rows(kind, &n);
	enum err e;

	for (; n > 0; n--, p++) {
		if (p->fallback == NULL)
			continue;
		config_at(r, 0, kind, "", p->key);
		if ((e = config_value_set(r, p, base, p->fallback)) != OK)
			return (e);
	}
	return (OK);
}

static bool
same_name(const struct ini_entry *a, const struct ini_entry *b)
{
	const char *x = a->name, *y = b->name;

	if (strcmp(a->kind, b->kind) != 0)
		return (false);
	if (strcmp(a->kind, "owner") != 0)
		return (strcmp(x, y) == 0);
	return (strcasecmp(x + (x[0] == '@'), y + (y[0] == '@')) == 0);
}

/* The first entry like e before it, or e itself. */
static const struct ini_entry *
twin(const struct ini_entry *first, const struct ini_entry *e)
{
	for (; first != e; first = first->next) {
		if (e->key == NULL && first->key == NULL &&
		    same_name(first, e))
			return (first);
		if (e->key != NULL && first->key != NULL &&
		    strcmp(first->key, e->key) == 0)
			return (first);
	}
	return (e);
}

static enum err
check_section(struct config_reader *r, const struct ini_entry *e)
{
	const struct config_kind *kind = config_table_kind(e->kind);
	const struct ini_entry *before;

	if (kind == NULL)
		return (config_refuse(r, "no such section%s", config_hint(r,
		    e->kind, &config_kinds[0].kind, config_kinds_len,
		    sizeof(config_kinds[0]))));
	if (kind->named && e->name[0] == '\0')
		return (config_refuse(r, "a %s has a name; write [%s NAME]",
		    e->kind, e->kind));
	if (!kind->named && e->name[0] != '\0')
		return (config_refuse(r, "this section has no name; write "
		    "[%s]", e->kind));
	if ((before = twin(r->list, e)) != e)
		return (config_refuse(r, "this section stands in line %d "
		    "already; put the two together", before->line));
	return (OK);
}

static enum err
read_key(struct config_reader *r, const struct ini_entry *section,
    const struct ini_entry *e, void *base)
{
	size_t i, n;
	const struct config_param *p = config_table_rows(e->kind, &n);
	const struct ini_entry *before;

	for (i = 0; i < n; i++)
		if (strcmp(p[i].key, e->key) == 0)
			break;
	if (i == n)
		return (config_refuse(r, "no such key%s", config_hint(r,
		    e->key, &p[0].key, n, sizeof(p[0]))));
	if (!p[i].repeats && (before = twin(section, e)) != e)
		return (config_refuse(r, "this key stands in line %d already; "
		    "keep one of them", before->line));
	return (config_value_set(r, &p[i], base, e->value));
}

enum err
config_sections_read(struct config_reader *r)
{
	const struct ini_entry *section = r->list, *e;
	void *base = r->config;
	enum err rc;

	for (size_t i = 0; i < config_kinds_len; i++)
		if (!config_kinds[i].named && (rc = set_defaults(r,
		    config_kinds[i].kind, r->config)) != OK)
			return (rc);
	for (e = r->list; e != NULL; e = e->next) {
		config_at(r, e->line, e->kind, e->name, e->key);
		if (e->key != NULL) {
			rc = read_key(r, section, e, base);
		} else if ((rc = check_section(r, e)) == OK) {
			section = e;
			if ((base = add(r, e)) == NULL)
				return (config_nomem(r));
			if (config_table_kind(e->kind)->named)
				rc = set_defaults(r, e->kind, base);
		}
		if (rc != OK)
			return (rc);
	}
	return (OK);
}
