#ifndef PANEL_H_
#define PANEL_H_

#include "handler/types.h"

struct job;

/*
 * The pages for people: what came in, what became of it, and which fixes
 * are not proven.  Who may see them is for handler/visitor.h to say.
 */

/* GET of a page. */
struct outcome panel(struct job *, const struct request *);

/*
 * POST /act/NAME with a form: something is done, and 303 leads back to a
 * page that says what.
 */
struct outcome panel_act(struct job *, const struct request *);

#endif
