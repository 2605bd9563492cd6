/* How many issues are, at once; and issues that hold a word. */
#include "handler/linear.h"

#include <string.h>

#include "common/clock.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/graphql.h"
#include "handler/job.h"
#include "handler/upstream.h"

static const char STATES[] =
    "query IssueStates($ids: [ID!]) {"
    " issues(first: 100, includeArchived: true,"
    " filter: { id: { in: $ids } }) {"
    " nodes { id identifier url trashed updatedAt completedAt canceledAt"
    " state { name type } } } }";

static const char NAMED[] =
    "query IssuesNaming($word: String!, $since: DateTimeOrDuration!) {"
    " issues(first: 50, filter: { updatedAt: { gt: $since }, or: ["
    " { description: { contains: $word } },"
    " { attachments: { some: { url: { contains: $word } } } } ] }) {"
    " nodes { id title description"
    " attachments(first: 20) { nodes { url } } } } }";

enum err
linear_poll(struct job *job, const struct tracker *t, struct polled *p,
    size_t n)
{
	struct graphql q = { .tracker = t, .document = STATES,
	    .what = "asking how the issues are" };
	const struct json *data, *node;
	const char *id;
	size_t i;
	enum err e;

	graphql_open(job, &q);
	json_begin(&q.w, "ids", JSON_ARRAY);
	for (i = 0; i < n; i++)
		json_put_string(&q.w, NULL, p[i].remote_id);
	json_end(&q.w);
	if ((e = graphql_call(job, &q, &data)) != OK)
		return (upstream_read(e));
	node = json_get(data, "issues.nodes");
	if (node == NULL)
		return (fail(job, ERR_UPSTREAM, "linear: %s was answered "
		    "without issues", q.what));
	for (node = node->child; node != NULL; node = node->next) {
		id = json_text(node, "id");
		for (i = 0; id != NULL && i < n; i++)
			if (strcmp(p[i].remote_id, id) == 0)
				p[i].found = linear_told(job, node,
				    &p[i].is) == OK;
	}
	return (OK);
}

enum err
linear_mentions(struct job *job, const struct tracker *t, const char *word,
    int64_t since, struct mentions *m)
{
	struct graphql q = { .tracker = t, .document = NAMED,
	    .what = "searching for pages of tests" };
	const struct json *data, *node;
	char text[CLOCK_ISO_MAX];
	enum err e;

	clock_format(since, text);
	graphql_open(job, &q);
	json_put_string(&q.w, "word", word);
	json_put_string(&q.w, "since", text);
	if ((e = graphql_call(job, &q, &data)) != OK)
		return (upstream_read(e));
	node = json_get(data, "issues.nodes");
	for (node = node == NULL ? NULL : node->child; node != NULL &&
	    m->n < MENTIONS; node = node->next) {
		m->one[m->n].remote_id = json_text(node, "id");
		m->one[m->n++].ticket = node;
	}
	return (OK);
}
