/*
 * A ticket's life, from what is known to what is done: gathered from the
 * ledger, planned, compared with what was planned before, written down, and
 * then told to the tracker.  Only the plan that is on disk is acted on, so a
 * program that was killed in between goes on where it was.
 */
#include "handler/life.h"

#include <string.h>

#include "common/arena.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger_act.h"
#include "handler/life_gather.h"
#include "handler/life_next.h"
#include "handler/life_plan.h"
#include "handler/notify.h"
#include "handler/route.h"
#include "handler/ticket_acts.h"

/* Begins the reason of an act that a plan made void: it may come back. */
#define NEEDLESS "needless: "

static const struct act *
act_of(const struct life_input *in, const char *key)
{
	size_t i;

	for (i = 0; i < in->nacts; i++)
		if (strcmp(in->acts[i].key, key) == 0)
			return (&in->acts[i]);
	return (NULL);
}

static const struct life_act *
planned(const struct life_plan *plan, const char *key)
{
	size_t i;

	for (i = 0; i < plan->nacts; i++)
		if (strcmp(plan->acts[i].key, key) == 0)
			return (&plan->acts[i]);
	return (NULL);
}

/* Why it is not to be done, as it is written down; NULL: without memory. */
static const char *
reason(struct job *job, const char *why)
{

	return (arena_printf(job->arena, NEEDLESS "%s", why));
}

static enum err
add_acts(struct job *job, const struct filing *f,
    const struct life_input *in, const struct life_plan *plan)
{
	struct act *all = arena_alloc(job->arena,
	    (plan->nacts + 1) * sizeof(*all));
	size_t i, n = 0;

	if (all == NULL)
		return (life_no_memory(job));
	for (i = 0; i < plan->nacts; i++) {
		const struct life_act *a = &plan->acts[i];

		if (act_of(in, a->key) != NULL)
			continue;
		all[n] = (struct act){ .key = a->key, .kind = a->kind,
		    .body = a->body };
		if (a->overtaken != NULL) {
			all[n].state = ACT_VOID;
			all[n].why = reason(job, a->overtaken);
			if (all[n].why == NULL)
				return (life_no_memory(job));
		}
		n++;
	}
	return (n == 0 ? OK : ledger_act_add(job, f, all, n));
}

/* Is it one that a plan makes, and makes again as long as it is meant? */
static bool
is_of_plan(const struct act *a)
{
	static const char *const words[] = { "said|", "close|", "reopen|",
	    "healthy|", "worse|", "raise|", "flapped" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(a->key, words[i], strlen(words[i])) == 0)
			return (true);
	return (false);
}

/*
 * What was planned before and not done yet follows the plan as it is now; an
 * act that may be under way is done to its end, but against no person.
 */
static enum err
review_act(struct job *job, const struct act *old,
    const struct life_plan *plan)
{
	const struct life_act *now = planned(plan, old->key);
	struct act act = *old;
	const char *why = now != NULL ? now->overtaken :
	    "what was told since says otherwise";

	if (now == NULL && !is_of_plan(old))
		return (OK);
	if (why != NULL && (old->state == ACT_DUE ||
	    (old->state == ACT_SENT && now != NULL && now->overruled))) {
		act.state = ACT_VOID;
		if ((act.why = reason(job, why)) == NULL)
			return (life_no_memory(job));
		return (ledger_act_mark(job, &act));
	}
	if (old->state == ACT_VOID && why == NULL && old->why != NULL &&
	    strncmp(old->why, NEEDLESS, sizeof(NEEDLESS) - 1) == 0) {
		act.state = ACT_DUE;
		act.why = NULL;
		return (ledger_act_mark(job, &act));
	}
	return (OK);
}

/* The same occurrence is told once; one of long ago is not told any more. */
static enum err
tell(struct job *job, const struct filing *f, const struct life_known *k,
    const struct life_plan *plan)
{
	enum err e = OK;
	size_t i;

	for (i = 0; i < plan->nnotices && e == OK; i++) {
		const struct life_notice *n = &plan->notices[i];
		const struct notice notice = { .key = n->key,
		    .ticket = f->remote_key, .url = f->url,
		    .rule = f->rule, .tracker = f->tracker,
		    .text = n->text, .test = n->test < k->input.ntests ?
		    &k->members[n->test].test : NULL };

		if (n->time > job->now - job->config->keep)
			e = notify_add(job, n->on, &notice);
	}
	return (e);
}

