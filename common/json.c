/*
 * The parser: yajl finds the tokens, this file makes the tree.  Before, the
 * bytes are looked over for what yajl lets pass (json_scan.c); after, the keys
 * of each object are sorted to find one that stands there twice, of which two
 * readers could take a different one.
 */
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/hash.h"
#include "common/json.h"
#include "common/json_pool.h"
#include "common/json_scan.h"
#include "common/utf8.h"

enum {
	KEY_SHOWN = 64		/* bytes of a key in a sentence */
};

/* An array or object that is still open; the first one holds the root. */
struct level {
	struct json	 *node;
	struct json	**tail;		/* where the next child goes */
};

/* A key of the object that just ended. */
struct slot {
	uint64_t	 hash;
	const char	*key;
};

struct parse {
	struct json_pool pool;
	struct why	*why;
	yajl_handle	 yajl;
	enum err	 error;		/* why a callback stopped yajl */
	char		*room;		/* for the next decoded text */
	const char	*key;		/* of the next value */
	struct json	*root;
	struct level	 level[JSON_DEPTH + 1];
	size_t		 depth;
	struct slot	*slots;		/* reused by each object */
	size_t		 nslots;
};

static int
parse_bad(struct parse *p, const char *what)
{
	p->error = err_set(p->why, ERR_MALFORMED, "byte %zu: %s",
	    yajl_get_bytes_consumed(p->yajl), what);
	return (0);
}

static int
parse_nomem(struct parse *p)
{
	p->error = err_set(p->why, ERR_NOMEM, "no memory left for JSON");
	return (0);
}

static struct json *
parse_add(struct parse *p, enum json_type type)
{
	struct level *up = &p->level[p->depth];
	struct json *node;

	node = arena_alloc(p->pool.arena, sizeof(*node));
	if (node == NULL) {
		parse_nomem(p);
		return (NULL);
	}
	node->type = type;
	node->key = p->key;
	p->key = NULL;
	*up->tail = node;
	up->tail = &node->next;
	if (up->node != NULL)
		up->node->len++;
	return (node);
}

/*
 * No text is longer decoded than written, and its NUL takes the place of a
 * quote or of what follows a number: one room of len + 1 holds them all.
 */
static const char *
parse_keep(struct parse *p, const void *s, size_t n)
{
	char *to = p->room;

	memcpy(to, s, n);
	to[n] = '\0';
	p->room += n + 1;
	return (to);
}

static int
parse_check(struct parse *p, const void *s, size_t n)
{
	if (memchr(s, '\0', n) != NULL)
		return (parse_bad(p, "a NUL in the string that ends here"));
	if (!utf8_valid(s, n))
		return (parse_bad(p,
		    "half a surrogate pair in the string that ends here"));
	return (1);
}

static int
on_null(void *ctx)
{
	return (parse_add(ctx, JSON_NULL) != NULL);
}

static int
on_bool(void *ctx, int truth)
{
	struct json *node;

	if ((node = parse_add(ctx, JSON_BOOL)) == NULL)
		return (0);
	node->truth = truth != 0;
	return (1);
}

static int
on_number(void *ctx, const char *s, size_t n)
{
	struct json *node;

	if ((node = parse_add(ctx, JSON_NUMBER)) == NULL)
		return (0);
	node->text = parse_keep(ctx, s, n);
	node->len = n;
	return (1);
}

static int
on_string(void *ctx, const unsigned char *s, size_t n)
{
	struct json *node;

	if (!parse_check(ctx, s, n) ||
	    (node = parse_add(ctx, JSON_STRING)) == NULL)
		return (0);
	node->text = parse_keep(ctx, s, n);
	node->len = n;
	return (1);
}

static int
on_key(void *ctx, const unsigned char *s, size_t n)
{
	struct parse *p = ctx;

	if (!parse_check(p, s, n))
		return (0);
	p->key = parse_keep(p, s, n);
	return (1);
}

static int
parse_open(struct parse *p, enum json_type type)
{
	struct json *node;

	if (p->depth == JSON_DEPTH)
		return (parse_bad(p, "nested too deep"));
	if ((node = parse_add(p, type)) == NULL)
		return (0);
	p->depth++;
	p->level[p->depth].node = node;
	p->level[p->depth].tail = &node->child;
	return (1);
}

static int
on_object(void *ctx)
{
	return (parse_open(ctx, JSON_OBJECT));
}

static int
on_array(void *ctx)
{
	return (parse_open(ctx, JSON_ARRAY));
}

static int
on_array_end(void *ctx)
{
	struct parse *p = ctx;

	p->depth--;
	return (1);
}

/* Only an order that is quick to compare, so it may collide. */
static uint64_t
slot_hash(const char *s)
{
	return (hash_add(HASH_START, s, strlen(s)));
}

