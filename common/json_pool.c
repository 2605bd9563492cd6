#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <yajl/yajl_common.h>

#include "common/arena.h"
#include "common/json_pool.h"

/* In front of each block: realloc must know how much to copy. */
union head {
	size_t		size;
	max_align_t	align;
};

static void *
pool_take(void *ctx, size_t n)
{
	struct json_pool *pool = ctx;
	union head *h = NULL;

	if (n <= SIZE_MAX - sizeof(*h))
		h = arena_alloc(pool->arena, sizeof(*h) + n);
	if (h == NULL)
		longjmp(pool->nomem, 1);
	h->size = n;
	return (h + 1);
}

static void *
pool_retake(void *ctx, void *old, size_t n)
{
	union head *h = old;
	void *new;

	if (old == NULL)
		return (pool_take(ctx, n));
	new = pool_take(ctx, n);
	memcpy(new, old, n < h[-1].size ? n : h[-1].size);
	return (new);
}

static void
pool_give(void *ctx, void *p)
{
	(void)ctx;
	(void)p;
}

void
json_pool_init(struct json_pool *pool, struct arena *arena)
{
	pool->arena = arena;
	pool->funcs.malloc = pool_take;
	pool->funcs.realloc = pool_retake;
	pool->funcs.free = pool_give;
	pool->funcs.ctx = pool;
}
