/*
 * One ticket, exactly once.  Our word that we mean to file it is on disk before
 * the create is sent, and so is that it is being sent; so after a crash or a
 * lost answer we know that a ticket may be there, and look for our marker
 * before another create.  A tracker that searches late is asked again later.
 */
#include "handler/ticket.h"

#include <string.h>

#include "common/log.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/life.h"
#include "handler/route.h"
#include "handler/storm.h"
#include "handler/ticket_link.h"
#include "handler/ticket_text.h"
#include "handler/tracker.h"
#include "handler/trunk.h"
#include "handler/upstream.h"

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

/* What chose the place, as the configuration says it now. */
static void
pin_choice(const struct route *route, struct filing *f)
{

	f->rule = route->rule->name;
	f->rule_line = route->rule->line;
	f->owner = NULL;
	f->owner_line = 0;
	if (route->owner_section != NULL) {
		f->owner = route->owner_section->name;
		f->owner_line = route->owner_section->line;
	}
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
	    strcmp(f->project, t->project) == 0) {
		pin_choice(t->route, f);
		return (OK);
	}
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
	pin_choice(t->route, f);
	f->floor = 0;
	f->attempts = 0;
	return (ledger_advance(job, &event->test, f));
}

static enum err
adopt_from_trunk(struct job *job, const struct event *event,
    struct target *t, struct filing *f)
{
	const char *url = event->test.ticket_url;
	enum err e;

	/* A ticket that tests share is no one test's. */
	if (!job->config->adopt || job->split || storm_is_umbrella(f->key))
		return (ERR_ABSENT);
	if (url == NULL && (t->tracker->link == LINK_NEVER ||
	    event->test.id == NULL))
		return (ERR_ABSENT);
	if (url == NULL && (e = trunk_ticket(job, &event->test, &url)) != OK) {
		f->asked = e == ERR_ABSENT;
		return (e == ERR_LINK_REFUSED ? ERR_ABSENT : e);
	}
	if (!tracker_sane(url))
		return (ERR_ABSENT);
	if ((e = life_follows(job, f, url)) != ERR_ABSENT)
		return (e == OK ? ERR_ABSENT : e);
	if ((e = ticket_link_read(job, url, t, f)) != OK)
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
	pin_choice(t->route, f);
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

	if ((e = ticket_text(job, event, t->route, f, &draft)) != OK)
		return (e);
	if ((e = t->tracker->kind->resolve(job, t, f)) != OK)
		return (e);
	upstream_pace(job, t->tracker->url);
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
	t.due = route_due(route, event->time);
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
