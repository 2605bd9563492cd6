#ifndef LINEAR_H_
#define LINEAR_H_

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "handler/tracker.h"

struct graphql;
struct json;
struct json_writer;

/*
 * What the parts of the Linear client share: trackers/linear.c is the kind,
 * linear_*.c its concerns.  https://linear.app/developers/graphql
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

/* Of these states the one of that type that comes first, or NULL. */
const struct json *linear_state_of(const struct json *nodes,
    const char *type);

/* ---- linear_edit.c, linear_state.c: an issue that exists ---- */
enum err linear_comment(struct job *, const struct tracker *,
    const struct filing *, const char *key, const char *markdown);
enum err linear_section(struct job *, const struct tracker *,
    const struct filing *, const struct section *);
enum err linear_raise(struct job *, struct target *, const struct filing *);
enum err linear_state(struct job *, const struct tracker *,
    const struct filing *, struct remote_state *);
enum err linear_move(struct job *, struct target *, const struct filing *,
    enum remote_category, const char **said);

/* Of a state as the API shows it, by its type. */
enum remote_category linear_category(const struct json *state);

/* ---- linear_news.c, linear_poll.c: what Linear tells of issues ---- */

/*
 * How an issue is, as a webhook or an answer shows it.  ERR_ABSENT when it
 * shows no state.  Pure.
 */
enum err linear_told(struct job *, const struct json *issue,
    struct remote_state *);
enum err linear_news(struct job *, const struct json *, struct bulletin *);
enum err linear_me(struct job *, const struct tracker *, const char **id);
enum err linear_poll(struct job *, const struct tracker *,
    struct polled *, size_t n);
enum err linear_mentions(struct job *, const struct tracker *,
    const char *word, int64_t since, struct mentions *);

/* issueUpdate; the caller put the members of `input` and ended it. */
void linear_open_update(struct job *, const struct filing *,
    struct graphql *);
enum err linear_update(struct job *, const struct filing *,
    struct graphql *);

/*
 * Read an issue with that document.  ERR_ABSENT when it is not there or in
 * the trash, ERR_REFUSED with a sentence when it is archived.
 */
enum err linear_issue(struct job *, const struct filing *, struct graphql *,
    const struct json **issue);

/* An id for what we make: SHA-256 in the shape of a version 4 UUID. */
const char *linear_uuid(struct job *, const char *hex);
bool linear_is_uuid(const char *);

/* ---- linear_text.c: a section of a text; pure ---- */

/*
 * The text with that section in place of the one with its title, or at its
 * end.  A section is from its heading "### TITLE" to the line LINEAR_END,
 * with no heading of level 1 to 3 in between.  NULL without memory.
 */
const char *linear_text(struct job *, const char *text,
    const struct section *);

#define LINEAR_END "kept up to date by tickethook"

#endif
