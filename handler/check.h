#ifndef CHECK_H_
#define CHECK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/dest.h"

struct arena;
struct filing;
struct http_answer;
struct http_call;
struct job;
struct target;
struct tracker;

/*
 * Does everything that the configuration names work, before the first
 * delivery comes?  Nothing is written anywhere but in our own ledger.
 *
 *	check_init(&c, &job);
 *	check_ledger(&c, ...);		each of these adds findings
 *	check_trunk(&c);
 *	check_trackers(&c);
 *	check_ways(&c);
 *	check_history(&c);
 *	... c.findings, c.ways, c.failed ...
 *
 * Of each part the first fault is told and the rest of it is left out, since
 * it would only follow: one cause and one sentence of what to do.  A fault
 * keeps something of the configuration from working; a warning does not.
 */
enum check_word {
	CHECK_OK = 0,
	CHECK_WARNING,
	CHECK_FAILED,
	CHECK_SKIPPED		/* what it rests on failed */
};

struct finding {
	enum check_word	 word;
	const char	*place;		/* "[tracker cloud]" */
	const char	*text;
	struct finding	*next;
};

/* A rule, for tests of one [owner] or of any, and where it leads. */
struct check_way {
	enum check_word	 word;
	struct route	 route;
	const char	*place;		/* "PAY Bug", "ENG"; or NULL */
	const char	*text;		/* what is wrong, or NULL */
	struct check_way *next;
};

struct check {
	struct job	*job;
	struct arena	*arena;		/* of what is told */
	struct finding	*findings, **end;
	struct check_way *ways, **ways_end;
	const struct tracker **broken;	/* trackers that failed */
	size_t		 nbroken;
	bool		 clock;		/* something was said of the clock */
	bool		 failed;
	bool		 full;		/* out of memory: not all is told */
};

/* The job has an arena, a configuration, http and a cache. */
void check_init(struct check *, struct job *);

/* Add a finding; a failed one makes all of it fail. */
void check_say(struct check *, enum check_word, const char *place,
    const char *, ...) __attribute__((format(printf, 4, 5)));

/* "ok", "warning", "failed", "skipped". */
const char *check_name(enum check_word);

/* Give the next part of the work a deadline of its own. */
void check_begin(struct check *);

/* ---- check.c, trunk_check.c: the services ---- */
void check_trunk(struct check *);
void check_trackers(struct check *);

/* ---- check_ways.c: from the rules to the places of tickets ---- */

/* All ways; after the trackers. */
void check_ways(struct check *);

/*
 * The names of a target by the code that creates tickets: what would be left
 * out of a ticket is an error here.  The sentence is in job->why.
 */
enum err check_resolve(struct check *, struct target *, struct filing *);

/* ---- check_local.c: what is on this machine ---- */

/* Open the ledger of the job, as its owner, and write to it. */
void check_ledger(struct check *);

/* The socket that the web server is to use; NULL: the shipped one. */
void check_socket(struct check *, const char *path);

/* Libraries with known holes, see hole.h; warnings. */
void check_libraries(struct check *);

/* What the ledger remembers and an operator should look at; warnings. */
void check_history(struct check *);

/* ---- check_net.c: calls that may fail in any way ---- */

/*
 * Make a call.  Without an answer the cause is in job->why, with what to do,
 * where `key` says what names the host: "[trunk] api".
 */
enum err check_call(struct check *, struct http_call *,
    struct http_answer *, const char *key);

/* The same for an answer that another function did not get; returns e. */
enum err check_no_answer(struct check *, const struct http_answer *,
    enum err e, const char *key);

/* Compare our clock with that of an answer, once. */
void check_clock(struct check *, const struct http_answer *);

/* Is the answer a web page?  Is it a log-in page, by its look? */
bool check_is_page(const struct http_answer *);

/*
 * An answer of that host that no API gives: a page, a redirect, 5xx, a
 * limit.  ERR_ABSENT when it is none of these, else the sentence in
 * job->why; ERR_UPSTREAM is likely to pass.
 */
enum err check_stray(struct check *, const struct http_answer *,
    const char *who, const char *key);

#endif
