#ifndef DELIVER_H_
#define DELIVER_H_

#include "handler/types.h"

struct job;

/*
 * One delivery, from bytes to ticket: verify it, read it, route it, note
 * what it tells (handler/effect.h), claim its ticket, file it, link it, do
 * what is due to it (handler/passage.h), and write down what came of it
 * before anything is answered.
 *
 * The first try, Svix's retry, the try after a crash and a replay are all
 * this one path: each step looks at how far the filing has come and does
 * nothing where it is done.
 */
struct outcome deliver(struct job *, const struct request *);

/* The same for one that was verified before: stored, or replayed. */
struct outcome deliver_again(struct job *, const struct delivery *);

#endif
