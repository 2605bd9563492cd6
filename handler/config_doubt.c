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

	if ((t->kind->traits & TRAIT_EMAIL) == 0)
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

void
config_doubt_key(struct config_reader *r, const struct setting *s,
    enum dest d)
{
	bool team = d == DEST_TEAM;

	if (team ? is_team(s->value) : is_project(s->value))
		return;
	config_at(r, s->line, s->kind, s->name, config_dest_keys[d]);
	config_warn(r, "%s does not look like the key of a %s, which is "
	    "written like %s", config_show(r, s->value), team ?
	    "Linear team" : "Jira project", team ? "ENG" : "PAY");
}
