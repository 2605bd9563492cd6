/*
 * What the merge queue did with each pull request and each batch.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/clock.h"
#include "handler/config.h"
#include "handler/ledger.h"
#include "handler/ledger_effect.h"
#include "handler/ledger_queue.h"
#include "handler/list.h"
#include "handler/program.h"
#include "handler/queue_history.h"
#include "handler/queue_print.h"
#include "handler/verb.h"

extern const struct verb verb_queue;

enum {
	PATIENCE = 10 * 1000,	/* ms for one question to the ledger */
	ROOM = 64,		/* records, at first */
	DIGITS_MAX = 15		/* of a pull request's number */
};

struct options {
	struct queue_want want;
	const char	*repository;	/* a part of its name; NULL: all */
};

/* A ledger at hand: what is read of it stays in the verb's own arena. */
struct reader {
	struct arena	*arena;
	struct job	 job;
	struct queue_record *records;
	size_t		 n, room;
};

static int
take_pr(const char *text, int64_t *pr)
{

	if (text[0] == '#')
		text++;
	if (text[0] == '\0' || strlen(text) > DIGITS_MAX ||
	    text[strspn(text, "0123456789")] != '\0' ||
	    (*pr = strtoll(text, NULL, 10)) <= 0)
		return (verb_usage("--pr needs the number of a pull "
		    "request"));
	return (EXIT_DONE);
}

static int
take_since(const char *text, int64_t *since)
{
	int64_t span;

	if (!verb_duration(text, &span))
		return (verb_usage("--since needs a duration such as 7d, "
		    "12h, 30m or 90s"));
	*since = clock_wall() - span;
	return (EXIT_DONE);
}

static int
take_options(const struct verb_args *args, struct options *o)
{
	const char *name, *value;
	int i, status = EXIT_DONE;

	*o = (struct options){ .want = { .json = args->json } };
	for (i = 1; i < args->argc && status == EXIT_DONE; i += 2) {
		name = args->argv[i];
		value = args->argv[i + 1];	/* argv[argc] is NULL */
		if (value == NULL)
			return (verb_usage(arena_printf(args->arena,
			    "%s: queue takes no such argument, or it needs a "
			    "value", name)));
		if (strcmp(name, "--pr") == 0)
			status = take_pr(value, &o->want.pr);
		else if (strcmp(name, "--since") == 0)
			status = take_since(value, &o->want.since);
		else if (strcmp(name, "--repository") == 0)
			o->repository = value;
		else
			return (verb_usage(arena_printf(args->arena,
			    "queue has no option %s", name)));
	}
	return (status);
}

/* Text of the job's arena, in the verb's; NULL stays, or is no memory. */
static bool
keep(struct arena *arena, const char **text)
{

	return (*text == NULL ||
	    (*text = arena_strdup(arena, *text)) != NULL);
}

static bool
keep_record(struct reader *r, struct queue_record *q)
{
	size_t size = q->nprs * sizeof(*q->prs);
	int64_t *prs = arena_alloc(r->arena, size + 1);

	if (prs == NULL || !keep(r->arena, &q->suffix) ||
	    !keep(r->arena, &q->branch) || !keep(r->arena, &q->reason) ||
	    !keep(r->arena, &q->failure))
		return (false);
	if (size > 0)
		memcpy(prs, q->prs, size);
	q->prs = prs;
	q->delivery = q->repository = NULL;	/* nobody asks for them */
	return (true);
}

static bool
add(struct reader *r, struct queue_record *q)
{
	struct queue_record *all;

	if (!keep_record(r, q))
		return (false);
	if (r->n == r->room) {
		r->room = r->room == 0 ? ROOM : 2 * r->room;
		all = arena_alloc(r->arena, r->room * sizeof(*all));
		if (all == NULL)
			return (false);
		if (r->n > 0)
			memcpy(all, r->records, r->n * sizeof(*all));
		r->records = all;
	}
	r->records[r->n++] = *q;
	return (true);
}

static enum err
read_all(struct reader *r, const char *repository, int64_t pr)
{
	struct queue_cursor at = { 0, 0 };
	struct queue_record q;
	enum err e;

	r->n = r->room = 0;
	for (;;) {
		arena_reset(r->job.arena);
		list_step(&r->job, PATIENCE);
		q = (struct queue_record){ .delivery = NULL };
		e = ledger_queue_next(&r->job, repository, pr, &at, &q);
		if (e != OK)
			return (e == ERR_ABSENT ? OK : e);
		if (!add(r, &q))
			return (fail(&r->job, ERR_NOMEM, "no memory for the "
			    "history of %s", repository));
	}
}

static enum err
show(struct reader *r, const struct queue_place *place,
    const struct queue_want *want)
{
	const char *doubt = queue_print_doubt(r->arena, place);
	struct queue_history history;
	enum err e;

	if ((e = read_all(r, place->repository, want->pr)) != OK)
		return (e);
	if ((e = queue_history(r->arena, r->records, r->n,
	    &history)) != OK || (e = queue_print(r->arena, place, &history,
	    want, stdout)) != OK)
		return (fail(&r->job, e, "the history of %s cannot be "
		    "printed", place->repository));
	if (doubt != NULL && fflush(stdout) == 0)
		fprintf(stderr, "tickethook: %s\n", doubt);
	return (OK);
}

/* The places, in the verb's arena. */
static enum err
find_places(struct reader *r, const struct queue_place **places, size_t *n)
{
	struct job job = r->job;
	enum err e;

	job.arena = r->arena;
	list_step(&job, PATIENCE);
	e = ledger_queue_places(&job, places, n);
	r->job.why = job.why;
	return (e);
}

static int
print(struct reader *r, const struct options *o)
{
	const struct queue_place *places;
	size_t i, n;
	enum err e;

	e = find_places(r, &places, &n);
	for (i = 0; i < n && e == OK; i++)
		if (places[i].last >= o->want.since &&
		    (o->repository == NULL || strcasestr(
		    places[i].repository, o->repository) != NULL))
			e = show(r, &places[i], &o->want);
	return (e == OK ? EXIT_DONE : verb_fail(EXIT_NO, "%s",
	    r->job.why.text));
}

static int
queue(struct verb_args *args)
{
	struct reader r = { .arena = args->arena };
	struct options o;
	struct config *config;
	struct ledger *ledger;
	int status;

	if ((status = take_options(args, &o)) != EXIT_DONE ||
	    (status = list_ledger(args, &config, &ledger)) != EXIT_DONE)
		return (status);
	r.job = (struct job){ .config = config, .ledger = ledger,
	    .arena = arena_new(program_memory(config)) };
	status = r.job.arena == NULL ? verb_fail(EXIT_NO, "no memory") :
	    print(&r, &o);
	arena_free(r.job.arena);
	ledger_close(ledger);
	config_free(config);
	return (status);
}

const struct verb verb_queue = {
	"queue", "[--repository TEXT] [--pr N] [--since 7d]",
	"what the merge queue did, by pull request and batch", queue
};
