#ifndef JIRA_VALUE_H_
#define JIRA_VALUE_H_

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

struct job;
struct json;
struct target;
struct tracker;

/*
 * Values of a ticket as Jira wants them.  ERR_MALFORMED: the text leads to
 * nothing, with the sentence for people in job->why; ERR_REFUSED is a matter
 * of the credentials.
 */

/* ---- jira_names.c: names to what Jira calls them ---- */

/*
 * The accountId (Cloud) or name (Data Center) of an e-mail, a name or an
 * accountId; of those who can be assigned when assignable.
 */
enum err jira_user(struct job *, const struct target *, const char *name,
    bool assignable, const char **id);
bool jira_is_account(const char *);

/* Why that account cannot be assigned: a sentence's end, "" if unknown. */
const char *jira_user_trouble(struct job *, const struct tracker *,
    const char *account);

/*
 * The one of a field's allowedValues whose name, value or id is that text
 * without case: its name or value as Jira writes it.  The text itself when
 * Jira does not tell the allowed ones.
 */
enum err jira_allowed(struct job *, const struct json *field,
    const char *text, const char **found);

/*
 * The site's name of a priority word, by the field's allowedValues: urgent
 * is Highest, any text of the site is itself; NULL for "none".
 */
enum err jira_priority(struct job *, const struct json *field,
    const char *word, const char **found);
/* The same where nobody is asked. */
const char *jira_priority_word(const char *word);

/* A few of an array's names, "A, B, C and 4 more", for a sentence. */
const char *jira_few(struct job *, const struct json *array);

/* ---- jira_shape.c: a value as the type of its field wants it ---- */

/* *json: the text shaped for a field of createmeta or of a transition. */
enum err jira_shape(struct job *, const struct target *,
    const struct json *field, const char *text, const char **json);

/* Is the type known?  Others are sent as text. */
bool jira_knows(const struct json *field);

/* "2026-11-03" of a time, in UTC. */
const char *jira_date(struct job *, int64_t ms);

#endif
