#ifndef JSON_POOL_H_
#define JSON_POOL_H_

#include <setjmp.h>

#include <yajl/yajl_common.h>

struct arena;

/*
 * Memory for yajl from an arena; for json.c and json_write.c only.
 *
 * yajl 2.1 does not look whether an allocation worked, so a failure never
 * returns to it: it jumps to where the caller began.  That leaks nothing,
 * since all that yajl holds is in the arena.
 *
 *	struct json_pool pool;
 *
 *	json_pool_init(&pool, arena);
 *	if (setjmp(pool.nomem) != 0)
 *		return (ERR_NOMEM);
 *	handle = yajl_alloc(&callbacks, &pool.funcs, context);
 *
 * yajl may allocate only while the function that called setjmp() runs.
 * What it frees stays in the arena until that is reset; buffers double as
 * they grow, so the copies left behind add up to less than the last one.
 */
struct json_pool {
	yajl_alloc_funcs	 funcs;
	struct arena		*arena;
	jmp_buf			 nomem;
};

void json_pool_init(struct json_pool *, struct arena *);

#endif
