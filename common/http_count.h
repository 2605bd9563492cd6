#ifndef HTTP_COUNT_H_
#define HTTP_COUNT_H_

#include <stdint.h>

struct http_answer;
struct http_call;

/*
 * Count a call that was made, for people who watch: by host, by what it was
 * for and by the answer's status ("none" without one), how long it took, and
 * when the host last answered well, and since when it refuses us.  The
 * counters are named as handler/metrics.h says.
 */
void http_count(const struct http_call *, const struct http_answer *,
    int64_t ms);

#endif
