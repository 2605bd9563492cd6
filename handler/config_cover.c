#include <string.h>

#include "handler/config_read.h"
#include "handler/route.h"

/*
 * Which rule can never match, and which test that fails would match none?
 * Events are split into a few classes that `event` and `status` alone tell
 * apart.  A rule may match in a class; if it asks for nothing else, it
 * matches all of the class, and later rules see nothing of it.
 */
enum class {
	CLASS_FLAKY = 0,	/* a test became flaky */
	CLASS_BROKEN,
	CLASS_HEALTHY,
	CLASS_OTHER,		/* any other event */
	CLASS_COUNT
};

static const struct event classes[CLASS_COUNT] = {
	[CLASS_FLAKY] = { .family = FAMILY_STATUS, .status = STATUS_FLAKY,
	    .name = "test_case.status_changed" },
	[CLASS_BROKEN] = { .family = FAMILY_STATUS, .status = STATUS_BROKEN,
	    .name = "test_case.status_changed" },
	[CLASS_HEALTHY] = { .family = FAMILY_STATUS, .status = STATUS_HEALTHY,
	    .name = "test_case.status_changed" },
	[CLASS_OTHER] = { .family = FAMILY_KNOWN }
};

/* Does it match all events of a class that it may match? */
static bool
takes_all(const struct rule *rule, enum class class)
{
	const struct matcher *m = &rule->match[MATCH_EVENT];
	bool every = m->n == 0;
	size_t i;

	for (i = 0; i < MATCH_COUNT; i++)
		if (i != MATCH_EVENT && i != MATCH_STATUS &&
		    rule->match[i].n > 0)
			return (false);
	for (i = 0; i < LEAST_COUNT; i++)
		if (rule->least[i].value > 0)
			return (false);
	if (rule->to_owner)
		return (false);
	if (class != CLASS_OTHER)
		return (true);
	for (i = 0; i < m->n && !m->none; i++)
		every |= m->pattern[i][strspn(m->pattern[i], "*")] == '\0';
	return (every);
}

/* May it match an event of the class? */
static bool
may(const struct rule *rule, enum class class)
{
	struct rule any = *rule;

	/* No change of status comes with a confidence. */
	if (class != CLASS_OTHER && rule->least[LEAST_CONFIDENCE].value > 0)
		return (false);
	if (class == CLASS_OTHER && route_files_others(rule))
		return (true);
	/* These events have many names. */
	if (class == CLASS_OTHER)
		any.match[MATCH_EVENT].n = 0;
	return (route_admits(&any, &classes[class]));
}

/* Note what the rule takes; true if something was left for it. */
static bool
take(const struct rule *rule, const struct rule *taken[CLASS_COUNT])
{
	enum class class;
	bool left = false;

	for (class = 0; class < CLASS_COUNT; class++) {
		if (taken[class] != NULL || !may(rule, class))
			continue;
		left = true;
		if (takes_all(rule, class))
			taken[class] = rule;
	}
	return (left);
}

/* Would it match nothing even if it stood alone? */
static bool
hopeless(const struct rule *rule)
{
	const struct rule *none[CLASS_COUNT] = { NULL };

	return (!take(rule, none));
}

void
config_cover(struct config_reader *r)
{
	const struct rule *taken[CLASS_COUNT] = { NULL };
	const struct rule *rule;

	for (rule = r->config->rules; rule != NULL; rule = rule->next) {
		if (take(rule, taken))
			continue;
		config_at(r, rule->line, "rule", rule->name, NULL);
		config_warn(r, "it can never match: %s; move it up, change "
		    "it or take it out", hopeless(rule) ? "its action is "
		    "ticket, and what it asks for is no test that changed" :
		    "rules above it take all that it asks for");
	}
	config_at(r, 0, NULL, NULL, NULL);
	if (taken[CLASS_FLAKY] == NULL)
		config_warn(r, "a flaky test may match no rule and is then "
		    "ignored; end with a rule that asks for status = flaky "
		    "alone");
	if (taken[CLASS_BROKEN] == NULL)
		config_warn(r, "a broken test may match no rule and is then "
		    "ignored; end with a rule that asks for status = broken "
		    "alone");
}
