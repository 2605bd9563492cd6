#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "handler/ledgers/lock.h"

enum {
	THREADS = 16,
	ROUNDS = 50,		/* of each thread */
	KILLS = 200,
	PATIENCE = 20000,	/* ms, where no test waits for it */
	SLACK = 250		/* ms that a deadline may be overrun */
};

static char path[64];

static int
setup(void **state)
{
	int fd;

	(void)state;
	(void)snprintf(path, sizeof(path), "/tmp/lock.XXXXXX");
	if ((fd = mkstemp(path)) == -1)
		return (-1);
	(void)close(fd);
	return (unlink(path));
}

static int
teardown(void **state)
{

	(void)state;
	(void)unlink(path);
	return (0);
}

static int64_t
soon(int64_t ms)
{

	return (clock_mono() + ms);
}

static int
get_key(const char *key)
{
	int fd;

	assert_int_equal(lock_key(path, key, soon(PATIENCE), &fd), OK);
	return (fd);
}

/* Locked: the wait ends at the deadline, not before and not long after. */
static void
assert_waits(const char *key, int64_t ms)
{
	int64_t from = clock_mono(), took;
	int fd;

	assert_int_equal(lock_key(path, key, from + ms, &fd), ERR_BUSY);
	took = clock_mono() - from;
	assert_int_equal(fd, -1);
	assert_in_range(took, ms, ms + SLACK);
}

static void
test_keys(void **state)
{
	int a, b;

	(void)state;
	a = get_key("one");
	assert_waits("one", 60);
	assert_waits("one", 0);
	b = get_key("two");
	lock_key_release(a);
	lock_key_release(get_key("one"));
	assert_waits("two", 20);
	lock_key_release(b);
	lock_key_release(get_key("two"));
}

/* A deadline long past still tries once. */
static void
test_past(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(lock_key(path, "one", 0, &fd), OK);
	lock_key_release(fd);
}

static void
test_nothing_to_release(void **state)
{
	int fd;

	(void)state;
	for (fd = -1; fd < 3; fd++)
		lock_key_release(fd);
	for (fd = 0; fd < 3; fd++)
		assert_int_not_equal(fcntl(fd, F_GETFD), -1);
}

/* With standard input closed the lowest descriptor would be 0. */
static void
test_descriptor(void **state)
{
	int fd, saved;

	(void)state;
	assert_int_not_equal(saved = dup(0), -1);
	(void)close(0);
	fd = get_key("one");
	assert_int_equal(dup2(saved, 0), 0);
	(void)close(saved);
	assert_true(fd >= 3);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_waits("one", 20);
	lock_key_release(fd);
}

static void
test_mode(void **state)
{
	static const mode_t masks[] = { 0, 022, 0777 };
	struct stat st;
	mode_t old;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		(void)unlink(path);
		old = umask(masks[i]);
		fd = lock_open(path);
		(void)umask(old);
		assert_true(fd >= 3);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		(void)close(fd);
	}
	assert_int_equal(lock_open("/nonexistent/lock"), -1);
	assert_int_equal(lock_key("/nonexistent/lock", "k", 0, &fd),
	    ERR_LEDGER);
	assert_int_equal(fd, -1);
}

/* Keys of one bit's difference, and long ones, do not share a lock. */
static void
test_apart(void **state)
{
	char keys[64][32];
	int fd[64], i;

	(void)state;
	for (i = 0; i < 64; i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "test|a/b|%d", i);
		fd[i] = get_key(keys[i]);
	}
	for (i = 0; i < 64; i++) {
		assert_waits(keys[i], 0);
		lock_key_release(fd[i]);
	}
}

struct counter {
	atomic_int	inside;
	atomic_int	overlaps;
	atomic_int	total;		/* read, then written: may be lost */
};

