/*
 * Linear, over its GraphQL API (https://linear.app/developers/graphql).
 *
 * Linear takes a client-chosen UUID as the id of an issue: a second create
 * with the same id fails with "conflict on insert of Issue", and that
 * conflict is the proof that the first one succeeded.  So a create may be
 * repeated at any time and never makes a second issue.
 */
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/crypt.h"
#include "common/json.h"
#include "handler/cache.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/tracker.h"
#include "handler/upstream.h"
#include "handler/graphql.h"

enum {
	UUID_LEN = 36,
	LABELS_MAX = 50		/* of one ticket, and of one query */
};

extern const struct tracker_kind tracker_linear;

static const char TEAM[] =
    "query TeamByKey($key: String!) {"
    " teams(filter: { key: { eqIgnoreCase: $key } }, first: 2,"
    " includeArchived: true) {"
    " nodes { id key retiredAt archivedAt } } }";

static const char LABELS[] =
    "query LabelsByName($names: [String!]!, $teamId: ID!) {"
    " issueLabels(first: 250, filter: { name: { in: $names },"
    " or: [{ team: { null: true } }, { team: { id: { eq: $teamId } } }] }) {"
    " nodes { id name isGroup team { id } } } }";

static const char CREATE[] =
    "mutation CreateIssue($input: IssueCreateInput!) {"
    " issueCreate(input: $input) {"
    " success issue { id identifier url } } }";

static const char READ[] =
    "query IssueById($id: String!) {"
    " issue(id: $id) { id identifier url trashed team { id key } } }";

/*
 * The id of the issue: SHA-256 of key and generation in the shape of a
 * version 4 UUID, which is what the schema asks for.
 */
static enum err
linear_marker(struct job *job, struct filing *f)
{
	char hex[CRYPT_SHA256_HEX + 1];

	if (tracker_hash(job, "linear-issue/1", f, hex) != OK)
		return (ERR_NOMEM);
	hex[12] = '4';
	hex[16] = "89ab"[hex[16] % 4];
	f->marker = arena_printf(job->arena, "%.8s-%.4s-%.4s-%.4s-%.12s",
	    hex, hex + 8, hex + 12, hex + 16, hex + 20);
	return (f->marker == NULL ? fail(job, ERR_NOMEM,
	    "no memory for the ticket's id") : OK);
}

/* One team by its key; the answer's first node. */
static enum err
find_team(struct job *job, const struct target *t, const char **id)
{
	const struct json *data, *node;
	struct graphql q = { .tracker = t->tracker, .what = "finding the team",
	    .document = TEAM };
	enum err e;

	graphql_open(job, &q);
	json_put_string(&q.w, "key", t->project);
	if ((e = graphql_call(job, &q, &data)) != OK)
		return (upstream_read(e));
	node = json_get(data, "teams.nodes");
	node = node == NULL ? NULL : node->child;
	if ((*id = json_text(node, "id")) == NULL)
		return (fail(job, ERR_REFUSED, "linear: no team has the key "
		    "%s, or the user of [tracker %s] api_key is not in it",
		    t->project, t->tracker->name));
	if (json_text(node, "retiredAt") != NULL ||
	    json_text(node, "archivedAt") != NULL)
		return (fail(job, ERR_REFUSED, "linear: the team %s is "
		    "retired and takes no new issues; name another one",
		    t->project));
	return (OK);
}

static enum err
resolve_team(struct job *job, struct target *t)
{
	const char *key = arena_printf(job->arena, "%s|team|%s",
	    t->tracker->name, t->project);
	enum err e;

	if (key == NULL)
		return (fail(job, ERR_NOMEM, "no memory to find the team"));
	t->id = cache_get(job->cache, job->arena, key, job->started);
	if (t->id != NULL)
		return (OK);
	if ((e = find_team(job, t, &t->id)) == OK)
		cache_put(job->cache, key, t->id, job->started);
	return (e);
}

/*
 * The id of one label among those found.  A label of the team wins over one
 * of the workspace; a group cannot be applied.
 */
