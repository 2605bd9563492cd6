/*
 * Changes to an issue that exists.  Each may be repeated: a comment has an
 * id of ours, and the others set what they set.
 */
#include "handler/linear.h"
#include "handler/linear_input.h"

#include <ctype.h>
#include <string.h>

#include "common/arena.h"
#include "common/crypt.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/graphql.h"
#include "handler/job.h"
#include "handler/upstream.h"

static const char COMMENT[] =
    "mutation CreateComment($input: CommentCreateInput!) {"
    " commentCreate(input: $input) {"
    " success comment { id issue { id trashed } } } }";

static const char TEXT[] =
    "query IssueText($id: String!) {"
    " issue(id: $id) { id identifier trashed archivedAt description } }";

static const char PRESENT[] =
    "query IssuePresent($id: String!) {"
    " issue(id: $id) { id identifier trashed archivedAt } }";

static const char UPDATE[] =
    "mutation UpdateIssue($id: String!, $input: IssueUpdateInput!) {"
    " issueUpdate(id: $id, input: $input) {"
    " success issue { id trashed } } }";

const char *
linear_uuid(struct job *job, const char *hex)
{

	/* Digits 13 and 17 say that it is of version 4. */
	return (arena_printf(job->arena, "%.8s-%.4s-4%.3s-%c%.3s-%.12s",
	    hex, hex + 8, hex + 13, "89ab"[hex[16] % 4], hex + 17,
	    hex + 20));
}

