#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "handler/config_read.h"

const struct tracker *
config_tracker(const struct config *c, const char *name)
{
	const struct tracker *t;

	if (name == NULL)
		return (NULL);
	for (t = c->trackers; t != NULL; t = t->next)
		if (strcmp(t->name, name) == 0)
			break;
	return (t);
}

uint32_t
config_hash(uint32_t hash, const char *text, bool nocase)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (nocase && c >= 'A' && c <= 'Z')
			c = (unsigned char)(c - 'A' + 'a');
		hash = (hash ^ c) * UINT32_C(16777619);
	}
	/* An end, so that "ab", "c" is not "a", "bc". */
	return ((hash ^ 0xff) * UINT32_C(16777619));
}

static const char *
bare(const char *owner)
{
	return (owner + (owner[0] == '@'));
}

enum err
config_owners_index(struct config *c)
{
	const struct owner *o, **slot;
	size_t n = 0, size = 8, i;

	for (o = c->owners; o != NULL; o = o->next)
		n++;
	while (size < 2 * n)
		size *= 2;
	if ((slot = arena_alloc(c->arena, size * sizeof(void *))) == NULL)
		return (ERR_NOMEM);
	for (o = c->owners; o != NULL; o = o->next) {
		i = config_hash(0, bare(o->name), true) & (size - 1);
		while (slot[i] != NULL)
			i = (i + 1) & (size - 1);
		slot[i] = o;
	}
	c->owner_slots = slot;
	c->owner_mask = size - 1;
	return (OK);
}

const struct owner *
config_owner(const struct config *c, const char *name)
{
	const struct owner *o;
	size_t i;

	name = bare(name);
	if (c->owner_slots == NULL) {
		for (o = c->owners; o != NULL; o = o->next)
			if (strcasecmp(bare(o->name), name) == 0)
				break;
		return (o);
	}
	i = config_hash(0, name, true) & c->owner_mask;
	while ((o = c->owner_slots[i]) != NULL &&
	    strcasecmp(bare(o->name), name) != 0)
		i = (i + 1) & c->owner_mask;
	return (o);
}
