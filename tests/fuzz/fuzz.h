#ifndef FUZZ_H_
#define FUZZ_H_

#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/crypt.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/job.h"

/*
 * What the programs in this directory share.  Each reads bytes that a
 * stranger may have made, as https://llvm.org/docs/LibFuzzer.html asks for,
 * under AddressSanitizer and UndefinedBehaviorSanitizer, and says what must
 * hold of each result.  Seeds lie in seeds/NAME, what was found once in
 * found/NAME; see run.
 *
 * A program defines fuzz_one(), which gets a job with an empty arena, always
 * the same one.  An input that takes longer than FUZZ_SLOW is a finding too.
 */
static void fuzz_one(struct job *, const uint8_t *, size_t);
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
	FUZZ_NOW = 1794000000,		/* seconds */
	FUZZ_SLOW = 100 * 1000,		/* us of processor time for an input */
	FUZZ_AGAIN = 3			/* what was slow once may be a fluke */
};

/* An odd number without a pattern: 2^64 over the golden ratio. */
#define FUZZ_ODD	UINT64_C(0x9e3779b97f4a7c15)

/* A job with an empty arena; always the same one. */
static inline struct job *
fuzz_job(void)
{
	static struct arena *arena;
	static struct job job;

	if (arena == NULL) {
		MUST(crypt_init(&job.why) == OK);
		MUST((arena = arena_new(FUZZ_ARENA)) != NULL);
	}
	arena_reset(arena);
	memset(&job, 0, sizeof(job));
	job.arena = arena;
	job.now = (int64_t)FUZZ_NOW * 1000;
	return (&job);
}

/* Microseconds of that clock. */
static inline int64_t
fuzz_time(clockid_t id)
{
	struct timespec t;

	MUST(clock_gettime(id, &t) == 0);
	return ((int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000);
}

/*
 * The wall's clock is quicker to ask than that of this thread's processor
 * time, which never shows more.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	int64_t began = fuzz_time(CLOCK_MONOTONIC);
	int tries;

	fuzz_one(fuzz_job(), data, n);
	if (fuzz_time(CLOCK_MONOTONIC) - began <= FUZZ_SLOW)
		return (0);
	for (tries = 1; tries < FUZZ_AGAIN; tries++) {
		began = fuzz_time(CLOCK_THREAD_CPUTIME_ID);
		fuzz_one(fuzz_job(), data, n);
		if (fuzz_time(CLOCK_THREAD_CPUTIME_ID) - began <= FUZZ_SLOW)
			return (0);
	}
	MUST(!"slow");
	return (0);
}

/*
 * A number that belongs to the input, quickly: what would take most of the
 * time of each is done with a share of them, always with the same ones.  All
 * of it counts: from one input come many that end in the same way.
 */
static inline uint64_t
fuzz_hash(const uint8_t *data, size_t n)
{
	uint64_t sum = n, word = 0;

	for (; n >= sizeof(word); n -= sizeof(word), data += sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		sum = (sum ^ word) * FUZZ_ODD;
		sum ^= sum >> 32;
	}
	word = 0;
	if (n > 0)
		memcpy(&word, data, n);
	sum = (sum ^ word) * FUZZ_ODD;
	return (sum ^ sum >> 32);
}

/* The input as a string: up to its first NUL. */
static inline char *
fuzz_text(const struct job *job, const uint8_t *data, size_t n)
{
	char *text = arena_strndup(job->arena, (const char *)data, n);

	MUST(text != NULL);
	return (text);
}

/* The next line of the input, which it shortens. */
static inline char *
fuzz_line(const struct job *job, const uint8_t **data, size_t *n)
{
	const uint8_t *end = *n == 0 ? NULL : memchr(*data, '\n', *n);
	size_t len = end == NULL ? *n : (size_t)(end - *data);
	char *text = fuzz_text(job, *data, len);

	len += end != NULL;
	*data += len;
	*n -= len;
	return (text);
}

/* A file of ours, for a configuration; the same one each time. */
static inline const char *
fuzz_file(void)
{
	static char path[64];
	int fd;

	if (path[0] == '\0') {
		MUST((fd = memfd_create("tickethook.ini", 0)) != -1 &&
		    fchmod(fd, 0600) == 0);
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		log_setup(LOG_LEVEL_ERROR, false);
	}
	return (path);
}

/* config_load() of those bytes, in that file. */
static inline enum err
fuzz_config(const void *data, size_t n, struct config **config,
    struct why *why)
{
	int fd = open(fuzz_file(), O_WRONLY | O_TRUNC | O_CLOEXEC);

	MUST(fd != -1 && write(fd, data, n) == (ssize_t)n && close(fd) == 0);
	memset(why, 0, sizeof(*why));
	return (config_load(fuzz_file(), config, why));
}

#endif
