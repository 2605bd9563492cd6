/*
 * Ledger, tracker and Trunk side by side: tickets one by one, then the links
 * of the tests, then what Trunk lists.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/deliver.h"
#include "handler/list.h"
#include "handler/program.h"
#include "handler/reconcile.h"
#include "handler/reconcile_list.h"
#include "handler/verb.h"

extern const struct verb verb_reconcile;

enum {
	IN_A_ROW = 10		/* failures that end it */
};

static const struct table_column columns[] = {
	{ "FINDING", "finding", 0 },
	{ "TEST", "test", 14 },
	{ NULL, "test_id", 0 },
	{ "TICKET", "ticket", 0 },
	{ NULL, "url", 0 },
	{ "WHAT IS", "what", 20 },
	{ "TO BE DONE", "would", 12 },
	{ NULL, "counts", 0 },
	{ "DONE", "done", 0 }
};

struct run {
	struct program	*program;
	struct arena	*arena;		/* emptied after each step */
	struct arena	*inner;		/* the same, of a test of a list */
	struct table	*table;
	struct progress	 progress;
	struct reconcile_list list;
	struct view_mark mark;
	bool		 apply;
	int64_t		 asked;		/* tickets, links, tests of a list */
	int64_t		 found, done;	/* differences */
	int64_t		 failed;	/* that could not be asked for ... */
	int		 in_a_row;	/* ... one after the other */
};

/*
 * A failure of the ledger or of memory ends it; all else is told, and ends it
 * when nothing else happens any more: somebody is down, or wants us to wait.
 */
static enum err
survive(struct run *r, struct job *job, enum err e)
{

	if (e == OK || e == ERR_ABSENT) {
		r->in_a_row = 0;
		return (OK);
	}
	if (e == ERR_LEDGER || e == ERR_NOMEM || e == ERR_CONFIG)
		return (e);
	r->failed++;
	progress_end(&r->progress);
	(void)verb_fail(EXIT_NO, "%s", job->why.text);
	return (++r->in_a_row < IN_A_ROW ? OK : fail(job, ERR_UPSTREAM, "%d "
	    "in a row could not be asked for; try it again later",
	    IN_A_ROW));
}

static void
put(struct run *r, const struct finding *f, bool done)
{
	struct table *t = r->table;
	bool counts = reconcile_counts(f->kind);

	r->found += counts;
	r->done += counts && done;
	table_text(t, reconcile_word(f->kind));
	table_text(t, f->test);
	table_text(t, f->test_id);
	table_text(t, f->ticket);
	table_text(t, f->url);
	table_text(t, f->what);
	table_text(t, f->would != NULL ? f->would : counts ?
	    "a person must act" : NULL);
	table_bool(t, counts);
	table_bool(t, done);
	table_row(t);
}

/* One ticket; ERR_ABSENT after the last. */
static enum err
step_ticket(struct run *r, struct job *job)
{
	const struct view_filter filter = { .oldest = true };
	struct finding found[TICKET_FINDINGS];
	struct ticket_side side;
	struct view_ticket v;
	enum err e, applied = ERR_REFUSED;
	bool wanted = false;
	size_t i, n;

	if ((e = ledger_view_tickets(job, &filter, &r->mark, &v)) != OK)
		return (e);
	r->asked++;
	e = reconcile_look_ticket(job, &v, &side);
	if (e != OK)
		return (survive(r, job, e));
	r->in_a_row = 0;
	n = reconcile_ticket(job, &side, found);
	for (i = 0; i < n; i++)
		wanted = wanted || found[i].would != NULL;
	if (r->apply && wanted) {
		applied = reconcile_apply_ticket(job, &side);
		e = survive(r, job, applied);
	}
	for (i = 0; i < n; i++)
		put(r, &found[i], applied == OK && found[i].would != NULL);
	return (e);
}

static enum err
look_at_link(struct run *r, struct job *job, const struct view_test *v,
    enum scope scope)
{
	enum err e, applied = ERR_REFUSED;
	struct link_side side;
	struct finding found;

	if ((e = reconcile_look_test(job, v, scope, &side)) != OK)
		return (survive(r, job, e));
	r->in_a_row = 0;
	if (!reconcile_link(job, &side, &found))
		return (OK);
	if (r->apply && found.would != NULL) {
		applied = reconcile_apply_link(job, &side, &found);
		e = survive(r, job, applied);
	}
	put(r, &found, applied == OK);
	return (e);
}

/* One test in both scopes. */
static enum err
step_test(struct run *r, struct job *job)
{
	const struct view_filter filter = { .oldest = true };
	struct view_test v;
	enum err e;
	int scope;

	if ((e = ledger_view_tests(job, &filter, &r->mark, &v)) != OK ||
	    (e = reconcile_list_note(&r->list, job, &v)) != OK)
		return (e);
	r->asked++;
	for (scope = 0; scope < VIEW_SCOPES && e == OK; scope++) {
		list_step(job, job->config->deadline);
		e = look_at_link(r, job, &v, (enum scope)scope);
	}
	return (e);
}

