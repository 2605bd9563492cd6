/*
 * What the ledger commits in a second on a disk where a flush takes 8 ms,
 * and how long one waits for it.  With --json: lines of JSON.
 */
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <err.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/clock.h"
#include "handler/job.h"
#include "handler/ledger.h"

enum {
	FLUSH = 8,		/* ms added to each flush */
	RUN = 3000,		/* ms of one measurement */
	THREADS_MAX = 64,
	PROCESSES_MAX = 2,
	WAITS_MAX = 1 << 20,
	PATIENCE = 60000
};

/* Of all processes: how long each commit took, in ms. */
struct tally {
	int	n;
	float	wait[WAITS_MAX];
};

struct user {
	pthread_t	 thread;
	struct ledger	*ledger;
	struct tally	*tally;
	int		 number;
	int64_t		 until;
};

/* SQLite calls these instead of libc's. */
int
fdatasync(int fd)
{

	clock_sleep(FLUSH);
	return ((int)syscall(SYS_fdatasync, fd));
}

int
fsync(int fd)
{

	clock_sleep(FLUSH);
	return ((int)syscall(SYS_fsync, fd));
}

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return ((double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6);
}

static void
note(struct tally *tally, double ms)
{
	int at = __atomic_fetch_add(&tally->n, 1, __ATOMIC_RELAXED);

	if (at >= WAITS_MAX)
		errx(1, "more commits than the program can count");
	tally->wait[at] = (float)ms;
}

static void *
use(void *arg)
{
	struct user *u = arg;
	struct test_record record;
	struct test test = { .scope = SCOPE_COLLECTION,
	    .repository = { "git.example.net", "harbour", "crane",
	    NULL } };
	char name[64];
	double start;
	int i;

	for (i = 0; clock_mono() < u->until; i++) {
		struct job job = { .ledger = u->ledger,
		    .deadline = clock_mono() + PATIENCE };

		(void)snprintf(name, sizeof(name), "%d-%d-%d", (int)getpid(),
		    u->number, i);
		test.id = test.identity = test.name = name;
		job.arena = arena_new(1 << 16);
		start = now();
		if (ledger_meet(&job, &test, &record) != OK)
			errx(1, "%s", job.why.text);
		note(u->tally, now() - start);
		arena_free(job.arena);
	}
	return (NULL);
}

static void
use_many(const char *url, int threads, struct tally *tally)
{
	struct user users[THREADS_MAX];
	struct ledger *ledger;
	struct why why;
	int i;

	if (ledger_open(url, &ledger, &why) != OK)
		errx(1, "%s", why.text);
	for (i = 0; i < threads; i++) {
		users[i] = (struct user){ .ledger = ledger, .tally = tally,
		    .number = i, .until = clock_mono() + RUN };
		if (pthread_create(&users[i].thread, NULL, use, &users[i]))
			errx(1, "no thread");
	}
	for (i = 0; i < threads; i++)
		(void)pthread_join(users[i].thread, NULL);
	ledger_close(ledger);
}

/* What a program does that commits each insert by itself. */
static void
commit_each(const char *path, struct tally *tally)
{
	int64_t until = clock_mono() + RUN;
	double start;
	sqlite3 *db;

	if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db,
	    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	    "CREATE TABLE t (name TEXT)", NULL, NULL, NULL) != SQLITE_OK)
		errx(1, "%s", sqlite3_errmsg(db));
	while (clock_mono() < until) {
		start = now();
		if (sqlite3_exec(db, "INSERT INTO t VALUES ('a test')", NULL,
		    NULL, NULL) != SQLITE_OK)
			errx(1, "%s", sqlite3_errmsg(db));
		note(tally, now() - start);
	}
	(void)sqlite3_close(db);
}

static int
compare(const void *a, const void *b)
{
	const float *x = a, *y = b;

	return ((*x > *y) - (*x < *y));
}

/* Print one line; the commits of a second. */
static bool json;

static double
say(const char *what, struct tally *t, double alone)
{
	double rate = t->n * 1e3 / RUN;
	int last = t->n - 1;

	qsort(t->wait, (size_t)t->n, sizeof(t->wait[0]), compare);
	if (json)
		printf("{\"what\":\"%s\",\"rate\":%.1f,\"p50\":%.2f,"
		    "\"p99\":%.2f,\"longest\":%.2f,\"flush\":%d}\n", what,
		    rate, t->wait[last / 2], t->wait[last * 99 / 100],
		    t->wait[last], FLUSH);
	else
		printf("  %-28s %8.0f /s  %6.1f x   median %6.1f ms  "
		    "p99 %6.1f ms (%.1f flushes)  longest %.1f ms\n", what,
		    rate, alone > 0 ? rate / alone : 1.0, t->wait[last / 2],
		    t->wait[last * 99 / 100], t->wait[last * 99 / 100] / FLUSH,
		    t->wait[last]);
	t->n = 0;
	return (rate);
}

static void
use_processes(const char *url, int processes, int threads,
    struct tally *tally)
{
	int i, status;

	(void)fflush(NULL);
	for (i = 0; i < processes; i++)
		if (fork() == 0) {
			use_many(url, threads, tally);
			_exit(0);
		}
	for (i = 0; i < processes; i++)
		if (wait(&status) == -1 || status != 0)
			errx(1, "a process failed");
}

int
main(int argc, char **argv)
{
	static const int counts[] = { 1, 8, 64 };
	char dir[] = "/tmp/commit.XXXXXX", path[64], url[80], text[64];
	struct tally *tally;
	double alone;
	size_t i;

	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED || mkdtemp(dir) == NULL)
		err(1, "setting up");
	json = argc > 1 && strcmp(argv[1], "--json") == 0;
	if (!json)
		printf("The ledger, with %d ms added to each flush\n", FLUSH);
	(void)snprintf(path, sizeof(path), "%s/each.db", dir);
	commit_each(path, tally);
	alone = say("SQLite, a commit each", tally, 0);
	(void)snprintf(url, sizeof(url), "sqlite:%s/l.db", dir);
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		use_processes(url, 1, counts[i], tally);
		(void)snprintf(text, sizeof(text), "%d thread%s", counts[i],
		    counts[i] == 1 ? "" : "s");
		(void)say(text, tally, alone);
	}
	use_processes(url, PROCESSES_MAX, THREADS_MAX / PROCESSES_MAX, tally);
	(void)say("2 processes of 32 threads", tally, alone);
	(void)snprintf(path, sizeof(path), "rm -r %s", dir);
	return (system(path) == 0 ? 0 : 1);
}
