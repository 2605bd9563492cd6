#include <ctype.h>
#include <string.h>

#include "common/ini.h"
#include "handler/config_read.h"
#include "handler/tracker.h"

void
config_doubt_at(struct config_reader *r, int line, const char *kind,
    const char *name, const char *key)
{
	const struct ini_entry *e;

	config_at(r, line, kind, name, NULL);
	for (e = r->list; e != NULL; e = e->next)
		if (e->key != NULL && strcmp(e->key, key) == 0 &&
		    strcmp(e->kind, kind) == 0 && strcmp(e->name, name) == 0)
			config_at(r, e->line, kind, name, e->key);
}

const char *
config_doubt_path(const char *url)
{
	const char *host = url + strlen("https://");

	return (host + strcspn(host, "/"));
}

void
config_doubt_trunk(struct config_reader *r)
{
	const char *path = config_doubt_path(r->config->trunk_url);

	if (path[0] == '\0')
		return;
	config_doubt_at(r, 0, "trunk", "", "api");
	config_warn(r, "%s is added to by tickethook, version included; "
	    "leave %s out unless a proxy of yours wants it",
	    config_show(r, r->config->trunk_url), config_show(r, path));
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
