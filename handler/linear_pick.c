/*
 * Choose among what the look-up found, and say why when there is nothing to
 * choose.  Linear hides what a key may not see, so "not there" and "not
 * visible" are one answer.
 */
#include "handler/linear.h"
#include "handler/linear_input.h"

#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/job.h"

enum {
	LIST_MAX = 200		/* bytes of names in a sentence */
};

static const struct json *
first(const struct json *data, const char *path)
{
	const struct json *nodes = json_get(data, path);

	return (nodes == NULL ? NULL : nodes->child);
}

static bool
is_set(const struct json *node, const char *flag)
{
	bool value;

	return (json_bool(node, flag, &value) && value);
}

static bool
is_named(const struct json *node, const char *path, const char *name)
{
	const char *found = json_string(node, path);

	return (found != NULL && strcasecmp(found, name) == 0);
}

/* Is it archived, retired or in the trash? */
static bool
is_over(const struct json *node)
{

	return (json_text(node, "archivedAt") != NULL ||
	    json_text(node, "retiredAt") != NULL || is_set(node, "trashed"));
}

enum err
linear_pick_team(struct job *job, const struct target *t,
    const struct json *data, const struct json **node)
{

	*node = first(data, "teams.nodes");
	if (json_text(*node, "id") == NULL)
		return (fail(job, ERR_REFUSED, "linear: no team has the key "
		    "%s, or the user of [tracker %s] api_key is not in it; "
		    "correct `team`, or add that user to it", t->project,
		    t->tracker->name));
	if (is_over(*node))
		return (fail(job, ERR_REFUSED, "linear: the team %s is "
		    "retired and takes no new issues; name another one",
		    t->project));
	return (OK);
}

/* Whom the team lets in: a guest, and anyone in a private team, is asked. */
static bool
is_outside(const struct json *data, const struct json *user)
{
	const char *visibility = json_string(first(data, "teams.nodes"),
	    "visibility");

	if (!is_set(user, "guest") &&
	    (visibility == NULL || strcmp(visibility, "private") != 0))
		return (false);
	return (first(user, "teams.nodes") == NULL);
}

static enum err
pick_user(struct job *job, const struct target *t, const struct json *data,
    const char *name, const char **id)
{
	const struct json *n, *user = NULL;
	int active = 0;

	for (n = first(data, "users.nodes"); n != NULL; n = n->next) {
		if (is_set(n, "active"))
			active++;
		if (user == NULL || is_set(n, "active"))
			user = n;
	}
	if ((*id = json_text(user, "id")) == NULL)
		return (fail(job, ERR_REFUSED, "no user has the e-mail %s, or "
		    "this key may not see them; name a member of the "
		    "workspace", name));
	if (active > 1)
		return (fail(job, ERR_REFUSED, "%s is the e-mail of more than "
		    "one user; write the user's id instead", name));
	if (active == 0)
		return (fail(job, ERR_REFUSED, "the user %s is suspended; "
		    "name somebody else", name));
	if (!is_set(user, "isAssignable"))
		return (fail(job, ERR_REFUSED, "the user %s cannot be "
		    "assigned to issues; name somebody else", name));
	if (is_outside(data, user))
		return (fail(job, ERR_REFUSED, "the user %s is not in the "
		    "team %s; add them to it or name somebody else", name,
		    t->project));
	return (OK);
}

static enum err
pick_project(struct job *job, const struct target *t,
    const struct json *data, const char *name, const char **id)
{
	const struct json *n;
	int here = 0, elsewhere = 0, over = 0;

	*id = NULL;
	for (n = first(data, "projects.nodes"); n != NULL; n = n->next) {
		if (is_over(n))
			over++;
		else if (first(n, "teams.nodes") == NULL)
			elsewhere++;
		else if (here++ == 0)
			*id = json_text(n, "id");
	}
	if (here == 1 && *id != NULL)
		return (OK);
	if (here > 1)
		return (fail(job, ERR_REFUSED, "%d projects of the team %s "
		    "are called %s; write what follows the last \"-\" of its "
		    "URL instead", here, t->project, name));
	if (elsewhere > 0)
		return (fail(job, ERR_REFUSED, "the project %s is not shared "
		    "with the team %s; add the team to it in Linear", name,
		    t->project));
	if (over > 0)
		return (fail(job, ERR_REFUSED, "the project %s is archived or "
		    "deleted; name another one", name));
	return (fail(job, ERR_REFUSED, "no project is called %s, or this key "
	    "may not see it; look at its name in Linear", name));
}

const struct json *
linear_state_of(const struct json *nodes, const char *type)
{
	const struct json *n, *best = NULL;
	double at, lowest = 0;

	for (n = nodes == NULL ? NULL : nodes->child; n != NULL; n = n->next) {
		if (!is_named(n, "type", type) ||
		    !json_double(n, "position", &at))
			continue;
		if (best == NULL || at < lowest) {
			best = n;
			lowest = at;
		}
	}
	return (best);
}

/* "Backlog, Todo, Done": what there is, for a sentence. */
static const char *
names_of(struct job *job, const struct json *n)
{
	const char *text, *comma = "";
	struct buf b;

	buf_init(&b, job->arena, LIST_MAX);
	for (; n != NULL; n = n->next) {
		const char *name = json_text(n, "name");

		if (name == NULL || b.len + strlen(name) + 2 > LIST_MAX)
			continue;
		buf_printf(&b, "%s%s", comma, name);
		comma = ", ";
	}
	text = buf_text(&b);
	return (text == NULL || *text == '\0' ? "none" : text);
}

