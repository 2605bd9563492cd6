#ifndef CONFIG_TABLE_H_
#define CONFIG_TABLE_H_

#include <stdbool.h>
#include <stddef.h>

#include "handler/config.h"

/*
 * How config.c and its siblings read the file; private to them, the man
 * page's check and the tests.
 *
 * Each key of the file is one row of config_table.  A section of the file
 * gives a struct (struct config itself where the section has no name), a
 * row's offset leads to the member in it, its type says which reader of
 * config_value.c or config_setting.c turns the text into the member.
 */
enum config_type {
	PARAM_NUMBER = 0,	/* int */
	PARAM_DURATION,		/* int64_t, ms: 30s 15m 12h 14d */
	PARAM_SECONDS,		/* int64_t, seconds: the same */
	PARAM_SIZE,		/* size_t: 350000 512K 1M */
	PARAM_WORD,		/* an enum in the order of words */
	PARAM_PICK,		/* the same, but 0 is "not set" */
	PARAM_BOOL,		/* bool: no and yes, or two other words */
	PARAM_FLAG,		/* bool: the only word makes it true */
	PARAM_SLUG,		/* const char *: no blank, no slash */
	PARAM_PATH,		/* const char *: absolute */
	PARAM_EMAIL,		/* const char * */
	PARAM_URL,		/* const char *: https, no slash at the end */
	PARAM_PROXY,		/* const char *: http or https, no path */
	PARAM_LEDGER,		/* const char *: sqlite:/path
				   postgresql://host/name */
	PARAM_SECRET,		/* struct secret */
	PARAM_SVIX,		/* struct config: one key more */
	PARAM_KIND,		/* const struct tracker_kind * */
	PARAM_SETTING,		/* struct setting: text */
	PARAM_LABELS,		/* struct setting: list */
	PARAM_COUNT,		/* struct setting: whole number */
	PARAM_DUE,		/* struct setting: duration */
	PARAM_CHOICE,		/* struct setting: one of words */
	PARAM_TEMPLATE,		/* struct setting: text with {{name}} */
	PARAM_PER,		/* struct setting: a word, or a template */
	PARAM_GLOBS,		/* struct matcher: globs */
	PARAM_WORDS,		/* struct matcher: globs over words */
	PARAM_EVENT,		/* struct matcher: types of events */
	PARAM_REPOSITORY,	/* struct matcher: host/owner/name */
	PARAM_SHARE,		/* struct minimum: 0.18 or 18% */
	PARAM_AMOUNT,		/* struct minimum: whole number */
	PARAM_FIELD,		/* struct field *: one more */
	PARAM_ON,		/* unsigned: a bit for each word */
	PARAM_NOTICE_URL,	/* struct secret: https, names in its path */
	PARAM_NOTICE_BODY,	/* const char *: JSON with {{name}} */
	PARAM_HEADER,		/* struct notify_header *: one more */
	PARAM_BUDGET,		/* struct budget: 30/h */
	PARAM_TYPES		/* how many there are */
};

/* How the keys begin that name a field of the tracker. */
#define CONFIG_FIELD	"field."
#define CONFIG_TRANSITION "transition.field."

/* And those that name a header of a notice. */
#define CONFIG_HEADER	"header."

struct config_param {
	const char	*kind;		/* of the section: "rule" */
	const char	*key;
	enum config_type type;
	size_t		 offset;	/* in the section's struct */
	const char *const *words;	/* what it may be, then NULL */
	const char	*min;		/* the range, as it would be written */
	const char	*max;
	const char	*fallback;	/* the default as text, or NULL */
	bool		 repeats;	/* may stand there more than once */
	const char	*help;		/* one sentence */
};

/* The rows of one kind stand together, in the order of the man page. */
extern const struct config_param config_table[];
extern const size_t config_table_len;

/* The kinds of sections, in the same order. */
struct config_kind {
	const char	*kind;
	bool		 named;		/* [rule NAME], not [rule] */
};

extern const struct config_kind config_kinds[];
extern const size_t config_kinds_len;

/* The kind of that name, or NULL. */
const struct config_kind *config_table_kind(const char *);

/* The first row of a kind, and how many there are. */
const struct config_param *config_table_rows(const char *kind, size_t *n);

/* Of these the row of a key, or NULL. */
const struct config_param *config_table_row(const struct config_param *,
    size_t n, const char *key);

#endif