static enum err
pick_label(struct job *job, const struct json *nodes, const char *name,
    const char **id)
{
	const struct json *n;
	bool group = false, is_group;

	*id = NULL;
	for (n = nodes == NULL ? NULL : nodes->child; n != NULL; n = n->next) {
		const char *found = json_string(n, "name");

		if (found == NULL || strcasecmp(found, name) != 0)
			continue;
		if (json_bool(n, "isGroup", &is_group) && is_group) {
			group = true;
			continue;
		}
		if (*id == NULL || json_get(n, "team.id") != NULL)
			*id = json_text(n, "id");
	}
	if (*id != NULL)
		return (OK);
	return (fail(job, ERR_REFUSED, group ?
	    "linear: the label %s is a group, which no issue can have; name "
	    "one of its labels" :
	    "linear: there is no label %s in this team or workspace; make it "
	    "in Linear or take it out of `labels`", name));
}

static enum err
find_labels(struct job *job, struct target *t, const char **names)
{
	const struct json *data;
	struct graphql q = { .tracker = t->tracker,
	    .what = "finding the labels", .document = LABELS };
	enum err e;
	size_t i;

	graphql_open(job, &q);
	json_begin(&q.w, "names", JSON_ARRAY);
	for (i = 0; i < t->nlabels; i++)
		json_put_string(&q.w, NULL, names[i]);
	json_end(&q.w);
	json_put_string(&q.w, "teamId", t->id);
	if ((e = graphql_call(job, &q, &data)) != OK)
		return (upstream_read(e));
	for (i = 0; i < t->nlabels; i++)
		if ((e = pick_label(job, json_get(data, "issueLabels.nodes"),
		    names[i], &t->labels[i])) != OK)
			return (e);
	return (OK);
}

/* The cached ids of the labels, one space between two; or NULL. */
static bool
cached_labels(struct target *t, char *ids)
{
	size_t i;

	if (ids == NULL)
		return (false);
	for (i = 0; i < t->nlabels; i++) {
		if (strlen(ids) < UUID_LEN)
			return (false);
		t->labels[i] = ids;
		ids += UUID_LEN;
		if (*ids == ' ')
			*ids++ = '\0';
	}
	return (true);
}

static enum err
resolve_labels(struct job *job, struct target *t)
{
	const char **names = t->labels;
	const char *key, *cached;
	struct buf ids;
	enum err e;
	size_t i;

	if (t->nlabels == 0)
		return (OK);
	key = arena_printf(job->arena, "%s|labels|%s|%s", t->tracker->name,
	    t->id, t->route->dest[DEST_LABELS].value);
	t->labels = arena_alloc(job->arena, t->nlabels * sizeof(*t->labels));
	if (key == NULL || t->labels == NULL)
		return (fail(job, ERR_NOMEM, "no memory to find the labels"));
	cached = cache_get(job->cache, job->arena, key, job->started);
	if (cached_labels(t, arena_strdup(job->arena, cached)))
		return (OK);
	if ((e = find_labels(job, t, names)) != OK)
		return (e);
	buf_init(&ids, job->arena, LABELS_MAX * (UUID_LEN + 1));
	for (i = 0; i < t->nlabels; i++)
		buf_printf(&ids, "%s%s", i == 0 ? "" : " ", t->labels[i]);
	if (buf_text(&ids) != NULL)
		cache_put(job->cache, key, buf_text(&ids), job->started);
	return (OK);
}

static enum err
linear_resolve(struct job *job, struct target *t, struct filing *f)
{
	enum err e;

	(void)f;
	if ((e = tracker_labels(job, t)) != OK)
		return (e);
	if (t->nlabels > LABELS_MAX)
		return (fail(job, ERR_REFUSED, "linear: more than %d labels",
		    LABELS_MAX));
	if ((e = resolve_team(job, t)) != OK)
		return (e);
	return (resolve_labels(job, t));
}

/* Take what an issue node tells; ERR_UNKNOWN when it tells nonsense. */
static enum err
take_issue(struct job *job, const struct json *issue, struct filing *f)
{
	const char *id = json_text(issue, "id");
	const char *key = json_text(issue, "identifier");
	const char *url = json_text(issue, "url");

	if (id == NULL || key == NULL || url == NULL || !tracker_sane(id) ||
	    !tracker_sane(url) || !tracker_key_sane(key))
		return (fail(job, ERR_UNKNOWN, "linear: the answer names no "
		    "issue that makes sense; it is asked again"));
	f->remote_id = id;
	f->remote_key = key;
	f->url = url;
	return (OK);
}

