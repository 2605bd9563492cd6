/*
 * What the SQLite ledger promises among other processes, and what is on
 * disk after a kill.
 */
#include "tests/unit/ledger_sqlite.h"

#include <sys/mman.h>

#include <signal.h>

#include "handler/ledgers/lock.h"

enum {
	SLACK = 250,		/* ms that a deadline may be overrun */
	PROCESSES = 2,
	HANDLES = 2,		/* of each process */
	ROUNDS = 40,		/* of each handle or process */
	OPENERS = 8,		/* processes that open it at once */
	FILES = 40,		/* new ones that they open */
	KILLS = 1000,
	KEYS = 5		/* tickets that the killed one works on */
};

/* Many processes meet at a file that is not there yet. */
static void
open_at_once(struct world *w)
{
	struct why why;
	pid_t pid[OPENERS];
	int i;

	for (i = 0; i < OPENERS; i++) {
		assert_int_not_equal(pid[i] = fork(), -1);
		if (pid[i] != 0)
			continue;
		if (world_open(w, &why) != OK) {
			print_error("%s\n", why.text);
			_exit(1);
		}
		ledger_close(w->ledger);
		_exit(0);
	}
	for (i = 0; i < OPENERS; i++)
		reap(pid[i]);
}

static void
test_open_at_once(void **state)
{
	struct world *w = *state;
	int i;

	for (i = 0; i < FILES; i++) {
		assert_true(i == 0 || unlink(w->path) == 0);
		open_at_once(w);
		assert_sound(w->path);
	}
}

/* As CGI does it: a process opens it, takes one step, and closes it. */
static int
count_and_close(struct world *w)
{
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct filing f;
	struct why why;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		if (world_open(w, &why) != OK) {
			print_error("%s\n", why.text);
			return (1);
		}
		w->job.deadline = clock_mono() + WORLD_PATIENCE;
		if (world_begin(&w->job, "key", &event, &f) != OK)
			return (2);
		f.looks++;
		if (ledger_advance(&w->job, &event.test, &f) != OK)
			return (3);
		ledger_release(&w->job, &f);
		world_close(w);
	}
	return (0);
}

static void
test_cgi(void **state)
{
	struct world *w = *state;
	pid_t pid[OPENERS];
	int i;

	for (i = 0; i < OPENERS; i++) {
		assert_int_not_equal(pid[i] = fork(), -1);
		if (pid[i] == 0)
			_exit(count_and_close(w));
	}
	for (i = 0; i < OPENERS; i++)
		reap(pid[i]);
	assert_int_equal(ask(w->path, "SELECT sum(looks) FROM ticket"),
	    OPENERS * ROUNDS);
	assert_sound(w->path);
}

/* Count up one ticket's looks by handles in turn; 0 if all went well. */
static int
count_up(struct world *w)
{
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct ledger *ledger[HANDLES];
	struct filing f;
	struct job job;
	int i;

	world_job(w, &job);
	for (i = 0; i < HANDLES; i++)
		if (ledger_open(w->url, &ledger[i], &job.why) != OK)
			return (1);
	for (i = 0; i < HANDLES * ROUNDS; i++) {
		job.ledger = ledger[i % HANDLES];
		if (world_begin(&job, "key", &event, &f) != OK)
			return (2);
		f.looks++;
		if (ledger_advance(&job, &event.test, &f) != OK)
			return (3);
		ledger_release(&job, &f);
	}
	for (i = 0; i < HANDLES; i++)
		ledger_close(ledger[i]);
	arena_free(job.arena);
	return (0);
}

static void
test_processes(void **state)
{
	struct world *w = *state;
	pid_t pid[PROCESSES];
	int i;

	for (i = 0; i < PROCESSES; i++) {
		assert_int_not_equal(pid[i] = fork(), -1);
		if (pid[i] == 0)
			_exit(count_up(w));
	}
	for (i = 0; i < PROCESSES; i++)
		reap(pid[i]);
	assert_int_equal(ask(w->path, "SELECT sum(looks) FROM ticket"),
	    PROCESSES * HANDLES * ROUNDS);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM test"), 1);
	assert_sound(w->path);
}

