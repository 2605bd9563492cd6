/*
 * A text of the configuration as the type of its field wants it.
 * https://developer.atlassian.com/server/jira/platform/
 *     jira-rest-api-examples/#setting-custom-field-data-for-other-field-types
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/jira.h"
#include "handler/jira_issue.h"
#include "handler/jira_value.h"
#include "handler/job.h"
#include "handler/upstream.h"

struct shaping {
	struct job		*job;
	const struct target	*target;
	const struct json	*field;
	struct json_writer	 w;
};

static const char *
name_of(const struct shaping *s)
{
	const char *name = json_text(s->field, "name");

	return (name == NULL ? "the field" : name);
}

/* Does the field's own type end so?  "…customfieldtypes:textarea" */
static bool
is_custom(const struct json *field, const char *end)
{
	const char *custom = json_text(field, "schema.custom");
	size_t n = strlen(end);

	return (custom != NULL && strlen(custom) >= n &&
	    strcmp(custom + strlen(custom) - n, end) == 0);
}

static bool
is_rich(const struct json *field)
{
	const char *system = json_text(field, "schema.system");

	return (is_custom(field, ":textarea") || (system != NULL &&
	    (strcmp(system, "environment") == 0 ||
	    strcmp(system, "description") == 0)));
}

static enum err
put_string(struct shaping *s, const char *text)
{
	const char *rich;

	if (!is_rich(s->field)) {
		json_put_string(&s->w, NULL, text);
		return (OK);
	}
	if ((rich = jira_markup(s->job, s->target->tracker, text)) == NULL)
		return (fail(s->job, ERR_NOMEM, "no memory for a text"));
	json_put_raw(&s->w, NULL, rich);
	return (OK);
}

/* RFC 8259's number, and nothing that strtod() takes beyond it. */
static enum err
put_number(struct shaping *s, const char *text)
{
	const struct json *n;
	struct why why;

	if (json_parse(s->job->arena, text, strlen(text), &n, &why) != OK ||
	    n->type != JSON_NUMBER)
		return (fail(s->job, ERR_MALFORMED, "%s is a number and %s is "
		    "none; write it like 3 or 2.5", name_of(s),
		    upstream_quote(s->job, text)));
	json_put_raw(&s->w, NULL, n->text);
	return (OK);
}

static void
put_member(struct shaping *s, const char *key, const char *text)
{

	json_begin(&s->w, NULL, JSON_OBJECT);
	json_put_string(&s->w, key, text);
	json_end(&s->w);
}

static enum err
put_option(struct shaping *s, const char *text)
{
	const char *found;
	enum err e = jira_allowed(s->job, s->field, text, &found);

	if (e == OK)
		put_member(s, "value", found);
	return (e);
}

static enum err
put_named(struct shaping *s, const char *text)
{
	const char *found;
	enum err e = jira_allowed(s->job, s->field, text, &found);

	if (e == OK)
		put_member(s, "name", found);
	return (e);
}

static enum err
put_priority(struct shaping *s, const char *text)
{
	const char *found;
	enum err e = jira_priority(s->job, s->field, text, &found);

	if (e == OK && found == NULL)
		return (fail(s->job, ERR_MALFORMED, "none is no priority"));
	if (e == OK)
		put_member(s, "name", found);
	return (e);
}

static enum err
put_key(struct shaping *s, const char *text)
{

	put_member(s, "key", text);
	return (OK);
}

static enum err
put_user(struct shaping *s, const char *text)
{
	const char *id;
	const char *system = json_text(s->field, "schema.system");
	enum err e = jira_user(s->job, s->target, text, system != NULL &&
	    strcmp(system, "assignee") == 0, &id);

	if (e == OK)
		put_member(s, jira_is_cloud(s->target->tracker) ? "id" :
		    "name", id);
	return (e);
}

static enum err
put_date(struct shaping *s, const char *text)
{
	const char *whole = arena_printf(s->job->arena, "%sT00:00:00Z", text);
	int64_t ms;

	if (whole == NULL)
		return (fail(s->job, ERR_NOMEM, "no memory for a date"));
	if (strlen(text) != strlen("2026-03-27") || !clock_parse(whole, &ms))
		return (fail(s->job, ERR_MALFORMED, "%s is a date and %s is "
		    "none; write it like 2026-03-27", name_of(s),
		    upstream_quote(s->job, text)));
	json_put_string(&s->w, NULL, text);
	return (OK);
}

/* Jira wants "2026-03-27T12:28:40.000+0000". */
static enum err
put_datetime(struct shaping *s, const char *text)
{
	char out[CLOCK_ISO_MAX];
	int64_t ms;

	if (!clock_parse(text, &ms))
		return (fail(s->job, ERR_MALFORMED, "%s is a time and %s is "
		    "none; write it like 2026-03-27T12:00:00Z", name_of(s),
		    upstream_quote(s->job, text)));
	clock_format(ms, out);
	json_put_string(&s->w, NULL, arena_printf(s->job->arena, "%.*s+0000",
	    (int)strcspn(out, "Z"), out));
	return (OK);
}

static enum err
put_word(struct shaping *s, const char *text)
{

	if (strpbrk(text, " \t") != NULL)
		return (fail(s->job, ERR_MALFORMED, "%s takes words without "
		    "blanks; write %s without", name_of(s),
		    upstream_quote(s->job, text)));
	json_put_string(&s->w, NULL, text);
	return (OK);
}