/* The plan, on disk. */
static enum err
commit(struct job *job, const struct filing *f, const struct life_known *k,
    const struct life_plan *plan)
{
	struct life_record r = { .stage = plan->stage, .since = plan->since,
	    .flaps = plan->flaps, .next = plan->next };
	enum err e;
	size_t i;

	if ((e = add_acts(job, f, &k->input, plan)) != OK)
		return (e);
	for (i = 0; i < k->input.nacts && e == OK; i++)
		e = review_act(job, &k->input.acts[i], plan);
	if (e != OK || (e = tell(job, f, k, plan)) != OK)
		return (e);
	if (r.stage == k->record.stage && r.since == k->record.since &&
	    r.flaps == k->record.flaps && r.next == k->record.next)
		return (OK);
	return (ledger_life_write(job, f->row, &r));
}

static enum err
make_plan(struct job *job, struct life_known *k, struct life_plan *plan)
{
	enum err e = life_plan(&k->input, plan);

	return (e == OK ? OK : life_no_memory(job));
}

/* From the plan to what is done. */
static enum err
follow(struct job *job, struct filing *f, const struct life_known *k,
    const struct life_plan *plan, enum outcome_kind *did)
{
	enum err e;

	if ((e = commit(job, f, k, plan)) != OK ||
	    (e = life_next_tell(job, f, k)) != OK)
		return (e);
	return (ticket_acts_tell(job, f, did));
}

enum err
life_run(struct job *job, struct filing *f, enum outcome_kind *did)
{
	struct life_known k;
	struct life_plan plan;
	enum err e;

	if (f->stage != STAGE_CREATED)
		return (OK);
	if ((e = life_gather(job, f, &k)) != OK)
		return (e == ERR_ABSENT ? OK : e);
	if ((e = make_plan(job, &k, &plan)) != OK)
		return (e);
	return (follow(job, f, &k, &plan, did));
}

enum err
life_verdict(struct job *job, struct filing *f, enum outcome_kind *did)
{
	struct life_known k;
	struct life_plan plan;
	enum err e;

	if (f->stage != STAGE_CREATED)
		return (OK);
	if ((e = life_gather(job, f, &k)) != OK)
		return (e == ERR_ABSENT ? life_next_end(job, f) : e);
	if ((e = make_plan(job, &k, &plan)) != OK)
		return (e);
	if (plan.stage == LIFE_VERIFYING || plan.stage == LIFE_NOT_PROVEN) {
		life_gather_runs(job, &k, plan.resolved);
		k.input.judge = true;
		if ((e = make_plan(job, &k, &plan)) != OK)
			return (e);
	}
	return (follow(job, f, &k, &plan, did));
}

enum err
life_note(struct job *job, const struct event *event,
    const struct route *route, const char *delivery)
{
	const char *priority = route->dest[DEST_PRIORITY].value;
	const struct life_worse worse = { .delivery = delivery,
	    .rule = route->rule != NULL ? route->rule->name : NULL,
	    .priority = priority, .due = route_due(route, event->time) };

	if (event->status != STATUS_BROKEN || worse.rule == NULL ||
	    route->action != ACTION_TICKET ||
	    (priority == NULL && worse.due == 0))
		return (OK);
	return (ledger_life_note(job, &worse));
}

enum err
life_renew(struct job *job, const struct event *event, struct filing *f)
{
	struct life_known k;
	struct life_plan plan;
	enum err e;

	if (event->status < STATUS_FLAKY)
		return (OK);
	if (event->time < f->wanted &&
	    (e = ledger_life_want(job, f->row, event->time)) != OK)
		return (e);
	if (f->stage != STAGE_CREATED)
		return (OK);
	if ((e = life_gather(job, f, &k)) != OK)
		return (e == ERR_ABSENT ? OK : e);
	if ((e = make_plan(job, &k, &plan)) != OK || plan.renew == 0 ||
	    event->time < plan.renew)
		return (e);
	/* Since when it is closed tells the next one what is its own. */
	if ((e = commit(job, f, &k, &plan)) != OK)
		return (e);
	life_next_begin(f);
	return (OK);
}
