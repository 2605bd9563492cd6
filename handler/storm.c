/*
 * The storm breaker: what happens to a ticket that the budget does not allow.
 * It becomes a line of an umbrella, one ticket for tests of the same owner and
 * cause, or it is parked until the budget has room again.
 */
#include "handler/storm.h"

#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_storm.h"
#include "handler/notify.h"
#include "handler/policy.h"
#include "handler/tracker.h"
#include "handler/trunk.h"

#define PREFIX	"storm|"

enum {
	SHARE = 5,		/* one in so many is kept for umbrellas */
	KEY_MAX = 64 * 1024	/* bytes; more than a test's names may be */
};

/* What one decision is made with. */
struct breaker {
	struct job	*job;
	const struct event *event;
	const struct route *route;
	struct policy	 policy;
	struct budget	 total;
};

struct budget
storm_share(struct budget b)
{

	if (b.n > 1)
		b.n -= (b.n + SHARE - 1) / SHARE;
	return (b);
}

bool
storm_is_umbrella(const char *key)
{

	return (strncmp(key, PREFIX, strlen(PREFIX)) == 0);
}

/* One part of a key; what separates two of them cannot be in it. */
static void
put_part(struct buf *b, const char *text)
{

	for (; text != NULL && *text != '\0'; text++) {
		if (*text == '|' || *text == '\\')
			buf_char(b, '\\');
		buf_char(b, *text);
	}
	buf_char(b, '|');
}

/* The owner it went to, else all that the test has. */
static void
put_owners(struct buf *b, const struct event *event,
    const struct route *route)
{
	const struct test *t = &event->test;
	const char *const *owner = route->owner != NULL ? &route->owner :
	    (const char *const *)t->owners;
	size_t n = route->owner != NULL ? 1 : t->nowners;
	const char *s;

	for (size_t i = 0; i < n; i++) {
		buf_str(b, i > 0 ? "," : "");
		for (s = owner[i] + (owner[i][0] == '@'); *s != '\0'; s++) {
			if (*s == '|' || *s == '\\' || *s == ',')
				buf_char(b, '\\');
			buf_char(b, *s >= 'A' && *s <= 'Z' ?
			    (char)(*s - 'A' + 'a') : *s);
		}
	}
	buf_char(b, '|');
}

const char *
storm_key(struct job *job, const struct event *event,
    const struct route *route, int64_t per)
{
	const struct repository *r = &event->test.repository;
	struct buf b;

	buf_init(&b, job->arena, KEY_MAX);
	buf_str(&b, PREFIX);
	put_part(&b, route->rule->name);
	put_owners(&b, event, route);
	put_part(&b, r->host);
	put_part(&b, r->owner);
	put_part(&b, r->name);
	put_part(&b, event->monitor_id != NULL ? event->monitor_id :
	    event->monitor_type);
	buf_printf(&b, "%" PRId64, job->now / per * per / 1000);
	return (buf_text(&b));
}

/* The token of a ticket; a later generation of it has one of its own. */
static const char *
token_key(struct job *job, const struct filing *f)
{

	return (arena_printf(job->arena, "%d|%s", f->generation, f->key));
}

static enum err
take(const struct breaker *b, const struct filing *f, bool umbrella,
    struct token_answer *answer)
{
	const struct budget *most = &b->policy.budget;
	const struct token token = {
		.rule = b->route->rule->name,
		.key = token_key(b->job, f),
		.most = umbrella ? *most : storm_share(*most),
		.total = umbrella ? b->total : storm_share(b->total)
	};

	if (token.key == NULL)
		return (fail(b->job, ERR_NOMEM, "no memory for a budget"));
	return (ledger_token_take(b->job, &token, answer));
}

static bool
is_parking(const struct breaker *b)
{

	/* An umbrella is for tests; a pull request would be lost in it. */
	return (b->policy.over_budget == OVER_BUDGET_PARK ||
	    b->event->queue != NULL);
}

static const char *
budget_text(const struct breaker *b)
{

	return (b->policy.budget.n != 0 ? b->policy.budget.text :
	    b->total.text);
}

/* Once a storm; the key keeps it single whoever else sees it begin. */
static enum err
tell(const struct breaker *b, const struct token_answer *answer)
{
	const char *rule = b->route->rule->name;
	struct notice n = { .event = b->event, .route = b->route };
	struct job *job = b->job;

	if (!answer->began)
		return (OK);
	n.key = arena_printf(job->arena, "%s|%" PRId64, rule, answer->since);
	n.text = arena_printf(job->arena, "rule %s is over its budget of %s "
	    "tickets; further tests are %s", rule, budget_text(b),
	    is_parking(b) ? "parked until it refills" :
	    "folded into one ticket for each owner and cause");
	if (n.key == NULL || n.text == NULL)
		return (fail(job, ERR_NOMEM, "no memory for a notice"));
	log_say(LOG_LEVEL_WARNING, "storm", "%s", n.text);
	return (notify_add(job, "storm", &n));
}

