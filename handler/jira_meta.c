/*
 * What a project takes: its issue types and the fields of their create
 * screens, remembered for a short while.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/
 *     api-group-issues/#api-rest-api-3-issue-createmeta-projectidorkey-
 *     issuetypes-get
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "handler/cache.h"
#include "handler/config.h"
#include "handler/jira.h"
#include "handler/job.h"
#include "handler/upstream.h"

enum {
	PAGE = 100,		/* entries asked for at once */
	PAGES_MAX = 20,		/* of one list */
	META_MAX = 1024 * 1024,	/* bytes remembered of a create screen */
	ALLOWED_MAX = 500	/* values of a field that are remembered */
};

/* A list that comes in pages. */
struct pages {
	const char		*path;
	const char		*what;
	const char *const	*member;	/* names the list may have */
	const struct json	*first;		/* of the page at hand */
	int64_t			 start;
	bool			 last;
};

static const char *const type_lists[] = {
	"issueTypes", "values", "createMetaIssueType", NULL
};
static const char *const field_lists[] = {
	"fields", "values", "results", NULL
};

enum err
jira_look(struct job *job, struct jira_call *c)
{
	enum err e = upstream_read(jira_call(job, c));

	if (e == ERR_ABSENT || (e == ERR_REFUSED && c->answer.status != 401))
		return (ERR_MALFORMED);
	return (e);
}

const char *
jira_quote(struct job *job, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	struct buf buf;

	buf_init(&buf, job->arena, 3 * strlen(text) + 1);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x80 && (isalnum(c) || strchr("-._~", c) != NULL)) {
			buf_char(&buf, *text);
			continue;
		}
		buf_char(&buf, '%');
		buf_char(&buf, hex[c >> 4]);
		buf_char(&buf, hex[c & 15]);
	}
	return (buf_text(&buf));
}

/* The next page; OK with first == NULL when there is none. */
static enum err
next_page(struct job *job, const struct target *t, struct pages *p)
{
	struct jira_call c = { .tracker = t->tracker, .method = "GET",
	    .what = p->what };
	const struct json *list = NULL;
	int64_t total = 0;
	enum err e;
	size_t i;

	p->first = NULL;
	if (p->last || p->start >= (int64_t)PAGES_MAX * PAGE)
		return (OK);
	c.path = arena_printf(job->arena, "%s?startAt=%" PRId64
	    "&maxResults=%d", p->path, p->start, PAGE);
	if (c.path == NULL)
		return (fail(job, ERR_NOMEM, "no memory to ask jira"));
	if ((e = jira_call(job, &c)) == ERR_ABSENT)
		/* Hidden from a rejected token looks the same. */
		return ((e = jira_authenticated(job, &c)) == OK ?
		    ERR_ABSENT : e);
	if (e != OK)
		return (upstream_read(e));
	for (i = 0; p->member[i] != NULL && list == NULL; i++)
		list = json_get(c.tree, p->member[i]);
	if (list == NULL || list->type != JSON_ARRAY)
		return (fail(job, ERR_UPSTREAM, "jira: the answer to %s "
		    "cannot be read", p->what));
	p->first = list->child;
	p->start += (int64_t)list->len;
	/* There is no isLast: only the total tells. */
	p->last = !json_int(c.tree, "total", &total) ? list->len < PAGE :
	    p->start >= total;
	return (OK);
}

/* The project under its key in another case, for the sentence. */
static const char *
other_case(struct job *job, const struct target *t)
{
	struct jira_call c = { .tracker = t->tracker, .method = "GET",
	    .what = "looking for the project" };
	const struct json *p;
	const char *key;

	c.path = jira_is_cloud(t->tracker) ? arena_printf(job->arena,
	    "/project/search?query=%s", jira_quote(job, t->project)) :
	    "/project";
	if (c.path == NULL || jira_call(job, &c) != OK)
		return (NULL);
	p = c.tree->type == JSON_ARRAY ? c.tree : json_get(c.tree, "values");
	for (p = p == NULL ? NULL : p->child; p != NULL; p = p->next) {
		key = json_text(p, "key");
		if (key != NULL && strcasecmp(key, t->project) == 0)
			return (key);
	}
	return (NULL);
}

