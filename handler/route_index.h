#ifndef ROUTE_INDEX_H_
#define ROUTE_INDEX_H_

#include "handler/route_facts.h"

/*
 * The rules made ready to be passed over quickly; private to route.c and
 * its siblings.
 *
 * Most rules do not match because of a word (status, from, quarantined,
 * scope, family) or because a text does not begin with, end with or hold the
 * literal parts of a glob.  So of each rule a mask of words is kept, and
 * hashes of those parts; of each text of the event a hash of every
 * beginning, every end and every few bytes is taken once.  A rule that
 * passes may match and is looked at in full; a rule that does not pass
 * certainly does not match.
 */
struct route_index;

/*
 * The first rule that matches, or NULL.  With config->index NULL, or where
 * the arena has no room for those hashes, each one is looked at in full.
 */
const struct rule *route_first(struct arena *, const struct config *,
    const struct facts *);

#endif
