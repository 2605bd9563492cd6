/*
 * A create that Jira refused: {errorMessages: [text], errors: {field: text}}
 * with status 400, either of which may be empty.  Nothing was created, so
 * what is optional may be left out and the rest sent once more.
 */
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/jira.h"
#include "handler/jira_value.h"
#include "handler/job.h"
#include "handler/upstream.h"

enum {
	MISSING_MAX = 600	/* bytes that tell of missing fields */
};

/* What can be done about one of Jira's complaints. */
enum remedy {
	HARD = 0,		/* nothing */
	LEAVE_OUT,		/* send without the value */
	LABELS,			/* without the labels */
	MISSING			/* a person must say it */
};

/* One complaint, and what it is about. */
struct complaint {
	const char		*id;	/* of the field, or NULL */
	const char		*text;
	const struct json	*field;	/* of the screen, or NULL */
	struct jira_value	**value;	/* of ours, or NULL */
};

static struct jira_value **
value_of(struct jira_own *own, const char *id)
{
	struct jira_value **v;

	for (v = &own->values; *v != NULL; v = &(*v)->next)
		if (strcmp((*v)->id, id) == 0)
			return (v);
	return (NULL);
}

static bool
is_required(const struct json *field)
{
	bool required = false, has_default = false;

	(void)json_bool(field, "required", &required);
	(void)json_bool(field, "hasDefaultValue", &has_default);
	return (required && !has_default);
}

/* The field that a message names in quotes: Field 'priority' is required */
static const char *
quoted(struct job *job, const char *text)
{
	const char *at = strchr(text, '\''), *end;

	if (at == NULL || (end = strchr(at + 1, '\'')) == NULL)
		return (NULL);
	return (arena_strndup(job->arena, at + 1, (size_t)(end - at - 1)));
}

static void
understand(struct job *job, struct jira_own *own, const struct json *n,
    struct complaint *c)
{
	const struct json *twin;

	*c = (struct complaint){ .text = n->text };
	c->id = n->key != NULL ? n->key : quoted(job, n->text);
	if (c->id == NULL)
		return;
	c->field = jira_field(own->meta, c->id, &twin);
	if (json_text(c->field, "fieldId") != NULL)
		c->id = json_text(c->field, "fieldId");
	c->value = value_of(own, c->id);
}

static bool
is_fixed(const char *id)
{
	static const char *const fixed[] = { "project", "issuetype",
	    "summary", "description", "parent" };
	size_t i;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (strcmp(fixed[i], id) == 0)
			return (true);
	return (false);
}

static enum remedy
remedy_for(const struct jira_own *own, const struct complaint *c)
{

	if (c->id == NULL || is_fixed(c->id))
		return (HARD);
	if (strcmp(c->id, "labels") == 0)
		return (own->labels == JIRA_LABELS_NONE ? MISSING : LABELS);
	if (c->value != NULL)
		return (is_required(c->field) ? HARD : LEAVE_OUT);
	return (is_required(c->field) ||
	    strstr(c->text, "required") != NULL ? MISSING : HARD);
}

/* "field.Severity = ... (one of A, B)" */
static void
add_missing(struct job *job, struct buf *buf, const struct complaint *c)
{
	const struct json *allowed = json_get(c->field, "allowedValues");

	buf_printf(buf, "%s", buf->len > 0 ? " and " : "");
	if (c->field == NULL)
		buf_printf(buf, "field.%s = ...", c->id);
	else
		buf_printf(buf, "%s = ...", jira_setting(job, c->field));
	if (allowed != NULL && allowed->child != NULL)
		buf_printf(buf, " (one of %s)", jira_few(job, allowed));
}

static enum err
say_missing(struct job *job, const struct target *t, struct buf *lines,
    struct buf *names)
{
	const struct rule *rule = t->route->rule;

	jira_forget(job, t);
	if (buf_text(lines) == NULL || buf_text(names) == NULL)
		return (fail(job, ERR_REFUSED, "jira: many required fields of "
		    "%s are missing", t->project));
	if (rule == NULL)
		return (fail(job, ERR_REFUSED, "jira: %s requires %s; add %s "
		    "to the configuration", t->project, names->data,
		    lines->data));
	return (fail(job, ERR_REFUSED, "jira: %s requires %s; add %s to "
	    "[rule %s] (line %d)", t->project, names->data, lines->data,
	    rule->name, rule->line));
}

/* Take it from what is sent, and say so. */
static enum err
leave_out(struct job *job, const struct target *t, struct complaint *c,
    struct filing *f)
{
	struct jira_value *v = *c->value;
	const struct json *tree;
	const char *who, *trouble = "";

