/*
 * For `check`: is there a Jira at the address, does it know the account, and
 * may that do in a project what tickets need?
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/
 *     api-group-server-info/, api-group-myself/, api-group-permissions/
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/http.h"
#include "common/json.h"
#include "handler/cache.h"
#include "handler/check.h"
#include "handler/config.h"
#include "handler/config_read.h"
#include "handler/jira.h"
#include "handler/jira_issue.h"
#include "handler/job.h"
#include "handler/upstream.h"

#define CLOUD	".atlassian.net"
#define GATEWAY	"https://api.atlassian.com"

enum {
	LACKING_MAX = 500,	/* bytes of permissions in a sentence */
	PAT_MAJOR = 8,		/* the first Jira with access tokens ... */
	PAT_MINOR = 14		/* ... is 8.14 */
};

/* What functions below share. */
struct site {
	struct check		*check;
	struct job		*job;
	const struct tracker	*tracker;
	const char		*key;	/* "[tracker cloud] url" */
	const char		*title;	/* "Jira Cloud", with a version */
};

/* Is that a site of Jira Cloud? */
static bool
is_cloud_site(const char *url)
{
	const char *host = url + strlen("https://");
	size_t n = strcspn(host, ":/");

	return (n > strlen(CLOUD) && strncasecmp(host + n - strlen(CLOUD),
	    CLOUD, strlen(CLOUD)) == 0);
}

void
jira_doubt(struct config_reader *r, const struct tracker *t)
{
	const char *path = config_doubt_path(t->url);

	config_doubt_at(r, t->line, "tracker", t->name, "url");
	if (path[0] != '\0' && (is_cloud_site(t->url) ||
	    strstr(path, "/browse") != NULL ||
	    strstr(path, "/projects") != NULL))
		config_warn(r, "%s is a page of the site; give its base URL "
		    "and leave %s out", config_show(r, t->url),
		    config_show(r, path));
	if (is_cloud_site(t->url) && t->email == NULL)
		config_warn(r, "this is Jira Cloud, which takes no token "
		    "without its account; set email to that of the account");
}

/* Scoped tokens are spoken for at the gateway, which names the site by id. */
static bool
is_gateway(const struct tracker *t)
{
	return (strstr(t->url, "/ex/jira/") != NULL);
}

/* "https://host:port" of the URL. */
static const char *
origin(struct site *s)
{
	const char *host = strstr(s->tracker->url, "://") + 3;

	return (arena_strndup(s->job->arena, s->tracker->url,
	    (size_t)(host - s->tracker->url) + strcspn(host, "/")));
}

/* GET without credentials; NULL: not even an answer, or no JSON object. */
static const struct json *
peek(struct site *s, const char *base, const char *path,
    struct http_answer *a)
{
	struct http_call call = { .method = "GET",
	    .private_ok = s->tracker->private_ok };
	const struct json *tree;

	memset(a, 0, sizeof(*a));
	call.header[0] = (struct http_header){ "Accept", "application/json" };
	call.url = arena_printf(s->job->arena, "%s%s", base, path);
	if (base == NULL || call.url == NULL ||
	    check_call(s->check, &call, a, s->key) != OK ||
	    a->status != 200 || json_parse(s->job->arena, a->body, a->len,
	    &tree, NULL) != OK || tree->type != JSON_OBJECT)
		return (NULL);
	return (tree);
}

/* Is it known by its server information? */
static bool
is_jira(const struct json *tree)
{
	return (json_text(tree, "deploymentType") != NULL ||
	    json_text(tree, "versionNumbers") != NULL ||
	    json_text(tree, "version") != NULL);
}

/* Nothing is there: is it one path further, or one less? */
static enum err
no_jira(struct site *s, const struct http_answer *a)
{
	const char *base = origin(s), *tries[2];
	struct http_answer other;
	size_t i;

	tries[0] = base;
	tries[1] = arena_printf(s->job->arena, "%s/jira", base);
	for (i = 0; i < 2; i++)
		if (tries[i] != NULL && strcmp(tries[i],
		    s->tracker->url) != 0 && is_jira(peek(s, tries[i],
		    "/rest/api/2/serverInfo", &other)))
			return (fail(s->job, ERR_REFUSED, "there is no Jira "
			    "at %s, but there is one at %s; write that as %s",
			    s->tracker->url, tries[i], s->key));
	return (fail(s->job, ERR_REFUSED, "there is no Jira at %s (%d); "
	    "correct %s, which is the address of the site as a browser shows "
	    "it, up to the path that all of its pages have", s->tracker->url,
	    a->status, s->key));
}

