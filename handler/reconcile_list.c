/*
 * Which of Trunk's lists are read, one after the other: repository by
 * repository, each for one status and then for the next.  A repository is
 * kept once, however many tests of the ledger and rules name it.
 */
#include "handler/reconcile_list.h"

#include <string.h>

#include "common/arena.h"
#include "handler/config.h"
#include "handler/event.h"
#include "handler/job.h"

/* The statuses that a list is asked for. */
static const enum status statuses[] = { STATUS_FLAKY, STATUS_BROKEN };

enum {
	NSTATUSES = sizeof(statuses) / sizeof(statuses[0])
};

void
reconcile_list_begin(struct reconcile_list *l, struct arena *arena)
{

	*l = (struct reconcile_list){ .arena = arena };
}

static struct reconcile_place *
find(const struct reconcile_list *l, const struct repository *r)
{
	struct reconcile_place *p;

	for (p = l->places; p != NULL; p = p->next)
		if (strcmp(p->repository.host, r->host) == 0 &&
		    strcmp(p->repository.owner, r->owner) == 0 &&
		    strcmp(p->repository.name, r->name) == 0)
			return (p);
	return (NULL);
}

static enum err
add(struct reconcile_list *l, struct job *job, const struct repository *r,
    const char *org)
{
	struct reconcile_place *p = find(l, r);

	if (org != NULL && l->org == NULL &&
	    (l->org = arena_strdup(l->arena, org)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the places"));
	if (p == NULL) {
		if ((p = arena_alloc(l->arena, sizeof(*p))) == NULL)
			return (fail(job, ERR_NOMEM, "no memory for the "
			    "places"));
		*p = (struct reconcile_place){ .next = l->places };
		p->repository.host = arena_strdup(l->arena, r->host);
		p->repository.owner = arena_strdup(l->arena, r->owner);
		p->repository.name = arena_strdup(l->arena, r->name);
		if (p->repository.host == NULL ||
		    p->repository.owner == NULL || p->repository.name == NULL)
			return (fail(job, ERR_NOMEM, "no memory for the "
			    "places"));
		l->places = p;
	}
	if (p->org == NULL && org != NULL)
		p->org = arena_strdup(l->arena, org);
	return (OK);
}

enum err
reconcile_list_note(struct reconcile_list *l, struct job *job,
    const struct view_test *v)
{
	const struct repository *r = &v->test.repository;

	if (r->host == NULL || r->owner == NULL || r->name == NULL)
		return (OK);
	return (add(l, job, r, trunk_list_org(job, v->test.url)));
}

/* A rule's github.com/acme/shop, without any glob in it. */
static enum err
add_named(struct reconcile_list *l, struct job *job, const char *pattern)
{
	struct repository r = { .name = NULL };
	const char *url;

	if (strpbrk(pattern, "*?") != NULL)
		return (OK);
	url = arena_printf(job->arena, "https://%s", pattern);
	if (url == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the places"));
	if (!event_repository(job, url, &r))
		return (OK);
	return (add(l, job, &r, NULL));
}

static enum err
add_rules(struct reconcile_list *l, struct job *job)
{
	const struct matcher *m;
	const struct rule *rule;
	enum err e = OK;
	size_t i;

	for (rule = job->config->rules; rule != NULL; rule = rule->next) {
		m = &rule->match[MATCH_REPOSITORY];
		if (rule->action != ACTION_TICKET || m->none)
			continue;
		for (i = 0; i < m->n && e == OK; i++)
			e = add_named(l, job, m->pattern[i]);
	}
	return (e);
}

/* The collections come last: the place is NULL then. */
static bool
can_ask(const struct reconcile_list *l, const struct job *job)
{
	const struct config *c = job->config;

	if (l->at == NULL)
		return (c->trunk_key.len > 0);
	return (c->trunk_token.len > 0 && (l->at->org != NULL ||
	    l->org != NULL || c->org != NULL));
}

static void
open_list(struct reconcile_list *l, const struct job *job)
{

	l->now = (struct trunk_list){ .status = statuses[l->turn],
	    .scope = l->at == NULL ? SCOPE_COLLECTION : SCOPE_REPOSITORY };
	if (l->at != NULL) {
		l->now.repository = l->at->repository;
		l->now.org = job->config->org != NULL ? job->config->org :
		    l->at->org != NULL ? l->at->org : l->org;
	}
	l->begun = true;
}

void
reconcile_list_skip(struct reconcile_list *l)
{

	l->begun = false;
	l->turn++;
}

/* On to the list that is due; false after the last one. */
static bool
turn(struct reconcile_list *l, const struct job *job)
{
	bool token = job->config->trunk_token.len > 0;

	while (l->turn == NSTATUSES || !can_ask(l, job)) {
		if (l->at == NULL)
			return (false);
		l->blind = l->blind || (token && !can_ask(l, job));
		l->turn = 0;
		l->at = l->at->next;
	}
	return (true);
}

/* Now that all places are known. */
static enum err
begin(struct reconcile_list *l, struct job *job)
{
	enum err e;

	if ((e = add_rules(l, job)) != OK)
		return (e);
	l->named = true;
	l->at = l->places;
	l->blind = l->places == NULL && job->config->trunk_token.len > 0;
	return (OK);
}

enum err
reconcile_list_next(struct reconcile_list *l, struct job *job,
    const struct json **tests)
{
	enum err e;

	*tests = NULL;
	if (!l->named && (e = begin(l, job)) != OK)
		return (e);
	if (!l->begun) {
		if (l->done || !turn(l, job)) {
			l->done = true;
			return (ERR_ABSENT);
		}
		open_list(l, job);
	}
	e = trunk_list(job, &l->now, tests);
	if (e != ERR_ABSENT)
		return (e);
	reconcile_list_skip(l);
	return (OK);
}
