/*
 * Lets one step of the program fail, in builds that are watched: FAIL=memory,
 * FAIL=disk or FAIL=net in its environment, and FAIL_SEEN, a file.  The first
 * step of that kind that is reached on a way not yet in the file fails, once;
 * "failed KIND" is written to standard error, and the way is added.  So when
 * the program is run until it says no more, every way has failed.
 *
 * memory: an arena has no room; disk: SQLite cannot read or write; net: a
 * host does not answer.
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/http.h"

/*
 * Way back to where a step was asked for, so many calls deep.  Looked at in a
 * process that is to fail alone: a thread has not so many.
 */
#define AT(n)	(here(__builtin_return_address(n)))
#define NEAR	(AT(0) * 31 + AT(1))
#define FAR	((NEAR * 31 + AT(2)) * 31 + AT(3))
#define FAILS(what, way)	(is_armed(what) && is_new(what, way))
#pragma GCC diagnostic ignored "-Wframe-address"

enum {
	SEEN_MAX = 65536	/* ways */
};

void	       *__real_arena_alloc(struct arena *, size_t);
void	       *__wrap_arena_alloc(struct arena *, size_t);
char	       *__real_arena_strdup(struct arena *, const char *);
char	       *__wrap_arena_strdup(struct arena *, const char *);
char	       *__real_arena_strndup(struct arena *, const char *, size_t);
char	       *__wrap_arena_strndup(struct arena *, const char *, size_t);
char	       *__wrap_arena_printf(struct arena *, const char *, ...)
		    __attribute__((format(printf, 2, 3)));
const char     *__real_buf_text(struct buf *);
const char     *__wrap_buf_text(struct buf *);
int		__real_sqlite3_step(sqlite3_stmt *);
int		__wrap_sqlite3_step(sqlite3_stmt *);
enum err	__real_http_call(struct http *, struct arena *,
		    const struct http_call *, struct http_answer *,
		    struct why *);
enum err	__wrap_http_call(struct http *, struct arena *,
		    const struct http_call *, struct http_answer *,
		    struct why *);

extern char	 __executable_start, etext;
static uint64_t	 seen[SEEN_MAX];
static size_t	 nseen;
static char	 kind[16];
static int	 file = -1;

/* A library lies elsewhere in each process: one place is as good. */
static uint64_t
here(const void *address)
{
	uintptr_t	at = (uintptr_t)address, from;

	from = (uintptr_t)&__executable_start;
	return (at < from || at >= (uintptr_t)&etext ? 0 : at - from);
}

/* Before main(), which empties the environment. */
__attribute__((constructor)) static void
begin(void)
{
	const char	*what = getenv("FAIL"), *path = getenv("FAIL_SEEN");
	ssize_t		 n;

	if (what == NULL || path == NULL)
		return;
	(void)snprintf(kind, sizeof(kind), "%s", what);
	file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	n = read(file, seen, sizeof(seen));
	nseen = n > 0 ? (size_t)n / sizeof(seen[0]) : 0;
}

static bool
is_armed(const char *what)
{

	return (file >= 0 && strcmp(kind, what) == 0);
}

/* Shall it fail?  At most once in a process. */
static bool
is_new(const char *what, uint64_t way)
{

	for (size_t i = 0; i < nseen; i++)
		if (seen[i] == way)
			return (false);
	(void)!write(file, &way, sizeof(way));
	close(file);
	file = -1;
	dprintf(STDERR_FILENO, "failed %s\n", what);
	return (true);
}

void *
__wrap_arena_alloc(struct arena *a, size_t n)
{

	return (FAILS("memory", NEAR) ? NULL : __real_arena_alloc(a, n));
}

char *
__wrap_arena_strdup(struct arena *a, const char *s)
{

	return (FAILS("memory", NEAR) ? NULL : __real_arena_strdup(a, s));
}

char *
__wrap_arena_strndup(struct arena *a, const char *s, size_t n)
{

	return (FAILS("memory", NEAR) ? NULL : __real_arena_strndup(a, s, n));
}

char *
__wrap_arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list	 ap;
	char	*text = NULL, *copy;

	if (FAILS("memory", NEAR))
		return (NULL);
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	copy = __real_arena_strdup(a, text);
	free(text);
	return (copy);
}

/* What was whole once is so when it is asked for again. */
const char *
__wrap_buf_text(struct buf *b)
{
	static const struct buf *whole;
	static const char *text;

	if (b == whole && b->data == text)
		return (__real_buf_text(b));
	if (FAILS("memory", NEAR))
		b->failed = true;
	whole = b;
	text = b->data;
	return (__real_buf_text(b));
}

int
__wrap_sqlite3_step(sqlite3_stmt *stmt)
{

	return (FAILS("disk", FAR) ? SQLITE_IOERR : __real_sqlite3_step(stmt));
}

enum err
__wrap_http_call(struct http *http, struct arena *arena,
    const struct http_call *call, struct http_answer *answer, struct why *why)
{
	struct http_call	nobody = *call;

	if (FAILS("net", FAR))
		nobody.url = "https://127.0.0.1:1/";
	return (__real_http_call(http, arena, &nobody, answer, why));
}
