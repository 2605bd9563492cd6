/*
 * Names to ids.  What the cache does not know is asked with one request,
 * whatever it is: every part of the document is there on demand.
 */
#include "handler/linear.h"
#include "handler/linear_input.h"

#include <string.h>

#include "common/arena.h"
#include "common/json.h"
#include "handler/cache.h"
#include "handler/config.h"
#include "handler/graphql.h"
#include "handler/job.h"
#include "handler/upstream.h"

/*
 * Only the variables hold values, so no name can change the document.
 * Labels are sought without the team too, to say where one is instead.
 */
static const char NAMES[] =
    "query Names($team: String!, $labels: IssueLabelFilter,"
    " $others: IssueLabelFilter, $user: UserFilter,"
    " $project: ProjectFilter, $withLabels: Boolean!, $withUser: Boolean!,"
    " $withProject: Boolean!, $withStates: Boolean!,"
    " $withTemplates: Boolean!) {"
    " teams(filter: { key: { eqIgnoreCase: $team } }, first: 2,"
    " includeArchived: true) {"
    " nodes { id key visibility retiredAt archivedAt issueEstimationType"
    " states(first: 100) @include(if: $withStates) {"
    " nodes { id name type position } } } }"
    " issueLabels(first: 250, filter: $labels) @include(if: $withLabels) {"
    " nodes { id name isGroup archivedAt retiredAt"
    " team { id } parent { id name } } }"
    " others: issueLabels(first: 50, filter: $others)"
    " @include(if: $withLabels) {"
    " nodes { id name team { key } parent { name } } }"
    " users(first: 5, filter: $user, includeDisabled: true)"
    " @include(if: $withUser) {"
    " nodes { id active isAssignable guest"
    " teams(first: 1, filter: { key: { eqIgnoreCase: $team } })"
    " { nodes { id } } } }"
    " projects(first: 20, filter: $project, includeArchived: true)"
    " @include(if: $withProject) {"
    " nodes { id archivedAt trashed"
    " teams(first: 1, filter: { key: { eqIgnoreCase: $team } })"
    " { nodes { id } } } }"
    " templates @include(if: $withTemplates) {"
    " id name type archivedAt team { key } } }";

/* What is looked up by one name each, and its variable "with..." */
static const struct {
	enum linear_field	 field;
	enum dest		 dest;
	const char		*with;
} NAMED[] = {
	{ LINEAR_ASSIGNEE, DEST_ASSIGNEE, "withUser" },
	{ LINEAR_PROJECT, DEST_PROJECT, "withProject" },
	{ LINEAR_STATE, DEST_STATE, "withStates" },
	{ LINEAR_TEMPLATE, DEST_TEMPLATE, "withTemplates" },
};

enum { NNAMED = sizeof(NAMED) / sizeof(NAMED[0]) };

/* A look-up: what is known, and what must be asked. */
struct lookup {
	struct job	*job;
	struct target	*t;
	struct filing	*f;
	const char	**names;	/* of the labels */
	const char	**found;	/* "ID GROUP" or "ID -"; NULL: ask */
	const char	*team;		/* "ID ESTIMATION"; NULL: ask */
	bool		 ask[NNAMED];
	bool		 ask_labels;
};

/* The cache's key of a name; NULL without memory, which is never cached. */
static const char *
key_of(const struct lookup *l, const char *what, const char *name)
{

	return (arena_printf(l->job->arena, "%s|%s|%s|%s",
	    l->t->tracker->name, what, l->t->project, name));
}

static const char *
cached(const struct lookup *l, const char *what, const char *name)
{
	const char *key = key_of(l, what, name);

	return (key == NULL ? NULL : cache_get(l->job->cache, l->job->arena,
	    key, l->job->started));
}

static void
keep(const struct lookup *l, const char *what, const char *name,
    const char *value)
{
	const char *key = key_of(l, what, name);

	if (key != NULL && value != NULL)
		cache_put(l->job->cache, key, value, l->job->started);
}

/* True when nothing is left to ask. */
static bool
take_cached(struct lookup *l)
{
	struct linear_input *in = l->t->own;
	bool all;
	size_t i;

	l->team = cached(l, "team", "");
	all = l->team != NULL;
	for (i = 0; i < NNAMED; i++) {
		const char *name = l->t->route->dest[NAMED[i].dest].value;
		enum linear_field k = NAMED[i].field;

		if (name == NULL)
			continue;
		in->value[k] = cached(l, NAMED[i].with, name);
		l->ask[i] = in->value[k] == NULL;
		all = all && !l->ask[i];
	}
	for (i = 0; i < l->t->nlabels; i++) {
		l->found[i] = cached(l, "label", l->names[i]);
		if (l->found[i] == NULL)
			l->ask_labels = true;
	}
	return (all && !l->ask_labels);
}

