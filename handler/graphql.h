#ifndef GRAPHQL_H_
#define GRAPHQL_H_

#include <stdbool.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/http.h"
#include "common/json.h"

struct job;
struct tracker;

/*
 * One call of Linear's GraphQL endpoint.
 *
 *	struct graphql q = { .tracker = t, .what = "finding the team",
 *	    .document = TEAM };
 *
 *	graphql_open(job, &q);
 *	json_put_string(&q.w, "key", key);	each variable
 *	e = graphql_call(job, &q, &data);	or graphql_text(&q)
 *
 * OK gives the answer's data.  The body decides, not the HTTP status:
 * a rate limit comes on 400, a conflict on 400 or 200, errors on 200.
 * Values travel as variables alone, so no text can change a document.
 */
struct graphql {
	const struct tracker	*tracker;
	const char		*what;		/* for sentences */
	const char		*document;
	struct buf		 buf;
	struct json_writer	 w;
	struct http_answer	 answer;	/* of the last try */
	/* of a refusal: */
	bool			 conflict;	/* "conflict on insert of …" */
	bool			 missing;	/* "Entity not found: …" */
	bool			 credential;	/* the key may not do that */
	bool			 stranger;	/* it is not accepted at all */
	const char		*message;	/* terse; "" at least */
	const char		*shown;		/* for people, or NULL */
	const char		*field;		/* of the input, or NULL */
};

void graphql_open(struct job *, struct graphql *);
/* The request as it will be sent; NULL without memory. */
const char *graphql_text(struct graphql *);
enum err graphql_call(struct job *, struct graphql *, const struct json **);

#endif
