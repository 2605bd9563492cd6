/*
 * What the sides say, and nothing is changed: the ledger, the tracker and Trunk
 * are asked about one ticket or one link.  reconcile.c then judges, and
 * reconcile_apply.c puts right, if that is wanted.
 */
#include <string.h>

#include "common/arena.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger_news.h"
#include "handler/reconcile.h"
#include "handler/ticket_link.h"
#include "handler/trunk.h"
#include "handler/trunk_list.h"

/* What the sides say, and nothing is changed. */

/* Some rule leads to [owner] sections, so that each ticket should have one. */
static bool
has_owners(const struct config *c)
{
	const struct rule *r;

	for (r = c->rules; r != NULL; r = r->next)
		if (r->to_owner && r->action == ACTION_TICKET)
			return (true);
	return (false);
}

/* As the tracker told us last. */
static enum err
read_known(struct job *job, struct ticket_side *s)
{
	const struct news *news;
	size_t n;
	enum err e;

	if ((e = ledger_news(job, s->filing.row, &news, &n)) != OK || n == 0)
		return (e);
	s->known = news[n - 1].category;
	s->known_gone = news[n - 1].gone;
	return (OK);
}

static enum err
look_for_twin(struct job *job, const struct tracker *t,
    struct ticket_side *s)
{
	const struct target target = { .tracker = t,
	    .project = s->filing.project };
	enum err e;

	if (t->kind->news.twin == NULL)
		return (OK);
	e = t->kind->news.twin(job, &target, &s->filing, &s->twin);
	return (e == ERR_ABSENT ? OK : e);
}

enum err
reconcile_look_ticket(struct job *job, const struct view_ticket *v,
    struct ticket_side *s)
{
	const struct tracker *t = config_tracker(job->config,
	    v->filing.tracker);
	enum err e;

	*s = (struct ticket_side){ .filing = v->filing, .test = v->test,
	    .to_owner = has_owners(job->config) };
	if (v->filing.stage != STAGE_CREATED || t == NULL ||
	    v->filing.remote_key == NULL ||
	    !tracker_key_sane(v->filing.remote_key))
		return (ERR_ABSENT);
	if ((e = read_known(job, s)) != OK ||
	    (e = t->kind->state(job, t, &s->filing, &s->is)) != OK)
		return (e);
	if (s->is.gone && s->is.updated == 0)
		s->is.updated = job->now;
	return (s->is.gone ? OK : look_for_twin(job, t, s));
}

/* Is there a link that was asked for, and a way to ask what became of it? */
static bool
can_look(struct job *job, const struct view_test *v, enum scope scope)
{
	const struct config *c = job->config;
	const struct tracker *t;

	if (v->ticket.row == 0 || v->ticket.stage != STAGE_CREATED ||
	    v->id[scope] == NULL || v->link[scope] == NULL ||
	    strcmp(v->link[scope], "skipped") == 0)
		return (false);
	t = config_tracker(c, v->ticket.tracker);
	if (t == NULL || t->link == LINK_NEVER)
		return (false);
	if (scope == SCOPE_COLLECTION)
		return (c->trunk_key.len > 0);
	return (c->trunk_token.len > 0 && v->test.repository.name != NULL &&
	    trunk_list_org(job, v->test.url) != NULL);
}

/* Is that the URL of our ticket?  ERR_ABSENT: no. */
static enum err
is_ours(struct job *job, const struct filing *f, const char *url)
{
	const struct tracker *t = config_tracker(job->config, f->tracker);
	const char *key;
	enum err e;

	if (f->url != NULL && strcmp(f->url, url) == 0)
		return (OK);
	if (t == NULL)
		return (ERR_ABSENT);
	if ((e = t->kind->key_of(job, t, url, &key)) != OK)
		return (e);
	return (strcmp(key, f->remote_key) == 0 ? OK : ERR_ABSENT);
}

static enum err
look_at_shown(struct job *job, struct link_side *s)
{
	enum err e;

	e = is_ours(job, &s->ticket, s->shown);
	s->same = e == OK;
	if (e != ERR_ABSENT || !tracker_sane(s->shown))
		return (e == ERR_ABSENT ? OK : e);
	e = ticket_link_read(job, s->shown, &s->place, &s->other);
	s->gone = e == ERR_ABSENT;
	if (e != OK)
		return (s->gone ? OK : e);
	s->same = s->place.tracker != NULL &&
	    strcmp(s->place.tracker->name, s->ticket.tracker) == 0 &&
	    strcmp(s->other.remote_id, s->ticket.remote_id) == 0;
	return (OK);
}

enum err
reconcile_look_test(struct job *job, const struct view_test *v,
    enum scope scope, struct link_side *s)
{
	enum err e;

	*s = (struct link_side){ .test = v->test, .status = v->status,
	    .since = v->since, .ticket = v->ticket,
	    .other = { .lock = -1, .test_lock = -1 } };
	s->test.id = v->id[scope];
	s->test.scope = scope;
	if (!can_look(job, v, scope))
		return (ERR_ABSENT);
	e = trunk_ticket(job, &s->test, &s->shown);
	if (e == ERR_ABSENT)
		s->shown = NULL;
	if (e != OK)
		return (e == ERR_ABSENT ? OK : e);
	return (look_at_shown(job, s));
}

/* Its place is what its key begins with. */
static enum err
take_named(struct job *job, const struct tracker *tracker, struct target *t,
    const struct filing *f)
{

	t->tracker = tracker;
	t->project = arena_strndup(job->arena, f->remote_key,
	    strcspn(f->remote_key, "-"));
	return (t->project == NULL ? fail(job, ERR_NOMEM, "no memory for the "
	    "ticket") : OK);
}

/* By key: sections that lead to one place find one ticket. */
static enum err
find_key(struct job *job, const char *key, struct target *t,
    struct filing *f)
{
	const struct tracker *tracker;
	struct filing found;
	enum err e;

	for (tracker = job->config->trackers; tracker != NULL;
	    tracker = tracker->next) {
		found = (struct filing){ .lock = -1, .test_lock = -1 };
		e = tracker->kind->read(job, tracker, key, &found);
		if (e == ERR_ABSENT)
			continue;
		if (e == OK && t->tracker != NULL &&
		    strcmp(found.url, f->url) != 0)
			return (fail(job, ERR_REFUSED, "%s is a ticket of "
			    "[tracker %s] and of [tracker %s]; give the URL "
			    "of the one that is meant", key,
			    t->tracker->name, tracker->name));
		if (e == OK && t->tracker == NULL) {
			*f = found;
			e = take_named(job, tracker, t, f);
		}
		if (e != OK)
			return (e);
	}
	return (t->tracker == NULL ? ERR_ABSENT : OK);
}

enum err
reconcile_named(struct job *job, const char *name, struct target *t,
    struct filing *f)
{
	enum err e;

	*t = (struct target){ .tracker = NULL };
	*f = (struct filing){ .lock = -1, .test_lock = -1 };
	if (strstr(name, "://") != NULL && tracker_sane(name)) {
		e = ticket_link_read(job, name, t, f);
		if (e == OK && t->tracker == NULL)
			e = ERR_ABSENT;
	} else if (tracker_key_sane(name)) {
		e = find_key(job, name, t, f);
	} else {
		return (fail(job, ERR_ABSENT, "%s is neither the key nor the "
		    "URL of a ticket", name));
	}
	return (e == ERR_ABSENT ? fail(job, e, "no [tracker] of the "
	    "configuration has the ticket %s", name) : e);
}
