/*
 * What the verbs that list have in common: options, the ledger, the walk over
 * the rows with its limit, and the table.  A verb adds its columns and how
 * one row is filled.
 */
#include "handler/list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/clock.h"
#include "handler/config.h"
#include "handler/event.h"
#include "handler/ledger.h"
#include "handler/ledger_place.h"
#include "handler/outcome.h"
#include "handler/program.h"
#include "handler/verb.h"

enum {
	LIMIT = 100,		/* rows, unless told */
	DIGITS_MAX = 9,		/* of a limit */
	PATIENCE = 60 * 1000	/* ms for a row: others may be writing */
};

/* Where the text of an option goes, or NULL: it is none of ours. */
static const char **
text_option(struct list_options *o, const char *name)
{
	const struct {
		const char	 *name;
		const char	**text;
	} texts[] = {
		{ "--outcome", &o->filter.outcome },
		{ "--rule", &o->filter.rule },
		{ "--owner", &o->filter.owner },
		{ "--test", &o->filter.test },
		{ "--ticket", &o->filter.ticket }
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].name, name) == 0)
			return (texts[i].text);
	return (NULL);
}

static bool *
flag_option(struct list_options *o, unsigned has, const char *name)
{

	if ((has & LIST_DRY_RUN) != 0 && strcmp(name, "--dry-run") == 0)
		return (&o->dry_run);
	if ((has & LIST_REPLACE) != 0 && strcmp(name, "--replace") == 0)
		return (&o->replace);
	if ((has & LIST_APPLY) != 0 && strcmp(name, "--apply") == 0)
		return (&o->apply);
	return (NULL);
}

static bool
take_limit(const char *value, int64_t *limit)
{
	size_t n = strspn(value, "0123456789");

	if (n == 0 || n > DIGITS_MAX || value[n] != '\0')
		return (false);
	*limit = strtoll(value, NULL, 10);
	return (true);
}

/* A typo would be an empty list, as if nothing had gone wrong. */
static int
take_outcome(const struct verb_args *args, const char *word)
{
	const char *near;

	if (outcome_known(word, &near))
		return (EXIT_DONE);
	return (verb_usage(near != NULL ?
	    arena_printf(args->arena, "--outcome: there is no %s; did you "
	    "mean %s?", word, near) :
	    arena_printf(args->arena, "--outcome: there is no %s; the words "
	    "are in tickethook(8)", word)));
}

/* An option with a value; EXIT_DONE when it was one that we have. */
static int
take_value(const struct verb_args *args, unsigned has, const char *name,
    const char *value, struct list_options *o)
{
	const char **text = (has & LIST_FILTERS) != 0 ?
	    text_option(o, name) : NULL;
	bool since = (has & LIST_FILTERS) != 0 &&
	    strcmp(name, "--since") == 0;
	bool limit = (has & LIST_LIMIT) != 0 && strcmp(name, "--limit") == 0;

	if (text == NULL && !since && !limit)
		return (verb_usage(arena_printf(args->arena, "%s has no "
		    "option %s", args->argv[0], name)));
	if (value == NULL || value[0] == '\0')
		return (verb_usage(arena_printf(args->arena, "%s needs a "
		    "value", name)));
	o->narrowed = o->narrowed || !limit;
	if (text != NULL)
		*text = value;
	if (text == &o->filter.outcome)
		return (take_outcome(args, value));
	if (since && (!verb_duration(value, &o->span) || o->span == 0))
		return (verb_usage("--since takes a duration such as 7d, 12h "
		    "or 30m"));
	if (limit && !take_limit(value, &o->limit))
		return (verb_usage("--limit takes a number of rows; 0 is "
		    "all"));
	return (EXIT_DONE);
}

int
list_options(struct verb_args *args, unsigned has, struct list_options *o)
{
	int i, kept = 1, status;
	bool *flag;

	memset(o, 0, sizeof(*o));
	o->limit = LIMIT;
	for (i = 1; i < args->argc; i++) {
		if (args->argv[i][0] != '-' || args->argv[i][1] == '\0') {
			args->argv[kept++] = args->argv[i];
			continue;
		}
		if ((flag = flag_option(o, has, args->argv[i])) != NULL) {
			*flag = true;
			continue;
		}
		/* argv[argc] is NULL. */
		status = take_value(args, has, args->argv[i],
		    args->argv[i + 1], o);
		if (status != EXIT_DONE)
			return (status);
		i++;
	}
	args->argc = kept;
	args->argv[kept] = NULL;
	if (o->span > 0)
		o->filter.since = clock_wall() - o->span;
	return (EXIT_DONE);
}

/* The configuration, if the ledger that it names is there. */
static int
load(const struct verb_args *args, struct config **config)
{
	struct why why = { "" };
	const char *path;

	if (config_load(args->config, config, &why) != OK)
		return (verb_fail(EXIT_USAGE, "%s", why.text));
	path = ledger_file((*config)->ledger_url);
	if (path != NULL && access(path, F_OK) != 0) {
		(void)verb_fail(EXIT_NO, "there is no ledger at %s; name the "
		    "one that was served with in [ledger] url", path);
		config_free(*config);
		return (EXIT_NO);
	}
	return (EXIT_DONE);
}

