/*
 * A writer that cannot make JSON that is wrong: it knows which of the open
 * objects and arrays it is in, and whether a key or a comma is due.  The
 * first misuse, or a buffer that is full, sticks in the buffer, so callers
 * ask once, at the end.
 */
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <yajl/yajl_gen.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "common/json_pool.h"
#include "common/utf8.h"

#define REPLACEMENT	"\xef\xbf\xbd"	/* U+FFFD */

static void
write_out(void *buf, const char *s, size_t n)
{
	buf_add(buf, s, n);
}

static void
write_fail(struct json_writer *w)
{
	w->buf->failed = true;
}

static void
write_check(struct json_writer *w, yajl_gen_status status)
{
	if (status != yajl_gen_status_ok)
		write_fail(w);
}

void
json_open(struct json_writer *w, struct buf *buf)
{
	struct json_pool pool;

	memset(w, 0, sizeof(*w));
	w->buf = buf;
	json_pool_init(&pool, buf->arena);
	if (setjmp(pool.nomem) != 0) {
		write_fail(w);
		return;
	}
	w->gen = yajl_gen_alloc(&pool.funcs);
	yajl_gen_config(w->gen, yajl_gen_print_callback, write_out, buf);
}

static void
write_text(struct json_writer *w, const char *s, size_t n)
{
	struct buf mended;
	size_t i, len;

	if (!utf8_valid(s, n)) {
		buf_init(&mended, w->buf->arena,
		    n * (sizeof(REPLACEMENT) - 1));
		for (i = 0; i < n; i += len)
			if (utf8_next(s + i, n - i, &len) == 0xfffd)
				buf_str(&mended, REPLACEMENT);
			else
				buf_add(&mended, s + i, len);
		if ((s = buf_text(&mended)) == NULL) {
			write_fail(w);
			return;
		}
		n = mended.len;
	}
	write_check(w, yajl_gen_string(w->gen, (const unsigned char *)s, n));
}

/* May a value follow?  A key stands in an object and nowhere else. */
static bool
write_key(struct json_writer *w, const char *key)
{
	bool wanted = w->depth > 0 && !w->array[w->depth - 1];

	if (w->buf->failed)
		return (false);
	if (wanted != (key != NULL)) {
		write_fail(w);
		return (false);
	}
	if (wanted)
		write_text(w, key, strlen(key));
	return (!w->buf->failed);
}

void
json_begin(struct json_writer *w, const char *key, enum json_type type)
{
	if (!write_key(w, key))
		return;
	if (w->depth == JSON_WRITE_DEPTH) {
		write_fail(w);
		return;
	}
	w->array[w->depth++] = type == JSON_ARRAY;
	write_check(w, type == JSON_ARRAY ?
	    yajl_gen_array_open(w->gen) : yajl_gen_map_open(w->gen));
}

void
json_end(struct json_writer *w)
{
	if (w->buf->failed)
		return;
	if (w->depth == 0) {
		write_fail(w);
		return;
	}
	write_check(w, w->array[--w->depth] ?
	    yajl_gen_array_close(w->gen) : yajl_gen_map_close(w->gen));
}

void
json_put_string(struct json_writer *w, const char *key, const char *s)
{
	if (s == NULL)
		json_put_null(w, key);
	else if (write_key(w, key))
		write_text(w, s, strlen(s));
}

void
json_put_bool(struct json_writer *w, const char *key, bool truth)
{
	if (write_key(w, key))
		write_check(w, yajl_gen_bool(w->gen, truth));
}

void
json_put_int(struct json_writer *w, const char *key, int64_t n)
{
	if (write_key(w, key))
		write_check(w, yajl_gen_integer(w->gen, n));
}

void
json_put_null(struct json_writer *w, const char *key)
{
	if (write_key(w, key))
		write_check(w, yajl_gen_null(w->gen));
}

void
json_put_raw(struct json_writer *w, const char *key, const char *s)
{
	if (s == NULL)
		json_put_null(w, key);
	else if (write_key(w, key))	/* yajl puts a number as it is */
		write_check(w, yajl_gen_number(w->gen, s, strlen(s)));
}

static void
write_node(struct json_writer *w, const char *key, const struct json *j)
{
	switch (j->type) {
	case JSON_NULL:
		json_put_null(w, key);
		break;
	case JSON_BOOL:
		json_put_bool(w, key, j->truth);
		break;
	case JSON_NUMBER:
		json_put_raw(w, key, j->text);
		break;
	case JSON_STRING:
		json_put_string(w, key, j->text);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		json_begin(w, key, j->type);
		break;
	}
}

static bool
is_open(const struct json *j)
{
	return (j->type == JSON_ARRAY || j->type == JSON_OBJECT);
}

void
json_put_tree(struct json_writer *w, const char *key, const struct json *j)
{
	const struct json *up[JSON_WRITE_DEPTH];
	const struct json *next;
	size_t depth = 0;

	if (j == NULL) {
		json_put_null(w, key);
		return;
	}
	for (;; j = next) {
		write_node(w, depth == 0 ? key : j->key, j);
		if (w->buf->failed)
			return;
		if (is_open(j)) {
			up[depth++] = j;
			next = j->child;
		} else
			next = j->next;
		while (depth > 0 && next == NULL) {
			json_end(w);
			next = up[--depth]->next;
		}
		if (depth == 0)
			return;
	}
}
