#ifndef POLICY_H_
#define POLICY_H_

#include "handler/rule.h"

struct config;

/*
 * What holds for a ticket over its life.  A ticket keeps the policy of the
 * rule that it was filed by (struct filing, rule), whatever a later event
 * would match: each key is the rule's where it says something, else that of
 * [defaults], else the built-in one.  A rule that the configuration no
 * longer has, or NULL, leaves [defaults].
 *
 *	const struct policy p = policy_of(job->config, filing->rule);
 *
 * Nothing in the result is unset.
 */
struct policy policy_of(const struct config *, const char *rule);

/* The same of a rule at hand; NULL: [defaults] alone. */
struct policy policy_of_rule(const struct config *, const struct rule *);

#endif
