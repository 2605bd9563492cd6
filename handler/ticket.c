#include "handler/ticket.h"

#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/draft.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/limits.h"
#include "handler/tracker.h"
#include "handler/trunk.h"

enum {
	/*
	 * A create whose outcome is unknown is sent again only after it had
	 * [tracker] settle to turn up and was looked for in vain this often,
	 * with at least settle / LOOKS_PER_SETTLE between two looks.
	 */
	LOOKS_MIN = 2,
	LOOKS_PER_SETTLE = 15,
	RETRY_SETTLE_MAX = 600	/* seconds told to a sender while it settles */
};

/* As the rules say now. */
static void
take_route(const struct route *route, struct target *t)
{

	t->route = route;
	t->tracker = route->tracker;
	t->project = route->dest[t->tracker->kind->project].value;
}

/* As it was pinned. */
static enum err
take_pinned(struct job *job, const struct filing *f, struct target *t)
{

	t->tracker = config_tracker(job->config, f->tracker);
	t->project = f->project;
	if (t->tracker == NULL)
		return (fail(job, ERR_REFUSED, "this ticket was begun in "
		    "[tracker %s], which the configuration no longer has; "
		    "put it back", f->tracker));
	return (OK);
}

/*
 * May an intended ticket be filed at another tracker after all?  With a
 * careful kind STAGE_INTENT means that nothing is there.  With another kind
 * a create may have been sent, so it is looked for where it was meant to be:
 * OK then means that it is there.
 */
static enum err
look_where_begun(struct job *job, const struct route *route,
    struct filing *f)
{
	struct target t = { .route = route };
	enum err e;

	if (f->attempts > 0)		/* only careful kinds count them */
		return (ERR_ABSENT);
	if ((e = take_pinned(job, f, &t)) != OK)
		return (e);
	if (t.tracker == route->tracker || t.tracker->kind->careful)
		return (ERR_ABSENT);
	return (t.tracker->kind->find(job, &t, f));
}

/*
 * A ticket that was intended and never made follows the rules as they are
 * now, so that a repaired rule is enough.
 */
static enum err
pin_again(struct job *job, const struct event *event, struct target *t,
    struct filing *f)
{
	enum err e;

	if (strcmp(f->tracker, t->tracker->name) == 0 &&
	    strcmp(f->project, t->project) == 0)
		return (OK);
	if ((e = look_where_begun(job, t->route, f)) == OK) {
		f->stage = STAGE_CREATED;
		f->fresh = true;
		return (ledger_advance(job, &event->test, f));
	}
	if (e != ERR_ABSENT)
		return (e);
	if ((e = t->tracker->kind->marker(job, f)) != OK)
		return (e);
	f->tracker = t->tracker->name;
	f->project = t->project;
	f->rule = t->route->rule->name;
	f->floor = 0;
	f->attempts = 0;
	return (ledger_advance(job, &event->test, f));
}

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

/*
 * Trunk shows this URL for the test.  Whose ticket is it?  One of a tracker
 * that we know is read there, so that a deleted one is not taken over, and
 * one of another workspace with the same key is not mistaken for ours.
 */
static enum err
adopt_url(struct job *job, const char *url, struct target *t,
    struct filing *f)
{
	const struct tracker *tracker;
	const char *key;
	bool gone = false;
	enum err e;

