#ifndef FUZZ_H_
#define FUZZ_H_

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "handler/job.h"

/*
 * What the programs in this directory share.  Each reads bytes that a
 * stranger may have made, as https://llvm.org/docs/LibFuzzer.html asks for,
 * under AddressSanitizer and UndefinedBehaviorSanitizer, and says what must
 * hold of each result.  Seeds lie in seeds/NAME, what was found once in
 * found/NAME.
 */
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What must hold, with a line that says what did not. */
#define MUST(condition) do {						\
	if (!(condition)) {						\
		(void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__,	\
		    __LINE__, #condition);				\
		abort();						\
	}								\
} while (0)

enum {
	FUZZ_ARENA = 8 << 20,
	FUZZ_NOW = 1794000000		/* seconds */
};

/* A job with an empty arena; always the same one. */
static inline struct job *
fuzz_job(void)
{
	static struct arena *arena;
	static struct job job;

	if (arena == NULL)
		arena = arena_new(FUZZ_ARENA);
	MUST(arena != NULL);
	arena_reset(arena);
	memset(&job, 0, sizeof(job));
	job.arena = arena;
	job.now = (int64_t)FUZZ_NOW * 1000;
	return (&job);
}

/* The input as a string: up to its first NUL. */
static inline const char *
fuzz_text(const struct job *job, const uint8_t *data, size_t n)
{
	const char *text = arena_strndup(job->arena, (const char *)data, n);

	MUST(text != NULL);
	return (text);
}

#endif
