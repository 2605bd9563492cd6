#ifndef CONFIG_REPORT_H_
#define CONFIG_REPORT_H_

#include <sys/stat.h>

#include <stddef.h>

#include "common/buf.h"
#include "common/err.h"
#include "handler/config.h"

struct ini_entry;

/*
 * What the parts of config_load() hand on to each other, and how they tell
 * people what is wrong with the file; private to config.c and its siblings.
 *
 * A load does not end with the first mistake: whoever looks at a section or
 * a key says so with config_at(), and then each mistake becomes a line with
 * that place before it.  `why` keeps the first, `mistakes` all of them, so
 * that one run of "tickethook check" shows a person everything to repair.
 * What looks like a secret in such a line is masked.
 */
struct config_reader {
	struct config	*config;
	struct why	*why;
	struct stat	 st;		/* of the file: may it hold secrets? */
	const struct ini_entry *list;
	struct buf	 mistakes;	/* a line each */
	size_t		 nmistakes;	/* the first one is in why */
	struct buf	 warnings;
	struct tracker	**trackers;	/* where the next one is hung */
	struct owner	**owners;
	struct rule	**rules;
	struct notify	**notifies;
	const struct ini_entry **twins;	/* hashed, see config_sections.c */
	size_t		 twins_mask;
	const char	*rows_of;	/* the kind of section they are of */
	const struct config_param *rows;
	size_t		 nrows;
	int		 line;		/* looked at now; 0: none */
	const char	*kind;
	const char	*name;
	const char	*key;		/* NULL: the section as such */
};

/* Look at this place now; returns the reader. */
struct config_reader *config_at(struct config_reader *, int line,
    const char *kind, const char *name, const char *key);

/*
 * ERR_CONFIG, and "FILE:LINE: [kind name] key: " before the sentence, which
 * is noted once.  Who can go on to find the next mistake does so, and asks
 * nmistakes at the end.
 */
enum err config_refuse(struct config_reader *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for a sentence that names its place itself. */
enum err config_mistake(struct config_reader *, const struct why *);

/* The failure of another part, with the place before its sentence. */
enum err config_pass(struct config_reader *, enum err, const struct why *);

/* ERR_NOMEM with its sentence. */
enum err config_nomem(struct config_reader *);

/* A line for config->warnings; the same one twice is kept once. */
void config_warn(struct config_reader *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* A value of the file for a sentence: quoted, and cut if it is long. */
const char *config_show(struct config_reader *, const char *);

/* "; did you mean NEAR?", or "; it may be A, B or C". */
const char *config_hint(struct config_reader *, const char *typo,
    const char *const *names, size_t n, size_t stride);

#endif
