/*
 * Commits that are shared, with a file system between that counts flushes,
 * makes them slow, and refuses them.
 */
#include "tests/unit/ledger_sqlite.h"

#include <pthread.h>
#include <stdatomic.h>

#include "handler/ledger_step.h"
#include "handler/ledgers/sql_store.h"

enum {
	THREADS = 16,
	ROUNDS = 12,
	FLUSH = 4,		/* ms that one flush takes */
	BODY = 64 * 1024,	/* bytes of a large delivery */
	LARGE = 200,		/* of those: three times what the log keeps */
	FILE_LEAST = 4000 * 1024	/* bytes: the file holds most of them */
};

static sqlite3_vfs *real_vfs, shim_vfs;
static sqlite3_io_methods const *real_methods;
static atomic_int flushes, refusing;
static atomic_int holding, held;	/* flushes wait, so many do */
static atomic_int ended;

static int
slow_sync(sqlite3_file *file, int flags)
{

	atomic_fetch_add(&flushes, 1);
	clock_sleep(FLUSH);
	atomic_fetch_add(&held, 1);
	while (atomic_load(&holding))
		clock_sleep(1);
	atomic_fetch_sub(&held, 1);
	if (atomic_load(&refusing))
		return (SQLITE_IOERR_FSYNC);
	return (real_methods->xSync(file, flags));
}

static int
open_shim(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
    int *out)
{
	static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
	static sqlite3_io_methods methods;
	int rc = real_vfs->xOpen(real_vfs, name, file, flags, out);

	(void)vfs;
	if (rc != SQLITE_OK || (flags & SQLITE_OPEN_WAL) == 0)
		return (rc);
	pthread_mutex_lock(&once);
	if (real_methods == NULL) {
		real_methods = file->pMethods;
		methods = *real_methods;
		methods.xSync = slow_sync;
	}
	pthread_mutex_unlock(&once);
	file->pMethods = &methods;
	return (rc);
}

static int
setup(void **state)
{

	real_vfs = sqlite3_vfs_find(NULL);
	shim_vfs = *real_vfs;
	shim_vfs.zName = "slow";
	shim_vfs.xOpen = open_shim;
	if (sqlite3_vfs_register(&shim_vfs, 1) != SQLITE_OK)
		return (-1);
	atomic_store(&refusing, 0);
	return (world_setup_open(state));
}

/* Without shared memory there is no other connection to read by. */
static int
setup_alone(void **state)
{
	sqlite3_vfs *usual = sqlite3_vfs_find(NULL);
	int rc;

	if (sqlite3_vfs_register(sqlite3_vfs_find("unix-none"), 1) !=
	    SQLITE_OK)
		return (-1);
	rc = world_setup_open(state);
	(void)sqlite3_vfs_register(usual, 1);
	return (rc);
}

static int
teardown(void **state)
{
	int rc;

	atomic_store(&refusing, 0);
	rc = world_teardown(state);
	(void)sqlite3_vfs_unregister(&shim_vfs);
	return (rc);
}

/* One of many that use the ledger at once. */
struct user {
	struct world	*world;
	pthread_t	 thread;
	int		 number;
	int		 done;		/* OK and seen from outside */
	int		 unseen;	/* OK and not there */
	int		 failed;
	bool		 spoil;		/* each second unit fails */
};

static struct test
test_of(char *name, size_t size, int number, int round)
{
	struct test test = { .scope = SCOPE_COLLECTION,
	    .repository = { "git.example.net", "harbour", "crane",
	    NULL } };

	(void)snprintf(name, size, "t-%d-%d", number, round);
	test.id = test.identity = test.name = name;
	return (test);
}

/* Is it there for another program? */
static bool
is_seen(sqlite3 *db, const char *name)
{
	sqlite3_stmt *stmt;
	bool seen;

	if (sqlite3_prepare_v2(db, "SELECT 1 FROM test WHERE name = ?", -1,
	    &stmt, NULL) != SQLITE_OK)
		return (false);
	(void)sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	seen = sqlite3_step(stmt) == SQLITE_ROW;
	(void)sqlite3_finalize(stmt);
	return (seen);
}

