#ifndef LINEAR_H_
#define LINEAR_H_

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "handler/tracker.h"

struct graphql;
struct json;

/*
 * What the parts of the Linear client share: trackers/linear.c is the kind,
 * linear_*.c its concerns; what a new issue is made of is in
 * handler/linear_input.h.  https://linear.app/developers/graphql
 */

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
