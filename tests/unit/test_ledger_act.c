/*
 * What ledger_act.h promises, of every kind of store: what is to be done to
 * a ticket is done once, in its order.
 */
#include "tests/unit/ledger_sqlite.h"

#include <sys/mman.h>

#include <signal.h>

#include "handler/ledger_act.h"
#include "handler/ledger_life.h"
#include "handler/ledger_sweep.h"

enum {
	HOUR = 60 * 60 * 1000,
	KILLS = 60
};

/* A ticket of that key, made unless it is an intent; claimed. */
static void
begin(struct job *job, const char *key, enum stage stage, struct filing *f)
{
	struct event event = world_event(key, key, STATUS_FLAKY, 5);

	expect(job, world_begin(job, key, &event, f), OK);
	f->stage = stage;
	f->remote_id = f->remote_key = stage == STAGE_CREATED ? key : NULL;
	expect(job, ledger_advance(job, &event.test, f), OK);
}

static void
test_once(void **state)
{
	static const struct act some[] = {
		{ .key = "b", .kind = "comment", .body = "It is *worse*." },
		{ .key = "a", .kind = "raise" }
	};
	static const struct act more[] = {
		{ .key = "a", .kind = "comment", .body = "again" },
		{ .key = "c", .kind = "comment", .body = "new" },
		{ .key = "c", .kind = "comment", .body = "twice" }
	};
	struct world *w = *state;
	struct job *job = &w->job;
	struct filing f, g;
	struct act *acts;
	size_t n;

	begin(job, "A-1", STAGE_CREATED, &f);
	begin(job, "A-2", STAGE_CREATED, &g);
	expect(job, ledger_acts_due(job, f.row, &acts, &n), OK);
	assert_int_equal(n, 0);
	expect(job, ledger_act_add(job, &f, some, 2), OK);
	expect(job, ledger_act_add(job, &g, some, 1), OK);
	job->now += HOUR;
	expect(job, ledger_act_add(job, &f, more, 3), OK);
	expect(job, ledger_act_add(job, &f, more, 0), OK);
	expect(job, ledger_acts_due(job, f.row, &acts, &n), OK);
	assert_int_equal(n, 3);
	assert_string_equal(acts[0].key, "b");
	assert_string_equal(acts[0].kind, "comment");
	assert_string_equal(acts[0].body, "It is *worse*.");
	assert_int_equal(acts[0].made, job->now - HOUR);
	assert_int_equal(acts[0].state, ACT_DUE);
	assert_int_equal(acts[0].tried, 0);
	assert_string_equal(acts[1].key, "a");
	assert_string_equal(acts[1].kind, "raise");
	assert_null(acts[1].body);
	assert_string_equal(acts[2].body, "new");
	assert_int_equal(acts[2].made, job->now);
	ledger_release(job, &f);
	ledger_release(job, &g);
}

static void
test_mark(void **state)
{
	static const struct act some[] = {
		{ .key = "0", .kind = "comment" },
		{ .key = "1", .kind = "comment" },
		{ .key = "2", .kind = "comment" },
		{ .key = "3", .kind = "comment" },
		{ .key = "4", .kind = "comment" }
	};
	struct world *w = *state;
	struct job *job = &w->job;
	struct filing f;
	struct act *acts;
	size_t i, n;

	begin(job, "A-1", STAGE_CREATED, &f);
	expect(job, ledger_act_add(job, &f, some, 5), OK);
	expect(job, ledger_acts_due(job, f.row, &acts, &n), OK);
	job->now += HOUR;
	for (i = 0; i < 5; i++) {
		acts[i].state = (enum act_state)(ACT_VOID - i);
		acts[i].why = "no answer";
		expect(job, ledger_act_mark(job, &acts[i]), OK);
	}
	expect(job, ledger_acts_due(job, f.row, &acts, &n), OK);
	assert_int_equal(n, 2);
	assert_int_equal(acts[0].state, ACT_SENT);
	assert_string_equal(acts[0].key, "3");
	assert_string_equal(acts[0].why, "no answer");
	assert_int_equal(acts[0].tried, job->now);
	assert_int_equal(acts[0].tries, 1);
	assert_int_equal(acts[1].state, ACT_DUE);
	acts[1].why = NULL;
	expect(job, ledger_act_mark(job, &acts[1]), OK);
	expect(job, ledger_acts_due(job, f.row, &acts, &n), OK);
	assert_int_equal(acts[1].tries, 2);
	assert_null(acts[1].why);
	/* Whatever came of it, its key is used up. */
	expect(job, ledger_act_add(job, &f, some, 5), OK);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM act"), 5);
	ledger_release(job, &f);
}

