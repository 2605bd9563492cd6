/*
 * A few slots, one a tracker, found by a hash of what it is called, where it
 * is and which configuration says so; of two that meet in one slot the later
 * one has it, and the other is asked again.
 */
#include "handler/refused.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "common/hash.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/limits.h"

enum {
	SLOTS = 64
};

static struct slot {
	uint64_t	 key;		/* 0: free */
	int64_t		 next;		/* monotonic; the next call is due */
	struct why	 why;
} slots[SLOTS];

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static uint64_t
key_of(const struct job *job, const struct tracker *t)
{
	uint64_t h = hash_add(HASH_START, t->name, strlen(t->name) + 1);

	h = hash_add(h, t->url, strlen(t->url) + 1);
	h = hash_add(h, &job->config->loaded, sizeof(job->config->loaded));
	return (h | 1);
}

enum err
refused_before(struct job *job, const struct tracker *t)
{
	uint64_t key = key_of(job, t);
	struct slot *s = &slots[key / 2 % SLOTS];
	int64_t left = 0;
	struct why why;

	job->denied = false;
	if (job->insists)
		return (OK);
	pthread_mutex_lock(&mutex);
	if (s->key == key)
		left = s->next - job->started;
	if (left > 0)
		why = s->why;
	else if (s->key == key)
		s->next = job->started + LIMIT_PROBE;
	pthread_mutex_unlock(&mutex);
	if (left <= 0)
		return (OK);
	job->denied = true;
	return (fail(job, ERR_REFUSED, "%s (asked again in %" PRId64 " s, or "
	    "at once after a reload)", why.text, (left + 999) / 1000));
}

void
refused_after(struct job *job, const struct tracker *t, bool refused)
{
	uint64_t key = key_of(job, t);
	struct slot *s = &slots[key / 2 % SLOTS];

	job->denied = refused;
	pthread_mutex_lock(&mutex);
	if (refused) {
		s->key = key;
		s->next = job->started + LIMIT_PROBE;
		s->why = job->why;
	} else if (s->key == key)
		s->key = 0;
	pthread_mutex_unlock(&mutex);
}
