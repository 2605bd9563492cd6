#include "handler/deliver.h"

#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/event.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/outcome.h"
#include "handler/route.h"
#include "handler/skew.h"
#include "handler/ticket.h"
#include "handler/verify.h"

enum {
	SENDER_PATIENCE = 13000	/* ms: Svix hangs up at 15 s */
};

/* What waited in a queue has less time left before its sender hangs up. */
static enum err
limit_time(struct job *job, const struct request *in,
    const struct delivery *mail)
{
	int64_t left = SENDER_PATIENCE;

	if (!in->cgi)
		left -= skew_waited(mail->signed_at, job->now, job->started);
	if (job->started + left < job->deadline)
		job->deadline = job->started + left;
	return (job_time(job, "anything is done"));
}

/* Was this very delivery answered for good before? */
static enum err
recall(struct job *job, const struct delivery *mail, struct recall *before)
{
	enum err e = ledger_recall(job, mail->id, before);

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
	enum err e;

	if (event->family != FAMILY_STATUS)
		return (OK);
	e = ledger_test(job, &event->test, &known);
	if (e == OK)
		event->test.identity = known.identity;
	return (e == ERR_ABSENT ? OK : e);
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

/* Keep what came of it, if a verified delivery came at all. */
static enum err
keep(struct job *job, const struct story *s, const struct outcome *out)
{
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

/* From a ticket that is due to one that exists and is linked. */
static enum err
file(struct job *job, const struct delivery *mail, const struct event *event,
    struct route *route, struct filing *filing)
{
	enum err e;

	if ((e = route_key(job, event, route)) != OK)
		return (e);
	if ((e = ledger_claim(job, route->key, &event->test, filing)) != OK)
		return (e);
	if ((e = ticket_file(job, mail, event, route, filing)) != OK)
		return (e);
	return (ticket_link(job, event, filing));
}

struct outcome
deliver(struct job *job, const struct request *in)
{
	struct delivery mail;
	struct event event = { .family = FAMILY_UNKNOWN };
	struct route route = { .action = ACTION_IGNORE };
	struct filing filing = { .stage = STAGE_NONE, .lock = -1 };
	struct recall before = { .final = false };
	struct story s = { .kind = OUTCOME_IGNORED };
	struct outcome out;
	enum err e, kept;

	if ((e = verify(job, in, &mail)) != OK)		/* who says so? */
		goto out;
	s.mail = &mail;
	if ((e = limit_time(job, in, &mail)) != OK)
		goto out;
	if ((e = recall(job, &mail, &before)) != OK || before.final)
		goto out;
	if ((e = event_read(job, &mail, &event)) != OK)	/* says what? */
		goto out;
	s.event = &event;
	if ((e = recognise(job, &event)) != OK)
		goto out;
	if ((e = route_find(job, &event, &route)) != OK) /* whose is it? */
		goto out;
	s.route = &route;
	s.kind = kind_of_nothing(&event, &route);
	if (route.action != ACTION_TICKET || event.example)
		goto out;
	s.filing = &filing;
	e = file(job, &mail, &event, &route, &filing);
	s.kind = ticket_outcome(&filing);
	s.linked = filing.link == LINK_DONE;
out:
	out = before.final ? outcome_again(job, before.status,
	    before.outcome, before.answer) : outcome_of(job, e, &s);
	if (s.mail != NULL && (kept = keep(job, &s, &out)) != OK &&
	    out.status == 200)
		out = outcome_of(job, kept, &s);
	report(job, &s, &out);
	ledger_release(job, &filing);
	return (out);
}
