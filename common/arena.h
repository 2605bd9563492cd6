#ifndef ARENA_H_
#define ARENA_H_

#include <stdbool.h>
#include <stddef.h>

/*
 * Memory that dies together: one arena for each request (and one for each
 * configuration).
 *
 *	arena = arena_new(4 << 20);
 *	for each request:
 *		... arena_alloc(arena, n) ...
 *		arena_reset(arena);
 *	arena_free(arena);
 *
 * The cap is what the arena may hand out in all between two resets; beyond
 * it arena_alloc() returns NULL, which is also how the tests make memory
 * fail.  The first pages are kept over a reset, so that a warm arena asks the
 * system for nothing.  An arena is used by one thread at a time.
 */
struct arena;

/* A new arena that hands out at most cap bytes, or NULL without memory. */
struct arena *arena_new(size_t cap);

/* Give everything back.  NULL is accepted. */
void arena_free(struct arena *);

/* Forget what was handed out; every pointer from this arena is dead. */
void arena_reset(struct arena *);

/* Zeroed memory aligned for any type; NULL beyond the cap. n may be 0. */
void *arena_alloc(struct arena *, size_t n);

/*
 * Make the block that was handed out last n bytes instead of old ones, where
 * it is: what is new of it is zero.  false: another one came after it, or
 * the cap is reached; nothing has changed then.  n is at least old.
 */
bool arena_grow(struct arena *, void *, size_t old, size_t n);

/*
 * Take back what was handed out last, since arena_used() was so many bytes;
 * pointers to it are dead.
 */
void arena_back(struct arena *, size_t used);

/* NUL-terminated copies; NULL beyond the cap (or if the source is NULL). */
char *arena_strdup(struct arena *, const char *);
char *arena_strndup(struct arena *, const char *, size_t);

/* Formatted text, or NULL beyond the cap. */
char *arena_printf(struct arena *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes handed out since the last reset, rounding included. */
size_t arena_used(const struct arena *);

#endif