/* File for it what a delivery would have filed. */
static enum err
backfill(struct run *r, struct job *job, const struct delivery *mail,
    bool *done)
{
	struct outcome out;

	list_step(job, job->config->deadline);
	out = deliver_again(job, mail);
	*done = out.status == 200;
	if (out.status != 200)
		return (survive(r, job, ERR_UPSTREAM));
	return (OK);
}

static enum err
look_at_told(struct run *r, struct job *job, const struct told *t)
{
	struct finding found;
	struct delivery mail;
	bool is, done = false;
	enum err e;

	r->asked++;
	list_step(job, job->config->deadline);
	if ((e = reconcile_earlier(job, t, &mail, &found, &is)) != OK || !is)
		return (survive(r, job, e));
	if (r->apply)
		e = backfill(r, job, &mail, &done);
	put(r, &found, done);
	return (e);
}

/* A job of its own, since a page has many tests. */
static enum err
step_told(struct run *r, const struct job *page, const struct json *one)
{
	struct job job = *page;
	struct told told;
	enum err e = OK;

	job.arena = r->inner;
	job.seen = NULL;
	progress_at(&r->progress, r->asked, 0, clock_mono());
	if (reconcile_told(&job, r->list.now.scope, one, &told))
		e = look_at_told(r, &job, &told);
	arena_reset(r->inner);
	return (e);
}

/* One page of a list of Trunk's; ERR_ABSENT after the last of all lists. */
static enum err
step_list(struct run *r, struct job *job)
{
	const struct json *tests, *one;
	enum err e;

	if ((e = reconcile_list_next(&r->list, job, &tests)) != OK) {
		if (e == ERR_ABSENT)
			return (e);
		reconcile_list_skip(&r->list);
		return (survive(r, job, e));
	}
	for (one = tests == NULL ? NULL : tests->child; one != NULL &&
	    e == OK; one = one->next)
		e = step_told(r, job, one);
	return (e);
}

/* Call it until there is no more, each time with a job of its own. */
static enum err
walk(struct run *r, enum err (*step)(struct run *, struct job *),
    struct why *why)
{
	struct job job;
	enum err e;

	r->mark.begun = false;
	do {
		job = (struct job){ .arena = r->arena };
		program_begin(r->program, &job, clock_mono());
		progress_at(&r->progress, r->asked, 0, job.started);
		e = step(r, &job);
		*why = job.why;
		program_end(r->program, &job);
		arena_reset(r->arena);
	} while (e == OK);
	return (e == ERR_ABSENT ? OK : e);
}

static void
report(const struct run *r, bool json)
{

	if (json)
		printf("{\"asked\":%" PRId64 ",\"differences\":%" PRId64
		    ",\"done\":%" PRId64 ",\"failed\":%" PRId64 "}\n",
		    r->asked, r->found, r->done, r->failed);
	else
		printf("%" PRId64 " asked, %" PRId64 " difference%s, %" PRId64
		    " %s, %" PRId64 " could not be asked\n", r->asked,
		    r->found, r->found == 1 ? "" : "s", r->done, r->apply ?
		    "put right" : "put right (see --apply)", r->failed);
}

static int
look_all(struct run *r, bool json)
{
	const struct table_options to = { .out = stdout, .json = json,
	    .width = table_width(stdout) };
	struct why why = { "" };
	enum err e;

	if (table_new(&r->table, columns,
	    sizeof(columns) / sizeof(columns[0]), &to) != OK)
		return (verb_fail(EXIT_NO, "no memory"));
	progress_begin(&r->progress, json && isatty(STDOUT_FILENO) ? NULL :
	    stderr, "comparing", clock_mono());
	if ((e = walk(r, step_ticket, &why)) == OK &&
	    (e = walk(r, step_test, &why)) == OK)
		e = walk(r, step_list, &why);
	progress_end(&r->progress);
	if (table_end(r->table) != OK && e == OK)
		e = err_set(&why, ERR_LEDGER, "the list cannot be printed");
	report(r, json);
	if (e != OK)
		return (verb_fail(EXIT_NO, "%s", why.text));
	if (r->list.blind)
		fputs("tickethook: Trunk's lists of repositories were not "
		    "all read; set [trunk] org, and name the repository in "
		    "a rule\n", stderr);
	return (r->done == r->found && r->failed == 0 ? EXIT_DONE : EXIT_NO);
}

static int
reconcile(struct verb_args *args)
{
	struct list_options options;
	struct run r = { .program = NULL };
	int status;

	status = list_options(args, LIST_APPLY, &options);
	if (status != EXIT_DONE)
		return (status);
	if (args->argc != 1)
		return (verb_usage("reconcile takes only --apply"));
	if ((status = list_program(args, &r.program)) != EXIT_DONE)
		return (status);
	r.apply = options.apply;
	reconcile_list_begin(&r.list, args->arena);
	r.arena = arena_new(program_memory(program_config(r.program)));
	r.inner = arena_new(program_memory(program_config(r.program)));
	status = r.arena == NULL || r.inner == NULL ?
	    verb_fail(EXIT_NO, "no memory") : look_all(&r, args->json);
	arena_free(r.inner);
	arena_free(r.arena);
	program_close(r.program);
	return (status);
}

const struct verb verb_reconcile = {
	"reconcile", "[--apply]", "shows where ledger, tracker and Trunk "
	"differ, and puts it right", reconcile
};