/* { KEY: { COMPARE: VALUE } } */
static void
put_compare(struct json_writer *w, const char *key, const char *compare,
    const char *value)
{

	json_begin(w, NULL, JSON_OBJECT);
	json_begin(w, key, JSON_OBJECT);
	json_put_string(w, compare, value);
	json_end(w);
	json_end(w);
}

/* One of those names; of GROUP/NAME the name alone, too. */
static void
put_label_names(const struct lookup *l, struct json_writer *w)
{
	const char *slash;
	size_t i;

	json_begin(w, "or", JSON_ARRAY);
	for (i = 0; i < l->t->nlabels; i++) {
		put_compare(w, "name", "eqIgnoreCase", l->names[i]);
		if ((slash = strrchr(l->names[i], '/')) != NULL)
			put_compare(w, "name", "eqIgnoreCase", slash + 1);
	}
	json_end(w);
}

static void
put_labels(const struct lookup *l, struct json_writer *w)
{

	json_begin(w, "others", JSON_OBJECT);
	put_label_names(l, w);
	json_end(w);
	json_begin(w, "labels", JSON_OBJECT);
	json_begin(w, "and", JSON_ARRAY);
	json_begin(w, NULL, JSON_OBJECT);
	put_label_names(l, w);
	json_end(w);
	json_begin(w, NULL, JSON_OBJECT);
	json_begin(w, "or", JSON_ARRAY);
	json_put_raw(w, NULL, "{\"team\":{\"null\":true}}");
	json_begin(w, NULL, JSON_OBJECT);
	json_begin(w, "team", JSON_OBJECT);
	json_begin(w, "key", JSON_OBJECT);
	json_put_string(w, "eqIgnoreCase", l->t->project);
	json_end(w);
	json_end(w);
	json_end(w);
	json_end(w);
	json_end(w);
	json_end(w);
	json_end(w);
}

/* By e-mail or name, or by an id that stands for it. */
static void
put_user(const struct lookup *l, struct json_writer *w)
{
	const char *name = l->t->route->dest[DEST_ASSIGNEE].value;
	bool id = name != NULL && linear_is_uuid(name);

	json_begin(w, "user", JSON_OBJECT);
	json_begin(w, id ? "id" : "email", JSON_OBJECT);
	json_put_string(w, id ? "eq" : "eqIgnoreCase", name);
	json_end(w);
	json_end(w);
}

static void
put_project(const struct lookup *l, struct json_writer *w)
{
	const char *name = l->t->route->dest[DEST_PROJECT].value;

	json_begin(w, "project", JSON_OBJECT);
	json_begin(w, "or", JSON_ARRAY);
	put_compare(w, "name", "eqIgnoreCase", name);
	put_compare(w, "slugId", "eq", name);
	if (name != NULL && linear_is_uuid(name))
		put_compare(w, "id", "eq", name);
	json_end(w);
	json_end(w);
}

static enum err
ask(const struct lookup *l, const struct json **data)
{
	struct graphql q = { .tracker = l->t->tracker,
	    .what = "looking up the names", .document = NAMES };
	size_t i;

	graphql_open(l->job, &q);
	json_put_string(&q.w, "team", l->t->project);
	if (l->ask_labels)
		put_labels(l, &q.w);
	json_put_bool(&q.w, "withLabels", l->ask_labels);
	for (i = 0; i < NNAMED; i++) {
		if (l->ask[i] && NAMED[i].field == LINEAR_ASSIGNEE)
			put_user(l, &q.w);
		if (l->ask[i] && NAMED[i].field == LINEAR_PROJECT)
			put_project(l, &q.w);
		json_put_bool(&q.w, NAMED[i].with, l->ask[i]);
	}
	return (upstream_read(graphql_call(l->job, &q, data)));
}

static enum err
take_team(struct lookup *l, const struct json *data)
{
	const struct json *node;
	const char *estimation, *id;
	enum err e;

	if ((e = linear_pick_team(l->job, l->t, data, &node)) != OK)
		return (e);
	id = json_text(node, "id");
	if (!tracker_sane(id))
		return (fail(l->job, ERR_UPSTREAM, "linear: the id of the team "
		    "%s makes no sense; it is asked again", l->t->project));
	estimation = json_text(node, "issueEstimationType");
	l->team = arena_printf(l->job->arena, "%s %s", id,
	    estimation == NULL ? "-" : estimation);
	keep(l, "team", "", l->team);
	return (l->team == NULL ? fail(l->job, ERR_NOMEM,
	    "no memory for the team") : OK);
}

static enum err
take_named(struct lookup *l, const struct json *data)
{
	struct linear_input *in = l->t->own;
	enum err e;
	size_t i;

	for (i = 0; i < NNAMED; i++) {
		enum linear_field k = NAMED[i].field;

		if (!l->ask[i])
			continue;
		e = linear_pick(l->job, l->t, data, k, &in->value[k]);
		if (e == OK)
			keep(l, NAMED[i].with,
			    l->t->route->dest[NAMED[i].dest].value,
			    in->value[k]);
		else if ((e = linear_leave_out(l->job, l->t, l->f, k)) != OK)
			return (e);
	}
	return (OK);
}

