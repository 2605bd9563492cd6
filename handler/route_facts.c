/*
 * What a rule is held against.  An event becomes facts once: a text for each
 * clause of enum match, a number for each of enum least, and the owners.
 * Then each rule is a walk over its own clauses; a clause that does not ask
 * holds.  A number that is not known yet holds too, so that Trunk is asked
 * for it only where it decides; a confidence that was not told does not.
 */
#include "handler/route_facts.h"

#include <string.h>

#include "common/arena.h"
#include "handler/config.h"
#include "handler/event.h"
#include "handler/route.h"

const struct route_clause route_clauses[MATCH_COUNT] = {
	[MATCH_EVENT] = { "event", true },
	[MATCH_STATUS] = { "status", true },
	[MATCH_FROM] = { "from", true },
	[MATCH_REPOSITORY] = { "repository", true },
	[MATCH_CODEOWNER] = { "codeowner", true },
	[MATCH_FILE_PATH] = { "file_path", false },
	[MATCH_CLASSNAME] = { "classname", false },
	[MATCH_NAME] = { "name", false },
	[MATCH_VARIANT] = { "variant", false },
	[MATCH_MONITOR_TYPE] = { "monitor_type", true },
	[MATCH_QUARANTINED] = { "quarantined", true },
	[MATCH_SCOPE] = { "scope", true }
};

const char *const route_least_keys[LEAST_COUNT] = {
	[LEAST_FAILURE_RATE] = "min_failure_rate",
	[LEAST_PRS] = "min_prs",
	[LEAST_CONFIDENCE] = "min_confidence"
};

static const char *
status_word(enum status status)
{
	return (status == STATUS_UNKNOWN ? NULL : event_status(status));
}

static const char *
answer_word(enum answer answer)
{
	return (answer == ANSWER_UNKNOWN ? NULL :
	    answer == ANSWER_YES ? "yes" : "no");
}

/* Of an event that is of no test, nothing is told. */
static const char *
scope_word(const struct test *t)
{
	if (t->id == NULL)
		return (NULL);
	return (t->scope == SCOPE_COLLECTION ? "collection" : "repository");
}

/* Trunk sends 0 for what it does not know, unless it was asked. */
static void
set_amounts(struct facts *f)
{
	const struct test *t = &f->event->test;

	f->amount[LEAST_FAILURE_RATE] = t->failure_rate;
	f->known[LEAST_FAILURE_RATE] = t->failure_rate > 0 ||
	    (t->measured && t->failure_rate >= 0);
	f->amount[LEAST_PRS] = (double)t->pull_requests;
	f->known[LEAST_PRS] = t->pull_requests > 0 ||
	    (t->measured && t->pull_requests >= 0);
	f->amount[LEAST_CONFIDENCE] = f->event->confidence;
	f->known[LEAST_CONFIDENCE] = f->event->confidence >= 0;
}

void
route_facts_few(const struct event *event, struct facts *f)
{
	const struct test *t = &event->test;

	memset(f, 0, sizeof(*f));
	f->event = event;
	f->one[MATCH_EVENT] = event->name;
	f->one[MATCH_STATUS] = status_word(event->status);
	f->one[MATCH_FROM] = status_word(event->previous);
	f->one[MATCH_FILE_PATH] = t->file_path;
	f->one[MATCH_CLASSNAME] = t->classname;
	f->one[MATCH_NAME] = t->name;
	f->one[MATCH_VARIANT] = t->variant;
	f->one[MATCH_MONITOR_TYPE] = event->monitor_type;
	f->one[MATCH_QUARANTINED] = answer_word(t->quarantined);
	f->one[MATCH_SCOPE] = scope_word(t);
	for (size_t i = 0; i < MATCH_COUNT; i++) {
		f->told[i].value = &f->one[i];
		f->told[i].n = f->one[i] != NULL;
	}
	f->told[MATCH_CODEOWNER].value = t->owners;
	f->told[MATCH_CODEOWNER].n = t->nowners;
	set_amounts(f);
}

