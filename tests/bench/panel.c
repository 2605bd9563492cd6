/*
 * How long each page takes, and how large it is, over a ledger of 100,000
 * tickets and 1,000,000 deliveries.  BENCH_TICKETS in the environment makes
 * another number of tickets, with ten deliveries each.
 *
 *	panel --fill PATH	only fills a ledger
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/crypt.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/metrics.h"
#include "handler/panel.h"

enum {
	TICKETS = 100000,
	ROUNDS = 21,
	ARENA = 64 << 20
};

static char dir[] = "/tmp/bench-panel-XXXXXX";

/* The table p tells how many tickets, and the wall ms. */
static const char FILL[] =
    "BEGIN;"
    "CREATE TEMP TABLE k AS WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL"
    "  SELECT n + 1 FROM i WHERE n < (SELECT most FROM p)) SELECT n FROM i;"
    "INSERT INTO test (id, identity, name, file, status, status_time, since)"
    "  SELECT n, 'id' || n, 'moves crane ' || n || ' over the quay',"
    "  'quay/crane_' || n % 900 || '_test.go', CASE n % 3 WHEN 0 THEN"
    "  'healthy' ELSE 'flaky' END, now - n * 9000, now - n * 9000"
    "  FROM k, p;"
    "INSERT INTO ticket (id, key, generation, stage, marker, tracker, rule,"
    "  owner, remote_id, remote_key, url, created, life, life_since, flaps)"
    "  SELECT n, 'test|id' || n, 1, 'created', 'm' || n, 'harbour',"
    "  'r' || n % 40, '@quay/team' || n % 60,"
    "  printf('0f0f0f0f-0f0f-4f0f-8f0f-%012d', n), 'HAR-' || n,"
    "  'https://dock.example.net/HAR-' || n, now - n * 90000,"
    "  CASE n % 10 WHEN 0 THEN 'verifying' WHEN 1 THEN 'not_proven'"
    "  WHEN 2 THEN 'verified' WHEN 3 THEN 'closed' ELSE 'open' END,"
    "  now - n * 80000, n % 4 FROM k, p;"
    "INSERT INTO link (ticket, test, scope, stage, tried, trunk_id)"
    "  SELECT k.n, k.n, 'collection', 'done', 0,"
    "  printf('0e0e0e0e-0e0e-5e0e-8e0e-%012d', n) FROM k, p;"
    "INSERT INTO delivery (id, received, last, tries, type, event_time,"
    "  outcome, status, final, answer, rule, ticket, due, body)"
    "  SELECT 'msg_' || n || '_' || t.i, now - n * 9000 - t.i * 800,"
    "  now - n * 9000, 1, 'v2.test_case.status_changed', now - n * 9000,"
    "  CASE WHEN n % 100 = 0 THEN 'parked' ELSE 'exists' END, 200,"
    "  n % 100 <> 0, '{}', 'r' || n % 40, n, n % 100 = 0,"
    "  CAST('{\"type\":\"v2.test_case.status_changed\",\"test_case\":{"
    "\"id\":\"5b1f7c02-6a3e-5d49-8b10-f2c4d6e8a013\",\"name\":\"lifts\"},"
    "\"new_status\":\"FLAKY\"}' AS BLOB)"
    "  FROM k, p, (SELECT 0 AS i UNION ALL SELECT 1 UNION ALL SELECT 2"
    "  UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL"
    "  SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)"
    "  AS t;"
    "INSERT INTO change (delivery, test, time, status, previous,"
    "  quarantined) SELECT 'msg_' || n || '_0', n, now - n * 90000,"
    "  'flaky', 'healthy', 'no' FROM k, p;"
    "INSERT INTO queue (delivery, repository, kind, number, suffix, time,"
    "  time_is_ours, bisection, received) SELECT 'q' || n,"
    "  'github.com/quay/crane', 'pr', n, 'queued', now - n, 0, 'no',"
    "  now - n FROM k, p;"
    "COMMIT";

