#include <string.h>

#include "common/arena.h"
#include "handler/config_read.h"
#include "handler/tracker.h"

/*
 * Where do the rules lead?  Every rule with `to = owner` is looked at with
 * every owner, so what is looked at must be little: a value that was
 * checked for a kind of tracker is remembered.
 */
enum {
	SEEN = 1024,		/* values remembered; a power of 2 */
	MISTAKES_MAX = 1000	/* nobody reads more of them */
};

/* The trackers that tickets of a section reach. */
struct reach {
	const struct tracker *tracker;	/* the last one; NULL: none */
	uint32_t	 unused;	/* keys that none of them uses */
	bool		 no_fields;
};

struct seen {
	const struct setting *value;
	const struct tracker_kind *kind;
};

struct places {
	struct config_reader *reader;
	const struct tracker *fallback;	/* of [defaults] */
	const struct tracker **own;	/* of each owner, or NULL */
	struct reach	*owner;		/* each owner's */
	struct reach	 defaults;
	struct seen	 seen[SEEN];
};

/* One way from a rule to a tracker. */
struct way {
	const struct rule *rule;
	const struct owner *owner;	/* or NULL */
	const struct tracker *tracker;
};

static void
reach(struct reach *r, const struct tracker *t)
{
	bool no_fields = (t->kind->traits & TRAIT_FIELDS) == 0;

	if (r->tracker == NULL) {
		r->unused = t->kind->unused;
		r->no_fields = no_fields;
	}
	r->tracker = t;
	r->unused &= t->kind->unused;
	r->no_fields &= no_fields;
}

/* Where the value stands that counts on this way. */
static const struct setting *
winner(const struct config *c, const struct way *w, enum dest d)
{
	if (w->rule->dest[d].value != NULL)
		return (&w->rule->dest[d]);
	if (w->owner != NULL && w->owner->dest[d].value != NULL)
		return (&w->owner->dest[d]);
	if (w->tracker->dest[d].value != NULL)
		return (&w->tracker->dest[d]);
	return (&c->defaults[d]);
}

/* A blank inside one of the labels? */
static bool
has_blank(const char *labels)
{
	size_t len, first, last;

	for (;; labels += len + 1) {
		len = strcspn(labels, ",");
		first = strspn(labels, " \t");
		for (last = len; last > first &&
		    (labels[last - 1] == ' ' || labels[last - 1] == '\t');)
			last--;
		if (first + strcspn(labels + first, " \t") < last)
			return (true);
		if (labels[len] == '\0')
			return (false);
	}
}

static void
check_priority(struct config_reader *r, const struct setting *s,
    const struct tracker_kind *kind)
{
	static const char *const words[] = { "urgent", "high", "medium",
	    "low", "none" };
	const size_t n = sizeof(words) / sizeof(words[0]);

	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], s->value) == 0)
			return;
	config_at(r, s->line, s->kind, s->name, "priority");
	(void)config_refuse(r, "%s is no priority of %s%s",
	    config_show(r, s->value), kind->type, config_hint(r, s->value,
	    words, n, sizeof(words[0])));
}

/* What a tracker would refuse only when the first ticket is filed. */
static void
check_value(struct config_reader *r, enum dest d, const struct setting *s,
    const struct tracker_kind *kind)
{
	if (d == kind->project)
		config_doubt_key(r, s, d);
	if (d == DEST_PRIORITY && (kind->traits & TRAIT_PRIORITY) == 0)
		check_priority(r, s, kind);
	if (d == DEST_LABELS && (kind->traits & TRAIT_WORDS) != 0 &&
	    has_blank(s->value)) {
		config_at(r, s->line, s->kind, s->name, "labels");
		(void)config_refuse(r, "%s takes no label with a blank in "
		    "it; put a comma between two labels, or a hyphen",
		    kind->type);
	}
}

static void
check_winner(struct places *p, const struct way *w, enum dest d)
{
	const struct setting *s = winner(p->reader->config, w, d);
	const struct tracker_kind *kind = w->tracker->kind;
	struct seen *seen;

	if (s->value == NULL)
		return;
	seen = &p->seen[(uintptr_t)s / sizeof(*s) & (SEEN - 1)];
	if (seen->value == s && seen->kind == kind)
		return;
	seen->value = s;
	seen->kind = kind;
	check_value(p->reader, d, s, kind);
}

/* The rule leads nowhere: say what is missing and where it may be set. */
static enum err
refuse_place(struct config_reader *r, const struct way *w)
{
	const char *who = "", *where = "", *key;

	config_at(r, w->rule->line, "rule", w->rule->name, NULL);
	if (w->owner != NULL) {
		who = arena_printf(r->config->arena,
		    " for a test of %s (line %d)",
		    config_show(r, w->owner->name), w->owner->line);
		where = ", in that [owner] section";
	}
	if (who == NULL)
		return (config_nomem(r));
	if (w->tracker == NULL)
		return (config_refuse(r, "it leads to no tracker%s; set "
		    "tracker = NAME here%s or in [defaults]", who, where));
	key = config_dest_keys[w->tracker->kind->project];
	return (config_refuse(r, "it leads to no %s in the tracker %s%s; set "
	    "%s = KEY here%s, in [tracker %s] or in [defaults]", key,
	    config_show(r, w->tracker->name), who, key, where,
	    w->tracker->name));
}