	if (strcmp(v->id, "assignee") == 0 && json_parse(job->arena, v->json,
	    strlen(v->json), &tree, NULL) == OK &&
	    (who = json_text(tree, jira_is_cloud(t->tracker) ? "id" :
	    "name")) != NULL)
		trouble = jira_user_trouble(job, t->tracker, who);
	*c->value = v->next;
	return (jira_left_out(job, f, v->setting, arena_printf(job->arena,
	    "%s%s", upstream_quote(job, c->text), trouble)));
}

static enum err
drop_labels(struct job *job, struct jira_own *own,
    const struct complaint *c, struct filing *f)
{
	bool off = strstr(c->text, "cannot be set") != NULL;

	own->labels = off || own->labels == JIRA_LABELS_MARKER ?
	    JIRA_LABELS_NONE : JIRA_LABELS_MARKER;
	return (jira_left_out(job, f, "labels", upstream_quote(job,
	    c->text)));
}

/* The complaints, one list after the other. */
static const struct json *
next_complaint(const struct json *tree, const struct json *n)
{
	const struct json *list = json_get(tree, "errors");

	if (n == NULL) {
		n = json_get(tree, "errorMessages");
		n = n == NULL ? NULL : n->child;
	} else if (n->key != NULL || n->next != NULL)
		return (n->next);
	else
		n = NULL;
	return (n != NULL ? n : list == NULL ? NULL : list->child);
}

/* May it be sent again, without those that are optional? */
static enum err
judge(struct job *job, const struct target *t, const struct json *tree)
{
	struct jira_own *own = t->own;
	const struct json *n;
	struct complaint c;
	struct buf lines, names;
	bool hard = false, any = false;
	enum remedy r;

	buf_init(&lines, job->arena, MISSING_MAX);
	buf_init(&names, job->arena, MISSING_MAX);
	for (n = next_complaint(tree, NULL); n != NULL;
	    n = next_complaint(tree, n)) {
		if (n->type != JSON_STRING)
			return (ERR_REFUSED);
		understand(job, own, n, &c);
		r = remedy_for(own, &c);
		hard = hard || r == HARD;
		any = any || r != HARD;
		if (r != MISSING)
			continue;
		add_missing(job, &lines, &c);
		buf_printf(&names, "%s%s", names.len > 0 ? " and " : "",
		    json_text(c.field, "name") != NULL ?
		    json_text(c.field, "name") : c.id);
	}
	if (lines.len > 0)
		return (say_missing(job, t, &lines, &names));
	return (hard || !any ? ERR_REFUSED : OK);
}

enum err
jira_refused(struct job *job, const struct target *t,
    const struct jira_call *call, struct filing *f)
{
	struct jira_own *own = t->own;
	const struct json *tree, *n;
	struct why why = job->why;
	struct complaint c;
	enum err e;

	jira_forget(job, t);
	if (call->answer.status != 400 || json_parse(job->arena,
	    call->answer.body, call->answer.len, &tree, NULL) != OK)
		return (ERR_REFUSED);
	/* Display names and what is required; at worst, ids will do. */
	(void)jira_meta(job, t, own);
	job->why = why;
	if (judge(job, t, tree) != OK)
		return (ERR_REFUSED);
	for (n = next_complaint(tree, NULL); n != NULL;
	    n = next_complaint(tree, n)) {
		understand(job, own, n, &c);
		e = OK;
		if (c.value != NULL)
			e = leave_out(job, t, &c, f);
		else if (strcmp(c.id, "labels") == 0)
			e = drop_labels(job, own, &c, f);
		if (e != OK)
			return (ERR_REFUSED);
	}
	return (OK);
}

/* Is it set by us or, when nobody does, by Jira? */
static bool
is_given(const char *id)
{

	return (is_fixed(id) || strcmp(id, "labels") == 0 ||
	    strcmp(id, "reporter") == 0);
}

enum err
jira_missing(struct job *job, const struct target *t)
{
	struct jira_own *own = t->own;
	struct buf lines, names;
	struct complaint c = { .text = "" };
	const struct json *n;

	buf_init(&lines, job->arena, MISSING_MAX);
	buf_init(&names, job->arena, MISSING_MAX);
	for (n = own->meta->child; n != NULL; n = n->next) {
		c.field = n;
		c.id = json_text(n, "fieldId");
		if (c.id == NULL || !is_required(n) || is_given(c.id) ||
		    value_of(own, c.id) != NULL)
			continue;
		add_missing(job, &lines, &c);
		buf_printf(&names, "%s%s", names.len > 0 ? " and " : "",
		    json_text(n, "name") != NULL ? json_text(n, "name") :
		    c.id);
	}
	return (lines.len == 0 ? OK : say_missing(job, t, &lines, &names));
}
