/*
 * A payload's way through the rules, and the request at its end.  Opens no
 * connection and no ledger.
 */
#include <stdio.h>

#include "common/clock.h"
#include "handler/config.h"
#include "handler/explain.h"
#include "handler/job.h"
#include "handler/verb.h"

extern const struct verb verb_explain;

static int
explain_file(struct verb_args *args, const struct config *config,
    const char *file)
{
	struct job job = { .arena = args->arena, .config = config,
	    .started = clock_mono(), .now = clock_wall() };
	struct delivery mail = { .id = "explain" };
	struct explanation x;
	const char *text;
	enum err e;

	job.deadline = job.started + config->deadline;
	if ((mail.body = verb_read_file(args->arena, file, &mail.len)) ==
	    NULL)
		return (EXIT_USAGE);
	if ((e = explain_event(&job, &mail, &x)) == ERR_MALFORMED)
		return (verb_fail(EXIT_USAGE, "%s: %s", file, job.why.text));
	if (e != OK)
		return (verb_fail(EXIT_USAGE, "%s", job.why.text));
	if (args->json) {
		if ((text = explain_json(&job, &x)) == NULL)
			return (verb_fail(EXIT_NO, "no memory to print it"));
		puts(text);
	} else if (explain_print(&job, &x, stdout) != OK) {
		return (verb_fail(EXIT_NO, "it cannot be printed"));
	}
	return (x.route.rule != NULL ? EXIT_DONE : EXIT_NO);
}

static int
explain(struct verb_args *args)
{
	struct config *config;
	struct why why = { "" };
	int status;

	if (args->argc != 2)
		return (verb_usage("explain needs a file, or - for standard "
		    "input"));
	if (config_load(args->config, &config, &why) != OK)
		return (verb_fail(EXIT_USAGE, "%s", why.text));
	status = explain_file(args, config, args->argv[1]);
	config_free(config);
	return (status);
}

const struct verb verb_explain = {
	"explain", "FILE|-",
	"a payload's way through the rules; sends nothing", explain
};