/* Is the site what its section takes it for? */
static enum err
check_kind(struct site *s, const struct json *tree)
{
	const char *type = json_text(tree, "deploymentType");
	const char *version = json_text(tree, "version"), *dot;
	bool cloud = type != NULL && strcasecmp(type, "Cloud") == 0;
	const char *name = s->tracker->name;
	long major, minor;

	if (version == NULL)
		version = "of an unknown version";
	s->title = cloud ? "Jira Cloud" : arena_printf(s->job->arena,
	    "Jira Data Center %s", version);
	if (cloud && !jira_is_cloud(s->tracker))
		return (fail(s->job, ERR_REFUSED, "this is Jira Cloud, which "
		    "takes no token without its account; set email in "
		    "[tracker %s] to that of the token's account", name));
	if (!cloud && jira_is_cloud(s->tracker))
		return (fail(s->job, ERR_REFUSED, "this is Jira Data Center, "
		    "which takes a personal access token alone; take email "
		    "out of [tracker %s]", name));
	major = strtol(version, NULL, 10);
	dot = strchr(version, '.');
	minor = dot == NULL ? 0 : strtol(dot + 1, NULL, 10);
	if (!cloud && major > 0 && (major < PAT_MAJOR ||
	    (major == PAT_MAJOR && minor < PAT_MINOR)))
		return (fail(s->job, ERR_REFUSED, "this is Jira %s, and "
		    "personal access tokens begin with 8.14; have it updated",
		    version));
	return (s->title == NULL ? fail(s->job, ERR_NOMEM, "no memory") : OK);
}

static enum err
check_site(struct site *s)
{
	struct http_answer a;
	const struct json *tree;
	enum err e;

	s->title = "Jira Cloud";
	if (is_gateway(s->tracker))	/* says nothing without an account */
		return (OK);
	tree = peek(s, s->tracker->url, "/rest/api/2/serverInfo", &a);
	if (a.fate != HTTP_ANSWERED || a.status == 0)
		return (ERR_UPSTREAM);
	if (is_jira(tree))
		return (check_kind(s, tree));
	e = check_stray(s->check, &a, "Jira", s->key);
	if (e != ERR_ABSENT && a.status >= 300)
		return (e);
	/* A site with anonymous access forbidden, or another one. */
	if (a.status == 401 || a.status == 403)
		return (OK);
	return (e != ERR_ABSENT ? e : no_jira(s, &a));
}

/* "https://api.atlassian.com/ex/jira/ID" of a site in the cloud, or NULL. */
static const char *
gateway(struct site *s)
{
	struct http_answer a;
	const char *base = origin(s), *id;

	/* A token goes to nobody but Atlassian. */
	if (!is_cloud_site(s->tracker->url))
		return (NULL);
	id = json_text(peek(s, base, "/_edge/tenant_info", &a), "cloudId");
	if (id == NULL || !tracker_sane(id) || strspn(id,
	    "0123456789abcdefABCDEF-") != strlen(id))
		return (NULL);
	return (arena_printf(s->job->arena, GATEWAY "/ex/jira/%s", id));
}

/* Does the token work there? */
static bool
works_at(struct site *s, const char *url)
{
	struct tracker there = *s->tracker;
	struct jira_call c = { .tracker = &there, .method = "GET",
	    .what = "asking who we are", .path = "/myself" };

	there.url = url;
	return (jira_call(s->job, &c) == OK);
}

