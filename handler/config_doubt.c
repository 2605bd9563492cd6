#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/ini.h"
#include "handler/config_read.h"
#include "handler/tracker.h"

#define CLOUD	".atlassian.net"

/* Look at a key of the file; at the section where it does not stand. */
static void
at_key(struct config_reader *r, int line, const char *kind, const char *name,
    const char *key)
{
	const struct ini_entry *e;

	config_at(r, line, kind, name, NULL);
	for (e = r->list; e != NULL; e = e->next)
		if (e->key != NULL && strcmp(e->key, key) == 0 &&
		    strcmp(e->kind, kind) == 0 && strcmp(e->name, name) == 0)
			config_at(r, e->line, kind, name, e->key);
}

/* What follows the host of an https URL: "" or "/path". */
static const char *
path_of(const char *url)
{
	const char *host = url + strlen("https://");

	return (host + strcspn(host, "/"));
}

/* Is that a site of Jira Cloud? */
static bool
is_cloud(const char *url)
{
	const char *host = url + strlen("https://");
	size_t n = strcspn(host, ":/");

	return (n > strlen(CLOUD) && strncasecmp(host + n - strlen(CLOUD),
	    CLOUD, strlen(CLOUD)) == 0);
}

void
config_doubt_trunk(struct config_reader *r)
{
	const char *path = path_of(r->config->trunk_url);

	if (path[0] == '\0')
		return;
	at_key(r, 0, "trunk", "", "api");
	config_warn(r, "%s is added to by tickethook, version included; "
	    "leave %s out unless a proxy of yours wants it",
	    config_show(r, r->config->trunk_url), config_show(r, path));
}

void
config_doubt_tracker(struct config_reader *r, const struct tracker *t)
{
	const char *path = path_of(t->url);

	if (strcmp(t->kind->type, "jira") != 0)
		return;
	at_key(r, t->line, "tracker", t->name, "url");
	if (path[0] != '\0' && (is_cloud(t->url) ||
	    strstr(path, "/browse") != NULL ||
	    strstr(path, "/projects") != NULL))
		config_warn(r, "%s is a page of the site; give its base URL "
		    "and leave %s out", config_show(r, t->url),
		    config_show(r, path));
	if (is_cloud(t->url) && t->email == NULL)
		config_warn(r, "this is Jira Cloud, which takes no token "
		    "without its account; set email to that of the account");
}

/* Two capitals at least, as Jira proposes keys: PAY, A_1. */
static bool
is_project(const char *key)
{
	size_t n = strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return (n >= 2 && isupper((unsigned char)key[0]) && key[n] == '\0');
}

static bool
is_team(const char *key)
{
	for (; *key != '\0'; key++)
		if ((unsigned char)*key >= 0x80 ||
		    !isalnum((unsigned char)*key))
			return (false);
	return (true);
}

static void
doubt_key(struct config_reader *r, const struct setting *s, bool linear)
{
	if (linear ? is_team(s->value) : is_project(s->value))
		return;
	config_at(r, s->line, s->kind, s->name, linear ? "team" : "project");
	config_warn(r, "%s does not look like the key of a %s, which is "
	    "written like %s", config_show(r, s->value), linear ?
	    "Linear team" : "Jira project", linear ? "ENG" : "PAY");
}

void
config_doubt_place(struct config_reader *r, const struct rule *rule,
    const struct owner *owner, const struct setting dest[DEST_COUNT])
{
	const char *name = dest[DEST_TRACKER].value;
	const struct tracker *t = config_tracker(r->config, name);
	bool linear = t != NULL && t->kind->project == DEST_TEAM;
	const struct setting *s;

	if (t == NULL)
		return;
	doubt_key(r, &dest[t->kind->project], linear);
	/* With the rule's own tracker the owner's keys may be for another. */
	if (owner != NULL && rule->dest[DEST_TRACKER].value != NULL)
		return;
	s = owner != NULL ? owner->dest : rule->dest;
	s += linear ? DEST_PROJECT : DEST_TEAM;
	if (s->value == NULL)
		return;
	config_at(r, s->line, s->kind, s->name, linear ? "project" : "team");
	config_warn(r, "[tracker %s] is %s, which does not use this key; "
	    "write %s, or take it out", name, linear ? "Linear" : "Jira",
	    linear ? "team = KEY" : "project = KEY");
}