static enum err
read_issue(struct job *job, const struct tracker *tracker, const char *id,
    struct filing *f)
{
	const struct json *data, *issue;
	struct graphql q = { .tracker = tracker, .what = "reading the issue",
	    .document = READ };
	bool trashed = false;
	enum err e;

	graphql_open(job, &q);
	json_put_string(&q.w, "id", id);
	e = graphql_call(job, &q, &data);
	if (e == ERR_REFUSED && q.missing)
		return (ERR_ABSENT);
	if (e != OK)
		return (upstream_read(e));
	issue = json_get(data, "issue");
	if (json_bool(issue, "trashed", &trashed) && trashed)
		return (fail(job, ERR_ABSENT, "linear: the issue %s is in the "
		    "trash", id));
	return (take_issue(job, issue, f));
}

static void
put_input(struct json_writer *w, const struct target *t,
    const struct draft *draft, const struct filing *f)
{
	size_t i;

	json_begin(w, "input", JSON_OBJECT);
	json_put_string(w, "id", f->marker);
	json_put_string(w, "teamId", t->id);
	json_put_string(w, "title", draft->title);
	json_put_string(w, "description", draft->body);
	if (t->nlabels > 0) {
		json_begin(w, "labelIds", JSON_ARRAY);
		for (i = 0; i < t->nlabels; i++)
			json_put_string(w, NULL, t->labels[i]);
		json_end(w);
	}
	json_end(w);
}

static enum err
linear_find(struct job *job, const struct target *t, struct filing *f)
{
	enum err e = read_issue(job, t->tracker, f->marker, f);

	if (e == OK && strcmp(f->remote_id, f->marker) != 0)
		return (fail(job, ERR_UPSTREAM, "linear: another issue was "
		    "answered than the one asked for; it is asked again"));
	return (e);
}

/* An issue of that id is there: ours, from a try whose answer was lost. */
static enum err
read_ours(struct job *job, const struct target *t, struct filing *f)
{
	enum err e = linear_find(job, t, f);

	if (e == ERR_ABSENT)
		return (fail(job, ERR_REFUSED, "linear: the issue of this "
		    "test (%s) was deleted; restore it from the trash, so "
		    "that no second one is made", f->marker));
	return (e);
}

static enum err
linear_create(struct job *job, const struct target *t,
    const struct event *event, const struct draft *draft, struct filing *f)
{
	const struct json *data, *issue;
	struct graphql q = { .tracker = t->tracker,
	    .what = "creating the issue", .document = CREATE };
	enum err e;

	(void)event;
	graphql_open(job, &q);
	put_input(&q.w, t, draft, f);
	e = graphql_call(job, &q, &data);
	if (e == ERR_REFUSED && q.conflict)
		return (read_ours(job, t, f));
	if (e == ERR_REFUSED)
		cache_drop(job->cache, t->tracker->name);
	if (e != OK)
		return (e);
	issue = json_get(data, "issueCreate.issue");
	if (json_text(issue, "id") == NULL ||
	    strcmp(json_text(issue, "id"), f->marker) != 0)
		return (fail(job, ERR_UNKNOWN, "linear: the create answered "
		    "with another issue or none; it is repeated with the same "
		    "id"));
	return (take_issue(job, issue, f));
}

/* https://linear.app/WORKSPACE/issue/ENG-123/title */
static const char *
linear_key_of(struct job *job, const struct tracker *tracker, const char *url)
{
	const char *at = strstr(url, "/issue/");
	const char *place;
	size_t n;

	(void)tracker;
	place = strstr(url, "://");
	if (at == NULL || place == NULL ||
	    strncmp(place, "://linear.app/", 14) != 0)
		return (NULL);
	at += 7;
	n = strcspn(at, "/?#");
	return (n == 0 ? NULL : arena_strndup(job->arena, at, n));
}

const struct tracker_kind tracker_linear = {
	.type = "linear",
	.url = "https://api.linear.app/graphql",
	.project = DEST_TEAM,
	.careful = false,
	.marker = linear_marker,
	.resolve = linear_resolve,
	.create = linear_create,
	.find = linear_find,
	.key_of = linear_key_of,
	.read = read_issue,
};
