#ifndef LIFE_NEXT_H_
#define LIFE_NEXT_H_

#include "common/err.h"
#include "handler/life_gather.h"
#include "handler/types.h"

struct job;

/*
 * Private to life.c: a ticket that follows another one of its key, as its
 * next generation.
 */

/* The filing becomes that of the next generation, at STAGE_NONE. */
void life_next_begin(struct filing *);

/*
 * Tell the ticket before this one, once, that this one goes on; OK when
 * there is none.
 */
enum err life_next_tell(struct job *, const struct filing *,
    const struct life_known *);

/* No verdict is due of a ticket that another one followed. */
enum err life_next_end(struct job *, const struct filing *);

#endif
