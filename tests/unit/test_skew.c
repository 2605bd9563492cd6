#include <sys/wait.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "handler/skew.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HOUR	3600000

/*
 * A delivery as it really was, in milliseconds.  What we learn of it is its
 * timestamp by the sender's clock, in seconds, and our two clocks.
 */
struct arrival {
	int64_t	 at;		/* since the process began; 0: no more */
	int64_t	 waited;
	int64_t	 theirs;	/* the sender's clock is ahead by */
	int64_t	 ours;		/* our wall clock is ahead by */
	bool	 lost;		/* nothing to compare it with: 0 */
};

static const int64_t BEGAN = INT64_C(1700000000000);	/* true wall time */
static const int64_t BOOT = 5000000;			/* monotonic */

/* Whole seconds were cut off two timestamps. */
enum {
	GRAIN = 2000
};

static const struct scenario {
	const char	*what;
	struct arrival	 arrival[12];
} scenarios[] = {
	{ "the first is taken not to have waited", {
		{ 100, 0, 0, 0, true } } },
	{ "even if it did", {
		{ 100, 9000, 0, 0, true } } },
	{ "even with clocks hours apart", {
		{ 100, 0, HOUR, -HOUR, true } } },
	{ "waits are found", {
		{ 100, 0, 0, 0, true }, { 900, 0, 0, 0, false },
		{ 5000, 4000, 0, 0, false }, { 5100, 3777, 0, 0, false },
		{ 9000, 8999, 0, 0, false }, { 9001, 0, 0, 0, false },
		{ 20000, 12345, 0, 0, false } } },
	{ "the sender's clock is ahead", {
		{ 100, 0, 90500, 0, true }, { 5000, 4321, 90500, 0, false },
		{ 6000, 0, 90500, 0, false },
		{ 9000, 7001, 90500, 0, false } } },
	{ "the sender's clock is behind", {
		{ 100, 0, -90500, 0, true }, { 5000, 4321, -90500, 0, false },
		{ 6000, 0, -90500, 0, false },
		{ 9000, 7001, -90500, 0, false } } },
	{ "our clock is ahead", {
		{ 100, 0, 0, 250250, true }, { 5000, 4321, 0, 250250, false },
		{ 9000, 1, 0, 250250, false } } },
	{ "the first had waited: better known with the next", {
		{ 100, 6000, 0, 0, true }, { 200, 0, 0, 0, false },
		{ 9000, 8000, 0, 0, false } } },
	{ "our clock steps an hour ahead", {
		{ 100, 0, 0, 0, true }, { 5000, 3000, 0, 0, false },
		{ 6000, 0, 0, HOUR, true }, { 9000, 8000, 0, HOUR, false },
		{ 9500, 0, 0, HOUR, false } } },
	{ "our clock steps an hour back", {
		{ 100, 0, 0, 0, true }, { 5000, 3000, 0, 0, false },
		{ 6000, 0, 0, -HOUR, true }, { 9000, 8000, 0, -HOUR, false },
		{ 9500, 0, 0, -HOUR, false } } },
	{ "our clock steps there and back", {
		{ 100, 0, 0, 0, true }, { 2000, 0, 0, HOUR, true },
		{ 3000, 0, 0, 0, true }, { 9000, 5000, 0, 0, false },
		{ 9100, 0, 0, -HOUR, true }, { 9200, 0, 0, 0, true },
		{ 9900, 9000, 0, 0, false } } },
	{ "our clock is corrected to 1970 and again", {
		{ 100, 0, 0, 0, true },
		{ 2000, 0, 0, -INT64_C(1699999000000), true },
		{ 8000, 5000, 0, -INT64_C(1699999000000), false },
		{ 9000, 0, 0, 0, true }, { 16000, 5000, 0, 0, false } } },
	{ "a minute's window passes, what it knew does not", {
		{ 100, 0, 0, 0, true }, { 59000, 5000, 0, 0, false },
		{ 61000, 5000, 0, 0, false }, { 62000, 7000, 0, 0, false },
		{ 80000, 0, 0, 0, false }, { 119000, 9000, 0, 0, false },
		{ 122000, 9000, 0, 0, false },
		{ 150000, 3000, 0, 0, false } } },
	{ "after a minute and a half without any", {
		{ 100, 0, 0, 0, true }, { 90000, 5000, 0, 0, false },
		{ 91000, 0, 0, 0, false } } },
	{ "after minutes without any nothing is known", {
		{ 100, 0, 0, 0, true }, { 400000, 5000, 0, 0, true },
		{ 401000, 0, 0, 0, false },
		{ 402000, 5000, 0, 0, false } } },
};

