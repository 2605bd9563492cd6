#ifndef INI_H_
#define INI_H_

#include <stddef.h>

#include "common/err.h"

struct arena;

/*
 * A strict reader of INI text that forgets nothing: names and values of any
 * length, the file and line of everything.
 *
 *	; a comment            # also one, at the start of a line
 *	[kind name]            ; the name may hold anything but ] and a newline
 *	key = value            ; the key ends at the first '='
 *
 * A comment may also follow a value or a section after a blank;
 * text in double quotes is never a comment, so JSON may hold one, and any
 * other value that holds " ;" is put in double quotes; a '#' inside a value
 * is part of it.  A ';' that only an unclosed quote would make text is
 * refused with that sentence.  A value wholly in double quotes loses
 * them; a backslash stays, and hides a quote after it.  A byte order mark,
 * CRLF line ends and a missing last newline are accepted; a NUL, other
 * control bytes and text that is not UTF-8 are not.
 */
struct ini_source {
	const char	*file;		/* its name, for sentences */
	const char	*text;
	size_t		 len;		/* bytes of text */
};

struct ini_entry {
	const char	*file;
	int		 line;		/* from 1 */
	const char	*kind;		/* "rule" of [rule flaky] */
	const char	*name;		/* "flaky", or "" */
	int		 section;	/* which section, from 0 */
	const char	*key;		/* NULL: the section itself */
	const char	*value;		/* "" if nothing stands there */
	struct ini_entry *next;
};

/*
 * Read text into a list in the order of the file.  Every section gives an
 * entry of its own (key NULL) before its keys.  All strings live in the
 * arena.  ERR_CONFIG with "FILE:LINE: what is wrong", or ERR_NOMEM; *list
 * is then untouched.
 */
enum err ini_read(struct arena *, const struct ini_source *,
    struct ini_entry **list, struct why *);

/*
 * Of n known names the one nearest to a mistyped one, for "did you mean";
 * NULL when none is near.  Near: at most two letters (and a third of the
 * name) added, left out, wrong or swapped, capitals aside; or the typo is
 * how the name begins.  stride is the distance in bytes between two names,
 * so that it reads a column of a table; a NULL in it is skipped.
 */
const char *ini_nearest(const char *typo, const char *const *names, size_t n,
    size_t stride);

#endif