static void *
count_inside(void *arg)
{
	struct counter *c = arg;
	int fd, i, seen;

	for (i = 0; i < ROUNDS; i++) {
		if (lock_key(path, "shared", soon(PATIENCE), &fd) != OK)
			return (c);
		if (atomic_fetch_add(&c->inside, 1) != 0)
			atomic_fetch_add(&c->overlaps, 1);
		seen = atomic_load(&c->total);
		(void)sched_yield();
		atomic_store(&c->total, seen + 1);
		atomic_fetch_sub(&c->inside, 1);
		lock_key_release(fd);
	}
	return (NULL);
}

static void
test_threads(void **state)
{
	struct counter c = { .inside = 0 };
	pthread_t thread[THREADS];
	void *failed;
	int i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL,
		    count_inside, &c), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(atomic_load(&c.overlaps), 0);
	assert_int_equal(atomic_load(&c.total), THREADS * ROUNDS);
}

/* A child that says when it has the lock and keeps it till it is killed. */
static pid_t
spawn_holder(void)
{
	int fd, ready[2];
	char c = 0;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0) {
		if (lock_key(path, "held", soon(PATIENCE), &fd) == OK &&
		    write(ready[1], "y", 1) == 1)
			for (;;)
				(void)pause();
		_exit(1);
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	(void)close(ready[0]);
	return (pid);
}

static void
test_killed(void **state)
{
	int fd, i, status;
	pid_t pid;

	(void)state;
	for (i = 0; i < KILLS; i++) {
		pid = spawn_holder();
		assert_int_equal(lock_key(path, "held", 0, &fd), ERR_BUSY);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(lock_key(path, "held", 0, &fd), OK);
		lock_key_release(fd);
	}
}

/* Released here is free, even if a forked child still has the descriptor. */
static void
test_inherited(void **state)
{
	int again, fd;
	pid_t pid;

	(void)state;
	fd = get_key("one");
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		for (;;)
			(void)pause();
	lock_key_release(fd);
	assert_int_equal(lock_key(path, "one", 0, &again), OK);
	lock_key_release(again);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
test_write(void **state)
{
	int64_t from;
	int a, b, key;

	(void)state;
	assert_true((a = lock_open(path)) >= 3);
	assert_true((b = lock_open(path)) >= 3);
	key = get_key("a key is no matter");
	assert_int_equal(lock_write(a, 0), OK);
	from = clock_mono();
	assert_int_equal(lock_write(b, from + 50), ERR_BUSY);
	assert_in_range(clock_mono() - from, 50, 50 + SLACK);
	lock_write_release(a);
	assert_int_equal(lock_write(b, 0), OK);
	assert_int_equal(lock_write(a, 0), ERR_BUSY);
	lock_write_release(b);
	assert_int_equal(lock_write(a, 0), OK);
	lock_key_release(key);
	(void)close(a);
	assert_int_equal(lock_write(b, 0), OK);
	(void)close(b);
	assert_int_equal(lock_write(-1, 0), ERR_LEDGER);
}

/* A writer without a pause, as a loaded process is. */
static void
write_without_pause(void)
{
	int fd = lock_open(path);

	for (;;) {
		if (lock_write(fd, soon(PATIENCE)) != OK)
			_exit(1);
		clock_sleep(5);
		lock_write_release(fd);
	}
}

/*
 * Beside a writer that is nearly always inside, each of ours waits for one
 * of its turns and not for the end of its day.
 */
static void
test_no_starvation(void **state)
{
	int64_t from;
	int fd, i;
	pid_t pid;

	(void)state;
	assert_true((fd = lock_open(path)) >= 3);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		write_without_pause();
	from = clock_mono();
	for (i = 0; i < 30; i++) {
		assert_int_equal(lock_write(fd, soon(PATIENCE)), OK);
		lock_write_release(fd);
		clock_sleep(1);
	}
	assert_true(clock_mono() - from < 30 * 100);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)close(fd);
}

#define ROW(test)	cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ROW(test_keys), ROW(test_past), ROW(test_nothing_to_release),
		ROW(test_descriptor), ROW(test_mode), ROW(test_apart),
		ROW(test_threads), ROW(test_killed), ROW(test_inherited),
		ROW(test_write), ROW(test_no_starvation)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