static int64_t
tell(const struct arrival *a)
{
	int64_t true_now = BEGAN + a->at;
	int64_t signed_at = (true_now - a->waited + a->theirs) / 1000;

	return (skew_waited(signed_at, true_now + a->ours, BOOT + a->at));
}

/* In a process of its own, since it remembers; true: all was right. */
static bool
play(const struct scenario *s)
{
	const struct arrival *a;
	int64_t got, least;

	for (a = s->arrival; a->at != 0; a++) {
		got = tell(a);
		least = a->waited > GRAIN ? a->waited - GRAIN : 0;
		if (a->lost ? got == 0 : got >= least && got <= a->waited)
			continue;
		print_error("%s: at %lld: waited %lld, told %lld\n", s->what,
		    (long long)a->at, (long long)a->waited, (long long)got);
		return (false);
	}
	return (true);
}

static bool
apart(bool (*what)(const struct scenario *), const struct scenario *s)
{
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(what(s) ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return (WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
test_scenarios(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(scenarios); i++)
		assert_true(apart(play, &scenarios[i]));
}

/* Whatever the fractions of seconds are. */
static bool
play_fractions(const struct scenario *unused)
{
	struct arrival a = { .at = 1000 };
	int64_t got, i;

	(void)unused;
	(void)tell(&a);
	for (i = 1; i < 50000; i++) {
		a.at += 7 * (i % 3);
		a.waited = i * 7919 % 13000;
		got = tell(&a);
		if (got < 0 || got > a.waited || got < a.waited - GRAIN)
			return (false);
	}
	return (true);
}

static void
test_fractions(void **state)
{

	(void)state;
	assert_true(apart(play_fractions, NULL));
}

/*
 * The sender's clock is put back, which looks like a wait: after two windows
 * it is known for what it is.
 */
static bool
play_sender_steps(const struct scenario *unused)
{
	struct arrival a = { .at = 1000 };

	(void)unused;
	(void)tell(&a);
	for (; a.at < 130000; a.at += 1000) {
		a.theirs = a.at > 2000 ? -HOUR : 0;
		if (tell(&a) < 0)
			return (false);
	}
	if (tell(&a) != 0)
		return (false);
	a.at += 100;
	a.waited = 6000;
	return (tell(&a) >= 4000 && tell(&a) <= 6000);
}

static void
test_sender_steps(void **state)
{

	(void)state;
	assert_true(apart(play_sender_steps, NULL));
}

/* Small corrections of our clock are no step. */
static bool
play_slew(const struct scenario *unused)
{
	struct arrival a = { .at = 1000 };
	int64_t got;

	(void)unused;
	(void)tell(&a);
	for (; a.at < 50000; a.at += 500) {
		a.ours += 5;
		a.waited = a.at % 7000;
		got = tell(&a);
		/* As far off as the clock has gone. */
		if (got < a.waited - GRAIN || got > a.waited + a.ours)
			return (false);
	}
	return (true);
}

static void
test_slew(void **state)
{

	(void)state;
	assert_true(apart(play_slew, NULL));
}

static void *
hammer(void *arg)
{
	struct arrival a = { .at = 1000 };
	intptr_t bad = 0;
	int i;

	(void)arg;
	for (i = 0; i < 20000; i++) {
		a.waited = i % 5000;
		bad += tell(&a) > a.waited;
	}
	return ((void *)bad);
}

static bool
play_threads(const struct scenario *unused)
{
	struct arrival first = { .at = 1000 };
	pthread_t t[4];
	size_t i, n = COUNT(t);
	bool good = true;
	void *bad;

	(void)unused;
	(void)tell(&first);
	for (i = 0; i < n; i++)
		if (pthread_create(&t[i], NULL, hammer, NULL) != 0)
			return (false);
	for (i = 0; i < n; i++)
		if (pthread_join(t[i], &bad) != 0 || bad != NULL)
			good = false;
	return (good);
}

static void
test_threads(void **state)
{

	(void)state;
	assert_true(apart(play_threads, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
		cmocka_unit_test(test_fractions),
		cmocka_unit_test(test_sender_steps),
		cmocka_unit_test(test_slew),
		cmocka_unit_test(test_threads),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