/* It has no issue types for us: why? */
static enum err
no_project(struct job *job, const struct target *t)
{
	struct jira_call c = { .tracker = t->tracker, .method = "GET",
	    .what = "reading the project" };
	const char *tracker = t->tracker->name, *key;
	bool archived = false;
	enum err e;

	c.path = arena_printf(job->arena, "/project/%s",
	    jira_quote(job, t->project));
	if (c.path == NULL)
		return (fail(job, ERR_NOMEM, "no memory to read a project"));
	e = jira_call(job, &c);
	if (e == OK && json_bool(c.tree, "archived", &archived) && archived)
		return (fail(job, ERR_REFUSED, "jira: the project %s is "
		    "archived and takes no new issues; name another one",
		    t->project));
	if (e == OK)
		return (fail(job, ERR_REFUSED, "jira: the account of "
		    "[tracker %s] may not create issues in %s; give it "
		    "\"Create issues\" there", tracker, t->project));
	if (e != ERR_ABSENT)
		return (upstream_read(e));
	if ((e = jira_authenticated(job, &c)) != OK)
		return (e);
	if ((key = other_case(job, t)) != NULL)
		return (fail(job, ERR_REFUSED, "jira: there is no project "
		    "%s, but there is %s; keys are written in that case",
		    t->project, key));
	return (fail(job, ERR_REFUSED, "jira: no project has the key %s, or "
	    "the account of [tracker %s] may not see it; correct `project`, "
	    "or give it \"Browse projects\" there", t->project, tracker));
}

/* Does that issue type go by that name? */
static bool
is_type(const struct json *type, const char *name)
{
	static const char *const members[] = { "name", "untranslatedName",
	    "id" };
	const char *text;
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		text = json_text(type, members[i]);
		if (text != NULL && strcasecmp(text, name) == 0)
			return (true);
	}
	return (false);
}

/* Through the pages; *few tells of those that are there. */
static enum err
find_type(struct job *job, const struct target *t, const char *name,
    const char **id, const char **few)
{
	struct pages p = { .what = "reading the issue types",
	    .member = type_lists };
	const struct json *n;
	enum err e;

	*few = NULL;
	p.path = arena_printf(job->arena, "/issue/createmeta/%s/issuetypes",
	    jira_quote(job, t->project));
	if (p.path == NULL)
		return (fail(job, ERR_NOMEM, "no memory for issue types"));
	while ((e = next_page(job, t, &p)) == OK && p.first != NULL) {
		for (n = p.first; n != NULL; n = n->next) {
			if (is_type(n, name) &&
			    (*id = json_text(n, "id")) != NULL &&
			    strspn(*id, "0123456789") == strlen(*id))
				return (OK);
			if (json_text(n, "name") == NULL)
				continue;
			*few = *few == NULL ? json_text(n, "name") :
			    arena_printf(job->arena, "%s, %s", *few,
			    json_text(n, "name"));
		}
	}
	return (e == OK ? ERR_ABSENT : e);
}

enum err
jira_type(struct job *job, const struct target *t, struct jira_own *own)
{
	const char *name = t->route->dest[DEST_ISSUE_TYPE].value, *few = NULL;
	const char *key = arena_printf(job->arena, "%s|jira|%s|type|%s",
	    t->tracker->name, t->project, name == NULL ? "" : name);
	enum err e;

	if (key == NULL)
		return (fail(job, ERR_NOMEM, "no memory for issue types"));
	own->type = cache_get(job->cache, job->arena, key, job->started);
	if (own->type != NULL)
		return (OK);
	e = find_type(job, t, name == NULL ? "" : name, &own->type, &few);
	if (e == ERR_ABSENT && few == NULL) {
		job->why.text[0] = '\0';
		return (no_project(job, t));
	}
	if (e == ERR_ABSENT)
		return (fail(job, ERR_REFUSED, "jira: the project %s has no "
		    "issue type %s for us; write one of these as issue_type: "
		    "%s", t->project, name == NULL ? "(none)" : name,
		    upstream_quote(job, few)));
	if (e == OK)
		cache_put(job->cache, key, own->type, job->started);
	return (e);
}

/* Of an allowed value what is needed to match it. */
static void
put_allowed(struct json_writer *w, const struct json *value, bool children)
{
	static const char *const members[] = { "id", "name", "value", "key",
	    "disabled", "archived" };
	const struct json *n;
	size_t i;

	json_begin(w, NULL, JSON_OBJECT);
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if ((n = json_get(value, members[i])) != NULL &&
		    n->type != JSON_OBJECT && n->type != JSON_ARRAY)
			json_put_tree(w, members[i], n);
	n = json_get(value, "children");
	if (children && n != NULL && n->type == JSON_ARRAY) {
		json_begin(w, "children", JSON_ARRAY);
		for (n = n->child; n != NULL; n = n->next)
			put_allowed(w, n, false);
		json_end(w);
	}
	json_end(w);
}

static void
put_field(struct json_writer *w, const struct json *field)
{
	static const char *const members[] = { "fieldId", "name", "required",
	    "hasDefaultValue", "schema" };
	const struct json *n;
	size_t i;

	json_begin(w, NULL, JSON_OBJECT);
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if ((n = json_get(field, members[i])) != NULL)
			json_put_tree(w, members[i], n);
	n = json_get(field, "allowedValues");
	/* A list that is cut is no proof that a value is not allowed. */
	if (n != NULL && n->type == JSON_ARRAY && n->len <= ALLOWED_MAX) {
		json_begin(w, "allowedValues", JSON_ARRAY);
		for (n = n->child; n != NULL; n = n->next)
			if (n->type == JSON_OBJECT)
				put_allowed(w, n, true);
		json_end(w);
	}
	json_end(w);
}

