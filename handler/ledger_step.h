#ifndef LEDGER_STEP_H_
#define LEDGER_STEP_H_

#include <stdbool.h>

#include "common/err.h"

struct job;

/*
 * What is asked and written until ledger_end() is one step: one commit, or
 * none.  In a step that does not write nothing is written; it spares a turn
 * for each question.  None is within another, and there is nothing in it but
 * the ledger and the processor: no call, no lock, no other ledger.
 *
 *	if ((e = ledger_begin(job, true)) != OK)
 *		return (e);
 *	e = ...
 *	return (ledger_end(job, e));
 *
 * ledger_end() returns e, or what went wrong with the step as a whole; then,
 * and where e is an error, nothing of it was written.
 */
enum err ledger_begin(struct job *, bool writes);
enum err ledger_end(struct job *, enum err);

/*
 * A step that writes and is a function.  Many of them come to one commit
 * quickly, since a thread that has its turn does those of others that wait:
 * so `part` keeps to its job and its argument, and to nothing of its thread.
 * In a step it is a part of that.
 */
enum err ledger_do(struct job *, enum err (*part)(struct job *, void *),
    void *arg);

#endif