/* Another process: open and close, then see the ticket; 0 if it did. */
static int
look_twice(struct world *w, const int go[2])
{
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct filing f;
	struct why why;
	int turn;
	char c;

	(void)close(go[1]);
	for (turn = 0; turn < 2; turn++) {
		if (read(go[0], &c, 1) != 1 || world_open(w, &why) != OK)
			return (1);
		w->job.deadline = clock_mono() + WORLD_PATIENCE;
		if (turn == 1 && (ledger_claim(&w->job, "key", &event.test,
		    &f) != OK || f.stage != STAGE_INTENT))
			return (2);
		world_close(w);
	}
	return (0);
}

/*
 * Closing one handle of a process must not cost the other its locks: then
 * the next process to close would think itself the last, and remove a WAL
 * that is written to.  (SQLite forbids a child that was forked later.)
 */
static void
test_second_handle(void **state)
{
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct world *w = *state;
	struct ledger *second;
	struct filing f;
	struct why why;
	int go[2];
	pid_t pid;

	assert_int_equal(pipe(go), 0);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		_exit(look_twice(w, go));
	(void)close(go[0]);
	assert_int_equal(world_open(w, &why), OK);
	assert_int_equal(ledger_probe(w->ledger, &why), OK);
	assert_int_equal(ledger_open(w->url, &second, &why), OK);
	ledger_close(second);
	assert_int_equal(write(go[1], "1", 1), 1);
	(void)usleep(200000);
	expect(&w->job, world_begin(&w->job, "key", &event, &f), OK);
	ledger_release(&w->job, &f);
	assert_int_equal(write(go[1], "2", 1), 1);
	reap(pid);
	(void)close(go[1]);
	assert_sound(w->path);
}

/* A process that writes for ever, by our lock or by SQLite's alone. */
static pid_t
spawn_writer(const struct world *w, bool ours)
{
	char path[256], c = 0;
	int fd, ready[2];
	sqlite3 *db;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0) {
		(void)snprintf(path, sizeof(path), "%s.lock", w->path);
		fd = ours ? lock_open(path) : -1;
		if (ours && lock_write(fd, 0) != OK)
			_exit(1);
		if (!ours && (sqlite3_open(w->path, &db) != SQLITE_OK ||
		    sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL) !=
		    SQLITE_OK))
			_exit(1);
		if (write(ready[1], "y", 1) == 1)
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
test_deadline(void **state)
{
	static const char *const texts[] = {
		"another program had it locked", "another process was writing"
	};
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct world *w = *state;
	struct job *job = &w->job;
	struct filing f;
	struct why why;
	int64_t from;
	char key[16];
	pid_t pid;
	int ours;

	assert_int_equal(world_open(w, &why), OK);
	for (ours = 0; ours < 2; ours++) {
		(void)snprintf(key, sizeof(key), "key %d", ours);
		event = world_event(key, key, STATUS_FLAKY, 5);
		pid = spawn_writer(w, ours != 0);
		from = clock_mono();
		job->deadline = from + 150;
		expect(job, world_begin(job, key, &event, &f), ERR_DEADLINE);
		assert_in_range(clock_mono() - from, 150, 150 + SLACK);
		assert_non_null(strstr(job->why.text, texts[ours]));
		assert_int_equal(f.row, 0);
		ledger_release(job, &f);
		/* What was done over there is tried for a moment longer. */
		from = clock_mono();
		job->deadline = from;
		expect(job, ledger_advance(job, &event.test, &f),
		    ERR_DEADLINE);
		assert_in_range(clock_mono() - from, 1, SLACK);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		job->deadline = clock_mono() + WORLD_PATIENCE;
		expect(job, world_begin(job, key, &event, &f), OK);
		/* Late, with nobody in the way: written. */
		job->deadline = clock_mono() - 1000;
		expect(job, ledger_advance(job, &event.test, &f), OK);
		ledger_release(job, &f);
	}
}

/* How far each ticket was said to be on disk; shared with the parent. */
struct acked {
	int	stage[KEYS];
	int	looks[KEYS];
	volatile int finished;
};

static enum err
step(struct job *job, const struct event *event, int key, int finished,
    struct acked *acked)
{
	char name[16], id[32];
	struct delivery mail = world_mail(id);
	struct finish done = {
		.mail = &mail, .event = event, .outcome = "created",
		.status = 200, .final = true, .answer = "{}"
	};
	struct filing f;
	enum err e;

