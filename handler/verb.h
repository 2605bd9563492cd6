#ifndef VERB_H_
#define VERB_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct arena;

/*
 * A command of the command line: one file in verbs/ each.  run() gets the
 * arguments after the common options; its result is the exit status:
 * 0 done, 1 the answer is no or something failed, 2 usage or configuration.
 */
enum {
	EXIT_DONE = 0,
	EXIT_NO = 1,
	EXIT_USAGE = 2
};

struct verb_args {
	struct arena	 *arena;
	const char	 *config;	/* the file to read */
	bool		  json;		/* --json */
	int		  argc;		/* argv[0] is the verb */
	char		**argv;
};

struct verb {
	const char	*name;
	const char	*usage;		/* what follows the name */
	const char	*help;		/* one line */
	int		(*run)(struct verb_args *);
};

/* Run the verb that argv[1] names, or say what there is. */
int verb_run(int argc, char **argv);

/* The usage on standard error, and EXIT_USAGE. */
int verb_usage(const char *sentence);

/* A sentence on standard error after the program's name; returns status. */
int verb_fail(int status, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * The sentence of a call that failed; EXIT_USAGE where the configuration is
 * wrong, else EXIT_NO.
 */
int verb_fail_err(enum err, const struct why *);

/*
 * "7d", "12h", "30m" or "90s" in milliseconds; false for anything else and
 * for more than a thousand years.
 */
bool verb_duration(const char *, int64_t *ms);

/* The bytes of a file ("-" is standard input); NULL after saying why. */
const char *verb_read_file(struct arena *, const char *path, size_t *len);

#endif
