#ifndef STRICT_H_
#define STRICT_H_

#include <stdbool.h>
#include <stddef.h>

/*
 * Another reader of JSON to compare ours with: jansson, whose names would be
 * in the way of ours.  https://jansson.readthedocs.io/en/latest/apiref.html
 */
struct strict;

enum strict_verdict {
	STRICT_TAKEN,
	STRICT_REFUSED,
	STRICT_RANGE,		/* a number that no type of its holds */
	STRICT_SURROGATE	/* half a surrogate pair */
};

/* *tree is set when it is taken, and is for strict_free(). */
enum strict_verdict strict_read(const void *, size_t, struct strict **tree);
void strict_free(struct strict *);

/* One of "{[\"0tfn": what it is. */
char strict_kind(const struct strict *);
/* Children of an object or an array. */
size_t strict_size(const struct strict *);
const struct strict *strict_member(const struct strict *, const char *key);
const struct strict *strict_item(const struct strict *, size_t);
/* The deepest nesting. */
size_t strict_depth(const struct strict *);
const char *strict_text(const struct strict *, size_t *len);
double strict_number(const struct strict *);

#endif