/* The tickets in turn, and none that waits for its first act. */
static void
test_next(void **state)
{
	static const struct act two[] = {
		{ .key = "0", .kind = "comment" },
		{ .key = "1", .kind = "comment" }
	};
	struct world *w = *state;
	struct job *job = &w->job;
	struct filing f, g, never;
	struct act *acts;
	int64_t row;
	size_t n;

	begin(job, "A-1", STAGE_CREATED, &f);
	begin(job, "A-2", STAGE_CREATED, &g);
	begin(job, "A-3", STAGE_INTENT, &never);
	expect(job, ledger_act_next(job, job->now, &row), ERR_ABSENT);
	expect(job, ledger_act_add(job, &never, two, 1), OK);
	expect(job, ledger_act_next(job, job->now, &row), ERR_ABSENT);
	expect(job, ledger_act_add(job, &f, two, 2), OK);
	expect(job, ledger_act_add(job, &g, two, 1), OK);
	expect(job, ledger_act_next(job, job->now, &row), OK);
	assert_int_equal(row, f.row);
	expect(job, ledger_acts_due(job, f.row, &acts, &n), OK);
	expect(job, ledger_act_mark(job, &acts[0]), OK);
	expect(job, ledger_act_next(job, job->now, &row), OK);
	assert_int_equal(row, g.row);
	expect(job, ledger_acts_due(job, g.row, &acts, &n), OK);
	acts[0].state = ACT_DONE;
	expect(job, ledger_act_mark(job, &acts[0]), OK);
	expect(job, ledger_act_next(job, job->now, &row), ERR_ABSENT);
	expect(job, ledger_act_next(job, job->now + 1, &row), OK);
	assert_int_equal(row, f.row);
	/* A clock that was ahead must not hide it. */
	job->now -= HOUR;
	expect(job, ledger_act_next(job, job->now, &row), OK);
	ledger_release(job, &f);
	ledger_release(job, &g);
	ledger_release(job, &never);
}

/* A ticket by its row: what is read is what is locked. */
static void
test_take(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("A-1", "A-1", STATUS_FLAKY, 5);
	struct filing f, g, h;
	int64_t row;

	begin(job, "file|A-1", STAGE_CREATED, &f);
	row = f.row;
	job->deadline = clock_mono() + 50;
	expect(job, ledger_take(job, row, &g), ERR_BUSY);
	ledger_release(job, &g);
	ledger_release(job, &f);
	job->deadline = clock_mono() + WORLD_PATIENCE;
	expect(job, ledger_take(job, row, &g), OK);
	assert_int_equal(g.row, row);
	assert_string_equal(g.key, "file|A-1");
	assert_string_equal(g.remote_key, "file|A-1");
	assert_string_equal(g.owner, "@harbour/cranes");
	assert_int_equal(g.stage, STAGE_CREATED);
	job->deadline = clock_mono() + 50;
	expect(job, ledger_claim(job, "file|A-1", &event.test, &h), ERR_BUSY);
	ledger_release(job, &g);
	job->deadline = clock_mono() + WORLD_PATIENCE;
	expect(job, ledger_take(job, row + 1, &g), ERR_ABSENT);
	ledger_release(job, &g);
}

/* All of them or none. */
static void
test_rollback(void **state)
{
	static const struct act three[] = {
		{ .key = "0", .kind = "comment" },
		{ .key = "1", .kind = "comment" },
		{ .key = "2", .kind = "comment" }
	};
	struct world *w = *state;
	struct job *job = &w->job;
	struct filing f;

	begin(job, "A-1", STAGE_CREATED, &f);
	stick(w->path, "INSERT", "act", "NEW.key = '2'");
	expect(job, ledger_act_add(job, &f, three, 3), ERR_LEDGER);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM act"), 0);
	unstick(w->path);
	expect(job, ledger_act_add(job, &f, three, 3), OK);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM act"), 3);
	ledger_release(job, &f);
}

/* Adds two acts at a time, for ever. */
static void
add_till_killed(struct world *w, const struct filing *f, volatile int *done)
{
	struct act two[2] = { { .kind = "comment" }, { .kind = "raise" } };
	char key[2][16];
	struct why why;
	int i;

	if (world_open(w, &why) != OK)
		_exit(1);
	for (i = *done;; i++) {
		(void)snprintf(key[0], sizeof(key[0]), "a%d", i);
		(void)snprintf(key[1], sizeof(key[1]), "b%d", i);
		two[0].key = key[0];
		two[1].key = key[1];
		w->job.deadline = clock_mono() + WORLD_PATIENCE;
		if (ledger_act_add(&w->job, f, two, 2) != OK)
			_exit(1);
		*done = i + 1;
	}
}

