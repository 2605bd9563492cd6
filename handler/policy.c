#include "handler/policy.h"

#include <string.h>

#include "handler/config.h"

#define DAY	(INT64_C(24) * 60 * 60 * 1000)

/* What holds where nobody says anything. */
static const struct policy BUILT_IN = {
	.on_healthy = ON_HEALTHY_COMMENT,
	.on_worse = ON_WORSE_RAISE,
	.on_resolved = ON_RESOLVED_VERIFY,
	.on_regression = ON_REGRESSION_REOPEN,
	.verify_for = 7 * DAY,
	.verify_runs = 20,
	.reopen_within = 30 * DAY,
	.flap_limit = 3,
	.on_monitor = ON_MONITOR_SECTION,
	.on_investigation = ON_INVESTIGATION_COMMENT,
	.on_quarantine = ON_QUARANTINE_COMMENT,
	.quarantined_priority = { .value = "low", .kind = "defaults",
	    .name = "" },
	.over_budget = OVER_BUDGET_FOLD
};

/* Take over what was not said yet. */
#define TAKE(member) do {						\
	if (!to->member)						\
		to->member = from->member;				\
} while (0)

static void
take(struct policy *to, const struct policy *from)
{

	TAKE(on_healthy);
	TAKE(on_worse);
	TAKE(on_resolved);
	TAKE(on_regression);
	TAKE(verify_for);
	TAKE(verify_runs);
	TAKE(reopen_within);
	TAKE(flap_limit);
	TAKE(on_monitor);
	TAKE(on_investigation);
	TAKE(on_quarantine);
	TAKE(over_budget);
	if (to->budget.n == 0)
		to->budget = from->budget;
	if (to->quarantined_priority.value == NULL)
		to->quarantined_priority = from->quarantined_priority;
}

struct policy
policy_of_rule(const struct config *c, const struct rule *rule)
{
	struct policy p = { .on_healthy = ON_HEALTHY_UNSET };

	if (rule != NULL)
		take(&p, &rule->policy);
	take(&p, &c->default_policy);
	take(&p, &BUILT_IN);
	return (p);
}

struct policy
policy_of(const struct config *c, const char *name)
{
	const struct rule *rule = name != NULL ? c->rules : NULL;

	while (rule != NULL && strcmp(rule->name, name) != 0)
		rule = rule->next;
	return (policy_of_rule(c, rule));
}
