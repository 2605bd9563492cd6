#include <string.h>

#include "common/arena.h"
#include "common/ini.h"
#include "handler/config_read.h"
#include "handler/route.h"
#include "handler/tracker.h"

/* The keys that name a place, for sentences. */
static const char *const dest_keys[DEST_COUNT] = {
	[DEST_TRACKER] = "tracker", [DEST_TEAM] = "team",
	[DEST_PROJECT] = "project", [DEST_ISSUE_TYPE] = "issue_type",
	[DEST_LABELS] = "labels", [DEST_TITLE] = "title",
	[DEST_PER] = "one_ticket_per"
};

static bool
is_kind(const struct tracker *t, const char *type)
{
	return (strcmp(t->kind->type, type) == 0);
}

static void
check_tracker(struct config_reader *r, struct tracker *t)
{
	const struct config *c = r->config;

	config_at(r, t->line, "tracker", t->name, NULL);
	if (t->kind == NULL) {
		(void)config_refuse(r, "no type; set type to one of %s",
		    tracker_kinds());
		return;
	}
	if (t->url == NULL)
		t->url = t->kind->url;
	if (t->url == NULL)
		(void)config_refuse(r, "no url; set it to the site's base "
		    "URL, e.g. https://acme.atlassian.net");
	if (t->link != LINK_NEVER && c->trunk_token.len == 0 &&
	    c->trunk_key.len == 0)
		(void)config_refuse(r, "its tickets cannot be linked "
		    "without a token or api_key in [trunk]; set one there, or "
		    "link = none here");
	if (t->token.len == 0)
		(void)config_refuse(r, "no secret; set %s = file:/path",
		    is_kind(t, "linear") ? "api_key" : "token");
	if (!is_kind(t, "jira") && t->email != NULL)
		(void)config_refuse(r, "email is for Jira Cloud; take it "
		    "out");
	if (t->url != NULL)
		config_doubt_tracker(r, t);
}

/* Does the [tracker] section that a setting names exist? */
static enum err
check_name(struct config_reader *r, const struct setting *s)
{
	const struct config *c = r->config;
	const struct tracker *t;
	const char **name;
	size_t n = 0;

	if (s->value == NULL || config_tracker(c, s->value) != NULL)
		return (OK);
	for (t = c->trackers; t != NULL; t = t->next)
		n++;
	if ((name = arena_alloc(c->arena, n * sizeof(*name))) == NULL)
		return (config_nomem(r));
	for (n = 0, t = c->trackers; t != NULL; t = t->next)
		name[n++] = t->name;
	config_at(r, s->line, s->kind, s->name, "tracker");
	return (config_refuse(r, "there is no [tracker %s]%s", s->value,
	    config_hint(r, s->value, name, n, sizeof(*name))));
}

static enum err
check_names(struct config_reader *r)
{
	const struct config *c = r->config;
	const struct owner *o;
	const struct rule *rule;
	enum err e;

	if ((e = check_name(r, &c->defaults[DEST_TRACKER])) == ERR_NOMEM)
		return (e);
	for (o = c->owners; o != NULL; o = o->next)
		if ((e = check_name(r, &o->dest[DEST_TRACKER])) == ERR_NOMEM)
			return (e);
	for (rule = c->rules; rule != NULL; rule = rule->next)
		if ((e = check_name(r,
		    &rule->dest[DEST_TRACKER])) == ERR_NOMEM)
			return (e);
	return (r->nmistakes > 0 ? ERR_CONFIG : OK);
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

/* What Jira would refuse only when the first ticket is filed. */
static enum err
check_jira(struct config_reader *r, const struct setting *dest)
{
	const struct setting *s = &dest[DEST_LABELS];

	if (s->value != NULL && has_blank(s->value)) {
		config_at(r, s->line, s->kind, s->name, "labels");
		return (config_refuse(r, "Jira takes no label with a blank "
		    "in it; put a comma between two labels, or a hyphen"));
	}
	return (OK);
}

/* The rule leads nowhere: say what is missing and where it may be set. */
static enum err
refuse_place(struct config_reader *r, const struct rule *rule,
    const struct owner *owner, const struct tracker *t, const char *key)
{
	const char *who = "", *where = "";

	config_at(r, rule->line, "rule", rule->name, NULL);
	if (owner != NULL) {
		who = arena_printf(r->config->arena,
		    " for a test of %s (line %d)",
		    config_show(r, owner->name), owner->line);
		where = ", in that [owner] section";
	}
	if (who == NULL)
		return (config_nomem(r));
	if (t == NULL)
		return (config_refuse(r, "it leads to no tracker%s; set "
		    "tracker = NAME here%s or in [defaults]", who, where));
	return (config_refuse(r, "it leads to no %s in the tracker %s%s; set "
	    "%s = KEY here%s, in [tracker %s] or in [defaults]", key,
	    config_show(r, t->name), who, key, where, t->name));
}

static enum err
check_place(struct config_reader *r, const struct rule *rule,
    const struct owner *owner)
{
	struct setting dest[DEST_COUNT];
	const struct tracker *t;

	t = route_destination(r->config, rule, owner, dest);
	if (t == NULL || dest[t->kind->project].value == NULL)
		return (refuse_place(r, rule, owner, t,
		    t == NULL ? NULL : dest_keys[t->kind->project]));
	config_doubt_place(r, rule, owner, dest);
	return (is_kind(t, "jira") ? check_jira(r, dest) : OK);
}

static enum err
check_rule(struct config_reader *r, const struct rule *rule)
{
	const struct owner *o = r->config->owners;
	enum err e;

	if (rule->to_owner && o == NULL) {
		config_at(r, rule->line, "rule", rule->name, "to");
		return (config_refuse(r, "there is no [owner] section; write "
		    "one for each code owner, or set tracker here"));
	}
	if (rule->action != ACTION_TICKET)
		return (OK);
	if (!rule->to_owner)
		return (check_place(r, rule, NULL));
	for (; o != NULL; o = o->next)
		if ((e = check_place(r, rule, o)) == ERR_NOMEM)
			return (e);
	return (OK);
}

/* Sections without which nothing can be done. */
static enum err
check_sections(struct config_reader *r)
{
	const struct config *c = r->config;

	config_at(r, 0, NULL, NULL, NULL);
	if (c->nsvix == 0)
		(void)config_refuse(r, "[svix] secret is missing, and "
		    "nothing unsigned is accepted; set it to the endpoint's "
		    "signing secret");
	if (c->trackers == NULL)
		(void)config_refuse(r, "there is no [tracker NAME] section; "
		    "write one with type, url, token and project");
	if (c->rules == NULL)
		(void)config_refuse(r, "there is no [rule NAME] section, so "
		    "nothing would be filed; write one");
	return (r->nmistakes > 0 ? ERR_CONFIG : OK);
}

/* Each step relies on the one before it. */
enum err
config_check(struct config_reader *r)
{
	const struct config *c = r->config;
	const struct rule *rule;
	struct tracker *t;
	enum err e;

	if ((e = check_sections(r)) != OK)
		return (e);
	for (t = c->trackers; t != NULL; t = t->next)
		check_tracker(r, t);
	if (r->nmistakes > 0)
		return (ERR_CONFIG);
	if ((e = check_names(r)) != OK)
		return (e);
	config_doubt_trunk(r);
	for (rule = c->rules; rule != NULL; rule = rule->next)
		if ((e = check_rule(r, rule)) == ERR_NOMEM)
			return (e);
	if (r->nmistakes > 0)
		return (ERR_CONFIG);
	config_cover(r);
	return (OK);
}