static enum err
check_way(struct places *p, const struct way *w, struct reach *rule)
{
	const struct config *c = p->reader->config;

	if (w->tracker == NULL ||
	    winner(c, w, w->tracker->kind->project)->value == NULL)
		return (refuse_place(p->reader, w));
	reach(rule, w->tracker);
	reach(&p->defaults, w->tracker);
	check_winner(p, w, w->tracker->kind->project);
	check_winner(p, w, DEST_LABELS);
	check_winner(p, w, DEST_PRIORITY);
	return (OK);
}

/* Warn of keys of a section that can do nothing where it leads. */
static void
warn_unused(struct config_reader *r, const struct reach *to,
    const struct setting *dest, const struct field *fields)
{
	const struct tracker *t = to->tracker;
	const char *place;
	enum dest d;

	if (t == NULL)
		return;
	place = config_dest_keys[t->kind->project];
	for (d = 0; d < DEST_COUNT; d++) {
		if (dest[d].value == NULL || dest[d].line == 0 ||
		    (to->unused & UINT32_C(1) << d) == 0)
			continue;
		config_at(r, dest[d].line, dest[d].kind, dest[d].name,
		    config_dest_keys[d]);
		if (d == DEST_TEAM || d == DEST_PROJECT)
			config_warn(r, "[tracker %s] is of type %s, which "
			    "does not use this key; write %s = KEY, or take "
			    "it out", t->name, t->kind->type, place);
		else
			config_warn(r, "[tracker %s] is of type %s, which "
			    "does not use this key; take it out", t->name,
			    t->kind->type);
	}
	for (; to->no_fields && fields != NULL; fields = fields->next) {
		config_at(r, fields->setting.line, fields->setting.kind,
		    fields->setting.name, arena_printf(r->config->arena,
		    CONFIG_FIELD "%s", fields->name));
		config_warn(r, "[tracker %s] is of type %s, which does "
		    "not use this key; take it out", t->name,
		    t->kind->type);
	}
}

static enum err
check_rule(struct places *p, const struct rule *rule)
{
	struct config_reader *r = p->reader;
	const struct tracker *t = config_tracker(r->config,
	    rule->dest[DEST_TRACKER].value);
	struct way w = { .rule = rule };
	struct reach to = { .tracker = NULL };
	size_t i = 0;

	if (!rule->to_owner) {
		w.tracker = t != NULL ? t : p->fallback;
		if (check_way(p, &w, &to) == ERR_NOMEM)
			return (ERR_NOMEM);
	} else {
		w.owner = r->config->owners;
	}
	for (; w.owner != NULL && r->nmistakes < MISTAKES_MAX;
	    w.owner = w.owner->next, i++) {
		w.tracker = t != NULL ? t : p->own[i] != NULL ? p->own[i] :
		    p->fallback;
		if (check_way(p, &w, &to) == ERR_NOMEM)
			return (ERR_NOMEM);
		if (w.tracker != NULL)
			reach(&p->owner[i], w.tracker);
	}
	warn_unused(r, &to, rule->dest, rule->fields);
	return (OK);
}

static enum err
check_rules(struct places *p)
{
	struct config_reader *r = p->reader;
	const struct rule *rule;

	for (rule = r->config->rules; rule != NULL &&
	    r->nmistakes < MISTAKES_MAX; rule = rule->next) {
		if (rule->to_owner && r->config->owners == NULL) {
			config_at(r, rule->line, "rule", rule->name, "to");
			(void)config_refuse(r, "there is no [owner] section; "
			    "write one for each code owner, or set tracker "
			    "here");
		} else if (rule->action == ACTION_TICKET &&
		    check_rule(p, rule) == ERR_NOMEM) {
			return (ERR_NOMEM);
		}
	}
	return (OK);
}

enum err
config_places(struct config_reader *r)
{
	const struct config *c = r->config;
	const struct tracker *t;
	const struct owner *o;
	struct places *p = arena_alloc(c->arena, sizeof(*p));
	size_t n = 0;

	for (o = c->owners; o != NULL; o = o->next)
		n++;
	if (p == NULL || (p->own = arena_alloc(c->arena,
	    n * sizeof(void *))) == NULL || (p->owner =
	    arena_alloc(c->arena, n * sizeof(*p->owner))) == NULL)
		return (config_nomem(r));
	p->reader = r;
	p->fallback = config_tracker(c, c->defaults[DEST_TRACKER].value);
	for (o = c->owners, n = 0; o != NULL; o = o->next, n++)
		p->own[n] = config_tracker(c, o->dest[DEST_TRACKER].value);
	if (check_rules(p) != OK)
		return (ERR_NOMEM);
	for (o = c->owners, n = 0; o != NULL; o = o->next, n++)
		warn_unused(r, &p->owner[n], o->dest, o->fields);
	for (t = c->trackers; t != NULL; t = t->next) {
		struct reach own = { .tracker = NULL };

		reach(&own, t);
		warn_unused(r, &own, t->dest, t->fields);
	}
	warn_unused(r, &p->defaults, c->defaults, c->default_fields);
	return (r->nmistakes > 0 ? ERR_CONFIG : OK);
}