/* By name, else by the word of a type. */
static enum err
pick_state(struct job *job, const struct target *t, const struct json *data,
    const char *name, const char **id)
{
	const struct json *states = json_get(first(data, "teams.nodes"),
	    "states.nodes");
	const struct json *n;

	for (n = states == NULL ? NULL : states->child; n != NULL; n = n->next)
		if (is_named(n, "name", name))
			break;
	if (n == NULL)
		n = linear_state_of(states, name);
	if ((*id = json_text(n, "id")) != NULL)
		return (OK);
	return (fail(job, ERR_REFUSED, "the team %s has no state %s; it has "
	    "%s", t->project, name, names_of(job, states == NULL ? NULL :
	    states->child)));
}

static enum err
pick_template(struct job *job, const struct target *t,
    const struct json *data, const char *name, const char **id)
{
	const struct json *n = json_get(data, "templates");
	int own = 0, common = 0, elsewhere = 0, other = 0;

	*id = NULL;
	for (n = n == NULL ? NULL : n->child; n != NULL; n = n->next) {
		if (!is_named(n, "name", name) || is_over(n))
			continue;
		if (!is_named(n, "type", "issue"))
			other++;
		else if (is_named(n, "team.key", t->project) && own++ == 0)
			*id = json_text(n, "id");
		else if (json_text(n, "team.key") == NULL) {
			if (common++ == 0 && own == 0)
				*id = json_text(n, "id");
		} else if (!is_named(n, "team.key", t->project))
			elsewhere++;
	}
	if (own > 1 || (own == 0 && common > 1))
		return (fail(job, ERR_REFUSED, "more than one template is "
		    "called %s; rename one of them", name));
	if (*id != NULL)
		return (OK);
	return (fail(job, ERR_REFUSED, elsewhere > 0 ?
	    "the template %s belongs to another team; copy it to this one" :
	    other > 0 ? "the template %s is not one for issues; name another"
	    : "no template is called %s, or this key may not see it; look at "
	    "its name in Linear", name));
}

enum err
linear_pick(struct job *job, const struct target *t, const struct json *data,
    enum linear_field k, const char **id)
{
	const struct setting *dest = t->route->dest;

	switch (k) {
	case LINEAR_ASSIGNEE:
		return (pick_user(job, t, data, dest[DEST_ASSIGNEE].value,
		    id));
	case LINEAR_PROJECT:
		return (pick_project(job, t, data, dest[DEST_PROJECT].value,
		    id));
	case LINEAR_STATE:
		return (pick_state(job, t, data, dest[DEST_STATE].value, id));
	default:
		return (pick_template(job, t, data,
		    dest[DEST_TEMPLATE].value, id));
	}
}

/* Is it called that, or GROUP/NAME as the value says it? */
static bool
is_label(const struct json *n, const char *name)
{
	const char *group = json_text(n, "parent.name");
	size_t len = group == NULL ? 0 : strlen(group);

	if (is_named(n, "name", name))
		return (true);
	return (group != NULL && strncasecmp(name, group, len) == 0 &&
	    name[len] == '/' && is_named(n, "name", name + len + 1));
}

/* None is in the team or the workspace; is there one elsewhere? */
static enum err
no_label(struct job *job, const struct target *t, const struct json *data,
    const char *name)
{
	const struct json *n;
	const char *team;

	for (n = first(data, "others.nodes"); n != NULL; n = n->next)
		if (is_label(n, name) &&
		    (team = json_text(n, "team.key")) != NULL)
			return (fail(job, ERR_REFUSED, "the label %s is one "
			    "of the team %s; make it in the team %s or in the "
			    "workspace", name, team, t->project));
	return (fail(job, ERR_REFUSED, "there is no label %s in the team %s "
	    "or in the workspace; make it in Linear or take it out of "
	    "`labels`", name, t->project));
}

/* A label of the team wins over one of the workspace. */
enum err
linear_pick_label(struct job *job, const struct target *t,
    const struct json *data, const char *name, const struct json **node)
{
	const struct json *n;
	bool group = false, retired = false;
	int own = 0, common = 0;

	*node = NULL;
	for (n = first(data, "issueLabels.nodes"); n != NULL; n = n->next) {
		if (!is_label(n, name) || json_text(n, "id") == NULL)
			continue;
		if (is_over(n)) {
			retired = true;
		} else if (is_set(n, "isGroup")) {
			group = true;
		} else if (json_get(n, "team.id") != NULL) {
			*node = n;
			own++;
		} else {
			*node = own > 0 ? *node : n;
			common++;
		}
	}
	if (own > 1 || (own == 0 && common > 1)) {
		*node = NULL;
		return (fail(job, ERR_REFUSED, "more than one label is called "
		    "%s; write GROUP/%s", name, name));
	}
	if (*node != NULL)
		return (OK);
	if (group)
		return (fail(job, ERR_REFUSED, "the label %s is a group, "
		    "which no issue can have; name one of its labels", name));
	if (retired)
		return (fail(job, ERR_REFUSED, "the label %s is retired; name "
		    "another one", name));
	return (no_label(job, t, data, name));
}
