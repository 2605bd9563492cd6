#ifndef METRICS_H_
#define METRICS_H_

#include <stdbool.h>
#include <stdint.h>

#include "handler/types.h"

struct job;

/*
 * Numbers for Prometheus, in its text format 0.0.4:
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * What happens is counted in the file of common/counters.h, by every process,
 * under the texts "NAME|LABELS|PART" without the prefix "tickethook_":
 * PART is "" for a counter and for a gauge; for a histogram the upper bound
 * of a bucket in milliseconds ("0": above all bounds), or "sum", in
 * milliseconds.  What the ledger knows is read from it when it is asked for.
 *
 * Counting never fails and never touches the ledger, so that requests that
 * prove nothing about their sender may be counted too.
 */

/* Count for the life of the process, beside that file, see ledger_beside(). */
void metrics_open(const char *path);
void metrics_close(void);

/* A delivery was answered: of job->kind, else of that one. */
void metrics_delivery(const struct job *, const char *kind,
    const struct outcome *);

/* A delivery proved its sender, and when by its clock. */
void metrics_signed(const struct job *, const struct delivery *);

/* A transaction of the ledger ended. */
void metrics_commit(bool ok);

/* The configuration was read again, or was not. */
void metrics_reload(bool ok);

/* GET /metrics. */
struct outcome metrics(struct job *, const struct request *);

/* Seconds that the last signed time was from ours; false: there was none. */
bool metrics_skew(int64_t *seconds);

/* When that host last answered well, wall ms; 0: never. */
int64_t metrics_success(const char *url);

/* Since when it refuses our credentials; 0: it does not. */
int64_t metrics_refused(const char *url);

#endif
