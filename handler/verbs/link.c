/*
 * A ticket that exists is given to a test.
 */
#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/list.h"
#include "handler/program.h"
#include "handler/reconcile.h"
#include "handler/verb.h"

extern const struct verb verb_link;

enum {
	PATIENCE = 60 * 1000,	/* ms for all of it */
	SAID = 4096		/* bytes of the answer */
};

/* Trunk's id, or a name: all of it goes before a part of it. */
enum fit {
	FIT_PART = 0,
	FIT_NAME,
	FIT_ID
};

static enum fit
fit_of(const struct view_test *v, const char *wanted)
{
	int scope;

	for (scope = 0; scope < VIEW_SCOPES; scope++)
		if (v->id[scope] != NULL && strcmp(v->id[scope], wanted) == 0)
			return (FIT_ID);
	return (v->test.name != NULL && strcmp(v->test.name, wanted) == 0 ?
	    FIT_NAME : FIT_PART);
}

/* The one test that fits best; ERR_REFUSED: several do. */
static enum err
find_test(struct job *job, const char *wanted, struct view_test *found)
{
	const struct view_filter filter = { .test = wanted, .oldest = true };
	struct view_mark mark = { .begun = false };
	enum fit best = FIT_PART, fit;
	struct view_test v;
	int n = 0;
	enum err e;

	memset(found, 0, sizeof(*found));
	while ((e = ledger_view_tests(job, &filter, &mark, &v)) == OK) {
		fit = fit_of(&v, wanted);
		if (fit < best)
			continue;
		n = fit > best ? 1 : n + 1;
		best = fit;
		*found = v;
	}
	if (e != ERR_ABSENT)
		return (e);
	if (n == 0)
		return (fail(job, ERR_ABSENT, "the ledger has no test \"%s\"; "
		    "`tickethook tests` lists them", wanted));
	return (n == 1 ? OK : fail(job, ERR_REFUSED, "%d tests fit \"%s\"; "
	    "give Trunk's id of the one that is meant", n, wanted));
}

static void
say(const struct verb_args *args, const struct view_test *v,
    const struct adoption *a)
{
	bool shown = a->link == LINK_DONE;
	struct json_writer w;
	struct buf buf;

	if (!args->json) {
		printf("%s is the ticket of %s%s\n", a->ticket.remote_key,
		    v->test.name == NULL ? "the test" : v->test.name, shown ?
		    ", and Trunk shows it" : "");
		return;
	}
	buf_init(&buf, args->arena, SAID);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_put_string(&w, "test", v->test.name);
	json_put_string(&w, "test_id", a->test.id);
	json_put_string(&w, "ticket", a->ticket.remote_key);
	json_put_string(&w, "url", a->ticket.url);
	json_put_bool(&w, "linked", shown);
	json_end(&w);
	if (buf_text(&buf) != NULL)
		puts(buf_text(&buf));
}

/* In each scope in which Trunk has the test. */
static enum err
link_test(struct job *job, const struct view_test *v, struct adoption *a)
{
	enum err e = OK, now;
	int scope;

	for (scope = 0; scope < VIEW_SCOPES; scope++) {
		if (v->id[scope] == NULL)
			continue;
		a->test = v->test;
		a->test.id = v->id[scope];
		a->test.scope = (enum scope)scope;
		a->shown = false;
		now = reconcile_adopt(job, a);
		if (now == OK && a->link == LINK_REFUSED)
			now = ERR_LINK_REFUSED;
		if (now != OK)
			e = now;
	}
	return (e);
}

static enum err
run(const struct verb_args *args, const struct list_options *o,
    struct job *job)
{
	struct adoption a = { .replace = o->replace };
	struct view_test v;
	enum err e;

	list_step(job, PATIENCE);
	if ((e = find_test(job, args->argv[1], &v)) != OK ||
	    (e = reconcile_named(job, args->argv[2], &a.place,
	    &a.ticket)) != OK)
		return (e);
	a.status = v.status;
	a.since = v.since;
	if (v.id[SCOPE_REPOSITORY] == NULL && v.id[SCOPE_COLLECTION] == NULL)
		return (fail(job, ERR_REFUSED, "Trunk's id of that test is "
		    "not known, so that nothing can be linked"));
	if ((e = link_test(job, &v, &a)) != OK)
		return (e);
	say(args, &v, &a);
	return (OK);
}

static int
link_verb(struct verb_args *args)
{
	struct list_options options;
	struct program *program;
	struct job job = { .arena = args->arena };
	int status;

	status = list_options(args, LIST_REPLACE, &options);
	if (status != EXIT_DONE)
		return (status);
	if (args->argc != 3)
		return (verb_usage("link takes a test (Trunk's id, or a name) "
		    "and a ticket (its key or URL)"));
	if ((status = list_program(args, &program)) != EXIT_DONE)
		return (status);
	program_begin(program, &job, clock_mono());
	if (run(args, &options, &job) != OK)
		status = verb_fail(EXIT_NO, "%s", job.why.text);
	program_end(program, &job);
	program_close(program);
	return (status);
}

const struct verb verb_link = {
	"link", "TEST TICKET [--replace]", "gives a ticket that exists to a "
	"test", link_verb
};
