#ifndef LINEAR_INPUT_H_
#define LINEAR_INPUT_H_

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/tracker.h"

struct graphql;
struct json;
struct json_writer;

/*
 * What a new Linear issue is made of: the input of the mutation issueCreate,
 * https://linear.app/developers/graphql.  Linear takes ids where people
 * write names, so a create goes through these parts in this order:
 *
 *	linear_plain		what needs no look-up
 *	linear_resolve		one request for all names of this ticket
 *	linear_pick		the id of each name, out of its answer
 *	linear_put_input	the whole, as JSON
 *	linear_drop		after a refusal: what to leave out
 */

/* What an issue may have besides team, title and text. */
enum linear_field {
	LINEAR_LABELS = 0,	/* target->labels */
	LINEAR_ASSIGNEE,	/* id */
	LINEAR_PROJECT,		/* id */
	LINEAR_STATE,		/* id */
	LINEAR_TEMPLATE,	/* id */
	LINEAR_ESTIMATE,	/* number */
	LINEAR_PRIORITY,	/* 0 none, 1 urgent ... 4 low */
	LINEAR_DUE,		/* "2026-03-27" */
	LINEAR_FIELDS
};

/* target->own: the values as they are sent; NULL: left out. */
struct linear_input {
	const char	*value[LINEAR_FIELDS];
};

/* ---- linear_fields.c: values, and the input of issueCreate ---- */

/*
 * target->own with what needs no look-up: priority, estimate, due date.
 * target->labels are the labels' names then.  ERR_NOMEM.
 */
enum err linear_plain(struct job *, struct target *, struct filing *);

/* The same, and "<user a@b.example>" for every id.  ERR_NOMEM. */
enum err linear_sketch(struct job *, struct target *, struct filing *);

/* The variable `input` of a create, which is all that is variable. */
void linear_put_input(struct json_writer *, const struct target *,
    const struct draft *, const struct filing *);

/* "2026-03-27" of a time in UTC; NULL without memory. */
const char *linear_date(struct job *, int64_t wall);

/* 0 to 4 as text for a word, or NULL. */
const char *linear_priority(const char *word);

/*
 * The ticket goes without that field: a sentence on the filing's note and in
 * the log.  What was wrong is in job->why, which is empty then.  ERR_NOMEM.
 */
enum err linear_leave_out(struct job *, const struct target *,
    struct filing *, enum linear_field);

/*
 * Was a create refused for a field that is set and can go?  It is left out
 * then, and the create may be sent again.
 */
bool linear_drop(struct job *, const struct target *,
    const struct graphql *, struct filing *);

/* ---- linear_names.c: names to ids ---- */

/*
 * All of them with one request at most, whose results are cached.  A name
 * that leads to no id is left out; only the team must be there.
 */
enum err linear_resolve(struct job *, struct target *, struct filing *);

/* ---- linear_pick.c: choose among what the look-up found; pure ---- */

/*
 * The id that a name means, out of the data of the look-up.  ERR_REFUSED
 * and a sentence when it means none or more than one.
 */
enum err linear_pick_team(struct job *, const struct target *,
    const struct json *data, const struct json **node);
enum err linear_pick(struct job *, const struct target *,
    const struct json *data, enum linear_field, const char **id);

/* The same for a label; *group is its group's id, or NULL. */
enum err linear_pick_label(struct job *, const struct target *,
    const struct json *data, const char *name, const struct json **node);

#endif