int
list_ledger(const struct verb_args *args, struct config **config,
    struct ledger **ledger)
{
	struct why why = { "" };
	enum err e;
	int status;

	if ((status = load(args, config)) != EXIT_DONE)
		return (status);
	if ((e = program_become_owner((*config)->ledger_url,
	    (*config)->ledger_dir, &why)) == OK &&
	    (e = ledger_open((*config)->ledger_url, ledger, &why)) == OK)
		return (EXIT_DONE);
	config_free(*config);
	(void)verb_fail_err(e, &why);
	return (e == ERR_CONFIG ? EXIT_USAGE : EXIT_NO);
}

int
list_program(const struct verb_args *args, struct program **program)
{
	struct config *config;
	struct why why = { "" };
	enum err e;
	int status;

	if ((status = load(args, &config)) != EXIT_DONE)
		return (status);
	config_free(config);
	if ((e = program_open(program, args->config, true, &why)) == OK)
		return (EXIT_DONE);
	return (verb_fail_err(e, &why));
}

void
list_step(struct job *job, int64_t patience)
{

	job->started = clock_mono();
	job->deadline = job->started + patience;
	job->now = clock_wall();
	job->why.text[0] = '\0';
}

bool
list_about(struct job *job, const struct view_delivery *d,
    const char *wanted, struct event *event)
{
	const struct delivery mail = { .id = d->id,
	    .body = d->body == NULL ? "" : d->body, .len = d->len };
	const struct test *test = &event->test;

	job->now = d->received;
	if (event_read(job, &mail, event) != OK)
		*event = (struct event){ .family = FAMILY_UNKNOWN };
	job->why.text[0] = '\0';
	if (wanted == NULL)
		return (true);
	return ((test->id != NULL && strcmp(test->id, wanted) == 0) ||
	    (test->name != NULL && strstr(test->name, wanted) != NULL));
}

/* All rows that are wanted; *more: there are others beyond the limit. */
static enum err
walk(struct list *l, const struct list_kind *kind, bool *more)
{
	int64_t limit = l->options->limit;
	enum err e;

	*more = false;
	for (;;) {
		arena_reset(l->job.arena);
		list_step(&l->job, PATIENCE);
		if (limit > 0 && (int64_t)table_rows(l->table) == limit) {
			*more = true;
			return (OK);
		}
		progress_at(&l->progress, l->begun - l->mark.time,
		    l->options->span, l->job.started);
		if ((e = kind->next(l)) != OK)
			return (e == ERR_ABSENT ? OK : e);
	}
}

static enum err
print(struct list *l, const struct list_kind *kind, bool json)
{
	const struct table_options o = { .out = stdout, .json = json,
	    .width = table_width(stdout) };
	size_t rows;
	bool more;
	enum err e, ended;

	if (table_new(&l->table, kind->columns, kind->ncolumns, &o) != OK)
		return (fail(&l->job, ERR_NOMEM, "no memory for the table"));
	/* Rows that appear at once need no bar, and would run into it. */
	progress_begin(&l->progress, json && isatty(STDOUT_FILENO) ? NULL :
	    stderr, "reading the ledger", clock_mono());
	e = walk(l, kind, &more);
	progress_end(&l->progress);
	rows = table_rows(l->table);
	if ((ended = table_end(l->table)) != OK && e == OK)
		return (fail(&l->job, ended, "the list cannot be printed"));
	if (e == OK && l->filter.id != NULL && rows == 0)
		return (fail(&l->job, ERR_ABSENT, "the ledger has no delivery "
		    "%s", l->filter.id));
	if (e == OK && more)
		fprintf(stderr, "tickethook: only the newest %" PRId64
		    "; --limit 0 lists all\n", l->options->limit);
	return (e);
}

int
list_run(struct verb_args *args, const struct list_kind *kind)
{
	struct list_options options;
	struct list l = { .options = &options };
	struct config *config;
	struct ledger *ledger;
	int status;
	enum err e;

	status = list_options(args, LIST_FILTERS | LIST_LIMIT, &options);
	if (status != EXIT_DONE)
		return (status);
	if (args->argc > (kind->named ? 2 : 1))
		return (verb_usage(arena_printf(args->arena, "%s takes %s, "
		    "not %s", args->argv[0], kind->named ?
		    "one id and options" : "only options",
		    args->argv[args->argc - 1])));
	if ((status = list_ledger(args, &config, &ledger)) != EXIT_DONE)
		return (status);
	l.job = (struct job){ .config = config, .ledger = ledger,
	    .arena = arena_new(program_memory(config)) };
	l.filter = options.filter;
	if (args->argc > 1)
		l.filter.id = args->argv[1];
	l.begun = clock_wall();
	e = l.job.arena == NULL ? fail(&l.job, ERR_NOMEM, "no memory") :
	    print(&l, kind, args->json);
	if (e != OK)
		status = verb_fail(EXIT_NO, "%s", l.job.why.text);
	arena_free(l.job.arena);
	ledger_close(ledger);
	config_free(config);
	return (status);
}