/* All pages of the create screen, as one array. */
static enum err
read_meta(struct job *job, const struct target *t,
    const struct jira_own *own, const char **text)
{
	struct pages p = { .what = "reading the create screen",
	    .member = field_lists };
	const struct json *n;
	struct json_writer w;
	struct buf buf;
	enum err e;

	p.path = arena_printf(job->arena, "/issue/createmeta/%s/issuetypes/%s",
	    jira_quote(job, t->project), jira_quote(job, own->type));
	if (p.path == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the fields"));
	buf_init(&buf, job->arena, META_MAX);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_ARRAY);
	while ((e = next_page(job, t, &p)) == OK && p.first != NULL)
		for (n = p.first; n != NULL; n = n->next)
			if (json_text(n, "fieldId") != NULL)
				put_field(&w, n);
	json_end(&w);
	if (e == ERR_ABSENT)
		return (ERR_REFUSED);
	if (e != OK)
		return (e);
	*text = buf_text(&buf);
	return (*text == NULL ? fail(job, ERR_NOMEM, "no memory for the "
	    "fields of %s", t->project) : OK);
}

enum err
jira_meta(struct job *job, const struct target *t, struct jira_own *own)
{
	const char *key = arena_printf(job->arena, "%s|jira|%s|fields|%s",
	    t->tracker->name, t->project, own->type);
	const char *text;
	enum err e;

	if (own->meta != NULL)
		return (OK);
	if (key == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the fields"));
	text = cache_get(job->cache, job->arena, key, job->started);
	if (text == NULL) {
		if ((e = read_meta(job, t, own, &text)) != OK)
			return (e);
		cache_put(job->cache, key, text, job->started);
	}
	return (json_parse(job->arena, text, strlen(text), &own->meta,
	    &job->why) == OK ? OK : ERR_NOMEM);
}

const struct json *
jira_field(const struct json *meta, const char *name,
    const struct json **twin)
{
	const struct json *n, *found = NULL;
	const char *text;

	*twin = NULL;
	for (n = meta == NULL ? NULL : meta->child; n != NULL; n = n->next) {
		text = json_text(n, "fieldId");
		if (text != NULL && strcasecmp(text, name) == 0) {
			*twin = NULL;
			return (n);
		}
		text = json_text(n, "name");
		if (text == NULL || strcasecmp(text, name) != 0)
			continue;
		if (found != NULL)
			*twin = n;
		else
			found = n;
	}
	return (found);
}

void
jira_forget(struct job *job, const struct target *t)
{
	const char *prefix = arena_printf(job->arena, "%s|jira|%s|",
	    t->tracker->name, t->project);

	if (prefix != NULL)
		cache_drop(job->cache, prefix);
}

static enum err
keep_site(struct job *job, const char *key, const char *told,
    const char **site)
{
	size_t n = strlen(told);

	while (told[n - 1] == '/')
		n--;
	if ((*site = arena_strndup(job->arena, told, n)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the site's "
		    "address"));
	cache_put(job->cache, key, *site, job->started);
	return (OK);
}

/*
 * Scoped tokens work at https://api.atlassian.com/ex/jira/CLOUDID, which is
 * no address for people: the site tells its own.
 */
enum err
jira_site_told(struct job *job, const struct tracker *t, const char **site)
{
	struct jira_call c = { .tracker = t, .method = "GET",
	    .what = "asking for the site's address", .path = "/serverInfo" };
	const struct why why = job->why;
	const char *key, *told;
	enum err e;

	*site = t->url;
	if (strstr(t->url, "/ex/jira/") == NULL)
		return (OK);
	if ((key = arena_printf(job->arena, "%s|jira|site", t->name)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the site's "
		    "address"));
	told = cache_get(job->cache, job->arena, key, job->started);
	if (told != NULL) {
		*site = told;
		return (OK);
	}
	e = jira_call(job, &c);
	if (e != OK && e != ERR_ABSENT && e != ERR_REFUSED)
		return (e);
	job->why = why;
	told = e == OK ? json_text(c.tree, "baseUrl") : NULL;
	if (told == NULL || !tracker_sane(told) ||
	    strncmp(told, "http", 4) != 0)
		return (OK);
	return (keep_site(job, key, told, site));
}

const char *
jira_site(struct job *job, const struct tracker *t)
{
	const struct why why = job->why;
	const char *site;

	if (jira_site_told(job, t, &site) == OK)
		return (site);
	job->why = why;
	return (t->url);
}
