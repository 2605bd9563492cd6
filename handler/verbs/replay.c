/*
 * Stored deliveries once more, by the very path that a delivery takes: what
 * was answered for good is not done again, and what exists is not doubled.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/clock.h"
#include "handler/config.h"
#include "handler/deliver.h"
#include "handler/list.h"
#include "handler/program.h"
#include "handler/simulate.h"
#include "handler/verb.h"

extern const struct verb verb_replay;

static const struct table_column columns[] = {
	{ "DELIVERY", "delivery", 14 },
	{ NULL, "received", 0 },
	{ "TEST", "test", 16 },
	{ "WAS", "was", 0 },
	{ "NOW", "now", 0 },
	{ NULL, "status", 0 },
	{ "RULE", "rule", 8 },
	{ "WHY", "why", 16 }
};

struct run {
	struct program	*program;
	struct arena	*arena;		/* emptied after each delivery */
	struct table	*table;
	struct progress	 progress;
	bool		 dry;
	int64_t		 deliveries, done;
};

/* What a delivery came to, or would. */
struct result {
	const char	*now;
	int		 status;	/* 0: it was not run */
	const char	*rule;
	const char	*why;
};

/* Decided anew, with nobody asked; what is final stays. */
static enum err
foresee(struct job *job, const struct view_delivery *d, struct result *r)
{
	const struct past past = { .id = d->id, .body = d->body,
	    .len = d->len, .received = d->received, .outcome = d->outcome,
	    .rule = d->rule };
	struct simulation s;
	enum err e;

	if (d->final) {
		*r = (struct result){ .now = d->outcome, .rule = d->rule,
		    .why = "answered for good: it stays" };
		return (OK);
	}
	if ((e = simulate_past(job, &past, &s)) != OK)
		return (e);
	r->now = simulate_word(s.now);
	r->rule = s.route.rule != NULL ? s.route.rule->name : NULL;
	return (OK);
}

static void
repeat(struct run *r, struct job *job, const struct view_delivery *d,
    struct result *result)
{
	const struct delivery mail = { .id = d->id,
	    .signed_at = d->received / 1000,
	    .body = d->body == NULL ? "" : d->body, .len = d->len };
	struct outcome out;

	list_step(job, job->config->deadline);
	out = deliver_again(job, &mail);
	result->now = out.name;
	result->status = out.status;
	result->rule = d->rule;
	result->why = job->why.text[0] == '\0' ? NULL : job->why.text;
	if (out.status == 200 && strcmp(out.name, "parked") != 0)
		r->done++;
}

static void
put(struct run *r, const struct view_delivery *d, const char *test,
    const struct result *result)
{
	struct table *t = r->table;

	table_text(t, d->id);
	table_time(t, d->received);
	table_text(t, test);
	table_text(t, d->outcome);
	table_text(t, result->now);
	if (result->status != 0)
		table_int(t, result->status);
	else
		table_text(t, NULL);
	table_text(t, result->rule);
	table_text(t, result->why);
	table_row(t);
}

/* The next delivery of the filter; ERR_ABSENT after the last one. */
static enum err
step(struct run *r, struct job *job, const struct view_filter *filter,
    struct view_mark *mark)
{
	struct result result = { .now = NULL };
	struct view_delivery d;
	struct event event;
	enum err e;

	if ((e = ledger_view_deliveries(job, filter, mark, &d)) != OK)
		return (e);
	progress_at(&r->progress, d.received - filter->since,
	    filter->since > 0 ? filter->until - filter->since : 0,
	    job->started);
	if (!list_about(job, &d, filter->test, &event))
		return (OK);
	r->deliveries++;
	if (!r->dry)
		repeat(r, job, &d, &result);
	else if ((e = foresee(job, &d, &result)) != OK)
		return (e);
	put(r, &d, event.test.name, &result);
	return (OK);
}

/* All that the filter lets through. */
static enum err
walk(struct run *r, const struct view_filter *filter, struct why *why)
{
	struct view_mark mark = { .begun = false };
	struct job job;
	enum err e;

	do {
		job = (struct job){ .arena = r->arena };
		program_begin(r->program, &job, clock_mono());
		e = step(r, &job, filter, &mark);
		*why = job.why;
		program_end(r->program, &job);
		arena_reset(r->arena);
	} while (e == OK);
	return (e == ERR_ABSENT ? OK : e);
}

/* Those that were named, one after the other. */
static enum err
walk_ids(struct run *r, const struct verb_args *args, struct why *why)
{
	struct view_filter filter = { .oldest = true };
	int64_t before;
	enum err e = OK;
	int i;

	for (i = 1; i < args->argc && e == OK; i++) {
		filter.id = args->argv[i];
		before = r->deliveries;
		e = walk(r, &filter, why);
		if (e == OK && r->deliveries == before)
			e = err_set(why, ERR_ABSENT, "the ledger has no "
			    "delivery %s; `tickethook deliveries` lists them",
			    filter.id);
	}
	return (e);
}

static void
report(const struct run *r, bool json)
{

	if (json)
		printf("{\"deliveries\":%" PRId64 ",\"done\":%" PRId64 "}\n",
		    r->deliveries, r->done);
	else
		printf("%" PRId64 " deliver%s, %" PRId64 " %s\n",
		    r->deliveries, r->deliveries == 1 ? "y" : "ies",
		    r->dry ? r->deliveries : r->done, r->dry ?
		    "would run" : "done");
}

static int
replay_all(struct run *r, const struct verb_args *args,
    struct list_options *o)
{
	const struct table_options to = { .out = stdout, .json = args->json,
	    .width = table_width(stdout) };
	struct why why = { "" };
	enum err e;

	r->arena = arena_new(program_memory(program_config(r->program)));
	if (r->arena == NULL || table_new(&r->table, columns,
	    sizeof(columns) / sizeof(columns[0]), &to) != OK) {
		arena_free(r->arena);
		return (verb_fail(EXIT_NO, "no memory"));
	}
	o->filter.oldest = true;
	o->filter.until = clock_wall();
	progress_begin(&r->progress, args->json && isatty(STDOUT_FILENO) ?
	    NULL : stderr, "replaying", clock_mono());
	e = args->argc > 1 ? walk_ids(r, args, &why) :
	    walk(r, &o->filter, &why);
	progress_end(&r->progress);
	if (table_end(r->table) != OK && e == OK)
		e = err_set(&why, ERR_LEDGER, "the list cannot be printed");
	report(r, args->json);
	arena_free(r->arena);
	if (e != OK)
		return (verb_fail(EXIT_NO, "%s", why.text));
	return (r->dry || r->done == r->deliveries ? EXIT_DONE : EXIT_NO);
}

static int
replay(struct verb_args *args)
{
	struct list_options options;
	struct run r = { .program = NULL };
	int status;

	status = list_options(args, LIST_FILTERS | LIST_DRY_RUN, &options);
	if (status != EXIT_DONE)
		return (status);
	if ((args->argc > 1) == options.narrowed)
		return (verb_usage("replay takes the ids of deliveries, or "
		    "what narrows them down, such as --since 2d "
		    "--outcome tracker_refused"));
	if ((status = list_program(args, &r.program)) != EXIT_DONE)
		return (status);
	r.dry = options.dry_run;
	status = replay_all(&r, args, &options);
	program_close(r.program);
	return (status);
}

const struct verb verb_replay = {
	"replay", "ID... | [--since 2d] [--outcome WORD] [--rule NAME] "
	"[--owner NAME] [--test TEXT] [--ticket KEY] [--dry-run]",
	"runs stored deliveries again, safely", replay
};
