/*
 * timing [--short]
 *
 * Does the time that a refusal takes tell how much of a signature was right?
 * A million deliveries whose signature is wrong in its first byte, or in its
 * last, by chance, are verified and timed one by one, and the two kinds are
 * compared by Welch's t-test, over all of them and without the slowest ones,
 * which tell of the machine: https://eprint.iacr.org/2016/1123 .  An absolute
 * t under 4.5 is no difference, as in https://eprint.iacr.org/2015/207 .
 *
 * A comparison that ends at the first difference is timed first, alone and
 * behind a verification: that has to be found.  --short does no more than the
 * first of these, and takes less than a second.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/arena.h"
#include "common/crypt.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/types.h"
#include "handler/verify.h"

enum {
	TIMES = 1000000,
	SHORT_TIMES = 100000,
	WARM = 1000,		/* before anything is counted */
	TEXT = CRYPT_SHA256_B64	/* bytes that are compared */
};

#define LIMIT	4.5
#define NOW	INT64_C(1790000000)
#define KEY	"quay crane key of 24 byt"

/* One of the two ways to be wrong, and how long it took. */
struct sample {
	float		 ns;
	unsigned char	 last;
};

struct subject {
	struct job	 job;
	struct config	 config;
	struct request	 in;
	char		 list[3 + TEXT + 1];
	char		 right[TEXT + 1];
};

static uint64_t
random_bits(void)
{
	static uint64_t x = UINT64_C(0x9e3779b97f4a7c15);

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (x);
}

static int64_t
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return ((int64_t)t.tv_sec * 1000000000 + t.tv_nsec);
}

/* What must not be done: the longer it is right, the longer it takes. */
static void
run_planted(struct subject *s)
{
	const volatile char *a = s->list + 3, *b = s->right;
	size_t i = 0;

	while (i < TEXT && a[i] == b[i])
		i++;
}

static void
run_verify(struct subject *s)
{
	struct delivery mail;

	if (verify(&s->job, &s->in, &mail) != ERR_UNVERIFIED) {
		(void)fprintf(stderr, "timing: a wrong signature was taken\n");
		exit(2);
	}
}

/* The same leak, as far from the clock as ours would be. */
static void
run_behind(struct subject *s)
{

	run_verify(s);
	run_planted(s);
}

static int
subject_open(struct subject *s)
{
	static char body[] = "{\"type\":\"test_case.status_changed\"}";
	static char stamp[24];
	static struct secret key;
	struct delivery mail = { .id = "msg_1", .body = body,
	    .len = sizeof(body) - 1 };
	const char *text;

	memset(s, 0, sizeof(*s));
	key = (struct secret){ KEY, sizeof(KEY) - 1, 0 };
	(void)snprintf(stamp, sizeof(stamp), "%lld", (long long)NOW);
	s->config.svix[0] = key;
	s->config.nsvix = 1;
	s->config.tolerance = 300;
	s->job.config = &s->config;
	s->job.now = NOW * 1000;
	s->job.arena = arena_new(1 << 20);
	if (s->job.arena == NULL ||
	    (text = verify_sign(&s->job, &mail, stamp)) == NULL)
		return (-1);
	(void)snprintf(s->list, sizeof(s->list), "%s", text);
	memcpy(s->right, s->list + 3, TEXT + 1);
	s->in.body = body;
	s->in.len = sizeof(body) - 1;
	s->in.svix = (struct signature){ "msg_1", stamp, s->list };
	return (0);
}

static void
measure(struct subject *s, void (*run)(struct subject *),
    struct sample *sample, int n)
{
	int64_t began;
	int i, last;

	for (i = -WARM; i < n; i++) {
		last = (int)(random_bits() >> 40 & 1);
		memcpy(s->list + 3, s->right, TEXT);
		s->list[3 + (last ? TEXT - 1 : 0)] ^= 1;
		began = now_ns();
		run(s);
		if (i < 0)
			continue;
		sample[i].ns = (float)(now_ns() - began);
		sample[i].last = (unsigned char)last;
	}
}

static int
by_time(const void *a, const void *b)
{
	float x = ((const struct sample *)a)->ns;
	float y = ((const struct sample *)b)->ns;

	return ((x > y) - (x < y));
}

/* Welch's t of the first n samples. */
static double
welch(const struct sample *sample, int n, double mean[2])
{
	double count[2] = { 0, 0 }, square[2] = { 0, 0 }, d;
	int i, k;

	mean[0] = mean[1] = 0;
	for (i = 0; i < n; i++) {
		k = sample[i].last;
		count[k]++;
		d = sample[i].ns - mean[k];
		mean[k] += d / count[k];
		square[k] += d * (sample[i].ns - mean[k]);
	}
	if (count[0] < 2 || count[1] < 2)
		return (0);
	d = square[0] / (count[0] - 1) / count[0] +
	    square[1] / (count[1] - 1) / count[1];
	return (d > 0 ? (mean[0] - mean[1]) / sqrt(d) : 0);
}

/* The largest |t| there is, with and without the slowest samples. */
static double
judge(const char *what, struct sample *sample, int n)
{
	static const int kept[] = { 100, 99, 95, 90, 75, 50 };
	double t, mean[2], most = 0;
	size_t i;

	qsort(sample, (size_t)n, sizeof(*sample), by_time);
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		t = welch(sample, (int)((int64_t)n * kept[i] / 100), mean);
		(void)printf("%s: the fastest %3d %%: first byte %.2f ns, "
		    "last byte %.2f ns, t = %.2f\n", what, kept[i], mean[0],
		    mean[1], t);
		if (fabs(t) > most)
			most = fabs(t);
	}
	return (most);
}

/* Time it n times; was what should be there found, and nothing else? */
static int
try(struct subject *s, void (*run)(struct subject *), const char *what,
    struct sample *sample, int n)
{
	bool leaks = run != run_verify;
	double most;

	measure(s, run, sample, n);
	most = judge(what, sample, n);
	(void)printf("%s tells %s: |t| = %.2f of %d, limit %.1f\n", what,
	    most < LIMIT ? "nothing" : "where it is wrong", most, n, LIMIT);
	return ((most >= LIMIT) == leaks);
}

int
main(int argc, char **argv)
{
	bool is_short = argc > 1 && strcmp(argv[1], "--short") == 0;
	static struct sample sample[TIMES];
	int passed, tried = is_short ? 1 : 3;
	struct why why = { "" };
	struct subject s;

	if (crypt_init(&why) != OK || subject_open(&s) != 0) {
		(void)fprintf(stderr, "timing: %s\n", why.text[0] != '\0' ?
		    why.text : "no memory");
		return (2);
	}
	passed = try(&s, run_planted, "one that ends early", sample,
	    is_short ? SHORT_TIMES : TIMES);
	if (!is_short) {
		passed += try(&s, run_behind, "the same after ours", sample,
		    TIMES);
		passed += try(&s, run_verify, "ours", sample, TIMES);
	}
	(void)printf("%d passed, %d failed\n", passed, tried - passed);
	arena_free(s.job.arena);
	return (passed < tried);
}