	for (tracker = job->config->trackers; tracker != NULL;
	    tracker = tracker->next) {
		if ((key = tracker->kind->key_of(job, tracker, url)) == NULL)
			continue;
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

static enum err
adopt_from_trunk(struct job *job, const struct event *event,
    struct target *t, struct filing *f)
{
	const char *url = event->test.ticket_url;
	enum err e;

	if (!job->config->adopt)
		return (ERR_ABSENT);
	if (url == NULL && t->tracker->link == LINK_NEVER)
		return (ERR_ABSENT);
	if (url == NULL && (e = trunk_ticket(job, &event->test, &url)) != OK) {
		f->asked = e == ERR_ABSENT;
		return (e == ERR_LINK_REFUSED ? ERR_ABSENT : e);
	}
	if (!tracker_sane(url))
		return (ERR_ABSENT);
	if ((e = adopt_url(job, url, t, f)) != OK)
		return (e);
	f->adopted = true;
	f->link = LINK_DONE;
	return (OK);
}

/* Is it there already, in Trunk or under our marker at the tracker? */
static enum err
look_around(struct job *job, const struct event *event, struct target *t,
    struct filing *f)
{
	enum err e = adopt_from_trunk(job, event, t, f);

	if (e == ERR_ABSENT && t->tracker->kind->careful) {
		e = t->tracker->kind->find(job, t, f);
		f->adopted = e == OK;
	}
	return (e);
}

/*
 * It was intended before, and maybe more.  A create of ours may be there,
 * and a person may have linked a ticket meanwhile.
 */
static enum err
look_again(struct job *job, const struct event *event, struct target *t,
    struct filing *f)
{
	enum err e = ERR_ABSENT;

	if (!t->tracker->kind->careful)
		e = t->tracker->kind->find(job, t, f);
	if (e == ERR_ABSENT)
		e = adopt_from_trunk(job, event, t, f);
	if (e == ERR_ABSENT) {
		job->why.text[0] = '\0';
		return (OK);
	}
	if (e != OK)
		return (e);
	f->tracker = t->tracker->name;
	f->project = t->project;
	f->stage = STAGE_CREATED;
	f->fresh = true;
	return (ledger_advance(job, &event->test, f));
}

/* Our word, on disk before anything is created. */
static enum err
intend(struct job *job, const struct delivery *mail,
    const struct event *event, struct target *t, struct filing *f)
{
	enum err e, found;

	if ((e = t->tracker->kind->marker(job, f)) != OK)
		return (e);
	found = look_around(job, event, t, f);
	if (found != OK && found != ERR_ABSENT)
		return (found);
	job->why.text[0] = '\0';
	f->tracker = t->tracker->name;
	f->project = t->project;
	f->rule = t->route->rule->name;
	/* What was found is on disk at once, so that no crash forgets it. */
	f->stage = found == OK ? STAGE_CREATED : STAGE_INTENT;
	f->fresh = found == OK;
	if ((e = ledger_intend(job, mail, event, f)) != OK)
		f->stage = STAGE_NONE;
	return (e);
}

/*
 * A create was sent and nobody knows what came of it.  Look for it; only
 * when it had its time and was looked for in vain may it be sent again.
 */
static enum err
settle(struct job *job, const struct event *event, const struct target *t,
    struct filing *f)
{
	int64_t wait = t->tracker->settle;
	int64_t left;
	enum err e;

	if (f->sent > job->now)		/* the clock went back */
		f->sent = job->now;
	left = f->sent + wait - job->now;
	e = t->tracker->kind->find(job, t, f);
	if (e == OK) {
		f->stage = STAGE_CREATED;
		f->fresh = true;
		return (ledger_advance(job, &event->test, f));
	}
	if (e != ERR_ABSENT)
		return (e);
	if (job->now - f->looked >= wait / LOOKS_PER_SETTLE || f->looked == 0 ||
	    f->looked > job->now) {
		f->looks++;
		f->looked = job->now;
	}
	if (left <= 0 && f->looks >= LOOKS_MIN)
		f->stage = STAGE_INTENT;
	if ((e = ledger_advance(job, &event->test, f)) != OK)
		return (e);
	if (f->stage == STAGE_INTENT)
		return (OK);
	if (left < wait / LOOKS_PER_SETTLE)
		left = wait / LOOKS_PER_SETTLE;
	job->retry_after = (int)((left + 999) / 1000);
	if (job->retry_after > RETRY_SETTLE_MAX)
		job->retry_after = RETRY_SETTLE_MAX;
	return (fail(job, ERR_UNKNOWN, "%s did not answer the create and does "
	    "not show the ticket yet; it is looked for again before another "
	    "is made", t->tracker->name));
}

/* Note on disk that the next thing we do is to send a create. */
static enum err
note_sending(struct job *job, const struct event *event, struct filing *f)
{

	f->stage = STAGE_SENT;
	f->sent = job->now;
	f->looked = 0;
	f->looks = 0;
	f->attempts++;
	return (ledger_advance(job, &event->test, f));
}

static enum err
create(struct job *job, const struct event *event, struct target *t,
    struct filing *f)
{
	bool careful = t->tracker->kind->careful;
	struct draft draft;
	enum err e;

	if ((e = draft_write(job, event, t->route, &draft)) != OK)
		return (e);
	if ((e = t->tracker->kind->resolve(job, t, f)) != OK)
		return (e);
	if ((e = job_time(job, "the ticket is created")) != OK)
		return (e);
	if (careful && (e = note_sending(job, event, f)) != OK)
		return (e);
	e = t->tracker->kind->create(job, t, event, &draft, f);
	if (e == OK) {
		f->stage = STAGE_CREATED;
		f->fresh = true;
		return (ledger_advance(job, &event->test, f));
	}
	/* Certainly not done: the next try need not wait. */
	if (careful && (e == ERR_REFUSED || e == ERR_UPSTREAM)) {
		f->stage = STAGE_INTENT;
		if (ledger_advance(job, &event->test, f) != OK)
			log_say(LOG_LEVEL_WARNING, "ledger", "a refused create "
			    "could not be noted; it will be looked for first");
	}
	return (e);
}

enum err
ticket_file(struct job *job, const struct delivery *mail,
    const struct event *event, const struct route *route, struct filing *f)
{
	struct target t = { .tracker = NULL };
	enum err e;

	if (f->stage == STAGE_CREATED)
		return (OK);
	if (f->stage == STAGE_SENT && ((e = take_pinned(job, f, &t)) != OK ||
	    (e = settle(job, event, &t, f)) != OK))
		return (e);
	take_route(route, &t);
	e = OK;
	if (f->stage == STAGE_NONE)
		e = intend(job, mail, event, &t, f);
	else if (f->stage == STAGE_INTENT &&
	    (e = pin_again(job, event, &t, f)) == OK &&
	    f->stage == STAGE_INTENT)
		e = look_again(job, event, &t, f);
	if (e != OK || f->stage != STAGE_INTENT)
		return (e);
	return (create(job, event, &t, f));
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
	if (!job->config->adopt || f->asked)
		return (ERR_ABSENT);
	e = trunk_ticket(job, &event->test, &url);
	if (e != OK)
		return (e);
	if (f->url != NULL && names_ticket(url, f->remote_key))
		return (OK);
	if (tracker_sane(url) &&
	    (e = adopt_url(job, url, &t, &other)) != OK)
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
	if (tracker->link == LINK_NEVER) {
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

enum err
ticket_settle(struct job *job, const struct event *event, struct filing *f)
{
	const struct tracker *tracker = config_tracker(job->config,
	    f->tracker);
	struct target t = { .tracker = tracker, .project = f->project };
	enum err e;

	if (f->stage != STAGE_SENT || tracker == NULL)
		return (OK);
	if ((e = settle(job, event, &t, f)) != OK ||
	    f->stage != STAGE_CREATED)
		return (e);
	return (ticket_link(job, event, f));
}

enum err
ticket_check(struct job *job, struct filing *f)
{
	const struct tracker *tracker = config_tracker(job->config,
	    f->tracker);
	struct target t = { .tracker = tracker, .project = f->project };
	struct filing found = *f;
	enum err e;

	if (tracker == NULL || !tracker->kind->careful)
		return (OK);
	e = tracker->kind->find(job, &t, &found);
	if (e == OK && strcmp(found.remote_id, f->remote_id) != 0)
		log_say(LOG_LEVEL_ERROR, "double", "%s and %s carry the "
		    "marker %s; ours is %s: close the other one", found.
		    remote_key, f->remote_key, f->marker, f->remote_key);
	return (e == ERR_ABSENT ? OK : e);
}

enum outcome_kind
ticket_outcome(const struct filing *f)
{

	if (!f->fresh)
		return (OUTCOME_EXISTS);
	return (f->adopted ? OUTCOME_ADOPTED : OUTCOME_CREATED);
}
