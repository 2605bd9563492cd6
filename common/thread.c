#include "common/thread.h"

int
thread_start(pthread_t *thread, size_t stack, void *(*begin)(void *),
    void *arg)
{
	pthread_attr_t attr;
	int rc;

	if ((rc = pthread_attr_init(&attr)) != 0)
		return (rc);
	(void)pthread_attr_setstacksize(&attr, stack);
	rc = pthread_create(thread, &attr, begin, arg);
	(void)pthread_attr_destroy(&attr);
	return (rc);
}

void
thread_condition(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(cond, &attr);
	(void)pthread_condattr_destroy(&attr);
}

struct timespec
thread_until(int64_t mono)
{

	return ((struct timespec){ .tv_sec = mono / 1000,
	    .tv_nsec = mono % 1000 * 1000000 });
}
