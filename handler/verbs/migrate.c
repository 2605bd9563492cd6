/*
 * From one kind of ledger to another: when a second host is to serve, or no
 * longer is.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/progress.h"
#include "common/table.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_copy.h"
#include "handler/ledger_place.h"
#include "handler/program.h"
#include "handler/verb.h"

extern const struct verb verb_migrate;

static const struct table_column columns[] = {
	{ "TABLE", "table", 0 },
	{ "ROWS", "rows", 0 },
	{ "SUM", "sum", 0 }
};

static void
draw(void *arg, int64_t done, int64_t total)
{

	progress_at(arg, done, total, clock_mono());
}

static enum err
print(struct job *job, const struct ledger_copy *copy, bool json)
{
	const struct table_options o = { .out = stdout, .json = json };
	struct table *t;
	size_t i;

	if (table_new(&t, columns, 3, &o) != OK)
		return (fail(job, ERR_NOMEM, "no memory for the table"));
	for (i = 0; i < copy->n; i++) {
		table_text(t, copy->tables[i].table);
		table_int(t, copy->tables[i].rows);
		table_text(t, copy->tables[i].sum);
		table_row(t);
	}
	if (table_end(t) != OK)
		return (fail(job, ERR_LEDGER, "all was copied, but the list "
		    "cannot be printed"));
	return (OK);
}

static enum err
copy(const struct verb_args *args, struct job *from, struct job *to)
{
	struct progress progress;
	struct ledger_copy told = { .at = draw, .arg = &progress };
	enum err e;

	progress_begin(&progress, stderr, "copying", clock_mono());
	e = ledger_copy(from, to, &told);
	progress_end(&progress);
	return (e == OK ? print(to, &told, args->json) : e);
}

/* No configuration says it, so neither does the sentence. */
static enum err
open_one(const char *option, const char *url, struct ledger **ledger,
    struct why *why)
{
	static const char place[] = "[ledger] url";
	struct why told;
	enum err e = ledger_open(url, ledger, &told);

	if (e == OK)
		return (OK);
	if (strncmp(told.text, place, sizeof(place) - 1) == 0)
		return (err_set(why, e, "%s%s", option,
		    told.text + sizeof(place) - 1));
	return (err_set(why, e, "%s: %s", option, told.text));
}

static int
run(const struct verb_args *args, const char *from_url, const char *to_url)
{
	struct job from = { .arena = args->arena };
	struct job to = { .arena = args->arena };
	const char *file = ledger_file(from_url);
	const char *ours = file != NULL ? from_url : to_url;
	int status = EXIT_DONE;
	enum err e;

	/* A typing error must not make one. */
	if (file != NULL && access(file, F_OK) != 0)
		return (verb_fail(EXIT_NO, "--from: %s: %s; name the file "
		    "that was served with", file, strerror(errno)));
	/* Where neither is a file, nobody owns anything here. */
	if (ledger_file(ours) != NULL &&
	    (e = program_become_owner(ours, "/", &to.why)) != OK)
		return (verb_fail_err(e, &to.why));
	if ((e = open_one("--from", from_url, &from.ledger, &to.why)) != OK)
		return (verb_fail_err(e, &to.why));
	if ((e = open_one("--to", to_url, &to.ledger, &to.why)) != OK ||
	    (e = copy(args, &from, &to)) != OK)
		status = verb_fail_err(e, &to.why);
	ledger_close(to.ledger);
	ledger_close(from.ledger);
	if (status == EXIT_DONE)
		fputs("tickethook: all was copied and read again; name the "
		    "new one in [ledger] url on every host, and only then "
		    "start tickethook again\n", stderr);
	return (status);
}

static int
migrate(struct verb_args *args)
{
	const char *from = NULL, *to = NULL;
	int i;

	for (i = 1; i + 1 < args->argc; i += 2)
		if (strcmp(args->argv[i], "--from") == 0)
			from = args->argv[i + 1];
		else if (strcmp(args->argv[i], "--to") == 0)
			to = args->argv[i + 1];
	if (args->argc != 5 || from == NULL || to == NULL)
		return (verb_usage("migrate takes --from URL and --to URL, "
		    "each once"));
	if (strcmp(from, to) == 0)
		return (verb_usage("--from and --to are the same ledger"));
	return (run(args, from, to));
}

const struct verb verb_migrate = {
	"migrate", "--from URL --to URL", "copies a ledger into an empty one",
	migrate
};
