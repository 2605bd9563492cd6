#ifndef LIFE_GATHER_H_
#define LIFE_GATHER_H_

#include "common/err.h"
#include "handler/ledger_life.h"
#include "handler/life_plan.h"
#include "handler/types.h"

struct job;

/* All that the plan of a ticket needs, in the job's arena. */
struct life_known {
	struct life_record	 record;
	const struct life_member *members;	/* input.ntests of them */
	struct life_input	 input;
};

/*
 * Read it from the ledger.  ERR_ABSENT when there is nothing to plan: a
 * newer generation lives on.  Else the failures of the ledger.
 */
enum err life_gather(struct job *, const struct filing *,
    struct life_known *);

/*
 * Ask Trunk for the runs of each test since that time, where that is
 * possible; what fails is left out and logged.
 */
void life_gather_runs(struct job *, struct life_known *, int64_t since);

/* ERR_NOMEM with its sentence, for all that is done with a life. */
enum err life_no_memory(struct job *);

#endif