static const struct {
	const char	*path;
	const char	*query;
} pages[] = {
	{ "/", NULL },
	{ "/", "life=not_proven" },
	{ "/tickets", NULL },
	{ "/tickets", "after=0.50000" },
	{ "/tickets", "q=HAR-77777" },
	{ "/tickets", "q=crane+777" },
	{ "/tickets", "q=nothing+is+called+so" },
	{ "/ticket", "row=5000" },
	{ "/deliveries", NULL },
	{ "/delivery", "id=msg_50000_3" },
	{ "/queue", NULL },
	{ "/parked", NULL },
	{ "/unhandled", NULL },
	{ "/metrics", NULL },
};

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return ((double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

/* Rows as the program would have left them. */
static int
fill(const char *path, long long n)
{
	char *why = NULL, p[128];
	sqlite3 *db;
	int rc;

	(void)snprintf(p, sizeof(p), "CREATE TEMP TABLE p AS SELECT %lld AS"
	    " most, %lld AS now", n, (long long)clock_wall());
	if (sqlite3_open(path, &db) != SQLITE_OK)
		return (1);
	(void)sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
	rc = sqlite3_exec(db, p, NULL, NULL, &why);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, FILL, NULL, NULL, &why);
	if (rc != SQLITE_OK)
		(void)fprintf(stderr, "bench panel: %s\n", why);
	sqlite3_free(why);
	(void)sqlite3_close(db);
	return (rc != SQLITE_OK);
}

static struct outcome
show(struct ledger *ledger, struct arena *arena, size_t i)
{
	static const struct config config = { .ledger_url = "" };
	struct job job = { .arena = arena, .config = &config,
	    .ledger = ledger, .started = clock_mono(), .now = clock_wall() };
	struct request in = { .method = "GET", .path = pages[i].path,
	    .visitor = { .user = "kim", .query = pages[i].query } };

	job.deadline = job.started + 10000;
	return (strcmp(in.path, "/metrics") == 0 ? metrics(&job, &in) :
	    panel(&job, &in));
}

static int
measure(struct ledger *ledger)
{
	struct arena *arena = arena_new(ARENA);
	double ms[ROUNDS], from;
	struct outcome out;
	size_t i, j, size;

	(void)printf("%-44s %8s %8s %9s\n", "page", "median", "worst",
	    "bytes");
	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		for (j = 0, size = 0; j < ROUNDS; j++) {
			from = now();
			out = show(ledger, arena, i);
			ms[j] = now() - from;
			if (out.status != 200) {
				(void)fprintf(stderr, "bench panel: %s: %s\n",
				    pages[i].path, out.body);
				return (1);
			}
			size = strlen(out.body);
			arena_reset(arena);
		}
		qsort(ms, ROUNDS, sizeof(*ms), by_size);
		(void)printf("%-12s %-31s %5.1f ms %5.1f ms %9zu\n",
		    pages[i].path, pages[i].query == NULL ? "" :
		    pages[i].query, ms[ROUNDS / 2], ms[ROUNDS - 1], size);
	}
	arena_free(arena);
	return (0);
}

/* A ledger with its rows; it is closed. */
static int
make(const char *path, const char *url, long long n)
{
	struct ledger *ledger;
	struct why why = { "" };

	if (crypt_init(&why) != OK || ledger_open(url, &ledger, &why) != OK) {
		(void)fprintf(stderr, "bench panel: %s\n", why.text);
		return (1);
	}
	ledger_close(ledger);
	return (fill(path, n));
}

static int
run(const char *path, long long n, bool show_them)
{
	struct ledger *ledger;
	struct why why = { "" };
	char url[512];
	int bad;

	(void)snprintf(url, sizeof(url), "sqlite:%s", path);
	if ((bad = make(path, url, n)) != 0 || !show_them)
		return (bad);
	if (ledger_open(url, &ledger, &why) != OK)
		return (1);
	bad = measure(ledger);
	ledger_close(ledger);
	return (bad);
}

int
main(int argc, char **argv)
{
	static const char *const ends[] = { "", "-wal", "-shm", ".lock" };
	const char *said = getenv("BENCH_TICKETS");
	char path[64], file[96];
	size_t i;
	int bad;

	if (argc == 3 && strcmp(argv[1], "--fill") == 0)
		return (run(argv[2], said != NULL ? atoll(said) : TICKETS,
		    false));
	if (mkdtemp(dir) == NULL)
		return (1);
	(void)snprintf(path, sizeof(path), "%s/ledger.db", dir);
	bad = run(path, said != NULL ? atoll(said) : TICKETS,
	    true);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		(void)snprintf(file, sizeof(file), "%s%s", path, ends[i]);
		(void)unlink(file);
	}
	(void)rmdir(dir);
	return (bad);
}
