#ifndef LEDGER_SETUP_H_
#define LEDGER_SETUP_H_

#include <sys/stat.h>

#include <dirent.h>
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
/* handler/job.h has a function of that name. */
#undef fail

#include "common/arena.h"
#include "common/clock.h"
#include "common/log.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "tests/unit/ledger_postgres.h"

/*
 * An empty directory with a ledger in it, and a job to use it with.  Both
 * setup functions are cmocka's; the second opens the ledger too.
 */
struct world {
	char		 dir[64];
	char		 path[96];
	char		 url[640];
	struct ledger	*ledger;
	struct job	 job;
};

enum {
	WORLD_ARENA = 4 << 20,
	WORLD_PATIENCE = 120000,	/* ms, where no test waits for it */
	WORLD_NOW = 1700000000		/* seconds: a time of the wall clock */
};

static inline void
world_job(struct world *w, struct job *job)
{

	memset(job, 0, sizeof(*job));
	job->arena = arena_new(WORLD_ARENA);
	assert_non_null(job->arena);
	job->ledger = w->ledger;
	job->started = clock_mono();
	job->deadline = job->started + WORLD_PATIENCE;
	job->now = (int64_t)WORLD_NOW * 1000;
}

static inline enum err
world_open(struct world *w, struct why *why)
{
	enum err e;

	memset(why, 0, sizeof(*why));
	e = ledger_open(w->url, &w->ledger, why);
	w->job.ledger = w->ledger;
	return (e);
}

static inline void
world_close(struct world *w)
{

	ledger_close(w->ledger);
	w->ledger = w->job.ledger = NULL;
}

static inline int
world_setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return (-1);
	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/ledger.XXXXXX");
	if (mkdtemp(w->dir) == NULL)
		return (-1);
	(void)snprintf(w->path, sizeof(w->path), "%s/l.db", w->dir);
	(void)snprintf(w->url, sizeof(w->url), "sqlite:%s", w->path);
	if (world_server() != NULL) {
		world_schema();
		(void)snprintf(w->url, sizeof(w->url), "%s", world_here);
	}
	world_job(w, &w->job);
	*state = w;
	return (0);
}

static inline int
world_setup_open(void **state)
{
	struct why why;
	struct world *w;

	if (world_setup(state) != 0)
		return (-1);
	w = *state;
	if (world_open(w, &why) == OK)
		return (0);
	print_error("%s\n", why.text);
	return (-1);
}

static inline int
world_teardown(void **state)
{
	struct world *w = *state;
	struct dirent *entry;
	char path[512];
	DIR *dir;

	world_close(w);
	if (world_server() != NULL)
		world_schema_drop();
	arena_free(w->job.arena);
	if ((dir = opendir(w->dir)) != NULL) {
		while ((entry = readdir(dir)) != NULL) {
			(void)snprintf(path, sizeof(path), "%s/%s", w->dir,
			    entry->d_name);
			(void)unlink(path);
		}
		(void)closedir(dir);
	}
	(void)rmdir(w->dir);
	free(w);
	return (0);
}

/* The sentence with the error: a failing test shows it. */
#define expect(job, got, wanted)					\
	expect_at((job), (got), (wanted), __FILE__, __LINE__)

static inline void
expect_at(const struct job *job, enum err got, enum err wanted,
    const char *file, int line)
{

	if (got == wanted)
		return;
	print_error("%s, wanted %s: %s\n", err_name(got), err_name(wanted),
	    job->why.text);
	_fail(file, line);
}

/* A status change of a test with that id, which is also in its identity. */
static inline struct event
world_event(const char *id, const char *identity, enum status status,
    int64_t time)
{
	struct event event = {
		.family = FAMILY_STATUS,
		.type = "v2.test_case.status_changed",
		.name = "test_case.status_changed",
		.status = status,
		.time = time,
		.test = {
			.id = id,
			.scope = SCOPE_COLLECTION,
			.repository = {
				.host = "git.example.net",
				.owner = "harbour",
				.name = "crane"
			},
			.name = "lifts",
			.file_path = "src/lift_test.c",
			.identity = identity
		}
	};

	return (event);
}

static inline struct delivery
world_mail(const char *id)
{
	static const char body[] = "{\"type\":\"test_case\"}";
	struct delivery mail = {
		.id = id,
		.signed_at = WORLD_NOW,
		.body = body,
		.len = sizeof(body) - 1
	};

	return (mail);
}

/* Claim the key and, if it is new, intend. */
static inline enum err
world_begin(struct job *job, const char *key, const struct event *event,
    struct filing *f)
{
	struct delivery mail = world_mail("msg_begin");
	enum err e;

	if ((e = ledger_claim(job, key, &event->test, f)) != OK ||
	    f->stage != STAGE_NONE)
		return (e);
	f->marker = "marker-1";
	f->tracker = "eng";
	f->project = "ENG";
	f->rule = "flaky";
	f->rule_line = 12;
	f->owner = "@harbour/cranes";
	f->owner_line = 34;
	f->note = "component left out";
	return (ledger_intend(job, &mail, event, f));
}

/* The outcome of a delivery: 200 is a created ticket, else no answer. */
static inline enum err
world_finish(struct job *job, const char *id, const struct event *event,
    int status, bool final)
{
	struct delivery mail = world_mail(id);
	struct finish f = {
		.mail = &mail,
		.event = event,
		.outcome = status == 200 ? "created" : "upstream",
		.status = status,
		.final = final,
		.answer = status == 200 ? "{\"outcome\":\"created\"}" :
		    "{\"error\":\"upstream\"}",
		.rule = "flaky",
		.why = status == 200 ? NULL : "linear: no answer"
	};

	return (ledger_finish(job, &f));
}

#endif
