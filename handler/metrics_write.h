#ifndef METRICS_WRITE_H_
#define METRICS_WRITE_H_

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"

struct arena;

/*
 * The counters of a process's file in the text format of Prometheus: families
 * in an order that does not change, HELP and TYPE before each, buckets made
 * cumulative.  Pure but for the counters.
 */

/* What a family is and means; one table in metrics_write.c. */
struct metric {
	const char	*name;		/* without "tickethook_" */
	const char	*type;		/* "counter", "gauge", "histogram" */
	const char	*help;
};

/* All families that are counted.  ERR_NOMEM. */
enum err metrics_write_counters(struct arena *, struct buf *);

/* HELP and TYPE of a family of that name. */
void metrics_write_head(struct buf *, const char *name);

/*
 * One sample: name, labels "a=\"b\"" or NULL for none.  A value of a label
 * that is not ours goes through metrics_write_label() first.
 */
void metrics_write_sample(struct buf *, const char *name, const char *labels,
    int64_t value);

/* key="value" with \ " and newline escaped; a comma before it but the first. */
void metrics_write_label(struct buf *, const char *key, const char *value);

#endif
