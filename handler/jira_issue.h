#ifndef JIRA_ISSUE_H_
#define JIRA_ISSUE_H_

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/jira_rest.h"
#include "handler/tracker.h"

struct json;

/*
 * What the parts of the Jira client share that deal with issues that are
 * there, or may be.  The first half is handler/jira.h.
 */

/* ---- jira_find.c: an issue that may be there ---- */

enum err jira_find(struct job *, const struct target *, struct filing *);
enum err jira_twin(struct job *, const struct target *,
    const struct filing *, const char **key);
enum err jira_floor(struct job *, const struct target *, struct filing *);
enum err jira_key_of(struct job *, const struct tracker *, const char *url,
    const char **key);
enum err jira_read(struct job *, const struct tracker *, const char *key,
    struct filing *);
/* id, key and URL of an answer's issue; ERR_UNKNOWN if it makes no sense. */
enum err jira_take(struct job *, const struct tracker *,
    const struct json *issue, struct filing *);
/* The number in "PAY-12", 0 if none; is the key of the target's project? */
int64_t jira_number(const char *key);
bool jira_is_of(const struct target *, const char *key);

/* ---- jira_edit.c, jira_state.c: an issue that is there ---- */

/* Read or write below /issue/ID; ERR_ABSENT when it is certainly gone. */
enum err jira_issue(struct job *, const struct filing *,
    struct jira_call *, const char *below);
/* Markdown as a JSON value: a document (v3) or a string (v2). */
const char *jira_markup(struct job *, const struct tracker *,
    const char *markdown);
enum err jira_comment(struct job *, const struct tracker *,
    const struct filing *, const char *key, const char *markdown);
enum err jira_section(struct job *, const struct tracker *,
    const struct filing *, const struct section *);
enum err jira_raise(struct job *, struct target *, const struct filing *);
enum err jira_state(struct job *, const struct tracker *,
    const struct filing *, struct remote_state *);
enum err jira_move(struct job *, struct target *, const struct filing *,
    enum remote_category, const char **said);

/* Of a status as the API shows it, by its category's key. */
enum remote_category jira_category(const struct json *status);

/* ---- jira_news.c, jira_poll.c: what Jira tells of issues ---- */

/*
 * How an issue is, as a webhook or an answer shows it; gone is for others to
 * say, and url stays NULL.  ERR_ABSENT when it shows no status.  Pure.
 */
enum err jira_told(struct job *, const struct json *issue,
    struct remote_state *);
enum err jira_news(struct job *, const struct json *, struct bulletin *);
enum err jira_me(struct job *, const struct tracker *, const char **id);
enum err jira_poll(struct job *, const struct tracker *, struct polled *,
    size_t n);
enum err jira_mentions(struct job *, const struct tracker *,
    const char *word, int64_t since, struct mentions *);

/* ---- jira_text.c: a section of a description; pure ---- */

/*
 * The description with that section in place of the one with its title, or
 * at its end: an `expand` of a document, a panel of wiki text.  All else is
 * as it was.  Our part is shortened to fit; ERR_REFUSED when the rest leaves
 * no room.  NULL stands for an empty description.
 */
enum err jira_text_adf(struct job *, const struct json *document,
    const struct section *, const char **json);
enum err jira_text_wiki(struct job *, const char *text,
    const struct section *, const char **wiki);

#endif
