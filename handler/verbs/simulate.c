/*
 * Stored deliveries against a configuration: what would differ if it had
 * been in force.  Sends nothing and changes nothing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/progress.h"
#include "common/table.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_place.h"
#include "handler/program.h"
#include "handler/simulate.h"
#include "handler/verb.h"

extern const struct verb verb_simulate;

static const struct table_column columns[] = {
	{ "DELIVERY", "delivery", 12 },
	{ NULL, "received", 0 },
	{ "TEST", "test", 16 },
	{ "THEN", NULL, 12 },
	{ NULL, "then_outcome", 0 },
	{ NULL, "then_rule", 0 },
	{ NULL, "then_tracker", 0 },
	{ NULL, "then_project", 0 },
	{ NULL, "then_owner", 0 },
	{ "NOW", NULL, 12 },
	{ NULL, "now_outcome", 0 },
	{ NULL, "now_rule", 0 },
	{ NULL, "now_tracker", 0 },
	{ NULL, "now_project", 0 },
	{ NULL, "now_owner", 0 },
	{ "TICKET", NULL, 0 },
	{ NULL, "ticket", 0 },
	{ NULL, "pinned", 0 }
};

struct run {
	struct job	 job;
	struct table	*table;
	struct progress	 progress;
	int64_t		 since, until;	/* wall ms */
	int64_t		 deliveries, differ;
};

/* "created cloud/PAY by flaky for @acme/web", as far as it was told. */
static const char *
way(struct arena *arena, const char *outcome, const char *rule,
    const struct filing *f)
{
	bool placed = f->tracker != NULL;
	bool owned = placed && f->owner != NULL;

	return (arena_printf(arena, "%s%s%s%s%s%s%s%s%s", outcome,
	    placed ? " " : "", placed ? f->tracker : "",
	    placed && f->project != NULL ? "/" : "",
	    placed && f->project != NULL ? f->project : "",
	    rule != NULL ? " by " : "", rule != NULL ? rule : "",
	    owned ? " for " : "", owned ? f->owner : ""));
}

static void
put_way(struct run *r, const char *outcome, const char *rule,
    const struct filing *f)
{
	struct table *t = r->table;

	table_text(t, way(r->job.arena, outcome, rule, f));
	table_text(t, outcome);
	table_text(t, rule);
	table_text(t, f->tracker);
	table_text(t, f->project);
	table_text(t, f->owner);
}

static void
put_difference(struct run *r, const struct past *past,
    const struct simulation *s)
{
	const struct route *route = &s->route;
	const struct filing *f = &past->ticket;
	struct filing now = { .lock = -1 };
	struct table *t = r->table;

	if (s->now == DEED_TICKET) {
		now.tracker = route->tracker->name;
		now.project = s->project;
		now.owner = route->owner_section != NULL ?
		    route->owner_section->name : NULL;
	}
	table_text(t, past->id);
	table_time(t, past->received);
	table_text(t, s->test);
	put_way(r, past->outcome, past->rule, f);
	put_way(r, simulate_word(s->now), route->rule != NULL ?
	    route->rule->name : NULL, &now);
	table_text(t, s->pinned ? arena_printf(r->job.arena,
	    "%s stays (pinned)", f->remote_key) : NULL);
	table_text(t, f->remote_key);
	table_bool(t, s->pinned);
	table_row(t);
}

/* One delivery; ERR_ABSENT after the last one. */
static enum err
step(struct run *r, struct past_mark *mark)
{
	struct job *job = &r->job;
	struct simulation s;
	struct past past;
	enum err e;

	job->started = clock_mono();
	job->deadline = job->started + job->config->deadline;
	if ((e = ledger_past(job, r->since, mark, &past)) != OK)
		return (e);
	if (past.received > r->until)
		return (ERR_ABSENT);
	progress_at(&r->progress, past.received - r->since,
	    r->until - r->since, job->started);
	if ((e = simulate_past(job, &past, &s)) != OK)
		return (e);
	r->deliveries++;
	if (s.differs) {
		r->differ++;
		put_difference(r, &past, &s);
	}
	return (OK);
}

static enum err
walk(struct run *r, bool json)
{
	const struct table_options o = { .out = stdout, .json = json,
	    .width = table_width(stdout) };
	struct past_mark mark = { 0, 0 };
	enum err e, ended;

	if (table_new(&r->table, columns, sizeof(columns) /
	    sizeof(columns[0]), &o) != OK)
		return (fail(&r->job, ERR_NOMEM, "no memory for the table"));
	progress_begin(&r->progress, stderr, "simulating", clock_mono());
	do {
		arena_reset(r->job.arena);
		e = step(r, &mark);
	} while (e == OK);
	progress_end(&r->progress);
	if ((ended = table_end(r->table)) != OK && e == ERR_ABSENT)
		return (fail(&r->job, ended, "what differs cannot be "
		    "printed"));
	return (e == ERR_ABSENT ? OK : e);
}

static int
simulate_all(struct verb_args *args, const struct config *config,
    struct ledger *ledger, int64_t span)
{
	struct run r = { .job = { .config = config, .ledger = ledger } };
	enum err e;

	if ((r.job.arena = arena_new(program_memory(config))) == NULL)
		return (verb_fail(EXIT_NO, "no memory"));
	r.until = clock_wall();
	r.since = r.until - span;
	if ((e = walk(&r, args->json)) != OK)
		(void)verb_fail(EXIT_NO, "%s", r.job.why.text);
	else if (args->json)
		printf("{\"deliveries\":%" PRId64 ",\"differ\":%" PRId64
		    "}\n", r.deliveries, r.differ);
	else
		printf("%" PRId64 " deliver%s, %" PRId64 " would differ\n",
		    r.deliveries, r.deliveries == 1 ? "y" : "ies", r.differ);
	arena_free(r.job.arena);
	return (e == OK ? EXIT_DONE : EXIT_NO);
}

/* A typing error must not make a new ledger. */
static enum err
open_ledger(const struct config *config, struct ledger **ledger,
    struct why *why)
{
	const char *url = config->ledger_url;
	enum err e;

	if (ledger_file(url) != NULL && access(ledger_file(url), F_OK) != 0)
		return (err_set(why, ERR_LEDGER, "there is no ledger at %s; "
		    "name the one that was served with in [ledger] url",
		    ledger_file(url)));
	if ((e = program_become_owner(url, config->ledger_dir, why)) != OK)
		return (e);
	return (ledger_open(url, ledger, why));
}

static bool
take_options(const struct verb_args *args, int64_t *span)
{
	if (args->argc == 1)
		return (verb_duration("7d", span));
	return (args->argc == 3 && strcmp(args->argv[1], "--since") == 0 &&
	    verb_duration(args->argv[2], span));
}

static int
simulate(struct verb_args *args)
{
	struct config *config;
	struct ledger *ledger;
	struct why why = { "" };
	int64_t span;
	enum err e;
	int status;

	if (!take_options(args, &span))
		return (verb_usage("simulate takes --since and a duration "
		    "such as 7d, 12h or 30m"));
	if (config_load(args->config, &config, &why) != OK)
		return (verb_fail(EXIT_USAGE, "%s", why.text));
	if ((e = open_ledger(config, &ledger, &why)) != OK) {
		config_free(config);
		return (verb_fail_err(e, &why));
	}
	status = simulate_all(args, config, ledger, span);
	ledger_close(ledger);
	config_free(config);
	return (status);
}

const struct verb verb_simulate = {
	"simulate", "[--since 7d]",
	"what would differ for the deliveries of that time", simulate
};
