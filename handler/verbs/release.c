/*
 * What the storm breaker held back: all that it parked for a rule is filed
 * at once, or one test gets a ticket of its own.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/progress.h"
#include "handler/config.h"
#include "handler/deliver.h"
#include "handler/job.h"
#include "handler/ledger_storm.h"
#include "handler/program.h"
#include "handler/verb.h"

extern const struct verb verb_release;

struct run {
	struct program	*program;
	struct arena	*arena;		/* emptied after each delivery */
	struct progress	 progress;
	bool		 json;
	int64_t		 tried, done;
};

static void
say_where(const struct run *r, const struct outcome *out, const char *id)
{

	if (r->json)
		fputs(out->body, stdout);
	else
		printf("%s: %s\n", id, out->name);
}

static bool
is_filed(const struct outcome *out)
{

	return (out->status == 200 && strcmp(out->name, "parked") != 0);
}

/* The next one that is parked; ERR_ABSENT after the last. */
static enum err
step(struct run *r, struct job *job, const char *rule,
    struct past_mark *mark)
{
	struct delivery mail = { .id = NULL };
	struct outcome out;
	struct due due;
	enum err e;

	if ((e = ledger_parked(job, rule, mark, &due)) != OK)
		return (e);
	progress_at(&r->progress, r->tried, 0, job->started);
	mail.id = due.id;
	mail.signed_at = due.received / 1000;
	mail.body = due.body == NULL ? "" : due.body;
	mail.len = due.len;
	job->released = true;
	out = deliver_again(job, &mail);
	r->tried++;
	if (is_filed(&out))
		r->done++;
	say_where(r, &out, due.id);
	return (OK);
}

static enum err
release_parked(struct run *r, const char *rule, struct why *why)
{
	struct past_mark mark = { 0, 0 };
	struct job job;
	enum err e;

	do {
		job = (struct job){ .arena = r->arena };
		program_begin(r->program, &job, clock_mono());
		e = step(r, &job, rule, &mark);
		*why = job.why;
		program_end(r->program, &job);
		arena_reset(r->arena);
	} while (e == OK);
	return (e == ERR_ABSENT ? OK : e);
}

/* A delivery of its own, since the one that folded it is answered for good. */
static enum err
split(struct run *r, struct job *job, const char *test)
{
	struct delivery mail = { .id = NULL };
	struct outcome out;
	struct folded f;
	enum err e;

	if ((e = ledger_folded(job, test, &f)) != OK)
		return (e);
	mail.id = arena_printf(job->arena, "release-%" PRId64 "-%" PRId64,
	    f.test, job->now);
	if (mail.id == NULL)
		return (fail(job, ERR_NOMEM, "no memory"));
	mail.signed_at = job->now / 1000;
	mail.body = f.mail.body;
	mail.len = f.mail.len;
	if ((e = ledger_unfold(job, &f)) != OK)
		return (e);
	job->released = job->split = true;
	out = deliver_again(job, &mail);
	r->tried++;
	if (is_filed(&out))
		r->done++;
	say_where(r, &out, test);
	return (OK);
}

static enum err
release_test(struct run *r, const char *test, struct why *why)
{
	struct job job = { .arena = r->arena };
	enum err e;

	program_begin(r->program, &job, clock_mono());
	e = split(r, &job, test);
	*why = job.why;
	program_end(r->program, &job);
	return (e);
}

static bool
is_rule(const struct config *c, const char *name)
{
	const struct rule *rule;

	for (rule = c->rules; rule != NULL; rule = rule->next)
		if (strcmp(rule->name, name) == 0)
			return (true);
	return (false);
}

static int
release_all(struct run *r, const char *what, bool test)
{
	struct why why = { "" };
	enum err e;

	progress_begin(&r->progress, r->json ? NULL : stderr, "releasing",
	    clock_mono());
	e = test ? release_test(r, what, &why) :
	    release_parked(r, what, &why);
	progress_end(&r->progress);
	if (e != OK)
		return (verb_fail(EXIT_NO, "%s", why.text));
	if (!test && r->tried == 0 &&
	    !is_rule(program_config(r->program), what))
		return (verb_fail(EXIT_NO, "nothing is parked, and there is "
		    "no [rule %s]", what));
	if (!r->json)
		printf("%" PRId64 " tried, %" PRId64 " done\n", r->tried,
		    r->done);
	return (r->tried == r->done ? EXIT_DONE : EXIT_NO);
}

static int
release(struct verb_args *args)
{
	struct run r = { .json = args->json };
	bool test = args->argc == 3 && strcmp(args->argv[1], "--test") == 0;
	struct why why = { "" };
	enum err e;
	int status;

	if (!test && (args->argc != 2 || args->argv[1][0] == '-'))
		return (verb_usage("release takes the name of a rule, or "
		    "--test and Trunk's id or the name of a folded test"));
	if ((e = program_open(&r.program, args->config, true, &why)) != OK)
		return (verb_fail_err(e, &why));
	r.arena = arena_new(program_memory(program_config(r.program)));
	if (r.arena == NULL)
		status = verb_fail(EXIT_NO, "no memory");
	else
		status = release_all(&r, args->argv[args->argc - 1], test);
	arena_free(r.arena);
	program_close(r.program);
	return (status);
}

const struct verb verb_release = {
	"release", "RULE | --test TEST", "files at once what the storm "
	"breaker held back", release
};
