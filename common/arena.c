#include "common/arena.h"

#include <sys/mman.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under AddressSanitizer what is not handed out may not be touched. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN
#endif
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define hide(p, n)	ASAN_POISON_MEMORY_REGION(p, n)
#define show(p, n)	ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define hide(p, n)	((void)(p), (void)(n))
#define show(p, n)	((void)(p), (void)(n))
#endif

enum {
	ARENA_ALIGN = _Alignof(max_align_t),
	ARENA_WARM = 256 << 10,	/* bytes whose pages stay over a reset */
	ARENA_VEIL = 64 << 10	/* bytes hidden beyond what is handed out */
};

/*
 * One mapping of the whole cap; the kernel gives pages as they are touched.
 * Every byte from base + used on is zero at all times.
 */
struct arena {
	unsigned char	*base;
	size_t		 cap;
	size_t		 size;		/* of the mapping */
	size_t		 used;		/* a multiple of ARENA_ALIGN */
	size_t		 veiled;	/* bytes that were hidden at times */
};

/* To hide all of a large arena would take longer than what it is for. */
static void
veil(struct arena *a)
{
	size_t	want;

	want = a->size - a->used < ARENA_VEIL ? a->size : a->used + ARENA_VEIL;
	if (want <= a->veiled)
		return;
	hide(a->base + a->veiled, want - a->veiled);
	a->veiled = want;
}

struct arena *
arena_new(size_t cap)
{
	struct arena	*a;
	void		*base;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return (NULL);
	a->cap = cap;
	a->size = cap > 0 ? cap : 1;
	base = mmap(NULL, a->size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED) {
		free(a);
		return (NULL);
	}
	a->base = base;
	veil(a);
	return (a);
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	show(a->base, a->veiled);
	munmap(a->base, a->size);
	free(a);
}

void
arena_reset(struct arena *a)
{
	size_t	warm;

	warm = a->used < ARENA_WARM ? a->used : ARENA_WARM;
	show(a->base, a->used);
	/* Zeroes the pages by giving them back; fails if they are locked. */
	if (a->used > warm && madvise(a->base + warm, a->used - warm,
	    MADV_DONTNEED) != 0)
		warm = a->used;
	memset(a->base, 0, warm);
	hide(a->base, a->used);
	a->used = 0;
}

/* What n bytes take. */
static size_t
round_up(size_t n)
{
	return (n > 0 ? (n + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN :
	    ARENA_ALIGN);
}

/* What there is, of what blocks are made. */
static size_t
room(const struct arena *a)
{
	return ((a->cap - a->used) / ARENA_ALIGN * ARENA_ALIGN);
}

void *
arena_alloc(struct arena *a, size_t n)
{
	unsigned char	*p;
	size_t		 whole;

	if (n > room(a) || room(a) == 0)
		return (NULL);
	whole = round_up(n);
	p = a->base + a->used;
	a->used += whole;
	veil(a);
	show(p, n);
	return (p);
}

bool
arena_grow(struct arena *a, void *block, size_t old, size_t n)
{
	unsigned char	*p = block;

	if (p + round_up(old) != a->base + a->used || n - old > room(a))
		return (false);
	a->used += round_up(n) - round_up(old);
	veil(a);
	show(p, n);
	return (true);
}

void
arena_back(struct arena *a, size_t used)
{
	size_t	n = a->used - used;

	show(a->base + used, n);
	memset(a->base + used, 0, n);
	hide(a->base + used, n);
	a->used = used;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return (s == NULL ? NULL : arena_strndup(a, s, strlen(s)));
}

char *
arena_strndup(struct arena *a, const char *s, size_t max)
{
	size_t	 n;
	char	*copy;

	if (s == NULL)
		return (NULL);
	n = strnlen(s, max);
	if ((copy = arena_alloc(a, n + 1)) != NULL)
		memcpy(copy, s, n);
	return (copy);
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list	 ap;
	char	*text;
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || (text = arena_alloc(a, (size_t)n + 1)) == NULL)
		return (NULL);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return (text);
}

size_t
arena_used(const struct arena *a)
{
	return (a->used);
}
