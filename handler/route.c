/*
 * The route of an event: the first rule that matches, in the order of the
 * file, found by an index (route_index.c) instead of a walk.  Then the
 * settings: of the rule, then of the owner that it leads to, of the tracker
 * and of [defaults], each where the nearer ones say nothing.
 */
#include "handler/route.h"

#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/route_index.h"

bool
route_admits(const struct rule *rule, const struct event *event)
{
	struct facts f;

	route_facts_few(event, &f);
	return (route_holds(rule, MATCH_EVENT, &f) &&
	    route_holds(rule, MATCH_STATUS, &f));
}

bool
route_files_others(const struct rule *rule)
{

	return (rule->action == ACTION_TICKET && route_names(rule, NULL));
}

const struct tracker *
route_destination(const struct config *c, const struct rule *rule,
    const struct owner *owner, struct setting dest[DEST_COUNT])
{
	const struct tracker *t = NULL;

	for (size_t i = 0; i < DEST_COUNT; i++) {
		if (rule->dest[i].value != NULL)
			dest[i] = rule->dest[i];
		else if (owner != NULL && owner->dest[i].value != NULL)
			dest[i] = owner->dest[i];
		else if (t != NULL && t->dest[i].value != NULL)
			dest[i] = t->dest[i];
		else
			dest[i] = c->defaults[i];
		if (i == DEST_TRACKER && dest[i].value != NULL)
			t = config_tracker(c, dest[i].value);
	}
	return (t);
}

/* Add those of a list whose names are not there yet. */
static enum err
add_fields(struct arena *arena, const struct field *from,
    struct field **first)
{
	struct field **at, *copy;

	for (; from != NULL; from = from->next) {
		for (at = first; *at != NULL; at = &(*at)->next)
			if (strcasecmp((*at)->name, from->name) == 0)
				break;
		if (*at != NULL)
			continue;
		if ((copy = arena_alloc(arena, sizeof(*copy))) == NULL)
			return (ERR_NOMEM);
		*copy = *from;
		copy->next = NULL;
		*at = copy;
	}
	return (OK);
}

static enum err
set_fields(struct job *job, struct route *route)
{
	const struct owner *o = route->owner_section;
	struct field *first = NULL;

	if (add_fields(job->arena, route->rule->fields, &first) != OK ||
	    (o != NULL && add_fields(job->arena, o->fields,
	    &first) != OK) ||
	    add_fields(job->arena, route->tracker->fields, &first) != OK ||
	    add_fields(job->arena, job->config->default_fields,
	    &first) != OK)
		return (fail(job, ERR_NOMEM, "no memory for the fields of "
		    "the ticket"));
	route->fields = first;
	return (OK);
}

enum err
route_lead(struct job *job, const struct rule *rule,
    const struct owner *owner, struct route *route)
{
	route->rule = rule;
	route->action = rule->action;
	route->owner_section = owner;
	if (rule->action != ACTION_TICKET)
		return (OK);
	route->tracker = route_destination(job->config, rule, owner,
	    route->dest);
	if (route->tracker == NULL)
		return (fail(job, ERR_CONFIG, "%s:%d: [rule %s]: it leads to "
		    "no tracker; set tracker = NAME there", job->config->file,
		    rule->line, rule->name));
	return (set_fields(job, route));
}

enum err
route_find(struct job *job, const struct event *event, struct route *route)
{
	const struct rule *rule;
	struct facts f;

	memset(route, 0, sizeof(*route));
	route->action = ACTION_IGNORE;
	if (route_facts(job->arena, job->config, event, &f) != OK)
		return (fail(job, ERR_NOMEM, "no memory for the rules"));
	if ((rule = route_first(job->arena, job->config, &f)) == NULL)
		return (OK);
	if (rule->to_owner)
		route->owner = f.owner_told;
	return (route_lead(job, rule, rule->to_owner ? f.owner : NULL,
	    route));
}

/* Does the rule that matches ask for a metric that was not told? */
static bool
wants(struct arena *arena, const struct config *c, const struct facts *f)
{
	/*
	 * What is not known holds, so the rule that matches now is the only
	 * one that may not match when it is.
	 */
	const struct rule *rule = route_first(arena, c, f);
	enum least l;

	for (l = 0; rule != NULL && l < LEAST_COUNT; l++)
		if (l != LEAST_CONFIDENCE && rule->least[l].value > 0 &&
		    !f->known[l])
			return (true);
	return (false);
}

bool
route_wants_metrics(struct job *job, const struct event *event)
{
	const struct config *c = job->config;
	struct facts f;

	if (!c->asks_metrics || event->test.id == NULL ||
	    event->test.measured || event->example)
		return (false);
	return (route_facts(job->arena, c, event, &f) == OK && wants(
	    job->arena, c, &f));
}
