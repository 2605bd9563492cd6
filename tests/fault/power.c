/*
 * power [-d DELIVERIES] [-s SUBSETS] [-r SEED] [-x]
 *
 * Deliveries through the ledger, on a disk that may lose its power at any
 * time (disk.h).  Before every sync, and whenever the ledger has said that
 * something is done, all that the disk may then hold is rebuilt: what was
 * synced, with every prefix of what was written since, and with random
 * subsets and torn writes of it.  Each time the ledger must open, be sound,
 * and still know whatever it had said was done.
 *
 * Prints "D deliveries, M moments, N states, B deviations" and what deviates;
 * exit status 1 if anything does.  -x: the disk lies about its syncs; the
 * first that deviates is enough then.
 */
#include <sys/stat.h>

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/clock.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "tests/fault/disk.h"

enum {
	DELIVERIES_MAX = 1000,
	ARENA = 1 << 20,
	PATIENCE = 20000,	/* ms, where nothing waits for it */
	REOPEN = 8,		/* deliveries until the ledger is closed */
	SHOWN = 10,
	NAME_MAX_LEN = 64
};

/* How far a delivery has come, as the ledger has said. */
enum reached {
	NOTHING = 0,
	INTENDED,
	SENT,
	CREATED,
	LINKED,
	FINISHED
};

struct power {
	char		 dir[NAME_MAX_LEN];	/* the ledger */
	char		 scratch[NAME_MAX_LEN];	/* what is rebuilt */
	int		 deliveries;
	int		 subsets;
	unsigned int	 seed;
	bool		 first;			/* deviation ends it */
	enum reached	 reached[DELIVERIES_MAX];
	int		 begun;			/* deliveries */
	long		 moments;		/* power was lost at */
	long		 states;
	long		 deviations;
};

/* What delivery n is about. */
struct story {
	char		 id[NAME_MAX_LEN];
	char		 key[NAME_MAX_LEN];
	char		 test[NAME_MAX_LEN];
	struct delivery	 mail;
	struct event	 event;
};

static const char body[] = "{\"type\":\"test_case.status_changed\"}";

static void
story(struct story *s, int n)
{

	memset(s, 0, sizeof(*s));
	(void)snprintf(s->id, sizeof(s->id), "msg_%d", n);
	/* Every third is another event of the test before. */
	n -= n % 3 == 2;
	(void)snprintf(s->key, sizeof(s->key), "key %d", n);
	(void)snprintf(s->test, sizeof(s->test), "test-%d", n);
	s->mail = (struct delivery){ .id = s->id, .signed_at = 1700000000,
	    .body = body, .len = sizeof(body) - 1 };
	s->event = (struct event){ .family = FAMILY_STATUS,
	    .type = "test_case.status_changed", .status = STATUS_FLAKY,
	    .time = 1700000000000, .test = { .id = s->test,
	    .name = s->test, .identity = s->key } };
}

static unsigned int
dice(struct power *p)
{

	p->seed = p->seed * 1664525u + 1013904223u;
	return (p->seed >> 16);
}

static void
deviate(struct power *p, const char *what, const char *more)
{

	if (p->deviations++ < SHOWN)
		printf("state %ld: %s%s%s\n", p->states, what,
		    more[0] == '\0' ? "" : ": ", more);
}

static void
job_of(struct job *job, struct ledger *ledger, struct arena *arena)
{

	memset(job, 0, sizeof(*job));
	job->ledger = ledger;
	job->arena = arena;
	job->started = clock_mono();
	job->deadline = job->started + PATIENCE;
	job->now = 1700000000000;
}

static void
clear(const char *dir)
{
	static const char *const names[] = { "ledger.db", "ledger.db-wal",
	    "ledger.db-shm", "ledger.db-journal", "ledger.db.lock" };
	char path[2 * NAME_MAX_LEN];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
}

