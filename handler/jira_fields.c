/*
 * What a route says of a ticket, as members of `fields`.  Which of them there
 * are and what they take is asked of the site (jira_meta.c), since each project
 * has screens of its own; what does not fit is left out with a note.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/
 */
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/jira.h"
#include "handler/jira_value.h"
#include "handler/job.h"
#include "handler/upstream.h"

/* The keys that name a field of Jira's, and which. */
static const struct {
	enum dest	 dest;
	const char	*setting;
	const char	*id;
} keys[] = {
	{ DEST_ASSIGNEE, "assignee", "assignee" },
	{ DEST_COMPONENT, "component", "components" },
	{ DEST_PRIORITY, "priority", "priority" },
	{ DEST_DUE, "due", "duedate" },
	{ DEST_LABELS, "labels", "labels" },
};

/* What each ticket has anyway; no field.NAME says it again. */
static const char *const taken[] = {
	"project", "issuetype", "summary", "description", "labels"
};

/* What functions below share. */
struct filling {
	struct job		*job;
	const struct target	*target;
	struct jira_own		*own;
	struct filing		*filing;
	struct jira_value	**end;
};

const char *
jira_setting(struct job *job, const struct json *field)
{
	const char *id = json_text(field, "fieldId");
	const char *name = json_text(field, "name");
	size_t i;

	for (i = 0; id != NULL && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i].id, id) == 0)
			return (keys[i].setting);
	id = arena_printf(job->arena, "field.%s", name != NULL ? name : id);
	return (id == NULL ? "field" : id);
}

/* Add a sentence to what people are told of the ticket. */
static enum err
note(struct job *job, struct filing *f, const char *text)
{

	if (text == NULL)
		return (fail(job, ERR_NOMEM, "no memory for a note"));
	log_say(LOG_LEVEL_WARNING, "left-out", "jira: %s", text);
	f->note = f->note == NULL ? text : arena_printf(job->arena, "%s; %s",
	    f->note, text);
	job->why.text[0] = '\0';
	return (f->note == NULL ? fail(job, ERR_NOMEM, "no memory for a note") :
	    OK);
}

enum err
jira_left_out(struct job *job, struct filing *f, const char *what,
    const char *why)
{

	return (note(job, f, arena_printf(job->arena, "%s left out: %s", what,
	    why)));
}

static enum err
add(struct filling *fill, const char *id, const char *setting,
    const char *json)
{
	struct jira_value *v = arena_alloc(fill->job->arena, sizeof(*v));

	if (v == NULL || json == NULL || id == NULL)
		return (fail(fill->job, ERR_NOMEM, "no memory for a field"));
	*v = (struct jira_value){ .id = id, .setting = setting,
	    .json = json };
	*fill->end = v;
	fill->end = &v->next;
	return (OK);
}

static bool
has(const struct filling *fill, const char *id)
{
	const struct jira_value *v;

	for (v = fill->own->values; v != NULL; v = v->next)
		if (strcmp(v->id, id) == 0)
			return (true);
	return (false);
}

/*
 * e of a value that leads to nothing: without it then, unless the screen
 * requires it.
 */
static enum err
settle(struct filling *fill, const struct json *field, const char *setting,
    enum err e)
{
	bool required = false;

	if (e != ERR_MALFORMED)
		return (e);
	(void)json_bool(field, "required", &required);
	if (!required)
		return (jira_left_out(fill->job, fill->filing, setting,
		    arena_strdup(fill->job->arena, fill->job->why.text)));
	jira_forget(fill->job, fill->target);
	return (fail(fill->job, ERR_REFUSED, "jira: %s needs %s: %s",
	    fill->target->project, setting,
	    arena_strdup(fill->job->arena, fill->job->why.text)));
}

/* The fields of the screen, for a sentence. */
static enum err
no_field(struct filling *fill, const char *setting)
{

	return (jira_left_out(fill->job, fill->filing, setting,
	    arena_printf(fill->job->arena, "the create screen of %s in %s has "
	    "no such field; it has %s", fill->target->route->
	    dest[DEST_ISSUE_TYPE].value, fill->target->project,
	    jira_few(fill->job, fill->own->meta))));
}

/* One of a list; rest has those that lead somewhere. */
static enum err
try_one(struct filling *fill, const struct json *field, const char *one,
    struct buf *rest)
{
	struct job *job = fill->job;
	const char *json;
	enum err e;