static enum err
take_labels(struct lookup *l, const struct json *data)
{
	const struct json *node;
	const char *group;
	enum err e;
	size_t i;

	for (i = 0; i < l->t->nlabels; i++) {
		if (l->found[i] != NULL)
			continue;
		e = linear_pick_label(l->job, l->t, data, l->names[i], &node);
		if (e != OK && (e = linear_leave_out(l->job, l->t, l->f,
		    LINEAR_LABELS)) != OK)
			return (e);
		if (node == NULL)
			continue;
		group = json_text(node, "parent.id");
		l->found[i] = arena_printf(l->job->arena, "%s %s",
		    json_text(node, "id"), group == NULL ? "-" : group);
		if (l->found[i] == NULL)
			return (fail(l->job, ERR_NOMEM,
			    "no memory for the labels"));
		keep(l, "label", l->names[i], l->found[i]);
	}
	return (OK);
}

/*
 * The first of the earlier labels that is the same or of the same group, or
 * n: an issue has one of a group.
 */
static size_t
rival(const struct lookup *l, size_t n)
{
	const char *group = strchr(l->found[n], ' ');
	size_t i;

	for (i = 0; i < n; i++)
		if (l->found[i] != NULL && (strcmp(l->found[i],
		    l->found[n]) == 0 || (strcmp(group, " -") != 0 &&
		    strcmp(group, strchr(l->found[i], ' ')) == 0)))
			return (i);
	return (n);
}

static enum err
leave_rival(struct lookup *l, size_t i, size_t other)
{
	const char *first = l->found[other], *id = l->found[i];

	l->found[i] = NULL;
	if (strcmp(first, id) == 0)
		return (OK);		/* named twice */
	(void)fail(l->job, ERR_REFUSED, "%s and %s are of one group, of which "
	    "an issue can have one; take %s out of `labels`",
	    l->names[other], l->names[i], l->names[i]);
	return (linear_leave_out(l->job, l->t, l->f, LINEAR_LABELS));
}

/* The ids of the labels that an issue may have together, each once. */
static enum err
apply_labels(struct lookup *l)
{
	struct linear_input *in = l->t->own;
	size_t i, other, n = 0;
	enum err e;

	for (i = 0; i < l->t->nlabels; i++) {
		if (l->found[i] == NULL)
			continue;
		if ((other = rival(l, i)) != i) {
			if ((e = leave_rival(l, i, other)) != OK)
				return (e);
			continue;
		}
		l->t->labels[n] = arena_strndup(l->job->arena, l->found[i],
		    strcspn(l->found[i], " "));
		if (l->t->labels[n++] == NULL)
			return (fail(l->job, ERR_NOMEM,
			    "no memory for the labels"));
	}
	l->t->nlabels = n;
	in->value[LINEAR_LABELS] = n > 0 ? "" : NULL;
	return (OK);
}

static enum err
apply_team(struct lookup *l)
{
	struct linear_input *in = l->t->own;
	const char *estimation = strchr(l->team, ' ') + 1;

	l->t->id = arena_strndup(l->job->arena, l->team,
	    strcspn(l->team, " "));
	if (l->t->id == NULL)
		return (fail(l->job, ERR_NOMEM, "no memory for the team"));
	if (in->value[LINEAR_ESTIMATE] == NULL ||
	    strcmp(estimation, "notUsed") != 0)
		return (OK);
	(void)fail(l->job, ERR_REFUSED, "the team %s does not estimate its "
	    "issues; turn estimates on in its settings or take `estimate` "
	    "out", l->t->project);
	return (linear_leave_out(l->job, l->t, l->f, LINEAR_ESTIMATE));
}

enum err
linear_resolve(struct job *job, struct target *t, struct filing *f)
{
	struct lookup l = { .job = job, .t = t, .f = f };
	const struct json *data;
	enum err e;

	if ((e = linear_plain(job, t, f)) != OK)
		return (e);
	l.names = t->labels;
	t->labels = arena_alloc(job->arena, t->nlabels * sizeof(*t->labels));
	l.found = arena_alloc(job->arena, t->nlabels * sizeof(*l.found));
	if (t->labels == NULL || l.found == NULL)
		return (fail(job, ERR_NOMEM, "no memory to find the names"));
	if (!take_cached(&l) && ((e = ask(&l, &data)) != OK ||
	    (e = take_team(&l, data)) != OK ||
	    (e = take_named(&l, data)) != OK ||
	    (e = take_labels(&l, data)) != OK))
		return (e);
	if ((e = apply_team(&l)) != OK)
		return (e);
	return (apply_labels(&l));
}