static int
slot_order(const struct slot *a, const struct slot *b)
{
	if (a->hash != b->hash)
		return (a->hash < b->hash ? -1 : 1);
	return (strcmp(a->key, b->key));
}

static void
slot_sink(struct slot *s, size_t at, size_t n)
{
	struct slot moved = s[at];
	size_t down;

	while ((down = 2 * at + 1) < n) {
		if (down + 1 < n && slot_order(&s[down], &s[down + 1]) < 0)
			down++;
		if (slot_order(&moved, &s[down]) >= 0)
			break;
		s[at] = s[down];
		at = down;
	}
	s[at] = moved;
}

/* Heapsort: qsort() may be quadratic or call malloc(). */
static void
slot_sort(struct slot *s, size_t n)
{
	struct slot top;
	size_t i;

	for (i = n / 2; i-- > 0;)
		slot_sink(s, i, n);
	for (i = n; i-- > 1;) {
		top = s[0];
		s[0] = s[i];
		s[i] = top;
		slot_sink(s, 0, i);
	}
}

static bool
slot_fill(struct parse *p, const struct json *object)
{
	const struct json *c;
	struct slot *s;

	if (object->len > p->nslots) {
		p->nslots = 2 * object->len;
		p->slots = arena_alloc(p->pool.arena,
		    p->nslots * sizeof(*p->slots));
		if (p->slots == NULL)
			return (false);
	}
	for (s = p->slots, c = object->child; c != NULL; c = c->next, s++) {
		s->hash = slot_hash(c->key);
		s->key = c->key;
	}
	return (true);
}

static int
parse_twins(struct parse *p, const char *key)
{
	size_t n = utf8_cut_bytes(key, strlen(key), KEY_SHOWN);

	p->error = err_set(p->why, ERR_MALFORMED,
	    "byte %zu: the object that ends here has the key \"%.*s\" twice",
	    yajl_get_bytes_consumed(p->yajl), (int)n, key);
	return (0);
}

static int
on_object_end(void *ctx)
{
	struct parse *p = ctx;
	const struct json *object = p->level[p->depth].node;
	size_t i;

	p->depth--;
	if (object->len < 2)
		return (1);
	if (!slot_fill(p, object))
		return (parse_nomem(p));
	slot_sort(p->slots, object->len);
	for (i = 1; i < object->len; i++)
		if (slot_order(&p->slots[i - 1], &p->slots[i]) == 0)
			return (parse_twins(p, p->slots[i].key));
	return (1);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_bool,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_object_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_array_end
};

static enum err
parse_failed(struct parse *p, yajl_status status, const char *s, size_t at)
{
	const unsigned char *what;

	if (status == yajl_status_client_canceled)
		return (p->error);
	what = yajl_get_error(p->yajl, 0, (const unsigned char *)s, at);
	return (err_set(p->why, ERR_MALFORMED, "byte %zu: %.*s", at,
	    (int)strcspn((const char *)what, "\n"), (const char *)what));
}

static enum err
parse_run(struct parse *p, const char *s, size_t len)
{
	yajl_status status;
	size_t open, used;
	bool made;

	if (setjmp(p->pool.nomem) != 0) {
		parse_nomem(p);
		return (p->error);
	}
	p->yajl = yajl_alloc(&callbacks, &p->pool.funcs, p);
	status = yajl_parse(p->yajl, (const unsigned char *)s, len);
	if (status != yajl_status_ok)
		return (parse_failed(p, status, s,
		    yajl_get_bytes_consumed(p->yajl)));
	made = p->root != NULL;		/* unless it is a number */
	used = arena_used(p->pool.arena);
	status = yajl_complete_parse(p->yajl);
	if (status != yajl_status_ok)
		return (parse_failed(p, status, s, len));
	/* For that end yajl took 2 KiB, and it is the last time. */
	if (made)
		arena_back(p->pool.arena, used);
	if ((open = json_scan_open(s, len)) < len)
		return (err_set(p->why, ERR_MALFORMED, "byte %zu: a string "
		    "that does not end, behind the value", open + 1));
	return (OK);
}

enum err
json_parse(struct arena *arena, const void *source, size_t len,
    const struct json **tree, struct why *why)
{
	struct parse p = { .why = why };
	const char *s;
	enum err e;

	if (len == 0)
		return (err_set(why, ERR_MALFORMED, "byte 0: empty"));
	if ((e = json_scan_bytes(source, len, why)) != OK)
		return (e);
	json_pool_init(&p.pool, arena);
	p.level[0].tail = &p.root;
	s = json_scan_mend(arena, source, len);
	p.room = arena_alloc(arena, len + 1);
	if (s == NULL || p.room == NULL) {
		parse_nomem(&p);
		return (p.error);
	}
	if ((e = parse_run(&p, s, len)) == OK)
		*tree = p.root;
	return (e);
}