static void
test_killed(void **state)
{
	struct world *w = *state;
	volatile int *done;
	struct filing f;
	struct why why;
	int i, ms;
	pid_t pid;

	done = mmap(NULL, sizeof(*done), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(done != MAP_FAILED);
	assert_int_equal(world_open(w, &why), OK);
	begin(&w->job, "A-1", STAGE_CREATED, &f);
	ledger_release(&w->job, &f);
	world_close(w);
	srandom(4711);
	for (i = 0; i < KILLS; i++) {
		assert_int_not_equal(pid = fork(), -1);
		if (pid == 0)
			add_till_killed(w, &f, done);
		for (ms = 0; *done == 0 && ms < WORLD_PATIENCE; ms++)
			clock_sleep(1);
		(void)usleep((useconds_t)(random() % 5000));
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		/* Both or none, and nothing that was said is missing. */
		assert_int_equal(ask(w->path, "SELECT count(*) FROM act"
		    " WHERE kind = 'comment'"), ask(w->path, "SELECT count(*)"
		    " FROM act WHERE kind = 'raise'"));
		assert_in_range(ask(w->path, "SELECT count(*) FROM act"),
		    2 * *done, 2 * *done + 2);
	}
	assert_true(*done > 0);
	assert_sound(w->path);
}

/*
 * A shared ticket gets section after section: the newest is what is due, and
 * neither a request nor the ledger keeps the text of all that ever was.
 */
static void
test_bounded(void **state)
{
	enum { SECTIONS = 400, SIZE = 16 * 1024, PRUNES = 2 };
	static const struct act other = { .key = "o", .kind = "section",
	    .body = "Other\nx" }, move = { .key = "m", .kind = "move",
	    .body = "open" };
	struct world *w = *state;
	struct job *job = &w->job, small = *job;
	struct act one = { .kind = "section" }, *due;
	char body[SIZE] = "Active monitors\n", key[16];
	const struct act *all;
	struct filing f;
	int64_t pruned;
	size_t n;
	int i;

	memset(body + strlen(body), 'x', sizeof(body) - strlen(body) - 1);
	begin(job, "A-1", STAGE_CREATED, &f);
	expect(job, ledger_act_add(job, &f, &other, 1), OK);
	expect(job, ledger_act_add(job, &f, &move, 1), OK);
	for (i = 0; i < SECTIONS; i++) {
		(void)snprintf(key, sizeof(key), "%d", i);
		one.key = key;
		one.body = body;
		expect(job, ledger_act_add(job, &f, &one, 1), OK);
	}
	one = (struct act){ .key = "n", .kind = "comment", .body = "n",
	    .state = ACT_VOID, .why = "needless: it was" };
	expect(job, ledger_act_add(job, &f, &one, 1), OK);
	one = (struct act){ .kind = "section", .body = body };
	/* The same again is not the newest. */
	one.key = "7";
	expect(job, ledger_act_add(job, &f, &one, 1), OK);
	small.arena = arena_new(SIZE * 16);
	assert_non_null(small.arena);
	expect(&small, ledger_acts_due(&small, f.row, &due, &n), OK);
	assert_int_equal(n, 3);
	assert_string_equal(due[0].key, "o");
	assert_string_equal(due[1].key, "m");
	assert_string_equal(due[2].key, "399");
	for (i = 0; i < 3; i++) {
		due[i].state = ACT_DONE;
		expect(&small, ledger_act_mark(&small, &due[i]), OK);
	}
	for (i = 0; i < PRUNES; i++)
		expect(job, ledger_prune(job, job->now + i, &pruned), OK);
	expect(&small, ledger_life_acts(&small, f.row, &all, &n), OK);
	assert_int_equal(n, SECTIONS + 2);
	assert_string_equal(all[1].body, "open");
	arena_free(small.arena);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM act"
	    " WHERE body IS NOT NULL"), 1);
	ledger_release(job, &f);
}

#define ROW(test)							\
	cmocka_unit_test_setup_teardown(test, world_setup_open, world_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ROW(test_once), ROW(test_mark), ROW(test_next),
		ROW(test_take), ROW(test_rollback), ROW(test_bounded),
		cmocka_unit_test_setup_teardown(test_killed, world_setup,
		    world_teardown)
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests_name("sqlite", tests, NULL, NULL));
}
