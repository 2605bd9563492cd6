#ifndef TRUNK_RUNS_H_
#define TRUNK_RUNS_H_

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/types.h"

struct job;

/*
 * The runs of a test of a collection since a time, counted (Trunk's API v2;
 * v1 does not show passing runs).  A list that is cut is counted as far as
 * it was read.
 *
 * ERR_ABSENT when Trunk does not know the test, or what it shows cannot be
 * read as runs with a time and a result; else the errors of trunk_link().
 */
enum err trunk_runs(struct job *, const struct test *, int64_t since,
    int64_t *passed, int64_t *failed);

/* Could they be asked for? */
bool trunk_runs_told(const struct job *, const struct test *);

#endif
