/*
 * The fields of an issue that we may set: their values, what people and
 * Linear call them, and how Linear says that one of them is wrong.
 */
#include "handler/linear_input.h"

#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/graphql.h"
#include "handler/job.h"
#include "handler/upstream.h"

enum {
	DATE_LEN = 10,		/* "2026-03-27" */
	WORDS = 3
};

/*
 * The words are those that a terse message has besides the name of the
 * input: "Entity not found: User".
 */
static const struct {
	const char	*people;
	const char	*input;
	enum dest	 dest;
	const char	*words[WORDS];
} FIELDS[LINEAR_FIELDS] = {
	[LINEAR_LABELS] = { "label", "labelIds", DEST_LABELS,
	    { "IssueLabel", "Label" } },
	[LINEAR_ASSIGNEE] = { "assignee", "assigneeId", DEST_ASSIGNEE,
	    { "User", "assignee" } },
	[LINEAR_PROJECT] = { "project", "projectId", DEST_PROJECT,
	    { "Project", "project" } },
	[LINEAR_STATE] = { "state", "stateId", DEST_STATE,
	    { "WorkflowState", "state" } },
	[LINEAR_TEMPLATE] = { "template", "templateId", DEST_TEMPLATE,
	    { "Template", "template" } },
	[LINEAR_ESTIMATE] = { "estimate", "estimate", DEST_ESTIMATE,
	    { "Estimate" } },
	[LINEAR_PRIORITY] = { "priority", "priority", DEST_PRIORITY,
	    { "Priority" } },
	[LINEAR_DUE] = { "due date", "dueDate", DEST_DUE,
	    { "due date" } },
};

const char *
linear_priority(const char *word)
{
	static const char *const words[] = { "none", "urgent", "high",
	    "medium", "low" };
	static const char *const numbers[] = { "0", "1", "2", "3", "4" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(word, words[i]) == 0)
			return (numbers[i]);
	return (NULL);
}

const char *
linear_date(struct job *job, int64_t wall)
{
	char text[CLOCK_ISO_MAX];

	clock_format(wall, text);
	return (arena_strndup(job->arena, text, DATE_LEN));
}

/* Digits alone, so that they may stand in JSON as they are. */
static bool
is_number(const char *text)
{
	size_t n = strlen(text);

	return (n > 0 && n <= 3 && strspn(text, "0123456789") == n &&
	    (*text != '0' || n == 1));
}

