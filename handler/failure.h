#ifndef FAILURE_H_
#define FAILURE_H_

#include "common/err.h"
#include "handler/types.h"

struct job;
struct json;

enum {
	FAILURE_MAX = 5		/* so many of them are kept */
};

/*
 * Read a list of most_common_failures, which has the same shape in a
 * webhook and in an answer of the API, into test->failures: the most common
 * first, among equals the latest first, at most FAILURE_MAX of them.  What
 * is no list, is empty or has no text changes nothing; Trunk shows failures
 * to some organizations only and sends an empty list to the others.
 * ERR_NOMEM is the only failure.
 * Source: https://docs.trunk.io/api/v1 (OpenAPI, get-test-details)
 */
enum err failure_read(struct job *, const struct json *list, struct test *);

#endif
