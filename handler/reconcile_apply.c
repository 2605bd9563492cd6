/*
 * Putting right, by the calls that a delivery and a webhook use.  So a repair
 * is guarded by the same locks and leaves the same records, and what it cannot
 * do now is what those could not do either.
 */
#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/event.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_news.h"
#include "handler/news.h"
#include "handler/reconcile.h"
#include "handler/route.h"
#include "handler/ticket.h"
#include "handler/trunk.h"

/* Putting right, by the calls that a delivery and a webhook use. */

enum err
reconcile_apply_ticket(struct job *job, const struct ticket_side *s)
{
	const struct followed f = { .ticket = s->filing.row,
	    .remote_id = s->filing.remote_id,
	    .remote_key = s->filing.remote_key, .url = s->filing.url };
	enum err e;

	if ((e = news_note_poll(job, &f, &s->is)) != OK)
		return (e);
	return (news_apply(job, s->filing.row));
}

/* The event that would lead to a ticket of this test. */
static struct event
event_of(const struct job *job, const struct adoption *a)
{
	struct event event = { .family = FAMILY_STATUS,
	    .type = "test_case.status_changed",
	    .name = "test_case.status_changed", .test = a->test,
	    .confidence = -1 };

	event.status = a->status == NULL ? STATUS_UNKNOWN :
	    event_status_of(a->status);
	/* What was before it failed is not told on its ticket. */
	event.time = event.status >= STATUS_FLAKY && a->since > 0 ?
	    a->since : job->now;
	/* A rule is wanted also for one that is healthy by now. */
	if (event.status != STATUS_BROKEN)
		event.status = STATUS_FLAKY;
	event.status_text = event_status(event.status);
	return (event);
}

/*
 * The rule whose ways the ticket follows from now on, if there is one; who
 * owns the test only Trunk knows.
 */
static void
pin_rule(struct job *job, const struct event *event, struct filing *f)
{
	struct event whole = *event;
	struct route route;

	(void)trunk_details(job, &whole.test);
	if (route_find(job, &whole, &route) == OK && route.rule != NULL &&
	    route.action == ACTION_TICKET) {
		f->rule = route.rule->name;
		f->rule_line = route.rule->line;
		if (route.owner_section != NULL) {
			f->owner = route.owner_section->name;
			f->owner_line = route.owner_section->line;
		}
	}
	job->why.text[0] = '\0';
}

/* That of the ticket that the test had goes on. */
static void
keep_rule(const struct filing *had, struct filing *f)
{

	f->rule = had->rule;
	f->rule_line = had->rule_line;
	f->owner = had->owner;
	f->owner_line = had->owner_line;
}

static bool
is_same(const struct adoption *a, const struct filing *f)
{

	return (f->stage == STAGE_CREATED && f->remote_id != NULL &&
	    strcmp(f->tracker, a->place.tracker->name) == 0 &&
	    strcmp(f->remote_id, a->ticket.remote_id) == 0);
}

/* Does Trunk show another one, which somebody must have wanted? */
static enum err
check_shown(struct job *job, struct adoption *a)
{
	const struct tracker *t = a->place.tracker;
	const char *url = NULL, *key;
	enum err e;

	if (a->shown || a->replace || t->link == LINK_NEVER)
		return (OK);
	e = trunk_ticket(job, &a->test, &url);
	if (e == ERR_ABSENT || e == ERR_LINK_REFUSED) {
		job->why.text[0] = '\0';
		return (OK);
	}
	if (e != OK)
		return (e);
	e = t->kind->key_of(job, t, url, &key);
	if (e != OK && e != ERR_ABSENT)
		return (e);
	a->shown = strcmp(url, a->ticket.url) == 0 ||
	    (e == OK && strcmp(key, a->ticket.remote_key) == 0);
	return (a->shown ? OK : fail(job, ERR_REFUSED, "Trunk shows the ticket "
	    "%s for this test; --replace takes %s instead", url,
	    a->ticket.remote_key));
}

/*
 * The key of a ticket of the test alone.  The next generation of a key is for
 * a test that failed again; one that a person chose begins a row of its own.
 */
