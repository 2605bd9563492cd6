/*
 * "tickethook check": first the file by itself, with all its mistakes at once,
 * then what it leads to: the machine, Trunk, the trackers and every way from a
 * rule to a place.  It creates nothing anywhere, so it may be run at any time.
 */
#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/http.h"
#include "common/log.h"
#include "common/table.h"
#include "handler/cache.h"
#include "handler/check.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/program.h"
#include "handler/verb.h"

extern const struct verb verb_check;

enum {
	ANSWER_MAX = 1024 * 1024,	/* bytes of an upstream's answer */
	TEXT_LEAST = 40		/* columns of a sentence */
};

struct options {
	bool		 offline;
	const char	*socket;	/* NULL: the shipped one */
};

static const char *const actions[] = { "ticket", "record", "ignore" };

/* A line a rule: where does what it matches go? */
static void
print_rules(const struct config *c)
{
	const struct rule *r;

	for (r = c->rules; r != NULL; r = r->next) {
		printf("line %-4d [rule %s]  %s", r->line, r->name,
		    actions[r->action]);
		if (r->action == ACTION_TICKET && r->to_owner)
			printf(" to the code owner");
		if (r->dest[DEST_TRACKER].value != NULL)
			printf(" in [tracker %s]",
			    r->dest[DEST_TRACKER].value);
		putchar('\n');
	}
}

/* Each line of a text with a word before it, on standard error. */
static void
print_lines(const char *before, const char *text)
{
	size_t n;

	for (; text != NULL && *text != '\0'; text += n + (text[n] != '\0')) {
		n = strcspn(text, "\n");
		fprintf(stderr, "%s: %.*s\n", before, (int)n, text);
	}
}

static int
check_offline(struct config *config)
{
	struct ledger *ledger;
	struct why why = { "" };

	print_rules(config);
	print_lines("warning", config->warnings);
	if (program_become_owner(config->ledger_url, config->ledger_dir,
	    &why) != OK ||
	    ledger_open(config->ledger_url, &ledger, &why) != OK)
		return (verb_fail(EXIT_NO, "%s", why.text));
	printf("%s: ok\n", config->file);
	ledger_close(ledger);
	return (EXIT_DONE);
}

static enum err
print_findings(const struct check *c, const struct table_options *o)
{
	static const struct table_column columns[] = {
		{ "STATE", "state", 0 },
		{ "PART", "part", 0 },
		{ "", "text", TEXT_LEAST }
	};
	const struct finding *f;
	struct table *t;
	enum err e;

	if ((e = table_new(&t, columns, 3, o)) != OK)
		return (e);
	for (f = c->findings; f != NULL; f = f->next) {
		table_text(t, check_name(f->word));
		table_text(t, f->place);
		table_text(t, f->text);
		table_row(t);
	}
	return (table_end(t));
}

static enum err
print_ways(const struct check *c, const struct table_options *o)
{
	static const struct table_column columns[] = {
		{ "RULE", "rule", 0 },
		{ "LINE", "line", 0 },
		{ "OWNER", "owner", 0 },
		{ "TO", "action", 0 },
		{ "TRACKER", "tracker", 0 },
		{ "PLACE", "place", 0 },
		{ "STATE", "state", 0 },
		{ "", "text", TEXT_LEAST }
	};
	const struct check_way *w;
	struct table *t;
	enum err e;

	if ((e = table_new(&t, columns, 8, o)) != OK)
		return (e);
	for (w = c->ways; w != NULL; w = w->next) {
		table_text(t, w->route.rule->name);
		table_int(t, w->route.rule->line);
		table_text(t, w->route.owner_section != NULL ?
		    w->route.owner_section->name : NULL);
		table_text(t, actions[w->route.rule->action]);
		table_text(t, w->route.tracker != NULL ?
		    w->route.tracker->name : NULL);
		table_text(t, w->place);
		table_text(t, check_name(w->word));
		table_text(t, w->text);
		table_row(t);
	}
	return (table_end(t));
}

static int
print(const struct check *c, bool json)
{
	struct table_options o = { .out = stdout, .json = json };
	enum err e;

	e = print_findings(c, &o);
	if (!json && c->ways != NULL)
		putchar('\n');
	if (e == OK)
		e = print_ways(c, &o);
	if (e != OK || c->full)
		return (verb_fail(EXIT_NO, "not all could be told: no memory, "
		    "or the output cannot be written"));
	return (c->failed ? EXIT_NO : EXIT_DONE);
}

/* The warnings of the file, as findings. */
static void
take_warnings(struct check *c)
{
	const char *text = c->job->config->warnings;
	size_t n;

	for (; text != NULL && *text != '\0'; text += n + (text[n] != '\0')) {
		n = strcspn(text, "\n");
		check_say(c, CHECK_WARNING, "file", "%.*s", (int)n, text);
	}
}

static int
check_all(struct verb_args *args, struct config *config,
    const struct options *opts)
{
	struct http_options o = { .cap = ANSWER_MAX,
	    .agent = "tickethook/" TICKETHOOK_VERSION,
	    .ca_file = config->ca_file, .proxy = config->proxy };
	struct job job = { .arena = args->arena, .config = config };
	struct check c;
	int status;

	/* What is left out of a ticket is told here, and not by the log. */
	log_setup(LOG_LEVEL_ERROR, config->log_json);
	if (http_new(&o, &job.http, &job.why) != OK)
		return (verb_fail(EXIT_USAGE, "%s", job.why.text));
	if ((job.cache = cache_new()) == NULL) {
		http_free(job.http);
		return (verb_fail(EXIT_NO, "no memory"));
	}
	check_init(&c, &job);
	take_warnings(&c);
	check_socket(&c, opts->socket);
	check_libraries(&c);
	check_ledger(&c);
	check_history(&c);
	check_trunk(&c);
	check_trackers(&c);
	check_ways(&c);
	status = print(&c, args->json);
	ledger_close(job.ledger);
	cache_free(job.cache);
	http_free(job.http);
	return (status);
}

static bool
take_options(struct verb_args *args, struct options *opts)
{
	int i;

	for (i = 1; i < args->argc; i++)
		if (strcmp(args->argv[i], "--offline") == 0)
			opts->offline = true;
		else if (strcmp(args->argv[i], "--socket") == 0 &&
		    i + 1 < args->argc)
			opts->socket = args->argv[++i];
		else
			return (false);
	return (!opts->offline || opts->socket == NULL);
}

static int
check(struct verb_args *args)
{
	struct options opts = { .offline = false };
	const char *mistakes = NULL;
	struct config *config;
	struct why why = { "" };
	int status;
	enum err e;

	if (!take_options(args, &opts))
		return (verb_usage("check takes --offline or --socket PATH"));
	e = config_load_all(args->config, args->arena, &config, &mistakes,
	    &why);
	if (e == ERR_CONFIG && mistakes != NULL) {
		print_lines("tickethook", mistakes);
		return (EXIT_USAGE);
	}
	if (e != OK)
		return (verb_fail(EXIT_USAGE, "%s", why.text));
	status = opts.offline ? check_offline(config) :
	    check_all(args, config, &opts);
	config_free(config);
	return (status);
}

const struct verb verb_check = {
	"check", "[--offline] [--socket PATH]",
	"does everything that the configuration names work?", check
};
