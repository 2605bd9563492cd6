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

#endif
