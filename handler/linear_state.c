/*
 * How far people are with an issue, and moving it along.  The names of
 * states are the team's own; their types are Linear's:
 * https://linear.app/docs/configuring-workflows
 */
#include "handler/linear.h"

#include <string.h>

#include "common/json.h"
#include "handler/config.h"
#include "handler/graphql.h"
#include "handler/job.h"

static const char STATE[] =
    "query IssueState($id: String!) {"
    " issue(id: $id) { id identifier url trashed archivedAt updatedAt"
    " state { id name type } } }";

static const char WORKFLOW[] =
    "query IssueWorkflow($id: String!) {"
    " issue(id: $id) { id identifier trashed archivedAt"
    " state { id name type }"
    " team { id states(first: 100) {"
    " nodes { id name type position } } } } }";

/* Of a category the first is preferred. */
static const struct {
	const char		*type;
	enum remote_category	 category;
} TYPES[] = {
	{ "unstarted", REMOTE_OPEN },
	{ "backlog", REMOTE_OPEN },
	{ "triage", REMOTE_OPEN },
	{ "started", REMOTE_STARTED },
	{ "completed", REMOTE_DONE },
	{ "canceled", REMOTE_DROPPED },
	{ "duplicate", REMOTE_DROPPED },
};

enum { NTYPES = sizeof(TYPES) / sizeof(TYPES[0]) };

enum remote_category
linear_category(const struct json *state)
{
	const char *type = json_string(state, "type");
	size_t i;

	for (i = 0; type != NULL && i < NTYPES; i++)
		if (strcmp(type, TYPES[i].type) == 0)
			return (TYPES[i].category);
	return (REMOTE_UNKNOWN);
}

enum err
linear_state(struct job *job, const struct tracker *tracker,
    const struct filing *f, struct remote_state *out)
{
	struct graphql q = { .tracker = tracker,
	    .what = "reading the issue's state", .document = STATE };
	const struct json *issue = NULL;
	enum err e;

	*out = (struct remote_state){ .category = REMOTE_UNKNOWN };
	e = linear_issue(job, f, &q, &issue);
	out->gone = e == ERR_ABSENT || (e == ERR_REFUSED && issue != NULL);
	if (e != OK && !out->gone)
		return (e);
	job->why.text[0] = '\0';
	out->category = linear_category(json_get(issue, "state"));
	out->name = json_text(issue, "state.name");
	out->remote_key = json_text(issue, "identifier");
	out->url = json_text(issue, "url");
	out->updated = json_time(issue, "updatedAt");
	return (OK);
}

/* The state to go to: of the first type that the team has any of. */
static const struct json *
state_for(const struct json *states, enum remote_category to)
{
	const struct json *n = NULL;
	size_t i;

	for (i = 0; n == NULL && i < NTYPES; i++)
		if (TYPES[i].category == to)
			n = linear_state_of(states, TYPES[i].type);
	return (n);
}

/*
 * Is it where it is wanted?  Who works on it need not be sent back, and who
 * canceled it had a reason.
 */
static bool
is_there(enum remote_category have, enum remote_category to)
{

	return (to == REMOTE_UNKNOWN || have == to ||
	    (to == REMOTE_OPEN && have == REMOTE_STARTED) ||
	    (to == REMOTE_DONE && have == REMOTE_DROPPED));
}

enum err
linear_move(struct job *job, struct target *t, const struct filing *f,
    enum remote_category to, const char **said)
{
	struct graphql ask = { .tracker = t->tracker,
	    .what = "reading the issue's state", .document = WORKFLOW };
	struct graphql q = { .tracker = t->tracker,
	    .what = "moving the issue" };
	const struct json *issue, *state;
	enum err e;

	if ((e = linear_issue(job, f, &ask, &issue)) != OK)
		return (e);
	state = json_get(issue, "state");
	*said = json_text(state, "name");
	if (is_there(linear_category(state), to))
		return (OK);
	if (to == REMOTE_OPEN && linear_category(state) == REMOTE_DROPPED)
		return (fail(job, ERR_REFUSED, "linear: %s was closed as %s "
		    "meanwhile, and that stands", f->remote_key,
		    *said != NULL ? *said : "canceled"));
	state = state_for(json_get(issue, "team.states.nodes"), to);
	if (json_text(state, "id") == NULL)
		return (fail(job, ERR_REFUSED, "linear: the team of %s has no "
		    "state to move it to; add one in the team's workflow",
		    f->remote_key));
	*said = json_text(state, "name");
	linear_open_update(job, f, &q);
	json_put_string(&q.w, "stateId", json_text(state, "id"));
	json_end(&q.w);
	return (linear_update(job, f, &q));
}