static enum err
make_key(struct job *job, const struct adoption *a, struct filing *f)
{
	int had;
	enum err e;

	f->generation = 1;
	f->key = arena_printf(job->arena, "test|%s", a->test.identity);
	if (f->key != NULL) {
		if ((e = ledger_view_generation(job, f->key, &had)) != OK)
			return (e);
		if (had > 0)
			f->key = arena_printf(job->arena, "test|by hand at %"
			    PRId64 "|%s", job->now, a->test.identity);
	}
	return (f->key != NULL ? OK : fail(job, ERR_NOMEM, "no memory for the "
	    "ticket"));
}

static enum err
record(struct job *job, const struct adoption *a, const struct event *event,
    struct filing *f)
{
	struct filing fresh = { .stage = STAGE_CREATED, .adopted = true,
	    .fresh = true, .lock = f->lock, .test_lock = f->test_lock };
	enum err e;

	fresh.remote_id = a->ticket.remote_id;
	fresh.remote_key = a->ticket.remote_key;
	fresh.url = a->ticket.url;
	fresh.tracker = a->place.tracker->name;
	fresh.project = a->place.project;
	fresh.link = a->shown ? LINK_DONE : LINK_NONE;
	if ((e = make_key(job, a, &fresh)) != OK ||
	    (e = a->place.tracker->kind->marker(job, &fresh)) != OK)
		return (e);
	if (f->rule != NULL)
		keep_rule(f, &fresh);
	else
		pin_rule(job, event, &fresh);
	*f = fresh;
	return (ledger_intend(job, NULL, event, f));
}

static enum err
adopt(struct job *job, struct adoption *a, const struct event *event,
    struct filing *f)
{
	enum err e;

	if (!is_same(a, f)) {
		if (f->stage != STAGE_NONE && !a->replace)
			return (fail(job, ERR_REFUSED, "this test has the "
			    "ticket %s; --replace takes %s instead",
			    f->remote_key != NULL ? f->remote_key :
			    "that is being made", a->ticket.remote_key));
		if ((e = check_shown(job, a)) != OK ||
		    (e = record(job, a, event, f)) != OK)
			return (e);
	}
	job->split = a->replace;
	return (ticket_link(job, event, f));
}

enum err
reconcile_adopt(struct job *job, struct adoption *a)
{
	const struct event event = event_of(job, a);
	struct filing f = { .lock = -1, .test_lock = -1 };
	const char *key = arena_printf(job->arena, "test|%s",
	    a->test.identity);
	enum err e;

	if (key == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the ticket"));
	if ((e = ledger_claim(job, key, &a->test, &f)) != OK)
		return (e);
	e = adopt(job, a, &event, &f);
	a->link = f.link;
	ledger_release(job, &f);
	return (e);
}

/* Our ticket, which Trunk does not show (any more). */
static enum err
link_again(struct job *job, const struct link_side *s)
{
	const struct event event = { .family = FAMILY_STATUS,
	    .test = s->test };
	struct filing f = { .lock = -1, .test_lock = -1 };
	enum err e;

	if ((e = ledger_claim(job, s->ticket.key, &s->test, &f)) != OK)
		return (e);
	if (f.row != s->ticket.row)
		e = fail(job, ERR_BUSY, "this test got another ticket "
		    "meanwhile");
	f.link = LINK_NONE;
	if (e == OK)
		e = ticket_link(job, &event, &f);
	/* For so long that a delivery would be answered all the same. */
	if (e == OK && f.link == LINK_REFUSED)
		e = ERR_LINK_REFUSED;
	ledger_release(job, &f);
	return (e);
}

enum err
reconcile_apply_link(struct job *job, const struct link_side *s,
    const struct finding *f)
{
	struct adoption a = { .test = s->test, .status = s->status,
	    .since = s->since, .ticket = s->other, .place = s->place,
	    .replace = true, .shown = true };

	if (f->would == NULL)
		return (fail(job, ERR_REFUSED, "no [tracker] reads %s",
		    f->url));
	if (f->kind == FINDING_UNLINKED)
		return (link_again(job, s));
	return (reconcile_adopt(job, &a));
}
