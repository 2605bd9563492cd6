#ifndef CACHE_H_
#define CACHE_H_

#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * Names that were resolved to ids, kept for a short life.  Shared by all
 * threads.  A key holds everything the value depends on, e.g.
 * "eng|team|ENG".
 */
struct cache;

enum {
	CACHE_LIFE = 5 * 60 * 1000,	/* ms a value is believed */
	CACHE_SLOTS = 1024		/* values kept; the oldest goes first */
};

/* A new cache, or NULL without memory. */
struct cache *cache_new(void);
void cache_free(struct cache *);

/* A copy in the arena, or NULL if unknown or too old. now: monotonic ms. */
const char *cache_get(struct cache *, struct arena *, const char *key,
    int64_t now);
/* Best effort: without memory nothing is kept. */
void cache_put(struct cache *, const char *key, const char *value,
    int64_t now);
/* Forget all values whose key begins so (e.g. after a refusal). */
void cache_drop(struct cache *, const char *prefix);

#endif
