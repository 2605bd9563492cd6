/*
 * Deliveries that came again are counted, however many come at once; what
 * there is no room for is told, so that nobody counts on it.
 */
#include <sys/stat.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Before cmocka, which has a macro fail(). */
#include "handler/job.h"

#include <cmocka.h>

#include "common/arena.h"
#include "common/clock.h"
#include "handler/ledger.h"
#include "handler/program.h"
#include "handler/repeats.h"

enum {
	THREADS = 8,
	IDS = 50,
	ROUNDS = 40,
	MANY = 5000		/* more than there is room for at a time */
};

static char dir[64];
static struct program *program;

static int
before_each(void **state)
{
	struct why why = { "" };
	char path[96];
	FILE *f;

	(void)state;
	strcpy(dir, "/tmp/test_repeats.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return (-1);
	(void)snprintf(path, sizeof(path), "%s/t.ini", dir);
	if ((f = fopen(path, "w")) == NULL || fchmod(fileno(f), 0600) != 0)
		return (-1);
	(void)fprintf(f, "[ledger]\nurl = sqlite:%s/l.db\n"
	    "[svix]\nsecret = whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\n"
	    "[trunk]\ntoken = t1\n"
	    "[tracker lin]\ntype = linear\napi_key = k\nteam = ENG\n"
	    "[rule r]\ntracker = lin\n", dir);
	if (fclose(f) != 0 || program_open(&program, path, false, &why) != OK)
		return (-1);
	return (0);
}

static int
after_each(void **state)
{
	static const char *const names[] = { "t.ini", "l.db", "l.db-wal",
	    "l.db-shm", "l.db.lock", "l.db.counters" };
	char path[128];
	size_t i;

	(void)state;
	program_close(program);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	return (rmdir(dir));
}

static void
begin(struct job *job)
{

	*job = (struct job){ .arena = arena_new(1 << 20) };
	assert_non_null(job->arena);
	program_begin(program, job, clock_mono());
	assert_int_equal(job_open(job), OK);
}

static void
end(struct job *job)
{

	program_end(program, job);
	arena_free(job->arena);
}

/* Answered for good. */
static void
deliver_once(const char *id)
{
	const struct delivery mail = { .id = id, .body = "{}", .len = 2 };
	const struct finish f = { .mail = &mail, .outcome = "ignored",
	    .status = 200, .final = true, .answer = "{}" };
	struct job job;

	begin(&job);
	assert_int_equal(ledger_finish(&job, &f), OK);
	end(&job);
}

static int
tries_of(const char *id)
{
	struct recall recall;
	struct job job;

	begin(&job);
	assert_int_equal(ledger_recall(&job, id, &recall), OK);
	end(&job);
	return (recall.tries);
}

static void *
repeat(void *repeats)
{
	char id[32];
	intptr_t taken = 0;
	int i;

	for (i = 0; i < IDS * ROUNDS; i++) {
		(void)snprintf(id, sizeof(id), "msg_%d", i % IDS);
		taken += repeats_note(repeats, id, i);
	}
	return ((void *)taken);
}

/* Each is counted, those that came last when the process ended too. */
static void
test_count(void **state)
{
	struct repeats *repeats;
	pthread_t thread[THREADS];
	char id[32];
	void *taken;
	int i;

	(void)state;
	for (i = 0; i < IDS; i++) {
		(void)snprintf(id, sizeof(id), "msg_%d", i);
		deliver_once(id);
	}
	assert_non_null(repeats = repeats_new(program));
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, repeat,
		    repeats), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], &taken), 0);
		assert_int_equal((intptr_t)taken, IDS * ROUNDS);
	}
	repeats_free(repeats);
	for (i = 0; i < IDS; i++) {
		(void)snprintf(id, sizeof(id), "msg_%d", i);
		assert_int_equal(tries_of(id), 1 + THREADS * ROUNDS);
	}
}

/* It is written without another one, and without an end. */
static void
test_soon(void **state)
{
	struct repeats *repeats;

	(void)state;
	deliver_once("msg_0");
	assert_non_null(repeats = repeats_new(program));
	assert_true(repeats_note(repeats, "msg_0", 1));
	while (tries_of("msg_0") < 2)
		clock_sleep(5);
	assert_true(repeats_note(repeats, "msg_0", 1));
	assert_true(repeats_note(repeats, "msg_unknown", 1));
	while (tries_of("msg_0") < 3)
		clock_sleep(5);
	repeats_free(repeats);
	assert_int_equal(tries_of("msg_0"), 3);
}

/* Of more than there is room for, the rest is refused, and later taken. */
static void
test_full(void **state)
{
	struct repeats *repeats;
	char id[32];
	int i;

	(void)state;
	deliver_once("msg_0");
	assert_non_null(repeats = repeats_new(program));
	for (i = 0; i < MANY; i++) {
		(void)snprintf(id, sizeof(id), "msg_other_%d", i);
		if (!repeats_note(repeats, id, 1))
			break;
	}
	assert_in_range(i, 100, MANY - 1);
	assert_true(repeats_note(repeats, "msg_other_0", 1));
	while (!repeats_note(repeats, "msg_0", 1))
		clock_sleep(5);
	repeats_free(repeats);
	assert_int_equal(tries_of("msg_0"), 2);
	assert_false(repeats_note(NULL, "msg_0", 1));
	repeats_free(NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_count, before_each,
		    after_each),
		cmocka_unit_test_setup_teardown(test_soon, before_each,
		    after_each),
		cmocka_unit_test_setup_teardown(test_full, before_each,
		    after_each),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