/* SQLite's own check, by a connection of its own. */
static void
check_integrity(struct power *p)
{
	char path[2 * NAME_MAX_LEN];
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db;
	const char *said = "no answer";

	(void)snprintf(path, sizeof(path), "%s/ledger.db", p->scratch);
	if (sqlite3_open(path, &db) == SQLITE_OK && sqlite3_prepare_v2(db,
	    "PRAGMA integrity_check", -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		said = (const char *)sqlite3_column_text(stmt, 0);
	if (strcmp(said, "ok") != 0)
		deviate(p, "it is not sound", said);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

static void
check_one(struct power *p, struct job *job, int n)
{
	static const enum stage stages[] = { STAGE_NONE, STAGE_INTENT,
	    STAGE_SENT, STAGE_CREATED, STAGE_CREATED, STAGE_CREATED };
	enum reached reached = p->reached[n];
	struct filing f = { .lock = -1 };
	struct recall r = { .final = false };
	struct story s;

	story(&s, n);
	if (ledger_claim(job, s.key, &s.event.test, &f) != OK)
		deviate(p, "it cannot be read", job->why.text);
	else if (f.stage < stages[reached])
		deviate(p, "it has lost a ticket", s.key);
	else if (reached >= LINKED && f.link != LINK_DONE)
		deviate(p, "it has lost a link", s.key);
	ledger_release(job, &f);
	if (reached == FINISHED &&
	    (ledger_recall(job, s.id, &r) != OK || !r.final))
		deviate(p, "it has lost a delivery", s.id);
}

/* What is in `scratch` now: is it a ledger, and does it keep its word? */
static void
check(struct power *p)
{
	char url[2 * NAME_MAX_LEN];
	struct arena *arena = arena_new(ARENA);
	struct why why = { "" };
	struct ledger *ledger;
	struct job job;
	int n;

	p->states++;
	(void)snprintf(url, sizeof(url), "sqlite:%s/ledger.db", p->scratch);
	if (ledger_open(url, &ledger, &why) != OK) {
		deviate(p, "it does not open", why.text);
		arena_free(arena);
		return;
	}
	for (n = 0; n < p->begun; n++) {
		job_of(&job, ledger, arena);
		check_one(p, &job, n);
		arena_reset(arena);
	}
	ledger_close(ledger);
	arena_free(arena);
	check_integrity(p);
}

static _Noreturn void
give_up(const struct power *p, const char *what, const char *why)
{

	printf("%s: %s\n", what, why);
	clear(p->dir);
	clear(p->scratch);
	(void)rmdir(p->dir);
	(void)rmdir(p->scratch);
	exit(2);
}

static void
try(struct power *p, const enum disk_fate *fate)
{

	if (p->first && p->deviations > 0)
		return;
	clear(p->scratch);
	if (!disk_rebuild(p->scratch, fate))
		give_up(p, "rebuilding", strerror(errno));
	check(p);
}

/* Every prefix of the pending writes, then random parts of them. */
static void
lose_power(void *arg)
{
	struct power *p = arg;
	size_t n = disk_pending(), i;
	enum disk_fate *fate = calloc(n + 1, sizeof(*fate));
	int k;

	if (fate == NULL)
		abort();
	p->moments++;
	try(p, fate);
	for (i = 0; i < n; i++) {
		fate[i] = DISK_TORN;
		try(p, fate);
		fate[i] = DISK_KEPT;
		try(p, fate);
	}
	for (k = 0; k < p->subsets && n > 1; k++) {
		for (i = 0; i < n; i++)
			fate[i] = (enum disk_fate)(dice(p) % 3);
		try(p, fate);
	}
	free(fate);
}

/* The ledger said so: from now on it must know it. */
static void
said(struct power *p, struct job *job, enum err e, enum reached reached)
{

	if (e != OK)
		give_up(p, "the ledger refuses", job->why.text);
	p->reached[p->begun - 1] = reached;
	lose_power(p);
}

static void
finish(struct power *p, struct job *job, const struct story *s,
    const struct filing *f)
{
	const struct finish end = { .mail = &s->mail, .event = &s->event,
	    .outcome = "created", .status = 200, .final = true,
	    .answer = "{\"outcome\":\"created\"}", .rule = "flaky",
	    .filing = f };

	said(p, job, ledger_finish(job, &end), FINISHED);
}

/* The steps of handler/deliver.c and handler/ticket.c. */
static void
deliver(struct power *p, struct job *job, int n)
{
	struct filing f = { .lock = -1 };
	struct story s;
	enum err e;

	story(&s, n);
	p->begun = n + 1;
	e = ledger_claim(job, s.key, &s.event.test, &f);
	if (e == OK && f.stage == STAGE_NONE) {
		f.marker = s.key;
		f.tracker = "eng";
		f.project = "ENG";
		f.rule = "flaky";
		e = ledger_intend(job, &s.mail, &s.event, &f);
		said(p, job, e, INTENDED);
		f.stage = STAGE_SENT;
		said(p, job, ledger_advance(job, &s.event.test, &f), SENT);
		f.stage = STAGE_CREATED;
		f.remote_id = f.remote_key = f.url = s.test;
		said(p, job, ledger_advance(job, &s.event.test, &f), CREATED);
		f.link = LINK_DONE;
		e = ledger_advance(job, &s.event.test, &f);
	}
	said(p, job, e, LINKED);
	finish(p, job, &s, &f);
	ledger_release(job, &f);
}

static void
live(struct power *p)
{
	char url[2 * NAME_MAX_LEN];
	struct arena *arena = arena_new(ARENA);
	struct ledger *ledger = NULL;
	struct why why = { "" };
	struct job job;
	int n;

	(void)snprintf(url, sizeof(url), "sqlite:%s/ledger.db", p->dir);
	for (n = 0; n < p->deliveries; n++) {
		if (ledger == NULL && ledger_open(url, &ledger, &why) != OK)
			give_up(p, "the ledger does not open", why.text);
		job_of(&job, ledger, arena);
		deliver(p, &job, n);
		arena_reset(arena);
		if (n % REOPEN == REOPEN - 1) {
			ledger_close(ledger);	/* which checkpoints */
			ledger = NULL;
		}
	}
	ledger_close(ledger);
	lose_power(p);
	arena_free(arena);
}

static void
make_directories(struct power *p)
{
	const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	(void)snprintf(p->dir, sizeof(p->dir), "%s/power.XXXXXX", tmp);
	(void)snprintf(p->scratch, sizeof(p->scratch), "%s/power.XXXXXX",
	    tmp);
	if (mkdtemp(p->dir) == NULL || mkdtemp(p->scratch) == NULL) {
		perror("power: a directory");
		exit(2);
	}
}

int
main(int argc, char *argv[])
{
	static struct power p = { .deliveries = 48, .subsets = 200,
	    .seed = 1 };
	int c;

	while ((c = getopt(argc, argv, "d:s:r:x")) != -1)
		if (c == 'd')
			p.deliveries = atoi(optarg);
		else if (c == 's')
			p.subsets = atoi(optarg);
		else if (c == 'r')
			p.seed = (unsigned int)strtoul(optarg, NULL, 10);
		else if (c == 'x') {
			disk_deaf();
			p.first = true;
		} else
			return (2);
	if (p.deliveries > DELIVERIES_MAX)
		p.deliveries = DELIVERIES_MAX;
	make_directories(&p);
	if (!disk_install(p.dir, lose_power, &p)) {
		fprintf(stderr, "power: SQLite takes no VFS\n");
		return (2);
	}
	live(&p);
	clear(p.dir);
	clear(p.scratch);
	(void)rmdir(p.dir);
	(void)rmdir(p.scratch);
	disk_free();
	printf("%d deliveries, %ld moments, %ld states, %ld deviations\n",
	    p.deliveries, p.moments, p.states, p.deviations);
	return (p.deviations > 0);
}
