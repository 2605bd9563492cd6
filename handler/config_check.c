/*
 * What only the whole file shows, after each line of it was taken: is there
 * what must be there, do names lead somewhere, has each tracker its account?
 * Then come where rules lead (config_place.c) and what they take
 * (config_cover.c), which may rely on all of that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/crypt.h"
#include "common/ini.h"
#include "handler/config_read.h"
#include "handler/tracker.h"

static bool
has_account(const struct tracker *t)
{
	return ((t->kind->traits & TRAIT_EMAIL) != 0);
}

/*
 * What is sent of e-mail and token, so that it is known for a secret too, see
 * secret_hide().
 */
static void
keep_pair(struct config_reader *r, const struct tracker *t)
{
	size_t n = strlen(t->email) + 1 + t->token.len;
	size_t size = 4 * ((n + 2) / 3) + 1;
	char *pair = calloc(1, n + 1 + size);
	struct secret kept;

	if (pair == NULL)
		return;
	(void)snprintf(pair, n + 1, "%s:%s", t->email, t->token.bytes);
	crypt_base64(pair, n, pair + n + 1);
	(void)secret_keep(r->config->vault, pair + n + 1,
	    strlen(pair + n + 1), &kept, NULL);
	explicit_bzero(pair, n + 1 + size);
	free(pair);
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
		    has_account(t) ? "token" : "api_key");
	if (!has_account(t) && t->email != NULL)
		(void)config_refuse(r, "email is for Jira Cloud; take it "
		    "out");
	if (t->email != NULL && t->token.len > 0)
		keep_pair(r, t);
	if (t->url != NULL && t->kind->check.doubt != NULL)
		t->kind->check.doubt(r, t);
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

/* A panel that nobody could see, or everybody. */
static void
check_panel(struct config_reader *r)
{
	const struct matcher *users = &r->config->panel_users;
	const struct ini_entry *e;

	for (e = r->list; e != NULL; e = e->next)
		if (e->key == NULL && strcmp(e->kind, "panel") == 0)
			break;
	if (e == NULL)
		return;
	config_at(r, e->line, "panel", "", NULL);
	if (users->n == 0 && r->config->panel_token.len == 0)
		(void)config_refuse(r, "neither users nor token is set, so "
		    "nobody could see anything; set one, or take the section "
		    "out");
	config_at(r, users->line, "panel", "", "users");
	if (users->none)
		(void)config_refuse(r, "a list of those who may not is no "
		    "list of users; name those who may, or * for all");
	for (size_t i = 0; i < users->n; i++)
		if (strcmp(users->pattern[i], "*") == 0 ? users->n > 1 :
		    strpbrk(users->pattern[i], "*?") != NULL)
			(void)config_refuse(r, "a * stands alone and means "
			    "everybody whom the web server lets in; name the "
			    "users otherwise");
}

/* Each step relies on the one before it. */
enum err
config_check(struct config_reader *r)
{
	const struct config *c = r->config;
	struct tracker *t;
	enum err e;

	if ((e = check_sections(r)) != OK)
		return (e);
	for (t = c->trackers; t != NULL; t = t->next)
		check_tracker(r, t);
	check_panel(r);
	config_notify_check(r);
	if (r->nmistakes > 0)
		return (ERR_CONFIG);
	if ((e = check_names(r)) != OK)
		return (e);
	config_doubt_trunk(r);
	if ((e = config_places(r)) != OK)
		return (e);
	config_cover(r);
	return (OK);
}