enum err
route_facts(struct arena *arena, const struct config *c,
    const struct event *event, struct facts *f)
{
	const struct repository *r = &event->test.repository;
	const struct test *t = &event->test;
	const char *path;

	route_facts_few(event, f);
	for (size_t i = 0; f->owner == NULL && i < t->nowners; i++)
		if ((f->owner = config_owner(c, t->owners[i])) != NULL)
			f->owner_told = t->owners[i];
	if (r->host == NULL || r->owner == NULL || r->name == NULL)
		return (OK);
	path = arena_printf(arena, "%s/%s/%s", r->host, r->owner, r->name);
	if (path == NULL)
		return (ERR_NOMEM);
	f->one[MATCH_REPOSITORY] = path;
	f->told[MATCH_REPOSITORY].n = 1;
	return (OK);
}

static const char *
bare(const char *owner)
{
	return (owner + (owner[0] == '@'));
}

static bool
any(const struct matcher *m, enum match which, const struct told *told)
{
	bool owner = which == MATCH_CODEOWNER;
	bool nocase = route_clauses[which].nocase;

	for (size_t i = 0; i < told->n; i++)
		for (size_t j = 0; j < m->n; j++)
			if (route_glob(owner ? bare(m->pattern[j]) :
			    m->pattern[j], owner ? bare(told->value[i]) :
			    told->value[i], nocase))
				return (true);
	return (false);
}

/* Besides changes of status: what a rule may ticket that names it. */
static const char *const tickets[] = {
	"test_case.investigation_completed", "pull_request.failed"
};

bool
route_may_file(const char *event)
{
	size_t i;

	for (i = 0; i < sizeof(tickets) / sizeof(tickets[0]); i++)
		if (event != NULL && strcmp(event, tickets[i]) == 0)
			return (true);
	return (false);
}

bool
route_names(const struct rule *rule, const char *event)
{
	const struct matcher *m = &rule->match[MATCH_EVENT];

	for (size_t i = 0; i < sizeof(tickets) / sizeof(tickets[0]); i++)
		for (size_t j = 0; j < m->n && !m->none; j++)
			if (strcmp(m->pattern[j], tickets[i]) == 0 &&
			    (event == NULL || strcmp(event, tickets[i]) == 0))
				return (true);
	return (false);
}

/* Does it tell what a ticket of it would be about? */
static bool
is_about(const struct event *e)
{
	if (e->family == FAMILY_QUEUE)
		return (e->queue->number > 0 && e->queue->repository != NULL);
	return (e->family == FAMILY_INVESTIGATION && e->test.id != NULL);
}

/* May a rule that files tickets take it? */
static bool
is_ticket(const struct rule *rule, const struct event *e)
{
	return (e->family == FAMILY_STATUS || (is_about(e) &&
	    e->name != NULL && route_names(rule, e->name)));
}

/* A rule that files tickets wants a test that fails, whatever it says. */
bool
route_holds(const struct rule *rule, enum match which, const struct facts *f)
{
	const struct matcher *m = &rule->match[which];

	if (rule->action == ACTION_TICKET) {
		if (which == MATCH_EVENT && !is_ticket(rule, f->event))
			return (false);
		/* "!broken" means the other failures, not healthy. */
		if (which == MATCH_STATUS && (m->n == 0 || m->none) &&
		    f->event->status < STATUS_FLAKY)
			return (f->event->family != FAMILY_STATUS);
	}
	return (m->n == 0 || any(m, which, &f->told[which]) != m->none);
}

bool
route_holds_least(const struct rule *rule, enum least which,
    const struct facts *f)
{
	double value = rule->least[which].value;

	if (value <= 0)
		return (true);
	if (!f->known[which])
		return (which != LEAST_CONFIDENCE);
	return (f->amount[which] >= value);
}

bool
route_holds_owner(const struct rule *rule, const struct facts *f)
{
	return (!rule->to_owner || f->owner != NULL);
}

bool
route_matches(const struct rule *rule, const struct facts *f)
{
	enum match m;
	enum least l;

	for (m = 0; m < MATCH_COUNT; m++)
		if (!route_holds(rule, m, f))
			return (false);
	for (l = 0; l < LEAST_COUNT; l++)
		if (!route_holds_least(rule, l, f))
			return (false);
	return (route_holds_owner(rule, f));
}
