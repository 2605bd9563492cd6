#include <stdio.h>
#include <string.h>

#include "handler/config.h"
#include "handler/ledger.h"
#include "handler/program.h"
#include "handler/verb.h"

extern const struct verb verb_check;

/* A line a rule: where does what it matches go? */
static void
print_rules(const struct config *c)
{
	static const char *const actions[] = { "ticket", "record", "ignore" };
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
check(struct verb_args *args)
{
	const char *mistakes = NULL;
	enum err e;
	struct config *config;
	struct ledger *ledger;
	struct why why = { "" };
	bool offline = args->argc == 2 &&
	    strcmp(args->argv[1], "--offline") == 0;

	if (!offline)
		return (verb_usage("check needs --offline"));
	e = config_load_all(args->config, args->arena, &config, &mistakes,
	    &why);
	if (e == ERR_CONFIG && mistakes != NULL) {
		print_lines("tickethook", mistakes);
		return (EXIT_USAGE);
	}
	if (e != OK)
		return (verb_fail(EXIT_USAGE, "%s", why.text));
	print_rules(config);
	print_lines("warning", config->warnings);
	if (program_become_owner(config->ledger_url, &why) != OK ||
	    ledger_open(config->ledger_url, &ledger, &why) != OK) {
		config_free(config);
		return (verb_fail(EXIT_NO, "%s", why.text));
	}
	printf("%s: ok\n", config->file);
	ledger_close(ledger);
	config_free(config);
	return (EXIT_DONE);
}

const struct verb verb_check = {
	"check", "--offline", "configuration and ledger, without network",
	check
};
