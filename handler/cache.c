/*
 * Names to ids, as the trackers told them, for as long as the process lives
 * and at most for their time.  A few slots are searched one after the other,
 * which costs nothing beside the request that a hit saves.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "handler/cache.h"

struct slot {
	char	*key;			/* NULL: free */
	char	*value;
	int64_t	 since;			/* monotonic ms */
};

struct cache {
	pthread_mutex_t	 mutex;
	size_t		 used;		/* slots from here on are free */
	struct slot	 slot[CACHE_SLOTS];
};

struct cache *
cache_new(void)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (c != NULL && pthread_mutex_init(&c->mutex, NULL) != 0) {
		free(c);
		return (NULL);
	}
	return (c);
}

static void
clear(struct slot *s)
{
	free(s->key);
	free(s->value);
	s->key = s->value = NULL;
}

void
cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->used; i++)
		clear(&c->slot[i]);
	pthread_mutex_destroy(&c->mutex);
	free(c);
}

static struct slot *
find(struct cache *c, const char *key)
{
	for (size_t i = 0; i < c->used; i++)
		if (c->slot[i].key != NULL &&
		    strcmp(c->slot[i].key, key) == 0)
			return (&c->slot[i]);
	return (NULL);
}

/* A free slot, else the oldest. */
static struct slot *
room(struct cache *c)
{
	struct slot *oldest = &c->slot[0];

	for (size_t i = 0; i < c->used; i++) {
		if (c->slot[i].key == NULL)
			return (&c->slot[i]);
		if (c->slot[i].since < oldest->since)
			oldest = &c->slot[i];
	}
	return (c->used < CACHE_SLOTS ? &c->slot[c->used++] : oldest);
}

const char *
cache_get(struct cache *c, struct arena *arena, const char *key, int64_t now)
{
	const char *value = NULL;
	struct slot *s;

	pthread_mutex_lock(&c->mutex);
	s = find(c, key);
	if (s != NULL && now - s->since < CACHE_LIFE)
		value = arena_strdup(arena, s->value);
	pthread_mutex_unlock(&c->mutex);
	return (value);
}

void
cache_put(struct cache *c, const char *key, const char *value, int64_t now)
{
	struct slot fresh = { strdup(key), strdup(value), now };
	struct slot *s, old;

	if (fresh.key == NULL || fresh.value == NULL) {
		clear(&fresh);
		return;
	}
	pthread_mutex_lock(&c->mutex);
	if ((s = find(c, key)) == NULL)
		s = room(c);
	old = *s;
	*s = fresh;
	pthread_mutex_unlock(&c->mutex);
	clear(&old);
}

void
cache_drop(struct cache *c, const char *prefix)
{
	size_t n = strlen(prefix);

	pthread_mutex_lock(&c->mutex);
	for (size_t i = 0; i < c->used; i++)
		if (c->slot[i].key != NULL &&
		    strncmp(c->slot[i].key, prefix, n) == 0)
			clear(&c->slot[i]);
	while (c->used > 0 && c->slot[c->used - 1].key == NULL)
		c->used--;
	pthread_mutex_unlock(&c->mutex);
}