static enum err
meet_part(struct job *job, void *test)
{
	struct test_record record;

	return (ledger_meet(job, test, &record));
}

/* Half of them by a function, which another thread may run. */
static void *
use(void *arg)
{
	struct user *u = arg;
	struct test test;
	struct job job;
	sqlite3 *db;
	char name[32];
	enum err e;
	int i;

	if (sqlite3_open(u->world->path, &db) != SQLITE_OK)
		return (NULL);
	(void)sqlite3_busy_timeout(db, WORLD_PATIENCE);
	for (i = 0; i < ROUNDS; i++) {
		world_job(u->world, &job);
		test = test_of(name, sizeof(name), u->number, i);
		if (u->spoil && i % 2 == 1) {
			/* Inserts, and cannot read what it inserted. */
			arena_free(job.arena);
			job.arena = arena_new(1);
		}
		e = u->number % 4 < 2 ? ledger_do(&job, meet_part, &test) :
		    meet_part(&job, &test);
		if (e != OK)
			u->failed++;
		else if (is_seen(db, name))
			u->done++;
		else
			u->unseen++;
		arena_free(job.arena);
	}
	(void)sqlite3_close(db);
	return (NULL);
}

static void
use_all(struct world *w, struct user *users)
{
	int i;

	for (i = 0; i < THREADS; i++) {
		users[i].world = w;
		users[i].number = i;
		assert_int_equal(pthread_create(&users[i].thread, NULL, use,
		    &users[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(users[i].thread, NULL), 0);
}

/* Each is on disk when it is told so, at far fewer flushes. */
static void
test_share(void **state)
{
	struct user users[THREADS] = { 0 };
	struct world *w = *state;
	int i;

	atomic_store(&flushes, 0);
	use_all(w, users);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(users[i].done, ROUNDS);
		assert_int_equal(users[i].unseen, 0);
	}
	assert_in_range(atomic_load(&flushes), 1, THREADS * ROUNDS / 2);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM test"),
	    THREADS * ROUNDS);
	assert_sound(w->path);
}

/* What one undoes is undone alone. */
static void
test_undo(void **state)
{
	struct user users[THREADS] = { 0 };
	struct world *w = *state;
	int i;

	for (i = 0; i < THREADS; i += 2)
		users[i].spoil = true;
	use_all(w, users);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(users[i].failed, i % 2 == 0 ? ROUNDS / 2 : 0);
		assert_int_equal(users[i].unseen, 0);
	}
	assert_int_equal(ask(w->path, "SELECT count(*) FROM test"),
	    THREADS * ROUNDS * 3 / 4);
	assert_sound(w->path);
}

/* A flush that fails fails for all who were in it; none is told OK. */
static void
test_refuse(void **state)
{
	struct user users[THREADS] = { 0 };
	struct world *w = *state;
	int i;

	atomic_store(&refusing, 1);
	use_all(w, users);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(users[i].failed, ROUNDS);
		users[i] = (struct user){ .world = w };
	}
	atomic_store(&refusing, 0);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM test"), 0);
	use_all(w, users);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(users[i].done, ROUNDS);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM test"),
	    THREADS * ROUNDS);
	assert_sound(w->path);
}

static void *
meet_one(void *arg)
{
	struct user *u = arg;
	struct test_record record;
	struct test test;
	struct job job;
	char name[32];

	world_job(u->world, &job);
	test = test_of(name, sizeof(name), u->number, 0);
	u->failed = ledger_meet(&job, &test, &record) != OK;
	arena_free(job.arena);
	return (NULL);
}