bool
linear_is_uuid(const char *text)
{
	size_t i, n = strlen(text);

	for (i = 0; i < n; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ?
		    text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return (false);
	return (n == 36);
}

static bool
is_trashed(const struct json *issue)
{
	bool trashed;

	return (json_bool(issue, "trashed", &trashed) && trashed);
}

static enum err
in_trash(struct job *job, const struct filing *f)
{

	return (fail(job, ERR_ABSENT, "linear: the issue %s was deleted",
	    f->remote_key));
}

/* It must be one that Linear told us of, not the URL of somewhere else. */
static enum err
check_known(struct job *job, const struct filing *f)
{

	if (f->remote_id != NULL && linear_is_uuid(f->remote_id))
		return (OK);
	return (fail(job, ERR_REFUSED, "linear: %s was not made or read by "
	    "us, so it is not changed", f->url == NULL ? "the issue" :
	    f->url));
}

enum err
linear_issue(struct job *job, const struct filing *f, struct graphql *q,
    const struct json **issue)
{
	const struct json *data;
	enum err e;

	if ((e = check_known(job, f)) != OK)
		return (e);
	graphql_open(job, q);
	json_put_string(&q->w, "id", f->remote_id);
	e = graphql_call(job, q, &data);
	if (e == ERR_REFUSED && q->missing)
		return (in_trash(job, f));
	if (e != OK)
		return (upstream_read(e));
	*issue = json_get(data, "issue");
	if (json_text(*issue, "id") == NULL)
		return (fail(job, ERR_UPSTREAM, "linear: %s answered no "
		    "issue; it is asked again", q->what));
	if (is_trashed(*issue))
		return (in_trash(job, f));
	if (json_text(*issue, "archivedAt") != NULL)
		return (fail(job, ERR_REFUSED, "linear: the issue %s is "
		    "archived and cannot be changed; restore it in Linear",
		    f->remote_key));
	return (OK);
}

/* A change was refused: is that so because of what the issue is? */
static enum err
explain(struct job *job, const struct filing *f, const struct graphql *q)
{
	struct graphql ask = { .tracker = q->tracker,
	    .what = "reading the issue", .document = PRESENT };
	const struct json *issue;
	struct why why = job->why;
	enum err e;

	if (q->missing)
		return (in_trash(job, f));
	if (q->credential)
		return (ERR_REFUSED);
	if ((e = linear_issue(job, f, &ask, &issue)) == ERR_ABSENT ||
	    (e == ERR_REFUSED && !ask.credential && ask.message == NULL))
		return (e);
	job->why = why;
	return (ERR_REFUSED);
}

/* SHA-256 of issue and key. */
static const char *
comment_id(struct job *job, const struct filing *f, const char *key)
{
	const char *text = arena_printf(job->arena, "linear-comment/1|%s|%s",
	    f->remote_id, key);
	unsigned char sum[CRYPT_SHA256];
	char hex[CRYPT_SHA256_HEX + 1];
	struct crypt_part part;

	if (text == NULL)
		return (NULL);
	part = (struct crypt_part){ text, strlen(text) };
	if (crypt_sha256(&part, 1, sum) != OK)
		return (NULL);
	crypt_hex(sum, sizeof(sum), hex);
	return (linear_uuid(job, hex));
}

enum err
linear_comment(struct job *job, const struct tracker *tracker,
    const struct filing *f, const char *key, const char *markdown)
{
	struct graphql q = { .tracker = tracker, .what = "the comment",
	    .document = COMMENT };
	const struct json *data;
	const char *id;
	enum err e;

	if ((e = check_known(job, f)) != OK)
		return (e);
	if ((id = comment_id(job, f, key)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the comment"));
	graphql_open(job, &q);
	json_begin(&q.w, "input", JSON_OBJECT);
	json_put_string(&q.w, "id", id);
	json_put_string(&q.w, "issueId", f->remote_id);
	json_put_string(&q.w, "body", markdown);
	json_end(&q.w);
	e = graphql_call(job, &q, &data);
	if (e == ERR_REFUSED && q.conflict) {
		job->why.text[0] = '\0';	/* it is there already */
		return (OK);
	}
	if (e == ERR_REFUSED)
		return (explain(job, f, &q));
	if (e == OK && is_trashed(json_get(data,
	    "commentCreate.comment.issue")))
		return (in_trash(job, f));
	return (e);
}

void
linear_open_update(struct job *job, const struct filing *f,
    struct graphql *q)
{

	q->document = UPDATE;
	graphql_open(job, q);
	json_put_string(&q->w, "id", f->remote_id);
	json_begin(&q->w, "input", JSON_OBJECT);
}

enum err
linear_update(struct job *job, const struct filing *f, struct graphql *q)
{
	const struct json *data;
	bool done;
	enum err e;

	e = graphql_call(job, q, &data);
	if (e == ERR_REFUSED)
		return (explain(job, f, q));
	if (e != OK)
		return (e);
	if (is_trashed(json_get(data, "issueUpdate.issue")))
		return (in_trash(job, f));
	if (!json_bool(data, "issueUpdate.success", &done) || !done)
		return (fail(job, ERR_UPSTREAM, "linear: %s did not succeed; "
		    "it is tried again", q->what));
	return (OK);
}

/*
 * Linear has no update on condition, so what a person writes between our
 * two requests is lost; they follow each other at once.
 */
enum err
linear_section(struct job *job, const struct tracker *tracker,
    const struct filing *f, const struct section *section)
{
	struct graphql ask = { .tracker = tracker,
	    .what = "reading the description", .document = TEXT };
	struct graphql q = { .tracker = tracker,
	    .what = "changing the description" };
	const struct json *issue;
	const char *old, *text;
	enum err e;

	if ((e = linear_issue(job, f, &ask, &issue)) != OK)
		return (e);
	if ((old = json_string(issue, "description")) == NULL)
		old = "";
	if ((text = linear_text(job, old, section)) == NULL)
		return (fail(job, ERR_REFUSED, "linear: the description of %s "
		    "is too long to be added to; shorten it",
		    f->remote_key));
	if (strcmp(text, old) == 0)
		return (OK);
	linear_open_update(job, f, &q);
	json_put_string(&q.w, "description", text);
	json_end(&q.w);
	return (linear_update(job, f, &q));
}

enum err
linear_raise(struct job *job, struct target *t, const struct filing *f)
{
	struct graphql q = { .tracker = t->tracker,
	    .what = "raising the issue" };
	const char *word = t->route->dest[DEST_PRIORITY].value;
	const char *priority = word == NULL ? NULL : linear_priority(word);
	const char *due = t->due == 0 ? NULL : linear_date(job, t->due);
	enum err e;

	if (word != NULL && priority == NULL)
		return (fail(job, ERR_REFUSED, "linear: the priority %s is "
		    "none of urgent, high, medium, low, none", word));
	if (t->due != 0 && due == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the due date"));
	if (priority == NULL && due == NULL)
		return (OK);
	if ((e = check_known(job, f)) != OK)
		return (e);
	linear_open_update(job, f, &q);
	if (priority != NULL)
		json_put_raw(&q.w, "priority", priority);
	if (due != NULL)
		json_put_string(&q.w, "dueDate", due);
	json_end(&q.w);
	return (linear_update(job, f, &q));
}