enum err
linear_plain(struct job *job, struct target *t, struct filing *f)
{
	struct linear_input *in = arena_alloc(job->arena, sizeof(*in));
	const char *priority = t->route->dest[DEST_PRIORITY].value;
	const char *estimate = t->route->dest[DEST_ESTIMATE].value;
	enum err e = OK;

	if (in == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the fields"));
	t->own = in;
	f->note = NULL;
	if ((e = tracker_labels(job, t)) != OK)
		return (e);
	in->value[LINEAR_LABELS] = t->nlabels > 0 ? "" : NULL;
	if (t->due != 0 && (in->value[LINEAR_DUE] = linear_date(job,
	    t->due)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the due date"));
	if (priority != NULL && (in->value[LINEAR_PRIORITY] =
	    linear_priority(priority)) == NULL) {
		(void)fail(job, ERR_REFUSED, "%s is none of urgent, high, "
		    "medium, low, none", priority);
		e = linear_leave_out(job, t, f, LINEAR_PRIORITY);
	}
	if (e != OK || estimate == NULL)
		return (e);
	in->value[LINEAR_ESTIMATE] = estimate;
	if (is_number(estimate))
		return (OK);
	(void)fail(job, ERR_REFUSED, "%s is no number", estimate);
	return (linear_leave_out(job, t, f, LINEAR_ESTIMATE));
}

enum err
linear_sketch(struct job *job, struct target *t, struct filing *f)
{
	static const enum linear_field named[] = { LINEAR_ASSIGNEE,
	    LINEAR_PROJECT, LINEAR_STATE, LINEAR_TEMPLATE };
	struct linear_input *in;
	bool full;
	enum err e;
	size_t i;

	if ((e = linear_plain(job, t, f)) != OK)
		return (e);
	in = t->own;
	t->id = arena_printf(job->arena, "<team %s>", t->project);
	full = t->id == NULL;
	for (i = 0; i < t->nlabels; i++) {
		t->labels[i] = arena_printf(job->arena, "<label %s>",
		    t->labels[i]);
		full = full || t->labels[i] == NULL;
	}
	for (i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		enum linear_field k = named[i];
		const char *name = t->route->dest[FIELDS[k].dest].value;

		if (name == NULL)
			continue;
		in->value[k] = arena_printf(job->arena, "<%s %s>",
		    k == LINEAR_ASSIGNEE ? "user" : FIELDS[k].people, name);
		full = full || in->value[k] == NULL;
	}
	return (full ? fail(job, ERR_NOMEM, "no memory for the sketch") : OK);
}

static void
put_labels(struct json_writer *w, const struct target *t)
{
	size_t i;

	json_begin(w, FIELDS[LINEAR_LABELS].input, JSON_ARRAY);
	for (i = 0; i < t->nlabels; i++)
		json_put_string(w, NULL, t->labels[i]);
	json_end(w);
}

void
linear_put_input(struct json_writer *w, const struct target *t,
    const struct draft *draft, const struct filing *f)
{
	const struct linear_input *in = t->own;
	enum linear_field k;

	json_begin(w, "input", JSON_OBJECT);
	json_put_string(w, "id", f->marker);
	json_put_string(w, "teamId", t->id);
	json_put_string(w, "title", draft->title);
	json_put_string(w, "description", draft->body);
	for (k = LINEAR_LABELS; k < LINEAR_FIELDS; k++) {
		if (in->value[k] == NULL)
			continue;
		if (k == LINEAR_LABELS)
			put_labels(w, t);
		else if (k == LINEAR_ESTIMATE || k == LINEAR_PRIORITY)
			json_put_raw(w, FIELDS[k].input, in->value[k]);
		else
			json_put_string(w, FIELDS[k].input, in->value[k]);
	}
	json_end(w);
}

enum err
linear_leave_out(struct job *job, const struct target *t, struct filing *f,
    enum linear_field k)
{
	struct linear_input *in = t->own;
	const char *note = arena_printf(job->arena, "%s left out: %s",
	    FIELDS[k].people, job->why.text);

	/* Of the labels only the one at fault goes. */
	if (k != LINEAR_LABELS)
		in->value[k] = NULL;
	if (note != NULL)
		log_say(LOG_LEVEL_WARNING, "left_out", "[tracker %s] %s: %s",
		    t->tracker->name, t->project, note);
	if (note != NULL && f->note != NULL)
		note = arena_printf(job->arena, "%s; %s", f->note, note);
	if (note == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the note"));
	f->note = note;
	job->why.text[0] = '\0';
	return (OK);
}

/* Is the word in the text, and no part of a longer one? */
static bool
has_word(const char *text, const char *word)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	size_t n = strlen(word);
	const char *at;

	for (at = text; (at = strstr(at, word)) != NULL; at++)
		if ((at == text || strchr(letters, at[-1]) == NULL) &&
		    (at[n] == '\0' || strchr(letters, at[n]) == NULL))
			return (true);
	return (false);
}

static bool
is_blamed(const struct graphql *q, enum linear_field k)
{
	size_t i;

	if (q->field != NULL)
		return (strcmp(q->field, FIELDS[k].input) == 0);
	if (has_word(q->message, FIELDS[k].input) ||
	    (q->shown != NULL && has_word(q->shown, FIELDS[k].input)))
		return (true);
	for (i = 0; i < WORDS && FIELDS[k].words[i] != NULL; i++)
		if (has_word(q->message, FIELDS[k].words[i]))
			return (true);
	return (false);
}

bool
linear_drop(struct job *job, const struct target *t, const struct graphql *q,
    struct filing *f)
{
	struct linear_input *in = t->own;
	enum linear_field k;

	if (q->credential || q->message == NULL)
		return (false);
	for (k = LINEAR_LABELS; k < LINEAR_FIELDS; k++)
		if (in->value[k] != NULL && is_blamed(q, k))
			break;
	if (k == LINEAR_FIELDS)
		return (false);
	(void)fail(job, ERR_REFUSED, "Linear says: %s", upstream_quote(job,
	    q->shown != NULL ? q->shown : q->message));
	if (linear_leave_out(job, t, f, k) != OK)
		return (false);
	in->value[k] = NULL;
	return (true);
}
