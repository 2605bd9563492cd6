/*
 * The command line: a verb's name, the options that all of them have, and
 * what the verb itself then reads.  The verbs are the files of verbs/; the
 * build makes their list.  Sentences for people go to standard error.
 */
#include "handler/verb.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/ini.h"
#include "common/table.h"
#include "handler/config.h"

enum {
	ARENA_MAX = 256 * 1024 * 1024,
	FILE_MAX = 64 * 1024 * 1024,
	DIGITS_MAX = 12,	/* of a duration */
	SENTENCE_MAX = 8192,	/* bytes of one, with a path or two */
	SENTENCE_MEMORY = 128 * 1024	/* all of them escaped */
};

#define MILLENNIUM	((int64_t)1000 * 365 * 24 * 60 * 60 * 1000)

#define VERB(name) extern const struct verb verb_##name;
#include "verbs.inc"
#undef VERB

static const struct verb *const VERBS[] = {
#define VERB(name) &verb_##name,
#include "verbs.inc"
#undef VERB
};

static const char *const NAMES[] = {
#define VERB(name) #name,
#include "verbs.inc"
#undef VERB
};

enum { NVERBS = sizeof(VERBS) / sizeof(VERBS[0]) };

/* The one that was asked for: then the usage is of that alone. */
static const struct verb *asked;

int
verb_usage(const char *sentence)
{
	int i;

	if (sentence != NULL)
		fprintf(stderr, "tickethook: %s\n", sentence);
	if (asked != NULL) {
		fprintf(stderr, "usage: tickethook %s %s%s[-c FILE] [--json]\n",
		    asked->name, asked->usage, asked->usage[0] != '\0' ? " " :
		    "");
		return (EXIT_USAGE);
	}
	fputs("usage: tickethook VERB [-c FILE] [--json] ...\n"
	    "       tickethook --version\n", stderr);
	for (i = 0; i < NVERBS; i++)
		fprintf(stderr, "  %-10s %s\n%13s%s\n", VERBS[i]->name,
		    VERBS[i]->usage, "", VERBS[i]->help);
	return (EXIT_USAGE);
}

/* A sentence may quote what others sent. */
int
verb_fail(int status, const char *format, ...)
{
	struct arena *arena = arena_new(SENTENCE_MEMORY);
	const char *shown = NULL;
	char text[SENTENCE_MAX];
	struct buf b;
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (arena != NULL) {
		buf_init(&b, arena, SENTENCE_MEMORY);
		table_visible(&b, text);
		shown = buf_text(&b);
	}
	fprintf(stderr, "tickethook: %s\n", shown != NULL ? shown :
	    "no memory");
	arena_free(arena);
	return (status);
}

int
verb_fail_err(enum err e, const struct why *why)
{

	return (verb_fail(e == ERR_CONFIG ? EXIT_USAGE : EXIT_NO, "%s",
	    why->text));
}

static const struct verb *
find(struct arena *arena, const char *name)
{
	const char *near;
	int i;

	for (i = 0; i < NVERBS; i++)
		if (strcmp(VERBS[i]->name, name) == 0)
			return (VERBS[i]);
	near = ini_nearest(name, NAMES, NVERBS, sizeof(NAMES[0]));
	(void)verb_usage(near == NULL ?
	    arena_printf(arena, "%s: no such verb", name) :
	    arena_printf(arena, "%s: no such verb; did you mean %s?", name,
	    near));
	return (NULL);
}

/*
 * Take the options that every verb has out of the arguments; the others
 * stay in their order.  False after saying what is wrong.
 */
static bool
take_common(struct verb_args *args, const char **file)
{
	int i, kept = 1;

	for (i = 1; i < args->argc; i++) {
		if (strcmp(args->argv[i], "--json") == 0) {
			args->json = true;
		} else if (strcmp(args->argv[i], "-c") == 0) {
			if (++i == args->argc) {
				(void)verb_usage("-c needs a file");
				return (false);
			}
			*file = args->argv[i];
		} else {
			args->argv[kept++] = args->argv[i];
		}
	}
	args->argc = kept;
	args->argv[kept] = NULL;
	return (true);
}

static bool
is_help(const char *arg)
{
	return (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0);
}

int
verb_run(int argc, char **argv)
{
	struct verb_args args = { .argc = argc - 1, .argv = argv + 1 };
	const char *file = NULL;
	const struct verb *v;
	int status = EXIT_USAGE;

	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts("tickethook " TICKETHOOK_VERSION);
		return (EXIT_DONE);
	}
	if (is_help(argv[1])) {
		(void)verb_usage(NULL);
		return (EXIT_DONE);
	}
	if ((args.arena = arena_new(ARENA_MAX)) == NULL)
		return (verb_fail(EXIT_NO, "no memory"));
	asked = NULL;
	asked = v = find(args.arena, argv[1]);
	if (v != NULL && argc == 3 && is_help(argv[2])) {
		(void)verb_usage(v->help);
		status = EXIT_DONE;
	} else if (v != NULL && take_common(&args, &file)) {
		args.config = config_path(args.arena, file);
		status = v->run(&args);
	}
	arena_free(args.arena);
	return (status);
}

bool
verb_duration(const char *text, int64_t *ms)
{
	static const char units[] = "smhd";
	static const int64_t each[] = { 1000, 60 * 1000, 60 * 60 * 1000,
	    24 * 60 * 60 * 1000 };
	size_t digits = strspn(text, "0123456789");
	const char *unit;
	int64_t n;

	if (digits == 0 || digits > DIGITS_MAX || text[digits] == '\0' ||
	    text[digits + 1] != '\0' ||
	    (unit = strchr(units, text[digits])) == NULL)
		return (false);
	n = strtoll(text, NULL, 10);
	if (n > MILLENNIUM / each[unit - units])
		return (false);
	*ms = n * each[unit - units];
	return (true);
}

const char *
verb_read_file(struct arena *arena, const char *path, size_t *len)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	struct buf b;
	char chunk[16384];
	size_t n;
	bool bad;

	if (f == NULL) {
		(void)verb_fail(EXIT_NO, "%s: %s", path, strerror(errno));
		return (NULL);
	}
	buf_init(&b, arena, FILE_MAX);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&b, chunk, n);
	bad = ferror(f) != 0 || buf_text(&b) == NULL;
	if (f != stdin)
		fclose(f);
	if (bad) {
		(void)verb_fail(EXIT_NO, "%s: cannot be read", path);
		return (NULL);
	}
	*len = b.len;
	return (buf_text(&b));
}
