#ifndef EVENTS_H_
#define EVENTS_H_

#include "common/err.h"
#include "common/json.h"
#include "handler/event.h"

/*
 * What the families share; for handler/event.c and the files beside this
 * one only.  A new family is a new file here that exports
 *
 *	const struct event_family family_NAME = { types, read };
 *
 * under the name of its file; the build lists it in families.inc as
 * FAMILY(NAME).
 *
 * A family's read() finds the event zeroed but for its type and name, the
 * metrics "not told" and the time ours.
 */
#define FAMILY(name) extern const struct event_family family_##name;
#include "families.inc"
#undef FAMILY

/* Where a family's status change keeps what; paths for json_get(). */
struct event_paths {
	const char	*status;
	const char	*previous;
	const char	*time;
	const char	*reason;	/* NULL: this family tells none */
	const char	*repository;	/* html_url */
};

enum {
	EVENT_ID_MAX = 200	/* bytes of a test's id; Trunk's have 36 */
};

/*
 * Read a status change by these paths, and the members of test_case, which
 * have one shape in all versions.  ERR_MALFORMED without the test's id, its
 * name or the new status.  A status word that we do not know is one that
 * Trunk added: the event is FAMILY_KNOWN then, so it is kept, not refused.
 */
enum err event_change(struct job *, const struct json *,
    const struct event_paths *, struct event *);

/*
 * The same members for an event of another kind, of which nothing is
 * required.  test->identity stays NULL unless id, name and parent are told:
 * a test that was first met by less than a status change tells would not be
 * the same one later.  ERR_NOMEM.
 */
enum err event_about(struct job *, const struct json *, struct event *);

/* ERR_NOMEM with its sentence. */
enum err event_nomem(struct job *);

/* Take the time there if it is one; else event->time stays as it is. */
void event_when(const struct json *, const char *path, struct event *);

/* The repository whose URL stands there; the URL is kept if it is odd. */
void event_where(struct job *, const struct json *, const char *path,
    struct event *);

#endif
