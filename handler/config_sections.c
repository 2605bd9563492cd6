/*
 * From the entries of the file to the structs of their sections: each key's
 * row of the table leads to a reader.  Twins, a section or a key that stands
 * there twice, are found by a hash, since there may be thousands of owners.
 */
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/ini.h"
#include "handler/config_read.h"
#include "handler/notify.h"
#include "handler/tracker.h"

enum {
	NAME_SHOWN = 80		/* bytes of a section's name in a sentence */
};

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
add_notify(struct config_reader *r, const struct ini_entry *e)
{
	struct notify *n = arena_alloc(r->config->arena, sizeof(*n));

	if (n == NULL)
		return (NULL);
	n->name = e->name;
	n->line = e->line;
	*r->notifies = n;
	r->notifies = &n->next;
	return (n);
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
	if (strcmp(e->kind, "notify") == 0)
		return (add_notify(r, e));
	return (r->config);
}

/* Find the rows of that kind; most often they are at hand. */
static void
find_rows(struct config_reader *r, const char *kind)
{
	if (r->rows_of != NULL && strcmp(r->rows_of, kind) == 0)
		return;
	r->rows = config_table_rows(kind, &r->nrows);
	r->rows_of = kind;
}

/* The built-in values of a kind of section into its struct. */
static enum err
set_defaults(struct config_reader *r, const char *kind, void *base)
{
	const struct config_param *p;
	enum err e;

	find_rows(r, kind);
	for (p = r->rows; p < r->rows + r->nrows; p++) {
		if (p->fallback == NULL)
			continue;
		config_at(r, 0, kind, "", p->key);
		if ((e = config_value_set(r, p, base, p->fallback)) != OK)
			return (e);
	}
	return (OK);
}

/* Owners and fields are the same whatever their capitals. */
static bool
no_case(const struct ini_entry *e)
{
	return (e->key == NULL ? strcmp(e->kind, "owner") == 0 :
	    strncmp(e->key, CONFIG_FIELD, strlen(CONFIG_FIELD)) == 0 ||
	    strncmp(e->key, CONFIG_TRANSITION,
	    strlen(CONFIG_TRANSITION)) == 0 ||
	    strncmp(e->key, CONFIG_HEADER, strlen(CONFIG_HEADER)) == 0);
}

/* What two entries that stand for the same have in common. */
static const char *
mark(const struct ini_entry *e)
{
	const char *text = e->key != NULL ? e->key : e->name;
	bool owner = e->key == NULL && no_case(e);

	return (text + (owner && text[0] == '@'));
}

static bool
same(const struct ini_entry *a, const struct ini_entry *b)
{
	if ((a->key == NULL) != (b->key == NULL))
		return (false);
	if (a->key != NULL ? a->section != b->section :
	    strcmp(a->kind, b->kind) != 0)
		return (false);
	return ((no_case(a) ? strcasecmp : strcmp)(mark(a), mark(b)) == 0);
}

/* The entry like e that was given here before, or NULL; e is kept. */
static const struct ini_entry *
twin(struct config_reader *r, const struct ini_entry *e)
{
	uint32_t hash = config_hash(e->key == NULL ? 0 :
	    (uint32_t)e->section + 1, mark(e), no_case(e));
	size_t i = hash & r->twins_mask;

	for (; r->twins[i] != NULL; i = (i + 1) & r->twins_mask)
		if (same(r->twins[i], e))
			return (r->twins[i]);
	r->twins[i] = e;
	return (NULL);
}

static enum err
make_twins(struct config_reader *r)
{
	size_t n = 0, size = 64;

	for (const struct ini_entry *e = r->list; e != NULL; e = e->next)
		n++;
	while (size < 2 * n)
		size *= 2;
	r->twins = arena_alloc(r->config->arena, size * sizeof(void *));
	r->twins_mask = size - 1;
	return (r->twins == NULL ? config_nomem(r) : OK);
}