/* 401: whose fault is it? */
static enum err
not_accepted(struct site *s)
{
	const struct tracker *t = s->tracker;
	const char *url;

	if (!jira_is_cloud(t))
		return (fail(s->job, ERR_REFUSED, "the personal access token "
		    "is not accepted: it has expired or was revoked, or its "
		    "user may not log in; make a new one in that user's "
		    "profile and set token"));
	if (!is_gateway(t) && (url = gateway(s)) != NULL && works_at(s, url))
		return (fail(s->job, ERR_REFUSED, "the token has scopes, and "
		    "such a token works at Atlassian's gateway alone; set "
		    "url = %s", url));
	if (strncmp(t->token.bytes, "ATATT", 5) != 0)
		return (fail(s->job, ERR_REFUSED, "the token is not accepted, "
		    "and it does not begin with ATATT as API tokens do; make "
		    "one at https://id.atlassian.com/manage-profile/security/"
		    "api-tokens, since passwords are not taken"));
	return (fail(s->job, ERR_REFUSED, "the token is not accepted for %s: "
	    "it belongs to another account, or it has expired (after at most "
	    "365 days) or was revoked; make a new one as that account at "
	    "https://id.atlassian.com/manage-profile/security/api-tokens",
	    t->email));
}

/* An answer to "who am I?" that is no account. */
static enum err
nobody(struct site *s, const struct jira_call *c, enum err e)
{
	const struct http_answer *a = &c->answer;
	const char *denied;
	enum err stray;

	if (a->fate != HTTP_ANSWERED)
		return (check_no_answer(s->check, a, e, s->key));
	denied = http_header_of(a, s->job->arena,
	    "X-Authentication-Denied-Reason");
	if (denied != NULL && strstr(denied, "CAPTCHA") != NULL)
		return (fail(s->job, ERR_REFUSED, "Jira asks this account for "
		    "a CAPTCHA after failed log-ins; log in once as it with a "
		    "browser, or have an administrator reset its failed "
		    "log-ins"));
	if (a->status == 401)
		return (not_accepted(s));
	stray = check_stray(s->check, a, "Jira", s->key);
	if (stray != ERR_ABSENT)
		return (stray);
	if (a->status == 404)
		return (no_jira(s, a));
	if (a->status == 403)
		return (fail(s->job, ERR_REFUSED, "Jira knows the account, and "
		    "it may not use this site; give it access to Jira"));
	return (e);
}

static enum err
check_account(struct site *s, const char **well)
{
	const struct tracker *t = s->tracker;
	struct jira_call c = { .tracker = t, .method = "GET",
	    .what = "asking who we are", .path = "/myself" };
	const char *email, *name;
	bool active = true;
	enum err e;

	s->job->why.text[0] = '\0';
	if ((e = jira_call(s->job, &c)) != OK)
		return (nobody(s, &c, e));
	(void)json_bool(c.tree, "active", &active);
	if (!active)
		return (fail(s->job, ERR_REFUSED, "the account is "
		    "deactivated; use another one"));
	email = json_text(c.tree, "emailAddress");
	if (t->email != NULL && email != NULL && strcasecmp(email,
	    t->email) != 0)
		check_say(s->check, CHECK_WARNING, s->key, "the token is that "
		    "of %s and not of %s; set email to the former", email,
		    t->email);
	name = json_text(c.tree, "displayName");
	*well = arena_printf(s->job->arena, "%s, as %s; %s%s", s->title,
	    name != NULL ? name : "an account", t->hook.len > 0 ?
	    "its webhook and polling tell" : "polling tells",
	    " what becomes of tickets");
	return (*well == NULL ? fail(s->job, ERR_NOMEM, "no memory") : OK);
}

enum err
jira_check(struct check *c, const struct tracker *t, const char **well)
{
	struct site s = { .check = c, .job = c->job, .tracker = t };
	enum err e;

	s.key = arena_printf(c->job->arena, "[tracker %s] url", t->name);
	if (s.key == NULL)
		return (fail(c->job, ERR_NOMEM, "no memory"));
	if ((e = check_site(&s)) != OK)
		return (e);
	return (check_account(&s, well));
}

/* What tickets need, and what Jira calls it where it is given. */
static const struct {
	const char	*id;
	const char	*people;
	bool		 assignee;	/* only where one is named */
} permissions[] = {
	{ "BROWSE_PROJECTS", "\"Browse projects\"", false },
	{ "CREATE_ISSUES", "\"Create issues\"", false },
	{ "EDIT_ISSUES", "\"Edit issues\"", false },
	{ "ADD_COMMENTS", "\"Add comments\"", false },
	{ "TRANSITION_ISSUES", "\"Transition issues\"", false },
	{ "ASSIGN_ISSUES", "\"Assign issues\"", true },
};

