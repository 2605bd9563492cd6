/*
 * Names of people, priorities and options, and what Jira calls them.  Sites
 * rename and translate these, so what a person wrote is held against the ids,
 * names and values that the site tells, and a choice that is not clear is no
 * choice: the ticket goes without, and a note says why.
 */
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "handler/cache.h"
#include "handler/config.h"
#include "handler/jira.h"
#include "handler/jira_value.h"
#include "handler/job.h"
#include "handler/upstream.h"

enum {
	FEW = 5,		/* names told in a sentence */
	FEW_MAX = 1000,		/* bytes of them */
	OLD_ACCOUNT = 24	/* hex digits of the oldest accountIds */
};

/* What a search for a person found. */
struct hits {
	const struct json	*best;
	int			 exact;	/* their address or name is that text */
	int			 near;	/* matched by a part of them */
};

bool
jira_is_account(const char *name)
{

	if (strpbrk(name, "@ ") != NULL)
		return (false);
	return (strchr(name, ':') != NULL || (strlen(name) >= OLD_ACCOUNT &&
	    strspn(name, "0123456789abcdefABCDEF-") == strlen(name)));
}

/* How Jira shows a value: its name or its value. */
static const char *
shown(const struct json *value)
{
	const char *text = json_text(value, "value");

	return (text != NULL ? text : json_text(value, "name"));
}

/* "disabled", "archived", or NULL for one that can be chosen. */
static const char *
retired(const struct json *value)
{
	bool disabled = false, archived = false;

	(void)json_bool(value, "disabled", &disabled);
	(void)json_bool(value, "archived", &archived);
	return (disabled ? "disabled" : archived ? "archived" : NULL);
}

const char *
jira_few(struct job *job, const struct json *array)
{
	const struct json *n;
	struct buf buf;
	int told = 0, more = 0;

	buf_init(&buf, job->arena, FEW_MAX);
	for (n = array == NULL ? NULL : array->child; n != NULL; n = n->next) {
		if (shown(n) == NULL || retired(n) != NULL)
			continue;
		if (told == FEW) {
			more++;
			continue;
		}
		buf_printf(&buf, "%s%s", told++ > 0 ? ", " : "", shown(n));
	}
	if (more > 0)
		buf_printf(&buf, " and %d more", more);
	return (told == 0 ? "none" : upstream_quote(job, buf_text(&buf)));
}

/* Is that text among what a value is called? */
static bool
is_called(const struct json *value, const char *text)
{
	static const char *const members[] = { "value", "name", "id" };
	const char *word;
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		word = json_text(value, members[i]);
		if (word != NULL && strcasecmp(word, text) == 0)
			return (true);
	}
	return (false);
}

enum err
jira_allowed(struct job *job, const struct json *field, const char *text,
    const char **found)
{
	const struct json *list = json_get(field, "allowedValues"), *n;
	const char *name = json_text(field, "name");

	*found = text;
	if (list == NULL || list->type != JSON_ARRAY)
		return (OK);
	for (n = list->child; n != NULL; n = n->next)
		if (is_called(n, text))
			break;
	if (n != NULL && shown(n) != NULL)
		*found = shown(n);
	if (n != NULL && retired(n) == NULL)
		return (OK);
	if (n != NULL)
		return (fail(job, ERR_MALFORMED, "%s of %s is %s in Jira and "
		    "cannot be chosen any more; name another one", *found,
		    name, retired(n)));
	return (fail(job, ERR_MALFORMED, "%s has no %s; it has %s", name,
	    upstream_quote(job, text), jira_few(job, list)));
}

const char *
jira_priority_word(const char *word)
{
	static const char *const words[][2] = {
		{ "urgent", "Highest" }, { "high", "High" },
		{ "medium", "Medium" }, { "low", "Low" }, { "none", NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(words[i][0], word) == 0)
			return (words[i][1]);
	return (word);
}

enum err
jira_priority(struct job *job, const struct json *field, const char *word,
    const char **found)
{
	const char *usual = jira_priority_word(word);

	*found = NULL;
	if (usual == NULL)
		return (OK);
	if (jira_allowed(job, field, usual, found) == OK)
		return (OK);
	job->why.text[0] = '\0';
	/* A site may call one of its own by our word. */
	return (jira_allowed(job, field, word, found));
}

/* How exactly does a person go by that text?  2: exactly, 1: in part. */
static int
matches(const struct json *user, const char *text)
{
	static const char *const members[] = { "emailAddress", "displayName",
	    "name" };
	const char *word;
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		word = json_text(user, members[i]);
		if (word != NULL && strcasecmp(word, text) == 0)
			return (2);
	}
	/* An address that is shown and differs is another person's. */
	return (strchr(text, '@') != NULL &&
	    json_text(user, "emailAddress") != NULL ? 0 : 1);
}

