#ifndef JSON_H_
#define JSON_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"

struct arena;

/*
 * Strict JSON (RFC 8259) over yajl's callback parser, as a small tree in an
 * arena, and a writer over yajl's generator.
 *
 * Refused, because somebody else would read them differently: bytes that
 * are not UTF-8 before or after decoding, raw control bytes, a NUL in a key
 * or a value, form feeds and comments, anything after the value, equal keys
 * in one object, nesting deeper than JSON_DEPTH.  A lone high surrogate
 * escape reads as '?'; a lone low one is refused.
 * Numbers stay the text they were.
 */
enum {
	JSON_DEPTH = 64,	/* nested arrays and objects when read */
	JSON_WRITE_DEPTH = 127	/* and when written */
};

enum json_type {
	JSON_NULL,		/* null */
	JSON_BOOL,		/* truth */
	JSON_NUMBER,		/* text as it was written */
	JSON_STRING,		/* text decoded, NUL-terminated */
	JSON_ARRAY,		/* children without keys */
	JSON_OBJECT		/* children with keys, in their order */
};

struct json {
	enum json_type	 type;
	bool		 truth;		/* of a JSON_BOOL */
	const char	*key;		/* in an object, else NULL */
	const char	*text;		/* of a string or a number */
	size_t		 len;		/* of text; children of the others */
	struct json	*child;		/* the first */
	struct json	*next;		/* the next sibling */
};

/*
 * Parse len bytes into *tree, which lives in the arena (the source may go).
 * Fails with ERR_MALFORMED (the sentence names the byte offset) or
 * ERR_NOMEM.  Bytes count from 1; the one named is the last that was read.
 */
enum err json_parse(struct arena *, const void *, size_t len,
    const struct json **tree, struct why *);

/*
 * The member reached by a path of keys such as "test_case.repository.id"
 * (no key that holds a dot can be reached so), or NULL.  NULL in, NULL out.
 */
const struct json *json_get(const struct json *, const char *path);

/* The string there, or NULL when it is absent or of another type. */
const char *json_string(const struct json *, const char *path);

/* The same, but NULL for an empty string too. */
const char *json_text(const struct json *, const char *path);

/*
 * The boolean or number there; false, and *out untouched, if there is none
 * or if it does not fit.  json_int() takes "5", not "5.0" or "5e0".
 */
bool json_bool(const struct json *, const char *path, bool *out);
bool json_double(const struct json *, const char *path, double *out);
bool json_int(const struct json *, const char *path, int64_t *out);

/* A string that clock_parse() takes, in ms; 0 if there is none. */
int64_t json_time(const struct json *, const char *path);

/*
 * The writer.  Keys are given with each value, NULL inside an array:
 *
 *	struct json_writer w;
 *
 *	json_open(&w, &buf);
 *	json_begin(&w, NULL, JSON_OBJECT);
 *	json_put_string(&w, "query", text);
 *	json_begin(&w, "ids", JSON_ARRAY);
 *	json_put_string(&w, NULL, "a");
 *	json_end(&w);
 *	json_end(&w);
 *
 * It writes to the buf, whose failure is sticky; so nothing is returned
 * here.  A NULL text puts null; text that is not UTF-8 has U+FFFD in the
 * place of each bad byte.  A call that would not give JSON (a key in an
 * array, none in an object, one json_end() too many, a second value at the
 * top, nesting beyond JSON_WRITE_DEPTH) fails the buf too.
 */
struct json_writer {
	struct buf		*buf;
	struct yajl_gen_t	*gen;	/* in the buf's arena */
	size_t			 depth;	/* open arrays and objects */
	bool			 array[JSON_WRITE_DEPTH]; /* which are arrays */
};

void json_open(struct json_writer *, struct buf *);
void json_begin(struct json_writer *, const char *key, enum json_type);
void json_end(struct json_writer *);
void json_put_string(struct json_writer *, const char *key, const char *);
void json_put_bool(struct json_writer *, const char *key, bool);
void json_put_int(struct json_writer *, const char *key, int64_t);
void json_put_null(struct json_writer *, const char *key);
/* Text that is JSON already, put as it is. */
void json_put_raw(struct json_writer *, const char *key, const char *);
/* A parsed tree, written again. */
void json_put_tree(struct json_writer *, const char *key, const struct json *);

#endif