enum { NPERMISSIONS = sizeof(permissions) / sizeof(permissions[0]) };

/* Those that are missing, for a sentence; "" when none is. */
static const char *
lacking(struct job *job, const struct target *t, const struct json *tree)
{
	const struct json *entry;
	struct buf buf;
	bool has;
	size_t i;

	buf_init(&buf, job->arena, LACKING_MAX);
	for (i = 0; i < NPERMISSIONS; i++) {
		if (permissions[i].assignee &&
		    t->route->dest[DEST_ASSIGNEE].value == NULL)
			continue;
		entry = json_get(json_get(tree, "permissions"),
		    permissions[i].id);
		if (json_bool(entry, "havePermission", &has) && !has)
			buf_printf(&buf, "%s%s", buf.len > 0 ? " and " : "",
			    permissions[i].people);
	}
	return (buf_text(&buf));
}

/* Once for each project; one that is hidden is found out by what follows. */
static enum err
check_permissions(struct job *job, const struct target *t)
{
	struct jira_call c = { .tracker = t->tracker, .method = "GET",
	    .what = "asking what we may do" };
	const char *key = jira_quote(job, t->project), *lack;
	struct buf path;
	size_t i;
	enum err e;

	buf_init(&path, job->arena, LACKING_MAX);
	buf_printf(&path, "/mypermissions?projectKey=%s", key);
	/* The cloud wants to be told which; others tell all. */
	for (i = 0; jira_is_cloud(t->tracker) && i < NPERMISSIONS; i++)
		buf_printf(&path, "%s%s", i == 0 ? "&permissions=" : ",",
		    permissions[i].id);
	if ((c.path = buf_text(&path)) == NULL || key == NULL)
		return (fail(job, ERR_NOMEM, "no memory"));
	e = jira_call(job, &c);
	if (e != OK)
		return (e == ERR_ABSENT || e == ERR_REFUSED ? OK :
		    upstream_read(e));
	if ((lack = lacking(job, t, c.tree)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory"));
	return (lack[0] == '\0' ? OK : fail(job, ERR_REFUSED, "jira: the "
	    "account of [tracker %s] has no %s in %s; give it that in the "
	    "permissions of the project", t->tracker->name, lack,
	    t->project));
}

/*
 * What costs a request and is the same for all of a project is asked once:
 * a thousand owners may share one.
 */
static bool
is_known(struct job *job, const struct target *t, const char **key)
{
	*key = arena_printf(job->arena, "%s|jira|%s|checked|%d",
	    t->tracker->name, t->project,
	    t->route->dest[DEST_ASSIGNEE].value != NULL);
	return (*key != NULL && cache_get(job->cache, job->arena, *key,
	    job->started) != NULL);
}

enum err
jira_check_place(struct check *c, struct target *t)
{
	struct filing f = { .key = "test|check", .generation = 1,
	    .lock = -1, .test_lock = -1 };
	const char *key;
	bool known = is_known(c->job, t, &key);
	struct jira_own *own;
	const struct json *twin;
	enum err e;

	f.floor = known;	/* its highest issue need not be looked for */
	if ((!known && (e = check_permissions(c->job, t)) != OK) ||
	    (e = t->tracker->kind->marker(c->job, &f)) != OK ||
	    (e = check_resolve(c, t, &f)) != OK)
		return (e);
	if (key != NULL)
		cache_put(c->job->cache, key, "", c->job->started);
	own = t->own;
	if ((e = jira_meta(c->job, t, own)) != OK)
		return (e);
	if (jira_field(own->meta, "labels", &twin) == NULL)
		return (fail(c->job, ERR_REFUSED, "jira: the create screen of "
		    "%s in %s has no field Labels, by which tickets are "
		    "found again; add it to that screen",
		    t->route->dest[DEST_ISSUE_TYPE].value, t->project));
	return (jira_missing(c->job, t));
}
