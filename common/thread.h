#ifndef THREAD_H_
#define THREAD_H_

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * Threads that wait until a time of clock_mono(), which nobody sets.
 *
 *	thread_condition(&come);
 *	...
 *	const struct timespec until = thread_until(clock_mono() + 100);
 *
 *	pthread_cond_timedwait(&come, &mutex, &until);
 */

/* As pthread_create(3), with a stack of so many bytes. */
int thread_start(pthread_t *, size_t stack, void *(*)(void *), void *arg);

/* Initialise one that is waited for by the monotonic clock. */
void thread_condition(pthread_cond_t *);

/* A time of that clock, in milliseconds, as the calls of POSIX take it. */
struct timespec thread_until(int64_t mono);

#endif