	if (one == NULL)
		return (fail(job, ERR_NOMEM, "no memory for a field"));
	e = jira_shape(job, fill->target, field, one, &json);
	if (e == OK && strcmp(json, "[]") != 0)
		buf_printf(rest, "%s%s", rest->len > 0 ? "," : "", one);
	return (e);
}

/*
 * Some of a list may be wrong: each is tried alone, and what remains is
 * shaped together.
 */
static enum err
shape_list(struct filling *fill, const struct json *field,
    const char *setting, const char *text)
{
	struct job *job = fill->job;
	struct buf rest;
	const char *json;
	enum err e = OK, bad = OK;
	size_t n;

	buf_init(&rest, job->arena, strlen(text) + 2);
	for (; *text != '\0'; text += n) {
		text += strspn(text, ", \t");
		n = strcspn(text, ",");
		e = try_one(fill, field, arena_strndup(job->arena, text, n),
		    &rest);
		if (e != OK && e != ERR_MALFORMED)
			return (e);
		if (e == ERR_MALFORMED && rest.len == 0 && text[n] == '\0' &&
		    bad == OK)
			return (settle(fill, field, setting, e));
		if (e == ERR_MALFORMED) {
			bad = e;
			e = jira_left_out(job, fill->filing, setting,
			    arena_strdup(job->arena, job->why.text));
		}
		if (e != OK)
			return (e);
	}
	if (rest.len == 0)
		return (OK);
	if ((text = buf_text(&rest)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory for a field"));
	if ((e = jira_shape(job, fill->target, field, text, &json)) != OK)
		return (e);
	return (add(fill, json_text(field, "fieldId"), setting, json));
}

/* One field of the screen gets that text. */
static enum err
fill_field(struct filling *fill, const struct json *field,
    const char *setting, const char *text)
{
	const char *type = json_text(field, "schema.type"), *json = NULL;
	struct job *job = fill->job;
	enum err e;

	if (has(fill, json_text(field, "fieldId")))
		return (jira_left_out(job, fill->filing, setting,
		    "another key says that field already"));
	if (!jira_knows(field) && (e = note(job, fill->filing, arena_printf(
	    job->arena, "%s sent as text: its type %s is not known here",
	    setting, type == NULL ? "(none)" : type))) != OK)
		return (e);
	if (type != NULL && strcmp(type, "array") == 0)
		return (shape_list(fill, field, setting, text));
	e = jira_shape(job, fill->target, field, text, &json);
	if (e != OK)
		return (settle(fill, field, setting, e));
	return (add(fill, json_text(field, "fieldId"), setting, json));
}

static const char *
text_of(struct filling *fill, enum dest dest)
{
	const char *text = fill->target->route->dest[dest].value;

	if (dest == DEST_DUE)
		return (fill->target->due == 0 ? NULL :
		    jira_date(fill->job, fill->target->due));
	if (dest == DEST_PRIORITY && text != NULL &&
	    jira_priority_word(text) == NULL)
		return (NULL);
	return (dest == DEST_LABELS ? NULL : text);
}

static enum err
fill_keys(struct filling *fill)
{
	const struct json *field, *twin;
	const char *text;
	enum err e = OK;
	size_t i;

	for (i = 0; e == OK && i < sizeof(keys) / sizeof(keys[0]); i++) {
		if ((text = text_of(fill, keys[i].dest)) == NULL)
			continue;
		field = jira_field(fill->own->meta, keys[i].id, &twin);
		e = field == NULL ? no_field(fill, keys[i].setting) :
		    fill_field(fill, field, keys[i].setting, text);
	}
	return (e);
}

/* Why that field cannot be named so; NULL: it can. */
static const char *
misnamed(struct filling *fill, const struct json *field,
    const struct json *twin)
{
	const char *id = json_text(field, "fieldId");
	size_t i;

	if (twin != NULL)
		return (arena_printf(fill->job->arena, "there are two of that "
		    "name; write field.%s or field.%s", id,
		    json_text(twin, "fieldId")));
	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (strcmp(taken[i], id) == 0)
			return ("it has a key of its own");
	return (NULL);
}

/* The name of a field that acts on the create, or NULL. */
static const char *
create_name(const struct field *n)
{

	return (strncasecmp(n->name, "transition.", 11) == 0 ? NULL :
	    n->name);
}

static enum err
fill_fields(struct filling *fill)
{
	const struct json *field, *twin;
	const struct field *n;
	const char *setting, *why;
	enum err e = OK;

	for (n = fill->target->route->fields; e == OK && n != NULL;
	    n = n->next) {
		if (create_name(n) == NULL)
			continue;
		setting = arena_printf(fill->job->arena, "field.%s", n->name);
		if (setting == NULL)
			return (fail(fill->job, ERR_NOMEM, "no memory"));
		field = jira_field(fill->own->meta, n->name, &twin);
		if (field == NULL)
			e = no_field(fill, setting);
		else if ((why = misnamed(fill, field, twin)) != NULL)
			e = jira_left_out(fill->job, fill->filing, setting,
			    why);
		else
			e = fill_field(fill, field, setting,
			    n->setting.value);
	}
	return (e);
}

/* Does the route say anything that the screen must be known for? */
static bool
needs_meta(struct filling *fill)
{
	const struct field *n;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (text_of(fill, keys[i].dest) != NULL)
			return (true);
	for (n = fill->target->route->fields; n != NULL; n = n->next)
		if (create_name(n) != NULL)
			return (true);
	return (false);
}

enum err
jira_fields(struct job *job, const struct target *t, struct jira_own *own,
    struct filing *f)
{
	struct filling fill = { .job = job, .target = t, .own = own,
	    .filing = f };
	const struct json *twin;
	enum err e;

	own->values = NULL;
	fill.end = &own->values;
	if (!needs_meta(&fill))
		return (OK);
	if ((e = jira_meta(job, t, own)) != OK)
		return (e);
	if (jira_field(own->meta, "labels", &twin) == NULL) {
		own->labels = JIRA_LABELS_NONE;
		if ((e = no_field(&fill, "labels")) != OK)
			return (e);
	}
	if ((e = fill_keys(&fill)) != OK)
		return (e);
	return (fill_fields(&fill));
}

/* {"name": text}, or in a list. */
static const char *
sketch_named(struct job *job, const char *key, const char *text, bool list)
{
	struct json_writer w;
	struct buf buf;
	size_t n;

	buf_init(&buf, job->arena, JIRA_REQUEST);
	json_open(&w, &buf);
	if (list)
		json_begin(&w, NULL, JSON_ARRAY);
	for (; *text != '\0'; text += n) {
		text += list ? strspn(text, ", \t") : 0;
		n = list ? strcspn(text, ",") : strlen(text);
		while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
			n--;
		if (n == 0)
			continue;
		json_begin(&w, NULL, JSON_OBJECT);
		json_put_string(&w, key, arena_strndup(job->arena, text, n));
		json_end(&w);
	}
	if (list)
		json_end(&w);
	return (buf_text(&buf));
}

static const char *
sketch_string(struct job *job, const char *text)
{
	struct json_writer w;
	struct buf buf;

	buf_init(&buf, job->arena, JIRA_REQUEST);
	json_open(&w, &buf);
	json_put_string(&w, NULL, text);
	return (buf_text(&buf));
}

static const char *
sketch_key(struct filling *fill, enum dest dest, const char *text)
{
	bool cloud = jira_is_cloud(fill->target->tracker);
	struct job *job = fill->job;

	switch (dest) {
	case DEST_ASSIGNEE:
		if (cloud ? !jira_is_account(text) :
		    strpbrk(text, "@ ") != NULL)
			text = arena_printf(job->arena, "<account of %s>",
			    text);
		return (text == NULL ? NULL : sketch_named(job,
		    cloud ? "id" : "name", text, false));
	case DEST_COMPONENT:
		return (sketch_named(job, "name", text, true));
	case DEST_PRIORITY:
		return (sketch_named(job, "name", jira_priority_word(text),
		    false));
	default:
		return (sketch_string(job, text));
	}
}

enum err
jira_sketch(struct job *job, const struct target *t, struct jira_own *own)
{
	struct filling fill = { .job = job, .target = t, .own = own };
	const struct field *n;
	const char *text;
	enum err e = OK;
	size_t i;

	own->values = NULL;
	fill.end = &own->values;
	for (i = 0; e == OK && i < sizeof(keys) / sizeof(keys[0]); i++)
		if ((text = text_of(&fill, keys[i].dest)) != NULL)
			e = add(&fill, keys[i].id, keys[i].setting,
			    sketch_key(&fill, keys[i].dest, text));
	for (n = t->route->fields; e == OK && n != NULL; n = n->next)
		if ((text = create_name(n)) != NULL)
			e = add(&fill, strncmp(text, "customfield_", 12) == 0 ?
			    text : arena_printf(job->arena, "<field %s>",
			    text), text, sketch_string(job,
			    n->setting.value));
	return (e);
}
