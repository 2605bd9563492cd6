#ifndef EVENT_H_
#define EVENT_H_

#include "common/err.h"
#include "handler/types.h"

struct job;
struct json;

/*
 * What Trunk tells us, made one shape.  One file in events/ per family;
 * each exports a struct event_family whose table of types is matched
 * against the body's "type".  Pure: no I/O, no clock but job->now.
 *
 * Source of the shapes: https://docs.trunk.io/flaky-tests/webhooks and
 * https://docs.trunk.io/api (OpenAPI, "webhooks").
 */
struct event_family {
	enum family	 family;	/* of what it can read as that */
	const char *const *types;	/* exact types, NULL-terminated */
	enum err (*read)(struct job *, const struct json *, struct event *);
	/* Is a body without a type one of this family?  NULL: never. */
	bool (*untyped)(const struct json *);
};

/*
 * Read a verified body.  ERR_MALFORMED only for what is no JSON object, or
 * for a status change without the test's id (of at most 200 bytes), name or
 * new status, of which no repetition can make a ticket.  Any other event is
 * read as far as it goes; a type we do not know, or a body without any that
 * nothing else tells, is a FAMILY_UNKNOWN event.
 * Members that are absent, null, empty or of a wrong type are "not told".
 * A status change to a word we do not know, which Trunk may add any day, is
 * a FAMILY_KNOWN event: kept with event->status_text, and nothing is filed.
 * A test is that of the event where event->test.id is told.  Without an
 * identity (only status changes always have one) it is known by its id
 * alone.
 */
enum err event_read(struct job *, const struct delivery *, struct event *);

/* The family of events of a type; FAMILY_UNKNOWN for one that is not known. */
enum family event_family_of(const char *type);

/*
 * Take the person out of the body of a quarantine event before it is
 * stored: each member "actor", with name and e-mail.  All else stays in
 * meaning, numbers byte for byte; a body without one, and that of any other
 * event, is not touched.  The new body is in the job's arena.  ERR_NOMEM, or
 * ERR_MALFORMED for a body that event_read() refuses too.
 */
enum err event_redact(struct job *, const struct event *, struct delivery *);

/* "flaky", "broken", "healthy", "unknown". */
const char *event_status(enum status);

/* The status that a word names, case-blind. */
enum status event_status_of(const char *);

/*
 * https://github.com/acme/shop(.git)(/) to its parts: host as it is, owner
 * all segments but the last (GitLab subgroups), name the last; escapes stay
 * as they are; url is the one given, not a copy.  False, and the parts NULL,
 * for what is no such URL (one segment only, a user or a query in it), and
 * without memory.
 */
bool event_repository(struct job *, const char *url, struct repository *);

/*
 * Fill test->identity from the other members, whose backslashes and newlines
 * become "\\" and "\n", so that no part runs into the next.  A repository
 * whose URL we cannot read stands as that URL; where none was told, Trunk's
 * id stands in its place ("test:ID"): tests of equal names from two uploads
 * without a repository are not one test.  With [trunk] twins = separate a
 * test of a collection is no test of a repository.  ERR_NOMEM.
 */
enum err event_identity(struct job *, struct test *);

/* Is that Trunk's published example of a test, by its exact id? */
bool event_is_example(const char *test_id);

#endif
