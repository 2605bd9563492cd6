#ifndef JIRA_H_
#define JIRA_H_

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "handler/jira_rest.h"
#include "handler/tracker.h"

struct json;
struct json_writer;

/*
 * What the parts of the Jira client share that make a ticket: trackers/jira.c
 * is the kind, jira_*.c its concerns.  handler/jira_value.h has the values,
 * handler/jira_issue.h what is there already.
 */
#define JIRA_PROPERTY "tickethook"

enum {
	JIRA_REQUEST = 256 * 1024,	/* bytes of a request of ours */
	JIRA_ADF = 30000,	/* bytes of a document in v3 */
	JIRA_WIKI = 32000	/* bytes of a text in v2 */
};

/* One member of `fields`, as it is sent. */
struct jira_value {
	const char	*id;		/* "components" */
	const char	*setting;	/* the key that says it: "component" */
	const char	*json;
	struct jira_value *next;
};

/* Jira may refuse labels, as it may any optional field. */
enum jira_labels {
	JIRA_LABELS_ALL = 0,	/* the configured ones and our marker */
	JIRA_LABELS_MARKER,	/* the marker alone: one of them is invalid */
	JIRA_LABELS_NONE	/* they are not on the create screen */
};

/* target->own */
struct jira_own {
	const char	*type;		/* id of the issue type */
	const struct json *meta;	/* the create screen; NULL: not read */
	struct jira_value *values;
	enum jira_labels labels;
};

/* ---- jira_meta.c: what a project takes ---- */

/*
 * own->type: the issue type by its name or id.  ERR_REFUSED with a sentence
 * when the project or the type is unknown, not visible, or archived.
 */
enum err jira_type(struct job *, const struct target *, struct jira_own *);

/*
 * own->meta: an array of {fieldId, name, required, hasDefaultValue, schema,
 * allowedValues}, the vendor's words; nothing is asked when it is there.
 */
enum err jira_meta(struct job *, const struct target *, struct jira_own *);

/*
 * The field of that id, or display name without case; NULL: not there.
 * *twin: another one of that name, or NULL.
 */
const struct json *jira_field(const struct json *meta, const char *name,
    const struct json **twin);

/* Forget what is remembered of the project, since it was refused. */
void jira_forget(struct job *, const struct target *);

/*
 * A call that only reads, for a value that can be left out: ERR_MALFORMED
 * when it is refused for anything but the credentials.
 */
enum err jira_look(struct job *, struct jira_call *);

/*
 * The site's address for people: tracker->url where the site tells none.
 * The second never fails and takes that too when nobody can be asked now.
 */
enum err jira_site_told(struct job *, const struct tracker *,
    const char **site);
const char *jira_site(struct job *, const struct tracker *);

/* Percent-encoded for a path or a query; NULL without memory. */
const char *jira_quote(struct job *, const char *);

/* ---- jira_fields.c: all that a route says ---- */

/*
 * own->values of what the route says.  What cannot be had is left out and
 * noted on the filing; ERR_REFUSED when the screen requires it.
 */
enum err jira_fields(struct job *, const struct target *, struct jira_own *,
    struct filing *);

/* The same with nobody asked: placeholders, plain strings.  ERR_NOMEM. */
enum err jira_sketch(struct job *, const struct target *,
    struct jira_own *);

/*
 * "component left out: why", on the filing and in the log; job->why is empty
 * then.  ERR_NOMEM.
 */
enum err jira_left_out(struct job *, struct filing *, const char *what,
    const char *why);

/* The key that says a field: "component", or "field.Severity". */
const char *jira_setting(struct job *, const struct json *field);

/* ---- jira_refusal.c: a create that was refused with 400 ---- */

/*
 * OK: what it was refused for is gone from own and noted, and the create
 * may be sent once more; nothing was created.  ERR_REFUSED: it cannot be
 * helped; the sentence names a required field that is missing, and what to
 * write where.
 */
enum err jira_refused(struct job *, const struct target *,
    const struct jira_call *, struct filing *);

/*
 * The same before anything is sent: ERR_REFUSED when the create screen, which
 * is known, requires a field that the route does not say.
 */
enum err jira_missing(struct job *, const struct target *);

#endif