/* The parent of that name: "value" of its own, children in *child. */
static enum err
find_parent(struct shaping *s, const char *parent, const char **found,
    struct json *child)
{
	const struct json *list = json_get(s->field, "allowedValues"), *n;
	const char *value;
	enum err e;

	if ((e = jira_allowed(s->job, s->field, parent, found)) != OK)
		return (e);
	*child = (struct json){ .type = JSON_ARRAY };
	for (n = list == NULL ? NULL : list->child; n != NULL; n = n->next) {
		value = json_text(n, "value");
		if (value != NULL && strcmp(value, *found) == 0 &&
		    json_get(n, "children") != NULL)
			*child = *json_get(n, "children");
	}
	return (OK);
}

/* "Parent / Child", or a parent alone. */
static enum err
put_cascade(struct shaping *s, const char *text)
{
	const char *slash = strstr(text, " / "), *parent, *child, *found;
	struct json list, field = { .type = JSON_OBJECT };
	struct json name = { .type = JSON_STRING, .key = "name" };
	enum err e;

	if (slash == NULL)
		return (put_option(s, text));
	parent = arena_strndup(s->job->arena, text, (size_t)(slash - text));
	if (parent == NULL)
		return (fail(s->job, ERR_NOMEM, "no memory for a field"));
	if ((e = find_parent(s, parent, &found, &list)) != OK)
		return (e);
	/* The children are allowed values as their parents are. */
	name.text = parent = found;
	name.len = strlen(parent);
	list.key = "allowedValues";
	list.next = NULL;
	name.next = json_get(s->field, "allowedValues") == NULL ? NULL : &list;
	field.child = &name;
	if ((e = jira_allowed(s->job, &field, slash + 3, &child)) != OK)
		return (e);
	json_begin(&s->w, NULL, JSON_OBJECT);
	json_put_string(&s->w, "value", parent);
	json_begin(&s->w, "child", JSON_OBJECT);
	json_put_string(&s->w, "value", child);
	json_end(&s->w);
	json_end(&s->w);
	return (OK);
}

/* A type by its name in createmeta's schema. */
struct shape {
	const char	*type;
	enum err	(*put)(struct shaping *, const char *);
};

static const struct shape shapes[] = {
	{ "string", put_string },
	{ "number", put_number },
	{ "option", put_option },
	{ "option-with-child", put_cascade },
	{ "user", put_user },
	{ "date", put_date },
	{ "datetime", put_datetime },
	{ "priority", put_priority },
	{ "component", put_named },
	{ "version", put_named },
	{ "group", put_named },
	{ "resolution", put_named },
	{ "securitylevel", put_named },
	{ "project", put_key },
	{ "issuelink", put_key },
};

static const struct shape *
shape_of(const char *type)
{
	size_t i;

	for (i = 0; type != NULL && i < sizeof(shapes) / sizeof(shapes[0]);
	    i++)
		if (strcmp(shapes[i].type, type) == 0)
			return (&shapes[i]);
	return (NULL);
}

/* A list of texts, split at commas, blanks around each cut. */
static enum err
put_array(struct shaping *s, const char *text)
{
	const char *items = json_text(s->field, "schema.items"), *one;
	const struct shape *shape = shape_of(items);
	enum err e = OK;
	size_t n;

	json_begin(&s->w, NULL, JSON_ARRAY);
	for (; e == OK && *text != '\0'; text += strcspn(text, ",")) {
		text += strspn(text, ", \t");
		for (n = strcspn(text, ","); n > 0 && isblank(
		    (unsigned char)text[n - 1]); n--)
			;
		if (n == 0)
			continue;
		if ((one = arena_strndup(s->job->arena, text, n)) == NULL)
			return (fail(s->job, ERR_NOMEM, "no memory for a "
			    "field"));
		if (shape == NULL || strcmp(items, "string") == 0)
			e = put_word(s, one);
		else
			e = shape->put(s, one);
	}
	json_end(&s->w);
	return (e);
}

bool
jira_knows(const struct json *field)
{
	const char *type = json_text(field, "schema.type");

	if (type != NULL && strcmp(type, "array") == 0)
		type = json_text(field, "schema.items");
	return (is_custom(field, ":gh-sprint") || shape_of(type) != NULL);
}

enum err
jira_shape(struct job *job, const struct target *t,
    const struct json *field, const char *text, const char **json)
{
	struct shaping s = { .job = job, .target = t, .field = field };
	const char *type = json_text(field, "schema.type");
	const struct shape *shape = shape_of(type);
	struct buf buf;
	enum err e;

	buf_init(&buf, job->arena, JIRA_REQUEST);
	json_open(&s.w, &buf);
	/* A sprint is told by its number, though it reads back as a list. */
	if (is_custom(field, ":gh-sprint"))
		e = put_number(&s, text);
	else if (type != NULL && strcmp(type, "array") == 0)
		e = put_array(&s, text);
	else
		e = shape == NULL ? put_string(&s, text) : shape->put(&s,
		    text);
	if (e != OK)
		return (e);
	*json = buf_text(&buf);
	return (*json == NULL ? fail(job, ERR_NOMEM, "no memory for the "
	    "field %s", name_of(&s)) : OK);
}

const char *
jira_date(struct job *job, int64_t ms)
{
	char out[CLOCK_ISO_MAX];

	clock_format(ms, out);
	return (arena_strndup(job->arena, out, strcspn(out, "T")));
}
