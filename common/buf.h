#ifndef BUF_H_
#define BUF_H_

#include <stdbool.h>
#include <stddef.h>

struct arena;

/*
 * Text that grows in an arena up to a limit it is born with.
 *
 *	struct buf b;
 *
 *	buf_init(&b, arena, 30000);
 *	buf_str(&b, "hello ");
 *	buf_printf(&b, "%d", n);
 *	if ((text = buf_text(&b)) == NULL)
 *		... memory or the limit ran out; nothing was overwritten ...
 *
 * Failure is sticky: once an addition did not fit, the buffer stays as it
 * was before that addition, later additions do nothing, and buf_text() is
 * NULL.  So a writer need not check each step, nor the NULL that
 * arena_printf() may hand to buf_str(): it counts as a failure.
 */
struct buf {
	struct arena	*arena;
	char		*data;		/* NUL-terminated once anything is in */
	size_t		 len;		/* bytes without that NUL */
	size_t		 size;		/* bytes allocated */
	size_t		 limit;		/* len never exceeds this */
	bool		 failed;
};

void buf_init(struct buf *, struct arena *, size_t limit);
void buf_add(struct buf *, const void *, size_t);
void buf_str(struct buf *, const char *);
void buf_char(struct buf *, char);
void buf_printf(struct buf *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* The text so far ("" if nothing was added), or NULL after a failure. */
const char *buf_text(struct buf *);

#endif