static enum err
park(const struct breaker *b, enum storm *did)
{
	const char *rule = b->route->rule->name;

	*did = STORM_PARK;
	(void)fail(b->job, ERR_BUSY, "rule %s is over its budget of %s "
	    "tickets; sync files this one when there is room, and "
	    "\"tickethook release %s\" at once", rule, budget_text(b), rule);
	return (OK);
}

/* The umbrella instead of a ticket of its own. */
static enum err
fold(const struct breaker *b, struct filing *f, enum storm *did)
{
	int64_t per = b->policy.budget.n != 0 ? b->policy.budget.per :
	    b->total.per;
	const char *key = storm_key(b->job, b->event, b->route, per);
	struct token_answer answer;
	enum err e;

	if (key == NULL)
		return (fail(b->job, ERR_NOMEM, "no memory for the ticket "
		    "key"));
	ledger_release(b->job, f);
	if ((e = ledger_claim(b->job, key, &b->event->test, f)) != OK)
		return (e);
	/* It may have got a ticket meanwhile. */
	if (!storm_is_umbrella(f->key))
		return (OK);
	*did = STORM_FOLD;
	if (f->stage != STAGE_NONE)
		return (OK);
	if ((e = take(b, f, true, &answer)) != OK || answer.granted)
		return (e);
	return (park(b, did));
}

/* Does Trunk show a ticket of the test?  It is taken over: none is filed. */
static enum err
is_shown(const struct breaker *b, bool *shown)
{
	const struct test *test = &b->event->test;
	const char *url = test->ticket_url;
	enum err e = OK;

	*shown = false;
	if (!b->job->config->adopt)
		return (OK);
	if (url == NULL && b->route->tracker->link != LINK_NEVER &&
	    test->id != NULL)
		e = trunk_ticket(b->job, test, &url);
	if (e == ERR_ABSENT || e == ERR_LINK_REFUSED)
		e = OK;
	*shown = e == OK && url != NULL && tracker_sane(url);
	return (e);
}

enum err
storm_break(struct job *job, const struct event *event,
    const struct route *route, struct filing *f, enum storm *did)
{
	const struct breaker b = { .job = job, .event = event,
	    .route = route, .total = job->config->total_budget,
	    .policy = policy_of_rule(job->config, route->rule) };
	struct token_answer answer;
	bool shown;
	enum err e;

	*did = STORM_NONE;
	/* It was folded before, and may not have been linked. */
	if (f->stage != STAGE_NONE && storm_is_umbrella(f->key) &&
	    (f->link == LINK_NONE || f->link == LINK_REFUSED))
		*did = STORM_FOLD;
	if (f->stage != STAGE_NONE || job->released ||
	    (b.policy.budget.n == 0 && b.total.n == 0))
		return (OK);
	if ((e = take(&b, f, false, &answer)) != OK || answer.granted)
		return (e);
	if ((e = is_shown(&b, &shown)) != OK || shown)
		return (e);
	if ((e = tell(&b, &answer)) != OK)
		return (e);
	return (is_parking(&b) ? park(&b, did) : fold(&b, f, did));
}

void
storm_filed(struct job *job, const struct filing *f)
{
	const struct why why = job->why;
	const char *key;

	if (!f->fresh || !f->adopted || (key = token_key(job, f)) == NULL)
		return;
	if (ledger_token_give(job, key) != OK)
		log_say(LOG_LEVEL_WARNING, "storm", "%s", job->why.text);
	job->why = why;
}

/* Only the configured words of the text are ours, the rest stays escaped. */
enum err
storm_draft(struct job *job, const struct event *event,
    const struct route *route, struct draft *draft)
{
	const struct policy policy = policy_of_rule(job->config, route->rule);
	const struct budget *most = &policy.budget;
	const char *owner = route->owner != NULL ? "{{owner}}" :
	    event->test.nowners > 0 ? "{{test.owners}}" : "no code owner";
	struct event bare = *event;
	struct route r = *route;

	bare.test.url = NULL;
	if (most->n == 0)
		most = &job->config->total_budget;
	r.dest[DEST_TITLE].value = arena_printf(job->arena, "[Flaky Tests] "
	    "Many tests of %s%s at once", owner,
	    event->test.repository.name != NULL ? " in {{repository}}" : "");
	r.dest[DEST_DESCRIPTION].value = arena_printf(job->arena,
	    "From {{time}} on more tests became flaky or broken than the "
	    "budget of %s tickets allows. Those of one cause are listed here "
	    "and have no ticket of their own.\\n\\n"
	    "- Owner: %s\\n- Repository: {{repository}}\\n"
	    "- Monitor: {{monitor_type}}\\n- First test: {{test.name}}\\n\\n"
	    "Look for what they have in common: a commit, a machine, a "
	    "service that was down. To give one of them a ticket of its own, "
	    "run `tickethook release --test NAME`.", most->text != NULL ?
	    most->text : "its rule", owner);
	if (r.dest[DEST_TITLE].value == NULL ||
	    r.dest[DEST_DESCRIPTION].value == NULL)
		return (fail(job, ERR_NOMEM, "no memory for a ticket"));
	return (draft_write(job, &bare, &r, draft));
}
