/*
 * Text that grows, in an arena and up to a limit.  A failure, no memory or
 * the limit, is kept in the buffer, so that only buf_text() need be asked;
 * what was in it until then is not handed out as if it were whole.
 */
#include "common/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/arena.h"

enum {
	BUF_FIRST = 64		/* bytes of the first allocation */
};

void
buf_init(struct buf *b, struct arena *a, size_t limit)
{
	memset(b, 0, sizeof(*b));
	b->arena = a;
	b->limit = limit;
}

/* Where there is no room; says whether there is now. */
static bool
grow(struct buf *b, size_t n)
{
	size_t	 need, size;
	char	*data;

	if (n > b->limit - b->len || n >= (size_t)-1 - b->len) {
		b->failed = true;
		return (false);
	}
	need = b->len + n + 1;
	/* Doubling, so that a text of n bytes costs at most some 4n. */
	size = b->size > 0 ? b->size : BUF_FIRST / 2;
	size = size <= (size_t)-1 / 2 ? size * 2 : need;
	if (size < need)
		size = need;
	if (size - 1 > b->limit)
		size = b->limit + 1;
	if (b->data != NULL && arena_grow(b->arena, b->data, b->size, size)) {
		b->size = size;
		return (true);
	}
	if ((data = arena_alloc(b->arena, size)) == NULL) {
		b->failed = true;
		return (false);
	}
	if (b->data != NULL)
		memcpy(data, b->data, b->len);
	b->data = data;
	b->size = size;
	return (true);
}

/* Room for n more bytes and a NUL; most often there is. */
static inline bool
reserve(struct buf *b, size_t n)
{
	return (!b->failed && (n < b->size - b->len || grow(b, n)));
}

void
buf_add(struct buf *b, const void *data, size_t n)
{
	if (!reserve(b, n))
		return;
	if (n > 0)
		memcpy(b->data + b->len, data, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_str(struct buf *b, const char *s)
{
	if (s == NULL)
		b->failed = true;
	else
		buf_add(b, s, strlen(s));
}

void
buf_char(struct buf *b, char c)
{
	if (!reserve(b, 1))
		return;
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list	ap;
	int	n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return;
	}
	if (!reserve(b, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

const char *
buf_text(struct buf *b)
{
	if (b->failed)
		return (NULL);
	return (b->data != NULL ? b->data : "");
}
