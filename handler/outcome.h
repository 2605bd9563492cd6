#ifndef OUTCOME_H_
#define OUTCOME_H_

#include <stdbool.h>

#include "common/err.h"
#include "handler/types.h"

struct job;

/*
 * What the sender is told.  One table turns the kind of an outcome or of an
 * error into status, name and whether it is final: a final one is given
 * again, as it was, to the same delivery.
 *
 * Answers are short JSON: the sender's portal shows them to people.  They
 * hold no secret, and a refused signature is not explained.
 */
struct story {
	const struct delivery	*mail;		/* NULL: not verified */
	const struct event	*event;		/* NULL: not read */
	const struct route	*route;		/* NULL: not found */
	const struct filing	*filing;	/* NULL: not claimed */
	enum outcome_kind	 kind;		/* of OK */
	bool			 linked;
};

/* The reply to a Svix delivery that ended with e. */
struct outcome outcome_of(struct job *, enum err e, const struct story *);

/* A final answer given before, given again with "replayed":true. */
struct outcome outcome_again(struct job *, int status, const char *name,
    const char *answer);

/* An error that has no story: unknown path, busy, too large. */
struct outcome outcome_error(struct job *, enum err e);

/* One more header, a whole line such as "Allow: POST". */
void outcome_header(struct outcome *, const char *line);

/* Is an outcome of that name the last word on its delivery? */
bool outcome_final(const char *name);

/*
 * May a delivery or a ticket have an outcome of that name?  If not, *near is
 * the one that was probably meant, or NULL.
 */
bool outcome_known(const char *name, const char **near);

#endif
