#ifndef TRUNK_CALL_H_
#define TRUNK_CALL_H_

#include "common/err.h"
#include "handler/types.h"

struct http_answer;
struct http_call;
struct job;
struct json;
struct json_writer;

/*
 * Private to trunk*.c: a call with the credential of the test's scope.
 * call->url is a path; a call->deadline before the job's holds.
 */
enum err trunk_call(struct job *, const struct test *, struct http_call *,
    struct http_answer *);

/* What an answer that is no success asks of the sender. */
enum err trunk_refusal(struct job *, const struct http_answer *,
    const char *what);

/* The member "repo" of a v1 request. */
void trunk_put_repository(struct json_writer *, const struct repository *);

/* "/v2/tests/ID" and a tail, or NULL; ids are not ours, so one segment. */
const char *trunk_test_path(struct job *, const char *id, const char *tail);

/*
 * The test as get-test-details (v1) shows it, for trunk_ticket(): what
 * trunk_details() got a moment ago is good enough, once; else it is asked
 * for.  ERR_ABSENT: Trunk does not know it, or cannot be asked.
 */
enum err trunk_test(struct job *, const struct test *, const struct json **);

#endif