/* Who reads while others wait for a flush is told what is on disk. */
static void
test_read(void **state)
{
	struct world *w = *state;
	struct user known = { .world = w, .number = 1 };
	struct user late = { .world = w, .number = 2 };
	struct test_record record;
	struct test test;
	char name[32];

	(void)meet_one(&known);
	atomic_store(&holding, 1);
	assert_int_equal(pthread_create(&late.thread, NULL, meet_one, &late),
	    0);
	while (atomic_load(&held) == 0)
		clock_sleep(1);
	test = test_of(name, sizeof(name), 1, 0);
	assert_int_equal(ledger_test(&w->job, &test, &record), OK);
	test = test_of(name, sizeof(name), 2, 0);
	assert_int_equal(ledger_test(&w->job, &test, &record), ERR_ABSENT);
	atomic_store(&holding, 0);
	assert_int_equal(pthread_join(late.thread, NULL), 0);
	assert_int_equal(late.failed, 0);
	assert_int_equal(ledger_test(&w->job, &test, &record), OK);
}

static enum err
meet_named(struct job *job, const char *name)
{
	struct test_record record;
	struct test test = { .scope = SCOPE_COLLECTION, .id = name,
	    .identity = name, .name = name };

	return (ledger_meet(job, &test, &record));
}

/* What is written in one step takes one flush, and no more. */
static void
test_step(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;

	atomic_store(&flushes, 0);
	assert_int_equal(ledger_begin(job, true), OK);
	assert_int_equal(meet_named(job, "one"), OK);
	assert_int_equal(meet_named(job, "two"), OK);
	assert_int_equal(meet_named(job, "one"), OK);
	assert_int_equal(atomic_load(&flushes), 0);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM test"), 0);
	assert_int_equal(ledger_end(job, OK), OK);
	assert_int_equal(atomic_load(&flushes), 1);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM test"), 2);
	assert_int_equal(meet_named(job, "three"), OK);
	assert_int_equal(atomic_load(&flushes), 2);
}

/* All of a step or nothing, whoever says that it failed. */
static void
test_step_undo(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct arena *whole = job->arena;

	assert_int_equal(ledger_begin(job, true), OK);
	assert_int_equal(meet_named(job, "one"), OK);
	assert_int_equal(ledger_end(job, ERR_CONFIG), ERR_CONFIG);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM test"), 0);

	assert_int_equal(ledger_begin(job, true), OK);
	assert_int_equal(meet_named(job, "one"), OK);
	job->arena = arena_new(1);
	assert_int_equal(meet_named(job, "two"), ERR_NOMEM);
	arena_free(job->arena);
	job->arena = whole;
	assert_int_equal(meet_named(job, "three"), OK);
	assert_int_equal(ledger_end(job, OK), ERR_LEDGER);
	assert_true(job->why.text[0] != '\0');
	assert_int_equal(ask(w->path, "SELECT count(*) FROM test"), 0);
	assert_int_equal(meet_named(job, "one"), OK);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM test"), 1);
	assert_sound(w->path);
}

/* One that only reads waits for no flush, and ends when it found nothing. */
static void
test_step_read(void **state)
{
	struct world *w = *state;
	struct user late = { .world = w, .number = 2 };
	struct recall recall;

	atomic_store(&holding, 1);
	assert_int_equal(pthread_create(&late.thread, NULL, meet_one, &late),
	    0);
	while (atomic_load(&held) == 0)
		clock_sleep(1);
	assert_int_equal(ledger_begin(&w->job, false), OK);
	assert_int_equal(ledger_recall(&w->job, "msg_1", &recall),
	    ERR_ABSENT);
	assert_int_equal(ledger_recall(&w->job, "msg_2", &recall),
	    ERR_ABSENT);
	assert_int_equal(ledger_end(&w->job, OK), OK);
	atomic_store(&holding, 0);
	assert_int_equal(pthread_join(late.thread, NULL), 0);
	assert_int_equal(late.failed, 0);
	assert_int_equal(meet_named(&w->job, "one"), OK);
	/* What writes in one is a fault, and writes nothing. */
	assert_int_equal(ledger_begin(&w->job, false), OK);
	assert_int_equal(meet_named(&w->job, "other"), ERR_LEDGER);
	assert_non_null(strstr(w->job.why.text, "read alone"));
	assert_int_equal(ledger_end(&w->job, OK), ERR_LEDGER);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM test"), 2);
	assert_int_equal(meet_named(&w->job, "other"), OK);
}

