/*
 * SQLite without memory: its n-th allocation fails, once or from there on,
 * for every n of a delivery's steps.  None of them may be half done, keep
 * others from writing, or be in the way of the next try.
 */
#include "tests/unit/ledger_sqlite.h"

enum {
	STEP = 3,		/* between two numbers that are tried */
	LEAST = 30		/* failures that a sweep must have seen */
};

static sqlite3_mem_methods real_memory;
static int calls, fail_at;
static bool fail_on;		/* and all that follow */

static bool
refuse(void)
{

	calls++;
	return (fail_at > 0 && (fail_on ? calls >= fail_at :
	    calls == fail_at));
}

static void *
take(int n)
{

	return (refuse() ? NULL : real_memory.xMalloc(n));
}

static void *
retake(void *old, int n)
{

	return (refuse() ? NULL : real_memory.xRealloc(old, n));
}

static int
setup(void **state)
{
	sqlite3_mem_methods memory;

	if (sqlite3_shutdown() != SQLITE_OK ||
	    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory) !=
	    SQLITE_OK)
		return (-1);
	memory = real_memory;
	memory.xMalloc = take;
	memory.xRealloc = retake;
	fail_at = 0;
	/* What is kept for small pieces would hide most failures. */
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &memory) != SQLITE_OK ||
	    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK)
		return (-1);
	return (world_setup_open(state));
}

static int
teardown(void **state)
{
	int rc = world_teardown(state);

	(void)sqlite3_shutdown();
	(void)sqlite3_config(SQLITE_CONFIG_MALLOC, &real_memory);
	return (rc);
}

/* Claim, intend and create, as a delivery does; a job of its own. */
static enum err
deliver(struct world *w, const char *key)
{
	struct event event = world_event(key, key, STATUS_FLAKY, 5);
	struct filing f = { .lock = -1, .test_lock = -1 };
	struct job job;
	enum err e;

	world_job(w, &job);
	e = world_begin(&job, key, &event, &f);
	if (e == OK && f.stage == STAGE_INTENT) {
		f.remote_id = key;
		f.remote_key = "ENG-1";
		f.url = "https://tracker.example.net/ENG-1";
		f.stage = STAGE_CREATED;
		e = ledger_advance(&job, &event.test, &f);
	}
	ledger_release(&job, &f);
	arena_free(job.arena);
	return (e);
}

/* May another process write? */
static void
assert_free(const char *path)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE; COMMIT", NULL,
	    NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The n-th of a delivery's allocations fails; false: it had fewer. */
static bool
strike(struct world *w, int n)
{
	char key[32];
	enum err e;

	(void)snprintf(key, sizeof(key), "key-%d", n);
	calls = 0;
	fail_at = n;
	e = deliver(w, key);
	fail_at = 0;
	if (calls < n)
		return (false);
	assert_free(w->path);
	if (e != OK)
		assert_int_equal(deliver(w, key), OK);
	return (true);
}

static void
sweep(struct world *w)
{
	int64_t made;
	int n;

	assert_int_equal(deliver(w, "warm"), OK);
	for (n = 1; strike(w, n); n += STEP)
		continue;
	made = (n - 1) / STEP + 2;	/* and the warm one */
	assert_true(made > LEAST);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM ticket"), made);
	assert_int_equal(ask(w->path,
	    "SELECT count(*) FROM ticket WHERE stage = 'created'"), made);
	assert_sound(w->path);
}

static void
one_failure_is_undone(void **state)
{

	fail_on = false;
	sweep(*state);
}

static void
no_memory_is_undone(void **state)
{

	fail_on = true;
	sweep(*state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_failure_is_undone, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(no_memory_is_undone, setup,
		    teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
