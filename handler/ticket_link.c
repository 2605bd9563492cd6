/*
 * The link from a test in Trunk to its ticket.  It is read before it is set:
 * one of ours may be there from an earlier try, and one that a person set is
 * left alone.  A link that is refused for good is kept as such and does not
 * fail the delivery.
 */
#include "handler/ticket_link.h"

#include <stdbool.h>
#include <string.h>

#include "common/arena.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/life.h"
#include "handler/limits.h"
#include "handler/ticket.h"
#include "handler/tracker.h"
#include "handler/trunk.h"

/* Do two URLs agree up to where a ticket's key stands in the first? */
static bool
same_place(const char *url, const char *key, const char *other)
{
	const char *at = strstr(url, key);

	return (at != NULL && strncmp(url, other, (size_t)(at - url)) == 0);
}

/* The ticket is this tracker's: its place is what the key begins with. */
static enum err
pin_place(struct job *job, const struct tracker *tracker, struct target *t,
    const char *key)
{

	t->tracker = tracker;
	t->project = arena_strndup(job->arena, key, strcspn(key, "-"));
	return (t->project == NULL ? fail(job, ERR_NOMEM,
	    "no memory to take the ticket over") : OK);
}

enum err
ticket_link_read(struct job *job, const char *url, struct target *t,
    struct filing *f)
{
	const struct tracker *tracker;
	const char *key;
	bool gone = false;
	enum err e;

	for (tracker = job->config->trackers; tracker != NULL;
	    tracker = tracker->next) {
		e = tracker->kind->key_of(job, tracker, url, &key);
		if (e == ERR_ABSENT)
			continue;
		if (e != OK)
			return (e);
		e = tracker->kind->read(job, tracker, key, f);
		if (e == OK && same_place(url, key, f->url))
			return (pin_place(job, tracker, t, f->remote_key));
		gone = gone || e == ERR_ABSENT;
		if (e != OK && e != ERR_ABSENT)
			return (e);
	}
	if (gone)
		return (ERR_ABSENT);
	/* Of a place we cannot read: it stands, and we make no second one. */
	f->remote_id = f->remote_key = f->url = url;
	return (OK);
}

/* A link that is refused for good must not cost us the endpoint. */
static enum err
link_refused(struct job *job, const struct event *event,
    enum link_mode mode, struct filing *f)
{
	enum err e;

	if (f->link != LINK_REFUSED || f->refused == 0)
		f->refused = job->now;
	f->link = LINK_REFUSED;
	if ((e = ledger_advance(job, &event->test, f)) != OK)
		return (e);
	if (mode == LINK_OPTIONAL || job->now - f->refused >= LIMIT_LINK)
		return (OK);
	return (ERR_LINK_REFUSED);
}

/* Does the URL end in that key, or hold it as a path segment? */
static bool
names_ticket(const char *url, const char *key)
{
	size_t n = strlen(key);
	const char *at = url;

	if (strcmp(url, key) == 0)
		return (true);
	while ((at = strstr(at, key)) != NULL) {
		if (at > url && at[-1] == '/' &&
		    (at[n] == '\0' || at[n] == '/' || at[n] == '?'))
			return (true);
		at++;
	}
	return (false);
}

/*
 * A link from an earlier try may be there, and so may the one of a person,
 * which is left alone.  OK: ours is there.  ERR_ABSENT: link it now.
 */
static enum err
check_link(struct job *job, const struct event *event, const struct filing *f)
{
	struct filing other = { .lock = -1 };
	struct target t = { .tracker = NULL };
	const char *url;
	enum err e;

	/* Looked at a moment ago, or not to be looked at. */
	if (!job->config->adopt || f->asked || job->split)
		return (ERR_ABSENT);
	e = trunk_ticket(job, &event->test, &url);
	if (e != OK)
		return (e);
	if (f->url != NULL && names_ticket(url, f->remote_key))
		return (OK);
	if ((e = life_follows(job, f, url)) != ERR_ABSENT)
		return (e == OK ? ERR_ABSENT : e);
	if (tracker_sane(url) &&
	    (e = ticket_link_read(job, url, &t, &other)) != OK)
		return (e);		/* ERR_ABSENT: it was deleted */
	return (fail(job, ERR_LINK_REFUSED, "Trunk shows another ticket for "
	    "this test, %s, and it is left alone; unlink it there to have "
	    "%s shown", url, f->remote_key));
}

enum err
ticket_link(struct job *job, const struct event *event, struct filing *f)
{
	const struct tracker *tracker = config_tracker(job->config,
	    f->tracker);
	enum err e;

	if (f->link == LINK_DONE)
		return (OK);
	if (tracker == NULL) {
		(void)fail(job, ERR_LINK_REFUSED, "this ticket is in "
		    "[tracker %s], which the configuration no longer has; "
		    "put it back", f->tracker);
		return (link_refused(job, event, LINK_REQUIRED, f));
	}
	if (tracker->link == LINK_NEVER || event->test.id == NULL) {
		f->link = LINK_SKIPPED;
		return (ledger_advance(job, &event->test, f));
	}
	if ((e = job_time(job, "the ticket is linked")) == OK &&
	    (e = check_link(job, event, f)) == ERR_ABSENT)
		e = trunk_link(job, &event->test, f->remote_key);
	if (e == ERR_LINK_REFUSED)
		return (link_refused(job, event, tracker->link, f));
	if (e == OK) {
		f->link = LINK_DONE;
		f->refused = 0;
		return (ledger_advance(job, &event->test, f));
	}
	/* On disk, so that `sync` tries it again. */
	if (tracker->link == LINK_OPTIONAL)
		return (ledger_advance(job, &event->test, f));
	return (e);
}