/* Noted after the fact, when there is no time left. */
static void *
finish_late(void *arg)
{
	const struct delivery mail = { .id = "msg_late", .body = "{}",
	    .len = 2 };
	const struct finish f = { .mail = &mail, .outcome = "created",
	    .status = 200, .final = true, .answer = "{}" };
	struct user *u = arg;
	struct job job;

	world_job(u->world, &job);
	job.deadline = clock_mono() - 1;
	u->failed = ledger_finish(&job, &f) != OK;
	arena_free(job.arena);
	atomic_fetch_add(&ended, 1);
	return (NULL);
}

static bool
is_waited_for(struct world *w)
{
	struct sql *l = sql_of(&w->job);
	bool waiting;

	pthread_mutex_lock(&l->mutex);
	waiting = l->queued > 0;
	pthread_mutex_unlock(&l->mutex);
	return (waiting);
}

static bool
are_queued(struct world *w, int n)
{
	struct sql *l = sql_of(&w->job);
	int queued;

	pthread_mutex_lock(&l->mutex);
	queued = l->queued;
	pthread_mutex_unlock(&l->mutex);
	return (queued == n);
}

static enum err
count_part(struct job *job, void *arg)
{
	struct user *u = arg;
	struct test test;
	char name[32];

	u->done++;
	test = test_of(name, sizeof(name), u->number, 1);
	return (meet_part(job, &test));
}

static void *
count_one(void *arg)
{
	struct user *u = arg;
	struct job job;

	world_job(u->world, &job);
	u->failed = ledger_do(&job, count_part, u) != OK;
	arena_free(job.arena);
	return (NULL);
}

/* Whose time is up leaves the queue, and is not done any more. */
static enum err
give_up(struct world *w, struct user *u)
{
	struct job job;
	enum err e;

	world_job(w, &job);
	job.deadline = clock_mono() - 1;
	e = ledger_do(&job, count_part, u);
	arena_free(job.arena);
	return (e);
}

/*
 * What begins after the deadline does not wait for others; what was done at
 * a tracker is noted all the same, if they end at once.
 */
static void
test_late(void **state)
{
	struct world *w = *state;
	struct user first = { .world = w, .number = 1 };
	struct user late = { .world = w };
	struct test_record record;
	struct test test;
	struct job job;
	char name[32];

	atomic_store(&ended, 0);
	atomic_store(&holding, 1);
	assert_int_equal(pthread_create(&first.thread, NULL, meet_one,
	    &first), 0);
	while (atomic_load(&held) == 0)
		clock_sleep(1);
	world_job(w, &job);
	job.deadline = clock_mono() - 1;
	test = test_of(name, sizeof(name), 2, 0);
	assert_int_equal(ledger_meet(&job, &test, &record), ERR_DEADLINE);
	assert_int_equal(ledger_do(&job, meet_part, &test), ERR_DEADLINE);
	arena_free(job.arena);
	assert_int_equal(pthread_create(&late.thread, NULL, finish_late,
	    &late), 0);
	while (!is_waited_for(w) && atomic_load(&ended) == 0)
		clock_sleep(1);
	atomic_store(&holding, 0);
	assert_int_equal(pthread_join(first.thread, NULL), 0);
	assert_int_equal(pthread_join(late.thread, NULL), 0);
	assert_int_equal(first.failed, 0);
	assert_int_equal(late.failed, 0);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM delivery"), 1);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM test"), 1);
}

/* A part that another thread did while this one waited is done once. */
static void
test_part(void **state)
{
	struct world *w = *state;
	struct user first = { .world = w, .number = 1 };
	struct user parts[THREADS];
	int i;

	atomic_store(&holding, 1);
	assert_int_equal(pthread_create(&first.thread, NULL, meet_one,
	    &first), 0);
	while (atomic_load(&held) == 0)
		clock_sleep(1);
	assert_int_equal(give_up(w, &first), ERR_DEADLINE);
	assert_true(are_queued(w, 0));
	for (i = 0; i < THREADS; i++) {
		parts[i] = (struct user){ .world = w, .number = i };
		assert_int_equal(pthread_create(&parts[i].thread, NULL,
		    count_one, &parts[i]), 0);
	}
	while (!are_queued(w, THREADS))
		clock_sleep(1);
	assert_int_equal(give_up(w, &first), ERR_DEADLINE);
	assert_true(are_queued(w, THREADS));
	atomic_store(&flushes, 0);
	atomic_store(&holding, 0);
	assert_int_equal(pthread_join(first.thread, NULL), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(parts[i].thread, NULL), 0);
		assert_int_equal(parts[i].done, 1);
		assert_int_equal(parts[i].failed, 0);
	}
	assert_int_equal(first.done, 0);
	assert_int_equal(atomic_load(&flushes), 1);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM test"),
	    THREADS + 1);
}