	(void)snprintf(name, sizeof(name), "key %d", key);
	(void)snprintf(id, sizeof(id), "msg_%d", finished);
	if ((e = world_begin(job, name, event, &f)) != OK)
		return (e);
	/* What is read is on disk, said so or not. */
	acked->stage[key] = (int)f.stage;
	acked->looks[key] = f.looks;
	if (f.stage != STAGE_CREATED)
		f.stage++;
	f.looks++;
	f.remote_id = f.remote_key = name;
	if ((e = ledger_advance(job, &event->test, &f)) != OK)
		return (e);
	acked->stage[key] = (int)f.stage;
	acked->looks[key] = f.looks;
	if ((e = ledger_finish(job, &done)) != OK)
		return (e);
	acked->finished = finished + 1;
	ledger_release(job, &f);
	return (OK);
}

static void
work_till_killed(struct world *w, struct acked *acked)
{
	struct event event;
	char id[16], identity[16];
	struct why why;
	int i;

	if (world_open(w, &why) != OK)
		_exit(1);
	for (i = acked->finished;; i++) {
		(void)snprintf(id, sizeof(id), "id-%d", i % KEYS);
		(void)snprintf(identity, sizeof(identity), "%d\n", i % KEYS);
		event = world_event(id, identity, STATUS_FLAKY, i);
		w->job.deadline = clock_mono() + WORLD_PATIENCE;
		arena_reset(w->job.arena);
		if (step(&w->job, &event, i % KEYS, i, acked) != OK)
			_exit(1);
	}
}

/* Nothing that was said to be done is missing, and nothing is double. */
static void
assert_kept(struct world *w, const struct acked *acked)
{
	struct event event;
	struct recall r;
	struct filing f;
	struct why why;
	char name[16], id[16], identity[16];
	int i;

	assert_int_equal(world_open(w, &why), OK);
	arena_reset(w->job.arena);
	w->job.deadline = clock_mono() + WORLD_PATIENCE;
	for (i = 0; i < KEYS; i++) {
		(void)snprintf(name, sizeof(name), "key %d", i);
		(void)snprintf(id, sizeof(id), "id-%d", i);
		(void)snprintf(identity, sizeof(identity), "%d\n", i);
		event = world_event(id, identity, STATUS_FLAKY, 5);
		expect(&w->job, ledger_claim(&w->job, name, &event.test, &f),
		    OK);
		assert_true((int)f.stage >= acked->stage[i]);
		/* One more may be written than was said. */
		assert_in_range(f.looks, acked->looks[i],
		    acked->looks[i] + 1);
		ledger_release(&w->job, &f);
	}
	for (i = acked->finished; i-- > 0 && i >= acked->finished - KEYS;) {
		(void)snprintf(name, sizeof(name), "msg_%d", i);
		expect(&w->job, ledger_recall(&w->job, name, &r), OK);
		assert_true(r.final);
	}
	world_close(w);
}

static void
test_killed(void **state)
{
	const char *rounds = getenv("LEDGER_KILLS");
	int kills = rounds != NULL ? atoi(rounds) : KILLS;
	int before, i, ms, status;
	struct world *w = *state;
	struct acked *acked;
	pid_t pid;

	acked = mmap(NULL, sizeof(*acked), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(acked != MAP_FAILED);
	srandom(4711);
	for (i = 0; i < kills; i++) {
		assert_int_not_equal(pid = fork(), -1);
		if (pid == 0)
			work_till_killed(w, acked);
		/* Every other one at its start, the rest at work. */
		before = acked->finished;
		for (ms = 0; i % 2 == 1 && acked->finished == before &&
		    ms < WORLD_PATIENCE; ms++)
			clock_sleep(1);
		(void)usleep((useconds_t)(random() % 5000));
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_kept(w, acked);
		if (i % 50 == 0)
			assert_sound(w->path);
	}
	assert_sound(w->path);
	assert_true(acked->finished >= kills / 2);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM ticket"), KEYS);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM test"), KEYS);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM alias"), KEYS);
	assert_int_equal(munmap(acked, sizeof(*acked)), 0);
}

#define ROW(test)							\
	cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ROW(test_open_at_once), ROW(test_cgi), ROW(test_processes),
		ROW(test_second_handle), ROW(test_deadline), ROW(test_killed)
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
