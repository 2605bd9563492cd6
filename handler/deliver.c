/*
 * A delivery of Trunk's from its signature to its answer.  It is verified,
 * read, routed and filed (passage.c), in this order, and nothing of it is
 * believed before the first step.  An error is told as a status that makes
 * Svix send it again, since a second try finds what the first one did.
 */
#include "handler/deliver.h"

#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/event.h"
#include "handler/explain.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_history.h"
#include "handler/ledger_step.h"
#include "handler/ledger_sweep.h"
#include "handler/limits.h"
#include "handler/metrics.h"
#include "handler/notify.h"
#include "handler/outcome.h"
#include "handler/passage.h"
#include "handler/repeats.h"
#include "handler/route.h"
#include "handler/skew.h"
#include "handler/ticket.h"
#include "handler/ticket_acts.h"
#include "handler/trunk.h"
#include "handler/upstream.h"
#include "handler/verify.h"

/* What waited in a queue has less time left before its sender hangs up. */
static void
limit_time(struct job *job, const struct request *in,
    const struct delivery *mail)
{
	int64_t left = LIMIT_SENDER;

	metrics_signed(job, mail);
	if (!in->cgi)
		left -= skew_waited(mail->signed_at, job->now, job->started);
	if (left < LIMIT_LEAST)
		left = LIMIT_LEAST;
	if (job->started + left < job->deadline)
		job->deadline = job->started + left;
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

static enum outcome_kind
kind_of_filing(const struct passage *p)
{

	switch (p->storm) {
	case STORM_FOLD:
		return (OUTCOME_FOLDED);
	case STORM_PARK:
		return (OUTCOME_PARKED);
	default:
		return (p->did != OUTCOME_NONE && !p->filing.fresh ?
		    p->did : ticket_outcome(&p->filing));
	}
}

/* What came of one that no rule wants a ticket of. */
static enum outcome_kind
kind_of_visit(const struct passage *p)
{
	enum outcome_kind kind = kind_of_nothing(&p->event, &p->route);

	if (p->did != OUTCOME_NONE)
		return (p->did);
	return (p->scene.touched ? OUTCOME_RECORDED : kind);
}

/*
 * The first rule that matches; where a metric that was not told decides,
 * Trunk is asked for it.  Nothing else of the test changes by that.
 */
static enum err
find_route(struct job *job, struct event *event, struct route *route)
{
	const struct why why = job->why;
	struct test asked = event->test;

	if (route_wants_metrics(job, event) && !event->example &&
	    asked.id != NULL && trunk_details(job, &asked) == OK) {
		event->test.failure_rate = asked.failure_rate;
		event->test.pull_requests = asked.pull_requests;
		event->test.measured = true;
	}
	job->why = why;
	return (route_find(job, event, route));
}

/*
 * What does it say?  No I/O, and before anything is written, so that whatever
 * is stored of it is without the person.
 */
static enum err
read_mail(struct job *job, struct passage *p)
{
	enum err e;

	if ((e = event_read(job, &p->mail, &p->event)) != OK)
		return (e);
	job->kind = explain_family(&p->event);
	return (job->config->keep_actor ? OK :
	    event_redact(job, &p->event, &p->mail));
}

/* Keep what came of it, and the calls that were made. */
static enum err
keep(struct job *job, struct passage *p, const struct outcome *out)
{
	const struct story *s = &p->story;
	const struct finish f = {
		.mail = s->mail,
		.event = s->event,
		.test = p->scene.met ? p->scene.test : 0,
		.outcome = out->name,
		.status = out->status,
		.final = out->status == 200 && outcome_final(out->name),
		.answer = out->body,
		.rule = s->route != NULL && s->route->rule != NULL ?
		    s->route->rule->name : NULL,
		.why = job->why.text[0] != '\0' ? job->why.text : NULL,
		.calls = job->calls->len > 0 ? buf_text(job->calls) : NULL,
		.filing = s->filing,
		.storm = p->storm == STORM_PARK,
	};

	return (ledger_finish(job, &f));
}

/*
 * Nobody wants a ticket of it: it is noted, and where its test has none
 * that might have to be told, that was all.
 */
static enum err
pass_by(struct job *job, void *arg)
{
	struct passage *p = arg;
	bool has = false;
	enum err e;

	if ((e = effect_note(job, &p->scene)) != OK)
		return (e);
	if (p->scene.test != 0)
		e = ledger_ticketed(job, p->scene.test, &has);
	if (e != OK || has)
		return (e);
	p->story.kind = kind_of_visit(p);
	p->out = outcome_of(job, OK, &p->story);
	e = keep(job, p, &p->out);
	p->kept = e == OK;
	return (e);
}

/* In one commit, unless there is a ticket. */
static enum err
visit(struct job *job, struct passage *p)
{
	enum err e = ledger_do(job, pass_by, p);

	if (e != OK) {
		p->kept = false;
		p->scene.test = 0;
		p->scene.met = false;
	}
	if (e != OK || p->kept)
		return (e);
	e = passage_visit(job, p);
	p->story.kind = kind_of_visit(p);
	return (e);
}

static enum err
file(struct job *job, struct passage *p)
{
	enum err e;

	if ((e = effect_note(job, &p->scene)) != OK)
		return (e);
	e = passage_file(job, p);
	p->story.kind = kind_of_filing(p);
	return (e);
}

/* From an event that was read to what it does. */
static enum err
follow(struct job *job, struct passage *p)
{
	enum err e;

	p->story.event = &p->event;
	if ((e = find_route(job, &p->event, &p->route)) != OK) /* whose? */
		return (e);
	p->story.route = &p->route;
	p->story.kind = kind_of_nothing(&p->event, &p->route);
	if (p->event.example)
		return (OK);
	p->scene.mail = &p->mail;
	p->scene.event = &p->event;
	e = p->route.action == ACTION_TICKET ? file(job, p) : visit(job, p);
	p->story.linked = p->filing.link == LINK_DONE;
	return (e);
}

/* What was answered for good is read again only to know what it was. */
static void
recognise(struct job *job, struct passage *p)
{
	const char *type = p->before.type;

	if (type != NULL)
		p->event.family = event_family_of(type);
	if (type != NULL || event_read(job, &p->mail, &p->event) == OK)
		job->kind = explain_family(&p->event);
}

static enum err
pass(struct job *job, struct passage *p)
{
	enum err e, read, recalled = passage_recall(job, p);
	const struct why why = job->why;

	if (recalled == OK && p->before.final) {
		recognise(job, p);
		return (OK);
	}
	read = read_mail(job, p);	/* it is kept, whatever comes of it */
	if (recalled != OK) {
		job->why = why;
		return (recalled);
	}
	if (read == OK && (e = job_time(job, "anything is done")) != OK)
		return (e);
	return (read == OK ? follow(job, p) : read);
}

/* The same as before was answered; what fails here changes nothing of it. */
static void
count_again(struct job *job, const struct delivery *mail)
{
	const struct tried once = { mail->id, 1, job->now };
	const struct why why = job->why;

	if (!repeats_note(job->repeats, once.id, once.last) &&
	    ledger_repeated(job, &once, 1) != OK)
		log_say(LOG_LEVEL_WARNING, "ledger", "a delivery that came "
		    "again is answered, but not counted: %s", job->why.text);
	job->why = why;
}

/* What a person must act on is told; a failure of that changes nothing. */
static void
tell(struct job *job, const struct passage *p, const struct outcome *out)
{
	const struct why why = job->why;
	const char *on = out->status == 502 ? "refused" :
	    p->story.kind == OUTCOME_PARKED && p->storm != STORM_PARK ?
	    "parked" : NULL;

	if (on != NULL && notify_outcome(job, on, p->story.event,
	    p->story.route) != OK)
		log_say(LOG_LEVEL_WARNING, "notify", "%s", job->why.text);
	job->why = why;
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

	if (out->status == 200 && p->filing.row != 0 && !p->lived)
		(void)ticket_acts(job, &p->filing);
	job->why = why;
	ledger_release(job, &p->filing);
	if (out->status == 200 && p->story.event != NULL &&
	    p->event.test.identity != NULL)
		ticket_list_of(job, &p->event.test);
}

struct outcome
deliver_again(struct job *job, const struct delivery *mail)
{
	struct passage p = { .mail = *mail,
	    .filing = { .lock = -1, .test_lock = -1 },
	    .story = { .kind = OUTCOME_IGNORED } };
	struct outcome out;
	struct buf calls;
	enum err e, kept;

	p.story.mail = &p.mail;
	log_about(mail->id);
	buf_init(&calls, job->arena, UPSTREAM_CALLS);
	job->calls = &calls;
	e = pass(job, &p);
	if (p.before.final)
		out = outcome_again(job, p.before.status, p.before.outcome,
		    p.before.answer);
	else if (p.kept)
		out = p.out;
	else
		out = outcome_of(job, e, &p.story);
	if (out.status == 502 && is_parched(job)) {
		p.story.kind = OUTCOME_PARKED;
		out = outcome_of(job, OK, &p.story);
	}
	tell(job, &p, &out);
	if (p.before.final)
		count_again(job, mail);
	else if (!p.kept && (kept = keep(job, &p, &out)) != OK &&
	    out.status == 200)
		out = outcome_of(job, kept, &p.story);
	job->calls = NULL;
	if (!p.kept)
		tidy(job, &p, &out);
	report(job, &p.story, &out);
	log_about(NULL);
	return (out);
}

struct outcome
deliver(struct job *job, const struct request *in)
{
	const struct story nobody = { .mail = NULL };
	struct delivery mail;
	struct outcome out;
	enum err e;

	if ((e = verify(job, in, &mail)) != OK ||	/* who says so? */
	    (e = job_open(job)) != OK) {
		out = outcome_of(job, e, &nobody);
		report(job, &nobody, &out);
		return (out);
	}
	limit_time(job, in, &mail);
	return (deliver_again(job, &mail));
}