/* "; did you mean [tracker linear]?" for a section that does not exist. */
static const char *
section_hint(struct config_reader *r, const struct ini_entry *e)
{
	const char *near = ini_nearest(e->kind, &config_kinds[0].kind,
	    config_kinds_len, sizeof(config_kinds[0]));
	const char *name = e->name, *text;

	if (near == NULL && tracker_kind(e->kind) != NULL) {
		near = "tracker";
		name = e->kind;
	}
	if (near == NULL)
		return (config_hint(r, e->kind, &config_kinds[0].kind,
		    config_kinds_len, sizeof(config_kinds[0])));
	if (!config_table_kind(near)->named)
		text = arena_printf(r->config->arena,
		    "; did you mean [%s]?", near);
	else
		text = arena_printf(r->config->arena,
		    "; did you mean [%s %.*s]?", near, NAME_SHOWN,
		    name[0] != '\0' ? name : "NAME");
	return (text != NULL ? text : "");
}

static enum err
check_section(struct config_reader *r, const struct ini_entry *e)
{
	const struct config_kind *kind = config_table_kind(e->kind);
	const struct ini_entry *before;

	if (kind == NULL)
		return (config_refuse(r, "no such section%s",
		    section_hint(r, e)));
	if (kind->named && e->name[0] == '\0')
		return (config_refuse(r, "%s %s has a name; write [%s NAME]",
		    e->kind[0] == 'o' ? "an" : "a", e->kind, e->kind));
	if (!kind->named && e->name[0] != '\0')
		return (config_refuse(r, "this section has no name; write "
		    "[%s]", e->kind));
	if ((before = twin(r, e)) != NULL)
		return (config_refuse(r, "this section stands in line %d "
		    "already; put the two together", before->line));
	return (OK);
}

static enum err
read_key(struct config_reader *r, const struct ini_entry *e, void *base)
{
	const struct config_param *p;
	const struct ini_entry *before;

	find_rows(r, e->kind);
	if ((p = config_table_row(r->rows, r->nrows, e->key)) == NULL)
		return (config_refuse(r, "no such key%s", config_hint(r,
		    e->key, &r->rows[0].key, r->nrows, sizeof(r->rows[0]))));
	if (!(p->repeats && p->type != PARAM_FIELD &&
	    p->type != PARAM_HEADER) &&
	    (before = twin(r, e)) != NULL)
		return (config_refuse(r, "this key stands in line %d already; "
		    "keep one of them", before->line));
	return (config_value_set(r, p, base, e->value));
}

/* One entry of the file; *base is NULL in a section that was refused. */
static enum err
read_entry(struct config_reader *r, const struct ini_entry *e,
    void **base)
{
	enum err rc;

	config_at(r, e->line, e->kind, e->name, e->key);
	if (e->key != NULL)
		return (*base == NULL ? OK : read_key(r, e, *base));
	*base = NULL;
	if ((rc = check_section(r, e)) != OK)
		return (rc);
	if ((*base = add(r, e)) == NULL)
		return (config_nomem(r));
	if (!config_table_kind(e->kind)->named)
		return (OK);
	return (set_defaults(r, e->kind, *base));
}

enum err
config_sections_defaults(struct config_reader *r)
{
	enum err e;

	for (size_t i = 0; i < config_kinds_len; i++)
		if (!config_kinds[i].named && (e = set_defaults(r,
		    config_kinds[i].kind, r->config)) != OK)
			return (e);
	return (OK);
}

enum err
config_sections_read(struct config_reader *r)
{
	const struct ini_entry *e;
	void *base = NULL;
	enum err rc;

	if ((rc = make_twins(r)) != OK)
		return (rc);
	for (e = r->list; e != NULL; e = e->next) {
		rc = read_entry(r, e, &base);
		if (rc != OK && rc != ERR_CONFIG)
			return (rc);
	}
	return (r->nmistakes > 0 ? ERR_CONFIG : OK);
}
