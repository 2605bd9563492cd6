#ifndef ERR_H_
#define ERR_H_

/*
 * What went wrong, named by what the one who asked should do about it.
 *
 * A function that can fail returns an enum err and, once, where it happened,
 * writes the sentence for people:
 *
 *	if (len > MAX)
 *		return (err_set(why, ERR_TOO_LARGE, "body of %zu bytes", len));
 *
 * Its callers pass the value up untouched; nobody overwrites a sentence.
 * A sentence says what is wrong, where, and what to do; it never holds a
 * secret.
 */
enum err {
	OK = 0,			/* done */
	ERR_ABSENT,		/* looked for, and certainly not there */
	ERR_MALFORMED,		/* not what it claims to be: do not repeat it */
	ERR_UNVERIFIED,		/* the sender did not prove who it is */
	ERR_FORBIDDEN,		/* not for this person */
	ERR_NOT_FOUND,		/* no such path */
	ERR_METHOD,		/* this path takes another method */
	ERR_LENGTH,		/* a length is needed */
	ERR_TOO_LARGE,		/* larger than the configured limit */
	ERR_REFUSED,		/* a tracker said no: a person must act */
	ERR_LINK_REFUSED,	/* Trunk said no to a link: a person must act */
	ERR_BUSY,		/* all workers are taken: try again */
	ERR_UPSTREAM,		/* nothing was done over there: try again */
	ERR_UNKNOWN,		/* may have been done: try again, carefully */
	ERR_DEADLINE,		/* out of time: try again */
	ERR_LEDGER,		/* we cannot write our own record: try again */
	ERR_NOMEM,		/* the request's memory cap is reached */
	ERR_CONFIG,		/* the configuration is wrong */
	ERR_COUNT		/* how many there are */
};

enum {
	WHY_MAX = 1024		/* bytes of one sentence, NUL included */
};

/* The sentence that goes with an error.  Zero-initialise it. */
struct why {
	char text[WHY_MAX];
};

/*
 * Record the sentence and return e.  A text longer than WHY_MAX is cut on a
 * character boundary.  why may be NULL: then only e is returned.
 */
enum err err_set(struct why *, enum err, const char *, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef __clang_analyzer__
/* What the analyser cannot see from here: the error comes back. */
#define err_set(why, e, ...) ((void)err_set(why, e, __VA_ARGS__), (e))
#endif

/* The error's name as the log writes it, e.g. "unverified". */
const char *err_name(enum err);

#endif
