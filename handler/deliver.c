#include "handler/deliver.h"

#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/event.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_sweep.h"
#include "handler/limits.h"
#include "handler/outcome.h"
#include "handler/route.h"
#include "handler/skew.h"
#include "handler/ticket.h"
#include "handler/ticket_acts.h"
#include "handler/verify.h"

/* One delivery on its way; what points into it is the story to be told. */
struct passage {
	struct delivery	 mail;
	struct event	 event;
	struct route	 route;
	struct filing	 filing;
	struct recall	 before;	/* final: answered for good already */
	struct story	 story;
};

/* What waited in a queue has less time left before its sender hangs up. */
static void
limit_time(struct job *job, const struct request *in,
    const struct delivery *mail)
{
	int64_t left = LIMIT_SENDER;

	if (!in->cgi)
		left -= skew_waited(mail->signed_at, job->now, job->started);
	if (left < LIMIT_LEAST)
		left = LIMIT_LEAST;
	if (job->started + left < job->deadline)
		job->deadline = job->started + left;
}

/* Was this very delivery answered for good before? */
static enum err
recall(struct job *job, struct passage *p)
{
	enum err e = ledger_recall(job, p->mail.id, &p->before);

	return (e == ERR_ABSENT ? OK : e);
}

/*
 * Which test is it, as the ledger knows it?  Trunk's ids differ by scope
 * and older payloads tell less; the first identity we saw stays.
 */
static enum err
recognise(struct job *job, struct event *event)
{
	struct test_record known;
	enum err e = ledger_meet(job, &event->test, &known);

	if (e == OK)
		event->test.identity = known.identity;
	return (e);
}

/* Nothing to file: what kind of nothing is it? */
static enum outcome_kind
kind_of_nothing(const struct event *event, const struct route *route)
{

	if (event->example || route->rule == NULL)
		return (OUTCOME_IGNORED);
	return (route->action == ACTION_RECORD ? OUTCOME_RECORDED :
	    OUTCOME_IGNORED);
}

/* From a ticket that is due to one that exists and is linked. */
static enum err
file(struct job *job, struct passage *p)
{
	enum err e;

	if ((e = recognise(job, &p->event)) != OK)	/* of which test? */
		return (e);
	if ((e = route_key(job, &p->event, &p->route)) != OK)
		return (e);
	p->story.filing = &p->filing;
	if ((e = ledger_claim(job, p->route.key, &p->event.test,
	    &p->filing)) != OK)
		return (e);
	/* The same delivery may have been in hand while we waited. */
	if ((e = recall(job, p)) != OK || p->before.final)
		return (e);
	if ((e = ticket_file(job, &p->mail, &p->event, &p->route,
	    &p->filing)) != OK)
		return (e);
	return (ticket_link(job, &p->event, &p->filing));
}

static enum err
pass(struct job *job, struct passage *p)
{
	enum err e;

	if ((e = job_time(job, "anything is done")) != OK)
		return (e);
	if ((e = recall(job, p)) != OK || p->before.final)
		return (e);
	if ((e = event_read(job, &p->mail, &p->event)) != OK) /* says what? */
		return (e);
	p->story.event = &p->event;
	if ((e = route_find(job, &p->event, &p->route)) != OK) /* whose? */
		return (e);
	p->story.route = &p->route;
	p->story.kind = kind_of_nothing(&p->event, &p->route);
	if (p->route.action != ACTION_TICKET || p->event.example)
		return (OK);
	e = file(job, p);
	p->story.kind = ticket_outcome(&p->filing);
	p->story.linked = p->filing.link == LINK_DONE;
	return (e);
}

/* Keep what came of it. */
static enum err
keep(struct job *job, const struct passage *p, const struct outcome *out)
{
	const struct story *s = &p->story;
	const struct finish f = {
		.mail = s->mail,
		.event = s->event,
		.outcome = out->name,
		.status = out->status,
		.final = out->status == 200 && outcome_final(out->name),
		.answer = out->body,
		.rule = s->route != NULL && s->route->rule != NULL ?
		    s->route->rule->name : NULL,
		.why = job->why.text[0] != '\0' ? job->why.text : NULL,
		.filing = s->filing,
	};

	return (ledger_finish(job, &f));
}

/*
 * When nothing went well for days the sender would soon give this endpoint
 * up.  What is refused is on disk, and `sync` goes on trying.
 */
static bool
is_parched(struct job *job)
{
	const struct why why = job->why;
	struct ledger_state state;
	bool parched = ledger_state(job, &state) == OK && state.drought > 0 &&
	    job->now - state.drought >= LIMIT_DROUGHT;

	job->why = why;
	return (parched);
}

static void
report(const struct job *job, const struct story *s,
    const struct outcome *out)
{
	struct log_line l;

	log_begin(&l, out->status < 400 ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
	    "delivery");
	if (s->mail != NULL)
		log_text(&l, "id", s->mail->id);
	log_int(&l, "status", out->status);
	log_text(&l, "outcome", out->name);
	if (s->event != NULL) {
		log_text(&l, "type", s->event->type);
		log_text(&l, "test", s->event->test.name);
	}
	if (s->route != NULL && s->route->rule != NULL)
		log_text(&l, "rule", s->route->rule->name);
	if (s->filing != NULL)
		log_text(&l, "ticket", s->filing->remote_key);
	log_int(&l, "ms", clock_mono() - job->started);
	if (job->why.text[0] != '\0')
		log_text(&l, "why", job->why.text);
	log_end(&l);
}

/*
 * What the ticket needs beside this delivery's own: nothing of it changes
 * the answer, and what fails is left to `sync`.
 */
static void
tidy(struct job *job, struct passage *p, const struct outcome *out)
{
	const struct why why = job->why;

	if (out->status == 200 && p->filing.row != 0)
		(void)ticket_acts(job, &p->filing);
	job->why = why;
	ledger_release(job, &p->filing);
	if (out->status == 200 && p->event.test.identity != NULL)
		ticket_list_of(job, &p->event.test);
}

struct outcome
deliver_again(struct job *job, const struct delivery *mail)
{
	struct passage p = { .mail = *mail,
	    .filing = { .lock = -1, .test_lock = -1 },
	    .story = { .kind = OUTCOME_IGNORED } };
	struct outcome out;
	enum err e, kept;

	p.story.mail = &p.mail;
	e = pass(job, &p);
	if (p.before.final)
		out = outcome_again(job, p.before.status, p.before.outcome,
		    p.before.answer);
	else
		out = outcome_of(job, e, &p.story);
	if (out.status == 502 && is_parched(job)) {
		p.story.kind = OUTCOME_PARKED;
		out = outcome_of(job, OK, &p.story);
	}
	if ((kept = keep(job, &p, &out)) != OK && out.status == 200)
		out = outcome_of(job, kept, &p.story);
	tidy(job, &p, &out);
	report(job, &p.story, &out);
	return (out);
}

struct outcome
deliver(struct job *job, const struct request *in)
{
	const struct story nobody = { .mail = NULL };
	struct delivery mail;
	struct outcome out;
	enum err e;

	if ((e = verify(job, in, &mail)) != OK) {	/* who says so? */
		out = outcome_of(job, e, &nobody);
		report(job, &nobody, &out);
		return (out);
	}
	limit_time(job, in, &mail);
	return (deliver_again(job, &mail));
}