static void *
read_late(void *arg)
{
	struct user *u = arg;
	struct job job;

	world_job(u->world, &job);
	u->failed = sql_enter(&job, SQL_USE_READ) != OK;
	u->number = atomic_fetch_add(&ended, 1);
	if (u->failed == 0)
		u->failed = sql_leave(&job, OK) != OK;
	arena_free(job.arena);
	return (NULL);
}

static enum err
note_turn(struct job *job, void *arg)
{
	struct user *u = arg;

	(void)job;
	u->number = atomic_fetch_add(&ended, 1);
	return (OK);
}

static void *
write_late(void *arg)
{
	struct user *u = arg;
	struct job job;

	world_job(u->world, &job);
	u->failed = ledger_do(&job, note_turn, u) != OK;
	arena_free(job.arena);
	return (NULL);
}

/* Who waits has its turn in the order in which they came. */
static void
test_crowd(void **state)
{
	void *(*const ways[])(void *) = {
		read_late, write_late, read_late
	};
	struct world *w = *state;
	struct user users[] = {
		{ .world = w }, { .world = w }, { .world = w }
	};
	int i;

	atomic_store(&ended, 0);
	assert_int_equal(sql_enter(&w->job, SQL_USE_READ), OK);
	for (i = 0; i < 3; i++) {
		assert_int_equal(pthread_create(&users[i].thread, NULL,
		    ways[i], &users[i]), 0);
		while (!are_queued(w, i + 1))
			clock_sleep(1);
	}
	assert_int_equal(sql_leave(&w->job, OK), OK);
	for (i = 0; i < 3; i++) {
		assert_int_equal(pthread_join(users[i].thread, NULL), 0);
		assert_int_equal(users[i].failed, 0);
		assert_int_equal(users[i].number, i);
	}
}

/* The log does not grow for ever: it is copied into the file. */
static void
test_log(void **state)
{
	struct world *w = *state;
	struct finish f = { .outcome = "ignored", .status = 200,
	    .final = true, .answer = "{}" };
	struct delivery mail = { .len = BODY };
	struct stat file, log;
	struct job job;
	char id[32], wal[128];
	int i;

	for (i = 0; i < LARGE; i++) {
		world_job(w, &job);
		(void)snprintf(id, sizeof(id), "msg_%d", i);
		mail.id = id;
		mail.body = arena_alloc(job.arena, BODY);
		f.mail = &mail;
		assert_int_equal(ledger_finish(&job, &f), OK);
		arena_free(job.arena);
	}
	(void)snprintf(wal, sizeof(wal), "%s-wal", w->path);
	assert_int_equal(stat(w->path, &file), 0);
	assert_int_equal(stat(wal, &log), 0);
	assert_in_range(file.st_size, FILE_LEAST, INT32_MAX);
	assert_in_range(log.st_size, 1, LARGE * BODY / 2);
	assert_sound(w->path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_share, setup, teardown),
		cmocka_unit_test_setup_teardown(test_undo, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refuse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_step, setup, teardown),
		cmocka_unit_test_setup_teardown(test_part, setup, teardown),
		cmocka_unit_test_setup_teardown(test_step_undo, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_step_read, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_late, setup, teardown),
		cmocka_unit_test_setup_teardown(test_crowd, setup_alone,
		    world_teardown),
		cmocka_unit_test_setup_teardown(test_log, setup, teardown)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
