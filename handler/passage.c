/*
 * One event on its way through the ledger: what came of it before, the test,
 * the ticket's claim, the budget, filing, linking and what follows for a
 * ticket that exists.  deliver.c decides which of two ways it goes, to a
 * ticket or on a visit to one that may be there, and tells the sender.
 */
#include "handler/passage.h"

#include "common/arena.h"
#include "common/log.h"
#include "handler/job.h"
#include "handler/life.h"
#include "handler/notify.h"
#include "handler/route.h"
#include "handler/ticket.h"

enum err
passage_recall(struct job *job, struct passage *p)
{
	enum err e = ledger_recall(job, p->mail.id, &p->before);

	return (e == ERR_ABSENT ? OK : e);
}

/*
 * Who is the test of a ticket that no change of status led to?  What the
 * merge queue tells is about none.
 */
static enum err
meet(struct job *job, struct passage *p)
{
	struct test *test = &p->event.test;
	struct test_record known;
	enum err e;

	if (p->event.family == FAMILY_QUEUE || p->scene.test != 0)
		return (OK);
	if ((e = effect_identify(job, test)) != OK ||
	    (e = ledger_meet(job, test, &known)) != OK)
		return (e);
	test->identity = known.identity;
	p->scene.test = known.row;
	p->scene.met = true;
	return (OK);
}

/* A failure over there is `sync`'s to repair, and changes no answer. */
static bool
is_ours(enum err e)
{

	return (e == ERR_LEDGER || e == ERR_NOMEM || e == ERR_BUSY ||
	    e == ERR_DEADLINE);
}

/* What follows for a ticket that exists from all that is known by now. */
static enum err
live(struct job *job, struct passage *p)
{
	const struct why why = job->why;
	int retry_after = job->retry_after;
	enum err e;

	if (p->filing.stage != STAGE_CREATED || p->scene.test == 0)
		return (OK);
	p->lived = true;
	e = life_run(job, &p->filing, &p->did);
	if (is_ours(e))
		return (e);
	if (e != OK)
		log_say(LOG_LEVEL_WARNING, "life", "%s: %s",
		    p->filing.remote_key, job->why.text);
	job->retry_after = retry_after;
	job->why = why;
	return (OK);
}

/*
 * Was it made of this event?  A try that a crash cut short noted the delivery
 * with the ticket, and was not counted.
 */
static bool
is_made_of(const struct passage *p)
{
	const struct filing *f = &p->filing;

	return (!f->adopted && (f->fresh || (p->before.tries == 0 &&
	    p->before.ticket != 0 && p->before.ticket == f->row)));
}

/* The ticket is there: it is told of, linked and lived with. */
static enum err
settle_in(struct job *job, struct passage *p)
{
	struct filing *f = &p->filing;
	enum err e, lived;

	storm_filed(job, f);
	p->scene.filing = f;
	p->scene.told = is_made_of(p);
	if ((e = notify_filed(job, &p->event, &p->route, f)) != OK ||
	    (e = effect_touch(job, &p->scene)) != OK)
		return (e);
	e = ticket_link(job, &p->event, f);
	lived = live(job, p);
	return (e != OK ? e : lived);
}

enum err
passage_file(struct job *job, struct passage *p)
{
	enum err e;

	if ((e = meet(job, p)) != OK)			/* of which test? */
		return (e);
	if ((e = route_key(job, &p->event, &p->route)) != OK)
		return (e);
	p->story.filing = &p->filing;
	if ((e = ledger_claim(job, p->route.key, &p->event.test,
	    &p->filing)) != OK)
		return (e);
	/* The same delivery may have been in hand while we waited. */
	if ((e = passage_recall(job, p)) != OK || p->before.final)
		return (e);
	if ((e = life_note(job, &p->event, &p->route, p->mail.id)) != OK ||
	    (e = life_renew(job, &p->event, &p->filing)) != OK)
		return (e);
	if ((e = storm_break(job, &p->event, &p->route, &p->filing,
	    &p->storm)) != OK || p->storm == STORM_PARK)
		return (e);
	if ((e = ticket_file(job, &p->mail, &p->event, &p->route,
	    &p->filing)) != OK)
		return (e);
	return (settle_in(job, p));
}

enum err
passage_visit(struct job *job, struct passage *p)
{
	const char *key;
	enum err e;

	if (p->scene.test == 0)
		return (OK);
	key = arena_printf(job->arena, "test|%s", p->event.test.identity);
	if (key == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the ticket key"));
	if ((e = ledger_claim(job, key, &p->event.test, &p->filing)) != OK ||
	    p->filing.row == 0)
		return (e);
	if ((e = passage_recall(job, p)) != OK || p->before.final)
		return (e);
	p->scene.filing = &p->filing;
	if ((e = notify_filed(job, &p->event, &p->route,
	    &p->filing)) != OK ||
	    (e = effect_touch(job, &p->scene)) != OK ||
	    (e = live(job, p)) != OK)
		return (e);
	if (p->scene.touched || p->did != OUTCOME_NONE)
		p->story.filing = &p->filing;
	return (OK);
}