static void
count_hits(const struct json *users, const char *text, struct hits *h)
{
	const struct json *n;

	*h = (struct hits){ .best = NULL };
	for (n = users == NULL ? NULL : users->child; n != NULL; n = n->next) {
		int m = matches(n, text);

		if (m == 0)
			continue;
		if (h->best == NULL || (m == 2 && h->exact == 0))
			h->best = n;
		if (m == 2)
			h->exact++;
		else
			h->near++;
	}
}

static enum err
search_users(struct job *job, const struct target *t, const char *path,
    const char *text, struct hits *h)
{
	struct jira_call c = { .tracker = t->tracker, .method = "GET",
	    .what = "looking for a user" };
	bool cloud = jira_is_cloud(t->tracker);
	const char *word = jira_quote(job, text);
	enum err e;

	if (word != NULL)
		c.path = arena_printf(job->arena, "%s%s=%s&maxResults=50%s",
		    path, cloud ? "query" : "username", word,
		    cloud || strncmp(path, "/user/search", 12) != 0 ? "" :
		    "&includeInactive=true");
	if (c.path == NULL)
		return (fail(job, ERR_NOMEM, "no memory to find a user"));
	if ((e = jira_look(job, &c)) != OK)
		return (e);
	count_hits(c.tree, text, h);
	return (OK);
}

/* Nobody who can be assigned: is there anybody at all? */
static enum err
no_user(struct job *job, const struct target *t, const char *name,
    bool assignable)
{
	struct hits h = { .best = NULL };
	bool active = true;
	enum err e = OK;

	if (assignable)
		e = search_users(job, t, "/user/search?", name, &h);
	if (e != OK)
		return (e);
	(void)json_bool(h.best, "active", &active);
	if (h.best != NULL && !active)
		return (fail(job, ERR_MALFORMED, "the Jira account of %s is "
		    "deactivated; name somebody else", name));
	if (h.best != NULL)
		return (fail(job, ERR_MALFORMED, "%s cannot be assigned "
		    "issues in %s; give them \"Assignable user\" there", name,
		    t->project));
	if (!jira_is_cloud(t->tracker))
		return (fail(job, ERR_MALFORMED, "Jira shows no user %s; "
		    "write the user name", name));
	return (fail(job, ERR_MALFORMED, "Jira shows no user %s; the address "
	    "may be hidden, or the account of [tracker %s] lacks \"Browse "
	    "users and groups\": write the accountId instead", name,
	    t->tracker->name));
}

static enum err
find_user(struct job *job, const struct target *t, const char *name,
    bool assignable, const char **id)
{
	const char *path = assignable ? arena_printf(job->arena,
	    "/user/assignable/search?project=%s&",
	    jira_quote(job, t->project)) : "/user/search?";
	struct hits h;
	enum err e;

	if (path == NULL)
		return (fail(job, ERR_NOMEM, "no memory to find a user"));
	if ((e = search_users(job, t, path, name, &h)) != OK)
		return (e);
	if (h.best == NULL)
		return (no_user(job, t, name, assignable));
	if (h.exact > 1 || (h.exact == 0 && h.near > 1))
		return (fail(job, ERR_MALFORMED, "%s is %d people in Jira; "
		    "write the %s of one", name, h.exact + h.near,
		    jira_is_cloud(t->tracker) ? "accountId" : "user name"));
	*id = json_text(h.best, jira_is_cloud(t->tracker) ? "accountId" :
	    "name");
	return (*id != NULL && tracker_sane(*id) ? OK : fail(job,
	    ERR_UPSTREAM, "jira: the answer to looking for a user cannot be "
	    "read"));
}

enum err
jira_user(struct job *job, const struct target *t, const char *name,
    bool assignable, const char **id)
{
	bool cloud = jira_is_cloud(t->tracker);
	const char *key;
	enum err e;

	*id = name;
	if (cloud ? jira_is_account(name) : strpbrk(name, "@ ") == NULL)
		return (OK);
	key = arena_printf(job->arena, "%s|jira|%s|%s|%s", t->tracker->name,
	    t->project, assignable ? "assignee" : "user", name);
	if (key == NULL)
		return (fail(job, ERR_NOMEM, "no memory to find a user"));
	*id = cache_get(job->cache, job->arena, key, job->started);
	if (*id != NULL)
		return (OK);
	if ((e = find_user(job, t, name, assignable, id)) == OK)
		cache_put(job->cache, key, *id, job->started);
	return (e);
}

const char *
jira_user_trouble(struct job *job, const struct tracker *t,
    const char *account)
{
	bool cloud = jira_is_cloud(t), active = true;
	struct jira_call c = { .tracker = t, .method = "GET",
	    .what = "reading a user" };
	struct why why = job->why;
	enum err e;

	c.path = arena_printf(job->arena, "/user?%s=%s",
	    cloud ? "accountId" : "username", jira_quote(job, account));
	e = c.path == NULL ? ERR_NOMEM : jira_call(job, &c);
	job->why = why;
	if (e == ERR_ABSENT)
		return (" (Jira shows no such account)");
	if (e == OK && json_bool(c.tree, "active", &active) && !active)
		return (" (the account is deactivated)");
	return ("");
}
